"""What a point most likely is to a building, by what it can hold, its unit, and the words in its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from interlock.capabilities import ValueType
from interlock.driver import Target
from interlock.model import Point
from interlock.simulation.coupling.roles import Role

_SETPOINT = r"set_?(point|ting|temp)|target|wanted|desired|soll"
_NO_ROOM = (
    rf"{_SETPOINT}|min|max|flow|return|supply|buffer|water|pool|boiler|tank|solar|floor|calib|duct"
    r"|outdoor|outside|outer|weather|ambient|aussen|esterna"
)
_OUTDOORS = r"outdoor|outside|outer|weather|ambient|external|aussen|esterna|roof"


def _words(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sign:
    """What tells that a point has a role."""

    role: Role
    named: re.Pattern[str]
    not_named: re.Pattern[str] | None = None
    units: tuple[str, ...] = ()
    """It must count in one of these; () takes every unit that the role takes."""
    types: tuple[ValueType, ...] = ()
    words: re.Pattern[str] | None = None
    """One of its choices must say this."""

    def fits(self, target: Target, label: str) -> bool:
        """Return whether a point has the role; the label is what its name says."""
        capability = target.capability
        return (
            not self.role.needs.fault(capability)
            and self.named.search(label) is not None
            and not (self.not_named and self.not_named.search(label))
            and (not self.units or capability.unit in self.units)
            and (not self.types or capability.type in self.types)
            and (self.words is None or any(self.words.search(each) for each in capability.choices))
        )


_ANY = re.compile("")
_COMFORT = _words("comfort", "econom", "standby", "protection", "night", "frost")
_HEAT_OR_COOL = _words("^heat", "^cool")

ROOM_TEMPERATURE = Sign(Role.TEMPERATURE, _words("temp", "actual", "room"), _words(_NO_ROOM, "mode"))
SENSORS = (
    Sign(Role.CO2, _ANY, units=Role.CO2.needs.units),
    Sign(Role.HUMIDITY, _words("humid", "moist", "feucht"), _words(_SETPOINT, "ify", "min", "max")),
    Sign(Role.BRIGHTNESS, _ANY, units=Role.BRIGHTNESS.needs.units),
    Sign(Role.POWER, _ANY, _words(_SETPOINT, "min", "max", "limit"), units=Role.POWER.needs.units),
    Sign(Role.ENERGY, _ANY, units=Role.ENERGY.needs.units),
    Sign(Role.PRESENCE, _words("presence", "motion", "occup", "pir", "card")),
    Sign(Role.CONTACT, _words("window", "door", "contact"), _words("bell", "lock")),
)
"""What shows a room, in the order in which they are tried; a room's temperature comes before them."""
OUTDOORS = (
    Sign(Role.OUTDOOR_TEMPERATURE, _words(_OUTDOORS), _words(_SETPOINT), units=("°C", "°F")),
    Sign(Role.OUTDOOR_HUMIDITY, _words(f"({_OUTDOORS}).*humid", f"humid.*({_OUTDOORS})")),
    Sign(Role.DAYLIGHT, _ANY, units=Role.DAYLIGHT.needs.units),
    Sign(Role.SUN, _ANY, units=Role.SUN.needs.units),
    Sign(Role.WIND, _words("wind"), units=Role.WIND.needs.units),
    Sign(Role.RAIN, _words("rain", "regen", "pioggia"), types=(ValueType.BOOLEAN,)),
)
"""What shows the weather, in the order in which they are tried."""
_THINGS: Mapping[str, tuple[Sign, ...]] = MappingProxyType(
    {
        "hvac": (
            Sign(Role.AC_POWER, _words("power", "switch", "enable", "on_?off", r"_on$")),
            Sign(Role.AC_MODE, _words("mode"), words=_HEAT_OR_COOL),
            Sign(Role.AC_SETPOINT, _words(_SETPOINT)),
            Sign(Role.AC_FAN, _words("fan", "speed")),
        ),
        "thermostat": (
            Sign(Role.RUNNING, _words("^run", "running", "demand", "action")),
            Sign(Role.SETPOINT, _words(_SETPOINT), _words("cool", "min", "max", "humid", "co2", "ac_")),
            Sign(Role.COOLING_SETPOINT, _words(f"cool.*({_SETPOINT})"), _words("min", "max")),
            Sign(Role.MODE, _words("mode"), words=_COMFORT),
            Sign(Role.SYSTEM, _words("system", "mode"), words=_HEAT_OR_COOL),
        ),
        "heating": (Sign(Role.HEATING, _words("valve", "heating", "radiator", "heater")),),
        "cooling": (Sign(Role.COOLING, _words("cooling", "chill")),),
        "fan": (Sign(Role.FAN, _words("fan", "ventil", "extract")),),
        "blind": (
            Sign(
                Role.BLIND,
                _words("height", "position", "blind", "shutter", "awning", "curtain"),
                _words("lock", "step"),
                types=(ValueType.INTEGER, ValueType.NUMBER),
            ),
            Sign(Role.SLATS, _words("angle", "slat", "tilt", "lamel")),
        ),
        "lamp": (
            Sign(
                Role.LAMP,
                _words("light", "lamp", "level", "dim"),
                _words("daylight"),
                types=(ValueType.INTEGER, ValueType.NUMBER),
            ),
            Sign(Role.LAMP, _words("light", "lamp"), _words("daylight"), types=(ValueType.BOOLEAN,)),
        ),
    }
)
KINDS = tuple(_THINGS)
"""Kinds of things in a zone, in the order in which a device is tried for them."""
_ESSENTIAL: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "hvac": frozenset({Role.AC_MODE}),
        "thermostat": frozenset({Role.SETPOINT, Role.RUNNING, Role.MODE}),
        "heating": frozenset({Role.HEATING}),
        "cooling": frozenset({Role.COOLING}),
        "fan": frozenset({Role.FAN}),
        "blind": frozenset({Role.BLIND}),
        "lamp": frozenset({Role.LAMP}),
    }
)
"""Of each kind, the roles of which a device must have one."""
_ROLES: Mapping[str, tuple[Role, ...]] = MappingProxyType(
    {kind: tuple(dict.fromkeys(sign.role for sign in signs)) for kind, signs in _THINGS.items()}
)
_PRIMARY: Mapping[str, Role] = MappingProxyType(
    {kind: roles[1] if kind == "thermostat" else roles[0] for kind, roles in _ROLES.items()}
)


def primary_of(kind: str) -> Role:
    """Return what a point is that stands alone for a thing of a kind."""
    return _PRIMARY[kind]


def labels_of(targets: Sequence[Target]) -> Mapping[Point, str]:
    """Return what the names of a device's points say: their controllers'; a single one's its device's too."""
    is_alone = len(targets) == 1
    return {
        each.point: f"{each.device.name}_{each.capability.controller}"
        if is_alone
        else each.capability.controller
        for each in targets
    }


def parts_of(kind: str, targets: Sequence[Target]) -> Mapping[Role, Point]:
    """Return which points of a device are which part of a thing; empty where it is none of that kind."""
    labels = labels_of(targets)
    parts: dict[Role, Point] = {}
    for sign in _THINGS[kind]:
        found = (each.point for each in targets if sign.fits(each, labels[each.point]))
        if sign.role not in parts and (point := next(found, None)):
            parts[sign.role] = point
    return parts if not _ESSENTIAL[kind].isdisjoint(parts) else {}


def parts_by_shape(kind: str, targets: Sequence[Target]) -> Mapping[Role, Point]:
    """Return the parts of a thing that somebody says a device is: by names, and else by what it can hold."""
    if parts := parts_of(kind, targets):
        return parts
    role = _PRIMARY[kind]
    found = (each.point for each in targets if not role.needs.fault(each.capability))
    return {role: point} if (point := next(found, None)) else {}


def sensor_of(role: Role, targets: Sequence[Target]) -> Point | None:
    """Return the point of a device that somebody says shows a role: by its name, and else if it alone can."""
    labels = labels_of(targets)
    signs = [sign for sign in (ROOM_TEMPERATURE, *SENSORS, *OUTDOORS) if sign.role is role]
    named = [each for each in targets if any(sign.fits(each, labels[each.point]) for sign in signs)]
    able = [each for each in targets if not role.needs.fault(each.capability)]
    if named:
        return named[0].point
    return able[0].point if len(able) == 1 else None
