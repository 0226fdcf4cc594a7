"""Reading functions, filters, tests, and what stands behind a dot or in square brackets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from jinja2 import nodes

from interlock.capabilities import nearest
from interlock.expressions.aggregates import read_aggregate
from interlock.expressions.arguments import read_pairs, read_past_condition, read_rule, read_window
from interlock.expressions.comparisons import ReadNode, read_equal
from interlock.expressions.durations import as_duration
from interlock.expressions.foresight import of_values
from interlock.expressions.functions import Function, Parameter, Special, local, parse_day, parse_time
from interlock.expressions.names import check_needs, read_member, read_point_argument
from interlock.expressions.past import PastCondition
from interlock.expressions.problems import Finding, did_you_mean
from interlock.expressions.reader import BROKEN, Reader
from interlock.expressions.sandbox import FIELDS, FILTERS, METHODS, TESTS
from interlock.expressions.syntax import Span
from interlock.expressions.tree import Call, Constant, Given, Operation, Part, placeholders
from interlock.expressions.turning import Foreseen, Passes, Turn, next_second
from interlock.expressions.types import ANY, BOOLEAN, TEXT, Kind, Type, union
from interlock.model import Point

_ASK_AVAILABLE = "an unknown stays unknown: write x if available('device.controller') else 20"
_HABITS = {
    "default": _ASK_AVAILABLE,
    "d": _ASK_AVAILABLE,
    "defined": "write available('device.controller')",
    "undefined": "write not available('device.controller')",
    "none": "write not available('device.controller')",
    "true": "write the condition alone",
    "false": "write 'not' before the condition",
    "on": "write the condition alone",
    "off": "write 'not' before the condition",
    "states": "write the point itself: device.controller",
    "state_attr": "write the point itself: device.controller",
    "is_state": "compare the point: device.controller == 'word'",
}


_DURATION = frozenset({Kind.DURATION})
_PARSED: Mapping[object, Callable[[str], object]] = {
    Special.TIME_OF_DAY: parse_time,
    Special.DAY_OF_YEAR: parse_day,
}
"""What reads the texts of arguments that are more than text."""


def read_call(reader: Reader, node: nodes.Call) -> Part:
    """Read ``function(…)`` or ``value.method(…)``."""
    match node.node:
        case nodes.Name(name=name):
            return _read_function(reader, node, node.node, name, node.args)
        case nodes.Getattr(node=nodes.Name()) as point:
            if reader.read(point) is BROKEN:
                return BROKEN
            source = reader.parsed.source(point)
            return reader.report(point, Finding(f"{source} is no function", "leave the brackets out"))
        case nodes.Getattr() as method:
            return _read_method(reader, node, method)
        case _:
            return reader.report(node, Finding("this is no function"))


def _read_function(
    reader: Reader, node: nodes.Call, name_node: nodes.Name, name: str, args: list[nodes.Expr]
) -> Part:
    function = reader.scope.functions.get(name)
    if function is None:
        return reader.report(name_node, _unknown("function", name, reader.scope.functions))
    if function.fields:
        fields = ", ".join(f"{function.usage}.{field}" for field in function.fields)
        return reader.report(node, Finding(f"{function.name}() has no value of its own", f"write {fields}"))
    return _read_arguments(reader, node, function, args)


def _read_function_field(reader: Reader, node: nodes.Getattr, call: nodes.Call, function: Function) -> Part:
    """Read ``function(…).field``."""
    field = function.fields.get(node.attr)
    if field is None:
        hint = did_you_mean(nearest(node.attr, function.fields)) or f"it has {', '.join(function.fields)}"
        return reader.report(node, Finding(f"{function.name}() has no '{node.attr}'", hint))
    part = _read_arguments(reader, call, function, call.args)
    return Call(field.compute, part.operands, field.type, part.turns) if isinstance(part, Call) else BROKEN


def _function_with_fields(reader: Reader, node: nodes.Expr) -> Function | None:
    if not (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)):
        return None
    function = reader.scope.functions.get(node.node.name)
    return function if function is not None and function.fields else None


def read_filter(reader: Reader, node: nodes.Filter) -> Part:
    """Read ``x | filter(…)``: a function of ours with x first, or one of jinja2's filters."""
    if node.node is None:
        return reader.report(node, Finding("a filter needs a value before it"))
    function = reader.scope.functions.get(node.name)
    if function is not None and function.is_filter:
        return _read_arguments(reader, node, function, [node.node, *node.args])
    if node.name not in FILTERS:
        ours = (function.name for function in reader.scope.functions.values() if function.is_filter)
        return _report_name(reader, node, _unknown("filter", node.name, (*ours, *FILTERS)))
    kinds, result = FILTERS[node.name]
    return _read_operation(reader, node, node.node, kinds, result)


def read_test(reader: Reader, node: nodes.Test) -> Part:
    """Read ``x is test(…)``."""
    if node.name not in TESTS:
        return _report_name(reader, node, _unknown("test", node.name, TESTS))
    return _read_operation(reader, node, node.node, TESTS[node.name], BOOLEAN)


def _report_name(reader: Reader, node: nodes.Filter | nodes.Test, finding: Finding) -> Part:
    if node.node is not None:
        reader.read(node.node)
    offset = reader.parsed.text.find(node.name, node.lineno)
    return reader.report_at(Span(offset, len(node.name)), finding)


def _unknown(what: str, name: str, known: Iterable[str]) -> Finding:
    return Finding(f"there is no {what} '{name}'", _HABITS.get(name) or did_you_mean(nearest(name, known)))


def _read_operation(
    reader: Reader, node: nodes.Filter | nodes.Test, operand: nodes.Expr, kinds: frozenset[Kind], result: Type
) -> Part:
    if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
        return reader.report(node, Finding(f"'{node.name}' takes plain arguments only"))
    parts = tuple(map(reader.read, (operand, *node.args)))
    kind = parts[0].type.kind
    if kind not in kinds | {Kind.ANY}:
        return reader.report(operand, Finding(f"'{node.name}' cannot be used on {kind.value}"))
    first, *others = placeholders(len(parts))
    return Operation(parts, result, type(node)(first, node.name, others, [], None, None, lineno=1))


def _read_arguments(
    reader: Reader, node: nodes.Call | nodes.Filter, function: Function, args: list[nodes.Expr]
) -> Part:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        return reader.report(node, Finding(f"{function.name} takes plain arguments only"))
    if missing := check_needs(reader, node, function.needs):
        return missing
    if function.is_aggregate and not node.kwargs:
        return read_aggregate(reader, node, function, args)
    named = {str(keyword.key): keyword.value for keyword in node.kwargs}
    bound = _bind(function, args, named)
    if isinstance(bound, Finding):
        for each in (*args, *named.values()):
            reader.read(each)
        return reader.report(node.node if isinstance(node, nodes.Call) else node, bound)
    reader.reads_time = reader.reads_time or function.reads_time
    reader.reads_more = reader.reads_more or function.reads_time
    parts: list[Part] = []
    for parameter, argument in bound:
        if parameter.takes is Special.ITEMS:
            found = _read_items(reader, argument, function.usage, (bound[0][1], parts[0]))
        else:
            found = _read_argument(reader, parameter, argument, function, parts)
        if BROKEN in found and function.fields:
            return BROKEN
        parts += found
    return Call(
        function.compute,
        tuple(parts),
        _result(function, parts),
        _turn(function, parts),
        _passing(function, parts),
    )


def _turn(function: Function, parts: Sequence[Part]) -> Turn | None:
    """Return when a call of a function can become another by time alone."""
    find = function.turns
    if not function.reads_time:
        return None
    if find is next_second:
        return next_second
    if any(isinstance(part, Given) for part in parts):
        return of_values(find, parts)
    if all(isinstance(part, Constant) for part in parts):
        # What there is to remember goes by nothing: nearly all are such, and are asked at each look.
        return Foreseen(of_values(find, parts))
    return of_values(Foreseen(find), parts)


def _passing(function: Function, parts: Sequence[Part]) -> Passes | None:
    """Return when a call of a function can pass what it is compared with."""
    return function.passes and of_values(function.passes, parts)


def _result(function: Function, parts: Sequence[Part]) -> Type:
    """Return what a function gives: what its table says, the values of its pairs, or its first argument."""
    if function.result is not None:
        return function.result
    if function.parameters[-1].takes is Special.PAIRS:
        return union(part.type for part in parts[2::2]) if len(parts) > 2 else ANY
    return parts[0].type


def _bind(
    function: Function, args: list[nodes.Expr], named: Mapping[str, nodes.Expr]
) -> list[tuple[Parameter, nodes.Expr]] | Finding:
    """Return each argument with its parameter, defaults filled in, or what does not fit."""
    parameters = function.parameters
    bound = list(zip(parameters, args, strict=False))
    if len(args) > len(parameters) and parameters and parameters[-1].repeats:
        bound += [(parameters[-1], argument) for argument in args[len(parameters) :]]
    names = {parameter.name for parameter in parameters[len(args) :]}
    for parameter in parameters[len(args) :]:
        value = named.get(parameter.name)
        if value is None and parameter.default is not None:
            value = nodes.Const(parameter.default, lineno=1)
        if value is not None:
            bound.append((parameter, value))
    needed = [parameter for parameter in parameters if not parameter.is_optional]
    is_complete = max(len(args), len(needed)) <= len(bound) and len(args) <= len(bound)
    return bound if is_complete and names >= named.keys() else Finding(f"it is called {function.usage}")


def _read_argument(
    reader: Reader, parameter: Parameter, node: nodes.Expr, function: Function, before: Sequence[Part]
) -> Sequence[Part]:
    """Return an argument's parts; `before` are those of the arguments before it."""
    match parameter.takes:
        case Special.POINT:
            return (_read_held(reader, parameter, node),)
        case Special.WINDOW:
            return (read_window(reader, node, _points_of(before)),)
        case Special.EXPRESSION:
            return (read_past_condition(reader, node),)
        case Special.PAIRS:
            is_numeric = function.result is not None
            return read_pairs(reader, node, function.usage, of_numbers=is_numeric) or (BROKEN,)
        case Special.RULE:
            return (read_rule(reader, node),)
        case _:
            return (_read_value(reader, parameter, node),)


def _read_items(reader: Reader, node: nodes.Expr, usage: str, value: ReadNode) -> Sequence[Part]:
    """Read a list of what a value can be, item by item."""
    items = node.items if isinstance(node, nodes.List | nodes.Tuple) else []
    if not items:
        return (reader.report(node, Finding("a list of values is expected here", f"it is called {usage}")),)
    return tuple(read_equal(reader, (item, reader.read(item)), value) for item in items)


def _points_of(parts: Sequence[Part]) -> frozenset[Point]:
    """Return what a window that stands behind these arguments is about."""
    match parts:
        case [Given(value=PastCondition() as condition)]:
            return condition.points
        case [Given(value=Point() as point)]:
            return frozenset({point})
        case _:
            return frozenset()


def _read_held(reader: Reader, parameter: Parameter, node: nodes.Expr) -> Part:
    """Read a quoted point that must hold values of some kind."""
    part = read_point_argument(reader, node)
    kind = part.type.kind
    if not parameter.holds or kind is Kind.ANY or kind in parameter.holds:
        return part
    expected = " or ".join(sorted(kind.value for kind in parameter.holds))
    source = reader.parsed.source(node)
    return reader.report(
        node, Finding(f"a point that holds {expected} is expected here, and {source} is {kind.value}")
    )


def _read_value(reader: Reader, parameter: Parameter, node: nodes.Expr) -> Part:
    part = reader.read(node)
    if part is BROKEN or part.type.kind is Kind.ANY:
        return part
    if isinstance(parameter.takes, Special):
        return _checked_text(reader, node, part, parameter.takes)
    assert isinstance(parameter.takes, frozenset)
    if parameter.takes == _DURATION:
        return as_duration(reader, node, part)
    if part.type.kind not in parameter.takes:
        expected = " or ".join(sorted(kind.value for kind in parameter.takes))
        finding = Finding(f"{expected} is expected here, and this is {part.type.kind.value}")
        return reader.report(node, finding)
    return part


def _checked_text(reader: Reader, node: nodes.Expr, part: Part, what: Special) -> Part:
    if part.type.kind is not Kind.TEXT:
        finding = Finding(f"{what.value} is expected here, and this is {part.type.kind.value}")
        return reader.report(node, finding)
    try:
        if isinstance(part, Constant):
            _PARSED[what](str(part.value))
    except ValueError as error:
        return reader.report(node, Finding(str(error)))
    return part


def _read_method(reader: Reader, node: nodes.Call, method: nodes.Getattr) -> Part:
    if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
        return reader.report(node, Finding(f"{method.attr} takes plain arguments only"))
    value = reader.read(method.node)
    result = _member_type(reader, method, value, METHODS)
    if result is None:
        return BROKEN
    parts = (_as_local(value), *map(reader.read, node.args))
    first, *others = placeholders(len(parts))
    called = nodes.Getattr(first, method.attr, "load", lineno=1)
    return Operation(parts, result, nodes.Call(called, others, [], None, None, lineno=1))


def read_attribute(reader: Reader, node: nodes.Getattr) -> Part:
    """Read ``device.controller``, a further name's field, or a value's field."""
    member = read_member(reader, node)
    if member is not None:
        return member
    function = _function_with_fields(reader, node.node)
    if function is not None and isinstance(node.node, nodes.Call):
        return _read_function_field(reader, node, node.node, function)
    value = reader.read(node.node)
    result = _member_type(reader, node, value, FIELDS)
    if result is None:
        return BROKEN
    return Operation(
        (_as_local(value),), result, nodes.Getattr(placeholders(1)[0], node.attr, "load", lineno=1)
    )


def _member_type(
    reader: Reader, node: nodes.Getattr, value: Part, table: Mapping[Kind, Mapping[str, Type]]
) -> Type | None:
    if value.type.kind is Kind.ANY:
        return None if value is BROKEN else ANY
    known = table.get(value.type.kind, {})
    if node.attr in known:
        return known[node.attr]
    other = METHODS if table is FIELDS else FIELDS
    hint = did_you_mean(nearest(node.attr, known)) or f"it has {', '.join(known)}" if known else ""
    if node.attr in other.get(value.type.kind, {}):
        hint = f"write {node.attr}()" if table is FIELDS else f"write {node.attr} without brackets"
    reader.report(node, Finding(f"{value.type.kind.value} has no '{node.attr}'", hint))
    return None


def _as_local(part: Part) -> Part:
    """Return what a value's fields are read of: an instant in the site's zone."""
    is_instant = part.type.kind in (Kind.INSTANT, Kind.ANY)
    return Call(local, (part,), part.type) if is_instant else part


def read_subscript(reader: Reader, node: nodes.Getitem) -> Part:
    """Read ``device['controller']``, or an item of a list, a word or a dictionary."""
    member = read_member(reader, node)
    if member is not None:
        return member
    if isinstance(node.arg, nodes.Slice):
        return reader.report(node, Finding("a piece of a list cannot be cut out here"))
    if isinstance(node.node, nodes.Dict):
        return _read_choice(reader, node, node.node)
    value, index = reader.read(node.node), reader.read(node.arg)
    if value.type.kind not in (Kind.LIST, Kind.TEXT, Kind.ANY):
        return reader.report(node.node, Finding(f"{value.type.kind.value} has no items"))
    result = TEXT if value.type.kind is Kind.TEXT else ANY
    first, second = placeholders(2)
    return Operation((value, index), result, nodes.Getitem(first, second, "load", lineno=1))


def _read_choice(reader: Reader, node: nodes.Getitem, table: nodes.Dict) -> Part:
    """Read ``{'cooling': 20, 'heating': 30}[mode]``."""
    index = reader.read(node.arg)
    if not table.items:
        return reader.report(table, Finding("there is nothing to choose from"))
    keys = tuple(
        read_equal(reader, (pair.key, reader.read(pair.key)), (node.arg, index)) for pair in table.items
    )
    values = tuple(reader.read(pair.value) for pair in table.items)
    chosen, *places = placeholders(1 + 2 * len(keys))
    pairs = [nodes.Pair(key, value, lineno=1) for key, value in zip(places[::2], places[1::2], strict=True)]
    operands = (index, *(part for pair in zip(keys, values, strict=True) for part in pair))
    shape = nodes.Getitem(nodes.Dict(pairs, lineno=1), chosen, "load", lineno=1)
    return Operation(operands, union(value.type for value in values), shape)
