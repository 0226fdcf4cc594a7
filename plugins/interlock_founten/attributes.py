"""The attributes of the Founten API as tables: one row for each line of the manual, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from interlock import ValueType

Scale = Literal["", "temperature", "difference"]
"""Whether a number depends on the thermostat's temperatureFormat, and how: a temperature has another zero
in the other format, a difference only another size."""

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Vacation")
FORMATS = ("Fahrenheit", "Celsius")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of one object."""

    name: str
    """As the manual spells it; any case means the same."""
    type: ValueType
    description: str
    settable: bool = False
    choices: tuple[str, ...] = ()
    """As the manual spells them; their case counts. Sites answer with others too."""
    minimum: int | None = None
    maximum: int | None = None
    scale: Scale = ""
    unit: str = ""


def _text(name: str, description: str, *, settable: bool = False) -> Attribute:
    return Attribute(name=name, type=ValueType.TEXT, description=description, settable=settable)


def _choice(name: str, choices: str, description: str, *, settable: bool = True) -> Attribute:
    return Attribute(
        name=name,
        type=ValueType.CHOICE,
        description=description,
        settable=settable,
        choices=tuple(choices.split(", ")),
    )


def _integer(
    name: str,
    description: str,
    *,
    scale: Scale = "",
    minimum: int | None = None,
    maximum: int | None = None,
    unit: str = "",
) -> Attribute:
    return Attribute(
        name=name,
        type=ValueType.INTEGER,
        description=description,
        settable=True,
        minimum=minimum,
        maximum=maximum,
        scale=scale,
        unit=unit,
    )


def _decimal(name: str, description: str, scale: Scale, *, settable: bool = True) -> Attribute:
    return Attribute(
        name=name, type=ValueType.NUMBER, description=description, settable=settable, scale=scale
    )


_SYSTEM = "Off, Auto, Heat, Cool"
_RUN_STATUS = "Off, Cool-Stage1, Cool-Stage2, Heat-Stage1, Heat-Stage2, Fan, Fan2"
_NAME = _text("name", "the configured name of the thermostat")

THERMOSTAT = (
    _NAME,
    _text("groupName", "the configured group name of the thermostat", settable=True),
    _text("serialNo", "the thermostat's serial number"),
    _choice("system", _SYSTEM, "the active system mode"),
    _integer("heatSetting", "the active heat setting", scale="temperature"),
    _integer("coolSetting", "the active cool setting", scale="temperature"),
    _choice("fan", "Auto, On", "the active fan mode"),
    _choice("status", "Occupied, Vacant", "normally Occupied; Vacant while the vacation schedule is active"),
    _decimal("temperature", "the current measured temperature", "temperature", settable=False),
    _choice(
        "setBy", "Station, Remote, Schedule", "how the active settings were set; Remote by us", settable=False
    ),
    _choice("frontKeypad", "On, Off", "whether the thermostat's keypad can be used"),
    _choice("runStatus", _RUN_STATUS, "the currently active heating or cooling status", settable=False),
    _choice("auxStatus", "On, Off", "whether auxiliary heat is active", settable=False),
    _integer("cycleRate", "the configured target cycle rate"),
    _decimal("anticipationDegrees", "the configured anticipation degrees", "difference"),
    _decimal("calibrationOffet", "the configured calibration degrees", "difference"),
    _integer("heatStages", "how many heat stages there are", minimum=0),
    _integer("coolStages", "how many cool stages there are", minimum=0),
    _integer("fanStages", "how many fan stages there are", minimum=0),
    _choice("temperatureFormat", "Fahrenheit, Celsius", "in which unit the thermostat counts"),
    _choice("systemType", "Conventional, Heat Pump", "the active system type"),
    _integer("minHeatSetting", "the lowest heat setting that users can choose", scale="temperature"),
    _integer("maxHeatSetting", "the highest heat setting that users can choose", scale="temperature"),
    _integer("minCoolSetting", "the lowest cool setting that users can choose", scale="temperature"),
    _integer("maxCoolSetting", "the highest cool setting that users can choose", scale="temperature"),
    _integer(
        "fanCirculationTime",
        "minutes in each hour to circulate the fan",
        minimum=0,
        maximum=60,
        unit="min",
    ),
    _text("heatingType", "the size of the heating system", settable=True),
    _text("heating2Type", "the size of the second stage's heating system", settable=True),
    _text("coolingType", "the size of the cooling system", settable=True),
    _text("cooling2Type", "the size of the second stage's cooling system", settable=True),
    _choice("allowKeypadDisable", "Yes, No", "whether the display has a button that locks the keypad"),
    _integer("weight", "how much the thermostat counts beside remote sensors"),
    _choice("schedule", "On, Off", "whether the schedule is active; Off pauses it and keeps its entries"),
    _choice("scheduleRepeat", "Weekday, Weekly", "how the schedule repeats"),
    _choice("scheduleSetTimes", "2, 3, 4, Variable", "how many set times a day the schedule has"),
    _choice("scheduleMultipleSystem", "Yes, No", "whether each set time has a system mode of its own"),
    _choice("scheduleMultipleFan", "Yes, No", "whether each set time has a fan mode of its own"),
    _choice(
        "scheduleSystem",
        "Auto, Heat, Cool, Off",
        "the schedule's system mode where scheduleMultipleSystem is No",
    ),
    _choice("scheduleFan", "Auto, On", "the schedule's fan mode where scheduleMultipleFan is No"),
    _choice(
        "scheduleFrontKeypad",
        "On, Off",
        "the schedule's front keypad setting where scheduleMultipleSystem is No",
    ),
)
"""The Thermostat object. Source: Founten API, Object Attributes / Thermostat Object."""

SCHEDULE = (
    _NAME,
    _choice("dayOfWeek", ", ".join(DAYS), "the day of the week"),
    _integer("setTime", "the index of the set time within its day; sites count from 1", minimum=0),
    _text("startTime", "the time of day, 24 h, such as 06:30", settable=True),
    _choice("system", "Auto, Heat, Cool, Off", "the system mode"),
    _integer("heatSetting", "the heat setting", scale="temperature"),
    _integer("coolSetting", "the cool setting", scale="temperature"),
    _choice("fan", "Auto, On", "the fan setting"),
    _choice("keypad", "On, Off", "the keypad setting"),
    _choice("delete", "None", "deletes the entry"),
    _choice("deleteAll", "None", "deletes the entries of the entire day"),
)
"""The ThermostatSchedule object. Source: Founten API, Object Attributes / ThermostatSchedule Object."""

_OF_HISTORY = (
    "name", "groupName", "serialNo", "system", "heatSetting", "coolSetting", "fan", "status", "temperature",
    "setBy", "frontKeypad", "runStatus", "auxStatus",
)  # fmt: skip

HISTORY_TIMES = ("timestamp", "startDateTime", "endDateTime")
"""What a record of the ThermostatHistory object has besides: ISO 8601 times, the last two to select by."""


def by_name(attributes: Iterable[Attribute]) -> Mapping[str, Attribute]:
    """Return attributes by their names in small letters, because case does not count in names."""
    return MappingProxyType({attribute.name.lower(): attribute for attribute in attributes})


PREDEFINED = by_name(THERMOSTAT)
"""The Thermostat object's own attributes; any other name is a user-defined one."""

HISTORY = tuple(PREDEFINED[name.lower()] for name in _OF_HISTORY)
"""What the ThermostatHistory object remembers, none of it settable.

Source: Founten API, Object Attributes / ThermostatHistory Object.
"""

CALIBRATION = ("calibrationOffet", "calibrationOffset")
"""The manual spells it the first way, live sites the second; both mean the same attribute."""

RESERVED = frozenset({*PREDEFINED, *(name.lower() for name in CALIBRATION)})
"""Names in small letters that no user-defined attribute can have."""
