"""A virtual loop for a real disk: its time stands still while the disk works.

What another thread would do is done by the loop's own. So nothing takes longer by the virtual clock because
the machine is busy, neither a transaction nor the hundreds of a clean-up, and a year is the same each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar, TypeVarTuple, Unpack
from unittest import mock

import aiosqlite

from interlock.simulation.virtual_time import VirtualLoop

P = ParamSpec("P")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class StillLoop(VirtualLoop):
    """A virtual loop without threads."""

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Call a function."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as it comes
            future.set_exception(error)
        return future


class _StillConnection(aiosqlite.Connection):
    """A connection without a thread."""

    def __await__(self) -> Generator[None, None, aiosqlite.Connection]:
        self._connection = self._connector()
        yield
        return self

    async def _execute(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        # The others have their turn between any two calls, as beside a thread.
        await asyncio.sleep(0)
        return fn(*args, **kwargs)

    def stop(self) -> None:
        """Close it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def databases_stand_still() -> Iterator[None]:
    """Let the SQLite connections that are made meanwhile do without threads."""
    with mock.patch.object(aiosqlite.core, "Connection", _StillConnection):
        yield
