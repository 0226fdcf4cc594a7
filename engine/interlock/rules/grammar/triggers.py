"""From the YAML of triggers to triggers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType
from typing import TypeVar

from interlock.capabilities import ValueType
from interlock.config.nodes import ListNode, MapNode, Node, plain
from interlock.config.validation import check_keys, validate
from interlock.driver import Target
from interlock.expressions.scope import DATA, TRIGGER
from interlock.hookspecs import EventKind
from interlock.model import Value
from interlock.rules.days import EVERY_DAY
from interlock.rules.grammar.context import Context, items, kind_of, shown
from interlock.rules.grammar.shapes import (
    AtShape,
    BecomesShape,
    ChangeShape,
    CronShape,
    EventShape,
    EveryShape,
)
from interlock.rules.grammar.values import constant
from interlock.rules.schedule import At, Cron, Every, parse_days, parse_time
from interlock.rules.triggers import BecomesTrigger, ChangeTrigger, EventTrigger, TimeTrigger, Trigger

T = TypeVar("T")
_EMPTY = "this list is empty: the trigger would never come"
_NUMBERS = (ValueType.INTEGER, ValueType.NUMBER)
_BRING_NO_VALUE = frozenset({"every", "at", "cron", "becomes"})
_PARTS = MappingProxyType(
    {ValueType.COLOR: frozenset({int, float}), ValueType.LIST: frozenset({str, int, float})}
)
"""What stands in a YAML list that is one value."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A trigger's mapping, and what of its rule concerns it."""

    context: Context
    node: MapNode
    waits: bool

    def text(self, kind: str) -> str:
        """Return the trigger as a trace shows it: its kind first, without its id."""
        keys = (kind, *(key for key in self.node.entries if key not in (kind, "id")))
        return ", ".join(f"{key} {shown(self.node.entries[key])}" for key in keys)


def read_triggers(context: Context, node: Node, *, waits: bool) -> tuple[Trigger, ...] | None:
    """Return the triggers of a rule, which stand in a list or alone."""
    found = [_read(context, item, waits=waits) for item in items(node)]
    triggers = tuple(trigger for trigger in found if trigger is not None)
    if not found:
        context.report(node, "this list of triggers is empty")
    is_sound = _check_ids(context, items(node), found)
    return triggers if triggers and is_sound and len(triggers) == len(found) else None


def fields_brought(node: Node | None) -> frozenset[str]:
    """Return which fields of ``trigger`` the triggers of a rule can fill; None is a rule without any."""
    keys = [_keys(item) for item in items(node)] if node else []
    brought = (
        frozenset({"at"}) if all(each & _BRING_NO_VALUE for each in keys) else frozenset(TRIGGER["trigger"])
    )
    missing = {"id"} - frozenset().union(*keys)
    is_told = any(each - _KINDS.keys() - frozenset(_OPTIONS) for each in keys)
    return (brought | {"id"}) - missing - ({DATA} if not is_told else frozenset())


def _keys(node: Node) -> frozenset[str]:
    return frozenset(node.entries if isinstance(node, MapNode) else ())


def _check_ids(context: Context, nodes: Sequence[Node], triggers: Sequence[Trigger | None]) -> bool:
    ids: set[str] = set()
    is_sound = True
    for node, trigger in zip(nodes, triggers, strict=True):
        if trigger and trigger.id in ids and isinstance(node, MapNode):
            context.report(node.entries["id"], f"two triggers of this rule have the id '{trigger.id}'")
            is_sound = False
        ids |= {trigger.id} - {""} if trigger else set()
    return is_sound


def _read(context: Context, node: Node, *, waits: bool) -> Trigger | None:
    if not isinstance(node, MapNode):
        context.report(node, "a trigger must be a mapping, such as 'every: 15m'")
        return None
    kinds = tuple(dict.fromkeys((*_KINDS, *context.event_kinds)))
    kind = kind_of(context, node, kinds, _OPTIONS, "trigger", further=_further(context))
    if kind is None:
        return None
    source = _Source(context, node, waits)
    return _KINDS[kind](source) if kind in _KINDS else _event(source, context.event_kinds[kind])


def _further(context: Context) -> str:
    return "" if context.event_kinds else "; no installed plugin tells of events"


def _event(source: _Source, kind: EventKind) -> Trigger | None:
    node, problems = source.node, source.context.problems
    shape = validate(EventShape, node, problems)
    check_keys(node, (kind.name, "id"), problems)
    names = _each(source, node.entries[kind.name], lambda text: _spelt(kind, text))
    if shape is None or names is None or not set(node.entries) <= {kind.name, "id"}:
        return None
    return EventTrigger(
        id=shape.id, text=source.text(kind.name), kind=kind.name, names=tuple(dict.fromkeys(names))
    )


def _spelt(kind: EventKind, text: str) -> str:
    """Return a name as its kind spells it.

    Raises:
        ValueError: it is none.
    """
    try:
        name = kind.check(text)
    except ValueError:
        raise
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
        raise ValueError(f"the check of '{kind.name}' failed over this: {fault}") from error
    if not isinstance(name, str):
        raise ValueError(f"the check of '{kind.name}' gave no text for this")
    return name


def _every(source: _Source) -> Trigger | None:
    shape = validate(EveryShape, source.node, source.context.problems)
    if shape is None:
        return None
    entries = source.node.entries
    every = _made(source, entries["every"], lambda: Every(shape.every))
    if every and "offset" in entries:
        every = _made(source, entries["offset"], lambda: Every(shape.every, shape.offset))
    if every is None:
        return None
    return TimeTrigger(id=shape.id, text=source.text("every"), schedule=every)


def _cron(source: _Source) -> Trigger | None:
    shape = validate(CronShape, source.node, source.context.problems)
    if shape is None:
        return None
    cron = _made(source, source.node.entries["cron"], lambda: Cron(" ".join(shape.cron.split())))
    if cron is None:
        return None
    return TimeTrigger(id=shape.id, text=source.text("cron"), schedule=cron)


def _at(source: _Source) -> Trigger | None:
    shape = validate(AtShape, source.node, source.context.problems)
    if shape is None:
        return None
    times = _each(source, source.node.entries["at"], parse_time)
    days = (
        _each(source, source.node.entries["days"], parse_days)
        if "days" in source.node.entries
        else [EVERY_DAY]
    )
    if times is None or days is None:
        return None
    schedule = At(tuple(sorted(set[time](times))), frozenset[int]().union(*days))
    return TimeTrigger(id=shape.id, text=source.text("at"), schedule=schedule)


def _each(source: _Source, node: Node, parse: Callable[[str], T]) -> list[T] | None:
    """Return what each text of a list means; None after a finding."""
    if not items(node):
        source.context.report(node, _EMPTY)
        return None
    found = [_made(source, item, _parsing(parse, item)) for item in items(node)]
    made = [each for each in found if each is not None]
    return made if len(made) == len(found) else None


def _parsing(parse: Callable[[str], T], node: Node) -> Callable[[], T]:
    return lambda: parse(shown(node))


def _made(source: _Source, node: Node, make: Callable[[], T]) -> T | None:
    try:
        return make()
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        source.context.report(node, message, hint)
        return None


def _becomes(source: _Source) -> Trigger | None:
    context, entries = source.context, source.node.entries
    shape = validate(BecomesShape, source.node, context.problems)
    when = context.condition(entries["becomes"], context.scope)
    until = context.condition(entries["until"], context.scope) if "until" in entries else None
    if shape is None or when is None or ("until" in entries and until is None):
        return None
    return BecomesTrigger(
        id=shape.id,
        text=source.text("becomes"),
        when=when,
        until=until,
        hold=shape.hold,
        waits_at_first=source.waits,
    )


def _change(source: _Source) -> Trigger | None:
    shape = validate(ChangeShape, source.node, source.context.problems)
    if shape is None:
        return None
    targets = _targets(source)
    if targets is None:
        return None
    came_from, went_to = _values(source, "from", targets), _values(source, "to", targets)
    are_limits_sound = _check_limits(source, shape, targets)
    if came_from is None or went_to is None or not are_limits_sound:
        return None
    return ChangeTrigger(
        id=shape.id,
        text=source.text("change"),
        points=tuple(dict.fromkeys(target.point for target in targets)),
        came_from=came_from,
        went_to=went_to,
        above=shape.above,
        below=shape.below,
        by=shape.by,
    )


def _targets(source: _Source) -> list[Target] | None:
    node = source.node.entries["change"]
    if not items(node):
        source.context.report(node, _EMPTY)
    found = [source.context.readable(shown(item), item.mark) for item in items(node)]
    targets = [target for target in found if target is not None]
    return targets if targets and len(targets) == len(found) else None


def _values(source: _Source, key: str, targets: Sequence[Target]) -> tuple[Value, ...] | None:
    """Return the values of ``from`` or ``to`` as the points hold them."""
    if key not in source.node.entries:
        return ()
    node = source.node.entries[key]
    if not items(node):
        source.context.report(node, _EMPTY)
    pairs = [(item, target.capability) for target in targets for item in _wanted(node, target)]
    found = [constant(source.context, item, capability) for item, capability in pairs]
    values = tuple(dict.fromkeys(value for value in found if value is not None))
    return values if values and None not in found else None


def _wanted(node: Node, target: Target) -> Sequence[Node]:
    """Return what ``from`` or ``to`` names: one value or a list of them; ``[255, 0, 0]`` is one color."""
    parts = {type(plain(item)) for item in node.items} if isinstance(node, ListNode) else set[type]()
    of_one = _PARTS.get(target.capability.type, frozenset())
    return (node,) if parts and parts <= of_one else items(node)


def _check_limits(source: _Source, shape: ChangeShape, targets: Sequence[Target]) -> bool:
    """Report the limits that the points can never come to."""
    entries, is_sound = source.node.entries, True
    for key, limit in (("above", shape.above), ("below", shape.below), ("by", shape.by)):
        faults = [_limit_fault(key, limit, target) for target in targets if limit is not None]
        for fault in filter(None, faults):
            source.context.report(entries[key], fault)
            is_sound = False
    if shape.above is not None and shape.below is not None and shape.above >= shape.below:
        source.context.report(entries["below"], f"nothing is above {shape.above:g} and below {shape.below:g}")
        is_sound = False
    return is_sound


def _limit_fault(key: str, limit: float, target: Target) -> str:
    """Return why a point never comes to a limit; empty where it can."""
    capability = target.capability
    if capability.type not in _NUMBERS:
        return f"{target.point} takes {capability.allowed}: '{key}' is for numbers"
    low = -math.inf if capability.minimum is None else capability.minimum
    high = math.inf if capability.maximum is None else capability.maximum
    is_possible = {"above": limit < high, "below": limit > low, "by": limit <= high - low}[key]
    if is_possible:
        return ""
    does = "changes" if key == "by" else "goes"
    return f"{target.point} never {does} {key} {limit:g}: it takes {capability.allowed}"


_KINDS: Mapping[str, Callable[[_Source], Trigger | None]] = MappingProxyType(
    {"every": _every, "at": _at, "cron": _cron, "change": _change, "becomes": _becomes}
)
_OPTIONS = ("id", "offset", "days", "from", "to", "above", "below", "by", "until", "for")
