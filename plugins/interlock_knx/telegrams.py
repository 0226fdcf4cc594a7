"""What travels on the bus, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Payload: TypeAlias = int | bytes
"""What a telegram carries: the low six bits beside its command, or the octets behind it."""


class TelegramKind(Enum):
    """What a telegram asks of the group."""

    READ = "read"
    """Say your value (GroupValueRead)."""
    RESPONSE = "response"
    """This is my value (GroupValueResponse)."""
    WRITE = "write"
    """Take this value (GroupValueWrite)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram:
    """One telegram to a group."""

    address: str
    """The group address, with three levels."""
    kind: TelegramKind
    source: str
    """The individual address of who sent it, such as ``1.1.5``."""
    payload: Payload | None = None
    """None for a read."""


def format_payload(payload: Payload) -> str:
    """Return a payload as group monitors show it: ``1`` for bits, ``0c1a`` for octets."""
    return str(payload) if isinstance(payload, int) else payload.hex()
