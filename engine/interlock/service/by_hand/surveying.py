"""Asking a connection what is on it, and what its devices remember."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import datetime, timedelta

from interlock.clock import WallClock
from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.driver import Found, Recorded, Target
from interlock.errors import JournalError
from interlock.history.sql_journal import SqlJournal
from interlock.model import Point
from interlock.runtime.connections.links import close_links, make_links
from interlock.runtime.connections.seam import Seam
from interlock.service.onlookers.observing import NoJournal

_BATCH = 1000
"""Values that are stored in one transaction."""


async def discover(site: Site, connection: str, duration: timedelta) -> AsyncIterator[Found]:
    """Yield the devices that can be found on a connection, for so long at most.

    Raises:
        DriverError: its driver finds none, or the peer does not answer.
    """
    async with _seam(site, connection) as seam, AsyncExitStack() as stack:
        found = await stack.enter_async_context(aclosing(seam.discover()))
        end = asyncio.get_running_loop().time() + duration.total_seconds()
        while True:
            try:
                async with asyncio.timeout_at(end):
                    device = await anext(found)
            except (TimeoutError, StopAsyncIteration):
                return
            yield device


async def fetch_history(
    site: Site, connection: str, points: Iterable[Point], start: datetime, end: datetime
) -> AsyncIterator[Recorded]:
    """Yield what the devices of a connection remember of points.

    Raises:
        DriverError: they keep no history, or the peer does not answer.
    """
    targets = [site.targets[point] for point in points]
    async with _seam(site, connection) as seam, aclosing(seam.history(targets, start, end)) as past:
        async for recorded in past:
            yield recorded


@asynccontextmanager
async def _seam(site: Site, connection: str) -> AsyncIterator[Seam]:
    links = make_links(
        site.connections, [connection], clock=WallClock(), journal=NoJournal(), dice=random.Random()
    )
    try:
        yield links[connection].seam
    finally:
        await close_links(links)


def points_with_history(site: Site, connection: str) -> Sequence[Target]:
    """Return the points of a connection whose past can be asked for: those that can be read."""
    return [
        target
        for target in site.targets.values()
        if target.device.connection == connection and target.capability.readable
    ]


class HistoryStore:
    """Stores what was fetched in the journal, beside a service that may be running."""

    def __init__(self, place: JournalPlace) -> None:
        self._journal = SqlJournal(place, WallClock(), is_service=False)
        self._waiting: list[Recorded] = []

    async def __aenter__(self) -> HistoryStore:
        """Open the journal.

        Raises:
            JournalError: it cannot be used.
        """
        await self._journal.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the journal; what was put into it stays, also where the fetching was broken off."""
        try:
            await self._store()
        finally:
            await self._journal.close()

    async def put(self, recorded: Recorded) -> None:
        """Store a value.

        Raises:
            JournalError: it cannot be written.
        """
        self._waiting.append(recorded)
        if len(self._waiting) >= _BATCH:
            await self._store()

    async def _store(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._journal.record(*waiting)
        if waiting and not await self._journal.commit():
            raise JournalError("the journal cannot be written")
