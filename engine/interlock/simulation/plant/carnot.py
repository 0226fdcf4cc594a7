"""How much electricity moves how much heat: a share of what Carnot allows between two coils."""

from __future__ import annotations

_ZERO_C_IN_K = 273.15
_OUTER_COIL_K = 12.0
"""How much colder (heating) or warmer (cooling) the outer coil is than the air outdoors."""
_INNER_COIL_K = 15.0
"""How much warmer (heating) or colder (cooling) the inner coil is than the room."""
_SMALLEST_LIFT_K = 15.0
"""A compressor does not run at less; it keeps the COP below about 9."""


def cooling_cop(room_c: float, outdoor_c: float, quality: float) -> float:
    """Return the heat taken out of a room for each joule of electricity."""
    cold_c, warm_c = room_c - _INNER_COIL_K, outdoor_c + _OUTER_COIL_K
    return quality * (cold_c + _ZERO_C_IN_K) / max(warm_c - cold_c, _SMALLEST_LIFT_K)


def heating_cop(room_c: float, outdoor_c: float, quality: float) -> float:
    """Return the heat brought into a room by warm air for each joule of electricity."""
    return flow_cop(room_c + _INNER_COIL_K, outdoor_c, quality)


def flow_cop(flow_c: float, outdoor_c: float, quality: float) -> float:
    """Return the heat brought into water of a temperature for each joule of electricity; never below 1."""
    cold_c = outdoor_c - _OUTER_COIL_K
    cop = quality * (flow_c + _ZERO_C_IN_K) / max(flow_c - cold_c, _SMALLEST_LIFT_K)
    return max(cop, 1.0)
