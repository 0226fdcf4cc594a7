"""What a point can be to a building: what it shows of it, or does to it, and which points can be that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from interlock.capabilities import Capability, ValueType

_NUMBERS = frozenset({ValueType.NUMBER, ValueType.INTEGER})
_SWITCHES = frozenset({ValueType.BOOLEAN})
_WORDS = frozenset({ValueType.CHOICE, ValueType.TEXT})
_DEGREES = ("°C", "°F")
_PERCENT = ("%",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a point must be able to hold for a role."""

    what: str
    """In words, with an article."""
    types: frozenset[ValueType]
    units: tuple[str, ...] = ()
    """What it may count in; a point without a unit fits always."""
    writable: bool = False
    """Whether rules and people must be able to set it, so that it moves the building."""

    def fault(self, capability: Capability) -> str:
        """Return why a controller cannot be this, in words; empty where it can."""
        if capability.is_trigger or capability.type not in self.types:
            kinds = " or ".join(sorted(each.value for each in self.types))
            return f"it must hold {_article(kinds)}"
        if not self.writable and not capability.readable:
            return "it must be readable"
        if self.writable and not (capability.writable or capability.readable):
            return "it must be readable or writable"
        if capability.unit and self.units and capability.unit not in self.units:
            return f"it counts in {capability.unit}, and this takes {' or '.join(self.units)}"
        return ""


def _article(kinds: str) -> str:
    return f"an {kinds}" if kinds[0] in "aeiou" else f"a {kinds}"


class Role(Enum):
    """What a point is to a building."""

    # What shows the building.
    TEMPERATURE = Needs(what="a room temperature", types=_NUMBERS, units=_DEGREES)
    HUMIDITY = Needs(what="a relative humidity", types=_NUMBERS, units=_PERCENT)
    CO2 = Needs(what="carbon dioxide in the air", types=_NUMBERS, units=("ppm",))
    BRIGHTNESS = Needs(what="the light in a room", types=_NUMBERS, units=("lx", "lux", "klx"))
    PRESENCE = Needs(what="a presence detector", types=_SWITCHES)
    CONTACT = Needs(what="a window contact", types=_SWITCHES)
    POWER = Needs(what="an electric power", types=_NUMBERS, units=("W", "kW"))
    ENERGY = Needs(what="an electricity meter", types=_NUMBERS, units=("Wh", "kWh", "MWh"))
    OUTDOOR_TEMPERATURE = Needs(what="the temperature outdoors", types=_NUMBERS, units=_DEGREES)
    OUTDOOR_HUMIDITY = Needs(what="the humidity outdoors", types=_NUMBERS, units=_PERCENT)
    DAYLIGHT = Needs(what="the daylight outdoors", types=_NUMBERS, units=("lx", "lux", "klx"))
    SUN = Needs(what="the sun's power on level ground", types=_NUMBERS, units=("W/m²", "W/m2"))
    WIND = Needs(what="the wind's speed", types=_NUMBERS, units=("m/s", "km/h"))
    RAIN = Needs(what="rain", types=_SWITCHES | _NUMBERS, units=("mm/h", "l/m²h"))
    # What moves the building.
    SETPOINT = Needs(what="a setpoint", types=_NUMBERS, units=_DEGREES, writable=True)
    COOLING_SETPOINT = Needs(what="a setpoint of cooling", types=_NUMBERS, units=_DEGREES, writable=True)
    MODE = Needs(
        what="an operating mode: comfort, standby, economy or protection",
        types=_WORDS | {ValueType.INTEGER, ValueType.BOOLEAN},
        writable=True,
    )
    SYSTEM = Needs(what="a choice of off, heating and cooling", types=_WORDS | _SWITCHES, writable=True)
    RUNNING = Needs(what="what a thermostat runs, in a word", types=_WORDS)
    HEATING = Needs(
        what="a valve or relay of a heating", types=_SWITCHES | _NUMBERS, units=_PERCENT, writable=True
    )
    COOLING = Needs(
        what="a valve or relay of a cooling", types=_SWITCHES | _NUMBERS, units=_PERCENT, writable=True
    )
    AC_POWER = Needs(what="the power of an air conditioner", types=_SWITCHES, writable=True)
    AC_MODE = Needs(what="the mode of an air conditioner", types=_WORDS, writable=True)
    AC_SETPOINT = Needs(what="an air conditioner's setpoint", types=_NUMBERS, units=_DEGREES, writable=True)
    AC_FAN = Needs(what="the fan of an air conditioner", types=_WORDS | _NUMBERS, writable=True)
    FAN = Needs(what="a fan that airs", types=_SWITCHES | _NUMBERS, units=_PERCENT, writable=True)
    BLIND = Needs(what="how far a blind is down", types=_NUMBERS | _SWITCHES, units=_PERCENT, writable=True)
    SLATS = Needs(what="how far lamellas are turned", types=_NUMBERS, units=_PERCENT, writable=True)
    LAMP = Needs(what="a lamp", types=_SWITCHES | _NUMBERS, units=_PERCENT, writable=True)

    @property
    def needs(self) -> Needs:
        """What a point must be able to hold for it."""
        value: Needs = self.value
        return value
