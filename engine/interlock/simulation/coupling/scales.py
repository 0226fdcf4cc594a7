"""From the units of physics to what a point counts in, and how finely a sensor shows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from interlock.capabilities import Capability, ValueType
from interlock.model import Value
from interlock.simulation.coupling.roles import Role

FAHRENHEIT = "°F"
WARMEST_ROOM_C = 45.0
"""What shows more than this and has no unit counts in °F."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a point counts: ``point = physics * factor + offset``."""

    factor: float = 1.0
    offset: float = 0.0

    def to_point(self, number: float) -> float:
        """Return what a point holds for a number of physics."""
        return number * self.factor + self.offset

    def from_point(self, number: float) -> float:
        """Return the number of physics that a point holds."""
        return (number - self.offset) / self.factor


_AS_IT_IS = Scale()
_SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        FAHRENHEIT: Scale(1.8, 32.0),
        "klx": Scale(0.001),
        "kW": Scale(0.001),
        "Wh": Scale(1000.0),
        "MWh": Scale(0.001),
        "km/h": Scale(3.6),
    }
)
"""By what points count in; physics has °C, lx, W, kWh and m/s."""
_STEPS: Mapping[Role, float] = MappingProxyType(
    {
        Role.TEMPERATURE: 0.1,
        Role.OUTDOOR_TEMPERATURE: 0.1,
        Role.HUMIDITY: 1.0,
        Role.OUTDOOR_HUMIDITY: 1.0,
        Role.CO2: 10.0,
        Role.POWER: 10.0,
        Role.ENERGY: 0.1,
        Role.SUN: 10.0,
        Role.WIND: 0.5,
        Role.RAIN: 0.1,
    }
)
"""How finely sensors show, in the units of physics; temperatures in tenths of their own degrees."""
_TEMPERATURES = frozenset({Role.TEMPERATURE, Role.OUTDOOR_TEMPERATURE})
_LIGHT_DIGITS = 2
"""Light is shown with so many digits: an eye and a rule see no more."""


def scale_of(capability: Capability, *, counts_fahrenheit: bool = False) -> Scale:
    """Return how a point counts; where it has no unit, a temperature in °C or °F."""
    unit = FAHRENHEIT if counts_fahrenheit and not capability.unit else capability.unit
    return _SCALES.get(unit, _AS_IT_IS)


def rounding_of(role: Role, scale: Scale) -> Callable[[float], float]:
    """Return what makes of a number, as a point counts, what a sensor shows of it."""
    step = _STEPS.get(role)
    if step is None:
        return _two_digits
    if role not in _TEMPERATURES:
        step *= scale.factor
    return lambda number: round(number / step) * step


def _two_digits(number: float) -> float:
    if number < 1:
        return 0.0
    place = 10.0 ** (math.floor(math.log10(number)) - _LIGHT_DIGITS + 1)
    return max(round(number / place) * place, 0.0)


def fitted(capability: Capability, number: float) -> Value:
    """Return a number as a controller can hold it: within its range, a whole one, a multiple of its step."""
    low = -math.inf if capability.minimum is None else capability.minimum
    high = math.inf if capability.maximum is None else capability.maximum
    number = min(max(number, low), high)
    if capability.step:
        start = capability.minimum or 0.0
        number = start + round((number - start) / capability.step) * capability.step
    return round(number) if capability.type is ValueType.INTEGER else round(number, 3)
