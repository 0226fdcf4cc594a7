"""Drivers that stand in for a site's own in virtual time, made from what those declare."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from interlock.config.site import Connection, Site
from interlock.driver import Answer, ConnectionSettings, Context, Device, Driver, Feed, Target, Write
from interlock.durations import format_duration
from interlock.errors import DriverError, TimedOut
from interlock.model import Point, Value
from interlock.simulation.equipment import Equipment

_REPORT_S = 0.05
"""So long after a command a device that tells of changes reports what it did."""


class Twin(Driver):
    """Reads and writes equipment in memory, in no time."""

    equipment: ClassVar[Equipment]
    connection: ClassVar[str]
    tells: ClassVar[bool]

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        super().__init__(settings, context)
        self._reports: set[asyncio.TimerHandle] = set()

    async def close(self) -> None:
        """Leave the equipment."""
        self.equipment.leave(self.connection)
        for report in self._reports:
            report.cancel()

    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:
        """Be told of changes of these targets."""
        self.equipment.listen(self.connection, targets, feed)

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Return what the equipment holds."""
        if late := await self._wait():
            raise late
        await self.equipment.ready(targets)
        self.equipment.refresh()
        return self.equipment.answers(targets)

    def read_at_once(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError] | None:
        """Return what the equipment holds, unless it has to be waited for."""
        if self.equipment.lateness(self.connection) or not self.equipment.is_ready(targets):
            return None
        self.equipment.refresh()
        return self.equipment.answers(targets)

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Let the equipment do the commands."""
        self.equipment.refresh()
        answers = [await self._write(write) for write in writes]
        # A slow server does it at once and is slow to say so.
        late = await self._wait()
        return [late] * len(writes) if late else answers

    async def _wait(self) -> TimedOut | None:
        """Wait as long as an answer takes, but not longer than the connection is patient."""
        lateness = self.equipment.lateness(self.connection)
        if not lateness:
            return None
        patience = self.settings.timeout
        await asyncio.sleep(min(lateness, patience).total_seconds())
        if lateness < patience:
            return None
        return TimedOut(f"connection {self.connection}: no answer within {format_duration(patience)}")

    async def _write(self, write: Write) -> Answer | DriverError:
        answer = await self.equipment.perform(write)
        if self.tells and write.target.capability.readable and not isinstance(answer, DriverError):
            self._report(write.target.point)
        return answer

    def _report(self, point: Point) -> None:
        def report() -> None:
            self._reports.discard(timer)
            self.equipment.tell(point)

        timer = asyncio.get_running_loop().call_later(_REPORT_S, report)
        self._reports.add(timer)


def twin_of(connection: Connection, equipment: Equipment, *, tells: bool) -> type[Twin]:
    """Return the driver that stands in for a connection's.

    Args:
        connection: Whose driver it stands in for.
        equipment: What it reads and writes.
        tells: Whether it tells of changes at once, as a bus does.
    """
    original = connection.driver
    declared: dict[str, object] = {
        "name": original.name,
        "description": f"stands in for {original.name}",
        "Settings": original.Settings,
        "device_types": original.device_types,
        "check_call": original.check_call,
        "capabilities": original.capabilities,
        "requests_for": original.requests_for,
        "equipment": equipment,
        "connection": connection.name,
        "tells": tells,
    }
    return type(f"TwinOf{original.__name__}", (Twin,), declared)


def equipment_of(site: Site) -> Equipment:
    """Return equipment that has every point of a site's connections, none of which holds anything yet."""
    targets = [each for each in site.targets.values() if each.device.connection in site.connections]
    return Equipment(targets, {each.name: each.through for each in site.connections.values()})


def site_with_twins(site: Site, equipment: Equipment, *, tells: bool) -> Site:
    """Return a site whose every driver gives way to its twin.

    Args:
        site: As its files have it.
        equipment: What the twins read and write.
        tells: Whether changes are told at once, and nothing is polled; otherwise it is polled as the site
            says, but where its drivers are told of changes.
    """
    connections = {
        name: _standing_in(connection, equipment, tells=tells or connection.pushes)
        for name, connection in site.connections.items()
    }
    changed = replace(site, connections=MappingProxyType(connections))
    return _without_polls(changed) if tells else changed


def _standing_in(connection: Connection, equipment: Equipment, *, tells: bool) -> Connection:
    return replace(connection, driver=twin_of(connection, equipment, tells=tells), pushes=tells)


def with_devices(site: Site, devices: Mapping[str, Device]) -> Site:
    """Return a site with other devices in place of its own of the same names, and the same points."""
    targets = {
        point: replace(target, device=devices.get(target.device.name, target.device))
        for point, target in site.targets.items()
    }
    return replace(
        site,
        devices=MappingProxyType({**site.devices, **devices}),
        targets=MappingProxyType(targets),
    )


def _without_polls(site: Site) -> Site:
    """Return a site that says nowhere how often anything is polled."""
    connections = {name: _unsaid(connection) for name, connection in site.connections.items()}
    polled = {name: device for name, device in site.devices.items() if device.settings.poll is not None}
    unpolled = {name: _unpolled(device) for name, device in polled.items()}
    return replace(with_devices(site, unpolled), connections=MappingProxyType(connections))


def _unpolled(device: Device) -> Device:
    return replace(device, settings=device.settings.model_copy(update={"poll": None}))


def _unsaid(connection: Connection) -> Connection:
    settings = connection.settings.model_copy()
    settings.model_fields_set.discard("poll")
    return replace(connection, settings=settings)
