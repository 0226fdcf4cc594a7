"""What a trigger must still know after a restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.model import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerMemory:
    """One trigger's memory. The journal keeps it under a key that stays the same across restarts."""

    truth: Truth = None
    """The last known truth of its expression; None before there was one."""
    is_armed: bool = True
    """Whether a rise may fire: false between a firing and its ``until``."""
    held: timedelta = timedelta()
    """How long it had held up to `since`, where it must hold for a time."""
    since: datetime | None = None
    """Since when it holds without a break, UTC; None while it does not, or is unknown."""
    base: float | None = None
    """The value that ``by`` is measured from."""
