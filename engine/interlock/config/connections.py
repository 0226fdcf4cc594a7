"""The section ``connections`` of a site file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from interlock.config.credentials import Credentials
from interlock.config.freshness import warn_of_haste
from interlock.config.names import connection_name_fault
from interlock.config.nodes import MapNode, Node
from interlock.config.plugin_calls import call_plugin, read_settings
from interlock.config.sections import as_text, entries_of, without
from interlock.config.site import Connection
from interlock.config.through import sound_through
from interlock.errors import Diagnostic, PluginError
from interlock.plugins import LoadedDriver, Registry


@dataclass(frozen=True, slots=True)
class ConnectionSection:
    """The connections that are sound, and the names of all that were written."""

    sound: Mapping[str, Connection]
    declared: frozenset[str]


def read_connections(
    section: Node | None,
    registry: Registry,
    credentials: Credentials,
    problems: list[Diagnostic],
    timezone: ZoneInfo,
) -> ConnectionSection:
    """Return the connections of a site; what is wrong with one costs only that one."""
    entries = entries_of(section, "connections", problems)
    reader = _ConnectionReader(registry, credentials, problems, timezone)
    found = {connection.name: connection for connection in reader.read(entries)} if entries else {}
    sound = sound_through(entries, found, problems) if entries else found
    return ConnectionSection(sound, frozenset(entries.entries if entries else ()))


class _ConnectionReader:
    def __init__(
        self,
        registry: Registry,
        credentials: Credentials,
        problems: list[Diagnostic],
        timezone: ZoneInfo,
    ) -> None:
        self._timezone = timezone
        self._registry = registry
        self._credentials = credentials
        self._problems = problems

    def read(self, section: MapNode) -> Iterator[Connection]:
        """Yield each connection that is sound."""
        for name, node in section.entries.items():
            if fault := connection_name_fault(name):
                self._problems.append(section.keys[name].diagnostic(fault))
            connection = self._connection(name, node)
            if connection is not None and not fault:
                yield connection

    def _connection(self, name: str, node: Node) -> Connection | None:
        what = f"connection '{name}'"
        entries = entries_of(node, what, self._problems, is_optional=False)
        loaded = entries and self._driver(what, entries)
        if not entries or not loaded:
            return None
        model, own = loaded.driver.Settings, without(entries, "driver")
        settings = read_settings(
            loaded.source, model, own, what=what, credentials=self._credentials, problems=self._problems
        )
        if settings is None:
            return None
        pushes = call_plugin(loaded.source, lambda: loaded.driver.pushes(settings), own, self._problems)
        if pushes is None:
            return None
        limits = (entries.entries[each] for each in ("rate", "daily") if each in entries.entries)
        connection = Connection(
            name=name,
            driver=loaded.driver,
            settings=settings,
            timezone=self._timezone,
            pushes=bool(pushes),
            mark=next(limits, entries).mark,
        )
        warn_of_haste(what, entries, connection, settings.poll, self._problems)
        return connection

    def _driver(self, what: str, entries: MapNode) -> LoadedDriver | None:
        installed = f"installed: {', '.join(self._registry.drivers) or 'none'}"
        node = as_text(entries, "driver", what, installed, self._problems)
        if node is None:
            return None
        try:
            self._registry.driver(str(node.value))
        except PluginError as error:
            self._problems.append(node.mark.diagnostic(str(error), hint=error.hint))
            return None
        return self._registry.drivers[str(node.value)]
