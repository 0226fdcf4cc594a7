"""What is written to try a capability, and when it has come back."""

import pytest

from interlock import Capability, Value, ValueType
from interlock.testing.samples import is_declared, is_same, samples_of
from support.fake_driver import capability


def number(type_: ValueType = ValueType.NUMBER, **limits: float) -> Capability:
    return capability("level", type_, **limits)


@pytest.mark.parametrize(
    ("row", "samples"),
    [
        (capability("power", ValueType.BOOLEAN), (True, False)),
        (capability("mode", ValueType.CHOICE, choices=("a", "b", "c")), ("a", "b", "c")),
        (capability("color", ValueType.COLOR), ((255, 0, 0), (0, 0, 255))),
        (number(), (21.0, 18.0)),
        (number(step=0.5), (21.5, 18.0)),
        (number(minimum=5), (5.0, 6.0)),
        (number(minimum=5, step=0.5), (5.0, 5.5)),
        (number(maximum=30), (30.0, 29.0)),
        (number(minimum=5, maximum=30, step=0.5), (5.0, 17.5, 30.0)),
        (number(ValueType.INTEGER, minimum=0, maximum=255), (0, 127, 255)),
        (capability("name", ValueType.TEXT), ()),
        (capability("bell", ValueType.NONE), ()),
    ],
)
def test_ends_choices_and_both_truths_are_tried(row: Capability, samples: tuple[Value, ...]) -> None:
    assert tuple(samples_of(row)) == samples
    assert [row.check(sample) for sample in samples] == list(samples)


def test_integers_are_integers() -> None:
    assert {type(each) for each in samples_of(number(ValueType.INTEGER, minimum=1, maximum=9))} == {int}


@pytest.mark.parametrize(
    ("type_", "value", "declared"),
    [
        (ValueType.BOOLEAN, True, True),
        (ValueType.BOOLEAN, 1, False),
        (ValueType.INTEGER, 1, True),
        (ValueType.INTEGER, 1.0, False),
        (ValueType.INTEGER, "1", False),
        (ValueType.NUMBER, 1, True),
        (ValueType.NUMBER, 1.5, True),
        (ValueType.NUMBER, "1.5", False),
    ],
)
def test_a_value_is_declared_by_its_type_too(type_: ValueType, value: Value, declared: bool) -> None:
    assert is_declared(number(type_), value) is declared


@pytest.mark.parametrize(
    ("held", "written", "same"),
    [
        (20.3, 20.3, True),
        (20.32, 20.3, True),
        (20.5, 20.3, False),
        (670_000.0, 670_433.28, True),
        (0.004, 0, True),
        (0.01, 0, False),
        (None, 1.0, False),
        (True, True, True),
        (False, True, False),
        (1, True, True),
        ("eco", "eco", True),
        ("ECO", "eco", False),
        ((1, 2, 3), (1, 2, 3), True),
    ],
)
def test_a_number_may_come_back_rounded(held: Value | None, written: Value, same: bool) -> None:
    assert is_same(held, written) is same
