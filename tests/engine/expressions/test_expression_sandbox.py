"""What an expression must not reach, and how long it must not take."""

import pytest
from jinja2 import nodes

from interlock.expressions import ExpressionError
from interlock.expressions.arithmetic import ARITHMETIC
from interlock.expressions.sandbox import SandboxedOperation
from interlock.expressions.tree import placeholders
from interlock.expressions.unknown import ERRORS, Unknown
from interlock.model import Value
from support.expression_house import compiled, view

ESCAPES = [
    "''.__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "meter.label.__class__.__mro__",
    "now().__class__",
    "now.__globals__",
    "now().__init__.__globals__",
    "meter.label.format(now)",
    "meter.label.format_map(now)",
    "'{0.__class__}'.format(1)",
    "meter.label | attr('__class__')",
    "meter.label | map('upper')",
    "meter.label['__class__']['x']['__mro__'] == lipsum",
    "lipsum.__globals__",
    "cycler.__init__",
    "self",
    "self.x",
    "range(1000000000)",
    "dict(a=1)",
    "namespace(a=1)",
    "joiner('x')",
    "context",
    "environment",
    "(1).__class__",
    "meter.value.as_integer_ratio()",
    "meter.label.encode('utf-8')",
    "bound_1",
    "get(1)",
    "view.values",
    "notes.append(1)",
    "guard(1)",
    "ERRORS",
    "arithmetic['+']",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_an_escape_is_refused_when_it_is_compiled(text: str) -> None:
    with pytest.raises(ExpressionError):
        compiled(text)


@pytest.mark.parametrize(
    "text",
    [
        "broken_device.x.__class__",
        "broken_device.x.__class__.__mro__",
        "broken_device.x['__class__']",
        "broken_device.x['upper']",
        "broken_device.x.format(1)",
        "broken_device.x.encode()",
        "broken_device.x.center(1000000000)",
        "broken_device.x['format']",
        "(broken_device.x | first).__class__",
    ],
)
def test_an_escape_from_a_value_of_unknown_type_is_unknown(text: str) -> None:
    found = compiled(text).evaluate(view({"broken_device.x": "{0.__class__} %1000000000d"}))
    assert found.value is None


BOMBS = [
    "broken_device.x * 1000000000",
    "1000000000 * broken_device.x",
    "broken_device.x % 1",
    "broken_device.x is even",
    "broken_device.x is odd",
    "broken_device.x is divisibleby(3)",
    "broken_device.x + broken_device.x",
    "meter.count ** 100000000",
    "meter.count ** meter.count ** meter.count",
    "round(meter.count, -100000000)",
    "round(meter.count, meter.count * 1000000000)",
]


@pytest.mark.parametrize("text", BOMBS)
def test_what_would_take_for_ever_is_unknown_at_once(text: str) -> None:
    found = compiled(text).evaluate(view({"broken_device.x": "%1000000000d", "meter.count": 1000}))
    assert found.value is None


def test_a_power_of_a_thousand_bits_is_computed() -> None:
    assert ARITHMETIC["**"](2, 512) == 2**512
    assert ARITHMETIC["**"](1.5, 3) == 3.375
    with pytest.raises(OverflowError, match="the power is too large"):
        ARITHMETIC["**"](2, 513)
    with pytest.raises(OverflowError, match="the power is too large"):
        ARITHMETIC["**"](2, -513)


@pytest.mark.parametrize("operator", ARITHMETIC)
@pytest.mark.parametrize("operand", ["a", True, (1,), None])
def test_arithmetic_refuses_what_is_no_number(operator: str, operand: object) -> None:
    for left, right in ((operand, 3), (3, operand)):
        with pytest.raises(TypeError, match="is no number"):
            ARITHMETIC[operator](left, right)


def test_the_sandbox_computes_the_same_operation_again_with_other_operands() -> None:
    first, second = placeholders(2)
    sandboxed = SandboxedOperation(nodes.Add(first, second, lineno=1), 2)
    assert [sandboxed(1, 2), sandboxed(3, 4)] == [3, 7]


def test_the_sandbox_raises_unknown_where_there_is_nothing() -> None:
    first, second = placeholders(2)
    sandboxed = SandboxedOperation(nodes.Getitem(first, second, "load", lineno=1), 2)
    with pytest.raises(Unknown, match="tuple object has no element 3"):
        sandboxed((1, 2), 3)


@pytest.mark.parametrize("attribute", ["__class__", "format", "encode", "_x", "center"])
@pytest.mark.parametrize("owner", ["text", 3, (1, 2)])
def test_the_sandbox_itself_hands_out_no_other_attribute(attribute: str, owner: Value) -> None:
    sandboxed = SandboxedOperation(nodes.Getattr(placeholders(1)[0], attribute, "load", lineno=1), 1)
    with pytest.raises(ERRORS):
        sandboxed(owner)


def test_the_sandbox_has_no_names_of_its_own() -> None:
    sandboxed = SandboxedOperation(nodes.Name("range", "load", lineno=1), 0)
    with pytest.raises(Unknown, match="'range' is undefined"):
        sandboxed()
