"""A service that answers at a control socket what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock.history.values import encode_value
from interlock.model import Value
from interlock.service.control.answers import PartLine
from interlock.service.control.place import socket_of
from interlock.service.control.protocol import (
    Answer,
    AskPoint,
    AskStanding,
    AskStatus,
    ClaimLine,
    ControlError,
    JournalLine,
    PointAccount,
    PointLine,
    Question,
    RuleLine,
    RuleStanding,
    Status,
    UnknownName,
)
from interlock.service.control.server import ControlServer
from support.loop_in_thread import in_thread

STARTED = datetime(2026, 7, 14, 13, 10, 3, tzinfo=UTC)
"""Ten past three in Rome, when the flat's second run begins."""
NOW = STARTED + timedelta(hours=2)
WRITTEN = JournalLine(place="interlock.sqlite", is_written=True, written_at=NOW)
FULL = JournalLine(
    place="interlock.sqlite",
    is_written=False,
    fault="the disk is full",
    failing_since=NOW - timedelta(minutes=29),
    written_at=NOW - timedelta(minutes=30),
)


def claim(point: str, value: Value, owner: str, **rest: object) -> ClaimLine:
    """Return a claim that is written."""
    given: dict[str, object] = {"priority": 16, "since": NOW - timedelta(minutes=5), "status": "written"}
    return ClaimLine.model_validate(
        {"point": point, "value": encode_value(value), "owner": owner, **given, **rest}
    )


def account(point: str, value: Value | None, **rest: object) -> PointAccount:
    """Return what a service says of a point that changed five minutes ago and was read two seconds ago."""
    changed_at = None if value is None else NOW - timedelta(minutes=5)
    line = PointLine(point=point, value=None if value is None else encode_value(value), changed_at=changed_at)
    usual: dict[str, object] = {
        "line": line,
        "device": point.partition(".")[0],
        "connection": "house",
        "description": "a point",
        "type": "number",
        "allowed": "a number",
        "unit": "",
        "choices": (),
        "minimum": None,
        "maximum": None,
        "step": None,
        "has_reading": True,
        "is_writable": True,
        "fields": (),
        "is_needed": True,
        "claims": (),
        "read_at": NOW - timedelta(seconds=2),
    }
    return PointAccount.model_validate({**usual, **rest})


def standing(rule: str, *, is_on: bool = True, **rest: object) -> RuleStanding:
    """Return what a service says of a rule."""
    line = RuleLine.model_validate({"rule": rule, "mode": "true", "is_on": is_on, **rest})
    part = PartLine(
        what="every 1m", truth=None, is_judged=False, note="it comes soon", clauses=(), judged=None
    )
    return RuleStanding(line=line, description="says the service", at=NOW, parts=(part,))


@dataclass
class Canned:
    """What a service answers; it knows no other points and rules."""

    points: Mapping[str, PointAccount] = field(default_factory=dict)
    rules: Mapping[str, RuleStanding] = field(default_factory=dict)
    journal: JournalLine = WRITTEN
    refusal: ControlError = field(default_factory=lambda: UnknownName("there is none"))
    """What it says of other points and rules."""

    async def answer(self, question: Question) -> Answer:
        """Answer."""
        match question:
            case AskStatus():
                return self._status()
            case AskPoint(point=name) if name in self.points:
                return self.points[name]
            case AskStanding(rule=name) if name in self.rules:
                return self.rules[name]
            case _:
                raise self.refusal

    def _status(self) -> Status:
        return Status(
            site="Flat",
            timezone="Europe/Rome",
            version="1",
            started_at=STARTED,
            now=NOW,
            run=2,
            is_dry_run=False,
            connections=(),
            known=0,
            unknown=(),
            unknown_count=0,
            acting=0,
            shadow=0,
            off=0,
            running=0,
            claims=0,
            journal=self.journal,
        )


@contextmanager
def serving(canned: Canned, journal: Path) -> Iterator[None]:
    """Let it answer beside a journal until the block ends."""
    with in_thread() as run:
        server = ControlServer(socket_of(journal), canned.answer)
        task = run(_begin(server))
        try:
            yield
        finally:
            run(_end(task))


async def _begin(server: ControlServer) -> asyncio.Task[None]:
    task = asyncio.create_task(server.serve())
    await server.is_open.wait()
    return task


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
