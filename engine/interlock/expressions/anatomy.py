"""An expression taken apart into the expressions that it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

from interlock.expressions.compiler import Compiled, compile_expression
from interlock.expressions.problems import ExpressionError
from interlock.expressions.scope import Scope
from interlock.expressions.syntax import Parsed, parse_expression


@dataclass(frozen=True, slots=True)
class Anatomy:
    """An expression, and those inside it that have a value of their own."""

    compiled: Compiled
    parts: tuple[Anatomy, ...]


def anatomy(text: str, scope: Scope) -> Anatomy:
    """Return what an expression is made of; constants are left out.

    Raises:
        ExpressionError: it is wrong.
    """
    compiled = compile_expression(text, scope)
    parsed = parse_expression(compiled.text)
    return Anatomy(compiled, tuple(_parts(parsed, parsed.node, scope)))


def _parts(parsed: Parsed, node: nodes.Node, scope: Scope) -> Iterator[Anatomy]:
    for inner in _operands(node):
        found = _compiled(parsed, inner, scope)
        parts = tuple(_parts(parsed, inner, scope))
        if found is None:
            yield from parts
        else:
            yield Anatomy(found, parts)


def _operands(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield the nodes right inside one; all that one word joins belong to one ``and`` or ``or``."""
    for inner in node.iter_child_nodes():
        if isinstance(node, nodes.And | nodes.Or) and type(inner) is type(node):
            yield from _operands(inner)
        else:
            yield inner


def _compiled(parsed: Parsed, node: nodes.Node, scope: Scope) -> Compiled | None:
    """Return a node as an expression; None for a constant, and for what is none by itself."""
    if not isinstance(node, nodes.Expr) or isinstance(node, nodes.Literal | nodes.Neg | nodes.Pos):
        return None
    try:
        return compile_expression(_source(parsed, node), scope)
    except ExpressionError:
        return None


def _source(parsed: Parsed, node: nodes.Node) -> str:
    """Return a node as written; jinja2 does not note where the word ``not`` stands, which may come first."""
    match node:
        case nodes.Not():
            return f"not {_nested(parsed, node.node, nodes.And, nodes.Or, nodes.CondExpr)}"
        case nodes.And():
            return " and ".join(_nested(parsed, each, nodes.Or, nodes.CondExpr) for each in _operands(node))
        case nodes.Or():
            return " or ".join(_nested(parsed, each, nodes.And, nodes.CondExpr) for each in _operands(node))
        case nodes.CondExpr() if node.expr2 is not None:
            first, test = (
                _nested(parsed, node.expr1, nodes.CondExpr),
                _nested(parsed, node.test, nodes.CondExpr),
            )
            return f"{first} if {test} else {_source(parsed, node.expr2)}"
        case _:
            return parsed.source(node)


def _nested(parsed: Parsed, node: nodes.Node, *looser: type[nodes.Node]) -> str:
    """Return a part as written, in brackets where it binds less than what stands around it, or might."""
    source = _source(parsed, node)
    return f"({source})" if isinstance(node, looser) else source
