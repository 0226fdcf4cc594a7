"""Expressions that differ in their points alone: checked once, and the same as if each had been."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.expressions import TRIGGER, Compiled, ExpressionError, Scope, compile_expression
from interlock.expressions.problems import ExpressionProblem
from interlock.expressions.syntax import Parsed, parse_expression
from interlock.expressions.view import EmptyView
from interlock.model import Point, Value
from support.expression_house import house_targets

_NAMES = ("one", "two")


def _twins() -> Scope:
    """A scope with two of each device of the house, which differ in their names."""
    targets = {
        Point.of(f"{name}_{point.device}", point.controller): replace(
            target,
            point=Point.of(f"{name}_{point.device}", point.controller),
            device=replace(target.device, name=f"{name}_{point.device}"),
        )
        for point, target in house_targets().items()
        for name in _NAMES
    }
    groups = {"both": ("one_meter", "two_meter")}
    return Scope(targets, frozenset(), names=TRIGGER, groups=groups)


_numbers = st.sampled_from(
    ("one_meter.value", "two_meter.value", "one_meter.count", "two_living_ac.hvacmode")
)
_pieces = st.one_of(
    st.builds(
        "{} {} {}".format, _numbers, st.sampled_from(("<", ">=", "==")), st.sampled_from((1, 2.5, "'x'"))
    ),
    st.builds("{} > {}".format, _numbers, _numbers),
    st.builds("{} < {} < {}".format, st.integers(0, 3), _numbers, _numbers),
    st.sampled_from(
        tuple(
            text.replace("?", name)
            for name in _NAMES
            for text in (
                "?_window.power",
                "not ?_window.power",
                "?_living_ac.hvacmode == 'cooling'",
                "?_living_ac.hvacmode in ['dry', 'fan']",
                "?_meter.label == '?_meter.value'",
                "'one_window.power' == ?_meter.label",
                "'it\\'s one_meter.value' != ?_meter.label",
                "available('?_meter.value')",
                "age('?_meter.value') > '1m'",
                "changed('?_meter.value', '5m')",
                "?_meter.start.hour > 3",
                "?_meter.start > now()",
                "?_meter . value > 1",
                "?_window['power']",
                "trigger.data. ?_window.power",
                "trigger.value == ?_meter.value",
                "any(both.value > 2)",
                "between('07:30', '18:30')",
                "now().hour > 9",
                "now() - ?_meter.start > '5m'",
                "?_meter.value > weekday()",
                "age('one_meter.value') > ?_meter.span",
                "(1 if ?_window.power else ?_meter.value) > 0",
                "max(?_meter.value, 3) > 2",
                "(?_meter.value | round) == 2",
                "?_meter.valu > 1",
                "?_blind.updown == 'up'",
                "?_living_thermostat.setpoint > 50",
            )
        )
    ),
)
_texts = st.builds(
    lambda pieces, joint, braces: ("{{{{ {} }}}}" if braces else " {} ").format(f" {joint} ".join(pieces)),
    st.lists(_pieces, min_size=1, max_size=3),
    st.sampled_from(("and", "or")),
    st.booleans(),
)


def _swapped(text: str) -> str:
    """Return a text about the other ones."""
    return text.replace("one_", "?_").replace("two_", "one_").replace("?_", "two_")


def _outcome(text: str, scope: Scope) -> Compiled | tuple[ExpressionProblem, ...]:
    try:
        return compile_expression(text, scope)
    except ExpressionError as error:
        return error.problems


_values: st.SearchStrategy[dict[Point, Value]] = st.fixed_dictionaries(
    {},
    optional={
        **{
            Point(f"{name}_meter.{each}"): st.integers(0, 4) for name in _NAMES for each in ("value", "count")
        },
        **{Point(f"{name}_window.power"): st.booleans() for name in _NAMES},
        **{Point(f"{name}_living_ac.hvacmode"): st.sampled_from(("cooling", "dry")) for name in _NAMES},
    },
)


@given(texts=st.lists(_texts, min_size=1, max_size=3), values=_values)
def test_what_was_compiled_before_changes_nothing(texts: list[str], values: dict[Point, Value]) -> None:
    shared, view = _twins(), EmptyView(values=values)
    for text in (each for first in texts for each in (first, _swapped(first), first.replace("two_", "one_"))):
        after, alone = _outcome(text, shared), _outcome(text, _twins())
        assert after == alone
        if isinstance(after, Compiled) and isinstance(alone, Compiled):
            assert (after.truth(view), after.evaluate(view)) == (alone.truth(view), alone.evaluate(view))
            assert after.turns_at(view) == alone.turns_at(view)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are parsed."""
    found: list[str] = []

    def noted(text: str) -> Parsed:
        found.append(text)
        return parse_expression(text)

    monkeypatch.setattr("interlock.expressions.compiler.parse_expression", noted)
    return found


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("one_meter.value > 26", "two_meter.value > 26"),
        ("one_meter.value > two_meter.value", "two_meter.value > one_living_thermostat.actualtemp"),
        (
            "not one_window.power and one_meter.label == 'a.b'",
            "not two_window.power and two_meter.label == 'a.b'",
        ),
        ("{{ one_meter.value + 1 }}", "{{ two_meter.value + 1 }}"),
        ("one_window.power and between('07:30', '18:30')", "two_window.power and between('07:30', '18:30')"),
    ],
)
def test_a_text_that_differs_in_its_points_alone_is_not_parsed_again(
    first: str, other: str, parsed: list[str]
) -> None:
    scope = _twins()
    compile_expression(first, scope)
    compile_expression(other, scope)
    assert parsed == [first]


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("one_meter.value > 26", "two_meter.value > 27"),
        ("one_meter.value > one_meter.value", "one_meter.value > two_meter.value"),
        (
            "one_meter.value > 1 and age('one_meter.value') > '1m'",
            "two_meter.value > 1 and age('one_meter.value') > '1m'",
        ),
        ("one_meter.label == 'x'", "two_window.power == 'x'"),
        (
            "one_meter.value > 1 and available('one_meter.value')",
            "two_meter.value > 1 and available('one_meter.value')",
        ),
        (
            "one_window.power or trigger.data. one_window.power",
            "one_window.power or trigger.data. two_window.power",
        ),
    ],
)
def test_a_text_that_differs_in_more_is_parsed(first: str, other: str, parsed: list[str]) -> None:
    scope = _twins()
    for text in (first, other):
        _outcome(text, scope)
    assert parsed == [first, other]


def test_an_expression_made_from_another_has_its_own_text_and_points() -> None:
    scope = _twins()
    compile_expression(" {{ one_meter.value > 3 }}  ", scope)
    found = compile_expression(" {{ two_living_thermostat.actualtemp > 3 }}  ", scope)
    assert (found.text, found.offset, found.points) == (
        "two_living_thermostat.actualtemp > 3",
        4,
        frozenset({Point("two_living_thermostat.actualtemp")}),
    )
    assert next(iter(found.points)) is scope.targets[Point("two_living_thermostat.actualtemp")].point
