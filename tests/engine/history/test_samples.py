"""What a service finds of the past of points, in a file and in memory."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import TypeAlias

import pytest

from interlock.config.journal_place import JournalPlace
from interlock.expressions import Sample
from interlock.history.journal import Journal, MemoryJournal
from interlock.history.sql_journal import SqlJournal
from interlock.model import Quality
from support.journal_entries import AC_MODE, TEMPERATURE, HandClock, minute, reading

pytestmark = [pytest.mark.slow, pytest.mark.each_database]

Run: TypeAlias = Callable[[], AbstractAsyncContextManager[Journal]]


@pytest.fixture(params=["in a file", "in memory"])
def run(request: pytest.FixtureRequest, path: JournalPlace, clock: HandClock) -> Run:
    """Open a journal for one run, again and again; a run is last seen when it ends."""
    memory = MemoryJournal()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Journal]:
        journal: Journal = memory if request.param == "in memory" else SqlJournal(path, clock)
        await journal.open()
        yield journal
        await journal.close()
        memory.last_seen = clock.now()

    return opened


async def play(run: Run, clock: HandClock, values: Sequence[tuple[int, float | None]], until: int) -> None:
    """Play a run in which a temperature became these values at these minutes; None is a fault."""
    async with run() as journal:
        for at, value in values:
            quality = Quality.FAULT if value is None else Quality.GOOD
            journal.record(reading(value, at=minute(at), quality=quality))
        clock.time = minute(until)


async def samples(run: Run, since: datetime) -> Sequence[Sample]:
    async with run() as journal:
        return list((await journal.load_samples({TEMPERATURE: since}))[TEMPERATURE])


async def test_values_are_known_from_the_one_that_held_at_the_beginning(run: Run, clock: HandClock) -> None:
    await play(run, clock, [(0, 20), (5, 21), (10, 22)], until=12)
    assert await samples(run, minute(7)) == [
        Sample(minute(5), 21),
        Sample(minute(10), 22),
        Sample(minute(12), None),
    ]


async def test_a_value_from_the_very_beginning_is_not_left_out(run: Run, clock: HandClock) -> None:
    await play(run, clock, [(0, 20), (5, 21)], until=12)
    expected = [Sample(minute(0), 20), Sample(minute(5), 21), Sample(minute(12), None)]
    assert await samples(run, minute(0)) == expected
    assert await samples(run, minute(-5)) == expected


async def test_an_unusable_reading_is_unknown(run: Run, clock: HandClock) -> None:
    await play(run, clock, [(0, 20), (5, None)], until=12)
    assert await samples(run, minute(0)) == [Sample(minute(0), 20), Sample(minute(5), None)]


async def test_between_two_runs_a_point_is_unknown(run: Run, clock: HandClock) -> None:
    await play(run, clock, [(0, 20)], until=10)
    await play(run, clock, [(30, 21)], until=40)
    assert await samples(run, minute(0)) == [
        Sample(minute(0), 20),
        Sample(minute(10), None),
        Sample(minute(30), 21),
        Sample(minute(40), None),
    ]


async def test_of_a_point_that_was_never_read_nothing_is_known(run: Run, clock: HandClock) -> None:
    await play(run, clock, [(0, 20)], until=10)
    async with run() as journal:
        assert dict(await journal.load_samples({AC_MODE: minute(0)})) == {AC_MODE: []}
