"""What heats, cools and airs a zone: the contract of a unit, its meter, and the plain units.

Heat is positive into the zone. A unit is told what to do by its properties; it obeys from the instant that
the building is at. Levels are percent: 0 off … 100 full.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import NamedTuple

from interlock.simulation.plant.figures import J_PER_KWH, UnitFigures


class Drive(NamedTuple):
    """What a unit does to its zone until the zone leaves a range: ``heat_w + w_per_k·(towards_c - zone)``."""

    heat_w: float = 0.0
    w_per_k: float = 0.0
    towards_c: float = 0.0
    electric_w: float = 0.0
    """What it takes besides `electric_per_heat`, such as its fan."""
    electric_per_heat: float = 0.0
    """Electrical energy for each joule of heat, brought in or taken out."""
    fuel_w: float = 0.0
    low_c: float = -math.inf
    """Below this temperature of the zone it has to be asked again."""
    high_c: float = math.inf
    """Above this temperature of the zone it has to be asked again."""
    holds: bool = False
    """Whether it stays so until the zone leaves that range or the unit is told otherwise."""

    def heat_at(self, zone_c: float) -> float:
        """Return the heat flow in watts at a temperature of the zone."""
        return self.heat_w + self.w_per_k * (self.towards_c - zone_c)


RESTING = Drive(holds=True)


@dataclass(slots=True)
class Meter:
    """Counts a unit's energy, in joules."""

    heating_j: float = 0.0
    cooling_j: float = 0.0
    electric_j: float = 0.0
    fuel_j: float = 0.0

    def count(self, drive: Drive, seconds: float, mean_c: float) -> None:
        """Count what a drive brings in so many seconds at a mean temperature of the zone."""
        heat_j = drive.heat_at(mean_c) * seconds
        if heat_j > 0:
            self.heating_j += heat_j
        else:
            self.cooling_j -= heat_j
        self.electric_j += drive.electric_w * seconds + drive.electric_per_heat * abs(heat_j)
        self.fuel_j += drive.fuel_w * seconds

    def figures(self) -> UnitFigures:
        """Return the counts in kilowatt-hours."""
        return UnitFigures(
            heating_kwh=self.heating_j / J_PER_KWH,
            cooling_kwh=self.cooling_j / J_PER_KWH,
            electric_kwh=self.electric_j / J_PER_KWH,
            fuel_kwh=self.fuel_j / J_PER_KWH,
        )


class Host(ABC):
    """What a unit knows of the zone it stands in."""

    @property
    @abstractmethod
    def temperature_c(self) -> float:
        """The zone's temperature now."""

    @abstractmethod
    def disturb(self) -> None:
        """Have the zone ask its units again."""

    @property
    @abstractmethod
    def now_s(self) -> float:
        """The instant it is at, in seconds since 1970."""

    @property
    @abstractmethod
    def mean_c(self) -> float:
        """Its mean temperature since it last asked a unit."""


class Unit(ABC):
    """Something that heats, cools or airs a zone."""

    air_m3_per_s: float = 0.0
    """Air that it changes for outdoor air."""
    recovery_share: float = 0.0
    """Of the heat that goes out with that air, what is given back: 0 … 1."""
    drying_m3_per_s: float = 0.0
    """Air that it blows over a cold coil, which takes moisture out of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._host: Host | None = None
        self._drive = RESTING
        self._since_s = 0.0
        self._meter = Meter()

    @abstractmethod
    def respond(self, zone_c: float, outdoor_c: float, seconds: float) -> Drive:
        """Return what it does now, for at most so many seconds; the zone asks whenever something changed."""

    def stand_in(self, host: Host) -> None:
        """Put it into a zone, which does so when it is made."""
        if self._host is not None:
            raise ValueError(f"{self.name} stands in a zone already")
        self._host = host

    def drive(self, zone_c: float, outdoor_c: float, now_s: float, until_s: float) -> Drive:
        """Return what it does from an instant on, and go on so until it is asked again."""
        self._drive = drive = self.respond(zone_c, outdoor_c, until_s - now_s)
        self._since_s = now_s
        return drive

    def settle(self, now_s: float, mean_c: float) -> None:
        """Count what it did since it was asked, at a mean temperature of the zone."""
        self._meter.count(self._drive, now_s - self._since_s, mean_c)
        self._since_s = now_s

    @property
    def heat_w(self) -> float:
        """What it brings into the zone now; negative while it cools."""
        return self._drive.heat_at(self._host.temperature_c) if self._host else 0.0

    @property
    def electric_w(self) -> float:
        """What a power meter on its line shows now."""
        return self._drive.electric_w + self._drive.electric_per_heat * abs(self.heat_w)

    def figures(self) -> UnitFigures:
        """Return its energy from the start until now."""
        meter = replace(self._meter)
        if self._host:
            meter.count(self._drive, self._host.now_s - self._since_s, self._host.mean_c)
        return meter.figures()

    def changed(self) -> None:
        """Say that it would do something else now."""
        if self._host:
            self._host.disturb()


class LevelledUnit(Unit):
    """A unit that is driven by a level: a valve, a dimmer, a relay (0 or 100)."""

    def __init__(self, name: str, *, level_percent: float = 0.0) -> None:
        super().__init__(name)
        self._level_percent = _checked_level(name, level_percent)

    @property
    def level_percent(self) -> float:
        """How far it is turned up."""
        return self._level_percent

    @level_percent.setter
    def level_percent(self, level: float) -> None:
        if level != self._level_percent:
            self._level_percent = _checked_level(self.name, level)
            self.changed()

    @property
    def is_on(self) -> bool:
        """Whether it is turned up at all; setting it turns it fully up or down."""
        return self._level_percent > 0

    @is_on.setter
    def is_on(self, on: bool) -> None:
        self.level_percent = 100.0 if on else 0.0


def _checked_level(name: str, level: float) -> float:
    if not 0 <= level <= 100:
        raise ValueError(f"the level of {name} must be within 0 and 100 %, not {level}")
    return level


class Stage(LevelledUnit):
    """Heat or cold that is there at once: an electric heater, a furnace, a packaged cooling unit.

    Args:
        name: Unique in the building.
        heat_w: At 100 %; negative cools.
        electric_per_heat: 1 for an electric heater, 1/COP for a compressor, 0 for a burner.
        fuel_per_heat: 1/efficiency for a burner, else 0.
        fan_w: What it takes besides, while it is on.
        level_percent: To begin with.
    """

    def __init__(
        self,
        name: str,
        *,
        heat_w: float = 1500.0,
        electric_per_heat: float = 1.0,
        fuel_per_heat: float = 0.0,
        fan_w: float = 0.0,
        level_percent: float = 0.0,
    ) -> None:
        super().__init__(name, level_percent=level_percent)
        self._full_heat_w = heat_w
        self._fan_w = fan_w
        self._electric_per_heat, self._fuel_per_heat = electric_per_heat, fuel_per_heat

    def respond(self, zone_c: float, outdoor_c: float, seconds: float) -> Drive:
        """Return its heat at its level, whatever the temperatures."""
        if not self._level_percent:
            return RESTING
        heat_w = self._full_heat_w * self._level_percent / 100
        return Drive(
            heat_w=heat_w,
            electric_w=self._fan_w,
            electric_per_heat=self._electric_per_heat,
            fuel_w=abs(heat_w) * self._fuel_per_heat,
            holds=True,
        )


class Lamp(LevelledUnit):
    """Lighting: all of its power becomes heat, and some of its light falls on the sensor.

    Args:
        name: Unique in the building.
        power_w: At 100 %.
        lumen_per_w: Of the lamp; 100 is a plain LED.
        level_percent: To begin with.
    """

    def __init__(
        self, name: str, *, power_w: float = 100.0, lumen_per_w: float = 100.0, level_percent: float = 0.0
    ) -> None:
        super().__init__(name, level_percent=level_percent)
        self._power_w, self._lumen_per_w = power_w, lumen_per_w

    @property
    def light_lm(self) -> float:
        """The luminous flux at its level."""
        return self._power_w * self._lumen_per_w * self._level_percent / 100

    def respond(self, zone_c: float, outdoor_c: float, seconds: float) -> Drive:
        """Return its power at its level, as heat."""
        return Drive(heat_w=self._power_w * self._level_percent / 100, electric_per_heat=1.0, holds=True)


class Fan(LevelledUnit):
    """Mechanical ventilation with outdoor air.

    Args:
        name: Unique in the building.
        air_m3_per_h: At 100 %; the flow is proportional to the level.
        power_w: At 100 %; the power goes with the cube of the flow, as fan laws have it.
        recovery_share: Of the heat that goes out with the air, what is given back: 0 … 1.
        level_percent: To begin with.
    """

    def __init__(
        self,
        name: str,
        *,
        air_m3_per_h: float = 150.0,
        power_w: float = 50.0,
        recovery_share: float = 0.0,
        level_percent: float = 0.0,
    ) -> None:
        super().__init__(name, level_percent=level_percent)
        self._full_m3_per_s, self._power_w = air_m3_per_h / 3600, power_w
        self.recovery_share = recovery_share

    def respond(self, zone_c: float, outdoor_c: float, seconds: float) -> Drive:
        """Return its power; its air is part of the zone's balance."""
        self.air_m3_per_s = self._full_m3_per_s * self._level_percent / 100
        return Drive(electric_w=self._power_w * math.pow(self._level_percent / 100, 3), holds=True)
