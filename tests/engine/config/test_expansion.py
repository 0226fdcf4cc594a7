"""One rule for many rooms: what ``for_each`` and templates expand to, and what is wrong with them."""

import pytest

from interlock.config.nodes import MapNode, plain
from support.site_files import HEADER, SiteFolder


def rules_of(folder: SiteFolder, rules: str, **files: str) -> list[object]:
    """The rules that a site's list expands to; nothing may be wrong with it."""
    for name, text in files.items():
        folder.write(f"templates/{name}.yaml", text)
    site, findings = folder.load(HEADER + rules)
    assert (site is not None, findings) == (True, [])
    assert site is not None
    return [plain(rule) for rule in site.rules]


def wrong(folder: SiteFolder, rules: str, **files: str) -> list[str]:
    for name, text in files.items():
        folder.write(f"templates/{name}.yaml", text)
    _, findings = folder.load(HEADER + rules)
    return [f"{each.file}:{each.line}:{each.column}: {each.message} [{each.hint}]" for each in findings]


def test_a_rule_is_made_for_each_value(folder: SiteFolder) -> None:
    rules = """
rules:
  - for_each: {room: [living, kitchen]}
    id: cool-{{ room }}
    condition: "{{ room }}_thermostat.actualtemp > 26"
    actions:
      - set: {"{{ room }}_ac.hvacpower": on}
"""
    assert rules_of(folder, rules) == [
        {
            "id": f"cool-{room}",
            "condition": f"{room}_thermostat.actualtemp > 26",
            "actions": [{"set": {f"{room}_ac.hvacpower": "on"}}],
            "variables": {"room": room},
        }
        for room in ("living", "kitchen")
    ]


def test_a_table_has_a_row_for_each_rule(folder: SiteFolder) -> None:
    rules = """
rules:
  - for_each:
      - {room: living, down: "22:00", to: 17}
      - {room: bed, down: "21:00", to: 16.5}
    id: night
    triggers: [{at: "{{ down }}"}]
    actions: [{set: {"{{ room }}.setpoint": "{{ to }}"}}]
"""
    first, second = rules_of(folder, rules)
    assert first == {
        "id": "night-living",
        "triggers": [{"at": "22:00"}],
        "actions": [{"set": {"living.setpoint": 17}}],
        "variables": {"room": "living", "down": "22:00", "to": 17},
    }
    assert isinstance(second, dict)
    assert (second["id"], second["actions"]) == ("night-bed", [{"set": {"bed.setpoint": 16.5}}])


def test_several_names_make_every_combination(folder: SiteFolder) -> None:
    rules = """
rules:
  - for_each: {floor: [1, 2], side: [north, south]}
    id: "blind-{{ floor }}-{{ side }}"
    actions: []
"""
    ids = [rule["id"] for rule in rules_of(folder, rules) if isinstance(rule, dict)]
    assert ids == ["blind-1-north", "blind-1-south", "blind-2-north", "blind-2-south"]


def test_only_a_name_alone_in_braces_is_replaced(folder: SiteFolder) -> None:
    rules = """
rules:
  - for_each: {room: [living]}
    id: a
    actions: [{log: "{{ room }}: {{ room_temperature }} {{ {{ room }}_thermostat.actualtemp + 1 }}"}]
"""
    (rule,) = rules_of(folder, rules)
    assert isinstance(rule, dict)
    assert rule["actions"] == [
        {"log": "living: {{ room_temperature }} {{ living_thermostat.actualtemp + 1 }}"}
    ]


def test_a_rules_own_variables_stay(folder: SiteFolder) -> None:
    rules = """
rules:
  - for_each: {room: [living]}
    id: a
    variables: {limit: 26, room: other}
    actions: []
"""
    (rule,) = rules_of(folder, rules)
    assert isinstance(rule, dict)
    assert rule["variables"] == {"room": "other", "limit": 26}


COOLING = """
template:
  description: cools a room
  parameters:
    room: {type: device, description: the room's name}
    limit: {type: number, default: 26, min: 18, max: 35}
    mode: {choices: [cooling, dry], default: cooling}
    hold: {type: duration, default: 5m}
rules:
  - id: cool-{{ room }}
    triggers: [{becomes: "{{ room }}_thermostat.actualtemp > limit", for: "{{ hold }}"}]
    actions: [{set: {"{{ room }}_ac.hvacmode": "{{ mode }}"}}]
  - id: warn-{{ room }}
    condition: "{{ room }}_thermostat.actualtemp > limit + 5"
    actions: [{log: hot}]
"""


def test_a_template_is_used_with_its_parameters(folder: SiteFolder) -> None:
    rules = "\nrules: [{use: templates/cooling.yaml, with: {room: living, limit: 24}}]\n"
    first, second = rules_of(folder, rules, cooling=COOLING)
    assert first == {
        "id": "cool-living",
        "triggers": [{"becomes": "living_thermostat.actualtemp > limit", "for": "5m"}],
        "actions": [{"set": {"living_ac.hvacmode": "cooling"}}],
        "variables": {"room": "living", "limit": 24, "mode": "cooling", "hold": "5m"},
    }
    assert isinstance(second, dict)
    assert second["id"] == "warn-living"


def test_a_template_is_used_for_each_row(folder: SiteFolder) -> None:
    rules = """
rules:
  - use: templates/cooling.yaml
    for_each: [{room: living, limit: 24}, {room: bed, limit: 22}]
  - use: templates/cooling.yaml
    for_each: {name: [hall]}
    with: {room: "{{ name }}", mode: dry}
"""
    found = rules_of(folder, rules, cooling=COOLING)
    shown = [(rule["id"], rule["variables"]["limit"]) for rule in found if isinstance(rule, dict)]
    assert shown == [
        ("cool-living", 24),
        ("warn-living", 24),
        ("cool-bed", 22),
        ("warn-bed", 22),
        ("cool-hall", 26),
        ("warn-hall", 26),
    ]


def test_rows_may_hold_more_than_a_template_takes(folder: SiteFolder) -> None:
    rules = """
rules:
  - use: templates/cooling.yaml
    for_each: [{room: living, guid: x, limits: 3, limit: 24}]
  - use: templates/cooling.yaml
    for_each: {rooms: [bed]}
    with: {room: "{{ rooms }}"}
"""
    assert len(rules_of(folder, rules, cooling=COOLING)) == 4


def test_a_rule_knows_what_it_was_expanded_from(folder: SiteFolder) -> None:
    folder.write("templates/cooling.yaml", COOLING)
    site, _ = folder.load(HEADER + "\nrules:\n  - {use: templates/cooling.yaml, with: {room: living}}\n")
    assert site is not None
    rule = site.rules[0]
    assert isinstance(rule, MapNode)
    assert rule.mark.source.name.endswith("templates/cooling.yaml")
    assert rule.origin.startswith("for room = living, limit = 26, mode = cooling, hold = 5m, used at ")
    assert rule.origin.partition("used at ")[2].startswith("site.yaml:")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("{for_each: living, id: a}", "'for_each' needs names and values"),
        ("{for_each: {}, id: a}", "this 'for_each' is empty: nothing would come of it"),
        ("{for_each: {room: []}, id: a}", "this 'for_each' is empty: nothing would come of it"),
        ("{for_each: [], id: a}", "this 'for_each' is empty: nothing would come of it"),
        ("{for_each: [{}], id: a}", "this row of 'for_each' is empty"),
        ("{for_each: [{room: [a]}], id: a}", "'room' needs one value in each row"),
        ("{for_each: [3], id: a}", "a row of 'for_each' must be a mapping of keys and values"),
        ("{for_each: {my room: [a]}, id: a}", "'my room' cannot be a name here"),
        ("{use: templates/none.yaml}", "there is no template 'templates/none.yaml'"),
        (f"{{use: {'a' * 5000}}}", f"there is no template '{'a' * 5000}'"),
        ("{use: templates/plain.yaml}", "this is no template: it needs the key 'template'"),
        ("{use: templates/cooling.yaml}", "the template needs 'room'"),
        ("{use: templates/cooling.yaml, with: {room: a, rom: b}}", "the template has no parameter 'rom'"),
        (
            "{use: templates/cooling.yaml, with: {room: a, xyz: b}}",
            "no parameter 'xyz' [it has room, limit, mode, hold]",
        ),
        (
            "{use: templates/cooling.yaml, for_each: [{room: a, limt: 20}]}",
            "site.yaml:4:62: the template has no parameter 'limt' [did you mean 'limit'?]",
        ),
        (
            "{use: templates/cooling.yaml, for_each: [{room: a}, {room: b, mode: drey}, {room: c}]}",
            "'mode' cannot be 'drey'",
        ),
        ("{use: templates/cooling.yaml, with: {room: a, limit: hot}}", "'limit' cannot be 'hot'"),
        ("{use: templates/cooling.yaml, with: {room: a, limit: 50}}", "'limit' cannot be 50"),
        ("{use: templates/cooling.yaml, with: {room: a, mode: drey}}", "'mode' cannot be 'drey'"),
        ("{use: templates/cooling.yaml, with: {room: a, hold: 5}}", "a duration needs its unit"),
        ("{use: templates/cooling.yaml, with: {room: my room}}", "'my room' is no device's name"),
        ("{use: templates/cooling.yaml, with: {room: a}, actions: []}", "unknown key 'actions'"),
        ("{use: templates/cooling.yaml, with: {room: [a]}}", "'room' needs one value"),
    ],
)
def test_what_cannot_be_expanded_is_said_where_it_stands(
    folder: SiteFolder, rules: str, expected: str
) -> None:
    folder.write("templates/plain.yaml", "rules: []")
    found = wrong(folder, f"\nrules:\n  - {rules}\n", cooling=COOLING)
    assert len(found) == 1
    assert expected in found[0]


def test_a_templates_own_faults_stand_in_its_file(folder: SiteFolder) -> None:
    bad = COOLING.replace("type: number, default: 26", "type: number, default: hot")
    (found,) = wrong(folder, "\nrules: [{use: templates/cooling.yaml, with: {room: a}}]\n", cooling=bad)
    assert "templates/cooling.yaml:6:36: 'limit' cannot be 'hot'" in found


def test_a_parameter_needs_a_name_that_expressions_can_hold(folder: SiteFolder) -> None:
    bad = COOLING.replace("    hold: {", "    my hold: {")
    found = wrong(folder, "\nrules: [{use: templates/cooling.yaml, with: {room: a}}]\n", cooling=bad)
    assert [each.partition(": ")[2] for each in found] == ["'my hold' cannot be the name of a parameter []"]


def test_a_template_that_is_used_often_is_read_once(folder: SiteFolder) -> None:
    use = "{use: templates/cooling.yaml, with: {room: a}}"
    found = wrong(folder, f"\nrules: [{use}, {use}]\n", cooling=COOLING + "\n  - [\n")
    assert len(found) == 1
