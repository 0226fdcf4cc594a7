"""Connections that speak through other ones: the setting ``through``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from interlock.config.names import did_you_mean
from interlock.config.nodes import MapNode, Mark
from interlock.config.site import Connection
from interlock.driver import DeviceType, Driver
from interlock.errors import Diagnostic


def sound_through(
    section: MapNode, connections: Mapping[str, Connection], problems: list[Diagnostic]
) -> dict[str, Connection]:
    """Return the connections without those that cannot speak through the one they name.

    What is wrong is appended to `problems`, but for a connection that has been reported itself.
    """
    return {
        name: connection
        for name, connection in connections.items()
        if connection.through is None or _is_sound(section, connection, connections, problems)
    }


def speaking_type(driver: type[Driver], needs: Sequence[str]) -> DeviceType | None:
    """Return the device type of a driver that has all these controllers, each to be called with fields."""
    for device_type in driver.device_types:
        callable_ = {each.controller for each in device_type.controllers if each.fields}
        has_address = any(each.is_required() for each in device_type.settings.model_fields.values())
        if callable_.issuperset(needs) and not has_address:
            return device_type
    return None


def _is_sound(
    section: MapNode,
    connection: Connection,
    connections: Mapping[str, Connection],
    problems: list[Diagnostic],
) -> bool:
    name = str(connection.through)
    fault = next(_faults(section, connection, name, connections), None)
    if fault is None:
        return name in connections
    message, hint = fault
    problems.append(_mark(section, connection.name).diagnostic(message, hint=hint))
    return False


def _faults(
    section: MapNode, connection: Connection, name: str, connections: Mapping[str, Connection]
) -> Iterator[tuple[str, str]]:
    fitting = [each.name for each in connections.values() if _fits(connection, each)]
    hint = f"it can speak through {' or '.join(fitting)}" if fitting else "no connection of this site fits"
    if name == connection.name:
        yield f"connection '{name}' cannot speak through itself", hint
    elif name not in section.entries:
        yield f"there is no connection '{name}'", did_you_mean(name, fitting, "connections that fit")
    elif name in connections and connections[name].through is not None:
        yield f"connection '{name}' itself speaks through another one", hint
    elif name in connections and not _fits(connection, connections[name]):
        driver, needs = connections[name].driver.name, " and ".join(connection.driver.needs)
        yield f"connection '{name}' ({driver}) has no device type that can be called for {needs}", hint


def _fits(connection: Connection, other: Connection) -> bool:
    is_other = other.name != connection.name and other.through is None
    return is_other and speaking_type(other.driver, connection.driver.needs) is not None


def _mark(section: MapNode, name: str) -> Mark:
    node = section.entries[name]
    own = node.entries.get("through") if isinstance(node, MapNode) else None
    return (own or node).mark
