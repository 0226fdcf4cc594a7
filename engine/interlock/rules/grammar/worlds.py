"""What expressions can come to: tried in every world that their points could make together.

That is a proof where every point of an expression has few values, such as switches and modes. What reads
numbers is tried at the limits that the text itself names, which finds worlds and proves nothing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from interlock.capabilities import Capability, ValueType
from interlock.driver import Target
from interlock.expressions.expression import Expression
from interlock.expressions.view import EmptyView
from interlock.model import Point, Truth, Value

_MOST = 4096
"""Worlds that are tried."""
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_CALL = re.compile(r"[A-Za-z_]\w*\s*\(")
_WORDS = frozenset({"and", "or", "not", "in", "if", "else", "is"})
_NUMERIC = frozenset({ValueType.NUMBER, ValueType.INTEGER})


def is_plain(expression: Expression) -> bool:
    """Whether an expression goes by present values alone: it calls nothing, and reads no time."""
    calls = (found[0].rstrip("( \t\n") for found in _CALL.finditer(expression.text))
    return not expression.reads_time and all(word in _WORDS for word in calls)


def truths(expression: Expression, targets: Mapping[Point, Target]) -> frozenset[Truth] | None:
    """Return all that an expression can come to where its points are known; None where that is not known."""
    points = sorted(expression.points)
    columns = [_values(targets[point].capability) if point in targets else () for point in points]
    if not points or not is_plain(expression) or not all(columns):
        return None
    worlds = _worlds(points, columns)
    return None if worlds is None else frozenset(map(expression.truth, worlds))


def can_be_together(expressions: Sequence[Expression], targets: Mapping[Point, Target]) -> bool:
    """Whether a world is found in which all of these are true. Where none is, there may be one yet."""
    points = sorted(frozenset[Point]().union(*(each.points for each in expressions)))
    worlds = _worlds(points, columns_of(points, expressions, targets))
    return worlds is not None and any(all(each.truth(world) for each in expressions) for world in worlds)


def columns_of(
    points: Sequence[Point],
    expressions: Iterable[Expression],
    targets: Mapping[Point, Target],
    numbers: Iterable[float] = (),
) -> Sequence[Sequence[Value | None]]:
    """Return the values of each point that matter to expressions; None alone where they cannot be told.

    Args:
        points: The points.
        expressions: What looks at them.
        targets: The site's points.
        numbers: Further ones that matter.
    """
    named = (float(found) for each in expressions for found in _NUMBER.findall(each.text))
    limits = sorted({*named, *numbers})
    columns = (
        _values(targets[point].capability) or _around(targets[point].capability, limits)
        if point in targets
        else ()
        for point in points
    )
    return [column or (None,) for column in columns]


def _worlds(points: Sequence[Point], columns: Sequence[Sequence[Value | None]]) -> Iterator[EmptyView] | None:
    """Return a view of each combination of values; None where there are too many."""
    count = 1
    for column in columns:
        count *= len(column)
    if count > _MOST:
        return None
    return (EmptyView(values=_known(points, values)) for values in itertools.product(*columns))


def _known(points: Sequence[Point], values: Sequence[Value | None]) -> Mapping[Point, Value]:
    pairs = zip(points, values, strict=True)
    return {point: value for point, value in pairs if value is not None}


def _values(capability: Capability) -> Sequence[Value]:
    """Return every value of a controller; nothing where they cannot be counted."""
    if capability.type is ValueType.BOOLEAN:
        return (False, True)
    if capability.type is ValueType.CHOICE and not capability.open_choices:
        return capability.choices
    return ()


def _around(capability: Capability, numbers: Sequence[float]) -> Sequence[Value]:
    """Return numbers at the limits that a text names, and on both sides of each."""
    if capability.type not in _NUMERIC:
        return ()
    near = {each + offset for each in numbers for offset in (-0.5, 0.0, 0.5)}
    low, high = capability.minimum, capability.maximum
    limits = {each for each in (low, high) if each is not None}
    fitting = {each for each in near if (low is None or each >= low) and (high is None or each <= high)}
    return sorted(fitting | limits | ({0.0} if not limits else set()))
