"""From the YAML of actions to actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from types import MappingProxyType
from typing import TypeAlias

from interlock.capabilities import Capability, ValueType, nearest
from interlock.config.nodes import MapNode, Node, Place, placed
from interlock.config.sections import without
from interlock.config.validation import check_keys, validate
from interlock.driver import Target
from interlock.model import DEFAULT_PRIORITY
from interlock.rules.actions import (
    Action,
    Amount,
    Assignment,
    GuardedAction,
    HttpAction,
    ReleaseAction,
    VariablesAction,
    WaitAction,
    WriteAction,
)
from interlock.rules.grammar.amounts import amount, type_of
from interlock.rules.grammar.calls import read_call
from interlock.rules.grammar.context import Context, items, kind_of, shown
from interlock.rules.grammar.effects import (
    read_cancel,
    read_duty,
    read_end,
    read_log,
    read_pulse,
    read_raise,
    read_ramp,
    read_restore,
    read_run,
    read_save,
    read_switch,
    read_variables,
    read_verify,
)
from interlock.rules.grammar.flow import (
    WAITED,
    ReadActions,
    guarded,
    read_choose,
    read_delay,
    read_if,
    read_parallel,
    read_repeat,
    read_sequence,
    read_wait,
)
from interlock.rules.grammar.outside import answered, read_http, read_notify
from interlock.rules.grammar.shapes import ReleaseShape, SetShape, VerbShape
from interlock.rules.grammar.sharing import shared
from interlock.rules.grammar.values import assignment, written_by_group

VERBS = ("launch", "press", "stop", "move", "step")
"""Actions that controllers give a meaning to; a driver may bring further ones."""


def read_actions(context: Context, node: Node) -> tuple[Action, ...] | None:
    """Return the actions of a rule or a branch, which stand in a list or alone."""
    return shared(context, node, _read_all)


def _read_all(context: Context, node: Node) -> tuple[Action, ...] | None:
    found: list[Action | None] = []
    for item in items(node):
        action = shared(context, item, _read)
        found.append(action)
        context = after(context, item, action)
    actions = tuple(action for action in found if action is not None)
    if not found:
        context.report(node, "this list of actions is empty")
    return actions if actions and len(actions) == len(found) else None


def after(context: Context, node: Node, action: Action | None) -> Context:
    """Return the context of the actions that follow one: with the names that it brings."""
    if isinstance(action, GuardedAction):
        action = action.action
    if isinstance(action, WaitAction):
        return context.with_names(WAITED)
    if isinstance(action, HttpAction):
        return context.with_names(answered(action))
    given = node.entries.get("variables") if isinstance(node, MapNode) else None
    if not isinstance(given, MapNode):
        return context
    # Those of a faulty action are known all the same: where they are used nothing more is reported.
    known = action.variables if isinstance(action, VariablesAction) else {}
    return context.with_variables({name: type_of(known.get(name)) for name in given.entries})


def _read(context: Context, node: Node) -> Action | None:
    if not isinstance(node, MapNode):
        context.report(node, "an action must be a mapping, such as 'set: {device.controller: value}'")
        return None
    own = without(node, "on_error")
    kind = kind_of(context, own, _kinds(context.verbs), _OPTIONS, "action")
    if kind is None:
        return None
    action = _reader(context, own, kind)(context, own, read_actions)
    return guarded(context, action, node, read_actions) if action and "on_error" in node.entries else action


def _reader(context: Context, node: MapNode, kind: str) -> Reader:
    """Return what reads an action; ``stop`` ends the firing unless it names a device."""
    if kind == "stop" and not _names_a_device(context, node.entries[kind]):
        return read_end
    return _KINDS.get(kind) or partial(_verb, verb=kind)


def _names_a_device(context: Context, node: Node) -> bool:
    """Whether what stands behind ``stop`` is meant as a device: a sentence or nothing is not."""
    words = [shown(item).split() for item in items(node)]
    return isinstance(node, MapNode) or any(len(each) == 1 for each in words)


@lru_cache(maxsize=1)
def _kinds(verbs: Sequence[str]) -> Sequence[str]:
    """Return the kinds of actions of a site whose devices bring verbs."""
    return tuple(dict.fromkeys((*_KINDS, *VERBS, *verbs)))


def _set(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    shape = validate(SetShape, node, context.problems)
    wanted = node.entries["set"]
    if not isinstance(wanted, MapNode):
        return None
    found = [
        written_by_group(context, key, wanted.places[key], value) for key, value in wanted.entries.items()
    ]
    known = [each for each in found if each is not None]
    if not found:
        context.report(wanted, "'set' needs a point and its value")
    assignments = {each.target.point: each for group in known for each in group}
    lasts = _lasts(context, node.entries["for"]) if "for" in node.entries else None
    is_sound = _can_hold(context, node, assignments.values()) and (
        "for" not in node.entries or lasts is not None
    )
    if shape is None or not is_sound or not assignments or len(known) < len(found):
        return None
    return WriteAction(
        text=f"set {shown(wanted)}",
        assignments=tuple(assignments.values()),
        only_if_different=shape.only_if_different,
        priority=DEFAULT_PRIORITY if shape.priority is None else shape.priority,
        holds=lasts is not None or shape.priority is not None,
        lasts=lasts,
    )


def _lasts(context: Context, node: Node) -> Amount | None:
    found = amount(context, node)
    if found == timedelta():
        context.report(node, "what is held is held for more than 0 s")
        return None
    return found


def _can_hold(context: Context, node: MapNode, assignments: Iterable[Assignment]) -> bool:
    """Report what holds no state, where a ``set`` is to hold it."""
    option = next((key for key in ("for", "priority") if key in node.entries), None)
    triggers = [each for each in assignments if each.target.capability.is_trigger] if option else []
    for each in triggers:
        message = f"{each.target.point} starts something, and holds no state: '{option}' does not go with it"
        context.report(each.at, message)
    return not triggers


def _release(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    shape = validate(ReleaseShape, node, context.problems)
    if shape is None:
        return None
    found = [context.points(shown(item), item.mark) for item in items(node.entries["release"])]
    points = tuple(dict.fromkeys(target.point for group in found for target in group))
    if not points or not all(found):
        return None
    return ReleaseAction(text=f"release {', '.join(points)}", points=points)


def _verb(context: Context, node: MapNode, read: ReadActions, *, verb: str) -> Action | None:
    shape = validate(VerbShape, node, context.problems)
    check_keys(node, (verb, *_VERB_OPTIONS), context.problems)
    wanted = node.entries[verb]
    if not shown(wanted):
        context.report(wanted, f"'{verb}' needs a device")
        return None
    if isinstance(wanted, MapNode):
        found = [_do(context, verb, key, wanted.places[key], value) for key, value in wanted.entries.items()]
    else:
        found = [_do(context, verb, shown(item), placed(item), None) for item in items(wanted)]
    assignments = tuple(each for each in found if each is not None)
    is_strange = not set(node.entries) <= {verb, *_VERB_OPTIONS}
    if shape is None or is_strange or not assignments or len(assignments) < len(found):
        return None
    return WriteAction(
        text=f"{verb} {shown(wanted)}",
        assignments=assignments,
        only_if_different=False,
        priority=shape.priority,
    )


def _do(context: Context, verb: str, device: str, at: Place, value: Node | None) -> Assignment | None:
    """Return what a verb writes to a device."""
    target = _target_of(context, verb, device, at)
    if target is None:
        return None
    sent, capability = target.capability.verbs[verb], target.capability
    if sent is not None or capability.type is ValueType.NONE:
        if value is not None:
            context.report(value, f"'{verb}' takes no value for '{device}'", f"write '{verb}: {device}'")
            return None
        return Assignment(target=target, value=capability.check(sent), at=at)
    if value is None:
        hint = f"write for example '{verb}: {{{device}: {_example(capability)}}}'"
        context.report(at, f"'{verb}' needs a value for '{device}': {capability.allowed}", hint)
        return None
    return assignment(context, value, target)


def _example(capability: Capability) -> str:
    return capability.choices[0] if capability.choices else capability.allowed


def _target_of(context: Context, verb: str, device: str, at: Place) -> Target | None:
    able = [
        name for name, has in context.devices.items() if any(verb in each.capability.verbs for each in has)
    ]
    for target in context.devices.get(device, ()):
        if verb in target.capability.verbs:
            return target
    known = f"devices that know it: {', '.join(able)}" if able else "no device of this site knows it"
    if device in context.devices:
        kind = context.devices[device][0].device.type
        context.report(at, f"device '{device}' ({kind}) does not know '{verb}'", known)
    elif not context.scope.has_device(device):
        found = nearest(device, able)
        context.report(at, f"there is no device '{device}'", f"did you mean '{found}'?" if found else known)
    return None


Reader: TypeAlias = Callable[[Context, MapNode, ReadActions], Action | None]
_KINDS: Mapping[str, Reader] = MappingProxyType(
    {
        "set": _set,
        "release": _release,
        "call": read_call,
        "log": read_log,
        "delay": read_delay,
        "wait": read_wait,
        "if": read_if,
        "choose": read_choose,
        "repeat": read_repeat,
        "parallel": read_parallel,
        "sequence": read_sequence,
        "fail": read_end,
        "verify": read_verify,
        "save": read_save,
        "restore": read_restore,
        "enable": read_switch,
        "disable": read_switch,
        "cancel": read_cancel,
        "run": read_run,
        "variables": read_variables,
        "raise": read_raise,
        "notify": read_notify,
        "http": read_http,
        "ramp": read_ramp,
        "pulse": read_pulse,
        "duty": read_duty,
    }
)
_VERB_OPTIONS = ("priority",)
_OPTIONS = (
    "only_if_different",
    "priority",
    "with",
    "then",
    "else",
    "default",
    "for",
    "timeout",
    "on_timeout",
    "as",
)
