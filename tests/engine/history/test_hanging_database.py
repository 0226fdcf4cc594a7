"""A database that does not answer: whoever asks it has a sentence in the end, and nobody else waits."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection

from interlock.errors import JournalError
from interlock.history import sqlite
from interlock.history.queries import JournalReader
from interlock.history.sql_journal import SqlJournal
from support.journal_entries import HandClock, reading

pytestmark = pytest.mark.slow

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    found = tmp_path / "journal.sqlite"
    journal = SqlJournal(found, HandClock())
    await journal.open()
    journal.record(reading(value=20.0))
    await journal.close()
    yield found


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file locked so that nobody can even read it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        yield


def ask_without_end(connection: Connection) -> object:
    return connection.exec_driver_sql(ENDLESS).scalar()


async def test_a_question_without_end_is_broken_off_and_the_next_one_answered(path: Path) -> None:
    async with JournalReader(path) as reader:
        reader._limit_s = 0.05
        with pytest.raises(JournalError) as caught:
            await reader._ask(ask_without_end)
        reader._limit_s = 60.0
        assert await reader.firings_of("cool", limit=9) == ()
    assert str(caught.value) == f"journal {path} cannot be read: it did not answer within 0.05 s"


async def test_a_question_that_hangs_in_the_disk_is_left_behind_and_the_next_one_answered(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_GIVE_UP_S", 0.05)
    answers = Event()

    def hang(_: Connection) -> object:
        return answers.wait()

    async with JournalReader(path) as reader:
        reader._limit_s = 0.05
        with pytest.raises(JournalError, match="it did not answer within"):
            await reader._ask(hang)
        reader._limit_s = 60.0
        assert await reader.firings_of("cool", limit=9) == ()
        answers.set()


@pytest.mark.parametrize("open_store", [sqlite.reading_store, sqlite.writing_store])
async def test_a_file_that_cannot_be_opened_leaves_no_thread(
    tmp_path: Path, open_store: Callable[[Path], Awaitable[sqlite.FileStore]]
) -> None:
    before = set(threading.enumerate())
    with pytest.raises(sqlite3.OperationalError):
        await open_store(tmp_path / "nowhere" / "journal.sqlite")
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=30)
        assert not thread.is_alive()


@pytest.mark.parametrize("is_writer", [False, True])
async def test_a_file_that_is_locked_is_waited_for_beside_the_event_loop(
    path: Path, is_writer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []
    probe = sqlite._probe

    def noted(uri: str) -> None:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        threads.append(True)
        probe(uri)

    monkeypatch.setattr(sqlite, "_probe", noted)
    store = await (sqlite.writing_store(path) if is_writer else sqlite.reading_store(path))
    await store.close()
    assert threads == [True]


async def test_whoever_is_locked_out_is_told_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_S", 0.01)
    with locked(path), pytest.raises(JournalError, match="cannot be read: another program holds it locked"):
        async with JournalReader(path):
            pass


async def test_whoever_gives_up_while_it_is_tried_out_leaves_nothing_open(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, ended = Event(), Event(), Event()

    def wait(uri: str) -> None:
        begun.set()
        goes_on.wait()
        ended.set()

    monkeypatch.setattr(sqlite, "_probe", wait)

    async def ask() -> None:
        async with JournalReader(path):
            pass

    asking = asyncio.create_task(ask())
    await asyncio.to_thread(begun.wait)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    goes_on.set()
    await asyncio.to_thread(ended.wait)
