"""The sun on the windows: where it stands, what a clear sky lets through, and what falls on a plane."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from interlock.simulation.plant.slot import Facing
from interlock.sun import Place, azimuth, elevation

SOLAR_CONSTANT_W_PER_M2 = 1361.0
GROUND_REFLECTS = 0.2
"""Albedo of the ground before a window. Source: ISO 52010-1, where nothing is known."""
_HOUR_S = 3600
_LOWEST_UP = 0.017
"""Sine of one degree: below it the division of level by facing radiation says nothing."""


class Sun(NamedTuple):
    """The direction to the sun, as a vector of length 1."""

    east: float
    north: float
    up: float
    """Sine of the elevation; negative at night."""


def sun_at(place: Place, instant_s: float) -> Sun:
    """Return where the sun stands at an instant, in seconds since 1970.

    It stands so exactly at each full hour, and goes on a great circle in between: within 0.3°.
    """
    hour, rest_s = divmod(instant_s, _HOUR_S)
    first, second = _sun_of_hour(place, int(hour)), _sun_of_hour(place, int(hour) + 1)
    share = rest_s / _HOUR_S
    return _unit(*(a + (b - a) * share for a, b in zip(first, second, strict=True)))


@lru_cache(maxsize=256)
def _sun_of_hour(place: Place, hour: int) -> Sun:
    at = datetime.fromtimestamp(hour * _HOUR_S, UTC)
    height, bearing = math.radians(elevation(place, at)), math.radians(azimuth(place, at))
    level = math.cos(height)
    return Sun(level * math.sin(bearing), level * math.cos(bearing), math.sin(height))


def _unit(east: float, north: float, up: float) -> Sun:
    length = math.sqrt(east * east + north * north + up * up)
    return Sun(east / length, north / length, up / length)


def clear_sky_w_per_m2(up: float) -> float:
    """Return the global radiation under a clear sky by the sine of the sun's elevation.

    Source: Haurwitz, Journal of Meteorology 2 (1945), 154.
    """
    return 1098.0 * up * math.exp(-0.057 / up) if up > 0 else 0.0


def split(global_w_per_m2: float, up: float, day_of_year: int) -> tuple[float, float]:
    """Return the direct radiation on a plane facing the sun, and the diffuse one on a level plane.

    Source: Erbs, Klein, Duffie, Solar Energy 28 (1982), 293.
    """
    if up <= _LOWEST_UP or global_w_per_m2 <= 0:
        return 0.0, max(global_w_per_m2, 0.0)
    clearness = min(global_w_per_m2 / (extraterrestrial_w_per_m2(day_of_year) * up), 1.0)
    diffuse_w_per_m2 = global_w_per_m2 * _diffuse_share(clearness)
    return (global_w_per_m2 - diffuse_w_per_m2) / up, diffuse_w_per_m2


def extraterrestrial_w_per_m2(day_of_year: int) -> float:
    """Return the radiation outside the atmosphere; most in January. Source: Duffie, Beckman, 1.4."""
    return SOLAR_CONSTANT_W_PER_M2 * (1 + 0.033 * math.cos(math.tau * day_of_year / 365))


def _diffuse_share(clearness: float) -> float:
    if clearness <= 0.22:
        return 1.0 - 0.09 * clearness
    if clearness <= 0.80:
        return (
            0.9511 - 0.1604 * clearness + 4.388 * clearness**2 - 16.638 * clearness**3 + 12.336 * clearness**4
        )
    return 0.165


def on_facings(
    facings: Iterable[Facing],
    sun: Sun,
    *,
    direct_w_per_m2: float,
    diffuse_w_per_m2: float,
    global_w_per_m2: float,
) -> dict[Facing, float]:
    """Return the radiation on planes: the sun, an even sky, and what the ground reflects.

    Source: Duffie, Beckman, Solar Engineering of Thermal Processes, 2.15, isotropic sky.
    """
    if global_w_per_m2 <= 0 and diffuse_w_per_m2 <= 0:
        return {}
    beam_w_per_m2 = direct_w_per_m2 if sun.up > 0 else 0.0
    found = {}
    for azimuth_degrees, tilt_degrees in facings:
        level = math.cos(math.radians(tilt_degrees))
        found[azimuth_degrees, tilt_degrees] = (
            beam_w_per_m2 * max(_facing_share(sun, azimuth_degrees, tilt_degrees), 0.0)
            + diffuse_w_per_m2 * (1 + level) / 2
            + global_w_per_m2 * GROUND_REFLECTS * (1 - level) / 2
        )
    return found


def _facing_share(sun: Sun, azimuth_degrees: float, tilt_degrees: float) -> float:
    """Return the cosine of the angle between the sun and a plane's normal."""
    bearing, tilt = math.radians(azimuth_degrees), math.radians(tilt_degrees)
    along = sun.east * math.sin(bearing) + sun.north * math.cos(bearing)
    return along * math.sin(tilt) + sun.up * math.cos(tilt)


def day_of_year(instant: datetime) -> int:
    """Return the day of the year in UTC, from 1."""
    return instant.astimezone(UTC).timetuple().tm_yday
