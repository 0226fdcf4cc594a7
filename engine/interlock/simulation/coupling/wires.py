"""What runs between points and the building: wires, by which points move it, and gauges, which show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from interlock.capabilities import Capability, ValueType
from interlock.model import Point, Value
from interlock.simulation.coupling.scales import Scale, fitted
from interlock.simulation.equipment import Held
from interlock.simulation.plant.zone import Zone

_SOONEST_S, _LATEST_S = 60.0, 300.0
"""How often a gauge is looked at: the faster it moves, the oftener."""
_PATIENCE = 1.5
"""How much longer the next look waits where the last one saw nothing new."""


@dataclass(slots=True)
class Wire:
    """Points that drive something."""

    points: tuple[Point, ...]
    drive: Callable[[Sequence[Value | None]], None]
    """Takes what the points hold, in their order."""
    _last: Sequence[Value | None] = ()

    def take(self, held: Held) -> None:
        """Do what the points say, where they say something new."""
        values = [held.value(point) for point in self.points]
        if values != self._last:
            self._last = values
            self.drive(values)


@dataclass(slots=True)
class Gauge:
    """A point that shows a number of the building."""

    point: Point
    capability: Capability
    read: Callable[[], float]
    rounded: Callable[[float], float]
    scale: Scale
    wakes: tuple[Wire, ...] = ()
    """What may be driven otherwise once it shows something else: by a device that decides by itself."""
    due_s: float = 0.0
    """When it is to be looked at again; a look that is early does no harm."""
    _shown: float | None = None
    _changed_s: float = 0.0
    _wait_s: float = _SOONEST_S

    def show(self, held: Held, now_s: float) -> bool:
        """Show what is; return whether that is something new."""
        shown = self.rounded(self.scale.to_point(self.read()))
        is_new = shown != self._shown
        if is_new:
            # It will change again after about as long: two looks until then are enough.
            self._wait_s = min(max((now_s - self._changed_s) / 2, _SOONEST_S), _LATEST_S)
            self._shown, self._changed_s = shown, now_s
            held.set_value(self.point, self._as_value(shown))
        else:
            self._wait_s = min(self._wait_s * _PATIENCE, _LATEST_S)
        self.due_s = now_s + self._wait_s
        return is_new

    def _as_value(self, shown: float) -> Value:
        if self.capability.type is ValueType.BOOLEAN:
            return shown > 0
        return fitted(self.capability, shown)


@dataclass(slots=True)
class Contacts:
    """The contacts of a zone's window, which people of the building open, or a hand from outside."""

    points: tuple[Point, ...]
    zone: Zone
    _last: list[Value | None] = field(default_factory=list)

    def take(self, held: Held) -> None:
        """Let a hand that moved a contact move the window."""
        values = [held.value(point) for point in self.points]
        if self._last and values != self._last:
            self.zone.is_window_open = any(value is True for value in values)
        self._last = values

    def show(self, held: Held) -> None:
        """Show what people made of the window: one contact opens, and all of them shut."""
        is_open = self.zone.is_window_open
        if is_open == any(value is True for value in self._last):
            return
        for point in self.points[:1] if is_open else self.points:
            held.set_value(point, is_open)
        self._last = [held.value(point) for point in self.points]
