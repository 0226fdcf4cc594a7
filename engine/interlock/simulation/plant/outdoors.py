"""What the weather is at an instant, and who tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

LUMEN_PER_W = 110.0
"""Luminous efficacy of daylight. Source: Littlefair 1985: 90 to 120 lm/W for sun and sky together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdoors:
    """The weather at an instant."""

    temperature_c: float
    humidity_percent: float = 60.0
    global_w_per_m2: float = 0.0
    """Sun and sky together, on a level square metre."""
    direct_w_per_m2: float = 0.0
    """The sun alone, on a square metre that faces it."""
    diffuse_w_per_m2: float = 0.0
    """The sky alone, on a level square metre."""
    wind_m_per_s: float = 2.0
    rain_mm_per_h: float = 0.0

    @property
    def daylight_lx(self) -> float:
        """What a daylight sensor on the roof shows."""
        return self.global_w_per_m2 * LUMEN_PER_W


def between(first: Outdoors, second: Outdoors, share: float) -> Outdoors:
    """Return the weather on the straight way from one to another: 0 is the first, 1 the second."""
    rest = 1 - share
    return Outdoors(
        temperature_c=first.temperature_c * rest + second.temperature_c * share,
        humidity_percent=first.humidity_percent * rest + second.humidity_percent * share,
        global_w_per_m2=first.global_w_per_m2 * rest + second.global_w_per_m2 * share,
        direct_w_per_m2=first.direct_w_per_m2 * rest + second.direct_w_per_m2 * share,
        diffuse_w_per_m2=first.diffuse_w_per_m2 * rest + second.diffuse_w_per_m2 * share,
        wind_m_per_s=first.wind_m_per_s * rest + second.wind_m_per_s * share,
        rain_mm_per_h=first.rain_mm_per_h * rest + second.rain_mm_per_h * share,
    )


class Weather(Protocol):
    """Tells the weather at any instant, in any order, always the same."""

    def at(self, instant: datetime) -> Outdoors:
        """Return the weather at an aware instant.

        Raises:
            WeatherError: It does not know that instant.
        """
        ...
