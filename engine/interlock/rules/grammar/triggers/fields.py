"""What ``trigger`` has in the expressions of a rule: what its triggers bring, and of which types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.expressions.scope import DATA, TRIGGER
from interlock.expressions.types import Kind, Type, type_of_capability, union
from interlock.expressions.view import ORIGINS
from interlock.model import Point
from interlock.rules.grammar.amounts import texts
from interlock.rules.grammar.context import Context, items
from interlock.rules.grammar.triggers.events import LIFECYCLE

_FIELDS = TRIGGER["trigger"]
_ALL = frozenset(_FIELDS) - {"id", "rule"}
_POINT = frozenset({"point", "device", "value", "was", "origin"})
_OF_POINTS = frozenset({"change", "update", "unavailable", "available", "schedule"})
_BRING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(_OF_POINTS, _POINT),
        "failed": _POINT - {"was"} | {DATA, "rule"},
        "firing": frozenset({DATA, "rule"}),
        "event": frozenset({DATA}),
        "webhook": frozenset({DATA}),
        **dict.fromkeys(("every", "at", "cron", "date", "sun", "elevation", "becomes", "none"), frozenset()),
        **dict.fromkeys(LIFECYCLE, frozenset()),
    }
)
"""What of ``trigger`` each kind fills besides ``at`` and ``id``."""


def fields_brought(context: Context, node: Node | None) -> Mapping[str, Type]:
    """Return the fields of ``trigger`` that the triggers of a rule can fill, with their types.

    Args:
        context: What the triggers may name.
        node: What stands under ``triggers``; None for a rule without any.
    """
    leaves = list(_leaves(node)) if node else []
    brought = frozenset({"at"}).union(*map(_brought_by, leaves))
    fields = _fields(brought, tuple(_ids(node)) if node else ())
    if "point" not in brought:
        return fields
    return {**fields, **{name: kind for name, kind in _of_points(context, leaves).items() if name in fields}}


@lru_cache
def _fields(brought: frozenset[str], ids: tuple[str, ...]) -> Mapping[str, Type]:
    """Return fields, with what is known of them whatever the points are."""
    types = {**_FIELDS, "id": _one_of(ids), "origin": _one_of(ORIGINS)}
    return {name: types[name] for name in types if name in brought or (name == "id" and any(ids))}


def _of_points(context: Context, leaves: Iterable[Node]) -> Mapping[str, Type]:
    """Return what is known of fields by the points that triggers are about."""
    of_points = [leaf for leaf in leaves if "point" in _brought_by(leaf)]
    points = [point for leaf in of_points for point in _points(context, leaf)]
    named = [point for point in points if point is not None]
    if not named or len(named) < len(points):
        return {}
    value = union(type_of_capability(context.targets[point].capability) for point in named)
    devices = _one_of(point.device for point in named)
    return {"point": _one_of(named), "device": devices, "value": value, "was": value}


def _points(context: Context, leaf: Node) -> Iterator[Point | None]:
    """Yield the points that a trigger is about; None for what cannot be told."""
    kind = next((key for key in _keys(leaf) if key in _OF_POINTS), None)
    if kind is None or not isinstance(leaf, MapNode):
        yield None
        return
    for name in texts(leaf.entries[kind]):
        device, _, controller = name.strip().partition(".")
        controller = controller or ("value" if kind == "schedule" else "")
        members = context.site.groups.get(device, (device,))
        found = [
            Point.of(each, controller) for each in members if Point.of(each, controller) in context.targets
        ]
        yield from found or (None,)


def _one_of(words: Iterable[str]) -> Type:
    return Type(Kind.TEXT, choices=tuple(dict.fromkeys(words)))


def _brought_by(node: Node) -> frozenset[str]:
    if isinstance(node, ScalarNode) and node.value in LIFECYCLE:
        return frozenset()
    kinds = [key for key in _keys(node) if key in _BRING]
    # What is no kind of ours is a plugin's, and may bring whatever there is.
    return frozenset[str]().union(*[_BRING[kind] for kind in kinds]) if kinds else _ALL


def _leaves(node: Node) -> Iterator[Node]:
    """Yield the triggers under a node, those that are joined instead of what joins them."""
    for item in items(node):
        joined = item.entries.get("all") if isinstance(item, MapNode) else None
        if joined is None:
            yield item
        else:
            yield from _leaves(joined)


def _keys(node: Node) -> Iterable[str]:
    return node.entries if isinstance(node, MapNode) else ()


def _ids(node: Node) -> Iterator[str]:
    """Yield the id of each trigger; an empty text for one without."""
    for item in items(node):
        found = item.entries.get("id") if isinstance(item, MapNode) else None
        yield found.text if isinstance(found, ScalarNode) else ""
