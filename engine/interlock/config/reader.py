"""From a YAML text to a tree of nodes, each of which knows its place.

ruamel.yaml's C parser gives events; what they mean is decided here, by the core schema alone. So no
object of any class can come out of a file, and every refusal has a place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias

from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from interlock.capabilities import nearest
from interlock.config.core_schema import SCALAR_TAGS, resolve, resolve_tagged
from interlock.config.nodes import ListNode, MapNode, Mark, Node, Place, ScalarNode, SourceFile, Span, mark_of
from interlock.config.yaml_errors import diagnostic_of
from interlock.errors import Diagnostic

Resolver: TypeAlias = Callable[[str, Mark, list[Diagnostic]], str | None]
"""Gives the value that a tag such as ``!secret`` stands for, by the text behind it; None after a finding."""

MOST_LEVELS = 60
"""How deep lists and mappings may stand in each other."""
MOST_COPIES = 50_000
"""How many nodes all aliases of a file together may stand for."""

_CORE = "tag:yaml.org,2002:"
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_BROKEN = "!"
_MERGE = "<<"
_QUOTES = frozenset({"'", '"'})
_Word: TypeAlias = tuple[str, bool | int | float | str | None]
"""What is written, and what it means without quotes."""


class _Parser(Protocol):
    def get_event(self) -> Event: ...


class _Refused(Exception):
    """The text cannot be read any further."""

    def __init__(self, mark: Mark, message: str) -> None:
        self.diagnostic = mark.diagnostic(message)


def parse_yaml(
    source: SourceFile, problems: list[Diagnostic], tags: Mapping[str, Resolver] | None = None
) -> Node | None:
    """Return the tree of a text that holds one document; an empty text is a null scalar.

    Args:
        source: The text.
        problems: Findings are appended to it. Nodes that could not be understood are `is_broken`.
        tags: What tags beyond the core schema's stand for, such as ``!secret``.

    Returns:
        The tree, or None where the text is no YAML at all.
    """
    try:
        return _Composer(source, problems, tags or {}).document()
    except YAMLError as error:
        problems.append(diagnostic_of(error, source))
    except _Refused as refused:
        problems.append(refused.diagnostic)
    return None


class _Composer:
    """Makes nodes from one text's events."""

    def __init__(self, source: SourceFile, problems: list[Diagnostic], tags: Mapping[str, Resolver]) -> None:
        self._source = source
        self._problems = problems
        self._tags = tags
        events: _Parser = CParser(source.text)
        self._next = events.get_event
        self._anchors: dict[str, Node | None] = {}
        """None while the anchored node is still being read."""
        self._copies = 0
        self._words: dict[str, _Word] = {}
        """What is written, once for all of the file."""

    def document(self) -> Node:
        """Return the only document."""
        self._next()
        if isinstance(self._next(), StreamEndEvent):
            return ScalarNode(Mark(self._source, 1, 1), None, "")
        node = self._node(self._next(), 1)
        self._next()
        after = self._next()
        if isinstance(after, DocumentStartEvent):
            mark = mark_of(self._span(after, after))
            self._problems.append(mark.diagnostic("a second document begins here: a file holds one"))
        return node

    def _node(self, event: Event, level: int) -> Node:
        if level > MOST_LEVELS:
            raise _Refused(
                mark_of(self._span(event, event)), f"more than {MOST_LEVELS} levels stand in each other here"
            )
        if type(event) is ScalarEvent and event.anchor is None and event.ctag is None:
            return self._plain(event)
        if isinstance(event, CollectionStartEvent) and event.anchor is None:
            return self._collection(event, level)
        assert isinstance(event, NodeEvent)
        if isinstance(event, AliasEvent):
            return self._alias(event, level)
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, CollectionStartEvent):
            node = self._collection(event, level)
        else:
            node = self._scalar(event)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: AliasEvent, level: int) -> Node:
        mark = mark_of(self._span(event, event))
        if event.anchor not in self._anchors:
            return self._broken(mark, "this alias names no anchor before it", "put the text in quotes")
        node = self._anchors[event.anchor]
        if node is None:
            return self._broken(mark, "this alias stands inside the very thing that it names")
        copies, levels = _extent(node)
        self._copies += copies
        if self._copies > MOST_COPIES:
            raise _Refused(mark, f"the aliases of this file stand for more than {MOST_COPIES} values")
        if level + levels - 1 > MOST_LEVELS:
            raise _Refused(mark, f"more than {MOST_LEVELS} levels stand in each other here")
        return node

    def _plain(self, event: ScalarEvent) -> ScalarNode:
        text, meant = self._words.get(event.value) or self._word(event.value)
        value = meant if event.implicit[0] else text
        return ScalarNode(self._span(event, event), value, text, event.style in _QUOTES)

    def _word(self, written: str) -> _Word:
        # The same few words stand in thousands of rules.
        known = self._words[written] = written, resolve(written)
        return known

    def _scalar(self, event: NodeEvent) -> Node:
        assert isinstance(event, ScalarEvent)
        mark, text, is_quoted = self._scalar_mark(event), str(event.value), event.style in _QUOTES
        if event.tag is None:
            return replace(self._plain(event), at=mark)
        tag = _short(event.tag)
        if tag in SCALAR_TAGS:
            return self._tagged(mark, tag, text, is_quoted=is_quoted)
        resolver = self._tags.get(tag)
        if resolver is None:
            return self._unknown_tag(mark, tag)
        return ScalarNode(mark, resolver(text, mark, self._problems), text, tag=tag)

    def _tagged(self, mark: Mark, tag: str, text: str, *, is_quoted: bool) -> ScalarNode:
        try:
            return ScalarNode(mark, resolve_tagged(tag, text), text, is_quoted)
        except ValueError as error:
            return self._broken(mark, str(error))

    def _unknown_tag(self, mark: Mark, tag: str) -> ScalarNode:
        meant = nearest(tag, self._tags)
        quoted = "put a text that begins with '!' in quotes"
        other = f"write 'not {tag[1:]}'" if "." in tag else quoted
        hint = f"did you mean '{meant}'?" if meant else other
        return self._broken(mark, "this tag is not known", hint)

    def _collection(self, event: CollectionStartEvent, level: int) -> Node:
        tag = _short(event.tag) if event.ctag else ""
        if isinstance(event, SequenceStartEvent):
            node: Node = self._list(event, level)
            return node if tag in ("", "!", "!!seq") else self._misplaced_tag(node, tag)
        node = self._map(event, level)
        if not node.entries and self._is_template(node.mark):
            return ScalarNode(node.at, None, "", tag=_BROKEN)  # Which has been refused.
        return node if tag in ("", "!", "!!map") else self._misplaced_tag(node, tag)

    def _is_template(self, mark: Mark) -> bool:
        return self._source.line(mark.line)[mark.column - 1 :].startswith("{{")

    def _misplaced_tag(self, node: Node, tag: str) -> ScalarNode:
        if tag in self._tags:
            return self._broken(node.mark, f"{tag} takes a name and nothing else")
        return self._unknown_tag(node.mark, tag)

    def _list(self, event: NodeEvent, level: int) -> ListNode:
        items: list[Node] = []
        while type(following := self._next()) is not SequenceEndEvent:
            items.append(self._node(following, level + 1))
        return ListNode(self._span(event, following), tuple(items))

    def _map(self, event: NodeEvent, level: int) -> MapNode:
        entries: dict[str, Node] = {}
        places: dict[str, Place] = {}
        merged: list[Node] = []
        source, words, following, level = self._source, self._words, self._next, level + 1
        while type(key := following()) is not MappingEndEvent:
            # Nearly everything is a plain key or scalar: those need no calls.
            name = None
            if type(key) is ScalarEvent and key.anchor is key.ctag is None and level <= MOST_LEVELS:
                text, meant = words.get(key.value) or self._word(key.value)
                name = meant if key.implicit[0] else text
            if type(name) is not str or name in places or name == _MERGE:
                self._strange_key(entries, places, merged, key, level)
                continue
            start = key.start_mark.index
            places[name] = source, start, key.end_mark.index - start
            value = following()
            if type(value) is ScalarEvent and value.anchor is value.ctag is None:
                text, meant = words.get(value.value) or self._word(value.value)
                start = value.start_mark.index
                at = source, start, value.end_mark.index - start
                entries[name] = ScalarNode(
                    at, meant if value.implicit[0] else text, text, value.style in _QUOTES
                )
            else:
                entries[name] = self._node(value, level)
        node = MapNode(self._span(event, key), entries, places)
        return self._with_merged(node, merged) if merged else node

    def _strange_key(
        self,
        entries: dict[str, Node],
        places: dict[str, Place],
        merged: list[Node],
        event: Event,
        level: int,
    ) -> None:
        key = self._node(event, level)
        value = self._node(self._next(), level)
        if _is_merge(event):
            merged.append(value)
        else:
            self._enter(entries, places, key, value)

    def _with_merged(self, node: MapNode, merged: Sequence[Node]) -> MapNode:
        # In front of what is written here: where the order counts, that is to have the last word.
        before: dict[str, Node] = {}
        places: dict[str, Place] = {}
        for each in merged:
            self._merge(before, places, each)
        further = [key for key in before if key not in node.entries]
        entries = {key: before[key] for key in further} | dict(node.entries)
        return MapNode(node.mark, entries, {key: places[key] for key in further} | dict(node.places))

    def _enter(self, entries: dict[str, Node], places: dict[str, Place], key: Node, value: Node) -> None:
        if not isinstance(key, ScalarNode) or not isinstance(key.value, str):
            self._refuse_key(key)
        elif key.value in places:
            first = mark_of(places[key.value])
            message = f"key '{key.value}' is given twice: first on line {first.line}, column {first.column}"
            self._problems.append(key.mark.diagnostic(message))
        else:
            entries[key.value], places[key.value] = value, key.at

    def _refuse_key(self, key: Node) -> None:
        if isinstance(key, ScalarNode) and key.is_broken:
            return
        text = self._source.line(key.mark.line)[: key.mark.column + 1]
        if text.endswith("{{"):
            return  # What stands inside has been refused.
        if text[: key.mark.column].endswith("{{"):
            message, hint = "a template is no key or mapping", "put it in quotes: '{{ … }}'"
        elif isinstance(key, ScalarNode):
            message, hint = "a key is a text, not a number or a constant", "put it in quotes"
        else:
            message, hint = "a key is a text, not a list or a mapping", ""
        self._problems.append(key.mark.diagnostic(message, hint=hint))

    def _merge(self, entries: dict[str, Node], places: dict[str, Place], merged: Node) -> None:
        for node in merged if isinstance(merged, ListNode) else (merged,):
            if isinstance(node, MapNode):
                for key, value in node.entries.items():
                    if key not in entries:
                        entries[key], places[key] = value, node.places[key]
            elif not (isinstance(node, ScalarNode) and node.is_broken):
                self._problems.append(node.mark.diagnostic("'<<' takes a mapping or a list of mappings"))

    def _broken(self, mark: Mark, message: str, hint: str = "") -> ScalarNode:
        self._problems.append(mark.diagnostic(message, hint=hint))
        return ScalarNode(mark, None, "", tag=_BROKEN)

    def _scalar_mark(self, event: ScalarEvent) -> Mark:
        mark = mark_of(self._span(event, event))
        if event.tag is None and event.anchor is None:
            return mark
        if event.tag and _short(event.tag) not in SCALAR_TAGS:
            return mark
        found = _PROPERTIES.match(self._source.line(mark.line), mark.column - 1)
        skipped = len(found[0]) if found else 0
        return mark.inside(skipped, mark.length - skipped) if skipped < mark.length else mark

    def _span(self, begin: Event, end: Event) -> Span:
        start, last = begin.start_mark.index, end.end_mark
        # What is open at the end of a text is closed at the beginning of a line that may not be there.
        return self._source, start, last.index - start + (not last.column)


def _short(tag: str | None) -> str:
    """Return a tag as it is written: ``!!int``, ``!secret``; empty for none."""
    return (tag or "").replace(_CORE, "!!", 1)


def _is_merge(event: Event) -> bool:
    return isinstance(event, ScalarEvent) and event.value == _MERGE and bool(event.implicit[0])


def _extent(node: Node) -> tuple[int, int]:
    """Return how many nodes a tree has, aliases counted each time, and how many levels.

    Without recursion and without end at a bomb: aliases in it were counted when they were read.
    """
    count, levels = 0, 0
    rest = [(node, 1)]
    while rest:
        part, level = rest.pop()
        count, levels = count + 1, max(levels, level)
        if isinstance(part, ListNode):
            rest.extend((item, level + 1) for item in part.items)
        elif isinstance(part, MapNode):
            rest.extend((item, level + 1) for item in part.entries.values())
    return count, levels
