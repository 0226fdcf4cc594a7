"""What the rules of a site are checked against, and which of them go by what became other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode
from interlock.driver import Target
from interlock.model import Point
from interlock.rules.grammar.context import Context, ids_of

_WORD = re.compile(r"\w+")
_PATTERN = re.compile(r"[^\s'\"]*[*?\[][^\s'\"]*")
_ANY = "*"
"""Stands among a rule's words for devices and groups that it may name by others: a pattern, an escape."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a site is apart from the text of its rules."""

    of_all: tuple[object, ...]
    """What a rule goes by without naming it."""
    named: Mapping[tuple[str, str], object]
    """What it goes by only where it names it, by kind and name."""
    order: tuple[Point, ...]
    """The points as they come, which is the order of what a pattern matches."""

    def changes_since(self, before: Surroundings) -> Changes:
        """Return what is other than it was."""
        keys = self.named.keys() | before.named.keys()
        changed = [key for key in keys if self.named.get(key) != before.named.get(key)]
        names = {frozenset(_WORD.findall(name)) for _, name in changed}
        if self.order != before.order or any(kind in ("device", "group") for kind, _ in changed):
            names.add(frozenset({_ANY}))
        return Changes(self.of_all != before.of_all, frozenset(names))


@dataclass(frozen=True, slots=True)
class Changes:
    """What is other than it was."""

    in_all: bool
    names: frozenset[frozenset[str]]
    """The words of each name that means something else."""

    def __bool__(self) -> bool:
        return self.in_all or bool(self.names)

    def concern(self, node: Node) -> bool:
        """Whether a rule that was right goes by any of it."""
        if self.in_all or not self.names:
            return self.in_all
        words = frozenset(_words(node))
        return any(name <= words for name in self.names)


def surroundings_of(context: Context) -> Surroundings:
    """Return what the rules of a site are checked against."""
    site = context.site
    of_all = (
        (site.name, site.timezone, site.location, site.holidays, site.waits_at_first),
        {name: each.driver for name, each in site.connections.items()},
        (site.declared_connections, site.declared_notifiers, site.service.webhooks),
        (site.event_kinds, site.functions, context.verbs),
    )
    return Surroundings(of_all, {**_devices(context), **_rules(context)}, tuple(site.targets))


def _devices(context: Context) -> dict[tuple[str, str], object]:
    """Return what each device and each group of them means, and by which point a connection is asked."""
    site = context.site
    found: dict[str, dict[Point, Target]] = {name: {} for name in site.declared_devices}
    asked: dict[str, Point] = {}
    for point, target in site.targets.items():
        found.setdefault(target.device.name, {})[point] = target
        if target.capability.readable:
            asked.setdefault(target.device.connection, point)
    groups = {name: [(each, found.get(each)) for each in members] for name, members in site.groups.items()}
    return {
        **{("device", name): each for name, each in found.items()},
        **{("group", name): each for name, each in groups.items()},
        **{("connection", name): each for name, each in asked.items()},
    }


def _rules(context: Context) -> dict[tuple[str, str], object]:
    """Return what rules know of each other: which there are, which keep something, what others call."""
    kinds = {
        "rule": context.rule_ids,
        "keeping": context.keeping_rules,
        "called": context.called_rules,
        "event": context.raised_events,
        "interlock": frozenset(ids_of(context.site.interlocks)),
    }
    return {(kind, name): True for kind, names in kinds.items() for name in names}


def _words(node: Node) -> Iterator[str]:
    match node:
        case ScalarNode(value=resolved, text=written, tag=tag):
            # Of what came in by a tag, the text is a mere name.
            text = resolved if tag and isinstance(resolved, str) else written
            yield from _WORD.findall(text)
            if "\\" in text or _PATTERN.fullmatch(text):
                yield _ANY
        case ListNode(items=items):
            for item in items:
                yield from _words(item)
        case MapNode(entries=entries):
            for key, value in entries.items():
                yield from _WORD.findall(key)
                yield from _words(value)
