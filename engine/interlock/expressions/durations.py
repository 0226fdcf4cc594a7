"""Reading durations: as such, as words, and from points that hold them."""

from __future__ import annotations

from functools import partial

from jinja2 import nodes

from interlock.expressions.functions import duration_in, duration_of
from interlock.expressions.operators import duration_of_word
from interlock.expressions.problems import Finding
from interlock.expressions.reader import BROKEN, Reader
from interlock.expressions.tree import Call, Conditional, Constant, Part
from interlock.expressions.types import DURATION, Kind, type_of_constant


def counts_time(part: Part) -> bool:
    """Whether a value that is no constant can stand for a duration: a text, or a number that counts time."""
    kind, known = part.type.kind, part.type
    if isinstance(part, Constant):
        return False
    if isinstance(part, Conditional):
        branches = part.then, part.otherwise
        return kind is not Kind.DURATION and all(map(_can_be_duration, branches))
    return (kind is Kind.TEXT and not known.choices) or (kind is Kind.NUMBER and known.unit is not None)


def _can_be_duration(part: Part) -> bool:
    is_word = isinstance(part, Constant) and part.type.kind is Kind.TEXT
    return is_word or part.type.kind is Kind.DURATION or counts_time(part)


def as_duration(reader: Reader, node: nodes.Expr, part: Part) -> Part:
    """Return a value as a duration: a text that writes one, or a number whose unit is of time."""
    if isinstance(part, Conditional) and isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        then = as_duration(reader, node.expr1, part.then)
        otherwise = as_duration(reader, node.expr2, part.otherwise)
        return BROKEN if BROKEN in (then, otherwise) else Conditional(part.test, then, otherwise, DURATION)
    match part.type.kind:
        case Kind.DURATION:
            return part
        case Kind.TEXT if isinstance(part, Constant):
            meaning = duration_of_word(str(part.value))
            if isinstance(meaning, Finding):
                return reader.report(node, meaning)
            return Constant(meaning, type_of_constant(meaning))
        case Kind.TEXT | Kind.ANY:
            return part if part is BROKEN else Call(duration_of, (part,), DURATION)
        case Kind.NUMBER if part.type.unit is not None:
            return Call(partial(duration_in, part.type.unit), (part,), DURATION)
    source = reader.parsed.source(node)
    hint = f"give it its unit: {source} * '1m'" if part.type.kind is Kind.NUMBER else ""
    finding = Finding(f"a duration is expected here, and this is {part.type.kind.value}", hint)
    return reader.report(node, finding)
