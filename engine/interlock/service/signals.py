"""Being asked to end: by Ctrl-C or by the system."""

from __future__ import annotations

import asyncio
import logging
import signal
from types import TracebackType
from typing import Self

log = logging.getLogger("interlock.service")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """While entered, the first SIGINT or SIGTERM sets `stop`; the second cancels the task that entered."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self._task: asyncio.Task[object] | None = None

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._take, number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)

    def _take(self, number: signal.Signals) -> None:
        if self.stop.is_set() and self._task:
            log.warning("%s again: ending at once", number.name)
            self._task.cancel()
        else:
            log.info("%s: ending; once more ends at once", number.name)
            self.stop.set()
