"""Opening the file, and the sentences for what goes wrong with it."""

import asyncio
import errno
import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from interlock.history import sqlite
from interlock.history.database import describe, reading_store, writing_store

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as sqlite says it")
    error.sqlite_errorcode = code
    return error


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def names_open(folder: Path) -> list[str]:
    """Which files of a folder this process has open."""
    targets = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return [target.name for target in targets if target.parent == folder]


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


PRAGMAS = ("journal_mode", "synchronous", "journal_size_limit")


def ask_pragmas(connection: Connection) -> list[object]:
    return [connection.execute(text(f"PRAGMA {name}")).scalar() for name in PRAGMAS]


async def test_a_transaction_is_on_the_disk_when_it_ends(tmp_path: Path) -> None:
    store = await writing_store(tmp_path / "journal.db")
    pragmas = await store.transact(ask_pragmas)
    await store.close()
    assert pragmas == ["wal", 2, 16 * 1024 * 1024]


def make_table(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE kept (a)"))


def names_of_tables(connection: Connection) -> list[str]:
    return [name for (name,) in connection.execute(text("SELECT name FROM sqlite_master"))]


async def test_what_it_makes_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = await writing_store(tmp_path / "journal.db")
        await store.transact(make_table)
        modes = modes_in(tmp_path)
    finally:
        os.umask(before)
    await store.close()
    assert modes == dict.fromkeys(["journal.db", "journal.db-shm", "journal.db-wal"], 0o600)


async def test_what_it_makes_anew_is_for_its_owner_alone_too(tmp_path: Path) -> None:
    store = await writing_store(tmp_path / "journal.db")
    (tmp_path / "journal.db").unlink()
    before = os.umask(0o022)
    try:
        await store.transact(make_table)
        modes = modes_in(tmp_path)
    finally:
        os.umask(before)
    await store.close()
    assert modes == dict.fromkeys(["journal.db", "journal.db-shm", "journal.db-wal"], 0o600)


async def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch()
    path.chmod(0o640)
    await (await writing_store(path)).close()
    assert modes_in(tmp_path) == {"journal.db": 0o640}


async def test_a_transaction_takes_the_write_lock_first(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"

    def write_too(_: Connection) -> None:
        other = sqlite3.connect(path, timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

    store = await writing_store(path)
    await store.transact(write_too)
    await store.close()


async def test_tables_are_taken_back_with_their_transaction(tmp_path: Path) -> None:
    def make_half(connection: Connection) -> None:
        make_table(connection)
        raise KeyError

    store = await writing_store(tmp_path / "journal.db")
    with pytest.raises(KeyError):
        await store.transact(make_half)
    names = await store.transact(names_of_tables)
    await store.close()
    assert names == []


async def test_a_transaction_that_nobody_waits_for_any_more_is_taken_back(tmp_path: Path) -> None:
    begun = threading.Event()

    def work_without_end(connection: Connection) -> None:
        make_table(connection)
        begun.set()
        connection.exec_driver_sql(ENDLESS)

    store = await writing_store(tmp_path / "journal.db")
    working = asyncio.create_task(store.transact(work_without_end))
    await asyncio.to_thread(begun.wait)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    names = await store.transact(names_of_tables)
    await store.close()
    assert names == []


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "journal.db").close()
    store = await reading_store(tmp_path / "journal.db")
    with pytest.raises(OperationalError) as caught:
        await store.transact(make_table)
    await store.close()
    assert describe(caught.value) == "it may not be written"


async def test_a_reader_creates_no_file(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        await reading_store(tmp_path / "journal.db")
    assert describe(caught.value) == "it cannot be opened: its folder must exist and be writable"
    assert names_in(tmp_path) == []


async def test_a_file_that_cannot_be_set_up_is_not_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_S", 0.0)
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = await writing_store(tmp_path / "journal.db")
    with pytest.raises(OperationalError, match="locked"):
        await store.transact(make_table)
    other.close()
    assert names_open(tmp_path) == []
    await store.close()


async def test_a_store_that_is_closed_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    store = await writing_store(tmp_path / "journal.db")
    await store.transact(make_table)
    (thread,) = (each for each in set(threading.enumerate()) - before if each.name.startswith("journal"))
    await store.close()
    # It was told to end, which may take a moment.
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive()


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "why?.db", "no#1.db", "größe.db", "a%20b.db"])
async def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    store = await writing_store(tmp_path / name)
    await store.transact(names_of_tables)
    await store.close()
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (sqlite3.SQLITE_BUSY, "another program holds it locked"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "another program holds it locked"),
        (sqlite3.SQLITE_CANTOPEN, "it cannot be opened: its folder must exist and be writable"),
        (sqlite3.SQLITE_CORRUPT, "it is damaged: move it away to begin a new one"),
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk failed"),
        (sqlite3.SQLITE_NOTADB, "it is no SQLite database, or damaged: move it away to begin a new one"),
        (sqlite3.SQLITE_PERM, "it may not be opened"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "it may not be written"),
        (sqlite3.SQLITE_MISMATCH, "OperationalError: as sqlite says it"),
    ],
)
def test_sqlites_errors_are_told_in_a_sentence(code: int, sentence: str) -> None:
    error = sqlite_error(code)
    assert describe(error) == describe(DBAPIError("SELECT 1", None, error)) == sentence


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.EACCES, "its folder may not be written"),
        (errno.ENOENT, "its folder does not exist"),
        (errno.ENOSPC, "the disk is full"),
        (errno.ENOTDIR, "its folder is a file"),
        (errno.EROFS, "the disk may only be read"),
        (errno.EIO, "OSError: [Errno 5] Input/output error"),
    ],
)
def test_the_systems_errors_are_told_in_a_sentence(code: int, sentence: str) -> None:
    assert describe(OSError(code, os.strerror(code))) == sentence
