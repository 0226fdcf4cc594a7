"""A journal in an SQLite file: opening it, how large it is, and what went wrong with it."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool

from interlock.history.store import FAILURES, no_answer
from interlock.history.threads import DaemonThreads

P = ParamSpec("P")
T = TypeVar("T")

_BUSY_S = 3.0
"""How long to wait for another program, such as a backup, to let go of the file."""

_CONNECT = {"isolation_level": None, "timeout": _BUSY_S}
"""Without an isolation level Python begins no transactions of its own, which would leave out the tables."""

_SENTENCES = {
    sqlite3.SQLITE_BUSY: "another program holds it locked",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: its folder must exist and be writable",
    sqlite3.SQLITE_CORRUPT: "it is damaged: move it away to begin a new one",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database, or damaged: move it away to begin a new one",
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_READONLY: "it may not be written",
}
_FILE_SENTENCES = {
    errno.EACCES: "its folder may not be written",
    errno.ENOENT: "its folder does not exist",
    errno.ENOSPC: "the disk is full",
    errno.ENOTDIR: "its folder is a file",
    errno.EROFS: "the disk may only be read",
}
_NO_CONTROL_LOST = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
}
"""What a disk does to a file: a service begins without it, rather than not at all."""
_PRIMARY = 0xFF
"""SQLite's extended codes hold the plain code in their low byte."""
_AT_ONCE = 10
"""How many questions are answered at the same time."""
_AGAIN_S = 0.1
"""How often what takes too long is broken off until it has ended."""
_GIVE_UP_S = 5.0
"""How long that is tried, longer than a file may be locked: then it is left to its thread."""


class FileStore:
    """A journal's file. Whatever is done in it is done in one go by another thread.

    Each call of the driver in a thread of its own would cost more than most of them take.

    Args:
        engine: Opens the file.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = _new_threads()

    async def transact(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a function does in a transaction; where it raises, nothing is done."""

        def act(connection: Connection) -> T:
            with connection.begin():
                return work(connection, *args, **kwargs)

        return await self._do(act)

    async def ask(
        self, limit_s: float, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a function reads; it is broken off where that takes longer.

        Raises:
            JournalError: it did take longer.
        """
        return await self._do(lambda connection: read(connection, *args, **kwargs), limit_s)

    async def give_back(self, pages: int) -> None:
        """Shorten the file by so many free pages at most; one made without the means stays as it is."""

        def shorten(connection: Connection) -> None:
            # As a plain statement it would give back one page: it must be stepped until it ends.
            _driver_of(connection).executescript(f"PRAGMA incremental_vacuum({pages})")

        await self._do(shorten)

    async def close(self) -> None:
        """Let go of the file, until it is used again."""
        self._threads.shutdown()
        self._threads = _new_threads()
        await _in_thread(self._engine.dispose)

    async def _do(self, work: Callable[[Connection], T], limit_s: float | None = None) -> T:
        under_way: list[sqlite3.Connection] = []

        def act() -> T:
            with self._engine.connect() as connection:
                under_way.append(_driver_of(connection))
                try:
                    return work(connection)
                finally:
                    under_way.clear()

        done = asyncio.get_running_loop().run_in_executor(self._threads, act)
        try:
            await asyncio.wait({done}, timeout=limit_s)
        finally:
            is_late = not done.done()
            if is_late:
                await _break_off(done, under_way)
            error = None if done.cancelled() else done.exception()
        if is_late and limit_s is not None and (done.cancelled() or isinstance(error, FAILURES)):
            raise no_answer(limit_s) from error
        return done.result()


async def _break_off(done: asyncio.Future[T], under_way: Collection[sqlite3.Connection]) -> None:
    """End what is under way, with an error that nobody needs; leave it where the disk does not answer."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + _GIVE_UP_S
    while not done.done() and loop.time() < give_up_at:
        # What has not begun yet in its thread is not broken off by this.
        for driver in under_way:
            with suppress(sqlite3.ProgrammingError):
                driver.interrupt()
        await asyncio.wait({done}, timeout=_AGAIN_S)
    done.cancel()


async def _in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what work comes to that a disk may hold up."""
    threads = _new_threads()
    done = asyncio.get_running_loop().run_in_executor(threads, partial(work, *args, **kwargs))
    threads.shutdown()
    return await done


def _new_threads() -> DaemonThreads:
    return DaemonThreads(_AT_ONCE, "journal")


def _driver_of(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


async def writing_store(path: Path) -> FileStore:
    """Return a store whose transactions take the write lock first and are on the disk when they end.

    A file that is not there yet is made for its owner alone: it tells who is at home, and when.

    Raises:
        OSError: its disk may only be read.
        sqlite3.Error: the file cannot be made or opened, or is no database.
    """
    options = {"mode": "rwc"}
    await _in_thread(_try_to_write, path, options)
    engine = _engine(path, options)

    @event.listens_for(engine, "do_connect")
    def make(*_: object) -> None:
        # Somebody may have taken the file away since.
        _make(path)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        try:
            _set_up(connection)
        except sqlite3.Error:
            # The pool forgets a connection that fails here.
            connection.close()
            raise

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return FileStore(engine)


async def reading_store(path: Path) -> FileStore:
    """Return a store that cannot change the file, and never waits for the service that writes it.

    Raises:
        sqlite3.Error: the file cannot be opened, or is no database.
    """
    # Trying it out may take as long as another program keeps it locked.
    return FileStore(_engine(path, await _in_thread(_reading_options, path)))


def streaming_engine(path: Path) -> Engine:
    """Return an engine that cannot change the file, whose rows come one by one and not through a thread.

    Raises:
        sqlite3.Error: the file cannot be opened, or is no database.
    """
    options = _reading_options(path)
    _probe(_uri(path, options))
    return create_engine(_url(path, options), poolclass=NullPool, connect_args=_CONNECT)


def _try_to_write(path: Path, options: Mapping[str, str]) -> None:
    _refuse_to_read(path)
    _make(path)
    _probe(_uri(path, options))


def _refuse_to_read(path: Path) -> None:
    # SQLite says the same of a file that somebody else's is, which no time mends.
    with suppress(FileNotFoundError, NotADirectoryError):
        if os.statvfs(path.absolute().parent).f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def _make(path: Path) -> None:
    # What speaks against it SQLite says as well, in its own terms. It makes the files beside one as that is.
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _set_up(connection: DBAPIConnection) -> None:
    # With the usual NORMAL a power cut takes back the last commits, and a sent command was never written.
    # Only while a file is new it can be told to give pages back; before anything else is written into it.
    with closing(connection.cursor()) as cursor:
        for pragma in (
            "auto_vacuum = INCREMENTAL",
            "journal_mode = WAL",
            "synchronous = FULL",
            f"journal_size_limit = {16 * 2**20}",
        ):
            cursor.execute(f"PRAGMA {pragma}")


def _lacks_side_files(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & _PRIMARY in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


def _reading_options(path: Path) -> Mapping[str, str]:
    options = {"mode": "ro"}
    try:
        _probe(_uri(path, options))
    except sqlite3.OperationalError as error:
        if not _lacks_side_files(error) or path.with_name(path.name + "-wal").exists():
            raise
        # A reader makes files beside it, which a folder that is only to be read does not let it. Where there
        # is no log the file is whole, and nobody writes to it: SQLite may take it as it stands.
        options["immutable"] = "1"
        _probe(_uri(path, options))
    return options


def _engine(path: Path, options: Mapping[str, str]) -> Engine:
    # One connection is kept open, and used by one thread at a time, whichever that is.
    return create_engine(_url(path, options), poolclass=QueuePool, pool_size=1, connect_args=_CONNECT)


def _uri(path: Path, options: Mapping[str, str]) -> str:
    return f"{path.absolute().as_uri()}?{urlencode(options)}"


def _url(path: Path, options: Mapping[str, str]) -> URL:
    return URL.create("sqlite", database=path.absolute().as_uri(), query={**options, "uri": "true"})


def _probe(uri: str) -> None:
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S)
    try:
        connection.execute("PRAGMA schema_version")
    finally:
        connection.close()


def read_size(connection: Connection) -> tuple[int, int, int]:
    """Return the pages of the connection's file, those of them that hold nothing, and the bytes of one."""
    pages, free_pages, page_bytes = (
        connection.exec_driver_sql(f"PRAGMA {what}").scalar_one()
        for what in ("page_count", "freelist_count", "page_size")
    )
    return int(pages), int(free_pages), int(page_bytes)


def is_away(error: sqlite3.Error) -> bool:
    """Whether a disk is to blame for an error, and not somebody who named a folder that does not exist."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & _PRIMARY in _NO_CONTROL_LOST


def tell(error: BaseException) -> str | None:
    """Return in a few words what an error means for the journal; None where that is not known."""
    if isinstance(error, OSError):
        return _FILE_SENTENCES.get(error.errno or 0)
    code = getattr(error, "sqlite_errorcode", None)
    return _SENTENCES.get(code & _PRIMARY) if isinstance(code, int) else None
