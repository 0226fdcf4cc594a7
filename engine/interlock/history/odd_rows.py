"""Rows of a journal that cannot be understood: looked for, and mended, only once one was met.

Control goes on without what such a row said, and on the safe side: what was read is unknown, a claim stands
until somebody releases it, a rule that was switched is off.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    Text,
    and_,
    delete,
    func,
    select,
    type_coerce,
    update,
)

from interlock.history.columns import FieldValues, Instant, SeenPoints, Sentences, TypedValue
from interlock.history.database import SQLITE
from interlock.history.kept import SWITCH, encode_kept
from interlock.history.records import RuleSwitch
from interlock.history.restart import USABLE, last_sent
from interlock.history.tables import METADATA, claims, commands, firings, kept, readings, receipts, runs
from interlock.model import OriginKind, Outcome, Quality

_WORDS: Mapping[Column[Any], type[Enum]] = {
    readings.c.quality: Quality,
    commands.c.origin_kind: OriginKind,
    receipts.c.outcome: Outcome,
    claims.c.owner_kind: OriginKind,
}
"""The columns that hold one of a few words."""
_INSTANT = "____-__-__T__:__:__.______+00:00"
_JSON = TypedValue | FieldValues | Sentences | SeenPoints
_MOST_SHOWN = 80
"""Characters of what cannot be understood."""


def find_odd_row(connection: Connection) -> str:
    """Return where a row is that cannot be understood, as ``table claims, seq 3, owner_kind``; or nothing."""
    for table in METADATA.sorted_tables:
        for column in table.columns:
            query = _odd(column, connection.dialect.name)
            if query is not None and (row := connection.execute(query.limit(1)).first()):
                return _place(column, row)
    return ""


def mend_odd_rows(connection: Connection, now: datetime) -> Sequence[str]:
    """Let a start understand all that it reads; return what was mended, a sentence a row."""
    return [*_mend_kept(connection, now), *_mend_columns(connection)]


def _mend_columns(connection: Connection) -> Iterator[str]:
    for column, (instead, meaning) in _INSTEAD.items():
        query = _odd(column, connection.dialect.name)
        for row in connection.execute(query).all() if query is not None else ():
            keys = column.table.primary_key.columns
            is_it = and_(*(key == value for key, value in zip(keys, row, strict=False)))
            connection.execute(update(_table(column)).where(is_it).values(instead))
            yield f"{_place(column, row)}: {str(row[-1])[:_MOST_SHOWN]!r} cannot be understood; {meaning}"


def _mend_kept(connection: Connection, now: datetime) -> Iterator[str]:
    for kind, key, content in connection.execute(select(kept)).all():
        if _is_json(content):
            continue
        is_it = and_(kept.c.kind == kind, kept.c.key == key)
        if kind == SWITCH:
            _, _, off = encode_kept(RuleSwitch(key, now, is_on=False, by=_BY))
            connection.execute(update(kept).where(is_it).values(content=off))
            meaning = "the rule is off until somebody switches it on"
        else:
            connection.execute(delete(kept).where(is_it))
            meaning = "it is left out"
        yield f"table kept, {kind} {key}: {content[:_MOST_SHOWN]!r} cannot be understood; {meaning}"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _odd(column: Column[Any], dialect: str) -> Select[*tuple[Any, ...]] | None:
    """Return what asks for odd rows, their keys and contents; None where a column can hold any text."""
    is_odd = _oddness(column, dialect)
    if is_odd is None:
        return None
    keys = column.table.primary_key.columns
    return select(*keys, type_coerce(column, Text).label("content")).where(column.is_not(None), is_odd)


def _oddness(column: Column[Any], dialect: str) -> ColumnElement[bool] | None:
    """Return what is true of a text that a column cannot hold; None where it can hold any."""
    text = type_coerce(column, Text)
    if words := _WORDS.get(column):
        return text.not_in([word.value for word in words])
    if isinstance(column.type, Instant):
        return text.not_like(_INSTANT)
    if isinstance(column.type, _JSON) and dialect == SQLITE:
        return func.json_valid(text) == 0
    return None


def _place(column: Column[Any], row: Row[*tuple[Any, ...]]) -> str:
    table = _table(column)
    keys = zip(table.primary_key.columns, row, strict=False)
    return f"table {table.name}, {', '.join(f'{key.name} {value}' for key, value in keys)}, {column.name}"


def _table(column: Column[Any]) -> Table:
    assert isinstance(column.table, Table)
    return column.table


def _beginning(run: Column[int]) -> ColumnElement[datetime]:
    return select(runs.c.opened_at).where(runs.c.number == run).scalar_subquery()


_BY = "the journal, which could not be read"
_UNREAD = {"value": None, "quality": Quality.FAULT.value, "reason": "the journal could not be read here"}
_last = readings.alias()
_LAST_READ = (
    select(_last.c.value)
    .where(_last.c.point == claims.c.point, _last.c.quality.in_(USABLE), _last.c.value.is_not(None))
    .order_by(_last.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_LAST_SENT = select(commands.c.value).where(commands.c.seq == last_sent(claims.c.point)).scalar_subquery()
_UNKNOWN_THEN = "the point is unknown then"
_AT_BEGIN = "it counts from the beginning of its run"
_INSTEAD: Mapping[Column[Any], tuple[Mapping[str, object], str]] = {
    runs.c.seen_at: ({"seen_at": runs.c.opened_at}, "the run counts as ended at its beginning"),
    readings.c.value: (_UNREAD, _UNKNOWN_THEN),
    readings.c.quality: (_UNREAD, _UNKNOWN_THEN),
    readings.c.observed_at: (_UNREAD | {"observed_at": _beginning(readings.c.run)}, _UNKNOWN_THEN),
    readings.c.since: ({"since": None}, "it counts from its reading"),
    commands.c.value: ({"value": None}, "it had no value"),
    commands.c.fields: ({"fields": {}}, "it had none"),
    commands.c.origin_kind: ({"origin_kind": OriginKind.OPERATOR.value}, "it was an operator's"),
    commands.c.created_at: ({"created_at": _beginning(commands.c.run)}, _AT_BEGIN),
    firings.c.at: ({"at": _beginning(firings.c.run)}, _AT_BEGIN),
    claims.c.value: (
        {"value": func.coalesce(_LAST_SENT, _LAST_READ)},
        "what was sent or read last is claimed",
    ),
    claims.c.owner_kind: (
        {"owner_kind": OriginKind.OPERATOR.value, "firing": "", "until": None},
        "it is an operator's, and stands until it is released",
    ),
    claims.c.since: ({"since": _beginning(claims.c.run)}, _AT_BEGIN),
    claims.c.until: ({"until": None}, "it stands until it is released"),
}
"""What stands for what cannot be understood, where a start reads it; in an order in which later ones use the
earlier."""
