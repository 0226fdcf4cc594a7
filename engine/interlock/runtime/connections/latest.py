"""The last reading of every point as it was handed over, ahead of the state, which takes them in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import compress
from operator import is_, not_
from typing import TypeAlias

from interlock.clock import Clock
from interlock.errors import DriverError
from interlock.model import Point, Quality, Reading, Value
from interlock.runtime.connections.answers import Confirmed

_Heard: TypeAlias = tuple[timedelta, datetime | None]
"""When a point was last heard of, by the time that passed; and when its reading was confirmed, if it was."""


class Latest:
    """What was last heard of each point: by a poll, by a command's answer, or told by the driver."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._readings: dict[Point, Reading] = {}
        self._heard: dict[Point, _Heard] = {}
        self._good: dict[Point, Value] = {}
        """The values of those that are good."""

    def hear(self, readings: Iterable[Reading]) -> None:
        """Take readings in, as they are handed over."""
        now = self._clock.monotonic(), None
        for reading in readings:
            point, value = reading.point, reading.value
            self._readings[point], self._heard[point] = reading, now
            if reading.quality is Quality.GOOD and value is not None:
                self._good[point] = value
            else:
                self._good.pop(point, None)

    def take(
        self, answers: Mapping[Point, Value | DriverError], at: datetime
    ) -> tuple[list[Reading], Confirmed]:
        """Take in what was read now; return readings of what is new, and what is confirmed."""
        is_same = list(map(is_, answers.values(), map(self._good.get, answers)))
        points = list(compress(answers, is_same))
        news: list[Reading] = []
        for point in compress(answers, map(not_, is_same)):
            value = answers[point]
            if isinstance(value, DriverError):
                continue
            if _is_equal(value, self._good.get(point)):
                points.append(point)
            else:
                news.append(Reading(point=point, value=value, observed_at=at))
        self._heard.update(dict.fromkeys(points, (self._clock.monotonic(), at)))
        return news, Confirmed(list(map(self._readings.__getitem__, points)), at)

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
            self._good.pop(point, None)

    def older_than(self, age: timedelta, points: Iterable[Point]) -> Sequence[Reading]:
        """Return the good readings of those of these points of which nothing was heard for longer."""
        since, heard = self._clock.monotonic() - age, self._heard
        silent = [point for point in points if (last := heard.get(point)) is not None and last[0] < since]
        found = (self.reading(point) for point in silent)
        return [reading for reading in found if reading is not None and reading.quality is Quality.GOOD]


def _is_equal(value: Value, last: Value | None) -> bool:
    # True == 1 == 1.0 in Python, and they differ as values.
    return value == last and type(value) is type(last)
