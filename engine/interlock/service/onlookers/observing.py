"""Looking on while an engine works."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from interlock.expressions.view import Sample
from interlock.history.journal import Journal
from interlock.history.records import Entry, Past
from interlock.model import Command, Point, Reading
from interlock.rules.memory import TriggerMemory


class ObservedJournal:
    """A journal that shows each entry to an observer, as it comes in, and passes it on."""

    def __init__(self, journal: Journal, observe: Callable[[Entry], None]) -> None:
        self._journal = journal
        self._observe = observe

    @property
    def run_number(self) -> int:
        """The inner journal's."""
        return self._journal.run_number

    @property
    def last_seen(self) -> datetime | None:
        """The inner journal's."""
        return self._journal.last_seen

    @property
    def is_late(self) -> bool:
        """The inner journal's."""
        return self._journal.is_late

    async def open(self) -> None:
        """Begin a run of the inner journal."""
        await self._journal.open()

    async def past(self) -> None:
        """Wait for the inner journal's past."""
        await self._journal.past()

    def record(self, *entries: Entry) -> None:
        """Show the entries, in order, and pass them on."""
        for entry in entries:
            self._observe(entry)
        self._journal.record(*entries)

    async def commit(self) -> bool:
        """Commit the inner journal."""
        return await self._journal.commit()

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return the inner journal's memory."""
        return await self._journal.load_memory()

    async def load_known(self, points: Collection[Point]) -> Sequence[Reading]:
        """Return what the inner journal last knew of points."""
        return await self._journal.load_known(points)

    async def load_commands(self, points: Collection[Point]) -> Sequence[Command]:
        """Return the last commands that the inner journal has of points."""
        return await self._journal.load_commands(points)

    async def load_samples(self, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
        """Return what the inner journal knows that points were."""
        return await self._journal.load_samples(since)

    async def load_past(self, since: datetime) -> Past:
        """Return what the inner journal knows of earlier runs."""
        return await self._journal.load_past(since)

    async def close(self) -> None:
        """Close the inner journal."""
        await self._journal.close()


class NoJournal:
    """Keeps nothing: for looking at a site without leaving a trace."""

    run_number = 1
    last_seen: datetime | None = None
    is_late = False

    async def open(self) -> None:
        """Do nothing."""

    async def past(self) -> None:
        """Do nothing: there is none."""

    def record(self, *entries: Entry) -> None:
        """Forget the entries."""

    async def commit(self) -> bool:
        """Return True: there is nothing to lose."""
        return True

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return nothing."""
        return {}

    async def load_known(self, points: Collection[Point]) -> Sequence[Reading]:
        """Return nothing."""
        return ()

    async def load_commands(self, points: Collection[Point]) -> Sequence[Command]:
        """Return nothing."""
        return ()

    async def load_samples(self, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
        """Return nothing."""
        return {}

    async def load_past(self, since: datetime) -> Past:
        """Return nothing."""
        return Past()

    async def close(self) -> None:
        """Do nothing."""
