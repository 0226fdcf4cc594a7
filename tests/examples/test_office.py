"""The office, on equipment in memory."""

import pytest

from support.example_house import DEAD, Played, Values, play

pytestmark = pytest.mark.slow

GIVEN: Values = {
    "*_thermostat.actualtemp": 18.0,
    "*_thermostat.setpoint": 21.0,
    "*_thermostat.tempmode": "economy",
    "meeting_co2.value": 450.0,
    "meeting_fan.value": 0.0,
    "outdoor.value": 4.0,
    "*_lights.power": False,
    "*_presence.power": False,
    "*_window.power": False,
    "alarm_armed.power": False,
    "smoke.power": False,
}


def office(start: str, timeline: dict[str, Values], *, until: str, given: Values | None = None) -> Played:
    return play("office", start, timeline, given={**GIVEN, **(given or {})}, until=until)


def test_each_zone_is_warm_by_half_past_seven() -> None:
    # Five degrees are missing in the open plan, three in the meeting room, and nobody knows the partners'.
    played = office(
        "2026-01-14T05:20",
        {},
        until="07:45",
        given={"open_plan_thermostat.actualtemp": 16.0, "partners_thermostat.actualtemp": DEAD},
    )
    assert played.sent == [
        "05:30:00 partners_thermostat.tempmode = comfort",
        "06:20:00 open_plan_thermostat.tempmode = comfort",
        "06:50:00 meeting_thermostat.tempmode = comfort",
        "07:30:00 meeting_fan.value = 10",
    ]


@pytest.mark.parametrize("day", ["2026-01-06", "2026-01-18", "2026-12-24"])
def test_nothing_is_heated_on_days_without_hours(day: str) -> None:
    # Epiphany is a holiday in Bavaria, the 18th a Sunday, and the 24th stands among the exceptions.
    played = office(f"{day}T07:25", {}, until="08:05")
    assert [line for line in played.sent if "comfort" in line] == []


def test_whoever_stays_on_keeps_the_heating_until_the_alarm_is_armed() -> None:
    played = office(
        "2026-01-16T16:25",
        {
            "16:45": {"partners_presence.power": True},
            "17:35": {"partners_window.power": True},
            "17:50": {"alarm_armed.power": True, "partners_presence.power": False},
        },
        until="18:00",
        given={"*.tempmode": "comfort", "partners_lights.power": True},
    )
    assert played.sent == [
        "16:30:00 meeting_thermostat.tempmode = economy",
        "16:30:00 open_plan_thermostat.tempmode = economy",
        "16:30:00 partners_thermostat.tempmode = economy",
        "16:45:00 meeting_thermostat.tempmode = comfort",
        "16:45:00 open_plan_thermostat.tempmode = comfort",
        "16:45:00 partners_thermostat.tempmode = comfort",
        "17:38:00 partners_thermostat.tempmode = protection",
        "17:50:00 meeting_thermostat.tempmode = economy",
        "17:50:00 open_plan_thermostat.tempmode = economy",
        "17:50:00 partners_lights.power = off",
    ]
    assert played.said == ["17:50:00 Window armed with 1 windows open: told facility"]


def test_the_air_follows_the_people_and_goes_on_without_its_sensor() -> None:
    played = office(
        "2026-01-14T08:55",
        {"09:11": {"meeting_co2.value": 950.0}, "09:25": {"meeting_co2.value": DEAD}},
        until="09:35",
        given={"*.tempmode": "comfort"},
    )
    assert played.sent == [
        "09:00:00 meeting_fan.value = 10",
        "09:11:00 meeting_fan.value = 60",
        "09:30:00 meeting_fan.value = 33",
    ]


def test_smoke_goes_before_whoever_switches_the_lights_off() -> None:
    played = office(
        "2026-01-14T12:00",
        {
            "12:10": {"smoke.power": True},
            "12:20": {"open_plan_lights.power": False},
            "12:30": {"smoke.power": False},
        },
        until="12:35",
        given={"*.tempmode": "comfort", "*_lights.power": False, "meeting_fan.value": 30},
    )
    lights = ["entrance_lights", "meeting_lights", "open_plan_lights", "partners_lights"]
    assert [line for line in played.sent if "lights" in line] == [
        *(f"12:10:00 {light}.power = on" for light in lights),
        "12:20:00 open_plan_lights.power = on",
        # After the alarm the hand has its way, and the lights behind the last one go out.
        "12:30:00 open_plan_lights.power = off",
        "12:30:00 partners_lights.power = off",
    ]


def test_the_archive_is_kept_from_freezing() -> None:
    played = office(
        "2026-01-17T12:00",
        {"12:10": {"archive_thermostat.actualtemp": 7.5}, "13:00": {"archive_thermostat.actualtemp": 11.5}},
        until="13:10",
        given={"archive_thermostat.tempmode": "protection"},
    )
    assert [line for line in played.sent if "archive" in line] == [
        "12:25:00 archive_thermostat.tempmode = comfort",
        "13:00:00 archive_thermostat.tempmode = protection",
    ]
