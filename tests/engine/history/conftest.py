"""A journal in a file or on a server, opened for a test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from interlock.config.journal_place import JournalPlace
from interlock.history.sql_journal import SqlJournal
from support.journal_entries import HandClock
from support.postgres_server import PostgresServer


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `each_database` on each; not what asks for a `file`, which only SQLite has."""
    is_marked = any(metafunc.definition.iter_markers("each_database"))
    if is_marked and "path" in metafunc.fixturenames and "file" not in metafunc.fixturenames:
        metafunc.parametrize("path", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def path(request: pytest.FixtureRequest, tmp_path: Path) -> JournalPlace:
    """Where a journal is: a file, but for tests that are marked `each_database`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return tmp_path / "journal.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_place(tmp_path)


@pytest.fixture
def file(path: Path) -> Path:
    """The journal's file, for what only a file has."""
    return path


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def journal(path: JournalPlace, clock: HandClock) -> AsyncIterator[SqlJournal]:
    journal = SqlJournal(path, clock)
    await journal.open()
    yield journal
    await journal.close()
