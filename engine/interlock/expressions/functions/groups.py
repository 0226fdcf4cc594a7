"""Functions over several values: the points of a group, a list, or their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from interlock.expressions.functions.declaration import Function, Parameter, Special
from interlock.expressions.functions.values import truth_of
from interlock.expressions.types import BOOLEAN, NUMBER, TEXT
from interlock.expressions.view import View
from interlock.model import Scalar, Value


def flat(values: tuple[Value, ...]) -> Iterator[Scalar]:
    """Yield single values: those of a variable that holds a list come one by one."""
    for value in values:
        if isinstance(value, tuple | list):
            yield from value
        else:
            yield value


def _measures(values: tuple[Value, ...]) -> list[int | float] | list[timedelta] | list[datetime]:
    """Return values that can be more or less than each other.

    Raises:
        TypeError: they cannot, because they differ in kind or are words.
        ValueError: there are none.
    """
    found = list(flat(values))
    if not found:
        raise ValueError("there are no values")
    numbers = [each for each in found if isinstance(each, int | float) and not isinstance(each, bool)]
    durations = [each for each in found if isinstance(each, timedelta)]
    instants = [each for each in found if isinstance(each, datetime)]
    for same in (numbers, durations, instants):
        if len(same) == len(found):
            return same
    raise TypeError("they are not all numbers, durations or instants")


def _min(_view: View, *values: Value) -> Value:
    return min(_measures(values))


def _max(_view: View, *values: Value) -> Value:
    return max(_measures(values))


def _sum(_view: View, *values: Value) -> Value:
    first, *others = _measures(values)
    total: int | float | timedelta | datetime = first
    for each in others:
        total = total + each  # type: ignore[operator]
    return total


def _avg(view: View, *values: Value) -> Value:
    return _sum(view, *values) / len(list(flat(values)))  # type: ignore[operator]


def _count(view: View, *values: Value) -> int:
    return sum(truth_of(view, each) for each in flat(values))


def _any(view: View, *values: Value) -> bool:
    return any(truth_of(view, each) for each in flat(values))


def _all(view: View, *values: Value) -> bool:
    return all(truth_of(view, each) for each in flat(values))


def _which(_view: View, *names: Value) -> str:
    return ", ".join(str(each) for each in names if each)


def _known(view: View, *values: Value) -> Value:
    return tuple(flat(values))


_VALUES = (Parameter(name="values", takes=Special.VALUES),)
_CONDITIONS = (Parameter(name="conditions", takes=Special.VALUES),)
MEASURES = frozenset({"min", "max", "sum", "avg"})
"""Functions of numbers and durations; the others are of conditions."""
WHICH = "which"
"""What names the members of a group."""
KNOWN = "known"
"""What leaves unknown values out of a function over several."""


def _measure(name: str, description: str, compute: Callable[..., Value]) -> Function:
    return Function(name=name, description=description, parameters=_VALUES, result=NUMBER, compute=compute)


GROUPS = (
    _measure("min", "The smallest of the values.", _min),
    _measure("max", "The largest of the values.", _max),
    _measure("sum", "All values together.", _sum),
    _measure("avg", "The mean of the values, each counting the same.", _avg),
    Function(
        name="count",
        description="How many of the conditions hold.",
        parameters=_CONDITIONS,
        result=NUMBER,
        compute=_count,
    ),
    Function(
        name="any",
        description="Whether at least one of the conditions holds.",
        parameters=_CONDITIONS,
        result=BOOLEAN,
        compute=_any,
    ),
    Function(
        name="all",
        description="Whether all of the conditions hold.",
        parameters=_CONDITIONS,
        result=BOOLEAN,
        compute=_all,
    ),
    Function(
        name=WHICH,
        description="The names of the members of a group for which a condition holds, such as "
        "which(bedrooms.actualtemp > 26); empty where it holds for none. Those of which it is unknown are "
        "left out.",
        parameters=(Parameter(name="condition", takes=Special.VALUES),),
        result=TEXT,
        compute=_which,
    ),
    Function(
        name=KNOWN,
        description="Inside one of the functions over several values: leaves out those that are unknown. "
        "Where none is known, the result is unknown.",
        parameters=_VALUES,
        result=NUMBER,
        compute=_known,
    ),
)
