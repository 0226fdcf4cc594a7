"""A zone follows its heat balance, and asks whoever may have changed."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from interlock.simulation.plant.air_conditioner import AcMode, AcRating, AcSettings, AirConditioner
from interlock.simulation.plant.blind import Blind
from interlock.simulation.plant.emitter import Boiler, Emitter, EmitterRating
from interlock.simulation.plant.occupants import Occupants, Stay, WindowHabit
from interlock.simulation.plant.outdoors import Outdoors
from interlock.simulation.plant.room import Window
from interlock.simulation.plant.thermostat import Demand, Thermostat, ThermostatSettings
from interlock.simulation.plant.units import Fan, Lamp, Stage
from interlock.simulation.plant.zone import Zone
from support.plant_house import BOX, HOUR, MINUTE, SECOND, START, Sky, house, sky

TEN_HOURS_S = 36_000.0
ALWAYS = Occupants(2, week=(Stay(),), jitter_h=0)
SUNNY = Outdoors(temperature_c=10.0, global_w_per_m2=300.0, direct_w_per_m2=0.0, diffuse_w_per_m2=300.0)
"""An even sky: an upright window gets 150 W/m² from it and 30 from the ground."""


def test_left_alone_it_follows_outdoors_with_its_time_constant() -> None:
    zone = Zone("z", BOX, temperature_c=20.0)
    house(zone, weather=sky(10.0)).advance(START + 10 * HOUR)
    assert zone.temperature_c == pytest.approx(10 + 10 / math.e, rel=1e-9)


def test_it_ends_where_losses_balance_gains() -> None:
    zone = Zone("z", replace(BOX, appliances_w=300.0))
    house(zone, weather=sky(10.0)).advance(START + 400 * HOUR)
    assert zone.temperature_c == pytest.approx(13.0)


def test_people_bring_their_heat_and_what_they_use() -> None:
    zone = Zone("z", replace(BOX, appliances_w=50.0, occupied_w=100.0), occupants=ALWAYS)
    house(zone, weather=sky(10.0)).advance(START + 400 * HOUR)
    assert (zone.people, zone.is_occupied) == (2, True)
    assert zone.temperature_c == pytest.approx(10 + (50 + 100 + 2 * 75) / 100)


def test_nobody_is_there_where_nothing_is_said() -> None:
    zone = Zone("z", replace(BOX, occupied_w=1000.0), temperature_c=10.0)
    house(zone, weather=sky(10.0)).advance(START + HOUR)
    assert (zone.people, zone.is_occupied, zone.temperature_c) == (0, False, 10.0)


def test_people_come_and_go_to_the_second() -> None:
    week = (Stay(from_h=1 + 7 / 60, to_h=2 + 11 / 60),)
    zone = Zone("z", BOX, occupants=Occupants(1, week=week, jitter_h=0))
    building, seen = house(zone), []
    for minutes in (66, 67, 130, 131):
        building.advance(START + timedelta(minutes=minutes))
        seen.append(zone.people)
    assert seen == [0, 1, 1, 0]


def test_the_sun_warms_it_through_the_window() -> None:
    window = Window(area_m2=2.0, g_value=0.5, glass_share=1.0, shading_share=1.0, light_share=0.75)
    zone = Zone("z", replace(BOX, windows=(window,)))
    house(zone, weather=Sky(SUNNY)).advance(START + 400 * HOUR)
    assert zone.solar_w == pytest.approx(180)
    assert zone.temperature_c == pytest.approx(11.8)


def test_light_comes_from_windows_and_lamps() -> None:
    window = Window(area_m2=2.0, g_value=0.5, glass_share=1.0, shading_share=1.0, light_share=0.75)
    room = replace(BOX, floor_m2=16.0, windows=(window,))
    lamp = Lamp("l", power_w=40.0, lumen_per_w=100.0)
    zone = Zone("z", room, units=(lamp, Stage("s")))
    house(zone, weather=Sky(SUNNY))
    by_day = zone.illuminance_lx
    lamp.level_percent = 50
    assert by_day == pytest.approx(180 * 110 * 1.5 / (72 * 0.75))
    assert zone.illuminance_lx - by_day == pytest.approx(2000 * 0.6 / 16)


def test_a_zone_without_a_building_has_no_daylight() -> None:
    zone = Zone("z")
    assert (zone.solar_w, zone.illuminance_lx, zone.temperature_c) == (0, 0, 20)


def test_a_blind_keeps_the_sun_out_once_it_is_down() -> None:
    blind = Blind("b", slats_percent=100)
    zone = Zone("z", replace(BOX, windows=(Window(area_m2=10.0, blind=blind),)))
    building = house(zone, weather=Sky(SUNNY))
    full_w = zone.solar_w
    blind.move_to(100)
    building.advance(START + 20 * SECOND)
    assert zone.solar_w == pytest.approx(full_w * (1 - 0.9 * 0.4))
    building.advance(START + 50 * SECOND)
    assert zone.solar_w == pytest.approx(full_w * 0.1)
    building.advance(START + 400 * HOUR)
    assert zone.temperature_c == pytest.approx(10 + full_w * 0.1 / 100)


def test_the_gains_change_when_the_blind_arrives_not_at_the_next_slot() -> None:
    blind = Blind("b", slats_percent=100)
    zone = Zone("z", replace(BOX, windows=(Window(area_m2=10.0, blind=blind),)), temperature_c=10.0)
    building = house(zone, weather=Sky(SUNNY))
    full_w = zone.solar_w
    blind.move_to(100)
    building.advance(START + 15 * MINUTE)
    assert zone.ledger.gains_j == pytest.approx(full_w * 50 + 0.1 * full_w * 850, rel=1e-6)


def test_an_open_window_changes_the_air() -> None:
    """5 changes of 50 m³ an hour carry 83.3 W/K."""
    zone = Zone("z", replace(BOX, open_air_changes_per_h=5.0), temperature_c=20.0)
    building = house(zone, weather=sky(10.0))
    building.advance(START + HOUR)
    shut_c = zone.temperature_c
    zone.is_window_open = True
    assert (zone.is_window_open, zone.temperature_c) == (True, shut_c)
    building.advance(START + 2 * HOUR)
    time_constant_s = 3.6e6 / (100 + 5 * 50 / 3600 * 1200)
    assert zone.temperature_c == pytest.approx(
        10 + (shut_c - 10) * math.exp(-3600 / time_constant_s), rel=1e-9
    )
    zone.is_window_open = False
    building.advance(START + 3 * HOUR)
    assert zone.figures().window_open_h == pytest.approx(1.0)


def test_leaks_carry_heat() -> None:
    """0.6 changes of 50 m³ an hour carry 10 W/K: 110 in all, with 110 W of appliances."""
    zone = Zone("z", replace(BOX, air_changes_per_h=0.6, appliances_w=110.0))
    house(zone, weather=sky(10.0)).advance(START + 400 * HOUR)
    assert zone.temperature_c == pytest.approx(11.0)


@pytest.mark.parametrize(("recovery_share", "loss_w_per_k"), [(0.0, 150), (0.8, 110)])
def test_a_fan_carries_heat_out_unless_it_recovers_it(recovery_share: float, loss_w_per_k: float) -> None:
    fan = Fan("f", air_m3_per_h=150.0, recovery_share=recovery_share, level_percent=100)
    zone = Zone("z", replace(BOX, appliances_w=330.0), units=(fan,))
    house(zone, weather=sky(10.0)).advance(START + 400 * HOUR)
    assert zone.temperature_c == pytest.approx(10 + 330 / loss_w_per_k)


def test_breath_makes_air_used_and_damp_and_airing_mends_it() -> None:
    zone = Zone("z", BOX, occupants=ALWAYS, temperature_c=20.0, humidity_percent=50.0)
    building = house(zone, weather=sky(20.0, humidity_percent=50.0))
    building.advance(START + HOUR)
    assert zone.co2_ppm == pytest.approx(420 + 720)
    assert zone.humidity_percent == pytest.approx(50 + 11.0, abs=1.0)
    zone.is_window_open = True
    building.advance(START + 3 * HOUR)
    assert zone.co2_ppm == pytest.approx(420 + 36e-3 / 250 * 1e6, rel=0.01)


def test_washing_makes_it_damp() -> None:
    zone = Zone("z", replace(BOX, moisture_kg_per_h=0.06), temperature_c=20.0, humidity_percent=40.0)
    house(zone, weather=sky(20.0)).advance(START + HOUR)
    assert zone.humidity_percent == pytest.approx(40 + 6.8, abs=0.2)


def test_a_cold_coil_dries_the_air() -> None:
    rating = AcRating(cooling_w=2400.0)
    settings = AcSettings(is_on=True, mode=AcMode.COOLING, setpoint_c=18.0)
    ac = AirConditioner("ac", rating=rating, settings=settings)
    zone = Zone("z", BOX, units=(ac,), temperature_c=28.0, humidity_percent=60.0)
    building = house(zone, weather=sky(35.0, humidity_percent=60.0))
    building.advance(START + HOUR)
    # Saturated at 10 °C it holds 7.7 g/kg, which is 35 to 42 % at the 25 to 28 °C of the room.
    assert 35 < zone.humidity_percent < 50
    ac.settings = AcSettings()
    damp = zone.humidity_percent * 1.0
    building.advance(START + HOUR + 10 * MINUTE)
    assert zone.humidity_percent < damp + 1


def test_a_heater_switches_off_in_the_second_the_threshold_is_passed() -> None:
    """From 19 °C towards 30 °C with ten hours, 20.25 °C comes after 4343 s."""
    heater = Stage("h", heat_w=2000.0)
    thermostat = Thermostat(heats=(heater,), settings=ThermostatSettings(heating_c=20.0))
    zone = Zone("z", BOX, units=(heater,), thermostat=thermostat, temperature_c=19.0)
    building = house(zone, weather=sky(10.0))
    reached_s = TEN_HOURS_S * math.log(11 / 9.75)
    seen = []
    for seconds in (math.floor(reached_s), math.ceil(reached_s)):
        building.advance(START + timedelta(seconds=seconds))
        seen.append((thermostat.demand, heater.is_on, heater.heat_w))
    assert seen == [(Demand.HEATING, True, 2000.0), (Demand.NONE, False, 0.0)]
    assert zone.temperature_c == pytest.approx(20.25, abs=3e-4)
    assert zone.figures().highest_c == pytest.approx(20.25, abs=3e-4)


def test_it_swings_between_the_thresholds_as_long_as_it_likes() -> None:
    heater = Stage("h", heat_w=3000.0)
    thermostat = Thermostat(heats=(heater,), settings=ThermostatSettings(heating_c=20.0))
    zone = Zone("z", BOX, units=(heater,), thermostat=thermostat, temperature_c=20.0)
    building = house(zone, weather=sky(0.0))
    building.advance(START + 100 * HOUR)
    figures = zone.figures()
    assert (figures.lowest_c, figures.highest_c) == pytest.approx((19.75, 20.25), abs=1e-3)
    assert heater.figures().electric_kwh == pytest.approx(100 * figures.mean_c * 100 / 1000, rel=0.01)


def test_a_thermostat_obeys_at_once() -> None:
    heater = Stage("h", heat_w=2000.0)
    thermostat = Thermostat(heats=(heater,))
    zone = Zone("z", BOX, units=(heater,), thermostat=thermostat, temperature_c=20.0)
    building = house(zone, weather=sky(10.0))
    building.advance(START + MINUTE)
    thermostat.settings = ThermostatSettings(heating_c=24.0)
    building.advance(START + MINUTE)
    assert (thermostat.demand, heater.heat_w) == (Demand.HEATING, 2000.0)


def test_a_modulating_thermostat_settles_where_its_valve_matches_the_losses() -> None:
    """At x below 21 °C the heater gives 2000·x, and 100·(11 - x) are lost."""
    heater = Stage("h", heat_w=2000.0)
    settings = ThermostatSettings(heating_c=21.0)
    thermostat = Thermostat(heats=(heater,), settings=settings, band_k=1.0)
    zone = Zone("z", BOX, units=(heater,), thermostat=thermostat, temperature_c=18.0)
    house(zone, weather=sky(10.0)).advance(START + 100 * HOUR)
    assert zone.temperature_c == pytest.approx(21 - 1100 / 2100, abs=1e-6)
    assert heater.level_percent == pytest.approx(100 * 1100 / 2100, abs=1e-3)


def test_a_modulating_valve_moves_every_five_minutes() -> None:
    heater = Stage("h", heat_w=2000.0)
    settings = ThermostatSettings(heating_c=21.0)
    thermostat = Thermostat(heats=(heater,), settings=settings, band_k=2.0)
    building = house(
        Zone("z", BOX, units=(heater,), thermostat=thermostat, temperature_c=19.5), weather=sky(10.0)
    )
    levels = []
    for seconds in (0, 299, 300, 599, 600, 900, 1200):
        building.advance(START + seconds * SECOND)
        levels.append(heater.level_percent)
    assert levels[0] == levels[1] == 75
    assert levels[2] == levels[3]
    assert len(set(levels)) == 5


def test_warm_water_that_is_cut_off_is_missed_at_once() -> None:
    supply = Boiler(flow_c=70.0)
    radiator = Emitter("r", rating=EmitterRating(time_constant_s=0.0), supply=supply, level_percent=100)
    building = house(Zone("z", BOX, units=(radiator,)))
    building.advance(START + MINUTE)
    supply.is_on = False
    building.advance(START + MINUTE)
    assert radiator.heat_w == 0


def test_an_air_conditioner_settles_where_it_takes_out_what_comes_in() -> None:
    """At x above 22 °C it takes out 1500·x, and 100·(33 - 22 - x) come in."""
    settings = AcSettings(is_on=True, mode=AcMode.COOLING, setpoint_c=22.0)
    ac = AirConditioner("ac", rating=AcRating(cooling_w=3000.0, band_k=2.0), settings=settings)
    zone = Zone("z", BOX, units=(ac,), temperature_c=30.0)
    building = house(zone, weather=sky(33.0))
    temperatures = []
    for minute in range(600):
        building.advance(START + minute * MINUTE)
        temperatures.append(zone.temperature_c)
    assert temperatures == sorted(temperatures, reverse=True)
    assert zone.temperature_c == pytest.approx(22 + 1100 / 1600, abs=1e-3)
    assert ac.heat_w == pytest.approx(-1500 * 1100 / 1600, rel=1e-3)


def test_full_cooling_ends_in_the_second_the_band_is_entered() -> None:
    """From 30 °C towards 3 °C with ten hours, 24 °C comes after 9051 s."""
    settings = AcSettings(is_on=True, mode=AcMode.COOLING, setpoint_c=22.0)
    ac = AirConditioner("ac", rating=AcRating(cooling_w=3000.0, band_k=2.0), settings=settings)
    zone = Zone("z", BOX, units=(ac,), temperature_c=30.0)
    building = house(zone, weather=sky(33.0))
    entered_s = TEN_HOURS_S * math.log(27 / 21)
    building.advance(START + timedelta(seconds=math.floor(entered_s)))
    assert ac.heat_w == -3000
    building.advance(START + timedelta(seconds=math.ceil(entered_s) + 60))
    assert -2960 < ac.heat_w < -2940


def test_an_emitter_gives_what_it_holds_after_the_valve_is_shut() -> None:
    radiator = Emitter("r", supply=Boiler(flow_c=70.0), level_percent=100)
    zone = Zone("z", BOX, units=(radiator,), temperature_c=20.0)
    building = house(zone, weather=sky(20.0))
    building.advance(START + HOUR)
    held_j, warm_c = radiator.stored_j, zone.temperature_c
    radiator.level_percent = 0
    building.advance(START + 2 * HOUR)
    assert held_j > 1e6
    assert radiator.stored_j < 0.05 * held_j
    assert zone.temperature_c > warm_c + 0.1


def test_steady_units_are_metered_though_nobody_asks_them() -> None:
    heater = Stage("h", heat_w=1000.0, level_percent=100)
    zone = Zone("z", BOX, units=(heater,))
    building = house(zone)
    building.advance(START + 7 * HOUR + 7 * MINUTE)
    heater.level_percent = 50
    building.advance(START + 9 * HOUR + 7 * MINUTE)
    assert heater.figures().electric_kwh == pytest.approx(7 + 7 / 60 + 1)
    assert heater.figures().heating_kwh == pytest.approx(7 + 7 / 60 + 1)


HABIT = WindowHabit(airing_hours=(7.0,), airing_h=0.25)


def test_people_air_in_the_morning() -> None:
    zone = Zone("z", BOX, occupants=ALWAYS, habit=HABIT)
    building, seen = house(zone), []
    for minutes in (419, 420, 434, 435):
        building.advance(START + timedelta(minutes=minutes))
        seen.append(zone.is_window_open)
    assert seen == [False, True, True, False]


def test_whom_nobody_lets_in_opens_no_window() -> None:
    zone = Zone("z", BOX, habit=HABIT)
    building = house(zone)
    building.advance(START + 7 * HOUR)
    assert not zone.is_window_open


def test_a_hand_at_the_window_counts_until_its_people_change_their_mind() -> None:
    zone = Zone("z", BOX, occupants=ALWAYS, habit=HABIT)
    building, seen = house(zone), []
    zone.is_window_open = True
    for minutes in (400, 420, 435):
        building.advance(START + timedelta(minutes=minutes))
        seen.append(zone.is_window_open)
    assert seen == [True, True, False]


def test_the_window_is_shut_when_everybody_leaves() -> None:
    home = Occupants(1, week=(Stay(from_h=0, to_h=9),), jitter_h=0)
    zone = Zone("z", replace(BOX, appliances_w=3000.0), occupants=home, habit=HABIT, temperature_c=26.0)
    building = house(zone, weather=sky(15.0))
    building.advance(START + MINUTE)
    assert zone.is_window_open
    building.advance(START + 9 * HOUR)
    assert not zone.is_window_open


def test_its_figures_count_until_now() -> None:
    zone = Zone("z", BOX, occupants=ALWAYS, temperature_c=20.0)
    building = house(zone, weather=sky(8.5))
    building.advance(START + 100 * HOUR + 7 * MINUTE)
    figures = zone.figures()
    assert figures.occupied_h == pytest.approx(100 + 7 / 60)
    assert figures.lowest_c == zone.temperature_c
    assert (
        figures.cold_k_h == figures.occupied_cold_k_h == pytest.approx((20 - figures.mean_c) * (100 + 7 / 60))
    )


def test_before_anything_happens_figures_are_of_the_start() -> None:
    zone = Zone("z", BOX, temperature_c=21.0)
    house(zone)
    figures = zone.figures()
    assert (figures.lowest_c, figures.highest_c, figures.mean_c, figures.occupied_h) == (21, 21, 21, 0)
