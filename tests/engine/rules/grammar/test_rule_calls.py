"""The action ``call``: a controller with named fields."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import pytest

from interlock import ConnectionSettings
from interlock.config.site import Connection, Site
from interlock.expressions.expression import Expression
from interlock.model import Point
from interlock.rules.actions import WriteAction
from interlock.rules.grammar import load_rules
from support.fake_driver import FakeDriver
from support.rule_texts import findings, rule_of, site_with

CALL = Point("lobby.schedule_set")


def action_of(action: str) -> WriteAction:
    (found,) = rule_of(f"- {{id: a, condition: lamp.power, actions: [{action}]}}").actions
    assert isinstance(found, WriteAction)
    return found


def test_a_call_is_a_command_whose_fields_are_checked() -> None:
    action = action_of("{call: lobby.schedule_set, with: {heat: 21, day: monday}, priority: 8}")
    (assignment,) = action.assignments
    assert (assignment.target.point, assignment.value) == (CALL, None)
    assert list(assignment.fields.items()) == [("day", "Monday"), ("heat", 21.0)]
    assert (action.only_if_different, action.priority) == (False, 8)
    assert action.text == "call lobby.schedule_set with heat: 21, day: monday"


def test_fields_can_be_computed_and_the_rule_reads_their_points() -> None:
    rule = rule_of("""
    - id: a
      triggers: {every: 1m}
      actions:
        call: lobby.schedule_set
        with: {day: Monday, heat: "{{ living_thermostat.setpoint - 1 }}"}
    """)
    (action,) = rule.actions
    assert isinstance(action, WriteAction)
    assert isinstance(action.assignments[0].fields["heat"], Expression)
    assert rule.points == {Point("living_thermostat.setpoint")}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (
            "{call: lobby.schedule_set, with: {dya: Monday, day: Monday, heat: 20}}",
            ["78+3: lobby.schedule_set has no field 'dya' [did you mean 'day'?]"],
        ),
        (
            "{call: lobby.schedule_set, with: {window: 1, day: Monday, heat: 20}}",
            ["78+6: lobby.schedule_set has no field 'window' [it takes day, heat, cool]"],
        ),
        (
            "{call: lobby.schedule_set, with: {cool: 3}}",
            [
                "84+1: cool cannot be 3: it takes a number from 5 to 35",
                "77+9: lobby.schedule_set needs 'day' [the day of the week]",
                "77+9: lobby.schedule_set needs 'heat' [in °C]",
            ],
        ),
        (
            "{call: lobby.schedule_set}",
            [
                "51+18: lobby.schedule_set needs 'day' [the day of the week]",
                "51+18: lobby.schedule_set needs 'heat' [in °C]",
            ],
        ),
        (
            "{call: lobby.schedule_set, with: }",
            [
                "77+1: lobby.schedule_set needs 'day' [the day of the week]",
                "77+1: lobby.schedule_set needs 'heat' [in °C]",
            ],
        ),
        (
            "{call: lobby.schedule_set, with: {day: Munday, heat: warm}}",
            [
                "83+6: day cannot be 'Munday': it takes Monday or Tuesday [did you mean 'Monday'?]",
                "97+4: heat cannot be 'warm': it takes a number from 5 to 35",
            ],
        ),
        (
            "{call: lobby.schedule_set, with: {day: Monday, heat: '{{ lamp.pow }}'}}",
            ["101+8: device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]"],
        ),
        (
            "{call: lobby.schedule_set, with: {day: Monday, heat: '{{ living_ac.hvacmode }}'}}",
            ["101+18: heat cannot be 'cooling': it takes a number from 5 to 35"],
        ),
        ("{call: lobby.schedule_set, with: 3}", ["77+1: 'with' must be a mapping of fields and values"]),
        (
            "{call: lobby.schedule_sat, with: {}}",
            [
                "51+18: device 'lobby' (program) has no controller 'schedule_sat' "
                "[did you mean 'schedule_set'?]"
            ],
        ),
        (
            "{call: bell.trigger}",
            ["51+12: bell.trigger has no fields to call it with [what can be called: lobby.schedule_set]"],
        ),
        ("{call: [lobby.schedule_set]}", ["51+20: 'call' must be a text"]),
        (
            "{set: {lobby.schedule_set: on}}",
            [
                "51+18: lobby.schedule_set takes named fields "
                "[write 'call: lobby.schedule_set' and 'with: {day, heat, cool}']"
            ],
        ),
    ],
)
def test_a_wrong_call(action: str, expected: list[str]) -> None:
    found = findings(f"- {{id: a, condition: lamp.power, actions: [{action}]}}")
    assert [each.removeprefix("1:") for each in found] == expected


class Clumsy(FakeDriver):
    @classmethod
    def check_call(cls, target: object, fields: object) -> NoReturn:
        raise ZeroDivisionError("division by zero")


def on(driver: type[FakeDriver], fields: str) -> Site:
    site = site_with(
        f"- {{id: a, condition: lamp.power, actions: [{{call: lobby.schedule_set, with: {fields}}}]}}"
    )
    return replace(
        site, connections={"house": Connection(name="house", driver=driver, settings=ConnectionSettings())}
    )


@pytest.mark.parametrize(
    ("driver", "fields", "expected"),
    [
        (FakeDriver, "{day: Monday, heat: 20, cool: 24}", []),
        (FakeDriver, "{day: Monday, heat: 25, cool: 24}", [(77, "heat 25.0 is not below cool 24.0")]),
        (FakeDriver, "{day: Monday, heat: '{{ living_thermostat.setpoint }}', cool: 5}", []),
        (
            Clumsy,
            "{day: Monday, heat: 20}",
            [(77, "driver 'fake' failed over this: ZeroDivisionError: division by zero")],
        ),
    ],
)
def test_the_driver_checks_constants_together(
    driver: type[FakeDriver], fields: str, expected: list[tuple[int, str]]
) -> None:
    rules, problems = load_rules(on(driver, fields))
    assert [(each.column, each.message) for each in problems] == expected
    assert len(rules) == (0 if expected else 1)
