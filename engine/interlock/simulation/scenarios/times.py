"""The times in a scenario: local ones, and such that count from its start."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.durations import format_duration, parse_duration

LONGEST = timedelta(days=400)
"""How long a scenario may last: a year, and what comes after it."""
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
START_FORM = "write a local date and time such as 2026-07-14T12:00"
FORM = 'write a time such as "12:10", a date and time such as 2026-07-15T07:00, or +10m after the start'


class NoTime(ValueError):
    """A text means no instant; its message is a sentence, and `hint` says what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def start_of(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant of a local date and time, UTC.

    Raises:
        NoTime: it is none, or clocks are set past it.
    """
    if not _DATE_TIME.fullmatch(text):
        raise NoTime(f"'{text}' is no date and time", START_FORM)
    return _instant(_parsed(text, START_FORM), zone)


class Clockwork:
    """Reads the times of one scenario.

    Args:
        start: UTC.
        zone: The site's.
    """

    def __init__(self, start: datetime, zone: ZoneInfo) -> None:
        self.start = start
        self.zone = zone
        self.first_day = start.astimezone(zone).date()

    def instant(self, text: str) -> datetime:
        """Return the instant that a text means, UTC.

        Raises:
            NoTime: it means none, clocks are set past it, or it lies outside of every scenario.
        """
        found = self._instant(text.strip())
        if found < self.start:
            raise NoTime(f"{text} is before the start, {self.shown(self.start)}", self._next_day(text))
        if found - self.start > LONGEST:
            longest = format_duration(LONGEST)
            raise NoTime(f"{text} is more than {longest} after the start: no scenario lasts that long")
        return found

    def shown(self, instant: datetime) -> str:
        """Return an instant as the site's clocks show it; on other days than the first with its date."""
        local = instant.astimezone(self.zone)
        text = f"{local:%H:%M:%S}"
        if local.microsecond >= 1000:
            text += f".{local.microsecond // 1000:03d}"
        if local.date() != self.first_day:
            text = f"{local:%Y-%m-%d} {text}"
        return text + (f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:5] if _comes_twice(local) else "")

    def _instant(self, text: str) -> datetime:
        if text.startswith("+"):
            return self._later(text)
        if time := _TIME.fullmatch(text):
            hour, minute, second = (int(each or 0) for each in time.groups())
            if hour > 23 or minute > 59 or second > 59:
                raise NoTime(f"'{text}' is no time of day", FORM)
            return _instant(
                datetime(*self.first_day.timetuple()[:3], hour, minute, second),  # noqa: DTZ001 - local
                self.zone,
            )
        if not _DATE_TIME.fullmatch(text):
            raise NoTime(f"'{text}' is no time", FORM)
        return _instant(_parsed(text, FORM), self.zone)

    def _later(self, text: str) -> datetime:
        try:
            after = parse_duration(text[1:])
            return self.start + after
        except ValueError as error:
            message, _, hint = str(error).partition(": ")
            raise NoTime(message, hint) from None
        except OverflowError:
            raise NoTime(f"'{text}' is too long") from None

    def _next_day(self, text: str) -> str:
        if not _TIME.fullmatch(text.strip()):
            return ""
        tomorrow = self.first_day + timedelta(days=1)
        return f"times without a date are on the first day: is {tomorrow}T{text.strip()} meant?"


def _parsed(text: str, form: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise NoTime(f"'{text}' is no date and time that there is", form) from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise NoTime(f"the year of '{text}' must be from {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return when a local time comes, the first time where that is twice; one with an offset is as it is."""
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != wall:
        raise NoTime(
            f"there is no {wall:%H:%M:%S} on {wall:%Y-%m-%d} in {zone.key}: clocks are set forward past it"
        )
    return found


def _comes_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
