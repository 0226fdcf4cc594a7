"""A building behind points: what devices are told moves it, and sensors show it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from interlock.model import Point, Value
from interlock.simulation.coupling import Coupling
from interlock.simulation.plant.air_conditioner import AcMode, AirConditioner, FanSpeed
from interlock.simulation.plant.figures import UnitFigures
from interlock.simulation.plant.outdoors import Outdoors
from interlock.simulation.plant.units import Unit
from support.planned_site import DEVICES, Shelf, planned

START = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
THERMOMETER = Point("bath_temperature.value")
ONE = """
  bath_temperature: {connection: bus, type: group, address: 1/0/1, dpt: "9.001"}
"""


class Frost:
    """Every day the same."""

    def __init__(self, temperature_c: float = 0.0, **rest: float) -> None:
        self._outdoors = Outdoors(temperature_c=temperature_c, **rest)

    def at(self, instant: datetime) -> Outdoors:
        """Return the frost."""
        return self._outdoors


class Day:
    """A coupling on a clock that is set by hand."""

    def __init__(
        self,
        folder: Path,
        plant: str,
        values: dict[str, Value] | None = None,
        devices: str = DEVICES,
        *,
        outdoor_c: float = 0.0,
        changes_unnoticed: Callable[[Point], bool] = lambda point: True,
    ) -> None:
        site, plan, findings = planned(folder, plant, devices)
        assert findings == []
        self.now = START
        self.shelf = Shelf(values)
        self.coupling = Coupling(
            plan,
            site,
            self.shelf,
            lambda: self.now,
            weather=Frost(outdoor_c),
            changes_unnoticed=changes_unnoticed,
        )

    def passes(self, duration: timedelta = HOUR) -> None:
        """Let time pass, and look each minute."""
        end = self.now + duration
        while self.now < end:
            self.now += timedelta(minutes=1)
            self.coupling.refresh()

    def tell(self, point: str, value: Value) -> None:
        """Let somebody set a point, who says so."""
        self.coupling.disturb()
        self.shelf.values[Point(point)] = value

    def __getitem__(self, point: str) -> float:
        value = self.shelf.values[Point(point)]
        assert isinstance(value, int | float)
        return value


def unit_of(day: Day, zone: str = "bath") -> Unit:
    """Return the only unit of a zone."""
    [unit] = day.coupling.building.zones[zone].units
    return unit


def figures_of(day: Day) -> UnitFigures:
    """Return what the only unit of the bath gave and took."""
    return day.coupling.figures().units[unit_of(day).name]


EMPTY = "people: 0, window: 0, starts_at: 20"
BATH = f"zones:\n  bath: {{{EMPTY}, thermostat: [], "
"""A bath without people and sun, that is heated by what follows."""


def test_an_unheated_room_cools_down_and_its_sensor_shows_it(tmp_path: Path) -> None:
    day = Day(tmp_path, BATH + "heating: [], fan: []}")
    assert day[THERMOMETER] == 20.0
    day.passes(12 * HOUR)
    assert day.coupling.building.zones["bath"].temperature_c == pytest.approx(day[THERMOMETER], abs=0.15)
    assert day[THERMOMETER] < 16


def test_a_sensor_speaks_only_where_it_shows_something_new(tmp_path: Path) -> None:
    day = Day(tmp_path, BATH + "heating: [], fan: []}")
    day.passes(3 * HOUR)
    shown = [value for point, value in day.shelf.told if point == THERMOMETER]
    assert all(before != after for before, after in pairwise(shown))
    assert len(shown) > 5


@pytest.mark.parametrize("kind", ["radiator", "floor", "electric", "air"])
def test_a_valve_warms_the_room_by_what_it_feeds(tmp_path: Path, kind: str) -> None:
    heating = f"heating: {{point: bath_valve.value, kind: {kind}, power: 2000}}, fan: []}}"
    day = Day(tmp_path, BATH + heating)
    day.tell("bath_valve.value", 100.0)
    day.passes(4 * HOUR)
    warm_c = day[THERMOMETER]
    assert warm_c > 20.5
    day.tell("bath_valve.value", 0.0)
    day.passes(12 * HOUR)
    assert day[THERMOMETER] < warm_c - 1


def test_what_a_heating_gives_is_said_in_watts(tmp_path: Path) -> None:
    day = Day(tmp_path, BATH + "heating: {point: door.power, kind: electric, power: 750}, fan: []}")
    day.tell("door.power", True)
    day.passes(2 * HOUR)
    assert figures_of(day).electric_kwh == pytest.approx(1.5)


def test_a_cooling_takes_heat_out(tmp_path: Path) -> None:
    day = Day(
        tmp_path, BATH + "cooling: {point: door.power, power: 900}, heating: [], fan: []}", outdoor_c=20
    )
    day.tell("door.power", True)
    day.passes()
    assert day[THERMOMETER] < 19.7
    assert figures_of(day).cooling_kwh == pytest.approx(0.9)


def test_a_thermostat_keeps_its_setpoint_and_less_in_economy(tmp_path: Path) -> None:
    plant = f"zones:\n  living: {{{EMPTY}, hvac: [], blind: [], lamp: [], contact: []}}"
    day = Day(tmp_path, plant, {"living_thermostat.setpoint": 22.0, "living_thermostat.tempmode": "comfort"})
    day.passes(24 * HOUR)
    assert day["living_thermostat.actualtemp"] == pytest.approx(22, abs=0.5)
    day.tell("living_thermostat.tempmode", "economy")
    day.passes(24 * HOUR)
    assert day["living_thermostat.actualtemp"] == pytest.approx(18, abs=0.5)
    day.tell("living_thermostat.tempmode", "protection")
    day.passes(96 * HOUR)
    assert day["living_thermostat.actualtemp"] < 15


def test_a_thermostat_that_cools_keeps_both_setpoints(tmp_path: Path) -> None:
    plant = (
        f"zones:\n  bath: {{{EMPTY}, starts_at: 30, heating: [], fan: [], thermostat:"
        " {setpoint: bath_setpoint.value, cooling_setpoint: outdoor.value, cooling: 2000}}\n"
        "outdoor: {temperature: living_thermostat.actualtemp}"
    ).replace("starts_at: 20, starts_at", "starts_at")
    day = Day(tmp_path, plant, {"bath_setpoint.value": 20.0, "outdoor.value": 25.0}, outdoor_c=32)
    day.passes(12 * HOUR)
    assert day[THERMOMETER] == pytest.approx(25, abs=0.5)


def test_an_air_conditioner_follows_all_of_its_settings(tmp_path: Path) -> None:
    plant = f"zones:\n  living: {{{EMPTY}, thermostat: [], blind: [], lamp: [], contact: []}}"
    day = Day(tmp_path, plant.replace("starts_at: 20", "starts_at: 30"), outdoor_c=30)
    day.passes()
    assert day["living_thermostat.actualtemp"] >= 30
    day.tell("living_ac.hvacpower", True)
    day.tell("living_ac.hvacmode", "heating")
    day.tell("living_ac.hvacsetpoint", 24.0)
    day.passes()
    assert day["living_thermostat.actualtemp"] >= 30
    day.tell("living_ac.hvacmode", "cooling")
    day.passes(6 * HOUR)
    assert day["living_thermostat.actualtemp"] == pytest.approx(24.5, abs=0.6)
    day.tell("living_ac.hvacfan", "minimum")
    day.passes(timedelta(minutes=2))
    unit = unit_of(day, "living")
    assert isinstance(unit, AirConditioner)
    assert unit.settings.fan is FanSpeed.MINIMUM


def test_an_air_conditioner_without_a_switch_is_off_by_its_mode(tmp_path: Path) -> None:
    devices = """
  room_temperature: {connection: bus, type: group, address: 1/0/1, dpt: "9.001"}
  room_mode: {connection: bus, type: group, address: 1/0/2, dpt: "20.105"}
"""
    plant = f"zones:\n  room: {{{EMPTY}, thermostat: [], hvac: {{mode: room_mode.value}}}}"
    day = Day(tmp_path, plant, {"room_mode.value": "off"}, devices, outdoor_c=20)
    unit = unit_of(day, "room")
    assert isinstance(unit, AirConditioner)
    assert not unit.settings.is_on
    day.tell("room_mode.value", "cool")
    day.passes(timedelta(minutes=2))
    assert (unit.settings.is_on, unit.settings.mode) == (True, AcMode.COOLING)


@pytest.mark.parametrize(("status", "ends_above"), [("Heat-Stage1", 20.5), ("Off", 0)])
def test_a_device_that_decides_by_itself_says_what_runs(
    tmp_path: Path, status: str, ends_above: float
) -> None:
    (tmp_path / "site.yaml").write_text("", encoding="utf-8")
    day = _founten_day(tmp_path, {"lobby.runStatus": status, "lobby.temperature": 68.0})
    day.passes(2 * HOUR)
    units = day.coupling.figures().units
    assert sum(unit.heating_kwh for unit in units.values()) == (
        pytest.approx(0) if status == "Off" else pytest.approx(2.385, rel=0.01)
    )
    assert day["lobby.temperature"] > ends_above


def test_a_second_stage_helps_the_first(tmp_path: Path) -> None:
    one = _founten_day(tmp_path, {"lobby.runStatus": "Heat-Stage1", "lobby.temperature": 68.0})
    two = _founten_day(tmp_path, {"lobby.runStatus": "Heat-Stage2", "lobby.temperature": 68.0})
    for day in (one, two):
        day.passes()
    gave = [sum(unit.heating_kwh for unit in day.coupling.figures().units.values()) for day in (one, two)]
    assert gave[1] == pytest.approx(1.5 * gave[0], rel=1e-6)


def test_where_nothing_says_what_runs_the_setpoints_do(tmp_path: Path) -> None:
    day = _founten_day(tmp_path, {"lobby.heatSetting": 70, "lobby.coolSetting": 76, "lobby.system": "Heat"})
    day.passes(24 * HOUR)
    assert day["lobby.temperature"] == pytest.approx(70, abs=1.5)


def _founten_day(folder: Path, values: dict[str, Value], unit: str = "  unit: fahrenheit\n") -> Day:
    from interlock.service.loading import load
    from interlock.simulation.coupling import plan_of

    (folder / "site.yaml").write_text(
        "site: {name: Shop, timezone: America/Denver}\n"
        "connections:\n"
        "  shop: {driver: founten, url: 'http://127.0.0.1:8080', username: a@b.c, password: x}\n"
        "devices:\n  lobby: {connection: shop, type: thermostat, name: Lobby}\n"
        f"plant:\n{unit}  every_zone: {{people: 0, window: 0, starts_at: 20}}\n",
        encoding="utf-8",
    )
    site = load(folder, environ={}).site
    day = Day.__new__(Day)
    day.now, day.shelf = START, Shelf(values)
    day.coupling = Coupling(plan_of(site), site, day.shelf, lambda: day.now, weather=Frost())
    return day


def test_a_fan_airs_and_a_lamp_lights(tmp_path: Path) -> None:
    plant = (
        f"zones:\n  living: {{{EMPTY}, people: 2, occupied: always, hvac: [], thermostat: [], blind: [],"
        " contact: [], co2: outdoor.value, brightness: daylight.value, fan: {point: door.power, air: 150}}"
    ).replace("people: 0, ", "")
    devices = DEVICES.replace("max: 60, unit: °C", "max: 9000, unit: ppm")
    day = Day(tmp_path, plant, devices=devices)
    day.passes(6 * HOUR)
    stale_ppm = day["outdoor.value"]
    assert (stale_ppm > 900, day["daylight.value"]) == (True, 0)
    day.tell("door.power", True)
    day.tell("living_lamp.powerlevel", 100)
    day.passes(3 * HOUR)
    assert day["outdoor.value"] < stale_ppm - 200
    assert day["daylight.value"] > 100


def test_a_blind_keeps_the_sun_out(tmp_path: Path) -> None:
    plant = "zones:\n  living: {people: 0, window: 6, hvac: [], thermostat: [], lamp: [], contact: []}"
    day = Day(tmp_path, plant)
    [blind] = day.coupling.building.blinds.values()
    day.tell("living_blind.heightlevel", 100)
    day.tell("living_blind.blindangle", 50)
    day.passes(timedelta(minutes=2))
    assert (blind.position_percent, blind.slats_percent) == (100, 50)


def test_a_hand_on_a_window_opens_it_and_the_room_cools_faster(tmp_path: Path) -> None:
    plant = (
        f"zones:\n  bath: {{{EMPTY}, heating: [], fan: [], thermostat: [], contact: [door, living_window]}}"
    )
    day = Day(tmp_path, plant)
    zone = day.coupling.building.zones["bath"]
    day.passes(timedelta(minutes=10))
    day.tell("living_window.power", True)
    day.passes(timedelta(minutes=10))
    assert zone.is_window_open
    assert day.shelf.values[Point("door.power")] is False
    day.tell("living_window.power", False)
    day.passes(timedelta(minutes=10))
    assert not zone.is_window_open


def test_people_who_open_a_window_move_one_contact_and_shut_all(tmp_path: Path) -> None:
    plant = (
        "zones:\n  bath: {people: 2, occupied: always, heating: [], fan: [], thermostat: [],"
        " contact: [door, living_window], presence: living_lamp.power}"
    )
    day = Day(tmp_path, plant)
    seen = set()
    for _ in range(24 * 12):
        day.passes(timedelta(minutes=5))
        seen.add((day.shelf.values[Point("door.power")], day.shelf.values[Point("living_window.power")]))
    assert seen == {(False, False), (True, False)}
    assert day.shelf.values[Point("living_lamp.power")] is True


def test_meters_show_what_all_units_take(tmp_path: Path) -> None:
    plant = (
        f"zones:\n  bath: {{{EMPTY}, fan: [], thermostat: [], humidity: [],"
        " heating: {point: door.power, kind: electric, power: 2000}, power: bath_humidity.value}\n"
        "meters: {power: meter.value, energy: bath_setpoint.value}"
    )
    devices = DEVICES.replace('1/0/5, dpt: "9.007"', '1/0/5, dpt: "14.056"').replace(
        '1/0/2, dpt: "9.001"', '1/0/2, dpt: "13.013"'
    )
    day = Day(tmp_path, plant, devices=devices)
    assert (day["meter.value"], day["bath_setpoint.value"]) == (0, 0)
    day.tell("door.power", True)
    day.passes(2 * HOUR)
    assert (day["meter.value"], day["bath_humidity.value"]) == (2.0, 2000)
    assert day["bath_setpoint.value"] == 4


def test_the_weather_is_shown(tmp_path: Path) -> None:
    day = Day(
        tmp_path,
        "outdoor: {temperature: outdoor, humidity: bath_humidity, wind: bath_temperature}",
        devices=DEVICES.replace('1/0/1, dpt: "9.001"', '1/0/1, dpt: "9.028"'),
        outdoor_c=-3.21,
    )
    assert [day[point] for point in ("outdoor.value", "bath_humidity.value")] == [-3.2, 60]
    assert day["bath_temperature.value"] == pytest.approx(7.2)


def test_neighbours_share_their_heat(tmp_path: Path) -> None:
    apart = f"zones:\n  bath: {{{EMPTY}, heating: [], thermostat: [], fan: []}}\n  attic: {{{EMPTY}}}"
    beside = apart.replace("  attic: {", "  attic: {neighbours: {bath: 40}, ").replace(
        "attic: {neighbours: {bath: 40}, people: 0, window: 0, starts_at: 20",
        "attic: {neighbours: {bath: 40}, people: 0, window: 0, starts_at: 5",
    )
    days = [Day(tmp_path, plant) for plant in (apart, beside)]
    for day in days:
        day.passes(6 * HOUR)
    assert days[1][THERMOMETER] < days[0][THERMOMETER] - 0.5


def test_points_begin_with_what_the_plan_says_what_they_hold_or_something_plausible(tmp_path: Path) -> None:
    day = Day(tmp_path, "values: {living_lamp.powerlevel: 30}", {"living_ac.hvacmode": "dry"})
    held = day.shelf.values
    assert held[Point("living_lamp.powerlevel")] == 30
    assert held[Point("living_ac.hvacmode")] == "dry"
    assert held[Point("living_ac.hvacsetpoint")] == 24.0
    assert held[Point("living_thermostat.tempmode")] == "comfort"
    assert Point("evening.scenelaunch") not in held
    assert Point("away.value") not in held


def test_a_setpoint_of_a_bus_on_which_nobody_spoke_is_none(tmp_path: Path) -> None:
    day = Day(tmp_path, "", {"bath_setpoint.value": 0.0, "bath_valve.value": 0.0})
    assert (day["bath_setpoint.value"], day["bath_valve.value"]) == (21.0, 0.0)


def test_what_holds_more_than_45_degrees_counts_in_fahrenheit(tmp_path: Path) -> None:
    assert _founten_day(tmp_path, {"lobby.temperature": 70.0}, unit="")["lobby.temperature"] == 68.0
    assert _founten_day(tmp_path, {"lobby.temperature": 20.0}, unit="")["lobby.temperature"] == 20.0


@pytest.mark.parametrize(("outdoor_c", "room_c"), [(-10, 20.0), (21, 23.0), (40, 25.0)])
def test_a_room_begins_as_the_season_has_it(tmp_path: Path, outdoor_c: float, room_c: float) -> None:
    day = Day(tmp_path, "zones:\n  bath: {people: 0}", outdoor_c=outdoor_c)
    assert day[THERMOMETER] == room_c


def test_the_building_is_brought_up_to_now_before_a_change(tmp_path: Path) -> None:
    heating = "heating: {point: door.power, kind: electric, power: 1000}, fan: []}"
    day = Day(tmp_path, BATH + heating, changes_unnoticed=lambda point: False)
    day.now += timedelta(minutes=30)
    day.tell("door.power", True)
    day.now += timedelta(minutes=30)
    assert figures_of(day).electric_kwh == pytest.approx(0.5)


def test_what_changes_unnoticed_is_seen_within_five_minutes(tmp_path: Path) -> None:
    heating = "heating: {point: door.power, kind: electric, power: 1000}, fan: []}"
    day = Day(tmp_path, BATH + heating)
    day.passes(timedelta(minutes=30))
    day.shelf.values[Point("door.power")] = True
    day.passes(timedelta(minutes=6))
    assert unit_of(day).electric_w == 1000


def test_what_is_said_to_be_noticed_is_not_looked_at(tmp_path: Path) -> None:
    heating = "heating: {point: door.power, kind: electric, power: 1000}, fan: []}"
    day = Day(tmp_path, BATH + heating, changes_unnoticed=lambda point: point != "door.power")
    day.passes(timedelta(minutes=30))
    day.shelf.values[Point("door.power")] = True
    day.passes(timedelta(minutes=30))
    assert unit_of(day).electric_w == 0


def test_who_attends_sees_at_once(tmp_path: Path) -> None:
    heating = "heating: {point: door.power, kind: electric, power: 1000}, fan: []}"
    day = Day(tmp_path, BATH + heating)
    day.passes(timedelta(minutes=30))
    day.shelf.values[Point("door.power")] = True
    day.coupling.attend()
    assert unit_of(day).electric_w == 1000


def test_same_seed_same_course(tmp_path: Path) -> None:
    site, plan, _ = planned(tmp_path)

    def told(seed: int) -> list[tuple[Point, Value]]:
        now = START
        shelf = Shelf()
        coupling = Coupling(plan, site, shelf, lambda: now, seed=seed)
        for minute in range(24 * 60):
            now = START + timedelta(minutes=minute)
            coupling.refresh()
        return shelf.told

    assert told(1) == told(1)
    assert told(1) != told(2)
