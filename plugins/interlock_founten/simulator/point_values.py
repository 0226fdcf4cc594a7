"""The values of points and the texts of simulated thermostats: types, and the site file's unit."""

from __future__ import annotations

from interlock import Capability, InvalidValue, Value, format_value
from interlock_founten.simulator.attributes import DEGREES, INTEGER, RESERVED, Takes
from interlock_founten.simulator.thermostat import Thermostat

_RATIO = 1.8
"""Degrees Fahrenheit in a degree Celsius."""
_FREEZING_F = 32.0


def held_name(capability: Capability) -> str:
    """Return under which name a thermostat holds a controller's attribute, in lower case."""
    name = capability.controller.lower()
    # The manual's spelling and the live sites' mean one attribute to whoever writes a site file.
    return "calibrationoffet" if name == "calibrationoffset" else name


def to_point(capability: Capability, thermostat: Thermostat) -> Value | None:
    """Return what a thermostat holds, as its point has it; None where that is empty."""
    return typed(capability, thermostat, thermostat.value(held_name(capability)))


def typed(capability: Capability, thermostat: Thermostat, text: str) -> Value | None:
    """Return a text of a thermostat as its point has it; as it is where the point has no such value."""
    try:
        value = capability.check(text)
    except InvalidValue:
        return text or None
    if isinstance(value, int | float) and _is_converted(capability, thermostat):
        return round(_converted(capability, float(value), to_fahrenheit=_counts_celsius(thermostat)), 4)
    return value


def to_thermostat(capability: Capability, thermostat: Thermostat, value: Value) -> str:
    """Return a point's value as a thermostat holds it.

    Raises:
        InvalidValue: the point cannot hold it.
    """
    if isinstance(value, str) and capability.open_choices and not capability.writable:
        return value
    checked = capability.check(value)
    if checked is None or isinstance(checked, bool) or not isinstance(checked, int | float):
        return format_value(checked) if checked is not None else ""
    if not _is_converted(capability, thermostat):
        return format_value(checked)
    degrees = _converted(capability, float(checked), to_fahrenheit=not _counts_celsius(thermostat))
    return format_value(round(degrees) if _takes(capability) is INTEGER else round(degrees, 4))


def _takes(capability: Capability) -> Takes | None:
    attribute = RESERVED.get(held_name(capability))
    return attribute.takes if attribute else None


def _counts_celsius(thermostat: Thermostat) -> bool:
    return thermostat.value("temperatureFormat") == "Celsius"


def _is_converted(capability: Capability, thermostat: Thermostat) -> bool:
    return capability.unit in (("°F",) if _counts_celsius(thermostat) else ("°C", "K"))


def _converted(capability: Capability, degrees: float, *, to_fahrenheit: bool) -> float:
    zero = _FREEZING_F if held_name(capability) in DEGREES else 0.0
    return degrees * _RATIO + zero if to_fahrenheit else (degrees - zero) / _RATIO
