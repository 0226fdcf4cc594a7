"""The campus, on equipment in memory; telegrams are seen where they leave, at the server that sends them."""

import pytest

from support.example_house import DEAD, Played, Values, play

pytestmark = pytest.mark.slow

GIVEN: Values = {
    "outdoor.value": -9.0,
    "meter.value": 120.0,
    "hall_fan.value": 70.0,
    "pool_heater.power": True,
    "kitchen_hoods.power": False,
    "*.heatSetting": 19.0,
    "*.coolSetting": 25.0,
    "*.temperature": 17.0,
}


def campus(start: str, timeline: dict[str, Values], *, until: str, given: Values | None = None) -> Played:
    return play("campus", start, timeline, given={**GIVEN, **(given or {})}, until=until)


def test_loads_are_shed_one_after_the_other_and_come_back_in_the_other_order() -> None:
    played = campus(
        "2026-01-14T11:09", {"11:20": {"meter.value": 200.0}, "11:31": {"meter.value": 140.0}}, until="11:50"
    )
    assert played.sent == [
        "11:24:00 pool_heater.power = off",
        "11:26:00 welding.heatSetting = 17",
        "11:26:00 welding.coolSetting = 27",
        "11:26:00 carpentry.heatSetting = 17",
        "11:26:00 carpentry.coolSetting = 27",
        "11:28:00 hall_fan.value = 35",
        "11:35:00 hall_fan.value = 70",
        "11:40:00 welding.heatSetting = 19",
        "11:40:00 welding.coolSetting = 25",
        "11:40:00 carpentry.heatSetting = 19",
        "11:40:00 carpentry.coolSetting = 25",
        "11:45:00 pool_heater.power = on",
    ]


def test_a_dead_meter_sheds_nothing_and_lets_everything_come_back() -> None:
    played = campus(
        "2026-01-14T11:09", {"11:20": {"meter.value": 200.0}, "11:25": {"meter.value": DEAD}}, until="11:40"
    )
    assert played.sent == ["11:24:00 pool_heater.power = off", "11:29:00 pool_heater.power = on"]


def test_a_cold_morning_begins_in_three_buildings() -> None:
    played = campus("2026-01-14T05:25", {}, until="08:01", given={"hall_fan.value": 0.0})
    assert played.sent == [
        "05:30:00 welding.heatSetting = 20",
        "05:30:00 carpentry.heatSetting = 20",
        "06:05:00 school_bus.sendKNXfloat2bytes group 3/2/5, value 15",
        "06:30:00 school_bus.sendKNXbit group 1/1/10, value on",
        "07:00:00 school_bus.sendKNXfloat2bytes group 3/2/5, value 19",
        "07:00:00 hall_fan.value = 70",
        "07:05:00 school_bus.sendKNXfloat2bytes group 3/2/5, value 19",
        "08:00:00 school_bus.sendKNXbit group 1/1/10, value off",
    ]


def test_the_workshop_trusts_no_old_weather() -> None:
    played = campus("2026-01-14T05:05", {"05:10": {"outdoor.value": DEAD}}, until="05:32")
    assert played.sent == []
