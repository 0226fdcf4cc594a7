"""A simulated thermostat's schedule: set times of the days of the week and of the vacation.

Source: Founten API description, "ThermostatSchedule Object".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from interlock_founten.simulator.attributes import FANS, INTEGER, SWITCH, SYSTEMS, Takes

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
VACATION = "Vacation"
DAYS = (*_DAYS, VACATION)
"""What ``dayOfWeek`` can be."""

START_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?")
"""The time of day; public clients send seconds too, and they are dropped."""

SETTINGS: Mapping[str, Takes] = MappingProxyType(
    {
        "system": SYSTEMS,
        "heatSetting": INTEGER,
        "coolSetting": INTEGER,
        "fan": FANS,
        "keypad": SWITCH,
    }
)
"""What a set time can set, with the values that it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTime:
    """One entry of a schedule."""

    day: str
    index: int
    start: time
    settings: Mapping[str, str]
    """What it sets, by the names of `SETTINGS`; what it does not name stays as it is."""

    def told(self) -> Sequence[tuple[str, str]]:
        """Return the entry as a reply tells it."""
        given = [(name, self.settings.get(name, "")) for name in SETTINGS]
        start = self.start.isoformat("minutes")
        return [("dayOfWeek", self.day), ("setTime", str(self.index)), ("startTime", start), *given]

    def __str__(self) -> str:
        return " ".join(f"{name}:{value}" for name, value in self.told()[1:] if value)


def read_start_time(text: str) -> time | None:
    """Return the time of day that a text means, or None."""
    found = START_TIME.fullmatch(text)
    return time(int(found[1]), int(found[2])) if found else None


class Schedule:
    """The set times of one thermostat."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, int], SetTime] = {}

    def entry(self, day: str, index: int) -> SetTime | None:
        """Return an entry, or None."""
        return self._entries.get((day, index))

    def entries(self) -> Sequence[SetTime]:
        """Return every entry, by days from Monday and by set times."""
        return sorted(self._entries.values(), key=lambda entry: (DAYS.index(entry.day), entry.index))

    def put(self, entry: SetTime) -> None:
        """Add an entry, or replace the one with its day and set time."""
        self._entries[entry.day, entry.index] = entry

    def delete(self, day: str, index: int) -> None:
        """Delete an entry, if it is there."""
        self._entries.pop((day, index), None)

    def delete_day(self, day: str) -> None:
        """Delete the entries of a day."""
        self._entries = {key: entry for key, entry in self._entries.items() if key[0] != day}

    def passed(
        self, since: datetime, until: datetime, timezone: ZoneInfo, *, repeat: str, is_vacant: bool
    ) -> Sequence[tuple[datetime, SetTime]]:
        """Return the set times that passed after an instant and up to another, oldest first.

        A time in the hour that is missing in spring passes right after it, one in the hour that is there
        twice in autumn passes once, the first time.

        Args:
            since: Aware; the set times at this instant are not among them.
            until: Aware; those at this instant are.
            timezone: The site's.
            repeat: ``Weekday`` or ``Weekly``.
            is_vacant: Whether the vacation's set times are in use.
        """
        found = [
            (at, entry)
            for day in _dates(since.astimezone(timezone).date(), until.astimezone(timezone).date())
            for entry in self.entries()
            if entry.day == day_in_use(day, repeat=repeat, is_vacant=is_vacant)
            and since < (at := _instant(day, entry.start, timezone)) <= until
        ]
        return sorted(found, key=lambda each: (each[0], each[1].index))


def day_in_use(day: date, *, repeat: str, is_vacant: bool) -> str:
    """Return the ``dayOfWeek`` whose set times a date follows.

    With ``Weekday``, Monday's serve every working day and Sunday's the weekend.
    """
    if is_vacant:
        return VACATION
    if repeat == "Weekday":
        return "Sunday" if day.weekday() >= 5 else "Monday"
    return _DAYS[day.weekday()]


def _dates(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _instant(day: date, start: time, timezone: ZoneInfo) -> datetime:
    # By way of UTC, because two instants of one time zone are compared by what their clocks show.
    return datetime.combine(day, start, timezone).astimezone(ZoneInfo("UTC"))
