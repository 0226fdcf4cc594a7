"""Which points are read how often: only what somebody needs, and no more than its connection may be asked."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

from interlock.config.site import POLLS_TO_STALE, Connection, Site
from interlock.driver import Target
from interlock.model import Point
from interlock.runtime.connections.budget import Demand, allowed_per_second, load_of, paces
from interlock.runtime.connections.costs import requests_for
from interlock.runtime.connections.needs import Urgency
from interlock.virtual import is_virtual

NO_URGENCIES: Mapping[Point, Urgency] = MappingProxyType({})
_MOST_PIECES = 12
NO_LIMITS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class PollJob:
    """Points of one connection that are read together."""

    connection: str
    interval: timedelta
    """How often they are read."""
    wanted: timedelta
    """How often the site wants them to be read."""
    urgency: Urgency
    """Of the most urgent of them."""
    is_part: bool = False
    """Whether others that the site wants to be read as often are read by another job, for being more urgent
    or less."""
    piece: tuple[int, int] = (0, 1)
    """Which of so many jobs it is that read in turn what is too much for one moment."""
    requests: int
    """That it takes to read them, while all is well."""
    stale_after: timedelta
    """How old a reading of these points may grow before it is unknown."""
    wanted_stale_after: timedelta
    """How old, were they read as often as the site wants."""
    targets: tuple[Target, ...]

    @property
    def is_slowed(self) -> bool:
        """Whether they are read more rarely than the site wants."""
        return self.interval > self.wanted

    @property
    def per_second(self) -> float:
        """How many requests a second it comes to."""
        return self.requests / self.interval.total_seconds()


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


def plan_polls(
    site: Site,
    needed: Iterable[Point],
    urgencies: Mapping[Point, Urgency] = NO_URGENCIES,
    limits: Mapping[str, float] = NO_LIMITS,
) -> tuple[PollJob, ...]:
    """Return the jobs that keep the needed points read, in the site's order.

    Where a connection may not be asked as often as that takes, the least urgent points are read more rarely.

    Args:
        site: What can be read.
        needed: What somebody needs.
        urgencies: How urgently, where that is known.
        limits: How many requests a second connections may be asked now, where that is less than their
            settings allow.
    """
    wanted = set(needed)
    groups: defaultdict[str, defaultdict[timedelta, list[Target]]] = defaultdict(lambda: defaultdict(list))
    for point, target in site.targets.items():
        is_read = point in wanted and target.capability.readable and not is_virtual(target)
        if is_read and _is_polled(site, target):
            groups[target.device.connection][_interval(site, target)].append(target)
    return tuple(
        job
        for name, by_interval in groups.items()
        for job in _jobs(site.connections[name], by_interval, urgencies, limits.get(name))
    )


def _jobs(
    connection: Connection,
    groups: Mapping[timedelta, Sequence[Target]],
    urgencies: Mapping[Point, Urgency],
    limit: float | None,
) -> Iterator[PollJob]:
    """Yield the jobs of one connection."""
    allowed = min_of(allowed_per_second(connection.settings), limit)
    batches = [_batch(connection, interval, targets, urgencies) for interval, targets in groups.items()]
    if allowed is not None and load_of([each.demand for each in batches]) > allowed:
        batches = [part for batch in batches for part in _parts(connection, batch, urgencies)]
    for batch, interval in zip(batches, paces([each.demand for each in batches], allowed), strict=True):
        yield from _jobs_of(connection, batch, interval)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is to be read together."""

    demand: Demand
    targets: Sequence[Target]
    is_part: bool = False


def _batch(
    connection: Connection,
    interval: timedelta,
    targets: Sequence[Target],
    urgencies: Mapping[Point, Urgency],
) -> _Batch:
    urgency = min(urgencies.get(target.point, Urgency.WATCH) for target in targets)
    return _Batch(Demand(requests_for(connection, targets), interval, urgency), targets)


def _parts(connection: Connection, whole: _Batch, urgencies: Mapping[Point, Urgency]) -> Sequence[_Batch]:
    """Return a batch for each urgency, unless that takes more requests than all of it together."""
    sorts: defaultdict[Urgency, list[Target]] = defaultdict(list)
    for target in whole.targets:
        sorts[urgencies.get(target.point, Urgency.WATCH)].append(target)
    parts = [_batch(connection, whole.demand.interval, sorts[each], urgencies) for each in sorted(sorts)]
    is_dearer = sum(each.demand.requests for each in parts) > whole.demand.requests
    return [whole] if is_dearer or len(parts) == 1 else [replace(each, is_part=True) for each in parts]


def _jobs_of(connection: Connection, batch: _Batch, interval: timedelta) -> Iterator[PollJob]:
    """Yield the jobs that read a batch.

    What is slowed for the sake of a rate is read in pieces: all of it at once would leave nothing of the
    rate to what is more urgent.
    """
    rate, requests, targets = connection.settings.rate, batch.demand.requests, batch.targets
    pieces = 1
    if rate is not None and interval > batch.demand.interval:
        pieces = min(math.ceil(requests / max(rate.for_reads // 4, 1)), len(targets), _MOST_PIECES)
    size = math.ceil(len(targets) / pieces)
    starts = range(0, len(targets), size)
    for piece, start in enumerate(starts):
        some = targets[start : start + size]
        part = batch if len(some) == len(targets) else _piece(connection, batch, some)
        yield replace(_job(connection, part, interval), piece=(piece, len(starts)))


def _piece(connection: Connection, batch: _Batch, targets: Sequence[Target]) -> _Batch:
    demand = replace(batch.demand, requests=requests_for(connection, targets))
    return replace(batch, demand=demand, targets=targets)


def _job(connection: Connection, batch: _Batch, interval: timedelta) -> PollJob:
    wanted = batch.demand.interval
    stale_after = wanted_stale_after = connection.stale_after(wanted)
    if interval > wanted:
        # Whoever is asked more rarely than the site wants is not unknown because of that.
        stale_after = max(stale_after, interval * POLLS_TO_STALE)
    return PollJob(
        connection=connection.name,
        interval=interval,
        wanted=wanted,
        urgency=batch.demand.urgency,
        is_part=batch.is_part,
        requests=batch.demand.requests,
        stale_after=stale_after,
        wanted_stale_after=wanted_stale_after,
        targets=tuple(batch.targets),
    )


def min_of(*limits: float | None) -> float | None:
    """Return the least of several limits; None where there is none."""
    return min((each for each in limits if each is not None), default=None)


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
