"""From a checked expression to when it can turn: what each part of it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from jinja2 import nodes

from interlock.expressions.functions import local, now
from interlock.expressions.generator import generate
from interlock.expressions.tree import Call, Conditional, Constant, Given, Logic, OfKnown, Operation, Part
from interlock.expressions.turning import Foreseen, Passes, Turn, next_day, next_minute, next_second
from interlock.expressions.types import Kind
from interlock.expressions.view import View

_PARTS_OF_NOW = MappingProxyType(
    {
        "hour": next_minute,
        "minute": next_minute,
        **dict.fromkeys(("year", "month", "day", "weekday", "isoweekday"), next_day),
    }
)
"""When what is read of ``now()`` turns; the local hour may do so at any minute where clocks are changed."""
_COMPARED = MappingProxyType(
    {Kind.NUMBER: (int, float), Kind.DURATION: (timedelta,), Kind.INSTANT: (datetime,)}
)
"""What values of these kinds can pass."""


def turns_of(part: Part) -> tuple[Turn, ...]:
    """Return when an expression can turn by time alone; nothing where it goes by its points alone."""
    found = dict.fromkeys(_turns(part))
    # Nothing is finer, so that nothing else need be asked.
    return (next_second,) if next_second in found else tuple(found)


def _turns(part: Part) -> Iterator[Turn]:
    match part:
        case Operation(node=nodes.Compare(), operands=(left, right)):
            yield from _compared(left, right)
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
    yield from _turns_of_operands(call)


def _turns_of_operands(call: Call) -> Iterator[Turn]:
    for each in call.operands:
        yield from _turns(each)


def _compared(left: Part, right: Part) -> Iterator[Turn]:
    """Yield when a comparison turns: one side passes what the other one is, or that becomes another."""
    for call, other in ((left, right), (right, left)):
        turns = tuple(_turns(other))
        if isinstance(call, Call) and call.passes is not None and next_second not in turns:
            yield _passing(call, call.passes, other)
            yield from _turns_of_operands(call)
            yield from turns
            return
    for each in (left, right):
        yield from _turns(each)


def _passing(call: Call, passes: Passes, other: Part) -> Turn:
    """Return when a call passes what it is compared with, as that is now."""
    kinds, read = _COMPARED[call.type.kind], value_of(other)
    # What is about no point is about the sky, and takes long to compute.
    find = passes if call.operands else Foreseen(passes)

    def passing(view: View) -> datetime | None:
        value = read(view)
        if isinstance(value, kinds):
            return find(view, value)
        return None if value is None or call.turns is None else call.turns(view)

    return passing


def value_of(part: Part) -> Callable[[View], object]:
    """Return what reads the value of a part; None is unknown."""
    if isinstance(part, Constant | Given):
        value = part.value
        return lambda view: value
    compute = generate(part).value
    return lambda view: compute(view, view.values.get, [])


def of_values(find: Callable[..., datetime | None], parts: Sequence[Part]) -> Callable[..., datetime | None]:
    """Return what finds a turn by the values that parts have then; there is none while one is unknown."""
    if all(isinstance(part, Constant | Given) for part in parts):
        # Most are, and it is asked at each look.
        constants = [part.value for part in parts if isinstance(part, Constant | Given)]
        return lambda view, *compared: find(view, *compared, *constants)
    reads = [value_of(part) for part in parts]

    def found(view: View, *compared: object) -> datetime | None:
        values = [read(view) for read in reads]
        return None if any(each is None for each in values) else find(view, *compared, *values)

    return found


def _is_local_now(call: Call) -> bool:
    match call:
        case Call(compute=compute, operands=(Call(compute=inner),)):
            return compute is local and inner is now
        case _:
            return False


def _part_of_now(name: str) -> Turn:
    return _PARTS_OF_NOW.get(name, next_second)
