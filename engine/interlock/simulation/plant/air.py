"""Properties of air: heat, moisture."""

from __future__ import annotations

import math

HEAT_J_PER_M3_K = 1200.0
"""Density times specific heat. Source: ISO 13790, 9.3.1."""
DENSITY_KG_PER_M3 = 1.2
_PRESSURE_PA = 101_325.0
_MOLAR_RATIO = 0.622
_MAGNUS_PA, _MAGNUS_A, _MAGNUS_C = 611.2, 17.62, 243.12
"""Saturation over water from -45 to 60 °C, within 0.6 %. Source: WMO-No. 8, annex 4.B."""


def saturation_pa(temperature_c: float) -> float:
    """Return the pressure of water vapour that saturates the air."""
    return _MAGNUS_PA * math.exp(_MAGNUS_A * temperature_c / (_MAGNUS_C + temperature_c))


def moisture_kg_per_kg(temperature_c: float, humidity_percent: float) -> float:
    """Return how much water a kilogram of dry air holds."""
    vapour_pa = saturation_pa(temperature_c) * humidity_percent / 100
    return _MOLAR_RATIO * vapour_pa / (_PRESSURE_PA - vapour_pa)


def humidity_percent(temperature_c: float, moisture: float) -> float:
    """Return the relative humidity of air that holds so many kg/kg of water; what is more rains out."""
    vapour_pa = moisture * _PRESSURE_PA / (_MOLAR_RATIO + moisture)
    return min(100 * vapour_pa / saturation_pa(temperature_c), 100.0)
