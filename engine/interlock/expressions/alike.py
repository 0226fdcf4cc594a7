"""Expressions that differ in nothing but their points: ``hall.actualtemp > 26``, ``bath.actualtemp > 26``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from jinja2 import nodes

from interlock.expressions.analysis import Analysis
from interlock.expressions.scope import Scope
from interlock.expressions.tree import (
    Call,
    Conditional,
    Constant,
    Given,
    Logic,
    OfKnown,
    Operation,
    Part,
    PointRead,
)
from interlock.expressions.types import Type
from interlock.model import Point

Form: TypeAlias = tuple[tuple[str | int, ...], tuple[Type, ...]]
"""A text with numbers in the place of its points, the same for the same point, and the types of these."""

# Words in quotes and members of something else stand first: nothing in them is taken for a point.
_POINT = re.compile(
    r"""'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"|\.\s*\w+"""
    r"""|(?P<point>\b[A-Za-z_]\w*\.[A-Za-z_]\w*\b)(?!\s*[.(\[])""",
    re.DOTALL,
)


# Not frozen, as nodes are not: it is made for each expression, and nobody writes to it.
@dataclass(slots=True)
class Likeness:
    """What an expression has in common with others, and what is its own."""

    form: Form
    """Equal for those that are checked alike and run the same code."""
    points: tuple[Point, ...]
    """The expression's own, in the order of their numbers; the site's objects."""

    def is_all_of(self, analysis: Analysis) -> bool:
        """Whether nothing but these points would be other in another expression of this form."""
        is_right = not analysis.warnings and not analysis.windows
        return is_right and analysis.points == frozenset(self.points) and _only_reads(analysis.part)


def _only_reads(part: Part) -> bool:
    """Whether points are read in an expression and nothing else is asked about them.

    What a function is told of a point, and when time makes it another, is bound to that very point.
    """
    match part:
        case Constant() | PointRead():
            return True
        case Given(value):
            return type(value) is str
        case Conditional(test, then, otherwise):
            return all(map(_only_reads, (test, then, otherwise)))
        case Call(operands=operands) if _goes_by_time(part):
            return all(isinstance(each, Constant) for each in operands)
        case Operation(node=nodes.Compare(), operands=operands) if any(map(_goes_by_time, operands)):
            # When one side passes the other goes by the points of both.
            return all(
                isinstance(each, Constant) or (_goes_by_time(each) and _only_reads(each)) for each in operands
            )
        case Logic() | Operation() | OfKnown() | Call():
            return all(map(_only_reads, part.operands))


def _goes_by_time(part: Part) -> bool:
    return isinstance(part, Call) and bool(part.turns or part.passes)


def likeness_of(text: str, scope: Scope) -> Likeness | None:
    """Return what a text has in common with others; None where it names no point that can be read."""
    numbers: dict[Point, int] = {}
    types: list[Type] = []
    pieces: list[str | int] = []
    end = 0
    for found in _POINT.finditer(text):
        target = scope.targets.get(Point(found["point"])) if found["point"] else None
        if target is None or target.device.name in scope.names:
            continue
        if target.point not in numbers:
            resolved = scope.resolve(target.device.name, target.capability.controller)
            if not isinstance(resolved, Type):
                return None
            numbers[target.point] = len(numbers)
            types.append(resolved)
        pieces += (text[end : found.start()], numbers[target.point])
        end = found.end()
    pieces.append(text[end:])
    return Likeness((tuple(pieces), tuple(types)), tuple(numbers)) if numbers else None
