"""The entries of a section that has names: those that are written, and those that ``for_each`` makes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from interlock.config.nodes import MapNode, Mark, Node
from interlock.config.rows import FOR_EACH, Row, described, replaced, rows_of, substituted, unresolved
from interlock.config.sections import without
from interlock.errors import Diagnostic

_MOST_SHOWN = 2
"""Values of a row: what tells rows apart stands in front."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing with a name."""

    name: str
    node: Node
    mark: Mark
    """Where its name stands."""
    written: str
    """The name as it is written, with braces where it is one of many."""
    origin: str = ""
    """Of one of many, which row it is of: ``for n = 101 at site.yaml:34``."""

    @property
    def where(self) -> str:
        """Where it stands, as findings at other places say it."""
        return self.origin or f"at {self.mark.place}"


def entries_in(section: MapNode, problems: list[Diagnostic]) -> Iterator[Entry]:
    """Yield the entries of a section; a mapping with ``for_each`` stands for one in each of its rows."""
    for name, node in section.entries.items():
        mark = section.keys[name]
        if isinstance(node, MapNode) and FOR_EACH in node.entries:
            yield from _copies(name, mark, node, problems)
        else:
            yield Entry(name, node, mark, name)


def _copies(name: str, mark: Mark, node: MapNode, problems: list[Diagnostic]) -> Iterator[Entry]:
    template = without(node, FOR_EACH)
    for row in rows_of(node.entries[FOR_EACH], problems):
        own, made = substituted(template, row), replaced(name, row)
        for value in unresolved(own):
            message = f"the rows of 'for_each' have nothing for '{value.text}'"
            hint = f"they have {', '.join(row)}; a name stands alone in its braces"
            problems.append(value.mark.diagnostic(message, hint=hint))
        yield Entry(made, own, mark, name, _origin(row))


def _origin(row: Row) -> str:
    shown = dict(itertools.islice(row.items(), _MOST_SHOWN))
    more = ", …" if len(row) > len(shown) else ""
    first = next(iter(row.values())).mark
    return f"{described(shown)}{more} at {first.source.name}:{first.line}"
