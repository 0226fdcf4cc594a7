"""Sampled weather is interpolated between its samples, and unknown outside."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.errors import WeatherError
from interlock.simulation.plant.outdoors import Outdoors
from interlock.simulation.plant.series import Sample, SampledWeather

START = datetime(2026, 7, 1, tzinfo=UTC)
WEATHER = SampledWeather(
    "july.csv",
    [
        Sample((START + timedelta(hours=hour)).timestamp(), Outdoors(temperature_c=temperature_c))
        for hour, temperature_c in ((0, 10.0), (1, 20.0), (3, 0.0))
    ],
)


@pytest.mark.parametrize(
    ("hours", "temperature_c"),
    [(0, 10), (0.25, 12.5), (1, 20), (1.5, 15), (2.9, 1), (3, 0), (3.99, 0), (-0.99, 10)],
)
def test_the_temperature_goes_straight_from_sample_to_sample(hours: float, temperature_c: float) -> None:
    assert WEATHER.at(START + timedelta(hours=hours)).temperature_c == pytest.approx(temperature_c)


@pytest.mark.parametrize(("hours", "when"), [(4.1, "2026-07-01 04:06"), (-1.1, "2026-06-30 22:54")])
def test_more_than_an_hour_outside_nothing_is_known(hours: float, when: str) -> None:
    expected = f"july.csv covers 2026-07-01 00:00 to 2026-07-01 03:00 UTC, but not {when}"
    with pytest.raises(WeatherError) as caught:
        WEATHER.at(START + timedelta(hours=hours))
    assert str(caught.value) == expected
