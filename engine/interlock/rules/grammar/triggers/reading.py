"""From the YAML of triggers to triggers: their kinds, those that join others, and their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.validation import validate
from interlock.rules.grammar.context import Context, items, kind_of
from interlock.rules.grammar.triggers.changes import read_change, read_schedule, read_update
from interlock.rules.grammar.triggers.clock import (
    read_at,
    read_cron,
    read_date,
    read_elevation,
    read_every,
    read_sun,
)
from interlock.rules.grammar.triggers.events import (
    LIFECYCLE,
    lifecycle,
    read_event,
    read_failed,
    read_firing,
    read_lifecycle,
    read_raised,
    read_webhook,
)
from interlock.rules.grammar.triggers.shapes import AllShape, NoneShape
from interlock.rules.grammar.triggers.source import EMPTY, Source
from interlock.rules.grammar.triggers.states import read_available, read_becomes, read_unavailable
from interlock.rules.triggers import JoinTrigger, Trigger


def read_triggers(context: Context, node: Node, *, rule: str, waits: bool) -> tuple[Trigger, ...] | None:
    """Return the triggers of a rule, which stand in a list or alone.

    Args:
        context: What they may name.
        node: What stands under ``triggers``.
        rule: The rule's id.
        waits: Whether what is true at the very first start is no rise.
    """
    found = [_read(context, item, rule, waits=waits) for item in items(node)]
    triggers = tuple(trigger for trigger in found if trigger is not None)
    if not found:
        context.report(node, "this list of triggers is empty")
    is_sound = len(found) < 2 or _check_ids(context, items(node), found)
    return triggers if triggers and is_sound and len(triggers) == len(found) else None


def _check_ids(context: Context, nodes: Sequence[Node], triggers: Sequence[Trigger | None]) -> bool:
    ids: set[str] = set()
    is_sound = True
    for node, trigger in zip(nodes, triggers, strict=True):
        if trigger is None or not trigger.id:
            continue
        if trigger.id in ids and isinstance(node, MapNode):
            context.report(node.entries["id"], f"two triggers of this rule have the id '{trigger.id}'")
            is_sound = False
        ids.add(trigger.id)
    return is_sound


def _read(context: Context, node: Node, rule: str, *, waits: bool) -> Trigger | None:
    if isinstance(node, ScalarNode) and node.value in LIFECYCLE:
        return lifecycle(node.text)
    if not isinstance(node, MapNode):
        context.report(node, "a trigger must be a mapping, such as 'every: 15m'")
        return None
    kind = kind_of(
        context, node, _kinds(tuple(context.event_kinds)), _OPTIONS, "trigger", further=_further(context)
    )
    if kind is None:
        return None
    source = Source(context, node, rule, waits)
    return _KINDS[kind](source) if kind in _KINDS else read_event(source, context.event_kinds[kind])


@lru_cache(maxsize=1)
def _kinds(events: Sequence[str]) -> Sequence[str]:
    """Return the kinds of triggers of a site whose plugins tell of kinds of events."""
    return tuple(dict.fromkeys((*_KINDS, *events)))


def _further(context: Context) -> str:
    return "" if context.event_kinds else "; no installed plugin tells of events"


def _read_all(source: Source) -> Trigger | None:
    shape = validate(AllShape, source.node, source.context.problems)
    members = _members(source, "all") if shape else None
    if shape is None or members is None:
        return None
    if len(members) < 2:
        source.report(source.entries["all"], "one trigger alone needs no 'all'")
        return None
    text = _joined("all of", members)
    return JoinTrigger(id=shape.id, text=text, members=members, within=shape.within, is_watchdog=False)


def _read_none(source: Source) -> Trigger | None:
    shape = validate(NoneShape, source.node, source.context.problems)
    members = _members(source, "none") if shape else None
    if shape is None or members is None:
        return None
    text = _joined("none of", members)
    return JoinTrigger(id=shape.id, text=text, members=members, within=shape.within, is_watchdog=True)


def _joined(words: str, members: Sequence[Trigger]) -> str:
    return f"{words} {'; '.join(member.text for member in members)}"


def _members(source: Source, key: str) -> tuple[Trigger, ...] | None:
    nodes = items(source.entries[key])
    if not nodes:
        source.report(source.entries[key], EMPTY)
    found = [_member(source, node) for node in nodes]
    members = tuple(member for member in found if member is not None)
    return members if members and len(members) == len(nodes) else None


def _member(source: Source, node: Node) -> Trigger | None:
    entries = node.entries if isinstance(node, MapNode) else {}
    if joint := next((key for key in ("all", "none") if key in entries), None):
        source.report(entries[joint], "triggers that join others cannot be joined themselves")
        return None
    if "id" in entries:
        source.report(entries["id"], "give the id to the trigger that joins this one")
        return None
    return _read(source.context, node, source.rule, waits=source.waits)


def _lifecycle(kind: str) -> Callable[[Source], Trigger | None]:
    return lambda source: read_lifecycle(source, kind)


_KINDS: Mapping[str, Callable[[Source], Trigger | None]] = MappingProxyType(
    {
        "every": read_every,
        "at": read_at,
        "cron": read_cron,
        "date": read_date,
        "sun": read_sun,
        "elevation": read_elevation,
        "change": read_change,
        "update": read_update,
        "becomes": read_becomes,
        "unavailable": read_unavailable,
        "available": read_available,
        "schedule": read_schedule,
        "event": read_raised,
        "firing": read_firing,
        "failed": read_failed,
        "webhook": read_webhook,
        **{kind: _lifecycle(kind) for kind in LIFECYCLE},
        "all": _read_all,
        "none": _read_none,
    }
)
_OPTIONS = (
    "id",
    "offset",
    "days",
    "holidays",
    "jitter",
    "missed",
    "not_before",
    "not_after",
    "direction",
    "from",
    "to",
    "above",
    "below",
    "by",
    "until",
    "for",
    "within",
)
