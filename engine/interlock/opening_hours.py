"""Weekly hours in local time, with holidays and exceptions by date, through every change of clocks.

A time of day that is left out in spring counts as soon as the clock has jumped over it; one that comes twice
in autumn counts at its first coming. So each window opens and closes once, in every night.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from interlock.public_holidays import HolidayCalendar

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_WEEK = 9
"""Days in which an edge comes where every week is the same; windows go over midnight at either end."""
_YEAR = 400
"""Days in which one comes where holidays or exceptions matter: none is planned farther ahead."""


@dataclass(frozen=True, slots=True)
class Window:
    """From a time of day on and before another; where that is no later, it is on the next day."""

    start: time
    end: time


Windows = tuple[Window, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """When something is open."""

    days: tuple[Windows, Windows, Windows, Windows, Windows, Windows, Windows]
    """By day of the week, Monday first."""
    holidays: Windows | None = None
    """On public holidays; None where they are as any other day."""
    exceptions: Mapping[date, Windows] = field(default_factory=lambda: MappingProxyType({}))
    """On these days instead of everything else."""
    calendar: HolidayCalendar | None = None
    """Whose public holidays count."""

    def windows_on(self, day: date) -> Windows:
        """Return the windows that begin on a day."""
        if day in self.exceptions:
            return self.exceptions[day]
        if self.holidays is not None and self.calendar is not None and self.calendar.is_holiday(day):
            return self.holidays
        return self.days[day.weekday()]

    def is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether an instant lies in a window."""
        day = at.astimezone(zone).date()
        return any(start <= at < end for each in (day - _DAY, day) for start, end in self._spans(each, zone))

    def next_edge(self, after: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when it next opens or closes after an instant, UTC; None where it never does.

        Where one window ends as another starts, it stays open.
        """
        day = after.astimezone(zone).date() - _DAY
        for number in range(_WEEK if self.holidays is None and not self.exceptions else _YEAR):
            spans = self._spans(day + number * _DAY, zone)
            for edge in sorted({instant for span in spans for instant in span}):
                is_change = self.is_open(edge, zone) is not self.is_open(edge - _SECOND, zone)
                if edge > after and is_change:
                    return edge
        return None

    def _spans(self, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        for window in self.windows_on(day):
            last = day if window.end > window.start else day + _DAY
            start = first_instant(datetime.combine(day, window.start), zone)
            end = first_instant(datetime.combine(last, window.end), zone)
            if start < end:
                yield start, end


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant, UTC, at which a zone's clocks show a wall time or have jumped over it."""
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    return _jump(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of the only change of clocks between two, to the second."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        middle = middle if middle > before else after - _SECOND
        is_before = middle.astimezone(zone).utcoffset() == old
        before, after = (middle, after) if is_before else (before, middle)
    return after
