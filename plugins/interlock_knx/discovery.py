"""Groups as telegrams show them: an address, and a guess at what its values are."""

from __future__ import annotations

from interlock import Found
from interlock_knx.telegrams import Payload, Telegram, format_payload

_BY_OCTETS = {1: "5", 2: "9", 3: "10", 4: "14", 8: "19", 14: "16"}
"""The commonest type of each length; other types are as long, which only the ETS project can tell."""


def found_in(telegram: Telegram) -> Found | None:
    """Return the group that a telegram went to; None where it shows no value that a group can have."""
    payload = telegram.payload
    dpt = None if payload is None else guess_dpt(payload)
    if payload is None or dpt is None:
        return None
    length = "less than a byte" if isinstance(payload, int) else f"{len(payload)} bytes"
    shown = f"heard {format_payload(payload)} from {telegram.source}"
    return Found(
        name=f"group {telegram.address}",
        type="group",
        settings={"address": telegram.address, "dpt": dpt},
        description=f"{shown}; DPT {dpt} is a guess from the length, {length}",
    )


def guess_dpt(payload: Payload) -> str | None:
    """Return the main type that values of this length most likely have; None where groups have none."""
    if isinstance(payload, bytes):
        return _BY_OCTETS.get(len(payload))
    return "1" if payload <= 1 else "3"
