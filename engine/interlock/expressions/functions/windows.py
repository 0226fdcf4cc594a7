"""Functions of a point's past."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from interlock.durations import format_duration
from interlock.expressions.functions.declaration import Function, Parameter, Special
from interlock.expressions.past import PastCondition, departure, summary_over, value_at
from interlock.expressions.sliding import (
    mean_passes,
    mean_turns,
    on_time_passes,
    on_time_turns,
    rate_passes,
    rate_turns,
    steps,
)
from interlock.expressions.types import BOOLEAN, DURATION, NUMBER, Kind
from interlock.expressions.unknown import Unknown
from interlock.expressions.view import View
from interlock.model import Point, Value

_HOUR = timedelta(hours=1)


def _mean_over(view: View, point: Point, window: timedelta) -> float:
    found = summary_over(view, point, window)
    return found.area / found.known


def _min_over(view: View, point: Point, window: timedelta) -> float:
    return _known(summary_over(view, point, window).low)


def _max_over(view: View, point: Point, window: timedelta) -> float:
    return _known(summary_over(view, point, window).high)


def _value_ago(view: View, point: Point, ago: timedelta) -> Value:
    value = value_at(view, point, ago)
    if value is None:
        raise Unknown(f"{point} was not known {format_duration(ago)} ago")
    return value


def _rate(view: View, point: Point, window: timedelta) -> float:
    found = summary_over(view, point, window)
    (first, start), (last, end) = _known(found.first), _known(found.last)
    assert isinstance(first, int | float)
    assert isinstance(last, int | float)
    return (last - first) / ((end - start) / _HOUR)


def _on_time(view: View, point: Point, window: timedelta) -> timedelta:
    return timedelta(microseconds=summary_over(view, point, window).on)


def _changes(view: View, point: Point, window: timedelta) -> int:
    return summary_over(view, point, window).changes


T = TypeVar("T")


def _known(found: T | None) -> T:
    """Return what a summary has of a point that was known for half of the time, which is never nothing."""
    assert found is not None
    return found


def _is_true_for(view: View, condition: PastCondition, window: timedelta) -> bool:
    truth = condition.truth_over(view, window)
    if truth is None:
        raise Unknown(f"'{condition.text}' was not known all that time")
    return truth


def _value_ago_turns(view: View, point: Point, ago: timedelta) -> datetime | None:
    return departure(view, (point,), ago)


def _is_true_for_turns(view: View, condition: PastCondition, window: timedelta) -> datetime | None:
    # While it does not hold, it has not for any time, until a point changes.
    if condition.truth_now(view) is False:
        return None
    return departure(view, condition.points, window)


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
        turns=mean_turns,
        passes=mean_passes,
    ),
    Function(
        name="min_over",
        description="The smallest value that the point had in the last so long.",
        parameters=_OF_NUMBERS,
        result=NUMBER,
        compute=_min_over,
        reads_time=True,
        turns=steps,
    ),
    Function(
        name="max_over",
        description="The largest value that the point had in the last so long.",
        parameters=_OF_NUMBERS,
        result=NUMBER,
        compute=_max_over,
        reads_time=True,
        turns=steps,
    ),
    Function(
        name="value_ago",
        description="What the point was so long ago; since midnight a meter has counted "
        "meter.value - value_ago('meter.value', now() - today_at('00:00')).",
        parameters=(_point(), _WINDOW),
        result=None,
        compute=_value_ago,
        reads_time=True,
        turns=_value_ago_turns,
    ),
    Function(
        name="rate",
        description="How much the value rises in an hour, by the first and the last value of the time.",
        parameters=_OF_NUMBERS,
        result=NUMBER,
        compute=_rate,
        reads_time=True,
        turns=rate_turns,
        passes=rate_passes,
    ),
    Function(
        name="on_time",
        description="How long the point was on in the last so long.",
        parameters=(_point(Kind.BOOLEAN), _WINDOW),
        result=DURATION,
        compute=_on_time,
        reads_time=True,
        turns=on_time_turns,
        passes=on_time_passes,
    ),
    Function(
        name="changes",
        description="How often the point's value became another in the last so long.",
        parameters=(_point(), _WINDOW),
        result=NUMBER,
        compute=_changes,
        reads_time=True,
        turns=steps,
    ),
    Function(
        name="is_true_for",
        description="Whether a condition on points has been true for so long, without a break.",
        parameters=(Parameter(name="condition", takes=Special.EXPRESSION), _WINDOW),
        result=BOOLEAN,
        compute=_is_true_for,
        reads_time=True,
        turns=_is_true_for_turns,
    ),
)
