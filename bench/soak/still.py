"""A virtual loop for a real disk: its time stands still while the disk works.

What another thread would do is done by the loop's own. So nothing takes longer by the virtual clock because
the machine is busy, neither a transaction nor the hundreds of a clean-up, and a year is the same each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar, TypeVarTuple, Unpack

from interlock.simulation.virtual_time import VirtualLoop

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
