"""KNX telegrams that a Thinknx server sends for us: what they carry, and what the server says it sent.

Source: Thinknx Integration Kit 1.3b, System controller; ranges that it leaves open are those of the KNX
datapoint types, and of the vendor's own wiki for DPT 9.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote

from interlock import Field, InvalidValue, Target, Value, ValueType
from interlock_thinknx.controllers import LARGEST_SINGLE
from interlock_thinknx.values import Json, format_number

_FOUR_BITS = 15
_GROUP = re.compile(r"([0-9]{1,2})/([0-9])/([0-9]{1,3})")
_GROUP_LIMITS = (31, 7, 255)


def check_group(group: str) -> None:
    """Check a group address of three levels.

    Raises:
        InvalidValue: it has no three levels, one is out of 0-31/0-7/0-255, or it is 0/0/0, the broadcast.
    """
    found = _GROUP.fullmatch(group)
    levels = tuple(map(int, found.groups())) if found else (0, 0, 0)
    if not any(levels) or any(level > limit for level, limit in zip(levels, _GROUP_LIMITS, strict=True)):
        raise InvalidValue(
            f"group cannot be '{group}': it takes three levels from 0/0/1 to 31/7/255, such as 1/0/1"
        )


def encode_telegram(target: Target, fields: Mapping[str, Value]) -> str:
    """Return the parameters of a telegram's request, encoded.

    Raises:
        InvalidValue: a field is missing, unknown or out of range.
    """
    checked = target.capability.check_fields(fields)
    group = str(checked["group"])
    check_group(group)
    return f"group={quote(group, safe='/')}&value={_format(checked['value'])}"


def _format(value: Value) -> str:
    match value:
        case bool():
            return str(int(value))
        case int() | float():
            return _format_single(value) if abs(value) > 1e9 else format_number(value)
        case _:
            raise InvalidValue(f"value cannot be {value!r}: a telegram carries a number")


def _format_single(number: float) -> str:
    """Return a number that may be as large as a single, without an exponent."""
    rounded = Decimal(f"{number:.12g}")
    return format(rounded if abs(rounded) <= LARGEST_SINGLE else Decimal(repr(number)), "f")


def telegram_note(target: Target, fields: Mapping[str, Value], document: Mapping[str, Json]) -> str:
    """Return what a person should know of a telegram that the server took; empty for nothing.

    The server repeats the value as it sent it, which a float of two bytes rounds.
    """
    field = next(each for each in target.capability.fields if each.name == "value")
    value, sent = _number(fields["value"]), _number(document.get("value"))
    if value is not None and sent is not None and not _is_about(field, value, sent):
        return f"the server says that it sent {sent:g}"
    if field.maximum == 31 and value is not None and value > _FOUR_BITS:
        return f"{value:g} is more than the four bits of a telegram hold"
    return ""


def _is_about(field: Field, value: float, sent: float) -> bool:
    if field.type is ValueType.NUMBER:
        return math.isclose(value, sent, rel_tol=1e-3, abs_tol=0.01)
    return value == sent


def _number(raw: object) -> float | None:
    try:
        return float(str(int(raw) if isinstance(raw, bool) else raw))
    except ValueError:
        return None
