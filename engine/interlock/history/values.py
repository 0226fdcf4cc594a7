"""Values as JSON that keeps their type: on/off is no number, 21.0 no integer, a duration no text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from interlock.model import Scalar, Value, format_value

_MICROSECOND = timedelta(microseconds=1)
_to_json = json.JSONEncoder(allow_nan=False).encode

Json: TypeAlias = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None
"""What a document for programs can hold."""
_JsonScalar: TypeAlias = bool | int | float | str | dict[str, str | int]


def encode_value(value: Value) -> str:
    """Return the value as one line of JSON; equal texts mean equal values of equal types.

    Lists stand for tuples, ``{"instant": …}`` and ``{"duration_us": …}`` for times, and
    ``{"float": …}`` for the floats that JSON has no word for.
    """
    if isinstance(value, float) and math.isfinite(value):
        # What JSON makes of it, many times as fast; nearly all that is stored is such.
        return float.__repr__(value)
    plain = [_encode(item) for item in value] if isinstance(value, tuple) else _encode(value)
    return _to_json(plain)


def decode_value(text: str) -> Value:
    """Return the value that `encode_value` wrote; instants come back in UTC."""
    plain: _JsonScalar | list[_JsonScalar] = json.loads(text)
    return tuple(_decode(item) for item in plain) if isinstance(plain, list) else _decode(plain)


def _encode(value: Scalar) -> _JsonScalar:
    match value:
        case datetime():
            return {"instant": value.astimezone(UTC).isoformat()}
        case timedelta():
            return {"duration_us": value // _MICROSECOND}
        case float() if not math.isfinite(value):
            return {"float": str(value)}
        case _:
            return value


def _decode(plain: _JsonScalar) -> Scalar:
    match plain:
        case {"instant": str(text)}:
            return datetime.fromisoformat(text)
        case {"duration_us": int(count)}:
            return count * _MICROSECOND
        case {"float": str(text)}:
            return float(text)
        case bool() | int() | float() | str():
            return plain
    raise ValueError(f"{plain} is no stored value")


def exact(value: Value) -> str:
    """Return a value as rules write it, with all digits of a number."""
    return repr(value) if isinstance(value, float) else format_value(value)


def as_json(value: Value | None) -> Json:
    """Return a value as JSON has it: instants as ISO 8601, durations as seconds."""
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case tuple():
            return [as_json(item) for item in value]
        case _:
            return value
