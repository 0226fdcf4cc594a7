"""A site that is polled more rarely than it says, so that a year of it takes less time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from interlock.config.site import POLLS_TO_STALE, Connection, Site
from interlock.driver import Device
from interlock.rules.rule_points import read_points
from interlock.runtime.connections.poll_plan import plan_polls
from interlock.service.loading import Loaded
from interlock.simulation.twin import with_devices


def polled_each(site: Site, interval: timedelta) -> Site:
    """Return a site of which nothing is polled more often than each interval.

    What is told of changes stays so, and what is polled more rarely too. How old a reading may grow grows
    with it, where that is less than three polls.
    """
    connections = {name: _slowed(connection, interval) for name, connection in site.connections.items()}
    devices = {
        name: _slow(device, interval)
        for name, device in site.devices.items()
        if device.settings.poll is not None and device.settings.poll < interval
    }
    return replace(with_devices(site, devices), connections=MappingProxyType(connections))


def polls_of(loaded: Loaded, duration: timedelta) -> int:
    """Return how many polls a service makes in a time for what its rules read."""
    needed = {*loaded.site.watch, *read_points(loaded.rules)}
    return sum(duration // job.interval for job in plan_polls(loaded.site, needed))


def _slowed(connection: Connection, interval: timedelta) -> Connection:
    settings = connection.settings
    if settings.poll >= interval or (connection.pushes and "poll" not in settings.model_fields_set):
        return connection
    changes = {"poll": interval}
    if settings.stale_after is not None:
        changes["stale_after"] = max(settings.stale_after, interval * POLLS_TO_STALE)
    return replace(connection, settings=settings.model_copy(update=changes))


def _slow(device: Device, interval: timedelta) -> Device:
    return replace(device, settings=device.settings.model_copy(update={"poll": interval}))
