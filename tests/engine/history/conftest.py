"""A journal in a file, opened for a test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from interlock.history.sql_journal import SqlJournal
from support.journal_entries import HandClock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def journal(path: Path, clock: HandClock) -> AsyncIterator[SqlJournal]:
    journal = SqlJournal(path, clock)
    await journal.open()
    yield journal
    await journal.close()
