"""Looking on changes nothing."""

from interlock.history.journal import MemoryJournal
from interlock.history.records import Entry, Remembered
from interlock.model import Quality
from interlock.rules.memory import TriggerMemory
from interlock.service.onlookers.observing import NoJournal, ObservedJournal
from support.journal_entries import START, command, reading


async def test_the_observer_sees_every_entry_and_the_journal_keeps_what_is_news() -> None:
    seen: list[Entry] = []
    inner = MemoryJournal()
    journal = ObservedJournal(inner, seen.append)
    first, again, order = reading(26.4), reading(26.4), command()
    journal.record(first, again)
    journal.record(order)
    assert seen == [first, again, order]
    assert inner.entries == [first, order]


async def test_the_rest_is_the_inner_journals() -> None:
    inner = MemoryJournal()
    inner.last_seen = START
    journal = ObservedJournal(inner, lambda _: None)
    await journal.open()
    journal.record(Remembered("rule/0", TriggerMemory(truth=True)))
    assert await journal.commit() is True
    assert (journal.run_number, journal.last_seen) == (1, START)
    assert await journal.load_memory() == {"rule/0": TriggerMemory(truth=True)}
    await journal.close()


async def test_no_journal_keeps_nothing() -> None:
    journal = NoJournal()
    await journal.open()
    journal.record(reading(26.4), reading(None, quality=Quality.FAULT))
    assert await journal.commit() is True
    assert await journal.load_memory() == {}
    assert (journal.run_number, journal.last_seen) == (1, None)
    await journal.close()
