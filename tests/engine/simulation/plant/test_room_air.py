"""Moisture and carbon dioxide follow their own balances, exactly."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.simulation.plant.air import moisture_kg_per_kg
from interlock.simulation.plant.room_air import OUTDOOR_CO2, RoomAir

HOUR_S = 3600.0


def air(**changes: float) -> RoomAir:
    return RoomAir(**{"volume_m3": 50.0, "moisture": 8e-3, **changes})


def test_two_people_in_a_shut_room_fill_it_with_their_breath() -> None:
    """36 l in 50 m³ are 720 ppm."""
    _, co2 = air(co2_m3_per_s=1e-5).after(HOUR_S)
    assert co2 - OUTDOOR_CO2 == pytest.approx(720e-6)


def test_ventilation_sets_a_balance() -> None:
    _, co2 = air(co2_m3_per_s=1e-5, changed_m3_per_s=0.0125).after(1e9)
    assert co2 - OUTDOOR_CO2 == pytest.approx(800e-6)


def test_an_empty_room_is_aired_with_its_time_constant() -> None:
    _, co2 = air(co2=2420e-6, changed_m3_per_s=50 / HOUR_S).after(HOUR_S)
    assert co2 - OUTDOOR_CO2 == pytest.approx(2000e-6 / math.e)


def test_a_plant_moistens_a_shut_room() -> None:
    moisture, _ = air(moisture_kg_per_s=0.06 / HOUR_S).after(HOUR_S)
    assert moisture - 8e-3 == pytest.approx(1e-3)


def test_airing_brings_in_the_moisture_outdoors() -> None:
    moisture, _ = air(outdoor_moisture=2e-3, changed_m3_per_s=50 / HOUR_S).after(HOUR_S)
    assert moisture == pytest.approx(2e-3 + 6e-3 / math.e)


def test_a_cold_coil_dries_to_its_own_moisture() -> None:
    coil = moisture_kg_per_kg(10.0, 100.0)
    wet = air(moisture=12e-3, dried_m3_per_s=50 / HOUR_S)
    assert wet.after(HOUR_S)[0] == pytest.approx(coil + (12e-3 - coil) / math.e)
    assert wet.after(HOUR_S)[1] == OUTDOOR_CO2


def test_a_cold_coil_gives_no_water_back() -> None:
    assert air(moisture=5e-3, dried_m3_per_s=50 / HOUR_S).after(HOUR_S)[0] == 5e-3


@settings(deadline=None)
@given(st.floats(0, 1e5), st.floats(0, 1))
def test_settling_twice_is_as_once(seconds: float, share: float) -> None:
    sources = {
        "moisture": 10e-3,
        "outdoor_moisture": 9e-3,
        "changed_m3_per_s": 0.01,
        "dried_m3_per_s": 0.002,
        "moisture_kg_per_s": 1e-5,
        "co2_m3_per_s": 1e-5,
    }
    once, twice = air(**sources), air(**sources)
    once.settle(seconds)
    twice.settle(seconds * share)
    twice.settle(seconds * (1 - share))
    assert (twice.moisture, twice.co2) == pytest.approx((once.moisture, once.co2))
