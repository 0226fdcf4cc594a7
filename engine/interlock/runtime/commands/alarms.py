"""Has points looked at again when time alone may change what is to be done about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from interlock.clock import Clock
from interlock.model import Point
from interlock.runtime.timetable import Job, Timetable


class Alarms:
    """The next alarm of each point.

    Args:
        clock, timetable: Of the engine.
        look_at: Has a point looked at.
    """

    def __init__(self, clock: Clock, timetable: Timetable, look_at: Callable[[Point], None]) -> None:
        self._clock = clock
        self._timetable = timetable
        self._look_at = look_at
        self._alarms: dict[Point, tuple[datetime, Job]] = {}

    def set(self, point: Point, instants: Iterable[datetime | None]) -> None:
        """Have a point looked at when the first of these comes that has not come yet."""
        now = self._clock.now()
        due = min((each for each in instants if each is not None and each > now), default=None)
        if due is None or (point in self._alarms and self._alarms[point][0] <= due):
            return
        if point in self._alarms:
            self._alarms.pop(point)[1].cancel()
        self._alarms[point] = (due, self._timetable.add_once(due - now, lambda _: self._ring(point)))

    def shift(self, by: timedelta) -> None:
        """Take in that the clock was set."""
        self._alarms = {point: (due + by, job) for point, (due, job) in self._alarms.items()}

    def _ring(self, point: Point) -> None:
        self._alarms.pop(point, None)
        self._look_at(point)
