"""What is wrong with the actions that wait, branch, repeat, shape values and deal with other rules."""

from datetime import timedelta

import pytest

from interlock.model import Point
from interlock.rules.actions import ReleaseAction, WriteAction, points_of_actions
from support.rule_texts import findings, rule_of

WRONG = [
    ("{delay: soon}", "'soon' is no duration [write for example 30s, 5m, 1h30m or 2d]"),
    ("{delay: {random: 5s}}", "a random delay needs two limits [write 'random: [5m, 20m]']"),
    ("{delay: {randm: [5s, 6s]}}", "unknown key 'randm' [did you mean 'random'?]"),
    ('{delay: "{{ 5 + 1 }}"}', "a duration is expected here, and this is a number"),
    ("{wait: lamp.pow}", "device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]"),
    ("{wait: lamp.power, timeout: 5}", "a duration needs its unit [write 5s or 5m]"),
    ("{wait: lamp.power, on_timeout: continue}", "'on_timeout' needs a 'timeout'"),
    ("{wait: lamp.power, timeout: 5s, on_timeout: go}", "'on_timeout' must be stop or continue"),
    ("{choose: []}", "this list of branches is empty"),
    ("{choose: [{then: {press: bell}}]}", "a branch of 'choose' has 'if' and 'then'"),
    (
        "{choose: [{if: lamp.power, then: {press: bell}, else: {press: bell}}]}",
        "a branch of 'choose' has no 'else'",
    ),
    ("{repeat: 3}", "'repeat' needs a mapping [write 'repeat: {count: 3, actions: […]}']"),
    ("{repeat: {actions: [{press: bell}]}}", "'repeat' needs one of count, while, until and for_each"),
    ("{repeat: {count: 3, while: lamp.power, actions: [{press: bell}]}}", "'repeat' needs one of count"),
    ("{repeat: {count: -1, actions: [{press: bell}]}}", "'count' needs a whole number"),
    ("{repeat: {for_each: 3, actions: [{press: bell}]}}", "'for_each' needs a list"),
    ("{repeat: {count: 3}}", "'actions' is missing"),
    ("{repeat: {count: 2, actions: [{log: '{{ repeat.item }}'}]}}", "'repeat' has no 'item'"),
    ("{log: '{{ repeat.index }}'}", "there is no device 'repeat'"),
    ("{wait: {event: answer}, timeout: 5m}", "'wait' needs an expression [for an event let a rule "),
    ("{parallel: []}", "this list of actions is empty"),
    ("{press: bell, on_error: ignore}", "'on_error' is stop, continue or a list of actions"),
    ("{press: bell, on_error: []}", "this list of actions is empty"),
    ("{verify: lamp.power}", "'verify' needs a mapping"),
    ("{verify: {lamp.power: on}}", "'within' is missing [write for example 'within: 30s']"),
    ("{verify: {within: 5s}}", "'verify' needs a point and its value"),
    ("{verify: {bell.trigger: on, within: 5s}}", ""),
    ("{verify: {lamp.power: on, within: 5s, retries: many}}", "'retries' is a whole number from 0 to 10"),
    ("{save: lamp.powr, as: x}", "device 'lamp' (light) has no controller 'powr' [did you mean 'power'?]"),
    ("{save: living_thermostat.actualtemp, as: x}", "can only be read: it could not be restored"),
    ("{save: lamp.power}", "'as' is missing"),
    ("{restore: nothing}", "no rule saves anything as 'nothing'"),
    ("{restore: [x]}", "'restore' needs the name that 'save … as' gave"),
    ("{ramp: {lamp.power: on, over: 5s}}", "lamp.power holds no number: only a number can be ramped"),
    ("{ramp: {lamp.powerlevel: 5}}", "'over' is missing"),
    ("{pulse: {lamp.powerlevel: 5, for: 5s}}", "lamp.powerlevel is no switch: a pulse needs a constant"),
    ("{pulse: {lamp.power: on}}", "'for' is missing"),
    ("{duty: {lamp.power: 2, period: 5m}}", "a share is a number from 0 to 1"),
    ("{duty: {lamp.powerlevel: 0.5, period: 5m}}", "lamp.powerlevel is no switch that can be set"),
    ("{duty: {period: 5m}}", "'duty' needs one switch and its share"),
    ("{enable: nobody}", "there is no rule 'nobody'"),
    ("{cancel: aa}", "there is no rule 'aa' [did you mean 'a'?]"),
    ("{run: nobody}", "there is no rule 'nobody'"),
    ("{variables: 3}", "this must be a mapping of names and values"),
    ("{variables: {my name: 3}}", "'my name' cannot name a variable"),
    ("{variables: {lamp: 3}}", "'lamp' means something else already"),
    ("{variables: {x: {y: 3}}}", "this must be a number, a word, on or off, or an expression in braces"),
    ("{raise: two words}", "'raise'"),
    ("{notify: {via: mail, message: x}}", "there is no notifier 'mail'"),
    ("{http: {method: PSOT, url: x}}", "'method' must be"),
]


@pytest.mark.parametrize(("action", "expected"), WRONG, ids=[action for action, _ in WRONG])
def test_a_wrong_action_is_found(action: str, expected: str) -> None:
    found = findings(f"- {{id: a, condition: lamp.power, actions: [{action}]}}")
    assert len(found) == 1
    assert expected in found[0]


def test_a_variable_is_known_after_it_was_set_and_not_before() -> None:
    found = findings("""
    - id: a
      condition: lamp.power
      actions:
        - log: "{{ warm }}"
        - variables: {warm: "{{ living_thermostat.actualtemp + 1 }}"}
        - log: "{{ warm }}"
        - set: {lamp.power: "{{ warm }}"}
    """)
    assert [each.partition(": ")[2] for each in found] == [
        "there is no 'warm' [a word stands in quotes: 'warm']",
        "power takes on or off, and this is a number",
    ]


def test_a_variable_finds_those_before_it() -> None:
    found = findings("""
    - id: a
      condition: lamp.power
      variables: {warm: "{{ living_thermostat.actualtemp + 1 }}", warmer: "{{ warm + 1 }}"}
      actions:
        - variables: {hottest: "{{ hot + 1 }}", hot: "{{ warmer + 1 }}"}
    """)
    assert [each.partition(": ")[2] for each in found] == [
        "there is no 'hot' [a word stands in quotes: 'hot']"
    ]


def test_a_rule_that_nothing_runs_needs_a_trigger_or_a_condition() -> None:
    assert len(findings("- {id: a, actions: [{press: bell}]}")) == 1
    assert (
        findings("""
    - {id: a, actions: [{press: bell}]}
    - {id: b, condition: lamp.power, actions: [{run: a}]}
    """)
        == []
    )


def action_of(text: str) -> object:
    rule = f"- {{id: a, condition: living_ac.hvacpower, actions: [{text}], else: [{{release: lamp.power}}]}}"
    (action,) = rule_of(rule).actions
    return action


@pytest.mark.parametrize(
    ("text", "priority", "holds", "lasts"),
    [
        ("{set: {lamp.power: on}}", 16, False, None),
        ("{set: {lamp.power: on}, for: 1h}", 16, True, timedelta(hours=1)),
        ("{set: {lamp.power: on}, priority: 8}", 8, True, None),
        ("{set: {lamp.power: on}, priority: 16}", 16, True, None),
        ("{set: {lamp.power: on}, priority: manual_operator, for: 90s}", 8, True, timedelta(seconds=90)),
    ],
)
def test_set_holds_where_it_says_for_how_long_or_how_strongly(
    text: str, priority: int, holds: bool, lasts: timedelta | None
) -> None:
    found = action_of(text)
    assert isinstance(found, WriteAction)
    assert (found.priority, found.holds, found.lasts) == (priority, holds, lasts)


def test_how_long_it_holds_can_be_a_point() -> None:
    found = action_of("{set: {lamp.power: on}, for: \"{{ lamp.powerlevel * '1m' }}\"}")
    assert isinstance(found, WriteAction)
    assert points_of_actions([found]) == {Point("lamp.power"), Point("lamp.powerlevel")}


def test_release_names_points_and_groups_once() -> None:
    assert action_of("{release: [lamp.power, living_ac.hvacpower, lamp.power]}") == ReleaseAction(
        text="release lamp.power, living_ac.hvacpower",
        points=(Point("lamp.power"), Point("living_ac.hvacpower")),
    )
    assert action_of("{release: lamp.power}") == ReleaseAction(
        text="release lamp.power", points=(Point("lamp.power"),)
    )
    assert points_of_actions([action_of("{release: lamp.power}")]) == frozenset()  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{set: {lamp.power: on}, for: 5}", "a duration needs its unit [write 5s or 5m]"),
        (
            "{set: {lamp.power: on}, for: [5m]}",
            "this must be a duration [write for example 30s, 5m or 1h30m]",
        ),
        ("{set: {lamp.power: on}, priority: 17}", "'priority' must be at most 16"),
        (
            "{set: {evening.scenelaunch: launch}, for: 5m}",
            "evening.scenelaunch starts something, and holds no state: 'for' does not go with it",
        ),
        (
            "{set: {evening.scenelaunch: launch}, priority: 3}",
            "evening.scenelaunch starts something, and holds no state: 'priority' does not go with it",
        ),
        ("{release: lamp.powr}", "device 'lamp' (light) has no controller 'powr' [did you mean 'power'?]"),
        ("{release: {lamp.power: on}}", "'release' must be a text or a list"),
        ("{release: lamp.power, for: 5m}", "unknown key 'for' [known here: release]"),
    ],
)
def test_what_cannot_be_held_or_released_is_found(text: str, expected: str) -> None:
    found = findings(f"- {{id: a, condition: living_ac.hvacpower, actions: [{text}]}}")
    assert [each.partition(": ")[2] for each in found] == [expected]
