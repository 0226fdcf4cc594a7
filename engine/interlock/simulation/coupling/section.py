"""The section ``plant`` of a site's files: zones, weather and roles, checked against what devices can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from interlock.capabilities import nearest
from interlock.config.entries import Entry, entries_in
from interlock.config.nodes import ListNode, MapNode, Mark, Node, ScalarNode
from interlock.config.sections import entries_of, is_empty, without
from interlock.config.site import Site
from interlock.config.validation import validate
from interlock.errors import Diagnostic, InvalidValue, WeatherError
from interlock.model import Point, Value
from interlock.simulation.coupling.fabric import fabric_of, people_of
from interlock.simulation.coupling.place import place_of
from interlock.simulation.coupling.plan import Plan, Thing, Tie, WeatherPlan, ZonePlan
from interlock.simulation.coupling.references import PARTS, References, scalars_in
from interlock.simulation.coupling.roles import Role
from interlock.simulation.coupling.shapes import (
    FabricShape,
    MeterShape,
    OutdoorShape,
    PlantShape,
    ZoneShape,
)
from interlock.simulation.plant.weather_file import read_weather

SECTIONS = ("weather", "every_zone", "zones", "outdoor", "meters", "values")
"""The keys beside those of `PlantShape`."""
ZONE_SENSORS: Mapping[str, Role] = MappingProxyType(
    {
        "temperature": Role.TEMPERATURE,
        "humidity": Role.HUMIDITY,
        "co2": Role.CO2,
        "brightness": Role.BRIGHTNESS,
        "presence": Role.PRESENCE,
        "contact": Role.CONTACT,
        "power": Role.POWER,
        "energy": Role.ENERGY,
    }
)
OUTDOOR_SENSORS: Mapping[str, Role] = MappingProxyType(
    {
        "temperature": Role.OUTDOOR_TEMPERATURE,
        "humidity": Role.OUTDOOR_HUMIDITY,
        "daylight": Role.DAYLIGHT,
        "sun": Role.SUN,
        "wind": Role.WIND,
        "rain": Role.RAIN,
    }
)
METERS: Mapping[str, Role] = MappingProxyType({"power": Role.POWER, "energy": Role.ENERGY})
_MADE_UP = "synthetic"
_SIZES = ("power", "air", "heating", "cooling")


def read_section(site: Site, problems: list[Diagnostic]) -> Plan:
    """Return what the section says as far as it is sound; an empty plan where there is none."""
    node = site.plant
    if not isinstance(node, MapNode):
        entries_of(node, "'plant'", problems)
        return Plan()
    return _Section(site, node, problems).plan()


class _Section:
    """Reads one section."""

    def __init__(self, site: Site, node: MapNode, problems: list[Diagnostic]) -> None:
        self._site = site
        self._node = node
        self._problems = problems
        self._references = References(site, problems)
        self._neighbours: list[tuple[str, Mark]] = []

    def plan(self) -> Plan:
        """Return what it says."""
        own = validate(PlantShape, without(self._node, *SECTIONS), self._problems, beside=SECTIONS)
        every = self._every_zone()
        zones = tuple(self._zones(every))
        self._check_neighbours(zones)
        return Plan(
            weather=self._weather(),
            unit=own.unit if own else None,
            zones=zones,
            typical=self._typical(every),
            outdoors=tuple(self._ties("outdoor", OutdoorShape, OUTDOOR_SENSORS)),
            meters=tuple(self._ties("meters", MeterShape, METERS)),
            values=MappingProxyType(dict(self._values())),
        )

    def _every_zone(self) -> MapNode | None:
        node = entries_of(self._node.entries.get("every_zone"), "'every_zone'", self._problems)
        if node is None or validate(FabricShape, node, self._problems, what="'every_zone'") is None:
            return None
        return node

    def _typical(self, every: MapNode | None) -> ZonePlan:
        shape = validate(FabricShape, every, []) if every else FabricShape()
        assert shape
        return ZonePlan(name="", fabric=fabric_of(shape), people=people_of(shape), is_inferred=True)

    def _zones(self, every: MapNode | None) -> Iterator[ZonePlan]:
        section = entries_of(self._node.entries.get("zones"), "'zones'", self._problems)
        seen: dict[str, Entry] = {}
        for entry in entries_in(section, self._problems) if section else ():
            earlier = seen.setdefault(entry.name, entry)
            if earlier is not entry:
                message = f"zone '{entry.name}' stands here twice, first {earlier.where}"
                self._problems.append(entry.mark.diagnostic(message))
            elif zone := self._zone(entry, every):
                yield zone

    def _zone(self, entry: Entry, every: MapNode | None) -> ZonePlan | None:
        node = entry.node
        if is_empty(node):
            node = MapNode(entry.mark, {}, {})
        if isinstance(node, MapNode) and every:
            node = MapNode(node.mark, {**every.entries, **node.entries}, {**every.keys, **node.keys})
        shape = validate(ZoneShape, node, self._problems, what=f"zone '{entry.name}'")
        if not isinstance(node, MapNode):
            return None
        sensors, things = tuple(self._sensors(node, ZONE_SENSORS)), tuple(self._things(node))
        if isinstance(walls := node.entries.get("neighbours"), MapNode):
            self._neighbours += walls.keys.items()
        if shape is None:
            return ZonePlan(name=entry.name)
        return ZonePlan(
            name=entry.name,
            fabric=fabric_of(shape),
            people=people_of(shape),
            sensors=sensors,
            things=things,
            neighbours=MappingProxyType(dict(shape.neighbours)),
            said=frozenset(node.entries),
        )

    def _sensors(self, node: MapNode, roles: Mapping[str, Role]) -> Iterator[Tie]:
        for key, role in roles.items():
            for named in scalars_in(node.entries.get(key)):
                if named.value is not None and (point := self._references.sensor(role, named)):
                    yield Tie(role, point)

    def _things(self, node: MapNode) -> Iterator[Thing]:
        for kind in PARTS:
            for each in _listed(node.entries.get(kind)):
                if parts := self._references.parts(kind, each):
                    yield Thing(kind=kind, parts=parts, sizes=_sizes(each), make=_make(each))

    def _ties(
        self, key: str, model: type[OutdoorShape | MeterShape], roles: Mapping[str, Role]
    ) -> Iterator[Tie]:
        node = entries_of(self._node.entries.get(key), f"'{key}'", self._problems)
        if node and validate(model, node, self._problems, what=f"'{key}'") is not None:
            yield from self._sensors(node, roles)

    def _values(self) -> Iterator[tuple[Point, Value]]:
        section = entries_of(self._node.entries.get("values"), "'values'", self._problems)
        for name, node in section.entries.items() if section else ():
            assert section
            target = self._references.point(ScalarNode(section.keys[name], name, name))
            if target is None:
                continue
            given = node.value if isinstance(node, ScalarNode) else [each.value for each in scalars_in(node)]
            try:
                value = target.capability.check_reading(given)
            except InvalidValue as error:
                self._problems.append(node.mark.diagnostic(str(error)))
                continue
            if value is not None:
                yield target.point, value

    def _weather(self) -> WeatherPlan:
        node = self._node.entries.get("weather")
        if node is None or is_empty(node):
            return WeatherPlan()
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            message = f"'weather' must be {_MADE_UP}, or the path of an EPW or CSV file"
            self._problems.append(node.mark.diagnostic(message))
            return WeatherPlan()
        if node.value == _MADE_UP:
            return WeatherPlan()
        path = (node.mark.source.folder or Path(node.mark.source.name).parent) / node.value
        if not path.is_file():
            message = f"there is no weather file '{node.value}'"
            hint = f"it counts from the site file's folder; without a file write {_MADE_UP}"
            self._problems.append(node.mark.diagnostic(message, hint=hint))
            return WeatherPlan()
        try:
            read_weather(path, timezone=self._site.timezone, place=place_of(self._site))
        except WeatherError as error:
            self._problems.append(node.mark.diagnostic(str(error)))
            return WeatherPlan()
        return WeatherPlan(file=path)

    def _check_neighbours(self, zones: tuple[ZonePlan, ...]) -> None:
        known = [zone.name for zone in zones]
        for name, mark in self._neighbours:
            if name not in known:
                meant = nearest(name, known)
                hint = f"did you mean '{meant}'?" if meant else f"zones are {', '.join(known)}"
                self._problems.append(mark.diagnostic(f"there is no zone '{name}'", hint=hint))


def _listed(node: Node | None) -> Iterator[Node]:
    """Yield one or several things; an empty value is none."""
    if isinstance(node, ListNode):
        yield from node
    elif node is not None and not is_empty(node):
        yield node


def _sizes(node: Node) -> Mapping[str, float]:
    numbers = node.entries if isinstance(node, MapNode) else {}
    return {
        key: float(each.value)
        for key, each in numbers.items()
        if key in _SIZES and isinstance(each, ScalarNode) and isinstance(each.value, int | float)
    }


def _make(node: Node) -> str:
    kind = node.entries.get("kind") if isinstance(node, MapNode) else None
    return kind.text if isinstance(kind, ScalarNode) else ""
