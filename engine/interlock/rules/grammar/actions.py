"""From the YAML of actions to actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from interlock.capabilities import Capability, ValueType, nearest
from interlock.config.nodes import MapNode, Mark, Node
from interlock.config.validation import check_keys, validate
from interlock.driver import Target
from interlock.rules.grammar.calls import read_call
from interlock.rules.grammar.context import Context, items, kind_of, shown
from interlock.rules.grammar.shapes import DelayShape, IfShape, LogShape, SetShape, VerbShape
from interlock.rules.grammar.values import assignment
from interlock.rules.rule import Action, Assignment, DelayAction, IfAction, LogAction, WriteAction

VERBS = ("launch", "press", "stop", "move", "step")
"""Actions that controllers give a meaning to; a driver may bring further ones."""


def read_actions(context: Context, node: Node) -> tuple[Action, ...] | None:
    """Return the actions of a rule or a branch, which stand in a list or alone."""
    found = [_read(context, item) for item in items(node)]
    actions = tuple(action for action in found if action is not None)
    if not found:
        context.report(node, "this list of actions is empty")
    return actions if actions and len(actions) == len(found) else None


def _read(context: Context, node: Node) -> Action | None:
    if not isinstance(node, MapNode):
        context.report(node, "an action must be a mapping, such as 'set: {device.controller: value}'")
        return None
    kind = kind_of(context, node, (*_KINDS, *_verbs(context)), _OPTIONS, "action")
    if kind is None:
        return None
    return _KINDS[kind](context, node) if kind in _KINDS else _verb(context, node, kind)


def _verbs(context: Context) -> Sequence[str]:
    ours = [verb for target in context.targets.values() for verb in target.capability.verbs]
    return tuple(dict.fromkeys((*VERBS, *ours)))


def _set(context: Context, node: MapNode) -> Action | None:
    shape = validate(SetShape, node, context.problems)
    wanted = node.entries["set"]
    if not isinstance(wanted, MapNode):
        return None
    found = [_set_one(context, key, wanted.keys[key], value) for key, value in wanted.entries.items()]
    assignments = tuple(each for each in found if each is not None)
    if not found:
        context.report(wanted, "'set' needs a point and its value")
    if shape is None or not assignments or len(assignments) < len(found):
        return None
    return WriteAction(
        text=f"set {shown(wanted)}",
        assignments=assignments,
        only_if_different=shape.only_if_different,
        priority=shape.priority,
    )


def _set_one(context: Context, point: str, mark: Mark, value: Node) -> Assignment | None:
    target = context.point(point, mark)
    if target is None:
        return None
    if not target.capability.writable:
        writable = [each.point for each in context.devices[target.device.name] if each.capability.writable]
        hint = f"what can be written of it: {', '.join(writable)}" if writable else ""
        context.report(mark, f"{point} can only be read", hint)
        return None
    if target.capability.fields:
        fields = ", ".join(each.name for each in target.capability.fields)
        context.report(mark, f"{point} takes named fields", f"write 'call: {point}' and 'with: {{{fields}}}'")
        return None
    return assignment(context, value, target)


def _verb(context: Context, node: MapNode, verb: str) -> Action | None:
    shape = validate(VerbShape, node, context.problems)
    check_keys(node, (verb, *_VERB_OPTIONS), context.problems)
    wanted = node.entries[verb]
    if not shown(wanted):
        context.report(wanted, f"'{verb}' needs a device")
        return None
    if isinstance(wanted, MapNode):
        found = [_do(context, verb, key, wanted.keys[key], value) for key, value in wanted.entries.items()]
    else:
        found = [_do(context, verb, shown(item), item.mark, None) for item in items(wanted)]
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


def _do(context: Context, verb: str, device: str, mark: Mark, value: Node | None) -> Assignment | None:
    """Return what a verb writes to a device."""
    target = _target_of(context, verb, device, mark)
    if target is None:
        return None
    sent, capability = target.capability.verbs[verb], target.capability
    if sent is not None or capability.type is ValueType.NONE:
        if value is not None:
            context.report(value, f"'{verb}' takes no value for '{device}'", f"write '{verb}: {device}'")
            return None
        return Assignment(target=target, value=capability.check(sent), mark=mark)
    if value is None:
        hint = f"write for example '{verb}: {{{device}: {_example(capability)}}}'"
        context.report(mark, f"'{verb}' needs a value for '{device}': {capability.allowed}", hint)
        return None
    return assignment(context, value, target)


def _example(capability: Capability) -> str:
    return capability.choices[0] if capability.choices else capability.allowed


def _target_of(context: Context, verb: str, device: str, mark: Mark) -> Target | None:
    able = [
        name for name, has in context.devices.items() if any(verb in each.capability.verbs for each in has)
    ]
    for target in context.devices.get(device, ()):
        if verb in target.capability.verbs:
            return target
    known = f"devices that know it: {', '.join(able)}" if able else "no device of this site knows it"
    if device in context.devices:
        kind = context.devices[device][0].device.type
        context.report(mark, f"device '{device}' ({kind}) does not know '{verb}'", known)
    elif not context.scope.has_device(device):
        found = nearest(device, able)
        context.report(mark, f"there is no device '{device}'", f"did you mean '{found}'?" if found else known)
    return None


def _log(context: Context, node: MapNode) -> Action | None:
    shape = validate(LogShape, node, context.problems)
    message = context.template(node.entries["log"])
    if shape is None or message is None:
        return None
    return LogAction(text=f"log {shown(node.entries['log'])}", message=message)


def _delay(context: Context, node: MapNode) -> Action | None:
    shape = validate(DelayShape, node, context.problems)
    if shape is None:
        return None
    return DelayAction(text=f"delay {shown(node.entries['delay'])}", duration=shape.delay)


def _if(context: Context, node: MapNode) -> Action | None:
    shape = validate(IfShape, node, context.problems)
    entries = node.entries
    condition = context.condition(entries["if"], context.scope_with_trigger)
    then = read_actions(context, entries["then"]) if "then" in entries else None
    otherwise = read_actions(context, entries["else"]) if "else" in entries else ()
    if shape is None or condition is None or then is None or otherwise is None:
        return None
    return IfAction(text=f"if {condition.text}", condition=condition, then=then, otherwise=otherwise)


_KINDS: Mapping[str, Callable[[Context, MapNode], Action | None]] = MappingProxyType(
    {"set": _set, "call": read_call, "log": _log, "delay": _delay, "if": _if}
)
_VERB_OPTIONS = ("priority",)
_OPTIONS = ("only_if_different", "priority", "with", "then", "else")
