"""What a service finds in the journal of the one before it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import pytest

from interlock.config.journal_place import JournalPlace
from interlock.history.journal import Journal, MemoryJournal
from interlock.history.queries import JournalReader
from interlock.history.records import Entry, FiringEnd, Unfinished
from interlock.history.sql_journal import SqlJournal
from interlock.model import Outcome, Point, Quality, Reading, Receipt
from support.journal_entries import (
    AC_MODE,
    TEMPERATURE,
    HandClock,
    command,
    firing,
    minute,
    reading,
    receipt,
)

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


async def known_after(
    run: Run, clock: HandClock, entries: list[Entry], *points: Point, until: datetime
) -> list[Reading]:
    async with run() as journal:
        journal.record(*entries)
        clock.time = until
    async with run() as journal:
        return [replace(known, since=None) for known in await journal.load_known(points)]


async def same_since(run: Run, clock: HandClock, *runs: Sequence[Entry]) -> datetime | None:
    """Return since when the temperature has been the same, as known after some runs."""
    for entries in runs:
        async with run() as journal:
            journal.record(*entries)
            clock.time = max(minute(40), clock.time)
    async with run() as journal:
        [known] = await journal.load_known([TEMPERATURE])
        return known.since


async def test_a_value_has_been_the_same_since_it_came_over_outages_and_restarts(
    run: Run, clock: HandClock
) -> None:
    fault = reading(None, at=minute(9), quality=Quality.FAULT)
    first = [reading(25.0), reading(26.4, at=minute(5)), fault, reading(26.4, at=minute(12))]
    assert await same_since(run, clock, first) == minute(5)
    second = [reading(26.4, at=minute(50)), reading(1.0, point=AC_MODE, at=minute(51))]
    assert await same_since(run, clock, second) == minute(5)
    assert await same_since(run, clock, [reading(27.0, at=minute(60))]) == minute(60)
    assert await same_since(run, clock, [reading(26.4, at=minute(70))]) == minute(70)


async def test_on_and_one_are_not_the_same_value(run: Run, clock: HandClock) -> None:
    assert await same_since(run, clock, [reading(1.0), reading(True, at=minute(5))]) == minute(5)


async def test_a_value_that_was_good_to_the_end_was_so_until_the_end(run: Run, clock: HandClock) -> None:
    known = await known_after(run, clock, [reading(26.4)], TEMPERATURE, until=minute(30))
    assert known == [reading(26.4, at=minute(30))]


async def test_a_stale_value_was_good_until_the_last_time_that_it_was_read(
    run: Run, clock: HandClock
) -> None:
    stale = Reading(
        point=TEMPERATURE,
        value=26.4,
        observed_at=minute(7),
        quality=Quality.STALE,
        reason="silent",
        since=minute(8),
    )
    known = await known_after(run, clock, [reading(26.4), stale], TEMPERATURE, until=minute(30))
    assert known == [reading(26.4, at=minute(7))]


async def test_a_value_was_good_until_the_fault_after_it(run: Run, clock: HandClock) -> None:
    fault = reading(None, at=minute(9), quality=Quality.FAULT)
    entries: list[Entry] = [reading(25.0), reading(26.4, at=minute(5)), fault]
    known = await known_after(run, clock, entries, TEMPERATURE, until=minute(30))
    assert known == [reading(26.4, at=minute(9))]


async def test_a_fault_of_a_later_run_takes_nothing_back(path: JournalPlace, clock: HandClock) -> None:
    await left_behind(path, clock, reading(26.4))
    await left_behind(path, clock, reading(None, at=minute(70), quality=Quality.FAULT))
    journal = SqlJournal(path, clock)
    await journal.open()
    [known] = await journal.load_known([TEMPERATURE])
    await journal.close()
    assert known == replace(reading(26.4, at=minute(10)), since=known.since)


async def test_an_assumed_value_is_known_and_keeps_its_quality(run: Run, clock: HandClock) -> None:
    assumed = reading("cooling", point=AC_MODE, quality=Quality.ASSUMED)
    known = await known_after(run, clock, [assumed], AC_MODE, until=minute(1))
    assert known == [reading("cooling", point=AC_MODE, quality=Quality.ASSUMED, at=minute(1))]


async def test_of_what_was_never_good_or_is_not_asked_for_nothing_is_known(
    run: Run, clock: HandClock
) -> None:
    entries: list[Entry] = [reading(None, quality=Quality.FAULT), reading("auto", point=AC_MODE)]
    known = await known_after(run, clock, entries, TEMPERATURE, Point("lamp.power"), until=minute(1))
    assert known == []


async def test_of_commands_the_last_ones_are_found_that_may_have_acted(run: Run, clock: HandClock) -> None:
    accepted, uncertain, suppressed = (
        command(f"1-{number}", value=value) for number, value in enumerate(("cooling", "dry", "heating"))
    )
    outcomes = (
        (accepted, Outcome.ACCEPTED),
        (uncertain, Outcome.UNCERTAIN),
        (suppressed, Outcome.SUPPRESSED),
    )
    entries = [
        entry for each, outcome in outcomes for entry in (each, replace(receipt(each), outcome=outcome))
    ]
    async with run() as journal:
        journal.record(*entries[:2])
        assert await journal.load_commands([TEMPERATURE]) == []
        clock.time = minute(30)
    async with run() as journal:
        assert await journal.load_commands([TEMPERATURE, AC_MODE]) == [accepted]
        journal.record(*entries[2:])
    async with run() as journal:
        assert await journal.load_commands([TEMPERATURE, AC_MODE]) == [uncertain]


async def test_a_reading_keeps_since_when_it_is_so(path: JournalPlace, clock: HandClock) -> None:
    stale = Reading(
        point=TEMPERATURE, value=1.0, observed_at=minute(1), quality=Quality.STALE, since=minute(3)
    )
    journal = SqlJournal(path, clock)
    await journal.open()
    journal.record(stale)
    await journal.close()
    async with JournalReader(path) as reader:
        assert await reader.last_readings(TEMPERATURE, limit=9) == (stale,)


async def left_behind(path: JournalPlace, clock: HandClock, *entries: Entry, is_service: bool = True) -> None:
    """Play a service that was killed in the tenth minute."""
    clock.time = minute(10)
    journal = SqlJournal(path, clock, is_service=is_service)
    await journal.open()
    journal.record(*entries)
    await journal.close()
    clock.time = minute(60)


async def open_once(path: JournalPlace, clock: HandClock, *, is_service: bool = True) -> None:
    journal = SqlJournal(path, clock, is_service=is_service)
    await journal.open()
    await journal.close()


async def test_a_firing_that_a_killed_service_left_is_ended_when_it_was_last_seen(
    path: JournalPlace, clock: HandClock
) -> None:
    ended = FiringEnd("1-1", minute(2), "done")
    await left_behind(path, clock, firing("1-1"), ended, firing("1-2"))
    await open_once(path, clock)
    async with JournalReader(path) as reader:
        found = await reader.firings_of("cool-living-room", limit=9)
    assert [(each.id, each.ended_at, each.outcome) for each in found] == [
        ("1-2", minute(10), "broken off: the service ended while it ran"),
        ("1-1", minute(2), "done"),
    ]


async def test_a_firing_that_goes_on_after_the_restart_is_not_ended(
    path: JournalPlace, clock: HandClock
) -> None:
    waiting = Unfinished(
        firing="1-1", rule="cool-living-room", digest="", part="", names={}, variables={}, notes={}
    )
    await left_behind(path, clock, firing("1-1"), waiting)
    await open_once(path, clock)
    async with JournalReader(path) as reader:
        [found] = await reader.firings_of("cool-living-room", limit=9)
    assert found.ended_at is None


async def test_a_command_that_a_killed_service_left_is_answered_as_uncertain(
    path: JournalPlace, clock: HandClock
) -> None:
    answered, open_one = command("1-1"), command("1-2")
    await left_behind(path, clock, answered, receipt(answered), open_one)
    await open_once(path, clock)
    await open_once(path, clock)
    async with JournalReader(path) as reader:
        found = await reader.commands_for(AC_MODE, limit=9)
    assert [each.receipt for each in found] == [
        Receipt(
            command=open_one,
            outcome=Outcome.UNCERTAIN,
            at=minute(10),
            reason="the service ended before it was answered",
        ),
        receipt(answered),
    ]


async def test_a_command_that_waited_for_a_guard_when_the_service_was_killed_failed(
    path: JournalPlace, clock: HandClock
) -> None:
    waiting = command("1-1")
    await left_behind(path, clock, waiting, replace(receipt(waiting), outcome=Outcome.DEFERRED))
    await open_once(path, clock)
    await open_once(path, clock)
    async with JournalReader(path) as reader:
        [found] = await reader.commands_for(AC_MODE, limit=9)
    reason = "the service ended while it waited for a guard"
    assert found.receipt == Receipt(command=waiting, outcome=Outcome.FAILED, at=minute(10), reason=reason)


async def test_whoever_commands_by_hand_ends_nothing_of_the_service(
    path: JournalPlace, clock: HandClock
) -> None:
    await left_behind(path, clock, firing("1-1"), command("1-2"))
    await open_once(path, clock, is_service=False)
    async with JournalReader(path) as reader:
        [found], [past] = (
            await reader.firings_of("cool-living-room", limit=9),
            await reader.commands_for(AC_MODE, limit=9),
        )
    assert (found.ended_at, past.receipt) == (None, None)


async def test_a_command_by_hand_that_waits_is_left_alone(path: JournalPlace, clock: HandClock) -> None:
    await left_behind(path, clock, command("1-1"), is_service=False)
    await open_once(path, clock)
    async with JournalReader(path) as reader:
        [past] = await reader.commands_for(AC_MODE, limit=9)
    assert past.receipt is None


async def test_what_this_service_has_under_way_is_left_alone(path: JournalPlace, clock: HandClock) -> None:
    journal = SqlJournal(path, clock)
    await journal.open()
    journal.record(firing("1-1"), command("1-2"))
    await journal.commit()
    async with JournalReader(path) as reader:
        [found] = await reader.firings_of("cool-living-room", limit=9)
    await journal.close()
    assert found.ended_at is None
