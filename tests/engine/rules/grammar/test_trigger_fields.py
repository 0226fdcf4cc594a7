"""What expressions know of ``trigger`` by the triggers of their rule: types, words, points."""

from dataclasses import replace

import pytest

from interlock.rules.grammar import load_rules
from support.rule_texts import findings, site_with


def found(triggers: str, condition: str) -> list[str]:
    text = f'- {{id: a, triggers: {triggers}, actions: {{press: bell}},\n   condition: "{condition}"}}'
    return [each.partition(": ")[2] for each in findings(text)]


@pytest.mark.parametrize(
    ("triggers", "condition", "expected"),
    [
        ("{change: living_thermostat.actualtemp}", "trigger.value > 'warm'",
         ["trigger.value is a number and can never be 'warm'"]),
        ("{change: living_thermostat.actualtemp}", "trigger.was == 'on'",
         ["trigger.was is a number and can never be 'on'"]),
        ("{update: lamp.power}", "trigger.value == 26",
         ["on or off can never equal a number [compare with 'on' or 'off', or with nothing at all]"]),
        ("[{change: lamp.power}, {change: living_ac.hvacpower}]", "trigger.value > 3",
         ["on or off has no order: it is neither more nor less than another"]),
        ("{all: [{change: lamp.power}, {update: lamp.power}], within: 1m}", "trigger.value == 26",
         ["on or off can never equal a number [compare with 'on' or 'off', or with nothing at all]"]),
        ("[{change: lamp.power, id: on}, {every: 1m}]", "trigger.id == 'onn'",
         ["trigger.id can never be 'onn': it is on or empty [did you mean 'on'?]"]),
        ("{change: lamp.power}", "trigger.point == 'lamp.powr'",
         ["trigger.point can never be 'lamp.powr': it is lamp.power [did you mean 'lamp.power'?]"]),
        ("{change: lamp.power}", "trigger.device == 'lmap'",
         ["trigger.device can never be 'lmap': it is lamp [did you mean 'lamp'?]"]),
        ("{change: lamp.power}", "trigger.origin == 'ours'",
         ["trigger.origin can never be 'ours': it is rule, operator or device"]),
    ],
)  # fmt: skip
def test_what_a_trigger_can_never_bring_is_found(triggers: str, condition: str, expected: list[str]) -> None:
    assert found(triggers, condition) == expected


@pytest.mark.parametrize(
    ("triggers", "condition"),
    [
        ("{change: living_thermostat.actualtemp}", "trigger.value > 26 and trigger.was < 20"),
        ("[{change: lamp.power}, {change: living_thermostat.actualtemp}]", "trigger.value == 'on'"),
        ("[{change: lamp.power}, {unavailable: house}]", "trigger.value == 'x'"),
        ("[{change: lamp.power}, {failed: lamp.*}]", "trigger.value == 'x'"),
        ("[{change: lamp.power, id: a}, {every: 1m, id: b}]", "trigger.id == 'B'"),
        ("[{change: lamp.power, id: a}, {every: 1m}]", "trigger.id == ''"),
        ("{change: [lamp.power, bell.nothing]}", "trigger.value == 'x'"),
        ("{change: attic_thermostat.actualtemp}", "trigger.value == 'x'"),
    ],
)
def test_what_a_trigger_may_bring_is_no_finding(triggers: str, condition: str) -> None:
    assert not [each for each in found(triggers, condition) if "trigger." in each]


def test_members_of_a_group_and_schedules_give_their_points() -> None:
    text = '- {id: a, triggers: {change: lights.power}, condition: "%s", actions: {press: bell}}'
    for condition, expected in (
        ("trigger.point == 'lamp.power' and trigger.value", []),
        ("trigger.point == 'bell.power'", ["trigger.point can never be 'bell.power': it is lamp.power"]),
        ("trigger.value == 3", ["on or off can never equal a number"]),
    ):
        site = replace(site_with(text % condition), groups={"lights": ("lamp", "bell")})
        assert [each.message for each in load_rules(site)[1]] == expected
