"""What a site file does not say of its building is told by names and capabilities."""

from pathlib import Path

import pytest

from interlock.model import Point
from interlock.simulation.coupling import Plan, describe
from interlock.simulation.coupling.inference import stem_of
from interlock.simulation.coupling.roles import Role
from support.planned_site import planned


def plan_of(folder: Path, plant: str = "", devices: str | None = None) -> Plan:
    _, plan, findings = planned(folder, plant, devices) if devices else planned(folder, plant)
    assert findings == []
    return plan


def roles_in(plan: Plan, zone: str) -> dict[str, Role]:
    [found] = [each for each in plan.zones if each.name == zone]
    return {tie.point: tie.role for tie in found.ties()}


def test_each_device_with_a_room_temperature_is_a_zone_with_what_shares_its_stem(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    assert [zone.name for zone in plan.zones] == ["living", "bath"]
    assert roles_in(plan, "living") == {
        "living_thermostat.actualtemp": Role.TEMPERATURE,
        "living_window.power": Role.CONTACT,
        "living_thermostat.setpoint": Role.SETPOINT,
        "living_thermostat.tempmode": Role.MODE,
        "living_ac.hvacpower": Role.AC_POWER,
        "living_ac.hvacmode": Role.AC_MODE,
        "living_ac.hvacsetpoint": Role.AC_SETPOINT,
        "living_ac.hvacfan": Role.AC_FAN,
        "living_blind.heightlevel": Role.BLIND,
        "living_blind.blindangle": Role.SLATS,
        "living_lamp.powerlevel": Role.LAMP,
    }
    assert roles_in(plan, "bath") == {
        "bath_temperature.value": Role.TEMPERATURE,
        "bath_humidity.value": Role.HUMIDITY,
        "bath_setpoint.value": Role.SETPOINT,
        "bath_valve.value": Role.HEATING,
        "bath_fan.value": Role.FAN,
    }


def test_the_weather_and_the_meter_are_found_by_units_and_names(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    assert [(tie.role, tie.point) for tie in plan.outdoors] == [
        (Role.OUTDOOR_TEMPERATURE, "outdoor.value"),
        (Role.DAYLIGHT, "daylight.value"),
    ]
    assert [(tie.role, tie.point) for tie in plan.meters] == [(Role.POWER, "meter.value")]


def test_what_stands_in_the_file_is_not_inferred_again(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "zones:\n  salon: {temperature: living_thermostat.actualtemp}\n"
        "outdoor: {temperature: bath_temperature}",
    )
    assert [zone.name for zone in plan.zones] == ["salon"]
    assert roles_in(plan, "salon") == {"living_thermostat.actualtemp": Role.TEMPERATURE}
    assert [tie.point for tie in plan.outdoors] == ["bath_temperature.value", "daylight.value"]
    assert plan.inferred == {"daylight.value", "meter.value"}


def test_a_thermostat_of_the_file_shows_the_temperature_of_its_zone_whatever_that_is_called(
    tmp_path: Path,
) -> None:
    plan = plan_of(tmp_path, "zones:\n  salon: {thermostat: living_thermostat}")
    assert [zone.name for zone in plan.zones] == ["salon", "bath"]
    assert roles_in(plan, "salon") == {
        "living_thermostat.actualtemp": Role.TEMPERATURE,
        "living_thermostat.setpoint": Role.SETPOINT,
        "living_thermostat.tempmode": Role.MODE,
    }


def test_a_zone_of_the_file_gets_what_it_does_not_speak_of(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "zones:\n  living: {area: 30, hvac: [], contact: door}")
    roles = roles_in(plan, "living")
    assert plan.zones[0].fabric.area_m2 == 30
    assert roles["living_thermostat.actualtemp"] is Role.TEMPERATURE
    assert roles["door.power"] is Role.CONTACT
    assert not roles.keys() & {"living_window.power", "living_ac.hvacmode"}
    assert {"living_thermostat.setpoint", "living_blind.heightlevel"} <= roles.keys()


def test_the_longest_stem_has_a_device(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        devices="""
  room_temperature: {connection: bus, type: group, address: 1/0/1, dpt: "9.001"}
  room_1_temperature: {connection: bus, type: group, address: 1/0/2, dpt: "9.001"}
  room_1_valve: {connection: bus, type: group, address: 1/0/3, dpt: "5.001"}
  room_10_temperature: {connection: bus, type: group, address: 1/0/4, dpt: "9.001"}
""",
    )
    assert [zone.name for zone in plan.zones] == ["room", "room_1", "room_10"]
    assert "room_1_valve.value" in roles_in(plan, "room_1")


@pytest.mark.parametrize(
    ("device", "stem"),
    [
        ("living_thermostat", "living"),
        ("living_room_temperature_sensor", "living"),
        ("room_101_thermostat", "room_101"),
        ("lobby", "lobby"),
        ("thermostat", "thermostat"),
    ],
)
def test_a_stem_is_what_is_left_without_words_for_a_sensor(device: str, stem: str) -> None:
    assert stem_of(device) == stem


KNX = "{{connection: bus, type: group, address: 1/0/{number}, dpt: '{dpt}'}}"


@pytest.mark.parametrize(
    ("name", "dpt", "role"),
    [
        ("kitchen_co2", "9.008", Role.CO2),
        ("kitchen_brightness", "9.004", Role.BRIGHTNESS),
        ("kitchen_power", "14.056", Role.POWER),
        ("kitchen_energy", "13.013", Role.ENERGY),
        ("kitchen_motion", "1.018", Role.PRESENCE),
        ("kitchen_card", "1.001", Role.PRESENCE),
        ("kitchen_door", "1.019", Role.CONTACT),
        ("kitchen_heating", "1.001", Role.HEATING),
        ("kitchen_cooling", "5.001", Role.COOLING),
        ("kitchen_ventilation", "5.001", Role.FAN),
        ("kitchen_shutter", "5.001", Role.BLIND),
        ("kitchen_light", "1.001", Role.LAMP),
        ("kitchen_light", "5.001", Role.LAMP),
        ("kitchen_door_lock", "1.001", None),
        ("kitchen_flow_temperature", "9.001", None),
        ("kitchen_max_power", "14.056", None),
        ("pantry_valve", "5.001", None),
    ],
)
def test_a_group_is_known_by_its_name_and_what_it_counts(
    tmp_path: Path, name: str, dpt: str, role: Role | None
) -> None:
    devices = "".join(
        f"\n  {device}: {KNX.format(number=number, dpt=kind)}"
        for number, (device, kind) in enumerate([("kitchen_temperature", "9.001"), (name, dpt)], 1)
    )
    plan = plan_of(tmp_path, devices=devices + "\n")
    found = {tie.point: tie.role for tie in plan.ties()}
    assert found.get(Point(f"{name}.value")) is role
    assert found[Point("kitchen_temperature.value")] is Role.TEMPERATURE


@pytest.mark.parametrize(
    ("name", "dpt", "role"),
    [
        ("aussen_temperatur", "9.001", Role.OUTDOOR_TEMPERATURE),
        ("roof_humidity", "9.007", Role.OUTDOOR_HUMIDITY),
        ("dusk", "9.004", Role.DAYLIGHT),
        ("pyranometer", "9.022", Role.SUN),
        ("wind", "9.028", Role.WIND),
        ("rain", "1.005", Role.RAIN),
        ("outdoor_setpoint", "9.001", None),
    ],
)
def test_the_weather_is_known_by_names_and_units(
    tmp_path: Path, name: str, dpt: str, role: Role | None
) -> None:
    plan = plan_of(tmp_path, devices=f"\n  {name}: {KNX.format(number=1, dpt=dpt)}\n")
    assert [tie.role for tie in plan.outdoors] == ([role] if role else [])


def test_a_thermostat_that_decides_is_known_by_what_it_runs(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "site: {name: Shop, timezone: America/Denver}\n"
        "connections:\n"
        "  shop: {driver: founten, url: 'http://127.0.0.1:8080', username: a@b.c, password: x}\n"
        "devices:\n  lobby: {connection: shop, type: thermostat, name: Lobby}\n",
        encoding="utf-8",
    )
    from interlock.service.loading import load
    from interlock.simulation.coupling import plan_of as read

    plan = read(load(tmp_path, environ={}).site)
    assert roles_in(plan, "lobby") == {
        "lobby.temperature": Role.TEMPERATURE,
        "lobby.runStatus": Role.RUNNING,
        "lobby.heatSetting": Role.SETPOINT,
        "lobby.coolSetting": Role.COOLING_SETPOINT,
        "lobby.system": Role.SYSTEM,
    }


def test_a_site_without_a_room_says_so(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, devices="\n  lamp: {connection: house, type: light, guid: A}\n")
    assert describe(plan) == [
        "weather: synthetic, of the place and the season",
        "no zones: no device has a room temperature, and the section 'plant' names none",
    ]


def test_a_plan_is_described_with_what_was_inferred(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "zones:\n"
        "  living: {area: 30, facing: south-west, temperature: living_thermostat,"
        " thermostat: living_thermostat, hvac: [], blind: [], lamp: [], contact: [], neighbours: {bath: 8}}\n"
        "  bath: {facing: 100, heating: bath_valve, fan: [], thermostat: [], humidity: []}",
    )
    assert describe(plan) == [
        "weather: synthetic, of the place and the season",
        "  outdoor.value: the temperature outdoors (inferred)",
        "  daylight.value: the daylight outdoors (inferred)",
        "zone living: 30 m², 3 m² of windows to south-west",
        "  living_thermostat.actualtemp: a room temperature",
        "  thermostat: living_thermostat.setpoint, living_thermostat.tempmode",
        "  beside bath by 8 m²",
        "zone bath: 20 m², 3 m² of windows to 100°",
        "  bath_temperature.value: a room temperature (inferred)",
        "  heating: bath_valve.value",
        "the whole building",
        "  meter.value: an electric power (inferred)",
    ]
