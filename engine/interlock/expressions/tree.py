"""Checked expressions as values: every name resolved, every part with its type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from jinja2 import nodes

from interlock.expressions.turning import Passes, Turn
from interlock.expressions.types import BOOLEAN, Type
from interlock.model import Point, Value


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the text."""

    value: bool | int | float | str | timedelta
    type: Type


@dataclass(frozen=True, slots=True)
class PointRead:
    """A point's value."""

    point: Point
    type: Type


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over operands that are conditions: three-valued, in any order."""

    is_and: bool
    operands: tuple[Part, ...]
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class Conditional:
    """``then if test else otherwise``; an unknown test makes it unknown."""

    test: Part
    then: Part
    otherwise: Part
    type: Type


@dataclass(frozen=True, slots=True)
class Operation:
    """What needs all of its operands, and is unknown where one is."""

    operands: tuple[Part, ...]
    type: Type
    node: nodes.Expr | None
    """As jinja2 computes it, with `placeholders` for the operands; None where only `inline` can."""
    inline: str = ""
    """As Python computes it, ``({0} > {1})``; empty where it must run in jinja2's sandbox."""
    may_raise: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """A function of ours; it is given the view and the operands, all of them known."""

    compute: Callable[..., Value]
    operands: tuple[Part, ...]
    type: Type
    turns: Turn | None = field(default=None, compare=False)
    """When it can become another although no operand does; None for never."""
    passes: Passes | None = field(default=None, compare=False)
    """When it can pass what it is compared with; None where that is at any turn."""


@dataclass(frozen=True, slots=True)
class OfKnown:
    """A function of ours that is given those of the operands that are known; unknown where none is."""

    compute: Callable[..., Value]
    operands: tuple[Part, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Given:
    """An argument that is no value, such as the point that ``age('p')`` is about."""

    value: object
    type: Type


Part: TypeAlias = Constant | PointRead | Logic | Conditional | Operation | Call | OfKnown | Given


def placeholders(count: int) -> list[nodes.Name]:
    """Return the names that stand for an operation's operands in its jinja2 node."""
    return [nodes.Name(placeholder(index), "load", lineno=1) for index in range(count)]


def placeholder(index: int) -> str:
    """Return the name that stands for the operand of this index."""
    return f"operand_{index}"


def may_raise(part: Part) -> bool:
    """Whether computing it can fail, so that ``and`` and ``or`` have to guard against it."""
    match part:
        case Constant() | PointRead() | Logic() | Given():
            return False
        case Conditional(test, then, otherwise):
            return _any_may_raise((test, then, otherwise))
        case Operation(operands=operands):
            return part.may_raise or _any_may_raise(operands)
        case Call() | OfKnown():
            return True


def _any_may_raise(parts: Iterable[Part]) -> bool:
    return any(map(may_raise, parts))
