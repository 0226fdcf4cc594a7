"""The functions of expressions as a table.

Those that take a value first are filters too: ``x | round(1)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from interlock.expressions.operators import SWITCH_WORDS
from interlock.expressions.types import BOOLEAN, DURATION, INSTANT, NUMBER, TEXT, Kind, Type
from interlock.expressions.unknown import Unknown, why_unknown
from interlock.expressions.view import View
from interlock.model import Point, Value, format_value


class Special(Enum):
    """Arguments that are more than a value of some kind."""

    POINT = "a point in quotes"
    """The point itself; a constant text, resolved when the expression is compiled."""
    TIME_OF_DAY = "a time of day"
    """A text such as ``07:30``; a constant is checked when the expression is compiled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a function takes in one place."""

    name: str
    takes: frozenset[Kind] | Special
    default: int | float | str | None = None
    """Used where the argument is left out; None where it may not be."""
    repeats: bool = False
    """Whether any further arguments are the same; only the last parameter can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One row of the table."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    result: Type | None
    """None where it is the type of the point that is the first argument."""
    compute: Callable[..., Value]
    """Is given the view and the arguments, all known. It may raise `Unknown` with the reason, or any of
    Python's errors of computation: both make the result unknown."""
    reads_time: bool = False

    @property
    def is_filter(self) -> bool:
        """Whether it can stand behind a ``|``."""
        return bool(self.parameters) and self.parameters[0].takes is not Special.POINT

    @property
    def usage(self) -> str:
        """How it is called: ``clamp(value, low, high)``."""
        return f"{self.name}({', '.join(map(_usage, self.parameters))})"


def _usage(parameter: Parameter) -> str:
    if isinstance(parameter.takes, Special):
        return f"'{parameter.name}'"
    return f"{parameter.name}, …" if parameter.repeats else parameter.name


@lru_cache(maxsize=1024)
def parse_time(text: str) -> time:
    """Return the time of day that a text such as ``07:30`` or ``07:30:15`` means.

    Raises:
        ValueError: no time of day.
    """
    hours, _, rest = text.strip().partition(":")
    try:
        moment = time.fromisoformat(f"{hours:0>2}:{rest}")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo or not rest:
        raise ValueError(f"'{text}' is no time of day: write for example 07:30")
    return moment


def text_of(view: View, value: Value) -> str:
    """Return a value as people read it; instants in the site's zone."""
    return format_value(local(view, value))


def join_texts(view: View, *values: Value) -> str:
    """Return values as people read them, one behind the other: what ``~`` does."""
    return "".join(text_of(view, value) for value in values)


def local(view: View, value: Value) -> Value:
    """Return an instant in the site's zone, where its fields are read; anything else as it is."""
    return value.astimezone(view.timezone) if isinstance(value, datetime) else value


def truth_of(_view: View, value: Value) -> bool:
    """Return whether a value that stands as a condition holds: a boolean, or a number that is not 0.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, bool | int | float):
        return value != 0
    raise TypeError(f"'{format_value(value)}' is no condition")


def equal(_view: View, left: Value, right: Value) -> bool:
    """Return whether two values of unknown type are the same; on/off words are booleans beside a boolean."""
    if isinstance(left, bool) and isinstance(right, str):
        return left is SWITCH_WORDS.get(right.lower())
    if isinstance(right, bool) and isinstance(left, str):
        return right is SWITCH_WORDS.get(left.lower())
    return left == right


def equals_one(view: View, value: Value, *others: Value) -> bool:
    """Return whether a value of unknown type is the same as one of the others."""
    return any(equal(view, value, other) for other in others)


def _available(view: View, point: Point) -> bool:
    return point in view.values


def _age(view: View, point: Point) -> timedelta:
    good_at = view.good_at(point)
    if good_at is None:
        raise Unknown(why_unknown(point, view))
    return view.now - good_at


def _previous(view: View, point: Point) -> Value:
    value = view.previous(point)
    if value is None:
        raise Unknown(f"{point} had no other value before")
    return value


def _changed_for(view: View, point: Point) -> timedelta:
    changed_at = view.changed_at(point)
    if changed_at is None:
        raise Unknown(why_unknown(point, view))
    return view.now - changed_at


def _now(view: View) -> datetime:
    return view.now


def _today_at(view: View, text: str) -> datetime:
    today = view.now.astimezone(view.timezone).date()
    return datetime.combine(today, parse_time(text), view.timezone).astimezone(UTC)


def _between(view: View, start: str, end: str) -> bool:
    first, last = parse_time(start), parse_time(end)
    moment = view.now.astimezone(view.timezone).time()
    if first < last:
        return first <= moment < last
    return moment >= first or moment < last


def _min(_view: View, *numbers: int | float) -> int | float:
    return min(numbers)


def _max(_view: View, *numbers: int | float) -> int | float:
    return max(numbers)


def _abs(_view: View, value: int | float) -> int | float:
    return abs(value)


_MOST_DIGITS = 15


def _round(_view: View, value: int | float, digits: int | float) -> int | float:
    # A decimal has no more digits, and rounding an integer to a huge negative count takes for ever.
    if digits != int(digits) or abs(digits) > _MOST_DIGITS:
        raise ValueError(f"{digits} is no count of digits from -{_MOST_DIGITS} to {_MOST_DIGITS}")
    return round(value, int(digits))


def _clamp(_view: View, value: int | float, low: int | float, high: int | float) -> int | float:
    if low > high:
        raise ValueError(f"the lower limit {low:g} is above the upper limit {high:g}")
    return max(low, min(value, high))


def _int(_view: View, value: int | float | str) -> int:
    return int(float(value)) if isinstance(value, str) else int(value)


def _float(_view: View, value: int | float | str) -> float:
    return float(value)


def _lower(_view: View, value: str) -> str:
    return value.lower()


def _upper(_view: View, value: str) -> str:
    return value.upper()


_NUMBER = frozenset({Kind.NUMBER})
_TEXT = frozenset({Kind.TEXT})
_POINT = Parameter(name="point", takes=Special.POINT)
_VALUE = Parameter(name="value", takes=_NUMBER)
_VALUES = Parameter(name="value", takes=_NUMBER, repeats=True)
_NUMBER_OR_TEXT = Parameter(name="value", takes=_NUMBER | _TEXT)
_WORD = Parameter(name="text", takes=_TEXT)

BUILT_IN = (
    Function(
        name="available",
        description="Whether the point has a usable value. It is known even where the point is not.",
        parameters=(_POINT,),
        result=BOOLEAN,
        compute=_available,
    ),
    Function(
        name="age",
        description="How long ago the point was last good, also while it is stale or at fault, and after a "
        "restart as the journal knows it.",
        parameters=(_POINT,),
        result=DURATION,
        compute=_age,
        reads_time=True,
    ),
    Function(
        name="previous",
        description="The last other value that the point had before its present one.",
        parameters=(_POINT,),
        result=None,
        compute=_previous,
    ),
    Function(
        name="changed_for",
        description="How long the point's value has been the same.",
        parameters=(_POINT,),
        result=DURATION,
        compute=_changed_for,
        reads_time=True,
    ),
    Function(
        name="now",
        description="The instant of the evaluation; its fields, such as now().hour, are local.",
        parameters=(),
        result=INSTANT,
        compute=_now,
        reads_time=True,
    ),
    Function(
        name="today_at",
        description="The instant of this local time today; where spring leaves it out, right after.",
        parameters=(Parameter(name="time", takes=Special.TIME_OF_DAY),),
        result=INSTANT,
        compute=_today_at,
        reads_time=True,
    ),
    Function(
        name="between",
        description="Whether the local time is from start on and before end, across midnight where end is "
        "the earlier; equal times are the whole day.",
        parameters=(
            Parameter(name="start", takes=Special.TIME_OF_DAY),
            Parameter(name="end", takes=Special.TIME_OF_DAY),
        ),
        result=BOOLEAN,
        compute=_between,
        reads_time=True,
    ),
    Function(
        name="min",
        description="The smallest of the numbers.",
        parameters=(_VALUES,),
        result=NUMBER,
        compute=_min,
    ),
    Function(
        name="max",
        description="The largest of the numbers.",
        parameters=(_VALUES,),
        result=NUMBER,
        compute=_max,
    ),
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
        parameters=(_VALUE, Parameter(name="digits", takes=_NUMBER, default=0)),
        result=NUMBER,
        compute=_round,
    ),
    Function(
        name="clamp",
        description="The number, or the limit that it is beyond.",
        parameters=(
            _VALUE,
            Parameter(name="low", takes=_NUMBER),
            Parameter(name="high", takes=_NUMBER),
        ),
        result=NUMBER,
        compute=_clamp,
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
"""What every expression may call."""


def table(functions: Iterable[Function]) -> Mapping[str, Function]:
    """Return functions by their names."""
    return MappingProxyType({function.name: function for function in functions})
