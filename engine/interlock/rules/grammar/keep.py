"""From the YAML of a rule that keeps points at values to a rule."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.config.nodes import MapNode, Node
from interlock.config.sections import without
from interlock.config.validation import validate
from interlock.errors import Severity
from interlock.expressions.compiler import Compiled
from interlock.expressions.expression import Expression
from interlock.model import Point
from interlock.rules.actions import Assignment
from interlock.rules.grammar.actions import read_actions
from interlock.rules.grammar.amounts import constants_of
from interlock.rules.grammar.context import Context, shown
from interlock.rules.grammar.shapes import KeepShape
from interlock.rules.grammar.triggers import fields_brought
from interlock.rules.grammar.triggers.states import Hold, hold_of
from interlock.rules.grammar.values import written_by_group
from interlock.rules.keep import Keep
from interlock.rules.rule import Rule
from interlock.rules.written import Written

_OF_REACTIVE: Mapping[str, str] = {
    "triggers": "a kept state is looked at whenever something changes: say under 'while' when it is kept",
    "condition": "say under 'while' when it is kept",
    "actions": "what is done once belongs into a rule of its own; what is done at the end, under 'finally'",
    "else": "what is done at the end stands under 'finally'",
    "mode": "a kept state has no firings that could overlap",
    "max": "a kept state has no firings that could overlap",
    "cooldown": "a point's least times on and off stand at its device: 'guard: {min_off: 5m}'",
    "limit": "how often a point changes at most stands at its device: 'guard: {max_changes: 6 per 1h}'",
    "initial": "what is true at the start is kept from the start on",
}
"""The keys of rules that act, and what stands in their place in one that keeps."""
_OF_KEEP: Mapping[str, str] = {
    "while": "a rule with actions has a 'condition'",
    "until": "in a rule with actions it stands at its trigger: '- becomes: …' and 'until: …'",
    "for": "in a rule with actions it stands at its trigger, or at 'set'",
    "priority": "in a rule with actions it stands beside 'set'",
    "on_unknown": "a rule with actions does not fire where its condition is unknown",
}
_OF_WHILE = ("until", "for", "on_unknown", "finally")
"""What says nothing of a state that is kept always."""


def keeps(node: MapNode) -> bool:
    """Whether a rule is one that keeps: by ``keep``, or by a ``while`` without actions."""
    return "keep" in node.entries or ("while" in node.entries and "actions" not in node.entries)


def without_keep(context: Context, node: MapNode) -> MapNode:
    """Return a rule with actions without the keys that only go with ``keep``, each of which is a finding."""
    for key in _OF_KEEP:
        if key in node.entries:
            context.report(node.keys[key], f"'{key}' goes with 'keep'", _OF_KEEP[key])
    return without(node, *_OF_KEEP)


def read_keep_rule(context: Context, node: MapNode, *, what: str) -> Rule | None:
    """Return the rule of ``while``, ``keep`` and what goes with them; None after a finding.

    Args:
        context: Of the site's rules.
        node: The rule.
        what: How findings name it.
    """
    before = len(context.problems)
    own = _own(context, node)
    context = context.with_constants(constants_of(own.entries.get("variables")))
    context = context.of_rule(fields_brought(context, None))
    _check_variables(context, own)
    shape = validate(KeepShape, own, context.problems, what=what)
    undo = read_actions(context, own.entries["finally"]) if "finally" in own.entries else ()
    keep = _keep(context.without_trigger(), own, shape)
    if shape is None or keep is None or undo is None or _has_errors(context, before):
        return None
    return Rule(
        id=shape.id,
        description=shape.description,
        mode=shape.enabled,
        triggers=(),
        condition=None,
        actions=(),
        undo=undo,
        keep=keep,
        windows=context.windows,
        written=Written(node),
    )


def _own(context: Context, node: MapNode) -> MapNode:
    """Return a rule without the keys that do not go with ``keep``, each of which is a finding."""
    strange = [key for key in _OF_REACTIVE if key in node.entries]
    for key in strange:
        context.report(node.keys[key], f"'{key}' does not go with 'keep'", _OF_REACTIVE[key])
    own = without(node, *strange)
    if "while" not in own.entries:
        needless = [key for key in _OF_WHILE if key in own.entries]
        for key in needless:
            hint = "without 'while' it is kept always, and does not end"
            context.report(own.keys[key], f"'{key}' needs 'while'", hint)
    return own


def _check_variables(context: Context, node: MapNode) -> None:
    """Report variables that would have to be computed: nothing says when."""
    given = node.entries.get("variables")
    if given is None:
        return
    known, entries = constants_of(given), given.entries if isinstance(given, MapNode) else {}
    for name, value in entries.items():
        if name not in known:
            hint = "write its expression where it is needed"
            context.report(value, f"'{name}' is no constant, which a variable of a kept state must be", hint)


def _has_errors(context: Context, before: int) -> bool:
    return any(each.severity is Severity.ERROR for each in context.problems[before:])


def _keep(context: Context, node: MapNode, shape: KeepShape | None) -> Keep | None:
    entries = node.entries
    found = {
        key: context.condition(entries[key], context.scope) for key in ("while", "until") if key in entries
    }
    hold = hold_of(context, entries.get("for"))
    assignments = read_kept(context, entries.get("keep"))
    if shape is None or hold is None or not assignments or None in found.values():
        return None
    keep = _made(node, shape, assignments, hold, found)
    _warn_of_own_doing(context, node, keep)
    return keep


def _made(
    node: MapNode,
    shape: KeepShape,
    assignments: tuple[Assignment, ...],
    hold: Hold,
    found: Mapping[str, Compiled | None],
) -> Keep:
    return Keep(
        text=f"keep {shown(node.entries['keep'])}",
        assignments=assignments,
        priority=shape.priority,
        condition=found.get("while"),
        until=found.get("until"),
        hold=hold.amount,
        dip=hold.dip,
        releases_unknown=shape.on_unknown == "release",
    )


def read_kept(context: Context, node: Node | None, what: str = "keep") -> tuple[Assignment, ...] | None:
    """Return what is kept, each point once; None after a finding.

    Args:
        context: In which values are computed: nothing has set them off.
        node: Points, or groups of them, and values.
        what: The key that it stands under.
    """
    if not isinstance(node, MapNode):
        return None
    if not node.entries:
        context.report(node, f"'{what}' needs a point and its value")
        return None
    found: dict[Point, Assignment] = {}
    is_sound = True
    for key, value in node.entries.items():
        for each in _kept(context, node, key, value) or (None,):
            if each is None or not _is_keepable(context, each, found):
                is_sound = False
            else:
                found[each.target.point] = each
    return tuple(found.values()) if is_sound else None


def _kept(context: Context, node: MapNode, key: str, value: Node) -> tuple[Assignment, ...] | None:
    mark = node.keys[key]
    targets = context.points(key, mark)
    triggers = [each for each in targets if each.capability.is_trigger or each.capability.fields]
    for target in triggers:
        hint = "a rule with triggers and actions can do it at a moment"
        context.report(mark, f"{target.point} starts something, and holds no state to be kept", hint)
    return written_by_group(context, key, mark, value) if targets and not triggers else None


def _is_keepable(context: Context, each: Assignment, before: Mapping[Point, Assignment]) -> bool:
    point = each.target.point
    if point in before:
        context.report(each.mark, f"{point} is given two values")
        return False
    if isinstance(each.value, Expression) and point in each.points:
        message = f"{point} would be computed from itself, again and again"
        context.report(each.mark, message, "compute it from other points")
        return False
    return True


def _warn_of_own_doing(context: Context, node: MapNode, keep: Keep) -> None:
    """Warn of a state that ends itself: ``while`` reads what is kept, and nothing else ends it."""
    ending = keep.until or keep.condition
    own = sorted(ending.points.intersection(keep.kept)) if ending else []
    if own:
        place = node.entries["until" if keep.until else "while"]
        context.report(
            place,
            f"this reads {own[0]}, which the rule itself keeps: it may begin and end by its own doing",
            "say what must be so besides",
            severity=Severity.WARNING,
        )
