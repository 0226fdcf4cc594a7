"""Whom a change of a point concerns."""

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.expressions import Compiled, compile_expression
from interlock.model import Point, Value
from interlock.rules.evaluator import Outcome
from interlock.rules.triggers import BecomesTrigger
from interlock.rules.watching import Watching
from support.expression_house import HOUSE
from support.rule_house import MINUTE, House, becomes, rule


def thermometer() -> Watching[str]:
    """A point that some compare with numbers, and one looks at in another way."""
    watching = Watching[str]()
    for name, thresholds in (("warm", {26, 28}), ("each", ()), ("cold", {18.5})):
        watching.add(name, thresholds)
    return watching


EVERYBODY, WHOEVER_LOOKS_ALWAYS = ["warm", "each", "cold"], ["each"]


@pytest.mark.parametrize(
    ("before", "now", "is_passed"),
    [
        (20, 25.9, False),
        (20, 18.6, False),
        (20, 18.4, True),
        (20, 26, True),
        (26, 26, True),
        (27, 26.5, False),
        (17, -inf, True),
        (17, -1e300, False),
        (30, 1e300, False),
        (20, None, True),
        (None, 20, True),
        (20, nan, True),
        (nan, 20, True),
        (nan, 30, True),
        ("20", 20, True),
        (20, "20", True),
    ],
)
def test_who_compares_is_concerned_when_a_number_is_passed(
    before: Value | None, now: Value | None, is_passed: bool
) -> None:
    watching = thermometer()
    assert watching.concerned(before) == EVERYBODY
    assert watching.concerned(now) == (EVERYBODY if is_passed else WHOEVER_LOOKS_ALWAYS)


def test_who_does_not_compare_is_always_concerned() -> None:
    watching = Watching[str]()
    watching.add("each", ())
    assert [watching.concerned(value) for value in (1, 1, None, "on", 2)] == [["each"]] * 5


@given(values=st.lists(st.sampled_from((None, nan, 17, 18.5, 19, 25, 26, 27, 28, 29, True, "x"))))
def test_nobody_misses_a_turn(values: list[Value | None]) -> None:
    def warmth(value: Value | None) -> tuple[bool, ...] | None:
        if not isinstance(value, int | float):
            return None
        return (value > 26, value >= 28, value == 18.5, value < 18.5)

    watching, seen = thermometer(), ()  # type: ignore[var-annotated]
    for value in values:
        if watching.concerned(value) == EVERYBODY:
            seen = warmth(value)
        assert seen == warmth(value)


VALUE, COUNT, WINDOW = Point("meter.value"), Point("meter.count"), Point("window.power")


def compiled(text: str) -> Compiled:
    return compile_expression(text, HOUSE)


def told(outcome: Outcome) -> object:
    said = [(each.rule.id, each.verdict, each.reason) for each in outcome.decisions]
    return said, outcome.memory, outcome.timers


_TRIGGERS = (
    becomes(compiled("meter.value > 1")),
    becomes(compiled("meter.value >= 2 or meter.count == 1")),
    becomes(compiled("0 < meter.value < 2 and window.power")),
    becomes(compiled("meter.count > 1"), waits_at_first=True),
    becomes(compiled("meter.value > meter.count")),
    becomes(compiled("meter.value > 1"), hold=2 * MINUTE),
    becomes(compiled("meter.value > 2"), until=compiled("meter.value < 1")),
    becomes(compiled("meter.value > 1 and age('meter.count') > '2m'")),
)
_values = st.fixed_dictionaries(
    {},
    optional={
        VALUE: st.sampled_from((None, nan, -1, 0, 0.5, 0.7, 1, 1.2, 1.7, 2, 2.5, 3)),
        COUNT: st.sampled_from((None, 0, 1, 2, 3, 4)),
        WINDOW: st.sampled_from((None, True, False)),
    },
)


def at_each_change(trigger: BecomesTrigger) -> BecomesTrigger:
    """The same trigger, of which nobody knows that its expression compares with numbers."""
    assert isinstance(trigger.when, Compiled)
    return replace(trigger, when=replace(trigger.when, thresholds=frozenset()))


@given(moments=st.lists(st.none() | _values, max_size=12))
def test_rules_decide_as_if_each_change_concerned_them(
    moments: list[dict[Point, Value | None] | None],
) -> None:
    triggers = [(f"r{number}", trigger) for number, trigger in enumerate(_TRIGGERS)]
    house = House([rule(name, trigger) for name, trigger in triggers])
    asked = House([rule(name, at_each_change(trigger)) for name, trigger in triggers])
    for values in moments:
        if values is None:
            house.start(house.now)
            asked.start(asked.now)
            continue
        house.wait(1)
        asked.wait(1)
        assert told(house.read(values)) == told(asked.read(values))
        assert told(house.second()) == told(asked.second())
