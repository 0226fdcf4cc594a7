"""The hotel floor: forty rooms from one template, on equipment in memory."""

import pytest

from support.example_house import DEAD, Played, example, play

pytestmark = pytest.mark.slow

GIVEN = {
    "daylight.value": 9000.0,
    "corridor_light.power*": 0,
    "corridor_presence.power": False,
    "*_thermostat.actualtemp": 20.5,
    "*_thermostat.setpoint": 21.0,
    "*_thermostat.tempmode": "economy",
    "room_*.power": False,
}


def floor(timeline: dict[str, dict[str, object]], until: str, **rest: object) -> Played:
    return play("hotel", "2026-01-14T15:00", timeline, given=GIVEN, until=until, **rest)  # type: ignore[arg-type]


def test_forty_rooms_have_seven_rules_each() -> None:
    loaded = example("hotel")
    rooms = [rule.id for rule in loaded.rules if rule.id.startswith("room_")]
    assert (len(rooms), loaded.warnings) == (40 * 7, ())


def test_a_guest_comes_airs_the_room_and_goes() -> None:
    played = floor(
        {
            "15:03": {"room_117_card.power": True},
            "15:20": {"room_117_window.power": True},
            "15:41": {"room_117_window.power": False},
            "17:05": {"room_117_card.power": False},
        },
        until="17:20",
    )
    assert played.sent == [
        "15:03:00 room_117_thermostat.tempmode = comfort",
        "15:22:00 room_117_thermostat.tempmode = protection",
        "15:41:00 room_117_thermostat.tempmode = comfort",
        "17:05:00 room_117_thermostat.tempmode = economy",
    ]


def test_a_window_that_was_open_for_a_moment_costs_no_comfort() -> None:
    played = floor(
        {
            "15:03": {"room_117_card.power": True},
            "15:29": {"room_117_window.power": True},
            "15:30:50": {"room_117_window.power": False},
        },
        until="16:00",
    )
    assert played.sent == ["15:03:00 room_117_thermostat.tempmode = comfort"]


@pytest.mark.parametrize("dead", ["card", "window"])
def test_a_dead_contact_leaves_nobody_in_the_cold(dead: str) -> None:
    played = floor(
        {
            "15:03": {"room_117_card.power": True},
            "15:10": {f"room_117_{dead}.power": DEAD},
        },
        until="16:00",
    )
    assert played.sent == ["15:03:00 room_117_thermostat.tempmode = comfort"]


def test_what_happened_in_a_power_cut_is_made_good() -> None:
    played = floor(
        {
            "15:03": {"room_117_card.power": True},
            "15:40": {"room_117_card.power": False, "room_118_thermostat.tempmode": "comfort"},
        },
        off=("15:35", "15:50"),
        until="16:10",
    )
    assert played.sent == [
        "15:03:00 room_117_thermostat.tempmode = comfort",
        "15:50:00 room_117_thermostat.tempmode = economy",
        "15:50:00 room_118_thermostat.tempmode = economy",
    ]


def test_a_guest_has_the_mode_of_the_room_for_two_hours_but_for_an_open_window() -> None:
    played = floor(
        {
            "15:10": {"room_117_thermostat.tempmode": "comfort"},
            "16:00": {"room_117_window.power": True},
            "16:30": {"room_117_window.power": False},
        },
        until="17:20",
    )
    assert played.sent == [
        "16:02:00 room_117_thermostat.tempmode = protection",
        "16:30:00 room_117_thermostat.tempmode = comfort",
        "17:10:00 room_117_thermostat.tempmode = economy",
    ]


@pytest.mark.parametrize(("room", "dark_at"), [("room_101", "17:05:30"), ("room_140", "17:07:00")])
def test_lights_come_with_the_card_after_dark_and_go_after_a_grace(room: str, dark_at: str) -> None:
    played = floor(
        {
            "16:50": {"daylight.value": 60.0},
            "17:00": {f"{room}_card.power": True},
            "17:05": {f"{room}_card.power": False},
        },
        until="17:10",
    )
    assert [line for line in played.sent if "lights" in line] == [
        f"17:00:00 {room}_lights.power = on",
        f"{dark_at} {room}_lights.power = off",
    ]


def test_an_empty_room_gets_its_setpoint_back_before_the_next_guest() -> None:
    played = play(
        "hotel",
        "2026-01-14T11:20",
        {"11:25": {"room_102_card.power": True}},
        given={**GIVEN, "room_10[12]_thermostat.setpoint": 25.0, "room_1[34]*_thermostat.setpoint": 22.0},
        until="11:40",
    )
    assert [line for line in played.sent if "setpoint" in line] == [
        f"11:30:00 room_{number}_thermostat.setpoint = 21" for number in (101, *range(130, 139))
    ]


def test_the_bell_rings_once_for_a_room_that_cools_out() -> None:
    played = floor(
        {
            "15:30": {"room_130_thermostat.actualtemp": 11.6},
            "16:30": {"room_130_thermostat.actualtemp": 12.4},
            "16:50": {"room_130_thermostat.actualtemp": 11.4},
        },
        until="17:20",
    )
    assert played.sent == ["15:45:00 reception_bell.trigger = –"]
    assert played.said == ["15:45:00 room_130: 11.6 °C"]


@pytest.mark.parametrize(
    ("start", "timeline", "until", "sent"),
    [
        (
            "2026-01-14T20:05",
            {
                "20:10": {"corridor_presence.power": True},
                "20:12": {"corridor_presence.power": False},
                "20:14": {"corridor_presence.power": True},
                "20:15": {"corridor_presence.power": False},
            },
            "21:05",
            ["20:10:00 100", "20:18:00 0", "21:00:00 15"],
        ),
        (
            "2026-01-14T23:29",
            {"23:30": {"corridor_presence.power": True}, "23:31": {"corridor_presence.power": False}},
            "23:40",
            ["23:30:00 60", "23:34:00 15"],
        ),
        (
            "2026-01-15T01:59",
            {"02:00": {"corridor_presence.power": True}, "02:01": {"corridor_presence.power": DEAD}},
            "02:35",
            ["02:00:00 60", "02:30:00 15"],
        ),
        ("2026-01-15T06:58", {"06:59": {"corridor_light.powerlevel": 15}}, "07:02", ["07:00:00 0"]),
    ],
    ids=["evening", "night", "a detector that dies", "morning"],
)
def test_the_corridor_is_lit_where_somebody_walks(
    start: str, timeline: dict[str, dict[str, object]], until: str, sent: list[str]
) -> None:
    given = {**GIVEN, "daylight.value": 0.0}
    played = play("hotel", start, timeline, given=given, until=until)  # type: ignore[arg-type]
    assert [line.replace("corridor_light.powerlevel = ", "") for line in played.sent] == sent
