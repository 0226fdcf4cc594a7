"""What is other in a site that was edited: the names of what came, went and changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from interlock.config.nodes import MapNode, Node, ScalarNode, plain
from interlock.config.site import Connection, Site
from interlock.driver import ConnectionSettings, DeviceSettings, Target
from interlock.model import Point
from interlock.opening_hours import OpeningHours
from interlock.rules.rule import Rule
from interlock.virtual import ScheduleSettings, is_virtual

_Settings: TypeAlias = ConnectionSettings | DeviceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is other among things of one kind, by their names, each in the site's order."""

    kind: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def lines(self) -> Iterator[str]:
        """One sentence for each, such as ``rule evening was added``."""
        yield from (f"{self.kind} {name} was added" for name in self.added)
        yield from (f"{self.kind} {name} was changed" for name in self.changed)
        yield from (f"{self.kind} {name} was removed" for name in self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is other in a site that was edited."""

    differences: tuple[Difference, ...]
    """Of each kind of things."""
    settings: tuple[str, ...]
    """What else is other, such as ``the time zone was changed``."""

    @property
    def lines(self) -> tuple[str, ...]:
        """One sentence for each change; nothing where all is as it was."""
        return (*(line for each in self.differences for line in each.lines), *self.settings)


def compare(site: Site, rules: Sequence[Rule], new_site: Site, new_rules: Sequence[Rule]) -> Changes:
    """Return what is other in a site and its rules."""
    facts = {
        "the name": (site.name, new_site.name),
        "the time zone": (site.timezone, new_site.timezone),
        "the location": (site.location, new_site.location),
        "what counts at the very first start": (site.waits_at_first, new_site.waits_at_first),
        "what is watched": (site.watch, new_site.watch),
        "how the journal is kept, from the next start on,": (site.journal, new_site.journal),
        "how the HTTP API is reached, from the next start on,": (
            site.service.reached_by,
            new_site.service.reached_by,
        ),
        "who sees the metrics": (site.service.shows_metrics, new_site.service.shows_metrics),
        "the calendar of holidays": (site.holidays, new_site.holidays),
    }
    before, now = _things(site, rules), _things(new_site, new_rules)
    return Changes(
        differences=tuple(_difference(kind, before[kind], now[kind]) for kind in before),
        settings=tuple(f"{what} was changed" for what, (before, now) in facts.items() if before != now),
    )


def _things(site: Site, rules: Sequence[Rule]) -> Mapping[str, Mapping[str, object]]:
    """Return what a site has that carries a name, by its kind; what it shares with the site left aside."""
    schedules = dict(_schedules(site))
    return {
        "connection": {each.name: (each.driver, each.settings) for each in site.connections.values()},
        "device": {name: device for name, device in site.devices.items() if name not in schedules},
        "group": site.groups,
        "schedule": schedules,
        "guard of": {str(point): guard for point, guard in site.guards.items()},
        "default of": {str(point): value for point, value in site.defaults.items()},
        "hold by hand of": site.hands,
        "interlock": {_id(node): plain(node) for node in site.interlocks},
        "rule": {rule.id: rule.written for rule in rules},
        "notifier": site.notifiers,
        "webhook": site.service.webhooks,
        # What a plugin computes does not change while it is loaded.
        "function": dict.fromkeys(site.functions),
    }


def _schedules(site: Site) -> Iterator[tuple[str, OpeningHours]]:
    for name, device in site.devices.items():
        if isinstance(device.settings, ScheduleSettings):
            yield name, replace(device.settings.hours, calendar=None)


def _id(node: Node) -> str:
    found = node.entries.get("id") if isinstance(node, MapNode) else None
    return found.text if isinstance(found, ScalarNode) else ""


def redefined(site: Site, new_site: Site) -> frozenset[Point]:
    """Return the points of a site that are gone in another one, or stand for something else there.

    How often something is read, and how fast its connection may be asked, does not make it something else.
    """
    others = {
        name: _identity(site.connections[name]) != _identity(new_site.connections[name])
        for name in site.connections.keys() & new_site.connections.keys()
    }
    return frozenset(
        point
        for point, target in site.targets.items()
        if others.get(target.device.connection, not is_virtual(target))
        or _is_other(target, new_site.targets.get(point))
    )


def _is_other(target: Target, new: Target | None) -> bool:
    return new is None or _meaning(target) != _meaning(new)


def _meaning(target: Target) -> tuple[object, ...]:
    device = target.device
    return device.connection, device.type, _without(device.settings, DeviceSettings), target.capability


def _identity(connection: Connection) -> tuple[object, ...]:
    return connection.driver, connection.timezone, _without(connection.settings, ConnectionSettings)


def _without(settings: _Settings, common: type[_Settings]) -> Mapping[str, object]:
    """Return a driver's own settings."""
    own = type(settings).model_fields.keys() - common.model_fields.keys()
    return {name: getattr(settings, name) for name in own}


def _difference(kind: str, before: Mapping[str, object], now: Mapping[str, object]) -> Difference:
    return Difference(
        kind=kind,
        added=tuple(name for name in now if name not in before),
        removed=tuple(name for name in before if name not in now),
        changed=tuple(name for name in now if name in before and before[name] != now[name]),
    )
