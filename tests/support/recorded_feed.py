"""A feed that remembers what a driver put into it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from interlock import DriverError, Event, Point, Value

_WITHIN_S = 20.0


class RecordedFeed:
    """Takes everything, in order, and lets a test wait for it."""

    def __init__(self) -> None:
        self.told: list[Mapping[Point, Value | DriverError]] = []
        """The batches of readings."""
        self.events: list[Event] = []
        self.turns: list[str] = []
        """`lost` with its message, and `regained`."""
        self._news = asyncio.Event()

    def readings(self, answers: Mapping[Point, Value | DriverError]) -> None:
        self.told.append(answers)
        self._news.set()

    def event(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def lost(self, error: DriverError) -> None:
        self.turns.append(f"lost: {error.message}")
        self._news.set()

    def regained(self) -> None:
        self.turns.append("regained")
        self._news.set()

    async def until(self, is_enough: Callable[[RecordedFeed], bool]) -> None:
        """Wait until what was told is enough."""
        async with asyncio.timeout(_WITHIN_S):
            while not is_enough(self):
                self._news.clear()
                await self._news.wait()
