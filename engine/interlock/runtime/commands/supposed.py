"""The state as it would be if points held other values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from interlock.expressions.view import Around, Sample, View
from interlock.model import Point, Reading, Value


class Supposed:
    """A view over a few points of the state, some of which hold what is supposed of them.

    It is made for one expression and its points, because a copy of a large site's values for each command
    would cost more than the command.

    Args:
        state: What is known.
        points: Those that the expression reads.
        supposed: What some of them hold instead; None for what would be unknown.
    """

    def __init__(self, state: View, points: Iterable[Point], supposed: Mapping[Point, Value | None]) -> None:
        self._state = state
        known = {**{point: state.values.get(point) for point in points}, **supposed}
        self.values: Mapping[Point, Value] = {
            point: value for point, value in known.items() if value is not None
        }
        self._others = {point: value for point, value in supposed.items() if value != state.values.get(point)}

    @property
    def now(self) -> datetime:
        """The instant of the evaluation, UTC."""
        return self._state.now

    @property
    def timezone(self) -> ZoneInfo:
        """The site's zone."""
        return self._state.timezone

    @property
    def around(self) -> Around:
        """What can be asked besides the points."""
        return self._state.around

    def samples(self, point: Point) -> Iterable[Sample]:
        """Return what a point was; of one that is supposed to change, that it does so now."""
        samples = self._state.samples(point)
        return (*samples, Sample(self.now, self._others[point])) if point in self._others else samples

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading, or what would be it."""
        value = self._others.get(point)
        if value is None:
            return self._state.reading(point)
        return Reading(point=point, value=value, observed_at=self.now)

    def previous(self, point: Point) -> Value | None:
        """Return the last other value before the present one, or before the supposed one."""
        return self._state.values.get(point) if point in self._others else self._state.previous(point)

    def changed_at(self, point: Point) -> datetime | None:
        """Return since when the present value has been the same; what is supposed begins now."""
        return self.now if point in self._others else self._state.changed_at(point)

    def good_at(self, point: Point) -> datetime | None:
        """Return when a point was last known to be good; what is supposed is so now."""
        return self.now if point in self._others else self._state.good_at(point)
