"""The last reading of every point, and what changed when new ones came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from interlock.model import Point, Reading, Value


@dataclass(frozen=True, slots=True)
class Change:
    """A point whose usable value is another than before, or that became or ceased to be usable.

    The first reading of a point is a change too, even where it is not usable.
    """

    point: Point
    was: Value | None
    """The last known value before, also across a time when it was unknown; None where there was none."""
    reading: Reading

    @property
    def value(self) -> Value | None:
        """The usable value now; None where it is unknown."""
        return self.reading.value if self.reading.is_usable else None


class State:
    """The site as it is known now; it is the `View` that expressions read.

    It only moves forward: a reading observed before the one that is held is dropped, so that a slow
    poll cannot undo what a command's feedback has already told.
    """

    def __init__(self, timezone: ZoneInfo, now: datetime) -> None:
        self.timezone = timezone
        self.now = now
        self._values: dict[Point, Value] = {}
        self._readings: dict[Point, Reading] = {}
        self._known: dict[Point, Value] = {}
        self._previous: dict[Point, Value] = {}
        self._changed_at: dict[Point, datetime] = {}
        self._unknown_since: dict[Point, datetime] = {}

    @property
    def values(self) -> Mapping[Point, Value]:
        """Every usable value; a point that is missing here is unknown."""
        return self._values

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading, good or not; None where the point was never read."""
        return self._readings.get(point)

    def previous(self, point: Point) -> Value | None:
        """Return the last other value before the present one; None where there was none."""
        return self._previous.get(point)

    def changed_at(self, point: Point) -> datetime | None:
        """Return since when the present value has been the same, UTC; None where it is unknown."""
        return self._changed_at.get(point)

    def unknown_since(self, point: Point) -> datetime | None:
        """Return since when a point has not been usable, UTC; None where it is, or was never read."""
        return self._unknown_since.get(point)

    def apply(self, readings: Iterable[Reading], now: datetime) -> list[Change]:
        """Take a batch of readings in as one moment; return what changed, a point at most once."""
        self.now = now
        merged: dict[Point, Change] = {}
        for change in filter(None, map(self._take, readings)):
            first = merged.get(change.point, change)
            merged[change.point] = Change(change.point, first.was, change.reading)
        return list(merged.values())

    def _take(self, reading: Reading) -> Change | None:
        point = reading.point
        held = self._readings.get(point)
        if held is not None and reading.observed_at < held.observed_at:
            return None
        self._readings[point] = reading
        if reading.is_usable and reading.value is not None:
            return self._take_value(point, reading, reading.value)
        self._unknown_since.setdefault(point, self.now)
        if self._values.pop(point, None) is None and held is not None:
            return None
        self._changed_at.pop(point, None)
        return Change(point, self._known.get(point), reading)

    def _take_value(self, point: Point, reading: Reading, value: Value) -> Change | None:
        was, was_usable = self._known.get(point), point in self._values
        is_same = was == value and type(was) is type(value)
        if is_same and was_usable:
            return None
        if was is not None and not is_same:
            self._previous[point] = was
        self._values[point] = self._known[point] = value
        self._changed_at[point] = reading.observed_at
        self._unknown_since.pop(point, None)
        return Change(point, was, reading)
