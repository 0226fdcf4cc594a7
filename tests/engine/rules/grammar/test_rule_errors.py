"""What is said about rules that are wrong, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.config.nodes import ListNode, MapNode, Mark, Node, ScalarNode, SourceFile
from interlock.rules.grammar import load_rules
from support.rule_texts import broken, findings, site_with

ACTIONS = "actions: {press: bell}"
NAMES = (
    "every, at, cron, date, sun, elevation, change, update, becomes, unavailable, available, schedule, "
    "event, firing, failed, webhook, start, stop, reload, all, none"
)
GOES_ON = "leave the '- ' out where this goes on with the item before"
KINDS = f"known here: {NAMES}; no installed plugin tells of events"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("3", ["1:3+1: a rule must be a mapping of keys and values"]),
        (
            "{condition: lamp.power, actions: {press: bell}}",
            ["1:3+47: a rule needs 'id' [a rule needs a name of its own, such as 'id: cool-living-room']"],
        ),
        (
            "{id: a, condition: lamp.power}",
            [
                "1:3+30: rule 'a' needs 'actions' "
                "[what the rule does, such as '- set: {device.controller: value}']"
            ],
        ),
        (
            "{id: a, actions: {press: bell}}",
            ["1:4+2: the rule would never look: it has no triggers and no condition"],
        ),
        (
            "{id: a b, condition: lamp.power, actions: {press: bell}}",
            ["1:8+3: 'id': it is made of letters, digits, '_', '-' and '.', and begins with a letter or '_'"],
        ),
        (
            "{id: a, enabled: on, condition: lamp.power, actions: {press: bell}}",
            ["1:20+2: 'enabled': write true, false or shadow"],
        ),
        (
            "{id: a, initial: weit, condition: lamp.power, actions: {press: bell}}",
            ["1:20+4: 'initial' must be fire or wait [did you mean 'wait'?]"],
        ),
        (
            "{id: a, condiion: 1, condition: lamp.power, actions: {press: bell}}",
            ["1:11+8: unknown key 'condiion' [did you mean 'condition'?]"],
        ),
        (
            "{id: a, condition: living_thermostat.actualtem > 26, actions: {press: bell}}",
            [
                "1:22+27: device 'living_thermostat' (thermostat) has no controller 'actualtem' "
                "[did you mean 'actualtemp'?]"
            ],
        ),
        (
            "{id: a, condition: 'lamp.pow and lampe.power', actions: {press: bell}}",
            [
                "1:23+8: device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]",
                "1:36+11: there is no device 'lampe' [did you mean 'lamp'?]",
            ],
        ),
        ("{id: a, condition: [lamp.power], actions: {press: bell}}", ["1:22+12: this must be an expression"]),
        ("{id: a, condition: , actions: {press: bell}}", ["1:22+1: this must be an expression"]),
        ("{id: a, condition: lamp.power, actions: []}", ["1:43+2: this list of actions is empty"]),
    ],
)
def test_a_wrong_rule(rule: str, expected: list[str]) -> None:
    assert findings(f"- {rule}") == expected


def test_an_expression_in_a_folded_text_has_its_finding_at_its_line() -> None:
    text = """
    - id: a
      condition: |
        lamp.power
        and lamp.pow
      actions: {press: bell}
    """
    assert findings(text) == ["4:9+8: device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]"]


def test_a_condition_that_is_a_word_is_refused_where_it_stands() -> None:
    (found,) = findings("- {id: a, condition: '{{ living_ac.hvacmode }}', actions: {press: bell}}")
    assert found.startswith("1:26+18: ")


def test_a_warning_does_not_cost_the_rule() -> None:
    site = site_with("- {id: a, condition: living_thermostat.actualtemp > 200, actions: {press: bell}}")
    rules, problems = load_rules(site)
    assert ([rule.id for rule in rules], [problem.severity.value for problem in problems]) == (
        ["a"],
        ["warning"],
    )


def test_the_cause_is_known_to_the_condition_of_a_rule_with_triggers_only() -> None:
    rule = "condition: trigger.id == 'x', actions: {press: bell}}"
    assert findings(f"- {{id: a, triggers: {{every: 1m, id: x}}, {rule}") == []
    (found,) = findings(f"- {{id: a, {rule}")
    assert found == (
        f"1:{len('- {id: a, condition: ') + 1}+10: 'trigger' has no 'id' "
        "[this is looked at before a trigger comes]"
    )


@pytest.mark.parametrize(
    ("triggers", "field", "expected"),
    [
        ("", "value", "'trigger' has no 'value' [it has at]"),
        ("triggers: {every: 1m}, ", "was", "'trigger' has no 'was' [it has at]"),
        ("triggers: [{at: '7:30'}, {cron: '* * * * *', id: x}], ", "point", "[it has id, at]"),
        ("triggers: [{becomes: lamp.power}], ", "id", "'trigger' has no 'id' [it has at]"),
        ("triggers: [{change: lamp.power}], ", "id", "[it has point, device, value, was, at, origin]"),
    ],
)
def test_what_no_trigger_of_the_rule_brings_is_refused(triggers: str, field: str, expected: str) -> None:
    condition = "" if triggers else "condition: lamp.power, "
    (found,) = findings(f"- {{id: a, {triggers}{condition}actions: {{log: 'x {{{{ trigger.{field} }}}}'}}}}")
    assert found.endswith(expected)


@pytest.mark.parametrize(
    ("triggers", "field"),
    [
        ("{becomes: lamp.power}", "at"),
        ("[{every: 1m}, {change: lamp.power}]", "value"),
        ("[{every: 1m, id: x}, {becomes: lamp.power}]", "id"),
        ("{change: lamp.power, id: x}", "id"),
    ],
)
def test_what_one_trigger_of_the_rule_brings_can_be_read(triggers: str, field: str) -> None:
    assert (
        findings(f"- {{id: a, triggers: {triggers}, actions: {{log: 'x {{{{ trigger.{field} }}}}'}}}}") == []
    )


def test_a_broken_trigger_is_not_to_blame_for_what_it_would_bring() -> None:
    for trigger in ("3", "{chang: lamp.power, id: x}"):
        text = f"- {{id: a, triggers: {trigger}, condition: trigger.value == 3, actions: {{press: bell}}}}"
        (found,) = findings(text)
        assert "trigger.value" not in found


@pytest.mark.parametrize("text", ["28", "20 + 8", "lamp.power and 28", "not 1"])
def test_a_number_that_stands_in_the_text_is_no_condition(text: str) -> None:
    (found,) = findings(f"- {{id: a, condition: {text}, actions: {{press: bell}}}}")
    assert "is a number and no condition [compare it: device.controller > " in found


def test_two_rules_of_one_id_are_both_named() -> None:
    text = """
    - {id: a, condition: lamp.power, actions: {press: bell}}
    - {id: b, condition: lamp.power, actions: {press: bell}}
    - {id: a, condition: lamp.power, actions: {press: bell}}
    """
    site = site_with(text)
    rules, _ = load_rules(site)
    assert findings(text) == ["3:8+1: two rules have the id 'a': the first stands at rules.yaml:1:8"]
    assert [rule.id for rule in rules] == ["a", "b"]


def test_the_second_of_two_rules_is_named_also_where_the_first_is_wrong() -> None:
    text = """
    - {id: a, condition: lamp.power}
    - {id: a, condition: lamp.power, actions: {press: bell}}
    """
    assert len(findings(text)) == 2


def test_a_right_rule_is_loaded_beside_a_wrong_one() -> None:
    text = """
    - {id: a, condition: lamp.pow, actions: {press: bell}}
    - {id: b, condition: lamp.power, actions: {press: bell}}
    """
    assert [rule.id for rule in load_rules(site_with(text))[0]] == ["b"]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("every", ["a trigger must be a mapping, such as 'every: 15m'"]),
        ("{evry: 1m}", ["there is no trigger 'evry' [did you mean 'every'?]"]),
        ("{button: 1m}", [f"there is no trigger 'button' [{KINDS}]"]),
        ("{id: x}", [f"this is no trigger: one of {NAMES} is missing [{GOES_ON}]"]),
        ("{every: 1m, cron: x}", ["'every' and 'cron' are two triggers: give each an item of its own"]),
        ("{every: 1m, offst: 1s}", ["unknown key 'offst' [did you mean 'offset'?]"]),
        (
            "{every: 1m, id: 1x}",
            ["'id': it is made of letters, digits, '_', '-' and '.', and begins with a letter or '_'"],
        ),
        ("{every: 5}", ["'every': a duration needs its unit: write 5s or 5m"]),
        ("{every: soon}", ["'every': 'soon' is no duration: write for example 30s, 5m, 1h30m or 2d"]),
        ("{every: 100ms}", ["an interval is in whole seconds and at least 1s, not 100ms"]),
        ("{every: 1m, offset: 2m}", ["an offset is in whole seconds and shorter than every 1m, not 2m"]),
        ("{every: 1ms, offset: 2m}", ["an interval is in whole seconds and at least 1s, not 1ms"]),
        ("{cron: 0 7 * *}", ["'0 7 * *' has not the five fields of cron: minute hour day month weekday"]),
        (
            "{cron: 0 0 31 2 *}",
            ["'0 0 31 2 *' is no cron expression: the field day-of-month is wrong or never comes"],
        ),
        ("{at: '25:00'}", ["'25:00' is no time of day: write for example 07:30 or 07:30:15"]),
        (
            "{at: ['7:30', x, y], days: [mon, thr]}",
            [
                "'x' is no time of day: write for example 07:30 or 07:30:15",
                "'y' is no time of day: write for example 07:30 or 07:30:15",
                "'thr' is no day of the week [did you mean 'thu'?]",
            ],
        ),
        ("{at: []}", ["this list is empty: the trigger would never come"]),
        ("{at: '7:30', days: []}", ["this list is empty: the trigger would never come"]),
        ("{becomes: lamp.pow}", ["device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]"]),
        (
            "{becomes: lamp.power, until: lamp.pow, for: x}",
            [
                "device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]",
                "'x' is no duration [write for example 30s, 5m, 1h30m or 2d]",
            ],
        ),
        ("{becomes: lamp.power, until: []}", ["this must be an expression"]),
        (
            "{change: lamp}",
            ["'lamp' is a device: name one of its points [it has lamp.power, lamp.powerlevel]"],
        ),
        ("{change: lampe}", ["there is no device 'lampe' [did you mean 'lamp'?]"]),
        (
            "{change: [lamp.power, lamp.x, evening.scenelaunch]}",
            [
                "device 'lamp' (light) has no controller 'x' [it has power, powerlevel]",
                "evening.scenelaunch can only be written, it has no value to read",
            ],
        ),
        ("{change: []}", ["this list is empty: the trigger would never come"]),
        ("{change: lamp.power, to: []}", ["this list is empty: the trigger would never come"]),
        ("{change: lamp.power, from: maybe}", ["power cannot be 'maybe': it takes on or off"]),
        (
            "{change: living_ac.hvacmode, to: [coolin, dry]}",
            [
                "hvacmode cannot be 'coolin': it takes cooling, heating, dry, fan or auto "
                "[did you mean 'cooling'?]"
            ],
        ),
        (
            "{change: [lamp.powerlevel, living_thermostat.setpoint], to: 50}",
            ["setpoint cannot be 50: it takes a number from 5 to 35 °C"],
        ),
        ("{change: lamp.power, above: 3}", ["lamp.power takes on or off: 'above' is for numbers"]),
        ("{change: lamp.powerlevel, above: x}", ["'above' must be a number"]),
        (
            "{change: lamp.powerlevel, above: 100}",
            ["lamp.powerlevel never goes above 100: it takes an integer from 0 to 100 %"],
        ),
        (
            "{change: lamp.powerlevel, below: 0}",
            ["lamp.powerlevel never goes below 0: it takes an integer from 0 to 100 %"],
        ),
        (
            "{change: lamp.powerlevel, by: 101}",
            ["lamp.powerlevel never changes by 101: it takes an integer from 0 to 100 %"],
        ),
        ("{change: lamp.power, from: on, to: On}", ["nothing changes to the very value that it comes from"]),
        ("{change: lamp.power, from: [on, off], to: [on, off]}", []),
        ("{change: lamp.powerlevel, above: 20, below: 20}", ["nothing is above 20 and below 20"]),
        ("{change: lamp.power, above: .nan}", ["'above' must be a finite number"]),
    ],
)
def test_a_wrong_trigger(trigger: str, expected: list[str]) -> None:
    found = findings(f"- {{id: a, {ACTIONS}, triggers: {trigger}}}")
    assert [each.partition(": ")[2] for each in found] == expected


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("{change: lamp.powerlevel, by: 0}", "'by' must be more than 0"),
        ("{change: 5}", "'change' must be a text"),
        ("{cron: 5}", "'cron' must be a text"),
        ("{at: {}}", "'at' must be a text or a list"),
        ("{every: 1m, id: 5}", "'id' must be a text"),
        ("{change: lamp.powerlevel, until: 5}", "unknown key 'until'"),
        ("{becomes: lamp.power, from: 5}", "unknown key 'from'"),
        ("{cron: 0 7 * * *, days: mon}", "unknown key 'days'"),
        ("{at: '7:30', offset: 1m}", "unknown key 'offset'"),
    ],
)
def test_a_trigger_of_the_wrong_shape(trigger: str, expected: str) -> None:
    (found,) = findings(f"- {{id: a, {ACTIONS}, triggers: {trigger}}}")
    assert found.partition(": ")[2].startswith(expected)


def test_places_in_triggers() -> None:
    text = """
    - id: a
      triggers:
        - every: 1m
          offset: 2m
        - at: ["07:30", "7.30"]
        - change: [lamp.power, lamp.pow]
        - becomes: "not lamp.pow"
        - {every: 1m, cron: x}
        - evry: 1m
        - change: lamp.powerlevel
          above: 30
          below: 10
      actions: {press: bell}
    """
    assert [each.partition(": ")[0] for each in findings(text)] == [
        "4:15+2", "5:21+6", "6:28+8", "7:21+8", "8:19+4", "9:7+4", "12:14+2"
    ]  # fmt: skip


def test_an_empty_list_of_triggers_is_refused() -> None:
    assert findings(f"- {{id: a, triggers: [], {ACTIONS}}}") == ["1:21+2: this list of triggers is empty"]


def test_two_triggers_of_one_id_are_refused() -> None:
    triggers = "[{every: 1m, id: x}, {every: 2m, id: x}, {every: 3m}, {every: 4m}]"
    assert findings(f"- {{id: a, triggers: {triggers}, {ACTIONS}}}") == [
        "1:58+1: two triggers of this rule have the id 'x'"
    ]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("stop", ["an action must be a mapping, such as 'set: {device.controller: value}'"]),
        ("{lunch: evening}", ["there is no action 'lunch' [did you mean 'launch'?]"]),
        (
            "{set: {lamp.power: on}, log: x}",
            ["'set' and 'log' are two actions: give each an item of its own"],
        ),
        (
            "{priority: 3}",
            [
                "this is no action: one of set, release, call, log, delay, wait, if, choose, repeat, "
                "parallel, sequence, fail, verify, save, restore, enable, disable, cancel, run, variables, "
                "raise, notify, http, ramp, pulse, duty, launch, press, stop, move, step "
                f"is missing [{GOES_ON}]"
            ],
        ),
        ("{set: {}}", ["'set' needs a point and its value"]),
        ("{set: lamp}", ["'set' must be a mapping of keys and values"]),
        (
            "{set: {living_ac.hvacmod: cooling}}",
            ["device 'living_ac' (hvac) has no controller 'hvacmod' [did you mean 'hvacmode'?]"],
        ),
        (
            "{set: {living_a.hvacmode: cooling}}",
            ["there is no device 'living_a' [did you mean 'living_ac'?]"],
        ),
        (
            "{set: {lamp: on}}",
            ["'lamp' is a device: name one of its points [it has lamp.power, lamp.powerlevel]"],
        ),
        (
            "{set: {living_thermostat.actualtemp: 3}}",
            [
                "living_thermostat.actualtemp can only be read "
                "[what can be written of it: living_thermostat.setpoint]"
            ],
        ),
        (
            "{set: {living_ac.hvacmode: coolin, lamp.powerlevel: 120, lamp.power: 3}}",
            [
                "hvacmode cannot be 'coolin': it takes cooling, heating, dry, fan or auto "
                "[did you mean 'cooling'?]",
                "powerlevel cannot be 120: it takes an integer from 0 to 100 %",
                "power cannot be 3: it takes on or off",
            ],
        ),
        (
            "{set: {lamp.powerlevel: '{{ lamp.pow }}'}}",
            ["device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]"],
        ),
        (
            "{set: {lamp.powerlevel: '{{ living_ac.hvacmode }}'}}",
            ["powerlevel cannot be 'cooling': it takes an integer from 0 to 100 %"],
        ),
        ("{set: {lamp.power: on}, priority: 17}", ["'priority' must be at most 16"]),
        ("{set: {lamp.power: on}, priority: 0}", ["'priority' must be at least 1"]),
        ("{launch: }", ["'launch' needs a device"]),
        ("{launch: evning}", ["there is no device 'evning' [did you mean 'evening'?]"]),
        ("{launch: nowhere}", ["there is no device 'nowhere' [devices that know it: evening, morning]"]),
        (
            "{launch: lamp}",
            ["device 'lamp' (light) does not know 'launch' [devices that know it: evening, morning]"],
        ),
        (
            "{launch: [evening, lamp]}",
            ["device 'lamp' (light) does not know 'launch' [devices that know it: evening, morning]"],
        ),
        ("{step: blind}", ["device 'blind' (blind) does not know 'step' [no device of this site knows it]"]),
        ("{launch: {evening: 3}}", ["'launch' takes no value for 'evening' [write 'launch: evening']"]),
        ("{press: {bell: on}}", ["'press' takes no value for 'bell' [write 'press: bell']"]),
        (
            "{move: blind}",
            ["'move' needs a value for 'blind': up or down [write for example 'move: {blind: up}']"],
        ),
        ("{move: {blind: upp}}", ["updown cannot be 'upp': it takes up or down [did you mean 'up'?]"]),
        ("{press: bell, foo: 1}", ["unknown key 'foo' [known here: press, priority]"]),
        ("{press: bell, priority: 20}", ["'priority' must be at most 16"]),
        (
            "{press: bell, priority: 20, then: 1}",
            ["'priority' must be at most 16", "unknown key 'then' [known here: press, priority]"],
        ),
        ("{log: [x]}", ["this must be a text"]),
        (
            "{log: 'x {{ lamp.pow }}'}",
            ["device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]"],
        ),
        ("{delay: 5}", ["a duration needs its unit [write 5s or 5m]"]),
        (
            "{if: lamp.pow, then: {press: bell}}",
            ["device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]"],
        ),
        (
            "{if: lamp.power, then: {pres: bell}, else: [{launch: lamp}]}",
            [
                "there is no action 'pres' [did you mean 'press'?]",
                "device 'lamp' (light) does not know 'launch' [devices that know it: evening, morning]",
            ],
        ),
        (
            "{if: lamp.power, then: [], else: []}",
            ["this list of actions is empty", "this list of actions is empty"],
        ),
        ("{if: lamp.power, then: {press: bell}, els: x}", ["unknown key 'els' [did you mean 'else'?]"]),
    ],
)
def test_a_wrong_action(action: str, expected: list[str]) -> None:
    found = findings(f"- {{id: a, condition: lamp.power, actions: [{action}]}}")
    assert [each.partition(": ")[2] for each in found] == expected
    assert load_rules(site_with(f"- {{id: a, condition: lamp.power, actions: [{action}]}}"))[0] == ()


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("{if: lamp.power}", "'then' is missing"),
        ("{log: x, id: x}", "unknown key 'id'"),
        ("{delay: 5s, priority: 3}", "unknown key 'priority'"),
        ("{set: {lamp.power: on}, only_if_different: 1}", "'only_if_different' must be"),
        ("{set: {lamp.power: on}, only_if: 1}", "unknown key 'only_if'"),
        ("{set: {lamp.power: on}, priority: '3'}", "'priority': '3' is no priority: write a number from 1"),
        (
            "{press: bell, priority: '3'}",
            "'priority': '3' is no priority: write a number from 1 to 16; or one",
        ),
        ("{press: bell, priority: [3]}", "'priority' must be a whole number"),
    ],
)
def test_an_action_of_the_wrong_shape(action: str, expected: str) -> None:
    (found,) = findings(f"- {{id: a, condition: lamp.power, actions: {action}}}")
    assert found.partition(": ")[2].startswith(expected)


def test_places_in_actions() -> None:
    text = """
    - id: a
      condition: lamp.power
      actions:
        - set: {living_ac.hvacmod: cooling}
        - set:
            lamp.powerlevel: 120
            living_thermostat.actualtemp: 3
        - launch: [evening, lamp]
        - move: {blind: upp}
        - set: {lamp.powerlevel: "{{ lamp.powerlevel + lamp.pow }}"}
        - log: it is {{ lamp.pow }}
        - if: lamp.power
          then:
            - delay: 5
    """
    assert [each.partition(": ")[0] for each in findings(text)] == [
        "4:13+17", "6:26+3", "7:9+28", "8:25+4", "9:21+3", "10:52+8", "11:21+8", "14:18+1"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "part",
    [
        "condition: attic_thermostat.actualtemp > 3, actions: {press: bell}",
        "condition: lamp.power, actions: {set: {attic_thermostat.setpoint: 3}}",
        "condition: lamp.power, actions: {launch: attic_thermostat}",
        "triggers: {change: attic_thermostat.actualtemp}, actions: {press: bell}",
    ],
)
def test_a_device_that_is_wrong_itself_is_not_reported_again(part: str) -> None:
    assert findings(f"- {{id: a, {part}}}") == []


@pytest.mark.parametrize(
    "part",
    [
        "condition: !secret x, actions: {press: bell}",
        "condition: lamp.power, actions: {set: {lamp.powerlevel: !secret x}}",
        "condition: lamp.power, actions: {log: !secret x}",
        "triggers: {change: lamp.power, to: !secret x}, actions: {press: bell}",
    ],
)
def test_a_value_that_could_not_be_found_is_not_reported_again(part: str) -> None:
    assert findings(f"- {{id: a, {part}}}", tags={"!secret": broken}) == []


@pytest.mark.parametrize(
    "part",
    [
        "actions: {set: {lamp.powerlevel: !secret x}}",
        "actions: {press: bell}, triggers: {change: lamp.powerlevel, to: !secret x}",
    ],
)
def test_a_secret_is_never_quoted(part: str) -> None:
    found = findings(
        f"- {{id: a, condition: lamp.power, {part}}}", tags={"!secret": lambda text, mark, problems: "s3cret"}
    )
    assert [each.partition(": ")[2] for each in found] == ["powerlevel takes an integer from 0 to 100 %"]


MARK = Mark(SourceFile("rules.yaml", ""), 1, 1)
WORDS = """id triggers condition actions set launch if then every at change becomes until for from to above
log delay lamp.power lamp evening 5m {{x}} on {%"""
words = st.sampled_from(WORDS.split())
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words, st.text(max_size=5)).map(
    lambda value: ScalarNode(MARK, value, "" if value is None else str(value))
)
trees: st.SearchStrategy[Node] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda nodes: ListNode(MARK, tuple(nodes))),
        st.dictionaries(words, inner, max_size=4).map(
            lambda entries: MapNode(MARK, entries, dict.fromkeys(entries, MARK))
        ),
    ),
    max_leaves=12,
)


@given(trees)
def test_no_tree_does_worse_than_being_refused(tree: Node) -> None:
    site = site_with("")
    site = type(site)(**{name: getattr(site, name) for name in site.__slots__} | {"rules": (tree,)})
    rules, problems = load_rules(site)
    assert rules or problems
