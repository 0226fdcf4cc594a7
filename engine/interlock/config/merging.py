"""The sections of a site, from its own file and from those that it includes."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.config.nodes import MapNode, Mark, Node
from interlock.config.sections import entries_of, items_of
from interlock.errors import Diagnostic

_ONE: dict[str, str] = {
    "devices": "device",
    "groups": "group",
    "schedules": "schedule",
    "plant": "setting of the plant",
}
"""What stands in a section, in the singular."""


class Sections:
    """What stands under the keys of several files.

    Args:
        problems: Findings are appended to it.
    """

    def __init__(self, problems: list[Diagnostic]) -> None:
        self._problems = problems
        self._nodes: dict[str, list[Node]] = {}

    def add(self, file: MapNode) -> None:
        """Take the keys of a file, behind those of the files before."""
        for key, node in file.entries.items():
            self._nodes.setdefault(key, []).append(node)

    def mapping(self, key: str) -> Node | None:
        """Return what stands under a key as one mapping; None where no file has it."""
        nodes = self._nodes.get(key, [])
        if len(nodes) < 2:
            return nodes[0] if nodes else None
        found = [entries for node in nodes if (entries := entries_of(node, key, self._problems))]
        return self._merged(_ONE[key], found) if found else None

    def items(self, key: str) -> Iterator[Node]:
        """Yield the items of every list that stands under a key."""
        for node in self._nodes.get(key, []):
            yield from items_of(node, key, self._problems)

    def _merged(self, kind: str, parts: list[MapNode]) -> MapNode:
        entries: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        for part in parts:
            for name, node in part.entries.items():
                if name in entries:
                    message = f"{kind} '{name}' is given twice: first at {keys[name].place}"
                    self._problems.append(part.keys[name].diagnostic(message))
                else:
                    entries[name], keys[name] = node, part.keys[name]
        return MapNode(parts[0].mark, entries, keys)
