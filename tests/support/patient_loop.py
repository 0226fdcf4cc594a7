"""An event loop with real sockets on which time passes only as far as the program keeps up with it.

On a machine that has more to do than it can, a program is late by as much as it happens to be. Here it is
never late: time stands still while it does not come to its turn, and otherwise passes as on the wall.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from datetime import datetime, timedelta

_MOST_S = 0.001
"""So much time passes at most in one turn of the loop, and while it waits for what comes at last."""


class _PatientSelector(selectors.DefaultSelector):
    """Counts the time that timers are waited for, and next to nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.time_s = 0.0
        self._left_at = time.monotonic()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        came_at = time.monotonic()
        self.time_s += min(came_at - self._left_at, _MOST_S)
        events = super().select(timeout)
        self._left_at = time.monotonic()
        if events or timeout is None:
            self.time_s += min(self._left_at - came_at, _MOST_S)
        else:
            self.time_s += max(timeout, 0.0)
        return events


class PatientLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time` starts at 0."""

    def __init__(self) -> None:
        self._patient = _PatientSelector()
        super().__init__(self._patient)

    def time(self) -> float:
        return self._patient.time_s


class PatientClock:
    """Tells the running loop's time as an instant.

    Args:
        start: What the loop's time 0 stands for.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._loop = asyncio.get_running_loop()

    def now(self) -> datetime:
        return self._start + self.monotonic()

    def monotonic(self) -> timedelta:
        return timedelta(seconds=self._loop.time())
