"""The journal that takes entries before its database is there."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.clock import WallClock
from interlock.config.journal_section import JournalSettings
from interlock.errors import JournalError
from interlock.history.journal import JournalHealth
from interlock.history.queries import JournalReader
from interlock.history.recording import Recording
from interlock.history.records import ConnectionEvent, ServiceStart
from interlock.service.late_journal import LateJournal
from support.journal_entries import minute, reading

pytestmark = pytest.mark.slow


async def test_what_is_recorded_before_it_opens_is_stored_with_the_rest(tmp_path: Path) -> None:
    path, clock = tmp_path / "journal.sqlite", WallClock()
    journal = LateJournal(path, clock)
    early, late = (ConnectionEvent(clock.now(), "house", text) for text in ("early", "late"))
    journal.record(early)
    assert journal.health == JournalHealth(
        is_written=False, waiting=1, lost=0, written_at=None, fault="it is not open yet"
    )
    await journal.open()
    journal.record(late)
    assert await journal.commit()
    assert (journal.health.is_written, journal.health.waiting) == (True, 0)
    await journal.close()
    async with JournalReader(path) as reader:
        assert sorted(event.text for event in await reader.connection_events(limit=9)) == ["early", "late"]


async def test_before_it_opens_nothing_is_safe_and_nothing_is_known(tmp_path: Path) -> None:
    journal = LateJournal(tmp_path / "journal.sqlite", WallClock())
    assert not await journal.commit()
    assert (journal.run_number, journal.last_seen) == (0, None)
    with pytest.raises(JournalError, match="is not open"):
        await journal.load_memory()
    await journal.close()


async def test_it_counts_runs_and_knows_when_the_last_one_was_alive(tmp_path: Path) -> None:
    path, clock = tmp_path / "journal.sqlite", WallClock()
    for number in (1, 2):
        journal = LateJournal(path, clock)
        await journal.open()
        assert (journal.run_number, journal.last_seen is not None) == (number, number == 2)
        assert await journal.load_memory() == {}
        journal.record(ServiceStart(at=clock.now(), version="1", is_dry_run=False))
        await journal.close()


async def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE songs (id INTEGER)")
    journal = LateJournal(path, WallClock())
    with pytest.raises(JournalError, match="cannot be used"):
        await journal.open()
    await journal.close()


async def test_it_keeps_the_journal_as_the_site_says(tmp_path: Path) -> None:
    limits = JournalSettings(keep=timedelta(days=7), max_size=None, heartbeat=None)
    journal = LateJournal(tmp_path / "journal.sqlite", WallClock(), limits)
    await journal.open()
    assert journal._journal is not None
    assert journal._journal._upkeep._settings == limits
    await journal.close()


async def test_what_stays_the_same_is_handed_on_once_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = LateJournal(path, WallClock())
    journal.repeat([reading(21.0)], timedelta())
    journal.record(reading(21.0))
    await journal.open()
    journal.repeat([reading(21.0, at=minute(9))], timedelta(minutes=9))
    await journal.close()
    with Recording(path) as recording:
        assert [at for at, _ in recording.readings(minute(0), minute(99))] == [minute(0), minute(9)]
