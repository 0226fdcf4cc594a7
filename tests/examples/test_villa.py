"""The villa: blinds by the sun, on equipment in memory."""

import pytest

from support.example_house import Played, Values, play

pytestmark = pytest.mark.slow

GIVEN: Values = {
    "*.heightlevel": 0,
    "*.blindangle": 0,
    "*.power": False,
    "living_lights.powerlevel": 0,
    "outdoor.value": 26.0,
    "daylight.value": 70000.0,
    "wind.value": 2.0,
    "living_thermostat.actualtemp": 23.0,
    "living_thermostat.setpoint": 22.0,
    "living_thermostat.tempmode": "comfort",
    "living_ac.hvacpower": False,
    "living_ac.hvacmode": "auto",
    "living_ac.hvacsetpoint": 24.0,
}


def villa(start: str, timeline: dict[str, Values], *, until: str, given: Values | None = None) -> Played:
    return play("villa", start, timeline, given={**GIVEN, **(given or {})}, until=until)


def test_a_side_is_shaded_when_the_sun_has_come_round() -> None:
    # By astral, the sun stands at 70 degrees at 07:02:31, 11 degrees high.
    played = villa("2026-07-14T06:54", {}, until="07:12")
    assert played.sent == [
        "07:07:31 east_bath.heightlevel = 80",
        "07:07:31 east_bedroom.heightlevel = 80",
        "07:07:31 east_bath.blindangle = 40",
        "07:07:31 east_bedroom.blindangle = 40",
    ]


def test_clouds_bring_a_blind_up_after_a_while_and_the_sun_down_again() -> None:
    played = villa(
        "2026-07-14T15:40",
        {
            "15:45": {"daylight.value": 12000.0},
            "16:00": {"daylight.value": 60000.0},
            "16:05": {"daylight.value": 9000.0},
            "16:40": {"daylight.value": 70000.0},
        },
        until="16:50",
    )
    assert played.sent == [
        "16:05:00 west_study.heightlevel = 80",
        "16:05:00 west_study.blindangle = 40",
        "16:25:01 west_study.heightlevel = 0",
        "16:45:00 west_study.heightlevel = 80",
    ]


def test_after_a_storm_the_shade_comes_back_when_it_is_calm() -> None:
    played = villa(
        "2026-07-14T15:40",
        {"16:00": {"wind.value": 15.0}, "16:10": {"wind.value": 4.0}},
        until="16:40",
    )
    assert [line for line in played.sent if "west" in line] == [
        "15:52:31 west_study.heightlevel = 80",
        "15:52:31 west_study.blindangle = 40",
        "16:00:00 west_study.heightlevel = 0",
        "16:30:01 west_study.heightlevel = 80",
    ]


def test_the_evening_shuts_nobody_out() -> None:
    played = villa(
        "2026-07-14T21:20",
        {"21:25": {"terrace_door.power": True}, "21:50": {"terrace_door.power": False}},
        until="22:00",
        given={"daylight.value": 500.0},
    )
    assert played.sent == [
        "21:30:00 east_bedroom.heightlevel = 100",
        "21:30:00 east_bath.heightlevel = 100",
        "21:30:00 south_living.heightlevel = 100",
        "21:30:00 west_study.heightlevel = 100",
        "21:51:00 south_terrace.heightlevel = 100",
    ]


def test_whoever_leaves_finds_the_house_as_it_was() -> None:
    played = villa(
        "2026-01-14T08:59",
        {"09:10": {"away.power": True}, "09:30": {"away.power": False}},
        until="09:31",
        given={"kitchen_lights.power": True, "outdoor.value": 4.0, "daylight.value": 5000.0},
    )
    assert played.sent == [
        "09:11:00 kitchen_lights.power = off",
        "09:11:00 living_thermostat.tempmode = economy",
        "09:30:00 living_thermostat.tempmode = comfort",
    ]
