"""Whether the equipment of a site answers, how fast, and whether its polls leave it time for that."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from interlock.clock import WallClock
from interlock.config.site import Site
from interlock.driver import Target
from interlock.durations import format_duration
from interlock.errors import AuthenticationFailed, DriverError
from interlock.model import Point
from interlock.plurals import counted
from interlock.runtime.connections.links import close_links, make_links
from interlock.runtime.connections.poll_plan import PollJob, plan_polls, plan_pushes
from interlock.service.doctor.finding import Finding, Health
from interlock.service.onlookers.observing import NoJournal

_MOST = 50
"""Points of one connection that are asked; the time for more is worked out from these."""
_CLOSE = 0.5
"""Of the time between two polls: a connection that needs more of it has no room for retries."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One connection, asked once."""

    asked: int
    of: int
    """Points that a service would read."""
    errors: Sequence[DriverError]
    took: timedelta
    interval: timedelta | None
    """The shortest between two of its polls; None where it is not polled."""


async def try_connections(site: Site, needed: Collection[Point]) -> Mapping[str, Trial]:
    """Ask each connection for points that a service would read, all connections at the same time."""
    jobs = plan_polls(site, needed)
    pushed = {job.connection: job.once for job in plan_pushes(site, needed, with_events=False)}
    names = {*(job.connection for job in jobs), *pushed}
    links = make_links(site.connections, names, clock=WallClock(), journal=NoJournal(), dice=random.Random())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close_links, links)

        async def ask(name: str) -> Trial:
            mine = [job for job in jobs if job.connection == name]
            targets = [target for job in mine for target in job.targets] + [*pushed.get(name, ())]
            asked: Sequence[Target] = targets[:_MOST]
            began = WallClock().monotonic()
            answers = await links[name].seam.read(asked)
            errors = [each for each in answers.values() if isinstance(each, DriverError)]
            took = WallClock().monotonic() - began
            return Trial(len(asked), len(targets), errors, took, _shortest(mine))

        ordered = [name for name in site.connections if name in names]
        trials = await asyncio.gather(*map(ask, ordered))
    return dict(zip(ordered, trials, strict=True))


def _shortest(jobs: Iterable[PollJob]) -> timedelta | None:
    return min((job.interval for job in jobs), default=None)


def look_at_connections(site: Site, trials: Mapping[str, Trial]) -> Iterable[Finding]:
    """Say how each connection of a site answered."""
    for name in site.connections:
        area = f"connection {name}"
        if name in trials:
            yield from _judge(area, trials[name])
        else:
            yield Finding(area, Health.FINE, "nothing reads its points")


def _judge(area: str, trial: Trial) -> Iterable[Finding]:
    good = trial.asked - len(trial.errors)
    text = f"{good} of {counted(trial.asked, 'point')} answered in {_seconds(trial.took)}"
    if trial.errors:
        first = trial.errors[0]
        health = Health.DOUBTFUL if good else Health.BAD
        yield Finding(area, health, f"{text}; first: {first.message}", _advice(first))
    else:
        yield Finding(area, Health.FINE, text)
        yield from _judge_pace(area, trial)


def _judge_pace(area: str, trial: Trial) -> Iterable[Finding]:
    expected = trial.took * (trial.of / trial.asked)
    if trial.interval is None or expected < trial.interval * _CLOSE:
        return
    is_over = expected > trial.interval
    yield Finding(
        area,
        Health.BAD if is_over else Health.DOUBTFUL,
        f"reading all {trial.of} points takes about {_seconds(expected)}, "
        f"and they are polled every {format_duration(trial.interval)}",
        "poll more rarely, or raise concurrency where the server bears it",
    )


def _advice(error: DriverError) -> str:
    if isinstance(error, AuthenticationFailed):
        return "check user name and password; the service stops asking, so that no account is locked"
    if error.whole_connection:
        return "check address, port and cable; interlock simulator can stand in meanwhile"
    return "check the device's address in the site file; interlock read asks it alone"


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.2g} s"
