"""What was made of each rule of a site, kept from one reading of the site to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode
from interlock.errors import Diagnostic
from interlock.rules.grammar.context import Context
from interlock.rules.grammar.surroundings import Changes, Surroundings, surroundings_of

T = TypeVar("T")


# Not frozen, as nodes are not: it is made for each rule, and nobody writes to it.
@dataclass(slots=True)
class Reading(Generic[T]):
    """What was made of one node."""

    node: Node
    made: T | None
    problems: tuple[Diagnostic, ...]
    saves: frozenset[str]
    """The names under which it saves points."""
    restores: tuple[ScalarNode, ...]
    """Where it restores what was saved under a name."""


class Readings(Generic[T]):
    """What was made of the nodes of a site: right still of those that are the same and go by the same."""

    def __init__(self) -> None:
        self._known: dict[int, Reading[T]] = {}
        self._around: Surroundings | None = None

    def of(
        self, context: Context, nodes: Sequence[Node], read: Callable[[Context, Node], T | None]
    ) -> Sequence[Reading[T]]:
        """Return what is made of each node.

        Args:
            context: Of this reading.
            nodes: Rules, or what else is read so.
            read: Makes something of a node; what it finds goes into the context.
        """
        around = surroundings_of(context)
        changes = around.changes_since(self._around) if self._around else None
        found = [self._kept(node, changes) or _read(context, node, read) for node in nodes]
        self._around, self._known = around, {id(each.node): each for each in found}
        return found

    def _kept(self, node: Node, changes: Changes | None) -> Reading[T] | None:
        known = self._known.get(id(node))
        if known is None or changes is None or _has_date(node):
            return None
        # What is wrong may be right now, and the nearest name another one.
        is_other = bool(changes) if known.problems else changes.concern(node)
        return None if is_other else known


def _read(context: Context, node: Node, read: Callable[[Context, Node], T | None]) -> Reading[T]:
    context.saves, context.restores = set(), []
    made = read(context, node)
    return Reading(node, made, context.take_problems(), frozenset(context.saves), tuple(context.restores))


def _has_date(node: Node) -> bool:
    """Whether a rule has a date among its triggers, which will be past some time."""
    match node:
        case MapNode(entries=entries):
            inner = (entries[key] for key in ("triggers", "all", "none") if key in entries)
            return "date" in entries or any(map(_has_date, inner))
        case ListNode(items=items):
            return any(map(_has_date, items))
        case _:
            return False
