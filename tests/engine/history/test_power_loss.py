"""What a power cut leaves of a journal: whole transactions, all that was confirmed, and nothing else."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from interlock.history.sql_journal import SqlJournal
from support.journal_entries import HandClock, reading

pytestmark = pytest.mark.slow

COMMITS = 10


def as_it_is(log: bytes, dice: random.Random) -> bytes:
    return log


def torn(log: bytes, dice: random.Random) -> bytes:
    """What was written last did not reach the disk."""
    return log[: dice.randrange(len(log) + 1)]


def with_holes(log: bytes, dice: random.Random) -> bytes:
    """A block of the last part did not reach the disk, and what came after it did."""
    place = dice.randrange(len(log) // 2, len(log))
    return log[:place] + bytes(min(512, len(log) - place)) + log[place + 512 :]


def with_rubbish(log: bytes, dice: random.Random) -> bytes:
    """Blocks that nothing was written to yet hold what was there before."""
    return log + dice.randbytes(5000)


Damage = Callable[[bytes, random.Random], bytes]


def copied(path: Path, folder: Path, damage: Damage, dice: random.Random) -> Path:
    """Copy a journal's files as a power cut leaves them."""
    folder.mkdir()
    copy = folder / path.name
    shutil.copyfile(path, copy)
    log = path.with_name(path.name + "-wal").read_bytes()
    copy.with_name(copy.name + "-wal").write_bytes(damage(log, dice))
    return copy


def stored(path: Path) -> Sequence[str]:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [value for (value,) in database.execute("SELECT value FROM readings ORDER BY seq")]


@pytest.mark.parametrize("damage", [as_it_is, torn, with_holes, with_rubbish])
async def test_what_was_confirmed_is_there_and_what_was_not_is_there_up_to_a_point(
    damage: Damage, tmp_path: Path
) -> None:
    journal, dice, copies = SqlJournal(tmp_path / "journal.sqlite", HandClock()), random.Random(7), []
    await journal.open()
    confirmed: list[str] = []
    for number in range(COMMITS):
        journal.record(*(reading(float(number) + part / 4) for part in range(3)))
        assert await journal.commit()
        confirmed += [str(float(number) + part / 4) for part in range(3)]
        copy = copied(tmp_path / "journal.sqlite", tmp_path / str(number), damage, dice)
        copies.append((copy, tuple(confirmed)))
    await journal.close()
    for copy, all_of_it in copies:
        again = SqlJournal(copy, HandClock())
        await again.open()
        await again.close()
        found = tuple(stored(copy))
        assert found == all_of_it[: len(found)]
        assert len(found) % 3 == 0
        if damage in (as_it_is, with_rubbish):
            assert found == all_of_it
