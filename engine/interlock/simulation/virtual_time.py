"""An asyncio event loop whose time jumps to the next timer, and the clock that goes with it.

Everything that waits through asyncio (sleeps, timeouts, timers) takes no wall time on it, and happens in
the same order as it would in a building. Real sockets may be used on it, but time does not wait for them.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple, Unpack

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_TICKS = 1000
"""Timers are due on whole milliseconds, so many a second: those of one instant are due together, whatever
was computed on the way to them, and after what came first of all at that instant."""
_NOISE = 1e-3
"""Of a tick: so much a time may be off by the arithmetic that led to it."""
EARLIER = timedelta(microseconds=10)
"""What happens so long before an instant happens at that instant by the clock, and first of all."""
_GLANCE = 64
"""While no socket is used, the system is asked for news once in so many jumps; threads are heard at once."""
_DEADLOCK_S = 10.0
"""How long, in wall time, a loop without timers waits for another thread before it gives up."""


class _JumpingSelector(selectors.BaseSelector):
    """Polls the real selector, and where that has nothing, moves the time instead of waiting."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.time_s = 0.0
        self._is_alone = True
        """Whether no socket is used but the loop's own, by which threads and signals wake it."""
        self._jumps = 0
        self.brakes = 0
        """How many want time to stand still."""

    def register(
        self, fileobj: FileDescriptorLike, events: int, data: object = None
    ) -> selectors.SelectorKey:
        key = self._real.register(fileobj, events, data)
        self._is_alone = len(self._real.get_map()) == 1
        return key

    def unregister(self, fileobj: FileDescriptorLike) -> selectors.SelectorKey:
        key = self._real.unregister(fileobj)
        self._is_alone = len(self._real.get_map()) == 1
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.brakes and timeout is not None:
            return self._real.select(min(timeout, _DEADLOCK_S))
        self._jumps += 1
        is_unlikely = timeout is not None and self._is_alone and self._jumps % _GLANCE
        events = [] if is_unlikely else self._real.select(_DEADLOCK_S if timeout is None else 0)
        if events:
            return events
        if timeout is None:
            raise RuntimeError("virtual time stands still: nothing is scheduled and nobody is awaited")
        self.time_s += timeout
        return []

    def close(self) -> None:
        self._real.close()

    def get_map(self) -> Mapping[FileDescriptorLike, selectors.SelectorKey]:
        return self._real.get_map()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time` starts at 0 and jumps."""

    def __init__(self) -> None:
        self.jumping = _JumpingSelector()
        """Moves the time."""
        super().__init__(self.jumping)
        # asyncio runs what is due within the clock's resolution; the system's nanosecond vanishes in a
        # float that counts a year of seconds, and a timer due exactly now would never be due.
        self._clock_resolution = 1e-6

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back at a time, on the next whole millisecond; what is not yet due is not due at once.

        Whoever waits for less than the clock's resolution, as a rate limiter does that lacks a hair's
        breadth, would otherwise be called at once, again and again, while time stands still.
        """
        if when > (now := self.time()):
            when = max(math.ceil(when * _TICKS - _NOISE), math.floor(now * _TICKS + _NOISE) + 1) / _TICKS
        return super().call_at(when, callback, *args, context=context)

    def call_first(self, when: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call back before all else that is due at a time: by so little earlier that no clock tells."""
        return super().call_at(when - EARLIER.total_seconds(), callback)

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self.jumping.time_s

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let no time pass as long as the context lasts: for what takes its own, such as a real disk."""
        self.jumping.brakes += 1
        try:
            yield
        finally:
            self.jumping.brakes -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the loop's threads; without the time limit, which would be over before they can end."""
        await super().shutdown_default_executor()


class VirtualClock:
    """Tells a virtual loop's time as an instant.

    Raises:
        TypeError: the loop's time is not virtual.
    """

    def __init__(self, start: datetime, loop: asyncio.AbstractEventLoop) -> None:
        if not isinstance(loop, VirtualLoop):
            raise TypeError(f"a virtual clock needs a virtual loop, not {type(loop).__name__}")
        self.start = start
        """What the loop's time 0 stands for."""
        # Not by the loop's `time`: the clock is asked some twenty times for each poll.
        self._jumping = loop.jumping
        self._told_s = -1.0
        self._monotonic = timedelta()
        self._now = start

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        if self._jumping.time_s != self._told_s:
            self._look()
        return self._now

    def monotonic(self) -> timedelta:
        """Return the virtual time since the loop was made, to the millisecond.

        Whoever has to come first at an instant comes a hundredth of a millisecond earlier: see `EARLIER`.
        """
        # Time stands still while something happens, and is asked for again and again.
        if self._jumping.time_s != self._told_s:
            self._look()
        return self._monotonic

    def _look(self) -> None:
        self._told_s = self._jumping.time_s
        self._monotonic = timedelta(milliseconds=round(self._told_s * 1000))
        self._now = self.start + self._monotonic


def run_virtual(main: Coroutine[object, object, T]) -> T:
    """Run a coroutine to its end on a virtual loop; inside, make a `VirtualClock` of the running loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
