"""What telegrams ask of groups, as xknx's services of the application layer, and back."""

from __future__ import annotations

from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.telegram.apci import APCI, GroupValueRead, GroupValueResponse, GroupValueWrite

from interlock_knx.telegrams import Payload, TelegramKind


def to_apci(kind: TelegramKind, payload: Payload | None) -> APCI:
    """Return the service of a telegram; without a payload it is a GroupValueRead."""
    if payload is None:
        return GroupValueRead()
    value = DPTBinary(payload) if isinstance(payload, int) else DPTArray(payload)
    return GroupValueResponse(value) if kind is TelegramKind.RESPONSE else GroupValueWrite(value)


def from_apci(service: APCI) -> tuple[TelegramKind, Payload | None] | None:
    """Return what a service asks of a group, and its payload; None where it is about something else."""
    match service:
        case GroupValueRead():
            return TelegramKind.READ, None
        case GroupValueResponse(value=value):
            return TelegramKind.RESPONSE, _payload(value)
        case GroupValueWrite(value=value):
            return TelegramKind.WRITE, _payload(value)
        case _:
            return None


def _payload(value: DPTBinary | DPTArray) -> Payload:
    return value.value if isinstance(value, DPTBinary) else bytes(value.value)
