"""YAML as a tree that remembers where everything stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

from interlock.errors import Diagnostic, Severity
from interlock.redaction import HIDDEN

# What YAML's parser counts as the end of a line; `str.splitlines` knows more.
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
# A credential written out, by its key's name: what the schema will call secret is not known yet when a
# line of a broken file is shown.
_CREDENTIAL = re.compile(
    r"""(?:pass?w|pwd|passphrase|secret|token|(?<![a-z])key)[\w-]*["']?\s*:\s+"""
    r"""(?!!secret\s|!env\s)(?P<value>"(?:\\.|[^"])*"?|'[^']*'?|[^\s,}#][^,}#]*)""",
    re.IGNORECASE,
)


def _hidden(found: re.Match[str]) -> str:
    start = found.start("value") - found.start()
    return found[0][:start] + HIDDEN * (len(found[0]) - start)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read, kept for excerpts. `name` is its path as the user would write it."""

    name: str
    text: str
    is_secret: bool = False
    """Whether its lines must never be shown."""
    folder: Path | None = None
    """Where relative paths in it count from; None for its own folder."""
    _lines: tuple[str, ...] = field(default=(), init=False, repr=False, compare=False)
    _starts: tuple[int, ...] = field(default=(), init=False, repr=False, compare=False)
    """Where each line begins, and where one behind the last would."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends; the empty one behind the last line end counts too."""
        self._cut()
        return self._lines

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self.lines)

    def position(self, index: int) -> tuple[int, int]:
        """Return the line and the column, counted from 0, of what stands behind so many characters."""
        self._cut()
        line = bisect_right(self._starts, index) - 1
        return line, index - self._starts[line]

    def _cut(self) -> None:
        """Find the lines when they are first asked for, which of most files nobody does."""
        if self._lines:
            return
        text = self.text
        if text.isascii() and "\r" not in text:  # As most are.
            lines = text.split("\n")
            starts = tuple(accumulate((len(line) + 1 for line in lines), initial=0))
        else:
            lines = _LINE_END.split(text)
            starts = (0, *(found.end() for found in _LINE_END.finditer(text)), len(text) + 1)
        object.__setattr__(self, "_lines", tuple(lines))
        object.__setattr__(self, "_starts", starts)

    def line(self, number: int) -> str:
        """Return a line without its end, counted from 1; empty past the end."""
        lines = self.lines
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def excerpt(self, number: int) -> str:
        """Return a line as it may be shown: credentials are `HIDDEN`, each character in its column."""
        return "" if self.is_secret else _CREDENTIAL.sub(_hidden, self.line(number))


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file. Lines and columns count from 1."""

    source: SourceFile
    line: int
    column: int
    length: int = 1

    @property
    def place(self) -> str:
        """The place as findings name it beside their own: ``site.yaml:12:3``."""
        return f"{self.source.name}:{self.line}:{self.column}"

    @property
    def end(self) -> int:
        """The column behind it."""
        return self.column + self.length

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
            excerpt=self.source.excerpt(self.line),
            severity=severity,
        )


Span: TypeAlias = tuple[SourceFile, int, int]
"""A file, behind how many characters something begins in it, and how many it takes.

Of what ends with the file without a line end, that counts as if it stood there.
"""
Place: TypeAlias = Mark | Span
"""Where something stands. A reader gives a `Span`: of next to nothing in a file the `Mark` is ever asked."""


def mark_of(place: Place, keys: Iterable[Place] = (), nodes: Iterable[Node] = ()) -> Mark:
    """Return a place as a mark, as far as it stands on its first line.

    Args:
        place: The place.
        keys: The places of the keys that stand in it.
        nodes: The nodes that stand in it.
    """
    if isinstance(place, Mark):
        return place
    source, start, length = place
    line, column = source.position(start)
    last_line, last_column = source.position(start + length)
    if last_line == line < source.line_count:
        return Mark(source, line + 1, column + 1, max(last_column - column, 1))
    begin = mark_in(source, line, column)
    if begin.line <= line:
        return begin
    ends = [mark_of(key).end for key in keys if _line_of(key) == begin.line]
    ends += [node.mark.end for node in nodes if _line_of(node.at) == begin.line]
    behind = len(source.line(begin.line)) + 1
    end = min(max(ends, default=behind), behind)
    return Mark(source, begin.line, begin.column, max(end - begin.column, 1))


def _line_of(place: Place) -> int:
    if isinstance(place, Mark):
        return place.line
    source, start, _ = place
    return min(source.position(start)[0] + 1, source.line_count)


def mark_in(source: SourceFile, line: int, column: int) -> Mark:
    """Return the place that a parser names, counting from 0; moved into the file where it lies behind it."""
    number = min(line + 1, source.line_count)
    text = source.line(number)
    return Mark(source, number, min(column if number == line + 1 else len(text), len(text)) + 1)


class _Marks(Mapping[str, Mark]):
    """The marks of a mapping's keys, each made when it is asked for."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places

    def __getitem__(self, key: str) -> Mark:
        return mark_of(self._places[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


# Nodes are not frozen, and nobody writes to them: freezing makes their making take five times as long, and a
# large site has hundreds of thousands.


@dataclass(slots=True)
class ScalarNode:
    """A single value, resolved by YAML 1.2's core schema: ``on`` and ``yes`` are words."""

    at: Place
    value: bool | int | float | str | None
    text: str
    """As written, without quotes; of a ``!secret`` or ``!env`` its name."""
    is_quoted: bool = False
    tag: str = ""
    """``!secret`` or ``!env`` where the value came in so; the value is then the resolved secret."""

    @property
    def mark(self) -> Mark:
        """Where it stands."""
        return mark_of(self.at)

    @property
    def is_broken(self) -> bool:
        """Whether its value could not be found out, which has been reported: say nothing more about it."""
        return bool(self.tag) and self.value is None

    @property
    def inner(self) -> Mark:
        """Where the text itself begins: behind the opening quote, where there is one."""
        return self.mark.inside(1, len(self.text)) if self.is_quoted else self.mark

    def place(self, offset: int, length: int) -> Mark:
        """Return where a part of the text stands in the file; the whole scalar where that cannot be said.

        It can in a text on one line without escapes, and in a block text (``|``).
        """
        mark = self.mark
        before, part = self.text[:offset], self.text[offset : offset + length]
        row = before.count("\n")
        column = self.inner.column + offset
        if self.source_line(0)[mark.column - 1 :].startswith("|"):
            row, text_line = row + 1, self.text.split("\n")[row]
            indent = self.source_line(row).find(text_line)
            column = 1 + indent + offset - (before.rfind("\n") + 1)
        found = Mark(mark.source, mark.line + row, column, length)
        return found if self.source_line(row)[column - 1 :].startswith(part) else mark

    def source_line(self, row: int) -> str:
        """Return the file's line that lies `row` lines below the one where this begins."""
        mark = self.mark
        return mark.source.line(mark.line + row)


@dataclass(slots=True)
class ListNode:
    """A sequence."""

    at: Place
    items: tuple[Node, ...]

    @property
    def mark(self) -> Mark:
        """Where it stands."""
        return mark_of(self.at, nodes=self.items)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


@dataclass(slots=True)
class MapNode:
    """A mapping; keys are texts, and none stands twice."""

    at: Place
    entries: Mapping[str, Node]
    places: Mapping[str, Place]
    """Where each key stands."""
    origin: str = ""
    """Of a rule that was expanded, what from: ``for room = kitchen, used at site.yaml:12``."""

    @property
    def mark(self) -> Mark:
        """Where it stands."""
        return mark_of(self.at, self.places.values(), self.entries.values())

    @property
    def source(self) -> SourceFile:
        """The file that it stands in."""
        return self.at.source if isinstance(self.at, Mark) else self.at[0]

    @property
    def keys(self) -> Mapping[str, Mark]:
        """Where each key stands, as marks."""
        return _Marks(self.places)


Node: TypeAlias = ScalarNode | ListNode | MapNode


def placed(node: Node) -> Place:
    """Return where a node stands, for whoever will hardly ever ask."""
    return node.at if isinstance(node, ScalarNode) else node.mark


def plain(node: Node) -> object:
    """Return the tree as plain lists, dictionaries and scalars."""
    match node:
        case ScalarNode():
            return node.value
        case ListNode():
            return [plain(item) for item in node.items]
        case MapNode(entries=entries):
            # Most stand for themselves, and need no call.
            return {
                key: each.value if type(each) is ScalarNode else plain(each) for key, each in entries.items()
            }
