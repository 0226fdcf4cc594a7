"""Rows that take the place of earlier ones, or add up with them, as each database says it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import sqlite

from interlock.history.tables import kept, memory, near_misses, recorded

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    _OwnInsert: TypeAlias = sqlite.Insert | postgresql.Insert


@dataclass(frozen=True, slots=True)
class Upserts:
    """The statements for the tables whose rows have names."""

    near_miss: Insert
    memory: Insert
    kept: Insert
    recorded: Insert


@cache
def upserts_of(dialect: str) -> Upserts:
    """Return the statements of a database, by SQLAlchemy's name for its kind."""
    return Upserts(
        near_miss=_counting(_insert(near_misses, dialect)),
        memory=_replacing(memory, "content", dialect),
        kept=_replacing(kept, "content", dialect),
        recorded=_replacing(recorded, "value", dialect),
    )


def _insert(table: Table, dialect: str) -> _OwnInsert:
    if dialect == sqlite.dialect.name:
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def _replacing(table: Table, column: str, dialect: str) -> Insert:
    new = _insert(table, dialect)
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={column: new.excluded[column]}
    )


def _counting(new: _OwnInsert) -> Insert:
    return new.on_conflict_do_update(
        index_elements=list(near_misses.primary_key),
        set_={
            "last_at": new.excluded.last_at,
            "count": near_misses.c["count"] + new.excluded.count,
            "reason": new.excluded.reason,
        },
    )
