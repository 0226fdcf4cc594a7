"""What editors say of scenarios."""

from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from interlock.schema import rules_schema
from interlock.service.loading import load
from support.json_schemas import validator_of
from support.scenario_site import ScenarioSite


@pytest.fixture
def validator(tmp_path: Path) -> Draft202012Validator:
    path = ScenarioSite(tmp_path).write()
    return validator_of(rules_schema(load(path, environ={"HOOK": "https://example.com/hook"}).site))


def scenario(**changed: object) -> dict[str, object]:
    plain = {"name": "it", "start": "2026-07-14T12:00", "expect": [{"launch": "evening", "times": 1}]}
    return {"scenarios": [{**plain, **changed}]}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"given": {"thermostat.actualtemp": 24, "*.power": "on", "dimmer": "unavailable", "house": "away"}},
        {"timeline": {"12:10": {"lamp.power": "on", "telegram 1/2/3": "on"}, "+5m": [{"service": "off"}]}},
        {"timeline": {"12:10": {"override": {"lamp.power": "on", "for": "1h"}, "run": ["cool"]}}},
        {"expect": [{"at": "12:10", "set": {"lamp.power": "on"}, "within": "1m"}, {"set": "lamp.power"}]},
        {"expect": [{"never": "lamp.power", "after": "30s"}, {"nothing_else": True}]},
        {"for_each": {"n": [1]}, "name": "{{ n }}", "given": {"{{ n }}.power": "on"}},
    ],
)
def test_what_is_right_is_taken(changed: dict[str, object], validator: Draft202012Validator) -> None:
    assert list(validator.iter_errors(scenario(**changed))) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"untill": "12:00"},
        {"given": {"thermostat.actualtemp": "warm"}},
        {"given": {"dimmer": "dead"}},
        {"given": {"house": "gone"}},
        {"timeline": {"12:10": {"service": "stop"}}},
        {"timeline": {"12:10": {"run": "coool"}}},
        {"timeline": {"12:10": {}}},
        {"expect": [{"at": "12:10"}]},
        {"expect": [{"launch": "evening", "set": {"lamp.power": "on"}}]},
        {"expect": [{"set": {"lamp.power": "maybe"}}]},
        {"expect": [{"nothing_else": False}]},
        {"expect": [{"never": "lamp.power", "tolerance": 0}]},
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, object], validator: Draft202012Validator) -> None:
    assert list(validator.iter_errors(scenario(**changed))) != []
