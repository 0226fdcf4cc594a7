"""The controllers of thermostats and groups, made from the manual's attributes.

A controller has its attribute's name. Numbers that depend on a thermostat's temperatureFormat are in the
unit that the site file chooses, or else as the thermostat counts; a user-defined attribute is a text.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from interlock import Capability, DeviceType, Field, Target, ValueType
from interlock_founten.attributes import (
    CALIBRATION,
    DAYS,
    PREDEFINED,
    SCHEDULE,
    THERMOSTAT,
    Attribute,
    by_name,
)
from interlock_founten.settings import FountenDeviceSettings, GroupSettings, ThermostatSettings, Unit

_SOURCE = "Founten API, Object Attributes / "
_SIGNS = {"celsius": "°C", "fahrenheit": "°F"}
_PLAUSIBLE = (-60, 180)
"""Of temperatures, in either unit. The manual gives no range; this one lets every plant through and stops the
error values of sensors, and slips of the keyboard, from steering it."""
_NOT_IN_TEXTS = ";:"
"""Source: Founten API, Constructing an API Request, value."""


def _range(attribute: Attribute) -> tuple[int | None, int | None]:
    return _PLAUSIBLE if attribute.scale == "temperature" else (attribute.minimum, attribute.maximum)


def _capability(attribute: Attribute) -> Capability:
    minimum, maximum = _range(attribute)
    return Capability(
        controller=attribute.name,
        type=attribute.type,
        description=attribute.description,
        source=f"{_SOURCE}Thermostat Object",
        readable=True,
        writable=attribute.settable,
        feedback=attribute.settable,
        minimum=minimum,
        maximum=maximum,
        choices=attribute.choices,
        open_choices=attribute.type is ValueType.CHOICE,
        excludes=_NOT_IN_TEXTS if attribute.type is ValueType.TEXT else "",
        unit=attribute.unit,
    )


def _user_defined(name: str) -> Capability:
    return Capability(
        controller=name,
        type=ValueType.TEXT,
        description="a user-defined attribute",
        source="Founten API, User Defined Attributes",
        readable=True,
        writable=True,
        feedback=True,
        excludes=_NOT_IN_TEXTS,
    )


def _field(name: str, *, required: bool) -> Field:
    attribute = SCHEDULE_ATTRIBUTES[name.lower()]
    minimum, maximum = _range(attribute)
    return Field(
        name=attribute.name,
        type=attribute.type,
        description=attribute.description,
        is_required=required,
        minimum=minimum,
        maximum=maximum,
        choices=attribute.choices,
    )


def _call(name: str, description: str, required: str, optional: str = "") -> Capability:
    fields = (
        *(_field(each, required=True) for each in required.split()),
        *(_field(each, required=False) for each in optional.split()),
    )
    return Capability(
        controller=name,
        type=ValueType.NONE,
        description=description,
        source=f"{_SOURCE}ThermostatSchedule Object",
        writable=True,
        is_trigger=True,
        fields=fields,
    )


def _day(day: str) -> Capability:
    return Capability(
        controller=f"{SCHEDULE_OF}{day}",
        type=ValueType.LIST,
        description=f"the schedule's entries of {day}, such as setTime:1 startTime:06:30 heatSetting:68",
        source=f"{_SOURCE}ThermostatSchedule Object",
        readable=True,
    )


SCHEDULE_ATTRIBUTES = by_name(SCHEDULE)
SCHEDULE_OF = "schedule_"
"""What the names of all controllers of the schedule begin with."""

_CALIBRATION_TWIN = replace(
    _capability(PREDEFINED[CALIBRATION[0].lower()]),
    controller=CALIBRATION[1],
    description=f"another spelling of {CALIBRATION[0]}",
    alias_of=CALIBRATION[0],
)

_STATES = (*map(_capability, THERMOSTAT), _CALIBRATION_TWIN)

CALLS = (
    _call(
        "schedule_set",
        "changes a set time of the thermostat's schedule",
        "dayOfWeek setTime",
        "startTime system heatSetting coolSetting fan keypad",
    ),
    _call(
        "schedule_add",
        "adds a set time to the thermostat's schedule",
        "dayOfWeek setTime startTime heatSetting coolSetting",
        "system fan keypad",
    ),
    _call("schedule_delete", "deletes a set time of the thermostat's schedule", "dayOfWeek setTime"),
    _call("schedule_deleteAll", "deletes all set times of a day of the thermostat's schedule", "dayOfWeek"),
)

_DAY_LISTS = tuple(map(_day, DAYS))

THERMOSTAT_TYPE = DeviceType(
    name="thermostat",
    description="one thermostat, by its name or its serialNo",
    settings=ThermostatSettings,
    controllers=(*_STATES, *CALLS, *_DAY_LISTS),
)
GROUP_TYPE = DeviceType(
    name="group",
    description="several thermostats that are set together, by their group name or a user-defined attribute",
    settings=GroupSettings,
    controllers=tuple(row for row in _STATES if row.writable),
)
DEVICE_TYPES = (THERMOSTAT_TYPE, GROUP_TYPE)
"""The device types of a Founten site."""


def attribute_of(target: Target) -> Attribute | None:
    """Return the Thermostat attribute behind a target; None for a user-defined one."""
    return _attribute(target.capability.controller)


@lru_cache(maxsize=1024)
def _attribute(name: str) -> Attribute | None:
    return PREDEFINED.get((CALIBRATION[0] if name in CALIBRATION else name).lower())


def is_schedule(target: Target) -> bool:
    """Whether a target belongs to the thermostat's schedule rather than to the thermostat."""
    capability = target.capability
    return bool(capability.fields) or capability.type is ValueType.LIST


def capabilities_of(
    device_type: DeviceType, settings: FountenDeviceSettings, default_unit: Unit | None
) -> tuple[Capability, ...]:
    """Return a device type's capabilities as one device has them.

    They have the unit of the site file and the device's user-defined attributes; without the schedule's days
    unless they are asked for, and without what selects the members of a group.
    """
    unit = settings.unit or default_unit
    rows = (row for row in device_type.controllers if _has(settings, row))
    user_defined = (_user_defined(name) for name in settings.attributes if not _selects(settings, name))
    return (*(_in_unit(row, unit) for row in rows), *user_defined)


def _has(settings: FountenDeviceSettings, row: Capability) -> bool:
    if row in _DAY_LISTS:
        return isinstance(settings, ThermostatSettings) and settings.read_schedule
    return not _selects(settings, row.controller)


def _selects(settings: FountenDeviceSettings, name: str) -> bool:
    """Whether a group is selected by this attribute: setting it would dissolve the group."""
    return isinstance(settings, GroupSettings) and settings.criterion[0].lower() == name.lower()


def _in_unit(row: Capability, unit: Unit | None) -> Capability:
    """Return a row whose temperatures are in the site file's unit: no integers, where they are converted."""
    if unit is None:
        return row
    fields = tuple(_field_in_unit(field, unit) for field in row.fields)
    scale = _scale(row.controller)
    if not scale:
        return replace(row, fields=fields)
    sign = _SIGNS[unit] if scale == "temperature" else "K" if unit == "celsius" else _SIGNS[unit]
    return replace(row, type=ValueType.NUMBER, unit=sign)


def _scale(controller: str) -> str:
    name = CALIBRATION[0] if controller in CALIBRATION else controller
    attribute = PREDEFINED.get(name.lower())
    return attribute.scale if attribute else ""


def _field_in_unit(field: Field, unit: Unit) -> Field:
    if SCHEDULE_ATTRIBUTES[field.name.lower()].scale:
        return replace(field, type=ValueType.NUMBER, unit=_SIGNS[unit])
    return field
