"""A plugin that brings functions for expressions."""

from collections.abc import Sequence

from interlock import Function, Kind, Parameter, Special, Type, Unknown, Value, View, hookimpl

NUMBER = frozenset({Kind.NUMBER})


def _heat_index(view: View, temperature: float, humidity: float) -> float:
    if humidity > 100:
        raise Unknown("that is no humidity")
    return temperature + humidity / 100


def _explode(view: View, point: str) -> float:
    raise KeyboardInterrupt if point == "lamp.power" else LookupError("no\nluck")


def _nothing(view: View) -> Value:
    return None  # type: ignore[return-value]


HEAT_INDEX = Function(
    name="heat_index",
    description="How hot it feels.",
    parameters=(Parameter(name="temperature", takes=NUMBER), Parameter(name="humidity", takes=NUMBER)),
    result=Type(Kind.NUMBER),
    compute=_heat_index,
)
EXPLODE = Function(
    name="explode",
    description="Fails.",
    parameters=(Parameter(name="point", takes=Special.POINT),),
    result=Type(Kind.NUMBER),
    compute=_explode,
)
NOTHING = Function(
    name="nothing", description="Gives none.", parameters=(), result=Type(Kind.NUMBER), compute=_nothing
)


@hookimpl
def interlock_functions() -> Sequence[Function]:
    return [HEAT_INDEX, EXPLODE, NOTHING]
