"""Radiators and floors give what the water brings, later, and nothing is lost on the way."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.simulation.plant.carnot import flow_cop
from interlock.simulation.plant.emitter import (
    HEATED_FLOOR,
    RADIATOR,
    Boiler,
    Emitter,
    EmitterRating,
    HeatPump,
    Supply,
)
from interlock.simulation.plant.units import RESTING
from support.plant_house import FakeHost

QUICK = EmitterRating(nominal_w=1000.0, nominal_excess_k=50.0, exponent=1.3, time_constant_s=0.0)
SLOW = EmitterRating(nominal_w=1000.0, nominal_excess_k=50.0, exponent=1.3, time_constant_s=1000.0)


def emitter(rating: EmitterRating = SLOW, supply: Supply | None = None, level: float = 100.0) -> Emitter:
    unit = Emitter("r", rating=rating, supply=supply or Boiler(flow_c=70.0), level_percent=level)
    unit.stand_in(FakeHost())
    return unit


def run(unit: Emitter, start_s: float, end_s: float, zone_c: float = 20.0) -> float:
    """Let it work; return the heat that it gave, in joules."""
    drive = unit.drive(zone_c, 0.0, start_s, end_s)
    unit.settle(end_s, zone_c)
    return drive.heat_w * (end_s - start_s)


@pytest.mark.parametrize(
    ("flow_c", "level", "heat_w"),
    [(70, 100, 1000), (70, 50, 500), (45, 100, 1000 * 0.5**1.3), (20, 100, 0), (15, 100, 0), (70, 0, 0)],
)
def test_a_quick_one_gives_by_valve_and_excess_temperature(
    flow_c: float, level: float, heat_w: float
) -> None:
    drive = emitter(QUICK, Boiler(flow_c=flow_c), level).drive(20.0, 0.0, 0.0, 600.0)
    assert drive.heat_w == pytest.approx(heat_w)


def test_a_slow_one_warms_up_with_its_time_constant() -> None:
    unit = emitter()
    given_j = run(unit, 0.0, 1000.0)
    assert given_j == pytest.approx(1000 * 1000 / math.e)
    assert unit.stored_j == pytest.approx(1000 * 1000 * (1 - 1 / math.e))


def test_shut_it_gives_what_is_left_in_it() -> None:
    unit = emitter()
    run(unit, 0.0, 1e5)
    unit.level_percent = 0
    assert run(unit, 1e5, 1e5 + 1000) == pytest.approx(1e6 * (1 - 1 / math.e))


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(1, 3000), st.sampled_from([0, 30, 100])), max_size=12))
def test_what_it_took_it_gave_or_holds(steps: list[tuple[float, int]]) -> None:
    unit, now_s, taken_j, given_j = emitter(), 0.0, 0.0, 0.0
    for seconds, level in steps:
        unit.level_percent = level
        given_j += run(unit, now_s, now_s + seconds)
        taken_j += 1000.0 * level / 100 * seconds
        now_s += seconds
    assert given_j + unit.stored_j == pytest.approx(taken_j, rel=1e-9, abs=1e-3)


def test_interrupted_it_keeps_what_it_has_not_given() -> None:
    """Asked for a thousand seconds, it is settled after a quarter."""
    unit = emitter()
    drive = unit.drive(20.0, 0.0, 0.0, 1000.0)
    unit.settle(250.0, 20.0)
    assert unit.stored_j == pytest.approx((1000.0 - drive.heat_w) * 250.0)


def test_short_looks_come_to_the_same_as_long_ones() -> None:
    long, short = emitter(), emitter()
    given_j = run(long, 0.0, 2000.0)
    assert sum(run(short, 10.0 * number, 10.0 * (number + 1)) for number in range(200)) == pytest.approx(
        given_j
    )


def test_shut_and_cold_it_rests_until_it_is_told_otherwise() -> None:
    unit = emitter(level=0)
    assert unit.drive(20.0, 0.0, 0.0, 600.0) == RESTING
    assert RESTING.holds


def test_open_it_never_rests_because_the_water_may_get_warm() -> None:
    supply = Boiler(flow_c=70.0, is_on=False)
    unit = emitter(QUICK, supply)
    cold = unit.drive(20.0, 0.0, 0.0, 600.0)
    supply.is_on = True
    assert (cold.heat_w, cold.holds) == (0.0, False)
    assert unit.drive(20.0, 0.0, 600.0, 1200.0).heat_w == pytest.approx(1000.0)


def test_a_shut_one_comes_to_rest_when_it_is_all_but_cold() -> None:
    unit = emitter()
    run(unit, 0.0, 1000.0)
    unit.level_percent = 0
    for number in range(1, 12):
        run(unit, 1000.0 * number, 1000.0 * (number + 1))
    assert unit.stored_j == 0
    assert unit.drive(20.0, 0.0, 12_000.0, 13_000.0) == RESTING


def test_a_boiler_burns_what_the_water_takes_by_its_efficiency() -> None:
    drive = emitter(SLOW, Boiler(flow_c=70.0, efficiency=0.8)).drive(20.0, 0.0, 0.0, 600.0)
    assert (drive.fuel_w, drive.electric_w, drive.electric_per_heat) == (1250.0, 0.0, 0.0)


def test_a_heat_pump_takes_electricity_by_its_cop() -> None:
    drive = emitter(SLOW, HeatPump(flow_c=70.0, quality=0.4)).drive(20.0, -5.0, 0.0, 600.0)
    assert (drive.electric_w, drive.fuel_w) == (pytest.approx(1000.0 / flow_cop(70.0, -5.0, 0.4)), 0.0)


@pytest.mark.parametrize(("rating", "water_c"), [(RADIATOR, 55.0), (HEATED_FLOOR, 35.0)])
def test_the_defaults_heat_a_room_of_20_m2(rating: EmitterRating, water_c: float) -> None:
    """40 to 60 W/m²."""
    unit = Emitter("r", rating=rating, supply=Boiler(flow_c=water_c), level_percent=100)
    assert 800 <= unit.drive(20.0, 0.0, 0.0, 1e9).heat_w <= 1200


def test_by_itself_it_is_a_shut_radiator_on_a_boiler() -> None:
    unit = Emitter("r")
    assert (unit.rating, unit.level_percent) == (RADIATOR, 0)
    assert isinstance(unit.supply, Boiler)
    assert (unit.supply.flow_c, unit.supply.efficiency, unit.supply.is_on) == (55.0, 0.92, True)


def test_a_supply_tells_all_its_emitters_of_changes_and_of_nothing_else() -> None:
    supply = HeatPump()
    hosts = [FakeHost(), FakeHost()]
    for number, host in enumerate(hosts):
        Emitter(f"r{number}", supply=supply).stand_in(host)
    supply.flow_c, supply.is_on = 35.0, True
    assert [host.disturbances for host in hosts] == [0, 0]
    supply.flow_c, supply.is_on = 45.0, False
    assert [host.disturbances for host in hosts] == [2, 2]
    assert (supply.flow_c, supply.is_on, supply.quality) == (45.0, False, 0.5)


def test_before_it_is_asked_it_has_taken_nothing() -> None:
    unit = emitter()
    unit.settle(1.8e9, 20.0)
    assert (unit.stored_j, unit.figures().heating_kwh) == (0, 0)
