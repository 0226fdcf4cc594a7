"""What came of it: comfort by zone, energy by unit, as plain values for summaries and reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

J_PER_KWH = 3.6e6
S_PER_H = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Between which temperatures a zone is comfortable."""

    low_c: float = 20.0
    high_c: float = 26.0
    """Both for category II of residential and office rooms. Source: EN 16798-1, table B.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFigures:
    """How a zone fared from the start until now."""

    lowest_c: float
    highest_c: float
    mean_c: float
    cold_k_h: float
    """Degree-hours below the band, at any time."""
    warm_k_h: float
    """Degree-hours above the band, at any time."""
    occupied_cold_k_h: float
    """Degree-hours below the band while somebody was there."""
    occupied_warm_k_h: float
    """Degree-hours above the band while somebody was there."""
    occupied_h: float
    """How long somebody was there."""
    window_open_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFigures:
    """What a unit gave and took from the start until now."""

    heating_kwh: float
    """Heat that it brought into the zone."""
    cooling_kwh: float
    """Heat that it took out of the zone, as a positive number."""
    electric_kwh: float
    fuel_kwh: float
    """Gas, oil or wood burnt for it, by its heating value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The comfort and energy figures of a building from its start until an instant."""

    since: datetime
    until: datetime
    zones: Mapping[str, ZoneFigures]
    units: Mapping[str, UnitFigures]

    @property
    def electric_kwh(self) -> float:
        """What all units took together."""
        return sum(unit.electric_kwh for unit in self.units.values())

    @property
    def heating_kwh(self) -> float:
        """What all units gave together."""
        return sum(unit.heating_kwh for unit in self.units.values())

    @property
    def cooling_kwh(self) -> float:
        """What all units took out together."""
        return sum(unit.cooling_kwh for unit in self.units.values())
