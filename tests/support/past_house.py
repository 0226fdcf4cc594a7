"""A house whose past is written to a real journal file, as a service would have left it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock.history.journal import MemoryJournal
from interlock.history.records import ServiceStart
from interlock.history.sql_journal import SqlJournal
from interlock.service.loading import load
from interlock.simulation.house import House
from interlock.simulation.virtual_time import run_virtual

_AT_ONCE = 5000


class WrittenAt:
    """Tells what it is set to."""

    def __init__(self, time: datetime) -> None:
        self.time = time

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> timedelta:
        return self.time - datetime(2000, 1, 1, tzinfo=UTC)


class _Runs(MemoryJournal):
    """Notes where each run begins and when it ends; as on disk, each takes first readings as news."""

    def __init__(self) -> None:
        super().__init__()
        self.begins: list[int] = []
        self.ends: list[datetime] = []

    async def open(self) -> None:
        await super().open()
        self._filter.forget()
        self.begins.append(len(self.entries))

    async def close(self) -> None:
        assert self.last_seen
        self.ends.append(self.last_seen)


Story = Callable[[House], Awaitable[None]]


def live(site: Path, start: datetime, story: Story, *, tells: bool, dry_run: bool = False) -> None:
    """Let a house live through a story, and write its journal beside its site file."""
    journal = _Runs()
    loaded = load(site, environ={})

    async def main() -> None:
        house = House(loaded, start, tells=tells, journal=journal, dry_run=dry_run)
        await story(house)
        if house.is_on:
            await house.switch_off()

    run_virtual(main())
    asyncio.run(_write(site / "interlock.sqlite", journal))


async def _write(path: Path, journal: _Runs) -> None:
    parts = [*journal.begins, len(journal.entries)]
    for number, ends in enumerate(journal.ends):
        entries = journal.entries[parts[number] : parts[number + 1]]
        [begun] = [each.at for each in entries if isinstance(each, ServiceStart)]
        clock = WrittenAt(begun)
        written = SqlJournal(path, clock)
        await written.open()
        for count, entry in enumerate(entries):
            written.record(entry)
            if count % _AT_ONCE == 0:
                await written.commit()
        clock.time = ends
        await written.close()
