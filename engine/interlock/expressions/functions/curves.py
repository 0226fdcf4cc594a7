"""Functions that are drawn by points: curves and steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from interlock.expressions.functions.declaration import Function, Parameter, Special
from interlock.expressions.types import NUMBER, Kind
from interlock.expressions.view import View
from interlock.model import Value


def _split(numbers: Sequence[Value]) -> tuple[list[float], Sequence[Value]]:
    """Return the x of pairs, which must rise, and their y."""
    places = [float(x) for x in numbers[::2] if isinstance(x, int | float)]
    if any(left >= right for left, right in pairwise(places)):
        raise ValueError("the points do not rise from one to the next")
    return places, numbers[1::2]


def _curve(_view: View, value: int | float, *pairs: Value) -> float:
    places, found = _split(pairs)
    heights = [float(y) for y in found if isinstance(y, int | float)]
    after = bisect_right(places, value)
    if after == 0 or after == len(places):
        return heights[max(after - 1, 0)]
    left, right = places[after - 1], places[after]
    share = (value - left) / (right - left)
    return heights[after - 1] + share * (heights[after] - heights[after - 1])


def _band(_view: View, value: int | float, *pairs: Value) -> Value:
    places, values = _split(pairs)
    return values[max(bisect_right(places, value) - 1, 0)]


_VALUE = Parameter(name="value", takes=frozenset({Kind.NUMBER}))

CURVES = (
    Function(
        name="curve",
        description="Where the number is on a line through points, level beyond the first and the last: a "
        "heating curve is curve(outdoor.value, [[-10, 55], [15, 30]]).",
        parameters=(_VALUE, Parameter(name="x, y", takes=Special.PAIRS)),
        result=NUMBER,
        compute=_curve,
    ),
    Function(
        name="band",
        description="What belongs to the last step that the number has come to, such as "
        "band(co2.value, [[0, 'minimum'], [800, 'medium'], [1200, 'maximum']]); below the first, the first.",
        parameters=(_VALUE, Parameter(name="from, result", takes=Special.PAIRS)),
        result=None,
        compute=_band,
    ),
)
