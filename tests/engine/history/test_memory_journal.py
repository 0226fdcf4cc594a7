"""The journal in memory, and what counts as news."""

from datetime import timedelta

import pytest

from interlock.history.journal import Journal, MemoryJournal, NewsFilter
from interlock.history.records import Remembered
from interlock.model import Point, Quality, Value
from interlock.rules.memory import TriggerMemory
from support.journal_entries import command, minute, reading


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


def test_entries_stand_in_order(journal: MemoryJournal) -> None:
    journal.record(reading(), command("1"))
    journal.record(command("2"))
    assert journal.entries == [reading(), command("1"), command("2")]


def test_a_repeated_reading_is_not_kept(journal: MemoryJournal) -> None:
    journal.record(reading(21.5, at=minute(0)))
    journal.record(reading(21.5, at=minute(1)))
    assert journal.entries == [reading(21.5, at=minute(0))]


@pytest.mark.parametrize(("value", "other"), [(1, 1.0), (1, True), (0, False), (20, 21), (None, "none")])
def test_another_value_or_type_is_news(
    journal: MemoryJournal, value: Value | None, other: Value | None
) -> None:
    both = [reading(value), reading(other)]
    journal.record(*both)
    assert journal.entries == both


def test_another_quality_is_news(journal: MemoryJournal) -> None:
    both = [reading(), reading(quality=Quality.STALE, reason="timed out")]
    journal.record(*both)
    assert journal.entries == both


def test_another_reason_alone_is_no_news(journal: MemoryJournal) -> None:
    journal.record(reading(quality=Quality.FAULT, reason="a"), reading(quality=Quality.FAULT, reason="b"))
    assert journal.entries == [reading(quality=Quality.FAULT, reason="a")]


def test_points_are_told_apart(journal: MemoryJournal) -> None:
    both = [reading(21.5), reading(21.5, point=Point("hall.actualtemp"))]
    journal.record(*both)
    assert journal.entries == both


def test_a_filter_knows_whether_a_reading_is_still_the_last_word() -> None:
    news = NewsFilter()
    assert not news.holds(reading(21.5))
    news.news([reading(21.5)])
    assert news.holds(reading(21.5, at=minute(3)))
    assert not news.holds(reading(22.5))
    assert not news.holds(reading(21.5, quality=Quality.STALE))
    assert not news.holds(reading(21.5, point=Point("hall.actualtemp")))


def test_a_filter_that_forgot_takes_everything_as_news() -> None:
    news = NewsFilter()
    news.news([reading()])
    news.forget()
    assert news.news([reading()]) == (reading(),)


async def test_after_a_restart_the_same_reading_is_news(journal: MemoryJournal) -> None:
    await journal.open()
    journal.record(reading(21.5, at=minute(0)))
    await journal.open()
    journal.record(reading(21.5, at=minute(2)), reading(21.5, at=minute(3)))
    assert journal.entries == [reading(21.5, at=minute(0)), reading(21.5, at=minute(2))]


async def test_the_last_memory_of_a_key_counts(journal: MemoryJournal) -> None:
    last = TriggerMemory(truth=False, held=timedelta(minutes=3))
    journal.record(Remembered("a/0", TriggerMemory(truth=True)), Remembered("b/0", TriggerMemory()))
    journal.record(Remembered("a/0", last))
    assert await journal.load_memory() == {"a/0": last, "b/0": TriggerMemory()}


async def test_it_serves_as_a_journal_over_several_runs(journal: MemoryJournal) -> None:
    contract: Journal = journal
    await contract.open()
    assert (contract.run_number, contract.last_seen, await contract.commit()) == (1, None, True)
    await contract.close()
    await contract.open()
    assert contract.run_number == 2
