"""The journal's database, whichever it is: opening it, and saying in a sentence what went wrong with it.

What differs between an SQLite file and a PostgreSQL database is in `interlock.history.sqlite` and
`interlock.history.postgresql`; the second is imported where a journal is there, and needs an extra.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from interlock.config.journal_place import JournalPlace
from interlock.history import sqlite
from interlock.history.store import Store
from interlock.history.tables import METADATA

SQLITE = "sqlite"
_BLOCK_BYTES = 8192


async def writing_store(place: JournalPlace) -> Store:
    """Return a store whose transactions come one after the other, and are on the disk when they end.

    Raises:
        JournalError: the extra for this database is not installed, or its URL is wrong.
        sqlite3.Error: the file cannot be made or opened, or is no database.
    """
    if isinstance(place, Path):
        return await sqlite.writing_store(place)
    from interlock.history import postgresql

    return postgresql.writing_store(place)


async def reading_store(place: JournalPlace) -> Store:
    """Return a store that cannot change anything, and never waits for the service that writes.

    Raises:
        JournalError: the extra for this database is not installed, or its URL is wrong.
        sqlite3.Error: the file cannot be opened, or is no database.
    """
    if isinstance(place, Path):
        return await sqlite.reading_store(place)
    from interlock.history import postgresql

    return postgresql.reading_store(place)


def streaming_engine(place: JournalPlace) -> Engine:
    """Return an engine that cannot change anything, whose rows come one by one and through no event loop.

    Raises:
        JournalError: the extra for this database is not installed, or its URL is wrong.
        sqlite3.Error: the file cannot be opened, or is no database.
    """
    if isinstance(place, Path):
        return sqlite.streaming_engine(place)
    from interlock.history import postgresql

    return postgresql.streaming_engine(place)


def is_away(error: BaseException) -> bool:
    """Whether an error of `FAILURES` may be over in a while without anybody changing the journal."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if isinstance(cause, sqlite3.Error):
        return sqlite.is_away(cause)
    return isinstance(error, OperationalError | InterfaceError | OSError)


@dataclass(frozen=True, slots=True)
class FileSize:
    """How large a journal is, in pages."""

    pages: int
    free_pages: int
    """Those that hold nothing: they are used before the file grows."""
    page_bytes: int

    @property
    def held_bytes(self) -> int:
        """What it holds."""
        return (self.pages - self.free_pages) * self.page_bytes


def read_size(connection: Connection) -> FileSize:
    """Return how much the connection's journal holds; of a server, which has its own pages, about so."""
    if connection.dialect.name == SQLITE:
        return FileSize(*sqlite.read_size(connection))
    from interlock.history import postgresql

    return FileSize(postgresql.read_size(connection, METADATA.tables) // _BLOCK_BYTES, 0, _BLOCK_BYTES)


def read_disk_size(connection: Connection) -> int:
    """Return the bytes that the connection's journal takes on a disk."""
    if connection.dialect.name == SQLITE:
        size = FileSize(*sqlite.read_size(connection))
        return size.pages * size.page_bytes
    from interlock.history import postgresql

    return postgresql.read_disk_size(connection, METADATA.tables)


def make_ready(connection: Connection) -> None:
    """Make sure that tables can be made there.

    Raises:
        JournalError: the database cannot hold every text.
    """
    if connection.dialect.name != SQLITE:
        from interlock.history import postgresql

        postgresql.prepare_database(connection)


def describe(error: BaseException) -> str:
    """Return in a few words what an error of `FAILURES` means for the journal."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if hasattr(cause, "sqlstate"):
        from interlock.history import postgresql

        return postgresql.tell(error, cause)
    return sqlite.tell(cause) or f"{type(cause).__name__}: {cause}"
