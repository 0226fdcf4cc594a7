"""When a journal is tidied up, and how far: by age and by size, in pieces between which others may write."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from interlock.clock import Clock
from interlock.config.journal_place import JournalPlace
from interlock.config.journal_section import JournalSettings, format_size
from interlock.durations import format_duration
from interlock.history.database import FileSize, describe, read_size
from interlock.history.retention import CleanUp, Cut
from interlock.history.store import FAILURES, Store
from interlock.history.tables import runs

log = logging.getLogger("interlock.journal")

KEEP_ALL = JournalSettings(keep=None, max_size=None, heartbeat=None)
"""Of a journal that nobody tidies up."""
_EVERY = timedelta(hours=1)
_AFTER_START = timedelta(minutes=10)
"""A service that starts has more to do."""
_JUMP = timedelta(days=1)
"""A clock that is so much later, or earlier, than it was at the last look may be wrong: it must go on for as
long before anything is deleted by it."""
_TELL_EVERY = timedelta(days=1)
_ENOUGH = 0.95
"""How full a journal is that was too large: a little more would bring the next clean-up at once."""
_SHARE = 10
"""The part of what is there that goes at once while it is too large."""
_FINEST = timedelta(hours=1)
_SPARE_PAGES = 1024
"""Free pages that a file keeps at least, and a tenth of it: it is going to grow again."""
_PAGES_AT_ONCE = 256


class Upkeep:
    """Keeps a journal within its limits.

    Args:
        place: Where the journal is, as messages name it.
        clock: What is old by.
        settings: The limits.
    """

    def __init__(self, place: JournalPlace, clock: Clock, settings: JournalSettings) -> None:
        self._place = place
        self._clock = clock
        self._settings = settings
        self._needed_for = timedelta()
        self._work: AsyncGenerator[None, None] | None = None
        self._next_at = self._looked_at = self._trusted_at = clock.now()
        self._cut_at: datetime | None = None
        """Until when what was there went, because there was too much of it."""
        self._deleted = 0
        self._told_at: dict[str, datetime] = {}

    @property
    def has_limits(self) -> bool:
        """Whether there is ever anything to do."""
        return self._settings.keep is not None or self._settings.max_size is not None

    def begin(self, last_seen: datetime | None) -> None:
        """Learn that a run begins, and when the one before ended."""
        now = self._clock.now()
        self._note(now, last_seen or now)
        self._next_at = now + _AFTER_START

    def need(self, since: datetime) -> None:
        """Learn that the past is asked for from an instant on: it will be again, at the next start."""
        self._needed_for = max(self._needed_for, self._clock.now() - since)

    def is_due(self) -> bool:
        """Whether there is something to do now."""
        if self._work is not None:
            return True
        now = self._clock.now()
        return self.has_limits and not self._next_at - _EVERY <= now < self._next_at

    async def step(self, store: Store, run: int) -> None:
        """Do a little of it, in a transaction of its own. Where that fails, it is tried again later."""
        if self._work is None:
            self._work = self._tidy(store, run)
        try:
            await anext(self._work)
        except StopAsyncIteration:
            self._work = None
        except FAILURES as error:
            self._work = None
            self._say(logging.WARNING, "journal %s cannot be tidied up: %s", self._place, describe(error))

    async def close(self) -> None:
        """Leave what is half done to the next run."""
        if self._work is not None:
            await self._work.aclose()
            self._work = None

    def _note(self, now: datetime, before: datetime) -> None:
        if not timedelta() <= now - before <= _JUMP:
            self._trusted_at = now + _JUMP
        self._looked_at = now

    async def _tidy(self, store: Store, run: int) -> AsyncGenerator[None, None]:
        now = self._clock.now()
        self._next_at = now + _EVERY
        self._note(now, self._looked_at)
        if now < self._trusted_at:
            return
        last = now - self._needed_for
        if self._settings.keep is not None:
            cut = Cut(before=min(now - self._settings.keep, last), now=now, run=run)
            async with aclosing(self._clean_up(store, cut)) as pieces:
                async for _ in pieces:
                    yield
        if self._settings.max_size is not None:
            async with aclosing(self._fit(store, run, self._settings.max_size, now, last)) as pieces:
                async for _ in pieces:
                    yield
        async with aclosing(_shrink(store)) as pieces:
            async for _ in pieces:
                yield
        await self._report(store)

    async def _clean_up(self, store: Store, cut: Cut) -> AsyncGenerator[None, None]:
        clean_up, goes_on = CleanUp(cut), True
        while goes_on:
            before = clean_up.deleted
            goes_on = await store.transact(clean_up.step)
            self._deleted += clean_up.deleted - before
            yield

    async def _fit(
        self, store: Store, run: int, most: int, now: datetime, last: datetime
    ) -> AsyncGenerator[None, None]:
        """Delete the oldest until the journal is no larger than it may be, or nothing is left to go."""
        size = await _size(store)
        if size.held_bytes <= most:
            return
        cut_at = self._cut_at or await _begin(store) or last
        while size.held_bytes > most * _ENOUGH and cut_at < last:
            cut_at = min(cut_at + max((last - cut_at) / _SHARE, _FINEST), last)
            cut = Cut(before=cut_at, now=now, run=run)
            async with aclosing(self._clean_up(store, cut)) as pieces:
                async for _ in pieces:
                    yield
            size = await _size(store)
        self._cut_at = min(cut_at, last)
        if size.held_bytes > most:
            held, limit = format_size(size.held_bytes), format_size(most)
            text = "journal %s holds %s, of which all is needed, and max_size is %s"
            self._say(logging.WARNING, text, self._place, held, limit)

    async def _report(self, store: Store) -> None:
        if not self._deleted:
            return
        size = await _size(store)
        text = "journal %s: %d old entries were deleted (%s); it holds %s"
        if self._say(
            logging.INFO,
            text,
            self._place,
            self._deleted,
            _limits(self._settings),
            format_size(size.held_bytes),
        ):
            self._deleted = 0

    def _say(self, level: int, text: str, *parts: object) -> bool:
        """Log something, once a day at most; return whether that was done."""
        now = self._clock.now()
        told_at = self._told_at.get(text)
        if told_at is not None and timedelta() <= now - told_at < _TELL_EVERY:
            return False
        self._told_at[text] = now
        log.log(level, text, *parts)
        return True


async def _shrink(store: Store) -> AsyncGenerator[None, None]:
    """Give pages back that nothing will need soon."""
    size = await _size(store)
    while size.free_pages > max(_SPARE_PAGES, size.pages // 10):
        await store.give_back(_PAGES_AT_ONCE)
        yield
        before, size = size, await _size(store)
        if size.free_pages >= before.free_pages:
            return


async def _size(store: Store) -> FileSize:
    return await store.transact(read_size)


async def _begin(store: Store) -> datetime | None:
    """Return when the first run began."""
    return await store.transact(_first_opening)


def _first_opening(connection: Connection) -> datetime | None:
    return connection.execute(select(func.min(runs.c.opened_at))).scalar()


def _limits(settings: JournalSettings) -> str:
    age = f"keep: {format_duration(settings.keep)}" if settings.keep else ""
    size = f"max_size: {format_size(settings.max_size)}" if settings.max_size else ""
    return " and ".join(filter(None, (age, size)))
