"""A place among those that a connection may be asked at once."""

from __future__ import annotations

import asyncio

PATIENCE_S = 1.0
"""A command that takes longer waits for its device, not for the server: it no longer counts against the
connection's concurrency, and its rule's next action goes on. So one dead actuator that holds a feedback
reply back holds up nobody else."""


class Place:
    """Is waited for and held by ``async with``, and given back at the end or after `PATIENCE_S`.

    Args:
        places: All there are.
    """

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_held = False
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._places.acquire()
        self._is_held = True
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._give_back)

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._give_back()

    def _give_back(self) -> None:
        if self._is_held:
            self._is_held = False
            self._places.release()
