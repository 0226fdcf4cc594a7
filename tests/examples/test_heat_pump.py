"""The heat-pump plant, on equipment in memory."""

import pytest

from support.example_house import DEAD, Played, Values, play

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

GIVEN: Values = {
    "outdoor.value": 2.5,
    "buffer_top.value": 40.0,
    "flow.value": 45.0,
    "water_top.value": 52.0,
    "*_target.value": 40.0,
    "*.power": False,
    "circulation.power": True,
}


def plant(start: str, timeline: dict[str, Values], *, until: str, given: Values | None = None) -> Played:
    return play("heat-pump", start, timeline, given={**GIVEN, **(given or {})}, until=until)


def test_the_second_pump_helps_where_the_first_does_not_hold_the_buffer() -> None:
    # The curve asks for 36.5 °C at 2.5 °C: from 28 at 15 °C to 45 at -10 °C.
    played = plant(
        "2026-01-14T09:57",
        {
            "12:30": {"buffer_top.value": 33.0},
            "12:45": {"buffer_top.value": 29.0},
            "13:30": {"buffer_top.value": 39.0},
        },
        until="13:35",
    )
    assert played.sent == [
        "10:00:00 pump1_target.value = 38.5",
        "10:00:00 pump2_target.value = 38.5",
        "12:31:00 pump1.power = on",
        "13:05:00 pump2.power = on",
        "13:30:00 pump1.power = off",
        "13:30:00 pump2.power = off",
    ]


def test_after_the_utilitys_block_the_pumps_come_back_one_after_the_other() -> None:
    played = plant(
        "2026-01-14T11:58",
        {
            "12:00": {"outdoor.value": -4.0},
            "14:30": {"buffer_top.value": 25.0},
            "15:00": {"grid_block.power": True},
            "15:20": {"grid_block.power": False},
        },
        until="15:30",
    )
    assert [line for line in played.sent if ".power" in line] == [
        "14:31:00 pump1.power = on",
        "14:51:00 pump2.power = on",
        "15:00:00 pump1.power = off",
        "15:00:00 pump2.power = off",
        "15:21:01 pump1.power = on",
        "15:26:01 pump2.power = on",
    ]


def test_a_short_demand_ends_after_the_shortest_run_and_begins_again_after_the_rest() -> None:
    played = plant(
        "2026-01-14T12:00",
        {
            "12:10": {"water_top.value": 44.0},
            "12:15": {"water_top.value": 51.0},
            "12:25": {"water_top.value": 44.0},
        },
        until="12:45",
    )
    assert [line for line in played.sent if "pump1.power" in line] == [
        "12:13:00 pump1.power = on",
        "12:23:00 pump1.power = off",
        "12:33:00 pump1.power = on",
    ]


def test_electricity_helps_where_the_hot_water_takes_too_long() -> None:
    played = plant(
        "2026-01-14T12:00",
        {"12:10": {"water_top.value": 44.0}, "13:55": {"water_top.value": 51.0}},
        until="14:00",
    )
    assert [line for line in played.sent if "water" in line or "immersion" in line] == [
        "12:12:00 water_valve.power = on",
        "13:42:00 immersion.power = on",
        "13:55:00 water_valve.power = off",
        "13:55:00 immersion.power = off",
    ]
    assert played.said == ["13:42:00 the hot water has only 44 °C after 90 minutes: told caretaker"]


@pytest.mark.parametrize(
    ("reached", "ended", "said"),
    [
        ("03:10", "03:40:00", []),
        (
            "06:50",
            "07:00:00",
            ["07:00:00 Hot water the weekly disinfection was not hot for half an hour: told caretaker"],
        ),
    ],
)
def test_the_disinfection_counts_only_if_it_was_hot_for_long_enough(
    reached: str, ended: str, said: list[str]
) -> None:
    played = plant("2026-01-18T01:58", {reached: {"water_top.value": 61.0}}, until="07:05")
    assert [line for line in played.sent if "immersion" in line] == [
        "02:00:00 immersion.power = on",
        f"{ended} immersion.power = off",
    ]
    assert played.said == said


def test_without_the_weather_it_is_heated_as_at_freezing() -> None:
    played = plant("2026-01-14T12:03", {"12:30": {"outdoor.value": DEAD}}, until="13:01")
    assert [line for line in played.sent if "pump1_target" in line] == [
        "12:05:00 pump1_target.value = 38.5",
        "13:00:00 pump1_target.value = 40.2",
    ]
    assert played.said == ["13:00:00 the outdoor sensor is dead: heating as at 0 °C: told caretaker"]


def test_a_fault_makes_the_other_pump_lead() -> None:
    played = plant(
        "2026-01-14T12:00",
        {"12:01": {"pump1_fault.power": True}, "12:10": {"water_top.value": 44.0}},
        until="12:20",
    )
    assert [line for line in played.sent if "pump" in line and ".power" in line] == [
        "12:13:00 pump2.power = on"
    ]


def test_a_pump_that_was_to_stop_runs_on_where_it_is_needed_again_before_it_may() -> None:
    played = plant(
        "2026-01-14T12:00",
        {
            "12:10": {"water_top.value": 44.0},
            "12:15": {"water_top.value": 51.0},
            "12:18": {"water_top.value": 44.0},
        },
        until="12:45",
    )
    assert [line for line in played.sent if "pump1.power" in line] == ["12:13:00 pump1.power = on"]


def test_no_hand_and_no_rule_heats_with_electricity_in_the_utilitys_block() -> None:
    played = plant(
        "2026-01-18T01:58",
        {
            "02:30": {"grid_block.power": True},
            "02:45": {"immersion.power": True},
            "03:00": {"grid_block.power": False},
        },
        until="03:05",
    )
    assert [line for line in played.sent if "immersion" in line] == [
        "02:00:00 immersion.power = on",
        "02:30:00 immersion.power = off",
        "02:45:00 immersion.power = off",
        "03:00:00 immersion.power = on",
    ]


def test_the_hot_water_is_not_heated_above_its_limit_and_again_below_it() -> None:
    played = plant(
        "2026-01-18T01:58",
        {
            "02:30": {"water_top.value": 69.0},
            "02:40": {"water_top.value": 66.0},
            "02:50": {"water_top.value": 59.0},
        },
        until="02:55",
    )
    assert [line for line in played.sent if "immersion" in line] == [
        "02:00:00 immersion.power = on",
        "02:30:00 immersion.power = off",
        "02:50:00 immersion.power = on",
    ]


def test_unmeasured_water_is_not_heated_with_electricity() -> None:
    played = plant("2026-01-18T01:58", {"02:30": {"water_top.value": DEAD}}, until="02:55")
    lines = [line for line in played.sent if "immersion" in line]
    assert lines[0] == "02:00:00 immersion.power = on"
    assert [line.partition(" ")[2] for line in lines[1:]] == ["immersion.power = off"]
