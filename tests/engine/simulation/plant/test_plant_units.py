"""Units give what they are told to, count it, and tell their zone when that changes."""

import math

import pytest

from interlock.simulation.plant.figures import UnitFigures
from interlock.simulation.plant.units import RESTING, Drive, Fan, Lamp, Meter, Stage, Unit
from support.plant_house import FakeHost, driven


def hosted(unit: Unit) -> FakeHost:
    host = FakeHost()
    unit.stand_in(host)
    return host


def test_a_drive_brings_constant_heat_and_heat_by_the_temperature() -> None:
    assert Drive(heat_w=100.0, w_per_k=50.0, towards_c=22.0).heat_at(20.0) == 200.0


def test_a_drive_that_says_nothing_does_nothing_in_any_zone() -> None:
    assert Drive() == Drive(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -math.inf, math.inf, False)
    assert Drive(holds=True) == RESTING


def test_a_meter_keeps_heat_and_cold_apart_and_counts_what_they_take() -> None:
    meter = Meter()
    heat = Drive(heat_w=1000.0, electric_w=10.0, electric_per_heat=0.25, fuel_w=500.0)
    meter.count(heat, 3600.0, 20.0)
    meter.count(heat._replace(heat_w=-2000.0, fuel_w=0.0), 1800.0, 20.0)
    assert meter.figures() == UnitFigures(
        heating_kwh=1.0, cooling_kwh=1.0, electric_kwh=0.25 + 0.25 + 0.015, fuel_kwh=0.5
    )


@pytest.mark.parametrize(
    ("unit", "drive"),
    [
        (Stage("s", heat_w=2000.0, level_percent=50), Drive(1000.0, electric_per_heat=1.0, holds=True)),
        (Stage("s", level_percent=100), Drive(1500.0, electric_per_heat=1.0, holds=True)),
        (
            Stage(
                "s", heat_w=8000.0, electric_per_heat=0.0, fuel_per_heat=1.25, fan_w=300.0, level_percent=100
            ),
            Drive(8000.0, electric_w=300.0, fuel_w=10_000.0, holds=True),
        ),
        (
            Stage("s", heat_w=-9000.0, electric_per_heat=1 / 3, level_percent=100),
            Drive(-9000.0, electric_per_heat=1 / 3, holds=True),
        ),
        (Stage("s", heat_w=2000.0, fan_w=300.0), RESTING),
        (Lamp("l", power_w=60.0, level_percent=50), Drive(30.0, electric_per_heat=1.0, holds=True)),
        (Fan("f", power_w=80.0, level_percent=50), Drive(electric_w=10.0, holds=True)),
        (Fan("f", level_percent=100), Drive(electric_w=50.0, holds=True)),
        (Lamp("l", level_percent=100), Drive(100.0, electric_per_heat=1.0, holds=True)),
    ],
)
def test_plain_units_give_what_their_level_asks_whatever_the_temperatures(unit: Unit, drive: Drive) -> None:
    assert driven(unit) == drive
    assert driven(unit, zone_c=40.0, outdoor_c=-10.0, seconds=1.0) == drive


def test_cold_takes_electricity_and_fuel_as_heat_does() -> None:
    stage = Stage("s", heat_w=-3000.0, electric_per_heat=0.5, fuel_per_heat=0.1, level_percent=100)
    hosted(stage)
    assert driven(stage).fuel_w == 300.0
    assert stage.electric_w == 1500.0


def test_a_unit_that_is_told_something_else_disturbs_its_zone_once() -> None:
    stage = Stage("s")
    host = hosted(stage)
    stage.level_percent = 40
    stage.level_percent = 40
    assert (stage.level_percent, host.disturbances) == (40, 1)


def test_switching_is_turning_fully_up_or_down() -> None:
    stage = Stage("s", level_percent=30)
    seen = [stage.is_on]
    for on in (True, False):
        stage.is_on = on
        seen += [stage.is_on, stage.level_percent]
    assert seen == [True, True, 100, False, 0]


@pytest.mark.parametrize("level", [-1, 100.5])
def test_a_level_is_a_percentage(level: float) -> None:
    with pytest.raises(ValueError, match=f"the level of s must be within 0 and 100 %, not {level}"):
        Stage("s", level_percent=level)
    with pytest.raises(ValueError, match="within 0 and 100"):
        Stage("s").level_percent = level


@pytest.mark.parametrize("level", [0, 100])
def test_both_ends_of_the_range_are_levels(level: float) -> None:
    assert Stage("s", level_percent=level).level_percent == level


def test_a_unit_stands_in_one_zone() -> None:
    stage = Stage("s")
    hosted(stage)
    with pytest.raises(ValueError, match="s stands in a zone already"):
        hosted(stage)


def test_a_unit_without_a_zone_gives_nothing_and_may_be_told() -> None:
    stage = Stage("s")
    stage.level_percent = 100
    assert (stage.heat_w, stage.electric_w) == (0, 0)
    assert stage.figures() == UnitFigures(heating_kwh=0, cooling_kwh=0, electric_kwh=0, fuel_kwh=0)


def test_what_it_gave_is_counted_when_it_settles_and_shown_in_between() -> None:
    stage = Stage("s", heat_w=1000.0, level_percent=100)
    host = hosted(stage)
    driven(stage)
    host.instant_s = 1800.0
    assert stage.figures().heating_kwh == 0.5
    stage.settle(1800.0, 20.0)
    host.instant_s = 3600.0
    assert stage.figures().heating_kwh == 1.0
    assert stage.heat_w == 1000.0
    assert stage.electric_w == 1000.0


def test_a_fan_moves_air_by_its_level() -> None:
    fan = Fan("f", air_m3_per_h=360.0, recovery_share=0.8)
    still = fan.air_m3_per_s
    fan.level_percent = 50
    driven(fan)
    assert (still, fan.air_m3_per_s, fan.recovery_share) == (0.0, 0.05, 0.8)


def test_a_lamp_shines_by_its_level() -> None:
    lamp = Lamp("l", power_w=40.0, lumen_per_w=120.0)
    dark = lamp.light_lm
    lamp.level_percent = 25
    assert (dark, lamp.light_lm) == (0, 1200)
