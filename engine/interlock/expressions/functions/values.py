"""What operators and templates make of values whose type is known only when they are computed."""

from __future__ import annotations

from datetime import datetime, timedelta

from interlock.durations import parse_duration
from interlock.expressions.operators import SWITCH_WORDS
from interlock.expressions.view import View
from interlock.model import Value, format_value


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


def next_of(view: View, value: Value, *others: Value) -> Value:
    """Return the item behind the one that a value is; the first one behind the last, and for any other."""
    place = next((number for number, each in enumerate(others) if equal(view, value, each)), -1)
    return others[(place + 1) % len(others)]


def duration_of(_view: View, value: Value) -> timedelta:
    """Return the duration that a text such as ``10m`` writes; a duration is itself.

    Raises:
        ValueError: it is neither.
    """
    return parse_duration(value)


def duration_in(unit: timedelta, _view: View, value: int | float) -> timedelta:
    """Return so many of a unit."""
    return value * unit
