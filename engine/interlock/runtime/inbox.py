"""What the control loop takes in, in the order in which it came."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

from interlock.model import Event, Reading
from interlock.runtime.connections.answers import NOTHING, Confirmed
from interlock.runtime.supervision import Supervisor


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read, or told, in one moment."""

    readings: Sequence[Reading]
    """What is new."""
    confirmed: Confirmed = NOTHING
    """What is as it was."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that rules can be triggered by."""

    event: Event


@dataclass(frozen=True, slots=True)
class Turned:
    """A connection was lost, or answers."""

    connection: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class Errand:
    """Something else that is done in its turn: rules are looked at anew, somebody wants a sign of life."""

    do: Callable[[], object]


def _moved(item: Readings, by: timedelta) -> Readings:
    confirmed = item.confirmed
    if confirmed is not NOTHING:
        doubtful = [reading.moved(by) for reading in confirmed.doubtful]
        confirmed = replace(confirmed, at=confirmed.at + by, doubtful=doubtful)
    return Readings([reading.moved(by) for reading in item.readings], confirmed)


Moment: TypeAlias = Readings | Happened | Turned
"""What rules are looked at for."""
Item: TypeAlias = Moment | Errand


class Inbox:
    """What waits to be taken in, and is taken in a turn of the event loop that belongs to it.

    By a callback, and no queue with a task that waits for it: that takes several times as long, and each
    poll and each command comes this way.

    Args:
        take: Takes one item.
        supervisor: Ends the run where that fails.
    """

    def __init__(self, take: Callable[[Item], None], supervisor: Supervisor) -> None:
        self._take = take
        self._items: deque[Item] = deque()
        self._guarded_turn = supervisor.guarded(self._turn, "control loop")
        self._is_open = False
        self._coming: asyncio.Handle | None = None
        """The turn that is to come."""
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    def __len__(self) -> int:
        return len(self._items)

    def open(self) -> None:
        """Take in what waits, and what comes from now on."""
        self._is_open = True
        self._call_soon()

    def close(self) -> None:
        """Take nothing more in."""
        self._is_open = False
        if self._coming is not None:
            self._coming.cancel()

    def put(self, item: Item) -> None:
        """Let an item be taken in, after what waits already."""
        self._items.append(item)
        self._is_empty.clear()
        self._call_soon()

    def take_all(self) -> None:
        """Take in what waits, in this very turn."""
        while self._items:
            self._take(self._items.popleft())
        self._is_empty.set()

    async def emptied(self) -> None:
        """Wait until all is taken in."""
        await self._is_empty.wait()

    def shift(self, by: timedelta) -> None:
        """Move the instants of readings, because the clock was set by so much since they were made."""
        self._items = deque(_moved(each, by) if isinstance(each, Readings) else each for each in self._items)

    def _call_soon(self) -> None:
        if self._is_open and self._coming is None:
            self._coming = asyncio.get_running_loop().call_soon(self._guarded_turn)

    def _turn(self) -> None:
        self.take_all()
        # Only now: after a failure nothing more is taken in.
        self._coming = None
