"""Groups of devices where rules name points."""

from collections.abc import Sequence
from dataclasses import replace
from textwrap import dedent

import pytest

from interlock.config.nodes import ListNode, SourceFile
from interlock.config.reader import parse_yaml
from interlock.config.site import Site
from interlock.rules.actions import PulseAction, RampAction, SaveAction, VerifyAction, WriteAction
from interlock.rules.grammar import load_rules
from interlock.rules.rule import Rule
from interlock.rules.triggers import ChangeTrigger
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

DEVICES = {"one": "light", "two": "light", "living_ac": "hvac", "bell": "button"}


def site() -> Site:
    groups = {"lights": ("one", "two"), "switches": ("one", "living_ac"), "bells": ("bell",)}
    return replace(fake_site(FakeEquipment(), devices=DEVICES), groups=groups)


def loaded(text: str) -> tuple[Sequence[Rule], list[str]]:
    node = parse_yaml(SourceFile("rules.yaml", dedent(text)), [])
    assert isinstance(node, ListNode)
    rules, findings = load_rules(replace(site(), rules=node.items))
    return rules, [f"{each.message} | {each.hint}" for each in findings]


def rule(action: str, trigger: str = "every: 1h") -> str:
    return f"- {{id: a, triggers: [{{{trigger}}}], actions: [{action}]}}"


def written(text: str) -> list[tuple[str, object]]:
    [found], findings = loaded(rule(text))
    assert findings == []
    [action] = found.actions
    assert isinstance(action, WriteAction)
    return [(each.target.point, each.value) for each in action.assignments]


def test_set_writes_to_every_member_that_has_the_point() -> None:
    assert written("set: {lights.power: on}") == [("one.power", True), ("two.power", True)]
    assert written("set: {switches.power: on}") == [("one.power", True)]


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("{ramp: {lights.powerlevel: 80, over: 10m}}", RampAction),
        ("{verify: {lights.power: on, within: 30s}}", VerifyAction),
    ],
)
def test_ramps_and_checks_are_for_every_member(action: str, kind: type[RampAction | VerifyAction]) -> None:
    [found], findings = loaded(rule(action))
    assert findings == []
    [made] = found.actions
    assert isinstance(made, kind)
    assert [each.target.device.name for each in made.assignments] == ["one", "two"]


def test_a_pulse_switches_every_member_and_back() -> None:
    [found], _ = loaded(rule("{pulse: {lights.power: on, two.power: off, for: 2s}}"))
    [made] = found.actions
    assert isinstance(made, PulseAction)
    assert [(each.target.point, each.value) for each in made.first.assignments] == [
        ("one.power", True),
        ("two.power", False),
    ]
    assert [each.value for each in made.then.assignments] == [False, True]


def test_what_every_member_holds_is_saved() -> None:
    [found], findings = loaded(rule("{save: [lights.power, living_ac.hvacpower], as: before}"))
    assert findings == []
    [made] = found.actions
    assert isinstance(made, SaveAction)
    assert made.points == ("one.power", "two.power", "living_ac.hvacpower")


def test_a_group_without_the_point_cannot_be_saved() -> None:
    _, findings = loaded(rule("{save: lights.powr, as: before}"))
    assert findings == ["no device of the group 'lights' has a controller 'powr' | did you mean 'power'?"]


def test_a_member_named_beside_its_group_has_its_own_value() -> None:
    assert written("set: {lights.power: on, two.power: off}") == [("one.power", True), ("two.power", False)]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (
            "set: {lights.powr: on}",
            "no device of the group 'lights' has a controller 'powr' | did you mean 'power'?",
        ),
        ("set: {lights: on}", "'lights' is a group: name one of its points | it has lights.power, "),
        ("set: {lights.power: maybe}", "power cannot be 'maybe': it takes on or off"),
    ],
)
def test_what_a_group_cannot_be_given_is_reported(action: str, expected: str) -> None:
    rules, findings = loaded(rule(action))
    assert not rules
    assert findings[0].startswith(expected)


def test_a_change_of_any_member_is_a_trigger() -> None:
    [found], findings = loaded(rule("log: x", "change: lights.power"))
    assert findings == []
    [trigger] = found.triggers
    assert isinstance(trigger, ChangeTrigger)
    assert trigger.points == ("one.power", "two.power")


def test_a_condition_asks_a_group_by_a_function() -> None:
    [found], findings = loaded("- {id: a, condition: any(lights.power), actions: [log: x]}")
    assert findings == []
    assert found.points == {"one.power", "two.power"}
    _, findings = loaded("- {id: a, condition: lights.power, actions: [log: x]}")
    assert findings == [
        "lights.power is several points, because 'lights' is a group | say of which: "
        "any(lights.power …), all(lights.power …), avg(lights.power), max(lights.power)"
    ]


def test_the_windows_of_a_rule_are_those_of_all_its_expressions() -> None:
    text = """\
    - id: a
      condition: on_time('one.power', '10m') > '5m'
      actions:
        - if: changes('one.power', '1h') > 3
          then: [log: "{{ changes('two.power', '2m') }}"]
    - {id: b, condition: one.power, actions: [log: x]}
    """
    (first, second), findings = loaded(text)
    assert findings == []
    seconds = {point: window.total_seconds() for point, window in first.windows.items()}
    assert seconds == {"one.power": 3600, "two.power": 120}
    assert second.windows == {}
