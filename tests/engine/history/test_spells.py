"""The last near misses of each kind: rings that stay small and that push out nothing else."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.config.journal_place import JournalPlace
from interlock.history.past import Spell
from interlock.history.queries import JournalReader
from interlock.history.records import Entry, Firing
from interlock.history.spells import MOST_SPELLS
from interlock.history.sql_journal import SqlJournal
from interlock.model import Point
from interlock.redaction import redactor
from interlock.rules.rule import Decision, Seen, Verdict
from support.journal_entries import START, TEMPERATURE, firing, minute, near_miss

pytestmark = pytest.mark.each_database

RULE = "cool-living-room"


def miss(number: int, value: float = 20.0, **more: object) -> Decision:
    """A near miss of a minute that saw a temperature."""
    told = near_miss(at=minute(number), **more)  # type: ignore[arg-type]
    return replace(told, seen=(Seen(TEMPERATURE, value, read_at=minute(number)),))


async def record(journal: SqlJournal, *entries: Entry) -> None:
    journal.record(*entries)
    await journal.commit()


async def spells(path: JournalPlace) -> tuple[Spell, ...]:
    async with JournalReader(path) as reader:
        return await reader.spells_of(RULE)


def times(found: tuple[Spell, ...]) -> list[tuple[float, float, int]]:
    """The first and the last minute of each, and how often it came; oldest first."""
    return [
        (
            (each.first_at - START) / timedelta(minutes=1),
            (each.last_at - START) / timedelta(minutes=1),
            each.count,
        )
        for each in reversed(found)
    ]


async def test_one_near_miss_comes_out_whole(journal: SqlJournal, path: JournalPlace) -> None:
    await record(journal, miss(3))
    [spell] = await spells(path)
    assert spell == Spell(
        run=1,
        trigger="every 1m",
        verdict=Verdict.CONDITION_FALSE,
        first_at=minute(3),
        last_at=minute(3),
        count=1,
        reason=miss(3).reason,
        seen=(Seen(TEMPERATURE, 20.0),),
    )
    assert spell.seen[0].read_at == minute(3)


@pytest.mark.parametrize("is_one_by_one", [False, True])
async def test_what_misses_for_the_same_reason_on_end_is_one_spell(
    journal: SqlJournal, path: JournalPlace, is_one_by_one: bool
) -> None:
    misses = [miss(0), miss(1), miss(2, 21.0), miss(3, 21.0), miss(4), miss(5)]
    for each in [[one] for one in misses] if is_one_by_one else [misses]:
        await record(journal, *each)
    found = await spells(path)
    assert times(found) == [(0, 1, 2), (2, 3, 2), (4, 5, 2)]
    assert found[0].seen[0].read_at == minute(5)


async def test_a_spell_goes_on_over_transactions_of_several(journal: SqlJournal, path: JournalPlace) -> None:
    await record(journal, miss(0), miss(1, 21.0))
    await record(journal, miss(2, 21.0), miss(3), miss(4))
    await record(journal, miss(5), miss(6, 22.0))
    assert times(await spells(path)) == [(0, 0, 1), (1, 2, 2), (3, 5, 3), (6, 6, 1)]


async def test_a_ring_holds_no_more_than_so_many(journal: SqlJournal, path: JournalPlace) -> None:
    for number in range(MOST_SPELLS + 5):
        await record(journal, miss(number, float(number)))
    assert [first for first, _, _ in times(await spells(path))] == list(range(5, MOST_SPELLS + 5))


async def test_each_trigger_and_verdict_of_each_rule_has_a_ring_of_its_own(
    journal: SqlJournal, path: JournalPlace
) -> None:
    rare = [
        miss(0, trigger="start"),
        miss(1, verdict=Verdict.CONDITION_UNKNOWN),
        replace(miss(2), rule=firing(rule_id="another").decision.rule),
    ]
    await record(journal, *rare)
    await record(journal, *(miss(number, float(number)) for number in range(3, 50)))
    found = await spells(path)
    kinds = [(each.trigger, each.verdict) for each in found if each.first_at < minute(3)]
    assert kinds == [("every 1m", Verdict.CONDITION_UNKNOWN), ("start", Verdict.CONDITION_FALSE)]
    async with JournalReader(path) as reader:
        assert len(await reader.spells_of("another")) == 1


async def test_a_decision_that_fired_is_in_no_ring(journal: SqlJournal, path: JournalPlace) -> None:
    await record(journal, firing())
    assert await spells(path) == ()


async def test_no_secret_gets_into_a_ring(journal: SqlJournal, path: JournalPlace) -> None:
    redactor.register("hunter2-and-more")
    note = Seen(Point("a.b"), None, "bad password hunter2-and-more")
    for number in (1, 2):
        await record(journal, replace(near_miss(at=minute(number)), seen=(note,)))
    [spell] = await spells(path)
    assert (spell.count, "hunter2" in spell.reason, "hunter2" in spell.seen[0].note) == (2, False, False)


async def test_a_storm_of_near_misses_stays_small_and_pushes_out_no_firing(
    journal: SqlJournal, file: Path
) -> None:
    await record(journal, firing("1-1"))
    storm = [miss(number, number / 7) for number in range(1000)]
    for _ in range(100):
        await record(journal, *storm)
    async with JournalReader(file) as reader:
        assert [each.id for each in await reader.firings_of(RULE, limit=9)] == ["1-1"]
        [total] = await reader.near_misses_of(RULE)
        assert total.count == 100_000
    assert len(await spells(file)) == MOST_SPELLS
    await journal.close()
    with closing(sqlite3.connect(file)) as opened:
        assert opened.execute("SELECT count(*) FROM near_miss_spells").fetchone() == (MOST_SPELLS,)
    assert file.stat().st_size < 300_000  # noqa: ASYNC240 - the journal is closed


async def test_a_firing_ends_a_spell(journal: SqlJournal, file: JournalPlace) -> None:
    fired = replace(firing("1-1").decision, at=minute(1))
    await record(journal, miss(0), Firing("1-1", fired), miss(2))
    await record(journal, miss(3))
    await record(journal, Firing("1-2", replace(fired, at=minute(4))))
    await record(journal, miss(5))
    assert times(await spells(file)) == [(0, 0, 1), (2, 3, 2), (5, 5, 1)]


async def test_another_verdict_of_the_trigger_ends_a_spell(journal: SqlJournal, file: JournalPlace) -> None:
    unknown = miss(1, verdict=Verdict.CONDITION_UNKNOWN)
    await record(journal, miss(0), unknown, miss(2))
    await record(journal, replace(unknown, at=minute(3)))
    await record(journal, miss(4))
    found = [each for each in await spells(file) if each.verdict is Verdict.CONDITION_FALSE]
    assert times(tuple(found)) == [(0, 0, 1), (2, 2, 1), (4, 4, 1)]
