"""Schedules as values: ``every``, ``cron`` and ``at``, with the APScheduler trigger that each stands for.

Equal schedules are equal values, so that many rules share one trigger. What they do on the nights on which
clocks are changed is said at each; fire times are instants in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from cronsim import CronSim, CronSimError

from interlock.capabilities import nearest
from interlock.durations import format_duration
from interlock.rules.dates import AtInstant, Once
from interlock.rules.days import EVERY_DAY, DayChoice, HolidayChoice
from interlock.rules.local_time import LocalTrigger, WallTimes
from interlock.rules.spread import Kept, Spread
from interlock.rules.sun_schedule import Sun

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_ANCHOR = datetime(2001, 1, 1)  # noqa: DTZ001 - a wall time, and a Monday, so that weeks begin on one
_UTC = ZoneInfo("UTC")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of the week as schedules name them."""


@dataclass(frozen=True, slots=True)
class Every:
    """At each multiple of an interval on the clock, plus an offset.

    An interval that divides a day counts from local midnight, one of whole days from Monday, 1 January
    2001. Any other is evenly spaced in real time, counted from that day in UTC.

    When clocks are changed, an interval no longer than the shift follows real time: ``every 15m`` and
    ``every 1h`` go on through the repeated hour and miss nothing in the one left out. A longer interval
    keeps to the wall clock, each of its times once: ``every 6h`` is midnight, 6, 12 and 18 on each day.

    Raises:
        ValueError: not in whole seconds, none at all, or an offset that is not shorter than the interval.
    """

    interval: timedelta
    offset: timedelta = timedelta()

    def __post_init__(self) -> None:
        interval, offset = format_duration(self.interval), format_duration(self.offset)
        if self.interval < _SECOND or self.interval % _SECOND:
            raise ValueError(f"an interval is in whole seconds and at least 1s, not {interval}")
        if self.offset % _SECOND or not timedelta() <= self.offset < self.interval:
            raise ValueError(f"an offset is in whole seconds and shorter than every {interval}, not {offset}")

    def trigger(self, timezone: ZoneInfo) -> BaseTrigger:
        """Return the trigger of this schedule in a site's time zone."""
        is_local = not _DAY % self.interval or not self.interval % _DAY
        return LocalTrigger(_Grid(self.interval, self.offset), timezone if is_local else _UTC)


@dataclass(frozen=True, slots=True)
class Cron:
    """Standard cron: minute, hour, day of month, month, day of week; Sunday is 0 or 7.

    Where both day fields are restricted, either is enough. A fixed time of day runs once: right after the
    hour that is left out, and at its first coming in the repeated hour. Where minute or hour begin with
    ``*`` it follows real time, as Debian's cron does.

    Raises:
        ValueError: no cron expression, or one that never comes.
    """

    text: str

    def __post_init__(self) -> None:
        if len(self.text.split()) != 5:
            raise ValueError(f"'{self.text}' has not the five fields of cron: minute hour day month weekday")
        try:
            next(CronSim(self.text, _ANCHOR))
        except CronSimError as error:
            raise ValueError(f"'{self.text}' is no cron expression: {_cron_fault(error)}") from None
        except StopIteration:
            raise ValueError(f"'{self.text}' never comes: no such day in 50 years") from None

    def trigger(self, timezone: ZoneInfo) -> BaseTrigger:
        """Return the trigger of this schedule in a site's time zone."""
        return LocalTrigger(_CronTimes(self.text), timezone)


@dataclass(frozen=True, slots=True)
class At:
    """At local times of day on some days of the week, Monday is 0.

    Each time comes once a day: right after the hour that is left out where it falls into it, and at its
    first coming in the repeated hour.

    Raises:
        ValueError: no time, or no day.
    """

    times: tuple[time, ...]
    days: frozenset[int] = EVERY_DAY
    holidays: HolidayChoice | None = None

    def __post_init__(self) -> None:
        if not self.times or not self.days:
            raise ValueError("it never comes: at least one time and one day are needed")

    def trigger(self, timezone: ZoneInfo) -> BaseTrigger:
        """Return the trigger of this schedule in a site's time zone."""
        days = DayChoice(self.days, self.holidays)
        return LocalTrigger(_TimesOfDay(tuple(sorted(self.times)), days), timezone)


Schedule: TypeAlias = Every | Cron | At | Once | AtInstant | Sun | Spread | Kept


def next_run(schedule: Schedule, timezone: ZoneInfo, after: datetime) -> datetime | None:
    """Return when a schedule comes next in a site's time zone; None for never again."""
    due: datetime | None = schedule.trigger(timezone).get_next_fire_time(None, after)
    return due


def parse_time(text: str) -> time:
    """Return the time of day that ``07:30`` or ``07:30:15`` means.

    Raises:
        ValueError: no time of day.
    """
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text.strip(), re.ASCII)
    try:
        if found:
            return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        pass
    raise ValueError(f"'{text}' is no time of day: write for example 07:30 or 07:30:15")


def parse_days(text: str) -> frozenset[int]:
    """Return the days that ``sat`` or a range such as ``mon-fri`` or ``fri-mon`` means; Monday is 0.

    Raises:
        ValueError: no such day.
    """
    first, _, last = text.strip().lower().partition("-")
    start, end = _day(first), _day(last or first)
    return frozenset((start + step) % 7 for step in range((end - start) % 7 + 1))


def _day(word: str) -> int:
    if word.strip() in DAYS:
        return DAYS.index(word.strip())
    meant = nearest(word, DAYS)
    hint = f"did you mean '{meant}'?" if meant else f"they are {', '.join(DAYS)}"
    raise ValueError(f"'{word}' is no day of the week; {hint}")


def _cron_fault(error: CronSimError) -> str:
    return str(error).replace("Bad ", "the field ") + " is wrong or never comes"


class _Grid(WallTimes):
    __slots__ = ("_interval", "_origin")

    def __init__(self, interval: timedelta, offset: timedelta) -> None:
        self._interval = interval
        self._origin = _ANCHOR + offset

    def next_wall(self, wall: datetime) -> datetime:
        return self._origin + ((wall - self._origin) // self._interval + 1) * self._interval

    def follows_real_time(self, shift: timedelta) -> bool:
        return self._interval <= shift


class _CronTimes(WallTimes):
    __slots__ = ("_is_wild", "_sim")

    def __init__(self, text: str) -> None:
        minute, hour, *_ = text.split()
        self._is_wild = minute.startswith("*") or hour.startswith("*")
        self._sim = CronSim(text, _ANCHOR)

    def next_wall(self, wall: datetime) -> datetime | None:
        # Parsed once and set to where it shall start each time: parsing costs more than searching.
        self._sim.dt = wall.replace(microsecond=0)
        return next(self._sim, None)

    def follows_real_time(self, shift: timedelta) -> bool:
        return self._is_wild


class _TimesOfDay(WallTimes):
    __slots__ = ("_days", "_times")

    def __init__(self, times: tuple[time, ...], days: DayChoice) -> None:
        self._times = times
        self._days = days

    def next_wall(self, wall: datetime) -> datetime | None:
        if wall.time() < self._times[-1] and self._days.holds(wall.date()):
            return datetime.combine(wall, next(each for each in self._times if each > wall.time()))
        day = self._days.next_day(wall.date() + _DAY)
        return None if day is None else datetime.combine(day, self._times[0])

    def follows_real_time(self, shift: timedelta) -> bool:
        return False
