"""Machines move heat the more cheaply the smaller the lift is."""

import pytest

from interlock.simulation.plant.carnot import cooling_cop, flow_cop, heating_cop


def test_cooling_at_the_rating_point() -> None:
    """27 °C inside, 35 °C outside: 12 °C and 47 °C at the coils."""
    assert cooling_cop(27.0, 35.0, 0.45) == pytest.approx(0.45 * 285.15 / 35)


def test_heating_at_the_rating_point() -> None:
    """20 °C inside, 7 °C outside: 35 °C and -5 °C at the coils."""
    assert heating_cop(20.0, 7.0, 0.45) == pytest.approx(0.45 * 308.15 / 40)


def test_warm_water_at_the_rating_point() -> None:
    assert flow_cop(35.0, 7.0, 0.5) == pytest.approx(0.5 * 308.15 / 40)


def test_the_lift_is_never_less_than_fifteen_kelvin() -> None:
    assert cooling_cop(30.0, 10.0, 0.5) == pytest.approx(0.5 * 288.15 / 15)
    assert flow_cop(20.0, 30.0, 0.5) == pytest.approx(0.5 * 293.15 / 15)


def test_heating_never_gives_less_than_a_heating_rod() -> None:
    assert flow_cop(80.0, -60.0, 0.3) == 1.0
