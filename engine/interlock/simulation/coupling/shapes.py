"""The keys of the section ``plant``, in units that stand on a technician's plans."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from interlock.capabilities import nearest

_COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
BEARINGS: Mapping[str, float] = {name: 45.0 * place for place, name in enumerate(_COMPASS)}
"""Where windows can look, in degrees."""
LOSSES: Mapping[str, float] = {"poor": 2.0, "average": 1.0, "good": 0.5, "passive": 0.25}
"""W/K for each m² of floor: before 1975, the nineties, today's law, a passive house."""
CAPACITIES: Mapping[str, float] = {"light": 110_000.0, "medium": 165_000.0, "heavy": 260_000.0}
"""J/K for each m² of floor. Source: ISO 13790, table 12."""
WEEKS = ("home", "office", "hotel", "shop", "always", "never")
"""Hours that have a name."""
Day = Literal[
    "daily",
    "weekdays",
    "weekend",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
]
_DAYS: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_SETS: Mapping[Day, tuple[int, ...]] = {
    "daily": tuple(range(7)),
    "weekdays": tuple(range(5)),
    "weekend": (5, 6),
    **{name: (number,) for number, name in enumerate(_DAYS)},
}
"""What each key of ``occupied`` stands for; a later one in this order goes before an earlier one."""


def _bearing(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value in BEARINGS:
        return BEARINGS[value]
    meant = nearest(value, BEARINGS)
    hint = f"did you mean '{meant}'?" if meant else f"write {', '.join(_COMPASS)} or degrees"
    raise ValueError(f"'{value}' is no bearing; {hint}")


def _hour(text: object) -> float:
    if isinstance(text, float):
        return text
    found = re.fullmatch(r"([01]?[0-9]|2[0-4]):([0-5][0-9])", str(text))
    if not found or (hour := int(found[1]) + int(found[2]) / 60) > 24:
        raise ValueError(f"'{text}' is no time of day: write for example \"07:30\"")
    return hour


def _window(window: tuple[float, float]) -> tuple[float, float]:
    if window[0] == window[1]:
        raise ValueError("it ends when it begins")
    return window


def _week(value: object) -> object:
    if isinstance(value, str) and value not in WEEKS:
        meant = nearest(value, WEEKS)
        hint = f"did you mean '{meant}'?" if meant else f"write {', '.join(WEEKS)}, or hours by days"
        raise ValueError(f"there are no hours called '{value}'; {hint}")
    if isinstance(value, dict) and (wrong := next((day for day in value if day not in DAY_SETS), None)):
        meant = nearest(str(wrong), DAY_SETS)
        hint = f"did you mean '{meant}'?" if meant else f"known here: {', '.join(DAY_SETS)}"
        raise ValueError(f"there are no days called '{wrong}'; {hint}")
    return value


def _kind_of_week(value: object) -> str:
    return "hours" if isinstance(value, Mapping) else "word"


def _many(value: object) -> object:
    """Return one or several as several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _things(key: str) -> BeforeValidator:
    def several(value: object) -> object:
        return [{key: each} if isinstance(each, str) else each for each in _listed(_many(value))]

    return BeforeValidator(several)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


Hours = Annotated[
    tuple[Annotated[float, BeforeValidator(_hour)], Annotated[float, BeforeValidator(_hour)]],
    AfterValidator(_window),
]
Points = Annotated[tuple[str, ...], BeforeValidator(_many)]
_Watts = Annotated[float, Field(gt=0, le=1e7)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FabricShape(_Shape):
    """What every zone can say of its walls and people."""

    area: float = Field(20.0, gt=0, le=100_000, description="the floor, in m²")
    height: float = Field(2.6, gt=1, le=50, description="from floor to ceiling, in m")
    window: float = Field(3.0, ge=0, le=10_000, description="the windows with their frames, in m²")
    facing: Annotated[float, BeforeValidator(_bearing), Field(ge=0, le=360)] = Field(
        180.0, description="where the windows look: north, north-east, …, or degrees from north over east"
    )
    insulation: Literal["poor", "average", "good", "passive"] = Field(
        "average", description="of walls and windows: before 1975, the nineties, today's law, a passive house"
    )
    losses: float | None = Field(
        None, gt=0, le=1e6, description="through walls and windows in W/K, in place of the insulation"
    )
    mass: Literal["light", "medium", "heavy"] = Field(
        "medium", description="what stores heat: timber, bricks with plasterboard, bare concrete"
    )
    air_changes: float = Field(0.5, ge=0, le=50, description="with the windows shut, each hour")
    starts_at: float | None = Field(
        None, ge=-30, le=60, description="the temperature at the beginning, in °C"
    )
    people: int = Field(2, ge=0, le=10_000, description="how many are there at most")
    occupied: Annotated[
        Annotated[Literal["home", "office", "hotel", "shop", "always", "never"], Tag("word")]
        | Annotated[Mapping[Day, tuple[Hours, ...]], Tag("hours")],
        Discriminator(_kind_of_week),
        BeforeValidator(_week),
    ] = Field(
        "home", description="when they are there: home, office, hotel, shop, always, never, or hours by days"
    )
    airing: bool = Field(True, description="whether they open the window, where it has a contact")


class ThermostatShape(_Shape):
    """A thermostat that drives the zone's heating by itself."""

    device: str | None = Field(None, description="the device whose points are found by their names")
    setpoint: str | None = Field(None, description="its setpoint")
    cooling_setpoint: str | None = Field(None, description="its setpoint of cooling")
    mode: str | None = Field(None, description="its mode: comfort, standby, economy, protection")
    system: str | None = Field(None, description="its choice of off, heating and cooling")
    running: str | None = Field(None, description="what says which stage it runs, where the device decides")
    kind: Literal["radiator", "floor", "electric", "air"] = Field(
        "radiator", description="what it heats with"
    )
    heating: _Watts | None = Field(None, description="what it gives at most, in W")
    cooling: _Watts | None = Field(None, description="what it takes out at most, in W")


class HvacShape(_Shape):
    """An air conditioner or a fan coil, with a control of its own."""

    device: str | None = Field(None, description="the device whose points are found by their names")
    on: str | None = Field(None, description="what switches it")
    mode: str | None = Field(None, description="its mode: cooling, heating, dry, fan, auto")
    setpoint: str | None = Field(None, description="its setpoint")
    fan: str | None = Field(None, description="the speed of its fan")
    cooling: _Watts | None = Field(None, description="what it takes out at most, in W")
    heating: _Watts | None = Field(None, description="what it brings in at most, in W")


class HeatingShape(_Shape):
    """A valve or a relay that rules drive."""

    point: str = Field(description="the valve, 0 to 100 %, or the relay")
    kind: Literal["radiator", "floor", "electric", "air"] = Field("radiator", description="what it feeds")
    power: _Watts | None = Field(None, description="what it gives at most, in W")


class CoolingShape(_Shape):
    """A valve or a relay that rules drive, of what cools."""

    point: str = Field(description="the valve, 0 to 100 %, or the relay")
    power: _Watts | None = Field(None, description="what it takes out at most, in W")


class FanShape(_Shape):
    """What airs by a motor."""

    point: str = Field(description="its speed, 0 to 100 %, or its switch")
    air: float | None = Field(None, gt=0, le=1e6, description="at full speed, in m³/h")
    power: _Watts | None = Field(None, description="at full speed, in W")


class BlindShape(_Shape):
    """What shades the zone's windows."""

    device: str | None = Field(None, description="the device whose points are found by their names")
    position: str | None = Field(None, description="how far it is down: 0 up … 100 down")
    slats: str | None = Field(None, description="how far its lamellas are turned: 0 level … 100 closed")


class LampShape(_Shape):
    """What lights the zone."""

    point: str = Field(description="its brightness, 0 to 100 %, or its switch")
    power: _Watts | None = Field(None, description="at full brightness, in W")


class ZoneShape(FabricShape):
    """A zone: its fabric, what shows it, and what acts on it."""

    temperature: Points = Field((), description="what shows its temperature")
    humidity: Points = Field((), description="what shows its relative humidity")
    co2: Points = Field((), description="what shows the carbon dioxide in its air")
    brightness: Points = Field((), description="what shows its light")
    presence: Points = Field((), description="what shows whether somebody is there")
    contact: Points = Field((), description="its window contacts: on is open")
    power: Points = Field((), description="what shows the electric power of what acts on it")
    energy: Points = Field((), description="what counts the electricity of what acts on it")
    thermostat: Annotated[tuple[ThermostatShape, ...], _things("device"), Field(max_length=1)] = Field(
        (), description="what heats it by a setpoint: a device, or its points"
    )
    hvac: Annotated[tuple[HvacShape, ...], _things("device")] = Field(
        (), description="its air conditioners: devices, or their points"
    )
    heating: Annotated[tuple[HeatingShape, ...], _things("point")] = Field(
        (), description="valves and relays of its heating"
    )
    cooling: Annotated[tuple[CoolingShape, ...], _things("point")] = Field(
        (), description="valves and relays of its cooling"
    )
    fan: Annotated[tuple[FanShape, ...], _things("point")] = Field((), description="what airs it by a motor")
    blind: Annotated[tuple[BlindShape, ...], _things("device")] = Field((), description="its blinds")
    lamp: Annotated[tuple[LampShape, ...], _things("point")] = Field((), description="its lamps")
    neighbours: Mapping[str, Annotated[float, Field(gt=0, le=10_000)]] = Field(
        {}, description="the wall to other zones in m², by their names"
    )


class OutdoorShape(_Shape):
    """What shows the weather."""

    temperature: Points = Field((), description="what shows the temperature outdoors")
    humidity: Points = Field((), description="what shows the humidity outdoors")
    daylight: Points = Field((), description="what shows the daylight, in lx")
    sun: Points = Field((), description="what shows the sun's power, in W/m²")
    wind: Points = Field((), description="what shows the wind's speed")
    rain: Points = Field((), description="what shows whether it rains, or how much")


class MeterShape(_Shape):
    """What counts the electricity of everything that the building moves."""

    power: Points = Field((), description="what shows the power")
    energy: Points = Field((), description="what counts the energy")


class PlantShape(_Shape):
    """The keys of the section itself that hold plain values."""

    unit: Literal["celsius", "fahrenheit"] | None = Field(
        None, description="in which temperatures without a unit count; by what the devices hold if not said"
    )
