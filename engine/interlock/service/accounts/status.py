"""How a running service is, at one look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import interlock
from interlock.expressions.unknown import why_unknown
from interlock.model import Point, Reading
from interlock.rules.rule import Mode
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.poll_plan import PollJob
from interlock.runtime.engine import Engine
from interlock.service.accounts.condition import Condition
from interlock.service.control.protocol import ConnectionLine, PointLine, Status, UnknownPoints
from interlock.virtual import is_virtual

_MOST = 20
"""Unknown points that are named, and reasons that are told."""
_MOST_OF_A_KIND = 8
"""Points that are named with one reason."""


def status_of(engine: Engine, now: datetime, condition: Condition) -> Status:
    """Return how a service is.

    Args:
        engine: Does its work.
        now: The present.
        condition: How the service is beside that.
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
        connections=tuple(_connections(engine, needed, unknown)),
        known=len(needed) - len(unknown),
        unknown=tuple(
            PointLine(point=point, value=None, reason=why_unknown(point, engine.state))
            for point in unknown[:_MOST]
        ),
        unknown_count=len(unknown),
        unknown_by=tuple(_by_reason(engine, unknown)),
        acting=len(acting),
        shadow=sum(rule.mode is Mode.SHADOW for rule in acting),
        off=len(stand) - len(acting),
        running=sum(status.running for _, status in stand),
        claims=sum(len(engine.arbiter.array(point)) for point in engine.arbiter.points),
        journal=condition.journal_line,
        refused_edit=condition.refused,
        api=condition.api_line,
    )


def _by_reason(engine: Engine, unknown: Sequence[Point]) -> Iterator[UnknownPoints]:
    """Yield unknown points together that are so for the same reason, the most common reason first."""
    found: dict[tuple[str, str], list[Point]] = {}
    for point in unknown:
        connection = _connection_of(engine, point)
        reason = _reason(engine.state.reading(point)).removeprefix(f"connection {connection}: ")
        found.setdefault((connection, reason), []).append(point)
    ordered = sorted(found.items(), key=lambda each: -len(each[1]))
    for (connection, reason), points in ordered[:_MOST]:
        read = [reading.at for point in points if (reading := engine.state.reading(point))]
        yield UnknownPoints(
            connection=connection,
            reason=reason,
            since=min(read, default=None),
            count=len(points),
            points=tuple(points[:_MOST_OF_A_KIND]),
        )


def _reason(reading: Reading | None) -> str:
    return (reading.reason or reading.quality.value) if reading else "never read"


def _connection_of(engine: Engine, point: Point) -> str:
    target = engine.site.targets[point]
    return "" if is_virtual(target) else target.device.connection


def _connections(
    engine: Engine, needed: Sequence[Point], unknown: Sequence[Point]
) -> Iterator[ConnectionLine]:
    wanted = Counter(_connection_of(engine, point) for point in needed)
    missing = Counter(_connection_of(engine, point) for point in unknown)
    for name, link in engine.links.items():
        polls = [job for job in engine.polls if job.connection == name]
        counts = {"needed": wanted[name], "unknown": missing[name]}
        yield _connection(name, link, polls, counts)


def _connection(name: str, link: Link, polls: Sequence[PollJob], counts: Mapping[str, int]) -> ConnectionLine:
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
        **counts,
    )
