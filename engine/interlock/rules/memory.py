"""What a trigger must remember across restarts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.model import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerMemory:
    """The past of one trigger, as the journal keeps it."""

    text: str = ""
    """The trigger it belongs to, as written: the memory of a trigger that was rewritten is worth nothing."""
    truth: Truth = None
    """The last known truth; None where it was never known."""
    is_armed: bool = True
    """Whether its ``until`` was true since it last fired."""
    is_pending: bool = False
    """Whether it rose and has not yet held for as long as its ``for`` asks."""
    held: timedelta = timedelta()
    """For how long it had held before `since`."""
    since: datetime | None = None
    """Since when the hold has been running, UTC; None while it is paused or not pending."""
    base: float | None = None
    """The value from which a ``change`` with ``by`` measures."""
