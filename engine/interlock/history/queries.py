"""What a journal can tell, also while a service writes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select, type_coerce

from interlock.config.journal_place import JournalPlace
from interlock.driver import Recorded
from interlock.errors import JournalError, NoJournalYet
from interlock.history.batch import MEMORY
from interlock.history.claims import PastClaim, read_claim
from interlock.history.columns import Instant
from interlock.history.database import describe, read_disk_size, reading_store
from interlock.history.kept import read_past
from interlock.history.past import (
    NearMiss,
    PastCommand,
    PastFiring,
    Spell,
    UntoldStep,
    read_event,
    read_firing,
    read_near_miss,
    read_past_command,
    read_reading,
    read_receipt,
    read_reload,
    read_spell,
    read_step,
    read_turn,
)
from interlock.history.records import (
    DRY_RUN,
    NOT_SENT,
    SHADOW_RULE,
    ConnectionEvent,
    InterlockTurn,
    Past,
    Reload,
    Step,
)
from interlock.history.schema import check
from interlock.history.store import FAILURES, Store
from interlock.history.tables import (
    claims,
    commands,
    connection_events,
    firings,
    interlock_turns,
    memory,
    near_miss_spells,
    near_misses,
    readings,
    receipts,
    recorded,
    reloads,
    runs,
    steps,
)
from interlock.model import OriginKind, Outcome, Point, Reading, Receipt
from interlock.rules.memory import TriggerMemory

P = ParamSpec("P")
T = TypeVar("T")
_LIMIT_S = 10.0
"""How long a question may take: a database that hangs keeps a connection open and never answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One run of a service."""

    number: int
    opened_at: datetime
    seen_at: datetime
    """When it last gave a sign of life, to about a minute."""
    is_dry_run: bool


class JournalReader:
    """Asks a journal, as an asynchronous context. Answers stand newest first unless said otherwise.

    Each question may raise `JournalError`: it cannot be read; the message says why.

    Args:
        place: Where it is.
        limit_s: How long each question may take.
    """

    def __init__(self, place: JournalPlace, *, limit_s: float = _LIMIT_S) -> None:
        self._place = place
        self._limit_s = limit_s
        self._store: Store | None = None

    async def __aenter__(self) -> Self:
        """Open it.

        Raises:
            JournalError: there is none, or this program cannot read it.
        """
        require_file(self._place)
        try:
            self._store = await reading_store(self._place)
            await self._store.ask(self._limit_s, check)
        except (JournalError, *FAILURES) as error:
            await self._close()
            raise self._error(error) from error
        except asyncio.CancelledError:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self._close()

    async def _close(self) -> None:
        if self._store is not None:
            await self._store.close()
            self._store = None

    async def firings_of(
        self, rule: str, *, limit: int, until: datetime | None = None
    ) -> tuple[PastFiring, ...]:
        """Return the last firings of a rule, or the last ones until an instant."""
        query = select(firings).where(firings.c.rule == rule).order_by(firings.c.seq.desc()).limit(limit)
        if until is not None:
            query = query.where(firings.c.at <= until)
        return tuple(read_firing(row) for row in await self._rows(query))

    async def firing_after(self, rule: str, at: datetime) -> PastFiring | None:
        """Return the first firing of a rule after an instant; None where there is none."""
        is_its = and_(firings.c.rule == rule, firings.c.at > at)
        query = select(firings).where(is_its).order_by(firings.c.seq).limit(1)
        return next((read_firing(row) for row in await self._rows(query)), None)

    async def firing_before(self, rule: str, at: datetime) -> PastFiring | None:
        """Return the last firing of a rule up to an instant; None where there is none."""
        is_its = and_(firings.c.rule == rule, firings.c.at <= at)
        query = select(firings).where(is_its).order_by(firings.c.seq.desc()).limit(1)
        return next((read_firing(row) for row in await self._rows(query)), None)

    async def firings_before(
        self, before: PastFiring | None, limit: int, *, rule: str | None
    ) -> tuple[PastFiring, ...]:
        """Return the last firings before another one, or of all; those of one rule where it is named."""
        query = select(firings).order_by(firings.c.seq.desc()).limit(limit)
        if rule is not None:
            query = query.where(firings.c.rule == rule)
        if before is not None:
            place = select(firings.c.seq).where(firings.c.id == before.id).scalar_subquery()
            query = query.where(firings.c.seq < place)
        return tuple(read_firing(row) for row in await self._rows(query))

    async def firing(self, firing: str) -> PastFiring | None:
        """Return a firing by its id; None where there is none."""
        rows = await self._rows(select(firings).where(firings.c.id == firing).limit(1))
        return next(map(read_firing, rows), None)

    async def commands_before(
        self, before: PastCommand | None, limit: int, *, point: Point | None
    ) -> tuple[PastCommand, ...]:
        """Return the last commands before another one, or of all; those for one point where it is named."""
        query = _COMMANDS.order_by(commands.c.seq.desc()).limit(limit)
        if point is not None:
            query = query.where(commands.c.point == point)
        if before is not None:
            own = before.command.id
            place = select(func.max(commands.c.seq)).where(commands.c.id == own).scalar_subquery()
            query = query.where(commands.c.seq < place)
        return tuple(read_past_command(row) for row in await self._rows(query))

    async def command(self, command: str) -> PastCommand | None:
        """Return a command by its id; None where there is none."""
        query = _COMMANDS.where(commands.c.id == command).order_by(commands.c.seq.desc()).limit(1)
        return next(map(read_past_command, await self._rows(query)), None)

    async def near_misses_of(self, rule: str) -> tuple[NearMiss, ...]:
        """Return when triggers of a rule came without firing it, the last one first."""
        query = select(near_misses).where(near_misses.c.rule == rule).order_by(near_misses.c.last_at.desc())
        return tuple(read_near_miss(row) for row in await self._rows(query))

    async def spells_of(self, rule: str) -> tuple[Spell, ...]:
        """Return the last near misses of a rule, a few of each kind."""
        column = near_miss_spells.c
        query = select(near_miss_spells).where(column.rule == rule).order_by(column.seq.desc())
        return tuple(read_spell(row) for row in await self._rows(query))

    async def commands_for(
        self, point: Point, *, limit: int, until: datetime | None = None
    ) -> tuple[PastCommand, ...]:
        """Return the last commands for a point, or the last ones until an instant."""
        query = _COMMANDS.where(commands.c.point == point).order_by(commands.c.seq.desc()).limit(limit)
        if until is not None:
            query = query.where(commands.c.created_at <= until)
        return tuple(read_past_command(row) for row in await self._rows(query))

    async def command_after(self, point: Point, at: datetime) -> PastCommand | None:
        """Return the first command for a point after an instant; None where there is none."""
        is_its = and_(commands.c.point == point, commands.c.created_at > at)
        query = _COMMANDS.where(is_its).order_by(commands.c.seq).limit(1)
        return next((read_past_command(row) for row in await self._rows(query)), None)

    async def receipts_of(self, past: PastCommand) -> tuple[Receipt, ...]:
        """Return everything that became of a command, in its order: a guard may have let it wait first."""
        query = select(receipts).where(receipts.c.command == past.command.id).order_by(receipts.c.seq)
        return tuple(read_receipt(row, past.command) for row in await self._rows(query))

    async def commands_of(self, firing: PastFiring) -> tuple[PastCommand, ...]:
        """Return the commands of a firing, in their order."""
        is_its = commands.c.firing == firing.id
        rows = await self._rows(_COMMANDS.where(is_its).order_by(commands.c.seq))
        return tuple(read_past_command(row) for row in rows)

    async def steps_of(self, firing: PastFiring) -> tuple[Step, ...]:
        """Return the trace of a firing, in its order."""
        is_its = steps.c.firing == firing.id
        rows = await self._rows(select(steps).where(is_its).order_by(steps.c.seq))
        return tuple(read_step(row) for row in rows)

    async def last_readings(self, point: Point, *, limit: int) -> tuple[Reading, ...]:
        """Return the last readings of a point: one for each change of its value or quality."""
        query = _CHANGES.where(readings.c.point == point).order_by(readings.c.seq.desc()).limit(limit)
        return tuple(read_reading(row) for row in await self._rows(query))

    async def recorded_of(self, point: Point, start: datetime, end: datetime) -> tuple[Recorded, ...]:
        """Return what a device remembered of a point, from an instant until before another, oldest first."""
        is_wanted = and_(recorded.c.point == point, recorded.c.at >= start, recorded.c.at < end)
        rows = await self._rows(select(recorded).where(is_wanted).order_by(recorded.c.at))
        return tuple(
            Recorded(point=Point(row[recorded.c.point]), value=row[recorded.c.value], at=row[recorded.c.at])
            for row in rows
        )

    async def last_run(self) -> PastRun | None:
        """Return the last run of a service, which may still go on; None where none was there yet."""
        query = select(runs).where(runs.c.is_service).order_by(runs.c.number.desc()).limit(1)
        return next((_run(row) for row in await self._rows(query)), None)

    async def run_before(self, at: datetime) -> PastRun | None:
        """Return the last run of a service that began until an instant; None where there is none."""
        query = select(runs).where(runs.c.is_service, runs.c.opened_at <= at).order_by(runs.c.number.desc())
        return next((_run(row) for row in await self._rows(query.limit(1))), None)

    async def run_after(self, at: datetime) -> PastRun | None:
        """Return the first run of a service that began after an instant; None where there is none."""
        query = select(runs).where(runs.c.is_service, runs.c.opened_at > at).order_by(runs.c.number)
        return next((_run(row) for row in await self._rows(query.limit(1))), None)

    async def readings_in(
        self, run: PastRun, point: Point, *, limit: int, until: datetime | None = None
    ) -> tuple[Reading, ...]:
        """Return the last readings of a point in one run, or the last ones of it until an instant.

        There is one for each change of its value or quality.
        """
        query = _CHANGES.where(readings.c.point == point, readings.c.run == run.number)
        if until is not None:
            came_at = func.coalesce(readings.c.since, readings.c.observed_at)
            query = query.where(came_at <= type_coerce(until, Instant))
        rows = await self._rows(query.order_by(readings.c.seq.desc()).limit(limit))
        return tuple(read_reading(row) for row in rows)

    async def memory_of(self, rule: str) -> Mapping[str, TriggerMemory]:
        """Return what the triggers of a rule remember, by their keys; not what another version wrote."""
        is_its = memory.c.key.startswith(f"{rule}/", autoescape=True)
        found: dict[str, TriggerMemory] = {}
        for row in await self._rows(select(memory).where(is_its)):
            with suppress(ValidationError):
                found[row[memory.c.key]] = MEMORY.validate_json(row[memory.c.content])
        return found

    async def claims_on(
        self, point: Point, *, limit: int, at: datetime | None = None
    ) -> tuple[PastClaim, ...]:
        """Return the last claims on a point, those that stand among them; or those that stood then."""
        query = select(claims).where(claims.c.point == point).order_by(claims.c.seq.desc()).limit(limit)
        if at is not None:
            query = query.where(_stood(at))
        return tuple(read_claim(row) for row in await self._rows(query))

    async def turns_of(self, interlock: str, *, limit: int) -> tuple[InterlockTurn, ...]:
        """Return when the world broke an interlock and mended it."""
        is_its = interlock_turns.c.interlock == interlock
        query = select(interlock_turns).where(is_its).order_by(interlock_turns.c.seq.desc()).limit(limit)
        return tuple(read_turn(row) for row in await self._rows(query))

    async def refused_by(self, interlock: str, *, limit: int) -> tuple[PastCommand, ...]:
        """Return the last commands that an interlock refused."""
        is_its = receipts.c.reason.startswith(f"interlock {interlock}: ", autoescape=True)
        wanted = and_(receipts.c.outcome == Outcome.REFUSED.value, is_its)
        query = _COMMANDS.where(wanted).order_by(commands.c.seq.desc()).limit(limit)
        return tuple(read_past_command(row) for row in await self._rows(query))

    async def claims_of(
        self, kind: OriginKind, name: str, *, limit: int, at: datetime | None = None
    ) -> tuple[PastClaim, ...]:
        """Return the last claims of a rule or another owner, or those that stood then."""
        is_its = and_(claims.c.owner_kind == kind.value, claims.c.owner_name == name)
        query = select(claims).where(is_its).order_by(claims.c.seq.desc()).limit(limit)
        if at is not None:
            query = query.where(_stood(at))
        return tuple(read_claim(row) for row in await self._rows(query))

    async def standing_claims(self) -> tuple[PastClaim, ...]:
        """Return the claims that stand, of all points."""
        query = select(claims).where(claims.c.ended_at.is_(None)).order_by(claims.c.seq.desc())
        return tuple(read_claim(row) for row in await self._rows(query))

    async def reloads(self, *, limit: int) -> tuple[Reload, ...]:
        """Return what was last edited while a service ran."""
        query = select(reloads).order_by(reloads.c.seq.desc()).limit(limit)
        return tuple(read_reload(row) for row in await self._rows(query))

    async def size_bytes(self) -> int:
        """Return how much it takes on its disk."""
        return await self._ask(read_disk_size)

    async def past(self, since: datetime) -> Past:
        """Return what a service that starts now would know of the runs before, and when rules fired since."""
        return await self._ask(read_past, since)

    async def unsent_in(self, since: datetime, until: datetime) -> tuple[PastCommand, ...]:
        """Return what a dry run and shadow rules would have sent, until before an instant, oldest first.

        A shadow's command that a guard would have let wait is among it.
        """
        is_then = and_(commands.c.created_at >= since, commands.c.created_at < until)
        is_suppressed = receipts.c.outcome == Outcome.SUPPRESSED.value
        is_waiting = and_(commands.c.shadow, receipts.c.outcome == Outcome.DEFERRED.value)
        query = _COMMANDS.where(is_then, or_(is_suppressed, is_waiting)).order_by(commands.c.seq)
        return tuple(read_past_command(row) for row in await self._rows(query))

    async def done_for(self, point: Point, since: datetime, until: datetime) -> tuple[PastCommand, ...]:
        """Return the commands for a point that were executed, until before an instant, oldest first."""
        is_then = and_(commands.c.created_at >= since, commands.c.created_at < until)
        is_done = receipts.c.outcome == Outcome.ACCEPTED.value
        query = _COMMANDS.where(commands.c.point == point, is_then, is_done).order_by(commands.c.seq)
        return tuple(read_past_command(row) for row in await self._rows(query))

    async def readings_until(self, point: Point, since: datetime, until: datetime) -> tuple[Reading, ...]:
        """Return what a point showed between two instants, from the last reading before them on."""
        at = func.coalesce(readings.c.since, readings.c.observed_at)
        is_its = and_(readings.c.point == point, at < type_coerce(until, Instant))
        last = select(func.max(readings.c.seq)).where(is_its, at <= type_coerce(since, Instant))
        is_late = readings.c.seq >= func.coalesce(last.scalar_subquery(), 0)
        rows = await self._rows(select(readings).where(is_its, is_late).order_by(readings.c.seq))
        return tuple(read_reading(row) for row in rows)

    async def untold_in(self, since: datetime, until: datetime) -> tuple[UntoldStep, ...]:
        """Return the messages and requests that a dry run and shadow rules did not send, oldest first."""
        is_then = and_(steps.c.at >= since, steps.c.at < until)
        is_untold = or_(*(steps.c.note.endswith(f": {NOT_SENT}{why}") for why in (DRY_RUN, SHADOW_RULE)))
        joined = select(steps, firings).join_from(steps, firings, firings.c.id == steps.c.firing)
        rows = await self._rows(joined.where(is_then, is_untold).order_by(steps.c.seq))
        return tuple(UntoldStep(read_step(row), read_firing(row)) for row in rows)

    async def connection_events(self, *, limit: int) -> tuple[ConnectionEvent, ...]:
        """Return what last happened to the connections."""
        query = select(connection_events).order_by(connection_events.c.seq.desc()).limit(limit)
        return tuple(read_event(row) for row in await self._rows(query))

    async def _rows(self, query: Select[*tuple[object, ...]]) -> Sequence[RowMapping]:
        return await self._ask(_read_rows, query)

    async def _ask(
        self, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self._store is None:
            raise JournalError(f"journal {self._place} is not open")
        try:
            return await self._store.ask(self._limit_s, read, *args, **kwargs)
        except (JournalError, *FAILURES) as error:
            raise self._error(error) from error

    def _error(self, error: BaseException) -> JournalError:
        return unreadable(self._place, error)


def _read_rows(connection: Connection, query: Select[*tuple[object, ...]]) -> Sequence[RowMapping]:
    return connection.execute(query).mappings().all()


def _stood(at: datetime) -> ColumnElement[bool]:
    return and_(claims.c.since <= at, or_(claims.c.ended_at.is_(None), claims.c.ended_at > at))


def _run(row: RowMapping) -> PastRun:
    return PastRun(
        number=row[runs.c.number],
        opened_at=row[runs.c.opened_at],
        seen_at=row[runs.c.seen_at],
        is_dry_run=bool(row[runs.c.is_dry_run]),
    )


def require_file(place: JournalPlace) -> None:
    """Make sure that there is a journal, as far as that can be said without opening it.

    Raises:
        NoJournalYet: there is none.
    """
    if isinstance(place, Path) and not place.exists():
        raise NoJournalYet(f"journal {place} does not exist: no service wrote it yet, or it is elsewhere")


def unreadable(place: JournalPlace, error: BaseException) -> JournalError:
    """Return an error that says which journal cannot be read, and why."""
    reason = str(error) if isinstance(error, JournalError) else describe(error)
    kind = NoJournalYet if isinstance(error, NoJournalYet) else JournalError
    return kind(f"journal {place} cannot be read: {reason}")


_earlier, _before = readings.alias(), readings.alias()
_PLACE_BEFORE = (
    select(func.max(_earlier.c.seq))
    .where(_earlier.c.point == readings.c.point, _earlier.c.seq < readings.c.seq)
    .correlate(readings)
    .scalar_subquery()
)
_CHANGES = (
    select(readings)
    .select_from(readings)
    .outerjoin(_before, _before.c.seq == _PLACE_BEFORE)
    .where(
        or_(
            _before.c.seq.is_(None),
            _before.c.run != readings.c.run,
            _before.c.quality != readings.c.quality,
            _before.c.value.is_distinct_from(readings.c.value),
        )
    )
)
"""Without the heartbeats of what stayed the same."""
_told = receipts.alias()
_LAST_RECEIPT = (
    select(func.max(_told.c.seq))
    .where(_told.c.command == commands.c.id, _told.c.run == commands.c.run)
    .correlate(commands)
    .scalar_subquery()
)
"""A command that a guard deferred has two: the last one counts."""
_COMMANDS = (
    select(commands, receipts, firings)
    .select_from(commands)
    .outerjoin(receipts, receipts.c.seq == _LAST_RECEIPT)
    .outerjoin(firings, firings.c.id == commands.c.firing)
)
