"""From the YAML of triggers on expressions and availability to triggers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from interlock.capabilities import nearest
from interlock.config.nodes import MapNode, Node
from interlock.config.validation import validate
from interlock.model import Point
from interlock.rules.actions import Amount
from interlock.rules.availability import Availability, connection_point
from interlock.rules.grammar.amounts import amount
from interlock.rules.grammar.context import Context, items, shown
from interlock.rules.grammar.triggers.shapes import (
    AvailableShape,
    BecomesShape,
    HoldShape,
    TriggerShape,
    UnavailableShape,
)
from interlock.rules.grammar.triggers.source import EMPTY, Source
from interlock.rules.triggers import FOR_EVER, BecomesTrigger, StatesTrigger, Trigger


@dataclass(frozen=True, slots=True)
class Hold:
    """What ``for`` says."""

    amount: Amount = timedelta()
    dip: timedelta = timedelta()


def read_hold(source: Source) -> Hold | None:
    """Return what ``for`` says at a trigger; None after a finding."""
    return hold_of(source.context, source.entries.get("for"))


def hold_of(context: Context, node: Node | None) -> Hold | None:
    """Return what ``for`` says: a duration, or ``{accumulate: …, reset: …}``; None after a finding."""
    if node is None:
        return Hold()
    if not isinstance(node, MapNode):
        found = amount(context, node, context.scope)
        return Hold(found) if found is not None else None
    shape = validate(HoldShape, node, context.problems)
    if shape is None:
        return None
    found = amount(context, node.entries["accumulate"], context.scope)
    return Hold(found, shape.reset or FOR_EVER) if found is not None else None


def read_becomes(source: Source) -> Trigger | None:
    """Return the trigger of ``becomes``."""
    context, entries = source.context, source.entries
    shape = validate(BecomesShape, source.node, context.problems)
    when = context.condition(entries["becomes"], context.scope)
    until = context.condition(entries["until"], context.scope) if "until" in entries else None
    hold = read_hold(source)
    if shape is None or when is None or hold is None or ("until" in entries and until is None):
        return None
    return BecomesTrigger(
        id=shape.id,
        text=source.text("becomes"),
        when=when,
        until=until,
        hold=hold.amount,
        dip=hold.dip,
        waits_at_first=source.waits,
    )


def read_unavailable(source: Source) -> Trigger | None:
    """Return the trigger of ``unavailable``."""
    shape = validate(UnavailableShape, source.node, source.context.problems)
    return _availability(source, "unavailable", shape) if shape else None


def read_available(source: Source) -> Trigger | None:
    """Return the trigger of ``available``."""
    shape = validate(AvailableShape, source.node, source.context.problems)
    return _availability(source, "available", shape) if shape else None


def _availability(source: Source, kind: str, shape: TriggerShape) -> Trigger | None:
    node, hold = source.entries[kind], read_hold(source)
    if not items(node):
        source.report(node, EMPTY)
    found = [_subjects(source, item) for item in items(node)]
    if hold is None or not found or not all(found):
        return None
    subjects = dict.fromkeys(subject for group in found for subject in group)
    cases = tuple(
        BecomesTrigger(
            id=shape.id,
            text=source.text(kind),
            when=Availability(point, is_available=kind == "available", asked=asked),
            hold=hold.amount,
            dip=hold.dip,
            # What answers from the first has not come back.
            waits_at_first=source.waits or kind == "available",
            point=point,
        )
        for point, asked in subjects
    )
    return StatesTrigger(id=shape.id, text=source.text(kind), cases=cases)


def _subjects(source: Source, node: Node) -> Sequence[tuple[Point, Point | None]]:
    """Return what must be (un)available: points, or a connection, with a point by which that is seen."""
    text, context = shown(node), source.context
    connections = context.site.connections
    if text not in connections:
        if text in context.site.declared_connections:
            return ()
        if "." not in text and not context.scope.has_device(text):
            meant = nearest(text, connections)
            hint = f"did you mean '{meant}'?" if meant else "name a point or a connection"
            source.report(node, f"there is no connection '{text}'", hint)
            return ()
        return [(target.point, None) for target in context.readables(text, node.mark)]
    own = (each for each in context.targets.values() if each.device.connection == text)
    asked = next((each.point for each in own if each.capability.readable), None)
    return [(connection_point(text), asked)]
