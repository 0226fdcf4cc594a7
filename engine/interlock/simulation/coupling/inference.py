"""What the site file does not say of its building: by what devices can do, and the names they share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from interlock.config.site import Site
from interlock.driver import Target
from interlock.model import Point
from interlock.simulation.coupling.plan import Plan, Thing, Tie, ZonePlan
from interlock.simulation.coupling.recognition import (
    KINDS,
    OUTDOORS,
    ROOM_TEMPERATURE,
    SENSORS,
    Sign,
    labels_of,
    parts_of,
)
from interlock.simulation.coupling.roles import Role

_TAIL = re.compile(
    r"_(room|thermostat|temperature|temp|sensor|climate|actual|controller|control|t)$", re.IGNORECASE
)
_KEYS: Mapping[Role, str] = MappingProxyType(
    {
        Role.TEMPERATURE: "temperature",
        Role.HUMIDITY: "humidity",
        Role.CO2: "co2",
        Role.BRIGHTNESS: "brightness",
        Role.PRESENCE: "presence",
        Role.CONTACT: "contact",
        Role.POWER: "power",
        Role.ENERGY: "energy",
    }
)
"""The key of a zone that says the same: where it stands, nothing is inferred."""


def completed(plan: Plan, site: Site) -> Plan:
    """Return a plan with what can be inferred of the points that it does not name."""
    named = frozenset(plan.points()) | plan.values.keys()
    inference = _Inference(plan, _free(site, named))
    zones = inference.zones()
    found = replace(
        plan,
        zones=zones,
        outdoors=(*plan.outdoors, *inference.outdoors(plan)),
        meters=(*plan.meters, *inference.meters()),
    )
    return replace(found, inferred=frozenset(found.points()) - named)


def stem_of(device: str) -> str:
    """Return what the names of a room's devices begin with: ``living`` of ``living_thermostat``."""
    stem = device
    while cut := _TAIL.search(stem):
        stem = stem[: cut.start()]
    return stem


def _free(site: Site, named: frozenset[Point]) -> Mapping[str, tuple[Target, ...]]:
    """Return the points of real devices that have no role yet, by device."""
    devices: dict[str, list[Target]] = {}
    for target in site.targets.values():
        if target.device.connection in site.connections and target.point not in named:
            devices.setdefault(target.device.name, []).append(target)
    return {name: tuple(targets) for name, targets in devices.items()}


def _controllers(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield each device that is named as the thermostat of a zone, with the zone: it hangs on its wall."""
    for zone in plan.zones:
        for thing in zone.things:
            if thing.kind == "thermostat":
                yield from ((point.partition(".")[0], zone.name) for point in thing.parts.values())


class _Inference:
    """Finds roles; each point gets one at most."""

    def __init__(self, plan: Plan, free: Mapping[str, tuple[Target, ...]]) -> None:
        self._plan = plan
        self._free = dict(free)
        self._zones = {zone.name: zone for zone in plan.zones}
        self._controls = dict(_controllers(plan))
        self._begin_zones()
        self._stems = sorted(self._zones, key=len, reverse=True)

    def zones(self) -> tuple[ZonePlan, ...]:
        """Return every zone with what belongs to it."""
        for device in tuple(self._free):
            if stem := self._stem(device):
                self._add(stem, device)
        return tuple(self._zones.values())

    def outdoors(self, plan: Plan) -> Iterator[Tie]:
        """Yield what shows the weather, among what is in no zone."""
        known = {tie.role for tie in plan.outdoors}
        signs = [each for each in OUTDOORS if each.role not in known]
        for targets in tuple(self._free.values()):
            if len(targets) == 1:
                yield from self._sensors(targets, signs)

    def meters(self) -> Iterator[Tie]:
        """Yield what counts the electricity of the whole building."""
        for targets in tuple(self._free.values()):
            yield from self._sensors(targets, [each for each in SENSORS if each.role in _METERED])

    def _begin_zones(self) -> None:
        for device, targets in tuple(self._free.items()):
            ties = tuple(self._sensors(targets, [ROOM_TEMPERATURE]))[:1]
            if not ties:
                continue
            name = self._controls.get(device) or stem_of(device)
            zone = self._zones.get(name)
            if zone is None:
                self._zones[name] = replace(self._plan.typical, name=name, sensors=ties)
            elif "temperature" not in zone.said:
                self._zones[name] = replace(zone, sensors=(*zone.sensors, *ties))

    def _stem(self, device: str) -> str | None:
        return next((each for each in self._stems if device == each or device.startswith(f"{each}_")), None)

    def _add(self, name: str, device: str) -> None:
        zone = self._zones[name]
        things = tuple(self._things(zone, device))
        signs = [each for each in SENSORS if _KEYS[each.role] not in zone.said]
        sensors = tuple(self._sensors(self._free.get(device, ()), signs))
        self._zones[name] = replace(zone, sensors=(*zone.sensors, *sensors), things=(*zone.things, *things))

    def _things(self, zone: ZonePlan, device: str) -> Iterator[Thing]:
        has_thermostat = any(each.kind == "thermostat" for each in zone.things)
        for kind in KINDS:
            if kind in zone.said or (kind == "thermostat" and has_thermostat):
                continue
            targets = self._free.get(device, ())
            parts = parts_of(kind, targets) if targets else {}
            if parts:
                self._take(targets)
                yield Thing(kind=kind, parts=parts)
                return

    def _sensors(self, targets: Sequence[Target], signs: Sequence[Sign]) -> Iterator[Tie]:
        labels = labels_of(targets)
        for target in targets:
            sign = next((each for each in signs if each.fits(target, labels[target.point])), None)
            if sign:
                self._take([target])
                yield Tie(sign.role, target.point)

    def _take(self, targets: Sequence[Target]) -> None:
        for target in targets:
            rest = tuple(each for each in self._free[target.device.name] if each is not target)
            self._free[target.device.name] = rest


_METERED = frozenset({Role.POWER, Role.ENERGY})
