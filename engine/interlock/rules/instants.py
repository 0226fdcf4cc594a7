"""Local dates and times on the command line, and spans that keep to the calendar."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.durations import parse_duration
from interlock.rules.local_time import instant_of

_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_DAYS_AGO = {"today": 0, "yesterday": 1}
_TIME = re.compile(r"(\d{1,2}):(\d{2}(?::\d{2})?)", re.ASCII)
_LENGTH = re.compile(r"(?:[\d.]+[a-z]+)+", re.ASCII)
_OFFSET = re.compile(r"(?:z|[+-]\d{2}:?\d{2})$", re.ASCII)
_DAYS_LOOKED_AT = 3
"""Today, where the time of day was already, yesterday, and the day before where yesterday left it out."""
_PAST_FORMS = "17:36, yesterday, yesterday 17:36, 2026-07-13, 2026-07-13T17:36, or 2h for two hours ago"


def read_instant(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant of a date, or a date and time, in UTC; local where it has no offset.

    A local time that comes twice is the first; a date is the first instant of that day.

    Raises:
        ValueError: it is none, or clocks are set past it.
    """
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"'{text}' is no date: write for example 2026-07-13 or 2026-07-13T06:00") from None
    if not _FIRST_YEAR <= wall.year <= _LAST_YEAR:
        raise ValueError(f"the year of '{text}' must be from {_FIRST_YEAR} to {_LAST_YEAR}")
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    begins = instant_of(wall, zone)
    if _is_day(text) and begins.astimezone(zone).date() == wall.date():
        return begins
    raise ValueError(f"there is no {wall:%H:%M} on {wall:%Y-%m-%d} in {zone.key}: clocks jump past it")


def read_past_instant(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the instant that somebody means who looks back, in UTC.

    Beside what `read_instant` takes, that is a time of day, which is its last coming before now; ``today``
    and ``yesterday``, which is when they begin, or a time on them; or how long ago, as ``2h``.

    Args:
        text: As it was written.
        zone: The site's.
        now: The present.

    Raises:
        ValueError: it is none, or clocks are set past it.
    """
    words = text.strip().lower()
    if _LENGTH.fullmatch(words):
        return _ago(words, now)
    today = now.astimezone(zone).date()
    if time := _TIME.fullmatch(words):
        return _last_time(_padded(time), text, zone, now)
    day, _, rest = words.partition(" ")
    time = _TIME.fullmatch(rest)
    if day in _DAYS_AGO and (time or not rest):
        date_of_day = today - _DAYS_AGO[day] * _DAY
        words = _on(date_of_day, _padded(time)) if time else date_of_day.isoformat()
    if not _is_date(words):
        raise ValueError(f"'{text}' is no time: write for example {_PAST_FORMS}")
    return read_instant(words.upper(), zone)


def other_coming(text: str, instant: datetime, zone: ZoneInfo) -> datetime | None:
    """Return what else a text may mean that was read as an instant, in UTC; None where that is clear.

    When summer time ends an hour comes twice.
    """
    words = text.strip().lower()
    if _LENGTH.fullmatch(words) or _OFFSET.search(words):
        return None
    other = _other_of(instant, zone)
    return None if other == instant else other


def _other_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return when a zone's clocks show the same time again, or did before; the instant itself where never."""
    local = instant.astimezone(zone)
    return local.replace(fold=1 - local.fold).astimezone(UTC)


def _ago(length: str, now: datetime) -> datetime:
    try:
        return now - parse_duration(length)
    except OverflowError:
        raise ValueError(f"'{length}' is too long ago") from None


def _padded(time: re.Match[str]) -> str:
    return f"{time[1]:0>2}:{time[2]}"


def _on(day: date, time: str) -> str:
    return f"{day}T{time}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _is_date(words: str) -> bool:
    try:
        datetime.fromisoformat(words.upper())
    except ValueError:
        return False
    return True


def _last_time(time: str, text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the last coming of a time of day, on the last day on which clocks show it."""
    today = now.astimezone(zone).date()
    if not _is_date(_on(today, time)):
        raise ValueError(f"'{text}' is no time: write for example {_PAST_FORMS}")
    for days in range(_DAYS_LOOKED_AT):
        try:
            found = read_instant(_on(today - days * _DAY, time), zone)
        except ValueError:
            continue  # Clocks were set past it on that day.
        comings = [each for each in (found, _other_of(found, zone)) if each <= now]
        if comings:
            return max(comings)
    raise ValueError(f"there was no {time} lately in {zone.key}: clocks jump past it")


def shown_locally(instant: datetime, zone: ZoneInfo, form: str) -> str:
    """Return an instant as a zone's clocks show it, by a form of `strftime`.

    In the hour that comes twice its offset from UTC is added, such as ``02:30+01:00``.
    """
    local = instant.astimezone(zone)
    comes_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:{form}}{local.isoformat()[-6:] if comes_twice else ''}"


def later(instant: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """Return the end of a span, UTC: whole days are days of the calendar, the rest is real time."""
    days, rest = divmod(length, _DAY)
    wall = instant.astimezone(zone).replace(tzinfo=None, fold=0) + days * _DAY
    return (instant_of(wall, zone) if days else instant) + rest
