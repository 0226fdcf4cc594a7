"""What stands behind the points of a site, as values: zones, and which point is which role of them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from interlock.model import Point, Value
from interlock.simulation.coupling.roles import Role

_NOTHING: Mapping[Role, Point] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Tie:
    """A point, and what it is to the building."""

    role: Role
    point: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """What a zone is made of."""

    area_m2: float = 20.0
    height_m: float = 2.6
    window_m2: float = 3.0
    facing_degrees: float = 180.0
    """Where its windows look: 0 north, 90 east."""
    loss_w_per_m2_k: float = 1.0
    """For each m² of floor."""
    capacity_j_per_m2_k: float = 165_000.0
    """For each m² of floor."""
    air_changes_per_h: float = 0.5
    starts_c: float | None = None
    """Its temperature at the beginning; None for what fits the season."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Hours of some weekdays in which people are there."""

    days: frozenset[int]
    """0 is Monday."""
    from_h: float
    to_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who is in a zone, and when."""

    number: int = 2
    week: str = "home"
    """One of the weeks that have a name; empty where `stays` say it."""
    stays: tuple[Stay, ...] = ()
    airs: bool = True
    """Whether they open the window, where it has a contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something in a zone that points drive: a thermostat, a valve, an air conditioner, a blind, a lamp."""

    kind: str
    """The key of the section that it stands under."""
    parts: Mapping[Role, Point] = field(default_factory=lambda: _NOTHING)
    sizes: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """How much it gives at most, by the words of the section; the rest follows from the zone's area."""
    make: str = ""
    """Which sort it is, such as ``floor`` of a heating; empty for the usual one."""

    def within(self, points: Container[Point]) -> Thing:
        """Return the thing without other points than these."""
        return replace(self, parts={role: point for role, point in self.parts.items() if point in points})

    @property
    def name(self) -> str:
        """What it is called by: the device of its first point."""
        return next(iter(self.parts.values())).device


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePlan:
    """One room, and the points that are in it."""

    name: str
    fabric: Fabric = Fabric()
    people: People | None = None
    sensors: tuple[Tie, ...] = ()
    """What shows the zone."""
    things: tuple[Thing, ...] = ()
    """What acts on it."""
    neighbours: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """The wall between it and other zones, in m²."""
    is_inferred: bool = False
    """Whether the site file does not name it."""
    said: frozenset[str] = frozenset()
    """The keys that the site file gives for it, for which nothing is inferred."""

    def within(self, points: Container[Point]) -> ZonePlan:
        """Return the zone without other points than these."""
        things = (thing.within(points) for thing in self.things)
        return replace(
            self,
            sensors=tuple(tie for tie in self.sensors if tie.point in points),
            things=tuple(thing for thing in things if thing.parts),
        )

    def beside(self, zones: Container[str]) -> ZonePlan:
        """Return the zone with no other neighbours than these."""
        return replace(
            self, neighbours={name: wall for name, wall in self.neighbours.items() if name in zones}
        )

    def ties(self) -> Iterator[Tie]:
        """Yield every point that is in it, with its role."""
        yield from self.sensors
        yield from (Tie(*part) for thing in self.things for part in thing.parts.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherPlan:
    """Where the weather comes from."""

    file: Path | None = None
    """An EPW or CSV file; None makes the weather up, from the site's place and a seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The building of a site."""

    weather: WeatherPlan = WeatherPlan()
    unit: str | None = None
    """``celsius`` or ``fahrenheit``: what temperatures without a unit count in; None asks the devices."""
    typical: ZonePlan = ZonePlan(name="", people=People(), is_inferred=True)
    """What a zone is like of which nothing else is said."""
    zones: tuple[ZonePlan, ...] = ()
    outdoors: tuple[Tie, ...] = ()
    """What shows the weather."""
    meters: tuple[Tie, ...] = ()
    """What counts the electricity of everything that the building moves."""
    values: Mapping[Point, Value] = field(default_factory=lambda: MappingProxyType({}))
    """What points begin with that nothing moves."""
    inferred: frozenset[Point] = frozenset()
    """The points whose role the site file does not say."""

    def within(self, points: Container[Point]) -> Plan:
        """Return the plan without other points than these, and without zones that then have none."""
        zones = tuple(zone.within(points) for zone in self.zones)
        left = {zone.name for zone in zones if any(zone.ties())}
        return replace(
            self,
            zones=tuple(zone.beside(left) for zone in zones if zone.name in left),
            outdoors=tuple(tie for tie in self.outdoors if tie.point in points),
            meters=tuple(tie for tie in self.meters if tie.point in points),
            values={point: value for point, value in self.values.items() if point in points},
        )

    def ties(self) -> Iterator[Tie]:
        """Yield every point that has a role, with it."""
        for zone in self.zones:
            yield from zone.ties()
        yield from (*self.outdoors, *self.meters)

    def points(self) -> Iterator[Point]:
        """Yield every point that has a role."""
        yield from (tie.point for tie in self.ties())
