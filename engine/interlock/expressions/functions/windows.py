"""Functions of a point's past."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from interlock.durations import format_duration
from interlock.expressions.functions.declaration import Function, Parameter, Special
from interlock.expressions.past import PastCondition, Stretch, known_stretches, value_at
from interlock.expressions.types import BOOLEAN, DURATION, NUMBER, Kind
from interlock.expressions.unknown import Unknown
from interlock.expressions.view import View
from interlock.model import Point, Value

_HOUR = timedelta(hours=1)
_NOTHING = timedelta()


def _numbers(view: View, point: Point, window: timedelta) -> list[tuple[float, Stretch]]:
    stretches = known_stretches(view, point, window)
    return [(float(each.value), each) for each in stretches if isinstance(each.value, int | float)]


def _mean_over(view: View, point: Point, window: timedelta) -> float:
    found = _numbers(view, point, window)
    weights = [each.length.total_seconds() for _, each in found]
    return sum(value * weight for (value, _), weight in zip(found, weights, strict=True)) / sum(weights)


def _min_over(view: View, point: Point, window: timedelta) -> float:
    return min(value for value, _ in _numbers(view, point, window))


def _max_over(view: View, point: Point, window: timedelta) -> float:
    return max(value for value, _ in _numbers(view, point, window))


def _value_ago(view: View, point: Point, ago: timedelta) -> Value:
    value = value_at(view, point, ago)
    if value is None:
        raise Unknown(f"{point} was not known {format_duration(ago)} ago")
    return value


def _rate(view: View, point: Point, window: timedelta) -> float:
    found = _numbers(view, point, window)
    (first, earliest), (last, latest) = found[0], found[-1]
    return (last - first) / ((latest.end - earliest.start) / _HOUR)


def _on_time(view: View, point: Point, window: timedelta) -> timedelta:
    stretches = known_stretches(view, point, window)
    return sum((each.length for each in stretches if each.value is True), _NOTHING)


def _changes(view: View, point: Point, window: timedelta) -> int:
    values = [each.value for each in known_stretches(view, point, window)]
    return sum(left != right for left, right in pairwise(values))


def _is_true_for(view: View, condition: PastCondition, window: timedelta) -> bool:
    truth = condition.truth_over(view, window)
    if truth is None:
        raise Unknown(f"'{condition.text}' was not known all that time")
    return truth


_WINDOW = Parameter(name="duration", takes=Special.WINDOW)


def _point(*kinds: Kind) -> Parameter:
    return Parameter(name="point", takes=Special.POINT, holds=frozenset(kinds))


_OF_NUMBERS = (_point(Kind.NUMBER), _WINDOW)

WINDOWS = (
    Function(
        name="mean_over",
        description="The mean of the point's value over the last so long, weighted by time.",
        parameters=_OF_NUMBERS,
        result=NUMBER,
        compute=_mean_over,
        reads_time=True,
    ),
    Function(
        name="min_over",
        description="The smallest value that the point had in the last so long.",
        parameters=_OF_NUMBERS,
        result=NUMBER,
        compute=_min_over,
        reads_time=True,
    ),
    Function(
        name="max_over",
        description="The largest value that the point had in the last so long.",
        parameters=_OF_NUMBERS,
        result=NUMBER,
        compute=_max_over,
        reads_time=True,
    ),
    Function(
        name="value_ago",
        description="What the point was so long ago; since midnight a meter has counted "
        "meter.value - value_ago('meter.value', now() - today_at('00:00')).",
        parameters=(_point(), _WINDOW),
        result=None,
        compute=_value_ago,
        reads_time=True,
    ),
    Function(
        name="rate",
        description="How much the value rises in an hour, by the first and the last value of the time.",
        parameters=_OF_NUMBERS,
        result=NUMBER,
        compute=_rate,
        reads_time=True,
    ),
    Function(
        name="on_time",
        description="How long the point was on in the last so long.",
        parameters=(_point(Kind.BOOLEAN), _WINDOW),
        result=DURATION,
        compute=_on_time,
        reads_time=True,
    ),
    Function(
        name="changes",
        description="How often the point's value became another in the last so long.",
        parameters=(_point(), _WINDOW),
        result=NUMBER,
        compute=_changes,
        reads_time=True,
    ),
    Function(
        name="is_true_for",
        description="Whether a condition on points has been true for so long, without a break.",
        parameters=(Parameter(name="condition", takes=Special.EXPRESSION), _WINDOW),
        result=BOOLEAN,
        compute=_is_true_for,
        reads_time=True,
    ),
)
