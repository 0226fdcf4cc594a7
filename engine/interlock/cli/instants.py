"""Options that say when something was, or is to be."""

from __future__ import annotations

from datetime import datetime
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
