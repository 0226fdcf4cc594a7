"""An expression taken apart: which of its operands keeps it from being true."""

from __future__ import annotations

from interlock.expressions.compiler import Compiled, compile_expression
from interlock.expressions.scope import Scope
from interlock.expressions.syntax import parse_expression


def clauses(text: str, scope: Scope) -> tuple[Compiled, ...]:
    """Return what the outermost ``and`` or ``or`` of an expression joins; itself where there is none.

    Raises:
        ExpressionError: it is wrong.
    """
    return tuple(compile_expression(piece, scope) for piece in parse_expression(text).pieces)
