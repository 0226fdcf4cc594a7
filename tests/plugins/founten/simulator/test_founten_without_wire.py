"""Simulated thermostats that are commanded without the wire, by a clock of whoever simulates."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interlock import Answer, Point, RejectedValue, Target, Value, Write
from interlock_founten.simulator import FountenSimulator
from support.founten_house import MONDAY, ROME, SETTINGS, HandClock, founten_targets

LOBBY = founten_targets("lobby", name="Lobby", read_schedule=True)
IN_CELSIUS = founten_targets("hall", name="Hall", unit="celsius")
STAFF = founten_targets("staff", "group", groupName="staff")


def target(targets: object, controller: str) -> Target:
    assert isinstance(targets, list | tuple)
    [found] = [each for each in targets if each.capability.controller == controller]
    return found


def simulator(*targets: Target) -> tuple[FountenSimulator, HandClock]:
    made, clock = FountenSimulator(SETTINGS, targets), HandClock()
    made.timezone, made.clock = ROME, clock
    return made, clock


async def told(server: FountenSimulator, which: Target, value: Value | None, **fields: Value) -> object:
    answer = await server.take(Write(target=which, value=value, fields=fields))
    return "done" if answer == Answer() else answer


async def test_a_setting_is_taken_up_and_decides_what_runs() -> None:
    server, _ = simulator(*LOBBY)
    assert await told(server, target(LOBBY, "heatSetting"), 73) == "done"
    assert server.value(Point("lobby.heatSetting")) == 73
    assert server.value(Point("lobby.runStatus")) == "Heat-Stage1"
    assert server.value(Point("lobby.setBy")) == "Remote"
    assert server.commands(Point("lobby.heatSetting")) == [73]


async def test_a_setting_is_in_the_unit_of_the_site_file() -> None:
    server, _ = simulator(*IN_CELSIUS)
    assert await told(server, target(IN_CELSIUS, "heatSetting"), 21.0) == "done"
    assert server.thermostat("hall").value("heatSetting") == "70"


async def test_a_group_takes_a_setting_as_each_of_its_members() -> None:
    server, _ = simulator(*LOBBY, *STAFF)
    server.thermostat("lobby").set("groupName", "staff", MONDAY)
    assert await told(server, target(STAFF, "fan"), "On") == "done"
    assert server.value(Point("lobby.fan")) == "On"


async def test_what_no_thermostat_takes_is_rejected() -> None:
    server, _ = simulator(*LOBBY)
    answer = await told(server, target(LOBBY, "temperature"), 70)
    assert isinstance(answer, RejectedValue)
    assert await told(server, target(LOBBY, "heatSetting"), None) != "done"


async def test_the_schedule_is_changed_and_followed_by_the_given_clock_and_zone() -> None:
    server, clock = simulator(*LOBBY)
    entry: dict[str, Value] = {
        "dayOfWeek": "Monday",
        "setTime": 1,
        "startTime": "10:00",
        "heatSetting": 74,
        "coolSetting": 80,
    }
    assert await told(server, target(LOBBY, "schedule_add"), None, **entry) == "done"
    clock.turn_to(datetime(2026, 1, 12, 8, 59, tzinfo=UTC))
    assert server.value(Point("lobby.heatSetting")) == 68
    clock.turn_to(datetime(2026, 1, 12, 9, 0, tzinfo=UTC))
    assert server.value(Point("lobby.heatSetting")) == 74
    assert server.value(Point("lobby.setBy")) == "Schedule"


@pytest.mark.parametrize(
    ("controller", "fields"),
    [
        ("schedule_delete", {"dayOfWeek": "Monday", "setTime": 1}),
        ("schedule_deleteAll", {"dayOfWeek": "Monday"}),
    ],
)
async def test_set_times_are_deleted(controller: str, fields: dict[str, Value]) -> None:
    server, _ = simulator(*LOBBY)
    entry: dict[str, Value] = {"startTime": "10:00", "heatSetting": 74, "coolSetting": 80}
    day: dict[str, Value] = {"dayOfWeek": "Monday", "setTime": 1}
    await told(server, target(LOBBY, "schedule_add"), None, **day, **entry)
    assert server.value(Point("lobby.schedule_Monday")) != ()
    assert await told(server, target(LOBBY, controller), None, **fields) == "done"
    assert server.value(Point("lobby.schedule_Monday")) == ()


def test_another_clock_lets_them_begin_anew() -> None:
    server = FountenSimulator(SETTINGS, LOBBY, HandClock())
    past = HandClock(datetime(2020, 1, 1, tzinfo=UTC))
    server.clock = past
    assert [record.at for record in server.thermostat("lobby").history] == [past.now()]
    past.turn(hours=1)
    server.value(Point("lobby.temperature"))
    assert len(server.thermostat("lobby").history) == 5


def test_the_zone_is_the_one_that_was_set() -> None:
    server, _ = simulator(*LOBBY)
    assert server.timezone == ZoneInfo("Europe/Rome")
    assert all(FountenSimulator.acts(each) for each in LOBBY)


def test_a_stage_runs_on_for_half_a_degree_beyond_its_setting() -> None:
    server, _ = simulator(*LOBBY)
    room, status = Point("lobby.temperature"), Point("lobby.runStatus")
    seen = []
    for degrees in (68.0, 67.9, 68.0, 68.4, 68.5, 68.0, 72.0, 72.1, 72.0, 71.6, 71.5):
        server.set_value(room, degrees)
        seen.append(server.value(status))
    heat, cool = "Heat-Stage1", "Cool-Stage1"
    assert seen == ["Off", heat, heat, heat, "Off", "Off", "Off", cool, cool, cool, "Off"]


def test_members_are_found_however_many_there_are() -> None:
    many = [each for number in range(60) for each in founten_targets(f"room{number}", name=f"Room {number}")]
    server, clock = simulator(*many)
    server.set_value(Point("room59.temperature"), 60.0)
    clock.turn(hours=1)
    assert server.value(Point("room59.temperature")) == 60.0
    assert server.value(Point("room58.temperature")) == 70.0
    assert clock.now() == MONDAY + timedelta(hours=1)
