"""From jinja2's syntax tree to a checked one: every name resolved, every finding with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from jinja2 import nodes

from interlock.errors import Severity
from interlock.expressions.calls import read_attribute, read_call, read_filter, read_subscript, read_test
from interlock.expressions.comparisons import (
    read_arithmetic,
    read_comparison,
    read_concatenation,
    read_conditional,
    read_items,
    read_logic,
    read_not,
    read_sign,
)
from interlock.expressions.names import read_bare_name, read_constant
from interlock.expressions.problems import ExpressionError, ExpressionProblem, Finding
from interlock.expressions.reader import Reader
from interlock.expressions.scope import Scope
from interlock.expressions.syntax import Parsed
from interlock.expressions.tree import Part
from interlock.model import Point


@dataclass(frozen=True, slots=True)
class Analysis:
    """An expression without errors."""

    part: Part
    points: frozenset[Point]
    reads_time: bool
    reads_names: bool
    windows: Mapping[Point, timedelta]
    warnings: tuple[ExpressionProblem, ...]


def analyse(parsed: Parsed, scope: Scope) -> Analysis:
    """Check an expression in a scope.

    Raises:
        ExpressionError: with every finding at once.
    """
    reader = Reader(parsed, scope, _read)
    part = reader.read(parsed.node)
    if any(problem.severity is Severity.ERROR for problem in reader.problems):
        raise ExpressionError(reader.problems)
    return Analysis(
        part,
        frozenset(reader.points),
        reader.reads_time,
        reader.reads_names,
        dict(reader.windows),
        tuple(reader.problems),
    )


def _read(reader: Reader, node: nodes.Expr) -> Part:
    match node:
        case nodes.Const():
            return read_constant(reader, node)
        case nodes.Name():
            return read_bare_name(reader, node)
        case nodes.Getattr():
            return read_attribute(reader, node)
        case nodes.Getitem():
            return read_subscript(reader, node)
        case nodes.Call():
            return read_call(reader, node)
        case nodes.Filter():
            return read_filter(reader, node)
        case nodes.Test():
            return read_test(reader, node)
        case nodes.List() | nodes.Tuple():
            return read_items(reader, node)
        case _:
            return _read_operator(reader, node)


def _read_operator(reader: Reader, node: nodes.Expr) -> Part:
    match node:
        case nodes.And() | nodes.Or():
            return read_logic(reader, node)
        case nodes.Not():
            return read_not(reader, node)
        case nodes.CondExpr():
            return read_conditional(reader, node)
        case nodes.Compare():
            return read_comparison(reader, node)
        case nodes.Neg() | nodes.Pos():
            return read_sign(reader, node)
        case nodes.Concat():
            return read_concatenation(reader, node)
        case nodes.BinExpr():
            return read_arithmetic(reader, node)
        case _:
            return reader.report(
                node, Finding("a dictionary is no value", "choose from it: {…}[device.controller]")
            )
