"""Reading constants, points and further names."""

from __future__ import annotations

from datetime import datetime, timedelta

from jinja2 import nodes

from interlock.capabilities import nearest
from interlock.expressions.arguments import text_in_quotes
from interlock.expressions.functions import SUN_FIELDS, Needs, Special, local
from interlock.expressions.operators import SWITCH_WORDS
from interlock.expressions.problems import Finding, did_you_mean
from interlock.expressions.reader import BROKEN, Reader
from interlock.expressions.sandbox import FIELDS
from interlock.expressions.scope import DATA, SUN, VARIABLES
from interlock.expressions.syntax import Span
from interlock.expressions.tree import Call, Constant, Given, Part, PointRead
from interlock.expressions.turning import next_second, passing
from interlock.expressions.types import ANY, DURATION, TEXT, Kind, type_of_constant
from interlock.expressions.unknown import Unknown
from interlock.expressions.view import View, look_up
from interlock.model import Point, Value
from interlock.virtual import is_timer

REMAINING = "remaining"
"""What expressions can ask of a timer besides its points."""
_NONE = timedelta()


def read_constant(reader: Reader, node: nodes.Const) -> Part:
    """Read a number, a word, true or false."""
    if isinstance(node.value, bool | int | float | str):
        return Constant(node.value, type_of_constant(node.value))
    hint = "ask available('device.controller') whether a point has a value"
    return reader.report(node, Finding("'none' is no value", hint))


def read_bare_name(reader: Reader, node: nodes.Name) -> Part:
    """Read a variable; refuse any other name that stands alone: points and fields have values."""
    if node.name in reader.scope.variables:
        reader.reads_names = True
        return Call(_read_variable, (Given(node.name, TEXT),), reader.scope.variables[node.name])
    if node.name in reader.scope.constants:
        value = reader.scope.constants[node.name]
        return Constant(value, type_of_constant(value))
    schedule = reader.scope.schedule(node.name)
    if schedule is not None:
        return _read_point(reader, reader.parsed.span(node), schedule.device, schedule.controller)
    return reader.report(node, _bare_name(reader, node.name))


def _bare_name(reader: Reader, name: str) -> Finding:
    scope = reader.scope
    if name in scope.groups:
        found = scope.members(name, "")
        return found if isinstance(found, Finding) else Finding(f"'{name}' is a group without members")
    if scope.has_device(name):
        choices = ", ".join(f"{name}.{controller}" for controller in scope.controllers(name))
        return Finding(f"'{name}' is a device: name one of its controllers", choices and f"it has {choices}")
    if name == SUN:
        return Finding("'sun' has no value of its own", f"it has {', '.join(SUN_FIELDS)}")
    if name in scope.names:
        fields = ", ".join(f"{name}.{field}" for field in scope.names[name])
        return Finding(f"'{name}' has no value of its own", f"it has {fields}")
    if name in scope.functions:
        return Finding(f"'{name}' is a function", f"write {scope.functions[name].usage}")
    return Finding(f"there is no '{name}'", _meant(reader, name))


def _meant(reader: Reader, name: str) -> str:
    if name.lower() in SWITCH_WORDS or name.lower() in _known_choices(reader):
        return f"a word stands in quotes: '{name}'"
    return did_you_mean(nearest(name, reader.scope.known_names())) or f"a word stands in quotes: '{name}'"


def _known_choices(reader: Reader) -> frozenset[str]:
    targets = reader.scope.targets
    named = (targets[point].capability for point in reader.points if point in targets)
    return frozenset(choice.lower() for capability in named for choice in capability.choices)


def read_member(reader: Reader, node: nodes.Getattr | nodes.Getitem) -> Part | None:
    """Read ``device.controller`` or a further name's field; None where what stands before is a value."""
    member = node.attr if isinstance(node, nodes.Getattr) else text_in_quotes(node.arg)
    if place := _place_in_data(reader, node):
        name, *path = place
        reader.reads_names = True
        read = _read_named if len(path) == 1 else _read_inside
        return Call(read, (Given(name, TEXT), Given(".".join((DATA, *path)), TEXT)), ANY)
    if not isinstance(node.node, nodes.Name) or member is None:
        return None
    if node.node.name in reader.scope.names:
        return _read_field(reader, node, node.node.name, member)
    if node.node.name == SUN:
        return _read_sun(reader, node, member)
    if member == REMAINING and is_timer(
        reader.scope.targets.get(Point.of(_device(reader, node.node.name), "running"))
    ):
        return _read_remaining(reader, _device(reader, node.node.name))
    return _read_point(reader, reader.parsed.span(node), node.node.name, member)


def _place_in_data(reader: Reader, node: nodes.Expr) -> tuple[str, ...]:
    """Return ``trigger`` and the names that follow ``trigger.data`` in a node; empty elsewhere."""
    match node:
        case (
            nodes.Getattr(node=inner, attr=str(member))
            | nodes.Getitem(node=inner, arg=nodes.Const(value=str() | int() as member))
        ):
            name = _owner_of_data(reader, inner)
            place = (name,) if name else _place_in_data(reader, inner)
            return (*place, str(member)) if place else ()
        case _:
            return ()


def _owner_of_data(reader: Reader, node: nodes.Expr) -> str:
    """Return ``trigger`` where a node is ``trigger.data``; empty elsewhere."""
    if not (isinstance(node, nodes.Getattr) and node.attr == DATA and isinstance(node.node, nodes.Name)):
        return ""
    return node.node.name if DATA in reader.scope.names.get(node.node.name, {}) else ""


def _read_sun(reader: Reader, node: nodes.Expr, member: str) -> Part:
    field = SUN_FIELDS.get(member)
    if field is None:
        hint = did_you_mean(nearest(member, SUN_FIELDS)) or f"it has {', '.join(SUN_FIELDS)}"
        return reader.report(node, Finding(f"'sun' has no '{member}'", hint))
    reader.reads_time = True
    missing = check_needs(reader, node, Needs.LOCATION)
    return missing or Call(field.compute, (), field.type, next_second, field.passes)


_EXAMPLES = {
    Needs.LOCATION: "location: {latitude: 45.464, longitude: 9.19}",
    Needs.HOLIDAYS: "holidays: IT",
}


def check_needs(reader: Reader, node: nodes.Expr, needs: Needs | None) -> Part | None:
    """Report what a site does not say although an expression needs it; None where it does."""
    if needs is None or needs in reader.scope.has:
        return None
    hint = f"write for example '{_EXAMPLES[needs]}' in the section 'site'"
    return reader.report(node, Finding(f"this needs the site's {needs.value}", hint))


def _read_point(reader: Reader, span: Span, device: str, controller: str) -> Part:
    device = _device(reader, device)
    resolved = reader.scope.resolve(device, controller)
    if isinstance(resolved, Finding):
        return reader.report_at(span, resolved)
    point = _canonical(reader, Point.of(device, controller))
    reader.points.add(point)
    return PointRead(point, resolved)


def _device(reader: Reader, name: str) -> str:
    """Return the device that a name stands for: of a group its members one after the other."""
    return reader.member.get(name, name)


def _read_remaining(reader: Reader, timer: str) -> Part:
    """Read what is left of a timer: no point, because it is another at each moment."""
    points = [_canonical(reader, Point.of(timer, controller)) for controller in ("running", "ends_at")]
    reader.points.update(points)
    reader.reads_time = True
    running, ends_at = points
    return Call(
        _remaining,
        (Given(running, TEXT), Given(ends_at, TEXT)),
        DURATION,
        lambda view: next_second(view) if view.values.get(running) is True else None,
        lambda view, left: _left_at(view, left, running, ends_at),
    )


def _left_at(view: View, left: timedelta | float, running: Point, ends_at: Point) -> datetime | None:
    """Return when so much of a timer is left."""
    end = view.values.get(ends_at)
    if view.values.get(running) is not True or not isinstance(end, datetime):
        return None
    return passing(view, end - max(left, _NONE)) if isinstance(left, timedelta) else next_second(view)


def _remaining(view: View, running: Point, ends_at: Point) -> timedelta:
    if running not in view.values:
        raise Unknown(f"{running} is unknown")
    end = view.values.get(ends_at)
    if view.values[running] is not True or not isinstance(end, datetime):
        return _NONE
    return max(end - view.now, _NONE)


def _canonical(reader: Reader, point: Point) -> Point:
    """Return the site's own object for a point: dictionaries find it by identity, which is faster."""
    target = reader.scope.targets.get(point)
    return target.point if target else point


def _read_field(reader: Reader, node: nodes.Expr, name: str, field: str) -> Part:
    fields = reader.scope.names[name]
    if field not in fields:
        known = f"it has {', '.join(fields)}" if fields else "this is looked at before a trigger comes"
        hint = did_you_mean(nearest(field, fields)) or known
        return reader.report(node, Finding(f"'{name}' has no '{field}'", hint))
    reader.reads_names = True
    return Call(_read_named, (Given(name, TEXT), Given(field, TEXT)), fields[field])


def _read_named(view: View, name: str, field: str) -> Value:
    value = look_up(view, name, field)
    if value is None:
        raise Unknown(f"{name}.{field} has no value here")
    return value


def _read_inside(view: View, name: str, field: str) -> Value:
    """Return what an event brings under a name inside others, or else a part of a value that it brings."""
    whole, _, part = field.rpartition(".")
    value = look_up(view, name, field)
    if value is None:
        value = _part_of(local(view, look_up(view, name, whole) or ()), part)
    if value is None:
        raise Unknown(f"{name}.{field} has no value here")
    return value


def _part_of(value: Value, part: str) -> Value | None:
    match value:
        case tuple() | str() if part.isdecimal() and int(part) < len(value):
            return value[int(part)]
        case datetime() if part in FIELDS[Kind.INSTANT]:
            return int(getattr(value, part))
        case timedelta() if part in FIELDS[Kind.DURATION]:
            return int(getattr(value, part))
        case _:
            return None


def _read_variable(view: View, name: str) -> Value:
    value = look_up(view, VARIABLES, name)
    if value is None:
        raise Unknown(f"{name} has no value here")
    return value


def read_point_argument(reader: Reader, node: nodes.Expr) -> Part:
    """Read the quoted name of a point that a function is about."""
    text = text_in_quotes(node)
    if text is None:
        source = reader.parsed.source(node)
        hint = f"write '{source}'" if isinstance(node, nodes.Getattr) else ""
        return reader.report(node, Finding(f"{Special.POINT.value} is expected here", hint))
    device, dot, controller = text.strip().partition(".")
    if not dot:
        hint = " or ".join(f"'{device}.{name}'" for name in reader.scope.controllers(device))
        return reader.report(node, Finding(f"'{text}' is no point: it is written device.controller", hint))
    span = reader.parsed.span(node)
    part = _read_point(reader, Span(span.offset + 1, span.length - 2), device, controller)
    reader.reads_more = True
    return Given(part.point, part.type) if isinstance(part, PointRead) else BROKEN
