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
        self._readings: dict[Point, Reading] = {}
        self._heard_at: dict[Point, timedelta] = {}

    def hear(self, readings: Iterable[Reading]) -> None:
        """Take readings in, as they are handed over."""
        now, last, heard_at = self._clock.monotonic(), self._readings, self._heard_at
        for reading in readings:
            last[reading.point] = reading
            heard_at[reading.point] = now

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading of a point; None where there was none yet."""
        return self._readings.get(point)

    def forget(self, points: Iterable[Point]) -> None:
        """Forget what was heard of points: they are others now."""
        for point in points:
            self._readings.pop(point, None)
            self._heard_at.pop(point, None)

    def age(self, point: Point) -> timedelta:
        """Return how long ago a point was last heard of, by the time that passed; nothing for never."""
        heard_at = self._heard_at.get(point)
        return timedelta() if heard_at is None else self._clock.monotonic() - heard_at
