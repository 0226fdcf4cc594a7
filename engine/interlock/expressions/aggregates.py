"""Reading functions over several values: ``avg(bedrooms.actualtemp)``, ``max(known([a, b]))``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from jinja2 import nodes

from interlock.expressions.comparisons import as_condition, can_be_condition, no_condition
from interlock.expressions.durations import as_duration
from interlock.expressions.functions import KNOWN, MEASURES, WHICH, Function
from interlock.expressions.problems import Finding
from interlock.expressions.reader import BROKEN, Reader
from interlock.expressions.syntax import walk
from interlock.expressions.tree import Call, Conditional, Constant, Logic, OfKnown, Part
from interlock.expressions.types import TEXT, Kind, Type, ranged, union

_POINT = re.compile(r"\b([^\W\d]\w*)\.(\w+)")
"""A point in a quoted argument."""
_COUNT, _AMONG = "count", ("avg", "min", "max")
"""What counts conditions, and what lies between the least and the largest of its values."""
_LOGIC = {"any": False, "all": True}
_MEASURED = (Kind.NUMBER, Kind.DURATION, Kind.INSTANT)
_LOOSE = (Kind.ANY, Kind.LIST)
"""What may hold values of any kind."""
_ADDED = (Kind.NUMBER, Kind.DURATION)
_NOTHING = Constant("", TEXT)


class _Item(NamedTuple):
    """One of the several values."""

    node: nodes.Expr
    part: Part
    member: str = ""
    """The device of a group that it was read for."""


def read_aggregate(
    reader: Reader, node: nodes.Call | nodes.Filter, function: Function, args: list[nodes.Expr]
) -> Part:
    """Read a function over several values; ``known(…)`` around them leaves out what is unknown."""
    if function.name == KNOWN:
        hint = "write for example avg(known(bedrooms.actualtemp))"
        return reader.report(node, Finding("'known' stands inside a function over several values", hint))
    inner = _inside_known(args)
    read = [item for each in (args if inner is None else inner) for item in _spread(reader, each)]
    if not args or inner == []:
        return reader.report(
            node.node if isinstance(node, nodes.Call) else node, Finding(f"it is called {function.usage}")
        )
    read = _measured(reader, function, read)
    result = _result(reader, function, read)
    if result is None:
        return BROKEN
    parts = tuple(map(_name, read)) if function.name == WHICH else tuple(item.part for item in read)
    if inner is not None or function.name == WHICH:
        return OfKnown(function.compute, parts, result)
    if function.name in _LOGIC and all(part.type.kind is not Kind.ANY for part in parts):
        return Logic(_LOGIC[function.name], tuple(map(as_condition, parts)))
    return Call(function.compute, parts, result)


def _inside_known(args: list[nodes.Expr]) -> list[nodes.Expr] | None:
    """Return what stands inside ``known``; None where the arguments are no such call."""
    match args:
        case [nodes.Call(node=nodes.Name(name=name)) as call] if name == KNOWN and not call.kwargs:
            return list(call.args)
        case _:
            return None


def _name(item: _Item) -> Part:
    """Return the name of an item's device where its condition holds, else nothing."""
    return Conditional(as_condition(item.part), Constant(item.member, TEXT), _NOTHING, TEXT)


def _measured(reader: Reader, function: Function, read: list[_Item]) -> list[_Item]:
    """Return the values to be measured: words beside durations write durations too."""
    if function.name not in MEASURES or not any(item.part.type.kind is Kind.DURATION for item in read):
        return read
    return [
        item._replace(part=as_duration(reader, item.node, item.part))
        if item.part.type.kind is Kind.TEXT
        else item
        for item in read
    ]


def _spread(reader: Reader, node: nodes.Expr) -> Iterator[_Item]:
    """Yield an argument, or each item of a list, or each member of the group that it names."""
    if isinstance(node, nodes.List | nodes.Tuple):
        for item in node.items:
            yield from _spread(reader, item)
        return
    named = set(_named(reader, node))
    groups = sorted({group for group, _ in named})
    if len(groups) > 1:
        finding = Finding(f"'{groups[0]}' and '{groups[1]}' are two groups: take one at a time")
        yield _Item(node, reader.report(node, finding))
    elif groups:
        yield from _members(reader, node, groups[0], sorted(controller for _, controller in named))
    else:
        yield _Item(node, reader.read(node))


def _members(reader: Reader, node: nodes.Expr, group: str, controllers: list[str]) -> Iterator[_Item]:
    """Yield an expression for each member of a group that has all the controllers."""
    able = reader.scope.groups[group]
    for controller in controllers:
        found = reader.scope.members(group, controller)
        if isinstance(found, Finding):
            yield _Item(node, reader.report(node, found))
            return
        able = tuple(device for device in able if device in found)
    if not able and reader.scope.groups[group]:
        finding = Finding(f"no device of the group '{group}' has all of {', '.join(controllers)}")
        yield _Item(node, reader.report(node, finding))
    outer = reader.member
    for device in able:
        reader.member = {**outer, group: device}
        yield _Item(node, reader.read(node), device)
    reader.member = outer


def _named(reader: Reader, node: nodes.Node) -> Iterator[tuple[str, str]]:
    """Yield the points of groups in an expression, but for those in a function over several values."""
    groups = reader.scope.groups
    for each in walk(node, enters=lambda inner: not _is_aggregate(reader, inner)):
        match each:
            case nodes.Getattr(node=nodes.Name(name=str(name)), attr=str(controller)):
                pass
            case nodes.Getitem(node=nodes.Name(name=str(name)), arg=nodes.Const(value=str(controller))):
                pass
            case nodes.Const(value=str(text)):
                yield from (found for found in _POINT.findall(text) if found[0] in groups)
                continue
            case _:
                continue
        if name in groups:
            yield name, controller


def _is_aggregate(reader: Reader, node: nodes.Node) -> bool:
    match node:
        case nodes.Call(node=nodes.Name(name=str(name))) | nodes.Filter(name=str(name)):
            function = reader.scope.functions.get(name)
            return function is not None and function.is_aggregate
        case _:
            return False


def _result(reader: Reader, function: Function, read: list[_Item]) -> Type | None:
    """Return what the function gives; None after a finding."""
    if any(item.part is BROKEN for item in read) or not read:
        return None
    check = _check_measures if function.name in MEASURES else _check_conditions
    if not check(reader, function, read):
        return None
    kinds = {item.part.type.kind for item in read}
    if function.name == _COUNT and not kinds & {*_LOOSE}:
        return ranged(0, len(read))
    is_one = function.name in MEASURES and len(kinds) == 1 and not kinds & {*_LOOSE}
    if not is_one:
        return function.result
    if function.name in _AMONG and kinds == {Kind.NUMBER}:
        return union(item.part.type for item in read)
    return Type(kinds.pop())


def _check_measures(reader: Reader, function: Function, read: list[_Item]) -> bool:
    allowed = _MEASURED if function.name in ("min", "max") else _ADDED
    first = next((item.part.type.kind for item in read if item.part.type.kind not in _LOOSE), Kind.NUMBER)
    wanted = first if first in allowed else Kind.NUMBER
    for node, part, _ in read:
        if part.type.kind not in (wanted, *_LOOSE):
            finding = Finding(f"{wanted.value} is expected here, and this is {part.type.kind.value}")
            reader.report(node, finding)
            return False
    return True


def _check_conditions(reader: Reader, function: Function, read: list[_Item]) -> bool:
    for node, part, member in read:
        if function.name == WHICH and not member:
            hint = "write for example which(bedrooms.actualtemp > 26)"
            reader.report(node, Finding("'which' names members of a group, and here is none", hint))
            return False
        if not can_be_condition(part.type.kind):
            reader.report(node, no_condition(part.type.kind, reader.parsed.source(node)))
            return False
    return True
