"""The flat, on equipment in memory; the demonstration plays it against the real simulator over HTTP."""

import pytest

from support.example_house import DEAD, Played, Values, play

pytestmark = pytest.mark.slow

GIVEN: Values = {
    "living_thermostat.actualtemp": 24.5,
    "living_thermostat.setpoint": 22.0,
    "living_ac.hvacpower": False,
    "living_ac.hvacmode": "auto",
    "living_ac.hvacfan": "average",
    "living_blind.heightlevel": 0,
    "daylight.value": 8000.0,
    "desk_lamp.power*": 0,
    "hall_light.power": False,
}


def flat(start: str, timeline: dict[str, Values], *, until: str) -> Played:
    return play("flat", start, timeline, given=GIVEN, until=until)


def test_a_hot_afternoon_is_cooled_once_and_a_dead_sensor_in_between_changes_nothing() -> None:
    played = flat(
        "2026-07-14T13:00",
        {
            "13:10": {"living_thermostat.actualtemp": 26.4},
            "13:20": {"living_thermostat.actualtemp": DEAD},
            "13:30": {"living_thermostat.actualtemp": 26.8},
            "14:00": {"living_thermostat.actualtemp": 23.8},
        },
        until="14:20",
    )
    assert played.sent == [
        "13:10:00 living_ac.hvacpower = on",
        "13:10:00 living_ac.hvacmode = cooling",
        "13:10:00 evening.scenelaunch = launch",
        "14:10:00 living_ac.hvacfan = minimum",
    ]


def test_who_comes_home_late_finds_the_desk_lamp_on_and_the_hall_goes_dark_by_itself() -> None:
    played = flat("2026-07-14T22:55", {"23:00": {"hall_light.power": True}}, until="23:10")
    assert played.sent == ["23:00:00 desk_lamp.powerlevel = 20", "23:05:00 hall_light.power = off"]
