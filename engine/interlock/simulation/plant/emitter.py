"""Radiators and heated floors: slow, driven by a valve, fed with warm water by a boiler or a heat pump."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from interlock.simulation.plant.carnot import flow_cop
from interlock.simulation.plant.units import RESTING, Drive, LevelledUnit


class Supply(ABC):
    """What makes the warm water, for one emitter or several.

    Args:
        flow_c: Mean temperature of the water in the emitters, a few kelvin below the flow's.
        is_on: Whether it makes any.
    """

    def __init__(self, flow_c: float, *, is_on: bool = True) -> None:
        self._flow_c, self._is_on = flow_c, is_on
        self._changed: list[Callable[[], None]] = []

    @property
    def flow_c(self) -> float:
        """Mean temperature of the water in the emitters; changed, it counts at once."""
        return self._flow_c

    @flow_c.setter
    def flow_c(self, flow_c: float) -> None:
        if flow_c != self._flow_c:
            self._flow_c = flow_c
            self._tell()

    @property
    def is_on(self) -> bool:
        """Whether it makes warm water; changed, it counts at once."""
        return self._is_on

    @is_on.setter
    def is_on(self, is_on: bool) -> None:
        if is_on != self._is_on:
            self._is_on = is_on
            self._tell()

    @abstractmethod
    def per_heat(self, outdoor_c: float) -> tuple[float, float]:
        """Return the electricity and the fuel that each joule of heat takes."""

    def serve(self, changed: Callable[[], None]) -> None:
        """Have an emitter told of changes, which it asks for when it is made."""
        self._changed.append(changed)

    def _tell(self) -> None:
        for changed in self._changed:
            changed()


class Boiler(Supply):
    """Burns gas, oil or wood.

    Args:
        flow_c: As of every supply.
        efficiency: Heat for each joule of heating value; 0.92 is a condensing boiler. Source: EN 15316-4-1.
        is_on: As of every supply.
    """

    def __init__(self, flow_c: float = 55.0, *, efficiency: float = 0.92, is_on: bool = True) -> None:
        super().__init__(flow_c, is_on=is_on)
        self.efficiency = efficiency

    def per_heat(self, outdoor_c: float) -> tuple[float, float]:
        """Return no electricity, and fuel by the efficiency."""
        return 0.0, 1 / self.efficiency


class HeatPump(Supply):
    """Takes heat from the air outdoors.

    Args:
        flow_c: As of every supply.
        quality: Its COP over Carnot's between its coils; 0.5 makes 3.9 at A7/W35, a rating point of EN 14511.
        is_on: As of every supply.
    """

    def __init__(self, flow_c: float = 35.0, *, quality: float = 0.5, is_on: bool = True) -> None:
        super().__init__(flow_c, is_on=is_on)
        self.quality = quality

    def per_heat(self, outdoor_c: float) -> tuple[float, float]:
        """Return electricity by the COP at the outdoor temperature, and no fuel."""
        return 1 / flow_cop(self.flow_c, outdoor_c, self.quality), 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmitterRating:
    """What an emitter gives; the defaults are a steel panel radiator for 20 m²."""

    nominal_w: float = 1500.0
    nominal_excess_k: float = 50.0
    """Of the water over the room, at which it gives the nominal heat. Source: EN 442: 75/65/20 °C."""
    exponent: float = 1.3
    """Source: EN 442: 1.2 to 1.4 for radiators."""
    time_constant_s: float = 900.0
    """Of its water and steel."""


RADIATOR = EmitterRating()
HEATED_FLOOR = EmitterRating(nominal_w=1200.0, nominal_excess_k=15.0, exponent=1.1, time_constant_s=7200.0)
"""20 m² at 60 W/m² with water 15 K warmer than the room, in screed. Source: EN 1264-2: exponent 1.1."""


_LUKEWARM_W = 0.5
"""Less than this, what is left in a shut emitter is given at once, so that it comes to rest."""
_NOTHING_J = 1e-6


class Emitter(LevelledUnit):
    """A radiator, or a heated floor.

    It takes heat from the water by its valve, the water and the room, and gives it on with a delay of first
    order: what it took and has not given yet stays in it.

    Args:
        name: Unique in the building.
        rating: What it gives: `RADIATOR`, `HEATED_FLOOR`, or your own.
        supply: What makes its water; a boiler of its own where nothing is said.
        level_percent: The valve: 0 shut … 100 open.
    """

    def __init__(
        self,
        name: str,
        *,
        rating: EmitterRating = RADIATOR,
        supply: Supply | None = None,
        level_percent: float = 0.0,
    ) -> None:
        super().__init__(name, level_percent=level_percent)
        self.rating = rating
        self.supply = supply or Boiler()
        self.supply.serve(self.changed)
        self._taken_w = 0.0
        self._stored_j = 0.0

    @property
    def stored_j(self) -> float:
        """The heat in it that it has taken and not given yet."""
        return self._stored_j

    def respond(self, zone_c: float, outdoor_c: float, seconds: float) -> Drive:
        """Return the mean of what it gives in the next seconds."""
        self._taken_w = self._from_water_w(zone_c) if self._level_percent and self.supply.is_on else 0.0
        if not self._level_percent and not self._stored_j:
            return RESTING
        electric_per_heat, fuel_per_heat = self.supply.per_heat(outdoor_c)
        return Drive(
            heat_w=self._given_w(seconds),
            electric_w=self._taken_w * electric_per_heat,
            fuel_w=self._taken_w * fuel_per_heat,
        )

    def settle(self, now_s: float, mean_c: float) -> None:
        """Count what it gave, and keep what it took and did not give."""
        self._stored_j += (self._taken_w - self._drive.heat_w) * (now_s - self._since_s)
        if -_NOTHING_J < self._stored_j < _NOTHING_J:
            self._stored_j = 0.0
        super().settle(now_s, mean_c)

    def _from_water_w(self, zone_c: float) -> float:
        excess_k = self.supply.flow_c - zone_c
        if excess_k <= 0:
            return 0.0
        share = math.pow(excess_k / self.rating.nominal_excess_k, self.rating.exponent)
        return self.rating.nominal_w * share * self._level_percent / 100

    def _given_w(self, seconds: float) -> float:
        time_constant_s = self.rating.time_constant_s
        if not time_constant_s or not seconds:
            return self._taken_w
        at_first_w = self._stored_j / time_constant_s
        if not self._taken_w and at_first_w < _LUKEWARM_W:
            return self._stored_j / seconds
        share = -math.expm1(-seconds / time_constant_s) * time_constant_s / seconds
        return self._taken_w + (at_first_w - self._taken_w) * share
