"""What a run of the service finds of the runs before: what they knew last, and what they left unfinished."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    TableValuedAlias,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from interlock.expressions.view import Sample
from interlock.history.database import SQLITE
from interlock.history.journal import ACTED, is_repeated, last_known, sample_of
from interlock.history.kept import UNFINISHED
from interlock.history.past import read_command, read_reading
from interlock.history.tables import commands, firings, kept, readings, receipts, runs
from interlock.model import Command, Outcome, Point, Quality, Reading

USABLE = (Quality.GOOD.value, Quality.ASSUMED.value)
"""The qualities of values that can be used."""


def read_known(connection: Connection, points: Collection[Point]) -> Sequence[Reading]:
    """Return what was last known of points; nothing for one that never had a usable value."""
    asked = {"points": json.dumps(list(points))}
    rows = connection.execute(_last_known(connection.dialect.name), asked).mappings()
    return [
        last_known(read_reading(row), row[_FOLLOWED_AT], row[runs.c.seen_at], row[_SAME_SINCE])
        for row in rows
    ]


def read_commands(connection: Connection, points: Collection[Point]) -> Sequence[Command]:
    """Return the last command of each of these points that was carried out, or may have been."""
    asked = {"points": json.dumps(list(points))}
    rows = connection.execute(_last_commands(connection.dialect.name), asked).mappings()
    return [read_command(row) for row in rows]


def read_samples(connection: Connection, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
    """Return what points were, each from an instant on; unknown from the end of a run to the next reading."""
    return {point: _samples(connection, point, start) for point, start in since.items()}


def _samples(connection: Connection, point: Point, since: datetime) -> Sequence[Sample]:
    of_point = {"of_point": point, "since": since}
    begins = connection.execute(_BEFORE, of_point).scalar() or 0
    run, seen_at = 0, since
    samples: list[Sample] = []
    last: Reading | None = None
    for row in connection.execute(_FROM, of_point | {"begins": begins}).mappings():
        if last is not None and row[readings.c.run] != run:
            samples.append(Sample(max(seen_at, last.at), None))
            last = None
        run, seen_at = row[readings.c.run], row[runs.c.seen_at]
        reading = read_reading(row)
        if last is None or not is_repeated(reading, last):
            samples.append(sample_of(reading))
        last = reading
    if last is not None and samples[-1].value is not None:
        samples.append(Sample(max(seen_at, last.at), None))
    return samples


def close_unfinished(connection: Connection, run: int) -> None:
    """End what earlier runs began and never ended, since they were killed; what goes on is left alone."""
    connection.execute(_END_FIRINGS, {"this_run": run})
    connection.execute(_ANSWER_COMMANDS, {"this_run": run})


def last_sent(point: ColumnElement[str]) -> ScalarSelect[int]:
    """Return the place of the last command of a point that was carried out, or may have been."""
    sent = commands.alias()
    acted = exists().where(
        receipts.c.command == sent.c.id,
        receipts.c.run == sent.c.run,
        receipts.c.outcome.in_([outcome.value for outcome in ACTED]),
    )
    query = select(sent.c.seq).where(sent.c.point == point, acted)
    return query.order_by(sent.c.seq.desc()).limit(1).scalar_subquery()


_usable, _later = readings.alias(), readings.alias()
_FOLLOWED_AT = (
    select(_later.c.observed_at)
    .where(_later.c.point == readings.c.point, _later.c.seq > readings.c.seq)
    .order_by(_later.c.seq)
    .limit(1)
    .scalar_subquery()
    .label("followed_at")
)
_other, _same = readings.alias(), readings.alias()
_LAST_OTHER = (
    select(_other.c.seq)
    .where(
        _other.c.point == readings.c.point,
        _other.c.quality.in_(USABLE),
        _other.c.value != readings.c.value,
    )
    .order_by(_other.c.seq.desc())
    .limit(1)
    .correlate(readings)
    .scalar_subquery()
)
_SAME_SINCE = (
    select(_same.c.observed_at)
    .where(
        _same.c.point == readings.c.point,
        _same.c.quality.in_(USABLE),
        _same.c.seq > func.coalesce(_LAST_OTHER, 0),
    )
    .order_by(_same.c.seq)
    .limit(1)
    .correlate(readings)
    .scalar_subquery()
    .label("same_since")
)


@cache
def _last_known(dialect: str) -> Select[*tuple[Any, ...]]:
    """In one statement for a thousand points: each by itself is a way to the database and back."""
    asked = _asked(dialect)
    last_usable = (
        select(_usable.c.seq)
        .where(_usable.c.point == asked.c.value, _usable.c.quality.in_(USABLE))
        .order_by(_usable.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(readings, runs.c.seen_at, _FOLLOWED_AT, _SAME_SINCE)
        .select_from(asked)
        .join(readings, readings.c.seq == last_usable)
        .join(runs, runs.c.number == readings.c.run)
        .order_by(asked.c.key)
    )


@cache
def _last_commands(dialect: str) -> Select[*tuple[Any, ...]]:
    asked = _asked(dialect)
    return (
        select(commands)
        .select_from(asked)
        .join(commands, commands.c.seq == last_sent(asked.c.value))
        .order_by(asked.c.key)
    )


def _asked(dialect: str) -> TableValuedAlias:
    """Return the texts of the JSON list ``points`` as a table: ``value``, and its place ``key``."""
    points = bindparam("points", type_=Text)
    if dialect == SQLITE:
        return func.json_each(points).table_valued("value", "key", name="asked")
    texts = func.json_array_elements_text(cast(points, JSON))
    return texts.table_valued("value", with_ordinality="key", name="asked").render_derived()


_BEFORE = (
    select(readings.c.seq)
    .where(readings.c.point == bindparam("of_point"), readings.c.observed_at <= bindparam("since"))
    .order_by(readings.c.seq.desc())
    .limit(1)
)
_FROM = (
    select(readings, runs.c.seen_at)
    .join(runs, runs.c.number == readings.c.run)
    .where(readings.c.point == bindparam("of_point"), readings.c.seq >= bindparam("begins"))
    .order_by(readings.c.seq)
)
_LAST_SIGN = select(runs.c.seen_at).where(runs.c.number == firings.c.run).scalar_subquery()
_END_FIRINGS = (
    update(firings)
    .where(
        firings.c.ended_at.is_(None),
        firings.c.run != bindparam("this_run"),
        ~exists().where(kept.c.kind == UNFINISHED, kept.c.key == firings.c.id),
    )
    .values(ended_at=_LAST_SIGN, outcome="broken off: the service ended while it ran")
)
_WAITED = "the service ended while it waited for a guard"
_WAS_DEFERRED = exists().where(receipts.c.command == commands.c.id, receipts.c.run == commands.c.run)
_ANSWER_COMMANDS = insert(receipts).from_select(
    ["run", "command", "outcome", "at", "answer", "reason", "exchange", "attempts"],
    select(
        commands.c.run,
        commands.c.id,
        case((_WAS_DEFERRED, Outcome.FAILED.value), else_=Outcome.UNCERTAIN.value),
        runs.c.seen_at,
        null(),
        case(
            (_WAS_DEFERRED, _WAITED),
            else_="the service ended before it was answered",
        ),
        literal(""),
        literal(1),
    )
    .join(runs, runs.c.number == commands.c.run)
    .where(
        runs.c.is_service,
        commands.c.run != bindparam("this_run"),
        ~exists().where(
            receipts.c.command == commands.c.id,
            receipts.c.run == commands.c.run,
            receipts.c.outcome != Outcome.DEFERRED.value,
        ),
    ),
)
"""Commands by hand are left alone: whoever gave one may still wait for its answer beside this service."""
