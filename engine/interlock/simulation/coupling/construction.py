"""From a plan to a building, and to what runs between it and the points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from interlock.config.site import Site
from interlock.errors import WeatherError
from interlock.model import Point
from interlock.simulation.coupling.furnishing import Furnishing
from interlock.simulation.coupling.place import place_of
from interlock.simulation.coupling.plan import People, Plan, Tie, ZonePlan
from interlock.simulation.coupling.roles import Role
from interlock.simulation.coupling.scales import WARMEST_ROOM_C, Scale, rounding_of, scale_of
from interlock.simulation.coupling.telling import number_of
from interlock.simulation.coupling.wires import Contacts, Gauge, Wire
from interlock.simulation.equipment import Held
from interlock.simulation.plant import occupants
from interlock.simulation.plant.building import Building, Wall
from interlock.simulation.plant.occupants import Occupants, WindowHabit
from interlock.simulation.plant.outdoors import Outdoors, Weather
from interlock.simulation.plant.room import Room, Window
from interlock.simulation.plant.synthetic_weather import SyntheticWeather
from interlock.simulation.plant.units import Unit
from interlock.simulation.plant.weather_file import read_weather
from interlock.simulation.plant.zone import Zone

_WEEKS = {
    "home": occupants.HOME,
    "office": occupants.OFFICE,
    "hotel": occupants.HOTEL_ROOM,
    "shop": occupants.SHOP,
    "always": (occupants.Stay(),),
    "never": (),
}
_WALL_W_PER_M2_K = 2.0
"""Of an inner wall. Source: EN ISO 6946: 12 cm of brick, plastered."""
_COOLEST_C, _WARMEST_C, _INDOORS_K = 20.0, 25.0, 2.0
"""Between which a room begins, and how much warmer it is than the mean of its first day outdoors."""


@dataclass(frozen=True, slots=True)
class Works:
    """A building, and what runs between it and points."""

    building: Building
    wires: Sequence[Wire]
    contacts: Sequence[Contacts]
    gauges: Sequence[Gauge]


def weather_of(plan: Plan, site: Site, seed: int) -> Weather:
    """Return the weather of a plan.

    Raises:
        WeatherError: its file cannot be used.
    """
    if plan.weather.file:
        return read_weather(plan.weather.file, timezone=site.timezone, place=place_of(site))
    return SyntheticWeather(place_of(site), seed)


def deciding_in(plan: Plan, held: Held) -> frozenset[Point]:
    """Return the points of a plan by which devices say already what they run."""
    running = (tie.point for tie in plan.ties() if tie.role is Role.RUNNING)
    return frozenset(point for point in running if held.value(point) is not None)


def construct(
    plan: Plan,
    site: Site,
    held: Held,
    start: datetime,
    *,
    weather: Weather,
    deciding: frozenset[Point] = frozenset(),
    seed: int = 0,
) -> Works:
    """Build what a plan says, and lay the wires.

    Args:
        plan: What stands where.
        site: Has the points.
        held: What devices hold at the beginning, which tells what counts in °F.
        start: When it begins, aware.
        weather: Of the building.
        deciding: The points by which devices tell what they decide by themselves.
        seed: Of what people do.
    """
    return _Construction(plan, site, held, start=start, weather=weather, deciding=deciding).works(seed)


class _Construction:
    """Builds one building."""

    def __init__(
        self,
        plan: Plan,
        site: Site,
        held: Held,
        *,
        start: datetime,
        weather: Weather,
        deciding: frozenset[Point],
    ) -> None:
        self._plan = plan
        self._site = site
        self._held = held
        self._start = start
        self._weather = weather
        self._deciding = deciding
        self._scales = {point: self._scale(point) for point in plan.points()}
        self._wires: list[Wire] = []
        self._contacts: list[Contacts] = []
        self._gauges: list[Gauge] = []
        self._deciding_wires: dict[str, Wire] = {}

    def works(self, seed: int) -> Works:
        """Return the building with its wires."""
        zones = {plan.name: self._zone(plan) for plan in self._plan.zones}
        building = Building(
            zones.values(),
            weather=self._weather,
            place=place_of(self._site),
            timezone=self._site.timezone,
            start=self._start,
            walls=self._walls(),
            seed=seed,
        )
        for plan in self._plan.zones:
            self._show_zone(plan, zones[plan.name])
        self._show_outdoors(building)
        for tie in self._plan.meters:
            self._gauge(tie, partial(_metered, tuple(building.units.values()), tie.role))
        return Works(building, self._wires, self._contacts, self._gauges)

    def _zone(self, plan: ZonePlan) -> Zone:
        furnishing = Furnishing(plan, self._scales, self._deciding)
        self._wires += furnishing.wires
        if furnishing.deciding:
            self._deciding_wires[plan.name] = furnishing.deciding
        fabric = plan.fabric
        has_contact = any(tie.role is Role.CONTACT for tie in plan.sensors)
        windows = max(len(furnishing.blinds), 1)
        return Zone(
            plan.name,
            Room(
                floor_m2=fabric.area_m2,
                height_m=fabric.height_m,
                capacity_j_per_m2_k=fabric.capacity_j_per_m2_k,
                loss_w_per_m2_k=fabric.loss_w_per_m2_k,
                air_changes_per_h=fabric.air_changes_per_h,
                windows=tuple(
                    Window(
                        area_m2=fabric.window_m2 / windows,
                        azimuth_degrees=fabric.facing_degrees,
                        blind=furnishing.blinds[number] if furnishing.blinds else None,
                    )
                    for number in range(windows)
                ),
            ),
            units=furnishing.units,
            thermostat=furnishing.thermostat,
            occupants=_occupants(plan.people),
            habit=WindowHabit() if has_contact and plan.people and plan.people.airs else None,
            temperature_c=self._first_c(plan),
        )

    def _first_c(self, plan: ZonePlan) -> float:
        if plan.fabric.starts_c is not None:
            return plan.fabric.starts_c
        day_c = list(self._coming_day_c())
        return min(max(sum(day_c) / len(day_c) + _INDOORS_K, _COOLEST_C), _WARMEST_C)

    def _coming_day_c(self) -> Iterator[float]:
        """Yield temperatures outdoors of the first day, as far as the weather is known."""
        yield self._weather.at(self._start).temperature_c
        for hours in range(3, 24, 3):
            with suppress(WeatherError):
                yield self._weather.at(self._start + timedelta(hours=hours)).temperature_c

    def _walls(self) -> Iterator[Wall]:
        walls: dict[frozenset[str], float] = {}
        for plan in self._plan.zones:
            for name, area_m2 in plan.neighbours.items():
                pair = frozenset({plan.name, name})
                walls[pair] = max(area_m2, walls.get(pair, 0.0))
        for pair, area_m2 in walls.items():
            first, second = sorted(pair)
            yield Wall(first, second, w_per_k=area_m2 * _WALL_W_PER_M2_K)

    def _show_zone(self, plan: ZonePlan, zone: Zone) -> None:
        contacts = tuple(tie.point for tie in plan.sensors if tie.role is Role.CONTACT)
        if contacts:
            self._contacts.append(Contacts(contacts, zone))
        for tie in plan.sensors:
            if tie.role in _METERED:
                self._gauge(tie, partial(_metered, zone.units, tie.role))
            elif tie.role is not Role.CONTACT:
                wire = self._deciding_wires.get(zone.name)
                self._gauge(tie, partial(_ZONE_READINGS[tie.role], zone), (wire,) if wire else ())

    def _show_outdoors(self, building: Building) -> None:
        for tie in self._plan.outdoors:
            read = _OUTDOOR_READINGS[tie.role]
            self._gauge(tie, partial(_outdoors, building, read))

    def _gauge(self, tie: Tie, read: Callable[[], float], wakes: tuple[Wire, ...] = ()) -> None:
        capability, scale = self._site.targets[tie.point].capability, self._scales[tie.point]
        rounded = rounding_of(tie.role, scale)
        self._gauges.append(Gauge(tie.point, capability, read, rounded, scale, wakes))

    def _scale(self, point: Point) -> Scale:
        capability = self._site.targets[point].capability
        return scale_of(capability, counts_fahrenheit=not capability.unit and self._is_hot(point))

    def _is_hot(self, point: Point) -> bool:
        """Whether a temperature without a unit counts in °F, as it is said or by what its device holds."""
        if self._plan.unit:
            return self._plan.unit == "fahrenheit"
        held = number_of(self._held.value(point))
        return held is not None and held > WARMEST_ROOM_C


def _occupants(people: People | None) -> Occupants | None:
    if people is None or not people.number:
        return None
    stays = [occupants.Stay(days=each.days, from_h=each.from_h, to_h=each.to_h) for each in people.stays]
    week = _WEEKS[people.week] if people.week else tuple(stays)
    return Occupants(people.number, week=week) if week else None


def _outdoors(building: Building, read: Callable[[Outdoors], float]) -> float:
    return read(building.outdoors)


def _metered(units: Sequence[Unit], role: Role) -> float:
    if role is Role.POWER:
        return sum(unit.electric_w for unit in units)
    return sum(unit.figures().electric_kwh for unit in units)


_METERED = frozenset({Role.POWER, Role.ENERGY})
_ZONE_READINGS: Mapping[Role, Callable[[Zone], float]] = {
    Role.TEMPERATURE: lambda zone: zone.temperature_c,
    Role.HUMIDITY: lambda zone: zone.humidity_percent,
    Role.CO2: lambda zone: zone.co2_ppm,
    Role.BRIGHTNESS: lambda zone: zone.illuminance_lx,
    Role.PRESENCE: lambda zone: float(zone.is_occupied),
}
_OUTDOOR_READINGS: Mapping[Role, Callable[[Outdoors], float]] = {
    Role.OUTDOOR_TEMPERATURE: lambda outdoors: outdoors.temperature_c,
    Role.OUTDOOR_HUMIDITY: lambda outdoors: outdoors.humidity_percent,
    Role.DAYLIGHT: lambda outdoors: outdoors.daylight_lx,
    Role.SUN: lambda outdoors: outdoors.global_w_per_m2,
    Role.WIND: lambda outdoors: outdoors.wind_m_per_s,
    Role.RAIN: lambda outdoors: outdoors.rain_mm_per_h,
}
