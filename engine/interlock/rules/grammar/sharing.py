"""Equal actions are made once: what a site does to a room it does in several rules."""

from __future__ import annotations

from collections.abc import Callable

from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode
from interlock.rules.actions import Action
from interlock.rules.grammar.context import Context

ReadAction = Callable[[Context, Node], Action | None]


def shared(context: Context, node: Node, read: ReadAction) -> Action | None:
    """Return what a node means, made once for all equal nodes that find the same names.

    What leaves more behind than an action is made each time: findings, points that the rule looks back at,
    names that it saves or restores. The places in a shared action are those of the first of them.
    """
    if context.shared is None:
        return read(context, node)
    content = _content(node)
    known = context.shared.get(content)
    if known is not None:
        return known
    own = context.apart()
    made = read(own, node)
    if made is not None and own.has_nothing_left:
        context.shared[content] = made
    context.join(own)
    return made


def _content(node: Node) -> tuple[object, ...]:
    """Return what is equal for nodes that mean the same, wherever they stand."""
    match node:
        case ScalarNode(value=value, text=text, tag=tag):
            # 1, 1.0 and true are equal too.
            return text, tag, value, type(value)
        case ListNode(items=items):
            return ListNode, *map(_content, items)
        case MapNode(entries=entries):
            return MapNode, *entries, *map(_content, entries.values())
