"""What becomes of a journal whose file is taken away while it is written, or whose disk is full at first."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from interlock.clock import Clock
from interlock.errors import JournalError
from interlock.history import run, sql_journal
from interlock.history.batch import Batch
from interlock.history.records import (
    Claimed,
    FiringEnd,
    LetGo,
    Remembered,
    RuleSwitch,
    Saved,
    ServiceStart,
    Unfinished,
)
from interlock.history.sql_journal import SqlJournal
from interlock.history.sqlite import FileStore
from interlock.model import Origin, OriginKind
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory
from support.journal_entries import START, TEMPERATURE, HandClock, reading

pytestmark = pytest.mark.slow

AWAY = (
    "journal {} cannot be written: its file was moved, deleted or replaced while it was open; control goes on"
)
BACK = "journal {} is written again; nothing was lost"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_journal, "_RETRY_S", 0.001)
    monkeypatch.setattr(sql_journal, "_LATE_S", 0.01)


@asynccontextmanager
async def opened(path: Path, clock: Clock | None = None) -> AsyncIterator[SqlJournal]:
    journal = SqlJournal(path, clock or HandClock())
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


@contextmanager
def full_disk() -> Iterator[None]:
    """Let nothing be written by this process, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def until_written(journal: SqlJournal) -> None:
    async with asyncio.timeout(10):
        while not await journal.commit():  # noqa: ASYNC110 - as whoever commands asks
            await asyncio.sleep(0.001)


def stored(path: Path) -> list[tuple[str, bool]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT value, run FROM readings ORDER BY seq").fetchall()


def delete(path: Path) -> None:
    path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("moved"))


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.touch()
    other.replace(path)


@pytest.mark.parametrize("take_away", [delete, move, replace])
async def test_a_file_that_is_taken_away_is_noticed_and_begun_anew(
    take_away: Callable[[Path], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as journal:
        journal.record(reading(value=20.0))
        assert await journal.commit()
        take_away(path)
        journal.record(reading(value=21.0))
        assert not await journal.commit()
        await until_written(journal)
    assert [record.getMessage() for record in caplog.records] == [AWAY.format(path), BACK.format(path)]
    assert stored(path) == [("21.0", 1)]


@pytest.mark.parametrize("take_away", [delete, move, replace])
@pytest.mark.parametrize("is_open", [True, False])
async def test_a_file_that_is_taken_away_while_a_run_begins_anew_is_noticed(
    take_away: Callable[[Path], None], is_open: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, times = tmp_path / "journal.sqlite", [0]

    async with opened(path) as journal:
        journal.record(reading(value=20.0))
        assert await journal.commit()
        take_away_when_begun(monkeypatch, path, take_away, times, is_open=is_open)
        take_away(path)
        journal.record(reading(value=21.0))
        assert not await journal.commit()
        await until_written(journal)
    assert times == [1]
    assert stored(path) == [("21.0", 1)]


async def test_a_full_disk_is_tried_with_little_and_not_with_all_that_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tries, writes = tmp_path / "journal.sqlite", list[None](), list[None]()
    begin, write = run.Run._begin, Batch.write

    def note_try(self: run.Run, connection: Connection) -> object:
        tries.append(None)
        return begin(self, connection)

    def note_write(self: Batch, connection: Connection, now: datetime) -> None:
        writes.append(None)
        write(self, connection, now)

    async with opened(path, clock := HandClock()) as journal:
        monkeypatch.setattr(run.Run, "_begin", note_try)
        monkeypatch.setattr(Batch, "write", note_write)
        with full_disk():
            journal.record(*map(reading, map(float, range(100))))
            assert not await journal.commit()
            clock.advance(seconds=5)
            async with asyncio.timeout(10):
                while len(tries) < 5:  # noqa: ASYNC110 - as time passes
                    await asyncio.sleep(0.001)
            assert len(writes) == 1
        await until_written(journal)
    assert [value for value, _ in stored(path)] == [f"{number}.0" for number in range(100)]


def take_away_when_begun(
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    take_away: Callable[[Path], None],
    times: list[int],
    *,
    is_open: bool,
) -> None:
    """Take the file away once: before its transaction has ended, or just after it."""
    begin, transact = run.Run._begin, FileStore.transact

    def take(was_open: bool) -> None:
        if was_open is is_open and not times[0]:
            times[0] += 1
            take_away(path)

    def begin_and_take(self: run.Run, connection: Connection) -> object:
        found = begin(self, connection)
        take(True)
        return found

    async def transact_and_take(self: FileStore, work: Callable[..., object], *args: object) -> object:
        found = await transact(self, work, *args)
        if work.__name__ == begin_and_take.__name__:
            take(False)
        return found

    monkeypatch.setattr(run.Run, "_begin", begin_and_take)
    monkeypatch.setattr(FileStore, "transact", transact_and_take)


def test_a_folder_that_cannot_be_looked_into_is_not_told_as_a_file_that_was_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path) -> os.stat_result:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(PermissionError):
        run._identity(tmp_path / "journal.sqlite")


@pytest.mark.parametrize("take_away", [delete, move, replace])
async def test_what_stands_is_written_into_a_file_that_is_begun_anew(
    take_away: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as journal:
        journal.record(claimed("old"), unfinished("1-1"), Remembered("a/0", TriggerMemory(truth=True)))
    async with opened(path) as journal:
        before = await journal.load_past(START), await journal.load_memory()
        switch, saved = RuleSwitch("cool", START, False, "hand"), Saved("night", {TEMPERATURE: 18.0})
        journal.record(
            ServiceStart(at=START, version="1", is_dry_run=False), switch, saved, reading(value=20.0)
        )
        journal.record(claimed("over"), unfinished("2-1"))
        assert await journal.commit()
        take_away(path)
        journal.record(
            LetGo(claimed("over").claim, START, "its time is over"), FiringEnd("2-1", START, "done")
        )
        journal.record(claimed("new"), unfinished("2-2"))
        assert not await journal.commit()
        await until_written(journal)
    assert before[0].claims == (claimed("old").claim,)
    async with opened(path) as journal:
        found = await journal.load_past(START)
        assert [claim.owner.name for claim in found.claims] == ["old", "new"]
        assert [each.firing for each in found.unfinished] == ["1-1", "2-2"]
        assert (found.switches, found.saved) == ({"cool": switch}, {"night": {TEMPERATURE: 18.0}})
        assert await journal.load_memory() == {"a/0": TriggerMemory(truth=True)}
        assert journal.last_seen == START
    assert stored(path) == [("20.0", 1)]


def claimed(owner: str) -> Claimed:
    origin = Origin(OriginKind.OPERATOR, owner)
    return Claimed(Claim(point=TEMPERATURE, value=20.0, priority=8, owner=origin, since=START))


def unfinished(firing: str) -> Unfinished:
    return Unfinished(firing=firing, rule="cool", digest="", part="actions", names={}, variables={}, notes={})


async def test_what_stood_in_a_log_that_is_deleted_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as journal:
        journal.record(reading(value=20.0))
        assert await journal.commit()
        path.with_name(path.name + "-wal").unlink()
        journal.record(reading(value=21.0))
        assert not await journal.commit()
        await until_written(journal)
    assert stored(path) == [("20.0", 1), ("21.0", 1)]


async def test_a_service_starts_on_a_full_disk_and_has_its_journal_once_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than a busy machine takes to try it out the first time.
    monkeypatch.setattr(sql_journal, "_LATE_S", 0.5)
    path = tmp_path / "journal.sqlite"
    async with opened(path) as journal:
        journal.record(reading(value=20.0))
    journal = SqlJournal(path, HandClock())
    with full_disk():
        await journal.open()
        journal.record(reading(value=21.0))
        assert not await journal.commit()
        assert journal.last_seen is None
    await until_written(journal)
    await journal.close()
    waits, begins, back = (record.getMessage() for record in caplog.records)
    assert waits == f"journal {path}: the disk failed; rules wait for it, 0.5 s at most"
    assert begins.endswith("the disk failed; this run begins without what it holds; control goes on")
    assert back == BACK.format(path)
    assert stored(path) == [("20.0", 1), ("21.0", 2)]


@pytest.mark.parametrize("take_away", [delete, move, replace])
async def test_a_service_that_starts_with_a_damaged_file_begins_a_new_one_once_it_is_taken_away(
    take_away: Callable[[Path], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.sqlite"
    async with opened(path) as journal:
        journal.record(reading(value=20.0))
    with closing(sqlite3.connect(path)) as database:
        [page] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs'").fetchone()
    with path.open("r+b") as file:
        # It can be opened, and only what stands in it is damaged.
        file.seek(4096 * (page - 1))
        file.write(b"x" * 4096)
    async with opened(path) as journal:
        journal.record(reading(value=21.0))
        assert not await journal.commit()
        take_away(path)
        await until_written(journal)
    assert caplog.messages[-1] == BACK.format(path)
    assert stored(path) == [("21.0", 1)]


async def test_a_folder_that_does_not_exist_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="its folder"):
        await SqlJournal(tmp_path / "nowhere" / "journal.sqlite", HandClock()).open()
