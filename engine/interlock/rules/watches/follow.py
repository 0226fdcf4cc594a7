"""Watches that follow the times which points hold: ``at: wakeup.value``."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from interlock.model import Value
from interlock.rules.dates import AtInstant, Once, parse_date
from interlock.rules.days import HolidayChoice
from interlock.rules.schedule import At, Schedule, parse_time
from interlock.rules.spread import Kept, Spread
from interlock.rules.state import State
from interlock.rules.triggers import FollowTrigger
from interlock.rules.watches.plain import TimeWatch

_MIDNIGHT = datetime(2001, 1, 1)  # noqa: DTZ001 - a wall time
_DAY = timedelta(days=1)


class FollowWatch:
    """A trigger at the times that points hold. A point that is unknown keeps its last known time."""

    __slots__ = ("schedules", "trigger", "watch")

    def __init__(self, watch: TimeWatch, trigger: FollowTrigger) -> None:
        self.watch = watch
        self.trigger = trigger
        self.schedules: frozenset[Schedule] = frozenset()
        """At what the trigger comes now."""

    def follow(self, view: State) -> tuple[frozenset[Schedule], frozenset[Schedule]]:
        """Look at the points; return which schedules are over, and which begin."""
        known = (view.last_known(point) for point in self.trigger.points)
        before = self.schedules
        found = [schedule_of(value, self.trigger) for value in known if value is not None]
        if self.trigger.times:
            found.append(_optioned(At(self.trigger.times, *_days(self.trigger)), self.trigger))
        self.schedules = frozenset(each for each in found if each is not None)
        return before - self.schedules, self.schedules - before


def schedule_of(value: Value, trigger: FollowTrigger) -> Schedule | None:
    """Return when a trigger comes by a point's value; None where that is no time."""
    found = _bare(value, trigger)
    return None if found is None else _optioned(found, trigger)


def _optioned(schedule: Schedule, trigger: FollowTrigger) -> Schedule:
    if trigger.jitter:
        schedule = Spread(schedule, trigger.jitter, trigger.salt)
    return schedule if trigger.missed is None else Kept(schedule, trigger.missed)


def _days(trigger: FollowTrigger) -> tuple[frozenset[int], HolidayChoice | None]:
    return trigger.days, trigger.holidays


def _bare(value: Value, trigger: FollowTrigger) -> Schedule | None:
    match value:
        case datetime():
            return AtInstant(value.astimezone(UTC))
        case timedelta() if timedelta() <= value < _DAY:
            return _daily((_MIDNIGHT + value).time(), trigger)
        case str():
            return _of_text(value, trigger)
        case _:
            return None


def _of_text(text: str, trigger: FollowTrigger) -> Schedule | None:
    try:
        return _daily(parse_time(text), trigger)
    except ValueError:
        pass
    try:
        return Once((parse_date(text),))
    except ValueError:
        return None


def _daily(at: time, trigger: FollowTrigger) -> Schedule:
    return At((at,), *_days(trigger))
