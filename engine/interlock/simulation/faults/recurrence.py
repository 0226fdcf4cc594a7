"""When something comes, and for how long: once, at times of day, or now and then."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

from interlock.rules.instants import later
from interlock.rules.local_time import instant_of

Span: TypeAlias = tuple[datetime, datetime]
"""From an instant until before another, both UTC."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The time that is simulated."""

    begins: datetime
    """UTC."""
    ends: datetime
    zone: ZoneInfo


class Recurrence(Protocol):
    """Says when something comes."""

    def spans(self, within: Stretch, dice: random.Random) -> Iterator[Span]:
        """Yield when it comes, in order and one after the other, also what ends later than the stretch."""
        ...


@dataclass(frozen=True, slots=True)
class Once:
    """One time; without an end until the end."""

    begins: datetime | None = None
    """None for the very start."""
    ends: datetime | None = None

    def spans(self, within: Stretch, dice: random.Random) -> Iterator[Span]:
        """Yield the one time, or what the stretch has of it."""
        begins, ends = max(self.begins or within.begins, within.begins), self.ends or within.ends
        if begins < min(ends, within.ends):
            yield begins, ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """Again and again, counted from the start in real time."""

    length: timedelta
    every: timedelta

    def spans(self, within: Stretch, dice: random.Random) -> Iterator[Span]:
        """Yield one time in each period, somewhere in it."""
        begins = within.begins
        while begins < within.ends:
            drawn = begins + _draw(self.every - self.length, dice)
            if drawn < within.ends:
                yield drawn, drawn + self.length
            begins += self.every


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDays:
    """On each so many-th day of the calendar, counted from the first day."""

    length: timedelta
    days: int
    at: time | None = None
    """Local; None draws a time anew for each."""
    weekday: int | None = None
    """The first day is the first such one, Monday 0; None for any."""

    def spans(self, within: Stretch, dice: random.Random) -> Iterator[Span]:
        """Yield one time in each period, at the time of its first day or somewhere in it."""
        day = self._first_day(within)
        while (midnight := _midnight(day, within.zone)) < within.ends:
            begins = self._begin(day, midnight, within.zone, dice)
            if within.begins <= begins < within.ends:
                yield begins, later(begins, self.length, within.zone)
            day += timedelta(days=self.days)

    def _first_day(self, within: Stretch) -> date:
        day = within.begins.astimezone(within.zone).date()
        return day if self.weekday is None else day + timedelta(days=(self.weekday - day.weekday()) % 7)

    def _begin(self, day: date, midnight: datetime, zone: ZoneInfo, dice: random.Random) -> datetime:
        if self.at is not None:
            return instant_of(datetime.combine(day, self.at), zone)
        # A weekday that is named is meant, and not the week that follows it.
        days = self.days if self.weekday is None else 1
        next_midnight = _midnight(day + timedelta(days=days), zone)
        return midnight + _draw(max(next_midnight - midnight - self.length, timedelta()), dice)


def _draw(most: timedelta, dice: random.Random) -> timedelta:
    """Return some length of time up to the most, in whole seconds."""
    return dice.randint(0, most // _SECOND) * _SECOND


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant_of(datetime.combine(day, time()), zone).astimezone(UTC)
