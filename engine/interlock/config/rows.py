"""Rows of names and values, which make many things of one: ``for_each``.

``{{ room }}`` alone in braces is replaced wherever it stands, in keys too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode
from interlock.config.sections import entries_of, is_empty
from interlock.errors import Diagnostic

Row: TypeAlias = Mapping[str, ScalarNode]
"""Names, and the values that they stand for."""

MOST_ROWS = 10_000
FOR_EACH = "for_each"
_EMPTY = "this 'for_each' is empty: nothing would come of it"
_NAME = r"\{\{\s*([^\W\d]\w*)\s*\}\}"


def rows_of(node: Node, problems: list[Diagnostic]) -> Sequence[Row]:
    """Return the rows of a ``for_each``: those of a table, or every combination of values of some names."""
    if isinstance(node, ListNode):
        rows = [row for item in node.items if (row := _row(item, problems)) is not None]
        if not node.items:
            problems.append(node.mark.diagnostic(_EMPTY))
    elif isinstance(node, MapNode):
        rows = _combined(node, problems)
    else:
        hint = "write '{room: [living, kitchen]}' or a list of rows"
        problems.append(node.mark.diagnostic("'for_each' needs names and values", hint=hint))
        return ()
    if len(rows) > MOST_ROWS:
        problems.append(node.mark.diagnostic(f"this 'for_each' has more than {MOST_ROWS} rows"))
    return rows[:MOST_ROWS]


def unresolved(node: Node) -> Iterator[ScalarNode]:
    """Yield the values in a tree that hold braces: what rows do not replace."""
    match node:
        case MapNode():
            for value in node.entries.values():
                yield from unresolved(value)
        case ListNode():
            for item in node.items:
                yield from unresolved(item)
        case ScalarNode():
            if not node.tag and "{{" in node.text:
                yield node


def names_in(node: Node) -> Iterator[str]:
    """Yield the names that values in a tree ask rows for."""
    for value in unresolved(node):
        yield from re.findall(_NAME, value.text)


def described(row: Row) -> str:
    """Return what a row stands for, as findings say it: ``for room = kitchen``; empty for nothing."""
    values = ", ".join(f"{name} = {node.text}" for name, node in row.items())
    return f"for {values}" if values else ""


def substituted(node: MapNode, row: Row) -> MapNode:
    """Return a mapping with the names of a row replaced in its keys and values."""
    entries = {replaced(key, row): _substitute(value, row) for key, value in node.entries.items()}
    return MapNode(node.at, entries, {replaced(key, row): place for key, place in node.places.items()})


def replaced(text: str, row: Row) -> str:
    """Return a text with the names of a row replaced; a secret can only be the whole of a value."""

    def value(found: re.Match[str]) -> str:
        node = row.get(found[1])
        return node.text if node and not node.tag else found[0]

    return re.sub(_NAME, value, text)


def _row(node: Node, problems: list[Diagnostic]) -> Row | None:
    entries = entries_of(node, "a row of 'for_each'", problems, is_optional=False)
    if entries and not entries.entries:
        problems.append(node.mark.diagnostic("this row of 'for_each' is empty"))
    return _scalars(entries, problems) if entries and entries.entries else None


def _combined(node: MapNode, problems: list[Diagnostic]) -> list[Row]:
    columns = {name: _items(values) for name, values in node.entries.items()}
    if not columns or not all(columns.values()):
        problems.append(node.mark.diagnostic(_EMPTY))
        return []
    rows: list[Row] = [{}]
    for name, items in columns.items():
        column = [_scalars(MapNode(node.mark, {name: item}, node.places), problems) for item in items]
        # One more than allowed is enough to be told of, and a million would fill the memory.
        enough = math.ceil((MOST_ROWS + 1) / max(len(column), 1))
        rows = [{**row, **each} for row in rows[:enough] for each in column if each is not None]
    return rows


def _items(node: Node) -> Sequence[Node]:
    return node.items if isinstance(node, ListNode) else (node,)


def _scalars(entries: MapNode, problems: list[Diagnostic]) -> Row | None:
    row = {}
    for name, value in entries.entries.items():
        mark = entries.keys.get(name, entries.mark)
        if not name.isidentifier():
            problems.append(mark.diagnostic(f"'{name}' cannot be a name here"))
            return None
        if not isinstance(value, ScalarNode) or is_empty(value):
            problems.append(value.mark.diagnostic(f"'{name}' needs one value in each row"))
            return None
        row[name] = value
    return row


def _substitute(node: Node, row: Row) -> Node:
    match node:
        case MapNode():
            return substituted(node, row)
        case ListNode():
            return ListNode(node.at, tuple(_substitute(item, row) for item in node.items))
        case ScalarNode():
            return _substituted_scalar(node, row)


def _substituted_scalar(node: ScalarNode, row: Row) -> ScalarNode:
    if node.tag or "{{" not in node.text:
        return node
    whole = re.fullmatch(_NAME, node.text.strip())
    if whole and whole[1] in row:
        return replace(row[whole[1]], at=node.at)
    text = replaced(node.text, row)
    return node if text == node.text else replace(node, value=text, text=text)


def once(origins: Mapping[Diagnostic, Sequence[str]]) -> Iterable[Diagnostic]:
    """Yield findings, each with what the thing it is in was made from; for forty rooms it is said once.

    Args:
        origins: The findings with the origins of all things that they are in; an empty one says nothing.
    """
    for problem, each in origins.items():
        more = f", and {len(each) - 1} more" if len(each) > 1 else ""
        said = f"{problem.message} ({each[0]}){more}"
        yield replace(problem, message=said) if each[0] else problem
