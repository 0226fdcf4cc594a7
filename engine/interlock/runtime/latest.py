"""The last reading of every point as it was handed over, ahead of the state, which takes them in turn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from interlock.clock import Clock
from interlock.model import Point, Reading


class Latest:
    """What was last heard of each point: by a poll, by a command's answer, or told by the driver."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: dict[Point, tuple[Reading, timedelta]] = {}

    def hear(self, readings: Iterable[Reading]) -> None:
        """Take readings in, as they are handed over."""
        now, heard = self._clock.monotonic(), self._heard
        for reading in readings:
            heard[reading.point] = reading, now

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading of a point; None where there was none yet."""
        heard = self._heard.get(point)
        return heard[0] if heard else None

    def forget(self, points: Iterable[Point]) -> None:
        """Forget what was heard of points: they are others now."""
        for point in points:
            self._heard.pop(point, None)

    def age(self, point: Point) -> timedelta:
        """Return how long ago a point was last heard of, by the time that passed; nothing for never."""
        heard = self._heard.get(point)
        return self._clock.monotonic() - heard[1] if heard else timedelta()
