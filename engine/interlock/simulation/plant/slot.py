"""A slot: the few minutes in which the weather and the people of a building are taken as constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from interlock.simulation.plant.figures import S_PER_H
from interlock.simulation.plant.outdoors import Outdoors

Facing = tuple[float, float]
"""Azimuth and tilt of a window, in degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What all zones of a building share until its end."""

    start_s: float
    end_s: float
    outdoors: Outdoors
    moisture: float
    """Of the air outdoors, kg of water for each kg of dry air."""
    sun_w_per_m2: Mapping[Facing, float]
    """On each facing that has a window."""
    day: int
    """Ordinal of the local calendar."""
    hour: float
    """Of the local day, at its start."""

    is_clock_changed: bool
    """Whether the local clock was put forward or back since the slot before."""

    def local_at(self, instant_s: float) -> tuple[int, float]:
        """Return the day and the hour of an instant in it."""
        days, hour = divmod(self.hour + (instant_s - self.start_s) / S_PER_H, 24.0)
        return self.day + int(days), hour
