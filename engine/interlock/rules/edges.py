"""The edges of opening hours, as APScheduler's triggers tell times."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from interlock.opening_hours import OpeningHours


class EdgeTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """Comes whenever something opens or closes."""

    __slots__ = ("_hours", "_zone")

    def __init__(self, hours: OpeningHours, zone: ZoneInfo) -> None:
        self._hours = hours
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first edge after the previous one, or after now where there was none; UTC."""
        return self._hours.next_edge(previous_fire_time or now, self._zone)
