"""Functions of numbers and words."""

from __future__ import annotations

import math

from interlock.expressions.functions.declaration import Function, Parameter, Special
from interlock.expressions.functions.values import next_of
from interlock.expressions.types import NUMBER, TEXT, Kind
from interlock.expressions.view import View

_MOST_DIGITS = 15
# Over water, -45 to 60 °C. Source: D. Sonntag, Zeitschrift für Meteorologie 70 (1990), p. 340.
_MAGNUS_FACTOR, _MAGNUS_C, _MAGNUS_PA = 17.62, 243.12, 611.2
_KELVIN, _VAPOUR_GAS = 273.15, 461.5
"""0 °C, and the gas constant of water vapour in J/(kg K)."""
# Source: ASHRAE Handbook Fundamentals (SI), chapter Psychrometrics: kJ/(kg K), kJ/kg, and water to dry air.
_AIR_HEAT, _VAPOUR_HEAT, _EVAPORATION, _MOLAR_SHARE = 1.006, 1.86, 2501, 0.621945
_SEA_LEVEL_PA = 101_325


def _abs(_view: View, value: int | float) -> int | float:
    return abs(value)


def _round(_view: View, value: int | float, digits: int | float) -> int | float:
    # A decimal has no more digits, and rounding an integer to a huge negative count takes for ever.
    if digits != int(digits) or abs(digits) > _MOST_DIGITS:
        raise ValueError(f"{digits} is no count of digits from -{_MOST_DIGITS} to {_MOST_DIGITS}")
    return round(value, int(digits))


def _clamp(_view: View, value: int | float, low: int | float, high: int | float) -> int | float:
    if low > high:
        raise ValueError(f"the lower limit {low:g} is above the upper limit {high:g}")
    return max(low, min(value, high))


def _sqrt(_view: View, value: int | float) -> float:
    if value < 0:
        raise ValueError(f"{value:g} is negative and has no root")
    return math.sqrt(value)


def _scale(
    _view: View,
    value: int | float,
    low: int | float,
    high: int | float,
    to_low: int | float,
    to_high: int | float,
) -> float:
    if low == high:
        raise ValueError("the two ends of the range are the same")
    return to_low + (value - low) / (high - low) * (to_high - to_low)


def _exponent(temperature: int | float, humidity: int | float) -> float:
    """Return the logarithm of the pressure of water vapour, as a multiple of that over ice water."""
    if not 0 < humidity <= 100:
        raise ValueError(f"{humidity:g} is no relative humidity in percent")
    if not -45 <= temperature <= 60:
        raise ValueError(f"the formula is good from -45 to 60 °C, and this is {temperature:g}")
    return math.log(humidity / 100) + _MAGNUS_FACTOR * temperature / (_MAGNUS_C + temperature)


def _dewpoint(_view: View, temperature: int | float, humidity: int | float) -> float:
    share = _exponent(temperature, humidity)
    return _MAGNUS_C * share / (_MAGNUS_FACTOR - share)


def _absolute_humidity(_view: View, temperature: int | float, humidity: int | float) -> float:
    pressure_pa = _MAGNUS_PA * math.exp(_exponent(temperature, humidity))
    return 1000 * pressure_pa / (_VAPOUR_GAS * (temperature + _KELVIN))


def _enthalpy(_view: View, temperature: int | float, humidity: int | float) -> float:
    pressure_pa = _MAGNUS_PA * math.exp(_exponent(temperature, humidity))
    water = _MOLAR_SHARE * pressure_pa / (_SEA_LEVEL_PA - pressure_pa)
    return _AIR_HEAT * temperature + water * (_EVAPORATION + _VAPOUR_HEAT * temperature)


def _int(_view: View, value: int | float | str) -> int:
    return int(float(value)) if isinstance(value, str) else int(value)


def _float(_view: View, value: int | float | str) -> float:
    return float(value)


def _lower(_view: View, value: str) -> str:
    return value.lower()


def _upper(_view: View, value: str) -> str:
    return value.upper()


def _number(name: str) -> Parameter:
    return Parameter(name=name, takes=frozenset({Kind.NUMBER}))


_VALUE = _number("value")
_NUMBER_OR_TEXT = Parameter(name="value", takes=frozenset({Kind.NUMBER, Kind.TEXT}))
_WORD = Parameter(name="text", takes=frozenset({Kind.TEXT}))

NUMBERS = (
    Function(
        name="abs",
        description="The number without its sign.",
        parameters=(_VALUE,),
        result=NUMBER,
        compute=_abs,
    ),
    Function(
        name="round",
        description="The number with so many decimals, 0 where none are given; halves go to the even digit.",
        parameters=(_VALUE, Parameter(name="digits", takes=frozenset({Kind.NUMBER}), default=0)),
        result=NUMBER,
        compute=_round,
    ),
    Function(
        name="clamp",
        description="The number, or the limit that it is beyond.",
        parameters=(_VALUE, _number("low"), _number("high")),
        result=NUMBER,
        compute=_clamp,
    ),
    Function(
        name="sqrt",
        description="The square root, as a flow has from a differential pressure.",
        parameters=(_VALUE,),
        result=NUMBER,
        compute=_sqrt,
    ),
    Function(
        name="scale",
        description="The number from one range taken to another, as 0 to 10 V mean 0 to 100 %: "
        "scale(x, 0, 10, 0, 100). It goes on beyond the ends.",
        parameters=(_VALUE, _number("low"), _number("high"), _number("to_low"), _number("to_high")),
        result=NUMBER,
        compute=_scale,
    ),
    Function(
        name="dewpoint",
        description="The dew point in °C of air of a temperature in °C, -45 to 60, and a relative humidity "
        "in percent.",
        parameters=(_number("temperature"), _number("humidity")),
        result=NUMBER,
        compute=_dewpoint,
    ),
    Function(
        name="absolute_humidity",
        description="How many grams of water are in a cubic metre of air of a temperature in °C, -45 to 60, "
        "and a relative humidity in percent: by it one knows whether airing makes a room drier.",
        parameters=(_number("temperature"), _number("humidity")),
        result=NUMBER,
        compute=_absolute_humidity,
    ),
    Function(
        name="enthalpy",
        description="The specific enthalpy in kJ/kg of air of a temperature in °C, -45 to 60, and a relative "
        "humidity in percent, at sea level: by it one knows whether outdoor air cools for less.",
        parameters=(_number("temperature"), _number("humidity")),
        result=NUMBER,
        compute=_enthalpy,
    ),
    Function(
        name="next_of",
        description="The item of a list behind the one that the value is, and the first behind the last: a "
        "button that goes through levels sets next_of(lamp.value, [0, 30, 100]). The first for any other.",
        parameters=(
            Parameter(name="value", takes=frozenset({Kind.NUMBER, Kind.TEXT, Kind.BOOLEAN})),
            Parameter(name="item", takes=Special.ITEMS),
        ),
        result=None,
        compute=next_of,
    ),
    Function(
        name="int",
        description="The number without its fraction; a text that is a number becomes one.",
        parameters=(_NUMBER_OR_TEXT,),
        result=NUMBER,
        compute=_int,
    ),
    Function(
        name="float",
        description="The number; a text that is a number becomes one, and any other is unknown.",
        parameters=(_NUMBER_OR_TEXT,),
        result=NUMBER,
        compute=_float,
    ),
    Function(
        name="lower",
        description="The text in small letters.",
        parameters=(_WORD,),
        result=TEXT,
        compute=_lower,
    ),
    Function(
        name="upper",
        description="The text in capital letters.",
        parameters=(_WORD,),
        result=TEXT,
        compute=_upper,
    ),
)
