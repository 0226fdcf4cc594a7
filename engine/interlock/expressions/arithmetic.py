"""Arithmetic that cannot be made to run for hours or fill the memory."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

_LARGEST_POWER_BITS = 1024
_Operand = int | float | datetime | timedelta


def _refuse_other(operand: object) -> None:
    # A word times a number repeats it and a word % a value formats it: neither is arithmetic.
    if isinstance(operand, bool) or not isinstance(operand, int | float | datetime | timedelta):
        raise TypeError(f"'{operand}' is no number")


def _checked(compute: Callable[..., _Operand]) -> Callable[[object, object], _Operand]:
    def computed(left: object, right: object) -> _Operand:
        _refuse_other(left)
        _refuse_other(right)
        return compute(left, right)

    return computed


def _refuse_giant(base: int, exponent: int) -> None:
    if abs(exponent) * base.bit_length() > _LARGEST_POWER_BITS:
        raise OverflowError("the power is too large")


def _power(base: int | float, exponent: int | float) -> int | float:
    if isinstance(base, int) and isinstance(exponent, int):
        _refuse_giant(base, exponent)
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("a root of a negative number")
    return result


ARITHMETIC: Mapping[str, Callable[[object, object], _Operand]] = MappingProxyType(
    {
        "+": _checked(operator.add),
        "-": _checked(operator.sub),
        "*": _checked(operator.mul),
        "/": _checked(operator.truediv),
        "//": _checked(operator.floordiv),
        "%": _checked(operator.mod),
        "**": _checked(_power),
    }
)
"""The operators on values whose type is not known before."""
