"""Which row of a journal cannot be understood: looked for only once one was met."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Text, func, select, type_coerce

from interlock.history.columns import FieldValues, Instant, SeenPoints, Sentences, TypedValue
from interlock.history.database import SQLITE
from interlock.history.tables import METADATA, claims, commands, readings, receipts
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


def find_odd_row(connection: Connection) -> str:
    """Return where a row is that cannot be understood, as ``table claims, seq 3, owner_kind``; or nothing."""
    for table in METADATA.sorted_tables:
        for column in table.columns:
            is_odd = _oddness(column, connection.dialect.name)
            if is_odd is None:
                continue
            query = select(*table.primary_key.columns).where(column.is_not(None), is_odd).limit(1)
            if row := connection.execute(query).mappings().first():
                keys = ", ".join(f"{name} {value}" for name, value in row.items())
                return f"table {table.name}, {keys}, {column.name}"
    return ""


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
