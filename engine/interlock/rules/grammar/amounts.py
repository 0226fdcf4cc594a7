"""From the YAML of durations, numbers and variables to what is given or computed when it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode, plain
from interlock.durations import format_duration, parse_duration
from interlock.expressions.compiler import compile_expression
from interlock.expressions.expression import Expression
from interlock.expressions.scope import Scope
from interlock.expressions.types import ANY, LIST, Kind, Type, type_of_constant
from interlock.model import Value
from interlock.rules.actions import Amount
from interlock.rules.grammar.context import Context, items

_LASTS = frozenset({Kind.DURATION, Kind.TEXT, Kind.ANY})


def is_computed(node: Node) -> TypeGuard[ScalarNode]:
    """Whether a value stands in braces, so that it is computed."""
    return isinstance(node, ScalarNode) and "{{" in node.text and not node.tag


def amount(context: Context, node: Node, scope: Scope | None = None) -> Amount | None:
    """Return a duration: ``5m``, an expression in braces, or the name of a point that holds one.

    Args:
        context: Takes the findings.
        node: What stands there.
        scope: What an expression finds; None for what the actions of a rule find.
    """
    scope = scope or context.scope_with_trigger
    if not isinstance(node, ScalarNode) or node.value is None:
        context.report(node, "this must be a duration", "write for example 30s, 5m or 1h30m")
        return None
    if not is_computed(node) and not names_point(context, node):
        return _constant(context, node)
    compiled = context.expression(node, scope)
    if compiled is None or compiled.type.kind in _LASTS:
        return compiled
    if compiled.type.unit is not None:
        text = f"({compiled.text}) * '{format_duration(compiled.type.unit)}'"
        return compile_expression(text, scope)
    hint = (
        f"give a number its unit: {{{{ {compiled.text} * '1m' }}}}"
        if compiled.type.kind is Kind.NUMBER
        else ""
    )
    context.report(node, f"a duration is expected here, and this is {compiled.type.kind.value}", hint)
    return None


def _constant(context: Context, node: ScalarNode) -> Amount | None:
    try:
        return parse_duration(node.value)
    except ValueError as error:
        message, _, hint = str(error).partition(": ")
        context.report(node, message, hint)
        return None


def names_point(context: Context, node: Node) -> bool:
    """Whether a value is the name of a point."""
    if not isinstance(node, ScalarNode):
        return False
    device, dot, _ = node.text.partition(".")
    return bool(dot) and context.scope.has_device(device.strip())


def given(context: Context, node: Node) -> Value | Expression | None:
    """Return a value as YAML has it, or an expression in braces."""
    if is_computed(node):
        return context.expression(node, context.scope_with_trigger)
    value = plain(node)
    if isinstance(node, ListNode) and all(_is_scalar(plain(item)) for item in node.items):
        return tuple(item for each in node.items if _is_scalar(item := plain(each)))
    if _is_scalar(value):
        return value
    context.report(node, "this must be a number, a word, on or off, or an expression in braces")
    return None


def constants_of(node: Node | None) -> Mapping[str, bool | int | float | str]:
    """Return the variables of a rule that stand there as they are: triggers and condition find them too."""
    if not isinstance(node, MapNode):
        return {}
    found = {name: plain(value) for name, value in node.entries.items() if not is_computed(value)}
    return {name: value for name, value in found.items() if _is_scalar(value)}


def _is_scalar(value: object) -> TypeGuard[bool | int | float | str]:
    return isinstance(value, bool | int | float | str)


def given_by_name(context: Context, node: Node) -> Mapping[str, Value | Expression] | None:
    """Return a mapping of names and values; None after a finding."""
    return _named(node, context, is_in_order=False)


def variables_by_name(context: Context, node: Node) -> Mapping[str, Value | Expression] | None:
    """Return a mapping of names and values, of which each finds those before it; None after a finding."""
    return _named(node, context, is_in_order=True)


def _named(node: Node, context: Context, *, is_in_order: bool) -> Mapping[str, Value | Expression] | None:
    if not isinstance(node, MapNode):
        context.report(node, "this must be a mapping of names and values")
        return None
    found: dict[str, Value | Expression] = {}
    are_names = [_check_name(context, node, name) for name in node.entries]
    for name, entry in node.entries.items():
        value = given(context, entry)
        if value is not None:
            found[name] = value
        if is_in_order:
            context = context.with_variables({name: type_of(value)})
    return found if len(found) == len(are_names) and all(are_names) else None


def _check_name(context: Context, node: MapNode, name: str) -> bool:
    if not name.isidentifier():
        context.report(node.keys[name], f"'{name}' cannot name a variable", "use letters, digits and '_'")
        return False
    if context.scope.has_device(name) or name in context.scope.names or name in context.scope.functions:
        context.report(
            node.keys[name], f"'{name}' means something else already", "give the variable another name"
        )
        return False
    return True


def type_of(value: Value | Expression | None) -> Type:
    """Return what is known of a value that was given; nothing where it was faulty."""
    match value:
        case None:
            return ANY
        case bool() | int() | float() | str():
            # A variable may be given another value, so that nothing follows from this one but its kind.
            return Type(type_of_constant(value).kind)
        case tuple():
            return LIST
        case _:
            return getattr(value, "type", ANY)


def texts(node: Node) -> tuple[str, ...]:
    """Return the texts of a list or of a scalar."""
    return tuple(str(item.value) for item in items(node) if isinstance(item, ScalarNode))
