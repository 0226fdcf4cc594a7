"""From the YAML of triggers on points' values to triggers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from interlock.capabilities import ValueType, nearest
from interlock.config.nodes import ListNode, Node, plain
from interlock.config.sections import without
from interlock.config.validation import validate
from interlock.driver import Target
from interlock.expressions.compiler import Compiled, compile_expression
from interlock.expressions.problems import ExpressionError
from interlock.expressions.types import Kind
from interlock.model import Value
from interlock.rules.grammar.amounts import is_computed, names_point
from interlock.rules.grammar.context import items
from interlock.rules.grammar.triggers.shapes import ChangeShape, ScheduleShape, UpdateShape
from interlock.rules.grammar.triggers.source import EMPTY, Source, points_of
from interlock.rules.grammar.triggers.states import Hold, read_hold
from interlock.rules.grammar.values import constant
from interlock.rules.triggers import (
    BecomesTrigger,
    ChangeTrigger,
    StatesTrigger,
    Trigger,
    UpdateTrigger,
)
from interlock.virtual import is_schedule

_NUMBERS = (ValueType.INTEGER, ValueType.NUMBER)
_PARTS = MappingProxyType(
    {ValueType.COLOR: frozenset({int, float}), ValueType.LIST: frozenset({str, int, float})}
)
"""What stands in a YAML list that is one value."""
_SIGNS: Mapping[str, str] = MappingProxyType({"above": ">", "below": "<"})


def read_update(source: Source) -> Trigger | None:
    """Return the trigger of ``update``."""
    shape = validate(UpdateShape, source.node, source.context.problems)
    targets = source.targets("update") if shape else None
    if shape is None or targets is None:
        return None
    points = tuple(target.point for target in points_of(targets))
    return UpdateTrigger(id=shape.id, text=source.text("update"), points=points)


def read_schedule(source: Source) -> Trigger | None:
    """Return the trigger of ``schedule``: the edges of a site's schedule."""
    shape = validate(ScheduleShape, source.node, source.context.problems)
    if shape is None:
        return None
    target = _schedule(source, shape.schedule)
    went_to = _values(source, "to", [target]) if target else None
    if target is None or went_to is None:
        return None
    return ChangeTrigger(id=shape.id, text=source.text("schedule"), points=(target.point,), went_to=went_to)


def _schedule(source: Source, name: str) -> Target | None:
    known = {each.device.name: each for each in source.context.targets.values() if is_schedule(each)}
    if name in known:
        return known[name]
    meant = nearest(name, known)
    hint = f"did you mean '{meant}'?" if meant else "write it under 'schedules' in the site file"
    source.report(source.entries["schedule"], f"there is no schedule '{name}'", hint)
    return None


def read_change(source: Source) -> Trigger | None:
    """Return the trigger of ``change``."""
    computed = [key for key in _SIGNS if key in source.entries and _is_computed(source, source.entries[key])]
    if computed:
        return _crossing(source)
    shape = validate(ChangeShape, source.node, source.context.problems)
    targets = source.targets("change") if shape else None
    if shape is None or targets is None:
        return None
    came_from, went_to = _values(source, "from", targets), _values(source, "to", targets)
    are_limits_sound, hold = _check_limits(source, shape, targets), read_hold(source)
    if came_from is None or went_to is None or hold is None or not are_limits_sound:
        return None
    if len(came_from) == 1 and came_from == went_to:
        source.report(source.entries["to"], "nothing changes to the very value that it comes from")
        return None
    if hold.dip:
        hint = "write 'becomes' with the value"
        source.report(source.entries["for"], "a change cannot add up what it lasts", hint)
        return None
    return ChangeTrigger(
        id=shape.id,
        text=source.text("change"),
        points=tuple(target.point for target in points_of(targets)),
        came_from=came_from,
        went_to=went_to,
        above=shape.above,
        below=shape.below,
        by=shape.by,
        hold=hold.amount,
    )


def _is_computed(source: Source, node: Node) -> bool:
    return is_computed(node) or names_point(source.context, node)


def _crossing(source: Source) -> Trigger | None:
    """Return the trigger of limits that are computed: they may move as well as the value."""
    shape = validate(ChangeShape, without(source.node, *_SIGNS), source.context.problems)
    mixed = [key for key in ("from", "to", "by") if key in source.entries]
    for key in mixed:
        source.report(source.entries[key], f"'{key}' does not go with a limit that is computed")
    targets = source.targets("change") if shape else None
    hold = read_hold(source)
    if shape is None or targets is None or hold is None or mixed:
        return None
    cases = [_case(source, target, hold, shape.id) for target in points_of(targets)]
    sound = tuple(case for case in cases if case is not None)
    return (
        StatesTrigger(id=shape.id, text=source.text("change"), cases=sound)
        if len(sound) == len(cases)
        else None
    )


def _case(source: Source, target: Target, hold: Hold, trigger_id: str) -> BecomesTrigger | None:
    if target.capability.type not in _NUMBERS:
        message = f"{target.point} takes {target.capability.allowed}: limits are for numbers"
        source.report(source.entries["change"], message)
        return None
    limits = [(key, _limit(source, key)) for key in _SIGNS if key in source.entries]
    if any(limit is None for _, limit in limits):
        return None
    text = " and ".join(f"{target.point} {_SIGNS[key]} ({limit})" for key, limit in limits)
    when = _compiled(source, text)
    if when is None:
        return None
    return BecomesTrigger(
        id=trigger_id,
        text=source.text("change"),
        when=when,
        hold=hold.amount,
        dip=hold.dip,
        # What is above from the first has crossed nothing.
        waits_at_first=True,
        point=target.point,
    )


def _limit(source: Source, key: str) -> str | None:
    """Return a limit as an expression has it; None after a finding."""
    node, context = source.entries[key], source.context
    found = context.expression(node, context.scope)
    if found is None or found.type.kind in {Kind.NUMBER, Kind.ANY}:
        return found.text if found else None
    source.report(node, f"a number is expected here, and this is {found.type.kind.value}")
    return None


def _compiled(source: Source, text: str) -> Compiled | None:
    try:
        return compile_expression(text, source.context.scope)
    except ExpressionError as error:
        key = next(key for key in _SIGNS if key in source.entries)
        for problem in error.problems:
            source.report(source.entries[key], problem.message, problem.hint)
        return None


def _values(source: Source, key: str, targets: Sequence[Target]) -> tuple[Value, ...] | None:
    """Return the values of ``from`` or ``to`` as the points hold them."""
    if key not in source.entries:
        return ()
    node = source.entries[key]
    if not items(node):
        source.report(node, EMPTY)
    pairs = [(item, target.capability) for target in targets for item in _wanted(node, target)]
    found = [constant(source.context, item, capability) for item, capability in pairs]
    values = tuple(dict.fromkeys(value for value in found if value is not None))
    return values if values and None not in found else None


def _wanted(node: Node, target: Target) -> Sequence[Node]:
    """Return what ``from`` or ``to`` names: one value or a list of them; ``[255, 0, 0]`` is one color."""
    parts = {type(plain(item)) for item in node.items} if isinstance(node, ListNode) else set[type]()
    of_one = _PARTS.get(target.capability.type, frozenset())
    return (node,) if parts and parts <= of_one else items(node)


def _check_limits(source: Source, shape: ChangeShape, targets: Sequence[Target]) -> bool:
    """Report the limits that the points can never come to."""
    entries, is_sound = source.entries, True
    for key, limit in (("above", shape.above), ("below", shape.below), ("by", shape.by)):
        faults = [_limit_fault(key, limit, target) for target in targets if limit is not None]
        for fault in filter(None, faults):
            source.report(entries[key], fault)
            is_sound = False
    if shape.above is not None and shape.below is not None and shape.above >= shape.below:
        source.report(entries["below"], f"nothing is above {shape.above:g} and below {shape.below:g}")
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
