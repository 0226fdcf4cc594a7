"""Options that say when something was or is to be, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import typer


def instant_of_option(text: str, zone: ZoneInfo, option: str) -> datetime:
    """Return the instant that an option names, in UTC: the one reading of times of the past.

    Where it may mean two, as the hour that comes twice in autumn, it is said which of them is taken.

    Raises:
        BadParameter: it is none, or clocks are set past it.
    """
    from interlock.clock import WallClock
    from interlock.rules.instants import other_coming, read_past_instant

    now = WallClock().now()
    try:
        found = read_past_instant(text, zone, now)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None
    other = other_coming(text, found, zone)
    # Of what is still to come nobody asks who looks back.
    if other and not found <= now < other:
        _say_which(found.astimezone(zone), other.astimezone(zone), option)
    return found


def _say_which(taken: datetime, other: datetime, option: str) -> None:
    from interlock.cli.output import complain

    words = ("second", "first") if taken.fold else ("first", "second")
    complain(
        f"{taken:%H:%M} comes twice on {taken:%Y-%m-%d}: this is the {words[0]} one; "
        f"{option} {other.isoformat(timespec='minutes')} is the {words[1]}"
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
