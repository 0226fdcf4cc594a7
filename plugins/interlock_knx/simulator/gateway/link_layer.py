"""Telegrams as cEMI frames (L_Data), and back.

Source: KNX System Specifications 03.06.03 EMI, 4.1.5: a client sends L_Data.req, and is answered by an
L_Data.con of the same telegram; what others sent arrives as L_Data.ind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from xknx.cemi.cemi_frame import CEMIFrame, CEMILData
from xknx.cemi.const import CEMIMessageCode
from xknx.exceptions import XKNXException
from xknx.telegram import GroupAddress, IndividualAddress
from xknx.telegram.tpci import TDataGroup

from interlock_knx.addresses import format_group_address
from interlock_knx.knxip import from_apci, to_apci
from interlock_knx.telegrams import Telegram

NOT_READABLE = (XKNXException, ValueError, IndexError)
"""What xknx's parsers raise for bytes that are no frame."""

Frame: TypeAlias = CEMIFrame


def read_request(raw: bytes) -> CEMIFrame | None:
    """Return the L_Data.req that a client sent; None where it is something else, or nothing at all."""
    try:
        frame = CEMIFrame.from_knx(raw)
    except NOT_READABLE:
        return None
    is_request = frame.code is CEMIMessageCode.L_DATA_REQ and isinstance(frame.data, CEMILData)
    return frame if is_request else None


def telegram_in(frame: CEMIFrame, source: str) -> Telegram | None:
    """Return the telegram to a group that a frame carries, as `source` sends it; None where it is no such."""
    assert isinstance(frame.data, CEMILData)
    found = None if frame.data.payload is None else from_apci(frame.data.payload)
    if found is None or not isinstance(frame.data.dst_addr, GroupAddress):
        return None
    kind, payload = found
    return Telegram(
        address=format_group_address(frame.data.dst_addr.raw), kind=kind, source=source, payload=payload
    )


def confirmation(request: CEMIFrame, source: str, *, is_negative: bool) -> bytes:
    """Return the L_Data.con of a request."""
    assert isinstance(request.data, CEMILData)
    asked = request.data
    confirmed = CEMILData(
        flags=replace(asked.flags, confirm_error=is_negative),
        src_addr=IndividualAddress(source),
        dst_addr=asked.dst_addr,
        tpci=asked.tpci,
        payload=asked.payload,
    )
    return CEMIFrame(code=CEMIMessageCode.L_DATA_CON, data=confirmed).to_knx()


def indication(telegram: Telegram) -> bytes:
    """Return the L_Data.ind of a telegram."""
    heard = CEMILData(
        src_addr=IndividualAddress(telegram.source),
        dst_addr=GroupAddress(telegram.address),
        tpci=TDataGroup(),
        payload=to_apci(telegram.kind, telegram.payload),
    )
    return CEMIFrame(code=CEMIMessageCode.L_DATA_IND, data=heard).to_knx()
