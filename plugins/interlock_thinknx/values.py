"""How values travel: what a command carries, and what a status means. Pure functions.

A value goes by its capability's type and its row in the table of controllers; nothing that the capability
refuses is sent or believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TypeAlias

from interlock import InvalidValue, Target, Value, ValueType
from interlock_thinknx.controllers import controller_of
from interlock_thinknx.settings import BlindSettings

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What a JSON document can hold."""


def encode_value(target: Target, value: Value | None) -> str:
    """Return what ``cmd=`` carries for a value, or for none where the controller takes none.

    Raises:
        InvalidValue: the target cannot take it, or no device could.
    """
    match target.capability.check(value):
        case None:
            return "1"
        case bool(on):
            return "1" if on else "0"
        case str(choice):
            return str(controller_of(target).codes[choice])
        case tuple(parts):
            return ",".join(map(str, parts))
        case int() | float() as number:
            return format_number(_turn(number, target))
        case other:
            raise InvalidValue(f"{target.point} cannot be {other!r}: the protocol has no such values")


def _turn(number: float, target: Target) -> float:
    """Return a percentage as the other side counts it, where the device is inverted."""
    match target.device.settings:
        case BlindSettings(inverted=True) if controller_of(target).can_be_inverted:
            return 100 - number
        case _:
            return number


def decode_value(raw: Json, target: Target, timezone: tzinfo = UTC) -> Value:
    """Return the value that a status means.

    Numbers come plain or as text, on and off as 1 and 0, choices as their numbers.

    Args:
        raw: What the document holds.
        target: The point that it is for.
        timezone: The one that local times are told in.

    Raises:
        InvalidValue: it means nothing, or nothing that the target can hold.
    """
    try:
        if target.capability.type is ValueType.INSTANT:
            return _decode_instant(raw, timezone)
        return _DECODERS[target.capability.type](raw, target)
    except (ValueError, OverflowError, KeyError):
        raise InvalidValue(f"{target.point} cannot be {raw!r}") from None


LARGEST = 10**12
"""The largest number that is sent. Devices hold four bytes at most; more is a slip of whoever wrote it."""


def format_number(number: float) -> str:
    """Return a number as the manual writes them: ``21``, ``20.5``; never an exponent or binary noise.

    Twelve significant digits are more than any device has, and few enough to drop what sums of decimals
    leave behind: 0.1 + 0.2 is sent as 0.3.

    Raises:
        InvalidValue: it is larger than `LARGEST`, to either side.
    """
    if not abs(number) <= LARGEST:
        raise InvalidValue(
            f"{Decimal(number):.6g} is not a number that devices hold: at most {LARGEST} can be sent"
        )
    return _plain(number)


def _plain(number: float) -> str:
    if isinstance(number, int):
        return str(number)
    return format(Decimal(f"{number or 0.0:.12g}"), "f")


_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def _to_number(raw: Json) -> float:
    """Return the number that JSON holds, plain or as text, which some servers write."""
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        return float(raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw)
    raise ValueError("no number")


_SWITCH: Mapping[float, bool] = {0: False, 1: True}


def _decode_on_off(raw: Json, _target: Target) -> bool:
    return raw if isinstance(raw, bool) else _SWITCH[_to_number(raw)]


def _decode_choice(raw: Json, target: Target) -> str:
    choices: dict[float, str] = {code: choice for choice, code in controller_of(target).codes.items()}
    return choices[_to_number(raw)]


def _decode_integer(raw: Json, target: Target) -> int:
    """Round: a level that the bus holds in one byte, such as 127 of 255, may come as 49.8."""
    number = round(_to_number(raw))
    target.capability.check(number)
    return round(_turn(number, target))


def _decode_decimal(raw: Json, target: Target) -> float:
    number = _to_number(raw)
    target.capability.check(number)
    return number


def _decode_color(raw: Json, target: Target) -> Value:
    parts = re.split(r"[,\s]+", raw.strip("[] ")) if isinstance(raw, str) else raw
    if not isinstance(parts, list):
        raise ValueError("no color")
    color = tuple(round(_to_number(part)) for part in parts)
    target.capability.check(color)
    return color


def _decode_text(raw: Json, _target: Target) -> str:
    if isinstance(raw, str):
        return raw.strip()
    return _plain(_to_number(raw))


_UPTIME_PART = re.compile(r"([0-9]+)\s*([dhms])[a-z]*[\s,]*", re.IGNORECASE)
_UPTIME_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


def _decode_uptime(raw: Json, _target: Target) -> timedelta:
    """Read ``X days X hours X min``, with any of the parts, in the singular too."""
    text = raw if isinstance(raw, str) else ""
    parts = _UPTIME_PART.findall(text)
    if not parts or _UPTIME_PART.sub("", text).strip():
        raise ValueError("no uptime")
    return sum((int(count) * _UPTIME_UNITS[unit.lower()] for count, unit in parts), timedelta())


_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def _decode_instant(raw: Json, timezone: tzinfo) -> datetime:
    """Read ``hh:mm:ss YYYY-MM-DD``, or the date first; in the repeated hour of autumn the first is meant."""
    text = raw if isinstance(raw, str) else ""
    time, date = _TIME.search(text), _DATE.search(text)
    if time is None or date is None or _DATE.sub("", _TIME.sub("", text)).strip(" T,"):
        raise ValueError("no instant")
    year, month, day = map(int, date.groups())
    hour, minute, second = map(int, time.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone).astimezone(UTC)


def _decode_list(raw: Json, _target: Target) -> tuple[str, ...]:
    """Read texts between commas; nobody is an empty text or null, and one alone may come as a number."""
    match raw:
        case None:
            items: list[str] = []
        case list():
            items = [str(item) for item in raw]
        case str():
            items = raw.split(",")
        case _:
            items = [_plain(_to_number(raw))]
    return tuple(item.strip() for item in items if item.strip())


_DECODERS: Mapping[ValueType, Callable[[Json, Target], Value]] = {
    ValueType.BOOLEAN: _decode_on_off,
    ValueType.CHOICE: _decode_choice,
    ValueType.INTEGER: _decode_integer,
    ValueType.NUMBER: _decode_decimal,
    ValueType.COLOR: _decode_color,
    ValueType.TEXT: _decode_text,
    ValueType.DURATION: _decode_uptime,
    ValueType.LIST: _decode_list,
}
