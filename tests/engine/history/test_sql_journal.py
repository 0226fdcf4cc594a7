"""The journal in a file: runs, memory, durability, and what happens when the disk does not play along."""

import asyncio
import logging
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from interlock.errors import JournalError
from interlock.history import sql_journal
from interlock.history.batch import Batch
from interlock.history.journal import Journal, JournalHealth
from interlock.history.queries import JournalReader
from interlock.history.records import Entry, Remembered, ServiceStart, Step
from interlock.history.schema import current_version
from interlock.history.sql_journal import SqlJournal
from interlock.history.threads import DaemonThreads
from interlock.model import Point
from interlock.rules.memory import TriggerMemory
from support.journal_entries import (
    AC_MODE,
    START,
    TEMPERATURE,
    HandClock,
    command,
    minute,
    reading,
    write_shopping_list,
)

pytestmark = pytest.mark.slow

FULL = "journal {} cannot be written: the disk is full; control goes on"


@asynccontextmanager
async def opened(path: Path, clock: HandClock) -> AsyncIterator[SqlJournal]:
    journal = SqlJournal(path, clock)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


@contextmanager
def disk_of(pages: int) -> Iterator[None]:
    """Let no SQLite file that is opened meanwhile grow beyond so many pages of 4 KiB."""

    def limit(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        cursor.close()

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's write lock as another program would."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.rollback()
    other.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.history.sqlite._BUSY_S", 0.0)
    monkeypatch.setattr(sql_journal, "_RETRY_S", 0.001)


async def temperatures(path: Path) -> list[object]:
    async with JournalReader(path) as reader:
        return [found.value for found in reversed(await reader.last_readings(TEMPERATURE, limit=10_000))]


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0)


def texts(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "interlock.journal"]


async def test_runs_are_counted_over_restarts(path: Path, clock: HandClock) -> None:
    numbers = []
    for _ in range(3):
        async with opened(path, clock) as journal:
            contract: Journal = journal
            numbers.append(contract.run_number)
    assert numbers == [1, 2, 3]


async def test_the_first_run_was_never_seen_before(journal: SqlJournal) -> None:
    assert journal.last_seen is None


def began(clock: HandClock) -> ServiceStart:
    return ServiceStart(at=clock.now(), version="1", is_dry_run=False)


async def test_a_run_knows_when_the_one_before_ended(path: Path, clock: HandClock) -> None:
    async with opened(path, clock) as journal:
        journal.record(began(clock))
        clock.advance(minutes=7)
    clock.advance(hours=1)
    async with opened(path, clock) as journal:
        assert journal.last_seen == minute(7)


async def test_a_hand_beside_the_service_has_a_run_of_its_own(path: Path, clock: HandClock) -> None:
    async with opened(path, clock) as service:
        hand = SqlJournal(path, clock, is_service=False)
        await hand.open()
        await hand.close()
        assert (service.run_number, hand.run_number) == (1, 2)


async def test_a_run_that_never_began_made_up_for_nothing(path: Path, clock: HandClock) -> None:
    async with opened(path, clock) as journal:
        journal.record(began(clock))
        clock.advance(minutes=7)
    clock.advance(hours=1)
    async with opened(path, clock) as journal:
        journal.record(reading())
    async with opened(path, clock) as journal:
        assert journal.last_seen == minute(7)


async def test_a_hand_is_no_sign_that_the_service_was_alive(path: Path, clock: HandClock) -> None:
    async with opened(path, clock) as journal:
        journal.record(began(clock))
        clock.advance(minutes=7)
    clock.advance(hours=1)
    hand = SqlJournal(path, clock, is_service=False)
    await hand.open()
    await hand.close()
    async with opened(path, clock) as journal:
        assert journal.last_seen == minute(7)


async def test_a_run_is_seen_with_what_it_writes(journal: SqlJournal, path: Path, clock: HandClock) -> None:
    clock.advance(seconds=20)
    journal.record(reading())
    await journal.commit()
    assert seen_at(path) == ["2026-07-14T12:00:20.000000+00:00"]


async def test_repeated_readings_are_a_sign_of_life_each_minute(
    journal: SqlJournal, path: Path, clock: HandClock
) -> None:
    signs = []
    for _ in range(5):
        journal.record(reading())
        await journal.commit()
        signs += seen_at(path)
        clock.advance(seconds=30)
    times = ["12:00:00", "12:00:00", "12:01:00", "12:01:00", "12:02:00"]
    assert signs == [f"2026-07-14T{time}.000000+00:00" for time in times]


async def test_a_sign_of_life_needs_no_commit(journal: SqlJournal, path: Path, clock: HandClock) -> None:
    journal.record(reading())
    await journal.commit()
    clock.advance(seconds=60)
    journal.record(reading())

    async def is_seen() -> bool:
        return seen_at(path) == ["2026-07-14T12:01:00.000000+00:00"]

    await eventually(is_seen)


def seen_at(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT seen_at FROM runs").fetchall()
    connection.close()
    return [row[0] for row in rows]


async def test_memory_survives_a_restart_and_the_last_of_a_key_counts(path: Path, clock: HandClock) -> None:
    early = TriggerMemory(truth=True)
    last = TriggerMemory(
        text="becomes: a.b > 21",
        truth=False,
        is_armed=False,
        is_pending=True,
        held=timedelta(minutes=3, microseconds=1),
        since=START,
        base=21.5,
    )
    async with opened(path, clock) as journal:
        journal.record(Remembered("a/0", early), Remembered("a/0", early), Remembered("b/0", TriggerMemory()))
        await journal.commit()
        journal.record(Remembered("a/0", last))
    async with opened(path, clock) as journal:
        assert await journal.load_memory() == {"a/0": last, "b/0": TriggerMemory()}


async def test_what_was_computed_for_kept_points_survives_a_restart_as_it_was(
    path: Path, clock: HandClock
) -> None:
    values = {"a.level": 21.5, "a.count": 3, "a.power": True, "a.mode": "cooling", "a.color": (1, 2, 3)}
    memory = TriggerMemory(text="while x", is_active=True, values=values)
    async with opened(path, clock) as journal:
        journal.record(Remembered("r/(keep)", memory))
    async with opened(path, clock) as journal:
        found = (await journal.load_memory())["r/(keep)"]
    assert found == memory
    assert {name: type(value) for name, value in found.values.items()} == {
        name: type(value) for name, value in values.items()
    }


async def test_memory_that_utf8_cannot_hold_blocks_nothing(path: Path, clock: HandClock) -> None:
    odd = Remembered("\ud800/0", TriggerMemory(text="becomes: a.b == '\ud800'"))
    async with opened(path, clock) as journal:
        journal.record(odd, Remembered("a/0", TriggerMemory()))
        assert await journal.commit()
    async with opened(path, clock) as journal:
        assert (await journal.load_memory())["a/0"] == TriggerMemory()


async def test_memory_that_is_not_understood_begins_anew(
    path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(path, clock) as journal:
        journal.record(Remembered("a/0", TriggerMemory()), Remembered("b/0", TriggerMemory()))
    with sqlite3.connect(path) as connection:
        connection.execute("""UPDATE memory SET content = '{"truth": "perhaps"}' WHERE key = 'a/0'""")
    connection.close()
    async with opened(path, clock) as journal:
        assert await journal.load_memory() == {"b/0": TriggerMemory()}
    assert texts(caplog) == ["what trigger a/0 remembered was written by another version: it begins anew"]


async def test_memory_of_a_journal_that_is_not_open_is_an_error(path: Path, clock: HandClock) -> None:
    with pytest.raises(JournalError, match=rf"^journal {path} is not open$"):
        await SqlJournal(path, clock).load_memory()


async def test_memory_that_cannot_be_read_is_an_error(journal: SqlJournal, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE memory")
    connection.close()
    with pytest.raises(JournalError, match=r"cannot be used: OperationalError: no such table: memory$"):
        await journal.load_memory()


async def test_only_changed_readings_are_stored(journal: SqlJournal, path: Path) -> None:
    for value in (20.0, 20.0, 21.0, 21.0, 20.0):
        journal.record(reading(value))
        await journal.commit()
    assert await temperatures(path) == [20.0, 21.0, 20.0]


async def test_what_is_committed_is_in_the_file(journal: SqlJournal, path: Path) -> None:
    journal.record(reading(20.0))
    assert await journal.commit() is True
    assert await temperatures(path) == [20.0]


async def test_closing_stores_what_was_recorded_without_a_commit(path: Path, clock: HandClock) -> None:
    async with opened(path, clock) as journal:
        journal.record(reading(20.0))
    assert await temperatures(path) == [20.0]


async def test_everything_is_written_without_a_commit(journal: SqlJournal, path: Path) -> None:
    journal.record(reading(20.0))

    async def is_stored() -> bool:
        return await temperatures(path) == [20.0]

    await eventually(is_stored)


async def test_what_was_recorded_before_opening_is_stored(path: Path, clock: HandClock) -> None:
    journal = SqlJournal(path, clock)
    journal.record(reading(20.0))
    await journal.open()
    await journal.close()
    assert await temperatures(path) == [20.0]


async def test_many_commits_at_once_are_one_or_two_transactions(
    journal: SqlJournal, path: Path, batches: list[list[Entry]]
) -> None:
    async def send(number: int) -> bool:
        journal.record(command(f"1-{number}"))
        return await journal.commit()

    assert all(await asyncio.gather(*(send(number) for number in range(100))))
    assert len(batches) <= 2
    async with JournalReader(path) as reader:
        assert len(await reader.commands_for(AC_MODE, limit=1000)) == 100


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[list[Entry]]:
    """The entries of each transaction that follows."""
    found: list[list[Entry]] = []

    def noted(run: int, entries: Iterable[Entry]) -> Batch:
        found.append(list(entries))
        return Batch(run, found[-1])

    monkeypatch.setattr(sql_journal, "Batch", noted)
    return found


async def test_a_command_waits_for_one_transaction_with_what_it_was_decided_on(
    journal: SqlJournal, batches: list[list[Entry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_journal, "_LULL_S", 3600.0)
    journal.record(reading(28.0))
    for _ in range(10):
        await asyncio.sleep(0)  # The rules are looked at.
    journal.record(command("1-1"))
    assert await journal.commit()
    assert batches == [[reading(28.0), command("1-1")]]


async def test_what_somebody_waited_for_before_hurries_nothing_that_comes_later(
    journal: SqlJournal, batches: list[list[Entry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_journal, "_LULL_S", 3600.0)
    journal.record(command("1-1"))
    assert await journal.commit()
    journal.record(reading(28.0))
    for _ in range(10):
        await asyncio.sleep(0)
    journal.record(command("1-2"))
    assert await journal.commit()
    assert batches == [[command("1-1")], [reading(28.0), command("1-2")]]


async def test_a_journal_that_is_closed_waits_for_nothing_more(
    path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_journal, "_LULL_S", 3600.0)
    async with asyncio.timeout(60), opened(path, clock) as journal:
        journal.record(reading(28.0))
        await asyncio.sleep(0)
    assert await temperatures(path) == [28.0]


async def test_a_transaction_is_done_in_one_go_by_another_thread(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_over: list[object] = []
    submit = DaemonThreads.submit

    def noted(self: DaemonThreads, work: Callable[..., object], *args: object) -> object:
        handed_over.append(work)
        return submit(self, work, *args)

    monkeypatch.setattr(DaemonThreads, "submit", noted)
    journal.record(reading(), command("1-1"), Step("1-1", START, "set", ""))
    assert await journal.commit()
    assert len(handed_over) == 1


async def test_a_commit_that_is_given_up_disturbs_no_other(journal: SqlJournal) -> None:
    given_up = asyncio.create_task(journal.commit())
    other = asyncio.create_task(journal.commit())
    await asyncio.sleep(0)
    given_up.cancel()
    assert await other is True


async def test_a_journal_that_is_not_open_commits_nothing(path: Path, clock: HandClock) -> None:
    journal = SqlJournal(path, clock)
    assert await journal.commit() is False
    await journal.open()
    await journal.close()
    assert await journal.commit() is False


async def test_closing_twice_or_before_opening_does_no_harm(path: Path, clock: HandClock) -> None:
    journal = SqlJournal(path, clock)
    await journal.close()
    await journal.close()


def test_a_killed_service_leaves_the_command_it_was_about_to_send(path: Path) -> None:
    script = """
        import asyncio, sys
        from pathlib import Path
        from interlock.clock import WallClock
        from interlock.history.sql_journal import SqlJournal
        from interlock.model import Command, Origin, OriginKind, Point

        async def main():
            clock = WallClock()
            journal = SqlJournal(Path(sys.argv[1]), clock)
            await journal.open()
            origin = Origin(OriginKind.OPERATOR, "cli")
            journal.record(
                Command(id="1-1", point=Point("a.b"), value=1, origin=origin, created_at=clock.now())
            )
            print(await journal.commit(), flush=True)
            await asyncio.Event().wait()

        asyncio.run(main())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(path)], stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout
        assert service.stdout.readline() == "True\n"
        service.send_signal(signal.SIGKILL)
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT id, point, value FROM commands").fetchall()
    connection.close()
    assert rows == [("1-1", "a.b", "1")]


async def test_a_second_service_is_refused_and_the_first_goes_on(
    journal: SqlJournal, path: Path, clock: HandClock
) -> None:
    with pytest.raises(JournalError) as caught:
        await SqlJournal(path, clock).open()
    assert str(caught.value) == f"journal {path} cannot be used: another running service uses it"
    journal.record(reading(20.0))
    assert await journal.commit()


async def test_a_link_to_the_journal_has_the_same_lock(
    journal: SqlJournal, path: Path, clock: HandClock, tmp_path: Path
) -> None:
    (tmp_path / "other.sqlite").symlink_to(path)
    with pytest.raises(JournalError, match="another running service uses it"):
        await SqlJournal(tmp_path / "other.sqlite", clock).open()


async def test_a_refused_service_leaves_the_lock_where_it_is(
    journal: SqlJournal, path: Path, clock: HandClock
) -> None:
    for _ in range(2):
        second = SqlJournal(path, clock)
        with pytest.raises(JournalError, match="another running service uses it"):
            await second.open()
        await second.close()


async def test_who_commands_by_hand_is_refused_a_file_that_is_no_database(
    path: Path, clock: HandClock
) -> None:
    write_shopping_list(path)
    with pytest.raises(JournalError) as caught:
        await SqlJournal(path, clock, is_service=False).open()
    assert str(caught.value) == (
        f"journal {path} cannot be used: "
        "it is no SQLite database, or damaged: move it away to begin a new one"
    )


async def test_a_newer_journal_is_refused(path: Path, clock: HandClock) -> None:
    async with opened(path, clock):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET version = 99")
    connection.close()
    with pytest.raises(JournalError) as caught:
        await SqlJournal(path, clock).open()
    assert str(caught.value) == (
        f"journal {path} cannot be used: "
        f"it has version 99, and this program knows versions up to {current_version()}: use a newer interlock"
    )


def remove(path: Path) -> None:
    path.unlink()


async def test_a_failed_opening_lets_go_of_the_lock(path: Path, clock: HandClock) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (id INTEGER)")
    connection.close()
    with pytest.raises(JournalError, match="it is a database of another program"):
        await SqlJournal(path, clock).open()
    remove(path)
    async with opened(path, clock) as journal:
        assert journal.run_number == 1


async def test_a_folder_that_does_not_exist_is_told(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "nowhere" / "journal.db"
    with pytest.raises(JournalError) as caught:
        await SqlJournal(path, clock).open()
    assert str(caught.value) == f"journal {path} cannot be used: its folder does not exist"


async def test_a_folder_in_the_files_place_is_told(tmp_path: Path, clock: HandClock) -> None:
    with pytest.raises(JournalError, match=r"cannot be used: it cannot be opened"):
        await SqlJournal(tmp_path, clock).open()


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    script = """
        import asyncio, os
        from pathlib import Path
        from interlock.clock import WallClock
        from interlock.errors import JournalError
        from interlock.history.sql_journal import SqlJournal

        if os.geteuid() == 0:
            os.setuid(65534)
        try:
            asyncio.run(SqlJournal(Path("journal.db"), WallClock()).open())
        except JournalError as error:
            print(error)
    """
    tmp_path.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "journal journal.db cannot be used: its folder may not be written\n"


@pytest.mark.usefixtures("impatient")
async def test_a_file_that_stays_locked_is_told_at_opening(path: Path, clock: HandClock) -> None:
    async with opened(path, clock):
        pass
    with locked(path), pytest.raises(JournalError, match=r"cannot be used: another program holds it locked$"):
        await SqlJournal(path, clock).open()


async def test_who_commands_by_hand_on_a_full_disk_is_told_so(path: Path, clock: HandClock) -> None:
    with disk_of(pages=2), pytest.raises(JournalError, match=r"cannot be used: the disk is full$"):
        await SqlJournal(path, clock, is_service=False).open()


@pytest.mark.usefixtures("impatient")
async def test_a_disk_that_fills_up_is_logged_once_and_loses_nothing_before(
    path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    with disk_of(pages=40):
        async with opened(path, clock) as journal:
            journal.record(reading(20.0))
            assert await journal.commit() is True
            journal.record(Step("1-1", START, "x" * 200_000))
            assert [await journal.commit() for _ in range(3)] == [False, False, False]
            journal.record(reading(21.0))
    assert texts(caplog) == [FULL.format(path), f"journal {path}: the last 2 entries are lost"]
    assert await temperatures(path) == [20.0]


@pytest.mark.usefixtures("impatient")
async def test_a_journal_that_can_be_written_again_catches_up_in_order(
    journal: SqlJournal, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with locked(path):
        for value in (20.0, 21.0, 22.0):
            journal.record(reading(value))
            assert await journal.commit() is False
    journal.record(reading(23.0))
    await eventually(journal.commit)
    assert await temperatures(path) == [20.0, 21.0, 22.0, 23.0]
    assert texts(caplog) == [
        f"journal {path} cannot be written: another program holds it locked; control goes on",
        f"journal {path} is written again; nothing was lost",
    ]


@pytest.mark.usefixtures("impatient")
async def test_every_failure_is_logged_anew_after_a_recovery(
    journal: SqlJournal, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for value in (20.0, 21.0):
        with locked(path):
            journal.record(reading(value))
            await journal.commit()
        await eventually(journal.commit)
    levels = [record.levelno for record in caplog.records if record.name == "interlock.journal"]
    assert levels == [logging.ERROR, logging.WARNING] * 2


@pytest.mark.usefixtures("impatient")
async def test_a_journal_that_cannot_be_written_keeps_the_newest_entries(
    path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_journal, "_CAPACITY", 5)
    async with opened(path, clock) as journal:
        assert journal.health == JournalHealth(is_written=True, waiting=0, lost=0, written_at=START)
        clock.advance(minutes=1)
        with locked(path):
            for number in range(50):
                journal.record(reading(number))
                await journal.commit()
            assert journal.health == JournalHealth(
                is_written=False,
                waiting=5,
                lost=45,
                written_at=START,
                fault="another program holds it locked",
                failing_since=clock.now(),
            )
            clock.advance(minutes=1)
        await eventually(journal.commit)
        assert journal.health == JournalHealth(
            is_written=True,
            waiting=0,
            lost=45,
            written_at=clock.now(),
            lost_between=(START, clock.now()),
        )
    assert await temperatures(path) == [45, 46, 47, 48, 49]
    assert texts(caplog)[1:] == [f"journal {path} is written again; 45 entries were lost"]


@pytest.mark.usefixtures("impatient")
async def test_a_reading_that_was_lost_and_is_still_the_last_of_its_point_is_stored_after_all(
    path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_journal, "_CAPACITY", 1)
    async with opened(path, clock) as journal:
        with locked(path):
            journal.record(reading(20.0))
            journal.record(reading(5, point=Point("hall.actualtemp")))
        await eventually(journal.commit)
        await eventually(journal.commit)
    assert await temperatures(path) == [20.0]


async def test_a_disk_that_does_not_answer_holds_commands_up_once(
    journal: SqlJournal, path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_journal, "_PATIENCE_S", 0.001)
    with locked(path):
        journal.record(reading(20.0))
        assert await journal.commit() is False
        monkeypatch.setattr(sql_journal, "_PATIENCE_S", 3600.0)
        assert await journal.commit() is False
    await eventually(journal.commit)
    assert await temperatures(path) == [20.0]
    assert texts(caplog)[0] == (
        f"journal {path} cannot be written: the disk does not answer; control goes on"
    )


async def test_commits_that_wait_behind_a_failure_are_told_of_it(
    journal: SqlJournal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_journal, "_PATIENCE_S", 3600.0)
    writing = asyncio.Event()
    release = asyncio.Event()

    async def fail_slowly(_: object) -> str:
        writing.set()
        await release.wait()
        return "the disk is full"

    monkeypatch.setattr(journal, "_store", fail_slowly)
    first = asyncio.create_task(journal.commit())
    await writing.wait()
    second = asyncio.create_task(journal.commit())
    await asyncio.sleep(0)
    release.set()
    assert (await first, await second) == (False, False)


async def test_a_defect_of_the_writer_is_logged_and_stops_nothing(
    journal: SqlJournal, path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> Batch:
        raise ZeroDivisionError("ouch")

    monkeypatch.setattr(sql_journal, "Batch", explode)
    journal.record(reading(20.0))
    assert (await journal.commit(), await journal.commit()) == (False, False)
    await journal.close()
    assert texts(caplog)[0] == (
        f"journal {path} cannot be written: "
        "a defect stopped its writer: ZeroDivisionError: ouch; control goes on"
    )


async def test_no_task_thread_or_file_is_left_behind(path: Path, clock: HandClock) -> None:
    async with opened(path, clock) as journal:
        journal.record(reading())
    assert open_files(path) == []
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "journal"] == []
    assert names_beside(path) == ["journal.db", "journal.db.lock"]


def names_beside(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def open_files(path: Path) -> list[str]:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sorted(str(link.readlink()) for link in links if str(path) in str(link.readlink()))
