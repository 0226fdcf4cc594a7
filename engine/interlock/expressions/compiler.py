"""Compiling expressions and templates: text in, checked and fast functions out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jinja2 import nodes

from interlock.errors import Severity
from interlock.expressions.alike import likeness_of
from interlock.expressions.analysis import Analysis, analyse
from interlock.expressions.expression import Evaluation
from interlock.expressions.foresight import turns_of
from interlock.expressions.functions import text_of
from interlock.expressions.generator import Generated, generate
from interlock.expressions.problems import ExpressionError, ExpressionProblem
from interlock.expressions.scope import Scope
from interlock.expressions.syntax import Parsed, parse_expression, parse_template, walk
from interlock.expressions.thresholds import thresholds_of
from interlock.expressions.tree import Constant
from interlock.expressions.turning import Turn, earliest, next_second
from interlock.expressions.types import Kind, Type
from interlock.expressions.unknown import ERRORS, describe, why_unknown
from interlock.expressions.view import EmptyView, View
from interlock.model import Point, Truth, Value

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression, ready to be evaluated any number of times."""

    text: str
    """As written, without braces."""
    offset: int
    """Where it begins in the text as it was given."""
    points: frozenset[Point]
    """Every point that it names."""
    reads_time: bool
    """Whether it can change without any point changing."""
    windows: Mapping[Point, timedelta]
    """Points whose past it looks at, and how far back."""
    thresholds: frozenset[float]
    """The numbers with which it compares its one point, where that is all that it does."""
    type: Type
    """What is known of its value before it is computed."""
    problems: tuple[ExpressionProblem, ...]
    """Warnings; what is wrong raises an `ExpressionError` instead."""
    is_compiled: bool
    """Whether it runs as Python alone; otherwise jinja2's sandbox computes parts of it."""
    truth: Callable[[View], Truth] = field(compare=False, repr=False)
    """Return true, false, or None for unknown. Never raises."""
    _generated: Generated = field(compare=False, repr=False)
    _turns: tuple[Turn, ...] = field(compare=False, repr=False)

    def turns_at(self, view: View, /) -> datetime | None:
        """Return the first instant after now at which time alone can make it another; None for never."""
        try:
            return earliest(*(turn(view) for turn in self._turns))
        except ERRORS:
            return next_second(view)

    def evaluate(self, view: View) -> Evaluation:
        """Return the value, or unknown with the reason. Never raises."""
        notes: list[str] = []

        def get(point: Point) -> Value | None:
            value = view.values.get(point)
            if value is None:
                notes.append(why_unknown(point, view))
            return value

        try:
            value = self._generated.value(view, get, notes)
        except ERRORS as error:
            return Evaluation(None, describe(error))
        if value is None:
            return Evaluation(None, "; ".join(dict.fromkeys(notes)))
        return _checked(value)


def _checked(value: Value) -> Evaluation:
    """Return a result; what no point can hold, which only values of unknown type lead to, is unknown."""
    if isinstance(value, float) and not math.isfinite(value):
        return Evaluation(None, f"it cannot be computed: the result is {value}")
    if isinstance(value, list):
        return Evaluation(tuple(value))
    if not isinstance(value, bool | int | float | str | datetime | timedelta | tuple):
        return Evaluation(None, "it cannot be computed: the result is no value")
    return Evaluation(value)


def compile_expression(text: str, scope: Scope, *, in_sandbox: bool = False) -> Compiled:
    """Return a condition or a computed value, checked against the scope.

    Args:
        text: A jinja2 expression; braces around all of it are allowed.
        scope: What its names can mean. Equal texts of one scope are compiled once.
        in_sandbox: Let jinja2 compute every operation that it can: slower, with the same results.

    Raises:
        ExpressionError: with every problem at once, their offsets in `text`.
    """
    key = (text, in_sandbox)
    known = scope.compiled.get(key)
    if isinstance(known, Compiled):
        return known
    compiled = _compile_alike(text, scope, in_sandbox=in_sandbox)
    scope.compiled[key] = compiled
    return compiled


def _compile_alike(text: str, scope: Scope, *, in_sandbox: bool) -> Compiled:
    """Return an expression, made from another one that differs in its points alone where there is one."""
    likeness = likeness_of(text, scope)
    key = likeness and (likeness.form, in_sandbox)
    first = scope.alike.get(key)
    if isinstance(first, _First) and likeness:
        return first.about(likeness.points, text)
    parsed = parse_expression(text)
    analysis = analyse(parsed, scope)
    compiled = _compiled(parsed, analysis, scope, in_sandbox=in_sandbox)
    if likeness and likeness.is_all_of(analysis):
        scope.alike[key] = _First(compiled, likeness.points, len(text))
    return compiled


@dataclass(frozen=True, slots=True)
class _First:
    """An expression of which others differ in their points alone."""

    compiled: Compiled
    points: tuple[Point, ...]
    length: int
    """Of the text as it was given."""

    def about(self, points: tuple[Point, ...], text: str) -> Compiled:
        """Return the same about other points."""
        own = self.compiled
        generated = own._generated.about(dict(zip(self.points, points, strict=True)))
        behind = self.length - own.offset - len(own.text)
        return Compiled(
            text[own.offset : len(text) - behind],
            own.offset,
            frozenset(points),
            own.reads_time,
            own.windows,
            own.thresholds,
            own.type,
            own.problems,
            own.is_compiled,
            generated.truth,
            generated,
            own._turns,
        )


def _compiled(parsed: Parsed, analysis: Analysis, scope: Scope, *, in_sandbox: bool = False) -> Compiled:
    generated = generate(analysis.part, in_sandbox=in_sandbox)
    compiled = Compiled(
        parsed.inner,
        parsed.whole.offset,
        analysis.points,
        analysis.reads_time,
        analysis.windows,
        thresholds_of(analysis.part),
        analysis.part.type,
        analysis.warnings,
        generated.is_compiled,
        generated.truth,
        generated,
        turns_of(analysis.part),
    )
    problems = _with_constancy(compiled, analysis, parsed, scope)
    return compiled if problems == analysis.warnings else replace(compiled, problems=problems)


def _with_constancy(
    compiled: Compiled, analysis: Analysis, parsed: Parsed, scope: Scope
) -> tuple[ExpressionProblem, ...]:
    """Add a warning to an expression that is the same whatever happens, unless it is plainly a constant."""
    reads = analysis.points or analysis.reads_time or analysis.reads_names
    if reads or analysis.warnings or isinstance(analysis.part, Constant):
        return analysis.warnings
    result, span = compiled.evaluate(EmptyView()), parsed.span(parsed.node)
    if result.value is None:
        raise ExpressionError([ExpressionProblem(span.offset, span.length, result.reason)])
    if compiled.type.kind is not Kind.BOOLEAN or _names_constant(parsed, scope):
        return ()
    message = f"this is always {str(result.value).lower()}"
    return (ExpressionProblem(span.offset, span.length, message, severity=Severity.WARNING),)


def _names_constant(parsed: Parsed, scope: Scope) -> bool:
    """Whether a row or a parameter of a template decides: it is another one elsewhere."""
    return any(isinstance(each, nodes.Name) and each.name in scope.constants for each in walk(parsed.node))


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A text with ``{{ }}`` in it, ready to be rendered any number of times."""

    text: str
    """As written."""
    parts: tuple[str | Compiled, ...]
    """Plain texts and expressions, in order."""

    @property
    def points(self) -> frozenset[Point]:
        """Every point that it names."""
        return frozenset().union(*(part.points for part in self._expressions))

    @property
    def reads_time(self) -> bool:
        """Whether it can change without any point changing."""
        return any(part.reads_time for part in self._expressions)

    @property
    def windows(self) -> Mapping[Point, timedelta]:
        """Points whose past it looks at, and how far back."""
        return longest(part.windows for part in self._expressions)

    @property
    def problems(self) -> tuple[ExpressionProblem, ...]:
        """Warnings."""
        return tuple(problem for part in self._expressions for problem in part.problems)

    @property
    def _expressions(self) -> tuple[Compiled, ...]:
        return tuple(part for part in self.parts if isinstance(part, Compiled))

    def render(self, view: View) -> str:
        """Return the text; an unknown stands in it as ``unknown``. Never raises."""
        return "".join(part if isinstance(part, str) else _rendered(part, view) for part in self.parts)


def longest(windows: Iterable[Mapping[Point, timedelta]]) -> Mapping[Point, timedelta]:
    """Return how far back each point is looked at by any of several expressions."""
    found: dict[Point, timedelta] = {}
    for each in windows:
        for point, window in each.items():
            found[point] = max(window, found.get(point, window))
    return found


def _rendered(expression: Compiled, view: View) -> str:
    value = expression.evaluate(view).value
    return _UNKNOWN if value is None else text_of(view, value)


def compile_template(text: str, scope: Scope) -> CompiledTemplate:
    """Return a text with expressions in it, each checked against the scope.

    Raises:
        ExpressionError: with every problem of every part at once, their offsets in `text`.
    """
    parts: list[str | Compiled] = []
    problems: list[ExpressionProblem] = []
    for part in parse_template(text).parts:
        try:
            parts.append(part if isinstance(part, str) else _compiled(part, analyse(part, scope), scope))
        except ExpressionError as error:
            problems += error.problems
    if problems:
        raise ExpressionError(problems)
    return CompiledTemplate(text, tuple(parts))
