"""The past as values, and how they come out of the journal's rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping

from interlock.history.records import ConnectionEvent, InterlockTurn, Reload, Step
from interlock.history.tables import (
    commands,
    connection_events,
    firings,
    interlock_turns,
    near_miss_spells,
    near_misses,
    readings,
    receipts,
    reloads,
    steps,
)
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Quality, Reading, Receipt, Truth
from interlock.rules.rule import Cause, Seen, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFiring:
    """A firing, and the decision that made it."""

    run: int
    """The run of the service that it belongs to."""
    id: str
    rule: str
    at: datetime
    cause: Cause
    condition: str
    """As written then; empty where the rule had none."""
    truth: Truth
    seen: tuple[Seen, ...]
    reason: str
    ended_at: datetime | None
    """None while it runs. What a killed service left behind is ended by the next one."""
    outcome: str
    """How it ended; empty where it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCommand:
    """A command, what became of it, and why it was wanted."""

    command: Command
    receipt: Receipt | None
    """None while it is under way."""
    firing: PastFiring | None
    """None where no rule wanted it."""


@dataclass(frozen=True, slots=True)
class UntoldStep:
    """A message or a request that was not sent, and the firing that wanted it."""

    step: Step
    firing: PastFiring


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A trigger that came and did not fire its rule, counted over all runs."""

    rule: str
    trigger: str
    verdict: Verdict
    first_at: datetime
    last_at: datetime
    count: int
    reason: str
    """Of the last time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A time in which a trigger came, once or several times on end, and missed for the same reason."""

    run: int
    trigger: str
    verdict: Verdict
    first_at: datetime
    last_at: datetime
    count: int
    reason: str
    seen: tuple[Seen, ...]
    """The points as they were seen the last time."""


def read_past_command(row: RowMapping) -> PastCommand:
    """Return the command of a row that joins commands, receipts and firings."""
    command = read_command(row)
    return PastCommand(
        command=command,
        receipt=None if row[receipts.c.command] is None else read_receipt(row, command),
        firing=None if row[firings.c.id] is None else read_firing(row),
    )


def read_command(row: RowMapping) -> Command:
    """Return the command of a row of commands."""
    column = commands.c
    return Command(
        id=row[column.id],
        point=Point(row[column.point]),
        value=row[column.value],
        fields=row[column.fields],
        origin=Origin(OriginKind(row[column.origin_kind]), row[column.origin_name], row[column.firing]),
        created_at=row[column.created_at],
        priority=row[column.priority],
        shadow=row[column.shadow],
    )


def read_receipt(row: RowMapping, command: Command) -> Receipt:
    """Return the receipt of a row, and of the command that it is about."""
    column = receipts.c
    return Receipt(
        command=command,
        outcome=Outcome(row[column.outcome]),
        at=row[column.at],
        answer=row[column.answer],
        reason=row[column.reason],
        exchange=row[column.exchange],
        attempts=row[column.attempts],
    )


def read_firing(row: RowMapping) -> PastFiring:
    """Return the firing of a row."""
    column = firings.c
    return PastFiring(
        run=row[column.run],
        id=row[column.id],
        rule=row[column.rule],
        at=row[column.at],
        cause=_cause(row),
        condition=row[column.condition],
        truth=row[column.truth],
        seen=row[column.seen],
        reason=row[column.reason],
        ended_at=row[column.ended_at],
        outcome=row[column.outcome] or "",
    )


def _cause(row: RowMapping) -> Cause:
    column = firings.c
    point = row[column.cause_point]
    return Cause(
        trigger=row[column.trigger],
        trigger_id=row[column.trigger_id],
        point=None if point is None else Point(point),
        value=row[column.cause_value],
        was=row[column.cause_was],
        also=row[column.also],
    )


def read_near_miss(row: RowMapping) -> NearMiss:
    """Return the near miss of a row."""
    column = near_misses.c
    return NearMiss(
        rule=row[column.rule],
        trigger=row[column.trigger],
        verdict=Verdict(row[column.verdict]),
        first_at=row[column.first_at],
        last_at=row[column.last_at],
        count=row[column["count"]],
        reason=row[column.reason],
    )


def read_spell(row: RowMapping) -> Spell:
    """Return the spell of near misses of a row."""
    column = near_miss_spells.c
    return Spell(
        run=row[column.run],
        trigger=row[column.trigger],
        verdict=Verdict(row[column.verdict]),
        first_at=row[column.first_at],
        last_at=row[column.last_at],
        count=row[column["count"]],
        reason=row[column.reason],
        seen=row[column.seen],
    )


def read_step(row: RowMapping) -> Step:
    """Return the step of a row."""
    column = steps.c
    return Step(row[column.firing], row[column.at], row[column.text], row[column.note])


def read_reading(row: RowMapping) -> Reading:
    """Return the reading of a row."""
    column = readings.c
    return Reading(
        point=Point(row[column.point]),
        value=row[column.value],
        observed_at=row[column.observed_at],
        quality=Quality(row[column.quality]),
        reason=row[column.reason],
        since=row[column.since],
    )


def read_event(row: RowMapping) -> ConnectionEvent:
    """Return the connection event of a row."""
    column = connection_events.c
    return ConnectionEvent(row[column.at], row[column.connection], row[column.text])


def read_turn(row: RowMapping) -> InterlockTurn:
    """Return what the world did to an interlock, of a row."""
    column = interlock_turns.c
    return InterlockTurn(row[column.interlock], row[column.at], row[column.is_broken], row[column.reason])


def read_reload(row: RowMapping) -> Reload:
    """Return the reload of a row."""
    return Reload(row[reloads.c.at], row[reloads.c.changes])
