"""A run in a journal's database: the locks that keep others out, and its row."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Connection, Select, delete, exists, insert, select, update

from interlock.clock import Clock
from interlock.config.journal_place import Database, JournalPlace, beside
from interlock.errors import JournalError
from interlock.history.database import writing_store
from interlock.history.kept import UNFINISHED
from interlock.history.lock import Lock
from interlock.history.restart import close_unfinished
from interlock.history.schema import prepare
from interlock.history.store import Store
from interlock.history.tables import claims, kept, runs

if TYPE_CHECKING:
    from interlock.history.postgresql import ServiceLock

_Identity: TypeAlias = tuple[int, int]
"""A file's device and its number there."""
_NO_FILE: tuple[_Identity, ...] = ()
_NOT_THERE: _Identity = (0, 0)
_AWAY = "its file was moved, deleted or replaced while it was open"
NOT_OF_THIS_RUN = "the service had begun on another journal"
"""Why claims ended in a journal that was put in the place of the one that a service had begun on."""


class Run:
    """One run on a journal.

    Args:
        place: Where the journal is.
        clock: Tells when it begins.
        is_service: Whether it is a service's, of which there may be only one at a time.
    """

    def __init__(self, place: JournalPlace, clock: Clock, *, is_service: bool) -> None:
        self._place = place
        self._clock = clock
        self._is_service = is_service
        self._file_lock = Lock(beside(place))
        self._server_lock: ServiceLock | None = None
        self._store: Store | None = None
        self._file = _NO_FILE
        """Which file it began in, where it is one."""
        self._opened_at = clock.now()
        self.number = 0
        """Counts the runs on this journal, from 1; 0 where it could not begin yet."""
        self.last_seen: datetime | None = None
        """When the service was last alive before, as the journal has it."""

    @property
    def store(self) -> Store:
        """The database, once it is taken.

        Raises:
            JournalError: it is not.
        """
        if self._store is None:
            raise JournalError(f"journal {self._place} is not open")
        return self._store

    @property
    def can_be_late(self) -> bool:
        """Whether it may begin later, when it can: a service's, whose devices cannot wait for that."""
        return self._is_service

    async def take(self) -> None:
        """Take the lock on this machine.

        Raises:
            JournalError: another service has it, or the extra for the database is not installed.
            OSError: there can be no file.
        """
        if self._is_service:
            self._file_lock.acquire()
            if isinstance(self._place, Database):
                from interlock.history.postgresql import ServiceLock

                self._server_lock = ServiceLock(self._place, self._file_lock.path)
        if isinstance(self._place, Database):
            self._store = await writing_store(self._place)

    async def begin(self) -> bool:
        """Bring the tables up to date and begin; do nothing where that is done and nothing is lost.

        Returns:
            Whether it had begun before and had to begin anew, in tables that know nothing of it.

        Raises:
            JournalError: it cannot be used, or its file was taken away meanwhile; the message says why.
            SQLAlchemyError: it cannot be reached, or not written.
        """
        if self._store is None:
            # Of a file it is known only by opening it whether it can be used, and its disk may be full now.
            self._store = await writing_store(self._place)
        if self._file != self._find_file():
            # What is open may be a file that nobody finds any more, or one in which nothing could begin.
            await self.store.close()
            self._file = _NO_FILE
        await self.hold()
        begun, number, last_seen, is_new = await self.store.transact(self._begin)
        if begun != self._find_file() or _NOT_THERE in begun:
            raise JournalError(_AWAY)
        is_anew = bool(self.number) and is_new
        self.number, self.last_seen, self._file = number, last_seen, begun
        return is_anew

    async def hold(self) -> None:
        """Make sure that what is written is found: by the server, where there is one, or in the file.

        Raises:
            JournalError: another service has taken its place, or the file was taken away.
            SQLAlchemyError: the server cannot be reached.
        """
        if self._file not in (_NO_FILE, self._find_file()):
            raise JournalError(_AWAY)
        if self._server_lock is not None:
            await self._server_lock.hold()

    def _find_file(self) -> tuple[_Identity, ...]:
        """Return which file and which log are there now; nothing where it is no file.

        Raises:
            OSError: they cannot be looked at.
        """
        if isinstance(self._place, Database):
            return _NO_FILE
        log = self._place.with_name(self._place.name + "-wal")
        return _identity(self._place), _identity(log)

    def suspect(self) -> None:
        """Take nothing of the server for granted the next time."""
        if self._server_lock is not None:
            self._server_lock.suspect()

    async def release(self) -> None:
        """Let go of everything."""
        if self._server_lock is not None:
            await self._server_lock.release()
        if self._store is not None:
            await self._store.close()
            self._store = None
        self._file_lock.release()

    def _begin(self, connection: Connection) -> tuple[tuple[_Identity, ...], int, datetime | None, bool]:
        # Now that it is open: what is there afterwards may be another file, or none.
        begun = self._find_file()
        prepare(connection)
        if self.number and connection.execute(self._own_row()).scalar():
            # What can be written is seen by this little, and not by all that waits, again and again.
            is_own = runs.c.number == self.number
            connection.execute(update(runs).where(is_own).values(seen_at=self._clock.now()))
            return begun, self.number, self.last_seen, False
        # A service that was killed before it looked at what it missed has made up for nothing.
        has_begun = runs.c.is_service & runs.c.started_at.is_not(None)
        seen = select(runs.c.seen_at).where(has_begun).order_by(runs.c.number.desc())
        last_seen = connection.execute(seen.limit(1)).scalar()
        row = {"opened_at": self._opened_at, "seen_at": self._clock.now(), "is_service": self._is_service}
        number = connection.execute(insert(runs).values(row).returning(runs.c.number)).scalar_one()
        if self._is_service:
            if self.number:
                _give_up(connection, self._clock.now())
            close_unfinished(connection, number)
        return begun, number, last_seen, True

    def _own_row(self) -> Select[tuple[bool]]:
        return select(exists().where(runs.c.number == self.number, runs.c.opened_at == self._opened_at))


def _identity(path: Path) -> _Identity:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return _NOT_THERE
    return found.st_dev, found.st_ino


def _give_up(connection: Connection, now: datetime) -> None:
    """End what a service does not go on with, since it did not know of it."""
    stands = claims.c.ended_at.is_(None)
    connection.execute(update(claims).where(stands).values(ended_at=now, why=NOT_OF_THIS_RUN))
    connection.execute(delete(kept).where(kept.c.kind == UNFINISHED))
