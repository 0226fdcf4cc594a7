"""What an event brings: ``trigger.data``, also names inside names."""

from datetime import timedelta

import pytest

from interlock.expressions import compile_expression, with_names
from interlock.model import Value
from support.expression_house import HOUSE, NOON, view

DATA: dict[str, Value] = {
    "room": "hall",
    "order.id": 7,
    "order.lines.0.name": "bulb",
    "a b": 1,
    "a.b": 2,
    "color": (1, 2, 3),
    "at": NOON,
    "length": timedelta(minutes=2),
}


def value(text: str) -> Value | None:
    names = {"trigger": {f"data.{name}": each for name, each in DATA.items()}}
    return compile_expression(text, HOUSE).evaluate(with_names(view(), names)).value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("trigger.data.room", "hall"),
        ("trigger.data['a b']", 1),
        ("trigger.data['a.b']", 2),
        ("trigger.data.order.id", 7),
        ("trigger.data['order']['id']", 7),
        ("trigger.data.order.id + 1", 8),
        ("trigger.data.order.lines[0].name", "bulb"),
        ("trigger.data.order.lines[0].name.upper()", "BULB"),
        ("trigger.data.color[2]", 3),
        ("trigger.data.room[1]", "a"),
        ("trigger.data.at.hour", 12),
        ("trigger.data.length.seconds", 120),
        ("trigger.data.order.lines[0].name == 'bulb' and trigger.data.order.id > 6", True),
    ],
)
def test_it_is_read_by_its_names(text: str, found: Value) -> None:
    assert value(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "trigger.data.order.colour",
        "trigger.data.order",
        "trigger.data.color[3]",
        "trigger.data.color.hour",
        "trigger.data.at.seconds",
        "trigger.data.length.hour",
        "trigger.data.nothing.at.all",
    ],
)
def test_what_it_does_not_bring_is_unknown(text: str) -> None:
    evaluated = compile_expression(text, HOUSE).evaluate(
        with_names(view(), {"trigger": {"data.order.id": 7}})
    )
    assert (value(text), "has no value here" in evaluated.reason) == (None, True)
