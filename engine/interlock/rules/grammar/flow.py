"""From the YAML of actions that say when and how often others are done to actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TypeAlias

from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode
from interlock.config.validation import check_keys, validate
from interlock.expressions.expression import Expression
from interlock.expressions.types import ANY, BOOLEAN, NUMBER, TEXT, Type
from interlock.model import Value
from interlock.rules.actions import (
    Action,
    Branch,
    ChooseAction,
    DelayAction,
    GuardedAction,
    Loop,
    ParallelAction,
    RepeatAction,
    SequenceAction,
    WaitAction,
)
from interlock.rules.grammar.amounts import amount, given
from interlock.rules.grammar.context import Context, items, shown
from interlock.rules.grammar.shapes import ChooseShape, DelayShape, IfShape, RepeatShape, WaitShape

ReadActions: TypeAlias = Callable[[Context, Node], tuple[Action, ...] | None]
WAITED = MappingProxyType({"wait": MappingProxyType({"completed": BOOLEAN})})
"""What actions after a ``wait`` can read."""
_FAILED = MappingProxyType({"error": MappingProxyType({"message": TEXT})})


def read_delay(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``delay: 30s`` or ``delay: {random: [5m, 20m]}``."""
    shape, wanted = validate(DelayShape, node, context.problems), node.entries["delay"]
    limits: list[Node] = [wanted]
    if isinstance(wanted, MapNode):
        if "random" not in wanted.entries:
            check_keys(wanted, ("random",), context.problems)
            return None
        drawn = wanted.entries["random"]
        if not isinstance(drawn, ListNode) or len(drawn.items) != 2:
            context.report(drawn, "a random delay needs two limits", "write 'random: [5m, 20m]'")
            return None
        limits = list(drawn.items)
    found = [amount(context, limit) for limit in limits]
    durations = [each for each in found if each is not None]
    if shape is None or len(durations) < len(found):
        return None
    return DelayAction(
        text=f"delay {shown(wanted)}",
        duration=durations[0],
        most=durations[1] if len(durations) > 1 else None,
    )


def read_wait(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``wait: EXPR`` with ``for``, ``timeout`` and ``on_timeout``."""
    shape, entries = validate(WaitShape, node, context.problems), node.entries
    condition = _awaited(context, entries["wait"])
    amounts = {key: amount(context, entries[key]) for key in ("for", "timeout") if key in entries}
    if shape is None or condition is None or None in amounts.values():
        return None
    if "on_timeout" in entries and "timeout" not in entries:
        context.report(node.keys["on_timeout"], "'on_timeout' needs a 'timeout'")
        return None
    return WaitAction(
        text=f"wait {condition.text}",
        condition=condition,
        hold=amounts.get("for") or timedelta(),
        timeout=amounts.get("timeout"),
        goes_on=shape.on_timeout == "continue",
    )


def _awaited(context: Context, node: Node) -> Expression | None:
    if isinstance(node, MapNode):
        hint = "for an event let a rule with that trigger set a flag, and wait for the flag"
        context.report(node, "'wait' needs an expression", hint)
        return None
    return context.condition(node, context.scope_with_trigger)


def read_if(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``if / then / else``."""
    shape, entries = validate(IfShape, node, context.problems), node.entries
    branch = _branch(context, node, read)
    otherwise = read(context, entries["else"]) if "else" in entries else ()
    if shape is None or branch is None or otherwise is None:
        return None
    return ChooseAction(text=f"if {branch.condition.text}", branches=(branch,), otherwise=otherwise)


def _branch(context: Context, node: MapNode, read: ReadActions) -> Branch | None:
    condition = context.condition(node.entries["if"], context.scope_with_trigger)
    then = read(context, node.entries["then"]) if "then" in node.entries else None
    return None if condition is None or then is None else Branch(condition=condition, actions=then)


def read_choose(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``choose`` with its branches, and its ``default``."""
    shape, entries = validate(ChooseShape, node, context.problems), node.entries
    found = [_choice(context, item, read) for item in items(entries["choose"])]
    branches = tuple(each for each in found if each is not None)
    otherwise = read(context, entries["default"]) if "default" in entries else ()
    if not found:
        context.report(entries["choose"], "this list of branches is empty")
    if shape is None or not branches or len(branches) < len(found) or otherwise is None:
        return None
    text = "choose " + ", ".join(branch.condition.text for branch in branches)
    return ChooseAction(text=text, branches=branches, otherwise=otherwise)


def _choice(context: Context, node: Node, read: ReadActions) -> Branch | None:
    if not isinstance(node, MapNode) or "if" not in node.entries:
        context.report(node, "a branch of 'choose' has 'if' and 'then'")
        return None
    if validate(IfShape, node, context.problems) is None:
        return None
    if "else" in node.entries:
        context.report(
            node.keys["else"], "a branch of 'choose' has no 'else'", "write 'default' beside 'choose'"
        )
        return None
    return _branch(context, node, read)


def read_repeat(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``repeat`` with one of ``count``, ``while``, ``until`` and ``for_each``."""
    wanted = node.entries["repeat"]
    check_keys(node, ("repeat",), context.problems)
    if not isinstance(wanted, MapNode):
        context.report(wanted, "'repeat' needs a mapping", "write 'repeat: {count: 3, actions: […]}'")
        return None
    shape = validate(RepeatShape, wanted, context.problems)
    kinds = [loop for loop in Loop if loop.value in wanted.entries]
    if len(kinds) != 1:
        place = wanted.keys[kinds[1].value] if kinds else wanted
        context.report(place, "'repeat' needs one of count, while, until and for_each")
        return None
    loop, by = kinds[0], wanted.entries[kinds[0].value]
    inside = context.with_names({"repeat": _REPEAT[loop]})
    actions = read(inside, wanted.entries["actions"]) if "actions" in wanted.entries else None
    given_by = _by(inside if loop in _CONDITIONS else context, loop, by)
    if shape is None or actions is None or given_by is None:
        return None
    return RepeatAction(text=f"repeat {loop.value} {shown(by)}", actions=actions, loop=loop, by=given_by)


def _by(context: Context, loop: Loop, node: Node) -> Value | Expression | None:
    if loop in _CONDITIONS:
        return context.condition(node, context.scope_with_trigger)
    found = given(context, node)
    if found is None or isinstance(found, Expression):
        return found
    if loop is Loop.EACH and not isinstance(found, tuple):
        context.report(node, "'for_each' needs a list")
        return None
    if loop is Loop.COUNT and (isinstance(found, bool) or not isinstance(found, int) or found < 0):
        context.report(node, "'count' needs a whole number")
        return None
    return found


def read_sequence(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``sequence: […]``."""
    check_keys(node, ("sequence",), context.problems)
    actions = read(context, node.entries["sequence"])
    return SequenceAction(text="sequence", actions=actions) if actions else None


def read_parallel(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``parallel: […]``, whose items are actions or lists of them."""
    check_keys(node, ("parallel",), context.problems)
    found = [_side(context, item, read) for item in items(node.entries["parallel"])]
    sides = tuple(each for each in found if each is not None)
    if not found:
        context.report(node.entries["parallel"], "this list of actions is empty")
    if not sides or len(sides) < len(found):
        return None
    return ParallelAction(text="parallel", actions=sides)


def _side(context: Context, node: Node, read: ReadActions) -> Action | None:
    actions = read(context, node)
    if actions is None:
        return None
    if len(actions) == 1:
        return actions[0]
    return SequenceAction(text="sequence", actions=actions)


def guarded(context: Context, action: Action, node: MapNode, read: ReadActions) -> Action | None:
    """Return an action with its ``on_error``."""
    wanted = node.entries["on_error"]
    if isinstance(wanted, ScalarNode):
        if wanted.value not in ("stop", "continue"):
            context.report(wanted, "'on_error' is stop, continue or a list of actions")
            return None
        return GuardedAction(text=action.text, action=action, stops=wanted.value == "stop")
    actions = read(context.with_names(_FAILED), wanted)
    return GuardedAction(text=action.text, action=action, actions=actions) if actions else None


_CONDITIONS = (Loop.WHILE, Loop.UNTIL)
_REPEAT: Mapping[Loop, Mapping[str, Type]] = MappingProxyType(
    {
        Loop.COUNT: {"index": NUMBER},
        Loop.WHILE: {"index": NUMBER},
        Loop.UNTIL: {"index": NUMBER},
        Loop.EACH: {"index": NUMBER, "item": ANY},
    }
)
