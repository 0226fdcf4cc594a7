"""A split air conditioner: it runs the faster the farther the room is from its setpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from interlock.simulation.plant.carnot import cooling_cop, heating_cop
from interlock.simulation.plant.units import Drive, Unit


class AcMode(Enum):
    """What an air conditioner is for at present, in the words of the trade."""

    COOLING = "cooling"
    HEATING = "heating"
    DRY = "dry"
    """It takes moisture out of the air, at low power."""
    FAN = "fan"
    """It moves air only."""
    AUTO = "auto"
    """It cools above the setpoint and heats below."""


class FanSpeed(Enum):
    """How fast the fan of the indoor part runs."""

    AUTO = "auto"
    MINIMUM = "minimum"
    AVERAGE = "average"
    MAXIMUM = "maximum"


_FAN_SHARES = {FanSpeed.AUTO: 1.0, FanSpeed.MINIMUM: 0.4, FanSpeed.AVERAGE: 0.7, FanSpeed.MAXIMUM: 1.0}
"""Of the full capacity, what the fan's speed lets through."""
_DRY_SHARE = 0.3
_COOLS = frozenset({AcMode.COOLING, AcMode.DRY, AcMode.AUTO})
_HEATS = frozenset({AcMode.HEATING, AcMode.AUTO})
_COIL_RISE_K = 12.0
"""How much colder the air leaves the coil than it came; makes the air flow from the cooling power."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcSettings:
    """What an air conditioner was told."""

    is_on: bool = False
    mode: AcMode = AcMode.AUTO
    setpoint_c: float = 24.0
    fan: FanSpeed = FanSpeed.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class AcRating:
    """What an air conditioner can do; the defaults are a common unit for 25 to 35 m²."""

    cooling_w: float = 3500.0
    heating_w: float = 4000.0
    band_k: float = 1.5
    """How far from the setpoint it reaches its full capacity."""
    quality: float = 0.45
    """Its COP over Carnot's between its coils; 0.45 makes 3.7 cooling at 35/27, 3.5 heating at 7/20 °C."""
    fan_w: float = 25.0
    standby_w: float = 2.0


class AirConditioner(Unit):
    """A split air conditioner with its own control: proportional within a band at the setpoint.

    Args:
        name: Unique in the building.
        rating: What it can do.
        settings: What it was told to begin with.
    """

    def __init__(
        self, name: str, *, rating: AcRating | None = None, settings: AcSettings | None = None
    ) -> None:
        super().__init__(name)
        self.rating = rating or AcRating()
        self._settings = settings or AcSettings()

    @property
    def settings(self) -> AcSettings:
        """What it was told; tell it otherwise by setting this."""
        return self._settings

    @settings.setter
    def settings(self, settings: AcSettings) -> None:
        if settings != self._settings:
            self._settings = settings
            self.changed()

    @property
    def is_cooling(self) -> bool:
        """Whether it takes heat out now."""
        return self.heat_w < 0

    @property
    def is_heating(self) -> bool:
        """Whether it brings heat in now."""
        return self.heat_w > 0

    def respond(self, zone_c: float, outdoor_c: float, seconds: float) -> Drive:
        """Return its capacity at the zone's distance from the setpoint."""
        self.drying_m3_per_s = 0.0
        if not self._settings.is_on:
            return Drive(electric_w=self.rating.standby_w, holds=True)
        fan_share = _FAN_SHARES[self._settings.fan]
        if zone_c > self._settings.setpoint_c:
            return self._cool(zone_c, outdoor_c, fan_share)
        return self._heat(zone_c, outdoor_c, fan_share)

    def _cool(self, zone_c: float, outdoor_c: float, fan_share: float) -> Drive:
        full_w = (
            self.rating.cooling_w * fan_share * (_DRY_SHARE if self._settings.mode is AcMode.DRY else 1.0)
        )
        if self._settings.mode not in _COOLS:
            return self._blow(low_c=self._settings.setpoint_c)
        drive = self._part(zone_c, full_w, 1 / cooling_cop(zone_c, outdoor_c, self.rating.quality))
        self.drying_m3_per_s = -drive.heat_at(zone_c) / (1200.0 * _COIL_RISE_K)
        return drive

    def _heat(self, zone_c: float, outdoor_c: float, fan_share: float) -> Drive:
        if self._settings.mode not in _HEATS:
            return self._blow(high_c=self._settings.setpoint_c)
        full_w = self.rating.heating_w * fan_share
        return self._part(zone_c, full_w, 1 / heating_cop(zone_c, outdoor_c, self.rating.quality))

    def _part(self, zone_c: float, full_w: float, electric_per_heat: float) -> Drive:
        """Return the proportional or the saturated part of the characteristic, and where it ends."""
        setpoint_c, band_k, fan_w = self._settings.setpoint_c, self.rating.band_k, self.rating.fan_w
        is_above = zone_c > setpoint_c
        edge_c = setpoint_c + band_k if is_above else setpoint_c - band_k
        if abs(zone_c - setpoint_c) < band_k:
            low_c, high_c = (setpoint_c, edge_c) if is_above else (edge_c, setpoint_c)
            return Drive(0.0, full_w / band_k, setpoint_c, fan_w, electric_per_heat, 0.0, low_c, high_c)
        if is_above:
            return Drive(-full_w, 0.0, 0.0, fan_w, electric_per_heat, low_c=edge_c)
        return Drive(full_w, 0.0, 0.0, fan_w, electric_per_heat, high_c=edge_c)

    def _blow(self, *, low_c: float = -math.inf, high_c: float = math.inf) -> Drive:
        return Drive(electric_w=self.rating.fan_w, low_c=low_c, high_c=high_c, holds=True)
