"""What lasts until it is replaced or over: firings that go on, saved values, switched rules."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert

from interlock.config.journal_place import JournalPlace
from interlock.history.journal import MemoryJournal
from interlock.history.records import Firing, FiringEnd, Past, RuleSwitch, Saved
from interlock.history.sql_journal import SqlJournal
from interlock.history.tables import kept
from interlock.model import Point
from interlock.rules.rule import Verdict
from support.journal_entries import START, HandClock, decision, minute, unfinished

pytestmark = [pytest.mark.slow, pytest.mark.each_database]

AC, LAMP = Point("living_ac.hvacmode"), Point("lamp.power")


class Journals:
    """Opens one journal after another, as restarts do; in memory it is the same one."""

    def __init__(self, path: JournalPlace | None) -> None:
        self._path = path
        self._memory = MemoryJournal()

    async def open(self) -> MemoryJournal | SqlJournal:
        journal = SqlJournal(self._path, HandClock()) if self._path else self._memory
        await journal.open()
        return journal


@pytest.fixture(params=["memory", "sqlite"])
def journals(request: pytest.FixtureRequest, tmp_path: Path) -> Journals:
    return Journals(tmp_path / "journal.db" if request.param == "sqlite" else None)


async def past_after(journals: Journals, *entries: object, since: timedelta = timedelta(days=1)) -> Past:
    """Record entries in one run, and return what the next run is told."""
    first = await journals.open()
    for entry in entries:
        first.record(entry)  # type: ignore[arg-type]
    await first.close()
    second = await journals.open()
    try:
        return await second.load_past(START - since)
    finally:
        await second.close()


async def test_a_first_run_has_no_past(journals: Journals) -> None:
    assert await past_after(journals) == Past()


async def test_a_firing_that_did_not_end_comes_back_as_it_was(journals: Journals) -> None:
    past = await past_after(journals, unfinished("1-1", notes={}), unfinished("1-1"))
    assert past.unfinished == (unfinished("1-1"),)


async def test_firings_come_back_in_their_order(journals: Journals) -> None:
    firings = [unfinished(f"1-{number}") for number in (2, 9, 11)]
    assert (await past_after(journals, *firings)).unfinished == tuple(firings)


async def test_a_firing_that_ended_does_not_come_back(journals: Journals) -> None:
    past = await past_after(journals, unfinished("1-1"), FiringEnd("1-1", START, "done"), unfinished("1-2"))
    assert past.unfinished == (unfinished("1-2"),)


async def test_a_firing_that_ends_in_a_later_run_does_not_come_back(journals: Journals) -> None:
    await past_after(journals, unfinished("1-1"))
    assert (await past_after(journals, FiringEnd("1-1", START, "done"))).unfinished == ()


async def test_values_come_back_with_their_types(journals: Journals) -> None:
    values = {AC: "cooling", LAMP: True, "bed.value": 20, "sun.at": START, "run.time": timedelta(hours=2)}
    past = await past_after(journals, Saved("before", {AC: "auto"}), Saved("before", values))
    assert past.saved == {"before": values}
    assert [type(value) for value in past.saved["before"].values()] == list(map(type, values.values()))


async def test_the_last_switch_of_a_rule_counts(journals: Journals) -> None:
    off, on = RuleSwitch("night", START, False, "rule guests"), RuleSwitch("night", minute(1), True, "cli")
    other = RuleSwitch("day", START, False, "cli")
    assert (await past_after(journals, off, on, other)).switches == {"night": on, "day": other}


async def test_firings_since_an_instant_are_told_and_always_the_last_one(journals: Journals) -> None:
    often = [Firing(f"1-{n}", decision(at=START + timedelta(hours=n))) for n in (-30, -20, -2)]
    once = Firing("1-9", decision(rule_id="spring", at=START - timedelta(days=9)))
    past = await past_after(journals, once, *often)
    assert past.fired == {
        "cool-living-room": [START - timedelta(hours=20), START - timedelta(hours=2)],
        "spring": [START - timedelta(days=9)],
    }


async def test_an_else_is_no_firing_that_counts(journals: Journals) -> None:
    otherwise = decision(at=START, verdict=Verdict.CONDITION_FALSE, truth=False)
    assert (await past_after(journals, Firing("1-1", otherwise))).fired == {}


async def test_what_another_version_wrote_of_a_firing_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journals = Journals(tmp_path / "journal.db")
    await past_after(journals, unfinished("1-1"))
    engine = create_engine(f"sqlite:///{tmp_path}/journal.db")
    with engine.begin() as connection:
        connection.execute(insert(kept).values(kind="firing", key="1-7", content='{"rule": "night"}'))
    engine.dispose()
    caplog.clear()
    past = await past_after(journals)
    assert past.unfinished == (unfinished("1-1"),)
    (line,) = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert line == "where firing 1-7 is was written by another version: it does not go on"
