"""Lets faults happen to a house."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

from interlock.model import Point, Value
from interlock.simulation.faults.fault import SERVICE, Fault, Kind, Turn
from interlock.simulation.house import House

_DIGITS = 3
"""An offset leaves no binary noise in a reading."""
_Shown: TypeAlias = Callable[[Value], Value]


class Mischief:
    """The faults that are under way. Where several of a kind strike one thing, the last begun counts.

    Args:
        house: What they strike.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._active: defaultdict[tuple[Kind, str], list[Fault]] = defaultdict(list)

    @property
    def is_down(self) -> bool:
        """Whether the service must be off."""
        return bool(self._active.get((Kind.DOWN, SERVICE)))

    async def take(self, turn: Turn) -> None:
        """Let a fault begin or end now."""
        fault = turn.fault
        for name in fault.points or (fault.what,):
            active = self._active[_AS.get(fault.kind, fault.kind), name]
            if turn.is_begin:
                active.append(fault)
                await self._begin(fault, name)
            else:
                active.remove(fault)
                await self._end(fault, name, active)

    async def _end(self, fault: Fault, name: str, others: Sequence[Fault]) -> None:
        if others:
            await self._begin(others[-1], name)
        elif fault.kind is Kind.DOWN:
            await self._house.switch_on()
        else:
            self._mend(fault.kind, name)

    async def _begin(self, fault: Fault, name: str) -> None:
        equipment = self._house.equipment
        match fault.kind:
            case Kind.DOWN:
                await self._house.cut_power()
            case Kind.OFFLINE:
                equipment.lose_connection(name)
            case Kind.SLOW:
                equipment.delay(name, fault.lateness)
            case Kind.UNAVAILABLE:
                equipment.lose_point(Point(name))
            case Kind.DEAF:
                equipment.deafen(Point(name))
            case Kind.STUCK:
                self._stick(Point(name), fault.value)
            case Kind.OFFSET:
                equipment.falsify(Point(name), _offset_by(fault.offset))

    def _mend(self, kind: Kind, name: str) -> None:
        equipment = self._house.equipment
        match kind:
            case Kind.OFFLINE:
                equipment.regain_connection(name)
            case Kind.SLOW:
                equipment.delay(name, timedelta())
            case Kind.UNAVAILABLE:
                equipment.find_point(Point(name))
            case Kind.DEAF:
                equipment.cure(Point(name))
            case _:
                equipment.believe(Point(name))

    def _stick(self, point: Point, value: Value | None) -> None:
        equipment = self._house.equipment
        shown = equipment.value(point) if value is None else value
        if shown is not None:
            equipment.falsify(point, _always(shown))


_AS = {Kind.OFFSET: Kind.STUCK}
"""Kinds that cannot be at one point at a time."""


def _always(value: Value) -> _Shown:
    return lambda _: value


def _offset_by(offset: float) -> _Shown:
    def shown(value: Value) -> Value:
        return round(value + offset, _DIGITS) if isinstance(value, int | float) else value

    return shown
