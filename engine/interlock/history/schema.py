"""The version of the journal's tables, and the way there from older ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection, insert, inspect, select, text, update

from interlock.errors import JournalError, NoJournalYet
from interlock.history.database import make_ready
from interlock.history.tables import METADATA, meta

Upgrade: TypeAlias = Callable[[Connection], None]


def _to_2(connection: Connection) -> None:
    """Commands have fields."""
    connection.execute(text("ALTER TABLE commands ADD COLUMN fields TEXT NOT NULL DEFAULT '{}'"))


def _to_3(connection: Connection) -> None:
    """Stale readings keep the time at which they were good, and since when they are stale beside it."""
    connection.execute(text("ALTER TABLE readings ADD COLUMN since TEXT"))
    connection.execute(text("UPDATE readings SET since = observed_at WHERE quality = 'stale'"))


def _to_4(connection: Connection) -> None:
    """What lasts until it is replaced has a table."""
    columns = "kind TEXT NOT NULL, key TEXT NOT NULL, content TEXT NOT NULL"
    connection.execute(text(f"CREATE TABLE kept ({columns}, PRIMARY KEY (kind, key))"))


def _to_5(connection: Connection) -> None:
    """What devices remember themselves has a table."""
    columns = "point TEXT NOT NULL, at TEXT NOT NULL, value TEXT NOT NULL"
    connection.execute(text(f"CREATE TABLE recorded ({columns}, PRIMARY KEY (point, at))"))


def _to_6(connection: Connection) -> None:
    """Edits of a site while it ran have a table."""
    run = "run INTEGER NOT NULL REFERENCES runs (number)"
    columns = f"seq INTEGER PRIMARY KEY, {run}, at TEXT NOT NULL, changes TEXT NOT NULL"
    connection.execute(text(f"CREATE TABLE reloads ({columns})"))


def _to_7(connection: Connection) -> None:
    """Claims on points have a table, and so has what the world did to interlocks."""
    run = "run INTEGER NOT NULL REFERENCES runs (number)"
    owner = "owner_kind TEXT NOT NULL, owner_name TEXT NOT NULL, firing TEXT NOT NULL"
    value = "point TEXT NOT NULL, value TEXT NOT NULL, priority INTEGER NOT NULL"
    times = "since TEXT NOT NULL, until TEXT, ended_at TEXT, why TEXT"
    connection.execute(
        text(f"CREATE TABLE claims (seq INTEGER PRIMARY KEY, {run}, {value}, {owner}, {times})")
    )
    connection.execute(text("CREATE INDEX claims_by_point ON claims (point, seq)"))
    turn = "interlock TEXT NOT NULL, at TEXT NOT NULL, is_broken BOOLEAN NOT NULL, reason TEXT NOT NULL"
    connection.execute(text(f"CREATE TABLE interlock_turns (seq INTEGER PRIMARY KEY, {run}, {turn})"))


def _to_8(connection: Connection) -> None:
    """The last near misses of each kind have a table."""
    run = "run INTEGER NOT NULL REFERENCES runs (number)"
    kind = "rule TEXT NOT NULL, trigger TEXT NOT NULL, verdict TEXT NOT NULL"
    times = "first_at TEXT NOT NULL, last_at TEXT NOT NULL, count INTEGER NOT NULL"
    told = "reason TEXT NOT NULL, seen TEXT NOT NULL"
    connection.execute(
        text(f"CREATE TABLE near_miss_spells (seq INTEGER PRIMARY KEY, {run}, {kind}, {times}, {told})")
    )
    index = "near_miss_spells_by_kind ON near_miss_spells (rule, trigger, verdict, seq)"
    connection.execute(text(f"CREATE INDEX {index}"))


UPGRADES: Sequence[Upgrade] = (_to_2, _to_3, _to_4, _to_5, _to_6, _to_7, _to_8)
"""The first leads from version 1 to 2. Each spells out its SQL: today's tables are not those of its time.

One list for every database, and each step has to be understood by all of them, but for those until version
8, before which there were no journals in PostgreSQL.
"""


def current_version(upgrades: Sequence[Upgrade] = UPGRADES) -> int:
    """Return the version that this program writes."""
    return 1 + len(upgrades)


def prepare(connection: Connection, upgrades: Sequence[Upgrade] = UPGRADES) -> None:
    """Bring the tables to the current version, inside the connection's transaction.

    Raises:
        JournalError: the file belongs to a newer program, or is no journal.
    """
    version = _stored_version(connection)
    if version is None:
        make_ready(connection)
        METADATA.create_all(connection, checkfirst=False)
        connection.execute(insert(meta).values(version=current_version(upgrades)))
        return
    _refuse_newer(version, current_version(upgrades))
    for upgrade in upgrades[version - 1 :]:
        upgrade(connection)
    if version < current_version(upgrades):
        connection.execute(update(meta).values(version=current_version(upgrades)))


def check(connection: Connection) -> None:
    """Make sure that the tables are as this program reads them.

    Raises:
        JournalError: they are newer or older, or none.
    """
    version = _stored_version(connection)
    if version is None:
        raise NoJournalYet("it is empty: no service has used it yet")
    _refuse_newer(version, current_version())
    if version < current_version():
        raise JournalError(
            f"it has version {version}: start the service once, which makes it {current_version()}"
        )


def _stored_version(connection: Connection) -> int | None:
    names = inspect(connection).get_table_names()
    if not names:
        return None
    version = connection.execute(select(meta.c.version)).scalar() if meta.name in names else None
    if not isinstance(version, int):
        raise JournalError("it is a database of another program")
    return version


def _refuse_newer(version: int, newest: int) -> None:
    if version > newest:
        raise JournalError(
            f"it has version {version}, and this program knows versions up to {newest}: use a newer interlock"
        )
