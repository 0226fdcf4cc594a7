"""A room controller that acts by itself: it drives units by the temperature of its zone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from interlock.simulation.plant.units import Host, LevelledUnit


class ThermostatMode(Enum):
    """What a thermostat may call for."""

    OFF = "off"
    HEATING = "heating"
    COOLING = "cooling"
    AUTO = "auto"
    """Both: heating below the one setpoint, cooling above the other."""


class Demand(Enum):
    """What a thermostat calls for at present."""

    NONE = "none"
    HEATING = "heating"
    COOLING = "cooling"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermostatSettings:
    """What a thermostat was told."""

    mode: ThermostatMode = ThermostatMode.HEATING
    heating_c: float = 20.0
    cooling_c: float = 26.0

    @property
    def heats(self) -> bool:
        """Whether it may call for heat."""
        return self.mode in (ThermostatMode.HEATING, ThermostatMode.AUTO)

    @property
    def cools(self) -> bool:
        """Whether it may call for cold."""
        return self.mode in (ThermostatMode.COOLING, ThermostatMode.AUTO)


class Thermostat:
    """Drives units of its own zone, or of several, by its own zone's temperature.

    With a hysteresis it switches: on half of it before the setpoint, off half of it beyond. With a band it
    modulates: fully open a band away from the setpoint, shut at it, moved every five minutes.

    Args:
        heats: What it turns up when it calls for heat.
        cools: What it turns up when it calls for cold.
        settings: What it was told to begin with.
        hysteresis_k: Between switching on and off.
        band_k: Makes it modulate over so many kelvin; None switches.
    """

    def __init__(
        self,
        *,
        heats: Sequence[LevelledUnit] = (),
        cools: Sequence[LevelledUnit] = (),
        settings: ThermostatSettings | None = None,
        hysteresis_k: float = 0.5,
        band_k: float | None = None,
    ) -> None:
        self._heats, self._cools = tuple(heats), tuple(cools)
        self._settings = settings or ThermostatSettings()
        self._hysteresis_k, self._band_k = hysteresis_k, band_k
        self._demand = Demand.NONE
        self._host: Host | None = None

    @property
    def driven(self) -> frozenset[LevelledUnit]:
        """The units that it turns up and down."""
        return frozenset(self._heats + self._cools)

    @property
    def settings(self) -> ThermostatSettings:
        """What it was told; tell it otherwise by setting this."""
        return self._settings

    @settings.setter
    def settings(self, settings: ThermostatSettings) -> None:
        if settings != self._settings:
            self._settings = settings
            if self._host:
                self._host.disturb()

    @property
    def is_modulating(self) -> bool:
        """Whether it has to be asked again and again."""
        return self._band_k is not None

    @property
    def demand(self) -> Demand:
        """What it calls for now."""
        return self._demand

    def hang_in(self, host: Host) -> None:
        """Put it into a zone, which does so when it is made."""
        if self._host is not None:
            raise ValueError("the thermostat hangs in a zone already")
        self._host = host

    def decide(self, zone_c: float) -> tuple[float, float]:
        """Drive its units by a temperature; return between which it need not be asked again."""
        if self._band_k is not None:
            return self._modulate(zone_c, self._band_k)
        return self._switch(zone_c)

    def _switch(self, zone_c: float) -> tuple[float, float]:
        half_k = self._hysteresis_k / 2
        heating_c, cooling_c = self._settings.heating_c, self._settings.cooling_c
        heats = self._settings.heats and zone_c < heating_c + self._signed(Demand.HEATING, half_k)
        cools = self._settings.cools and zone_c > cooling_c - self._signed(Demand.COOLING, half_k)
        self._demand = Demand.HEATING if heats else Demand.COOLING if cools else Demand.NONE
        self._turn(100.0 if heats else 0.0, 100.0 if self._demand is Demand.COOLING else 0.0)
        if heats:
            return -math.inf, heating_c + half_k
        if cools:
            return cooling_c - half_k, math.inf
        return (
            heating_c - half_k if self._settings.heats else -math.inf,
            cooling_c + half_k if self._settings.cools else math.inf,
        )

    def _signed(self, demand: Demand, half_k: float) -> float:
        """Return the half hysteresis outwards while that demand holds, inwards otherwise."""
        return half_k if self._demand is demand else -half_k

    def _modulate(self, zone_c: float, band_k: float) -> tuple[float, float]:
        heat = self._opening(self._settings.heats, self._settings.heating_c - zone_c, band_k)
        cold = 0.0 if heat else self._opening(self._settings.cools, zone_c - self._settings.cooling_c, band_k)
        self._demand = Demand.HEATING if heat else Demand.COOLING if cold else Demand.NONE
        self._turn(heat, cold)
        return -math.inf, math.inf

    @staticmethod
    def _opening(may: bool, short_k: float, band_k: float) -> float:
        return 100 * min(short_k / band_k, 1.0) if may and short_k > 0 else 0.0

    def _turn(self, heat_percent: float, cold_percent: float) -> None:
        for unit in self._heats:
            unit.level_percent = heat_percent
        for unit in self._cools:
            unit.level_percent = cold_percent
