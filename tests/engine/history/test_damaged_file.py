"""A disk that damages a journal, or may only be read, costs history and no control."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from interlock.errors import JournalError
from interlock.history import sql_journal
from interlock.history.lock import Lock
from interlock.history.sql_journal import SqlJournal
from support.journal_entries import HandClock, reading

pytestmark = pytest.mark.slow

NO_DATABASE = "it is no SQLite database, or damaged: move it away to begin a new one"
DAMAGED = "it is damaged: move it away to begin a new one"
READ_ONLY = "the disk may only be read"
Statistics = type("Statistics", (), {"f_flag": os.ST_RDONLY})


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_journal, "_RETRY_S", 0.001)
    monkeypatch.setattr(sql_journal, "_LATE_S", 0.0)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A journal that a service has written, and closed."""
    path = tmp_path / "journal.sqlite"
    journal = SqlJournal(path, HandClock())
    await journal.open()
    journal.record(*(reading(float(number)) for number in range(500)))
    await journal.close()
    return path


def overwrite_begin(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"x" * 100)


def overwrite_rest(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(random.Random(7).randbytes(path.stat().st_size - 4096))


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replace(path: Path) -> None:
    path.write_text("a shopping list\n" * 500, encoding="utf-8")


def move_away(path: Path) -> None:
    path.rename(path.with_name("damaged"))


async def until_written(journal: SqlJournal) -> None:
    for _ in range(10_000):
        if await journal.commit():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it is never written again")


def stored(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT value FROM readings ORDER BY seq").fetchall()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [f"{record.levelname} {record.getMessage()}" for record in caplog.records]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (overwrite_begin, NO_DATABASE),
        (overwrite_rest, DAMAGED),
        (halve, DAMAGED),
        (replace, NO_DATABASE),
    ],
)
async def test_a_service_begins_without_a_damaged_journal_and_with_a_new_one_once_it_is_moved_away(
    path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None], why: str
) -> None:
    damage(path)
    journal = SqlJournal(path, HandClock())
    await journal.open()
    journal.record(reading(21.0))
    assert not await journal.commit()
    assert journal.last_seen is None
    move_away(path)
    await until_written(journal)
    await journal.close()
    assert told(caplog) == [
        f"ERROR journal {path} cannot be written: {why}; this run begins without what it holds; "
        "control goes on",
        f"WARNING journal {path} is written again; nothing was lost",
    ]
    assert stored(path) == [("21.0",)]


async def test_an_empty_file_is_begun_anew(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    os.truncate(path, 0)
    journal = SqlJournal(path, HandClock())
    await journal.open()
    journal.record(reading(21.0))
    assert await journal.commit()
    await journal.close()
    assert (stored(path), told(caplog)) == ([("21.0",)], [])


async def test_a_service_begins_on_a_disk_that_may_only_be_read(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda place: Statistics())
    journal = SqlJournal(path, HandClock())
    await journal.open()
    journal.record(reading(21.0))
    assert not await journal.commit()
    monkeypatch.undo()
    monkeypatch.setattr(sql_journal, "_RETRY_S", 0.001)
    await until_written(journal)
    await journal.close()
    assert told(caplog) == [
        f"ERROR journal {path} cannot be written: {READ_ONLY}; this run begins without what it holds; "
        "control goes on",
        f"WARNING journal {path} is written again; nothing was lost",
    ]
    assert stored(path)[-1] == ("21.0",)


async def test_who_commands_by_hand_is_refused_such_a_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda place: Statistics())
    with pytest.raises(JournalError, match=READ_ONLY):
        await SqlJournal(path, HandClock(), is_service=False).open()


async def test_a_folder_that_does_not_exist_is_no_such_disk(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="its folder does not exist"):
        await SqlJournal(tmp_path / "nowhere" / "journal.sqlite", HandClock()).open()


def let_only_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no file be opened to be written."""
    opened = os.open

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & (os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)


def test_a_lock_that_is_on_such_a_disk_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "journal.sqlite.lock").touch()
    let_only_be_read(monkeypatch)
    first, second = Lock(tmp_path / "journal.sqlite"), Lock(tmp_path / "journal.sqlite")
    first.acquire()
    with pytest.raises(JournalError, match="another running service uses it"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_where_there_can_be_no_lock_nobody_is_kept_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_only_be_read(monkeypatch)
    lock = Lock(tmp_path / "journal.sqlite")
    lock.acquire()
    lock.release()
    assert not lock.path.exists()


def test_what_else_keeps_from_a_lock_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Lock(tmp_path / "nowhere" / "journal.sqlite").acquire()
