"""The last reading of every point as it was handed over, ahead of the state, which takes them in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from interlock.clock import Clock
from interlock.errors import DriverError
from interlock.model import Point, Quality, Reading, Value
from interlock.runtime.connections.answers import Confirmed

_Heard: TypeAlias = tuple[timedelta, datetime | None]
"""When a point was last heard of, by the time that passed; and when its reading was confirmed, if it was."""

_GOOD = Quality.GOOD


class Latest:
    """What was last heard of each point: by a poll, by a command's answer, or told by the driver."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._readings: dict[Point, Reading] = {}
        self._heard: dict[Point, _Heard] = {}

    def hear(self, readings: Iterable[Reading]) -> None:
        """Take readings in, as they are handed over."""
        last, heard, now = self._readings, self._heard, (self._clock.monotonic(), None)
        for reading in readings:
            last[reading.point] = reading
            heard[reading.point] = now

    def take(
        self, answers: Mapping[Point, Value | DriverError], at: datetime
    ) -> tuple[list[Reading], Confirmed]:
        """Take in what was read now; return readings of what is new, and what is confirmed."""
        news: list[Reading] = []
        same: list[Reading] = []
        readings, heard, now = self._readings, self._heard, (self._clock.monotonic(), at)
        for point, value in answers.items():
            last = readings.get(point)
            # True == 1 == 1.0 in Python, and they differ as values.
            if (
                last is not None
                and last.quality is _GOOD
                and (last.value is value or (last.value == value and type(last.value) is type(value)))
            ):
                same.append(last)
                heard[point] = now
            elif not isinstance(value, DriverError):
                news.append(Reading(point=point, value=value, observed_at=at))
        return news, Confirmed(same, at)

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading of a point; None where there was none yet."""
        reading, heard = self._readings.get(point), self._heard.get(point)
        confirmed_at = heard[1] if heard is not None else None
        if reading is None or confirmed_at is None:
            return reading
        return replace(reading, observed_at=confirmed_at)

    def forget(self, points: Iterable[Point]) -> None:
        """Forget what was heard of points: they are others now."""
        for point in points:
            self._readings.pop(point, None)
            self._heard.pop(point, None)

    def older_than(self, age: timedelta, points: Iterable[Point]) -> Sequence[Reading]:
        """Return the good readings of those of these points of which nothing was heard for longer."""
        since, heard = self._clock.monotonic() - age, self._heard
        silent = [point for point in points if (last := heard.get(point)) is not None and last[0] < since]
        found = (self.reading(point) for point in silent)
        return [reading for reading in found if reading is not None and reading.quality is _GOOD]
