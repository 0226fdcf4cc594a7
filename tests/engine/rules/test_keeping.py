"""When rules begin and end to keep, and at which values."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.expressions.expression import Evaluation
from interlock.expressions.view import View
from interlock.model import Point, Value
from interlock.rules.due import Due
from interlock.rules.evaluator import Outcome
from interlock.rules.keep import Keep
from interlock.rules.memory import TriggerMemory
from interlock.rules.moment import Timer
from interlock.rules.rule import Mode, Rule, Verdict
from support.keep_house import FLOW, VALVE, keeping, kept, why
from support.rule_house import (
    MINUTE,
    POWER,
    TEMPERATURE,
    WINDOW,
    FakeExpression,
    House,
    above,
    below,
    fails,
    is_on,
    truths,
)

KEY = "r/(keep)"
OPEN = {VALVE: True}


def one(**options: object) -> House:
    return House([keeping("r", OPEN, is_on(POWER), **options)])  # type: ignore[arg-type]


def begin(house: House) -> Outcome:
    return house.keep(house.evaluator.on_start(house.state))


def marks(house: House, point: Point, readings: Iterable[Value | None]) -> str:
    """Read one value after the other, a minute apart: ``+`` begins, ``-`` ends, ``.`` nothing."""
    found = []
    for value in readings:
        house.wait(1)
        said = kept(house.read({point: value}))
        found.append("." if not said else "-" if said[0][1] is None else "+")
    return "".join(found)


def times(number: str) -> FakeExpression:
    """A value that is so many times the temperature."""
    factor = float(number)
    return FakeExpression(
        f"{number} * t",
        frozenset({TEMPERATURE}),
        lambda values: values[TEMPERATURE] * factor,  # type: ignore[operator]
    )


class _Either:
    """A condition on two points that is true where one is not available, or only where it is."""

    text, points, reads_time = "not available(window)", frozenset({POWER, WINDOW}), False
    thresholds = frozenset[float]()

    def __init__(self, wanted: bool = True) -> None:
        self._wanted = wanted

    def turns_at(self, view: View, /) -> None:
        return None

    def truth(self, view: View, /) -> bool:
        return (WINDOW not in view.values) is self._wanted

    def evaluate(self, view: View, /) -> Evaluation:
        return Evaluation(self.truth(view))


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ("0", "."),
        ("1", "+"),
        ("11", "+."),
        ("10", "+-"),
        ("1010", "+-+-"),
        ("?1", ".+"),
        ("1?1", "+.."),
        ("1?0", "+.-"),
        ("0?1", "..+"),
        ("0?0", "..."),
    ],
)
def test_it_is_a_level_and_an_unknown_changes_nothing(readings: str, expected: str) -> None:
    assert marks(one(), POWER, truths(readings)) == expected


@pytest.mark.parametrize(
    ("readings", "expected"),
    [("1?", "+-"), ("1?1", "+-+"), ("?", "."), ("1?0", "+-."), ("0?1", "..+")],
)
def test_on_unknown_release_ends_it(readings: str, expected: str) -> None:
    assert marks(one(releases_unknown=True), POWER, truths(readings)) == expected


def test_what_is_true_at_the_first_start_is_kept_from_the_start_on() -> None:
    house = House([keeping("r", OPEN)])
    assert kept(begin(house)) == [("r", OPEN)]
    assert kept(begin(house)) == []


def test_begin_and_end_say_why() -> None:
    house = one()
    assert why(house.read({POWER: True})) == [("kept", "while: living.power is true (living.power = on)")]
    assert why(house.read({POWER: False})) == [
        ("let go", "while: living.power is false (living.power = off)")
    ]
    assert why(begin(House([keeping("r", OPEN)]))) == [("kept", "always")]


def test_an_unknown_that_ends_it_is_the_reason() -> None:
    house = one(releases_unknown=True)
    house.read({POWER: True})
    assert why(house.read({POWER: None})) == [
        (
            "let go",
            "while: living.power is unknown (living.power unknown: timed out, since 2026-05-05 12:00:00)",
        )
    ]


def test_it_is_a_near_miss_once_where_it_goes_unknown() -> None:
    house = one()
    house.read({POWER: True})
    found = [house.read({POWER: None}).decisions for _ in range(2)]
    ((decision,), nothing) = found
    assert (decision.verdict, decision.condition) == (Verdict.CONDITION_UNKNOWN, "living.power")
    assert nothing == ()


@pytest.mark.parametrize(
    ("temperatures", "expected"),
    [
        ([25, 26.5, 25, 24.5, 24, 25], ".+..-."),
        ([27, None, 24, 27], "+.-+"),
        ([27, 26, 25, 26.5], "+..."),
    ],
)
def test_until_ends_it_where_the_condition_is_false_before(
    temperatures: list[float | None], expected: str
) -> None:
    house = House([keeping("r", OPEN, above(TEMPERATURE, 26), until=below(TEMPERATURE, 24.5))])
    assert marks(house, TEMPERATURE, temperatures) == expected


def test_until_that_is_true_ends_it_and_lets_it_not_begin() -> None:
    house = one(until=is_on(WINDOW))
    assert kept(house.read({POWER: True, WINDOW: True})) == []
    assert kept(house.read({WINDOW: False})) == [("r", OPEN)]
    ended = house.read({WINDOW: True})
    assert kept(ended) == [("r", None)]
    assert why(ended) == [("let go", "until: living.window is true (living.power = on, living.window = on)")]
    assert kept(house.read({WINDOW: False})) == [("r", OPEN)]


def test_an_unknown_until_neither_ends_it_nor_keeps_it_from_beginning() -> None:
    house = one(until=is_on(WINDOW))
    house.read({WINDOW: None})
    assert kept(house.read({POWER: True})) == [("r", OPEN)]
    assert kept(house.read({WINDOW: None})) == []
    assert kept(house.read({POWER: False})) == []


def test_for_begins_when_it_was_true_so_long() -> None:
    house = one(hold=5 * MINUTE)
    outcome = house.read({POWER: True})
    assert kept(outcome) == []
    assert outcome.timers == (Timer(KEY, 5 * MINUTE),)
    house.wait(5)
    assert kept(house.timer(KEY)) == [("r", OPEN)]
    assert kept(house.read({POWER: False})) == [("r", None)]


def test_for_begins_anew_after_it_was_false_and_pauses_where_it_is_unknown() -> None:
    house = one(hold=5 * MINUTE)
    house.read({POWER: True})
    house.wait(3)
    assert house.read({POWER: None}).timers == (Timer(KEY, None),)
    house.wait(3)
    assert house.read({POWER: True}).timers == (Timer(KEY, 8 * MINUTE),)
    assert house.read({POWER: False}).timers == (Timer(KEY, None),)
    assert house.read({POWER: True}).timers == (Timer(KEY, 11 * MINUTE),)


def test_for_adds_up_across_dips_that_are_short_enough() -> None:
    house = one(hold=10 * MINUTE, dip=3 * MINUTE)
    house.read({POWER: True})
    house.wait(6)
    house.read({POWER: False})
    house.wait(2)
    assert house.read({POWER: True}).timers == (Timer(KEY, 12 * MINUTE),)
    house.read({POWER: False})
    house.wait(3)
    assert house.read({POWER: True}).timers == (Timer(KEY, 21 * MINUTE),)


def test_dips_do_not_add_up_and_an_unknown_makes_none_longer() -> None:
    house = one(hold=10 * MINUTE, dip=3 * MINUTE)
    for value, minutes in ((True, 4), (False, 2), (True, 4), (False, 1), (None, 5), (False, 1), (True, 1)):
        house.read({POWER: value})
        house.wait(minutes)
    assert kept(house.timer(KEY)) == []
    house.wait(1)
    assert kept(house.timer(KEY)) == [("r", OPEN)]


def test_a_hold_that_is_over_while_until_is_true_sets_no_timer_again() -> None:
    house = one(hold=MINUTE, until=is_on(WINDOW))
    house.read({POWER: True, WINDOW: True})
    house.wait(1)
    assert house.timer(KEY) == Outcome()
    assert kept(house.read({WINDOW: False})) == [("r", OPEN)]


def test_a_hold_that_is_computed_follows_its_point() -> None:
    hold = FakeExpression("d", frozenset({TEMPERATURE}), lambda values: f"{values[TEMPERATURE]:g}m")
    house = one(hold=hold)
    house.read({POWER: True, TEMPERATURE: 5})
    house.wait(2)
    assert house.read({TEMPERATURE: 4}).timers == (Timer(KEY, 4 * MINUTE),)
    assert kept(house.read({TEMPERATURE: 2})) == [("r", OPEN)]


def test_computed_values_follow_their_points_while_it_is_kept() -> None:
    house = House([keeping("r", {FLOW: times("2"), VALVE: True}, is_on(POWER))])
    assert kept(house.read({TEMPERATURE: 15})) == []
    began = house.read({POWER: True})
    assert kept(began) == [("r", {FLOW: 30.0, VALVE: True})]
    other = house.read({TEMPERATURE: 20})
    assert kept(other) == [("r", {FLOW: 40.0, VALVE: True})]
    assert why(other) == []
    assert kept(house.read({POWER: False})) == [("r", None)]
    assert kept(house.read({TEMPERATURE: 25})) == []


def test_a_value_that_goes_unknown_stays_and_one_that_was_never_known_is_not_kept() -> None:
    house = House([keeping("r", {FLOW: times("2"), VALVE: True})])
    assert kept(begin(house)) == [("r", {VALVE: True})]
    assert kept(house.read({TEMPERATURE: 15})) == [("r", {FLOW: 30.0, VALVE: True})]
    unknown = house.read({TEMPERATURE: None})
    assert (kept(unknown), unknown.decisions) == ([], ())


def test_what_was_kept_the_last_time_is_not_kept_the_next_time() -> None:
    house = House([keeping("r", {FLOW: times("2")}, is_on(POWER))])
    house.read({TEMPERATURE: 15, POWER: True})
    house.read({TEMPERATURE: None, POWER: False})
    assert kept(house.read({POWER: True})) == [("r", {})]


def test_a_value_out_of_range_stays_as_it_was_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "interlock.rule")
    house = House([keeping("r", {FLOW: times("2")})])
    assert kept(house.read({TEMPERATURE: 15})) == [("r", {FLOW: 30.0})]
    said = house.read({TEMPERATURE: 40})
    fault = "heating.flow: flow cannot be 80.0: it takes a number from 20 to 60 °C"
    assert kept(said) == []
    assert [(each.verdict, each.note) for each in said.decisions] == [(Verdict.BROKEN, fault)]
    assert house.read({TEMPERATURE: 41}).decisions == ()
    assert caplog.messages == [f"rule r: {fault}; it stays as it was"]
    assert kept(house.read({TEMPERATURE: 20})) == [("r", {FLOW: 40.0})]
    assert len(house.read({TEMPERATURE: 40}).decisions) == 1


def test_nothing_follows_where_nothing_changes() -> None:
    house = House([keeping("r", OPEN, above(TEMPERATURE, 26))])
    house.read({TEMPERATURE: 20})
    assert house.read({TEMPERATURE: 21}) is house.read({TEMPERATURE: 22})


def test_a_batch_that_concerns_it_twice_is_looked_at_once() -> None:
    looks = []

    def compute(values: object) -> bool:
        looks.append(1)
        return True

    both = FakeExpression("both", frozenset({POWER, WINDOW}), compute)
    house = House([keeping("r", OPEN, both)])
    house.read({POWER: True, WINDOW: True})
    assert len(looks) == 1


def test_time_alone_begins_and_ends_it() -> None:
    is_late = FakeExpression("late", frozenset(), lambda values: house.now.minute >= 5, reads_time=True)
    house = House([keeping("r", OPEN, is_late)])
    assert house.evaluator.next_turn is not None
    assert kept(house.second()) == []
    house.wait(5)
    assert kept(house.second()) == [("r", OPEN)]
    house.wait(55)
    assert kept(house.second()) == [("r", None)]


def test_after_the_clock_was_set_what_reads_the_time_is_looked_at_again() -> None:
    is_late = FakeExpression("late", frozenset(), lambda values: house.now.minute >= 5, reads_time=True)
    house = House([keeping("r", OPEN, is_late)])
    house.wait(9)
    house.second()
    house.set_clock(-5)
    assert kept(house.second()) == []
    house.evaluator.mind_clock()
    assert kept(house.second()) == [("r", None)]


def test_values_that_read_the_time_follow_it() -> None:
    minutes = FakeExpression("m", frozenset(), lambda values: house.now.minute + 20, reads_time=True)
    house = House([keeping("r", {FLOW: minutes})])
    assert kept(house.second()) == [("r", {FLOW: 20})]
    assert kept(house.second()) == []
    house.wait(1)
    assert kept(house.second()) == [("r", {FLOW: 21})]


def test_what_no_change_would_ever_reach_is_looked_at_as_time_goes_by() -> None:
    constant = FakeExpression("x", frozenset(), lambda values: True)
    assert House([keeping("r", OPEN, constant)]).evaluator.next_turn is not None
    assert House([keeping("r", OPEN)]).evaluator.next_turn is None
    assert one().evaluator.next_turn is None


def test_an_evaluation_that_fails_is_said_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    house = House([keeping("a", OPEN, fails(POWER)), keeping("b", OPEN, is_on(POWER))])
    outcome = house.read({POWER: True})
    assert kept(outcome) == [("b", OPEN)]
    assert [(each.rule.id, each.verdict) for each in outcome.decisions] == [("a", Verdict.BROKEN)]
    assert "rule a: the evaluation failed" in caplog.messages


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.SHADOW])
def test_a_rule_that_is_off_keeps_nothing_and_one_in_the_shadow_does(mode: Mode) -> None:
    house = House([keeping("r", OPEN, mode=mode)])
    assert kept(begin(house)) == ([] if mode is Mode.OFF else [("r", OPEN)])


def test_rules_come_in_the_order_of_their_ids() -> None:
    house = House([keeping(name, OPEN, is_on(POWER)) for name in "cab"])
    assert [name for name, _ in kept(house.read({POWER: True}))] == ["a", "b", "c"]


# What lasts


def restart(house: House, rules: Iterable[Rule] | None = None) -> Outcome:
    house.rules = list(rules or house.rules)
    house.start(house.now)
    return begin(house)


def test_it_goes_on_after_a_restart_before_anything_is_read() -> None:
    house = House([keeping("r", {FLOW: times("2"), VALVE: True}, above(TEMPERATURE, 10))])
    house.read({TEMPERATURE: 15})
    again = restart(house)
    assert kept(again) == [("r", {FLOW: 30.0, VALVE: True})]
    assert why(again) == []
    assert kept(house.read({TEMPERATURE: 16})) == [("r", {FLOW: 32.0, VALVE: True})]


@pytest.mark.parametrize("options", [{}, {"releases_unknown": True}, {"until": is_on(WINDOW)}])
def test_a_restart_does_not_let_go_of_what_was_never_read(options: dict[str, object]) -> None:
    house = one(**options)
    house.read({POWER: True, WINDOW: False})
    assert kept(restart(house)) == [("r", OPEN)]
    assert kept(house.read({POWER: True, WINDOW: False})) == []


def test_nothing_is_judged_before_every_point_was_read_or_a_minute_is_over() -> None:
    house = House([keeping("r", OPEN, _Either())])
    begun = begin(house)
    assert kept(begun) == []
    assert begun.timers == (Timer(KEY, MINUTE),)
    assert kept(house.read({POWER: False})) == []
    assert kept(house.read({WINDOW: True})) == []


def test_what_is_not_read_within_a_minute_is_judged_as_it_is() -> None:
    house = House([keeping("r", OPEN, _Either())])
    begin(house)
    house.read({POWER: False})
    house.wait(1)
    assert kept(house.timer(KEY)) == [("r", OPEN)]


def test_what_is_kept_is_not_judged_before_its_points_were_read_either() -> None:
    house = House([keeping("r", OPEN, _Either(False))])
    house.read({POWER: False, WINDOW: True})
    assert kept(restart(house)) == [("r", OPEN)]
    assert kept(house.read({POWER: False, WINDOW: True})) == []


def test_after_a_restart_the_first_reading_can_end_it() -> None:
    house = one()
    house.read({POWER: True})
    restart(house)
    assert kept(house.read({POWER: False})) == [("r", None)]


def test_an_unknown_first_reading_releases_it_where_it_says_so() -> None:
    house = one(releases_unknown=True)
    house.read({POWER: True})
    restart(house)
    assert kept(house.read({POWER: None})) == [("r", None)]


def test_a_hold_goes_on_after_a_restart_without_the_time_out_of_service() -> None:
    house = one(hold=5 * MINUTE)
    house.read({POWER: True})
    house.wait(2)
    house.start(house.now)
    house.wait(10)
    begin(house)
    assert house.read({POWER: True}).timers == (Timer(KEY, 15 * MINUTE),)


def test_another_evaluator_takes_over_what_is_kept_and_what_is_counted() -> None:
    house = House([keeping("r", OPEN, is_on(POWER)), keeping("s", OPEN, is_on(POWER), hold=5 * MINUTE)])
    house.read({POWER: True})
    house.wait(2)
    memory = house.memory | dict(house.evaluator.memory_at(house.state))
    assert memory["s/(keep)"].held == 2 * MINUTE
    fresh = House(house.rules, memory)
    fresh.state, fresh.uptime, fresh.now = house.state, house.uptime, house.now
    outcome = fresh.evaluator.on_takeover(fresh.state)
    assert kept(outcome) == [("r", OPEN)]
    assert outcome.timers == (Timer("s/(keep)", 5 * MINUTE),)


def test_an_edited_condition_is_judged_at_once_and_its_hold_begins_anew() -> None:
    house = House([keeping("r", OPEN, above(TEMPERATURE, 26), until=below(TEMPERATURE, 24))])
    house.read({TEMPERATURE: 27})
    house.read({TEMPERATURE: 25})
    edited = keeping("r", OPEN, above(TEMPERATURE, 28), until=below(TEMPERATURE, 24), hold=5 * MINUTE)
    assert kept(restart(house, [edited])) == [("r", OPEN)]
    assert kept(house.read({TEMPERATURE: 25.5})) == []
    assert kept(house.read({TEMPERATURE: 23})) == [("r", None)]


def test_a_hold_is_not_counted_for_another_condition() -> None:
    house = House([keeping("r", OPEN, above(TEMPERATURE, 26), hold=5 * MINUTE)])
    house.read({TEMPERATURE: 30})
    house.wait(4)
    house.rules = [keeping("r", OPEN, above(TEMPERATURE, 27), hold=5 * MINUTE)]
    house.start(house.now)
    assert house.read({TEMPERATURE: 30}).timers == (Timer(KEY, 9 * MINUTE),)


def test_values_that_no_longer_fit_are_not_taken_over() -> None:
    memory = {KEY: TriggerMemory(text="while ", is_active=True, values={FLOW: 99.0, VALVE: True})}
    house = House([keeping("r", {FLOW: times("2")})], memory)
    assert kept(begin(house)) == [("r", {})]


def test_a_rule_that_was_switched_off_or_keeps_no_more_begins_anew() -> None:
    house = one()
    house.read({POWER: True})
    restart(house, [keeping("r", OPEN, is_on(POWER), mode=Mode.OFF)])
    assert house.memory[KEY] == TriggerMemory()
    assert kept(restart(house, [keeping("r", OPEN, is_on(POWER))])) == []
    assert why(house.read({POWER: True}))[0][0] == "kept"


def test_its_past_is_remembered_when_it_changes_and_not_otherwise() -> None:
    house = one()
    assert dict(house.read({POWER: True}).memory) == {
        KEY: TriggerMemory(text="while living.power", is_active=True)
    }
    assert house.read({POWER: True}).memory == ()


def test_a_timer_of_another_rule_concerns_it_not() -> None:
    assert one().timer("other/0") == Outcome()


class Reference:
    """A kept state as its description says it, without counting: every moment from the whole past."""

    def __init__(self, keep: Keep) -> None:
        self.keep = keep
        self.is_kept = False

    def look(self, house: House) -> bool:
        assert self.keep.condition and self.keep.until
        truth, until = self.keep.condition.truth(house.state), self.keep.until.truth(house.state)
        self.is_kept = until is not True if self.is_kept else truth is True and until is not True
        return self.is_kept


@given(
    st.lists(
        st.tuples(st.sampled_from([POWER, WINDOW]), st.sampled_from([True, False, None]), st.booleans()),
        max_size=30,
    )
)
def test_any_history_with_restarts_leads_to_the_state_that_the_words_say(
    history: list[tuple[Point, bool | None, bool]],
) -> None:
    house = one(until=is_on(WINDOW))
    keep = house.rules[0].keep
    assert keep
    house.read({POWER: None, WINDOW: None})
    reference, shown = Reference(keep), False
    for point, value, restarts in history:
        if restarts:
            known = {each: house.state.values.get(each) for each in (POWER, WINDOW)}
            for said in kept(restart(house)):
                shown = said[1] is not None
            outcome = house.read(known)
            for said in kept(outcome):
                shown = said[1] is not None
        for said in kept(house.read({point: value})):
            shown = said[1] is not None
        assert shown == reference.look(house)


def test_a_full_second_and_a_change_of_one_instant_are_one_moment() -> None:
    house = one()
    changes = house.state.apply([house.reading(POWER, True)], house.now)
    outcome = house.evaluator.on_due(Due(at=house.now), house.state, changes)
    assert kept(outcome) == [("r", OPEN)]
