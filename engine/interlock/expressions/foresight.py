"""From a checked expression to when it can turn: what each part of it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from jinja2 import nodes

from interlock.expressions.functions import local, now
from interlock.expressions.tree import Call, Conditional, Constant, Logic, OfKnown, Operation, Part
from interlock.expressions.turning import Foreseen, Passes, Turn, next_day, next_minute, next_second
from interlock.expressions.view import View

_PARTS_OF_NOW = MappingProxyType(
    {
        "hour": next_minute,
        "minute": next_minute,
        **dict.fromkeys(("year", "month", "day", "weekday", "isoweekday"), next_day),
    }
)
"""When what is read of ``now()`` turns; the local hour may do so at any minute where clocks are changed."""


def turns_of(part: Part) -> tuple[Turn, ...]:
    """Return when an expression can turn by time alone; nothing where it goes by its points alone."""
    found = dict.fromkeys(_turns(part))
    # Nothing is finer, so that nothing else need be asked.
    return (next_second,) if next_second in found else tuple(found)


def _turns(part: Part) -> Iterator[Turn]:
    match part:
        case Operation(node=nodes.Compare(), operands=(Call() as call, Constant(value=constant))):
            yield from _passing(call, constant)
        case Operation(node=nodes.Compare(), operands=(Constant(value=constant), Call() as call)):
            yield from _passing(call, constant)
        case Operation(node=nodes.Getattr(attr=name), operands=(Call() as call,)) if _is_local_now(call):
            yield _part_of_now(name)
        case Operation(node=nodes.Call(node=nodes.Getattr(attr=name)), operands=(Call() as call,)) if (
            _is_local_now(call)
        ):
            yield _part_of_now(name)
        case Logic(operands=operands) | OfKnown(operands=operands) | Operation(operands=operands):
            for each in operands:
                yield from _turns(each)
        case Call():
            yield from _own(part)
        case Conditional(test, then, otherwise):
            for each in (test, then, otherwise):
                yield from _turns(each)


def _own(call: Call) -> Iterator[Turn]:
    if call.turns is not None:
        yield call.turns
    for each in call.operands:
        yield from _turns(each)


def _passing(call: Call, constant: object) -> Iterator[Turn]:
    """Yield when the result of a call passes a constant."""
    passes = call.passes
    if passes is None or isinstance(constant, bool) or not isinstance(constant, timedelta | int | float):
        yield from _own(call)
        return
    find = partial(_find, passes, constant)
    # What is about no point is about the sky, and takes long to compute.
    yield find if call.operands else Foreseen(find)


def _find(passes: Passes, constant: timedelta | float, view: View) -> datetime | None:
    return passes(view, constant)


def _is_local_now(call: Call) -> bool:
    match call:
        case Call(compute=compute, operands=(Call(compute=inner),)):
            return compute is local and inner is now
        case _:
            return False


def _part_of_now(name: str) -> Turn:
    return _PARTS_OF_NOW.get(name, next_second)
