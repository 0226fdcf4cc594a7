"""Which points are read how often: one job for each connection and interval, only what somebody needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from interlock.config.site import Site
from interlock.driver import Target
from interlock.model import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class PollJob:
    """Points of one connection that are read together."""

    connection: str
    interval: timedelta
    stale_after: timedelta
    """How old a reading of these points may grow before it is unknown."""
    targets: tuple[Target, ...]


def plan_polls(site: Site, needed: Iterable[Point]) -> tuple[PollJob, ...]:
    """Return the jobs that keep the needed points read, in the site's order."""
    wanted = set(needed)
    groups: defaultdict[tuple[str, timedelta], list[Target]] = defaultdict(list)
    for point, target in site.targets.items():
        if point in wanted and target.capability.readable:
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


def _interval(site: Site, target: Target) -> timedelta:
    return target.device.settings.poll or site.connections[target.device.connection].settings.poll
