"""What an expression may see while it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from interlock.model import Point, Reading, Value


class View(Protocol):
    """The state at one instant, as expressions read it."""

    @property
    def values(self) -> Mapping[Point, Value]:
        """Every usable value; a point that is missing here is unknown."""
        ...

    @property
    def now(self) -> datetime:
        """The instant of the evaluation, UTC."""
        ...

    @property
    def timezone(self) -> ZoneInfo:
        """The site's zone, for what is said in local time."""
        ...

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading, good or not; None where the point was never read."""
        ...

    def previous(self, point: Point) -> Value | None:
        """Return the last other value before the present one; None where there was none."""
        ...

    def changed_at(self, point: Point) -> datetime | None:
        """Return since when the present value has been the same, UTC; None where it is unknown."""
        ...

    def good_at(self, point: Point) -> datetime | None:
        """Return when a point was last known to be good, UTC, also if it is not now; None for never."""
        ...


Names = Mapping[str, Mapping[str, Value]]
"""Further names with their fields, such as ``trigger`` with ``point`` and ``value``."""


@dataclass(frozen=True, slots=True)
class NamedView:
    """A view with further names: what the conditions and actions of a rule see after a trigger came.

    The plain state has no names, so that it need not be copied; this lays them over it.
    """

    state: View
    names: Names
    values: Mapping[Point, Value]
    now: datetime
    timezone: ZoneInfo

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading, good or not; None where the point was never read."""
        return self.state.reading(point)

    def previous(self, point: Point) -> Value | None:
        """Return the last other value before the present one; None where there was none."""
        return self.state.previous(point)

    def changed_at(self, point: Point) -> datetime | None:
        """Return since when the present value has been the same, UTC; None where it is unknown."""
        return self.state.changed_at(point)

    def good_at(self, point: Point) -> datetime | None:
        """Return when a point was last known to be good, UTC, also if it is not now; None for never."""
        return self.state.good_at(point)


def with_names(view: View, names: Names) -> NamedView:
    """Return a view of the same state in which an expression also finds these names."""
    return NamedView(view, names, view.values, view.now, view.timezone)


def look_up(view: View, name: str, field: str) -> Value | None:
    """Return what a further name's field holds in this view; None where it holds nothing."""
    if not isinstance(view, NamedView):
        return None
    return view.names.get(name, {}).get(field)


@dataclass(frozen=True, slots=True)
class EmptyView:
    """A view in which no point has a value: enough for an expression that reads nothing."""

    values: Mapping[Point, Value] = field(default_factory=dict)
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def reading(self, point: Point) -> Reading | None:
        """Return None: nothing was read."""
        return None

    def previous(self, point: Point) -> Value | None:
        """Return None: nothing was read."""
        return None

    def changed_at(self, point: Point) -> datetime | None:
        """Return None: nothing was read."""
        return None

    def good_at(self, point: Point) -> datetime | None:
        """Return None: nothing was read."""
        return None
