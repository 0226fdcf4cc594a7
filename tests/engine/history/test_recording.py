"""What a journal holds of a span, row by row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock import Point
from interlock.config.journal_place import JournalPlace
from interlock.driver import Recorded
from interlock.errors import JournalError
from interlock.history.recording import RecordedRun, Recording
from interlock.history.records import (
    Claimed,
    ConnectionEvent,
    Entry,
    LetGo,
    Reload,
    RuleSwitch,
    ServiceStart,
)
from interlock.history.sql_journal import SqlJournal
from interlock.model import Command, Origin, OriginKind, Outcome, Quality, Reading, Receipt
from interlock.rules.claims import Claim
from support.past_house import WrittenAt

pytestmark = pytest.mark.each_database

START = datetime(2026, 7, 14, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LAMP, FAN = Point("lamp.value"), Point("fan.level")
RULE = Origin(OriginKind.RULE, "a", "1-1")


def reading(hours: float, point: Point = LAMP, **others: object) -> Reading:
    return Reading(point=point, observed_at=START + hours * HOUR, **{"value": True} | others)  # type: ignore[arg-type]


def command(hours: float, number: int = 1) -> Command:
    at = START + hours * HOUR
    return Command(id=f"1-{number}", point=LAMP, value=True, origin=RULE, created_at=at)


def write(path: JournalPlace, *runs: tuple[float, float, Sequence[Entry]], is_service: bool = True) -> Path:
    """Write runs, each from an hour to another, with their entries."""

    async def main() -> None:
        for begins, ends, entries in runs:
            clock = WrittenAt(START + begins * HOUR)
            journal = SqlJournal(path, clock, is_service=is_service)
            await journal.open()
            begun = ServiceStart(at=clock.now() + SECOND, version="1", is_dry_run=False)
            for entry in (begun, *entries) if is_service else entries:
                journal.record(entry)
            clock.time = START + ends * HOUR
            await journal.close()

    asyncio.run(main())
    return path


def test_readings_come_in_the_order_in_which_they_became_so(path: JournalPlace) -> None:
    stale = reading(1, quality=Quality.STALE, reason="silence", since=START + 4 * HOUR)
    entries = [reading(1), reading(5, FAN, value=3), stale, reading(2, FAN, value=2)]
    write(path, (0, 6, entries))
    with Recording(path) as recording:
        found = list(recording.readings(START + HOUR, START + 5 * HOUR))
    assert found == [
        (START + HOUR, reading(1)),
        (START + 2 * HOUR, reading(2, FAN, value=2)),
        (START + 4 * HOUR, stale),
    ]


def test_the_last_readings_before_an_instant_are_of_one_run(path: JournalPlace) -> None:
    write(path, (0, 2, [reading(1), reading(1, FAN, value=1)]), (3, 9, [reading(4), reading(6, value=False)]))
    with Recording(path) as recording:
        [run] = recording.runs(START + 5 * HOUR, START + 5 * HOUR + SECOND)
        assert recording.readings_before(START + 5 * HOUR, run) == [reading(4)]
        assert recording.readings_before(START + 7 * HOUR, run) == [reading(6, value=False)]


def test_the_last_usable_readings_are_of_any_run(path: JournalPlace) -> None:
    broken = reading(4, FAN, value=None, quality=Quality.FAULT, reason="away")
    write(path, (0, 2, [reading(1), reading(1, FAN, value=1)]), (3, 9, [broken, reading(6, value=False)]))
    with Recording(path) as recording:
        assert recording.usable_before(START + 5 * HOUR) == [reading(1, FAN, value=1), reading(1)]


def test_runs_reach_into_a_span(path: JournalPlace) -> None:
    write(path, (0, 2, []), (3, 5, []), (6, 9, []))
    write(path, (10, 11, []), is_service=False)
    with Recording(path) as recording:
        found = recording.runs(START + 4 * HOUR, START + 6 * HOUR + SECOND)
        assert recording.span() == (START, START + 9 * HOUR)
        assert [each.number for each in recording.runs(START, START + 20 * HOUR)] == [1, 2, 3]
    second = RecordedRun(number=2, begins=START + 3 * HOUR + SECOND, ends=START + 5 * HOUR, is_dry_run=False)
    assert found == [second]


def test_commands_come_with_what_became_of_them_at_last(path: JournalPlace) -> None:
    late = START + 3 * HOUR
    entries = [
        command(1, 1),
        Receipt(command=command(1, 1), outcome=Outcome.DEFERRED, at=START + HOUR, reason="it waits"),
        Receipt(command=command(1, 1), outcome=Outcome.ACCEPTED, at=late, answer=True, exchange="on"),
        command(2, 2),
        command(9, 3),
    ]
    write(path, (0, 9, entries))
    with Recording(path) as recording:
        deferred, open_ = recording.commands(START, START + 9 * HOUR)
    assert (deferred.command, deferred.outcome, deferred.answered_at) == (
        command(1, 1),
        Outcome.ACCEPTED,
        late,
    )
    assert (deferred.answer, deferred.exchange, deferred.reason, deferred.was_deferred) == (
        True,
        "on",
        "",
        True,
    )
    assert (open_.command, open_.outcome, open_.answered_at, open_.was_deferred) == (
        command(2, 2),
        None,
        None,
        False,
    )


def claim(hours: float, name: str = "a") -> Claim:
    owner = Origin(OriginKind.RULE, name)
    return Claim(point=LAMP, value=True, priority=9, owner=owner, since=START + hours * HOUR)


def test_claims_stood_in_a_span(path: JournalPlace) -> None:
    ended = [Claimed(claim(1)), LetGo(claim(1), START + 2 * HOUR, "over")]
    write(path, (0, 9, [*ended, Claimed(claim(3, "b")), Claimed(claim(8, "c"))]))

    def names(start: float, end: float) -> list[str]:
        with Recording(path) as recording:
            found = recording.claims(START + start * HOUR, START + end * HOUR)
        return [each.claim.owner.name for each in found]

    assert names(0, 1.5) == ["a"]
    assert names(2, 3) == []
    assert names(1.5, 8) == ["a", "b"]
    assert names(8, 9) == ["b", "c"]


def test_connections_are_lost_and_come_back(path: JournalPlace) -> None:
    events = [
        ConnectionEvent(START + hour * HOUR, name, f"at {hour}")
        for hour, name in ((1, "x"), (2, "y"), (3, "x"))
    ]
    write(path, (0, 9, events))
    with Recording(path) as recording:
        [run] = recording.runs(START, START + 9 * HOUR)
        assert list(recording.events(START + HOUR, START + 3 * HOUR)) == events[:2]
        assert recording.last_event("x", START + 3 * HOUR, run) == events[0]
        assert recording.last_event("z", START + 3 * HOUR, run) is None


def test_what_was_fetched_comes_in_order(path: JournalPlace) -> None:
    def remembered(hours: int, point: Point = LAMP) -> Recorded:
        return Recorded(point=point, value=hours, at=START + hours * HOUR)

    values = [remembered(3), remembered(1), remembered(2, FAN), remembered(9)]
    write(path, (20, 21, values), is_service=False)
    with Recording(path) as recording:
        assert list(recording.fetched(START + HOUR, START + 9 * HOUR)) == [values[1], values[2], values[0]]
        assert recording.fetched_before(START + 3 * HOUR) == [values[2], values[1]]
        assert recording.fetched_points() == {LAMP, FAN} == recording.points()
        assert recording.fetched_span() == (START + HOUR, START + 9 * HOUR)
        assert recording.span() is None


def test_edits_and_switches_are_known(path: JournalPlace) -> None:
    reload = Reload(START + HOUR, ("rule a was added",))
    switch = RuleSwitch("a", START + 2 * HOUR, False, "operator cli")
    write(path, (0, 9, [reload, switch]))
    with Recording(path) as recording:
        assert recording.reloads(START, START + 9 * HOUR) == [reload]
        assert recording.reloads(START + 2 * HOUR, START + 9 * HOUR) == []
        assert recording.switches(START) == [switch]


def test_a_service_may_write_meanwhile(path: JournalPlace) -> None:
    async def main() -> None:
        clock = WrittenAt(START)
        journal = SqlJournal(path, clock)
        await journal.open()
        journal.record(reading(1))
        assert await journal.commit()
        with Recording(path) as recording:
            rows = recording.readings(START, START + 9 * HOUR)
            assert next(rows) == (START + HOUR, reading(1))
            journal.record(reading(2, value=False))
            assert await journal.commit()
            assert list(rows) == []
        await journal.close()

    asyncio.run(main())


def test_a_file_is_needed(file: Path) -> None:
    with pytest.raises(JournalError, match="does not exist: no service wrote it yet"), Recording(file):
        pass


def test_it_must_be_a_journal(file: Path) -> None:
    file.write_text("no database")
    with pytest.raises(JournalError, match="it is no SQLite database"), Recording(file):
        pass


def test_it_must_be_open(path: JournalPlace) -> None:
    with pytest.raises(JournalError, match="is not open"):
        Recording(path).span()
