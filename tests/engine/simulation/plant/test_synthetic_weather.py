"""Made-up weather is plausible for its place, and always the same."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean

import pytest

from interlock.simulation.plant.outdoors import Outdoors
from interlock.simulation.plant.synthetic_weather import Climate, SyntheticWeather, climate_at
from interlock.sun import Place
from support.plant_house import MILAN

JANUARY, JULY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
PLAIN = Climate(mean_c=10.0, annual_swing_k=0.0, daily_swing_k=6.0, spell_k=0.0, cloudiness=0.5)


def month(weather: SyntheticWeather, start: datetime) -> list[Outdoors]:
    return [weather.at(start + timedelta(hours=hour)) for hour in range(30 * 24)]


def temperatures(weather: SyntheticWeather, start: datetime) -> list[float]:
    return [outdoors.temperature_c for outdoors in month(weather, start)]


def test_an_instant_has_its_weather_in_any_order() -> None:
    instants = [JULY + timedelta(minutes=37 * number) for number in range(500)]
    shuffled = random.Random(1).sample(instants, len(instants))
    weather = SyntheticWeather(MILAN, 1)
    forth = {instant: SyntheticWeather(MILAN, 1).at(instant) for instant in instants[:20]}
    found = {instant: weather.at(instant) for instant in shuffled}
    assert {instant: found[instant] for instant in forth} == forth


def test_another_seed_has_other_clouds_and_spells_in_the_same_season() -> None:
    first, second = month(SyntheticWeather(MILAN, 1), JULY), month(SyntheticWeather(MILAN, 2), JULY)
    assert first != second
    assert mean(o.temperature_c for o in first) == pytest.approx(mean(o.temperature_c for o in second), abs=3)


def test_milan_is_cold_in_january_and_hot_in_july() -> None:
    weather = SyntheticWeather(MILAN, 1)
    january, july = temperatures(weather, JANUARY), temperatures(weather, JULY)
    assert 0 < mean(january) < 6
    assert 21 < mean(july) < 27
    assert -12 < min(january) < 0
    assert 30 < max(july) < 38


def test_in_the_south_july_is_winter() -> None:
    weather = SyntheticWeather(Place(-45.0, 170.0), 1)
    assert mean(temperatures(weather, JULY)) < mean(temperatures(weather, JANUARY)) - 15


@pytest.mark.parametrize(
    ("latitude", "mean_c", "swing_k"), [(0, 27.5, 0), (45, 13.75, 10.8), (-60, 6.875, 14.4)]
)
def test_climates_follow_the_latitude(latitude: float, mean_c: float, swing_k: float) -> None:
    climate = climate_at(latitude)
    assert (climate.mean_c, climate.annual_swing_k) == pytest.approx((mean_c, swing_k))


def test_the_poles_are_cloudier_than_the_equator() -> None:
    assert [climate_at(latitude).cloudiness for latitude in (0, -30, 60, 90)] == pytest.approx(
        [0.35, 0.475, 0.6, 0.6]
    )


def test_each_day_is_warmest_three_hours_after_noon_by_the_sun() -> None:
    """At 15° east the sun's noon is at 11:00 UTC; this weather leaves the equation of time out."""
    weather = SyntheticWeather(Place(45.0, 15.0), 1, climate=PLAIN)
    days = [
        [weather.at(JULY + timedelta(days=day, hours=hour)).temperature_c for hour in range(24)]
        for day in range(10)
    ]
    assert mean(day.index(max(day)) for day in days) == pytest.approx(14, abs=1.0)


def test_clouds_take_two_thirds_of_the_daily_swing() -> None:
    clear = SyntheticWeather(
        MILAN, 1, climate=Climate(mean_c=10, annual_swing_k=0, spell_k=0, cloudiness=0.0)
    )
    overcast = SyntheticWeather(
        MILAN, 1, climate=Climate(mean_c=10, annual_swing_k=0, spell_k=0, cloudiness=1.0)
    )
    assert max(temperatures(clear, JULY)) == pytest.approx(16, abs=0.6)
    assert max(temperatures(overcast, JULY)) == pytest.approx(12, abs=0.6)


def test_spells_have_their_standard_deviation() -> None:
    still = Climate(mean_c=10, annual_swing_k=0, daily_swing_k=0, spell_k=3.0)
    weather = SyntheticWeather(Place(45.0, 0.0), 1, climate=still)
    noons = [weather.at(JULY + timedelta(days=day, hours=12)).temperature_c - 10 for day in range(400)]
    assert mean(noon * noon for noon in noons) ** 0.5 == pytest.approx(3.0, rel=0.1)


def test_it_has_no_jumps() -> None:
    weather = SyntheticWeather(MILAN, 3)
    found = [weather.at(JULY + timedelta(minutes=minute)) for minute in range(3 * 1440)]
    for before, after in pairwise(found):
        assert abs(after.temperature_c - before.temperature_c) < 0.1
        assert abs(after.global_w_per_m2 - before.global_w_per_m2) < 15
        assert abs(after.wind_m_per_s - before.wind_m_per_s) < 0.2


def test_nights_are_dark_and_days_as_bright_as_they_are_there() -> None:
    """Milan has 6 kWh/m² on a day in July and 1.4 in January. Source: PVGIS, as orders of magnitude."""
    weather = SyntheticWeather(MILAN, 1)
    july, january = month(weather, JULY), month(weather, JANUARY)
    assert july[0].global_w_per_m2 == july[24].direct_w_per_m2 == 0
    assert 5 < sum(o.global_w_per_m2 for o in july) / 30e3 < 7
    assert 1 < sum(o.global_w_per_m2 for o in january) / 30e3 < 2.2


def test_everything_stays_within_what_can_be() -> None:
    for start in (JANUARY, JULY):
        for outdoors in month(SyntheticWeather(MILAN, 4), start):
            assert 20 < outdoors.humidity_percent <= 100
            assert 0 <= outdoors.direct_w_per_m2 < 1100
            assert 0 <= outdoors.diffuse_w_per_m2 <= outdoors.global_w_per_m2 + 1e-9
            assert 0 <= outdoors.wind_m_per_s < 20
            assert 0 <= outdoors.rain_mm_per_h < 20


def test_it_rains_now_and_then() -> None:
    hours = month(SyntheticWeather(MILAN, 1), JULY)
    wet = [outdoors for outdoors in hours if outdoors.rain_mm_per_h > 0.1]
    assert 0.02 < len(wet) / len(hours) < 0.3
    assert 20 < sum(outdoors.rain_mm_per_h for outdoors in hours) < 200


def test_it_is_dampest_before_sunrise() -> None:
    weather = SyntheticWeather(Place(45.0, 0.0), 1)
    dawn = mean(weather.at(JULY + timedelta(days=day, hours=3)).humidity_percent for day in range(30))
    afternoon = mean(weather.at(JULY + timedelta(days=day, hours=15)).humidity_percent for day in range(30))
    assert 80 < dawn < 100
    assert 35 < afternoon < 65


def test_the_wind_blows_three_metres_a_second_on_average() -> None:
    hours = month(SyntheticWeather(MILAN, 1), JULY)
    assert mean(outdoors.wind_m_per_s for outdoors in hours) == pytest.approx(3.1, abs=0.4)
