"""A virtual clock that can be set."""

import asyncio
from datetime import datetime, timedelta

from interlock.simulation.virtual_time import VirtualClock


class SettableClock:
    """Tells virtual time; a test sets it forward or back, as a hand or NTP would."""

    def __init__(self, start: datetime) -> None:
        self._virtual = VirtualClock(start, asyncio.get_running_loop())
        self.shift = timedelta()

    def now(self) -> datetime:
        return self._virtual.now() + self.shift

    def monotonic(self) -> timedelta:
        return self._virtual.monotonic()
