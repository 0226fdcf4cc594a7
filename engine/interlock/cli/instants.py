"""Options that say when something was or is to be, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import typer


def instant_of_option(text: str, zone: ZoneInfo, option: str) -> datetime:
    """Return the instant of a date, or a date and time, in UTC; local where it has no offset.

    Raises:
        BadParameter: it is none, or clocks are set past it.
    """
    from interlock.simulation.instants import read_instant

    try:
        return read_instant(text, zone)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None


def warn_of_twice(text: str, instant: datetime, zone: ZoneInfo) -> None:
    """Say which of two instants is meant by a local time that comes twice, and how to name the other."""
    from interlock.cli.output import complain

    first = instant.astimezone(zone)
    second = first.replace(fold=1)
    if datetime.fromisoformat(text.strip()).tzinfo is None and first.utcoffset() != second.utcoffset():
        complain(
            f"{first:%H:%M} comes twice on {first:%Y-%m-%d}: this is the first one; "
            f"--at {second.isoformat(timespec='minutes')} is the second"
        )


def length_of_option(text: str) -> timedelta:
    """Return the length of time that ``--for`` gives.

    Raises:
        BadParameter: it is none, or not more than 0.
    """
    from interlock.durations import parse_duration

    try:
        length = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"--for: {error}") from error
    if length <= timedelta():
        raise typer.BadParameter("--for: a time longer than 0 is wanted, such as 2h")
    return length
