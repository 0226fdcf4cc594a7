"""Lets the event loop wake in time, however long it slept."""

from __future__ import annotations

import asyncio
import selectors

_LONG_S = 0.2
"""Linux takes leave to be late by a thousandth of this, which nobody notices."""
_AT_FIRST = 0.99
"""So much of a long sleep is slept at first. Of a process that is `nice` Linux takes leave for 0.5 %."""


class PunctualSelector(selectors.DefaultSelector):
    """Sleeps a long time in several steps, each shorter than the one before.

    Where a process waits with a time limit, Linux takes leave to wake it late by a thousandth of that limit,
    so that it can wake several together: 60 ms after a minute.
    """

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; nothing when the time is up, or somewhat before: a loop then asks again."""
        if timeout is not None and timeout > _LONG_S:
            timeout *= _AT_FIRST
        return super().select(timeout)


def punctual_loop() -> asyncio.AbstractEventLoop:
    """Return a new event loop whose timers are punctual; whoever asks for it closes it."""
    return asyncio.SelectorEventLoop(PunctualSelector())
