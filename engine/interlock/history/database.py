"""The journal's database, whichever it is: opening it, and saying in a sentence what went wrong with it.

What differs between an SQLite file and a PostgreSQL database is in `interlock.history.sqlite` and
`interlock.history.postgresql`; the second is imported where a journal is there, and needs an extra.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from interlock.config.journal_place import JournalPlace
from interlock.errors import JournalError
from interlock.history import sqlite
from interlock.history.tables import METADATA

FAILURES = (SQLAlchemyError, sqlite3.Error, OSError)
"""What using the database may raise; a hook that runs while connecting raises SQLite's own errors."""
SQLITE = "sqlite"
_BLOCK_BYTES = 8192
_AGAIN_S = 0.1
"""How often what takes too long is broken off until it has ended."""


async def writing_engine(place: JournalPlace) -> AsyncEngine:
    """Return an engine whose transactions come one after the other, and are on the disk when they end.

    Raises:
        JournalError: the extra for this database is not installed, or its URL is wrong.
        sqlite3.Error: the file cannot be made or opened, or is no database.
    """
    if isinstance(place, Path):
        return await sqlite.writing_engine(place)
    from interlock.history import postgresql

    return postgresql.writing_engine(place)


async def reading_engine(place: JournalPlace) -> AsyncEngine:
    """Return an engine that cannot change anything, and never waits for the service that writes.

    Raises:
        JournalError: the extra for this database is not installed, or its URL is wrong.
        sqlite3.Error: the file cannot be opened, or is no database.
    """
    if isinstance(place, Path):
        return await sqlite.reading_engine(place)
    from interlock.history import postgresql

    return postgresql.reading_engine(place)


def streaming_engine(place: JournalPlace) -> Engine:
    """Return an engine as `reading_engine` does, whose rows come one by one and through no event loop.

    Raises:
        JournalError: the extra for this database is not installed, or its URL is wrong.
        sqlite3.Error: the file cannot be opened, or is no database.
    """
    if isinstance(place, Path):
        return sqlite.streaming_engine(place)
    from interlock.history import postgresql

    return postgresql.streaming_engine(place)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection in a transaction; where a server takes too long for it, that fails."""
    async with engine.connect() as connection, _in_time(connection), connection.begin():
        yield connection


@asynccontextmanager
async def asking(engine: AsyncEngine, limit_s: float) -> AsyncIterator[AsyncConnection]:
    """Give a connection to ask something over; what is asked is broken off where it takes longer.

    Raises:
        JournalError: it did take longer.
    """
    connection = await engine.connect()
    raw, late = await connection.get_raw_connection(), asyncio.Event()
    limit = asyncio.create_task(_limit(connection, raw.driver_connection, limit_s, late))
    try:
        try:
            yield connection
        finally:
            # That asks the database too.
            await connection.close()
    except FAILURES as error:
        if late.is_set():
            raise JournalError(f"it did not answer within {limit_s:g} s") from error
        raise
    finally:
        limit.cancel()


async def _limit(connection: AsyncConnection, raw: Any, limit_s: float, late: asyncio.Event) -> None:
    await asyncio.sleep(limit_s)
    late.set()
    while True:
        # What has not begun yet in its thread is not broken off by this.
        _break_off(connection, raw)
        await asyncio.sleep(_AGAIN_S)


def _break_off(connection: AsyncConnection, raw: Any) -> None:
    if connection.dialect.name == SQLITE:
        sqlite.interrupt(raw)
        return
    from interlock.history import postgresql

    postgresql.cut_off(raw)


@asynccontextmanager
async def _in_time(connection: AsyncConnection) -> AsyncIterator[None]:
    if connection.dialect.name == SQLITE:
        yield
        return
    from interlock.history import postgresql

    async with postgresql.in_time(connection):
        yield


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


give_back = sqlite.give_back


def describe(error: BaseException) -> str:
    """Return in a few words what an error of `FAILURES` means for the journal."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if hasattr(cause, "sqlstate"):
        from interlock.history import postgresql

        return postgresql.tell(error, cause)
    return sqlite.tell(cause) or f"{type(cause).__name__}: {cause}"
