"""Rules that set each other off in a circle are found, and others are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.config.guards import Guard
from interlock.errors import Severity
from interlock.model import Point
from interlock.rules.grammar import find_oscillations, load_interlocks, load_rules
from interlock.service.loading import load
from support.rule_texts import site_with

HINT = "let one of them go by something else, or brake it with 'cooldown'"


def told(text: str, interlocks: str = "", **changes: object) -> list[str]:
    """What is said of the rules of a file, without what is the same for all."""
    site = replace(site_with(text), **changes)  # type: ignore[arg-type]
    rules, problems = load_rules(site)
    assert [each for each in problems if each.severity is Severity.ERROR] == []
    locks = load_interlocks(replace(site, interlocks=site_with(interlocks).rules))[0] if interlocks else ()
    assert bool(locks) == bool(interlocks)
    found = find_oscillations(site, rules, locks)
    assert {(each.hint, each.severity) for each in found} <= {(HINT, Severity.WARNING)}
    head, tail = "these rules set each other off in a circle: ", ", and so on"
    return [f"{each.line}: {each.message.removeprefix(head).removesuffix(tail)}" for each in found]


OFF_AND_ON = """
- {id: a, condition: lamp.power, actions: [{set: {lamp.power: off}}]}
- {id: b, condition: not lamp.power, actions: [{set: {lamp.power: on}}]}
"""


def test_two_rules_that_take_back_what_the_other_does() -> None:
    assert told(OFF_AND_ON) == ["1: 'a' sets lamp.power to off, 'b' sets lamp.power to on"]


def test_a_circle_of_several_rules_over_two_points() -> None:
    assert told("""
    - {id: a, condition: lamp.power, actions: [{log: x}, {set: {relay.value: on}}]}
    - {id: b, condition: relay.value, actions: [{set: {lamp.power: off}}]}
    - {id: c, condition: not lamp.power, actions: [{set: {relay.value: off}}]}
    - {id: d, condition: not relay.value, actions: [{set: {lamp.power: on}}]}
    """) == [
        "1: 'a' sets relay.value to on, 'b' sets lamp.power to off, 'c' sets relay.value to off, "
        "'d' sets lamp.power to on"
    ]


def test_two_points_that_follow_each_other_the_other_way_round() -> None:
    assert told("""
    - {id: a, triggers: [{change: lamp.power}], actions: [{set: {relay.value: "{{ lamp.power }}"}}]}
    - {id: b, triggers: [{change: relay.value}], actions: [{set: {lamp.power: "{{ not relay.value }}"}}]}
    """) == [
        "1: 'a' sets relay.value to on, 'b' sets lamp.power to off, 'a' sets relay.value to off, "
        "'b' sets lamp.power to on"
    ]


def test_numbers_that_pass_a_limit_back_and_forth() -> None:
    assert told("""
    - {id: a, condition: living_thermostat.setpoint > 22, actions: [{set: {living_thermostat.setpoint: 20}}]}
    - {id: b, condition: living_thermostat.setpoint < 21, actions: [{set: {living_thermostat.setpoint: 23}}]}
    """) == ["1: 'a' sets living_thermostat.setpoint to 20, 'b' sets living_thermostat.setpoint to 23"]


def test_a_circle_that_needs_a_season() -> None:
    rules = """
    - {{id: a, condition: lamp.power and relay.value, actions: [{{set: {{lamp.power: off}}}}]}}
    - {{id: b, condition: not lamp.power and {}, actions: [{{set: {{lamp.power: on}}}}]}}
    """
    assert len(told(rules.format("relay.value"))) == 1
    assert told(rules.format("not relay.value")) == []


@pytest.mark.parametrize(
    "rules",
    [
        # What the other does is what it wants as well.
        """
        - {id: a, condition: lamp.power, actions: [{set: {relay.value: on}}]}
        - {id: b, condition: relay.value, actions: [{set: {lamp.power: off}}]}
        """,
        # Points that follow each other.
        """
        - {id: a, triggers: [{change: lamp.power}], actions: [{set: {relay.value: "{{ lamp.power }}"}}]}
        - {id: b, triggers: [{change: relay.value}], actions: [{set: {lamp.power: "{{ relay.value }}"}}]}
        """,
        # A limit with a hysteresis.
        """
        - {id: a, condition: living_thermostat.actualtemp > 26, actions: [{set: {lamp.power: on}}]}
        - {id: b, condition: living_thermostat.actualtemp < 24, actions: [{set: {lamp.power: off}}]}
        """,
        # Each sets its own point.
        """
        - {id: a, condition: lamp.power, actions: [{set: {relay.value: off}}]}
        - {id: b, condition: not lamp.power, actions: [{set: {relay.value: on}}]}
        """,
    ],
)
def test_what_comes_to_rest_is_no_circle(rules: str) -> None:
    assert told(rules) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("condition: lamp.power", "condition: lamp.power, cooldown: 1m"),
        ("condition: lamp.power", "condition: lamp.power, limit: 3 per 1h"),
        ("condition: lamp.power", "condition: lamp.power, enabled: false"),
        ("condition: lamp.power", "condition: lamp.power, enabled: shadow"),
        ("actions: [{set: {lamp.power: off}}]", "actions: [{delay: 1s}, {set: {lamp.power: off}}]"),
        (
            "actions: [{set: {lamp.power: off}}]",
            "actions: [{if: relay.value, then: [{set: {lamp.power: off}}]}]",
        ),
        ("actions: [{set: {lamp.power: off}}]", "actions: [{set: {lamp.power: off}, for: 1m}]"),
        ("condition: lamp.power", "triggers: [{becomes: lamp.power, for: 5s}]"),
        ("condition: lamp.power", "triggers: [{every: 1m}], condition: lamp.power"),
        ("condition: lamp.power", "condition: lamp.power and now().hour > 6"),
        ("condition: lamp.power", "condition: lamp.power and relay.value and not relay.value"),
    ],
)
def test_what_takes_time_or_is_not_certain_is_no_circle(first: str, second: str) -> None:
    assert first in OFF_AND_ON
    assert told(OFF_AND_ON.replace(first, second, 1)) == []


def test_what_holds_a_point_back_ends_a_circle() -> None:
    guarded = {Point("lamp.power"): Guard(min_on=timedelta(minutes=5))}
    assert told(OFF_AND_ON, guards=guarded) == []
    assert told(OFF_AND_ON, interlocks="- {id: i, never: lamp.power and relay.value}") == []
    assert told(OFF_AND_ON + "- {id: k, while: relay.value, keep: {lamp.power: on}}") == []


def test_each_circle_is_told_and_once() -> None:
    other = OFF_AND_ON.replace("lamp.power", "relay.value").replace("id: ", "id: x").lstrip()
    assert told(OFF_AND_ON + other) == [
        "1: 'a' sets lamp.power to off, 'b' sets lamp.power to on",
        "3: 'xa' sets relay.value to off, 'xb' sets relay.value to on",
    ]


def test_what_counts_on_and_on_is_left_alone() -> None:
    point = "living_thermostat.setpoint"
    assert (
        told(f"""
    - {{id: a, triggers: [{{change: {point}}}], actions: [{{set: {{{point}: "{{{{ {point} + 1 }}}}"}}}}]}}
    """)
        == []
    )


def test_what_would_be_too_much_to_play_is_left_alone() -> None:
    many = "".join(
        f"- {{id: m{number}, condition: lamp.power, actions: [{{set: {{lamp.power: on}}}}]}}\n"
        for number in range(30)
    )
    assert told(OFF_AND_ON + many) == []


def test_check_says_so_of_rooms_once(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(
        """
site: {name: House, timezone: Europe/Rome}
devices: {x: {type: flag}, y: {type: flag}}
rules:
- for_each: {room: [x, y]}
  id: "{{ room }}-off"
  condition: "{{ room }}.value"
  actions: [{set: {"{{ room }}.value": off}}]
- for_each: {room: [x, y]}
  id: "{{ room }}-on"
  condition: not {{ room }}.value
  actions: [{set: {"{{ room }}.value": on}}]
"""
    )
    assert [f"{each.line}: {each.message}" for each in load(path).warnings] == [
        "5: these rules set each other off in a circle: 'x-off' sets x.value to off, "
        "'x-on' sets x.value to on, and so on"
    ]
