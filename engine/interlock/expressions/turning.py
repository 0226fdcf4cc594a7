"""When an expression can turn by itself: the next instant at which time alone can make it another.

Expressions that read the time are looked at when they can turn, and not in between: ``between('22:00',
'06:00')`` twice a day, ``changed_for('p') >= '10m'`` when that is over, and ``now()`` at each full second.
An instant may be too early, and then the expression is asked again; it is never too late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from interlock.expressions.view import View
from interlock.sun import Direction, Passage, Place, keeps_bearing, next_passage

Turn: TypeAlias = Callable[[View], datetime | None]
"""Returns the first instant after now at which something can turn, UTC; None for never by time alone."""

Passes: TypeAlias = Callable[..., datetime | None]
"""Returns the same of what is compared with a value of its kind, which it is given after the view."""

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_LONG = timedelta(days=30)
_NEAR = timedelta(seconds=3)
"""So near to a passage of the sun each second is looked at: it is computed to the second, and rounded."""


def next_second(view: View) -> datetime:
    """Return the next full second: for what may turn at any time."""
    return view.now.replace(microsecond=0) + _SECOND


def next_minute(view: View) -> datetime:
    """Return the next full minute."""
    return view.now.replace(second=0, microsecond=0) + _MINUTE


def next_day(view: View) -> datetime:
    """Return when the local date turns next."""
    return next_local(view, time())


def next_local(view: View, *times: time) -> datetime:
    """Return when the local clock next shows one of these times of day.

    Before the clocks are changed each minute is looked at: they may jump over a time, or back before it.
    """
    zone, now = view.timezone, view.now
    instants = (each for when in times for each in _instants(now, when, zone))
    found = full_second(min(each for each in instants if each > now))
    is_plain = found.astimezone(zone).utcoffset() == now.astimezone(zone).utcoffset()
    return found if is_plain else min(found, next_minute(view))


def _instants(now: datetime, when: time, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when the clock shows a time of day today and tomorrow, both times where it does so twice."""
    today = now.astimezone(zone).date()
    for day in (today, today + _DAY):
        wall = datetime.combine(day, when, zone)
        yield wall.astimezone(UTC)
        yield wall.replace(fold=1).astimezone(UTC)


def earliest(*instants: datetime | None) -> datetime | None:
    """Return the first of these; None where there is none."""
    found: datetime | None = None
    # A loop and no list: this is asked after each moment.
    for each in instants:
        if each is not None and (found is None or each < found):
            found = each
    return found


def full_second(instant: datetime) -> datetime:
    """Return the first full second from an instant on: expressions are looked at when one begins."""
    return instant.replace(microsecond=0) + (_SECOND if instant.microsecond else timedelta())


def passing(view: View, at: datetime) -> datetime | None:
    """Return when a length of time that is counted in seconds passes another: then, or a second later."""
    first = full_second(at)
    return next((each for each in (first, first + _SECOND) if each > view.now), None)


def not_within(view: View, lasts: timedelta) -> datetime:
    """Return the last second that is no later than so long from now: what is foreseen may be too early."""
    return max((view.now + lasts).replace(microsecond=0), next_second(view))


def passing_of_sun(view: View, place: Place, height: float, *, is_refracted: bool) -> datetime:
    """Return when the sun next passes a height, a little early; near the poles that may not be this year."""
    passages = (Passage(height, direction, is_refracted) for direction in Direction)
    found = [at for each in passages if (at := next_passage(place, each, view.now - _NEAR))]
    return max(min(found) - _NEAR, next_second(view)) if found else full_second(view.now + _LONG)


def passing_of_bearing(view: View, place: Place, bearing: float) -> datetime:
    """Return until when the sun's bearing certainly does not pass a constant: a part of the way to it."""
    return not_within(view, keeps_bearing(place, bearing, view.now))


class Foreseen:
    """A turn that costs something to find, and stays the same until it has come.

    Args:
        find: Is given the view and values by which the turn goes besides.
    """

    __slots__ = ("_by", "_find", "_since", "_turn")

    def __init__(self, find: Callable[..., datetime | None]) -> None:
        self._find = find
        self._by: tuple[object, ...] = ()
        self._since: datetime | None = None
        self._turn: datetime | None = None

    def __call__(self, view: View, *by: object) -> datetime | None:
        """Return when it turns next."""
        now = view.now
        is_other = self._since is None or now < self._since or by != self._by
        if is_other or (self._turn is not None and now >= self._turn):
            self._since, self._by, self._turn = now, by, self._find(view, *by)
        return self._turn
