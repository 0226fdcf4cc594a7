"""Which expressions can be a condition, and which can be written to a controller."""

import pytest

from interlock.capabilities import Capability, ValueType
from interlock.errors import Severity
from interlock.expressions import ExpressionProblem, check_condition, check_value
from support.expression_house import capability, compiled

FINE = [
    ("living_ac.hvacpower", "window.power"),
    ("living_ac.hvacpower", "not window.power"),
    ("living_ac.hvacpower", "'on' if window.power else 'OFF'"),
    ("living_ac.hvacpower", "1"),
    ("living_ac.hvacpower", "broken_device.x"),
    ("living_ac.hvacmode", "'Cooling' if window.power else 'heating'"),
    ("living_ac.hvacmode", "previous('living_ac.hvacmode')"),
    ("living_ac.hvacmode", "meter.label"),
    ("living_ac.hvacmode", "trigger.value"),
    ("living_thermostat.setpoint", "meter.value + 1"),
    ("living_thermostat.setpoint", "21"),
    ("living_thermostat.setpoint", "'21.5'"),
    ("living_thermostat.setpoint", "living_thermostat.setpoint"),
    ("meter.count", "meter.value | round"),
    ("meter.label", "meter.value"),
    ("meter.label", "meter.label ~ 'x'"),
    ("meter.start", "now() + '1h'"),
    ("meter.span", "age('meter.value')"),
    ("lamp.color", "[255, 0, meter.count]"),
    ("lamp.color", "'1,2,3'"),
]

WRONG = [
    (
        "living_ac.hvacmode",
        "'colling' if window.power else 'heating'",
        "hvacmode cannot be 'colling': it takes cooling, heating, dry, fan or auto; did you mean 'cooling'?",
        "",
    ),
    (
        "living_ac.hvacmode",
        "living_thermostat.tempmode",
        "hvacmode cannot be 'standby': it takes cooling, heating, dry, fan or auto",
        "",
    ),
    (
        "living_ac.hvacmode",
        "meter.value",
        "hvacmode takes cooling, heating, dry, fan or auto, and this is a number",
        "",
    ),
    (
        "living_ac.hvacmode",
        "window.power",
        "hvacmode cannot be true: it takes cooling, heating, dry, fan or auto",
        "",
    ),
    ("living_ac.hvacpower", "meter.value", "hvacpower takes on or off, and this is a number", ""),
    ("living_ac.hvacpower", "meter.label", "hvacpower takes on or off, and this is a word", ""),
    ("living_thermostat.setpoint", "41", "setpoint cannot be 41: it takes a number from 5 to 40", ""),
    (
        "living_thermostat.setpoint",
        "meter.label",
        "setpoint takes a number from 5 to 40, and this is a word",
        "a text becomes a number by | float",
    ),
    ("meter.count", "age('meter.value')", "count takes an integer, and this is a duration", ""),
    ("meter.count", "2.5", "count cannot be 2.5: it takes an integer", ""),
    ("meter.start", "meter.span", "start takes an instant, and this is a duration", ""),
]


@pytest.mark.parametrize(("point", "text"), FINE)
def test_a_value_of_the_right_type_can_be_written(point: str, text: str) -> None:
    assert check_value(compiled(text), capability(point)) is None


@pytest.mark.parametrize(("point", "text", "message", "hint"), WRONG)
def test_a_value_that_can_never_be_taken_is_refused(point: str, text: str, message: str, hint: str) -> None:
    assert check_value(compiled(text), capability(point)) == ExpressionProblem(0, len(text), message, hint)


def _number(minimum: float | None, maximum: float | None) -> Capability:
    return Capability(
        controller="level",
        type=ValueType.NUMBER,
        description="",
        source="",
        minimum=minimum,
        maximum=maximum,
    )


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ((41, 50), "level takes a number from 41 to 50, and this is always below that"),
        ((0, 4), "level takes a number from 0 to 4, and this is always above that"),
        ((40, 50), None),
        ((0, 5), None),
        ((41, None), "level takes a number of at least 41, and this is always below that"),
        ((None, None), None),
    ],
)
def test_a_point_whose_range_lies_elsewhere_is_refused(
    limits: tuple[float | None, float | None], message: str | None
) -> None:
    problem = check_value(compiled("{{ living_thermostat.setpoint }}"), _number(*limits))
    assert (problem and (problem.offset, problem.length, problem.message)) == (message and (3, 26, message))


@pytest.mark.parametrize("text", ["window.power", "broken_device.x", "'on'", "3"])
def test_nothing_can_be_written_to_a_trigger(text: str) -> None:
    trigger = Capability(
        controller="press", type=ValueType.NONE, description="", source="", is_trigger=True, writable=True
    )
    problem = check_value(compiled(text), trigger)
    assert problem and problem.message.startswith("press takes no value, and this is ")


@pytest.mark.parametrize(
    "text",
    [
        *("window.power", "meter.value > 3", "broken_device.x", "count([window.power])", "true"),
        *("meter.value > 3 and window.power", "not window.power"),
    ],
)
def test_what_is_true_or_false_can_be_a_condition(text: str) -> None:
    assert check_condition(compiled(text)) is None


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "meter.value",
            "meter.value is a number: as a condition it is true for all but 0",
            "compare it: meter.value > 0",
        ),
        ("false", "this is never true", "'enabled: false' puts a rule out of use"),
        ("{{ False }}", "this is never true", "'enabled: false' puts a rule out of use"),
    ],
)
def test_what_is_hardly_meant_as_a_condition_is_a_warning(text: str, message: str, hint: str) -> None:
    offset = 3 if "{{" in text else 0
    length = len(text) - 2 * offset
    assert check_condition(compiled(text)) == ExpressionProblem(
        offset, length, message, hint, Severity.WARNING
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ meter.label }}", "meter.label is a word and no condition"),
        ("{{ now() }}", "now() is an instant and no condition"),
        ("{{ meter.span }}", "meter.span is a duration and no condition"),
        ("{{ lamp.color }}", "lamp.color is a list and no condition"),
    ],
)
def test_what_is_neither_true_nor_false_is_no_condition(text: str, message: str) -> None:
    assert check_condition(compiled(text)) == ExpressionProblem(
        3, len(text) - 6, message, "compare it with =="
    )
