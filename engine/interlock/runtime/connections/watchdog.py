"""Notices drivers that keep the event loop to themselves, so that nothing else is read or commanded."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from types import FrameType
from typing import Self

from interlock.clock import Clock
from interlock.config.site import Connection
from interlock.runtime.connections.seam import Seam

log = logging.getLogger("interlock.connection")

_SILENCE = timedelta(minutes=1)
"""A driver that blocks again and again is told of no more often."""
_OURS = "interlock"


class Watchdog:
    """A thread that asks the running event loop for a sign of life, as a context.

    Args:
        connections: Returns those whose drivers may be to blame, which can be others after a reload.
        clock: Measures how long the loop stood still.
        limit_s: What is still no standstill.
        patience_s: After so long it is told of before it is over.
    """

    def __init__(
        self,
        connections: Callable[[], Mapping[str, Connection]],
        *,
        clock: Clock,
        limit_s: float = 1.0,
        patience_s: float = 10.0,
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._limit_s = limit_s
        self._patience_s = patience_s
        self._said: dict[str, timedelta] = {}
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        """Begin to watch the running event loop, which belongs to this thread."""
        watched = asyncio.get_running_loop(), threading.get_ident()
        # It may wait for a loop that never comes back; that must not keep the process.
        threading.Thread(target=self._watch, args=watched, name="watchdog", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._ended.set()

    def _watch(self, loop: asyncio.AbstractEventLoop, thread: int) -> None:
        while not self._ended.wait(self._limit_s / 2):
            sign, asked_at = threading.Event(), self._clock.monotonic()
            try:
                loop.call_soon_threadsafe(sign.set)
            except RuntimeError:
                return  # The loop is closed.
            if not sign.wait(self._limit_s):
                self._await_end(sign, asked_at, self._culprit(thread))

    def _await_end(self, sign: threading.Event, asked_at: timedelta, culprit: str) -> None:
        if not sign.wait(self._patience_s):
            self._say(culprit, f"blocks the event loop for more than {self._patience_s:g} s already")
        while not sign.wait(self._limit_s):
            if self._ended.is_set():
                return
        took_s = (self._clock.monotonic() - asked_at).total_seconds()
        self._say(culprit, f"blocked the event loop for {took_s:.1f} s, in which nothing else was done")

    def _say(self, culprit: str, what: str) -> None:
        now, said = self._clock.monotonic(), self._said.get(culprit)
        if culprit and (said is None or now - said >= _SILENCE):
            self._said[culprit] = now
            log.warning("%s %s", culprit, what)

    def _culprit(self, thread: int) -> str:
        """Return whose driver the thread is in; empty where it is in none."""
        frames = list(_stack(thread))
        seams = (frame.f_locals.get("self") for frame in frames)
        known = self._connections()
        own = [known[each.name] for each in seams if isinstance(each, Seam) and each.name in known]
        to_blame = own[:1] or _by_package(frames, known.values())
        if not to_blame:
            return ""
        names = " or ".join(connection.name for connection in to_blame)
        return f"connection {names}: its driver {to_blame[0].driver.name}"


def _by_package(frames: Iterable[FrameType], connections: Iterable[Connection]) -> list[Connection]:
    """Return the connections whose driver's package is at work, also in tasks of its own."""
    owners: defaultdict[str, list[Connection]] = defaultdict(list)
    for connection in connections:
        owners[_package(connection.driver.__module__)].append(connection)
    packages = (_package(str(frame.f_globals.get("__name__", ""))) for frame in frames)
    return next((owners[each] for each in packages if each != _OURS and each in owners), [])


def _stack(thread: int) -> Iterator[FrameType]:
    """Yield what a thread is doing, the innermost first."""
    frame = sys._current_frames().get(thread)  # The documented way to see another thread.
    while frame is not None:
        yield frame
        frame = frame.f_back


def _package(module: str) -> str:
    return module.partition(".")[0]
