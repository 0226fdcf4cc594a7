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


CORRECTION = timedelta(seconds=5)
"""So far the network corrects a clock that runs wrong."""
_SOMETIME = datetime(2000, 1, 1, tzinfo=UTC)


class ClockWatch:
    """Notices that a clock was set: its time went on by more, or less, than what has passed.

    Args:
        clock: The one that is watched from now on.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = self._measure()

    def set_by(self) -> timedelta:
        """Return how far the clock was set since the last look, less than 0 where it was set back.

        A machine that was suspended looks like one whose clock was set forward.
        """
        before, self._ahead = self._ahead, self._measure()
        by = self._ahead - before
        return by if abs(by) > CORRECTION else timedelta()

    def _measure(self) -> timedelta:
        return self._clock.now() - _SOMETIME - self._clock.monotonic()


class WallClock:
    """The system's time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> timedelta:
        """Return the time since the machine started."""
        return timedelta(seconds=time.monotonic())


class HastyClock:
    """Tells a time that passes faster than another clock's, from an instant on.

    Args:
        clock: The other one.
        speed: How many seconds pass here in one of its own; more than 0.
        start: What time it is here now, aware; by default the other clock's.
    """

    def __init__(self, clock: Clock, speed: float, start: datetime | None = None) -> None:
        self._clock = clock
        self._speed = speed
        self._start = start or clock.now()
        self._began = clock.monotonic()

    def now(self) -> datetime:
        """Return the present instant here, aware."""
        return self._start + self.monotonic()

    def monotonic(self) -> timedelta:
        """Return the time that has passed here."""
        return (self._clock.monotonic() - self._began) * self._speed
