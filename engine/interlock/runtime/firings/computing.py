"""Computes what actions are given: durations, values for points, variables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

from interlock.capabilities import Capability
from interlock.durations import parse_duration
from interlock.errors import InvalidValue
from interlock.expressions.expression import CONSTANTS, Expression
from interlock.expressions.view import View
from interlock.model import Value
from interlock.rules.actions import Amount, Assignment
from interlock.runtime.firings.run import StepFailed


def value_of(given: Value | Expression, view: View, name: str) -> Value:
    """Return a constant, or what an expression comes to.

    Raises:
        StepFailed: it is unknown.
    """
    if isinstance(given, CONSTANTS):
        return given
    evaluation = given.evaluate(view)
    if evaluation.value is None:
        raise StepFailed(f"{name} is unknown: {evaluation.reason}")
    return evaluation.value


def values_of(given: Mapping[str, Value | Expression], view: View) -> dict[str, Value]:
    """Return every value of a mapping.

    Raises:
        StepFailed: one is unknown.
    """
    return {name: value_of(each, view, f"'{name}'") for name, each in given.items()}


def number_of(given: float | Expression, view: View, name: str) -> float:
    """Return a number.

    Raises:
        StepFailed: it is unknown, or no number.
    """
    value = value_of(given, view, name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise StepFailed(f"{name} is no number but '{value}'")
    return value


def duration_of(amount: Amount, view: View) -> timedelta:
    """Return a duration: as it is given, computed, or read from a text such as ``5m``.

    Raises:
        StepFailed: it is unknown, negative, or no duration.
    """
    value = amount if isinstance(amount, timedelta) else value_of(amount, view, f"'{amount.text}'")
    try:
        duration = parse_duration(value)
    except ValueError as error:
        raise StepFailed(str(error)) from error
    if duration < timedelta():
        raise StepFailed(f"a time cannot be negative, and this is {value}")
    return duration


def point_value(assignment: Assignment, view: View) -> Value | None:
    """Return what an assignment gives its point; None for a point that takes no value.

    Raises:
        StepFailed: it is unknown, or the point does not take it.
    """
    target = assignment.target
    return _fitting(assignment.value, target.capability, view, str(target.point))


def field_values(assignment: Assignment, view: View) -> Mapping[str, Value]:
    """Return what a call gives each field.

    Raises:
        StepFailed: one is unknown, or the field does not take it.
    """
    fields = {}
    for field in assignment.target.capability.fields:
        name = f"{assignment.target.point}: {field.name}"
        value = _fitting(assignment.fields.get(field.name), field.as_capability(), view, name)
        if value is not None:
            fields[field.name] = value
    return fields


def _fitting(given: Value | Expression | None, capability: Capability, view: View, name: str) -> Value | None:
    if isinstance(given, CONSTANTS):
        return given
    evaluation = given.evaluate(view)
    if evaluation.value is None:
        raise StepFailed(f"{name}: the value is unknown: {evaluation.reason}")
    try:
        return capability.check(evaluation.value)
    except InvalidValue as error:
        raise StepFailed(f"{name}: {error}") from error
