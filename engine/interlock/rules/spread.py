"""What can be said of any schedule besides when it comes: jitter, and what becomes of missed runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Protocol
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from interlock.rules.local_time import SeriesTrigger, instant_of

GRACE = timedelta(minutes=1)
"""A run that is late by no more than this is not missed."""
_MOST_MISSED = 100
"""``all`` makes up for no more runs than these, the latest: nobody wants a year of them at once."""
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_WINDOWS = (timedelta(minutes=1), timedelta(hours=1), _DAY, 30 * _DAY)


class Missed(Enum):
    """What becomes of runs that passed while the service was down, or the machine slept."""

    SKIP = "skip"
    """Those that are late by more than a minute are left out."""
    ONCE = "once"
    """The last one is made up for."""
    ALL = "all"
    """Each is made up for, in its order."""


class Timed(Protocol):
    """A schedule: a value from which a trigger is made."""

    def trigger(self, timezone: ZoneInfo) -> BaseTrigger:
        """Return the trigger of this schedule in a site's time zone."""
        ...


@dataclass(frozen=True, slots=True)
class Spread:
    """A schedule whose runs are each put off by a random time, never into the next day.

    The time follows from the salt and the run alone, so that a restart changes nothing.
    """

    schedule: Timed
    jitter: timedelta
    """What each run is put off by at most."""
    salt: str
    """Who spreads: other rules and sites draw other times."""

    def trigger(self, timezone: ZoneInfo) -> BaseTrigger:
        """Return the trigger of this schedule in a site's time zone."""
        base = self.schedule.trigger(timezone)
        return SeriesTrigger(lambda after: self._next(base, after, timezone))

    def _next(self, base: BaseTrigger, after: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the first run: one that was drawn later may have been put off by less."""
        run, found = base.get_next_fire_time(after - self.jitter, after - self.jitter), None
        while run is not None and (found is None or run < found):
            due = run + self._delay(run, zone)
            if due > after and (found is None or due < found):
                found = due
            run = base.get_next_fire_time(run, run)
        return found

    def _delay(self, run: datetime, zone: ZoneInfo) -> timedelta:
        tomorrow: date = run.astimezone(zone).date() + _DAY
        rest = instant_of(datetime.combine(tomorrow, time()), zone) - run - _SECOND
        most = max(min(self.jitter, rest), timedelta())
        drawn = hashlib.sha256(f"{self.salt} {run.isoformat()}".encode()).digest()
        return timedelta(seconds=int(most.total_seconds() * int.from_bytes(drawn[:7]) / 256**7))


@dataclass(frozen=True, slots=True)
class Kept:
    """A schedule that says what becomes of its missed runs."""

    schedule: Timed
    missed: Missed

    def trigger(self, timezone: ZoneInfo) -> BaseTrigger:
        """Return the trigger of this schedule in a site's time zone."""
        return self.schedule.trigger(timezone)


def missed_of(schedule: Timed) -> Missed:
    """Return what becomes of a schedule's missed runs."""
    return schedule.missed if isinstance(schedule, Kept) else Missed.SKIP


def runs_to_make_up(trigger: BaseTrigger, missed: Missed, since: datetime, now: datetime) -> list[datetime]:
    """Return which runs after `since`, up to now, are to be done now; in their order."""
    if missed is Missed.SKIP:
        return _runs(trigger, max(since, now - GRACE), now)[-1:]
    most = 1 if missed is Missed.ONCE else _MOST_MISSED
    for window in _WINDOWS:
        found = _runs(trigger, max(since, now - window), now)
        if len(found) >= most or now - window <= since:
            return found[-most:]
    return _runs(trigger, since, now)[-most:]


def _runs(trigger: BaseTrigger, since: datetime, now: datetime) -> list[datetime]:
    return list(_each_run(trigger, since, now))


def _each_run(trigger: BaseTrigger, since: datetime, now: datetime) -> Iterator[datetime]:
    run = trigger.get_next_fire_time(since, since)
    while run is not None and run <= now:
        yield run
        run = trigger.get_next_fire_time(run, run)
