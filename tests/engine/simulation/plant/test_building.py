"""A building comes to an instant the same way however it is cut, and keeps its energy together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.errors import WeatherError
from interlock.simulation.plant.air_conditioner import AcMode, AcSettings, AirConditioner
from interlock.simulation.plant.blind import Blind
from interlock.simulation.plant.building import Building, Wall
from interlock.simulation.plant.emitter import Emitter
from interlock.simulation.plant.figures import Band
from interlock.simulation.plant.occupants import Occupants, Stay, WindowHabit
from interlock.simulation.plant.outdoors import Outdoors, Weather
from interlock.simulation.plant.room import Room, Window
from interlock.simulation.plant.series import Sample, SampledWeather
from interlock.simulation.plant.synthetic_weather import SyntheticWeather
from interlock.simulation.plant.thermostat import Thermostat
from interlock.simulation.plant.units import Stage
from interlock.simulation.plant.zone import Zone
from support.plant_house import BOX, HOUR, MILAN, MINUTE, START, house, sky

TIGHT = replace(BOX, loss_w_per_m2_k=0.0)
JULY = datetime(2026, 7, 6, tzinfo=UTC)


def lived_in(start: datetime = START, seed: int = 0) -> Building:
    """Two coupled rooms with all kinds of units, people and weather."""
    radiator = Emitter("radiator")
    ac = AirConditioner("ac", settings=AcSettings(is_on=True, mode=AcMode.COOLING, setpoint_c=24.0))
    west = Window(azimuth_degrees=270.0, blind=Blind("blind", position_percent=50))
    south = Zone(
        "south",
        units=(radiator, ac),
        thermostat=Thermostat(heats=(radiator,)),
        occupants=Occupants(),
        habit=WindowHabit(),
    )
    north = Zone("west", Room(windows=(west,)), occupants=Occupants(1), temperature_c=16.0)
    walls = (Wall("south", "west", w_per_k=40.0),)
    return house(south, north, weather=SyntheticWeather(MILAN, 1), walls=walls, start=start, seed=seed)


@pytest.mark.parametrize("start", [START, JULY, JULY + timedelta(minutes=7, seconds=31)])
def test_however_its_way_is_cut_and_read_it_comes_to_the_same(start: datetime) -> None:
    at_once, in_steps = lived_in(start), lived_in(start)
    end = start + 26 * HOUR
    at_once.advance(end)
    for minute in range(26 * 60 + 1):
        in_steps.advance(start + minute * MINUTE)
        assert in_steps.outdoors.temperature_c
        assert [zone.co2_ppm for zone in in_steps.zones.values()]
        assert in_steps.figures().electric_kwh >= 0
    assert in_steps.figures() == at_once.figures()
    assert [zone.temperature_c for zone in in_steps.zones.values()] == [
        zone.temperature_c for zone in at_once.zones.values()
    ]


def test_the_same_seed_is_the_same_course_and_another_is_not() -> None:
    first, second, other = lived_in(), lived_in(), lived_in(seed=1)
    for building in (first, second, other):
        building.advance(START + 48 * HOUR)
    assert first.figures() == second.figures() != other.figures()


@pytest.mark.parametrize("start", [START, JULY])
def test_what_came_in_was_stored_or_lost(start: datetime) -> None:
    building = lived_in(start)
    started_c = {name: zone.temperature_c for name, zone in building.zones.items()}
    building.advance(start + 72 * HOUR)
    for name, zone in building.zones.items():
        zone.settle()
        ledger = zone.ledger
        stored_j = zone.room.capacity_j_per_k * (zone.temperature_c - started_c[name])
        came_in_j = ledger.gains_j + ledger.units_j + ledger.neighbours_j - ledger.lost_j
        turned_over_j = ledger.gains_j + abs(ledger.units_j) + abs(ledger.lost_j)
        assert turned_over_j > 1e7
        assert abs(came_in_j - stored_j) <= 1e-9 * turned_over_j
        meters_kwh = [unit.figures().heating_kwh - unit.figures().cooling_kwh for unit in zone.units]
        assert ledger.units_j == pytest.approx(sum(meters_kwh) * 3.6e6, rel=1e-9, abs=1e-3)


def test_what_leaves_one_zone_comes_into_its_neighbour() -> None:
    building = lived_in()
    building.advance(START + 72 * HOUR)
    south, west = (zone.ledger.neighbours_j for zone in building.zones.values())
    assert abs(south) > 1e6
    assert south == pytest.approx(-west, rel=1e-12)


@pytest.mark.parametrize("w_per_k", [50.0, 3000.0, 50_000.0])
def test_neighbours_approach_each_other_and_never_overshoot(w_per_k: float) -> None:
    warm, cold = Zone("a", TIGHT, temperature_c=30.0), Zone("b", TIGHT, temperature_c=10.0)
    building = house(warm, cold, walls=(Wall("a", "b", w_per_k=w_per_k),))
    gap_k = 20.0
    for hour in range(1, 30):
        building.advance(START + hour * 10 * MINUTE)
        assert 0 <= warm.temperature_c - cold.temperature_c <= gap_k
        gap_k = warm.temperature_c - cold.temperature_c
        assert warm.temperature_c + cold.temperature_c == pytest.approx(40.0, rel=1e-12)


def test_neighbours_approach_with_the_analytic_time_constant() -> None:
    """Two capacities of 3.6 MJ/K over 20 W/K: the gap falls with 25 hours."""
    warm, cold = Zone("a", TIGHT, temperature_c=30.0), Zone("b", TIGHT, temperature_c=10.0)
    building = house(warm, cold, walls=(Wall("a", "b", w_per_k=20.0),))
    building.advance(START + 25 * HOUR)
    assert warm.temperature_c - cold.temperature_c == pytest.approx(20 / 2.718281828, rel=0.01)


def test_it_knows_its_parts_by_name() -> None:
    building = lived_in()
    assert list(building.zones) == ["south", "west"]
    assert list(building.units) == ["radiator", "ac"]
    assert list(building.blinds) == ["blind"]


def test_it_tells_where_it_is_in_time() -> None:
    building = house(Zone("z"))
    assert building.now == START
    building.advance(START + 7 * MINUTE)
    assert building.now == START + 7 * MINUTE


def test_it_does_not_go_back() -> None:
    building = house(Zone("z"), start=START + HOUR)
    with pytest.raises(ValueError, match=r"it is at 2026-01-12 01:00:00\+00:00, asked for 2026-01-12 00:00"):
        building.advance(START)
    assert building.now == START + HOUR


def test_the_weather_is_told_between_slots() -> None:
    hours = [
        Sample((START + hour * HOUR).timestamp(), Outdoors(temperature_c=10.0 * hour)) for hour in (0, 1, 2)
    ]
    building = house(Zone("z"), weather=SampledWeather("w.csv", hours))
    told = []
    for minutes in (0, 5, 15, 20, 60, 66):
        building.advance(START + minutes * MINUTE)
        told.append(building.outdoors.temperature_c)
    assert told == pytest.approx([minutes / 6 for minutes in (0, 5, 15, 20, 60, 66)])


def test_weather_that_ends_ends_the_way() -> None:
    hours = [Sample((START + hour * HOUR).timestamp(), Outdoors(temperature_c=10.0)) for hour in (0, 1)]
    building = house(Zone("z"), weather=SampledWeather("w.csv", hours))
    building.advance(START + HOUR)
    with pytest.raises(WeatherError, match=r"w\.csv covers"):
        building.advance(START + 4 * HOUR)


def test_its_power_meter_adds_up_all_units() -> None:
    first = Zone("a", units=(Stage("x", heat_w=1000.0, level_percent=100),))
    second = Zone("b", units=(Stage("y", heat_w=500.0, level_percent=100),))
    building = house(first, second)
    building.advance(START + 2 * HOUR)
    assert building.electric_w == 1500
    assert building.figures().electric_kwh == pytest.approx(3.0)


def test_figures_are_of_the_whole_way() -> None:
    building = house(Zone("z", units=(Stage("x"),)))
    building.advance(START + HOUR)
    figures = building.figures()
    assert (figures.since, figures.until) == (START, START + HOUR)
    assert (list(figures.zones), list(figures.units)) == (["z"], ["x"])


def test_the_band_of_comfort_is_by_choice() -> None:
    zone = Zone("z", replace(TIGHT), temperature_c=20.0)
    building = Building(
        [zone], weather=sky(), place=MILAN, timezone=UTC, start=START, band=Band(low_c=22.0, high_c=30.0)
    )
    building.advance(START + 3 * HOUR)
    assert building.figures().zones["z"].cold_k_h == pytest.approx(6.0)


@pytest.mark.parametrize(("start", "offset_h"), [(START, 1), (JULY, 2)])
def test_people_live_by_the_local_clock(start: datetime, offset_h: int) -> None:
    zone = Zone("z", BOX, occupants=Occupants(1, week=(Stay(from_h=8, to_h=9),), jitter_h=0))
    building = Building([zone], weather=sky(), place=MILAN, timezone=ZoneInfo("Europe/Rome"), start=start)
    seen = []
    for minutes in (-1, 0, 59, 60):
        building.advance(start + (8 - offset_h) * HOUR + minutes * MINUTE)
        seen.append(zone.is_occupied)
    assert seen == [False, True, True, False]


@pytest.mark.parametrize("timezone", ["Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"])
def test_days_begin_at_any_offset(timezone: str) -> None:
    zone = Zone("z", BOX, occupants=Occupants(1, week=(Stay(days=frozenset({1})),), jitter_h=0))
    building = Building([zone], weather=sky(), place=MILAN, timezone=ZoneInfo(timezone), start=START)
    tuesday = datetime(2026, 1, 13, tzinfo=ZoneInfo(timezone))
    seen = []
    for minutes in (-1, 0, 1439, 1440):
        building.advance(tuesday.astimezone(UTC) + minutes * MINUTE)
        seen.append(zone.is_occupied)
    assert seen == [False, True, True, False]


def test_a_thermostat_may_drive_a_unit_in_another_zone() -> None:
    furnace = Stage("furnace", heat_w=3000.0)
    hall = Zone("hall", BOX, units=(furnace,), temperature_c=20.0)
    study = Zone("study", BOX, thermostat=Thermostat(heats=(furnace,)), temperature_c=20.0)
    building = house(hall, study, weather=sky(10.0))
    building.advance(START + HOUR)
    assert furnace.heat_w == 3000
    assert hall.temperature_c > 20


@pytest.mark.parametrize(
    ("zones", "walls", "message"),
    [
        ((Zone("a"), Zone("a")), (), "two zones are called a"),
        ((Zone("a", units=(Stage("x"),)), Zone("b", units=(Stage("x"),))), (), "two units are called x"),
        ((Zone("a"),), (Wall("a", "b"),), "a wall names b, which is no zone"),
        ((Zone("a"),), (Wall("c", "a"),), "a wall names c, which is no zone"),
    ],
)
def test_names_are_unique_and_known(zones: tuple[Zone, ...], walls: tuple[Wall, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        house(*zones, walls=walls)


def test_two_thermostats_cannot_drive_one_unit() -> None:
    furnace = Stage("furnace")
    hall = Zone("hall", units=(furnace,), thermostat=Thermostat(heats=(furnace,)))
    study = Zone("study", thermostat=Thermostat(cools=(furnace,)))
    with pytest.raises(ValueError, match="two thermostats drive furnace"):
        house(hall, study)


def test_thermostats_of_several_zones_drive_units_of_their_own() -> None:
    first, second = Stage("first"), Stage("second")
    hall = Zone("hall", units=(first,), thermostat=Thermostat(heats=(first,)), temperature_c=15.0)
    study = Zone("study", units=(second,), thermostat=Thermostat(heats=(second,)), temperature_c=15.0)
    house(hall, study)
    assert (first.is_on, second.is_on) == (True, True)


def test_a_building_without_zones_has_weather_all_the_same() -> None:
    building = house(weather=sky(7.0))
    building.advance(START + 5 * HOUR)
    assert building.outdoors.temperature_c == 7.0


@given(outdoor_c=st.floats(-30, 45), start_c=st.floats(-20, 50), hours=st.integers(0, 60))
@settings(max_examples=20, deadline=None)
def test_without_gains_a_room_stays_between_where_it_began_and_outdoors(
    outdoor_c: float, start_c: float, hours: int
) -> None:
    zone = Zone("z", BOX, temperature_c=start_c)
    weather: Weather = sky(outdoor_c)
    house(zone, weather=weather).advance(START + hours * HOUR)
    low_c, high_c = sorted((outdoor_c, start_c))
    assert low_c - 1e-9 <= zone.temperature_c <= high_c + 1e-9


@pytest.mark.parametrize(
    ("night", "hours_utc"),
    [(datetime(2026, 3, 28, 20, tzinfo=UTC), 10), (datetime(2026, 10, 24, 20, tzinfo=UTC), 11)],
    ids=["an hour is missing", "an hour comes twice"],
)
def test_when_the_clocks_change_people_go_by_the_new_time(night: datetime, hours_utc: int) -> None:
    """Until midnight, and again from eight in the morning in Rome."""
    week = (Stay(from_h=0, to_h=0.5), Stay(from_h=8, to_h=24))
    zone = Zone("z", BOX, occupants=Occupants(1, week=week, jitter_h=0))
    building = Building([zone], weather=sky(), place=MILAN, timezone=ZoneInfo("Europe/Rome"), start=night)
    seen = []
    for minutes in (-1, 0):
        building.advance(night + hours_utc * HOUR + minutes * MINUTE)
        seen.append(zone.is_occupied)
    assert seen == [False, True]
