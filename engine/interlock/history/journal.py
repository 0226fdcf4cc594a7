"""What a journal is, and the one in memory for tests, simulations and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from interlock.history.records import Entry, Remembered
from interlock.model import Point, Reading
from interlock.rules.memory import TriggerMemory


class Journal(Protocol):
    """Keeps what happened, in order. It never makes control wait or fail, but for `open`."""

    @property
    def run_number(self) -> int:
        """Counts the service's runs on this journal, from 1; ids of firings and commands begin with it."""
        ...

    @property
    def last_seen(self) -> datetime | None:
        """When the previous run was last alive, UTC, to about a minute; None at the very first."""
        ...

    async def open(self) -> None:
        """Begin a run.

        Raises:
            JournalError: the journal cannot be used; its message says why.
        """
        ...

    def record(self, *entries: Entry) -> None:
        """Take entries, in order, without waiting. Those of one call are stored together or not at all.

        Of readings only those are kept whose value or quality differs from the point's last.
        """
        ...

    async def commit(self) -> bool:
        """Wait until all that was recorded is safe from a power cut; False where it cannot be stored now."""
        ...

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return what triggers remembered at the end of the previous run.

        Raises:
            JournalError: it cannot be read.
        """
        ...

    async def close(self) -> None:
        """Store what is left, and end the run."""
        ...


class NewsFilter:
    """Tells readings that say something new from repetitions."""

    def __init__(self) -> None:
        self._last: dict[Point, Reading] = {}

    def news(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Return the entries without the readings that repeat their point's last value and quality."""
        last, kept = self._last, []
        for entry in entries:
            if isinstance(entry, Reading):
                before = last.get(entry.point)
                last[entry.point] = entry
                if before is not None and _is_repetition(entry, before):
                    continue
            kept.append(entry)
        return tuple(kept)

    def forget(self) -> None:
        """Take the next reading of every point as news: the last ones were lost."""
        self._last.clear()


def _is_repetition(reading: Reading, before: Reading) -> bool:
    value, was = reading.value, before.value
    # True == 1 == 1.0 in Python, and they differ as values.
    return value == was and type(value) is type(was) and reading.quality is before.quality


class MemoryJournal:
    """A journal that lasts as long as its object, which may be opened again as if after a restart."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        """What was recorded, in order, over all runs."""
        self.run_number = 0
        self.last_seen: datetime | None = None
        """To be set by whoever plays a restart; nothing here reads a clock."""
        self._filter = NewsFilter()

    async def open(self) -> None:
        """Begin a run."""
        self.run_number += 1

    def record(self, *entries: Entry) -> None:
        """Keep the entries, without repeated readings."""
        self.entries.extend(self._filter.news(entries))

    async def commit(self) -> bool:
        """Return True: nothing is safer than it is already."""
        return True

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return what triggers remembered last."""
        return {entry.key: entry.memory for entry in self.entries if isinstance(entry, Remembered)}

    async def close(self) -> None:
        """End the run."""
