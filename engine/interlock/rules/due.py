"""What the clock brings at one instant: schedules, and ends of holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from interlock.rules.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What falls due at one instant: rules see it as one moment."""

    at: datetime
    """The instant, UTC; schedules may come later than they were due."""
    schedules: Sequence[Schedule] = ()
    timers: Sequence[str] = ()
    """The keys of holds that end."""
