"""The default room in Milan lives as a room in Milan does."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.simulation.plant.air_conditioner import AcMode, AcSettings, AirConditioner
from interlock.simulation.plant.blind import Blind
from interlock.simulation.plant.building import Building
from interlock.simulation.plant.emitter import HEATED_FLOOR, Emitter, HeatPump
from interlock.simulation.plant.figures import UnitFigures
from interlock.simulation.plant.occupants import Occupants, WindowHabit
from interlock.simulation.plant.room import Room, Window
from interlock.simulation.plant.synthetic_weather import SyntheticWeather
from interlock.simulation.plant.thermostat import Thermostat, ThermostatSettings
from interlock.simulation.plant.zone import Zone
from support.plant_house import MILAN

pytestmark = pytest.mark.slow

WINTER, SUMMER = datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 7, 6, tzinfo=UTC)
WEEK = timedelta(days=7)


def lived(zone: Zone, start: datetime, span: timedelta = WEEK) -> Building:
    building = Building([zone], weather=SyntheticWeather(MILAN, 1), place=MILAN, timezone=UTC, start=start)
    building.advance(start + span)
    return building


def test_a_july_week_with_windows_shut_and_no_cooling_is_hot_and_not_an_oven() -> None:
    zone = Zone("z", occupants=Occupants(), temperature_c=27.0)
    lived(zone, SUMMER)
    figures = zone.figures()
    assert figures.lowest_c > 25
    assert figures.highest_c < 42
    assert 50 < figures.warm_k_h < 1500


def test_a_blind_and_an_open_window_keep_it_cooler() -> None:
    bare = Zone("z", occupants=Occupants(), temperature_c=27.0)
    shaded = Room(windows=(Window(blind=Blind("b", position_percent=100, slats_percent=100)),))
    kept = Zone("z", shaded, occupants=Occupants(), habit=WindowHabit(), temperature_c=27.0)
    lived(bare, SUMMER)
    lived(kept, SUMMER)
    assert kept.figures().mean_c < bare.figures().mean_c - 2


def test_a_july_week_with_cooling_takes_a_few_kilowatt_hours_a_day() -> None:
    ac = AirConditioner("ac", settings=AcSettings(is_on=True, mode=AcMode.COOLING, setpoint_c=25.0))
    zone = Zone("z", units=(ac,), occupants=Occupants(), temperature_c=27.0)
    lived(zone, SUMMER)
    figures = ac.figures()
    assert zone.figures().highest_c < 28
    assert 2 < figures.cooling_kwh / 7 < 15
    assert 2 < figures.cooling_kwh / (figures.electric_kwh - 0.025 * 168) < 8


def heated(unit: Emitter, *, band_k: float | None = None) -> tuple[Zone, UnitFigures]:
    zone = Zone(
        "z", units=(unit,), thermostat=Thermostat(heats=(unit,), band_k=band_k), occupants=Occupants()
    )
    lived(zone, WINTER)
    return zone, unit.figures()


@pytest.mark.parametrize("band_k", [None, 1.0], ids=["switching", "modulating"])
def test_a_winter_week_with_a_radiator_holds_20_degrees(band_k: float | None) -> None:
    """A room that loses 29 W/K takes 5 to 12 kWh a day in January, less what people and sun bring."""
    zone, figures = heated(Emitter("r"), band_k=band_k)
    assert zone.figures().lowest_c > 19.0
    assert 19.3 < zone.figures().mean_c < 21.5
    assert 4 < figures.heating_kwh / 7 < 13
    assert figures.fuel_kwh == pytest.approx(figures.heating_kwh / 0.92, rel=0.02)


def test_a_heated_floor_holds_them_too_and_overshoots_more() -> None:
    zone, figures = heated(Emitter("f", rating=HEATED_FLOOR, supply=HeatPump()))
    radiator, _ = heated(Emitter("r"))
    assert zone.figures().lowest_c > 18.8
    assert zone.figures().highest_c >= radiator.figures().highest_c - 0.2
    assert 2.2 < figures.heating_kwh / figures.electric_kwh < 4.5


def test_a_night_setback_saves_something() -> None:
    def week(night_c: float) -> float:
        radiator = Emitter("r")
        thermostat = Thermostat(heats=(radiator,))
        zone = Zone("z", units=(radiator,), thermostat=thermostat)
        building = Building(
            [zone], weather=SyntheticWeather(MILAN, 1), place=MILAN, timezone=UTC, start=WINTER
        )
        for hour in range(7 * 24):
            setpoint_c = night_c if hour % 24 < 6 or hour % 24 >= 22 else 20.0
            thermostat.settings = ThermostatSettings(heating_c=setpoint_c)
            building.advance(WINTER + timedelta(hours=hour + 1))
        return radiator.figures().heating_kwh

    assert 0.85 < week(16.0) / week(20.0) < 0.99


def test_an_unheated_room_in_january_is_a_few_degrees_warmer_than_outdoors() -> None:
    zone = Zone("z", temperature_c=10.0)
    lived(zone, WINTER)
    assert 3 < zone.figures().mean_c < 15


def test_two_people_in_a_shut_bedroom_wake_up_in_used_air() -> None:
    """Source: EN 16798-1 puts 0.5 air changes at 1200 to 2000 ppm for such a room."""
    zone = Zone("z", Room(floor_m2=16.0), occupants=Occupants(2), temperature_c=20.0)
    lived(zone, WINTER, timedelta(hours=6.5))
    assert 1200 < zone.co2_ppm < 2500
    assert 30 < zone.humidity_percent < 70
