"""Rules that keep points at values, from YAML: what they say, and what is wrong with them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from interlock.model import Point
from interlock.rules.actions import LogAction
from interlock.rules.rule import Mode
from support.rule_texts import findings, rule_of, rules_of

AC, LAMP, LEVEL = Point("living_ac.hvacpower"), Point("lamp.power"), Point("lamp.powerlevel")
TEMPERATURE, SETPOINT = Point("living_thermostat.actualtemp"), Point("living_thermostat.setpoint")
NAMES = (
    "manual_life_safety, automatic_life_safety, critical_equipment, minimum_on_off, manual_operator, default"
)


def told(rest: str) -> list[str]:
    """What is found in one rule, ``{id: r, …}``, without the places."""
    return [each.partition(": ")[2] for each in findings(f"- {{id: r, {rest}}}")]


def test_a_rule_keeps_values_while_something_is_true() -> None:
    rule = rule_of("""
    - id: living-cooled
      description: the living room
      while: living_thermostat.actualtemp > 26
      until: living_thermostat.actualtemp < 24.5
      for: 5m
      keep: {living_ac.hvacpower: on, living_ac.hvacmode: cooling}
      priority: 12
      finally:
        - log: done
    """)
    keep = rule.keep
    assert keep is not None
    assert (rule.id, rule.description, rule.mode, rule.triggers, rule.condition, rule.actions) == (
        "living-cooled",
        "the living room",
        Mode.ON,
        (),
        None,
        (),
    )
    assert (keep.text, keep.priority, keep.hold, keep.dip, keep.releases_unknown) == (
        "keep living_ac.hvacpower: on, living_ac.hvacmode: cooling",
        12,
        timedelta(minutes=5),
        timedelta(),
        False,
    )
    assert keep.condition is not None
    assert keep.condition.text == "living_thermostat.actualtemp > 26"
    assert keep.until is not None
    assert keep.until.text == "living_thermostat.actualtemp < 24.5"
    assert {each.target.point: each.value for each in keep.assignments} == {
        AC: True,
        Point("living_ac.hvacmode"): "cooling",
    }
    assert isinstance(rule.undo[0], LogAction)


def test_without_while_it_is_kept_always_at_the_weakest_priority() -> None:
    keep = rule_of("- {id: r, keep: {lamp.power: off}}").keep
    assert keep is not None
    assert (keep.condition, keep.until, keep.priority, keep.text_of_condition) == (None, None, 16, "")


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("1", 1),
        ("16", 16),
        ("manual_life_safety", 1),
        ("automatic_life_safety", 2),
        ("critical_equipment", 5),
        ("minimum_on_off", 6),
        ("manual_operator", 8),
        ("default", 16),
    ],
)
def test_a_priority_is_a_level_or_its_name(written: str, level: int) -> None:
    keep = rule_of(f"- {{id: r, keep: {{lamp.power: off}}, priority: {written}}}").keep
    assert keep is not None
    assert keep.priority == level


def test_what_it_reads_and_what_it_keeps_is_polled() -> None:
    rule = rule_of(
        """
    - id: r
      while: relay.value
      until: living_ac.hvacpower
      for: "{{ lamp.powerlevel * '1m' }}"
      keep: {living_thermostat.setpoint: "{{ living_thermostat.actualtemp + 1 }}"}
    """.replace(", evening_scene.x: on", "")
    )
    keep = rule.keep
    assert keep is not None
    assert keep.judged == {Point("relay.value"), AC, LEVEL}
    assert keep.computed == {TEMPERATURE}
    assert keep.kept == (SETPOINT,)
    assert rule.points == {Point("relay.value"), AC, LEVEL, TEMPERATURE, SETPOINT}
    assert not keep.reads_time


@pytest.mark.parametrize(
    "rest",
    [
        "while: now().hour > 18, keep: {lamp.power: on}",
        "while: living_ac.hvacpower, until: now().hour > 18, keep: {lamp.power: on}",
        "while: living_ac.hvacpower, keep: {lamp.powerlevel: '{{ now().hour }}'}",
        "while: living_ac.hvacpower, for: \"{{ now().hour * '1m' }}\", keep: {lamp.power: on}",
    ],
)
def test_it_tells_that_it_reads_the_time(rest: str) -> None:
    keep = rule_of(f"- {{id: r, {rest}}}").keep
    assert keep is not None
    assert keep.reads_time


def test_a_hold_can_add_up_across_dips() -> None:
    keep = rule_of(
        "- {id: r, while: living_ac.hvacpower, for: {accumulate: 10m, reset: 3m}, keep: {lamp.power: on}}"
    ).keep
    assert keep is not None
    assert (keep.hold, keep.dip) == (timedelta(minutes=10), timedelta(minutes=3))


def test_the_past_that_its_expressions_look_at_is_kept() -> None:
    rule = rule_of("""
    - id: r
      while: mean_over('living_thermostat.actualtemp', '10m') > 26
      keep: {lamp.powerlevel: "{{ max_over('living_thermostat.actualtemp', '1h') }}"}
    """)
    assert rule.windows == {TEMPERATURE: timedelta(hours=1)}


def test_it_can_let_go_of_what_is_unknown_and_stand_in_the_shadow() -> None:
    rule = rule_of(
        "- {id: r, while: living_ac.hvacpower, keep: {lamp.power: on}, on_unknown: release, enabled: shadow}"
    )
    assert rule.keep is not None
    assert rule.keep.releases_unknown
    assert rule.mode is Mode.SHADOW


def test_every_edit_of_it_gives_another_digest() -> None:
    texts = ("keep: {lamp.power: on}", "keep: {lamp.power: off}", "keep: {lamp.power: on}, priority: 3")
    assert len({rule_of(f"- {{id: r, {text}}}").digest for text in texts}) == len(texts)


def test_its_variables_are_constants_of_all_its_expressions() -> None:
    rule = rule_of("""
    - id: r
      variables: {limit: 26, low: 40}
      while: living_thermostat.actualtemp > limit
      until: living_thermostat.actualtemp < limit - 2
      keep: {lamp.powerlevel: "{{ low + 1 }}"}
    """)
    assert rule.keep is not None
    assert rule.points == {TEMPERATURE, LEVEL}


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("keep: {lamp.power: on}, triggers: [{every: 1m}]",
         ["'triggers' does not go with 'keep' [a kept state is looked at whenever something changes: "
          "say under 'while' when it is kept]"]),
        ("keep: {lamp.power: on}, condition: lamp.power",
         ["'condition' does not go with 'keep' [say under 'while' when it is kept]"]),
        ("keep: {lamp.power: on}, actions: [], else: []",
         ["'actions' does not go with 'keep' [what is done once belongs into a rule of its own; "
          "what is done at the end, under 'finally']",
          "'else' does not go with 'keep' [what is done at the end stands under 'finally']"]),
        ("keep: {lamp.power: on}, mode: single, max: 3",
         ["'mode' does not go with 'keep' [a kept state has no firings that could overlap]",
          "'max' does not go with 'keep' [a kept state has no firings that could overlap]"]),
        ("keep: {lamp.power: on}, cooldown: 5m",
         ["'cooldown' does not go with 'keep' [a point's least times on and off stand at its device: "
          "'guard: {min_off: 5m}']"]),
        ("keep: {lamp.power: on}, limit: 6 per 1h",
         ["'limit' does not go with 'keep' [how often a point changes at most stands at its device: "
          "'guard: {max_changes: 6 per 1h}']"]),
        ("keep: {lamp.power: on}, initial: wait",
         ["'initial' does not go with 'keep' [what is true at the start is kept from the start on]"]),
        ("keep: {lamp.power: on}, until: living_ac.hvacpower",
         ["'until' needs 'while' [without 'while' it is kept always, and does not end]"]),
        ("keep: {lamp.power: on}, for: 5m, on_unknown: hold, finally: []",
         ["'for' needs 'while' [without 'while' it is kept always, and does not end]",
          "'on_unknown' needs 'while' [without 'while' it is kept always, and does not end]",
          "'finally' needs 'while' [without 'while' it is kept always, and does not end]",
          "this list of actions is empty"]),
        ("while: living_ac.hvacpower",
         ["rule 'r' needs 'keep' [points and values, such as '{device.controller: value}']"]),
        ("keep: [lamp.power]", ["'keep' must be a mapping of keys and values"]),
        ("keep: {}", ["'keep' needs a point and its value"]),
        ("keep: {lamp.power: on}, whiel: living_ac.hvacpower",
         ["unknown key 'whiel' [did you mean 'while'?]"]),
        ("keep: {lamp.power: on}, priority: 0", ["'priority' must be at least 1"]),
        ("keep: {lamp.power: on}, priority: 17", ["'priority' must be at most 16"]),
        ("keep: {lamp.power: on}, priority: manual_oprator",
         ["'priority': 'manual_oprator' is no priority: write a number from 1 to 16; "
          "did you mean 'manual_operator'?"]),
        ("keep: {lamp.power: on}, priority: '3'",
         [f"'priority': '3' is no priority: write a number from 1 to 16; or one of {NAMES}"]),
        ("keep: {lamp.power: on}, priority: true", ["'priority' must be a whole number"]),
        ("while: relay.value, keep: {lamp.power: on}, on_unknown: maybe",
         ["'on_unknown' must be hold or release"]),
        ("while: relay.value, keep: {lamp.power: on}, for: 5",
         ["a duration needs its unit [write 5s or 5m]"]),
        ("while: relay.value, keep: {lamp.power: on}, for: {reset: 3m}",
         ["'accumulate' is missing [for how long it must be true, all in all]"]),
        ("while: living_ac.hvacmode, keep: {lamp.power: on}",
         ["living_ac.hvacmode is a word and no condition [compare it with ==]"]),
        ("while: living_thermostat.aktualtemp > 3, keep: {lamp.power: on}",
         ["device 'living_thermostat' (thermostat) has no controller 'aktualtemp' "
          "[did you mean 'actualtemp'?]"]),
        ("keep: {lamp.powre: on}",
         ["device 'lamp' (light) has no controller 'powre' [did you mean 'power'?]"]),
        ("keep: {lmap.power: on}", ["there is no device 'lmap' [did you mean 'lamp'?]"]),
        ("keep: {lamp.power: maybe}", ["power cannot be 'maybe': it takes on or off"]),
        ("keep: {lamp.powerlevel: 120}",
         ["powerlevel cannot be 120: it takes an integer from 0 to 100 %"]),
        ("keep: {lamp.powerlevel: '{{ living_ac.hvacmode }}'}",
         ["powerlevel cannot be 'cooling': it takes an integer from 0 to 100 %"]),
        ("keep: {living_thermostat.actualtemp: 20}",
         ["living_thermostat.actualtemp can only be read [what can be written of it: "
          "living_thermostat.setpoint]"]),
        ("keep: {evening.scenelaunch: launch}",
         ["evening.scenelaunch starts something, and holds no state to be kept "
          "[a rule with triggers and actions can do it at a moment]"]),
        ("keep: {lamp.powerlevel: '{{ lamp.powerlevel + 1 }}'}",
         ["lamp.powerlevel would be computed from itself, again and again "
          "[compute it from other points]"]),
        ("keep: {lamp.powerlevel: '{{ trigger.value }}'}",
         ["'trigger' has no 'value' [this is looked at before a trigger comes]"]),
        ("keep: {lamp.power: on}, variables: {x: '{{ lamp.powerlevel }}'}",
         ["'x' is no constant, which a variable of a kept state must be "
          "[write its expression where it is needed]"]),
        ("while: lamp.power and relay.value, keep: {lamp.power: on}",
         ["warning: this reads lamp.power, which the rule itself keeps: it may begin and end by its own "
          "doing [say what must be so besides]"]),
        ("while: relay.value, until: lamp.power, keep: {lamp.power: on}",
         ["warning: this reads lamp.power, which the rule itself keeps: it may begin and end by its own "
          "doing [say what must be so besides]"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(rest: str, expected: list[str]) -> None:
    assert told(rest) == expected


def test_a_rule_with_an_error_is_left_out_and_one_with_a_warning_is_not() -> None:
    assert told("while: lamp.power, until: relay.value, keep: {lamp.power: on}") == []


@pytest.mark.parametrize("key", ["until", "for", "priority", "on_unknown"])
def test_its_keys_do_not_go_with_actions(key: str) -> None:
    (found,) = told(f"condition: lamp.power, actions: [{{press: bell}}], {key}: hold")
    assert found.startswith(f"'{key}' goes with 'keep' [")


def test_while_in_a_rule_with_actions_is_pointed_to_its_condition() -> None:
    assert told("condition: lamp.power, actions: [{press: bell}], while: relay.value") == [
        "'while' goes with 'keep' [a rule with actions has a 'condition']"
    ]


def test_a_device_that_is_faulty_itself_is_reported_there_alone() -> None:
    assert findings("- {id: r, while: attic_thermostat.x > 3, keep: {attic_thermostat.y: 3}}") == []
    assert findings("- {id: r, keep: {attic_thermostat.y: 3}}") == []


def test_one_rule_for_several_points_names_each_once() -> None:
    rules = rules_of("""
    - {id: a, keep: {lamp.power: on}}
    - {id: b, keep: {relay.value: on}}
    """)
    assert [rule.id for rule in rules] == ["a", "b"]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("triggers: [{every: 1m}], actions: [{run: k}]",
         ["rule 'k' keeps something: it has no actions to run "
          "['enable' and 'disable' say whether it keeps anything]"]),
        ("triggers: [{every: 1m}], actions: [{disable: k}, {enable: k}]", []),
        ("triggers: [{firing: k}], actions: [{press: bell}]",
         ["rule 'k' keeps something, and never fires [say by 'becomes' what it goes by]"]),
    ],
)  # fmt: skip
def test_other_rules_can_switch_it_and_do_nothing_else_with_it(rest: str, expected: list[str]) -> None:
    found = findings(f"""
    - {{id: k, while: relay.value, keep: {{lamp.power: on}}}}
    - {{id: r, {rest}}}
    """)
    assert [each.partition(": ")[2] for each in found] == expected
