"""Being asked to end: by Ctrl-C or by the system."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Self

from interlock.errors import InterlockError

log = logging.getLogger("interlock.service")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_BEGIN_S = 30.0
"""How long a start may go on that is to end: longer than it waits for a database server."""
_LAST_S = 0.5
"""How long cancelled work may still take."""
_CLOSING_S = 5.0
"""How long what is left may take to be stored after a second signal: a disk that is well needs less."""


class EndedAtOnce(InterlockError):
    """A second signal ended work that had not come to its end."""


class StopSignals:
    """While entered, the first SIGINT or SIGTERM sets `stop`; a second one ends what `finish` waits for."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self._at_once = asyncio.Event()
        self._tells: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._take, number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in (*_SIGNALS, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(number)

    def on_stop(self, tell: Callable[[], None]) -> None:
        """Call back at the first signal."""
        self._tells.append(tell)

    def on_reload(self, ask: Callable[[], None]) -> None:
        """Call back at each SIGHUP from now on, which otherwise ends the process."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, ask)

    async def finish(self, work: Coroutine[object, object, None], has_begun: asyncio.Event) -> None:
        """Do work that ends when `stop` is set; what has not begun long after that is ended.

        Raises:
            EndedAtOnce: there was a second signal before its end.
        """

        def give_up() -> None:
            if not has_begun.is_set():
                task.cancel()

        task = asyncio.create_task(work, name="work")
        await self._is_before(self.stop, task)
        giving_up = asyncio.get_running_loop().call_later(_BEGIN_S, give_up)
        is_second = await self._is_before(self._at_once, task)
        giving_up.cancel()
        if is_second:
            task.cancel()
            await asyncio.wait({task}, timeout=_LAST_S)
            raise EndedAtOnce("ended by a second signal")
        if not task.cancelled():
            await task

    async def close(self, work: Coroutine[object, object, None]) -> None:
        """Do what is to be done at the end, whatever happened; a second signal leaves it little time."""
        task = asyncio.create_task(work, name="closing")
        if await self._is_before(self._at_once, task):
            await asyncio.wait({task}, timeout=_CLOSING_S)
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _is_before(self, asked: asyncio.Event, task: asyncio.Task[None]) -> bool:
        """Wait until something is asked for, or a task has ended; return whether it has not."""
        waiting = asyncio.create_task(asked.wait(), name="signal")
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        return not task.done()

    def _take(self, number: signal.Signals) -> None:
        if self.stop.is_set():
            log.warning("%s again: ending at once", number.name)
            self._at_once.set()
        else:
            log.info("%s: ending; once more ends at once", number.name)
            self.stop.set()
            for tell in self._tells:
                tell()
