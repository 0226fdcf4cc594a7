"""Deleting what is old: what goes, what stays, and that a restart finds the same before and after."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, create_engine, delete, func, insert, select, update

from interlock.history import tables
from interlock.history.kept import read_past
from interlock.history.restart import read_commands, read_known, read_samples
from interlock.history.retention import CleanUp, Cut
from interlock.history.schema import prepare
from interlock.model import Point
from support.journal_entries import START, minute

NOW = START + timedelta(days=1000)
CUT = START + timedelta(days=500)
POINTS = (Point("dial.actualtemp"), Point("lamp.power"))


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def fresh() -> Connection:
    """Return an empty journal with ten runs, of a hundred days each."""
    connection = create_engine("sqlite://").connect()
    prepare(connection)
    for number in range(10):
        opened, seen = day(100 * number), day(100 * number + 99)
        connection.execute(
            insert(tables.runs).values(opened_at=opened, seen_at=seen, started_at=opened, is_service=True)
        )
    return connection


@pytest.fixture
def journal() -> Iterator[Connection]:
    connection = fresh()
    yield connection
    close(connection)


def close(connection: Connection) -> None:
    connection.close()
    connection.engine.dispose()


def run_of(at: datetime) -> int:
    return max(1, min(10, (at - START) // timedelta(days=100) + 1))


def add(journal: Connection, table: Table, at: datetime, /, **values: object) -> None:
    journal.execute(insert(table).values(**{"run": run_of(at), **values}))


def add_reading(
    journal: Connection, at: datetime, value: object, quality: str = "good", point: str = POINTS[0]
) -> None:
    add(journal, tables.readings, at, point=point, value=value, observed_at=at, quality=quality, reason="")


def add_command(
    journal: Connection, id_: str, at: datetime, outcome: str | None = "accepted", firing: str = ""
) -> None:
    own = {"fields": {}, "origin_kind": "rule", "origin_name": "r", "priority": 8, "shadow": False}
    add(
        journal,
        tables.commands,
        at,
        id=id_,
        point=POINTS[0],
        value=1,
        created_at=at,
        firing=firing,
        **own,
    )
    if outcome:
        own = {"answer": None, "reason": "", "exchange": "", "attempts": 1}
        add(journal, tables.receipts, at, command=id_, outcome=outcome, at=at, **own)


def add_firing(
    journal: Connection,
    id_: str,
    at: datetime,
    *,
    ended_at: datetime | str | None = "",
    truth: bool | None = True,
    rule: str = "cool",
) -> None:
    told = {"trigger": "t", "trigger_id": "", "also": (), "condition": "", "seen": (), "reason": ""}
    add(
        journal,
        tables.firings,
        at,
        id=id_,
        rule=rule,
        at=at,
        truth=truth,
        ended_at=at if ended_at == "" else ended_at,
        outcome="done",
        **told,
    )
    add(journal, tables.steps, at, firing=id_, at=at, text="set", note="")


def add_claim(journal: Connection, at: datetime, ended_at: datetime | None, firing: str = "") -> None:
    owner = {"owner_kind": "rule", "owner_name": "r", "firing": firing, "priority": 8, "value": 1}
    add(journal, tables.claims, at, point=POINTS[0], since=at, ended_at=ended_at, **owner)


def clean(journal: Connection, *, steps: int | None = None, before: datetime = CUT, most: int = 6) -> CleanUp:
    """Delete what is old; break off after some steps."""
    clean_up = CleanUp(Cut(before=before, now=NOW, run=10, most=most))
    count = 0
    while clean_up.step(journal):
        count += 1
        if count == steps:
            break
    return clean_up


def left(journal: Connection, table: Table, column: str) -> list[object]:
    return list(journal.execute(select(table.c[column]).order_by(table.c.seq)).scalars())


def values(journal: Connection) -> list[object]:
    return left(journal, tables.readings, "value")


def test_old_readings_go_and_the_one_that_held_when_the_rest_begins_stays(journal: Connection) -> None:
    for number in range(0, 1000, 100):
        add_reading(journal, day(number), number)
    clean_up = clean(journal)
    assert values(journal) == [400, 500, 600, 700, 800, 900]
    assert clean_up.deleted == 4


@pytest.mark.parametrize("most", [6, 7, 8, 9, 500])
@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 30])
def test_it_does_not_matter_how_many_are_looked_at(journal: Connection, most: int, count: int) -> None:
    for number in range(count):
        add_reading(journal, day(number), number)
    add_reading(journal, day(900), -1)
    assert clean(journal, most=most).deleted == count - 1
    assert values(journal) == [count - 1, -1]


def test_what_is_as_old_as_the_cut_stays(journal: Connection) -> None:
    for at in (day(0), CUT - timedelta(microseconds=1), CUT, day(600)):
        add_reading(journal, at, run_of(at))
    clean(journal)
    assert values(journal) == [5, 6, 7]


def test_the_last_reading_of_a_point_stays_and_the_first_of_its_value(journal: Connection) -> None:
    for number, value in enumerate([1, 2, 1, 1, 1]):
        add_reading(journal, day(number), value)
    clean(journal)
    assert left(journal, tables.readings, "observed_at") == [day(2), day(4)]


def test_what_was_known_before_a_fault_stays_and_what_ended_it(journal: Connection) -> None:
    for number, (value, quality) in enumerate(
        [(1, "good"), (2, "good"), (None, "fault"), (None, "fault"), (None, "stale")]
    ):
        add_reading(journal, day(number), value, quality)
    clean(journal)
    assert left(journal, tables.readings, "observed_at") == [day(1), day(2), day(4)]


def test_a_point_that_was_never_usable_keeps_its_last_reading(journal: Connection) -> None:
    for number in range(3):
        add_reading(journal, day(number), None, "fault")
    clean(journal)
    assert left(journal, tables.readings, "observed_at") == [day(2)]


def test_each_point_is_seen_to_however_many_there_are(journal: Connection) -> None:
    for number in range(250):
        for at in (day(0), day(1), day(900)):
            add_reading(journal, at, number, point=f"p{number:03}.value")
            add_reading(journal, at, number + 1, point=f"p{number:03}.value")
    clean(journal)
    assert len(values(journal)) == 250 * 3


def test_readings_of_a_wrong_clock_do_not_hold_up_what_follows(journal: Connection) -> None:
    for number, at in enumerate([day(0), day(5000), day(1), day(2), day(900)]):
        add_reading(journal, at, number)
    clean(journal)
    assert values(journal) == [3, 4]


def test_a_reading_of_a_wrong_clock_that_came_last_stays(journal: Connection) -> None:
    for number, at in enumerate([day(0), day(1), day(5000)]):
        add_reading(journal, at, number)
    clean(journal)
    assert values(journal) == [1, 2]


def test_commands_go_with_their_receipts_except_the_last_of_a_point(journal: Connection) -> None:
    for number in range(20):
        add_command(journal, f"1-{number}", day(number))
    add_command(journal, "10-1", day(900))
    assert clean(journal).deleted == 40
    assert left(journal, tables.commands, "id") == ["10-1"]
    assert left(journal, tables.receipts, "command") == ["10-1"]


def test_the_last_command_that_was_carried_out_stays_and_the_last_of_all(journal: Connection) -> None:
    for id_, outcome in (("1-1", "accepted"), ("1-2", "uncertain"), ("1-3", "refused"), ("1-4", "failed")):
        add_command(journal, id_, day(1), outcome)
    clean(journal)
    assert left(journal, tables.commands, "id") == ["1-2", "1-4"]


def test_a_command_that_waits_stays_in_this_run_alone(journal: Connection) -> None:
    for id_, outcome in (("a", "deferred"), ("b", None), ("c", "deferred")):
        add_command(journal, id_, day(1), outcome)
    for id_, outcome in (("d", "deferred"), ("e", None), ("f", "accepted"), ("g", "accepted")):
        add_command(journal, id_, day(950), outcome)
    clean(journal, before=day(960))
    assert left(journal, tables.commands, "id") == ["d", "e", "g"]


def test_firings_go_with_their_steps_except_the_last_of_a_rule(journal: Connection) -> None:
    for number, truth in enumerate([True, True, None, False, False]):
        add_firing(journal, f"1-{number}", day(number), truth=truth)
    clean(journal)
    assert left(journal, tables.firings, "id") == ["1-2", "1-4"]
    assert left(journal, tables.steps, "firing") == ["1-2", "1-4"]


def test_a_firing_stays_until_its_end_is_old(journal: Connection) -> None:
    add_firing(journal, "1-1", day(1), ended_at=None)
    add_firing(journal, "1-2", day(2), ended_at=CUT)
    add_firing(journal, "1-3", day(3), ended_at=CUT - timedelta(seconds=1))
    add_firing(journal, "10-1", day(900))
    clean(journal)
    assert left(journal, tables.firings, "id") == ["1-1", "1-2", "10-1"]


def test_a_firing_stays_with_what_it_is_needed_for(journal: Connection) -> None:
    for id_ in ("goes", "unfinished", "wanted", "claims", "claimed"):
        add_firing(journal, id_, day(1))
    add_firing(journal, "last", day(2))
    journal.execute(insert(tables.kept).values(kind="firing", key="unfinished", content="{}"))
    add_command(journal, "1-1", day(1), firing="wanted")
    add_claim(journal, day(1), None, "claims")
    add_claim(journal, day(1), day(2), "claimed")
    clean(journal)
    assert left(journal, tables.firings, "id") == ["unfinished", "wanted", "claims", "last"]
    assert left(journal, tables.steps, "firing") == ["unfinished", "wanted", "claims", "last"]


def test_the_commands_of_an_unfinished_firing_stay(journal: Connection) -> None:
    journal.execute(insert(tables.kept).values(kind="firing", key="1-9", content="{}"))
    journal.execute(insert(tables.kept).values(kind="saved", key="1-8", content="{}"))
    for id_, firing in (("a", "1-9"), ("b", "1-8"), ("c", "")):
        add_command(journal, id_, day(1), firing=firing)
    clean(journal)
    assert left(journal, tables.commands, "id") == ["a", "c"]


def test_claims_stay_while_they_stand_and_while_their_end_is_young(journal: Connection) -> None:
    for ended_at in (None, day(2), CUT):
        add_claim(journal, day(1), ended_at)
    clean(journal)
    assert left(journal, tables.claims, "ended_at") == [None, CUT]


def test_the_last_of_what_happened_to_a_connection_stays(journal: Connection) -> None:
    for number, name in ((1, "house"), (2, "house"), (3, "shop"), (900, "house")):
        add(journal, tables.connection_events, day(number), at=day(number), connection=name, text="")
    clean(journal)
    assert left(journal, tables.connection_events, "at") == [day(2), day(3), day(900)]


def test_the_last_turn_of_an_interlock_stays(journal: Connection) -> None:
    for number, name in ((1, "heat"), (2, "heat"), (3, "pump"), (900, "heat")):
        told = {"interlock": name, "is_broken": True, "reason": ""}
        add(journal, tables.interlock_turns, day(number), at=day(number), **told)
    clean(journal)
    assert left(journal, tables.interlock_turns, "at") == [day(2), day(3), day(900)]


def test_old_reloads_go(journal: Connection) -> None:
    for number in (1, 900):
        add(journal, tables.reloads, day(number), at=day(number), changes=())
    clean(journal)
    assert left(journal, tables.reloads, "at") == [day(900)]


def test_near_misses_go_that_came_last_long_ago(journal: Connection) -> None:
    for rule, last in (("a", CUT - timedelta(seconds=1)), ("b", CUT)):
        told = {"trigger": "t", "verdict": "false", "count": 2, "reason": "", "first_at": day(1)}
        journal.execute(insert(tables.near_misses).values(rule=rule, last_at=last, **told))
        add(journal, tables.near_miss_spells, last, rule=rule, last_at=last, seen=(), **told)
    assert clean(journal).deleted == 2
    for table in (tables.near_misses, tables.near_miss_spells):
        assert journal.execute(select(table.c.rule)).scalars().all() == ["b"]


def add_recorded(journal: Connection, at: datetime, value: object, point: str = POINTS[0]) -> None:
    journal.execute(insert(tables.recorded).values(point=point, at=at, value=value))


@pytest.mark.parametrize("most", [6, 500])
def test_what_devices_remembered_goes_but_for_what_held_when_the_rest_begins(
    journal: Connection, most: int
) -> None:
    for number in range(30):
        add_recorded(journal, day(400 + 5 * number), number)
    add_recorded(journal, day(3), 7, POINTS[1])
    assert clean(journal, most=most).deleted == 19
    column = tables.recorded.c
    found = journal.execute(select(column.point, column.value).order_by(column.point, column.at)).all()
    assert found == [*((POINTS[0], number) for number in range(19, 30)), (POINTS[1], 7)]


def run_numbers(journal: Connection) -> list[int]:
    return list(journal.execute(select(tables.runs.c.number).order_by(tables.runs.c.number)).scalars())


def test_runs_go_of_which_nothing_is_left(journal: Connection) -> None:
    add_reading(journal, day(10), 1)
    add_reading(journal, day(110), 2)
    add_reading(journal, day(610), 3)
    clean(journal)
    assert run_numbers(journal) == [2, 6, 7, 8, 9, 10]


@pytest.mark.parametrize("most", [6, 7, 500])
def test_a_run_stays_as_long_as_anything_of_it_does(journal: Connection, most: int) -> None:
    add_reading(journal, day(10), 1)
    add_command(journal, "1-1", day(110))
    add_firing(journal, "2-1", day(210))
    add_claim(journal, day(310), None)
    for number in range(9):
        add_reading(journal, day(11) + timedelta(hours=number), number % 2, point=f"dial{number}.actualtemp")
    clean(journal, most=most)
    assert run_numbers(journal) == [1, 2, 3, 4, 6, 7, 8, 9, 10]


def test_the_last_run_of_a_service_stays_however_old_it_is(journal: Connection) -> None:
    journal.execute(delete(tables.runs).where(tables.runs.c.number.in_(range(4, 10))))
    by_hand = {"opened_at": day(500), "seen_at": day(501), "is_service": False}
    journal.execute(insert(tables.runs).values(number=4, **by_hand))
    clean(journal, before=day(990))
    assert run_numbers(journal) == [3, 10]


def test_runs_that_began_after_something_young_stay_whatever_their_clock_said(journal: Connection) -> None:
    add_reading(journal, day(250), 1)
    journal.execute(update(tables.readings).values(observed_at=day(900), run=3))
    clean(journal)
    assert run_numbers(journal) == list(range(2, 11))


def test_what_lasts_is_left_alone(journal: Connection) -> None:
    journal.execute(insert(tables.kept).values(kind="saved", key="k", content="{}"))
    journal.execute(insert(tables.memory).values(key="k", content="{}"))
    assert clean(journal).deleted == 0
    for table in (tables.kept, tables.memory):
        assert journal.execute(select(func.count()).select_from(table)).scalar() == 1


def test_one_step_deletes_a_little_only(journal: Connection) -> None:
    for number in range(100):
        add_reading(journal, minute(number), number)
        add_command(journal, f"1-{number}", minute(number))
    clean_up = CleanUp(Cut(before=CUT, now=NOW, run=10, most=10))
    seen = []
    goes_on = True
    while goes_on:
        before = clean_up.deleted
        goes_on = clean_up.step(journal)
        seen.append(clean_up.deleted - before)
    assert max(seen) <= 20
    assert len(values(journal)) == 1


class Event(NamedTuple):
    """Something that happened, to be written down."""

    gap: float
    kind: str
    choice: int


EVENTS = st.lists(
    st.builds(
        Event,
        st.floats(min_value=0.0, max_value=60.0),
        st.sampled_from(["good", "good", "good", "fault", "stale", "assumed", "command", "firing", "claim"]),
        st.integers(min_value=0, max_value=7),
    ),
    max_size=40,
)


def write(journal: Connection, events: list[Event]) -> None:
    at = START
    for number, event in enumerate(events):
        at += timedelta(days=event.gap)
        point, value = POINTS[event.choice % 2], event.choice // 4
        match event.kind:
            case "command":
                add_command(
                    journal, f"c{number}", at, ["accepted", "failed", None, "deferred"][event.choice % 4]
                )
            case "firing":
                truth = [True, False, None][event.choice % 3]
                add_firing(journal, f"f{number}", at, truth=truth, rule=f"r{event.choice % 2}")
            case "claim":
                add_claim(journal, at, at + timedelta(days=event.choice) if event.choice else None)
            case "fault" | "stale":
                add_reading(journal, at, None, event.kind, point)
            case quality:
                add_reading(journal, at, value, quality, point)


def found_at_restart(journal: Connection, since: datetime) -> Mapping[str, object]:
    return {
        "known": read_known(journal, POINTS),
        "commands": read_commands(journal, POINTS),
        "samples": read_samples(journal, dict.fromkeys(POINTS, since)),
        "past": read_past(journal, since),
    }


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.integers(min_value=0, max_value=400), st.integers(min_value=1, max_value=30))
def test_a_restart_finds_the_same_before_and_after_and_whenever_it_breaks_off(
    events: list[Event], later: int, steps: int
) -> None:
    journal = fresh()
    try:
        write(journal, events)
        since = CUT + timedelta(days=later)
        before = found_at_restart(journal, since)
        clean(journal, steps=steps)
        assert found_at_restart(journal, since) == before
        clean(journal)
        assert found_at_restart(journal, since) == before
    finally:
        close(journal)
