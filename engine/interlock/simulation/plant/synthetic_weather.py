"""Weather made up for a place: plausible curves over the year and the day, seeded clouds and warm spells.

Clouds take from a clear sky's radiation what Kasten and Czeplak found (Solar Energy 24 (1980), 177).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from interlock.simulation.plant.air import saturation_pa
from interlock.simulation.plant.outdoors import Outdoors
from interlock.simulation.plant.sunshine import clear_sky_w_per_m2, day_of_year, split, sun_at
from interlock.sun import Place

_YEAR_DAYS = 365.2425
_COLDEST_DAY = 20
"""Of the year in the north, a month after the solstice; counted from 1970 it drifts by less than a day."""
_WARMEST_DAYTIME = 15 / 24
"""Share of the day, by the sun."""
_DAMPED_SHARE = 2 / 3
"""Of the daily swing, what clouds take."""
_SKIES_A_DAY = 8
_RAINY_COVER, _RAIN_CHANCE = 0.9, 0.4
_DRY_K = 2.0
"""How far the dew point lies below the lowest temperature of a common day. Source: FAO 56, annex 6."""
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """What the weather of a place is like. Swings are half of the way from lowest to highest."""

    mean_c: float
    """Over the year."""
    annual_swing_k: float
    daily_swing_k: float = 6.0
    """On a clear day; a third of it where it is overcast."""
    spell_k: float = 3.0
    """How far a day is off its season, as a standard deviation."""
    cloudiness: float = 0.5
    """How much of the sky is covered, over the year: 0 … 1."""


def climate_at(latitude: float) -> Climate:
    """Return what is common at a latitude near sea level: 45° north has 2 °C in January and 25 °C in July."""
    return Climate(
        mean_c=27.5 * math.cos(math.radians(latitude)) ** 2,
        annual_swing_k=0.24 * abs(latitude),
        cloudiness=0.35 + 0.25 * min(abs(latitude) / 60, 1.0),
    )


@dataclass(frozen=True, slots=True)
class _Sky:
    """What chance makes of some hours."""

    cover: float
    """How much of the sky is covered: 0 … 1."""
    wind_m_per_s: float
    rain_mm_per_h: float


class SyntheticWeather:
    """The weather at a place, by season, hour and seed. Every instant has its weather, in any order.

    Args:
        place: On earth; hours are by its sun.
        seed: Of clouds, warm spells, wind and rain.
        climate: What the place is like; by its latitude where nothing is said.
    """

    def __init__(self, place: Place, seed: int = 0, *, climate: Climate | None = None) -> None:
        self.place = place
        self._seed = seed
        self._climate = climate or climate_at(place.latitude)
        self._spell_k = lru_cache(maxsize=8)(self._made_spell_k)
        self._sky = lru_cache(maxsize=8)(self._made_sky)

    def at(self, instant: datetime) -> Outdoors:
        """Return the weather at an aware instant."""
        sun = sun_at(self.place, instant.timestamp())
        solar_days = instant.timestamp() / _DAY_S + self.place.longitude / 360
        sky = self._sky_at(solar_days)
        season_c = self._season_c(solar_days)
        swing_k = self._climate.daily_swing_k * (1 - _DAMPED_SHARE * sky.cover)
        temperature_c = season_c + swing_k * math.cos((solar_days - _WARMEST_DAYTIME) * math.tau)
        global_w_per_m2 = clear_sky_w_per_m2(sun.up) * (1 - 0.75 * sky.cover**3.4)
        direct_w_per_m2, diffuse_w_per_m2 = split(global_w_per_m2, sun.up, day_of_year(instant))
        return Outdoors(
            temperature_c=temperature_c,
            humidity_percent=_humidity_percent(temperature_c, dew_c=season_c - swing_k - _DRY_K),
            global_w_per_m2=global_w_per_m2,
            direct_w_per_m2=direct_w_per_m2,
            diffuse_w_per_m2=diffuse_w_per_m2,
            wind_m_per_s=sky.wind_m_per_s,
            rain_mm_per_h=sky.rain_mm_per_h,
        )

    def _season_c(self, solar_days: float) -> float:
        """Return the mean of a day: the season's, and a warm or cold spell between one noon and the next."""
        phase = (solar_days - _COLDEST_DAY) / _YEAR_DAYS * math.tau
        swing_k = math.copysign(self._climate.annual_swing_k, self.place.latitude)
        day, share = _knot(solar_days - 0.5)
        spell_k = self._spell_k(day) * (1 - share) + self._spell_k(day + 1) * share
        return self._climate.mean_c - swing_k * math.cos(phase) + spell_k

    def _sky_at(self, solar_days: float) -> _Sky:
        number, share = _knot(solar_days * _SKIES_A_DAY)
        first, second = self._sky(number), self._sky(number + 1)
        return _Sky(
            cover=first.cover * (1 - share) + second.cover * share,
            wind_m_per_s=first.wind_m_per_s * (1 - share) + second.wind_m_per_s * share,
            rain_mm_per_h=first.rain_mm_per_h * (1 - share) + second.rain_mm_per_h * share,
        )

    def _made_spell_k(self, day: int) -> float:
        return random.Random(f"{self._seed} spell {day}").gauss(0.0, self._climate.spell_k)

    def _made_sky(self, number: int) -> _Sky:
        """Make a sky: that of its day, a little more or less covered; it may rain where it is overcast."""
        mean = self._climate.cloudiness
        whole_day = random.Random(f"{self._seed} day {number // _SKIES_A_DAY}")
        dice = random.Random(f"{self._seed} sky {number}")
        cover = whole_day.betavariate(1.6 * mean + 0.01, 1.6 * (1 - mean) + 0.01) + dice.uniform(-0.15, 0.15)
        rains = cover > _RAINY_COVER and dice.random() < _RAIN_CHANCE
        return _Sky(
            cover=min(max(cover, 0.0), 1.0),
            wind_m_per_s=dice.weibullvariate(3.5, 2.0),
            rain_mm_per_h=dice.expovariate(1 / 1.5) if rains else 0.0,
        )


def _knot(position: float) -> tuple[int, float]:
    """Return the number of the knot before a position, and how far it is on the way to the next."""
    number = math.floor(position)
    return number, position - number


def _humidity_percent(temperature_c: float, dew_c: float) -> float:
    """Return the relative humidity of air with that dew point."""
    return min(100 * saturation_pa(dew_c) / saturation_pa(temperature_c), 100.0)
