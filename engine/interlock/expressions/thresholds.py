"""From a checked expression to the numbers that its point has to pass before it can become another."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from interlock.expressions.tree import Conditional, Constant, Logic, Operation, Part, PointRead
from interlock.model import Point

_COMPARISONS = frozenset({"lt", "lteq", "gt", "gteq", "eq", "ne"})


def thresholds_of(part: Part) -> frozenset[float]:
    """Return the numbers with which an expression compares one point, where that is all that it does.

    While the point moves between two neighbours of them, nothing becomes another. Empty for what reads
    several points, or one in any other way.
    """
    found = set(_reads(part))
    numbers = frozenset(number for _, number in found if number is not None)
    is_all = len({point for point, _ in found}) == 1 and all(number is not None for _, number in found)
    return numbers if is_all else frozenset()


def _reads(part: Part) -> Iterator[tuple[Point | None, float | None]]:
    """Yield each point that is read, and the number that it is compared with; None for anything else."""
    match part:
        case Operation(
            node=nodes.Compare(ops=[nodes.Operand(op=op)]),
            operands=(PointRead(point), Constant(value=int() | float() as number))
            | (Constant(value=int() | float() as number), PointRead(point)),
        ) if op in _COMPARISONS:
            yield point, number
        case Logic(operands=operands) | Operation(operands=operands):
            for each in operands:
                yield from _reads(each)
        case Conditional(test, then, otherwise):
            for each in (test, then, otherwise):
                yield from _reads(each)
        case Constant():
            pass
        case PointRead(point):
            yield point, None
        case _:
            # A function may ask more about a point than its value, such as its age.
            yield None, None
