"""From the YAML of events to events: telegrams, webhooks, what ``raise`` would raise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from interlock.capabilities import nearest
from interlock.config.nodes import MapNode, Mark, Node, ScalarNode, plain
from interlock.config.sections import is_empty
from interlock.driver import Target
from interlock.hookspecs import EventKind
from interlock.model import Event, Value
from interlock.rules.event_values import unfolded
from interlock.rules.grammar.context import Context
from interlock.rules.grammar.triggers.events import spelt
from interlock.rules.grammar.values import constant
from interlock.rules.rule import Rule
from interlock.rules.triggers import RAISED, WEBHOOK, EventTrigger, flattened
from interlock.simulation.scenarios.scenario import Happening, Hold, Tell

_KEY = re.compile(r"(?P<kind>\S+)\s+(?P<name>\S+)(?:\s+from\s+(?P<source>\S+))?")
_WORDS: Mapping[str, Value] = {"on": True, "off": False}


class EventReader:
    """Reads events such as ``telegram 1/2/3: on`` and ``webhook door: {name: value}``.

    Args:
        context: Takes the findings.
        rules: The site's, of which some wait for events; None where not all are known.
    """

    def __init__(self, context: Context, rules: Iterable[Rule] | None) -> None:
        self._context = context
        self._awaited = None if rules is None else _awaited(rules)
        self.kinds = (*context.event_kinds, RAISED, WEBHOOK)

    def is_event(self, key: str) -> bool:
        """Whether a key begins with a kind of events."""
        return key.split(maxsplit=1)[:1] != [key] and key.split(maxsplit=1)[0] in self.kinds

    def read(self, key: str, mark: Mark, node: Node) -> Iterator[Happening]:
        """Yield an event, and before it the value that it gives a point."""
        found = _KEY.fullmatch(key.strip())
        if not found:
            kind = key.split(maxsplit=1)[0]
            self._context.report(mark, f"'{key}' is no event", f"write for example '{kind} NAME'")
            return
        kind, name, source = found["kind"], found["name"], found["source"]
        if kind in self._context.event_kinds:
            yield from self._told(self._context.event_kinds[kind], name, source, mark, node)
        elif (fields := self._fields(kind, node)) is not None and self._is_awaited(kind, name, mark):
            yield Tell(Event(kind=kind, name=name, data=fields))

    def _told(
        self, kind: EventKind, name: str, source: str | None, mark: Mark, node: Node
    ) -> Iterator[Happening]:
        try:
            name = spelt(kind, name)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            self._context.report(mark, message, hint)
            return
        target = self._addressed(name)
        value = self._value(node, target)
        if value is None or not (target or self._is_awaited(kind.name, name, mark)):
            return
        if target:
            yield Hold({target.point: value})
        sender = {"source": source} if source else {}
        fields: Mapping[str, Value] = {"kind": "write", **sender}
        point = target.point if target else None
        yield Tell(Event(kind=kind.name, name=name, value=value, point=point, data=fields))

    def _addressed(self, name: str) -> Target | None:
        """Return the point of the device that has an address; None where none has."""
        for target in self._context.targets.values():
            address = getattr(target.device.settings, "address", None)
            if address is not None and str(address) == name and target.capability.readable:
                return target
        return None

    def _value(self, node: Node, target: Target | None) -> Value | None:
        if target:
            return constant(self._context, node, target.capability)
        value = plain(node)
        if isinstance(value, bool | int | float | str):
            return _WORDS.get(value, value) if isinstance(value, str) else value
        self._context.report(node, "this must be a number, a word, on or off")
        return None

    def _fields(self, kind: str, node: Node) -> Mapping[str, Value] | None:
        if is_empty(node):
            return {}
        if not isinstance(node, MapNode):
            self._context.report(node, "an event's data are names and values", "write {name: value}")
            return None
        return self._of_request(node) if kind == WEBHOOK else self._of_event(node)

    def _of_request(self, node: MapNode) -> Mapping[str, Value] | None:
        """Return what a request would bring whose JSON is this."""
        try:
            return unfolded({name: plain(each) for name, each in node.entries.items()})
        except ValueError as error:
            self._context.report(node, f"no request brings this: {error}")
            return None

    def _of_event(self, node: MapNode) -> Mapping[str, Value] | None:
        fields = {name: each.value for name, each in node.entries.items() if isinstance(each, ScalarNode)}
        known = {name: value for name, value in fields.items() if value is not None}
        for name in node.entries.keys() - known.keys():
            self._context.report(node.keys[name], f"'{name}' must be a number, a word, on or off")
        return known if len(known) == len(node.entries) else None

    def _is_awaited(self, kind: str, name: str, mark: Mark) -> bool:
        """Report an event that no rule waits for: nothing could come of it."""
        if self._awaited is None or (kind, name) in self._awaited:
            return True
        meant = nearest(name, [known for each, known in sorted(self._awaited) if each == kind])
        hint = f"did you mean '{meant}'?" if meant else ""
        self._context.report(mark, f"no rule waits for {kind} {name}", hint)
        return False


def _awaited(rules: Iterable[Rule]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (trigger.kind, name)
        for rule in rules
        for trigger in flattened(rule.triggers)
        if isinstance(trigger, EventTrigger)
        for name in trigger.names
    )
