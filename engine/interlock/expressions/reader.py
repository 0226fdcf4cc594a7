"""What the readers of single syntax nodes share: the scope, and what they found so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from jinja2 import nodes

from interlock.expressions.problems import ExpressionProblem, Finding
from interlock.expressions.scope import Scope
from interlock.expressions.syntax import Parsed, Span
from interlock.expressions.tree import Given, Part
from interlock.expressions.types import ANY
from interlock.model import Point

BROKEN = Given(None, ANY)
"""Stands for what has been reported: it agrees with everything, so that one mistake is one finding."""

_DEEPEST = 40


@dataclass(slots=True)
class Reader:
    """One pass over one expression."""

    parsed: Parsed
    scope: Scope
    dispatch: Callable[[Reader, nodes.Expr], Part]
    problems: list[ExpressionProblem] = field(default_factory=list)
    points: set[Point] = field(default_factory=set)
    reads_time: bool = False
    reads_names: bool = False
    reads_more: bool = False
    """Whether it asks about a point more than its value."""
    windows: dict[Point, timedelta] = field(default_factory=dict)
    """Points whose past it looks at, and how far back."""
    member: Mapping[str, str] = field(default_factory=dict)
    """Which device stands for each group now, inside a function over several values."""
    _depth: int = 0

    def read(self, node: nodes.Expr) -> Part:
        """Return a node checked and resolved; `BROKEN` where it was reported."""
        if self._depth == _DEEPEST:
            return self.report_at(self.parsed.whole, Finding("the expression is nested too deeply"))
        self._depth += 1
        try:
            return self.dispatch(self, node)
        finally:
            self._depth -= 1

    def report(self, node: nodes.Node, finding: Finding) -> Part:
        """Note what is wrong at a node."""
        return self.report_at(self.parsed.span(node), finding)

    def report_at(self, span: Span, finding: Finding) -> Part:
        """Note what is wrong with a piece of the text."""
        problem = ExpressionProblem(span.offset, span.length, finding.message, finding.hint, finding.severity)
        if problem not in self.problems:
            self.problems.append(problem)
        return BROKEN
