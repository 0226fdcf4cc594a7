"""YAML as a tree that remembers where everything stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from interlock.errors import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read, kept for excerpts. `name` is its path as the user would write it."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """Return a line without its end, counted from 1; empty past the end."""
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file. Lines and columns count from 1."""

    source: SourceFile
    line: int
    column: int
    length: int = 1

    def inside(self, offset: int, length: int) -> Mark:
        """Return the place that lies `offset` characters into this one, on the same line."""
        return Mark(self.source, self.line, self.column + offset, length)

    def diagnostic(self, message: str, *, hint: str = "", severity: Severity = Severity.ERROR) -> Diagnostic:
        """Return a finding at this place."""
        return Diagnostic(
            file=self.source.name,
            line=self.line,
            column=self.column,
            message=message,
            length=max(self.length, 1),
            hint=hint,
            excerpt=self.source.line(self.line),
            severity=severity,
        )


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A single value, resolved by YAML 1.2's core schema: ``on`` and ``yes`` are words."""

    mark: Mark
    value: bool | int | float | str | None
    text: str
    """As it stands in the file, without quotes."""
    is_quoted: bool = False
    tag: str = ""
    """``!secret`` or ``!env`` where the value came in so; the value is then the resolved secret."""

    @property
    def inner(self) -> Mark:
        """Where the text itself begins: behind the opening quote, where there is one."""
        return self.mark.inside(1, len(self.text)) if self.is_quoted else self.mark


@dataclass(frozen=True, slots=True)
class ListNode:
    """A sequence."""

    mark: Mark
    items: tuple[Node, ...]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping; keys are texts, and none stands twice."""

    mark: Mark
    entries: Mapping[str, Node]
    keys: Mapping[str, Mark]
    """Where each key stands."""


Node: TypeAlias = ScalarNode | ListNode | MapNode


def plain(node: Node) -> object:
    """Return the tree as plain lists, dictionaries and scalars."""
    match node:
        case ScalarNode():
            return node.value
        case ListNode():
            return [plain(item) for item in node.items]
        case MapNode():
            return {key: plain(value) for key, value in node.entries.items()}
