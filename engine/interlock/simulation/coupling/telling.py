"""What devices are told, in the words of the plant: modes, speeds, stages, levels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from interlock.model import Value
from interlock.simulation.plant.air_conditioner import AcMode, FanSpeed
from interlock.simulation.plant.thermostat import ThermostatMode

T = TypeVar("T")

_AC_MODES: Mapping[str, AcMode] = MappingProxyType(
    {
        "cool": AcMode.COOLING,
        "heat": AcMode.HEATING,
        "dry": AcMode.DRY,
        "dehum": AcMode.DRY,
        "fan": AcMode.FAN,
        "vent": AcMode.FAN,
    }
)
_SPEEDS: Mapping[str, FanSpeed] = MappingProxyType(
    {
        "min": FanSpeed.MINIMUM,
        "low": FanSpeed.MINIMUM,
        "aver": FanSpeed.AVERAGE,
        "med": FanSpeed.AVERAGE,
        "max": FanSpeed.MAXIMUM,
        "high": FanSpeed.MAXIMUM,
    }
)
_SYSTEMS: Mapping[str, ThermostatMode] = MappingProxyType(
    {
        "off": ThermostatMode.OFF,
        "heat": ThermostatMode.HEATING,
        "cool": ThermostatMode.COOLING,
    }
)
_SETBACKS_K: Mapping[str, float] = MappingProxyType(
    {"standby": 2.0, "econom": 4.0, "night": 4.0, "2": 2.0, "3": 4.0}
)
"""By mode, in words or as KNX counts them. Source: what KNX room controllers are delivered with."""
_PROTECTING = ("protect", "frost", "building", "4")
FROST_C, HEAT_C = 7.0, 35.0
"""What is kept in protection. Source: as the setbacks."""
_STAGE = re.compile(r"(heat|cool)\D*(\d?)", re.IGNORECASE)
_LOW, _HIGH = 100 / 3, 200 / 3


def level_of(value: Value | None) -> float:
    """Return a level in percent of what a valve, a relay or a dimmer holds."""
    if isinstance(value, bool):
        return 100.0 if value else 0.0
    return min(max(float(value), 0.0), 100.0) if isinstance(value, int | float) else 0.0


def number_of(value: Value | None) -> float | None:
    """Return a number; None where it is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isinstance(value, int | float) else None


def ac_mode_of(value: Value | None) -> AcMode:
    """Return an air conditioner's mode; what is neither of the others is automatic."""
    return _first(_AC_MODES, value) or AcMode.AUTO


def is_off(value: Value | None) -> bool:
    """Whether a word says that something is off."""
    return isinstance(value, str) and value.lower().startswith("off")


def speed_of(value: Value | None) -> FanSpeed:
    """Return a fan's speed, of words or of percent."""
    level = number_of(value)
    if level is None:
        return _first(_SPEEDS, value) or FanSpeed.AUTO
    return FanSpeed.MINIMUM if level <= _LOW else FanSpeed.AVERAGE if level <= _HIGH else FanSpeed.MAXIMUM


def system_of(value: Value | None, default: ThermostatMode) -> ThermostatMode:
    """Return whether a thermostat heats, cools, both or neither."""
    if isinstance(value, bool):
        return default if value else ThermostatMode.OFF
    if isinstance(value, str) and value.lower().startswith("auto"):
        return ThermostatMode.AUTO
    return _first(_SYSTEMS, value) or default


def setback_of(mode: Value | None) -> float | None:
    """Return by how many kelvin a mode saves; None for protection."""
    if isinstance(mode, bool):
        return 0.0 if mode else _SETBACKS_K["econom"]
    word = str(mode).lower()
    if word.startswith(_PROTECTING):
        return None
    return next((setback_k for key, setback_k in _SETBACKS_K.items() if word.startswith(key)), 0.0)


def stages_of(value: Value | None) -> tuple[int, int]:
    """Return which stage of heating and of cooling runs: ``Heat-Stage2`` is (2, 0)."""
    found = _STAGE.match(str(value))
    if not found:
        return 0, 0
    stage = int(found[2] or 1)
    return (stage, 0) if found[1].lower() == "heat" else (0, stage)


def _first(words: Mapping[str, T], value: Value | None) -> T | None:
    word = str(value).lower()
    return next((meaning for key, meaning in words.items() if word.startswith(key)), None)
