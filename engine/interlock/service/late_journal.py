"""The service's journal before its database library is there.

SQLAlchemy takes as long to import as all the rest together. It is imported in a thread while the first polls
are on their way; what is recorded until then waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from interlock.clock import Clock
from interlock.config.journal_place import JournalPlace
from interlock.config.journal_section import AS_USUAL, JournalSettings
from interlock.errors import JournalError
from interlock.expressions.view import Sample
from interlock.history.journal import JournalHealth
from interlock.history.records import Entry, Past
from interlock.model import Command, Point, Reading
from interlock.plurals import counted
from interlock.rules.memory import TriggerMemory

if TYPE_CHECKING:
    from interlock.history.sql_journal import SqlJournal

log = logging.getLogger("interlock.journal")

_HEAD_START_S = 0.1
"""For the first polls: an import in another thread takes every second turn of the interpreter from them."""


class LateJournal:
    """An `SqlJournal` that exists from `open` on, and takes entries before.

    Args:
        place: Where it is.
        clock: Tells how old things are.
        settings: How it is kept.
    """

    def __init__(self, place: JournalPlace, clock: Clock, settings: JournalSettings = AS_USUAL) -> None:
        self._place = place
        self._clock = clock
        self._settings = settings
        self._journal: SqlJournal | None = None
        self._early: list[tuple[Entry, ...]] = []

    @property
    def run_number(self) -> int:
        """The inner journal's; 0 before `open`."""
        return self._journal.run_number if self._journal else 0

    @property
    def last_seen(self) -> datetime | None:
        """The inner journal's; None before `open`."""
        return self._journal.last_seen if self._journal else None

    @property
    def is_late(self) -> bool:
        """The inner journal's; False before `open`."""
        return self._journal.is_late if self._journal else False

    @property
    def health(self) -> JournalHealth:
        """The inner journal's; before `open` all waits."""
        if self._journal:
            return self._journal.health
        waiting = sum(map(len, self._early))
        fault = "it is not open yet"
        return JournalHealth(is_written=False, waiting=waiting, lost=0, written_at=None, fault=fault)

    async def open(self) -> None:
        """Make the inner journal, begin a run of it, and hand over what was recorded already.

        Raises:
            JournalError: it cannot be used; the message says why.
        """
        await asyncio.sleep(_HEAD_START_S)
        module = await asyncio.to_thread(import_module, "interlock.history.sql_journal")
        journal: SqlJournal = module.SqlJournal(self._place, self._clock, settings=self._settings)
        try:
            await journal.open()
        except asyncio.CancelledError:
            lost = counted(sum(map(len, self._early)), "entry is", "entries are")
            log.error("journal %s could not be opened until now: %s lost", self._place, lost)
            raise
        self._journal = journal
        for entries in self._early:
            journal.record(*entries)
        self._early.clear()

    async def past(self) -> None:
        """Wait for the inner journal's past, where there is one."""
        if self._journal:
            await self._journal.past()

    def record(self, *entries: Entry) -> None:
        """Take entries, in order, without waiting."""
        if self._journal:
            self._journal.record(*entries)
        else:
            self._early.append(entries)

    def repeat(self, readings: Iterable[Reading], age: timedelta) -> None:
        """Let the inner journal take readings of what is as it was; nothing before `open`."""
        if self._journal:
            self._journal.repeat(readings, age)

    async def commit(self) -> bool:
        """Commit the inner journal; False before `open`."""
        return await self._journal.commit() if self._journal else False

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return the inner journal's memory.

        Raises:
            JournalError: it is not open, or cannot be read.
        """
        if self._journal is None:
            raise JournalError(f"journal {self._place} is not open")
        return await self._journal.load_memory()

    async def load_known(self, points: Collection[Point]) -> Sequence[Reading]:
        """Return what the inner journal last knew of points.

        Raises:
            JournalError: it is not open, or cannot be read.
        """
        if self._journal is None:
            raise JournalError(f"journal {self._place} is not open")
        return await self._journal.load_known(points)

    async def load_commands(self, points: Collection[Point]) -> Sequence[Command]:
        """Return the last commands that the inner journal has of points.

        Raises:
            JournalError: it is not open, or cannot be read.
        """
        if self._journal is None:
            raise JournalError(f"journal {self._place} is not open")
        return await self._journal.load_commands(points)

    async def load_samples(self, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
        """Return what points were, each from an instant on; unknown while no service ran.

        Raises:
            JournalError: it is not open, or cannot be read.
        """
        if self._journal is None:
            raise JournalError(f"journal {self._place} is not open")
        return await self._journal.load_samples(since)

    async def load_past(self, since: datetime) -> Past:
        """Return what the inner journal knows of earlier runs.

        Raises:
            JournalError: it is not open, or cannot be read.
        """
        if self._journal is None:
            raise JournalError(f"journal {self._place} is not open")
        return await self._journal.load_past(since)

    async def close(self) -> None:
        """Close the inner journal, where there is one."""
        if self._journal:
            await self._journal.close()
