"""From the YAML of actions that touch points over time, rules and the outer world to actions."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.capabilities import ValueType, nearest
from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.sections import is_empty, without
from interlock.config.validation import check_keys, validate
from interlock.expressions.expression import Expression
from interlock.rules.actions import (
    Action,
    Amount,
    Assignment,
    CancelAction,
    DutyAction,
    EndAction,
    LogAction,
    PulseAction,
    RaiseAction,
    RampAction,
    RestoreAction,
    RunAction,
    SaveAction,
    SwitchAction,
    VariablesAction,
    VerifyAction,
    WriteAction,
)
from interlock.rules.grammar.amounts import amount, given, given_by_name, variables_by_name
from interlock.rules.grammar.context import Context, items, shown
from interlock.rules.grammar.flow import ReadActions
from interlock.rules.grammar.shapes import LogShape, RaiseShape, RunShape, SaveShape
from interlock.rules.grammar.values import written_by_group

_NUMERIC = frozenset({ValueType.NUMBER, ValueType.INTEGER})


def read_log(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``log: message``."""
    shape = validate(LogShape, node, context.problems)
    message = context.template(node.entries["log"])
    if shape is None or message is None:
        return None
    return LogAction(text=f"log {shown(node.entries['log'])}", message=message)


def read_end(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``stop`` or ``fail`` with a message, which may be empty."""
    kind = "fail" if "fail" in node.entries else "stop"
    check_keys(node, (kind,), context.problems)
    wanted = node.entries[kind]
    message = context.no_text if is_empty(wanted) else context.template(wanted)
    if message is None:
        return None
    return EndAction(text=f"{kind} {shown(wanted)}".strip(), message=message, is_failure=kind == "fail")


def read_verify(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``verify: {point: value, within: 30s, retries: 2, else: […]}``."""
    wanted = mapping_of(context, node, "verify", "{device.controller: value, within: 30s}")
    if wanted is None:
        return None
    options = {key: wanted.entries[key] for key in ("within", "retries", "else") if key in wanted.entries}
    assignments = _assignments(context, without(wanted, *options), "verify", is_read=True)
    within = _option(context, wanted, "within")
    retries = _retries(context, options.get("retries"))
    otherwise = read(context, options["else"]) if "else" in options else ()
    if assignments is None or within is None or retries is None or otherwise is None:
        return None
    return VerifyAction(
        text=f"verify {shown(without(wanted, *options))}",
        assignments=assignments,
        within=within,
        retries=retries,
        otherwise=otherwise if "else" in options else None,
    )


def _retries(context: Context, node: Node | None) -> int | None:
    if node is None:
        return 0
    if isinstance(node, ScalarNode) and type(node.value) is int and 0 <= node.value <= 10:
        return node.value
    context.report(node, "'retries' is a whole number from 0 to 10")
    return None


def read_ramp(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``ramp: {point: value, over: 10m, every: 5s}``."""
    wanted = mapping_of(context, node, "ramp", "{device.controller: value, over: 10m}")
    if wanted is None:
        return None
    own = without(wanted, "over", "every")
    assignments = _assignments(context, own, "ramp", is_read=True)
    over = _option(context, wanted, "over")
    every = amount(context, wanted.entries["every"]) if "every" in wanted.entries else None
    if assignments is None or over is None or ("every" in wanted.entries and every is None):
        return None
    for each in assignments:
        if each.target.capability.type not in _NUMERIC:
            context.report(each.mark, f"{each.target.point} holds no number: only a number can be ramped")
            return None
    return RampAction(text=f"ramp {shown(wanted)}", assignments=assignments, over=over, every=every)


def read_pulse(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``pulse: {point: on, for: 2s}``: a switch goes back to its other state."""
    wanted = mapping_of(context, node, "pulse", "{device.controller: on, for: 2s}")
    if wanted is None:
        return None
    own = without(wanted, "for")
    first = _assignments(context, own, "pulse")
    hold = _option(context, wanted, "for")
    then = _opposites(context, first) if first else None
    if first is None or hold is None or then is None:
        return None
    text = f"pulse {shown(wanted)}"
    return PulseAction(
        text=text,
        first=WriteAction(text=text, assignments=first, only_if_different=False),
        hold=hold,
        then=WriteAction(text=text, assignments=then, only_if_different=False),
    )


def _opposites(context: Context, first: Sequence[Assignment]) -> tuple[Assignment, ...] | None:
    for each in first:
        if not isinstance(each.value, bool):
            message = f"{each.target.point} is no switch: a pulse needs a constant on or off"
            context.report(each.mark, message, "write 'set', 'delay' and 'set' for other values")
            return None
    return tuple(Assignment(target=each.target, value=not each.value, at=each.at) for each in first)


def read_duty(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``duty: {point: 0.2, period: 10m}``: pulse-width control of a switch."""
    wanted = mapping_of(context, node, "duty", "{device.controller: 0.2, period: 10m}")
    if wanted is None:
        return None
    own = without(wanted, "period", "for")
    period = _option(context, wanted, "period")
    hold = amount(context, wanted.entries["for"]) if "for" in wanted.entries else None
    if len(own.entries) != 1:
        context.report(
            wanted, "'duty' needs one switch and its share", "write '{pump.power: 0.2, period: 10m}'"
        )
        return None
    (point, value), *_ = own.entries.items()
    target, share = context.point(point, own.keys[point]), _share(context, value)
    if target is None or share is None or period is None or ("for" in wanted.entries and hold is None):
        return None
    if target.capability.type is not ValueType.BOOLEAN or not target.capability.writable:
        context.report(own.keys[point], f"{point} is no switch that can be set: 'duty' turns one on and off")
        return None
    text, at = f"duty {shown(wanted)}", own.places[point]
    on, off = (
        WriteAction(
            text=text,
            assignments=(Assignment(target=target, value=state, at=at),),
            only_if_different=True,
        )
        for state in (True, False)
    )
    return DutyAction(text=text, on=on, off=off, share=share, period=period, hold=hold)


def _share(context: Context, node: Node) -> float | Expression | None:
    share = given(context, node)
    if isinstance(share, Expression) or share is None:
        return share
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        context.report(node, "a share is a number from 0 to 1")
        return None
    return share


def read_save(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``save: [points] as: NAME``."""
    shape, wanted = validate(SaveShape, node, context.problems), node.entries["save"]
    found = [context.readables(shown(item), item.mark) for item in items(wanted)]
    targets = [target for each in found for target in each]
    unwritable = [target for target in targets if not target.capability.writable]
    for target in unwritable:
        context.report(wanted, f"{target.point} can only be read: it could not be restored")
    if shape is not None:
        # Also where its points are wrong, which is reported: whoever restores it is right.
        context.saves.add(shape.name)
    if shape is None or not targets or () in found or unwritable:
        return None
    points = tuple(dict.fromkeys(target.point for target in targets))
    return SaveAction(text=f"save {', '.join(points)} as {shape.name}", points=points, name=shape.name)


def read_restore(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``restore: NAME``."""
    check_keys(node, ("restore",), context.problems)
    wanted = node.entries["restore"]
    if not isinstance(wanted, ScalarNode) or not isinstance(wanted.value, str):
        context.report(wanted, "'restore' needs the name that 'save … as' gave")
        return None
    context.restores.append(wanted)
    return RestoreAction(text=f"restore {wanted.value}", name=wanted.value, mark=wanted.mark)


def read_switch(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``enable: rule`` or ``disable: rule``."""
    kind = "enable" if "enable" in node.entries else "disable"
    check_keys(node, (kind,), context.problems)
    rules = _rules(context, node.entries[kind], kind)
    if rules is None:
        return None
    return SwitchAction(text=f"{kind} {', '.join(rules)}", rules=rules, is_on=kind == "enable")


def read_cancel(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``cancel: rule``."""
    check_keys(node, ("cancel",), context.problems)
    rules = _rules(context, node.entries["cancel"], "cancel")
    return CancelAction(text=f"cancel {', '.join(rules)}", rules=rules) if rules else None


def read_run(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``run: rule`` and ``with: {name: value}``."""
    shape, wanted = validate(RunShape, node, context.problems), node.entries["run"]
    rules = _rules(context, wanted, "run")
    variables = given_by_name(context, node.entries["with"]) if "with" in node.entries else {}
    if shape is None or not rules or variables is None:
        return None
    return RunAction(text=f"run {rules[0]}", rule=rules[0], variables=variables)


def _rules(context: Context, node: Node, kind: str) -> tuple[str, ...] | None:
    """Return the ids of rules, each of which the site has."""
    names = [(item, shown(item)) for item in items(node)]
    unknown = [(item, name) for item, name in names if name not in context.rule_ids]
    for item, name in unknown:
        found = nearest(name, context.rule_ids)
        context.report(item, f"there is no rule '{name}'", f"did you mean '{found}'?" if found else "")
    kept = [(item, name) for item, name in names if name in context.keeping_rules and kind == "run"]
    for item, name in kept:
        hint = "'enable' and 'disable' say whether it keeps anything"
        context.report(item, f"rule '{name}' keeps something: it has no actions to run", hint)
    if not names:
        context.report(node, f"'{kind}' needs a rule")
    return tuple(name for _, name in names) if names and not unknown and not kept else None


def read_variables(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``variables: {name: value}``."""
    check_keys(node, ("variables",), context.problems)
    variables = variables_by_name(context, node.entries["variables"])
    if not variables:
        return None
    return VariablesAction(text=f"variables {shown(node.entries['variables'])}", variables=variables)


def read_raise(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return ``raise: event`` and ``with: {name: value}``."""
    shape = validate(RaiseShape, node, context.problems)
    fields = given_by_name(context, node.entries["with"]) if "with" in node.entries else {}
    if shape is None or fields is None:
        return None
    return RaiseAction(text=f"raise {shape.event}", event=shape.event, fields=fields)


def mapping_of(context: Context, node: MapNode, kind: str, example: str) -> MapNode | None:
    """Return the mapping that stands behind an action's word."""
    check_keys(node, (kind,), context.problems)
    wanted = node.entries[kind]
    if isinstance(wanted, MapNode):
        return wanted
    context.report(wanted, f"'{kind}' needs a mapping", f"write '{kind}: {example}'")
    return None


def _option(context: Context, wanted: MapNode, key: str) -> Amount | None:
    """Return a duration that an action must have."""
    if key in wanted.entries:
        return amount(context, wanted.entries[key])
    context.report(wanted, f"'{key}' is missing", f"write for example '{key}: 30s'")
    return None


def _assignments(
    context: Context, node: MapNode, kind: str, *, is_read: bool = False
) -> tuple[Assignment, ...] | None:
    """Return what each point is to have."""
    found = [written_by_group(context, key, node.places[key], value) for key, value in node.entries.items()]
    known = [each for group in found if group is not None for each in group]
    if not found:
        context.report(node, f"'{kind}' needs a point and its value")
    unread = [each for each in known if is_read and not each.target.capability.has_reading]
    for each in unread:
        context.report(each.mark, f"{each.target.point} has no value to read, which '{kind}' needs")
    of_points = {each.target.point: each for each in known}
    return tuple(of_points.values()) if known and None not in found and not unread else None
