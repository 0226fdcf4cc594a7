"""Waiting inside firings: for a time, or until a condition holds; ended early when the service ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from interlock.clock import Clock
from interlock.expressions.expression import Expression
from interlock.expressions.view import View
from interlock.model import Point
from interlock.runtime.firings.run import Suspended

_LONGEST_SLEEP = timedelta(days=1)
_LOOK = timedelta(minutes=1)
"""How often a condition that reads the time is looked at anyhow, because the clock may be set."""
_NONE = timedelta()


class Waits:
    """Everything that firings wait for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._closing = asyncio.Event()
        self._sleepers: dict[asyncio.Event, frozenset[Point]] = {}

    def close(self) -> None:
        """End every wait from now on."""
        self._closing.set()
        for woken in self._sleepers:
            woken.set()

    def check(self) -> None:
        """Raise `Suspended` where the service is ending."""
        if self._closing.is_set():
            raise Suspended

    def notice(self, points: Iterable[Point]) -> None:
        """Wake whoever waits for one of these points."""
        if self._sleepers:
            changed = frozenset(points)
            for woken, watched in self._sleepers.items():
                if not watched.isdisjoint(changed):
                    woken.set()

    @property
    def points(self) -> frozenset[Point]:
        """The points that somebody waits for."""
        return frozenset().union(*self._sleepers.values())

    async def sleep(self, duration: timedelta) -> None:
        """Wait so long.

        Raises:
            Suspended: the service ended meanwhile.
        """
        end = self._clock.monotonic() + duration
        while (rest := end - self._clock.monotonic()) > _NONE:
            await self._doze(frozenset(), rest)

    async def event(self, event: asyncio.Event) -> None:
        """Wait until an event is set.

        Raises:
            Suspended: the service ended meanwhile.
        """
        tasks = [asyncio.create_task(each.wait()) for each in (event, self._closing)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        if not event.is_set():
            raise Suspended

    async def until(self, hold: Awaited, timeout: timedelta | None) -> bool:
        """Wait until something has come; False where `timeout` passed before.

        Raises:
            Suspended: the service ended meanwhile.
        """
        end = None if timeout is None else self._clock.monotonic() + timeout
        while True:
            rest = hold.look(self._clock.monotonic())
            if rest is not None and rest <= _NONE:
                return True
            left = None if end is None else end - self._clock.monotonic()
            if left is not None and left <= _NONE:
                return False
            nearest = [each for each in (rest, left, hold.turns_in()) if each is not None]
            await self._doze(hold.points, min(nearest, default=_LONGEST_SLEEP))

    async def _doze(self, points: frozenset[Point], longest: timedelta) -> None:
        """Wait until a point changes or the time is over."""
        self.check()
        woken = asyncio.Event()
        self._sleepers[woken] = points
        try:
            async with asyncio.timeout(min(longest, _LONGEST_SLEEP).total_seconds()):
                await woken.wait()
        except TimeoutError:
            return
        finally:
            del self._sleepers[woken]
        self.check()


class Awaited(Protocol):
    """Something that can be waited for."""

    @property
    def points(self) -> frozenset[Point]:
        """The points whose changes can bring it."""
        ...

    def turns_in(self) -> timedelta | None:
        """Return how soon it must be looked at though no point changes; None where that brings nothing."""
        ...

    def look(self, now: timedelta) -> timedelta | None:
        """Return how much longer it has to hold, nothing where it has come; None where it has not begun."""
        ...


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is there or not, and need not hold for a time."""

    is_there: Callable[[], bool]
    points: frozenset[Point]

    def turns_in(self) -> timedelta | None:
        """Return None: its points alone bring it."""
        return None

    def look(self, now: timedelta) -> timedelta | None:
        """Return nothing where it is there; None where it is not."""
        return timedelta() if self.is_there() else None


class Hold:
    """A condition that has to be true for a time; an unknown in between pauses it, a false begins anew.

    `rest` is how much of the time is left where some was over before a restart. `note` is told how much is
    left whenever it begins to count, with True, and where it stops, with False.
    """

    def __init__(
        self,
        condition: Expression,
        view: Callable[[], View],
        hold: timedelta,
        *,
        rest: timedelta,
        note: Callable[[timedelta, bool], None],
    ) -> None:
        self.points = condition.points
        self._condition = condition
        self._view = view
        self._hold = hold
        self._rest = rest
        self._note = note
        self._since: timedelta | None = None

    def turns_in(self) -> timedelta | None:
        """Return how soon time alone can make the condition another, a minute at most; None for never."""
        view = self._view()
        at = self._condition.turns_at(view)
        return None if at is None else min(at - view.now, _LOOK)

    def look(self, now: timedelta) -> timedelta | None:
        """Return how much longer it has to hold; None where it does not at present."""
        truth, was_counting = self._condition.truth(self._view()), self._since is not None
        self._count(now)
        if truth is False:
            self._rest = self._hold
        if truth:
            self._since = now
        if was_counting is not bool(truth):
            self._note(self._rest, bool(truth))
        return self._rest if truth else None

    def stop(self, now: timedelta) -> None:
        """Count no more: the service ends."""
        self._count(now)
        self._note(self._rest, False)

    def _count(self, now: timedelta) -> None:
        if self._since is not None:
            self._rest -= now - self._since
        self._since = None
