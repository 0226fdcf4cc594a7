"""What an expression may see while it is evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from interlock.model import Point, Reading, Value
from interlock.public_holidays import HolidayCalendar
from interlock.sun import Place

ORIGINS = ("rule", "operator", "device")
"""Who can have changed a point: a rule or an operator of ours, or the device or somebody else."""


class Sample(NamedTuple):
    """A value that a point took, and when; None where it became unknown."""

    at: datetime
    value: Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """How a rule stands."""

    last_fired: datetime | None
    """UTC; None where it never fired."""
    count_today: int
    """Firings since local midnight."""
    is_on: bool
    is_running: bool


class Around(Protocol):
    """What expressions may ask besides the points of the site."""

    @property
    def location(self) -> Place | None:
        """Where the site stands; None where it does not say."""
        ...

    @property
    def holidays(self) -> HolidayCalendar | None:
        """Whose public holidays count; None where the site does not say."""
        ...

    def origin(self, point: Point) -> str | None:
        """Return which of `ORIGINS` changed a point last; None where it has not changed."""
        ...

    def rule(self, rule: str) -> RuleFacts | None:
        """Return how a rule stands; None where nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nothing around: no rule has fired, and nothing was changed."""

    location: Place | None = None
    holidays: HolidayCalendar | None = None

    def origin(self, point: Point) -> str | None:
        """Return None: nothing was changed."""
        return None

    def rule(self, rule: str) -> RuleFacts | None:
        """Return None: there are no rules."""
        return None


NOBODY = Nobody()


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

    @property
    def around(self) -> Around:
        """What can be asked besides the points."""
        ...

    def samples(self, point: Point) -> Iterable[Sample]:
        """Return what a point was, oldest first, as far back as some window needs it."""
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
    around: Around

    def samples(self, point: Point) -> Iterable[Sample]:
        """Return what a point was, oldest first, as far back as some window needs it."""
        return self.state.samples(point)

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
    return NamedView(view, names, view.values, view.now, view.timezone, view.around)


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
    around: Around = NOBODY

    def samples(self, point: Point) -> Iterable[Sample]:
        """Return nothing: nothing was read."""
        return ()

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
