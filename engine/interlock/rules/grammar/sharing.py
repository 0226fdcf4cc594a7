"""Equal actions, and lists of them, are made once: what a site does to a room it does in several rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode
from interlock.rules.grammar.context import Context

T = TypeVar("T")


def shared(context: Context, node: Node, read: Callable[[Context, Node], T]) -> T:
    """Return what is read of a node, made once for all equal nodes that find the same names.

    What leaves more behind than what is made is made each time: findings, points that the rule looks back at,
    names that it saves or restores. The places in what is shared are those of the first of them.
    """
    if context.shared is None:
        return read(context, node)
    key = read, _content(node)
    known = context.shared.get(key)
    if known is not None:
        return cast("T", known)
    own = context.apart()
    made = read(own, node)
    if made is not None and own.has_nothing_left:
        context.shared[key] = made
    context.join(own)
    return made


def _content(node: Node) -> object:
    """Return what is equal for nodes that mean the same, wherever they stand."""
    # Asked thus and not matched, which takes twice as long: it is asked of all that rules do.
    if isinstance(node, ScalarNode):
        value, tag = node.value, node.tag
        # A text says it all; 1, 1.0 and true are equal too.
        return value if isinstance(value, str) and not tag else (node.text, tag, value, type(value))
    if isinstance(node, ListNode):
        return ListNode, *map(_content, node.items)
    return MapNode, *node.entries, *map(_content, node.entries.values())
