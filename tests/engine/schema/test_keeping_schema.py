"""The schemas know rules that keep, interlocks, and what devices say of their points."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from interlock.config.files import read_source
from interlock.config.nodes import plain
from interlock.config.reader import parse_yaml
from interlock.plugins import load_plugins
from interlock.schema import rules_schema, site_schema
from interlock.service.loading import load_devices
from support.json_schemas import validator_of

FLAT = Path(__file__).parents[3] / "rules" / "flat"
KEEP: Mapping[str, object] = {
    "id": "a",
    "while": "living_thermostat.actualtemp > 26",
    "keep": {"living_ac.hvacpower": "on"},
}
LOCK: Mapping[str, object] = {
    "id": "a",
    "never": "living_ac.hvacpower",
    "instead": {"living_ac.hvacpower": "off"},
}


@cache
def validators() -> tuple[Draft202012Validator, Draft202012Validator]:
    """The validators of the flat: of its own file, and of those with rules."""
    registry = load_plugins()
    site = load_devices(FLAT, registry)
    return validator_of(site_schema(site, registry)), validator_of(rules_schema(site))


def is_taken(document: Mapping[str, object]) -> bool:
    return not list(validators()[1].iter_errors(document))


@pytest.mark.parametrize(
    "further",
    [
        {},
        {"until": "living_thermostat.actualtemp < 24", "for": "5m", "priority": 12},
        {"for": {"accumulate": "10m", "reset": "3m"}, "on_unknown": "release"},
        {"priority": "manual_operator", "enabled": "shadow", "finally": [{"log": "x"}]},
        {"keep": {"living_ac.hvacsetpoint": "{{ living_thermostat.setpoint }}"}},
        {"for_each": {"room": ["living"]}, "priority": "{{ level }}", "variables": {"x": 1}},
    ],
    ids=str,
)
def test_sound_rules_that_keep_are_taken(further: Mapping[str, object]) -> None:
    assert is_taken({"rules": [{**KEEP, **further}]})


@pytest.mark.parametrize(
    "further",
    [
        {"actions": [{"log": "x"}]},
        {"triggers": [{"every": "1m"}]},
        {"condition": "true"},
        {"mode": "single"},
        {"whlie": "true"},
        {"priority": 17},
        {"priority": "manual_oprator"},
        {"on_unknown": "maybe"},
        {"for": "5"},
        {"keep": {}},
        {"keep": {"living_ac.hvacpower": "maybe"}},
        {"keep": {"living_thermostat.actualtemp": 20}},
        {"enabled": "no"},
    ],
    ids=str,
)
def test_mistakes_in_rules_that_keep_are_found(further: Mapping[str, object]) -> None:
    assert not is_taken({"rules": [{**KEEP, **further}]})


@pytest.mark.parametrize(
    "action",
    [
        {"set": {"living_ac.hvacpower": "on"}, "for": "1h"},
        {"set": {"living_ac.hvacpower": "on"}, "priority": "manual_operator"},
        {"release": "living_ac.hvacpower"},
        {"release": ["living_ac.hvacpower", "living_ac.hvacmode"]},
    ],
    ids=str,
)
def test_what_rules_hold_and_release_is_taken(action: Mapping[str, object]) -> None:
    assert is_taken({"rules": [{"id": "a", "triggers": ["start"], "actions": [action]}]})


@pytest.mark.parametrize(
    "action",
    [
        {"set": {"living_ac.hvacpower": "on"}, "priority": "strong"},
        {"release": "living_ac.nothing"},
        {"release": "living_ac.hvacpower", "for": "1h"},
    ],
    ids=str,
)
def test_mistakes_in_what_rules_hold_are_found(action: Mapping[str, object]) -> None:
    assert not is_taken({"rules": [{"id": "a", "triggers": ["start"], "actions": [action]}]})


@pytest.mark.parametrize("further", [{}, {"unknown": "safe"}, {"for_each": {"n": [1]}, "description": "x"}])
def test_sound_interlocks_are_taken(further: Mapping[str, object]) -> None:
    assert is_taken({"interlocks": [{**LOCK, **further}]})


def test_a_template_of_interlocks_is_taken() -> None:
    assert is_taken({"interlocks": [{"use": "templates/x.yaml", "with": {"room": "living"}}]})


@pytest.mark.parametrize(
    "further",
    [{"unknown": "maybe"}, {"instaed": {}}, {"instead": {"living_ac.nothing": 1}}, {"never": [1]}, {"id": 3}],
    ids=str,
)
def test_mistakes_in_interlocks_are_found(further: Mapping[str, object]) -> None:
    assert not is_taken({"interlocks": [{**LOCK, **further}]})


def test_an_interlock_without_never_is_found() -> None:
    assert not is_taken({"interlocks": [{"id": "a"}]})


def is_taken_of_ac(options: Mapping[str, object]) -> bool:
    node = parse_yaml(read_source(FLAT / "site.yaml", "site.yaml"), [])
    assert node is not None
    site = copy.deepcopy(plain(node))
    assert isinstance(site, dict)
    site["devices"]["living_ac"] |= options
    return not list(validators()[0].iter_errors(site))


@pytest.mark.parametrize(
    "options",
    [
        {"guard": {"hvacpower": {"min_on": "5m", "min_off": "3m", "max_changes": "6 per 1h"}}},
        {"guard": {"hvacsetpoint": {"range": [18, 26], "max_step": 2}}},
        {"guard": {"hvacsetpoint": {"max_step": "5 per 1m"}}},
        {"default": {"hvacpower": "off", "hvacmode": "auto"}},
        {"manual_hold": "2h", "settle": "30s"},
        {"manual_hold": 0},
    ],
    ids=str,
)
def test_what_devices_say_of_their_points_is_taken(options: Mapping[str, object]) -> None:
    assert is_taken_of_ac(options)


@pytest.mark.parametrize(
    "options",
    [
        {"guard": {"hvacpower": {"min_onn": "5m"}}},
        {"guard": {"hvacpower": {}}},
        {"guard": {"hvacpowr": {"min_on": "5m"}}},
        {"guard": {"hvacpower": {"min_on": "5"}}},
        {"guard": {"hvacsetpoint": {"range": [1]}}},
        {"default": {"hvacpower": "maybe"}},
        {"default": {"nothing": 1}},
        {"manual_hold": "2"},
        {"gaurd": {}},
    ],
    ids=str,
)
def test_mistakes_in_what_devices_say_of_their_points_are_found(options: Mapping[str, object]) -> None:
    assert not is_taken_of_ac(options)
