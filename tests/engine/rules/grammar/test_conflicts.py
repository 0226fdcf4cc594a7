"""Rules that are in each other's way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interlock.config.guards import Guard
from interlock.errors import Severity
from interlock.rules.grammar import load_rules
from support.engine_house import LEVEL
from support.rule_texts import findings, site_with


def told(text: str) -> list[str]:
    return findings(text)


TOO = (
    "2:{column}: warning: rule 'a' keeps lamp.powerlevel too, at priority 16: "
    "where both do, the one that began last wins [give one of them another 'priority']"
)


def pair(first: str, second: str, *, priority: int = 16, value: str = "60") -> list[str]:
    return told(f"""
    - {{id: a, {first}keep: {{lamp.powerlevel: 50}}}}
    - {{id: b, {second}keep: {{lamp.powerlevel: {value}}}, priority: {priority}}}
    """)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", ""),
        ("while: relay.value, ", ""),
        ("while: relay.value, ", "while: living_ac.hvacpower, "),
        ("while: living_thermostat.actualtemp > 20, ", "while: living_thermostat.actualtemp > 30, "),
        ("while: living_thermostat.actualtemp > 20, ", "while: living_thermostat.actualtemp < 30, "),
        ("while: living_ac.hvacmode == 'cooling', ", "while: living_ac.hvacmode != 'dry', "),
        ("while: living_thermostat.actualtemp > 20, ", "while: living_thermostat.setpoint > 20, "),
    ],
)
def test_two_rules_that_keep_one_point_otherwise_at_one_priority_are_told(first: str, second: str) -> None:
    (found,) = pair(first, second)
    column = found.removeprefix("2:").partition(": ")[0]
    assert found == TOO.format(column=column)
    assert column.endswith("+2")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("while: relay.value, ", "while: not relay.value, "),
        ("while: living_thermostat.actualtemp > 20, ", "while: living_thermostat.actualtemp <= 20, "),
        ("while: living_thermostat.actualtemp < 20, ", "while: living_thermostat.actualtemp > 22.5, "),
        ("while: living_ac.hvacmode == 'cooling', ", "while: living_ac.hvacmode == 'heating', "),
        ("while: relay.value and living_ac.hvacpower, ", "while: relay.value and not living_ac.hvacpower, "),
    ],
)
def test_two_that_never_keep_it_together_are_not(first: str, second: str) -> None:
    assert pair(first, second) == []


def test_equal_values_or_other_priorities_are_no_conflict() -> None:
    assert pair("", "", value="50") == []
    assert pair("", "", priority=12) == []


def test_computed_values_may_differ() -> None:
    assert len(pair("", "", value='"{{ living_thermostat.actualtemp }}"')) == 1


def test_a_rule_that_is_off_is_in_nobodys_way() -> None:
    assert pair("enabled: false, ", "") == []


def test_what_a_shadow_keeps_is_sent_all_the_same() -> None:
    assert (
        told("""
        - {id: a, enabled: shadow, keep: {lamp.power: on}}
        - {id: b, triggers: [{every: 1h}], actions: [{set: {lamp.power: off}}]}
        """)
        == []
    )


NOT_SENT = (
    "warning: while rule 'a' keeps lamp.power, this is not sent: both have the same priority "
    "[hold it by a stronger 'priority' and 'for', or let a rule keep it]"
)


@pytest.mark.parametrize(
    ("priority", "action", "expected"),
    [
        (16, "set: {lamp.power: on}", [NOT_SENT]),
        (12, "set: {lamp.power: on}", []),
        (16, "set: {lamp.power: on}, for: 1h", []),
        (16, "set: {lamp.powerlevel: 5}", []),
        (16, "if: relay.value, then: [{pulse: {lamp.power: on, for: 2s}}]", [NOT_SENT]),
    ],
)
def test_what_is_kept_as_strongly_is_not_sent(priority: int, action: str, expected: list[str]) -> None:
    found = told(f"""
    - {{id: a, while: relay.value, keep: {{lamp.power: off}}, priority: {priority}}}
    - {{id: b, condition: living_ac.hvacpower, actions: [{{{action}}}]}}
    """)
    assert [each.partition(": ")[2] for each in found] == expected


def test_what_a_rule_does_at_the_end_of_its_own_keeping_is_sent() -> None:
    assert (
        told("- {id: a, while: relay.value, keep: {lamp.power: off}, finally: [{set: {lamp.power: on}}]}")
        == []
    )


FOR_EVER = (
    "warning: nothing in this rule lets go of lamp.power again "
    "[say 'for' how long it is held, or 'release' it]"
)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("{set: {lamp.power: on}, priority: 8}", [FOR_EVER]),
        ("{set: {lamp.power: on}, priority: 8, for: 1h}", []),
        ("{set: {lamp.power: on}, priority: 8}, {release: lamp.power}", []),
        ("{set: {lamp.power: on}, priority: 8}, {release: lamp.powerlevel}", [FOR_EVER]),
        ("{set: {lamp.power: on}, priority: 8}, {set: {lamp.power: off}}", []),
        ("{set: {lamp.power: on}, priority: 8}, {set: {lamp.power: off}, for: 1h}", []),
        ("{set: {lamp.power: on}, priority: 8}, {set: {lamp.power: off}, priority: 9}", [FOR_EVER, FOR_EVER]),
    ],
)
def test_what_nothing_lets_go_of_is_told(rest: str, expected: list[str]) -> None:
    found = told(f"- {{id: a, condition: living_ac.hvacpower, actions: [{rest}]}}")
    assert [each.partition(": ")[2] for each in found] == expected


def test_what_else_or_finally_releases_is_released() -> None:
    assert (
        told("""
    - id: a
      triggers: [{becomes: living_ac.hvacpower}]
      actions: [{set: {lamp.power: on}, priority: 8}]
      finally: [{release: lamp.power}]
    """)
        == []
    )


def test_one_place_is_told_once() -> None:
    found = told("""
    - {id: a, keep: {lamp.power: off, living_ac.hvacpower: off}}
    - {id: b, keep: {lamp.power: off, living_ac.hvacpower: off}}
    - {id: c, keep: &same {lamp.power: on}}
    - {id: d, keep: {lamp.power: off}}
    """)
    assert [each.partition(":")[0] for each in found] == ["4", "3"]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (
            "{id: a, keep: {lamp.powerlevel: 50}}",
            ["lamp.powerlevel is never set to this: its guard lets it be 40 at most"],
        ),
        (
            "{id: a, triggers: start, actions: {set: {lamp.powerlevel: 5}}}",
            ["lamp.powerlevel is never set to this: its guard lets it be 10 at least"],
        ),
        ("{id: a, keep: {lamp.powerlevel: 50}, priority: 5}", []),
        ("{id: a, keep: {lamp.powerlevel: 40}}", []),
        ('{id: a, keep: {lamp.powerlevel: "{{ living_thermostat.setpoint }}"}}', []),
        ("{id: a, keep: {blind.heightlevel: 50}}", []),
        ("{id: a, enabled: false, keep: {lamp.powerlevel: 50}}", []),
    ],
)
def test_what_a_guard_will_never_let_pass_is_told(rule: str, found: list[str]) -> None:
    guarded = replace(site_with(f"- {rule}"), guards={LEVEL: Guard(minimum=10, maximum=40)})
    _, problems = load_rules(guarded)
    assert [(each.severity, each.message) for each in problems] == [
        (Severity.WARNING, message) for message in found
    ]
