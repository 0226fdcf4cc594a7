"""The simulated site as the engine and a person at its side door see it."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from interlock import ConnectionSettings, DeviceSettings, InvalidValue, Point, Value
from interlock_founten.simulator import FountenSimulator
from support.founten_house import SETTINGS, TARGETS, HandClock, School, founten_school, founten_targets

pytestmark = pytest.mark.slow


def site() -> FountenSimulator:
    return FountenSimulator(SETTINGS, TARGETS, HandClock())


@pytest.mark.parametrize(
    ("point", "value", "held"),
    [
        ("lobby.heatSetting", 65, 65),
        ("lobby.temperature", 71.6, 71.6),
        ("lobby.temperature", 71, 71),
        ("lobby.system", "cool", "Cool"),
        ("lobby.fan", True, "On"),
        ("lobby.runStatus", "Dehumidify", "Dehumidify"),
        ("lobby.calibrationOffset", 1.5, 1.5),
        ("gym.managed", "yes", "yes"),
        ("office.status", "Vacant", "Vacant"),
    ],
)
async def test_what_is_set_by_hand_is_held(point: str, value: Value, held: Value) -> None:
    simulator = site()
    simulator.set_value(Point(point), value)
    assert simulator.value(Point(point)) == held
    assert simulator.commands(Point(point)) == []


async def test_a_hand_at_the_thermostat_is_told_as_station() -> None:
    async with founten_school() as school:
        await school.set("name:Lobby", "heatSetting:66")
        school.simulator.set_value(Point("lobby.coolSetting"), 80)
        assert await school.value("setBy") == "Station"
        assert await school.value("coolSetting") == "80"
        school.simulator.set_value(Point("lobby.temperature"), 60)
        assert await school.value("runStatus") == "Heat-Stage1"


async def test_both_spellings_of_the_calibration_are_one_attribute_of_the_point() -> None:
    simulator = site()
    simulator.set_value(Point("lobby.calibrationOffet"), 2.5)
    assert simulator.value(Point("lobby.calibrationOffset")) == 2.5


async def test_a_schedule_is_not_changed_by_hand() -> None:
    with pytest.raises(InvalidValue, match=r"^schedule_Monday is changed by clients alone$"):
        site().set_value(Point("lobby.schedule_Monday"), ("x",))


@pytest.mark.parametrize(
    ("point", "value"),
    [("lobby.heatSetting", "warm"), ("lobby.heatSetting", 65.5), ("lobby.system", "Warm")],
)
async def test_what_a_point_cannot_hold_is_refused(point: str, value: Value) -> None:
    simulator = site()
    before = simulator.value(Point(point))
    with pytest.raises(InvalidValue):
        simulator.set_value(Point(point), value)
    assert simulator.value(Point(point)) == before


@pytest.mark.parametrize("point", ["lobby.heatSeting", "nobody.fan", "lobby"])
async def test_a_point_that_the_site_file_lacks_is_unknown(point: str) -> None:
    simulator = site()
    for ask in (simulator.value, simulator.commands):
        with pytest.raises(LookupError, match=f"the simulator has no point '{point}'"):
            ask(Point(point))
    with pytest.raises(LookupError):
        simulator.set_value(Point(point), 1)


async def test_a_device_that_the_site_file_lacks_is_unknown() -> None:
    assert site().thermostat("gym").value("NAME") == "Gym"
    with pytest.raises(LookupError, match="the simulator has no device 'attic'"):
        site().thermostat("attic")


async def test_it_tells_what_clients_set_and_not_what_was_refused() -> None:
    async with founten_school() as school:
        for value in ("heatSetting:60;fan:On", "heatSetting:warm", "HEATSETTING:61", "calibrationOffet:1.5"):
            await school.set("name:Lobby", value)
        told = {
            name: school.simulator.commands(Point(f"lobby.{name}"))
            for name in ("heatSetting", "fan", "coolSetting", "calibrationOffset")
        }
    assert told == {"heatSetting": [60, 61], "fan": ["On"], "coolSetting": [], "calibrationOffset": [1.5]}


async def test_it_tells_what_clients_did_to_a_schedule() -> None:
    async with founten_school() as school:
        entry = "name:Lobby;dayOfWeek:Monday;setTime:1"
        for selection, value in (
            (entry, "startTime:06:30;heatSetting:68"),
            (entry, "heatSetting:66"),
            (entry, "delete"),
            ("name:Lobby;dayOfWeek:Monday", "deleteAll"),
        ):
            await school.set(selection, value, "ThermostatSchedule")
        told = [
            list(school.simulator.commands(Point(f"lobby.schedule_{name}")))
            for name in ("add", "set", "delete", "deleteAll")
        ]
    assert told == [
        ["Monday setTime:1 startTime:06:30 heatSetting:68"],
        ["Monday setTime:1 startTime:06:30 heatSetting:66"],
        ["Monday setTime:1"],
        ["Monday"],
    ]


async def test_a_day_of_a_schedule_is_a_list_of_its_entries() -> None:
    async with founten_school() as school:
        await school.set(
            "name:Lobby;dayOfWeek:Monday;setTime:1",
            "startTime:06:30;heatSetting:68;fan:On",
            "ThermostatSchedule",
        )
        assert school.simulator.value(Point("lobby.schedule_Monday")) == (
            "setTime:1 startTime:06:30 heatSetting:68 fan:On",
        )
        assert school.simulator.value(Point("lobby.schedule_Tuesday")) == ()
        assert school.simulator.value(Point("lobby.schedule_set")) is None


async def test_values_are_those_of_the_moment() -> None:
    async with founten_school() as school:
        await school.set(
            "name:Lobby;dayOfWeek:Monday;setTime:1", "startTime:10:00;heatSetting:60", "ThermostatSchedule"
        )
        school.clock.turn(hours=1)
        assert school.simulator.value(Point("lobby.heatSetting")) == 60


async def test_a_group_has_the_members_that_the_site_file_gives_it() -> None:
    targets = [
        *founten_targets("lobby", name="Lobby"),
        *founten_targets("sports", "group", groupName="Sports"),
        *founten_targets("ours", "group", where={"managed": "yes"}),
    ]
    simulator = FountenSimulator(SETTINGS, targets, HandClock())
    assert simulator.thermostat("sports").value("groupName") == "Sports"
    assert simulator.thermostat("ours").value("managed") == "yes"
    simulator.thermostat("lobby").hold("groupName", "Sports", HandClock().now())
    simulator.set_value(Point("sports.heatSetting"), 61)
    assert [simulator.value(Point(f"{name}.heatSetting")) for name in ("lobby", "sports", "ours")] == [
        61,
        61,
        68,
    ]


async def test_two_devices_of_one_name_are_one_thermostat() -> None:
    targets = [*founten_targets("one", name="Lobby"), *founten_targets("two", name="Lobby")]
    async with founten_school(targets) as school:
        school.simulator.set_value(Point("one.heatSetting"), 60)
        assert school.simulator.value(Point("two.heatSetting")) == 60
        assert await school.get("", "heatSetting") == [{"name": "Lobby", "heatSetting": "60"}]


@pytest.mark.parametrize(
    ("point", "value", "held", "told"),
    [
        ("lobby.heatSetting", 20, "68", 20.0),
        ("lobby.heatSetting", 21, "70", 21.1111),
        ("lobby.temperature", 20.5, "68.9", 20.5),
        ("lobby.calibrationOffet", 1, "1.8", 1.0),
    ],
)
async def test_a_site_file_in_celsius_sees_a_fahrenheit_thermostat(
    point: str, value: float, held: str, told: float
) -> None:
    targets = founten_targets("lobby", name="Lobby", unit="celsius")
    simulator = FountenSimulator(SETTINGS, targets, HandClock())
    simulator.set_value(Point(point), value)
    assert simulator.thermostat("lobby").value(Point(point).controller) == held
    assert simulator.value(Point(point)) == told


async def test_a_site_file_in_celsius_sees_a_celsius_thermostat_as_it_is() -> None:
    targets = founten_targets("lobby", name="Lobby", unit="celsius")
    simulator = FountenSimulator(SETTINGS, targets, HandClock())
    simulator.set_value(Point("lobby.temperatureFormat"), "Celsius")
    simulator.set_value(Point("lobby.heatSetting"), 19)
    assert simulator.thermostat("lobby").value("heatSetting") == "19"
    assert simulator.value(Point("lobby.heatSetting")) == 19


async def test_the_live_spelling_of_the_calibration_can_be_the_reserved_one() -> None:
    async with founten_school() as school:
        school.simulator.add_fault("calibrationOffset")
        await school.set("name:Lobby", "calibrationOffset:2.5;calibrationOffet:9")
        [told] = await school.get("name:Lobby", "calibrationoffset;calibrationOffet")
        assert list(told.values()) == ["Lobby", "2.5", "9"]
        assert school.simulator.value(Point("lobby.calibrationOffset")) == 2.5
        assert await school.set("name:Lobby", "calibrationOffset:x") == (
            "0",
            "No thermostat attributes where changed.",
        )


async def test_every_request_is_remembered() -> None:
    async with founten_school() as school:
        await school.client.get("/favicon.ico")
        await school.post(password="x")
    assert [(request.method, request.target) for request in school.simulator.requests] == [
        ("GET", "/favicon.ico"),
        ("POST", "/api.cgi"),
    ]


async def test_there_is_one_page_and_two_methods() -> None:
    async with founten_school() as school:
        assert (await school.client.get("/")).status_code == 404
        assert (await school.client.get("/api.cgi/x")).status_code == 404
        response = await school.client.put("/api.cgi")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_the_side_door_shows_and_changes_the_building() -> None:
    async with founten_school() as school:
        put = await school.client.put("/simulator/points/lobby.temperature", content="61.5")
        points = (await school.client.get("/simulator/points")).json()
        wrong = await school.client.put("/simulator/points/lobby.temprature", content="61.5")
        assert put.json() == {"lobby.temperature": 61.5}
        assert (points["lobby.temperature"], points["lobby.runStatus"]) == (61.5, "Heat-Stage1")
        assert (wrong.status_code, await school.value("temperature")) == (404, "61.5")


async def test_the_side_door_switches_faults_also_those_that_shut_the_front() -> None:
    async with founten_school() as school:
        told = await school.client.post("/simulator/faults", content="refused")
        assert told.json() == ["refused"]
        async with httpx.AsyncClient(base_url=school.client.base_url, trust_env=False) as other:
            with pytest.raises(httpx.ConnectError):
                await other.get("/api.cgi")
        await lifted(school)
        assert (await school.client.post("/simulator/faults", content="500")).json() == ["500"]
        assert (await school.client.delete("/simulator/faults")).json() == []


async def lifted(school: School) -> None:
    """Switch faults off by the connection that is still open: no new one can be made."""
    assert (await school.client.delete("/simulator/faults")).json() == []


def test_it_names_the_drivers_that_it_can_serve() -> None:
    assert (FountenSimulator.name, FountenSimulator.drivers) == ("founten", ("founten",))
    assert FountenSimulator.default_port == 8080


def test_settings_of_another_driver_are_refused() -> None:
    with pytest.raises(TypeError, match="a Founten site has no use for ConnectionSettings"):
        FountenSimulator(ConnectionSettings(), [])


async def test_serial_numbers_look_like_the_vendors_and_stay_the_same() -> None:
    found = {site().thermostat("lobby").value("serialNo") for _ in range(2)}
    assert len(found) == 1
    assert [len(part) for part in found.pop().split("-")] == [3, 4]


async def test_a_device_that_is_no_thermostat_is_refused() -> None:
    [target, *_] = TARGETS
    other = replace(target, device=replace(target.device, settings=DeviceSettings()))
    with pytest.raises(TypeError, match=r"^device lobby is no thermostat$"):
        FountenSimulator(SETTINGS, [other])
