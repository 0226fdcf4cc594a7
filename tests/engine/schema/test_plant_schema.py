"""Editors complete the section ``plant``: points by what they can be, and the words of zones."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from interlock.schema.plant import plant_schema
from support.json_schemas import faults, validator_of
from support.planned_site import planned


@pytest.fixture
def validator(tmp_path: Path) -> Draft202012Validator:
    site, _, _ = planned(tmp_path)
    return validator_of(plant_schema(site))


GOOD: Mapping[str, object] = {
    "weather": "synthetic",
    "unit": "celsius",
    "every_zone": {"area": 20, "facing": 45, "occupied": "office"},
    "zones": {
        "living": {
            "facing": "north-east",
            "insulation": "good",
            "temperature": ["living_thermostat.actualtemp", "bath_temperature"],
            "contact": "door.power",
            "thermostat": "living_thermostat",
            "hvac": {"device": "living_ac", "cooling": 3500},
            "heating": ["bath_valve.value", {"point": "door.power", "kind": "floor"}],
            "blind": {"position": "living_blind.heightlevel"},
            "neighbours": {"bath": 12},
            "occupied": {"weekdays": [["08:00", "12:00"]]},
        },
        "bath": None,
        "room_{{ n }}": {"for_each": [{"n": 1}], "temperature": "{{ n }}.actualtemp", "area": "{{ n }}"},
    },
    "outdoor": {"temperature": "outdoor.value"},
    "meters": {"power": "meter"},
    "values": {"living_ac.hvacmode": "dry"},
}


def test_what_is_sound_is_taken(validator: Draft202012Validator) -> None:
    assert faults(validator, GOOD) == []
    assert validator.is_valid(None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"wether": "synthetic"},
        {"unit": "kelvin"},
        {"zones": {"a": {"colour": "red"}}},
        {"zones": {"a": {"insulation": "thick"}}},
        {"zones": {"a": {"facing": "sunwards"}}},
        {"zones": {"a": {"temperature": "living_ac.hvacmode"}}},
        {"zones": {"a": {"presence": "away.value"}}},
        {"zones": {"a": {"hvac": {"cooling": 3500, "colour": 1}}}},
        {"zones": {"a": {"heating": {"power": 1200}}}},
        {"every_zone": {"temperature": "outdoor.value"}},
        {"outdoor": {"wnd": "outdoor.value"}},
        {"values": {"away.value": True}},
        {"meters": {"power": "outdoor.value"}},
    ],
)
def test_what_people_get_wrong_is_refused(
    validator: Draft202012Validator, wrong: Mapping[str, object]
) -> None:
    assert not validator.is_valid(wrong)
