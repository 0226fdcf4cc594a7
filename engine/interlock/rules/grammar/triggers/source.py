"""What the readers of triggers share: a trigger's mapping, and how its items are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from interlock.config.nodes import MapNode, Node
from interlock.driver import Target
from interlock.rules.grammar.context import Context, items, shown

T = TypeVar("T")
EMPTY = "this list is empty: the trigger would never come"


# Not frozen, as nodes are not: it is made for each trigger, and nobody writes to it.
@dataclass(slots=True)
class Source:
    """A trigger's mapping, and what of its rule concerns it."""

    context: Context
    node: MapNode
    rule: str
    """The rule's id."""
    waits: bool
    """Whether what is true at the very first start is no rise."""

    @property
    def entries(self) -> Mapping[str, Node]:
        """What stands in the mapping."""
        return self.node.entries

    def with_node(self, node: MapNode) -> Source:
        """Return the source of another trigger of the rule."""
        return replace(self, node=node)

    def text(self, kind: str) -> str:
        """Return the trigger as a trace shows it: its kind first, without its id."""
        keys = (kind, *(key for key in self.node.entries if key not in (kind, "id")))
        return ", ".join(f"{key} {shown(self.node.entries[key])}" for key in keys)

    def report(self, place: Node, message: str, hint: str = "") -> None:
        """Append a finding."""
        self.context.report(place, message, hint)

    def each(self, node: Node, parse: Callable[[str], T]) -> list[T] | None:
        """Return what each text of a list means; None after a finding."""
        if not items(node):
            self.report(node, EMPTY)
            return None
        found = [self.made(item, _parsing(parse, item)) for item in items(node)]
        made = [each for each in found if each is not None]
        return made if len(made) == len(found) else None

    def made(self, node: Node, make: Callable[[], T]) -> T | None:
        """Return what is made; None after the finding that it cannot be."""
        try:
            return make()
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            self.report(node, message, hint)
            return None

    def targets(self, key: str) -> list[Target] | None:
        """Return the points that stand under a key, those of groups too; None after a finding."""
        node = self.node.entries[key]
        if not items(node):
            self.report(node, EMPTY)
        found = [self.context.readables(shown(item), item.mark) for item in items(node)]
        targets = [target for group in found for target in group]
        return targets if targets and all(found) else None


def points_of(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Return targets, each once, in their order."""
    return tuple({target.point: target for target in targets}.values())


def _parsing(parse: Callable[[str], T], node: Node) -> Callable[[], T]:
    return lambda: parse(shown(node))
