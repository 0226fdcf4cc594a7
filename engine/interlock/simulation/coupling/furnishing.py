"""What stands in a zone by its plan: units, thermostat, blinds, and the wires by which points drive them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

from interlock.model import Point, Value
from interlock.simulation.coupling.plan import Fabric, Thing, ZonePlan
from interlock.simulation.coupling.roles import Role
from interlock.simulation.coupling.scales import Scale
from interlock.simulation.coupling.telling import (
    FROST_C,
    HEAT_C,
    ac_mode_of,
    is_off,
    level_of,
    number_of,
    setback_of,
    speed_of,
    stages_of,
    system_of,
)
from interlock.simulation.coupling.wires import Wire
from interlock.simulation.plant.air_conditioner import AcRating, AcSettings, AirConditioner
from interlock.simulation.plant.blind import Blind
from interlock.simulation.plant.emitter import (
    HEATED_FLOOR,
    RADIATOR,
    Boiler,
    Emitter,
    EmitterRating,
    HeatPump,
)
from interlock.simulation.plant.thermostat import Thermostat, ThermostatMode, ThermostatSettings
from interlock.simulation.plant.units import Fan, Lamp, LevelledUnit, Stage, Unit

_Drive: TypeAlias = Callable[[Sequence[Value | None]], None]
_Reader: TypeAlias = Callable[[Sequence[Value | None]], list[Value | None]]
_DESIGN_K = 32.0
"""From 20 °C inside to -12 °C outdoors, for which heatings are laid out."""
_RESERVE = 1.3
_RADIATOR_SHARE = (35 / 50) ** 1.3
"""What a radiator gives of its rating (50 K over the room) with water of 55 °C. Source: EN 442."""
_COOLING_W_PER_M2 = 100.0
_LAMP_W_PER_M2 = 6.0
_AIR_M3_PER_H_M2 = 6.0
_FAN_W_PER_M3_H = 0.35
_COMPRESSOR = 1 / 3
"""Electricity for each joule that a compressor moves."""
_BURNER = 1 / 0.85
_AIR_J_PER_M3_K_H = 1200 / 3600
_WARM_C, _COLD_C = 21.0, 26.0
"""Where nothing says a setpoint."""


class Furnishing:
    """Makes what stands in one zone.

    Args:
        plan: The zone's.
        scales: How points count that have a unit.
        decides: The things whose devices decide by themselves what they run.
    """

    def __init__(self, plan: ZonePlan, scales: Mapping[Point, Scale], decides: frozenset[Point]) -> None:
        self._plan = plan
        self._scales = scales
        self._decides = decides
        self._names: set[str] = set()
        self.units: list[Unit] = []
        self.blinds: list[Blind] = []
        self.thermostat: Thermostat | None = None
        self.wires: list[Wire] = []
        self.deciding: Wire | None = None
        """By which a device that decides by itself drives its stages."""
        for thing in plan.things:
            _MAKERS[thing.kind](self, thing)

    def _name(self, name: str) -> str:
        """Return a name that nothing else has, in this zone or another."""
        name = f"{self._plan.name} {name.removeprefix(self._plan.name).strip('_ ')}".strip()
        number = 2
        unique = name
        while unique in self._names:
            unique, number = f"{name} {number}", number + 1
        self._names.add(unique)
        return unique

    def _add(self, unit: Unit) -> None:
        self.units.append(unit)

    def _level(self, unit: LevelledUnit, point: Point) -> None:
        def drive(values: Sequence[Value | None]) -> None:
            unit.level_percent = level_of(values[0])

        self._add(unit)
        self.wires.append(Wire((point,), drive))

    def make_heating(self, thing: Thing) -> None:
        """Put in what a valve or a relay feeds."""
        unit = self._heater(thing.name, thing.make, thing.sizes.get("power"))
        self._level(unit, thing.parts[Role.HEATING])

    def make_cooling(self, thing: Thing) -> None:
        """Put in what cools by a valve or a relay."""
        self._level(self._cooler(thing.name, thing.sizes.get("power")), thing.parts[Role.COOLING])

    def make_fan(self, thing: Thing) -> None:
        """Put in what airs by a motor."""
        air_m3_per_h = thing.sizes.get("air", self._plan.fabric.area_m2 * _AIR_M3_PER_H_M2)
        power_w = thing.sizes.get("power", air_m3_per_h * _FAN_W_PER_M3_H)
        fan = Fan(self._name(thing.name), air_m3_per_h=air_m3_per_h, power_w=power_w)
        self._level(fan, thing.parts[Role.FAN])

    def make_lamp(self, thing: Thing) -> None:
        """Put in a lamp."""
        lamps = sum(each.kind == "lamp" for each in self._plan.things)
        power_w = thing.sizes.get("power", self._plan.fabric.area_m2 * _LAMP_W_PER_M2 / lamps)
        self._level(Lamp(self._name(thing.name), power_w=power_w), thing.parts[Role.LAMP])

    def make_blind(self, thing: Thing) -> None:
        """Hang a blind before the windows."""
        blind = Blind(self._name(thing.name))
        self.blinds.append(blind)
        for role, move in ((Role.BLIND, blind.move_to), (Role.SLATS, blind.turn_to)):
            if role in thing.parts:
                self.wires.append(Wire((thing.parts[role],), partial(_move, move)))

    def make_hvac(self, thing: Thing) -> None:
        """Put in an air conditioner, which follows its settings."""
        rating = AcRating(
            cooling_w=thing.sizes.get("cooling", max(self._plan.fabric.area_m2 * 115, 2000.0)),
            heating_w=thing.sizes.get("heating", max(self._plan.fabric.area_m2 * 130, 2300.0)),
        )
        unit = AirConditioner(self._name(thing.name), rating=rating)
        roles = (Role.AC_POWER, Role.AC_MODE, Role.AC_SETPOINT, Role.AC_FAN)
        read = self._reader(thing, roles)

        def drive(values: Sequence[Value | None]) -> None:
            power, mode, setpoint, fan = read(values)
            is_on = power is True if Role.AC_POWER in thing.parts else not is_off(mode)
            setpoint_c = number_of(setpoint)
            unit.settings = AcSettings(
                is_on=is_on and not is_off(mode),
                mode=ac_mode_of(mode),
                setpoint_c=_COLD_C if setpoint_c is None else setpoint_c,
                fan=speed_of(fan),
            )

        self._add(unit)
        self._drive(thing, roles, drive)

    def make_thermostat(self, thing: Thing) -> None:
        """Put in what a thermostat drives; the device itself decides where it can."""
        running = thing.parts.get(Role.RUNNING)
        if running is not None and running in self._decides:
            self._stages(thing, running)
        else:
            self._thermostat(thing)

    def _stages(self, thing: Thing, running: Point) -> None:
        heats = [self._stage(thing, "heating", number) for number in (1, 2)]
        cools = [self._stage(thing, "cooling", number) for number in (1, 2)]

        def drive(values: Sequence[Value | None]) -> None:
            for units, stage in zip((heats, cools), stages_of(values[0]), strict=True):
                for number, unit in enumerate(units, start=1):
                    unit.is_on = stage >= number

        for unit in (*heats, *cools):
            self._add(unit)
        self.deciding = Wire((running,), drive)
        self.wires.append(self.deciding)

    def _stage(self, thing: Thing, key: str, number: int) -> Stage:
        """Return a furnace or a packaged unit; the second stage gives half of the first besides."""
        share = 1.0 if number == 1 else 0.5
        name = self._name(f"{thing.name} {key} {number}")
        if key == "heating":
            heat_w = thing.sizes.get(key, self._load_w)
            return Stage(name, heat_w=heat_w * share, electric_per_heat=0.0, fuel_per_heat=_BURNER)
        heat_w = -thing.sizes.get(key, self._plan.fabric.area_m2 * _COOLING_W_PER_M2)
        return Stage(name, heat_w=heat_w * share, electric_per_heat=_COMPRESSOR)

    def _thermostat(self, thing: Thing) -> None:
        heater = self._heater("heating", thing.make, thing.sizes.get("heating"))
        self._add(heater)
        cools: list[LevelledUnit] = []
        if Role.COOLING_SETPOINT in thing.parts or "cooling" in thing.sizes:
            cools.append(self._cooler("cooling", thing.sizes.get("cooling")))
            self._add(cools[0])
        self.thermostat = thermostat = Thermostat(heats=[heater], cools=cools)
        default = ThermostatMode.AUTO if cools else ThermostatMode.HEATING
        roles = (Role.SETPOINT, Role.COOLING_SETPOINT, Role.MODE, Role.SYSTEM)
        read = self._reader(thing, roles)

        def drive(values: Sequence[Value | None]) -> None:
            heating, cooling, mode, system = read(values)
            thermostat.settings = _settings(
                number_of(heating), number_of(cooling), mode, system_of(system, default)
            )

        self._drive(thing, roles, drive)

    def _drive(self, thing: Thing, roles: Sequence[Role], drive: _Drive) -> None:
        self.wires.append(Wire(tuple(thing.parts[role] for role in roles if role in thing.parts), drive))

    def _reader(self, thing: Thing, roles: Sequence[Role]) -> _Reader:
        """Return what puts values at the places of roles, numbers as physics counts them."""
        there = [role for role in roles if role in thing.parts]

        def read(values: Sequence[Value | None]) -> list[Value | None]:
            found = dict(zip(there, values, strict=True))
            return [self._in_physics(thing.parts.get(role), found.get(role)) for role in roles]

        return read

    def _in_physics(self, point: Point | None, value: Value | None) -> Value | None:
        number, scale = number_of(value), self._scales.get(point) if point else None
        return value if number is None or scale is None else scale.from_point(number)

    def _heater(self, name: str, make: str, size_w: float | None) -> LevelledUnit:
        name, load_w = self._name(name), self._load_w
        match make:
            case "electric":
                return Stage(name, heat_w=size_w or load_w)
            case "air":
                return Stage(name, heat_w=size_w or load_w, electric_per_heat=0.0, fuel_per_heat=_BURNER)
            case "floor":
                return Emitter(name, rating=_sized(HEATED_FLOOR, size_w or load_w), supply=HeatPump())
            case _:
                rating = _sized(RADIATOR, (size_w or load_w) / _RADIATOR_SHARE)
                return Emitter(name, rating=rating, supply=Boiler())

    def _cooler(self, name: str, size_w: float | None) -> Stage:
        heat_w = size_w or self._plan.fabric.area_m2 * _COOLING_W_PER_M2
        return Stage(self._name(name), heat_w=-heat_w, electric_per_heat=_COMPRESSOR)

    @property
    def _load_w(self) -> float:
        """What the zone loses on the coldest day, with some reserve."""
        return design_load_w(self._plan.fabric)


def design_load_w(fabric: Fabric) -> float:
    """Return what a heating must give on the coldest day, with some reserve."""
    air_w_per_k = fabric.area_m2 * fabric.height_m * fabric.air_changes_per_h * _AIR_J_PER_M3_K_H
    return (fabric.area_m2 * fabric.loss_w_per_m2_k + air_w_per_k) * _DESIGN_K * _RESERVE


def _settings(
    heating_c: float | None, cooling_c: float | None, mode: Value | None, system: ThermostatMode
) -> ThermostatSettings:
    """Return what a thermostat keeps: its setpoints, or less where its mode saves."""
    setback_k = setback_of(mode)
    if setback_k is None:
        return ThermostatSettings(mode=system, heating_c=FROST_C, cooling_c=HEAT_C)
    return ThermostatSettings(
        mode=system,
        heating_c=(_WARM_C if heating_c is None else heating_c) - setback_k,
        cooling_c=(_COLD_C if cooling_c is None else cooling_c) + setback_k,
    )


def _move(move: Callable[[float], None], values: Sequence[Value | None]) -> None:
    move(level_of(values[0]))


def _sized(rating: EmitterRating, nominal_w: float) -> EmitterRating:
    return replace(rating, nominal_w=nominal_w)


_MAKERS: Mapping[str, Callable[[Furnishing, Thing], None]] = MappingProxyType(
    {
        "thermostat": Furnishing.make_thermostat,
        "hvac": Furnishing.make_hvac,
        "heating": Furnishing.make_heating,
        "cooling": Furnishing.make_cooling,
        "fan": Furnishing.make_fan,
        "blind": Furnishing.make_blind,
        "lamp": Furnishing.make_lamp,
    }
)
