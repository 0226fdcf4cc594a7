"""Schedules that come at given moments, and are over then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from interlock.rules.local_time import LocalTrigger, SeriesTrigger, WallTimes


@dataclass(frozen=True, slots=True)
class Once:
    """At local dates and times, once each: right after the hour that is left out where one falls into it,
    and at its first coming in the repeated hour.
    """

    walls: tuple[datetime, ...]
    """Without a zone."""

    def trigger(self, timezone: ZoneInfo) -> BaseTrigger:
        """Return the trigger of this schedule in a site's time zone."""
        return LocalTrigger(_Dates(tuple(sorted(self.walls))), timezone)


@dataclass(frozen=True, slots=True)
class AtInstant:
    """At one instant."""

    instant: datetime
    """UTC."""

    def trigger(self, timezone: ZoneInfo) -> BaseTrigger:
        """Return the trigger of this schedule; the time zone does not matter."""
        return SeriesTrigger(lambda after: self.instant if self.instant > after else None)


def parse_date(text: str) -> datetime:
    """Return the local date and time that ``2026-12-24T18:00`` or ``2026-12-24 18:00:30`` means.

    Raises:
        ValueError: no such date, no time, or an offset, which local time has none of.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?", text.strip(), re.ASCII):
            return datetime.fromisoformat(text.strip())
    except ValueError:
        pass
    raise ValueError(f"'{text}' is no local date and time; write for example 2026-12-24T18:00")


class _Dates(WallTimes):
    __slots__ = ("_walls",)

    def __init__(self, walls: tuple[datetime, ...]) -> None:
        self._walls = walls

    def next_wall(self, wall: datetime) -> datetime | None:
        return next((each for each in self._walls if each > wall), None)

    def follows_real_time(self, shift: timedelta) -> bool:
        return False
