"""Conditions that never hold together, or of which one always holds, and comparisons with itself."""

from dataclasses import replace

import pytest

from interlock.driver import Target
from interlock.errors import Severity
from interlock.expressions import Scope, compile_expression
from interlock.expressions.functions import Needs
from interlock.model import Point
from support.expression_house import HOUSE, house_targets, problems, view

TEMP, MODE, WINDOW = "living_thermostat.actualtemp", "living_ac.hvacmode", "window.power"


def shortened(text: str) -> str:
    return text.replace("T", TEMP).replace("M ", f"{MODE} ").replace("W", WINDOW)


def warned(text: str, scope: Scope = HOUSE) -> list[str]:
    """Each warning, with its hint; there is nothing else."""
    found = problems(shortened(text), scope)
    assert {each.severity for each in found} <= {Severity.WARNING}
    return [
        f"{each.message.replace(TEMP, 'T').replace(MODE, 'M').replace(WINDOW, 'W')} {each.hint}".strip()
        for each in found
    ]


@pytest.mark.parametrize(
    ("one", "other", "hint"),
    [
        ("M == 'cooling'", "M == 'heating'", " did you mean 'or'?"),
        ("M == 'cooling'", "M != 'cooling'", ""),
        ("'cooling' == M", "M == 'dry'", " did you mean 'or'?"),
        ("T < 18", "T > 26", ""),
        ("T > 26", "T < 18", ""),
        ("26 < T", "18 > T", ""),
        ("T < 20", "T > 20", ""),
        ("T <= 20", "T > 20", ""),
        ("T < 20", "T >= 20", ""),
        ("T <= 19.5", "T >= 20", ""),
        ("T == 20", "T == 21", " did you mean 'or'?"),
        ("T == 20", "T > 20", ""),
        ("T < 20", "T == 20", ""),
        ("T == 20", "T != 20", ""),
        ("W", "not W", ""),
        ("W == 'on'", "W == 'off'", " did you mean 'or'?"),
        ("W == 'on'", "not W", ""),
        ("age('meter.value') < '1m'", "age('meter.value') > '5m'", ""),
    ],
)
def test_conditions_that_exclude_each_other_are_told(one: str, other: str, hint: str) -> None:
    assert warned(f"{one} and meter.value > 3 and {other}") == [
        f"this is never true: {one} and {other} exclude each other{hint}"
    ]


@pytest.mark.parametrize(
    ("one", "other", "hint"),
    [
        ("M != 'cooling'", "M != 'heating'", " did you mean 'and'?"),
        ("T < 20", "T >= 20", ""),
        ("T < 26", "T > 18", ""),
        ("T <= 20", "T >= 20", ""),
        ("T != 20", "T != 21", " did you mean 'and'?"),
        ("T != 20", "T > 3", ""),
        ("W", "not W", ""),
        ("W != 'on'", "W", ""),
    ],
)
def test_conditions_of_which_one_always_holds_are_told(one: str, other: str, hint: str) -> None:
    assert warned(f"{one} or meter.value > 3 or {other}") == [
        f"this is always true: where {one} is false, {other} is true{hint}"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "T > 18 and T < 26",
        "T >= 20 and T <= 20",
        "T < 18 or T > 26",
        "T < 18 and T < 26",
        "T > 18 and T > 26",
        "T < 26 and T <= 18",
        "T < 20 or T > 20",
        "M == 'cooling' or M == 'heating'",
        "M != 'cooling' and M != 'heating'",
        "M == 'cooling' and M == 'cooling'",
        "T == 20 or T == 21",
        "T != 20 and T > 20",
        "T == 20 and T < 26",
        "T < 18 and meter.value > 26",
        "W and not blind.moving",
        "W and W",
        "M == 'cooling' and trigger.value > 3 and trigger.value == 'x'",
        "T > 26 and M == 'cooling' or T < 18 and M == 'heating'",
        "age('meter.value') > '1m' and changed_for('meter.value') < '1m'",
        "T < meter.value and T > meter.value + 3",
    ],
)
def test_conditions_that_can_hold_are_no_finding(text: str) -> None:
    found = [each.message for each in problems(shortened(text)) if "this is" in each.message]
    assert found == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T > 26 or true", ["this is always true: true decides it"]),
        ("false and T > 26", ["this is always false: false decides it"]),
        ("T > 26 and true", []),
        ("T > 26 or false", []),
    ],
)
def test_a_constant_that_decides_is_told(text: str, expected: list[str]) -> None:
    assert warned(text) == expected


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("T == T", "true"),
        ("T != T", "false"),
        ("T < T", "false"),
        ("T <= T", "true"),
        ("T > T", "false"),
        ("T >= T", "true"),
        ("M == M", "true"),
        ("T + 1 > T + 1", "false"),
        ("age('meter.value') == age('meter.value')", "true"),
    ],
)
def test_a_comparison_with_itself_is_told(text: str, truth: str) -> None:
    shown = shortened(text.replace("M", "M "))
    assert [each.message for each in problems(shown)] == [f"both sides are the same: this is always {truth}"]


def test_a_parameter_of_a_template_may_decide_a_comparison() -> None:
    scope = Scope(house_targets(), constants={"limit": 3, "room": "bath"})
    for text in ("limit > 5", "3 < limit", "room == 'bath'", "limit == limit"):
        assert compile_expression(text, scope).problems == ()
    assert len(compile_expression("1 > 5", scope).problems) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sun.elevation > 91", "this is always false: sun.elevation is from -90 to 90"),
        ("sun.azimuth <= 360", "this is always true: sun.azimuth is from 0 to 360"),
        ("now().hour == 24", "this is always false: now().hour is from 0 to 23"),
        ("now().minute < 60", "this is always true: now().minute is from 0 to 59"),
        ("now().second > 59", "this is always false: now().second is from 0 to 59"),
        ("now().day == 32", "this is always false: now().day is from 1 to 31"),
        ("now().month == 13", "this is always false: now().month is from 1 to 12"),
        ("now().weekday() == 7", "this is always false: now().weekday() is from 0 to 6"),
        ("now().isoweekday() == 0", "this is always false: now().isoweekday() is from 1 to 7"),
        ("rule('a').count_today < 0", "this is always false: rule('a').count_today is at least 0"),
        ("count([W]) > 1", "this is always false: count([W]) is from 0 to 1"),
        ("living_thermostat.setpoint + 10 < 15",
         "this is always false: living_thermostat.setpoint + 10 is from 15 to 50"),
        ("living_thermostat.setpoint - 40 > 0",
         "this is always false: living_thermostat.setpoint - 40 is from -35 to 0"),
        ("living_thermostat.setpoint * -1 > -5",
         "this is always false: living_thermostat.setpoint * -1 is from -40 to -5"),
        ("avg([living_thermostat.setpoint, 50]) > 50",
         "this is always false: avg([living_thermostat.setpoint, 50]) is from 5 to 50"),
    ],
)  # fmt: skip
def test_ranges_that_decide_are_told(text: str, expected: str) -> None:
    scope = Scope(house_targets(), rules=frozenset({"a"}), has=frozenset(Needs))
    assert warned(text, scope) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "living_thermostat.setpoint + meter.value > 1000",
        "living_thermostat.setpoint / 2 > 1000",
        "sum([living_thermostat.setpoint, 50]) > 60",
        "count([W, trigger.value]) > 1",
    ],
)
def test_what_has_no_known_range_is_not_judged(text: str) -> None:
    assert warned(text) == []


def test_a_number_of_a_unit_of_time_is_compared_with_durations() -> None:
    targets = house_targets()
    pause = replace(targets[Point("meter.value")].capability, unit="min", minimum=0, maximum=90)
    scope = Scope({Point("meter.value"): replace(targets[Point("meter.value")], capability=pause)})
    longer = compile_expression("meter.value > '1h'", scope)
    assert [longer.truth(view({"meter.value": value})) for value in (60, 61)] == [False, True]
    assert [each.message for each in problems("meter.value > '2h'", scope)] == [
        "this is always false: meter.value is from 0 to 90"
    ]


def test_numbers_of_different_units_are_told() -> None:
    targets = house_targets()

    def counted(point: str, unit: str) -> Target:
        target = targets[Point(point)]
        return replace(target, capability=replace(target.capability, unit=unit))

    scope = Scope(
        {Point(name): counted(name, unit) for name, unit in (("meter.value", "lx"), (TEMP, "°C"))}
        | {Point("living_thermostat.setpoint"): counted("living_thermostat.setpoint", "°C")}
    )
    assert warned("meter.value > T", scope) == ["these are lx and °C: nothing is converted"]
    assert warned("max([T, living_thermostat.setpoint]) < meter.value", scope) == [
        "these are °C and lx: nothing is converted"
    ]
    for text in (
        "T > living_thermostat.setpoint",
        "T > 26",
        "T > meter.value + 0",
        "max([T, meter.value]) > T",
    ):
        assert warned(text, scope) == []
