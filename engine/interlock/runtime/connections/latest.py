"""The last reading of every point as it was handed over, ahead of the state, which takes them in turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from interlock.clock import Clock
from interlock.errors import DriverError
from interlock.model import Point, Quality, Reading, Value
from interlock.rules.state import Confirmation
from interlock.runtime.connections.answers import Answers, Confirmed

_MOST_BATCHES = 32
"""Batches that are read again and again are few: one for each connection and pace."""


@dataclass(slots=True, eq=False)
class _Sighting:
    """When several points were heard of last, all at once."""

    heard: timedelta
    """By the time that passes."""
    confirmed_at: datetime | None = None
    """When their readings were confirmed; None where they are new."""
    points: dict[Point, None] = field(default_factory=dict)
    """What is confirmed, where a batch is read again and again. These three are in their order, because that
    of a set is another one in each process."""
    others: dict[Point, None] = field(default_factory=dict)
    """The points of the batch of which something else was heard last: each has to be compared."""
    joined: dict[Point, None] = field(default_factory=dict)
    """Those of `points` that nobody was told of."""
    left: dict[Point, None] = field(default_factory=dict)
    """Those that were told of, and have left `points` since."""
    confirmation: Confirmation = field(default_factory=Confirmation)

    def join(self, point: Point) -> None:
        """Confirm a point from now on."""
        if point not in self.points:
            self.points[point] = self.joined[point] = None
        self.others.pop(point, None)

    def leave(self, point: Point) -> bool:
        """Confirm a point no more; return whether it was confirmed."""
        if point not in self.points:
            return False
        del self.points[point]
        if point in self.joined:
            del self.joined[point]
        else:
            self.left[point] = None
        return True

    def lose(self, point: Point) -> None:
        """Take in that something else was heard of a point."""
        if self.leave(point):
            self.others[point] = None

    def confirm(self, at: datetime, doubtful: Sequence[Reading]) -> Confirmed:
        """Return what there is to be told."""
        self.confirmed_at = at
        told = Confirmed(
            self.confirmation,
            at,
            count=len(self.points),
            left=tuple(self.left),
            joined=tuple(self.joined),
            doubtful=doubtful,
        )
        self.left.clear()
        self.joined.clear()
        return told


class Latest:
    """What was last heard of each point: by a poll, by a command's answer, or told by the driver."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._readings: dict[Point, Reading] = {}
        self._sightings: dict[Point, _Sighting] = {}
        self._batches: dict[int, tuple[object, _Sighting]] = {}
        """By the identity of what batches of answers are told apart by."""

    def hear(self, readings: Iterable[Reading]) -> None:
        """Take readings in, as they are handed over."""
        last, sightings, now = self._readings, self._sightings, None
        for reading in readings:
            point = reading.point
            if last.get(point) is reading:
                continue
            before = sightings.get(point)
            # Every value that moves passes here, and most come from no batch.
            if before is not None and before.points:
                before.lose(point)
            now = now or _Sighting(self._clock.monotonic())
            last[point], sightings[point] = reading, now

    def take(self, answers: Answers, at: datetime) -> tuple[list[Reading], Confirmed]:
        """Take in what was read now; return readings of what is new, and what is confirmed.

        Of a batch that is read again and again, only what changed is looked at, and what was told otherwise
        meanwhile; the rest was seen with it. So is what is new: what was seen with it before still is, and
        what was not is from the next time on.
        """
        sighting, news, doubtful = self._sighting(answers), list[Reading](), list[Reading]()
        looked_at = (
            {**dict.fromkeys(answers.changed), **sighting.others} if sighting.others else answers.changed
        )
        for point in looked_at:
            value, last = answers[point], self._readings.get(point)
            if isinstance(value, DriverError):
                self._part(point, sighting)
            elif last is not None and last.quality is Quality.GOOD and _is_same(last.value, value):
                self._join(point, sighting)
                doubtful.append(last)
            else:
                news.append(Reading(point=point, value=value, observed_at=at))
        sighting.heard = self._clock.monotonic()
        confirmed = sighting.confirm(at, doubtful)
        for reading in news:
            self._readings[reading.point] = reading
            if reading.point not in sighting.points:
                self._join(reading.point, sighting)
        return news, confirmed

    def miss(self, answers: Answers, points: Iterable[Point]) -> None:
        """Take in that a batch told of points what nobody learned: each is compared the next time.

        To what was told then the next answer may be equal, and so count as unchanged.
        """
        known = self._batches.get(id(answers.batch))
        if known is not None and known[0] is answers.batch:
            for point in points:
                known[1].lose(point)

    def _sighting(self, answers: Answers) -> _Sighting:
        """Return what is known of a batch; of a new one, and of one that is no whole, nothing is."""
        known = self._batches.get(id(answers.batch))
        if known is not None and known[0] is answers.batch:
            return known[1]
        sighting = _Sighting(timedelta(), others=dict.fromkeys(answers))
        if answers.batch is not None:
            if len(self._batches) >= _MOST_BATCHES:
                self._batches.clear()
            self._batches[id(answers.batch)] = (answers.batch, sighting)
        return sighting

    def _part(self, point: Point, sighting: _Sighting) -> None:
        """Let a point that was not seen this time keep the time at which it was seen last."""
        if self._sightings.get(point) is sighting:
            self._see(point, _Sighting(sighting.heard, sighting.confirmed_at))

    def _join(self, point: Point, sighting: _Sighting) -> None:
        """Let a point be seen with its batch from now on."""
        self._see(point, sighting)
        sighting.join(point)

    def _see(self, point: Point, sighting: _Sighting) -> None:
        before = self._sightings.get(point)
        if before is not None and before is not sighting:
            before.lose(point)
        self._sightings[point] = sighting

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading of a point; None where there was none yet."""
        reading, sighting = self._readings.get(point), self._sightings.get(point)
        if reading is None or sighting is None or sighting.confirmed_at is None:
            return reading
        return replace(reading, observed_at=sighting.confirmed_at)

    def forget(self, points: Iterable[Point]) -> None:
        """Forget what was heard of points: they are others now."""
        for point in points:
            self._readings.pop(point, None)
            if (sighting := self._sightings.pop(point, None)) is not None:
                sighting.lose(point)

    def older_than(self, age: timedelta, points: Iterable[Point]) -> Sequence[Reading]:
        """Return the good readings of those of these points of which nothing was heard for longer."""
        since = self._clock.monotonic() - age
        silent = [each for each in points if (seen := self._sightings.get(each)) and seen.heard < since]
        found = (self.reading(point) for point in silent)
        return [reading for reading in found if reading is not None and reading.quality is Quality.GOOD]


def _is_same(last: Value | None, value: Value) -> bool:
    # True == 1 == 1.0 in Python, and they differ as values.
    return last == value and type(last) is type(value)
