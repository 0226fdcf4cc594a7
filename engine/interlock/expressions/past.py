"""What points were, and conditions on that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter

from interlock.durations import format_duration
from interlock.expressions.trail import Summary, Trail
from interlock.expressions.turning import earliest, passing
from interlock.expressions.unknown import Unknown
from interlock.expressions.view import EmptyView, Sample, View
from interlock.model import Point, Truth, Value

LONGEST = timedelta(days=7)
"""How far back a window can reach: all of it is kept in memory."""
COMPUTED = timedelta(days=1)
"""How far back a window can reach whose length is computed."""
_SECOND = timedelta(seconds=1)
NEEDED_SHARE = 0.5
"""How much of a window must be known, so that the rest may be left out."""
_at = itemgetter(0)


def value_at(view: View, point: Point, ago: timedelta) -> Value | None:
    """Return what a point was so long ago; None where it was unknown.

    Raises:
        ValueError: that is in the future, or longer ago than what is kept.
    """
    if ago:
        _check(ago)
    return trail_of(view, point).at(view.now - _by_the_clock(view.now, ago))


def elapsed(view: View, since: datetime) -> timedelta:
    """Return how long ago an instant is, counted by the seconds of the clock from one second on.

    Expressions that read the time are looked at when a second begins. What changed within a second has so
    been for a minute when the clock shows the same second again, and not at the next one.
    """
    exact = view.now - since
    return exact if exact < _SECOND else _whole(view.now) - _whole(since)


def _whole(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def summary_over(view: View, point: Point, window: timedelta) -> Summary:
    """Return what a point was over a time, without the times in which it was unknown.

    Raises:
        ValueError: the window has no length, or is longer than what is kept.
        Unknown: it was known for less than half of the time.
    """
    _check(window)
    found = trail_of(view, point).between(view.now - window, view.now)
    known = timedelta(microseconds=found.known)
    if known < window * NEEDED_SHARE:
        share = f"{format_duration(known)} of the last {format_duration(window)}"
        raise Unknown(f"{point} was known for {share} only")
    return found


def departure(view: View, points: Iterable[Point], window: timedelta) -> datetime | None:
    """Return when the next of the points' changes will be so long ago; None where no change is to come."""
    # As `_by_the_clock` counts, the rest of a second makes no window longer.
    ago = window if window < _SECOND else window // _SECOND * _SECOND
    # What changed before has passed already, be it by a second more.
    since = view.now - ago - 2 * _SECOND
    return earliest(*(_first_passing(view, trail_of(view, point).since(since), ago) for point in points))


def _first_passing(view: View, samples: Iterable[Sample], ago: timedelta) -> datetime | None:
    return next((at for each in samples if (at := passing(view, _whole(each.at) + ago))), None)


def trail_of(view: View, point: Point) -> Trail:
    """Return what a point was, as far back as is kept."""
    samples = view.samples(point)
    return samples if isinstance(samples, Trail) else Trail(samples)


def _by_the_clock(now: datetime, window: timedelta) -> timedelta:
    """Return a window without what its first second had of another value, as `elapsed` counts."""
    since = _whole(now) - window + _SECOND - timedelta.resolution
    return window if window < _SECOND else now - since


def _check(window: timedelta) -> None:
    if window <= timedelta():
        raise ValueError(f"{format_duration(window)} is no time to look back")
    if window > LONGEST:
        raise ValueError(
            f"{format_duration(window)} is longer than the {format_duration(LONGEST)} that are kept"
        )


@dataclass(frozen=True, slots=True)
class PastCondition:
    """A condition that needs the points' values alone, so that it can be asked of any moment."""

    text: str
    points: frozenset[Point]
    truth: Callable[[View], Truth]

    def truth_now(self, view: View) -> Truth:
        """Return whether it holds at the end of every window."""
        return self.truth(next(self._moments(view, view.now)))

    def truth_over(self, view: View, window: timedelta) -> Truth:
        """Return whether it held all the time: false where it once did not, else unknown where it once was.

        Raises:
            ValueError: the window has no length, or is longer than what is kept.
        """
        _check(window)
        held: Truth = True
        # From now on backwards: mostly it does not hold, or has not for long.
        for moment in self._moments(view, view.now - _by_the_clock(view.now, window)):
            truth = self.truth(moment)
            if truth is False:
                return False
            held = held and truth
        return held

    def _moments(self, view: View, start: datetime) -> Iterator[View]:
        """Yield the state now, and the one before each change since an instant, the latest first."""
        trails = {point: trail_of(view, point) for point in self.points}
        values = {point: trail.at(view.now) for point, trail in trails.items()}
        yield _moment(values, view)
        changes = (_changes(point, trail, start, view.now) for point, trail in trails.items())
        for _, undone in groupby(merge(*changes, key=_at, reverse=True), key=_at):
            values |= {point: before for _, point, before in undone}
            yield _moment(values, view)


def _moment(values: Mapping[Point, Value | None], view: View) -> View:
    known = {point: value for point, value in values.items() if value is not None}
    return EmptyView(known, view.now, view.timezone)


def _changes(
    point: Point, trail: Trail, start: datetime, end: datetime
) -> Iterator[tuple[datetime, Point, Value | None]]:
    """Yield when a point changed within a time, the latest first, with what it was before."""
    changed_at: datetime | None = None
    for sample in reversed(trail):
        if sample.at > end:
            continue
        if changed_at is not None:
            yield changed_at, point, sample.value
        if sample.at <= start:
            return
        changed_at = sample.at
    if changed_at is not None:
        yield changed_at, point, None
