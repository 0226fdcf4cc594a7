"""Sees to it that nothing a run cannot do without ends unseen.

asyncio only logs what a callback raises, and of a task not even that as long as somebody keeps it. The
service would seem to live, for its watchdog is fed elsewhere, while rules wait for ever for what has ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import ParamSpec, TypeVar

from interlock.errors import InterlockError

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger("interlock.engine")


class EngineFailed(InterlockError):
    """A defect ended a part of the engine, and with it the run; the message says which and by what."""


class Supervisor:
    """Begins the tasks and wraps the callbacks of one run: where one of them fails, the run is to end."""

    def __init__(self) -> None:
        self._has_failed = asyncio.Event()
        self._failure: EngineFailed | None = None
        self._unfinished: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[object, object, T], name: str) -> asyncio.Task[T]:
        """Do some work in a task; that it is cancelled is no failure.

        Args:
            work: What is to be done.
            name: What the log calls it, such as ``commands for lamp``.
        """
        return self.watch(asyncio.create_task(work, name=name))

    def watch(self, task: asyncio.Task[T]) -> asyncio.Task[T]:
        """Take in a task that somebody else has begun, and return it."""
        task.add_done_callback(self._look)
        return task

    def guarded(self, call: Callable[P, object], name: str) -> Callable[P, None]:
        """Return a callback for the event loop that does what another one does, and raises nothing."""

        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                call(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - it is raised again by `check`
                self._fail(name, error)

        return guarded

    def finish(self, task: asyncio.Task[None]) -> None:
        """Let something that was begun come to its end before the run does."""
        self._unfinished.add(self.watch(task))
        task.add_done_callback(self._unfinished.discard)

    async def finished(self) -> None:
        """Wait for all that has to come to its end."""
        await asyncio.gather(*self._unfinished, return_exceptions=True)

    async def until(self, awaited: asyncio.Future[T]) -> None:
        """Wait until something is done.

        Raises:
            EngineFailed: something has failed before that.
        """
        failing = asyncio.create_task(self._has_failed.wait(), name="failure")
        try:
            await asyncio.wait((awaited, failing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            failing.cancel()
        self.check()

    def check(self) -> None:
        """Do nothing where all is well.

        Raises:
            EngineFailed: something has failed.
        """
        if self._failure is not None:
            raise self._failure

    def _look(self, task: asyncio.Task[T]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._fail(task.get_name(), error)

    def _fail(self, name: str, error: BaseException) -> None:
        """Take in the first failure; others mostly follow from it."""
        if self._failure is None:
            self._failure = EngineFailed(f"a defect ended {name}: {type(error).__name__}: {error}")
            self._failure.__cause__ = error
            log.critical("%s; the run ends, to be begun again", self._failure, exc_info=error)
            self._has_failed.set()
