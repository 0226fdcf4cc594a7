"""Expressions taken apart as they were at an instant: what each part came to, and how old its values were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from interlock.expressions import ExpressionError, Scope
from interlock.expressions.anatomy import Anatomy, anatomy
from interlock.expressions.view import View
from interlock.model import Point, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An expression, what it came to, and what its parts came to."""

    text: str
    value: Value | None
    """None where it was unknown."""
    reason: str = ""
    """Why it was unknown."""
    since: datetime | None = None
    """Of a point: since when it had this value."""
    read_at: datetime | None = None
    """Of a point: when it was last known to be good, as far as that was noted."""
    parts: tuple[Judged, ...] = ()


def judged(text: str, scope: Scope, view: View) -> Judged | None:
    """Return what an expression came to; None where it means nothing in these files any more."""
    try:
        found = anatomy(text, scope)
    except ExpressionError:
        return None
    return _judged(found, view)


def _judged(found: Anatomy, view: View) -> Judged:
    compiled = found.compiled
    result = compiled.evaluate(view)
    point = Point(compiled.text)
    is_point = compiled.points == {point}
    return Judged(
        text=" ".join(compiled.text.split()),
        value=result.value,
        reason=result.reason,
        since=view.changed_at(point) if is_point else None,
        read_at=view.good_at(point) if is_point else None,
        parts=tuple(_judged(part, view) for part in found.parts),
    )
