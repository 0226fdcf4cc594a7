"""What went into the journal comes out of the file, also while it is being written."""

import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from interlock.config.journal_place import JournalPlace
from interlock.errors import JournalError
from interlock.history.past import NearMiss, PastCommand, PastFiring
from interlock.history.queries import JournalReader
from interlock.history.records import (
    ConnectionEvent,
    Entry,
    Firing,
    FiringEnd,
    InterlockTurn,
    Past,
    Reload,
    RuleSwitch,
    ServiceStart,
    Step,
)
from interlock.history.sql_journal import SqlJournal
from interlock.model import Command, Event, Origin, OriginKind, Outcome, Point, Quality, Receipt, Value
from interlock.redaction import MASK, Redactor
from interlock.rules.rule import Cause, Decision, Seen, Verdict
from support.journal_entries import (
    AC_MODE,
    START,
    TEMPERATURE,
    HandClock,
    command,
    decision,
    firing,
    minute,
    near_miss,
    reading,
    receipt,
    unfinished,
    write_shopping_list,
)

pytestmark = [pytest.mark.slow, pytest.mark.each_database]

RULE = "cool-living-room"
T = TypeVar("T")


async def record(journal: SqlJournal, *entries: Entry) -> None:
    journal.record(*entries)
    assert await journal.commit()


def past(firing: Firing, *, run: int = 1, end: FiringEnd | None = None) -> PastFiring:
    decision = firing.decision
    return PastFiring(
        run=run,
        id=firing.id,
        rule=decision.rule.id,
        at=decision.at,
        cause=decision.cause,
        condition=decision.condition,
        truth=decision.truth,
        seen=decision.seen,
        reason=decision.reason,
        ended_at=end.at if end else None,
        outcome=end.outcome if end else "",
    )


def missed(decision: Decision, *, first: Decision | None = None, count: int = 1) -> NearMiss:
    return NearMiss(
        rule=decision.rule.id,
        trigger=decision.cause.trigger,
        verdict=decision.verdict,
        first_at=(first or decision).at,
        last_at=decision.at,
        count=count,
        reason=decision.reason,
    )


def content(file: Path) -> bytes:
    return file.read_bytes()


def newest_first(entries: Sequence[T]) -> tuple[T, ...]:
    return tuple(reversed(entries))


async def test_a_firing_comes_out_whole(journal: SqlJournal, path: JournalPlace) -> None:
    also = "every 1m", "cron 0 7 * * 1"
    cause = Cause("change: living_thermostat.actualtemp", "warm", TEMPERATURE, 26.4, 26, also=also)
    seen = (
        Seen(TEMPERATURE, 26.4),
        Seen(AC_MODE, None, "timed out"),
        Seen(Point("a.color"), (1, 2, 3)),
        Seen(Point("a.power"), False),
    )
    began = Firing("1-1", decision(cause=cause, seen=seen))
    ended = FiringEnd("1-1", minute(1), "done")
    await record(journal, began, ended)
    async with JournalReader(path) as reader:
        assert await reader.firings_of(RULE, limit=9) == (past(began, end=ended),)


async def test_a_firing_by_an_event_tells_what_it_was(journal: SqlJournal, path: JournalPlace) -> None:
    event = Event(kind="telegram", name="1/2/3", value=True, point=AC_MODE, data={"source": "1.1.5"})
    cause = Cause("telegram 1/2/3", point=AC_MODE, value=True, event=event)
    await record(journal, Firing("1-1", decision(cause=cause, condition="")))
    async with JournalReader(path) as reader:
        [found] = await reader.firings_of(RULE, limit=1)
    assert found.reason == "telegram 1/2/3 = on from 1.1.5"
    assert (found.cause.trigger, found.cause.point, found.cause.value) == ("telegram 1/2/3", AC_MODE, True)


async def test_edits_stand_newest_first_up_to_the_limit(journal: SqlJournal, path: JournalPlace) -> None:
    edits = [
        Reload(minute(number), (f"rule a{number} was added", "the name was changed")) for number in range(3)
    ]
    await record(journal, *edits)
    async with JournalReader(path) as reader:
        assert await reader.reloads(limit=2) == (edits[2], edits[1])


async def test_when_the_world_broke_an_interlock_stands_newest_first(
    journal: SqlJournal, path: JournalPlace
) -> None:
    broken = InterlockTurn("no-cooling", minute(1), True, "window.power and ac.hvacpower is true")
    over = InterlockTurn("no-cooling", minute(2), False, "window.power and ac.hvacpower is over")
    await record(journal, broken, InterlockTurn("other", minute(1), True, "it is true"), over)
    async with JournalReader(path) as reader:
        assert await reader.turns_of("no-cooling", limit=9) == (over, broken)
        assert await reader.turns_of("no-cooling", limit=1) == (over,)


async def test_what_an_interlock_refused_is_told_from_what_others_refused(
    journal: SqlJournal, path: JournalPlace
) -> None:
    reasons = ("interlock no-cooling: it would be so", "interlock no-cooling-2: it would be so", "too high")
    sent = [command(f"1-{number}") for number in range(len(reasons))]
    refused = [
        replace(receipt(each), outcome=Outcome.REFUSED, reason=reason)
        for each, reason in zip(sent, reasons, strict=True)
    ]
    await record(journal, *sent, *refused)
    async with JournalReader(path) as reader:
        found = await reader.refused_by("no-cooling", limit=9)
    assert [each.receipt for each in found] == refused[:1]


async def test_what_a_next_run_would_know_is_told_while_this_one_goes_on(
    journal: SqlJournal, path: JournalPlace
) -> None:
    switch, fired = RuleSwitch(RULE, minute(1), False, "hand"), firing()
    await record(journal, switch, fired)
    async with JournalReader(path) as reader:
        assert await reader.past(START) == Past(
            switches={RULE: switch}, fired={fired.decision.rule.id: [fired.decision.at]}
        )


async def test_a_firing_without_an_end_says_so(journal: SqlJournal, path: JournalPlace) -> None:
    await record(journal, firing())
    async with JournalReader(path) as reader:
        (only,) = await reader.firings_of(RULE, limit=9)
    assert (only.ended_at, only.outcome) == (None, "")


async def test_a_firing_may_end_in_a_later_transaction(journal: SqlJournal, path: JournalPlace) -> None:
    began, ended = firing(), FiringEnd("1-1", minute(1), "stopped: the service ended")
    await record(journal, began, firing("1-2"))
    await record(journal, ended)
    async with JournalReader(path) as reader:
        assert await reader.firings_of(RULE, limit=9) == (past(firing("1-2")), past(began, end=ended))


async def test_firings_stand_newest_first_up_to_the_limit(journal: SqlJournal, path: JournalPlace) -> None:
    firings = [firing(f"1-{number}") for number in range(4)]
    await record(journal, *firings, firing("1-9", rule_id="another"))
    async with JournalReader(path) as reader:
        found = await reader.firings_of(RULE, limit=3)
    assert found == newest_first([past(one) for one in firings[1:]])


async def test_a_command_comes_with_its_receipt_and_firing(journal: SqlJournal, path: JournalPlace) -> None:
    began = firing("1-1")
    sent = Command(
        id="1-1.1",
        point=AC_MODE,
        value="cooling",
        origin=Origin(OriginKind.RULE, RULE, "1-1"),
        created_at=minute(1),
        priority=8,
        shadow=True,
    )
    got = Receipt(
        command=sent,
        outcome=Outcome.UNCERTAIN,
        at=minute(2),
        answer="dry",
        reason="timed out",
        exchange="GET /hvac → 500",
        attempts=3,
    )
    await record(journal, began, sent, got)
    async with JournalReader(path) as reader:
        found = await reader.commands_for(AC_MODE, limit=9)
    assert found == (PastCommand(command=sent, receipt=got, firing=past(began)),)


async def test_of_two_receipts_the_last_one_counts(journal: SqlJournal, path: JournalPlace) -> None:
    sent = command()
    deferred = replace(receipt(sent), outcome=Outcome.DEFERRED, reason="min_off 3m")
    await record(journal, sent, deferred)
    await record(journal, replace(receipt(sent), at=minute(3)))
    async with JournalReader(path) as reader:
        [found] = await reader.commands_for(AC_MODE, limit=9)
    assert found.receipt == replace(receipt(sent), at=minute(3))


async def test_an_operators_command_has_no_firing(journal: SqlJournal, path: JournalPlace) -> None:
    sent = command(value=None)
    await record(journal, sent, receipt(sent))
    async with JournalReader(path) as reader:
        found = await reader.commands_for(AC_MODE, limit=9)
    assert found == (PastCommand(command=sent, receipt=receipt(sent), firing=None),)


async def test_a_calls_fields_keep_their_types_and_their_order(
    journal: SqlJournal, path: JournalPlace
) -> None:
    sent = replace(command(value=None), fields={"setTime": 1, "heat": 21.0, "is_on": True, "day": "Monday"})
    await record(journal, sent)
    async with JournalReader(path) as reader:
        [found] = await reader.commands_for(AC_MODE, limit=10)
    assert found.command == sent
    assert list(found.command.fields.items()) == list(sent.fields.items())


async def test_a_command_without_an_answer_has_no_receipt(journal: SqlJournal, path: JournalPlace) -> None:
    sent = command()
    await record(journal, sent)
    async with JournalReader(path) as reader:
        assert await reader.commands_for(AC_MODE, limit=9) == (
            PastCommand(command=sent, receipt=None, firing=None),
        )


async def test_commands_stand_newest_first_up_to_the_limit(journal: SqlJournal, path: JournalPlace) -> None:
    sent = [command(f"1-{number}") for number in range(4)]
    await record(journal, *sent, command("1-9", point=TEMPERATURE))
    async with JournalReader(path) as reader:
        found = await reader.commands_for(AC_MODE, limit=2)
    assert [one.command for one in found] == [sent[3], sent[2]]


async def test_a_firings_commands_and_steps_stand_in_their_order(
    journal: SqlJournal, path: JournalPlace
) -> None:
    sent = [command(f"1-1.{number}", firing="1-1") for number in range(3)]
    steps = [Step("1-1", minute(number), f"set a.b: {number}", f"note {number}") for number in range(3)]
    others = command("1-2.1", firing="1-2"), Step("1-2", START, "log: hello")
    await record(journal, firing("1-1"), firing("1-2"), *steps, *sent, *others)
    async with JournalReader(path) as reader:
        _, its = await reader.firings_of(RULE, limit=9)
        assert await reader.steps_of(its) == tuple(steps)
        assert [one.command for one in await reader.commands_of(its)] == sent


async def test_what_a_firing_does_after_a_restart_belongs_to_it(path: JournalPlace, clock: HandClock) -> None:
    for number in (1, 2):
        journal = SqlJournal(path, clock)
        await journal.open()
        sent = command(f"{number}-2", firing="1-1")
        begun = [firing("1-1")] if number == 1 else []
        await record(journal, *begun, sent, receipt(sent), Step("1-1", START, f"step {number}"))
        await record(journal, unfinished("1-1") if number == 1 else FiringEnd("1-1", minute(9), "done"))
        await journal.close()
    async with JournalReader(path) as reader:
        (its,) = await reader.firings_of(RULE, limit=9)
        assert (its.run, its.ended_at, its.outcome) == (1, minute(9), "done")
        assert [step.text for step in await reader.steps_of(its)] == ["step 1", "step 2"]
        assert [each.command.id for each in await reader.commands_of(its)] == ["1-2", "2-2"]
        assert [each.firing for each in await reader.commands_for(AC_MODE, limit=9)] == [its, its]


async def test_near_misses_are_counted_within_a_transaction(journal: SqlJournal, path: JournalPlace) -> None:
    misses = [near_miss(at=minute(number)) for number in range(3)]
    await record(journal, *misses)
    async with JournalReader(path) as reader:
        assert await reader.near_misses_of(RULE) == (missed(misses[2], first=misses[0], count=3),)


async def test_near_misses_are_counted_over_transactions(journal: SqlJournal, path: JournalPlace) -> None:
    first = near_miss(at=minute(0))
    last = decision(
        at=minute(2), verdict=Verdict.CONDITION_FALSE, truth=False, seen=(Seen(TEMPERATURE, 20.5),)
    )
    await record(journal, first, near_miss(at=minute(1)))
    await record(journal, last)
    async with JournalReader(path) as reader:
        assert await reader.near_misses_of(RULE) == (missed(last, first=first, count=3),)


async def test_near_misses_are_told_apart_by_trigger_and_verdict(
    journal: SqlJournal, path: JournalPlace
) -> None:
    misses = [
        near_miss(at=minute(0), trigger="every 1m"),
        near_miss(at=minute(1), trigger="every 5m"),
        near_miss(at=minute(2), trigger="every 5m", verdict=Verdict.CONDITION_UNKNOWN),
    ]
    await record(journal, *misses, decision(rule_id="another", verdict=Verdict.CONDITION_FALSE))
    async with JournalReader(path) as reader:
        assert await reader.near_misses_of(RULE) == newest_first([missed(one) for one in misses])


async def test_a_decision_that_fired_is_no_near_miss(journal: SqlJournal, path: JournalPlace) -> None:
    await record(journal, decision())
    async with JournalReader(path) as reader:
        assert (await reader.near_misses_of(RULE), await reader.firings_of(RULE, limit=9)) == ((), ())


@pytest.mark.parametrize(
    "value", [True, 1, 1.0, "on", "\ud800", (255, 0, 0), ("a", "b"), timedelta(microseconds=1), START, 2**70]
)
async def test_a_readings_value_keeps_its_type(journal: SqlJournal, path: JournalPlace, value: Value) -> None:
    await record(journal, reading(value))
    async with JournalReader(path) as reader:
        (found,) = await reader.last_readings(TEMPERATURE, limit=9)
    assert (found, type(found.value)) == (reading(value), type(value))


async def test_readings_stand_newest_first_up_to_the_limit(journal: SqlJournal, path: JournalPlace) -> None:
    readings = [
        reading(20.0),
        reading(21.0, at=minute(1)),
        reading(21.0, at=minute(1), quality=Quality.STALE, reason="timed out"),
        reading(None, at=minute(2), quality=Quality.FAULT, reason="no route"),
    ]
    await record(journal, *readings, reading(5, point=Point("hall.actualtemp")))
    async with JournalReader(path) as reader:
        assert await reader.last_readings(TEMPERATURE, limit=3) == newest_first(readings[1:])


async def test_connection_events_stand_newest_first_up_to_the_limit(
    journal: SqlJournal, path: JournalPlace
) -> None:
    events = [ConnectionEvent(minute(number), "house", f"event {number}") for number in range(3)]
    await record(journal, *events)
    async with JournalReader(path) as reader:
        assert await reader.connection_events(limit=2) == newest_first(events[1:])


async def test_instants_keep_their_microseconds(journal: SqlJournal, path: JournalPlace) -> None:
    precise = reading(at=START + timedelta(microseconds=123))
    await record(journal, precise)
    async with JournalReader(path) as reader:
        assert await reader.last_readings(TEMPERATURE, limit=1) == (precise,)


async def test_a_start_is_written_to_its_run(journal: SqlJournal, file: Path) -> None:
    await record(journal, ServiceStart(at=minute(1), version="0.1.0", is_dry_run=True))
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT number, started_at, version, is_dry_run FROM runs").fetchall()
    connection.close()
    assert rows == [(1, "2026-07-14T12:01:00.000000+00:00", "0.1.0", 1)]


async def test_no_secret_reaches_the_file(
    journal: SqlJournal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redactor = Redactor()
    redactor.register("hunter2-geheim")
    monkeypatch.setattr("interlock.history.columns.redactor", redactor)
    text = "key=hunter2-geheim"
    sent = command(firing="1-1")
    guilty = decision(cause=Cause(text, also=(text,)), seen=(Seen(TEMPERATURE, None, text),), condition=text)
    await record(
        journal,
        reading(quality=Quality.FAULT, reason=text),
        Firing("1-1", guilty),
        FiringEnd("1-1", START, text),
        Step("1-1", START, text, text),
        sent,
        Receipt(command=sent, outcome=Outcome.FAILED, at=START, reason=text, exchange=text),
        decision(cause=Cause(text), condition=text, verdict=Verdict.CONDITION_FALSE),
        ConnectionEvent(START, "house", text),
    )
    async with JournalReader(file) as reader:
        (step,) = await reader.steps_of((await reader.firings_of(RULE, limit=1))[0])
    await journal.close()
    assert step == Step("1-1", START, f"key={MASK}", f"key={MASK}")
    assert b"geheim" not in content(file)


async def test_a_text_that_utf8_cannot_hold_is_spelt_out(journal: SqlJournal, path: JournalPlace) -> None:
    await record(journal, ConnectionEvent(START, "house", "half \ud800"))
    async with JournalReader(path) as reader:
        assert await reader.connection_events(limit=1) == (ConnectionEvent(START, "house", "half \\ud800"),)


async def test_a_reader_does_not_wait_for_the_writer(journal: SqlJournal, file: Path) -> None:
    await record(journal, reading(20.0))
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM readings")
    async with JournalReader(file) as reader:
        found = await reader.last_readings(TEMPERATURE, limit=9)
    writer.rollback()
    writer.close()
    assert found == (reading(20.0),)


async def test_an_open_reader_sees_what_is_written_later(journal: SqlJournal, path: JournalPlace) -> None:
    async with JournalReader(path) as reader:
        assert await reader.last_readings(TEMPERATURE, limit=9) == ()
        await record(journal, reading(20.0))
        assert await reader.last_readings(TEMPERATURE, limit=9) == (reading(20.0),)


async def test_a_journal_that_does_not_exist_is_told(file: Path) -> None:
    with pytest.raises(JournalError) as caught:
        async with JournalReader(file):
            pass
    assert str(caught.value) == f"journal {file} does not exist: no service wrote it yet, or it is elsewhere"


async def test_a_file_that_is_no_journal_is_told(file: Path) -> None:
    write_shopping_list(file)
    with pytest.raises(JournalError) as caught:
        async with JournalReader(file):
            pass
    assert str(caught.value) == (
        f"journal {file} cannot be read: "
        "it is no SQLite database, or damaged: move it away to begin a new one"
    )


async def test_another_programs_database_is_told(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE songs (id INTEGER)")
    connection.close()
    with pytest.raises(JournalError, match=r"cannot be read: it is a database of another program$"):
        async with JournalReader(file):
            pass


async def test_damage_that_is_met_later_is_told(journal: SqlJournal, file: Path) -> None:
    async with JournalReader(file) as reader:
        with sqlite3.connect(file) as connection:
            connection.execute("DROP TABLE readings")
        connection.close()
        with pytest.raises(JournalError, match=rf"^journal {file} cannot be read: .*no such table: readings"):
            await reader.last_readings(TEMPERATURE, limit=1)


async def test_a_reader_that_is_not_open_says_so(path: JournalPlace) -> None:
    with pytest.raises(JournalError, match=rf"^journal {path} is not open$"):
        await JournalReader(path).near_misses_of(RULE)


READ_AS_SOMEBODY = """
import asyncio, os, sys
# Whoever it becomes may not read the library's files.
import concurrent.futures.thread, sqlalchemy.dialects.sqlite
from pathlib import Path
from interlock.errors import JournalError
from interlock.history.queries import JournalReader

async def main():
    async with JournalReader(Path("journal.db")) as reader:
        print(len(await reader.firings_of("cool-living-room", limit=9)))

if os.geteuid() == 0:
    os.setuid(65534)
try:
    asyncio.run(main())
except JournalError as error:
    print(error)
"""


@pytest.fixture
def shown() -> Iterator[Path]:
    """A journal in a folder that everybody may read; pytest's own are for their owner."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder, "journal.db")


def read_by_somebody(file: Path) -> str:
    """What somebody reads who may not write to the folder."""
    file.parent.chmod(0o555)
    # A journal is its owner's alone unless that one lets others read it.
    for each in file.parent.iterdir():
        each.chmod(0o644)
    try:
        done = subprocess.run(
            [sys.executable, "-c", READ_AS_SOMEBODY],
            cwd=file.parent,
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        file.parent.chmod(0o755)
    return done.stdout.strip()


async def test_a_journal_is_read_where_nothing_may_be_written(shown: Path, clock: HandClock) -> None:
    journal = SqlJournal(shown, clock)
    await journal.open()
    await record(journal, firing())
    while_it_is_written = read_by_somebody(shown)
    await journal.close()
    assert [each.name for each in shown.parent.iterdir() if each.name.endswith("-wal")] == []
    assert (while_it_is_written, read_by_somebody(shown)) == ("1", "1")


async def test_a_journal_with_a_log_that_cannot_be_read_here_is_told(shown: Path, clock: HandClock) -> None:
    journal = SqlJournal(shown, clock)
    await journal.open()
    await journal.close()
    shown.with_name("journal.db-wal").write_bytes(b"something")
    assert read_by_somebody(shown) == (
        f"journal {shown.name} cannot be read: it cannot be opened: its folder must exist and be writable"
    )
