"""What devices hold that nothing moves: a plausible value of each controller."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from interlock.capabilities import Capability, ValueType
from interlock.config.site import Site
from interlock.errors import InvalidValue
from interlock.model import Value
from interlock.simulation.coupling.plan import Plan, ZonePlan
from interlock.simulation.coupling.roles import Role
from interlock.simulation.coupling.scales import FAHRENHEIT, WARMEST_ROOM_C, fitted, scale_of
from interlock.simulation.coupling.telling import number_of
from interlock.simulation.equipment import Held

_TEMPERATURES = MappingProxyType({"°C": 21.0, FAHRENHEIT: 70.0})
_TEXTS = ("", "07:00", "07:00:00", "2026-01-01", "0")
"""What texts are tried with: nothing, times, a date, a digit."""


_SETPOINTS_C = MappingProxyType({Role.SETPOINT: 21.0, Role.COOLING_SETPOINT: 26.0, Role.AC_SETPOINT: 24.0})
_FIRST_WORDS = ("auto", "comfort")


def plausible(capability: Capability, now: datetime, role: Role | None = None) -> Value | None:
    """Return what a device may hold at a controller; None where nothing is known that fits."""
    if role is not None and role in _SETPOINTS_C:
        return fitted(capability, scale_of(capability).to_point(_SETPOINTS_C[role]))
    if capability.is_trigger or capability.type is ValueType.NONE:
        return None
    for value in _CANDIDATES[capability.type](capability, now):
        try:
            return capability.check(value)
        except InvalidValue:
            continue
    return None


def _numbers(capability: Capability, now: datetime) -> Iterator[Value]:
    yield fitted(capability, _TEMPERATURES.get(capability.unit, 0.0))


def _words(capability: Capability, now: datetime) -> Iterator[Value]:
    yield from (each for each in capability.choices if each.lower() in _FIRST_WORDS)
    yield from capability.choices


_CANDIDATES: Mapping[ValueType, Callable[[Capability, datetime], Iterator[Value]]] = MappingProxyType(
    {
        ValueType.BOOLEAN: lambda capability, now: iter((False,)),
        ValueType.INTEGER: _numbers,
        ValueType.NUMBER: _numbers,
        ValueType.CHOICE: _words,
        ValueType.TEXT: lambda capability, now: iter(_TEXTS),
        ValueType.INSTANT: lambda capability, now: iter((now,)),
        ValueType.DURATION: lambda capability, now: iter((timedelta(),)),
        ValueType.COLOR: lambda capability, now: iter(((255, 255, 255),)),
        ValueType.LIST: lambda capability, now: iter(((),)),
    }
)


def beginning_with(plan: Plan, site: Site, held: Held) -> Plan:
    """Return a plan whose zones begin as warm as their sensors show, where those show something already."""

    def begun(zone: ZonePlan) -> ZonePlan:
        for tie in zone.sensors:
            number = number_of(held.value(tie.point)) if tie.role is Role.TEMPERATURE else None
            if number is not None:
                capability = site.targets[tie.point].capability
                scale = scale_of(capability, counts_fahrenheit=number > WARMEST_ROOM_C)
                return replace(zone, fabric=replace(zone.fabric, starts_c=scale.from_point(number)))
        return zone

    return replace(plan, zones=tuple(map(begun, plan.zones)))


def furnish(plan: Plan, site: Site, held: Held, now: datetime) -> None:
    """Let every device hold what the plan says, and something plausible where it holds nothing yet."""
    roles = {tie.point: tie.role for tie in plan.ties()}
    for point, target in site.targets.items():
        if target.device.connection not in site.connections:
            continue
        value = plan.values.get(point)
        if value is None and _is_empty(held.value(point), roles.get(point)):
            value = plausible(target.capability, now, roles.get(point))
        if value is not None:
            held.set_value(point, value)


def _is_empty(value: Value | None, role: Role | None) -> bool:
    """Whether a device holds nothing: also a setpoint of 0, as on a bus on which nobody has spoken yet."""
    return value is None or (role in _SETPOINTS_C and value == 0)
