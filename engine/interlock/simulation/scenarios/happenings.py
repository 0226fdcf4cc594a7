"""From the YAML of what is given and what happens to happenings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from interlock.capabilities import nearest
from interlock.config.nodes import MapNode, Mark, Node, ScalarNode
from interlock.config.sections import entries_of, only
from interlock.driver import Target
from interlock.model import Point, Value
from interlock.rules.grammar.actions import VERBS
from interlock.rules.grammar.amounts import is_computed
from interlock.rules.grammar.context import Context, items
from interlock.rules.grammar.values import constant
from interlock.rules.rule import Rule
from interlock.simulation.scenarios.events import EventReader
from interlock.simulation.scenarios.orders import ORDERS, read_order, read_release
from interlock.simulation.scenarios.scenario import (
    Break,
    Cut,
    Handle,
    Happening,
    Hold,
    RuleTurn,
    Serve,
    Trouble,
    Turn,
)
from interlock.simulation.scenarios.subjects import (
    breakable,
    can_hold,
    is_thing,
    is_whole,
    is_wide,
    readable,
)
from interlock.virtual import is_virtual

_TROUBLES = {each.value: each for each in Trouble}
_CUTS = {"away": False, "back": True}
_TURNS = {each.value: each for each in Turn}
_RULE_TURNS = {each.value: each for each in RuleTurn}
_NOTHING = "this says nothing that happens"
_EXAMPLE = "write for example {living_thermostat.actualtemp: 26.4}"
_WORDS = ("service", "release", *ORDERS, *_RULE_TURNS)


class HappeningReader:
    """Reads what happens in scenarios. Whatever gives nothing has reported its findings.

    Args:
        context: Takes the findings.
        rules: The site's, of which some wait for events; None where not all are known.
    """

    def __init__(self, context: Context, rules: Iterable[Rule] | None) -> None:
        self._context = context
        self._events = EventReader(context, rules)
        self._verbs = tuple(dict.fromkeys((*VERBS, *context.verbs)))

    def given(self, node: Node | None) -> tuple[Happening, ...]:
        """Return what is so before the service starts."""
        entries = entries_of(node, "'given'", self._context.problems)
        if entries is None:
            return ()
        states = {key: each for key, each in entries.entries.items() if self._is_state(key, each)}
        for key in entries.entries:
            if key not in states:
                self._refuse(key, entries.keys[key], "what is given is what points hold", is_given=True)
        found = [*self._states(only(entries, states))]
        for each in found:
            self._check_beginnings(each, entries)
        return tuple(found)

    def of_moment(self, node: Node) -> tuple[Happening, ...]:
        """Return what happens at a moment, as it is written: a mapping, or several in a list."""
        if not items(node):
            self._context.report(node, _NOTHING, _EXAMPLE)
        return tuple(each for item in items(node) for each in self._of_item(item))

    def _of_item(self, node: Node) -> Iterator[Happening]:
        if not isinstance(node, MapNode) or not node.entries:
            self._context.report(node, _NOTHING, _EXAMPLE)
            return
        states = {key: each for key, each in node.entries.items() if self._is_state(key, each)}
        if states:
            yield from self._states(only(node, states))
        for key in node.entries:
            if key not in states and key != "with":
                yield from self._happening(key, node)
        if "with" in node.entries and "call" not in node.entries:
            self._context.report(node.keys["with"], "'with' goes with 'call'")

    def _is_state(self, key: str, node: Node) -> bool:
        """Whether a key is a point with its value, or a thing that fails or works again."""
        if self._events.is_event(key):
            return False
        word = _word(node)
        return "." in key or (is_thing(self._context, key) and (word in _TROUBLES or word in _CUTS))

    def _happening(self, key: str, node: MapNode) -> Iterable[Happening]:
        context, value = self._context, node.entries[key]
        if self._events.is_event(key):
            return self._events.read(key, node.keys[key], value)
        if key == "service":
            turn = _TURNS.get(_word(value))
            if turn is None:
                context.report(value, f"'service' is one of {', '.join(_TURNS)}")
            return () if turn is None else (Serve(turn),)
        if key in _RULE_TURNS:
            return self._rules(_RULE_TURNS[key], value)
        if key == "release":
            return read_release(context, value)
        if key in ORDERS or key in self._verbs:
            return read_order(context, key, node)
        if is_whole(context):
            self._refuse(key, node.keys[key], f"there is nothing '{key}' that could happen")
        return ()

    def _rules(self, turn: RuleTurn, node: Node) -> Iterator[Happening]:
        for item in items(node):
            name = _word(item)
            if name in self._context.keeping_rules and turn is RuleTurn.RUN:
                self._context.report(item, f"rule '{name}' keeps something: it has no actions to run")
            elif name in self._context.rule_ids:
                yield Handle(name, turn)
            else:
                meant = nearest(name, self._context.rule_ids)
                hint = f"did you mean '{meant}'?" if meant else ""
                self._context.report(item, f"there is no rule '{name}'", hint)

    def _states(self, node: MapNode) -> Iterator[Happening]:
        """Yield what fails or works again, and what points hold.

        An exact name counts before one that stands for several points, and of those the last.
        """
        wide: dict[Point, Value] = {}
        exact: dict[Point, Value] = {}
        for key, value in node.entries.items():
            mark = node.keys[key]
            if (word := _word(value)) in _CUTS and "." not in key:
                yield from self._cut(key, mark, word)
            elif self._means_trouble(key, value):
                targets = breakable(self._context, key, mark)
                if targets:
                    yield Break(tuple(each.point for each in targets), _TROUBLES[word])
            else:
                self._hold(key, mark, value, wide if is_wide(self._context, key) else exact)
        if held := {**wide, **exact}:
            yield Hold(held)

    def _means_trouble(self, key: str, node: Node) -> bool:
        """Whether a word says that something fails; in quotes, or where it is a choice, it is a value."""
        word, target = _word(node), self._context.targets.get(Point(key))
        is_choice = target is not None and word in target.capability.choices
        is_quoted = isinstance(node, ScalarNode) and node.is_quoted
        return word in _TROUBLES and not is_choice and not is_quoted

    def _cut(self, key: str, mark: Mark, word: str) -> Iterator[Happening]:
        connections = self._context.site.connections
        if key in connections:
            yield Cut(key, _CUTS[word])
            return
        if not is_whole(self._context):
            return
        meant = nearest(key, connections)
        hint = f"did you mean '{meant}'?" if meant else f"connections: {', '.join(connections)}"
        message = f"'{key}' is no connection: '{word}' is for a server, 'unavailable' for a device"
        self._context.report(mark, message, hint)

    def _hold(self, key: str, mark: Mark, node: Node, held: dict[Point, Value]) -> None:
        for target in readable(self._context, key, mark):
            value = self._value(target, mark, node)
            if value is None:
                return
            held[target.point] = value

    def _value(self, target: Target, mark: Mark, node: Node) -> Value | None:
        if not can_hold(target):
            why = "is turned by the site itself" if is_virtual(target) else "cannot be read: nobody sees it"
            self._context.report(mark, f"{target.point} {why}")
            return None
        if is_computed(node):
            self._context.report(node, f"{target.point} needs a constant here", "a scenario computes nothing")
            return None
        return constant(self._context, node, target.capability)

    def _check_beginnings(self, happening: Happening, entries: MapNode) -> None:
        """Report virtual points that cannot begin with a value."""
        for point in happening.values if isinstance(happening, Hold) else ():
            target = self._context.targets[point]
            if is_virtual(target) and "initial" not in type(target.device.settings).model_fields:
                kind = target.device.type
                message = f"{point} cannot be given: a {kind} begins by itself; let it happen in the timeline"
                self._context.report(entries.keys.get(point, entries.mark), message)

    def _refuse(self, key: str, mark: Mark, message: str, *, is_given: bool = False) -> None:
        site = self._context.site
        known = [*site.declared_devices, *site.connections, *site.groups, *self._context.targets]
        meant = nearest(key, known if is_given else [*known, *_WORDS, *self._verbs])
        hint = f"did you mean '{meant}'?" if meant else self._forms(is_given=is_given)
        self._context.report(mark, message, self._use_of(key) or hint)

    def _use_of(self, key: str) -> str:
        """Return how a thing is used that is there; empty where it is not."""
        site = self._context.site
        if key in site.connections:
            return f"write '{key}: away' or '{key}: back'"
        is_device = key in site.declared_devices or key in site.groups
        return f"write '{key}: unavailable', or a point of it with its value" if is_device else ""

    def _forms(self, *, is_given: bool) -> str:
        words = "a point and its value, a device and 'unavailable', a connection and 'away'"
        further = dict.fromkeys((*_WORDS, *self._events.kinds))
        return words if is_given else f"{words}, or one of {', '.join(further)}"


def _word(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def needs_service(happening: Happening, targets: Mapping[Point, Target]) -> bool | None:
    """Return whether something can happen only while the service runs, or only while not; None for both."""
    match happening:
        case Break() | Cut():
            return None
        case Serve(turn):
            return turn is not Turn.ON
        case Hold(values):
            return True if any(is_virtual(targets[point]) for point in values) else None
        case _:
            return True
