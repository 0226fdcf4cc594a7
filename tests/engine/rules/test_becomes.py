"""When an expression's becoming true counts: rises, hysteresis, holds, restarts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from interlock.expressions.view import View
from interlock.rules.memory import TriggerMemory
from interlock.rules.moment import Timer
from interlock.rules.rule import Verdict
from interlock.rules.triggers import BecomesTrigger
from support.rule_house import (
    MINUTE,
    POWER,
    START,
    TEMPERATURE,
    WINDOW,
    FakeExpression,
    House,
    above,
    becomes,
    below,
    fired,
    firings,
    is_on,
    rule,
    truths,
)

KEY = "r/0"


def one_rule(**options: object) -> House:
    return House([rule("r", becomes(is_on(POWER), **options))])


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ("0", "."),
        ("1", "!"),
        ("?", "."),
        ("01", ".!"),
        ("11", "!."),
        ("010101", ".!.!.!"),
        ("?1", ".!"),
        ("?0", ".."),
        ("1?1", "!.."),
        ("0?1", "..!"),
        ("1?0", "!.."),
        ("1?01", "!..!"),
        ("1?0?1", "!...!"),
        ("0?0", "..."),
        ("?1?1", ".!.."),
    ],
)
def test_a_rise_is_measured_from_the_last_known_truth(readings: str, expected: str) -> None:
    assert firings(one_rule(), POWER, truths(readings)) == expected


@pytest.mark.parametrize(
    ("readings", "expected"),
    [("1", "."), ("11", ".."), ("01", ".!"), ("101", "..!"), ("?1", ".."), ("1?1", "..."), ("1?01", "...!")],
)
def test_initial_wait_takes_the_first_known_truth_for_granted(readings: str, expected: str) -> None:
    assert firings(one_rule(waits_at_first=True), POWER, truths(readings)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("1", "1", "."),
        ("0", "1", "!"),
        ("1", "?1", ".."),
        ("0", "?1", ".!"),
        ("1?", "1", "."),
        ("10", "01", ".!"),
    ],
)
@pytest.mark.parametrize("waits", [False, True])
def test_a_restart_is_no_rise(before: str, after: str, expected: str, waits: bool) -> None:
    house = one_rule(waits_at_first=waits)
    firings(house, POWER, truths(before))
    house.start(down_since=house.now)
    assert firings(house, POWER, truths(after)) == expected


@pytest.mark.parametrize(("waits", "expected"), [(False, "!"), (True, ".")])
def test_a_restart_before_anything_was_known_is_still_the_first_start(waits: bool, expected: str) -> None:
    house = one_rule(waits_at_first=waits)
    firings(house, POWER, truths("?"))
    house.start(down_since=house.now)
    assert firings(house, POWER, truths("1")) == expected


def near_misses(house: House, readings: str) -> str:
    """Read one truth after the other: ``?`` where the trigger is said to be unknown, ``.`` where not."""
    marks = []
    for value in truths(readings):
        house.wait(1)
        verdicts = [each.verdict for each in house.read({POWER: value}).decisions]
        marks.append("?" if Verdict.CONDITION_UNKNOWN in verdicts else ".")
    return "".join(marks)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ("?0", ".."),
        ("0?", ".?"),
        ("1?", ".?"),
        ("0??0", ".?.."),
        ("0?0?", ".?.?"),
        ("1?1?", ".?.?"),
        ("?1?", "..?"),
    ],
)
@pytest.mark.parametrize("hold", [timedelta(), 5 * MINUTE])
def test_what_goes_unknown_is_a_near_miss_once(readings: str, expected: str, hold: timedelta) -> None:
    assert near_misses(one_rule(hold=hold), readings) == expected


def test_what_goes_unknown_after_a_restart_is_one_too() -> None:
    house = one_rule()
    near_misses(house, "0")
    house.start(down_since=house.now)
    assert near_misses(house, "?0?") == "..?"


def test_a_trigger_that_went_unknown_says_why() -> None:
    house = one_rule()
    house.read({POWER: False})
    [decision] = house.read({POWER: None}).decisions
    assert decision.reason == (
        "becomes living.power (living.power unknown: timed out, since 2026-05-05 12:00:00)"
    )


def edited(*triggers: BecomesTrigger, after: str = "1") -> House:
    """A house whose rule had one trigger on the power, saw this, and then got others over a restart."""
    house = one_rule()
    firings(house, POWER, truths(after))
    house.rules = [rule("r", *triggers)]
    house.start(down_since=house.now)
    return house


@pytest.mark.parametrize(("readings", "expected"), [("11", ".."), ("?1", ".."), ("01", ".!"), ("101", "..!")])
def test_an_expression_that_was_edited_does_not_fire_for_what_is_true_already(
    readings: str, expected: str
) -> None:
    house = edited(becomes(above(TEMPERATURE, 26)), after="0")
    temperatures = [None if truth is None else 27.0 if truth else 20.0 for truth in truths(readings)]
    assert firings(house, TEMPERATURE, temperatures) == expected


def test_an_expression_that_was_edited_begins_no_hold_for_what_is_true_already() -> None:
    house = edited(becomes(above(TEMPERATURE, 26), hold=MINUTE), after="0")
    house.read({TEMPERATURE: 27.0})
    assert house.timers == {}


def test_a_rule_without_any_past_is_at_its_very_first_start() -> None:
    house = edited(becomes(is_on(POWER)))
    house.rules = [*house.rules, rule("r2", becomes(is_on(POWER)))]
    house.start(down_since=house.now)
    house.wait(1)
    assert fired(house.read({POWER: True})) == ["r2"]


def test_a_trigger_that_moved_keeps_its_past() -> None:
    house = edited(becomes(above(TEMPERATURE, 26)), becomes(is_on(POWER)), after="0")
    assert firings(house, POWER, truths("1")) == "!"


def test_a_trigger_that_moved_keeps_its_past_over_the_next_restart_too() -> None:
    house = edited(becomes(above(TEMPERATURE, 26)), becomes(is_on(POWER)), after="0")
    house.read({TEMPERATURE: 20.0})
    house.start(down_since=house.now)
    assert firings(house, POWER, truths("1")) == "!"


def test_a_trigger_that_got_an_id_keeps_its_past() -> None:
    house = edited(becomes(is_on(POWER), id="warm"), after="0")
    assert firings(house, POWER, truths("1")) == "!"


def test_a_hold_whose_time_was_edited_goes_on() -> None:
    house = House([rule("r", becomes(is_on(POWER), hold=5 * MINUTE))])
    house.read({POWER: True})
    house.wait(2)
    house.rules = [rule("r", becomes(is_on(POWER), hold=3 * MINUTE))]
    house.start(down_since=house.now)
    house.read({POWER: True})
    assert house.timers == {KEY: house.now + MINUTE}


def test_a_trigger_that_lost_its_until_fires_again() -> None:
    house = House([rule("r", becomes(is_on(POWER), until=is_on(WINDOW)))])
    firings(house, POWER, truths("01"))
    house.rules = [rule("r", becomes(is_on(POWER)))]
    house.start(down_since=house.now)
    assert firings(house, POWER, truths("01")) == ".!"


def test_what_is_remembered_is_the_known_truth_and_only_when_it_changes() -> None:
    house = one_rule()
    outcomes = [house.read({POWER: value}).memory for value in truths("01?1")]
    text = "living.power"
    assert outcomes == [
        ((KEY, TriggerMemory(text=text, truth=False)),),
        ((KEY, TriggerMemory(text=text, truth=True)),),
        (),
        (),
    ]


HYSTERESIS = becomes(above(TEMPERATURE, 26), until=below(TEMPERATURE, 24.5))


@pytest.mark.parametrize(
    ("temperatures", "expected"),
    [
        ((27, 25, 27), "!.."),
        ((27, 24, 27), "!.!"),
        ((25, 27, 25, 26.5, 24.4, 26.1, 25.9, 27), ".!...!.."),
        ((27, None, 24, None, 27), "!...!"),
        ((27, 25, None, 27), "!..."),
        ((24, 27), ".!"),
    ],
)
def test_until_must_have_been_true_before_it_fires_again(
    temperatures: tuple[float | None, ...], expected: str
) -> None:
    assert firings(House([rule("r", HYSTERESIS)]), TEMPERATURE, temperatures) == expected


def test_until_is_remembered_over_a_restart() -> None:
    house = House([rule("r", HYSTERESIS)])
    firings(house, TEMPERATURE, (27.0, 25.0))
    house.start(down_since=house.now)
    assert firings(house, TEMPERATURE, (27.0, 24.0, 27.0)) == "..!"


def test_until_of_another_point_is_noticed_while_the_expression_is_unknown() -> None:
    house = House([rule("r", becomes(is_on(POWER), until=is_on(WINDOW)))])
    firings(house, POWER, truths("10"))
    house.read({POWER: None})
    house.read({WINDOW: True})
    house.read({WINDOW: False})
    assert firings(house, POWER, truths("1")) == "!"


def test_until_that_is_true_all_along_does_not_hold_it_back() -> None:
    house = House([rule("r", becomes(is_on(POWER), until=is_on(WINDOW)))])
    house.read({WINDOW: True})
    assert firings(house, POWER, truths("101")) == "!.!"


def test_becoming_released_while_true_is_no_rise() -> None:
    house = House([rule("r", becomes(is_on(POWER), until=is_on(WINDOW)))])
    firings(house, POWER, truths("101"))
    assert fired(house.read({WINDOW: True})) == []


def holding(minutes: float = 5, **options: object) -> House:
    return one_rule(hold=minutes * MINUTE, **options)


def test_a_hold_fires_when_its_time_has_come() -> None:
    house = holding()
    assert fired(house.read({POWER: True})) == []
    assert house.timers == {KEY: START + 5 * MINUTE}
    house.wait(5)
    assert fired(house.timer(KEY)) == ["r"]
    assert house.timers == {}


def test_a_hold_fires_once() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(5)
    house.timer(KEY)
    house.wait(5)
    assert fired(house.timer(KEY)) == []
    assert fired(house.read({POWER: None})) == fired(house.read({POWER: True})) == []


def test_a_timer_that_comes_early_is_set_again() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(4)
    outcome = house.timer(KEY)
    assert (outcome.decisions, outcome.timers) == ((), (Timer(KEY, 5 * MINUTE),))


def test_a_timer_of_no_hold_does_nothing() -> None:
    house = holding()
    house.read({POWER: False})
    for key in (KEY, "unknown"):
        outcome = house.timer(key)
        assert (outcome.decisions, outcome.timers, outcome.memory) == ((), (), ())


@pytest.mark.parametrize("minutes", [-120, 120])
def test_a_clock_that_is_set_makes_a_hold_no_longer_and_no_shorter(minutes: float) -> None:
    house = holding(5)
    house.read({POWER: True})
    house.wait(2)
    house.set_clock(minutes)
    assert fired(house.read({POWER: True})) == []
    house.wait(2.9)
    assert fired(house.timer(KEY)) == []
    house.wait(0.1)
    assert fired(house.timer(KEY)) == ["r"]


@pytest.mark.parametrize("minutes", [-120, 120])
def test_a_clock_that_is_set_leaves_a_paused_hold_what_it_had(minutes: float) -> None:
    house = holding(5)
    house.read({POWER: True})
    house.wait(2)
    house.set_clock(minutes)
    house.read({POWER: None})
    house.read({POWER: True})
    assert house.timers == {KEY: START + 5 * MINUTE}


def test_a_known_false_sets_a_hold_back() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(4)
    assert house.read({POWER: False}).timers == (Timer(KEY, None),)
    house.wait(1)
    house.read({POWER: True})
    assert house.timers == {KEY: START + 10 * MINUTE}


def test_an_unknown_pauses_a_hold() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(3)
    assert house.read({POWER: None}).timers == (Timer(KEY, None),)
    house.wait(60)
    house.read({POWER: True})
    assert house.timers == {KEY: START + 65 * MINUTE}


def test_pauses_add_up() -> None:
    house = holding()
    for value in truths("1?1?1"):
        house.read({POWER: value})
        house.wait(2)
    assert house.timers == {KEY: START + 9 * MINUTE}


def test_a_false_after_a_pause_forgets_what_was_held() -> None:
    house = holding()
    for value in truths("1?01"):
        house.read({POWER: value})
        house.wait(2)
    assert house.timers == {KEY: START + 11 * MINUTE}


def test_a_change_that_comes_after_the_time_fires_before_its_timer_does() -> None:
    house = House([rule("r", becomes(above(TEMPERATURE, 26), hold=5 * MINUTE))])
    house.read({TEMPERATURE: 27.0})
    house.wait(6)
    outcome = house.read({TEMPERATURE: 28.0})
    assert (fired(outcome), outcome.timers) == (["r"], (Timer(KEY, None),))


def test_the_time_out_of_service_counts_as_unknown_for_a_hold() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(3)
    stopped = house.now
    house.wait(60)
    house.start(down_since=stopped)
    house.read({POWER: True})
    assert house.timers == {KEY: START + 65 * MINUTE}


def test_two_restarts_in_a_row_count_as_unknown_both() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(3)
    for _ in range(2):
        stopped = house.now
        house.wait(60)
        house.start(down_since=stopped)
        house.second()
        house.wait(1)
    house.read({POWER: True})
    assert house.timers == {KEY: house.now + 2 * MINUTE}


@pytest.mark.parametrize("down_since", [None, START - MINUTE])
def test_without_the_time_of_the_stop_the_last_stretch_of_a_hold_is_not_counted(
    down_since: datetime | None,
) -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(3)
    house.start(down_since=down_since)
    house.read({POWER: True})
    assert house.timers == {KEY: START + 8 * MINUTE}


def test_a_hold_that_was_false_after_the_restart_starts_anew() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(3)
    house.start(down_since=house.now)
    house.read({POWER: False})
    house.read({POWER: True})
    assert house.timers == {KEY: START + 8 * MINUTE}


def test_a_hold_that_was_paused_at_the_stop_goes_on_after_it() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(2)
    house.read({POWER: None})
    house.start(down_since=house.now)
    house.read({POWER: True})
    assert house.timers == {KEY: START + 5 * MINUTE}


def test_a_hold_that_has_fired_does_not_fire_again_after_a_restart() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(5)
    house.timer(KEY)
    house.start(down_since=house.now)
    assert (fired(house.read({POWER: True})), house.timers) == ([], {})


def test_a_hold_with_until_is_released_by_its_firing_only() -> None:
    house = House([rule("r", becomes(above(TEMPERATURE, 26), until=below(TEMPERATURE, 24), hold=MINUTE))])
    house.read({TEMPERATURE: 27.0})
    house.read({TEMPERATURE: 25.0})
    house.read({TEMPERATURE: 27.0})
    house.wait(1)
    assert fired(house.timer(KEY)) == ["r"]
    house.read({TEMPERATURE: 25.0})
    house.read({TEMPERATURE: 27.0})
    assert house.timers == {}


def test_initial_wait_begins_no_hold() -> None:
    house = holding(waits_at_first=True)
    house.read({POWER: True})
    assert house.timers == {}


def test_expressions_that_read_the_time_are_looked_at_each_minute() -> None:
    late = FakeExpression("now() > 12", frozenset(), lambda values: house.now > START, reads_time=True)
    house = House([rule("r", becomes(late)), rule("plain", becomes(is_on(POWER)))])
    assert fired(house.second()) == []
    house.wait(1)
    assert fired(house.second()) == ["r"]
    assert fired(house.second()) == []


class Foreseen(FakeExpression):
    """It can turn at full quarters of an hour."""

    def turns_at(self, view: View, /) -> datetime | None:
        quarter = timedelta(minutes=15)
        return START + ((view.now - START) // quarter + 1) * quarter


def test_what_foresees_its_turns_is_looked_at_just_then_and_when_its_points_change() -> None:
    looks: list[float] = []
    text, points = "between(…)", frozenset({POWER})
    expression = Foreseen(text, points, lambda _: looks.append((house.now - START) / MINUTE), reads_time=True)
    house = House([rule("r", becomes(expression))])
    house.read({POWER: True})
    for _ in range(40):
        house.second()
        house.wait(1)
        if house.now == START + 20 * MINUTE:
            house.read({POWER: False})
    assert looks == [0, 0, 15, 20, 30]
    assert house.evaluator.next_turn == START + 45 * MINUTE


def test_after_the_clock_was_set_what_reads_the_time_is_looked_at_again() -> None:
    late = Foreseen("late", frozenset(), lambda _: house.now >= START + 10 * MINUTE, reads_time=True)
    house = House([rule("r", becomes(late))])
    house.second()
    house.set_clock(12)
    assert fired(house.second()) == []
    house.evaluator.mind_clock()
    assert fired(house.second()) == ["r"]


def test_an_until_that_reads_the_time_is_looked_at_each_minute() -> None:
    late = FakeExpression("now() > 12", frozenset(), lambda values: house.now > START, reads_time=True)
    house = House([rule("r", becomes(is_on(POWER), until=late))])
    house.read({POWER: True})
    house.wait(1)
    house.second()
    assert house.memory[KEY] == TriggerMemory(text="living.power", truth=True, is_armed=True)


def test_a_constant_is_looked_at_although_no_change_ever_reaches_it() -> None:
    house = House([rule("r", becomes(FakeExpression("true", frozenset(), lambda values: True)))])
    assert [fired(house.second()), fired(house.second())] == [["r"], []]


def test_the_key_of_a_trigger_is_its_id_where_it_has_one() -> None:
    house = House([rule("r", becomes(is_on(POWER), id="warm"), becomes(is_on(WINDOW)))])
    house.read({POWER: True, WINDOW: True})
    assert sorted(house.memory) == ["r/1", "r/warm"]


def test_what_a_running_hold_remembers() -> None:
    house = holding()
    house.read({POWER: True})
    house.wait(2)
    house.read({POWER: None})
    text = "living.power"
    assert house.memory[KEY] == TriggerMemory(text=text, truth=True, is_pending=True, held=2 * MINUTE)
    house.read({POWER: True})
    assert house.memory[KEY] == TriggerMemory(
        text=text, truth=True, is_pending=True, held=timedelta(minutes=2), since=house.now
    )
