"""Moist air has the properties that the tables say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.simulation.plant.air import humidity_percent, moisture_kg_per_kg, saturation_pa


@pytest.mark.parametrize(("temperature_c", "pressure_pa"), [(-10, 286), (0, 611), (20, 2339), (40, 7384)])
def test_air_is_saturated_at_the_pressure_of_the_tables(temperature_c: float, pressure_pa: float) -> None:
    """Source: ASHRAE Fundamentals, chapter 1, table 3, over water."""
    assert saturation_pa(temperature_c) == pytest.approx(pressure_pa, rel=0.006)


def test_a_kilogram_of_common_air_holds_seven_grams_of_water() -> None:
    assert moisture_kg_per_kg(20.0, 50.0) == pytest.approx(7.26e-3, rel=5e-3)


@settings(deadline=None)
@given(st.floats(-30, 45), st.floats(1, 100))
def test_humidity_comes_back_out_of_moisture(temperature_c: float, percent: float) -> None:
    moisture = moisture_kg_per_kg(temperature_c, percent)
    assert humidity_percent(temperature_c, moisture) == pytest.approx(percent, rel=1e-9)


def test_air_that_cools_down_is_at_most_saturated() -> None:
    assert humidity_percent(5.0, moisture_kg_per_kg(25.0, 60.0)) == 100.0
