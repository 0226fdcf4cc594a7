"""The schemas of the example sites take every file of theirs, and refuse what people get wrong."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from interlock.config.files import read_source
from interlock.config.nodes import plain
from interlock.config.reader import parse_yaml
from interlock.plugins import load_plugins
from interlock.rules.grammar.actions import _KINDS as ACTIONS
from interlock.rules.grammar.triggers.reading import _KINDS as TRIGGERS
from interlock.schema import rules_schema, site_schema
from interlock.schema.actions import action_kinds
from interlock.schema.triggers import KINDS
from interlock.service.loading import load_devices
from support.json_schemas import faults, validator_of

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(path.parent for path in (ROOT / "rules").glob("*/site.yaml"))
_SITES = [path.read_text(encoding="utf-8") for path in (ROOT / "rules").glob("*/site.yaml")]
SECRETS = sorted({name for text in _SITES for name in re.findall(r"!env (\w+)", text)})
"""What the examples take from the environment."""


@cache
def validators(folder: Path) -> tuple[Draft202012Validator, Draft202012Validator]:
    """The validators of a site: of its own file, and of those with rules."""
    registry = load_plugins()
    site = load_devices(folder, registry)
    return validator_of(site_schema(site, registry)), validator_of(rules_schema(site))


def content(path: Path) -> object:
    node = parse_yaml(
        read_source(path, path.name), [], dict.fromkeys(("!secret", "!env"), lambda name, *_: name)
    )
    assert node is not None
    return plain(node)


def files() -> Iterator[tuple[Path, Path]]:
    for folder in EXAMPLES:
        for path in sorted(folder.rglob("*.yaml")):
            if path.parent.name in ("rules", "templates", "scenarios") or path.name == "site.yaml":
                yield folder, path


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "https://example.org/hook" if name.endswith("URL") else "correct-horse")


@pytest.mark.parametrize(
    ("folder", "path"), [pytest.param(*each, id=str(each[1].relative_to(ROOT))) for each in files()]
)
def test_each_example_file_is_as_its_schema_says(folder: Path, path: Path) -> None:
    site, rules = validators(folder)
    assert faults(site if path.name == "site.yaml" else rules, content(path)) == []


FLAT = ROOT / "rules" / "flat"
RULE: Mapping[str, object] = {
    "id": "a",
    "triggers": [{"every": "1m"}],
    "actions": [{"set": {"living_ac.hvacmode": "cooling"}}],
}
TRIGGER, ACTION = ("triggers", 0), ("actions", 0)


def with_(place: tuple[str, int] | str, value: object) -> dict[str, object]:
    rule = copy.deepcopy(dict(RULE))
    if isinstance(place, str):
        rule[place] = value
    else:
        items = rule[place[0]]
        assert isinstance(items, list)
        items[place[1]] = value
    return rule


SOUND = [
    with_(ACTION, {"set": {"living_ac.hvacmode": "Cooling"}}),
    with_(ACTION, {"set": {"living_ac.hvacmode": "{{ trigger.value }}"}}),
    with_(ACTION, {"set": {"living_ac.hvacpower": "on", "living_ac.hvacsetpoint": 21.5}, "priority": 3}),
    with_(ACTION, {"set": {"{{ room }}.hvacpower": "on"}}),
    with_(ACTION, {"log": "x", "on_error": "continue"}),
    with_(ACTION, {"choose": [{"if": "true", "then": {"log": "x"}}], "default": {"log": "y"}}),
    with_("actions", {"delay": "5m"}),
    with_("enabled", "shadow"),
    with_("cooldown", "10m"),
    with_(TRIGGER, {"change": ["living_ac.hvacpower", "living_ac.hvacmode"], "for": "5m"}),
    with_(TRIGGER, "start"),
    {"use": "templates/x.yaml", "with": {"room": "living"}},
]
MISTAKES = {
    "a misspelt device": with_(ACTION, {"set": {"livng_ac.hvacmode": "cooling"}}),
    "a misspelt controller": with_(ACTION, {"set": {"living_ac.hvacmod": "cooling"}}),
    "no such choice": with_(ACTION, {"set": {"living_ac.hvacmode": "colling"}}),
    "a text for a switch": with_(ACTION, {"set": {"living_ac.hvacpower": "yes"}}),
    "a value out of range": with_(ACTION, {"set": {"living_ac.hvacsetpoint": "warm"}}),
    "what cannot be written": with_(ACTION, {"set": {"living_thermostat.actualtemp": 20}}),
    "no such action": with_(ACTION, {"sett": {"living_ac.hvacmode": "cooling"}}),
    "two actions in one": with_(ACTION, {"log": "x", "delay": "1s"}),
    "an option of another action": with_(ACTION, {"log": "x", "priority": 3}),
    "no such trigger": with_(TRIGGER, {"evry": "1m"}),
    "two triggers in one": with_(TRIGGER, {"every": "1m", "at": "07:00"}),
    "an option of another trigger": with_(TRIGGER, {"every": "1m", "until": "x"}),
    "a number for a duration": with_(TRIGGER, {"every": 15}),
    "a change of no point": with_(TRIGGER, {"change": "living_ac.nothing"}),
    "a word that is no trigger": with_(TRIGGER, "begin"),
    "no such key": with_("enabeld", False),
    "no such mode": with_("mode", "serial"),
    "enabled by a word": with_("enabled", "no"),
    "a cooldown without a unit": with_("cooldown", "10"),
    "no id": {key: value for key, value in RULE.items() if key != "id"},
    "no actions": {key: value for key, value in RULE.items() if key != "actions"},
    "a template with actions": {"use": "templates/x.yaml", "actions": []},
}


@pytest.mark.parametrize("rule", SOUND, ids=str)
def test_sound_rules_are_taken(rule: Mapping[str, object]) -> None:
    assert faults(validators(FLAT)[1], {"rules": [rule]}) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_typical_mistakes_in_rules_are_found(mistake: str) -> None:
    assert faults(validators(FLAT)[1], {"rules": [MISTAKES[mistake]]})


def _misspelt_driver(site: dict[str, dict[str, dict[str, object]]]) -> None:
    next(iter(site["connections"].values()))["driver"] = "thinknx-locl"


def _unknown_setting(site: dict[str, dict[str, dict[str, object]]]) -> None:
    next(iter(site["connections"].values()))["hosst"] = "10.0.0.1"


def _bare_number(site: dict[str, dict[str, dict[str, object]]]) -> None:
    next(iter(site["connections"].values()))["poll"] = 10


def _unknown_connection(site: dict[str, dict[str, dict[str, object]]]) -> None:
    site["devices"]["living_ac"]["connection"] = "hous"


def _unknown_type(site: dict[str, dict[str, dict[str, object]]]) -> None:
    site["devices"]["living_ac"]["type"] = "hvca"


def _unknown_device_setting(site: dict[str, dict[str, dict[str, object]]]) -> None:
    site["devices"]["living_ac"]["giud"] = "x"


def _no_address(site: dict[str, dict[str, dict[str, object]]]) -> None:
    del site["devices"]["living_ac"]["guid"]


def _device_with_a_dash(site: dict[str, dict[str, dict[str, object]]]) -> None:
    site["devices"]["living-ac"] = site["devices"]["living_ac"]


def _unknown_section(site: dict[str, dict[str, dict[str, object]]]) -> None:
    site["device"] = {}


def _unknown_zone(site: dict[str, dict[str, object]]) -> None:
    site["site"]["timezone"] = "Europe/Milan"


@pytest.mark.parametrize(
    "spoil",
    [
        _misspelt_driver,
        _unknown_setting,
        _bare_number,
        _unknown_connection,
        _unknown_type,
        _unknown_device_setting,
        _no_address,
        _device_with_a_dash,
        _unknown_section,
        _unknown_zone,
    ],
)
def test_typical_mistakes_in_a_site_file_are_found(spoil: Callable[[object], None]) -> None:
    document = copy.deepcopy(content(FLAT / "site.yaml"))
    spoil(document)
    assert faults(validators(FLAT)[0], document)


HOTEL = ROOT / "rules" / "hotel"
ROOM = {"connection": "floor1", "type": "light", "guid": "{{ card }}"}


@pytest.mark.parametrize("of_rows", [{"n": [1, 2]}, [{"n": 1, "card": "x"}]], ids=str)
def test_included_files_may_hold_devices_of_rows(of_rows: object) -> None:
    document = {
        "devices": {"door_{{ n }}": {"for_each": of_rows, **ROOM}, "away": {"type": "flag"}},
        "groups": {
            "doors": {"for_each": of_rows, "members": ["door_{{ n }}", "room_101_card"]},
            "rooms": ["room_101_card", "room_140_card"],
        },
        "schedules": {"office": {"daily": [["07:30", "18:00"]]}},
    }
    assert faults(validators(HOTEL)[1], document) == []


@pytest.mark.parametrize(
    "document",
    [
        {"devices": {"door_{{ n }}": {"for_each": {"n": [1]}, **ROOM, "giud": "x"}}},
        {"devices": {"door_{{ n }}": {"for_each": 3, **ROOM}}},
        {"devices": {"door-{{ n }}": ROOM}},
        {"devices": {"{{ n + 1 }}": ROOM}},
        {"groups": {"doors": {"for_each": {"n": [1]}}}},
        {"groups": {"doors": {"members": ["room_101_card"]}}},
        {"groups": {"doors": ["room_999_card"]}},
        {"connections": {}},
    ],
    ids=str,
)
def test_typical_mistakes_in_included_devices_are_found(document: object) -> None:
    assert faults(validators(HOTEL)[1], document)


def test_connections_may_have_hyphens() -> None:
    document = copy.deepcopy(content(FLAT / "site.yaml"))
    assert isinstance(document, dict)
    document["connections"]["house-2"] = next(iter(document["connections"].values()))
    assert faults(validators(FLAT)[0], document) == []


def test_points_of_rows_are_completed() -> None:
    names = rules_schema(load_devices(HOTEL, load_plugins()))["$defs"]["point"]["anyOf"][0]["enum"]
    assert {"room_101_thermostat.actualtemp", "room_140_lights.power"} <= set(names)


def test_each_trigger_and_each_action_of_the_language_is_known() -> None:
    site = load_devices(FLAT, load_plugins())
    assert sorted(KINDS) == sorted(TRIGGERS)
    assert set(action_kinds(site)) >= set(ACTIONS)
