"""The sun as a schedule: its passages and turns, shifted, and kept within times of day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from interlock.rules.days import ANY_DAY, DayChoice
from interlock.rules.local_time import TICK, SeriesTrigger, instant_of
from interlock.sun import Passage, Place, Turn, next_passage, next_turn

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sun:
    """When the sun rises, sets, turns or passes a height, with an offset, on the days that count.

    `not_before` and `not_after` are times on the day of the event: what would come outside of them comes
    at them. On a day without the event, as in polar night, there is none.
    """

    place: Place
    event: Passage | Turn
    offset: timedelta = timedelta()
    not_before: time | None = None
    not_after: time | None = None
    days: DayChoice = ANY_DAY

    def trigger(self, timezone: ZoneInfo) -> BaseTrigger:
        """Return the trigger of this schedule in a site's time zone."""
        return SeriesTrigger(lambda after: self._next(after, timezone))

    def _next(self, after: datetime, zone: ZoneInfo) -> datetime | None:
        # An event may come by its offset, or by being kept back, at most so much later or earlier.
        event = self._event(after - abs(self.offset) - _DAY)
        while event is not None:
            day = event.astimezone(zone).date()
            if not self.days.holds(day):
                event = self._event_from(self.days.next_day(day + _DAY), zone)
                continue
            due = self._kept_within(event + self.offset, day, zone)
            if due > after:
                return due
            event = self._event(event)
        return None

    def _event(self, after: datetime) -> datetime | None:
        if isinstance(self.event, Turn):
            return next_turn(self.place, self.event, after)
        return next_passage(self.place, self.event, after)

    def _event_from(self, day: date | None, zone: ZoneInfo) -> datetime | None:
        if day is None:
            return None
        return self._event(instant_of(datetime.combine(day, time()), zone) - TICK)

    def _kept_within(self, due: datetime, day: date, zone: ZoneInfo) -> datetime:
        if self.not_before is not None:
            due = max(due, instant_of(datetime.combine(day, self.not_before), zone))
        if self.not_after is not None:
            due = min(due, instant_of(datetime.combine(day, self.not_after), zone))
        return due
