"""Why something is unknown, in words."""

from __future__ import annotations

from jinja2 import TemplateError

from interlock.expressions.expression import Expression
from interlock.expressions.view import View
from interlock.model import Point, Value


class Unknown(Exception):
    """Raised inside an expression by what has no value now; its text says why."""


ERRORS = (
    Unknown,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RuntimeError,
    MemoryError,
    TemplateError,
)
"""What a computation may raise, functions of plugins included: each makes the result unknown."""


def describe(error: BaseException) -> str:
    """Return why a computation that raised this has no result."""
    return str(error) if isinstance(error, Unknown) else f"it cannot be computed: {error}"


def why_unknown(point: Point, view: View) -> str:
    """Return why a point has no usable value, and since when, in the site's time."""
    reading = view.reading(point)
    if reading is None:
        return f"{point} was never read"
    since = reading.at.astimezone(view.timezone)
    return f"{point} is unknown: {reading.reason or reading.quality.value} since {since:%Y-%m-%d %H:%M:%S}"


def seen_points(expression: Expression, view: View) -> tuple[tuple[Point, Value | None, str], ...]:
    """Return what an expression sees: each point, its value, and why it is unknown where it has none."""
    return tuple(_seen(point, view) for point in sorted(expression.points))


def _seen(point: Point, view: View) -> tuple[Point, Value | None, str]:
    value = view.values.get(point)
    return point, value, why_unknown(point, view) if value is None else ""
