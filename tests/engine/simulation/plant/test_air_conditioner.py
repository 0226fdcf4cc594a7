"""The air conditioner moves as much heat as its settings ask, and says until when that holds."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.simulation.plant.air_conditioner import AcMode, AcRating, AcSettings, AirConditioner, FanSpeed
from interlock.simulation.plant.carnot import cooling_cop, heating_cop
from interlock.simulation.plant.units import Drive
from support.plant_house import FakeHost, driven

RATING = AcRating(cooling_w=3000.0, heating_w=4000.0, band_k=2.0, quality=0.4, fan_w=20.0, standby_w=1.0)
NEVER = math.inf


def machine(
    mode: AcMode = AcMode.COOLING, fan: FanSpeed = FanSpeed.AUTO, *, is_on: bool = True
) -> AirConditioner:
    return AirConditioner(
        "ac", rating=RATING, settings=AcSettings(is_on=is_on, mode=mode, setpoint_c=22.0, fan=fan)
    )


@pytest.mark.parametrize(
    ("unit", "zone_c", "heat_w", "low_c", "high_c"),
    [
        (machine(is_on=False), 30, 0, -NEVER, NEVER),
        (machine(), 30, -3000, 24, NEVER),
        (machine(), 24, -3000, 24, NEVER),
        (machine(), 23, -1500, 22, 24),
        (machine(), 22, 0, -NEVER, 22),
        (machine(), 18, 0, -NEVER, 22),
        (machine(fan=FanSpeed.MINIMUM), 30, -1200, 24, NEVER),
        (machine(fan=FanSpeed.AVERAGE), 30, -2100, 24, NEVER),
        (machine(fan=FanSpeed.MAXIMUM), 30, -3000, 24, NEVER),
        (machine(AcMode.AUTO), 30, -3000, 24, NEVER),
        (machine(AcMode.AUTO), 18, 4000, -NEVER, 20),
        (machine(AcMode.AUTO), 21, 2000, 20, 22),
        (machine(AcMode.HEATING), 18, 4000, -NEVER, 20),
        (machine(AcMode.HEATING), 20, 4000, -NEVER, 20),
        (machine(AcMode.HEATING), 21, 2000, 20, 22),
        (machine(AcMode.HEATING, FanSpeed.MINIMUM), 21, 800, 20, 22),
        (machine(AcMode.HEATING), 30, 0, 22, NEVER),
        (machine(AcMode.DRY), 30, -900, 24, NEVER),
        (machine(AcMode.DRY), 18, 0, -NEVER, 22),
        (machine(AcMode.FAN), 30, 0, 22, NEVER),
        (machine(AcMode.FAN), 18, 0, -NEVER, 22),
    ],
)
def test_it_moves_as_much_heat_as_its_settings_ask(
    unit: AirConditioner, zone_c: float, heat_w: float, low_c: float, high_c: float
) -> None:
    drive = driven(unit, zone_c=zone_c)
    assert drive.heat_at(zone_c) == pytest.approx(heat_w)
    assert (drive.low_c, drive.high_c) == (low_c, high_c)


@settings(deadline=None)
@given(st.sampled_from(AcMode), st.floats(10, 40), st.floats(-20, 45))
def test_its_heat_is_as_announced_as_long_as_the_zone_stays_in_its_range(
    mode: AcMode, zone_c: float, outdoor_c: float
) -> None:
    first = driven(machine(mode), zone_c, outdoor_c)
    for inside_c in (max(first.low_c, 0.0) + 1e-6, min(first.high_c, 50.0) - 1e-6):
        again = driven(machine(mode), inside_c, outdoor_c)
        assert again.heat_at(inside_c) == pytest.approx(first.heat_at(inside_c), abs=1e-3)


def test_switched_off_it_takes_its_standby_and_holds() -> None:
    assert driven(machine(is_on=False)) == Drive(electric_w=1.0, holds=True)


@pytest.mark.parametrize(("mode", "zone_c"), [(AcMode.COOLING, 20), (AcMode.HEATING, 25), (AcMode.FAN, 20)])
def test_with_nothing_to_do_its_fan_runs_on(mode: AcMode, zone_c: float) -> None:
    drive = driven(machine(mode), zone_c=zone_c)
    assert (drive.electric_w, drive.electric_per_heat, drive.holds) == (20.0, 0.0, True)


@pytest.mark.parametrize(("zone_c", "is_partial"), [(30.0, False), (23.0, True)])
def test_it_cools_by_its_cop(zone_c: float, is_partial: bool) -> None:
    drive = driven(machine(), zone_c=zone_c, outdoor_c=35.0)
    assert drive.electric_per_heat == pytest.approx(1 / cooling_cop(zone_c, 35.0, 0.4))
    assert (drive.electric_w, drive.holds, drive.w_per_k > 0) == (20.0, False, is_partial)


@pytest.mark.parametrize("zone_c", [15.0, 21.0])
def test_it_heats_by_its_cop(zone_c: float) -> None:
    drive = driven(machine(AcMode.HEATING), zone_c=zone_c, outdoor_c=-5.0)
    assert drive.electric_per_heat == pytest.approx(1 / heating_cop(zone_c, -5.0, 0.4))
    assert (drive.electric_w, drive.holds) == (20.0, False)


def test_it_dries_while_it_cools_and_only_then() -> None:
    unit = machine()
    driven(unit, zone_c=30.0)
    cooling = unit.drying_m3_per_s
    driven(unit, zone_c=20.0)
    assert cooling == pytest.approx(3000 / (1200 * 12))
    assert unit.drying_m3_per_s == 0


def test_new_settings_disturb_the_zone_and_the_same_do_not() -> None:
    unit, host = machine(), FakeHost()
    unit.stand_in(host)
    unit.settings = AcSettings(is_on=True, mode=AcMode.COOLING, setpoint_c=22.0)
    assert host.disturbances == 0
    unit.settings = AcSettings(is_on=True, mode=AcMode.COOLING, setpoint_c=23.0)
    assert (host.disturbances, unit.settings.setpoint_c) == (1, 23.0)


@pytest.mark.parametrize(
    ("zone_c", "shown"), [(30.0, (True, False)), (22.0, (False, False)), (15.0, (False, True))]
)
def test_it_shows_what_it_does(zone_c: float, shown: tuple[bool, bool]) -> None:
    unit, host = machine(AcMode.AUTO), FakeHost(zone_c)
    unit.stand_in(host)
    driven(unit, zone_c=zone_c)
    assert (unit.is_cooling, unit.is_heating) == shown


def test_by_itself_it_is_off_at_24_degrees() -> None:
    assert AirConditioner("ac").settings == AcSettings(
        is_on=False, mode=AcMode.AUTO, setpoint_c=24.0, fan=FanSpeed.AUTO
    )
    assert AirConditioner("ac").rating == AcRating()
