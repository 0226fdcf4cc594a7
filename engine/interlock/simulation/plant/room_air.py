"""The moisture and carbon dioxide in a room's air, well mixed."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.simulation.plant.air import DENSITY_KG_PER_M3, moisture_kg_per_kg
from interlock.simulation.plant.balance import progress

OUTDOOR_CO2 = 420e-6
"""By volume. Source: NOAA, Mauna Loa, mean of 2023: 421 ppm."""
_COIL_MOISTURE = moisture_kg_per_kg(10.0, 100.0)
"""What is left in air that has passed a cold coil."""


@dataclass(slots=True, kw_only=True)
class RoomAir:
    """What is in the air, and what becomes of it while flows and sources stay as they are."""

    volume_m3: float
    moisture: float
    """Kilograms of water for each kilogram of dry air."""
    co2: float = OUTDOOR_CO2
    """By volume."""
    outdoor_moisture: float = 0.0
    changed_m3_per_s: float = 0.0
    """For outdoor air."""
    dried_m3_per_s: float = 0.0
    """Over a cold coil, which gives no water back where the air is drier than it leaves the coil."""
    moisture_kg_per_s: float = 0.0
    co2_m3_per_s: float = 0.0

    def after(self, seconds: float) -> tuple[float, float]:
        """Return the moisture and the carbon dioxide so many seconds later."""
        changed_per_s, moisture, co2 = self.changed_m3_per_s / self.volume_m3, self.moisture, self.co2
        gone = fresh = seconds * progress(changed_per_s * seconds)
        water = self.moisture_kg_per_s / (DENSITY_KG_PER_M3 * self.volume_m3)
        slope = water + changed_per_s * (self.outdoor_moisture - moisture)
        if self.dried_m3_per_s and moisture > _COIL_MOISTURE:
            dried_per_s = self.dried_m3_per_s / self.volume_m3
            slope += dried_per_s * (_COIL_MOISTURE - moisture)
            gone = seconds * progress((changed_per_s + dried_per_s) * seconds)
        co2_slope = self.co2_m3_per_s / self.volume_m3 + changed_per_s * (OUTDOOR_CO2 - co2)
        return moisture + slope * gone, co2 + co2_slope * fresh

    def settle(self, seconds: float) -> None:
        """Go on by so many seconds."""
        self.moisture, self.co2 = self.after(seconds)
