"""A house for expressions: points of every type, and views in which some are known."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.capabilities import Capability, ValueType
from interlock.driver import Device, DeviceSettings, Target
from interlock.expressions import (
    TRIGGER,
    Compiled,
    ExpressionError,
    ExpressionProblem,
    Scope,
    compile_expression,
)
from interlock.model import Point, Quality, Reading, Truth, Value
from interlock.rules.state import State

ROME = ZoneInfo("Europe/Rome")
NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
"""Noon in Rome."""


def _capability(controller: str, kind: ValueType, **rest: object) -> Capability:
    options: dict[str, object] = {"description": "", "source": "", "readable": True, "writable": True} | rest
    return Capability(controller=controller, type=kind, **options)  # type: ignore[arg-type]


_MODES = ("cooling", "heating", "dry", "fan", "auto")
_DEVICES = {
    "living_thermostat": (
        "thermostat",
        (
            _capability("actualtemp", ValueType.NUMBER, writable=False),
            _capability("setpoint", ValueType.NUMBER, minimum=5, maximum=40),
            _capability("tempmode", ValueType.CHOICE, choices=("standby", "comfort")),
        ),
    ),
    "living_ac": (
        "hvac",
        (
            _capability("hvacpower", ValueType.BOOLEAN),
            _capability("hvacmode", ValueType.CHOICE, choices=_MODES),
        ),
    ),
    "window": ("light", (_capability("power", ValueType.BOOLEAN),)),
    "meter": (
        "analog",
        (
            _capability("value", ValueType.NUMBER),
            _capability("count", ValueType.INTEGER),
            _capability("label", ValueType.TEXT),
            _capability("start", ValueType.INSTANT),
            _capability("span", ValueType.DURATION),
        ),
    ),
    "lamp": ("dimmer", (_capability("color", ValueType.COLOR),)),
    "blind": (
        "blind",
        (_capability("updown", ValueType.CHOICE, choices=("up", "down"), readable=False, is_trigger=True),),
    ),
}


def house_targets() -> Mapping[Point, Target]:
    return {
        Point.of(name, capability.controller): Target(
            point=Point.of(name, capability.controller),
            device=Device(name=name, connection="house", type=kind, settings=DeviceSettings()),
            capability=capability,
        )
        for name, (kind, capabilities) in _DEVICES.items()
        for capability in capabilities
    }


HOUSE = Scope(house_targets(), frozenset({"broken_device"}), names=TRIGGER)


def capability(point: str) -> Capability:
    return HOUSE.targets[Point(point)].capability


def view(values: Mapping[str, Value] | None = None, now: datetime = NOON) -> State:
    """A view in which just these points are known."""
    state = State(ROME, now)
    state.apply([good(point, value, now) for point, value in (values or {}).items()], now)
    return state


def good(point: str, value: Value, at: datetime = NOON) -> Reading:
    return Reading(point=Point(point), value=value, observed_at=at)


def stale(point: str, value: Value, age: timedelta, reason: str) -> Reading:
    return Reading(
        point=Point(point), value=value, observed_at=NOON - age, quality=Quality.STALE, reason=reason
    )


def compiled(text: str) -> Compiled:
    return compile_expression(text, HOUSE)


def truth(text: str, **values: Value) -> Truth:
    """The truth of an expression; points are given as ``window__power=True``."""
    return compiled(text).truth(view(_points(values)))


def value(text: str, **values: Value) -> Value | None:
    return compiled(text).evaluate(view(_points(values))).value


def reason(text: str, **values: Value) -> str:
    return compiled(text).evaluate(view(_points(values))).reason


def _points(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name.replace("__", "."): known for name, known in values.items()}


def problems(text: str, scope: Scope = HOUSE) -> tuple[ExpressionProblem, ...]:
    """What is wrong with a text, or the warnings about it."""
    try:
        return compile_expression(text, scope).problems
    except ExpressionError as error:
        return error.problems


def marked(text: str) -> list[tuple[str, str, str]]:
    """Each problem as the piece of the text that it marks, its message and its hint."""
    return [
        (text[problem.offset : problem.offset + problem.length], problem.message, problem.hint)
        for problem in problems(text)
    ]
