"""Which days a schedule is about: days of the week, public holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from interlock.public_holidays import HolidayCalendar

EVERY_DAY = frozenset(range(7))
"""Monday is 0."""

_DAY = timedelta(days=1)
_HORIZON = 366 * 12
"""Days after which what has not come never will: in twelve years each date falls on each weekday."""


@dataclass(frozen=True, slots=True)
class HolidayChoice:
    """Whether public holidays are left out, or are the only days that count."""

    calendar: HolidayCalendar
    are_meant: bool
    """``only``; otherwise ``skip``."""


@dataclass(frozen=True, slots=True)
class DayChoice:
    """The days that count."""

    weekdays: frozenset[int] = EVERY_DAY
    holidays: HolidayChoice | None = None

    def holds(self, day: date) -> bool:
        """Whether a day counts."""
        if day.weekday() not in self.weekdays:
            return False
        choice = self.holidays
        return choice is None or choice.calendar.is_holiday(day) is choice.are_meant

    def next_day(self, day: date) -> date | None:
        """Return the first day that counts, from a day on; None where none comes in twelve years."""
        for _ in range(_HORIZON):
            if self.holds(day):
                return day
            day += _DAY
        return None


ANY_DAY = DayChoice()
