"""How values travel: what a set carries, and what an answer means. Pure functions.

Temperatures are converted where the site file thinks in another unit than the thermostat. What is read has
two decimals then; what is set is rounded to what the thermostat can hold, halves upwards.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from interlock import ProtocolFault, RejectedValue, Value, ValueType
from interlock_founten.attributes import FORMATS, Attribute, Scale
from interlock_founten.settings import Unit

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?")
LARGEST = 1_000_000
"""The largest number that is sent; more is a slip of whoever wrote it."""
_CENT = Decimal("0.01")
_FREEZING = 32
"""°F at 0 °C."""
_RATIO = Decimal("1.8")
"""Degrees Fahrenheit in a degree Celsius."""


def read_number(text: str) -> Decimal | None:
    """Return the number that an answer holds: ``70``, ``71.6``; None where it holds none, as ``--``."""
    return Decimal(text) if _NUMBER.fullmatch(text.strip()) else None


def decode(attribute: Attribute | None, text: str, unit: Unit | None, format_: str) -> Value | None:
    """Return the value that an answer means; None where it says that there is none.

    Args:
        attribute: Whose value it is; None for a user-defined one, which is a text.
        text: The answer.
        unit: What temperatures shall be in; None for the thermostat's own.
        format_: The thermostat's temperatureFormat; only looked at where something is to be converted.

    Raises:
        ProtocolFault: it means nothing.
    """
    told = text.strip()
    if not told:
        return None
    if attribute is None or attribute.type is ValueType.TEXT:
        return text
    if attribute.type is ValueType.CHOICE:
        return told
    if not text.strip(" -"):
        return None
    value = _decode_number(told, attribute.scale, unit, format_)
    if value is None:
        raise ProtocolFault(f"{attribute.name} is '{told}' and no number")
    return value


# Hundreds of thermostats tell the same few temperatures at each poll.
@lru_cache(maxsize=1024)
def _decode_number(text: str, scale: Scale, unit: Unit | None, format_: str) -> float | None:
    number = read_number(text)
    if number is None:
        return None
    if unit is not None and scale:
        number = convert(number, scale, source=_unit_of(format_), target=unit)
        number = number.quantize(_CENT, ROUND_HALF_UP)
    return int(number) if number == number.to_integral_value() else float(number)


def encode(attribute: Attribute | None, value: Value, unit: Unit | None, format_: str) -> str:
    """Return what a set carries for a value that the attribute's controller takes.

    Raises:
        RejectedValue: the thermostat cannot hold it.
        ProtocolFault: nobody knows in which unit the thermostat counts.
    """
    if attribute is None or attribute.type not in (ValueType.INTEGER, ValueType.NUMBER):
        return str(value)
    # Twelve digits are more than any thermostat has, and few enough to drop what sums of decimals leave.
    number = Decimal(f"{value:.12g}")
    if unit is None or not attribute.scale:
        return _plain(number, attribute)
    own = _unit_of(format_)
    if own == unit:
        return _plain(number, attribute)
    step = Decimal(1) if attribute.type is ValueType.INTEGER else _CENT
    converted = convert(number, attribute.scale, source=unit, target=own)
    return _plain(converted.quantize(step, ROUND_HALF_UP), attribute)


def convert(number: Decimal, scale: Scale, *, source: Unit, target: Unit) -> Decimal:
    """Return a temperature, or a difference of temperatures, in another unit."""
    zero = _FREEZING if scale == "temperature" else 0
    if source == target:
        return number
    return number * _RATIO + zero if target == "fahrenheit" else (number - zero) / _RATIO


def _unit_of(format_: str) -> Unit:
    match format_.strip().lower():
        case "fahrenheit":
            return "fahrenheit"
        case "celsius":
            return "celsius"
        case other:
            known = " or ".join(FORMATS)
            raise ProtocolFault(f"its temperatureFormat is '{other}' and not {known}: nothing is converted")


def _plain(number: Decimal, attribute: Attribute) -> str:
    """Return a number without exponent or needless zeros, and without a fraction where it must have none."""
    if abs(number) > LARGEST:
        raise RejectedValue(f"{attribute.name} cannot be {float(number):g}: {LARGEST} at most can be sent")
    if number == number.to_integral_value():
        return str(int(number))
    if attribute.type is ValueType.INTEGER:
        raise RejectedValue(f"{attribute.name} cannot be {number.normalize():f}: it takes integers here")
    return f"{number.normalize():f}"
