"""Updates, joint triggers, followed times, starts and availability, in the evaluator alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from interlock.model import Event, Point, Value
from interlock.rules.availability import Availability, connection_point
from interlock.rules.dates import AtInstant, Once
from interlock.rules.schedule import At, Cron, Every
from interlock.rules.spread import Kept, Missed, Spread
from interlock.rules.triggers import (
    BecomesTrigger,
    EventTrigger,
    FollowTrigger,
    JoinTrigger,
    StatesTrigger,
    TimeTrigger,
    UpdateTrigger,
)
from support.rule_house import (
    MINUTE,
    POWER,
    START,
    TEMPERATURE,
    WINDOW,
    House,
    change,
    every_minute,
    fired,
    is_on,
    rule,
)

UPDATE = UpdateTrigger(id="", text="update", points=(POWER,))
STARTED = EventTrigger(id="", text="start", kind="service", names=("start",))


def update(house: House, point: Point, value: Value | None, *, minutes_ago: float = 0) -> list[str]:
    reading = replace(house.reading(point, value), observed_at=house.now - minutes_ago * MINUTE)
    changes = house.state.apply([reading], house.now)
    outcome = house.keep(house.evaluator.on_changes(changes, house.state, [reading]))
    return [str(each.cause) for each in outcome.decisions]


def test_an_update_comes_with_each_good_reading() -> None:
    house = House([rule("r", UPDATE)])
    found = [update(house, POWER, value) for value in (True, True, None, True, False)]
    assert found == [
        ["update (– to on)"],
        ["update (on to on)"],
        [],
        ["update (on to on)"],
        ["update (on to off)"],
    ]


def test_an_update_of_another_point_is_none() -> None:
    assert update(House([rule("r", UPDATE)]), WINDOW, True) == []


def test_a_reading_that_comes_too_late_is_no_update() -> None:
    house = House([rule("r", UPDATE)])
    update(house, POWER, True)
    assert update(house, POWER, True, minutes_ago=1) == []


def joint(*, is_watchdog: bool, within: timedelta = 2 * MINUTE) -> House:
    members = (change(POWER), change(WINDOW))
    return House(
        [
            rule(
                "r",
                JoinTrigger(id="x", text="joint", members=members, within=within, is_watchdog=is_watchdog),
            )
        ]
    )


def flip(house: House, point: Point, minutes: float) -> list[str]:
    house.wait(minutes)
    return fired(house.read({point: not house.state.values[point]}))


def known(house: House) -> House:
    house.read({POWER: False, WINDOW: False})
    return house


@pytest.mark.parametrize(("minutes", "expected"), [(0, ["r"]), (2, ["r"]), (2.1, [])])
def test_all_must_come_within_the_time(minutes: float, expected: list[str]) -> None:
    house = known(joint(is_watchdog=False))
    assert flip(house, POWER, 1) == []
    assert flip(house, WINDOW, minutes) == expected


def test_all_of_one_moment_are_all() -> None:
    house = known(joint(is_watchdog=False))
    assert fired(house.read({POWER: True, WINDOW: True})) == ["r"]


def test_each_coming_counts_for_one_firing() -> None:
    house = known(joint(is_watchdog=False))
    assert [flip(house, point, 1) for point in (POWER, POWER, WINDOW, WINDOW, POWER)] == [
        [],
        [],
        ["r"],
        [],
        ["r"],
    ]


def test_the_last_one_says_what_it_was() -> None:
    house = known(joint(is_watchdog=False))
    flip(house, POWER, 1)
    (decision,) = house.read({WINDOW: True}).decisions
    assert (str(decision.cause), decision.cause.trigger_id) == ("joint (off to on)", "x")


@pytest.mark.parametrize(("minutes", "expected"), [(1, ["r"]), (3, [])])
def test_what_came_before_a_restart_counts(minutes: float, expected: list[str]) -> None:
    house = known(joint(is_watchdog=False))
    flip(house, POWER, 1)
    readings = [house.reading(WINDOW, False)]
    house.start(down_since=house.now)
    house.state.remember(readings)
    house.wait(minutes)
    assert fired(house.read({WINDOW: True})) == expected


def begun(house: House) -> House:
    house.keep(house.evaluator.on_start(house.state))
    return house


def test_a_watchdog_waits_from_the_start() -> None:
    assert begun(joint(is_watchdog=True)).timers == {"r/x": START + 2 * MINUTE}


def test_a_watchdog_is_put_off_by_what_comes() -> None:
    house = known(begun(joint(is_watchdog=True)))
    assert flip(house, POWER, 1.5) == []
    assert house.timers == {"r/x": START + 3.5 * MINUTE}


def test_a_watchdog_barks_once() -> None:
    house = known(begun(joint(is_watchdog=True)))
    house.wait(2)
    assert fired(house.timer("r/x")) == ["r"]
    assert house.timers == {}
    assert flip(house, WINDOW, 10) == []
    assert house.timers == {"r/x": START + 14 * MINUTE}


def test_a_watchdog_that_is_asked_too_early_is_silent() -> None:
    house = begun(joint(is_watchdog=True))
    house.wait(1.9)
    assert fired(house.timer("r/x")) == []


def test_a_watchdog_does_not_count_the_time_out_of_service() -> None:
    house = begun(joint(is_watchdog=True))
    house.wait(60)
    house.start(down_since=START + MINUTE)
    assert begun(house).timers == {"r/x": START + 61 * MINUTE}


def test_a_watchdog_that_barked_is_silent_after_a_restart() -> None:
    house = begun(joint(is_watchdog=True))
    house.wait(2)
    house.timer("r/x")
    house.start(down_since=house.now)
    assert begun(house).timers == {}


def follow(**options: object) -> House:
    return House([rule("r", FollowTrigger(id="", text="at p", points=(POWER,), **options))])  # type: ignore[arg-type]


def schedules(house: House, value: Value | None) -> set[object]:
    house.read({POWER: value})
    return set(house.evaluator.schedules)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("07:30", {At((time(7, 30),))}),
        ("7:30:15", {At((time(7, 30, 15),))}),
        ("2026-12-24T18:00", {Once((datetime(2026, 12, 24, 18),))}),  # noqa: DTZ001
        (datetime(2026, 12, 24, 18, tzinfo=UTC), {AtInstant(datetime(2026, 12, 24, 18, tzinfo=UTC))}),
        (timedelta(hours=7.5), {At((time(7, 30),))}),
        (timedelta(days=1), set()),
        (timedelta(hours=-1), set()),
        ("soon", set()),
        (7, set()),
        (True, set()),
        (None, set()),
    ],
)
def test_the_time_that_a_point_holds(value: Value | None, expected: set[object]) -> None:
    assert schedules(follow(), value) == expected


def test_a_time_that_changes_is_followed() -> None:
    house = follow()
    first = house.read({POWER: "07:30"})
    second = house.read({POWER: "08:30"})
    assert (first.has_other_schedules, second.has_other_schedules) == (True, True)
    assert set(house.evaluator.schedules) == {At((time(8, 30),))}
    assert fired(house.come(At((time(7, 30),)))) == []
    assert fired(house.come(At((time(8, 30),)))) == ["r"]


def test_an_unknown_point_keeps_its_time() -> None:
    house = follow()
    house.read({POWER: "07:30"})
    assert not house.read({POWER: None}).has_other_schedules
    assert set(house.evaluator.schedules) == {At((time(7, 30),))}


def test_the_time_before_a_restart_counts() -> None:
    house = follow()
    readings = [house.reading(POWER, "07:30")]
    house.start(down_since=house.now)
    house.state.remember(readings)
    house.evaluator.on_start(house.state)
    assert set(house.evaluator.schedules) == {At((time(7, 30),))}


def test_days_jitter_and_missed_runs_hold_for_followed_times() -> None:
    house = follow(days=frozenset({0}), jitter=MINUTE, salt="s", missed=Missed.ONCE, times=(time(6),))
    assert schedules(house, "07:30") == {
        Kept(Spread(At((at,), frozenset({0})), MINUTE, "s"), Missed.ONCE) for at in (time(6), time(7, 30))
    }


def test_two_rules_may_follow_to_the_same_time() -> None:
    one, two = (FollowTrigger(id="", text="at", points=(point,)) for point in (POWER, WINDOW))
    house = House([rule("a", one), rule("b", two)])
    house.read({POWER: "07:30", WINDOW: "07:30"})
    assert house.evaluator.schedules == {At((time(7, 30),)): ("a", "b")}
    house.read({POWER: "08:30"})
    assert house.evaluator.schedules == {At((time(7, 30),)): ("b",), At((time(8, 30),)): ("a",)}


def causes(house: House, down: timedelta | None, *triggers: TimeTrigger) -> list[tuple[str, object]]:
    house.rules = [rule("r", *triggers)]
    house.start(down_since=None if down is None else house.now - down)
    outcome = house.keep(house.evaluator.on_start(house.state))
    return [(each.cause.trigger, house.now - each.cause.due) for each in outcome.decisions if each.cause.due]


def daily(hour: int, minute: int, missed: Missed | None = None) -> TimeTrigger:
    at = At((time(hour, minute),))
    return TimeTrigger(id="", text="daily", schedule=at if missed is None else Kept(at, missed))


@pytest.mark.parametrize(
    ("down", "trigger", "expected"),
    [
        # It is noon in Rome.
        (2 * MINUTE, daily(11, 59), [("daily", MINUTE)]),
        (MINUTE / 2, daily(11, 59), []),
        (60 * MINUTE, daily(11, 30), []),
        (60 * MINUTE, daily(11, 30, Missed.ONCE), [("daily", 30 * MINUTE)]),
        (None, daily(11, 30, Missed.ONCE), []),
        (60 * MINUTE, TimeTrigger(id="", text="every", schedule=Every(MINUTE)), []),
        (2 * MINUTE, TimeTrigger(id="", text="every", schedule=Kept(Every(MINUTE), Missed.ONCE)),
         [("every", timedelta())]),
        (2 * MINUTE, TimeTrigger(id="", text="every", schedule=Every(15 * MINUTE)), [("every", timedelta())]),
        (2 * MINUTE, TimeTrigger(id="", text="every", schedule=Every(5 * MINUTE)), [("every", timedelta())]),
        (2 * MINUTE, TimeTrigger(id="", text="every", schedule=Every(4 * MINUTE)), []),
        (2 * MINUTE, TimeTrigger(id="", text="cron", schedule=Cron("0 12 * * *")), [("cron", timedelta())]),
        (60 * MINUTE, TimeTrigger(id="", text="cron", schedule=Cron("30 11 * * *")), []),
    ],
)  # fmt: skip
def test_runs_that_passed_while_the_service_was_down(
    down: timedelta | None, trigger: TimeTrigger, expected: list[tuple[str, object]]
) -> None:
    house = House([])
    late = timedelta(milliseconds=1) if expected == [("daily", MINUTE)] else timedelta()
    house.now -= late
    assert causes(house, down, trigger) == [(text, ago - late) for text, ago in expected]


def test_a_run_that_came_before_a_crash_does_not_come_again() -> None:
    trigger = daily(11, 30, Missed.ONCE)
    house = House([rule("r", trigger)])
    house.come(trigger.schedule, due=house.now - 30 * MINUTE)
    assert causes(house, 60 * MINUTE, trigger) == []


def test_what_a_trigger_on_the_clock_remembers_makes_no_rule_an_old_one() -> None:
    house = House([rule("r", daily(11, 30))])
    house.come(At((time(11, 30),)))
    house.rules = [rule("r", daily(11, 30), BecomesTrigger(id="", text="b", when=is_on(POWER)))]
    house.start(down_since=house.now)
    assert fired(house.read({POWER: True})) == ["r"]


def test_start_waits_until_the_points_of_its_rule_are_read() -> None:
    house = House([rule("r", STARTED, condition=is_on(POWER)), rule("s", STARTED)])
    assert fired(house.keep(house.evaluator.on_start(house.state))) == ["s"]
    assert house.timers == {"start": START + MINUTE}
    assert fired(house.read({POWER: True})) == ["r"]
    assert house.timers == {}
    assert fired(house.timer("start")) == []


def test_start_waits_for_a_minute_at_most() -> None:
    house = House([rule("r", STARTED, change(POWER))])
    house.keep(house.evaluator.on_start(house.state))
    assert fired(house.timer("start")) == ["r"]


def test_the_service_is_told_of_by_an_event_as_well() -> None:
    house = House([rule("r", STARTED)])
    assert fired(house.evaluator.on_event(Event(kind="service", name="start"), house.state)) == ["r"]


def availability(point: Point, *, is_available: bool) -> House:
    case = BecomesTrigger(
        id="",
        text="t",
        when=Availability(point, is_available=is_available),
        point=point,
        waits_at_first=is_available,
    )
    return House([rule("r", StatesTrigger(id="", text="t", cases=(case,)))])


def marks(house: House, point: Point, readings: list[Value | None]) -> str:
    return "".join("!" if fired(house.read({point: value})) else "." for value in readings)


@pytest.mark.parametrize(
    ("is_available", "readings", "expected"),
    [
        (False, [1, None, None, 1, None], ".!..!"),
        (False, [None, 1, None], "!.!"),
        (True, [1, None, 1, 1], "..!."),
        (True, [None, 1], ".!"),
    ],
)
def test_a_point_is_lost_and_comes_back(
    is_available: bool, readings: list[Value | None], expected: str
) -> None:
    assert marks(availability(TEMPERATURE, is_available=is_available), TEMPERATURE, readings) == expected


@pytest.mark.parametrize(("before", "after", "expected"), [(1, None, "!"), (None, None, "."), (None, 1, ".")])
def test_a_restart_is_no_loss(before: Value | None, after: Value | None, expected: str) -> None:
    house = availability(TEMPERATURE, is_available=False)
    house.read({TEMPERATURE: before})
    house.start(down_since=house.now)
    assert marks(house, TEMPERATURE, [after]) == expected


def test_a_connection_is_lost_when_it_does_not_answer() -> None:
    point = connection_point("house")
    house = availability(point, is_available=False)
    assert marks(house, point, [True, False, False, True, False]) == ".!..!"


@pytest.mark.parametrize(("point", "reason"), [(TEMPERATURE, "living.temperature was never read")])
def test_availability_says_why_it_is_unknown(point: Point, reason: str) -> None:
    house = House([])
    found = Availability(point, is_available=True)
    assert (found.text, found.evaluate(house.state).reason) == (f"available {point}", reason)
    house.read({point: 1})
    assert found.evaluate(house.state).value is True


def test_members_that_only_watch_do_not_fire_the_rule() -> None:
    trigger = JoinTrigger(id="", text="none", members=(every_minute(),), within=5 * MINUTE, is_watchdog=True)
    house = begun(House([rule("r", trigger)]))
    assert fired(house.tick()) == []
    assert house.timers == {"r/0": START + 5 * MINUTE}
