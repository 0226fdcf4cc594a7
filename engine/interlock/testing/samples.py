"""Values that a capability says can be written: its ends, its choices, both truths."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from interlock.capabilities import Capability, ValueType
from interlock.model import Value

_ORDINARY = (21.5, 18.0)
"""For numbers without limits: the second is another one, so that the first cannot have been there before."""
_TOLERANCE = 0.005
"""A value may come back rounded: two-byte floats hold about three digits."""


def samples_of(capability: Capability) -> Sequence[Value]:
    """Return values to write, none where the capability does not say enough; the last is not the first."""
    match capability.type:
        case ValueType.BOOLEAN:
            return (True, False)
        case ValueType.CHOICE:
            return capability.choices
        case ValueType.INTEGER | ValueType.NUMBER:
            return tuple(_numbers(capability))
        case ValueType.COLOR:
            return ((255, 0, 0), (0, 0, 255))
        case _:
            return ()


def _numbers(capability: Capability) -> Sequence[Value]:
    lowest, highest = capability.minimum, capability.maximum
    step = capability.step or 1.0
    match lowest, highest:
        case None, None:
            found = [each // step * step for each in _ORDINARY]
        case float() | int(), None:
            found = [lowest, lowest + step]
        case None, float() | int():
            found = [highest, highest - step]
        case _:
            assert lowest is not None
            assert highest is not None
            found = [lowest, lowest + (highest - lowest) / 2 // step * step, highest]
    whole = capability.type is ValueType.INTEGER
    return [int(each) if whole else float(each) for each in found]


def is_declared(capability: Capability, value: Value) -> bool:
    """Return whether a value is what a capability declares, in type, range and spelling.

    To Python, 1 is equal to True; to a rule that asks whether a lamp is on, it is not.
    """
    declared = capability.check(value)
    is_number = capability.type is ValueType.NUMBER
    return declared == value and (is_number or type(declared) is type(value))


def is_same(held: Value | None, written: Value) -> bool:
    """Return whether a device holds what was written, as exactly as its protocol can."""
    if isinstance(held, bool) or isinstance(written, bool) or not isinstance(written, int | float):
        return held == written
    return bool(held == pytest.approx(written, rel=_TOLERANCE, abs=_TOLERANCE))
