"""The small static types of expressions, from which impossible comparisons are found before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import reduce

from interlock.capabilities import Capability, ValueType
from interlock.model import Value


class Kind(Enum):
    """What a value is; the text says it in a sentence."""

    BOOLEAN = "on or off"
    NUMBER = "a number"
    TEXT = "a word"
    INSTANT = "an instant"
    DURATION = "a duration"
    LIST = "a list"
    ANY = "of no known type"
    """Not known before it is computed; nothing is checked."""


@dataclass(frozen=True, slots=True)
class Type:
    """What is known of a value before it is computed."""

    kind: Kind
    choices: tuple[str, ...] = ()
    """The only words it can be; empty for any word."""
    is_open: bool = False
    """Whether it can be other words than its choices."""
    minimum: float | None = None
    maximum: float | None = None
    unit: timedelta | None = None
    """What a number counts, where that is time: its own unit says so."""
    measure: str = ""
    """What a number is counted in, such as ``°C``; empty where that is not known."""
    constant: Value | None = None
    """The value itself, where the text gives it."""


ANY = Type(Kind.ANY)
BOOLEAN = Type(Kind.BOOLEAN)
NUMBER = Type(Kind.NUMBER)
TEXT = Type(Kind.TEXT)
INSTANT = Type(Kind.INSTANT)
DURATION = Type(Kind.DURATION)
LIST = Type(Kind.LIST)

_KINDS = {
    ValueType.BOOLEAN: Kind.BOOLEAN,
    ValueType.INTEGER: Kind.NUMBER,
    ValueType.NUMBER: Kind.NUMBER,
    ValueType.CHOICE: Kind.TEXT,
    ValueType.TEXT: Kind.TEXT,
    ValueType.INSTANT: Kind.INSTANT,
    ValueType.DURATION: Kind.DURATION,
    ValueType.COLOR: Kind.LIST,
    ValueType.LIST: Kind.LIST,
    ValueType.NONE: Kind.ANY,
}


_TIME_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
"""As SI writes them."""


def ranged(minimum: float | None = None, maximum: float | None = None) -> Type:
    """Return the type of numbers in a range."""
    return Type(Kind.NUMBER, minimum=minimum, maximum=maximum)


def type_of_capability(capability: Capability) -> Type:
    """Return the type of the values that a controller holds."""
    return Type(
        _KINDS[capability.type],
        choices=capability.choices if capability.type is ValueType.CHOICE else (),
        is_open=capability.open_choices,
        minimum=capability.minimum,
        maximum=capability.maximum,
        unit=_TIME_UNITS.get(capability.unit),
        measure=capability.unit,
    )


def type_of_constant(value: bool | int | float | str | timedelta) -> Type:
    """Return the type of a value that stands in the text."""
    match value:
        case bool():
            return Type(Kind.BOOLEAN, constant=value)
        case int() | float():
            return Type(Kind.NUMBER, minimum=value, maximum=value, constant=value)
        case str():
            return Type(Kind.TEXT, choices=(value,), constant=value)
        case timedelta():
            return Type(Kind.DURATION, constant=value)


def union(types: Iterable[Type]) -> Type:
    """Return the type of a value that has one of these types."""
    return reduce(_union, types)


def _union(left: Type, right: Type) -> Type:
    if left.kind is not right.kind:
        return ANY
    both_choose = left.choices and right.choices
    return Type(
        left.kind,
        choices=tuple(dict.fromkeys(left.choices + right.choices)) if both_choose else (),
        is_open=left.is_open or right.is_open,
        minimum=None if left.minimum is None or right.minimum is None else min(left.minimum, right.minimum),
        maximum=None if left.maximum is None or right.maximum is None else max(left.maximum, right.maximum),
        measure=left.measure if left.measure == right.measure else "",
    )
