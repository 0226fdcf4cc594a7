"""From the YAML of values to values that a controller takes."""

from __future__ import annotations

from interlock.capabilities import Capability, Field
from interlock.config.nodes import Node, Place, ScalarNode, placed, plain
from interlock.driver import Target
from interlock.errors import InvalidValue
from interlock.expressions.assignment import check_value
from interlock.expressions.expression import Expression
from interlock.model import Value
from interlock.rules.actions import Assignment
from interlock.rules.grammar.amounts import is_computed
from interlock.rules.grammar.context import Context


def constant(context: Context, node: Node, capability: Capability) -> Value | None:
    """Return a value that a reading of the controller can have."""
    try:
        return capability.check_reading(plain(node))
    except InvalidValue as error:
        _refuse(context, node, capability, error)
        return None


def assignment(context: Context, node: Node, target: Target) -> Assignment | None:
    """Return what is to be written to a point: a constant, or an expression in braces."""
    if is_computed(node):
        compiled = _computed(context, node, target.capability)
        return Assignment(target=target, value=compiled, at=placed(node)) if compiled else None
    try:
        return Assignment(target=target, value=target.capability.check(plain(node)), at=placed(node))
    except InvalidValue as error:
        _refuse(context, node, target.capability, error)
        return None


def written_by_group(context: Context, point: str, at: Place, value: Node) -> tuple[Assignment, ...] | None:
    """Return what a point is to be given, or each of a group's that can be written; None after a finding."""
    targets = context.points(point, at)
    writable = tuple(target for target in targets if target.capability.writable)
    found = [_given(context, target, at, value) for target in writable or targets]
    known = tuple(each for each in found if each is not None)
    return known if known and len(known) == len(found) else None


def _given(context: Context, target: Target, at: Place, value: Node) -> Assignment | None:
    point = target.point
    if not target.capability.writable:
        writable = [each.point for each in context.devices[target.device.name] if each.capability.writable]
        hint = f"what can be written of it: {', '.join(writable)}" if writable else ""
        context.report(at, f"{point} can only be read", hint)
        return None
    if target.capability.fields:
        fields = ", ".join(each.name for each in target.capability.fields)
        context.report(at, f"{point} takes named fields", f"write 'call: {point}' and 'with: {{{fields}}}'")
        return None
    return assignment(context, value, target)


def field_value(context: Context, node: Node, field: Field) -> Value | Expression | None:
    """Return what a field of a call is given: a constant as it holds it, or an expression in braces."""
    capability = field.as_capability()
    if is_computed(node):
        return _computed(context, node, capability)
    return constant(context, node, capability)


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
