"""Kleene's three values, whichever operand stands first."""

import pytest

from interlock.model import Truth, Value
from support.expression_house import compiled, truth, value, view

POWER, WINDOW = "living_ac.hvacpower", "window.power"
AND = {
    (True, True): True,
    (True, False): False,
    (True, None): None,
    (False, True): False,
    (False, False): False,
    (False, None): False,
    (None, True): None,
    (None, False): False,
    (None, None): None,
}
OR = {
    (True, True): True,
    (True, False): True,
    (True, None): True,
    (False, True): True,
    (False, False): False,
    (False, None): None,
    (None, True): True,
    (None, False): None,
    (None, None): None,
}


def known(**points: Truth) -> dict[str, Value]:
    return {name.replace("__", "."): value for name, value in points.items() if value is not None}


@pytest.mark.parametrize(("operands", "expected"), AND.items())
def test_and_follows_kleene(operands: tuple[Truth, Truth], expected: Truth) -> None:
    seen = view(known(living_ac__hvacpower=operands[0], window__power=operands[1]))
    assert compiled(f"{POWER} and {WINDOW}").truth(seen) is expected


@pytest.mark.parametrize(("operands", "expected"), OR.items())
def test_or_follows_kleene(operands: tuple[Truth, Truth], expected: Truth) -> None:
    seen = view(known(living_ac__hvacpower=operands[0], window__power=operands[1]))
    assert compiled(f"{POWER} or {WINDOW}").truth(seen) is expected


@pytest.mark.parametrize(("operand", "expected"), [(True, False), (False, True), (None, None)])
def test_not_of_unknown_is_unknown(operand: Truth, expected: Truth) -> None:
    assert compiled(f"not {WINDOW}").truth(view(known(window__power=operand))) is expected


def test_a_long_chain_is_decided_by_its_last_operand() -> None:
    chain = "meter.value > 1 and meter.count > 1 and living_thermostat.actualtemp > 1 and window.power"
    assert truth(chain, window__power=False) is False
    assert truth(chain, meter__value=2.0, window__power=True) is None


@pytest.mark.parametrize(
    "text",
    ["1 / meter.value > 1 or window.power", "window.power or 1 / meter.value > 1"],
)
def test_what_cannot_be_computed_is_unknown_and_or_still_decides(text: str) -> None:
    assert truth(text, meter__value=0.0, window__power=True) is True
    assert truth(text, meter__value=0.0, window__power=False) is None
    assert truth(text, meter__value=0.5, window__power=False) is True


@pytest.mark.parametrize(
    "text", ["1 / meter.value > 1 and window.power", "window.power and 1 / meter.value > 1"]
)
def test_what_cannot_be_computed_is_unknown_and_and_still_decides(text: str) -> None:
    assert truth(text, meter__value=0.0, window__power=False) is False
    assert truth(text, meter__value=0.0, window__power=True) is None


def test_logic_inside_an_operation_keeps_its_three_values() -> None:
    text = "(window.power or living_ac.hvacpower) == (meter.value > 3)"
    assert truth(text, window__power=True, meter__value=4.0) is True
    assert truth(text, window__power=False, meter__value=4.0) is None
    assert truth(text, window__power=True) is None


def test_and_gives_a_boolean_and_not_its_operand() -> None:
    assert value("meter.value and meter.count", meter__value=2.0, meter__count=3) is True
    assert value("meter.value or meter.count", meter__value=0.0, meter__count=3) is True
    assert value("not meter.value", meter__value=2.0) is False


@pytest.mark.parametrize(("number", "expected"), [(0.0, False), (0, False), (-1.5, True)])
def test_a_number_is_a_condition_where_it_is_not_zero(number: float, expected: bool) -> None:
    assert truth("meter.value", meter__value=number) is expected


@pytest.mark.parametrize(("test", "expected"), [(True, 1), (False, 2), (None, None)])
def test_if_with_an_unknown_test_is_unknown(test: Truth, expected: int | None) -> None:
    assert compiled(f"1 if {WINDOW} else 2").evaluate(view(known(window__power=test))).value == expected


def test_if_needs_only_the_branch_it_takes() -> None:
    text = "meter.value if window.power else meter.count"
    assert value(text, window__power=True, meter__value=3.0) == 3.0
    assert value(text, window__power=False, meter__value=3.0) is None
    assert value("1 / meter.value if meter.value else 0", meter__value=0.0) == 0


@pytest.mark.parametrize(
    "text",
    [
        "meter.value > 3",
        "3 < meter.value",
        "meter.value + 1 > 3",
        "-meter.value < 3",
        "meter.count < meter.value < 100",
        "meter.count in [1, meter.value]",
        "meter.value ~ 'x' == 'x'",
        "abs(meter.value) > 1",
        "meter.value | round(1) > 1",
        "meter.value is even",
        "{1: 2}[meter.value] > 1",
        "not (meter.value > 3)",
    ],
)
def test_any_other_use_of_an_unknown_is_unknown(text: str) -> None:
    assert truth(text, meter__count=200) is None


def test_a_condition_that_is_no_condition_when_computed_is_unknown() -> None:
    assert compiled("broken_device.word").truth(view({"broken_device.word": "cooling"})) is None
    assert compiled("broken_device.word").truth(view({"broken_device.word": True})) is True


@pytest.mark.parametrize(
    "text",
    [
        "living_thermostat.actualtemp > 26",
        "living_thermostat.actualtemp > 26 and living_ac.hvacmode == 'cooling'",
        "not window.power or age('meter.value') > '10m'",
        "meter.value | round(1) > 3 and meter.count in (1, 2)",
        "'warm' if meter.value > 20 else 'cold'",
        "trigger.value == 'on' and meter.value ** 2 > 3",
    ],
)
def test_the_common_part_runs_without_jinja2(text: str) -> None:
    assert compiled(text).is_compiled


@pytest.mark.parametrize("text", ["now().hour > 7", "meter.label | title == 'X'", "meter.count is even"])
def test_the_rare_part_runs_in_the_sandbox(text: str) -> None:
    assert not compiled(text).is_compiled
