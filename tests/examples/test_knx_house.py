"""The KNX house, on a bus in memory that tells of changes."""

import pytest

from support.example_house import DEAD, Played, Values, play

pytestmark = pytest.mark.slow

GIVEN: Values = {
    "*_light.value": False,
    "living_light.value": 0,
    "hall_night_light.value": 0,
    "awning*.value": 0,
    "awning_lock.value": False,
    "living_blind.value": 0,
    "*_mode.value": 1,
    "*_window.value": False,
    "bath_humidity.value": 50.0,
    "bath_fan.value": False,
    "wind.value": 2.0,
    "rain.value": False,
    "dusk.value": 8000.0,
    "outdoor.value": 18.0,
    "laundry_leak.value": False,
    "water_valve.value": False,
}


def house(start: str, timeline: dict[str, Values], until: str, **given: object) -> Played:
    values = {f"{name}.value": value for name, value in given.items()}
    return play("knx-house", start, timeline, given={**GIVEN, **values}, until=until)  # type: ignore[dict-item]


def test_the_staircase_light_counts_from_the_last_press_and_warns() -> None:
    played = house(
        "2026-05-05T20:00",
        {"20:00:10": {"telegram 0/0/1": True}, "20:02:10": {"telegram 0/0/1": True}},
        "20:10",
    )
    assert played.sent == [
        "20:00:10 stairs_light.value = on",
        "20:05:40 stairs_light.value = off",
        "20:05:41 stairs_light.value = on",
        "20:06:10 stairs_light.value = off",
    ]


def test_a_long_press_keeps_the_stairs_lit_for_an_hour() -> None:
    played = house("2026-05-05T20:00", {"20:01": {"telegram 0/0/2": True}}, "21:10")
    assert (played.sent[0], played.sent[-1]) == (
        "20:01:00 stairs_light.value = on",
        "21:01:00 stairs_light.value = off",
    )


@pytest.mark.parametrize(("before", "after"), [(True, "off"), (False, "on"), (DEAD, "on")])
def test_one_button_switches_on_and_off(before: bool | None, after: str) -> None:
    played = house("2026-05-05T20:00", {"20:01": {"telegram 0/0/3": True}}, "20:02", kitchen_light=before)
    assert played.sent == [f"20:01:00 kitchen_light.value = {after}"]


def test_wind_brings_the_awning_in_and_locks_it_until_a_while_after() -> None:
    played = house(
        "2026-07-14T14:00",
        {
            "14:10": {"dusk.value": 40000.0},
            "14:30": {"wind.value": 12.0},
            "14:40": {"wind.value": 8.0},
            "14:50": {"wind.value": 5.0},
        },
        "15:30",
        outdoor=27.0,
    )
    assert played.sent == [
        "14:15:00 awning.value = 80",
        "14:30:00 awning.value = 0",
        "14:30:00 awning_lock.value = on",
        "15:05:00 awning_lock.value = off",
    ]


def test_a_silent_weather_station_brings_the_awning_in() -> None:
    played = house("2026-07-14T14:00", {"14:05": {"rain.value": DEAD}}, "14:50", awning=80)
    assert played.sent == ["14:35:01 awning.value = 0"]


def test_a_room_that_is_aired_over_the_evening_gets_the_night_mode() -> None:
    played = house(
        "2026-01-14T22:50",
        {"22:52": {"living_window.value": True}, "23:20": {"living_window.value": False}},
        "23:40",
        bath_mode=3,
    )
    assert played.sent == ["22:55:00 living_mode.value = 4", "23:20:00 living_mode.value = 3"]


def test_a_morning_that_was_missed_in_a_power_cut_is_made_up_for() -> None:
    played = play(
        "knx-house",
        "2026-01-14T05:00",
        {},
        given={**GIVEN, "*_mode.value": 3},
        off=("05:10", "07:15"),
        until="07:20",
    )
    assert sorted(played.sent) == ["07:15:00 bath_mode.value = 1", "07:15:00 living_mode.value = 1"]


def test_a_leak_shuts_the_water_and_flashes() -> None:
    played = house(
        "2026-01-14T03:00", {"03:10": {"laundry_leak.value": True}}, "03:20", living_mode=3, bath_mode=3
    )
    assert played.sent[:3] == [
        "03:10:00 water_valve.value = on",
        "03:10:00 stairs_light.value = on",
        "03:10:01 stairs_light.value = off",
    ]
    assert played.troubles == []
