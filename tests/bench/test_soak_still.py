"""The loop of the year's soak: no virtual time passes while a real disk works."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from soak.still import StillLoop

from interlock.config.journal_section import JournalSettings
from interlock.history.sql_journal import SqlJournal
from interlock.simulation.virtual_time import VirtualClock
from support.journal_entries import START, TEMPERATURE, reading

pytestmark = pytest.mark.slow

T = TypeVar("T")
KEPT_FOR_AN_HOUR = JournalSettings(keep=timedelta(hours=1), max_size=None, heartbeat=None)


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=StillLoop) as runner:
        return runner.run(busy(main()))


async def busy(work: Coroutine[Any, Any, T]) -> T:
    """Give the loop a time to jump to, whenever it has nothing to do."""

    async def tick() -> None:
        while True:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(1)

    ticking = asyncio.create_task(tick())
    try:
        return await work
    finally:
        ticking.cancel()


def count_readings(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        [(count,)] = database.execute("SELECT count(*) FROM readings")
    return int(count)


def test_no_time_passes_while_a_journal_is_written_and_read(tmp_path: Path) -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        journal = SqlJournal(tmp_path / "journal.sqlite", VirtualClock(START, loop))
        await journal.open()
        for number in range(20):
            journal.record(reading(float(number)))
            assert await journal.commit()
        assert [each.value for each in await journal.load_known([TEMPERATURE])] == [19.0]
        await journal.close()
        return loop.time()

    assert run(main) == 0


def test_a_clean_up_is_over_within_the_minute_in_which_it_is_due(tmp_path: Path) -> None:
    path, count = tmp_path / "journal.sqlite", 1000

    async def main() -> list[int]:
        journal = SqlJournal(path, VirtualClock(START, asyncio.get_running_loop()), settings=KEPT_FOR_AN_HOUR)
        await journal.open()
        # The first is due ten minutes after the start, and one each hour.
        found = []
        for _ in range(72):
            journal.record(*map(reading, map(float, range(count))) if not found else ())
            await asyncio.sleep(60)
            found.append(count_readings(path))
        await journal.close()
        return found

    assert run(main) == [count] * 70 + [1] * 2


def test_no_time_passes_while_another_thread_works() -> None:
    async def main() -> float:
        await asyncio.to_thread(threading.Event().wait, 0.05)
        return asyncio.get_running_loop().time()

    assert run(main) == 0
