"""Decisions: which rules look at a moment, what they see, and what they say about it."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.model import Point, Value
from interlock.rules.actions import DelayAction
from interlock.rules.evaluator import Outcome
from interlock.rules.rule import Cause, Decision, Mode, Rule, Seen, Verdict
from support.rule_house import (
    EVERY_MINUTE,
    POWER,
    START,
    TEMPERATURE,
    WINDOW,
    FakeExpression,
    House,
    above,
    becomes,
    change,
    every_minute,
    fails,
    fired,
    is_on,
    rule,
)

WARM = above(TEMPERATURE, 26)


def ticking(**options: object) -> House:
    return House([rule("r", every_minute(), condition=WARM)])


@pytest.mark.parametrize(
    ("temperature", "verdict", "truth", "seen"),
    [
        (26.4, Verdict.FIRED, True, Seen(TEMPERATURE, 26.4)),
        (25.0, Verdict.CONDITION_FALSE, False, Seen(TEMPERATURE, 25.0)),
        (
            None,
            Verdict.CONDITION_UNKNOWN,
            None,
            Seen(TEMPERATURE, None, "timed out, since 2026-05-05 12:00:00"),
        ),
    ],
)
def test_a_schedule_decides_by_the_condition(
    temperature: float | None, verdict: Verdict, truth: bool | None, seen: Seen
) -> None:
    house = ticking()
    house.read({TEMPERATURE: temperature})
    assert house.tick().decisions == (
        Decision(
            rule=house.rules[0],
            at=START,
            cause=Cause("every 1m", due=START),
            verdict=verdict,
            condition="living.temperature > 26",
            truth=truth,
            seen=(seen,),
        ),
    )


def test_a_point_that_was_never_read_is_seen_so() -> None:
    (decision,) = ticking().tick().decisions
    assert decision.seen == (Seen(TEMPERATURE, None, "never read"),)


def test_a_rule_without_condition_fires_by_its_trigger() -> None:
    (decision,) = House([rule("r", every_minute())]).tick().decisions
    assert (decision.verdict, decision.condition, decision.truth) == (Verdict.FIRED, "", True)


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (26.4, "every 1m: living.temperature > 26 is true (living.temperature = 26.4)"),
        (20.0, "every 1m: living.temperature > 26 is false (living.temperature = 20)"),
        (
            None,
            "every 1m: living.temperature > 26 is unknown "
            "(living.temperature unknown: timed out, since 2026-05-05 12:00:00)",
        ),
    ],
)
def test_the_reason_is_one_line(temperature: float | None, expected: str) -> None:
    house = ticking()
    house.read({TEMPERATURE: temperature})
    assert [each.reason for each in house.tick().decisions] == [expected]


def test_the_reason_of_a_change_says_from_what_to_what() -> None:
    house = House([rule("r", change(POWER))])
    house.read({POWER: False})
    assert [each.reason for each in house.read({POWER: True}).decisions] == [
        "change living.power (off to on) (living.power = on)"
    ]


def test_the_reason_of_a_rise_is_the_expression() -> None:
    house = House([rule("r", becomes(WARM))])
    assert [each.reason for each in house.read({TEMPERATURE: 27.0}).decisions] == [
        "becomes living.temperature > 26 (living.temperature = 27)"
    ]


def test_a_change_tells_the_rule_what_it_was() -> None:
    house = House([rule("r", change(POWER, id="switch"))])
    house.read({POWER: False})
    (decision,) = house.read({POWER: True}).decisions
    assert decision.names == {
        "trigger": {
            "id": "switch",
            "point": POWER,
            "device": "living",
            "value": True,
            "was": False,
            "at": START,
        }
    }


def test_a_trigger_without_id_and_point_has_an_empty_id_and_tells_when() -> None:
    (decision,) = House([rule("r", every_minute())]).tick().decisions
    assert decision.names == {"trigger": {"id": "", "at": START}}


def test_a_condition_can_read_what_triggered() -> None:
    seen: list[object] = []

    class Spy(FakeExpression):
        def truth(self, view: object, /) -> bool:
            seen.append(view.names)  # type: ignore[attr-defined]
            return True

    house = House([rule("r", every_minute("tick"), condition=Spy("spy", frozenset(), lambda values: True))])
    house.tick()
    assert seen == [{"trigger": {"id": "tick", "at": START}}]


def test_a_decision_sees_the_points_of_trigger_and_condition() -> None:
    house = House([rule("r", becomes(is_on(POWER), until=is_on(WINDOW)), condition=WARM)])
    house.read({TEMPERATURE: 27.0, WINDOW: False})
    (decision,) = house.read({POWER: True}).decisions
    assert decision.seen == (Seen(POWER, True), Seen(TEMPERATURE, 27.0), Seen(WINDOW, False))


def test_a_rise_whose_condition_is_false_is_used_up() -> None:
    house = House([rule("r", becomes(is_on(POWER)), condition=WARM)])
    house.read({TEMPERATURE: 20.0})
    (decision,) = house.read({POWER: True}).decisions
    assert decision.verdict is Verdict.CONDITION_FALSE
    assert house.read({TEMPERATURE: 27.0}).decisions == ()


def test_a_rule_fires_once_in_a_moment_and_says_what_else_came() -> None:
    triggers = (becomes(is_on(POWER)), change(WINDOW), becomes(WARM))
    house = House([rule("r", *triggers)])
    house.read({WINDOW: False})
    (decision,) = house.read({TEMPERATURE: 27.0, POWER: True, WINDOW: True}).decisions
    assert decision.cause == Cause(
        "becomes living.power", also=("change living.window (off to on)", "becomes living.temperature > 26")
    )
    assert decision.reason == (
        "becomes living.power, also change living.window (off to on), "
        "also becomes living.temperature > 26 (living.power = on)"
    )


def test_each_trigger_that_came_is_decided_until_one_fires() -> None:
    class ById(FakeExpression):
        def truth(self, view: object, /) -> bool:
            return view.names["trigger"].get("id") == "second"  # type: ignore[attr-defined,no-any-return]

    triggers = tuple(becomes(is_on(POWER), id=name) for name in ("first", "second", "third"))
    condition = ById("trigger.id == 'second'", frozenset(), lambda values: True)
    house = House([rule("r", *triggers, condition=condition)])
    decisions = house.read({POWER: True}).decisions
    assert [(each.cause.trigger_id, each.verdict) for each in decisions] == [
        ("first", Verdict.CONDITION_FALSE),
        ("second", Verdict.FIRED),
    ]
    assert decisions[0].cause.also == ()


def test_a_trigger_that_reads_two_changed_points_comes_once() -> None:
    both = FakeExpression("both", frozenset({POWER, WINDOW}), lambda values: values[POWER] and values[WINDOW])
    assert fired(House([rule("r", becomes(both))]).read({POWER: True, WINDOW: True})) == ["r"]


def test_all_rules_of_a_moment_see_the_same_state() -> None:
    house = House([rule("r", change(POWER), condition=is_on(WINDOW))])
    house.read({POWER: False, WINDOW: False})
    assert fired(house.read({POWER: True, WINDOW: True})) == ["r"]


def test_decisions_stand_in_the_order_of_the_ids_wherever_the_rules_stand() -> None:
    names = ["c", "a", "b"]
    house = House(
        [
            rule(name, becomes(is_on(point)))
            for name, point in zip(names, (WINDOW, POWER, TEMPERATURE), strict=True)
        ]
    )
    assert fired(house.read({TEMPERATURE: 1.0, POWER: True, WINDOW: True})) == sorted(names)


def test_rules_that_are_off_are_not_looked_at() -> None:
    house = House([rule("r", every_minute(), becomes(is_on(POWER)), mode=Mode.OFF)])
    assert house.evaluator.schedules == {}
    assert house.read({POWER: True}) == house.tick() == Outcome()


def test_rules_in_the_shadow_are_decided() -> None:
    house = House([rule("r", becomes(is_on(POWER)), mode=Mode.SHADOW)])
    assert fired(house.read({POWER: True})) == ["r"]


def test_one_schedule_is_shared_by_all_its_rules() -> None:
    house = House([rule("a", every_minute()), rule("b", every_minute("x"))])
    assert house.evaluator.schedules == {EVERY_MINUTE: ("a", "b")}
    assert fired(house.tick()) == ["a", "b"]


def test_a_change_of_an_unnamed_point_costs_and_does_nothing() -> None:
    house = House([rule("r", becomes(is_on(POWER)))])
    assert house.read({WINDOW: True}) == Outcome()


def test_a_schedule_of_no_rule_does_nothing() -> None:
    assert House([]).tick() == Outcome()


def test_a_rule_is_looked_at_once_though_several_of_its_points_change_together() -> None:
    looks: list[Value] = []

    def look(values: Mapping[Point, Value]) -> Value:
        looks.append(values[POWER])
        return False

    house = House([rule("r", becomes(FakeExpression("both", frozenset({POWER, WINDOW}), look)))])
    house.read({POWER: True, WINDOW: True})
    house.read({POWER: False, WINDOW: False})
    assert looks == [True, False]


@pytest.mark.parametrize(
    "broken",
    [
        rule("broken", becomes(fails(POWER))),
        rule("broken", becomes(is_on(POWER), until=fails(POWER))),
        rule("broken", becomes(is_on(POWER)), condition=fails(POWER)),
    ],
)
def test_a_rule_that_blows_up_does_not_stop_the_others(
    broken: Rule, caplog: pytest.LogCaptureFixture
) -> None:
    house = House([broken, rule("r", becomes(is_on(POWER)))])
    outcome = house.read({POWER: True})
    assert fired(outcome) == ["r"]
    assert [(each.rule.id, each.verdict, each.truth, each.note) for each in outcome.decisions[:1]] == [
        ("broken", Verdict.BROKEN, None, "SystemError: the generated code is broken")
    ]
    assert [(each.levelno, each.message) for each in caplog.records] == [
        (logging.ERROR, "rule broken: the evaluation failed")
    ]


def test_a_rule_that_keeps_blowing_up_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    house = House([rule("r", every_minute(), condition=fails(POWER))])
    house.read({POWER: True})
    reasons = [each.reason for _ in range(2) for each in house.tick().decisions]
    assert (reasons, len(caplog.records)) == (
        ["every 1m: the evaluation failed: SystemError: the generated code is broken"] * 2,
        1,
    )


POINTS = [Point(f"device{number}.value") for number in range(4)]


def make(number: int, kind: str, point: Point, limit: int) -> Rule:
    kinds: dict[str, Callable[[], Rule]] = {
        "becomes": lambda: rule(f"r{number}", becomes(above(point, limit))),
        "change": lambda: rule(f"r{number}", change(point), condition=above(POINTS[0], limit)),
        "by": lambda: rule(f"r{number}", change(point, by=limit + 1)),
        "both": lambda: rule(f"r{number}", change(point, above=limit), becomes(above(POINTS[1], limit))),
    }
    return kinds[kind]()


rule_sets = st.lists(
    st.tuples(
        st.sampled_from(["becomes", "change", "by", "both"]), st.sampled_from(POINTS), st.integers(0, 3)
    ),
    min_size=1,
    max_size=8,
).map(lambda rows: [make(number, *row) for number, row in enumerate(rows)])
batches = st.lists(
    st.dictionaries(st.sampled_from(POINTS), st.one_of(st.none(), st.integers(0, 4).map(float))), max_size=12
)


def reasons(house: House, batch: dict[Point, Value | None]) -> set[tuple[str, str]]:
    house.wait(1)
    return {(each.rule.id, each.reason) for each in house.read(batch).decisions}


@given(rule_sets, batches, st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_change_what_is_decided(
    rules: list[Rule], readings: list[dict[Point, Value | None]], dice: random.Random
) -> None:
    house, shuffled = House(rules), House(dice.sample(rules, len(rules)))
    assert [reasons(house, batch) for batch in readings] == [reasons(shuffled, batch) for batch in readings]


@given(rule_sets, batches)
def test_the_index_finds_what_asking_every_rule_alone_would(
    rules: list[Rule], readings: list[dict[Point, Value | None]]
) -> None:
    house, alone = House(rules), [House([each]) for each in rules]
    for batch in readings:
        assert reasons(house, batch) == set().union(*(reasons(each, batch) for each in alone))


@pytest.mark.parametrize(
    ("when", "reads_time"),
    [
        (is_on(POWER), False),
        (FakeExpression("now() > x", frozenset({POWER}), lambda _: True, reads_time=True), True),
        (FakeExpression("true", frozenset(), lambda _: True), True),
    ],
)
def test_time_must_be_told_only_where_something_reads_it(when: FakeExpression, reads_time: bool) -> None:
    assert (House([rule("r", becomes(when))]).evaluator.next_turn is not None) is reads_time


UNDO = (DelayAction(text="delay 1s", duration=timedelta(seconds=1)),)


def verdicts(outcome: Outcome) -> list[Verdict]:
    return [each.verdict for each in outcome.decisions]


def test_that_something_is_over_is_said_once_and_anew_after_it_came_again() -> None:
    house = House([replace(rule("r", becomes(is_on(POWER)), becomes(is_on(WINDOW))), undo=UNDO)])
    house.read({POWER: False, WINDOW: False, TEMPERATURE: 1.0})
    assert verdicts(house.read({POWER: True})) == [Verdict.FIRED]
    assert verdicts(house.read({POWER: False})) == [Verdict.ENDED]
    assert verdicts(house.read({POWER: None})) == [Verdict.CONDITION_UNKNOWN]
    assert verdicts(house.read({POWER: False})) == []
    assert verdicts(house.read({POWER: True})) == [Verdict.FIRED]
    assert verdicts(house.read({POWER: False, WINDOW: True})) == [Verdict.FIRED]
    (ended,) = house.read({WINDOW: False}).decisions
    assert (ended.verdict, str(ended.cause)) == (Verdict.ENDED, "becomes living.window")
