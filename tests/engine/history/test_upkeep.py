"""When a journal is tidied up, and how far."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from interlock.config.journal_place import JournalPlace
from interlock.config.journal_section import JournalSettings
from interlock.history import sql_journal, upkeep
from interlock.history.database import read_size, writing_store
from interlock.history.queries import JournalReader
from interlock.history.schema import prepare
from interlock.history.sql_journal import SqlJournal
from interlock.history.store import Store
from interlock.history.tables import readings, runs
from interlock.history.upkeep import KEEP_ALL, Upkeep
from support.journal_entries import START, TEMPERATURE, HandClock, reading

pytestmark = pytest.mark.slow

DAYS = timedelta(days=1)
LIMITED = JournalSettings(keep=30 * DAYS, max_size=None, heartbeat=None)


def sized(count: int) -> JournalSettings:
    return JournalSettings(keep=None, max_size=count, heartbeat=None)


@pytest.fixture
async def store(path: JournalPlace) -> AsyncIterator[Store]:
    """An empty journal with one run, which began at START."""

    def begin(connection: Connection) -> None:
        prepare(connection)
        connection.execute(insert(runs).values(opened_at=START, seen_at=START, is_service=True))

    store = await writing_store(path)
    await store.transact(begin)
    yield store
    await store.close()


async def fill(store: Store, days: int, *, each_day: int = 1, text: str = "") -> None:
    """Write readings from START on."""
    rows = [
        {
            "run": 1,
            "point": TEMPERATURE,
            "value": day * each_day + number,
            "observed_at": START + timedelta(days=day, seconds=number),
            "quality": "good",
            "reason": text,
        }
        for day in range(days)
        for number in range(each_day)
    ]
    await store.transact(lambda connection: connection.execute(insert(readings), rows).close())


async def tidy(kept: Upkeep, store: Store) -> int:
    """Do all that is due; return in how many pieces."""
    count = 0
    while kept.is_due():
        await kept.step(store, 1)
        count += 1
    return count


async def values(path: JournalPlace) -> list[object]:
    async with JournalReader(path) as reader:
        return [each.value for each in reversed(await reader.last_readings(TEMPERATURE, limit=10_000))]


def at_work(
    path: JournalPlace, clock: HandClock, limits: JournalSettings, *, at: datetime, after_start: bool = True
) -> Upkeep:
    """Return what keeps a journal that a service has opened, and has worked with for a while."""
    clock.time = at
    kept = Upkeep(path, clock, limits)
    kept.begin(at)
    if after_start:
        clock.advance(minutes=10)
    return kept


def texts(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "interlock.journal"]


@pytest.mark.each_database
async def test_what_is_older_than_it_is_kept_goes(path: JournalPlace, clock: HandClock, store: Store) -> None:
    await fill(store, 100)
    await tidy(at_work(path, clock, LIMITED, at=START + 100 * DAYS), store)
    assert await values(path) == list(range(70, 100))


async def test_a_journal_without_limits_is_never_tidied_up(path: JournalPlace, clock: HandClock) -> None:
    assert not at_work(path, clock, KEEP_ALL, at=START + 100 * DAYS).is_due()


async def test_it_begins_some_time_after_the_start_and_goes_on_each_hour(
    path: JournalPlace, clock: HandClock, store: Store
) -> None:
    kept = at_work(path, clock, LIMITED, at=START, after_start=False)
    due = []
    for _ in range(16):
        due.append(kept.is_due())
        await tidy(kept, store)
        clock.advance(minutes=5)
    assert [number * 5 for number, each in enumerate(due) if each] == [10, 70]


async def test_a_clock_that_goes_back_does_not_put_it_off(
    path: JournalPlace, clock: HandClock, store: Store
) -> None:
    kept = at_work(path, clock, LIMITED, at=START + 100 * DAYS)
    await tidy(kept, store)
    clock.advance(days=-50)
    assert kept.is_due()


async def test_a_clock_that_jumps_is_trusted_a_day_later(
    path: JournalPlace, clock: HandClock, store: Store
) -> None:
    await fill(store, 100)
    kept = at_work(path, clock, LIMITED, at=START + 20 * DAYS)
    await tidy(kept, store)
    clock.advance(days=80)
    for _ in range(25):
        assert len(await values(path)) == 100
        await tidy(kept, store)
        clock.advance(hours=1)
    assert len(await values(path)) == 29


async def test_a_service_that_was_away_waits_a_day_too(
    path: JournalPlace, clock: HandClock, store: Store
) -> None:
    await fill(store, 100)
    clock.time = START + 100 * DAYS
    kept = Upkeep(path, clock, LIMITED)
    kept.begin(START + 98 * DAYS)
    clock.advance(hours=23)
    await tidy(kept, store)
    assert len(await values(path)) == 100
    clock.advance(hours=1)
    await tidy(kept, store)
    assert len(await values(path)) == 30


async def test_what_is_asked_for_at_a_start_stays(path: JournalPlace, clock: HandClock, store: Store) -> None:
    await fill(store, 100)
    kept = at_work(path, clock, LIMITED, at=START + 100 * DAYS)
    kept.need(START + 50 * DAYS)
    kept.need(START + 60 * DAYS)
    await tidy(kept, store)
    assert await values(path) == list(range(49, 100))


async def test_it_is_told_once_a_day(
    path: JournalPlace, clock: HandClock, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "interlock.journal")
    await fill(store, 100)
    kept = at_work(path, clock, LIMITED, at=START + 80 * DAYS)
    for _ in range(49):
        await tidy(kept, store)
        clock.advance(hours=1)
    assert [text.partition(";")[0] for text in texts(caplog)] == [
        f"journal {path}: 50 old entries were deleted (keep: 30d)",
        f"journal {path}: 1 old entries were deleted (keep: 30d)",
        f"journal {path}: 1 old entries were deleted (keep: 30d)",
    ]


async def test_nothing_is_told_where_nothing_goes(
    path: JournalPlace, clock: HandClock, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "interlock.journal")
    await fill(store, 10)
    await tidy(at_work(path, clock, LIMITED, at=START + 10 * DAYS), store)
    assert texts(caplog) == []


@pytest.mark.each_database
async def test_the_oldest_goes_until_the_rest_fits(
    path: JournalPlace, clock: HandClock, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "interlock.journal")
    await fill(store, 100, each_day=40, text="x" * 1000)
    await tidy(at_work(path, clock, sized(2_000_000), at=START + 100 * DAYS), store)
    size = await store.transact(read_size)
    assert 1_500_000 < size.held_bytes <= 1_900_000
    left = await values(path)
    assert left == list(range(4000 - len(left), 4000))
    (told,) = texts(caplog)
    assert "(max_size: 2 MB); it holds 1." in told


@pytest.mark.each_database
async def test_what_fits_stays_whole(path: JournalPlace, clock: HandClock, store: Store) -> None:
    await fill(store, 100)
    await tidy(at_work(path, clock, sized(1_000_000), at=START + 100 * DAYS), store)
    assert len(await values(path)) == 100


async def test_a_file_becomes_smaller(path: JournalPlace, clock: HandClock, store: Store) -> None:
    await fill(store, 100, each_day=80, text="x" * 1000)
    before = await store.transact(read_size)
    await tidy(at_work(path, clock, LIMITED, at=START + 125 * DAYS), store)
    after = await store.transact(read_size)
    assert before.free_pages == 0
    assert upkeep._SPARE_PAGES - upkeep._PAGES_AT_ONCE < after.free_pages <= upkeep._SPARE_PAGES
    assert after.pages < before.pages


@pytest.mark.each_database
async def test_what_is_needed_stays_however_large_it_is(
    path: JournalPlace, clock: HandClock, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(store, 100, each_day=40, text="x" * 1000)
    kept = at_work(path, clock, sized(1_000_000), at=START + 100 * DAYS)
    kept.need(START + 50 * DAYS)
    await tidy(kept, store)
    clock.advance(hours=1)
    await tidy(kept, store)
    assert len(await values(path)) == 1961
    (told,) = texts(caplog)
    assert told.startswith(f"journal {path} holds 2.")
    assert told.endswith(" MB, of which all is needed, and max_size is 1 MB")


async def test_a_failure_is_told_and_tried_again(
    path: JournalPlace,
    clock: HandClock,
    store: Store,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await fill(store, 100)
    kept = at_work(path, clock, LIMITED, at=START + 100 * DAYS)

    def fail(*_: object) -> None:
        raise OSError(28, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(upkeep.CleanUp, "step", fail)
        await tidy(kept, store)
    assert texts(caplog) == [f"journal {path} cannot be tidied up: the disk is full"]
    assert not kept.is_due()
    clock.advance(hours=1)
    await tidy(kept, store)
    assert len(await values(path)) == 30


@asynccontextmanager
async def service(path: JournalPlace, clock: HandClock, limits: JournalSettings) -> AsyncIterator[SqlJournal]:
    journal = SqlJournal(path, clock, settings=limits)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


async def test_a_journal_is_tidied_up_by_what_writes_it(
    path: JournalPlace, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_journal, "_QUIET_S", 0.0)
    async with service(path, clock, JournalSettings(keep=DAYS, max_size=None, heartbeat=None)) as journal:
        for hour in range(49):
            journal.record(reading(hour, at=clock.now()))
            assert await journal.commit()
            async with asyncio.timeout(60):
                while journal._upkeep.is_due():  # noqa: ASYNC110 - what is waited for happens in another thread
                    await asyncio.sleep(0)
            clock.advance(hours=1)
    assert await values(path) == list(range(23, 49))


async def test_what_is_half_tidied_up_is_left_at_the_end(
    path: JournalPlace, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_journal, "_QUIET_S", 0.0)
    async with service(path, clock, LIMITED) as journal:
        clock.advance(minutes=10)
        journal.record(reading(1))
        await journal.commit()
        journal.record(reading(2))
    assert await values(path) == [1, 2]


async def test_a_new_file_can_be_shortened(path: JournalPlace, store: Store) -> None:
    pragma = "PRAGMA auto_vacuum"
    assert await store.transact(lambda connection: connection.exec_driver_sql(pragma).scalar()) == 2
