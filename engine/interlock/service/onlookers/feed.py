"""What happens in a running service, told to those who listen, without ever holding it up.

The last occurrences are kept once for all listeners, and each has its own place among them. Nothing waits
for anybody: who falls too far behind has lost the oldest, and is told how many those were.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Self, TypeAlias

from interlock.clock import Clock
from interlock.history.journal import is_repeated
from interlock.history.records import (
    Claimed,
    ConnectionEvent,
    Entry,
    Firing,
    FiringEnd,
    InterlockTurn,
    LetGo,
    Reload,
    RuleSwitch,
)
from interlock.model import Command, Point, Reading, Receipt
from interlock.rules.rule import Decision

Told: TypeAlias = (
    Reading
    | Firing
    | FiringEnd
    | Decision
    | Command
    | Receipt
    | Claimed
    | LetGo
    | InterlockTurn
    | RuleSwitch
    | Reload
    | ConnectionEvent
)
"""What is worth telling of all that the journal takes."""

_CAPACITY = 5_000
"""Occurrences that are kept: some minutes of a busy site, a few megabytes."""
_LINGER = timedelta(minutes=5)
"""So long they are kept after the last listener went: it may only have lost its connection."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened."""

    number: int
    """Counts them within a run of the service."""
    what: Told
    before: Reading | None = None
    """Of a reading: what the point was before."""
    rule: str = ""
    """Of the end of a firing: whose it was; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a listener has not been told yet."""

    occurrences: Sequence[Occurrence]
    lost: int | None = 0
    """How many before these it will never be told; None for some, and nobody counted them."""


class EventFeed:
    """Tells what happens.

    Args:
        clock: Measures how long nobody listens.
        last: Gives the last reading of a point, before the one that is being recorded.
        rule_of: Gives the rule of a firing that goes on; empty where there is none.
        capacity: How many occurrences are kept.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        last: Callable[[Point], Reading | None],
        rule_of: Callable[[str], str],
        capacity: int = _CAPACITY,
    ) -> None:
        self._clock = clock
        self._last = last
        self._rule_of = rule_of
        self._kept: deque[Occurrence] = deque(maxlen=capacity)
        self._number = 0
        self._unbroken = 0
        """From here on every occurrence was counted."""
        self._rules: dict[str, str] = {}
        """By firing that began while somebody listened."""
        self._listeners = 0
        self._kept_until = timedelta()
        """By the time that passes; looked at where nobody listens."""
        self._is_deaf = True
        """Whether nothing is kept, because nobody has listened for long."""
        self._bell = asyncio.Event()
        self.lost = 0
        """Occurrences that listeners were too slow for, or came back too late for."""
        self.is_closed = False

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return self._listeners

    def tell(self, entry: Entry) -> None:
        """Take in what the journal is given; it costs next to nothing where nobody listens."""
        if self._is_deaf or not self._is_heard():
            return
        if isinstance(entry, Told):
            self._keep(entry)

    def listen(self, after: int | None = None) -> Listener:
        """Return a listener, which listens as a context.

        Args:
            after: The number of the last occurrence that it was told before; None to begin now.
        """
        return Listener(self, self._number if after is None else after)

    def close(self) -> None:
        """Let every listener know that nothing comes any more."""
        self.is_closed = True
        self._bell.set()

    def _is_heard(self) -> bool:
        if self._listeners or self._clock.monotonic() < self._kept_until:
            return True
        self._is_deaf = True
        self._kept.clear()
        self._rules.clear()
        # One number stands for all that is not kept: whoever has a smaller one has lost something.
        self._number += 1
        self._unbroken = self._number
        return False

    def _keep(self, entry: Told) -> None:
        before, rule = None, ""
        match entry:
            case Reading():
                before = self._last(entry.point)
                if before is not None and is_repeated(entry, before):
                    return
            case Firing():
                self._rules[entry.id] = entry.decision.rule.id
            case FiringEnd():
                rule = self._rules.pop(entry.firing, "") or self._rule_of(entry.firing)
        self._number += 1
        self._kept.append(Occurrence(self._number, entry, before, rule))
        self._ring()

    def _ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    def _come(self) -> None:
        self._listeners += 1
        self._is_deaf = False

    def _go(self) -> None:
        self._listeners -= 1
        self._kept_until = self._clock.monotonic() + _LINGER

    def _since(self, number: int) -> Heard:
        """Return what came after a number."""
        found = list(takewhile(lambda each: each.number > number, reversed(self._kept)))
        found.reverse()
        lost = self._lost_before(found, number)
        self.lost += lost or 0
        return Heard(found, lost)

    def _lost_before(self, found: Sequence[Occurrence], number: int) -> int | None:
        if not self._unbroken <= number <= self._number:
            return None
        return found[0].number - number - 1 if found else 0


class Listener:
    """One who listens to a feed, as a context. It may take its time: see `Heard.lost`."""

    def __init__(self, feed: EventFeed, after: int) -> None:
        self._feed = feed
        self._seen = after

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._feed._come()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        self._feed._go()

    @property
    def seen(self) -> int:
        """The number up to which it was told everything, or that it lost it."""
        return self._seen

    def take(self) -> Heard:
        """Return what came since it last asked."""
        heard = self._feed._since(self._seen)
        self._seen = self._feed._number
        return heard

    async def wait(self) -> bool:
        """Wait until there is something to take; False where nothing comes any more."""
        while self._seen == self._feed._number and not self._feed.is_closed:
            await self._feed._bell.wait()
        return self._seen != self._feed._number
