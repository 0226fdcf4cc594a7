"""What a journal holds of a span of time, oldest first, for replays. The file is never changed.

Rows come one by one, however many there are: what is asked here answers as it is iterated.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeAlias

from sqlalchemy import Connection, Engine, Row, Select, and_, case, func, or_, select, type_coerce

from interlock.config.journal_place import JournalPlace
from interlock.driver import Recorded
from interlock.errors import JournalError
from interlock.history.claims import PastClaim, read_claim
from interlock.history.columns import Instant
from interlock.history.database import streaming_engine
from interlock.history.kept import read_past
from interlock.history.past import read_command, read_event, read_reading, read_reload
from interlock.history.queries import require_file, unreadable
from interlock.history.records import ConnectionEvent, Reload, RuleSwitch
from interlock.history.schema import check
from interlock.history.store import FAILURES
from interlock.history.tables import (
    claims,
    commands,
    connection_events,
    firings,
    readings,
    receipts,
    recorded,
    reloads,
    runs,
)
from interlock.model import Command, OriginKind, Outcome, Point, Quality, Reading, Value

_Row: TypeAlias = Row[*tuple[Any, ...]]
_AT_ONCE = 2000
"""Rows that are fetched together."""
_QUALITIES = {each.value: each for each in Quality}
_USABLE = (Quality.GOOD.value, Quality.ASSUMED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """One run of a service."""

    number: int
    begins: datetime
    """When it began to look at rules, or was opened where it never did."""
    ends: datetime
    """When it was last alive, to about a minute where it was killed."""
    is_dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCommand:
    """A command, and what became of it at last."""

    command: Command
    outcome: Outcome | None
    """None where it is under way, or whoever sent it never learnt."""
    answered_at: datetime | None
    answer: Value | None
    """The device's own value after it, where it told one."""
    reason: str
    exchange: str
    was_deferred: bool
    """Whether a guard let it wait before."""


class Recording:
    """A journal as a context, that is asked for spans of time: from an instant until before another.

    Each question may raise `JournalError`: it cannot be read; the message says why.
    """

    def __init__(self, place: JournalPlace) -> None:
        self._place = place
        self._engine: Engine | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        """Open it.

        Raises:
            JournalError: there is none, or this program cannot read it.
        """
        require_file(self._place)
        try:
            self._engine = streaming_engine(self._place)
            self._connection = self._engine.connect()
            check(self._connection)
        except (JournalError, *FAILURES) as error:
            self._close()
            raise self._error(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._engine is not None:
            self._engine.dispose()
        self._connection = self._engine = None

    def span(self) -> tuple[datetime, datetime] | None:
        """Return from when to when services ran; None where none did."""
        return self._span(
            select(func.min(runs.c.opened_at).label("begins"), func.max(runs.c.seen_at).label("ends")).where(
                runs.c.is_service
            )
        )

    def fetched_span(self) -> tuple[datetime, datetime] | None:
        """Return the first and the last instant of what was fetched from devices; None where nothing was."""
        return self._span(
            select(func.min(recorded.c.at).label("begins"), func.max(recorded.c.at).label("ends"))
        )

    def _span(self, query: Select[*tuple[object, ...]]) -> tuple[datetime, datetime] | None:
        found = next(self._rows(query))._mapping
        return None if found["begins"] is None else (found["begins"], found["ends"])

    def points(self) -> frozenset[Point]:
        """Return every point of which there are readings, or fetched values."""
        read = frozenset(_point(row) for row in self._rows(select(readings.c.point).distinct()))
        return read | self.fetched_points()

    def fetched_points(self) -> frozenset[Point]:
        """Return every point of which there are fetched values."""
        return frozenset(_point(row) for row in self._rows(select(recorded.c.point).distinct()))

    def runs(self, start: datetime, end: datetime) -> Sequence[RecordedRun]:
        """Return the runs of services that reach into a span, oldest first."""
        begins = func.coalesce(runs.c.started_at, runs.c.opened_at)
        is_wanted = and_(runs.c.is_service, begins < type_coerce(end, Instant), runs.c.seen_at >= start)
        query = select(runs).where(is_wanted).order_by(runs.c.number)
        return [_run(row) for row in self._rows(query)]

    def readings(
        self, start: datetime, end: datetime, points: Collection[Point] | None = None
    ) -> Generator[tuple[datetime, Reading], None, None]:
        """Yield readings with the instants at which they became so; of some points alone, where given.

        Whoever does not take all of them closes what yields them, before the recording is closed.
        """
        query = _READINGS.where(_came_at >= start, _came_at < end)
        if points is not None:
            query = query.where(readings.c.point.in_(points))
        for row in self._rows(query.order_by(_came_at, readings.c.seq)):
            yield _came(row)

    def readings_before(self, instant: datetime, run: RecordedRun) -> Sequence[Reading]:
        """Return the last reading of each point before an instant in one run, usable or not."""
        return self._last(and_(readings.c.run == run.number, _came_at < instant))

    def usable_before(self, instant: datetime) -> Sequence[Reading]:
        """Return the last usable reading of each point before an instant, of any run."""
        return self._last(and_(readings.c.quality.in_(_USABLE), _came_at < instant))

    def _last(self, is_wanted: object) -> Sequence[Reading]:
        last = select(func.max(readings.c.seq)).where(is_wanted).group_by(readings.c.point)  # type: ignore[arg-type]
        query = select(readings).where(readings.c.seq.in_(last)).order_by(readings.c.point)
        return [read_reading(row._mapping) for row in self._rows(query)]

    def commands(self, start: datetime, end: datetime) -> Iterator[RecordedCommand]:
        """Yield commands, of whomever, in the order in which they were wanted."""
        is_wanted = and_(commands.c.created_at >= start, commands.c.created_at < end)
        query = _COMMANDS.where(is_wanted).order_by(commands.c.created_at, commands.c.seq)
        for row in self._rows(query):
            yield _command(row)

    def claims(self, start: datetime, end: datetime) -> Sequence[PastClaim]:
        """Return claims that stood in a span or at its beginning, oldest first."""
        is_wanted = and_(claims.c.since < end, or_(claims.c.ended_at.is_(None), claims.c.ended_at > start))
        query = select(claims).where(is_wanted).order_by(claims.c.since, claims.c.seq)
        return [read_claim(row._mapping) for row in self._rows(query)]

    def events(self, start: datetime, end: datetime) -> Iterator[ConnectionEvent]:
        """Yield what happened to connections."""
        column = connection_events.c
        query = select(connection_events).where(column.at >= start, column.at < end)
        for row in self._rows(query.order_by(column.at, column.seq)):
            yield read_event(row._mapping)

    def last_event(self, connection: str, instant: datetime, run: RecordedRun) -> ConnectionEvent | None:
        """Return what happened to a connection last before an instant, in one run."""
        column = connection_events.c
        is_its = and_(column.connection == connection, column.run == run.number, column.at < instant)
        query = select(connection_events).where(is_its).order_by(column.seq.desc()).limit(1)
        return next((read_event(row._mapping) for row in self._rows(query)), None)

    def fetched(self, start: datetime, end: datetime) -> Iterator[Recorded]:
        """Yield what devices remembered and `interlock history` fetched."""
        query = select(recorded).where(recorded.c.at >= start, recorded.c.at < end)
        for row in self._rows(query.order_by(recorded.c.at, recorded.c.point)):
            yield Recorded(point=Point(row.point), value=row.value, at=row.at)

    def fetched_before(self, instant: datetime) -> Sequence[Recorded]:
        """Return the last fetched value of each point before an instant."""
        last = select(recorded.c.point, func.max(recorded.c.at).label("at")).where(recorded.c.at < instant)
        newest = last.group_by(recorded.c.point).subquery()
        is_newest = and_(recorded.c.point == newest.c.point, recorded.c.at == newest.c.at)
        query = select(recorded).join(newest, is_newest).order_by(recorded.c.point)
        return [Recorded(point=Point(row.point), value=row.value, at=row.at) for row in self._rows(query)]

    def reloads(self, start: datetime, end: datetime) -> Sequence[Reload]:
        """Return when the site was edited while a service ran, oldest first."""
        query = select(reloads).where(reloads.c.at >= start, reloads.c.at < end).order_by(reloads.c.seq)
        return [read_reload(row._mapping) for row in self._rows(query)]

    def switches(self, now: datetime) -> Sequence[RuleSwitch]:
        """Return how rules were switched last, by their ids."""
        try:
            return [each for _, each in sorted(read_past(self._open, now).switches.items())]
        except FAILURES as error:
            raise self._error(error) from error

    def reason_of(self, command: Command) -> str:
        """Return why a rule wanted a command; empty where no rule did, or that is not known."""
        if command.origin.kind is not OriginKind.RULE:
            return ""
        is_its = firings.c.id == command.origin.firing
        if not command.origin.firing:
            is_its = and_(firings.c.rule == command.origin.name, firings.c.at <= command.created_at)
        query = select(firings.c.reason).where(is_its).order_by(firings.c.seq.desc()).limit(1)
        return next((row._mapping[firings.c.reason] for row in self._rows(query)), "")

    @property
    def _open(self) -> Connection:
        if self._connection is None:
            raise JournalError(f"journal {self._place} is not open")
        return self._connection

    def _rows(self, query: Select[*tuple[object, ...]]) -> Iterator[_Row]:
        try:
            # Closed also where no more is asked for: a server keeps the rest ready.
            with self._open.execution_options(yield_per=_AT_ONCE).execute(query) as rows:
                yield from rows
        except FAILURES as error:
            raise self._error(error) from error

    def _error(self, error: BaseException) -> JournalError:
        return unreadable(self._place, error)


def _came(row: _Row) -> tuple[datetime, Reading]:
    """Return the reading of a row of `_READINGS`, by the places of its columns: a record has millions."""
    at, point, value, observed_at, quality, reason, since = row
    return at, Reading(
        point=Point(point),
        value=value,
        observed_at=observed_at,
        quality=_QUALITIES[quality],
        reason=reason,
        since=since,
    )


def _point(row: _Row) -> Point:
    return Point(row._mapping["point"])


def _run(row: _Row) -> RecordedRun:
    column = row._mapping
    return RecordedRun(
        number=column[runs.c.number],
        begins=column[runs.c.started_at] or column[runs.c.opened_at],
        ends=column[runs.c.seen_at],
        is_dry_run=bool(column[runs.c.is_dry_run]),
    )


def _command(row: _Row) -> RecordedCommand:
    column = row._mapping
    outcome = column[receipts.c.outcome]
    return RecordedCommand(
        command=read_command(column),
        outcome=None if outcome is None else Outcome(outcome),
        answered_at=column[receipts.c.at],
        answer=column[receipts.c.answer],
        reason=column[receipts.c.reason] or "",
        exchange=column[receipts.c.exchange] or "",
        was_deferred=bool(column[_WAS_DEFERRED]),
    )


_came_at = type_coerce(
    case(
        (readings.c.quality == Quality.STALE.value, func.coalesce(readings.c.since, readings.c.observed_at)),
        else_=readings.c.observed_at,
    ),
    Instant,
).label("came_at")
"""What is stale holds when it was good last, and became so later."""
_READINGS = select(
    _came_at,
    readings.c.point,
    readings.c.value,
    readings.c.observed_at,
    readings.c.quality,
    readings.c.reason,
    readings.c.since,
)
_told = receipts.alias()
_is_told = and_(_told.c.command == commands.c.id, _told.c.run == commands.c.run)
_LAST_RECEIPT = select(func.max(_told.c.seq)).where(_is_told).correlate(commands).scalar_subquery()
_WAS_DEFERRED = (
    select(func.count())
    .select_from(_told)
    .where(_is_told, _told.c.outcome == Outcome.DEFERRED.value)
    .correlate(commands)
    .scalar_subquery()
    .label("was_deferred")
)
_COMMANDS = (
    select(commands, receipts, _WAS_DEFERRED)
    .select_from(commands)
    .outerjoin(receipts, receipts.c.seq == _LAST_RECEIPT)
)
