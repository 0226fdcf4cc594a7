"""Being asked to end: by Ctrl-C or by the system."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Self

from interlock.errors import InterlockError

log = logging.getLogger("interlock.service")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LAST_S = 0.5
"""How long cancelled work may still take."""


class EndedAtOnce(InterlockError):
    """A second signal ended work that had not come to its end."""


class StopSignals:
    """While entered, the first SIGINT or SIGTERM sets `stop`; a second one ends what `finish` waits for."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self._at_once = asyncio.Event()
        self._tell: Callable[[], None] | None = None

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
        self._tell = tell

    def on_reload(self, ask: Callable[[], None]) -> None:
        """Call back at each SIGHUP from now on, which otherwise ends the process."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, ask)

    async def finish(self, work: Coroutine[object, object, None]) -> None:
        """Do work that ends when `stop` is set.

        Raises:
            EndedAtOnce: there was a second signal before its end.
        """
        task = asyncio.create_task(work, name="work")
        second = asyncio.create_task(self._at_once.wait(), name="second signal")
        await asyncio.wait({task, second}, return_when=asyncio.FIRST_COMPLETED)
        second.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_LAST_S)
            raise EndedAtOnce("ended by a second signal")
        await task

    def _take(self, number: signal.Signals) -> None:
        if self.stop.is_set():
            log.warning("%s again: ending at once", number.name)
            self._at_once.set()
        else:
            log.info("%s: ending; once more ends at once", number.name)
            self.stop.set()
            if self._tell:
                self._tell()
