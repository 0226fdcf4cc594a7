"""Reading arguments that are more than values: windows, conditions on the past, points of a curve, rules."""

from __future__ import annotations

from datetime import timedelta

from jinja2 import nodes

from interlock.capabilities import nearest
from interlock.durations import format_duration
from interlock.expressions.comparisons import as_condition, can_be_condition, no_condition
from interlock.expressions.durations import as_duration
from interlock.expressions.functions import Special
from interlock.expressions.generator import generate
from interlock.expressions.past import COMPUTED, LONGEST, PastCondition
from interlock.expressions.problems import ExpressionError, ExpressionProblem, Finding, did_you_mean
from interlock.expressions.reader import BROKEN, Reader
from interlock.expressions.syntax import parse_expression
from interlock.expressions.tree import Call, Constant, Given, Part
from interlock.expressions.types import ANY, DURATION, TEXT, Kind
from interlock.expressions.view import View
from interlock.model import Point


def text_in_quotes(node: nodes.Expr) -> str | None:
    """Return the constant text that a node is; None where it is none."""
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


def read_window(reader: Reader, node: nodes.Expr, points: frozenset[Point]) -> Part:
    """Read how far back the past of some points is looked at, and note that so much of it is kept."""
    part = as_duration(reader, node, reader.read(node))
    if part is BROKEN:
        return BROKEN
    window = part.type.constant
    length = window if isinstance(window, timedelta) else COMPUTED
    if not length or length > LONGEST:
        limit = format_duration(LONGEST)
        return reader.report(node, Finding(f"a window is longer than 0s and no longer than {limit}"))
    for point in points:
        reader.windows[point] = max(length, reader.windows.get(point, length))
    return part if isinstance(part, Constant) else Call(_computed, (part,), DURATION)


def _computed(_view: View, window: timedelta) -> timedelta:
    if window > COMPUTED:
        most = format_duration(COMPUTED)
        raise ValueError(f"{format_duration(window)} is longer than the {most} that a computed window can be")
    return window


def read_past_condition(reader: Reader, node: nodes.Expr) -> Part:
    """Read a condition in quotes, which is asked of other moments than the present."""
    text = text_in_quotes(node)
    if text is None:
        hint = f"write '{reader.parsed.source(node)}'"
        return reader.report(node, Finding(f"{Special.EXPRESSION.value} is expected here", hint))
    start = reader.parsed.span(node).offset + 1
    try:
        parsed = parse_expression(text)
    except ExpressionError as error:
        return _report_inner(reader, start, error.problems)
    inner = Reader(parsed, reader.scope, reader.dispatch, member=reader.member)
    part = inner.read(parsed.node)
    if part is BROKEN:
        return _report_inner(reader, start, tuple(inner.problems))
    finding = _past_fault(inner, part, text)
    if finding:
        return reader.report(node, finding)
    _report_inner(reader, start, tuple(inner.problems))
    reader.points |= inner.points
    condition = PastCondition(text, frozenset(inner.points), generate(as_condition(part)).truth)
    return Given(condition, ANY)


def _past_fault(inner: Reader, part: Part, text: str) -> Finding | None:
    if not can_be_condition(part.type.kind) or isinstance(part, Constant):
        return no_condition(part.type.kind, text)
    if inner.reads_time or inner.reads_names or inner.reads_more:
        hint = "put what is not about points' values beside it, with 'and'"
        return Finding("a condition on the past can only read the values of points", hint)
    if not inner.points:
        return Finding("a condition on the past needs a point")
    return None


def _report_inner(reader: Reader, start: int, problems: tuple[ExpressionProblem, ...]) -> Part:
    for each in problems:
        moved = ExpressionProblem(start + each.offset, each.length, each.message, each.hint, each.severity)
        if moved not in reader.problems:
            reader.problems.append(moved)
    return BROKEN


def read_pairs(reader: Reader, node: nodes.Expr, usage: str, *, of_numbers: bool) -> tuple[Part, ...] | None:
    """Read ``[[x, y], …]`` as x1, y1, x2, y2 and so on; None after a finding."""
    pairs = node.items if isinstance(node, nodes.List | nodes.Tuple) else []
    are_pairs = all(isinstance(each, nodes.List | nodes.Tuple) and len(each.items) == 2 for each in pairs)
    if not pairs or not are_pairs:
        reader.report(node, Finding("a list of pairs is expected here", f"it is called {usage}"))
        return None
    parts: list[Part] = []
    last: float | None = None
    for pair in pairs:
        x, y = (reader.read(each) for each in getattr(pair, "items", ()))
        if BROKEN in (x, y) or not _are_numbers(reader, pair, (x, y) if of_numbers else (x,)):
            return None
        if isinstance(x, Constant) and isinstance(x.value, int | float):
            if last is not None and x.value <= last:
                finding = Finding(f"the points must rise: {x.value:g} comes behind {last:g}")
                reader.report(pair, finding)
                return None
            last = x.value
        parts += (x, y)
    return tuple(parts)


def _are_numbers(reader: Reader, node: nodes.Expr, parts: tuple[Part, ...]) -> bool:
    strange = next((part for part in parts if part.type.kind not in (Kind.NUMBER, Kind.ANY)), None)
    if strange is not None:
        reader.report(node, Finding(f"a number is expected here, and this is {strange.type.kind.value}"))
    return strange is None


def read_rule(reader: Reader, node: nodes.Expr) -> Part:
    """Read the quoted id of a rule."""
    rule = text_in_quotes(node)
    if rule is None:
        return reader.report(node, Finding(f"{Special.RULE.value} is expected here"))
    if rule not in reader.scope.rules:
        hint = did_you_mean(nearest(rule, reader.scope.rules))
        return reader.report(node, Finding(f"there is no rule '{rule}'", hint))
    return Given(rule, TEXT)
