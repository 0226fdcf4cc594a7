"""From the YAML of ``call`` to an action: a controller with named fields."""

from __future__ import annotations

from interlock.config.nodes import MapNode, Mark, Node, placed
from interlock.config.sections import is_empty
from interlock.config.validation import validate
from interlock.driver import Driver, Target
from interlock.errors import InvalidValue
from interlock.expressions.expression import Expression
from interlock.model import Value
from interlock.rules.actions import Action, Assignment, WriteAction
from interlock.rules.grammar.context import Context, shown
from interlock.rules.grammar.flow import ReadActions
from interlock.rules.grammar.shapes import CallShape
from interlock.rules.grammar.values import field_value
from interlock.strangers import StrangersFault, ask


def read_call(context: Context, node: MapNode, read: ReadActions) -> Action | None:
    """Return the action of ``call: device.controller`` and ``with: {field: value}``."""
    shape = validate(CallShape, node, context.problems)
    place = node.entries["call"]
    target = _callable(context, shown(place), place.mark) if shape else None
    given = node.entries.get("with")
    if shape is None or target is None:
        return None
    fields = _fields(context, target, place, given)
    if fields is None or not _fit(context, target, given or place, fields):
        return None
    return WriteAction(
        text=f"call {shown(place)}{f' with {shown(given)}' if given else ''}",
        assignments=(Assignment(target=target, value=None, fields=fields, at=placed(place)),),
        only_if_different=False,
        priority=shape.priority,
    )


def _callable(context: Context, point: str, mark: Mark) -> Target | None:
    """Return what stands behind the name of a point that is called with fields."""
    target = context.point(point, mark)
    if target is None or target.capability.fields:
        return target
    hint = "" if not target.capability.writable else f"it takes {target.capability.allowed}"
    if callables := [each.point for each in context.targets.values() if each.capability.fields]:
        hint = f"what can be called: {', '.join(callables)}"
    context.report(mark, f"{point} has no fields to call it with", hint)
    return None


def _fields(
    context: Context, target: Target, place: Node, given: Node | None
) -> dict[str, Value | Expression] | None:
    """Return what each field is given, in the order of the fields; None after a finding."""
    if given is not None and not isinstance(given, MapNode) and not is_empty(given):
        context.report(given, "'with' must be a mapping of fields and values")
        return None
    entries = given.entries if isinstance(given, MapNode) else {}
    found = {
        field.name: field_value(context, entries[field.name], field)
        for field in target.capability.fields
        if field.name in entries
    }
    is_sound = _check_names(context, target, place, given)
    fields = {name: value for name, value in found.items() if value is not None}
    return fields if is_sound and len(fields) == len(found) else None


def _check_names(context: Context, target: Target, place: Node, given: Node | None) -> bool:
    """Report each field that there is not, and each that is missing."""
    keys = given.keys if isinstance(given, MapNode) else {}
    capability, known = target.capability, {each.name for each in target.capability.fields}
    unknown = [name for name in keys if name not in known]
    for name in unknown:
        message = f"{target.point} has no field '{name}'"
        context.report(keys[name], message, capability.hint_for_field(name))
    missing = [each for each in capability.fields if each.is_required and each.name not in keys]
    for field in missing:
        context.report(given or place, f"{target.point} needs '{field.name}'", field.description)
    return not unknown and not missing


def _fit(context: Context, target: Target, place: Node, fields: dict[str, Value | Expression]) -> bool:
    """Let the driver check constants that only it knows to contradict each other."""
    constants: dict[str, Value] = {
        name: value for name, value in fields.items() if not isinstance(value, Expression)
    }
    driver = context.driver(target)
    if driver is None or len(constants) < len(fields):
        return True
    fault = _driver_fault(driver, target, constants)
    if fault:
        message, _, hint = fault.partition("; ")
        context.report(place, message, hint)
    return not fault


def _driver_fault(driver: type[Driver], target: Target, fields: dict[str, Value]) -> str:
    try:
        ask(lambda: driver.check_call(target, fields), InvalidValue)
    except InvalidValue as error:
        return str(error)
    except StrangersFault as error:
        return f"driver '{driver.name}' failed over this: {error}"
    return ""
