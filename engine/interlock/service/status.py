"""How a running service is, at one look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import interlock
from interlock.expressions.unknown import why_unknown
from interlock.rules.rule import Mode
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.poll_plan import PollJob
from interlock.runtime.engine import Engine
from interlock.service.control.protocol import ConnectionLine, PointLine, Status

_MOST = 20
"""Unknown points that are named."""


def status_of(engine: Engine, now: datetime) -> Status:
    """Return how a service is.

    Args:
        engine: Does its work.
        now: The present.
    """
    needed = sorted(engine.site.targets.keys() & engine.needed)
    unknown = [point for point in needed if point not in engine.state.values]
    stand = [(rule, engine.runner.status(rule.id)) for rule in engine.rules]
    clock_set = engine.clock_set
    acting = [rule for rule, status in stand if status.is_on]
    return Status(
        site=engine.site.name,
        timezone=engine.site.timezone.key,
        version=interlock.__version__,
        started_at=engine.started_at,
        now=now,
        run=engine.run_number,
        is_dry_run=engine.is_dry_run,
        clock_set_at=clock_set.at if clock_set else None,
        clock_set_s=clock_set.by.total_seconds() if clock_set else 0.0,
        connections=tuple(_connections(engine)),
        known=len(needed) - len(unknown),
        unknown=tuple(
            PointLine(point=point, value=None, reason=why_unknown(point, engine.state))
            for point in unknown[:_MOST]
        ),
        unknown_count=len(unknown),
        acting=len(acting),
        shadow=sum(rule.mode is Mode.SHADOW for rule in acting),
        off=len(stand) - len(acting),
        running=sum(status.running for _, status in stand),
        claims=sum(len(engine.arbiter.array(point)) for point in engine.arbiter.points),
    )


def _connections(engine: Engine) -> Iterator[ConnectionLine]:
    for name, link in engine.links.items():
        polls = [job for job in engine.polls if job.connection == name]
        yield _connection(name, link, polls)


def _connection(name: str, link: Link, polls: Sequence[PollJob]) -> ConnectionLine:
    trouble, took, daily = link.trouble, link.punctuality.last_took, link.connection.settings.daily
    return ConnectionLine(
        connection=name,
        driver=link.connection.driver.name,
        is_there=link.is_there,
        trouble=trouble.text.removeprefix(f"connection {name}: ") if trouble else "",
        trouble_since=trouble.at if trouble else None,
        requests=link.requests,
        asked_per_minute=round(link.allowance.asked * 60, 2),
        overruns=link.punctuality.overruns,
        last_poll_s=None if took is None else round(took.total_seconds(), 3),
        is_late=link.punctuality.is_late,
        slowed=sum(len(job.targets) for job in polls if job.is_slowed),
        used_today=None if daily is None else link.allowance.used_today,
        daily=daily,
    )
