"""Functions over several values: of a group, of a list, of arguments."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from interlock.expressions import ExpressionError, Scope, compile_expression
from interlock.model import Point, Value
from support.expression_house import house_targets, view

SCOPE = Scope(
    house_targets(),
    groups={
        "climate": ("living_thermostat", "living_ac"),
        "switches": ("window", "living_ac"),
        "meters": ("meter",),
        "broken": (),
    },
)
ALL: Mapping[str, Value] = {
    "living_thermostat.actualtemp": 21,
    "living_thermostat.setpoint": 23,
    "meter.value": 7.5,
    "meter.count": 4,
    "meter.span": timedelta(minutes=10),
    "window.power": True,
    "living_ac.hvacpower": False,
}

METER = house_targets()[Point("meter.value")]
OTHER = replace(METER, point=Point("other_meter.value"), device=replace(METER.device, name="other_meter"))
WITH_TWO_METERS = Scope(
    {METER.point: METER, OTHER.point: OTHER}, groups={"all_meters": ("meter", "other_meter")}
)


def value(text: str, known: Mapping[str, Value] = ALL, scope: Scope = SCOPE) -> Value | None:
    inline = compile_expression(text, scope).evaluate(view(known)).value
    assert inline == compile_expression(text, scope, in_sandbox=True).evaluate(view(known)).value
    return inline


def without(*points: str) -> Mapping[str, Value]:
    return {point: known for point, known in ALL.items() if point not in points}


TWO = "living_thermostat.actualtemp, meter.value"
SWITCHES = "window.power, living_ac.hvacpower"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"min({TWO})", 7.5),
        (f"max([{TWO}])", 21),
        (f"max([[{TWO}], 30])", 30),
        (f"sum({TWO})", 28.5),
        (f"avg({TWO})", 14.25),
        (f"[{TWO}] | avg", 14.25),
        (f"count({SWITCHES})", 1),
        (f"any({SWITCHES})", True),
        (f"all({SWITCHES})", False),
        ("any(meter.count > 3)", True),
        ("all([meter.count > 3, window.power])", True),
        ("avg(meter.span, '20m') == '15m'", True),
        ("min('5m', meter.count * '3m') == '5m'", True),
        ("max(meter.span, minutes(20)) == '20m'", True),
        ("avg(meter.span, minutes(20)) == '15m'", True),
        ("sum(meter.span, meter.span) == '20m'", True),
        ("min(now(), today_at('00:00')) == today_at('00:00')", True),
    ],
)
def test_values_are_taken_from_arguments_and_lists(text: str, expected: Value) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("avg(meters.value)", 7.5),
        ("max(meters.value, meters.count)", 7.5),
        ("sum(meters.value + meters.count)", 11.5),
        ("any(climate.actualtemp > 20)", True),
        ("any(climate.actualtemp > climate.setpoint)", False),
        ("any(climate['actualtemp'] > 20)", True),
        ("all(available('climate.actualtemp'))", True),
        ("max(age('meters.value')) == '0s'", True),
        ("any(meters.value > avg(climate.actualtemp))", False),
        ("max(avg(meters.value), 3)", 7.5),
        ("count(switches.power)", 1),
    ],
)
def test_an_expression_that_names_a_group_is_computed_for_each_member_that_has_it(
    text: str, expected: Value
) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("name", ["min", "max", "sum", "avg"])
def test_one_unknown_value_makes_the_result_unknown(name: str) -> None:
    known = without("meter.value")
    assert value(f"{name}({TWO})", known) is None
    reason = compile_expression(f"{name}({TWO})", SCOPE).evaluate(view(known)).reason
    assert reason == "meter.value was never read"


@pytest.mark.parametrize(
    ("text", "missing", "expected"),
    [
        (f"any({SWITCHES})", "living_ac.hvacpower", True),
        (f"any({SWITCHES})", "window.power", None),
        (f"all({SWITCHES})", "window.power", False),
        (f"all({SWITCHES})", "living_ac.hvacpower", None),
        (f"count({SWITCHES})", "window.power", None),
    ],
)
def test_an_unknown_condition_matters_only_where_it_decides(
    text: str, missing: str, expected: bool | None
) -> None:
    assert value(text, without(missing)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"avg(known({TWO}))", 21),
        (f"avg(known([{TWO}]))", 21),
        (f"min(known({TWO}))", 21),
        ("count(known(meter.value > 1, window.power))", 1),
        ("all(known(meter.value > 1, window.power))", True),
        ("any(known(meter.value > 1, living_ac.hvacpower))", False),
        ("max(known(meters.value / 0, meter.count))", 4),
    ],
)
def test_known_leaves_out_what_is_unknown(text: str, expected: Value) -> None:
    assert value(text, without("meter.value")) == expected


@pytest.mark.parametrize("name", ["min", "max", "sum", "avg", "count", "any", "all"])
def test_where_nothing_is_known_the_result_is_unknown_also_with_known(name: str) -> None:
    argument = "known(meter.value, meter.count)"
    found = compile_expression(f"{name}({argument})", SCOPE).evaluate(view({}))
    assert (found.value, found.reason) == (None, "meter.value was never read; meter.count was never read")


def test_known_does_not_change_what_is_known_already() -> None:
    assert value(f"avg(known({TWO}))") == 14.25
    assert compile_expression(f"any(known({SWITCHES}))", SCOPE).truth(view(ALL)) is True


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "meters.value > 20",
            "meters.value is several points, because 'meters' is a group",
            "say of which: any(meters.value …), all(meters.value …), avg(meters.value), max(meters.value)",
        ),
        (
            "age('meters.value') > '1m'",
            "meters.value is several points, because 'meters' is a group",
            "say of which: any(meters.value …), all(meters.value …), avg(meters.value), max(meters.value)",
        ),
        (
            "avg(meters.valeu)",
            "no device of the group 'meters' has a controller 'valeu'",
            "did you mean 'value'?",
        ),
        (
            "avg(switches.xyz)",
            "no device of the group 'switches' has a controller 'xyz'",
            "they have power, hvacpower, hvacmode",
        ),
        (
            "any(switches.power and switches.hvacpower)",
            "no device of the group 'switches' has all of hvacpower, power",
            "",
        ),
        (
            "avg(meters.value + climate.actualtemp)",
            "'climate' and 'meters' are two groups: take one at a time",
            "",
        ),
        ("meters", "'meters' is a group: name one of its points", ""),
        ("avg(meters)", "'meters' is a group: name one of its points", ""),
        ("avg()", "it is called avg(values, …)", ""),
        ("avg(known())", "it is called avg(values, …)", ""),
        ("avg(window.power)", "a number is expected here, and this is on or off", ""),
        ("sum(now())", "a number is expected here, and this is an instant", ""),
        ("avg(meter.value, meter.span)", "a number is expected here, and this is a duration", ""),
        ("max(meter.span, 'soon')", "'soon' is no duration: write for example 30s, 5m, 1h30m or 2d", ""),
        (
            "which(window.power)",
            "'which' names members of a group, and here is none",
            "write for example which(bedrooms.actualtemp > 26)",
        ),
        ("which(meters.label)", "meters.label is a word and no condition", "compare it with =="),
        ("any(meter.label)", "meter.label is a word and no condition", "compare it with =="),
        (
            "known(meter.value)",
            "'known' stands inside a function over several values",
            "write for example avg(known(bedrooms.actualtemp))",
        ),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression(text, SCOPE)
    [problem] = raised.value.problems
    assert problem.message == message
    assert hint in problem.hint


def test_of_a_group_whose_own_declaration_is_faulty_nothing_more_is_said() -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression("avg(broken.value) + nonsense", SCOPE)
    assert [problem.message for problem in raised.value.problems] == ["there is no 'nonsense'"]


def test_every_member_that_is_read_is_in_the_index() -> None:
    compiled = compile_expression("any(climate.actualtemp > climate.setpoint)", SCOPE)
    assert compiled.points == {"living_thermostat.actualtemp", "living_thermostat.setpoint"}


def test_a_variable_that_holds_a_list_is_taken_item_by_item() -> None:
    assert value("sum(lamp.color)", {"lamp.color": (1, 2, 3)}) == 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("which(all_meters.value > 7)", "meter, other_meter"),
        ("which(all_meters.value > 7.6)", "other_meter"),
        ("which(all_meters.value > 100)", ""),
        ("'too much: ' ~ which(all_meters.value < 8)", "too much: meter"),
    ],
)
def test_the_members_of_a_group_that_meet_a_condition_are_named(text: str, expected: str) -> None:
    assert value(text, {**ALL, "other_meter.value": 8}, WITH_TWO_METERS) == expected


@pytest.mark.parametrize("text", ["which(all_meters.value > 7)", "which(known(all_meters.value > 7))"])
def test_members_of_which_nothing_is_known_are_not_named(text: str) -> None:
    assert value(text, {"meter.value": 8}, WITH_TWO_METERS) == "meter"
    assert value(text, {}, WITH_TWO_METERS) is None
