"""Local dates and times on the command line, and spans that keep to the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.rules.local_time import instant_of

_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def read_instant(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant of a date, or a date and time, in UTC; local where it has no offset.

    A local time that comes twice is the first.

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
    if found.astimezone(zone).replace(tzinfo=None) != wall:
        raise ValueError(f"there is no {wall:%H:%M} on {wall:%Y-%m-%d} in {zone.key}: clocks jump past it")
    return found


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
