"""Opening the file, and the sentences for what goes wrong with it."""

import errno
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from interlock.history import sqlite
from interlock.history.database import describe, reading_engine, writing_engine


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as sqlite says it")
    error.sqlite_errorcode = code
    return error


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_a_transaction_is_on_the_disk_when_it_ends(tmp_path: Path) -> None:
    engine = await writing_engine(tmp_path / "journal.db")
    async with engine.connect() as connection:
        pragmas = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "journal_size_limit")
        ]
    await engine.dispose()
    assert pragmas == ["wal", 2, 16 * 1024 * 1024]


async def test_what_it_makes_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        engine = await writing_engine(tmp_path / "journal.db")
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE kept (a)"))
            modes = modes_in(tmp_path)
    finally:
        os.umask(before)
    await engine.dispose()
    assert modes == dict.fromkeys(["journal.db", "journal.db-shm", "journal.db-wal"], 0o600)


async def test_what_it_makes_anew_is_for_its_owner_alone_too(tmp_path: Path) -> None:
    engine = await writing_engine(tmp_path / "journal.db")
    (tmp_path / "journal.db").unlink()
    before = os.umask(0o022)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("CREATE TABLE kept (a)"))
            modes = modes_in(tmp_path)
    finally:
        os.umask(before)
    await engine.dispose()
    assert modes == dict.fromkeys(["journal.db", "journal.db-shm", "journal.db-wal"], 0o600)


async def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch()
    path.chmod(0o640)
    await (await writing_engine(path)).dispose()
    assert modes_in(tmp_path) == {"journal.db": 0o640}


async def test_a_transaction_takes_the_write_lock_first(tmp_path: Path) -> None:
    engine = await writing_engine(tmp_path / "journal.db")
    async with engine.begin():
        other = sqlite3.connect(tmp_path / "journal.db", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    await engine.dispose()


async def test_tables_are_taken_back_with_their_transaction(tmp_path: Path) -> None:
    engine = await writing_engine(tmp_path / "journal.db")
    async with engine.connect() as connection:
        await connection.execute(text("CREATE TABLE half (id INTEGER)"))
        await connection.rollback()
        names = (await connection.execute(text("SELECT name FROM sqlite_master"))).all()
    await engine.dispose()
    assert names == []


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "journal.db").close()
    engine = await reading_engine(tmp_path / "journal.db")
    with pytest.raises(OperationalError) as caught:
        async with engine.connect() as connection:
            await connection.execute(text("CREATE TABLE mine (id INTEGER)"))
    await engine.dispose()
    assert describe(caught.value) == "it may not be written"


async def test_a_reader_creates_no_file(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        await reading_engine(tmp_path / "journal.db")
    assert describe(caught.value) == "it cannot be opened: its folder must exist and be writable"
    assert names_in(tmp_path) == []


def is_left(thread: threading.Thread) -> bool:
    if "connection_worker" in thread.name:
        # A thread that was told to end may take a moment to do so.
        thread.join(timeout=10)
    return "connection_worker" in thread.name and thread.is_alive()


async def test_a_file_that_cannot_be_set_up_leaves_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_S", 0.0)
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    engine = await writing_engine(tmp_path / "journal.db")
    with pytest.raises(OperationalError, match="locked"):
        async with engine.connect():
            pass
    other.close()
    assert not any(is_left(thread) for thread in threading.enumerate())


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "why?.db", "no#1.db", "größe.db", "a%20b.db"])
async def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    engine = await writing_engine(tmp_path / name)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    await engine.dispose()
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
