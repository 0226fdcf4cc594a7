"""The section ``devices`` of a site file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from interlock.capabilities import Capability, nearest
from interlock.config.connections import ConnectionSection
from interlock.config.credentials import Credentials
from interlock.config.entries import Entry, entries_in
from interlock.config.freshness import warn_of_haste
from interlock.config.names import device_name_fault, did_you_mean
from interlock.config.nodes import ListNode, MapNode, Mark, Node, ScalarNode
from interlock.config.plugin_calls import call_plugin, read_settings
from interlock.config.point_options import OPTIONS, PointOptions, read_options
from interlock.config.rows import once
from interlock.config.sections import as_text, entries_of, is_text, without
from interlock.config.site import Connection
from interlock.declarations import controller_faults
from interlock.driver import ConnectionSettings, Device, DeviceSettings, DeviceType, Target
from interlock.errors import Diagnostic, Severity
from interlock.model import Point
from interlock.plugins import PluginSource, Registry
from interlock.virtual import CONNECTION, TYPES, VirtualDriver

_VIRTUAL = Connection(name=CONNECTION, driver=VirtualDriver, settings=ConnectionSettings())
"""What virtual points are declared by; a site has no such connection."""


@dataclass(frozen=True, slots=True)
class DeviceSection:
    """The devices that are sound with their points, and the names of all that were written."""

    sound: Mapping[str, Device]
    targets: Mapping[Point, Target]
    declared: Mapping[str, Mark]
    """Where each stands."""
    options: PointOptions = field(default_factory=PointOptions)
    """What the sound ones say of their points."""


def read_devices(
    section: Node | None,
    connections: ConnectionSection,
    registry: Registry,
    credentials: Credentials,
    problems: list[Diagnostic],
) -> DeviceSection:
    """Return the devices of a site; what is wrong with one costs only that one."""
    written = entries_of(section, "devices", problems)
    entries = _named(entries_in(written, problems), problems) if written else {}
    reader = _DeviceReader(connections, registry, credentials, problems)
    targets = {target.point: target for target in reader.read(entries.values())}
    sound = {target.device.name: target.device for target in targets.values()}
    marks = {name: entry.mark for name, entry in entries.items()}
    _warn_of_twins(sound, entries, problems)
    return DeviceSection(sound, targets, marks, reader.options)


def _named(entries: Iterable[Entry], problems: list[Diagnostic]) -> Mapping[str, Entry]:
    """Return devices by their names; one whose name another one has is a finding."""
    named: dict[str, Entry] = {}
    for entry in entries:
        first = named.setdefault(entry.name, entry)
        if first is not entry:
            problems.append(entry.mark.diagnostic(_twice(first, entry)))
    return named


def _twice(first: Entry, entry: Entry) -> str:
    if entry.origin and entry.name == entry.written:
        return f"each row would make the device '{entry.name}': put what tells them apart in its name"
    return f"device '{entry.name}' is made twice: {entry.origin or 'here'}, and first {first.where}"


class _DeviceReader:
    def __init__(
        self,
        connections: ConnectionSection,
        registry: Registry,
        credentials: Credentials,
        problems: list[Diagnostic],
    ) -> None:
        self._connections = connections
        self._registry = registry
        self._credentials = credentials
        self._problems = problems
        self._found: list[Diagnostic] = []
        """What is wrong with the device that is being read."""
        self._looked_at: dict[tuple[int, ...], tuple[tuple[Capability, ...], tuple[str, ...]]] = {}
        """Declarations by their identity, and what is wrong with them."""
        self.options = PointOptions()
        """What the devices read so far say of their points."""

    def read(self, entries: Iterable[Entry]) -> Iterator[Target]:
        """Yield the points of each device that is sound."""
        origins: dict[Diagnostic, list[str]] = {}
        for entry in entries:
            yield from self._sound(entry)
            for problem in self._found:
                origins.setdefault(problem, []).append(entry.origin)
            self._found.clear()
        self._problems += once(origins)

    def _sound(self, entry: Entry) -> Sequence[Target]:
        fault = device_name_fault(entry.name)
        if fault:
            self._found.append(entry.mark.diagnostic(fault))
        targets = list(self._targets(entry))
        return () if fault else targets

    def _targets(self, entry: Entry) -> Iterator[Target]:
        what, name = f"device '{entry.written}'", entry.name
        entries = entries_of(entry.node, what, self._found, is_optional=False)
        connection = entries and (self._virtual(entries) or self._connection(what, entries))
        device_type = entries and connection and self._type(what, entries, connection)
        if not entries or not connection or not device_type:
            return
        settings = self._settings(what, entries, connection, device_type)
        if settings is None:
            return
        if settings.poll is not None:
            warn_of_haste(what, entries, connection, settings.poll, self._found)
        device = Device(name=name, connection=connection.name, type=device_type.name, settings=settings)
        targets = [
            Target(point=Point.of(name, capability.controller), device=device, capability=capability)
            for capability in self._capabilities(what, entries, connection, device_type, settings)
        ]
        read_options(what, entries, targets, self.options, self._found)
        yield from targets

    def _virtual(self, entries: MapNode) -> Connection | None:
        """Return the connection of virtual points, where a device names none and is of one of their types."""
        kind = entries.entries.get("type")
        is_one = isinstance(kind, ScalarNode) and kind.value in TYPES
        return _VIRTUAL if is_one and "connection" not in entries.entries else None

    def _connection(self, what: str, entries: MapNode) -> Connection | None:
        is_named = is_text(entries.entries.get("connection"))
        hint = "" if is_named else self._instead_of_a_connection(entries)
        node = as_text(entries, "connection", what, hint, self._found)
        if node is None:
            return None
        name = str(node.value)
        if name not in self._connections.declared:
            hint = did_you_mean(name, sorted(self._connections.declared), "connections")
            self._found.append(node.mark.diagnostic(f"there is no connection '{name}'", hint=hint))
        return self._connections.sound.get(name)

    def _instead_of_a_connection(self, entries: MapNode) -> str:
        """Return what a device can say that names no connection."""
        names, kind = sorted(self._connections.declared), entries.entries.get("type")
        if isinstance(kind, ScalarNode) and (meant := nearest(str(kind.value), TYPES)):
            return f"or, without a connection, the type '{meant}'"
        return f"connections: {', '.join(names)}" if names else ""

    def _type(self, what: str, entries: MapNode, connection: Connection) -> DeviceType | None:
        known = {each.name: each for each in connection.driver.device_types}
        driver = connection.driver.name
        node = as_text(entries, "type", what, f"types of {driver}: {', '.join(known)}", self._found)
        if node is None:
            return None
        name = str(node.value)
        if name not in known:
            message = f"driver '{driver}' has no device type '{name}'"
            hint = did_you_mean(name, known, "types")
            self._found.append(node.mark.diagnostic(message, hint=hint))
        return known.get(name)

    def _settings(
        self, what: str, entries: MapNode, connection: Connection, device_type: DeviceType
    ) -> DeviceSettings | None:
        own = without(entries, "connection", "type", *OPTIONS)
        source, model = self._source(connection), device_type.settings
        settings = read_settings(
            source,
            model,
            own,
            what=what,
            beside=OPTIONS,
            credentials=self._credentials,
            problems=self._found,
        )
        if settings is None:
            _check_names(what, own, device_type, self._found)
        return settings

    def _capabilities(
        self,
        what: str,
        entries: MapNode,
        connection: Connection,
        device_type: DeviceType,
        settings: DeviceSettings,
    ) -> Sequence[Capability]:
        source = self._source(connection)
        found = call_plugin(
            source,
            lambda: tuple(connection.driver.capabilities(device_type, settings, connection.settings)),
            entries,
            self._found,
        )
        if found is None:
            return ()
        if faults := self._faults(found):
            message = f"{source} declares nonsense for {what}: {'; '.join(faults)}"
            self._found.append(entries.mark.diagnostic(message))
            return ()
        return _chosen(what, entries, settings, found, self._found)

    def _faults(self, found: tuple[Capability, ...]) -> Sequence[str]:
        """Return what is wrong with what a driver declares, which a thousand devices share."""
        key = tuple(map(id, found))
        if key not in self._looked_at:
            self._looked_at[key] = (found, tuple(controller_faults(found)))
        return self._looked_at[key][1]

    def _source(self, connection: Connection) -> PluginSource:
        loaded = self._registry.drivers.get(connection.driver.name)
        return loaded.source if loaded else PluginSource("interlock", "interlock")


def _check_names(what: str, entries: MapNode, device_type: DeviceType, problems: list[Diagnostic]) -> None:
    """Report unknown controllers of a device whose settings are refused already, so that all faults show."""
    node = entries.entries.get("controllers")
    known = [capability.controller for capability in device_type.controllers]
    for item in node.items if isinstance(node, ListNode) else ():
        if isinstance(item, ScalarNode) and isinstance(item.value, str) and item.value not in known:
            problems.append(_no_controller(what, item.value, known, item.mark))


def _no_controller(what: str, name: str, known: Sequence[str], mark: Mark) -> Diagnostic:
    hint = did_you_mean(name, known, "controllers")
    return mark.diagnostic(f"{what} has no controller '{name}'", hint=hint)


def _chosen(
    what: str,
    entries: MapNode,
    settings: DeviceSettings,
    found: Sequence[Capability],
    problems: list[Diagnostic],
) -> Sequence[Capability]:
    """Return the capabilities that a device's ``controllers:`` names; all where it has none."""
    if settings.controllers is None:
        return found
    node = entries.entries["controllers"]
    known = [capability.controller for capability in found]
    if not settings.controllers:
        problems.append(node.mark.diagnostic(f"{what} has no controller left", hint=f"of {', '.join(known)}"))
    unknown = [(index, name) for index, name in enumerate(settings.controllers) if name not in known]
    for index, name in unknown:
        mark = node.items[index].mark if isinstance(node, ListNode) else node.mark
        problems.append(_no_controller(what, name, known, mark))
    if unknown:
        return found  # A rule that names the right controller is not to blame.
    return [capability for capability in found if capability.controller in settings.controllers]


def _warn_of_twins(
    devices: Mapping[str, Device], entries: Mapping[str, Entry], problems: list[Diagnostic]
) -> None:
    """Warn of two names for one address: it would be polled twice, and rules could fight over it."""
    first: dict[tuple[object, ...], str] = {}
    for name, device in devices.items():
        other = first.setdefault(_address(device), name)
        if other != name:
            own = entries[name]
            row = f" ({own.origin})" if own.origin else ""
            message = f"device '{name}'{row} has the same address as '{other}' {entries[other].where}"
            problems.append(own.mark.diagnostic(message, severity=Severity.WARNING))


def _address(device: Device) -> tuple[object, ...]:
    """Return what tells devices of a connection apart."""
    if device.connection == CONNECTION:
        return (CONNECTION, device.name)
    return (device.connection, *(device.settings.identity or (device.type,)))
