"""Whether an expression can stand where it is used: as a condition, or as a value for a controller."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from interlock.capabilities import Capability, ValueType
from interlock.errors import InvalidValue, Severity
from interlock.expressions.comparisons import can_be_condition, doubtful_condition, no_condition
from interlock.expressions.compiler import Compiled
from interlock.expressions.problems import ExpressionProblem, Finding
from interlock.expressions.types import Kind, Type
from interlock.model import Value

_ACCEPTED: Mapping[ValueType, frozenset[Kind]] = MappingProxyType(
    {
        ValueType.BOOLEAN: frozenset({Kind.BOOLEAN}),
        ValueType.INTEGER: frozenset({Kind.NUMBER}),
        ValueType.NUMBER: frozenset({Kind.NUMBER}),
        ValueType.CHOICE: frozenset({Kind.TEXT}),
        ValueType.TEXT: frozenset({Kind.TEXT, Kind.NUMBER}),
        ValueType.INSTANT: frozenset({Kind.INSTANT}),
        ValueType.DURATION: frozenset({Kind.DURATION}),
        ValueType.COLOR: frozenset({Kind.LIST, Kind.TEXT}),
        ValueType.LIST: frozenset({Kind.LIST}),
        ValueType.NONE: frozenset(),
    }
)


def check_condition(expression: Compiled) -> ExpressionProblem | None:
    """Return why an expression cannot be a condition, or the warning that it is hardly meant as one."""
    kind = expression.type.kind
    is_fixed = kind is Kind.NUMBER and not expression.points and not expression.reads_time
    if not can_be_condition(kind) or is_fixed:
        return _problem(expression, no_condition(kind, expression.text))
    if not expression.points and expression.text.strip().lower() == "false":
        hint = "'enabled: false' puts a rule out of use"
        return _problem(expression, Finding("this is never true", hint, Severity.WARNING))
    doubt = doubtful_condition(expression.type, expression.text)
    return _problem(expression, doubt) if doubt else None


def check_value(expression: Compiled, capability: Capability) -> ExpressionProblem | None:
    """Return why an expression's value can never be written to a controller; None where it may be.

    A value that is right in type is checked again when it is computed, by `Capability.check`.
    """
    finding = _check(expression, capability)
    return _problem(expression, finding) if finding else None


def _problem(expression: Compiled, finding: Finding) -> ExpressionProblem:
    return ExpressionProblem(
        expression.offset, len(expression.text), finding.message, finding.hint, finding.severity
    )


def _check(expression: Compiled, capability: Capability) -> Finding | None:
    known = expression.type
    possible = _possible_values(known)
    if capability.type is not ValueType.NONE and (possible or known.kind is Kind.ANY):
        return next(filter(None, (_check_one(capability, value) for value in possible)), None)
    if known.kind not in _ACCEPTED[capability.type]:
        hint = "a text becomes a number by | float" if known.kind is Kind.TEXT else ""
        message = f"{capability.controller} takes {capability.allowed}, and this is {known.kind.value}"
        return Finding(message, hint if Kind.NUMBER in _ACCEPTED[capability.type] else "")
    return _check_range(known, capability)


def _possible_values(known: Type) -> tuple[Value, ...]:
    if known.constant is not None:
        return (known.constant,)
    return (True, False) if known.kind is Kind.BOOLEAN else known.choices


def _check_one(capability: Capability, value: Value) -> Finding | None:
    try:
        capability.check(value)
    except InvalidValue as error:
        return Finding(str(error))
    return None


def _check_range(known: Type, capability: Capability) -> Finding | None:
    is_below = _less(known.maximum, capability.minimum)
    if not is_below and not _less(capability.maximum, known.minimum):
        return None
    side = "below" if is_below else "above"
    return Finding(f"{capability.controller} takes {capability.allowed}, and this is always {side} that")


def _less(left: float | None, right: float | None) -> bool:
    return left is not None and right is not None and left < right
