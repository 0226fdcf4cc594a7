"""The sun stands where the almanac says, and falls on planes as geometry has it."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.simulation.plant.sunshine import (
    Sun,
    clear_sky_w_per_m2,
    day_of_year,
    extraterrestrial_w_per_m2,
    on_facings,
    split,
    sun_at,
)
from interlock.sun import azimuth, elevation
from support.plant_house import MILAN

JUNE = datetime(2026, 6, 21, tzinfo=UTC)
SOUTH, WEST, ROOF = (180.0, 90.0), (270.0, 90.0), (0.0, 0.0)
HALF_UP = Sun(0.0, -math.sqrt(0.5), math.sqrt(0.5))
"""In the south, 45° high."""


@pytest.mark.parametrize("minutes", [0, 330, 400, 777, 1000, 720])
def test_the_sun_stands_near_where_it_is(minutes: int) -> None:
    at = JUNE + timedelta(minutes=minutes)
    height, bearing = math.radians(elevation(MILAN, at)), math.radians(azimuth(MILAN, at))
    true = Sun(math.cos(height) * math.sin(bearing), math.cos(height) * math.cos(bearing), math.sin(height))
    found = sun_at(MILAN, at.timestamp())
    assert math.hypot(*found) == pytest.approx(1.0)
    assert math.degrees(math.dist(found, true)) < (0.3 if minutes % 60 else 1e-9)


@pytest.mark.parametrize(
    ("degrees", "radiation"), [(90, 1037), (60, 890), (30, 490), (10, 137), (0, 0), (-5, 0)]
)
def test_a_clear_sky_lets_through_what_haurwitz_found(degrees: float, radiation: float) -> None:
    assert clear_sky_w_per_m2(math.sin(math.radians(degrees))) == pytest.approx(radiation, abs=1)


@pytest.mark.parametrize(("clearness", "share"), [(0.1, 0.991), (0.5, 0.6592), (0.7, 0.2440), (0.9, 0.165)])
def test_the_clearer_the_less_is_diffuse(clearness: float, share: float) -> None:
    """Source: the correlation of Erbs, worked out by hand."""
    up = 0.5
    total = clearness * extraterrestrial_w_per_m2(100) * up
    direct, diffuse = split(total, up, 100)
    assert diffuse / total == pytest.approx(share, abs=1e-3)
    assert direct * up + diffuse == pytest.approx(total)


def test_at_the_horizon_and_at_night_everything_is_diffuse() -> None:
    assert split(30.0, 0.017, 100) == (0.0, 30.0)
    assert split(15.0, 0.018, 100)[0] > 0.0
    assert split(0.0, 0.5, 100) == (0.0, 0.0)
    assert split(-1.0, 0.5, 100) == (0.0, 0.0)


@settings(deadline=None)
@given(st.floats(0.02, 1), st.floats(1, 1500), st.integers(1, 366))
def test_direct_radiation_is_never_more_than_outside_the_atmosphere(
    up: float, total: float, day: int
) -> None:
    direct, diffuse = split(total, up, day)
    assert direct >= 0
    assert diffuse >= 0
    if total <= extraterrestrial_w_per_m2(day) * up:
        assert direct <= extraterrestrial_w_per_m2(day)


def test_the_sun_is_nearest_in_january() -> None:
    assert extraterrestrial_w_per_m2(365) == pytest.approx(1361 * 1.033)
    assert extraterrestrial_w_per_m2(182) == pytest.approx(1361 * 0.967, rel=1e-4)


def test_direct_radiation_falls_by_the_angle() -> None:
    found = on_facings(
        [SOUTH, WEST, ROOF], HALF_UP, direct_w_per_m2=800.0, diffuse_w_per_m2=0.0, global_w_per_m2=1e-9
    )
    assert found == pytest.approx(
        {SOUTH: 800 * math.sqrt(0.5), WEST: 0.0, ROOF: 800 * math.sqrt(0.5)}, abs=1e-6
    )


def test_an_even_sky_gives_an_upright_window_half_and_the_ground_a_tenth() -> None:
    found = on_facings(
        [SOUTH, ROOF], HALF_UP, direct_w_per_m2=0.0, diffuse_w_per_m2=200.0, global_w_per_m2=500.0
    )
    assert found == pytest.approx({SOUTH: 100 + 50, ROOF: 200})


def test_what_faces_the_other_way_gets_no_direct_radiation() -> None:
    north = (0.0, 90.0)
    assert on_facings(
        [north], HALF_UP, direct_w_per_m2=800.0, diffuse_w_per_m2=0.0, global_w_per_m2=1e-9
    ) == (pytest.approx({north: 0.0}, abs=1e-6))


def test_below_the_horizon_nothing_is_direct() -> None:
    down = Sun(0.0, -1.0, -0.01)
    found = on_facings([SOUTH], down, direct_w_per_m2=500.0, diffuse_w_per_m2=10.0, global_w_per_m2=10.0)
    assert found == pytest.approx({SOUTH: 5 + 1})


def test_at_night_no_window_has_any() -> None:
    assert on_facings([SOUTH], HALF_UP, direct_w_per_m2=0, diffuse_w_per_m2=0, global_w_per_m2=0) == {}


def test_days_of_the_year_count_in_utc() -> None:
    late = datetime.fromisoformat("2026-01-01T00:30+01:00")
    assert [day_of_year(late), day_of_year(late + timedelta(hours=1))] == [365, 1]
