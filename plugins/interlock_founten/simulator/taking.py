"""Commands that reach a simulated thermostat without the wire, as they would by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from interlock import Capability, Value, Write
from interlock_founten.simulator.calls import change_schedule
from interlock_founten.simulator.point_values import held_name, to_thermostat
from interlock_founten.simulator.thermostat import Thermostat

_MARKS: Mapping[str, str] = {"schedule_delete": "delete", "schedule_deleteall": "deleteall"}
"""What a set says besides, by the controller. Source: Founten API, ThermostatSchedule Object."""


def taken(capability: Capability, write: Write, thermostat: Thermostat, now: datetime) -> bool:
    """Let a thermostat do a command; return whether it could.

    Raises:
        InvalidValue: the point cannot hold its value.
    """
    if capability.fields:
        return change_schedule(thermostat, _pairs(capability, write.fields, thermostat))
    if write.value is None:
        return False
    return thermostat.set(held_name(capability), to_thermostat(capability, thermostat, write.value), now)


def _pairs(capability: Capability, fields: Mapping[str, Value], thermostat: Thermostat) -> Mapping[str, str]:
    known = {field.name: field.as_capability() for field in capability.fields}
    pairs = {name.lower(): to_thermostat(known[name], thermostat, value) for name, value in fields.items()}
    mark = _MARKS.get(capability.controller.lower())
    return pairs | ({mark: ""} if mark else {})
