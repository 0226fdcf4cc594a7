"""What the service knew at one instant of the past, as far as its journal tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.config.site import Site
from interlock.expressions.view import Around, Nobody, Sample
from interlock.history.journal import sample_of
from interlock.history.queries import JournalReader, PastRun
from interlock.model import Point, Quality, Reading, Value
from interlock.rules.rule import Seen
from interlock.rules.state import State

_DEEP_ENOUGH = 20
"""Readings of a point: enough to know its last other value, across some outages."""


async def state_at(
    journal: JournalReader,
    run: PastRun,
    at: datetime,
    *,
    site: Site,
    points: Iterable[Point],
    windows: Mapping[Point, timedelta],
) -> State:
    """Return what a run of the service knew at an instant.

    Args:
        journal: What tells of it.
        run: Which one.
        at: When.
        site: Its place, holidays and time zone.
        points: What is wanted.
        windows: Points whose past is wanted too, and how far back.
    """
    around = Nobody(location=site.location, holidays=site.holidays)
    state = State(site.timezone, run.opened_at, around)
    for point in sorted({*points, *windows}):
        for reading in reversed(await journal.readings_in(run, point, limit=_DEEP_ENOUGH, until=at)):
            state.apply([reading], reading.at)
    past = {
        point: [sample_of(each) for each in await journal.readings_until(point, _begin(run, at, window), at)]
        for point, window in windows.items()
    }
    state.now = at
    state.keep_past(windows, past)
    return state


def _begin(run: PastRun, at: datetime, window: timedelta) -> datetime:
    return max(at - window, run.opened_at)


@dataclass(frozen=True, slots=True)
class SeenView:
    """A view in which points are as a decision saw them: what it noted counts more than stored readings."""

    state: State
    seen: Mapping[Point, Seen]
    values: Mapping[Point, Value]
    now: datetime
    timezone: ZoneInfo
    around: Around

    def samples(self, point: Point) -> Iterable[Sample]:
        """Return what a point was, oldest first, as far back as some window needs it."""
        return self.state.samples(point)

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading, good or not; None where the point was never read."""
        seen = self.seen.get(point)
        if seen is None or self.state.values.get(point) == seen.value:
            return self.state.reading(point)
        quality = Quality.FAULT if seen.value is None else Quality.GOOD
        at = seen.read_at or self.now
        return Reading(point=point, value=seen.value, observed_at=at, quality=quality, reason=seen.note)

    def previous(self, point: Point) -> Value | None:
        """Return the last other value before the present one; None where there was none."""
        return self.state.previous(point)

    def changed_at(self, point: Point) -> datetime | None:
        """Return since when the present value has been the same, UTC; None where that is unknown."""
        is_same = self.state.values.get(point) == self.values.get(point)
        return self.state.changed_at(point) if is_same else None

    def good_at(self, point: Point) -> datetime | None:
        """Return when a point was last known to be good, UTC; None for never."""
        seen = self.seen.get(point)
        return seen.read_at if seen and seen.read_at else self.state.good_at(point)


def as_seen(state: State, seen: Iterable[Seen]) -> SeenView:
    """Return a state as a decision saw it."""
    noted = {each.point: each for each in seen}
    others = {point: value for point, value in state.values.items() if point not in noted}
    told = {each.point: each.value for each in noted.values() if each.value is not None}
    return SeenView(state, noted, {**others, **told}, state.now, state.timezone, state.around)
