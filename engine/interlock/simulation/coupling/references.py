"""From what the section ``plant`` names to points of the site, each checked against its role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from interlock.capabilities import nearest
from interlock.config.expectations import join_or
from interlock.config.nodes import ListNode, MapNode, Mark, Node, ScalarNode
from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import Diagnostic
from interlock.model import Point
from interlock.simulation.coupling.recognition import parts_by_shape, primary_of, sensor_of
from interlock.simulation.coupling.roles import Role
from interlock.virtual import is_virtual

PARTS: Mapping[str, Mapping[str, Role]] = MappingProxyType(
    {
        "thermostat": {
            "setpoint": Role.SETPOINT,
            "cooling_setpoint": Role.COOLING_SETPOINT,
            "mode": Role.MODE,
            "system": Role.SYSTEM,
            "running": Role.RUNNING,
        },
        "hvac": {
            "on": Role.AC_POWER,
            "mode": Role.AC_MODE,
            "setpoint": Role.AC_SETPOINT,
            "fan": Role.AC_FAN,
        },
        "heating": {"point": Role.HEATING},
        "cooling": {"point": Role.COOLING},
        "fan": {"point": Role.FAN},
        "blind": {"position": Role.BLIND, "slats": Role.SLATS},
        "lamp": {"point": Role.LAMP},
    }
)
"""The keys of things under which a point stands, by the key of the thing."""


def scalars_in(node: Node | None) -> Iterator[ScalarNode]:
    """Yield every single value of a tree."""
    match node:
        case ScalarNode():
            yield node
        case ListNode():
            for item in node:
                yield from scalars_in(item)
        case MapNode():
            for value in node.entries.values():
                yield from scalars_in(value)


class References:
    """Finds points by what a file names, and reports what cannot be.

    Args:
        site: Has the points.
        problems: Findings are appended to it.
    """

    def __init__(self, site: Site, problems: list[Diagnostic]) -> None:
        self._site = site
        self._problems = problems
        self._shown: dict[Point, Mark] = {}
        self._by_device: dict[str, list[Target]] = {}
        for target in site.targets.values():
            self._by_device.setdefault(target.device.name, []).append(target)

    def sensor(self, role: Role, node: ScalarNode) -> Point | None:
        """Return the point that a value names for something that shows the building; it can be named once."""
        point = self._sensor(role, node)
        if point is None:
            return None
        if earlier := self._shown.get(point):
            message = f"'{point}' shows something already, at {earlier.place}"
            self._problems.append(node.mark.diagnostic(message))
            return None
        self._shown[point] = node.mark
        return point

    def parts(self, kind: str, node: Node) -> Mapping[Role, Point]:
        """Return the points of a thing that a value names, or a mapping of parts to values."""
        if isinstance(node, ScalarNode):
            return self._named(kind, node)
        if not isinstance(node, MapNode):
            return {}
        entries = node.entries
        parts: dict[Role, Point] = {}
        if isinstance(device := entries.get("device"), ScalarNode):
            parts.update(self._named(kind, device))
        for key, role in PARTS[kind].items():
            if isinstance(named := entries.get(key), ScalarNode) and named.value is not None:
                found = self._named(kind, named) if key == "point" else self._part(role, named)
                parts.update(found)
        if "point" not in PARTS[kind] and not entries.keys() & {"device", *PARTS[kind]}:
            message = f"'{kind}' names no point: give a device, or {join_or(list(PARTS[kind]))}"
            self._problems.append(node.mark.diagnostic(message))
        return parts

    def point(self, node: ScalarNode) -> Target | None:
        """Return the target of a point that a value names, or None after the finding that there is none."""
        target = self._site.targets.get(Point(node.text))
        if target is None:
            self._missing(node, "point", self._site.targets)
        elif is_virtual(target):
            message = f"'{node.text}' is kept by the site itself: no building can act on it"
            self._problems.append(node.mark.diagnostic(message))
            return None
        return target

    def _sensor(self, role: Role, node: ScalarNode) -> Point | None:
        if "." in node.text:
            return next(iter(self._part(role, node).values()), None)
        targets = self._device(node)
        point = sensor_of(role, targets) if targets else None
        if targets and point is None:
            self._problems.append(_unfit_device(node, role))
        return point

    def _named(self, kind: str, node: ScalarNode) -> Mapping[Role, Point]:
        """Return the parts that a device has, or the one point that is named."""
        if "." in node.text:
            return self._part(primary_of(kind), node)
        targets = self._device(node)
        parts = parts_by_shape(kind, targets) if targets else {}
        if targets and not parts:
            self._problems.append(_unfit_device(node, primary_of(kind)))
        return parts

    def _part(self, role: Role, node: ScalarNode) -> Mapping[Role, Point]:
        target = self.point(node)
        if target is None:
            return {}
        if fault := role.needs.fault(target.capability):
            message = f"'{target.point}' cannot be {role.needs.what}: {fault}"
            self._problems.append(node.mark.diagnostic(message))
            return {}
        return {role: target.point}

    def _device(self, node: ScalarNode) -> list[Target]:
        targets = self._by_device.get(node.text, [])
        if not targets:
            self._missing(node, "device", self._by_device)
        elif is_virtual(targets[0]):
            message = f"'{node.text}' is kept by the site itself: no building can act on it"
            self._problems.append(node.mark.diagnostic(message))
            return []
        return targets

    def _missing(
        self, node: ScalarNode, what: str, known: Mapping[Point, Target] | Mapping[str, object]
    ) -> None:
        if node.is_broken or Point(node.text).device in self._broken_devices():
            return
        meant = nearest(node.text, known)
        hint = f"did you mean '{meant}'?" if meant else "points are written device.controller"
        self._problems.append(node.mark.diagnostic(f"there is no {what} '{node.text}'", hint=hint))

    def _broken_devices(self) -> frozenset[str]:
        """Return the devices that are left out because something is wrong with them, which has been said."""
        return self._site.declared_devices - self._site.devices.keys()


def _unfit_device(node: ScalarNode, role: Role) -> Diagnostic:
    message = f"device '{node.text}' has no point that is {role.needs.what}"
    return node.mark.diagnostic(message, hint="name the point itself: device.controller")
