"""Rules that were expanded, compiled: constants in conditions, and findings that name their row."""

from dataclasses import replace

import pytest

from interlock.config.expansion import Expansion
from interlock.config.site import Site
from interlock.errors import Diagnostic
from interlock.rules.grammar import load_rules
from interlock.rules.triggers import BecomesTrigger
from support.rule_texts import findings, rule_of, site_with


def expanded(text: str) -> Site:
    site, problems = site_with(text), list[Diagnostic]()
    expansion = Expansion(lambda file: None, problems)
    rules = tuple(rule for node in site.rules for rule in expansion.of(node))
    assert problems == []
    return replace(site, rules=rules)


def test_constants_are_found_in_triggers_and_conditions() -> None:
    rule = rule_of("""
    - id: a
      variables: {limit: 26, start: "22:00"}
      triggers: [{becomes: living_thermostat.actualtemp > limit}]
      condition: between(start, '06:00') and living_thermostat.actualtemp > limit + 1
      actions: [{set: {living_thermostat.setpoint: "{{ limit - 2 }}"}}]
    """)
    (trigger,) = rule.triggers
    assert isinstance(trigger, BecomesTrigger)
    assert trigger.when.text == "living_thermostat.actualtemp > limit"


def test_a_constant_is_checked_like_what_stands_there() -> None:
    (found,) = findings("""
    - id: a
      variables: {limit: hot}
      condition: living_thermostat.actualtemp > limit
      actions: [{press: bell}]
    """)
    assert "a number" in found


def test_a_computed_variable_is_none_of_the_conditions() -> None:
    (found,) = findings("""
    - id: a
      variables: {limit: "{{ 20 + 6 }}"}
      condition: living_thermostat.actualtemp > limit
      actions: [{press: bell}]
    """)
    assert "there is no 'limit'" in found


ROOMS = """
- for_each: {{room: [living, kitchen, bed]}}
  id: a
  condition: {condition}
  actions: [{{press: bell}}]
"""


def test_what_is_wrong_for_one_row_names_it() -> None:
    site = expanded(ROOMS.format(condition='"{{ room }}_ac.hvacpower"'))
    rules, problems = load_rules(site)
    assert [rule.id for rule in rules] == ["a-living"]
    assert [problem.message for problem in problems] == [
        "there is no device 'kitchen_ac' (for room = kitchen)",
        "there is no device 'bed_ac' (for room = bed)",
    ]


def test_what_is_wrong_for_every_row_is_said_once() -> None:
    _, problems = load_rules(expanded(ROOMS.format(condition="lamp.pow")))
    assert [problem.message for problem in problems] == [
        "device 'lamp' (light) has no controller 'pow' (for room = living), and 2 more"
    ]


def test_findings_that_differ_by_their_row_are_all_said() -> None:
    rooms = ROOMS.replace("press: bell", 'run: "guests (for {{{{ room }}}})"')
    _, problems = load_rules(expanded(rooms.format(condition="lamp.power")))
    assert [problem.message for problem in problems] == [
        f"there is no rule 'guests (for {room})' (for room = {room})" for room in ("living", "kitchen", "bed")
    ]


TELL_APART = "name in the id what tells the rows apart"


@pytest.mark.parametrize(
    ("rows", "told", "hint"),
    [
        ("{n: [a, b, a]}", "'x-a': the first is the one for n = a (for n = a)", ""),
        ("{n: [7 a, b, 7_a]}", "'x-7_a': the first is the one for n = 7 a (for n = 7_a)", TELL_APART),
        (
            "{n: [a, b], m: [1, 2]}",
            "'x-a': the first is the one for n = a, m = 1 (for n = a, m = 2)",
            TELL_APART,
        ),
    ],
)
def test_rows_that_come_to_one_id_are_refused(rows: str, told: str, hint: str) -> None:
    site = expanded(f"""
    - for_each: {rows}
      id: x
      condition: lamp.power
      actions: [{{press: bell}}]
    """)
    rules, problems = load_rules(site)
    assert len(rules) == len({rule.id for rule in rules}) == 2
    found = problems[0]
    assert (found.message, found.hint, found.line) == (f"two rules have the id {told}", hint, 2)


def test_an_alias_makes_no_second_rule_of_one_id() -> None:
    assert findings("""
    - &it {id: a, condition: lamp.power, actions: [{press: bell}]}
    - *it
    """) == ["1:12+1: two rules have the id 'a': the first stands at rules.yaml:1:12"]
