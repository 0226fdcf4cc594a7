"""The journal in a database: a task writes what was recorded, many entries in one transaction."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, select

from interlock.clock import Clock
from interlock.config.journal_place import Database, JournalPlace
from interlock.config.journal_section import JournalSettings
from interlock.durations import format_duration
from interlock.errors import JournalError
from interlock.expressions.view import Sample
from interlock.history.batch import MEMORY, Batch
from interlock.history.buffer import Buffer, Group
from interlock.history.database import describe, is_away
from interlock.history.journal import JournalHealth, NewsFilter
from interlock.history.kept import read_past
from interlock.history.lock import TAKEN
from interlock.history.odd_rows import find_odd_row, mend_odd_rows
from interlock.history.records import Entry, Past
from interlock.history.restart import read_commands, read_known, read_samples
from interlock.history.run import Run
from interlock.history.standing import Standing
from interlock.history.store import FAILURES
from interlock.history.tables import memory
from interlock.history.upkeep import KEEP_ALL, Upkeep
from interlock.model import Command, Point, Reading
from interlock.plurals import counted
from interlock.rules.memory import TriggerMemory

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger("interlock.journal")

_CAPACITY = 10_000
"""Entries kept while they cannot be written: some minutes of a busy site, some megabytes."""
_PATIENCE_S = 5.0
"""How long a command waits for the disk. A worn memory card can take this long, and control must go on."""
_RETRY_S = 5.0
"""Time between attempts while the journal cannot be written."""
_LULL_S = 0.01
"""How long what nobody waits for is left unwritten: what is decided on it comes meanwhile, and a command then
waits for one transaction, not for that of the reading and its own after it."""
_QUIET_S = 0.1
"""So long nothing is to be written before the file is tidied up a little."""
_LONGEST_S = 5.0
"""Where it is never quiet, it is tidied up a little so often."""
_LATE_S = 20.0
"""How long a service waits at its start for a server that may be starting as well, as after a power cut."""
_LAST_S = 60.0
"""How long what is left may take to be written at the end: a slow disk takes some seconds for all of it."""
_SIGN_OF_LIFE = timedelta(minutes=1)
"""How often the run's `seen_at` is written when nothing else is."""


class _NotUnderstood(JournalError):
    """A row cannot be understood, nor mended."""


class SqlJournal:
    """A journal in a database, for one service at a time; `JournalReader` may ask it meanwhile.

    Whoever commands by hand beside the service opens it with `is_service` false: that takes no lock, and
    is no sign that the service was alive.

    Args:
        place: Where it is.
        clock: Tells how old things are.
        is_service: Whether a service writes here.
        settings: How long and how large it is kept, and how often what stays the same is stored.
    """

    def __init__(
        self,
        place: JournalPlace,
        clock: Clock,
        *,
        is_service: bool = True,
        settings: JournalSettings = KEEP_ALL,
    ) -> None:
        self._place = place
        self._clock = clock
        self._run = Run(place, clock, is_service=is_service)
        self._run_number = 0
        self._is_late = False
        """Whether the service began without what the journal holds, which could not be reached yet."""
        self._has_come = asyncio.Event()
        """Set once what the journal holds can be read."""
        self._filter = NewsFilter()
        self._standing = Standing()
        self._is_anew = False
        """Whether what stands has to be written again, into tables that know nothing of it."""
        self._upkeep = Upkeep(place, clock, settings)
        self._tidied_at = 0.0
        """When it was last tidied up, by the loop's time."""
        self._buffer = Buffer(_CAPACITY, self._lose)
        self._told_lost = 0
        """Entries of which it was said that they are lost."""
        self._lost: dict[Point, Reading] = {}
        """The last readings of points that are not stored."""
        self._waiters: list[asyncio.Future[bool]] = []
        self._written_at = clock.now()
        self._failing_since: datetime | None = None
        self._fault = ""
        """What was said to be wrong last."""
        self._lost_between: tuple[datetime, datetime] | None = None
        self._has_waited = False
        self._work = asyncio.Event()
        self._hurry = asyncio.Event()
        """Set where somebody waits for what is to be written."""
        self._closing = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    @property
    def run_number(self) -> int:
        """Counts the runs on this journal, from 1; 0 before `open`.

        Where a service began without its journal it is the second at which it did, which no other run has.
        """
        return self._run_number

    @property
    def last_seen(self) -> datetime | None:
        """When the service was last alive before this run, UTC, to about a minute; None if it never was."""
        return None if self._is_late else self._run.last_seen

    @property
    def is_late(self) -> bool:
        """Whether this run began without what the journal holds, which cannot be reached yet."""
        return self._is_late

    @property
    def health(self) -> JournalHealth:
        """How it is doing."""
        return JournalHealth(
            is_written=not self._is_failing,
            waiting=len(self._buffer),
            lost=self._told_lost + self._buffer.dropped,
            written_at=self._written_at if self._run.number else None,
            fault=self._fault if self._is_failing else "",
            failing_since=self._failing_since,
            lost_between=self._lost_between,
        )

    @property
    def _is_failing(self) -> bool:
        return self._failing_since is not None

    async def open(self) -> None:
        """Take the journal, bring its tables up to date, begin a run and the task that writes.

        A service whose server is away waits a little for it, and begins without it then.

        Raises:
            JournalError: it cannot be used; the message says why.
        """
        try:
            await self._run.take()
            await self._begin()
        except (JournalError, *FAILURES) as error:
            await self._run.release()
            raise self._error(error) from error
        except asyncio.CancelledError:
            await self._run.release()
            raise
        self._writer = asyncio.create_task(self._write_until_closed(), name="journal")
        self._writer.add_done_callback(self._notice_end)

    async def past(self) -> None:
        """Wait until what the journal holds can be read, which is at once where it is not late."""
        await self._has_come.wait()

    def record(self, *entries: Entry) -> None:
        """Take entries, in order, without waiting; when too many wait to be written, the oldest are lost."""
        news = self._filter.news(entries)
        self._standing.take(news)
        if news:
            self._buffer.put(news)
        if news or self._clock.now() - self._written_at >= _SIGN_OF_LIFE:
            self._work.set()

    def repeat(self, readings: Iterable[Reading], age: timedelta) -> None:
        """Take readings of what is as it was: each is stored that was last stored so long before."""
        if again := self._filter.overdue(readings, age):
            self._buffer.put(again)
            self._work.set()

    async def commit(self) -> bool:
        """Wait until all that was recorded is safe from a power cut; False where it cannot be stored now."""
        if self._is_failing or self._writer is None:
            return False
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._work.set()
        self._hurry.set()
        try:
            return await asyncio.wait_for(waiter, _PATIENCE_S)
        except TimeoutError:
            self._fail(self._no_answer)
            return False

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        """Return what triggers remembered at the end of the previous run.

        Raises:
            JournalError: it cannot be read.
        """
        if self._is_late:
            return {}
        found = await self._ask(_read_memory)
        self._standing.take_memory(found)
        return found

    async def load_known(self, points: Collection[Point]) -> Sequence[Reading]:
        """Return the last usable reading of each of these points, observed when it was last known to be so.

        Raises:
            JournalError: it cannot be read.
        """
        return () if self._is_late else await self._ask(read_known, points)

    async def load_commands(self, points: Collection[Point]) -> Sequence[Command]:
        """Return the last command of each of these points that was carried out, or may have been.

        Raises:
            JournalError: it cannot be read.
        """
        return () if self._is_late else await self._ask(read_commands, points)

    async def load_samples(self, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
        """Return what points were, each from an instant on; unknown while no service ran.

        Raises:
            JournalError: it cannot be read.
        """
        if since:
            self._upkeep.need(min(since.values()))
        if not self._run.number and self._is_late:
            return dict.fromkeys(since, ())
        return await self._ask(read_samples, since)

    async def load_past(self, since: datetime) -> Past:
        """Return what else the service needs of earlier runs.

        Raises:
            JournalError: it cannot be read.
        """
        self._upkeep.need(since)
        if self._is_late:
            return Past()
        found = await self._ask(read_past, since)
        self._standing.take_past(found)
        return found

    async def close(self) -> None:
        """Store what is left, end the run, and let go of the file. What cannot be stored now is lost.

        A disk that does not answer is waited for for a minute, or until this is cancelled.
        """
        self._closing.set()
        self._work.set()
        self._hurry.set()
        waits = asyncio.get_running_loop().call_later(_PATIENCE_S, self._tell_last_wait)
        try:
            async with asyncio.timeout(_LAST_S):
                await self._end()
        except TimeoutError:
            self._tell_left()
        except asyncio.CancelledError:
            self._tell_left()
            raise
        finally:
            waits.cancel()

    async def _end(self) -> None:
        if self._writer is not None:
            await asyncio.gather(self._writer, return_exceptions=True)
            self._writer = None
            if len(self._buffer):
                lost = counted(len(self._buffer), "entry is", "entries are")
                log.error("journal %s: the last %s lost", self._place, lost)
        await self._run.release()

    def _tell_last_wait(self) -> None:
        text = "journal %s: %s; it is waited for, %g s at most"
        log.warning(text, self._place, self._no_answer, _LAST_S - _PATIENCE_S)

    def _tell_left(self) -> None:
        """Say what is not written where the journal is left before it was closed."""
        what = "nothing was lost"
        if len(self._buffer):
            age_s = round((self._clock.now() - self._written_at).total_seconds())
            last = counted(len(self._buffer), "entry", "entries")
            what = f"the last {last}, of the last {format_duration(timedelta(seconds=age_s))}, may be lost"
        text = "journal %s: %s, and is waited for no longer; %s"
        log.error(text, self._place, self._no_answer, what)

    @property
    def _no_answer(self) -> str:
        return f"the {'server' if isinstance(self._place, Database) else 'disk'} does not answer"

    async def _ask(
        self, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a function reads over a connection."""
        try:
            return await self._understood(lambda: self._run.store.transact(read, *args, **kwargs))
        except (_NotUnderstood, *FAILURES) as error:
            raise self._error(error) from error

    async def _understood(self, read: Callable[[], Awaitable[T]]) -> T:
        """Return what is read, once rows that cannot be understood are mended."""
        try:
            return await read()
        except ValueError as error:
            if not await self._mend():
                raise await self._not_understood(error) from error
        try:
            return await read()
        except ValueError as error:
            raise await self._not_understood(error) from error

    async def _mend(self) -> bool:
        """Mend rows that cannot be understood; return whether there were any.

        A service does, since its devices cannot wait for a person; whoever commands by hand is one.
        """
        if not self._run.can_be_late:
            return False
        mended: Sequence[str] = ()
        with suppress(*FAILURES):
            mended = await self._run.store.transact(mend_odd_rows, self._clock.now())
        for each in mended:
            log.error("journal %s: %s", self._place, each)
        return bool(mended)

    async def _not_understood(self, error: ValueError) -> _NotUnderstood:
        why = str(error).partition("\n")[0]
        with suppress(*FAILURES):
            if row := await self._run.store.transact(find_odd_row):
                why = f"{why} ({row})"
        return _NotUnderstood(
            f"it holds what cannot be understood: {why}; "
            "put a copy back, mend or delete that row, or move the journal away to begin a new one"
        )

    async def _begin(self) -> None:
        """Begin a run; where a service cannot for so long, let it begin when the server is back."""
        loop = asyncio.get_running_loop()
        last_try = loop.time() + _LATE_S
        while fault := await self._try_to_begin():
            if loop.time() >= last_try:
                self._is_late = True
                self._run_number = int(self._clock.now().timestamp())
                self._fail(f"{fault}; this run begins without what it holds")
                self._work.set()
                return
            self._tell_wait(fault)
            await asyncio.sleep(min(_RETRY_S, _LATE_S / 10))
        self._run_number = self._run.number
        self._upkeep.begin(self._run.last_seen)
        self._has_come.set()

    async def _try_to_begin(self) -> str:
        """Return why a service cannot begin a run now, empty where it has begun."""
        try:
            await self._understood(self._run.begin)
        except FAILURES as error:
            if not (self._run.can_be_late and is_away(error)):
                raise
            return describe(error)
        return ""

    def _tell_wait(self, fault: str) -> None:
        if not self._has_waited:
            text = "journal %s: %s; rules wait for it, %g s at most"
            log.warning(text, self._place, fault, _LATE_S)
        self._has_waited = True

    def _lose(self, group: Group) -> None:
        self._lost.update((entry.point, entry) for entry in group if isinstance(entry, Reading))

    def _make_good(self) -> None:
        """Store the readings that were lost, as far as they are still the last: they come no second time."""
        lost, self._lost = self._lost, {}
        again = tuple(filter(self._filter.holds, lost.values()))
        if again:
            self._buffer.put(again)
            self._work.set()

    async def _write_until_closed(self) -> None:
        while not self._closing.is_set():
            if await self._is_quiet():
                await self._upkeep.step(self._run.store, self._run.number)
                self._tidied_at = asyncio.get_running_loop().time()
                continue
            await self._lull()
            self._work.clear()
            await self._write()
            if self._is_failing:
                await self._pause()
        await self._upkeep.close()
        await self._write()

    async def _is_quiet(self) -> bool:
        """Wait for work; return whether the file may be tidied up instead, and has to be."""
        if self._is_failing or self._closing.is_set() or not self._upkeep.is_due():
            await self._work.wait()
            return False
        if asyncio.get_running_loop().time() - self._tidied_at > _LONGEST_S:
            return True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._work.wait(), _QUIET_S)
        return not self._work.is_set()

    async def _lull(self) -> None:
        """Let more come to what is to be written, as long as nobody waits for it."""
        if not self._waiters:
            end = asyncio.get_running_loop().call_later(_LULL_S, self._hurry.set)
            await self._hurry.wait()
            end.cancel()
        self._hurry.clear()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), _RETRY_S)
        self._work.set()

    async def _write(self) -> None:
        waiting = len(self._waiters)
        groups, written_at = self._buffer.take(), self._written_at
        try:
            fault = await self._store(groups)
        except asyncio.CancelledError:
            self._buffer.put_back(groups)
            raise
        if fault:
            self._buffer.put_back(groups)
            self._fail(fault)
        else:
            self._recover(written_at)
        self._settle(waiting, not fault)

    async def _store(self, groups: Sequence[Group]) -> str:
        """Write the groups in one transaction; return what went wrong, empty for nothing."""
        now = self._clock.now()
        if not groups and self._needs_no_write(now):
            return ""
        began_at = self._clock.monotonic()
        try:
            await self._go_on()
            batch = Batch(self._run.number, [*self._again(groups), *itertools.chain.from_iterable(groups)])
            await self._run.store.transact(batch.write, now)
        except JournalError as error:
            return str(error)
        except FAILURES as error:
            return describe(error)
        self._written_at, self._is_anew = now, False
        if log.isEnabledFor(logging.DEBUG):
            took = round((self._clock.monotonic() - began_at) / timedelta(milliseconds=1))
            log.debug("journal %s: %d entries written in %d ms", self._place, sum(map(len, groups)), took)
        return ""

    def _again(self, groups: Sequence[Group]) -> Sequence[Entry]:
        """Return what stands, where it has to be written again, but for what is written anyway."""
        if not self._is_anew:
            return ()
        written = {id(entry) for entry in itertools.chain.from_iterable(groups)}
        standing = (*self._standing.entries, *self._filter.last)
        return [entry for entry in standing if id(entry) not in written]

    async def _go_on(self) -> None:
        """Make sure that this run may write; after a failure also that everything is as it was left."""
        if not self._is_failing:
            await self._run.hold()
            return
        self._run.suspect()
        is_new = not self._run.number
        self._is_anew = await self._understood(self._run.begin) or self._is_anew
        if is_new:
            self._upkeep.begin(self._run.last_seen)
            self._is_late = False
            self._has_come.set()

    def _needs_no_write(self, now: datetime) -> bool:
        is_fresh = now - self._written_at < _SIGN_OF_LIFE
        return is_fresh and not self._is_failing and not self._closing.is_set()

    def _notice_end(self, writer: asyncio.Task[None]) -> None:
        error = None if writer.cancelled() else writer.exception()
        if error:
            self._fail(f"a defect stopped its writer: {type(error).__name__}: {error}")

    def _fail(self, fault: str) -> None:
        is_news = fault == TAKEN and self._fault != TAKEN
        if not self._is_failing or is_news:
            self._fault = fault
            log.error("journal %s cannot be written: %s; control goes on", self._place, fault)
        self._failing_since = self._failing_since or self._clock.now()
        self._settle(len(self._waiters), False)

    def _recover(self, written_before: datetime) -> None:
        if self._is_failing:
            lost, self._buffer.dropped = self._buffer.dropped, 0
            self._told_lost += lost
            if lost:
                self._lost_between = (written_before, self._written_at)
            # As loud as what it ends: who hears of failures alone must hear that this one is over.
            what = counted(lost, "entry was lost", "entries were lost") if lost else "nothing was lost"
            log.warning("journal %s is written again; %s", self._place, what)
        self._failing_since = None
        self._make_good()

    def _settle(self, count: int, is_stored: bool) -> None:
        for waiter in self._waiters[:count]:
            if not waiter.done():
                waiter.set_result(is_stored)
        del self._waiters[:count]

    def _error(self, error: BaseException) -> JournalError:
        reason = str(error) if isinstance(error, JournalError) else describe(error)
        return JournalError(f"journal {self._place} cannot be used: {reason}")


def _read_memory(connection: Connection) -> Mapping[str, TriggerMemory]:
    rows = connection.execute(select(memory)).all()
    return {row.key: known for row in rows if (known := _memory(row.key, row.content))}


def _memory(key: str, content: str) -> TriggerMemory | None:
    try:
        return MEMORY.validate_json(content)
    except ValidationError:
        log.warning("what trigger %s remembered was written by another version: it begins anew", key)
        return None
