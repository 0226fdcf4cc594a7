"""The journal as the HTTP API reads it: on connections of its own, a few at a time, and never for long.

Whoever was told of a command or a firing finds it there: what is still on its way is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from interlock.config.journal_place import JournalPlace
from interlock.history.queries import JournalReader
from interlock.service.api.problems import Problem

_READERS = 4
_PATIENCE_S = 15.0


class Archive:
    """Lets routes read the journal.

    Args:
        journal: Where it is.
        commit: Waits until what the service recorded stands there; false where it cannot be written now, and
            what stands there is read all the same.
        patience_s: How long somebody may wait for a turn. What is then asked has its own limit: a query that
            is cancelled waits for the database to say so.
    """

    def __init__(
        self,
        journal: JournalPlace,
        commit: Callable[[], Awaitable[bool]],
        *,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._journal = journal
        self._commit = commit
        self._patience_s = patience_s
        self._turns = asyncio.Semaphore(_READERS)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[JournalReader]:
        """Give a reader, as soon as one is free.

        Raises:
            Problem: 503, that takes too long.
            JournalError: there is no journal, or it cannot be read.
        """
        try:
            async with asyncio.timeout(self._patience_s):
                await self._turns.acquire()
        except TimeoutError:
            raise Problem(
                503, "the journal is busy: ask again later", headers={"Retry-After": "10"}
            ) from None
        try:
            await self._commit()
            async with JournalReader(self._journal) as reader:
                yield reader
        finally:
            self._turns.release()
