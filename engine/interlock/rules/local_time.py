"""From local wall times to instants, through the nights on which clocks are changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

TICK = timedelta(microseconds=1)
"""The smallest step of time: ``next_wall(wall - TICK)`` may be `wall` itself."""
_ASKED_TOGETHER = 64
"""Wall times that are remembered: schedules that come together ask for the same ones."""


class WallTimes(ABC):
    """A series of wall times, without a zone."""

    __slots__ = ()

    @abstractmethod
    def next_wall(self, wall: datetime) -> datetime | None:
        """Return the first wall time of the series after this one; None where there is none."""

    @abstractmethod
    def follows_real_time(self, shift: timedelta) -> bool:
        """Whether what counts is the time that passes, and not what the clock shows, at such a shift.

        Then a wall time that comes twice counts twice, and one that is left out is left out. Otherwise
        each counts once: at its first coming, or as soon as the clock has jumped over it.
        """


class LocalTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """An APScheduler trigger for a series of wall times in a zone. It keeps no state between calls."""

    __slots__ = ("_times", "_zone")

    def __init__(self, times: WallTimes, zone: ZoneInfo) -> None:
        self._times = times
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first fire time after the previous one, or from now on where there was none; UTC."""
        after = now - TICK if previous_fire_time is None else previous_fire_time
        return self._next(after.astimezone(UTC))

    def _next(self, after: datetime) -> datetime | None:
        local = after.astimezone(self._zone)
        wall = local.replace(tzinfo=None, fold=0)
        due = self._first(wall, after)
        first, second = _both(wall, self._zone)
        if local.fold or second <= first or not self._times.follows_real_time(second - first):
            return due
        # The clock will be set back within this very series: its wall times come again after that.
        turn = self._turn(after, after + (second - first))
        if due is not None and due < turn:
            return due
        again = turn.astimezone(self._zone).replace(tzinfo=None, fold=0)
        return self._first(again - TICK, turn - TICK)

    def _first(self, wall: datetime, after: datetime) -> datetime | None:
        """Return the first instant after `after` of the wall times after `wall`, in their own order."""
        found = self._times.next_wall(wall)
        while found is not None:
            for instant in self._instants(found):
                if instant > after:
                    return instant
            found = self._times.next_wall(found)
        return None

    def _instants(self, wall: datetime) -> tuple[datetime, ...]:
        first, second = _both(wall, self._zone)
        if first == second:
            return (first,)
        is_real = self._times.follows_real_time(abs(first - second))
        if first < second:
            return (first, second) if is_real else (first,)
        return () if is_real else (self._turn(second, first),)

    def _turn(self, before: datetime, after: datetime) -> datetime:
        """Return the instant of the only shift in a span: the first with the new offset."""
        old = before.astimezone(self._zone).utcoffset()
        low, high = int(before.timestamp()), int(after.timestamp())
        while high - low > 1:
            middle = (low + high) // 2
            if datetime.fromtimestamp(middle, self._zone).utcoffset() == old:
                low = middle
            else:
                high = middle
        return datetime.fromtimestamp(high, UTC)


class SeriesTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """An APScheduler trigger for a series of instants, which keeps no state between calls.

    Args:
        next_after: Gives the first instant after another one, UTC; None where there is none.
    """

    __slots__ = ("_next_after",)

    def __init__(self, next_after: Callable[[datetime], datetime | None]) -> None:
        self._next_after = next_after

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first fire time after the previous one, or from now on where there was none; UTC."""
        after = now - TICK if previous_fire_time is None else previous_fire_time
        return self._next_after(after.astimezone(UTC))


@lru_cache(maxsize=_ASKED_TOGETHER)
def _both(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return a wall time's instants by the offsets before and after a shift; mostly they are equal.

    The second is the later one where the wall time comes twice, and the earlier where it is left out.
    Its own `fold` says nothing: datetimes that differ by that alone are equal, and remembered as one.
    """
    local = wall.replace(tzinfo=zone, fold=0)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


@lru_cache(maxsize=_ASKED_TOGETHER)
def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return when a wall time comes, UTC: its first coming, or when the clock jumps over it."""
    found = LocalTrigger(_OneWallTime(wall), zone).get_next_fire_time(None, _before(wall, zone))
    assert found is not None
    return found


def _before(wall: datetime, zone: ZoneInfo) -> datetime:
    # No zone has ever jumped by more than a day.
    return wall.replace(tzinfo=zone).astimezone(UTC) - timedelta(days=2)


class _OneWallTime(WallTimes):
    __slots__ = ("_wall",)

    def __init__(self, wall: datetime) -> None:
        self._wall = wall

    def next_wall(self, wall: datetime) -> datetime | None:
        return self._wall if self._wall > wall else None

    def follows_real_time(self, shift: timedelta) -> bool:
        return False
