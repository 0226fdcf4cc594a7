"""What right rules become."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from interlock.model import Point, Value
from interlock.rules.actions import Assignment, ChooseAction, DelayAction, LogAction, WriteAction
from interlock.rules.evaluator import Evaluator
from interlock.rules.rule import Mode
from interlock.rules.schedule import At, Cron, Every, Schedule
from interlock.rules.state import State
from interlock.rules.triggers import BecomesTrigger, ChangeTrigger, TimeTrigger
from support.rule_house import ROME, START, House, fired
from support.rule_texts import rule_of, rules_of, targets

TEMPERATURE, SETPOINT = Point("living_thermostat.actualtemp"), Point("living_thermostat.setpoint")
MODE, POWER, LEVEL = Point("living_ac.hvacmode"), Point("lamp.power"), Point("lamp.powerlevel")
COLOR = Point("strip.color")


def with_trigger(trigger: str) -> object:
    (found,) = rule_of(f"- {{id: a, triggers: {trigger}, actions: {{press: bell}}}}").triggers
    return found


def with_action(action: str) -> object:
    (found,) = rule_of(f"- {{id: a, condition: lamp.power, actions: {action}}}").actions
    return found


def test_a_whole_rule() -> None:
    rule = rule_of("""
    - id: cool-living-room
      description: before it gets uncomfortable
      triggers:
        - every: 1m
      condition: living_thermostat.actualtemp > 26
      actions:
        - set: {living_ac.hvacmode: cooling}
        - launch: evening
      enabled: shadow
    """)
    assert (rule.id, rule.description, rule.mode) == (
        "cool-living-room",
        "before it gets uncomfortable",
        Mode.SHADOW,
    )
    assert [trigger.text for trigger in rule.triggers] == ["every 1m"]
    assert rule.condition is not None
    assert rule.condition.text == "living_thermostat.actualtemp > 26"
    assert [action.text for action in rule.actions] == ["set living_ac.hvacmode: cooling", "launch evening"]
    assert (rule.mark.line, rule.mark.column) == (1, 3)


@pytest.mark.parametrize(("word", "mode"), [("true", Mode.ON), ("false", Mode.OFF), ("shadow", Mode.SHADOW)])
def test_enabled(word: str, mode: Mode) -> None:
    assert (
        rule_of(f"- {{id: a, condition: lamp.power, enabled: {word}, actions: {{press: bell}}}}").mode is mode
    )


def test_a_rule_is_on_unless_it_says_otherwise() -> None:
    assert rule_of("- {id: a, condition: lamp.power, actions: {press: bell}}").mode is Mode.ON


def test_a_condition_alone_is_what_must_become_true() -> None:
    rule = rule_of("- {id: a, condition: '{{ lamp.power }}', actions: {press: bell}}")
    (trigger,) = rule.triggers
    assert isinstance(trigger, BecomesTrigger)
    assert (trigger.text, trigger.when.points, trigger.waits_at_first) == (
        "becomes lamp.power",
        {POWER},
        False,
    )
    assert rule.condition is None


@pytest.mark.parametrize(("initial", "waits"), [("fire", False), ("wait", True)])
@pytest.mark.parametrize("looks", ["condition: lamp.power", "triggers: {becomes: lamp.power}"])
def test_initial(looks: str, initial: str, waits: bool) -> None:
    (trigger,) = rule_of(f"- {{id: a, {looks}, initial: {initial}, actions: {{press: bell}}}}").triggers
    assert isinstance(trigger, BecomesTrigger)
    assert trigger.waits_at_first is waits


@pytest.mark.parametrize(
    ("trigger", "text", "schedule"),
    [
        ("{every: 15m}", "every 15m", Every(timedelta(minutes=15))),
        (
            "{offset: 5m, every: 1h, id: x}",
            "every 1h, offset 5m",
            Every(timedelta(hours=1), timedelta(minutes=5)),
        ),
        ("{cron: '0  7 * * 1'}", "cron 0 7 * * 1", Cron("0 7 * * 1")),
        ("{at: '07:30'}", "at 07:30", At((time(7, 30),))),
        (
            "{at: ['19:00', '07:30:15', '19:00'], days: [mon-wed, sat]}",
            "at 19:00, 07:30:15, 19:00, days mon-wed, sat",
            At((time(7, 30, 15), time(19)), frozenset({0, 1, 2, 5})),
        ),
        ("{at: '07:30', days: sun}", "at 07:30, days sun", At((time(7, 30),), frozenset({6}))),
    ],
)
def test_triggers_on_the_clock(trigger: str, text: str, schedule: Schedule) -> None:
    trigger_id = "x" if "id: x" in trigger else ""
    assert with_trigger(trigger) == TimeTrigger(id=trigger_id, text=text, schedule=schedule)


def test_an_unquoted_time_in_a_block_is_a_time() -> None:
    rule = rule_of("""
    - id: a
      triggers:
        - at: 07:30
      actions: {press: bell}
    """)
    assert rule.triggers == (TimeTrigger(id="", text="at 07:30", schedule=At((time(7, 30),))),)


def test_equal_schedules_of_several_rules_are_shared() -> None:
    rules = rules_of("""
    - {id: a, triggers: [{every: 60s}, {every: 1h}], actions: {press: bell}}
    - {id: b, triggers: {every: 1m}, actions: {press: bell}}
    """)
    assert list(Evaluator(rules).schedules.values()) == [("a", "b"), ("a",)]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("{change: lamp.power, id: x}", ChangeTrigger(id="x", text="change lamp.power", points=(POWER,))),
        (
            "{change: [lamp.power, lamp.powerlevel, lamp.power]}",
            ChangeTrigger(
                id="", text="change lamp.power, lamp.powerlevel, lamp.power", points=(POWER, LEVEL)
            ),
        ),
        (
            "{change: living_ac.hvacmode, from: Auto, to: [cooling, DRY]}",
            ChangeTrigger(
                id="",
                text="change living_ac.hvacmode, from Auto, to cooling, DRY",
                points=(MODE,),
                came_from=("auto",),
                went_to=("cooling", "dry"),
            ),
        ),
        (
            "{change: strip.color, to: [255, 128, 0]}",
            ChangeTrigger(
                id="", text="change strip.color, to 255, 128, 0", points=(COLOR,), went_to=((255, 128, 0),)
            ),
        ),
        (
            "{change: strip.color, from: [[1, 2, 3], '4,5,6']}",
            ChangeTrigger(
                id="",
                text="change strip.color, from 1, 2, 3, 4,5,6",
                points=(COLOR,),
                came_from=((1, 2, 3), (4, 5, 6)),
            ),
        ),
        (
            "{change: lamp.power, to: on}",
            ChangeTrigger(id="", text="change lamp.power, to on", points=(POWER,), went_to=(True,)),
        ),
        (
            "{change: lamp.power, to: off}",
            ChangeTrigger(id="", text="change lamp.power, to off", points=(POWER,), went_to=(False,)),
        ),
        (
            "{change: living_thermostat.actualtemp, above: 18, below: 26.5, by: 0.5}",
            ChangeTrigger(
                id="",
                text="change living_thermostat.actualtemp, above 18, below 26.5, by 0.5",
                points=(TEMPERATURE,),
                above=18,
                below=26.5,
                by=0.5,
            ),
        ),
        (
            "{change: lamp.powerlevel, above: 99, id: x}",
            ChangeTrigger(id="x", text="change lamp.powerlevel, above 99", points=(LEVEL,), above=99),
        ),
        (
            "{change: lamp.powerlevel, below: 1}",
            ChangeTrigger(id="", text="change lamp.powerlevel, below 1", points=(LEVEL,), below=1),
        ),
        (
            "{change: lamp.powerlevel, by: 100}",
            ChangeTrigger(id="", text="change lamp.powerlevel, by 100", points=(LEVEL,), by=100),
        ),
    ],
)
def test_triggers_on_changes(trigger: str, expected: ChangeTrigger) -> None:
    assert with_trigger(trigger) == expected


def test_a_trigger_on_a_rise() -> None:
    trigger = with_trigger(
        "{becomes: living_thermostat.actualtemp > 26, until: lamp.power, for: 5m, id: warm}"
    )
    assert isinstance(trigger, BecomesTrigger)
    assert (trigger.id, trigger.hold) == ("warm", timedelta(minutes=5))
    assert trigger.text == "becomes living_thermostat.actualtemp > 26, until lamp.power, for 5m"
    assert trigger.until is not None
    assert (trigger.when.points, trigger.until.points) == ({TEMPERATURE}, {POWER})


def assignments_of(action: object) -> list[tuple[str, Value | None]]:
    assert isinstance(action, WriteAction)
    return [(each.target.point, each.value) for each in action.assignments]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("action", "text", "expected", "only_if_different", "priority"),
    [
        (
            "{set: {living_ac.hvacmode: Cooling, lamp.power: on, lamp.powerlevel: 40}}",
            "set living_ac.hvacmode: Cooling, lamp.power: on, lamp.powerlevel: 40",
            [(MODE, "cooling"), (POWER, True), (LEVEL, 40)],
            True,
            16,
        ),
        (
            "{set: {lamp.power: off}, only_if_different: false, priority: 8, for: 5m}",
            "set lamp.power: off",
            [(POWER, False)],
            False,
            8,
        ),
        ("{set: {bell.trigger: }}", "set bell.trigger: ", [("bell.trigger", None)], True, 16),
        ("{launch: evening}", "launch evening", [("evening.scenelaunch", "launch")], False, 16),
        (
            "{launch: [evening, morning], priority: 1}",
            "launch evening, morning",
            [("evening.scenelaunch", "launch"), ("morning.scenelaunch", "launch")],
            False,
            1,
        ),
        ("{stop: evening}", "stop evening", [("evening.scenelaunch", "stop")], False, 16),
        ("{stop: blind}", "stop blind", [("blind.stop", None)], False, 16),
        ("{press: bell}", "press bell", [("bell.trigger", None)], False, 16),
        ("{move: {blind: Down}}", "move blind: Down", [("blind.updown", "down")], False, 16),
    ],
)
def test_actions_that_write(
    action: str,
    text: str,
    expected: list[tuple[str, Value | None]],
    only_if_different: bool,
    priority: int,
) -> None:
    found = with_action(action)
    assert isinstance(found, WriteAction)
    assert (found.text, found.only_if_different, found.priority) == (text, only_if_different, priority)
    assert assignments_of(found) == expected


def test_a_value_in_braces_is_an_expression() -> None:
    found = with_action("{set: {lamp.powerlevel: '{{ lamp.powerlevel + 10 }}'}}")
    assert isinstance(found, WriteAction)
    (assignment,) = found.assignments
    assert isinstance(assignment, Assignment)
    state = State(ROME, START)
    state.apply([House([]).reading(LEVEL, 30)], START)
    assert assignment.value.evaluate(state).value == 40  # type: ignore[union-attr]


def test_the_value_of_a_verb_can_be_an_expression() -> None:
    found = with_action("""{move: {blind: "{{ 'up' if lamp.power else 'down' }}"}}""")
    assert isinstance(found, WriteAction)
    assert found.assignments[0].value.points == {POWER}  # type: ignore[union-attr]


def test_what_triggered_can_be_written() -> None:
    rule = rule_of("""
    - id: a
      triggers: {change: lamp.powerlevel}
      actions: {set: {lamp.powerlevel: "{{ trigger.was }}"}}
    """)
    assert len(rule.actions) == 1


def test_a_delay() -> None:
    assert with_action("{delay: 1m30s}") == DelayAction(text="delay 1m30s", duration=timedelta(seconds=90))


def test_a_log() -> None:
    found = with_action("{log: 'it is {{ lamp.powerlevel }} %'}")
    assert isinstance(found, LogAction)
    assert (found.text, found.message.points) == ("log it is {{ lamp.powerlevel }} %", {LEVEL})


def test_a_log_of_a_number() -> None:
    found = with_action("{log: 42}")
    assert isinstance(found, LogAction)
    assert found.message.render(State(ROME, START)) == "42"


def test_a_branch() -> None:
    found = with_action("""
        {if: lamp.power, then: [{delay: 1s}, {delay: 2s}], else: {delay: 3s}}""")
    assert isinstance(found, ChooseAction)
    assert (found.text, found.branches[0].condition.points) == ("if lamp.power", {POWER})
    assert [each.text for each in found.branches[0].actions] == ["delay 1s", "delay 2s"]
    assert [each.text for each in found.otherwise] == ["delay 3s"]


def test_a_branch_without_else() -> None:
    found = with_action("{if: lamp.power, then: {delay: 1s}}")
    assert isinstance(found, ChooseAction)
    assert found.otherwise == ()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("condition: lamp.power, actions: {press: bell}", {POWER}),
        ("triggers: {every: 1m}, actions: {press: bell}", set()),
        ("triggers: {every: 1m}, condition: lamp.power, actions: {press: bell}", {POWER}),
        ("triggers: {change: [lamp.power, lamp.powerlevel]}, actions: {press: bell}", {POWER, LEVEL}),
        ("triggers: {becomes: lamp.power, until: lamp.powerlevel > 3}, actions: {log: x}", {POWER, LEVEL}),
        ("triggers: {every: 1m}, actions: {set: {lamp.power: on}}", {POWER}),
        ("triggers: {every: 1m}, actions: {set: {lamp.power: on}, only_if_different: false}", set()),
        ("triggers: {every: 1m}, actions: {set: {evening.scenelaunch: launch}}", set()),
        ("triggers: {every: 1m}, actions: {launch: evening}", set()),
        (
            "triggers: {every: 1m}, "
            "actions: {set: {lamp.power: '{{ lamp.powerlevel > 3 }}'}, only_if_different: false}",
            {LEVEL},
        ),
        ("triggers: {every: 1m}, actions: {log: '{{ lamp.power }}'}", {POWER}),
        (
            "triggers: {every: 1m}, actions: {if: lamp.power, then: {set: {lamp.powerlevel: 1}}, "
            "else: [{delay: 1s}, {log: '{{ living_thermostat.setpoint }}'}]}",
            {POWER, LEVEL, SETPOINT},
        ),
    ],
)
def test_the_points_that_a_rule_reads(rule: str, expected: set[Point]) -> None:
    assert rule_of(f"- {{id: a, {rule}}}").points == expected


def digest(text: str) -> str:
    return rule_of(text).digest


def test_the_digest_is_of_what_the_rule_says_and_not_of_how_it_is_written() -> None:
    flow = "- {id: a, condition: lamp.power, actions: {press: bell}}"
    block = """
    - id: a
      condition: "lamp.power"  # the same
      actions:
        press: bell
    """
    assert digest(flow) == digest(block) == "37807b7b517b19e4"
    assert digest(flow.replace("lamp.power", "not lamp.power")) != digest(flow)


def test_rules_that_are_loaded_are_evaluated() -> None:
    rules = rules_of("""
    - {id: warm, condition: living_thermostat.actualtemp > 26, actions: {press: bell}}
    - id: mode
      triggers: {change: living_ac.hvacmode, id: mode}
      condition: trigger.value == 'cooling' and living_thermostat.actualtemp > 20
      actions: {press: bell}
    """)
    house = House(rules)
    house.read(dict.fromkeys(targets(), None))
    house.read({TEMPERATURE: 21.0, MODE: "auto"})
    assert fired(house.read({TEMPERATURE: 27.0})) == ["warm"]
    (decision,) = house.read({MODE: "cooling"}).decisions
    assert decision.reason == (
        "change living_ac.hvacmode (auto to cooling): "
        "trigger.value == 'cooling' and living_thermostat.actualtemp > 20 is true "
        "(living_ac.hvacmode = cooling, living_thermostat.actualtemp = 27)"
    )
