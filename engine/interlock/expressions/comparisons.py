"""Reading comparisons, logic and arithmetic."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import nodes

from interlock.errors import Severity
from interlock.expressions.contradictions import check_logic
from interlock.expressions.durations import as_duration, counts_time
from interlock.expressions.functions import equal, equals_one, join_texts, truth_of
from interlock.expressions.operators import (
    COMPARISONS,
    always_so,
    arithmetic_type,
    check_chain,
    check_equality,
    check_order,
    convert_word,
    decide,
    duration_of_word,
)
from interlock.expressions.problems import Finding
from interlock.expressions.reader import BROKEN, Reader
from interlock.expressions.tree import (
    Call,
    Conditional,
    Constant,
    Logic,
    Operation,
    Part,
    placeholders,
)
from interlock.expressions.types import (
    BOOLEAN,
    LIST,
    TEXT,
    Kind,
    Type,
    type_of_constant,
    union,
)

ReadNode = tuple[nodes.Expr, Part]
"""A node, and what it was read as."""

_MEMBERSHIP = frozenset({"in", "notin"})
_EQUALITY = frozenset({"eq", "ne"})
_OF_ITSELF = {"eq": True, "lteq": True, "gteq": True, "ne": False, "lt": False, "gt": False}
"""What comparisons of a thing with itself come to."""


def as_condition(part: Part) -> Part:
    """Return a part as true or false: what is no boolean is asked for its truth when it is computed."""
    return part if part.type.kind is Kind.BOOLEAN else Call(truth_of, (part,), BOOLEAN)


def can_be_condition(kind: Kind) -> bool:
    """Return whether a value of this kind can stand where only true or false can."""
    return kind in (Kind.BOOLEAN, Kind.NUMBER, Kind.ANY)


def no_condition(kind: Kind, source: str) -> Finding:
    """Return what is said of a value that stands as a condition and cannot be one."""
    hint = f"compare it: device.controller > {source}" if kind is Kind.NUMBER else "compare it with =="
    return Finding(f"{source} is {kind.value} and no condition", hint)


def doubtful_condition(known: Type, source: str) -> Finding | None:
    """Return the warning that a number stands as a condition which is seldom 0; None for any other value."""
    if known.kind is not Kind.NUMBER or known.minimum == 0:
        return None
    message = f"{source} is a number: as a condition it is true for all but 0"
    return Finding(message, f"compare it: {source} > 0", Severity.WARNING)


def read_condition(reader: Reader, node: nodes.Expr) -> Part:
    """Read what stands where only true or false can."""
    part = reader.read(node)
    is_number = isinstance(part, Constant) and part.type.kind is Kind.NUMBER
    if can_be_condition(part.type.kind) and not is_number:
        if doubt := doubtful_condition(part.type, reader.parsed.source(node)):
            reader.report(node, doubt)
        return as_condition(part)
    return reader.report(node, no_condition(part.type.kind, reader.parsed.source(node)))


def read_logic(reader: Reader, node: nodes.And | nodes.Or) -> Part:
    """Read ``and`` and ``or``; a chain of one of them is one part with many operands."""
    flat, is_and = _flattened(node), isinstance(node, nodes.And)
    operands = tuple(read_condition(reader, operand) for operand in flat)
    if BROKEN not in operands:
        finding = _decided(flat, is_and=is_and) or check_logic(
            operands, [_written(reader, operand) for operand in flat], is_and=is_and
        )
        if finding:
            reader.report(node, finding)
    return Logic(is_and, operands)


def _written(reader: Reader, node: nodes.Expr) -> str:
    """Return a condition as it is written; what a ``not`` stands before is all that its node covers."""
    return f"{'not ' * isinstance(node, nodes.Not)}{reader.parsed.source(node)}"


def _decided(operands: list[nodes.Expr], *, is_and: bool) -> Finding | None:
    """Return the warning that a written ``false`` or ``true`` decides all of it; None where none does."""
    if not any(isinstance(each, nodes.Const) and each.value is (not is_and) for each in operands):
        return None
    message = f"this is always {str(not is_and).lower()}: {str(not is_and).lower()} decides it"
    return Finding(message, severity=Severity.WARNING)


def _flattened(node: nodes.And | nodes.Or) -> list[nodes.Expr]:
    operands: list[nodes.Expr] = []
    rest: nodes.Expr = node
    while type(rest) is type(node) and isinstance(rest, nodes.And | nodes.Or):
        operands.append(rest.right)
        rest = rest.left
    return [rest, *reversed(operands)]


def read_not(reader: Reader, node: nodes.Not) -> Part:
    """Read ``not``."""
    shape = nodes.Not(placeholders(1)[0], lineno=1)
    return Operation((read_condition(reader, node.node),), BOOLEAN, shape, "(not {0})", may_raise=False)


def read_conditional(reader: Reader, node: nodes.CondExpr) -> Part:
    """Read ``a if condition else b``."""
    test, then = read_condition(reader, node.test), reader.read(node.expr1)
    if node.expr2 is None:
        return reader.report(node, Finding("'if' has no 'else'", "say what it is otherwise: … else …"))
    otherwise = reader.read(node.expr2)
    return Conditional(test, then, otherwise, union([then.type, otherwise.type]))


def read_comparison(reader: Reader, node: nodes.Compare) -> Part:
    """Read a comparison; ``a < b < c`` needs all three, as any operation does."""
    reads = [(each, reader.read(each)) for each in (node.expr, *(operand.expr for operand in node.ops))]
    pairs = tuple(
        _read_pair(reader, operand.op, left, right)
        for operand, left, right in zip(node.ops, reads, reads[1:], strict=False)
    )
    if len(pairs) == 1:
        return pairs[0]
    if BROKEN in pairs:
        return BROKEN
    finding = check_chain([operand.op for operand in node.ops], [part.type for _, part in reads])
    if finding:
        reader.report(node, finding)
    inline = f"({' and '.join(f'{{{index}}}' for index in range(len(pairs)))})"
    return Operation(pairs, BOOLEAN, None, inline, may_raise=False)


def _read_pair(reader: Reader, name: str, left: ReadNode, right: ReadNode) -> Part:
    if BROKEN in (left[1], right[1]):
        return BROKEN
    if name in _MEMBERSHIP:
        return _read_membership(reader, name, left, right)
    left, right = _as_time(reader, left, right), _as_time(reader, right, left)
    converted = _converted(reader, name, left, right), _converted(reader, name, right, left)
    if BROKEN in converted or not _is_possible(reader, name, left, right, converted):
        return BROKEN
    return _compare(name, *converted)


def _as_time(reader: Reader, read: ReadNode, other: ReadNode) -> ReadNode:
    """Return a value beside a duration as one, where it can stand for one."""
    node, part = read
    is_wanted = other[1].type.kind is Kind.DURATION and counts_time(part)
    return (node, as_duration(reader, node, part)) if is_wanted else read


def _compare(name: str, left: Part, right: Part) -> Part:
    is_known = Kind.ANY not in (left.type.kind, right.type.kind)
    if name in _EQUALITY and not is_known:
        return _asked(equal, (left, right), is_negated=name == "ne")
    return _comparison(name, left, right, may_raise=not is_known)


def _asked(compute: Callable[..., bool], operands: tuple[Part, ...], *, is_negated: bool) -> Part:
    """Return a comparison of values whose types are known only when it is computed."""
    same = Call(compute, operands, BOOLEAN)
    return Operation((same,), BOOLEAN, None, "(not {0})", may_raise=False) if is_negated else same


def _comparison(name: str, left: Part, right: Part, *, may_raise: bool) -> Operation:
    first, second = placeholders(2)
    shape = nodes.Compare(first, [nodes.Operand(name, second, lineno=1)], lineno=1)
    return Operation((left, right), BOOLEAN, shape, f"({{0}} {COMPARISONS[name]} {{1}})", may_raise)


def _converted(reader: Reader, name: str, read: ReadNode, other: ReadNode) -> Part:
    """Return a constant word as what it means beside the other side."""
    node, part = read
    if not isinstance(part, Constant) or not isinstance(part.value, str):
        return part
    # Words have no order: that is what is wrong with `mode > 'heating'`, whatever the word.
    if other[1].type.kind is Kind.TEXT and name not in _EQUALITY | _MEMBERSHIP:
        return part
    meaning = convert_word(part.value, other[1].type, reader.parsed.source(other[0]))
    if isinstance(meaning, Finding):
        return reader.report(node, meaning)
    return Constant(meaning, type_of_constant(meaning))


def _is_possible(
    reader: Reader, name: str, left: ReadNode, right: ReadNode, converted: tuple[Part, Part]
) -> bool:
    first, second = (part.type for part in converted)
    check = check_equality if name in _EQUALITY else check_order
    finding = check(first, second)
    if finding:
        reader.report(right[0] if isinstance(right[1], Constant) else left[0], finding)
        return False
    if _are_fixed(left, right, converted):
        return True
    if converted[0] == converted[1] and name in _OF_ITSELF and not isinstance(converted[0], Constant):
        text = f"both sides are the same: this is always {str(_OF_ITSELF[name]).lower()}"
        reader.report(right[0], Finding(text, severity=Severity.WARNING))
    if first.measure and second.measure and first.measure != second.measure:
        message = f"these are {first.measure} and {second.measure}: nothing is converted"
        reader.report(right[0], Finding(message, severity=Severity.WARNING))
    always = decide(name, first, second) if first.kind is Kind.NUMBER else None
    if always is not None:
        source = reader.parsed.source(right[0] if isinstance(left[1], Constant) else left[0])
        ranged = second if isinstance(left[1], Constant) else first
        place = right[0] if isinstance(right[1], Constant) else left[0]
        reader.report(place, always_so(always, ranged, source))
    return True


def _are_fixed(left: ReadNode, right: ReadNode, converted: tuple[Part, Part]) -> bool:
    """Whether two constants are compared, one of them by its name: a template's parameter decides there."""
    is_named = isinstance(left[0], nodes.Name) or isinstance(right[0], nodes.Name)
    return is_named and all(isinstance(part, Constant) for part in converted)


def _read_membership(reader: Reader, name: str, left: ReadNode, right: ReadNode) -> Part:
    node, container = right
    if isinstance(node, nodes.List | nodes.Tuple) and isinstance(container, Operation):
        items = zip(node.items, container.operands, strict=True)
        parts = tuple(read_equal(reader, item, left) for item in items)
        if left[1].type.kind is Kind.ANY:
            return _asked(equals_one, (left[1], *parts), is_negated=name == "notin")
        return _comparison(name, left[1], _items(parts), may_raise=False)
    kinds = left[1].type.kind, container.type.kind
    if kinds[1] is Kind.TEXT and kinds[0] not in (Kind.TEXT, Kind.ANY):
        return reader.report(left[0], Finding(f"{kinds[0].value} is never in a word"))
    if kinds[1] not in (Kind.TEXT, Kind.LIST, Kind.ANY):
        source = reader.parsed.source(node)
        return reader.report(node, Finding(f"{source} is {kinds[1].value}: 'in' needs a list or a word"))
    return _comparison(name, left[1], container, may_raise=True)


def read_equal(reader: Reader, item: ReadNode, other: ReadNode) -> Part:
    """Return an item as what it means where it can equal something else; reported where it never can."""
    part = _converted(reader, "eq", item, other)
    finding = None if part is BROKEN else check_equality(other[1].type, part.type)
    return reader.report(item[0], finding) if finding else part


def read_items(reader: Reader, node: nodes.List | nodes.Tuple) -> Part:
    """Read ``[a, b]`` or ``(a, b)``: both are lists."""
    return _items(tuple(map(reader.read, node.items)))


def _items(parts: tuple[Part, ...]) -> Operation:
    shape = nodes.Tuple(list(placeholders(len(parts))), "load", lineno=1)
    inline = f"({''.join(f'{{{index}}}, ' for index in range(len(parts)))})"
    return Operation(parts, LIST, shape, inline, may_raise=False)


def read_arithmetic(reader: Reader, node: nodes.BinExpr) -> Part:
    """Read ``+ - * / // % **``."""
    reads = (node.left, reader.read(node.left)), (node.right, reader.read(node.right))
    parts = (
        _as_duration(reader, reads[0], reads[1], node.operator),
        _as_duration(reader, reads[1], reads[0], node.operator),
    )
    if BROKEN in parts:
        return BROKEN
    result = arithmetic_type(node.operator, parts[0].type, parts[1].type)
    if isinstance(result, Finding):
        return reader.report(node, result)
    is_plain = result.kind is not Kind.ANY and node.operator != "**"
    operator = node.operator
    inline = f"({{0}} {operator} {{1}})" if is_plain else f"arithmetic['{operator}']({{0}}, {{1}})"
    first, second = placeholders(2)
    return Operation(parts, result, type(node)(first, second, lineno=1), inline)


_BESIDE = frozenset({Kind.INSTANT, Kind.DURATION})
_BESIDE_TIMES = frozenset({Kind.INSTANT, Kind.DURATION, Kind.NUMBER, Kind.ANY})


def _as_duration(reader: Reader, read: ReadNode, other: ReadNode, operator: str) -> Part:
    """Return a constant word as the duration that it writes, beside what can be joined with one."""
    part = read[1]
    if isinstance(part, Conditional) and other[1].type.kind in _BESIDE and counts_time(part):
        return as_duration(reader, read[0], part)
    if not isinstance(part, Constant) or not isinstance(part.value, str):
        return part
    if other[1].type.kind not in (_BESIDE_TIMES if operator == "*" else _BESIDE):
        return part
    meaning = duration_of_word(part.value)
    return part if isinstance(meaning, Finding) else Constant(meaning, type_of_constant(meaning))


def read_sign(reader: Reader, node: nodes.Neg | nodes.Pos) -> Part:
    """Read ``-x`` and ``+x``."""
    part, sign = reader.read(node.node), node.operator
    if isinstance(part, Constant) and isinstance(part.value, int | float) and part.type.kind is Kind.NUMBER:
        signed = -part.value if sign == "-" else part.value
        return Constant(signed, type_of_constant(signed))
    if part.type.kind not in (Kind.NUMBER, Kind.DURATION, Kind.ANY):
        return reader.report(node, Finding(f"'{sign}' needs a number, and this is {part.type.kind.value}"))
    shape = type(node)(placeholders(1)[0], lineno=1)
    return Operation((part,), Type(part.type.kind), shape, f"({sign}{{0}})")


def read_concatenation(reader: Reader, node: nodes.Concat) -> Part:
    """Read ``a ~ b``: values as people read them, one behind the other."""
    return Call(join_texts, tuple(map(reader.read, node.nodes)), TEXT)
