"""The attributes of simulated thermostats, read from the Founten API description independently of the driver.

Source: "Object Attributes", tables "Thermostat Object" and "ThermostatHistory Object".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

INTEGER = re.compile(r"-?[0-9]{1,6}")
DECIMAL = re.compile(r"-?[0-9]{1,6}(\.[0-9]+)?")
TEXT = re.compile(r"[^;]*", re.DOTALL)
SYSTEMS = ("Off", "Auto", "Heat", "Cool")
FANS = ("Auto", "On")
SWITCH = ("On", "Off")
YES_NO = ("Yes", "No")

Takes: TypeAlias = tuple[str, ...] | re.Pattern[str]
"""The values that an attribute takes: a list of them, or a pattern."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A reserved attribute of a thermostat."""

    name: str
    """As the manual spells it."""
    takes: Takes
    start: str
    """What a thermostat holds when the simulator starts."""
    is_settable: bool = True

    def accepts(self, value: str) -> bool:
        """Return whether a client may set this value; values are case-sensitive."""
        return self.is_settable and fits(value, self.takes)


def fits(value: str, takes: Takes) -> bool:
    """Return whether a value is among those that an attribute takes."""
    return value in takes if isinstance(takes, tuple) else bool(takes.fullmatch(value))


_ROWS = (
    Attribute("name", TEXT, "", is_settable=False),
    Attribute("groupName", TEXT, ""),
    Attribute("serialNo", TEXT, "", is_settable=False),
    Attribute("system", SYSTEMS, "Auto"),
    Attribute("heatSetting", INTEGER, "68"),
    Attribute("coolSetting", INTEGER, "72"),
    Attribute("fan", FANS, "Auto"),
    Attribute("status", ("Occupied", "Vacant"), "Occupied"),
    Attribute("temperature", DECIMAL, "70", is_settable=False),
    Attribute("setBy", ("Station", "Remote", "Schedule"), "Station", is_settable=False),
    Attribute("frontKeypad", SWITCH, "On"),
    Attribute("runStatus", TEXT, "Off", is_settable=False),
    Attribute("auxStatus", SWITCH, "Off", is_settable=False),
    Attribute("cycleRate", INTEGER, "4"),
    Attribute("anticipationDegrees", DECIMAL, "0.5"),
    Attribute("calibrationOffet", DECIMAL, "0.0"),
    Attribute("heatStages", INTEGER, "1"),
    Attribute("coolStages", INTEGER, "1"),
    Attribute("fanStages", INTEGER, "1"),
    Attribute("temperatureFormat", ("Fahrenheit", "Celsius"), "Fahrenheit"),
    Attribute("systemType", ("Conventional", "Heat Pump"), "Conventional"),
    Attribute("minHeatSetting", INTEGER, "45"),
    Attribute("maxHeatSetting", INTEGER, "85"),
    Attribute("minCoolSetting", INTEGER, "60"),
    Attribute("maxCoolSetting", INTEGER, "95"),
    Attribute("fanCirculationTime", INTEGER, "0"),
    Attribute("heatingType", TEXT, "60000 BTU"),
    Attribute("heating2Type", TEXT, ""),
    Attribute("coolingType", TEXT, "3 Ton"),
    Attribute("cooling2Type", TEXT, ""),
    Attribute("allowKeypadDisable", YES_NO, "No"),
    Attribute("weight", INTEGER, "1"),
    Attribute("schedule", SWITCH, "On"),
    Attribute("scheduleRepeat", ("Weekday", "Weekly"), "Weekly"),
    Attribute("scheduleSetTimes", ("2", "3", "4", "Variable"), "Variable"),
    Attribute("scheduleMultipleSystem", YES_NO, "Yes"),
    Attribute("scheduleMultipleFan", YES_NO, "Yes"),
    Attribute("scheduleSystem", SYSTEMS, "Auto"),
    Attribute("scheduleFan", FANS, "Auto"),
    Attribute("scheduleFrontKeypad", SWITCH, "On"),
)

RESERVED: Mapping[str, Attribute] = MappingProxyType({row.name.lower(): row for row in _ROWS})
"""The attributes that the manual names, by their names in lower case."""

BEYOND: Mapping[str, str] = MappingProxyType(
    {
        "humidity": "45",
        "humidifySetting": "0",
        "dehumidifySetting": "0",
        "co2Setting": "0",
        "co2Level": "0",
        "outsideVentilation": "Off",
        "heatNeedsFan": "No",
        "statusDisplay": "",
        "modelNo": "TS250",
        "version": "5.4",
    }
)
"""What live servers of the family tell beyond the manual and public clients ask for, with a start value.

The manual does not reserve these names, so they are user-defined attributes here.
"""

IDENTITY = ("name", "groupName", "serialNo")
"""What tells a thermostat in its history, once for all its records."""

RECORDED = (
    "system",
    "heatSetting",
    "coolSetting",
    "fan",
    "status",
    "temperature",
    "setBy",
    "frontKeypad",
    "runStatus",
    "auxStatus",
)
"""What a record of the history holds besides its timestamp."""

ACTIVE = frozenset({"system", "heatsetting", "coolsetting", "fan", "frontkeypad"})
"""The active settings, in lower case: ``setBy`` says who set them last."""

DEGREES = frozenset(
    {
        "heatsetting",
        "coolsetting",
        "minheatsetting",
        "maxheatsetting",
        "mincoolsetting",
        "maxcoolsetting",
        "temperature",
    }
)
"""The temperatures, in lower case, in the unit that ``temperatureFormat`` names."""


def start_values() -> Iterator[tuple[str, str]]:
    """Yield what a thermostat holds when the simulator starts, by names in lower case."""
    yield from ((name, row.start) for name, row in RESERVED.items())
    yield from ((name.lower(), value) for name, value in BEYOND.items())
