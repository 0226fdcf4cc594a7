"""From the YAML of what persons command to commands: ``set``, ``call``, verbs, ``override``, ``release``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from interlock.config.nodes import MapNode, Node
from interlock.config.sections import entries_of, only, without
from interlock.config.validation import validate
from interlock.expressions.expression import Expression
from interlock.rules.actions import Assignment, WriteAction
from interlock.rules.claims import MANUAL_PRIORITY
from interlock.rules.grammar.actions import read_actions
from interlock.rules.grammar.amounts import amount
from interlock.rules.grammar.context import Context, items, shown
from interlock.rules.grammar.shapes import Priority, Shape
from interlock.rules.grammar.values import written_by_group
from interlock.simulation.scenarios.scenario import Happening, LetGo, Order, Ordered

ORDERS = ("set", "call", "override")
"""What a person can command by a word of the language; besides the verbs of devices."""
_NO_CONSTANT = "a scenario computes nothing: write the value itself"


class _OverrideShape(Shape):
    """What can stand beside the points of an override."""

    priority: Priority = MANUAL_PRIORITY


def read_order(context: Context, kind: str, node: MapNode) -> Iterator[Happening]:
    """Yield what a person commands."""
    if kind == "override":
        yield from _override(context, node.entries[kind])
        return
    keys = (kind, "with") if kind == "call" else (kind,)
    own = only(node, [key for key in keys if key in node.entries])
    assignments = constants(context, replace(own, at=node.keys[kind]))
    if assignments:
        yield Order(wanted=tuple(map(ordered, assignments)))


def constants(context: Context, node: MapNode) -> tuple[Assignment, ...]:
    """Return what an action writes, which must be written out; nothing after a finding."""
    actions = read_actions(context, node)
    if actions is None:
        return ()
    [action] = actions
    if not isinstance(action, WriteAction):
        context.report(node, f"'{action.text}' commands no device")
        return ()
    return action.assignments if _are_constant(context, action.assignments) else ()


def ordered(assignment: Assignment) -> Ordered:
    """Return what an action writes that is written out."""
    given, value = assignment.fields.items(), assignment.value
    fields = {name: each for name, each in given if not isinstance(each, Expression)}
    return Ordered(assignment.target.point, None if isinstance(value, Expression) else value, fields)


def _are_constant(context: Context, assignments: Sequence[Assignment]) -> bool:
    computed = [each for each in assignments if _is_computed(each)]
    for each in computed:
        context.report(each.mark, f"{each.target.point} needs a constant here", _NO_CONSTANT)
    return not computed


def _is_computed(assignment: Assignment) -> bool:
    return any(isinstance(each, Expression) for each in (assignment.value, *assignment.fields.values()))


def _override(context: Context, node: Node) -> Iterator[Happening]:
    given = entries_of(node, "'override'", context.problems, is_optional=False)
    if given is None:
        return
    options = [key for key in ("priority",) if key in given.entries]
    shape = validate(_OverrideShape, only(given, options), context.problems)
    lasts = _lasts(context, given.entries["for"]) if "for" in given.entries else None
    points = without(given, "for", "priority")
    found = [written_by_group(context, key, points.keys[key], each) for key, each in points.entries.items()]
    assignments = tuple(each for group in found for each in group or ())
    if not points.entries:
        context.report(node, "'override' needs a point and its value")
    is_sound = shape is not None and None not in found and ("for" not in given.entries or lasts)
    if shape and assignments and is_sound and _are_constant(context, assignments):
        wanted = tuple(map(ordered, assignments))
        yield Order(wanted=wanted, holds=True, priority=shape.priority, lasts=lasts)


def _lasts(context: Context, node: Node) -> timedelta | None:
    found = amount(context, node)
    if isinstance(found, timedelta) and found > timedelta():
        return found
    if found is not None:
        context.report(node, "an override lasts a duration longer than 0 s", "write for example 'for: 1h'")
    return None


def read_release(context: Context, node: Node) -> Iterator[Happening]:
    """Yield the points that a person releases."""
    found = [context.points(shown(item), item.mark) for item in items(node)]
    points = tuple(dict.fromkeys(target.point for group in found for target in group))
    if points and all(found):
        yield LetGo(points)
    elif not found:
        context.report(node, "'release' needs a point")
