"""The wall around psycopg: a journal in a PostgreSQL database. This is the only importer of psycopg."""

from __future__ import annotations

import asyncio
import hashlib
import platform
import re
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, Final, LiteralString, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from interlock.config.journal_place import Database
from interlock.errors import JournalError
from interlock.history.lock import TAKEN
from interlock.history.store import FAILURES, no_answer
from interlock.redaction import redact

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
except ImportError:
    raise JournalError(
        "a journal in PostgreSQL needs the extra postgres: pip install 'interlock[postgres]'"
    ) from None

P = ParamSpec("P")
T = TypeVar("T")
_Raw: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]
_USUAL: Final[Mapping[str, str]] = {
    "connect_timeout": "5",
    "fallback_application_name": "interlock",
    # A network that is gone, or a server that lost power, says nothing: this is how it is noticed.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""What holds where the URL says nothing else."""
_LIMIT_S = 30.0
"""How long a transaction may take: a server that hangs keeps a connection open and never answers."""
_BUSY = "3s"
"""How long to wait for another writer, such as `interlock history fetch`."""
_WRITERS, _SERVICE = 0x494C0001, 0x494C0002
"""The first halves of this program's advisory locks; the second is that of the schema, of which a database
may have one for each of several sites."""
_SCHEMA = "hashtext(current_schema())"
_LOCK_CHECK_S = 20.0
"""How often it is made sure that the server still knows of the service's lock."""
_GHOSTS = 20
"""How often it is looked whether a connection of our own that was told to end has ended."""
_GHOST_S = 0.1
_HOLD_ON = """
SELECT count(set_config(name, own, false))
FROM (VALUES ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'),
    ('idle_session_timeout', '0')) AS wanted (name, own) JOIN pg_settings USING (name)
"""
"""So the server notices within a minute that this machine is gone, and does not end what only waits."""
_END_GHOST = f"""
SELECT count(pg_terminate_backend(lock.pid))
FROM pg_locks AS lock JOIN pg_stat_activity AS session ON session.pid = lock.pid
WHERE lock.locktype = 'advisory' AND lock.granted AND lock.pid <> pg_backend_pid()
    AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND lock.classid = {_SERVICE} AND lock.objid = ({_SCHEMA}::bigint & 4294967295)::oid
    AND session.application_name = %s
"""
_TAKE = f"SELECT pg_try_advisory_lock({_SERVICE}, {_SCHEMA})"
_ROW_BYTES = 28
"""What a row takes besides its columns: its header, and its place in the page."""
_SLACK = 1.2
"""Pages are never quite full: measured with the readings of fifty points."""
_ENTRY_BYTES = 20
"""What a row takes in an index besides its key."""

_SENTENCES = {
    "08": "the connection to the server is lost",
    "25006": "the database may only be read",
    "28": "the server refuses the user or its password",
    "3D": "the server has no such database",
    "3F": "its schema does not exist",
    "42501": "its user lacks a right: it must be able to create tables in its schema",
    "42703": "its tables are not those of a journal",
    "42P01": "its tables are not those of a journal",
    "53100": "the server's disk is full",
    "53300": "the server takes no more connections",
    "55P03": "another program holds it locked",
    "57P04": "the database was dropped",
    "57P": "the server is not ready, or was stopped",
}
"""By the beginning of the error's code; the longest one that fits counts."""


class ServerStore:
    """A journal's database on a server.

    Args:
        engine: Connects to it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def transact(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a function does in a transaction; nothing is done where it raises or takes too long."""
        async with self._engine.connect() as connection:
            with _limited(await _driver_of(connection)):
                async with connection.begin():
                    return await connection.run_sync(work, *args, **kwargs)

    async def ask(
        self, limit_s: float, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a function reads; it is broken off where that takes longer.

        Raises:
            JournalError: it did take longer.
        """
        connection = await self._engine.connect()
        with _limited(await _driver_of(connection), limit_s) as cut:
            try:
                try:
                    return await connection.run_sync(read, *args, **kwargs)
                finally:
                    # That asks the server too.
                    await connection.close()
            except FAILURES as error:
                if cut.is_set():
                    raise no_answer(limit_s) from error
                raise

    async def give_back(self, pages: int) -> None:
        """Do nothing: a server does that by itself."""

    async def close(self) -> None:
        """Let go of it, until it is used again."""
        await self._engine.dispose()


def writing_store(database: Database) -> ServerStore:
    """Return a store whose transactions come one after the other, as they do in a file."""
    engine = _engine(database, is_reader=False)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # The transaction's own, so that no other statement of the session is hurried.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_BUSY}'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS}, {_SCHEMA})")

    return ServerStore(engine)


def reading_store(database: Database) -> ServerStore:
    """Return a store that cannot change anything, and never waits for who writes."""
    return ServerStore(_engine(database, is_reader=True))


def streaming_engine(database: Database) -> Engine:
    """Return an engine that cannot change anything, whose rows come through no event loop."""
    address = _address(database)

    def connect() -> psycopg.Connection[tuple[Any, ...]]:
        connection = psycopg.connect(address)
        connection.read_only = True
        return connection

    return create_engine(
        "postgresql+psycopg://", creator=connect, poolclass=NullPool, use_native_hstore=False
    )


def _engine(database: Database, *, is_reader: bool) -> AsyncEngine:
    address = _address(database)

    async def connect() -> _Raw:
        connection = await psycopg.AsyncConnection.connect(address)
        await connection.set_read_only(is_reader)
        return connection

    return create_async_engine(
        "postgresql+psycopg://", async_creator=connect, pool_size=1, use_native_hstore=False
    )


def _address(database: Database, **own: str) -> str:
    """Return a database's URL with what it does not say, as libpq takes it."""
    try:
        written = conninfo_to_dict(database.url.get_secret_value())
    except psycopg.ProgrammingError as error:
        reason = redact(str(error).strip().replace('"', "'"))
        raise JournalError(f"its URL is not what PostgreSQL takes: {reason}") from None
    return make_conninfo("", **{**_USUAL, **written, **own})


async def _driver_of(connection: AsyncConnection) -> _Raw:
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    return driver


@contextmanager
def _limited(connection: _Raw, limit_s: float | None = None) -> Iterator[asyncio.Event]:
    """Break a connection off where what is done in the context takes too long; give what tells whether."""
    is_cut = asyncio.Event()

    def cut() -> None:
        is_cut.set()
        _cut_off(connection)

    limit = asyncio.get_running_loop().call_later(_LIMIT_S if limit_s is None else limit_s, cut)
    try:
        yield is_cut
    finally:
        limit.cancel()


def _cut_off(connection: _Raw) -> None:
    """Break a connection off, so that whatever is done over it fails at once."""
    # Cancelling would ask the server first, and wait for its answer.
    with suppress(OSError, psycopg.Error), socket.socket(fileno=connection.fileno()) as wire:
        try:
            wire.shutdown(socket.SHUT_RDWR)
        finally:
            wire.detach()


def prepare_database(connection: Connection) -> None:
    """Make sure that the database can hold every text.

    Raises:
        JournalError: it cannot.
    """
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise JournalError(f"its encoding is {encoding}: make the database with ENCODING 'UTF8'")


class ServiceLock:
    """The server's lock for the one service of a journal, held by a connection of its own.

    It ends with the connection. What our own earlier connections still hold on a server that has not noticed
    that they are gone is taken away from them: who holds the lock on the file is alone on this machine.

    Args:
        database: The journal.
        file: The file that is locked on this machine.
    """

    def __init__(self, database: Database, file: Path) -> None:
        self._database = database
        self._file = file
        self._connection: _Raw | None = None
        self._checked_at = 0.0

    async def hold(self) -> None:
        """Take the lock, or make sure now and then that it is still held.

        Raises:
            JournalError: a service on another machine, or of another folder, has it.
            SQLAlchemyError: the server does not answer.
        """
        now = asyncio.get_running_loop().time()
        if self._connection is not None and now - self._checked_at < _LOCK_CHECK_S:
            return
        try:
            if self._connection is not None:
                await self._ask("SELECT 1")
            else:
                await self._take()
        except BaseException:
            await self.release()
            raise
        self._checked_at = now

    def suspect(self) -> None:
        """Look at the next occasion whether it is still held."""
        self._checked_at = float("-inf")

    async def release(self) -> None:
        """Let go of it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _take(self) -> None:
        name = _name_of(self._file)
        address = _address(self._database, application_name=name)
        try:
            self._connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
        except psycopg.Error as error:
            raise OperationalError(None, None, error) from error
        await self._ask(_HOLD_ON)
        for _ in range(_GHOSTS):
            is_taken = await self._ask(_TAKE)
            if is_taken is None:
                raise JournalError(_SENTENCES["3F"])
            if is_taken:
                return
            if not await self._ask(_END_GHOST, (name,)):
                break
            await asyncio.sleep(_GHOST_S)
        raise JournalError(TAKEN)

    async def _ask(self, statement: LiteralString, parameters: tuple[str, ...] = ()) -> object:
        assert self._connection
        try:
            with _limited(self._connection):
                cursor = await self._connection.execute(statement, parameters)
                row = await cursor.fetchone()
        except psycopg.Error as error:
            raise OperationalError(statement, None, error) from error
        return row and row[0]


def _name_of(file: Path) -> str:
    """Return what says which file on which machine is locked, the same after each restart."""
    machine = Path("/etc/machine-id")
    known = machine.read_text() if machine.exists() else ""
    own = f"{known}\0{platform.node()}\0{file.resolve()}\0{file.stat().st_ino}"
    return f"interlock service {hashlib.sha256(own.encode()).hexdigest()[:16]}"


def read_size(connection: Connection, names: Collection[str]) -> int:
    """Return about how many bytes some tables hold, without what is free in their files.

    The server says only how large the files are, which do not shrink when rows are deleted. It is made to
    count a sample of each table instead, which takes a moment, however large they are.
    """
    connection.exec_driver_sql(f"ANALYZE {', '.join(sorted(names))}")
    rows = connection.execute(text(_HELD), {"names": list(names)}).all()
    return sum(int(min(row.held * _SLACK, row.total)) for row in rows)


def read_disk_size(connection: Connection, names: Collection[str]) -> int:
    """Return the bytes that some tables take on the server's disk, with what is free in them."""
    return int(connection.execute(text(_ON_DISK), {"names": list(names)}).scalar_one())


_ON_DISK = """
SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname = ANY(:names)
"""
_HELD = f"""
SELECT pg_total_relation_size(class.oid) AS total,
    greatest(class.reltuples, 0) * ({_ROW_BYTES}
        + (SELECT coalesce(sum(avg_width), 0) FROM pg_stats
            WHERE schemaname = current_schema() AND tablename = class.relname)
        + (SELECT coalesce(sum({_ENTRY_BYTES} + (
            SELECT coalesce(sum(avg_width), 0) FROM pg_stats JOIN pg_attribute USING (attname)
            WHERE schemaname = current_schema() AND tablename = class.relname AND attrelid = indexrelid
        )), 0) FROM pg_index WHERE indrelid = class.oid)) AS held
FROM pg_class AS class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname = ANY(:names)
"""


def tell(error: BaseException, cause: BaseException) -> str:
    """Return in a few words what an error of the server, or of the way there, means for the journal."""
    code = getattr(cause, "sqlstate", None) or ""
    fitting = [start for start in _SENTENCES if code.startswith(start)]
    if fitting:
        return _SENTENCES[max(fitting, key=len)]
    first = str(cause).strip().partition("\n")[0]
    if code:
        return redact(f"{type(cause).__name__}: {first}")
    if isinstance(error, DBAPIError) and error.statement is not None:
        return _SENTENCES["08"]
    return _cannot_connect(redact(first))


def _cannot_connect(message: str) -> str:
    """Return what a message means that libpq gives, which has no code."""
    reason = re.sub(r"^[A-Z]+:\s+", "", message.rpartition("failed: ")[2])
    for word, code in (("authentication", "28"), ("no password", "28"), ("pg_hba", "28")):
        if word in reason:
            return _SENTENCES[code]
    if reason.startswith("database "):
        return _SENTENCES["3D"]
    if "timeout" in reason:
        return "the server does not answer"
    return f"it cannot be connected to: {reason.lower()}"
