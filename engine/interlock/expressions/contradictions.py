"""Conditions that never hold together, and such of which one always holds: ``x != 'a' or x != 'b'``."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from jinja2 import nodes

from interlock.errors import Severity
from interlock.expressions.problems import Finding
from interlock.expressions.tree import Constant, Operation, Part

_TURNED: Mapping[str, str] = MappingProxyType(
    {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "lteq": "gteq", "gteq": "lteq"}
)
"""Comparisons read from the right to the left."""
_NEGATED: Mapping[str, str] = MappingProxyType(
    {"eq": "ne", "ne": "eq", "lt": "gteq", "gteq": "lt", "gt": "lteq", "lteq": "gt"}
)
_COMPARE: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "lt": operator.lt,
        "lteq": operator.le,
        "gt": operator.gt,
        "gteq": operator.ge,
    }
)
_BELOW, _ABOVE = frozenset({"lt", "lteq"}), frozenset({"gt", "gteq"})


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a condition says of one thing: that it compares so with a constant."""

    of: Part
    name: str
    """jinja2's name of the comparison."""
    value: object

    @property
    def negated(self) -> _Claim:
        """The claim that holds where this one does not."""
        return _Claim(self.of, _NEGATED[self.name], self.value)


def check_logic(parts: Sequence[Part], sources: Sequence[str], *, is_and: bool) -> Finding | None:
    """Return the warning that an ``and`` never holds, or an ``or`` always; None where neither.

    Args:
        parts: The conditions.
        sources: How each is written.
        is_and: Whether all of them must hold, and not one of them.
    """
    claims = [_claim(part) for part in parts]
    for (first, one), (second, other) in itertools.combinations(enumerate(claims), 2):
        if one is None or other is None or one.of != other.of:
            continue
        if _excludes(one, other) if is_and else _excludes(one.negated, other.negated):
            pair = sources[first], sources[second]
            return _never(pair, one, other) if is_and else _always(pair, one, other)
    return None


def _never(pair: tuple[str, str], one: _Claim, other: _Claim) -> Finding:
    hint = "did you mean 'or'?" if {one.name, other.name} == {"eq"} and one.value != other.value else ""
    return Finding(f"this is never true: {pair[0]} and {pair[1]} exclude each other", hint, Severity.WARNING)


def _always(pair: tuple[str, str], one: _Claim, other: _Claim) -> Finding:
    hint = "did you mean 'and'?" if {one.name, other.name} == {"ne"} else ""
    message = f"this is always true: where {pair[0]} is false, {pair[1]} is true"
    return Finding(message, hint, Severity.WARNING)


def _claim(part: Part) -> _Claim | None:
    """Return what a condition claims; None where nothing can be told of it."""
    if isinstance(part, Constant):
        return None
    if not isinstance(part, Operation):
        return _Claim(part, "eq", True)
    match part.node, part.operands:
        case nodes.Not(), (inner,):
            claim = _claim(inner)
            return claim.negated if claim else None
        case nodes.Compare(ops=[nodes.Operand(op=name)]), (left, Constant(value=value)) if name in _TURNED:
            return _Claim(left, name, value)
        case nodes.Compare(ops=[nodes.Operand(op=name)]), (Constant(value=value), right) if name in _TURNED:
            return _Claim(right, _TURNED[name], value)
        case _:
            return _Claim(part, "eq", True)


def _excludes(one: _Claim, other: _Claim) -> bool:
    """Whether two claims of one thing cannot both hold."""
    first, second = one.value, other.value
    if isinstance(first, bool) or isinstance(second, bool):
        return _says(one) is not None and _says(other) is not None and _says(one) is not _says(other)
    if one.name == "eq":
        return not _holds(other.name, first, second)
    if other.name == "eq":
        return not _holds(one.name, second, first)
    if {one.name, other.name} & {"ne"}:
        return False
    return _is_apart(one, other) or _is_apart(other, one)


def _says(claim: _Claim) -> bool | None:
    """Return which of true and false a claim leaves; None where it is about neither."""
    return claim.value is (claim.name == "eq") if isinstance(claim.value, bool) else None


def _is_apart(low: _Claim, high: _Claim) -> bool:
    """Whether what is below one value is never above another."""
    if low.name not in _BELOW or high.name not in _ABOVE:
        return False
    touches = low.name == "lteq" and high.name == "gteq"
    return _holds("lt" if touches else "lteq", low.value, high.value)


def _holds(name: str, left: object, right: object) -> bool:
    """Return what a comparison of two constants comes to; true where they cannot be compared."""
    is_comparable = type(left) is type(right) or (_is_number(left) and _is_number(right))
    return bool(_COMPARE[name](left, right)) if is_comparable else True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
