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
    """Over a cold coil; which gives no water back where the air is drier than it."""
    moisture_kg_per_s: float = 0.0
    co2_m3_per_s: float = 0.0

    def settle(self, seconds: float) -> None:
        """Go on by so many seconds."""
        self.moisture, self.co2 = self.moisture_after(seconds), self.co2_after(seconds)

    def moisture_after(self, seconds: float) -> float:
        """Return the moisture so many seconds later."""
        dried_m3_per_s = self.dried_m3_per_s if self.moisture > _COIL_MOISTURE else 0.0
        slope = (
            self.moisture_kg_per_s / DENSITY_KG_PER_M3
            + self.changed_m3_per_s * (self.outdoor_moisture - self.moisture)
            + dried_m3_per_s * (_COIL_MOISTURE - self.moisture)
        ) / self.volume_m3
        rate = (self.changed_m3_per_s + dried_m3_per_s) / self.volume_m3
        return self.moisture + slope * seconds * progress(rate * seconds)

    def co2_after(self, seconds: float) -> float:
        """Return the carbon dioxide so many seconds later."""
        slope = (self.co2_m3_per_s + self.changed_m3_per_s * (OUTDOOR_CO2 - self.co2)) / self.volume_m3
        return self.co2 + slope * seconds * progress(self.changed_m3_per_s / self.volume_m3 * seconds)
