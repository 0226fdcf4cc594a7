"""The only reader of time. Whoever needs the time is given a clock; nothing else asks the system.

The wall's time is set now and then, by hand or by the network. What happened when is told by it; how long
something took is counted by the monotonic time, which nobody sets. Waiting is `asyncio`'s.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def monotonic(self) -> timedelta:
        """Return the time that has passed since some fixed moment, however the clock was set meanwhile."""
        ...


class WallClock:
    """The system's time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> timedelta:
        """Return the time since the machine started."""
        return timedelta(seconds=time.monotonic())
