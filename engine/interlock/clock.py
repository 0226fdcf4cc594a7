"""The only reader of time. Whoever needs the time is given a clock; nothing else asks the system.

Waiting is `asyncio`'s: on the virtual event loop its timers jump, so only the wall time needs a clock.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class WallClock:
    """The system's time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)
