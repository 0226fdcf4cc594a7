"""Equal actions are made once, and every rule has what is its own."""

from datetime import timedelta

import pytest

from interlock.model import Point
from interlock.rules.actions import WriteAction
from support.rule_texts import findings, rules_of

LAMP = Point("lamp.power")


def two(first: str, second: str | None = None, *, triggers: str = "[every: 1m]") -> str:
    """Two rules, of one action each."""
    return f"""
- {{id: a, triggers: {triggers}, actions: [{first}]}}
- {{id: b, triggers: {triggers}, actions: [{second or first}]}}
"""


@pytest.mark.parametrize(
    "action",
    [
        "{set: {lamp.power: on}}",
        "{delay: 5m}",
        "{press: bell}",
        "{if: lamp.power, then: [{press: bell}]}",
        "{repeat: {count: 2, actions: [{press: bell}]}}",
        "{log: '{{ lamp.power }}'}",
    ],
)
def test_equal_actions_are_one(action: str) -> None:
    first, second = rules_of(two(action))
    assert first.actions[0] is second.actions[0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{set: {lamp.power: on}}", "{set: {lamp.power: off}}"),
        ("{set: {lamp.powerlevel: 1}}", "{set: {lamp.powerlevel: 1.0}}"),
        ("{variables: {x: 1}}", "{variables: {x: '1'}}"),
        ("{variables: {x: 1}}", "{variables: {x: true}}"),
        ("{variables: {x: 1}}", "{variables: {x: !!float 1}}"),
        ("{variables: {x: [1, 2]}}", "{variables: {x: [2, 1]}}"),
        ("{variables: {x: 1, y: 2}}", "{variables: {y: 2, x: 1}}"),
    ],
)
def test_others_are_not(first: str, second: str) -> None:
    one, other = rules_of(two(first, second))
    assert repr(one.actions) != repr(other.actions)


def test_equal_actions_of_one_rule_are_one() -> None:
    (rule,) = rules_of("- {id: a, triggers: [every: 1m], actions: [press: bell, delay: 1s, press: bell]}")
    assert rule.actions[0] is rule.actions[2]


def test_names_that_are_other_make_an_action_another_one() -> None:
    action = "{set: {lamp.powerlevel: '{{ x }}'}}"
    one, other = rules_of(f"""
- {{id: a, variables: {{x: 20}}, triggers: [every: 1m], actions: [{action}]}}
- {{id: b, variables: {{x: 30}}, triggers: [every: 1m], actions: [{action}]}}
""")
    assert one.actions[-1] is not other.actions[-1]


def test_a_trigger_that_brings_something_else_makes_an_action_another_one() -> None:
    action = "set: {lamp.powerlevel: '{{ trigger.value }}'}"
    found = findings(f"""
- {{id: a, triggers: [update: living_thermostat.actualtemp], actions: [{action}]}}
- {{id: b, triggers: [every: 1m], actions: [{action}]}}
""")
    assert len(found) == 1
    assert found[0].startswith("2:")


def test_what_is_wrong_is_said_of_each() -> None:
    assert [found[:2] for found in findings(two("{set: {lamp.pow: on}}"))] == ["1:", "2:"]


def test_each_rule_looks_back_for_itself() -> None:
    one, other = rules_of(
        two("{if: \"mean_over('living_thermostat.actualtemp', '5m') > 3\", then: [{press: bell}]}")
    )
    assert one.windows == other.windows == {Point("living_thermostat.actualtemp"): timedelta(minutes=5)}


def test_each_rule_saves_and_restores_for_itself() -> None:
    save, restore = "{save: lamp.power, as: before}", "{restore: befor}"
    assert findings(two(f"{save}, {restore.replace('befor', 'before')}")) == []
    message = "no rule saves anything as 'befor' [did you mean 'before'?]"
    found = findings(two(f"{save}, {restore}"))
    assert [each.partition(": ")[2] for each in found] == [message, message]
    assert [each[:2] for each in found] == ["1:", "2:"]


HELD = "{set: {lamp.power: on}, priority: 8}"
LET_GO = "warning: nothing in this rule lets go of lamp.power again"


def test_a_warning_of_a_shared_action_stands_where_its_own_rule_has_it() -> None:
    text = f"""
- {{id: a, triggers: [every: 1m], actions: [{HELD}, {{release: lamp.power}}]}}
- {{id: b, triggers: [every: 1m], actions: [{HELD}]}}
- {{id: c, triggers: [every: 1m], actions: [{{delay: 1s}}, {HELD}]}}
"""
    _, second, third = text.strip().splitlines()
    places = f"2:{second.index('on}') + 1}", f"3:{third.index('on}') + 1}"
    found = [each.partition(" [")[0] for each in findings(text)]
    assert sorted(found) == [f"{place}+2: {LET_GO}" for place in places]


def test_a_warning_of_two_equal_actions_stands_at_both() -> None:
    text = f"- {{id: a, triggers: [every: 1m], actions: [{HELD}, {{delay: 1s}}, {HELD}]}}"
    places = f"1:{text.index('on}') + 1}", f"1:{text.rindex('on}') + 1}"
    assert sorted(each.partition("+")[0] for each in findings(text)) == sorted(places)


def test_a_shared_action_writes_the_same_in_each_rule() -> None:
    for rule in rules_of(two("{set: {lamp.power: on}}")):
        (action,) = rule.actions
        assert isinstance(action, WriteAction)
        assert [(each.target.point, each.value) for each in action.assignments] == [(LAMP, True)]
