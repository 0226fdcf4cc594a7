"""From the YAML of values to values that a controller takes."""

from __future__ import annotations

from typing import TypeGuard

from interlock.capabilities import Capability, Field
from interlock.config.nodes import Node, ScalarNode, plain
from interlock.driver import Target
from interlock.errors import InvalidValue
from interlock.expressions.assignment import check_value
from interlock.expressions.expression import Expression
from interlock.model import Value
from interlock.rules.grammar.context import Context
from interlock.rules.rule import Assignment


def constant(context: Context, node: Node, capability: Capability) -> Value | None:
    """Return a value that a reading of the controller can have."""
    try:
        return capability.check_reading(plain(node))
    except InvalidValue as error:
        _refuse(context, node, capability, error)
        return None


def assignment(context: Context, node: Node, target: Target) -> Assignment | None:
    """Return what is to be written to a point: a constant, or an expression in braces."""
    if _is_computed(node):
        compiled = _computed(context, node, target.capability)
        return Assignment(target=target, value=compiled, mark=node.mark) if compiled else None
    try:
        return Assignment(target=target, value=target.capability.check(plain(node)), mark=node.mark)
    except InvalidValue as error:
        _refuse(context, node, target.capability, error)
        return None


def field_value(context: Context, node: Node, field: Field) -> Value | Expression | None:
    """Return what a field of a call is given: a constant as it holds it, or an expression in braces."""
    capability = field.as_capability()
    if _is_computed(node):
        return _computed(context, node, capability)
    return constant(context, node, capability)


def _is_computed(node: Node) -> TypeGuard[ScalarNode]:
    return isinstance(node, ScalarNode) and "{{" in node.text and not node.tag


def _computed(context: Context, node: ScalarNode, capability: Capability) -> Expression | None:
    compiled = context.expression(node, context.scope_with_trigger)
    if compiled is None:
        return None
    problem = check_value(compiled, capability)
    if problem:
        context.report_in(node, [problem])
        return None
    return compiled


def _refuse(context: Context, node: Node, capability: Capability, error: InvalidValue) -> None:
    # A value that came in by a tag is a secret: it must not be quoted.
    is_secret = isinstance(node, ScalarNode) and node.tag
    message = f"{capability.controller} takes {capability.allowed}" if is_secret else str(error)
    said, _, hint = message.partition("; ")
    context.report(node, said, hint)
