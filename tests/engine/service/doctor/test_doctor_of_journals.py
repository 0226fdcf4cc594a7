"""What the doctor says of a journal: one that is there or not, and one that cannot be written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from interlock.config.journal_place import JournalPlace
from interlock.history.sql_journal import SqlJournal
from interlock.service.doctor import Finding, Health
from interlock.service.doctor import journal as doctor
from interlock.service.doctor.journal import look_at_journal
from support.journal_entries import HandClock, write_shopping_list

pytestmark = pytest.mark.slow

ADVICE = (
    "rules act without it, and it is tried again all the time; "
    "where the service is another user's, ask the doctor as that one"
)


NAMES = {f"interlock.sqlite{end}" for end in ("", "-wal", "-shm", ".lock")}


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    journal = SqlJournal(tmp_path / "interlock.sqlite", HandClock())
    await journal.open()
    await journal.close()
    return tmp_path / "interlock.sqlite"


async def found(place: JournalPlace) -> Finding:
    _, [finding] = await look_at_journal(place)
    assert finding.area == "journal"
    return finding


async def test_a_journal_that_can_be_written_is_fine_and_nothing_is_left_beside_it(path: Path) -> None:
    finding = await found(path)
    assert (finding.health, finding.advice) == (Health.FINE, "")
    assert finding.text.startswith(f"{path}, 0.")
    assert names_in(path.parent) <= NAMES


async def test_none_is_there_before_the_first_run(tmp_path: Path) -> None:
    path = tmp_path / "interlock.sqlite"
    text, advice = f"there is none at {path} yet", "it is made by the first interlock run"
    assert await found(path) == Finding("journal", Health.DOUBTFUL, text, advice)


@pytest.mark.parametrize("name", ["interlock.sqlite", "none.sqlite"])
@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the disk may only be read"),
        (errno.EACCES, "its folder may not be written"),
    ],
)
async def test_a_disk_that_takes_nothing_is_bad(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int, why: str, name: str
) -> None:
    place = path.with_name(name)

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    assert await found(place) == Finding("journal", Health.BAD, f"{place} cannot be written: {why}", ADVICE)


async def test_a_file_that_may_not_be_written_is_bad(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever is root may write everything.
    monkeypatch.setattr(os, "access", lambda asked, mode: (asked, mode) != (path, os.W_OK))
    text = f"{path} cannot be written: it may not be written"
    assert await found(path) == Finding("journal", Health.BAD, text, ADVICE)


async def test_as_much_is_tried_as_a_busy_second_takes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: sizes.append(os.fstat(descriptor).st_size))
    assert (await found(path)).health is Health.FINE
    assert sizes == [doctor._TRIAL_BYTES] == [2**16]


async def test_what_is_damaged_is_told_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "interlock.sqlite"
    write_shopping_list(path)
    finding = await found(path)
    assert (finding.health, finding.advice) == (
        Health.BAD,
        "where it is damaged, move it away: a new one is begun",
    )
