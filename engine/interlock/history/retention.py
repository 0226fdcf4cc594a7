"""Deleting what is old and nobody needs any more, a little at a time.

Each step is the work of one transaction. Whatever ends a clean-up between two steps leaves a sound journal:
what belongs to something goes with it or after it, and the next clean-up begins anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    false,
    func,
    or_,
    select,
)

from interlock.history.columns import Instant
from interlock.history.kept import UNFINISHED
from interlock.history.restart import USABLE, last_sent
from interlock.history.tables import (
    claims,
    commands,
    connection_events,
    firings,
    interlock_turns,
    kept,
    near_miss_spells,
    near_misses,
    readings,
    receipts,
    recorded,
    reloads,
    runs,
    steps,
)
from interlock.model import Outcome, Point

_Row: TypeAlias = Row[*tuple[Any, ...]]
_AT_ONCE = 500
"""Some milliseconds, also on a memory card, for which a command may wait."""
_FEW = 8
"""More of a point's first readings than may have to stay."""
_POINTS = 100
"""Points that one step looks at, of which mostly none has anything to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What is old."""

    before: datetime
    """What happened until then, UTC."""
    now: datetime
    """What claims to be later was written while the clock was wrong: it tells nothing about what follows."""
    run: int
    """The run that is under way."""
    most: int = _AT_ONCE
    """Rows that one step looks at, 6 or more: of a point's first rows so many may have to stay."""

    def is_old(self, at: datetime) -> bool:
        """Whether something is old that happened then."""
        return at < self.before

    def is_young(self, at: datetime) -> bool:
        """Whether something happened since."""
        return self.before <= at <= self.now


class _Sweep(Protocol):
    def step(self, connection: Connection, cut: Cut) -> tuple[int, bool]:
        """Delete a little; return how much, and whether nothing is left to look at."""
        ...


class CleanUp:
    """One pass over all tables."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        # What refers to something goes before it.
        self._sweeps: deque[_Sweep] = deque(
            [_Readings(), _Recorded(), *map(_Rows, _KINDS), _NearMisses(), _Runs()]
        )
        self.deleted = 0
        """How many entries are gone."""

    def step(self, connection: Connection) -> bool:
        """Delete a little, in the connection's transaction; return whether there may be more."""
        count, is_over = self._sweeps[0].step(connection, self._cut)
        self.deleted += count
        if is_over:
            self._sweeps.popleft()
        return bool(self._sweeps)


class _Readings:
    """Readings, point by point, so that what a point shows now costs no look at each of them."""

    def __init__(self) -> None:
        self._done = ""
        """The last point of which nothing is left to look at."""

    def step(self, connection: Connection, cut: Cut) -> tuple[int, bool]:
        """Delete a little of as many points as that takes."""
        for _ in range(_POINTS):
            point = connection.execute(_NEXT_POINT, {"done": self._done}).scalar()
            if point is None:
                return 0, True
            if count := _delete_readings(connection, Point(point), cut):
                return count, False
            self._done = point
        return 0, False


def _delete_readings(connection: Connection, point: Point, cut: Cut) -> int:
    old = _read_old(connection, point, cut)
    if len(old) < 2:
        return 0
    # What held when the rest begins, and what was known then, which are not the same after a fault.
    held = {old[-1].seq, *[row.seq for row in old if row.quality in USABLE][-1:]}
    held |= _seen_at_restart(connection, point)
    return _delete(connection, readings.c.seq, [row.seq for row in old if row.seq not in held])


def _read_old(connection: Connection, point: Point, cut: Cut) -> Sequence[_Row]:
    """Return the first readings of a point that are old: of most points few, so that few are looked at."""
    rows = connection.execute(_FIRST_READINGS, {"of_point": point, "most": min(_FEW, cut.most)}).all()
    old = _old_at_first(rows, cut)
    if len(rows) < _FEW or len(old) < len(rows):
        return old
    return _old_at_first(
        connection.execute(_FIRST_READINGS, {"of_point": point, "most": cut.most}).all(), cut
    )


def _old_at_first(rows: Sequence[_Row], cut: Cut) -> Sequence[_Row]:
    """Return the rows until the first young one, the last of them an old one."""
    young = next((place for place, row in enumerate(rows) if cut.is_young(row.observed_at)), len(rows))
    places = [place for place, row in enumerate(rows[:young]) if cut.is_old(row.observed_at)]
    return rows[: places[-1] + 1] if places else ()


def _seen_at_restart(connection: Connection, point: Point) -> set[int]:
    """Return what tells what a point is: its last value, what came after it, and since when it is so."""
    of_point = {"of_point": point}
    last = connection.execute(_LAST_USABLE, of_point).one_or_none()
    if last is None:
        return set()
    after = {**of_point, "after": last.seq}
    other = connection.execute(_LAST_OTHER, {**of_point, "same": last.value}).scalar()
    first = connection.execute(_NEXT_USABLE, {**of_point, "after": other or 0}).scalar()
    found = (last.seq, connection.execute(_NEXT, after).scalar(), first)
    return {seq for seq in found if seq is not None}


@dataclass(frozen=True, slots=True)
class _Kind:
    """Rows of a table that go by their age."""

    table: Table
    at: Column[datetime]
    """When they were written."""
    is_needed: ColumnElement[bool]
    """Whether one stays although it is old; may use the parameters ``before`` and ``this_run``."""
    answers: tuple[Column[str], Column[str]] | None = None
    """The column of another table that names a row of this one, and that name: those rows go with it."""


class _Rows:
    """Rows of a table, in the order in which they were written."""

    def __init__(self, kind: _Kind) -> None:
        self._kind = kind
        self._after = 0
        name = kind.answers[1] if kind.answers else kind.table.c.seq
        self._query = (
            select(
                kind.table.c.seq, kind.at.label("at"), kind.is_needed.label("is_needed"), name.label("name")
            )
            .where(kind.table.c.seq > bindparam("after"))
            .order_by(kind.table.c.seq)
            .limit(bindparam("most"))
        )

    def step(self, connection: Connection, cut: Cut) -> tuple[int, bool]:
        """Delete what may go of the next rows."""
        given = {"after": self._after, "before": cut.before, "this_run": cut.run, "most": cut.most}
        rows = connection.execute(self._query, given).all()
        if not rows:
            return 0, True
        gone = [row for row in rows if cut.is_old(row.at) and not row.is_needed]
        count = 0
        if self._kind.answers:
            count += _delete(connection, self._kind.answers[0], [row.name for row in gone])
        count += _delete(connection, self._kind.table.c.seq, [row.seq for row in gone])
        self._after = rows[-1].seq
        return count, len(rows) < cut.most or any(cut.is_young(row.at) for row in rows)


class _Recorded:
    """What devices remembered, point by point: of what is old, the last value of each stays."""

    def __init__(self) -> None:
        self._done = ""

    def step(self, connection: Connection, cut: Cut) -> tuple[int, bool]:
        """Delete a little of as many points as that takes."""
        for _ in range(_POINTS):
            point = connection.execute(_NEXT_RECORDED, {"done": self._done}).scalar()
            if point is None:
                return 0, True
            given = {"of_point": point, "before": cut.before, "most": cut.most}
            gone = connection.execute(_OLD_RECORDED, given).scalars().all()
            if gone:
                is_gone = and_(recorded.c.point == point, recorded.c.at.in_(gone))
                return connection.execute(delete(recorded).where(is_gone)).rowcount, False
            self._done = point
        return 0, False


class _Runs:
    """Runs of which nothing is left. Only old rows are looked at, of which few are left when this comes."""

    def __init__(self) -> None:
        self._tables = deque(_TABLES_OF_RUNS)
        self._after = 0
        self._needed: set[int] = set()
        self._until: int | None = None
        """The first run that something young belongs to: from it on runs stay."""

    def step(self, connection: Connection, cut: Cut) -> tuple[int, bool]:
        """Look at some of a table's old rows; with the last table, delete the runs that none belongs to."""
        if not self._tables:
            return self._delete(connection, cut)
        table, at = self._tables[0]
        query = select(table.c.seq, table.c.run, at.label("at")).where(table.c.seq > self._after)
        rows = connection.execute(query.order_by(table.c.seq).limit(cut.most)).all()
        for row in rows:
            if cut.is_young(row.at):
                self._until = row.run if self._until is None else min(self._until, row.run)
                break
            self._needed.add(row.run)
        else:
            if len(rows) == cut.most:
                self._after = rows[-1].seq
                return 0, False
        self._tables.popleft()
        self._after = 0
        return 0, False

    def _delete(self, connection: Connection, cut: Cut) -> tuple[int, bool]:
        until = cut.run if self._until is None else min(self._until, cut.run)
        given = {"before": cut.before, "until": until}
        old = connection.execute(_OLD_RUNS, given).scalars().all()
        gone = [number for number in old if number not in self._needed][: cut.most]
        _delete(connection, runs.c.number, gone)
        # They are no entries, so that they do not count.
        return 0, len(gone) < cut.most


class _NearMisses:
    """Near misses, of which there is one row for each way to miss."""

    def step(self, connection: Connection, cut: Cut) -> tuple[int, bool]:
        """Delete those that came for the last time long ago."""
        tables = near_misses, near_miss_spells
        gone = [connection.execute(delete(each).where(each.c.last_at < cut.before)) for each in tables]
        return sum(each.rowcount for each in gone), True


def _delete(connection: Connection, column: Column[int] | Column[str], names: Sequence[int | str]) -> int:
    """Delete the rows that have one of these in a column; return how many they were."""
    if not names:
        return 0
    return connection.execute(delete(column.table).where(column.in_(names))).rowcount


_NEXT_POINT = (
    select(readings.c.point).where(readings.c.point > bindparam("done")).order_by(readings.c.point).limit(1)
)
_OF_POINT = readings.c.point == bindparam("of_point")
_IS_USABLE = readings.c.quality.in_(USABLE)
_FIRST_READINGS = (
    select(readings.c.seq, readings.c.observed_at, readings.c.quality)
    .where(_OF_POINT)
    .order_by(readings.c.seq)
    .limit(bindparam("most"))
)
_LAST_USABLE = (
    select(readings.c.seq, readings.c.value)
    .where(_OF_POINT, _IS_USABLE)
    .order_by(readings.c.seq.desc())
    .limit(1)
)
_LAST_OTHER = select(func.max(readings.c.seq)).where(
    _OF_POINT, _IS_USABLE, readings.c.value != bindparam("same", type_=readings.c.value.type)
)
_NEXT = select(func.min(readings.c.seq)).where(_OF_POINT, readings.c.seq > bindparam("after"))
_NEXT_USABLE = _NEXT.where(_IS_USABLE)

_BEFORE = bindparam("before", type_=Instant)
_NEXT_RECORDED = (
    select(recorded.c.point).where(recorded.c.point > bindparam("done")).order_by(recorded.c.point).limit(1)
)
_newer = recorded.alias()
_LAST_RECORDED = select(func.max(_newer.c.at)).where(
    _newer.c.point == bindparam("of_point"), _newer.c.at < _BEFORE
)
_OLD_RECORDED = (
    select(recorded.c.at)
    .where(recorded.c.point == bindparam("of_point"), recorded.c.at < _LAST_RECORDED.scalar_subquery())
    .order_by(recorded.c.at)
    .limit(bindparam("most"))
)
_begun = runs.alias()
_LAST_BEGUN = select(func.max(_begun.c.number)).where(
    _begun.c.is_service, _begun.c.started_at.is_not(None), _begun.c.number < bindparam("until")
)
_OLD_RUNS = (
    select(runs.c.number)
    .where(
        runs.c.seen_at < _BEFORE,
        runs.c.number < bindparam("until"),
        # When the service was last alive is what the next start goes by.
        runs.c.number != func.coalesce(_LAST_BEGUN.scalar_subquery(), 0),
    )
    .order_by(runs.c.number)
)
_wanted, _fired, _last_firing = commands.alias(), firings.alias(), firings.alias()
_event, _turn = connection_events.alias(), interlock_turns.alias()
_IS_ANSWERED = exists().where(
    receipts.c.command == commands.c.id,
    receipts.c.run == commands.c.run,
    receipts.c.outcome != Outcome.DEFERRED.value,
)
_COMMAND_IS_NEEDED = or_(
    commands.c.seq
    == select(func.max(_wanted.c.seq)).where(_wanted.c.point == commands.c.point).scalar_subquery(),
    commands.c.seq == func.coalesce(last_sent(commands.c.point), 0),
    and_(commands.c.run == bindparam("this_run"), ~_IS_ANSWERED),
    exists().where(kept.c.kind == UNFINISHED, kept.c.key == commands.c.firing),
)
_FIRING_IS_NEEDED = or_(
    firings.c.ended_at.is_(None),
    firings.c.ended_at >= _BEFORE,
    firings.c.seq
    == select(func.max(_last_firing.c.seq)).where(_last_firing.c.rule == firings.c.rule).scalar_subquery(),
    # Since when a rule rests is told by those that counted.
    firings.c.seq
    == select(_fired.c.seq)
    .where(_fired.c.rule == firings.c.rule, _fired.c.truth.is_not(False))
    .order_by(_fired.c.seq.desc())
    .limit(1)
    .scalar_subquery(),
    exists().where(kept.c.kind == UNFINISHED, kept.c.key == firings.c.id),
    exists().where(commands.c.firing == firings.c.id),
    firings.c.id.in_(select(claims.c.firing).where(claims.c.ended_at.is_(None))),
)
_KINDS = (
    _Kind(commands, commands.c.created_at, _COMMAND_IS_NEEDED, (receipts.c.command, commands.c.id)),
    _Kind(claims, claims.c.since, or_(claims.c.ended_at.is_(None), claims.c.ended_at >= _BEFORE)),
    _Kind(firings, firings.c.at, _FIRING_IS_NEEDED),
    _Kind(steps, steps.c.at, exists().where(firings.c.id == steps.c.firing)),
    _Kind(
        connection_events,
        connection_events.c.at,
        connection_events.c.seq.in_(
            select(func.max(_event.c.seq)).where(_event.c.at < _BEFORE).group_by(_event.c.connection)
        ),
    ),
    _Kind(
        interlock_turns,
        interlock_turns.c.at,
        interlock_turns.c.seq.in_(
            select(func.max(_turn.c.seq)).where(_turn.c.at < _BEFORE).group_by(_turn.c.interlock)
        ),
    ),
    _Kind(reloads, reloads.c.at, false()),
)
"""The order counts: a firing stays for its commands, and a step for its firing."""
_TABLES_OF_RUNS = (
    (readings, readings.c.observed_at),
    *((kind.table, kind.at) for kind in _KINDS),
    (receipts, receipts.c.at),
    (near_miss_spells, near_miss_spells.c.first_at),
)
"""Every table whose rows belong to a run, with the time at which they were written."""
