"""What is polled how often and why, against what connections may be asked; and where that cannot be kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from interlock.config.site import Connection, Site
from interlock.durations import format_duration
from interlock.errors import Diagnostic, Severity
from interlock.model import Point
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Mode, Rule
from interlock.runtime.connections.budget import allowed_per_second
from interlock.runtime.connections.needs import Need, needs_of, urgencies_of
from interlock.runtime.connections.poll_plan import PollJob, is_told, plan_polls
from interlock.runtime.connections.stagger import offset_of

_MINUTE_S, _DAY_S = 60, 86_400
_HINT = "poll more rarely, or watch less; interlock poll-plan shows what is read how often"


class PollLine(BaseModel):
    """Points that are read together."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    points: tuple[str, ...]
    urgency: str
    """Of the most urgent of them: ``trigger``, ``condition``, ``claim`` or ``watch``."""
    needed_by: tuple[str, ...]
    """Such as ``rule cool``, by their names."""
    poll_s: float
    """Seconds between two reads, as the site says."""
    interval_s: float
    """As it is: more where the connection may not be asked as often."""
    offset_s: float
    """At what time of the interval they are read."""
    requests: int
    """That it takes to read them once."""
    stale_after_s: float
    """How old a reading may grow before it is unknown."""


class ConnectionPolls(BaseModel):
    """What one connection is asked."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    connection: str
    driver: str
    rate: str = ""
    """As the site says, such as ``30/1m``; empty where it says nothing."""
    daily: int | None = None
    """As the site says."""
    allowed_per_minute: float | None = None
    """What of both is for polls; None for any number."""
    wanted_per_minute: float
    """Requests that it takes to read everything as often as the site says."""
    asked_per_minute: float
    """Requests as they are planned."""
    asked_per_day: int
    polls: tuple[PollLine, ...]
    told: tuple[str, ...]
    """Points that are needed and not polled, because the driver is told of their changes."""
    finding: str = ""
    """Why the site's wishes cannot be kept; empty where they can."""


class PollPlan(BaseModel):
    """What is asked of a site's connections."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    site: str
    connections: tuple[ConnectionPolls, ...]


def plan_of(site: Site, rules: Iterable[Rule], interlocks: Iterable[Interlock]) -> PollPlan:
    """Return what a service would poll for rules that act, before anything is claimed by hand."""
    acting = [rule for rule in rules if rule.mode is not Mode.OFF]
    needs = tuple(needs_of(site, acting, interlocks))
    urgencies = urgencies_of(needs)
    return _plan(site, needs, plan_polls(site, urgencies, urgencies))


def plan_at_work(site: Site, needs: Iterable[Need], jobs: Sequence[PollJob]) -> PollPlan:
    """Return what a running service polls now, by who needs what and what is polled."""
    return _plan(site, tuple(needs), jobs)


def poll_findings(site: Site, rules: Iterable[Rule], interlocks: Iterable[Interlock]) -> Iterator[Diagnostic]:
    """Yield a warning for each connection that may not be asked as often as its points are to be read."""
    if not any(allowed_per_second(each.settings) for each in site.connections.values()):
        return
    for polls in plan_of(site, rules, interlocks).connections:
        mark = site.connections[polls.connection].mark
        if polls.finding and mark:
            message = f"connection '{polls.connection}': {polls.finding}"
            yield mark.diagnostic(message, hint=_HINT, severity=Severity.WARNING)


@dataclass(frozen=True, slots=True)
class _Told:
    """What else a plan tells of points."""

    needed_by: Mapping[Point, Sequence[str]]
    told: Mapping[str, Sequence[Point]]


def _plan(site: Site, needs: Sequence[Need], jobs: Sequence[PollJob]) -> PollPlan:
    who: defaultdict[Point, list[str]] = defaultdict(list)
    told: defaultdict[str, list[Point]] = defaultdict(list)
    for need in needs:
        who[need.point].append(need.who)
    for point in site.targets:
        if point in who and is_told(site, point):
            told[site.targets[point].device.connection].append(point)
    further = _Told(who, told)
    found = [
        _connection(site, connection, [job for job in jobs if job.connection == connection.name], further)
        for connection in site.connections.values()
    ]
    return PollPlan(site=site.name, connections=tuple(found))


def _connection(site: Site, connection: Connection, jobs: Sequence[PollJob], told: _Told) -> ConnectionPolls:
    settings, allowed = connection.settings, allowed_per_second(connection.settings)
    asked = sum(job.per_second for job in jobs)
    return ConnectionPolls(
        connection=connection.name,
        driver=connection.driver.name,
        rate=str(settings.rate or ""),
        daily=settings.daily,
        allowed_per_minute=None if allowed is None else _rounded(allowed * _MINUTE_S),
        wanted_per_minute=_rounded(_wanted(jobs) * _MINUTE_S),
        asked_per_minute=_rounded(asked * _MINUTE_S),
        asked_per_day=round(asked * _DAY_S),
        polls=tuple(_line(site, job, told) for job in jobs),
        told=tuple(told.told.get(connection.name, ())),
        finding=_finding(connection, jobs),
    )


def _line(site: Site, job: PollJob, told: _Told) -> PollLine:
    points = [target.point for target in job.targets]
    return PollLine(
        points=tuple(points),
        urgency=job.urgency.word,
        needed_by=tuple(sorted({who for point in points for who in told.needed_by.get(point, ())})),
        poll_s=job.wanted.total_seconds(),
        interval_s=job.interval.total_seconds(),
        offset_s=offset_of(site, job).total_seconds(),
        requests=job.requests,
        stale_after_s=job.stale_after.total_seconds(),
    )


def _wanted(jobs: Iterable[PollJob]) -> float:
    return sum(job.requests / job.wanted.total_seconds() for job in jobs)


def _finding(connection: Connection, jobs: Sequence[PollJob]) -> str:
    """Return why points are read more rarely than the site wants; empty where they are not."""
    slowed = [job for job in jobs if job.is_slowed]
    if not slowed:
        return ""
    wanted, asked = _wanted(jobs) * _MINUTE_S, sum(job.per_second for job in jobs) * _MINUTE_S
    slowest = max(slowed, key=lambda job: job.interval / job.wanted)
    count = sum(len(job.targets) for job in slowed)
    one = count == 1
    return (
        f"its polls take {_requests(wanted)} a minute, and {_limits(connection)} "
        f"{_rounded(asked):g}: {count} point{'' if one else 's'} {'is' if one else 'are'} read more rarely, "
        f"such as {slowest.targets[0].point} every {format_duration(slowest.interval)} "
        f"in place of {format_duration(slowest.wanted)}"
    )


def _limits(connection: Connection) -> str:
    settings = connection.settings
    written = [f"rate: {settings.rate}"] if settings.rate else []
    written += [f"daily: {settings.daily}"] if settings.daily else []
    return f"{' and '.join(written)} let{'s' if len(written) == 1 else ''} it make" if written else "it makes"


def _requests(number: float) -> str:
    return f"{_rounded(number):g} request{'' if number == 1 else 's'}"


def _rounded(number: float) -> float:
    return round(number, 2 if number < 10 else 1)
