"""Mappings and texts in a site file, taken out of the tree or refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode
from interlock.errors import Diagnostic


def entries_of(
    node: Node | None, what: str, problems: list[Diagnostic], *, is_optional: bool = True
) -> MapNode | None:
    """Return a node that is a mapping; None where it is absent, or after the finding that it is none.

    Args:
        node: The node; None where its key does not stand in the file.
        what: How the finding names it.
        problems: Findings are appended to it.
        is_optional: Whether it may be left empty.
    """
    if node is None or isinstance(node, MapNode) or (is_optional and is_empty(node)):
        return node if isinstance(node, MapNode) else None
    hint = "write a name and a colon in place of each '- '" if isinstance(node, ListNode) else ""
    _refuse(node, f"{what} must be a mapping of keys and values", problems, hint)
    return None


def texts_of(node: Node | None, what: str, problems: list[Diagnostic]) -> Iterator[ScalarNode]:
    """Yield the items of a list of texts; what is no text is a finding."""
    for item in items_of(node, what, problems):
        if is_text(item):
            yield item
        else:
            _refuse(item, f"each item of {what} must be a text", problems)


def items_of(node: Node | None, what: str, problems: list[Diagnostic]) -> Iterator[Node]:
    """Yield the items of a list; nothing where it is absent, empty, or after the finding that it is none."""
    if isinstance(node, ListNode):
        yield from node.items
    elif node is not None and not is_empty(node):
        hint = "begin each item with '- '" if isinstance(node, MapNode) else ""
        _refuse(node, f"{what} must be a list", problems, hint)


def as_text(
    entries: MapNode, key: str, what: str, hint: str, problems: list[Diagnostic]
) -> ScalarNode | None:
    """Return the text that must stand under a key of a mapping, or None after the finding that none does.

    The text is the node's `value`.
    """
    node = entries.entries.get(key)
    if node is None or is_empty(node):
        mark = entries.keys.get(key, entries.mark)
        problems.append(mark.diagnostic(f"{what} needs '{key}'", hint=hint))
    elif isinstance(node, ScalarNode) and isinstance(node.value, str):
        return node
    else:
        _refuse(node, f"'{key}' must be a text", problems)
    return None


def without(entries: MapNode, *left_out: str) -> MapNode:
    """Return a mapping without some of its keys."""
    if entries.entries.keys().isdisjoint(left_out):
        return entries
    return only(entries, [key for key in entries.entries if key not in left_out])


def only(entries: MapNode, kept: Iterable[str]) -> MapNode:
    """Return a mapping with some of its keys alone."""
    found = {key: entries.entries[key] for key in kept}
    return MapNode(entries.mark, found, {key: entries.places[key] for key in found})


def is_empty(node: Node) -> bool:
    """Return whether nothing stands behind a key; a broken value is something."""
    return isinstance(node, ScalarNode) and node.value is None and not node.is_broken


def is_text(node: Node | None) -> TypeGuard[ScalarNode]:
    """Return whether a text stands there."""
    return isinstance(node, ScalarNode) and isinstance(node.value, str) and bool(node.value)


def _refuse(node: Node, message: str, problems: list[Diagnostic], hint: str = "") -> None:
    if not (isinstance(node, ScalarNode) and node.is_broken):
        problems.append(node.mark.diagnostic(message, hint=hint))
