"""Which points are read how often: one job for each connection and interval, only what somebody needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from interlock.config.site import Connection, Site
from interlock.driver import Target
from interlock.model import Point
from interlock.virtual import is_virtual


@dataclass(frozen=True, slots=True, kw_only=True)
class PollJob:
    """Points of one connection that are read together."""

    connection: str
    interval: timedelta
    stale_after: timedelta
    """How old a reading of these points may grow before it is unknown."""
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PushJob:
    """A connection whose driver is told of changes."""

    connection: str
    interval: timedelta
    """The first pause before a failed attempt is made again."""
    stale_after: timedelta
    """How long the connection may be lost before its points are unknown."""
    targets: tuple[Target, ...]
    """What the driver is to listen for: with events all points, because it names them."""
    wanted: tuple[Target, ...]
    """The points that somebody needs."""
    once: tuple[Target, ...]
    """Those of them that are read once, and not polled."""


def plan_pushes(site: Site, needed: Iterable[Point], *, with_events: bool) -> tuple[PushJob, ...]:
    """Return a job for each connection that tells of needed points, or of events where rules wait for any."""
    wanted = set(needed)
    return tuple(
        job
        for connection in site.connections.values()
        if connection.pushes
        for job in [_push_job(site, connection, wanted, with_events=with_events)]
        if job.targets or with_events
    )


def _push_job(site: Site, connection: Connection, needed: set[Point], *, with_events: bool) -> PushJob:
    own = [each for each in site.targets.values() if each.device.connection == connection.name]
    wanted = tuple(target for target in own if target.point in needed)
    return PushJob(
        connection=connection.name,
        interval=connection.settings.poll,
        stale_after=connection.stale_after(connection.settings.poll),
        targets=tuple(own) if with_events else wanted,
        wanted=wanted,
        once=tuple(each for each in wanted if each.capability.readable and not _is_polled(site, each)),
    )


def plan_polls(site: Site, needed: Iterable[Point]) -> tuple[PollJob, ...]:
    """Return the jobs that keep the needed points read, in the site's order."""
    wanted = set(needed)
    groups: defaultdict[tuple[str, timedelta], list[Target]] = defaultdict(list)
    for point, target in site.targets.items():
        is_read = point in wanted and target.capability.readable and not is_virtual(target)
        if is_read and _is_polled(site, target):
            groups[target.device.connection, _interval(site, target)].append(target)
    return tuple(
        PollJob(
            connection=connection,
            interval=interval,
            stale_after=site.connections[connection].stale_after(interval),
            targets=tuple(targets),
        )
        for (connection, interval), targets in groups.items()
    )


def is_told(site: Site, point: Point) -> bool:
    """Whether a point is not polled, because its driver tells of its changes."""
    target = site.targets.get(point)
    return target is not None and not is_virtual(target) and not _is_polled(site, target)


def _is_polled(site: Site, target: Target) -> bool:
    """Whether a point is read again and again: where changes are told, only if the site says how often."""
    connection = site.connections[target.device.connection]
    is_said = target.device.settings.poll is not None or "poll" in connection.settings.model_fields_set
    return is_said or not connection.pushes


def _interval(site: Site, target: Target) -> timedelta:
    return target.device.settings.poll or site.connections[target.device.connection].settings.poll
