"""A test in an event loop of its own, which is left as it was found: no tasks, no sockets, no standstill."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import NoReturn, ParamSpec, SupportsIndex

P = ParamSpec("P")

PATIENCE_S = 30.0
"""What has not happened after so many seconds never will. It decides failures only."""
WHILE_S = 0.1
"""In which a request would arrive, if it were sent. It decides successes only."""
_GLANCE_S = 0.01

_DESCRIPTORS = Path("/dev/fd")


class Blocked(AssertionError):
    """Raised in place of a call that would have stopped the event loop."""


class _Sentry:
    """Hears of blocking calls through Python's audit events, while it watches a thread."""

    def __init__(self) -> None:
        self._thread: int | None = None
        self._is_installed = False
        self.heard: list[str] = []

    @contextmanager
    def watching(self) -> Iterator[list[str]]:
        """Refuse blocking calls in this thread until the block ends; yield those that were refused."""
        if not self._is_installed:
            # Python never lets go of an audit hook, so there is one for all tests.
            sys.addaudithook(self._hear)
            self._is_installed = True
        self._thread, self.heard = threading.get_ident(), []
        time.sleep = self._sleep
        try:
            yield self.heard
        finally:
            self._thread, time.sleep = None, _sleep

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._thread == threading.get_ident() and _is_blocking(event, arguments):
            self._refuse(event)

    def _sleep(self, seconds: float | SupportsIndex) -> None:
        # Python tells of sleeping from 3.13 on.
        if self._thread == threading.get_ident():
            self._refuse("time.sleep")
        _sleep(seconds)

    def _refuse(self, what: str) -> NoReturn:
        frame = traceback.extract_stack(limit=4)[0]
        self.heard.append(f"{what} at {frame.filename}:{frame.lineno}")
        raise Blocked(f"{what} would stop the event loop")


def _is_blocking(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "socket.connect":
        # A socket of asyncio's never waits: its timeout is 0, and that of others a number or None.
        return getattr(arguments[0], "gettimeout", float)() != 0
    return event in {"socket.getaddrinfo", "socket.gethostbyname", "os.system"}


_sleep = time.sleep
_sentry = _Sentry()


def in_a_loop(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """Let a coroutine be a test without any plugin of pytest, and fail where it leaves something behind."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        threads = set(threading.enumerate())
        with asyncio.Runner() as runner:
            runner.run(_watched(test(*args, **kwargs)))
        left = [thread.name for thread in threading.enumerate() if thread not in threads]
        assert left == [], f"these threads were left behind: {', '.join(left)}"

    return run


async def _watched(test: Coroutine[object, object, None]) -> None:
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(str(context)))
    sockets = _open_sockets()
    with _sentry.watching() as blocked:
        await test
    assert blocked == [], f"the event loop was stopped by {', '.join(blocked)}"
    await _settle(lambda: not _other_tasks() and not _open_sockets() - sockets)
    left = [repr(task.get_coro()) for task in _other_tasks()]
    assert left == [], f"these tasks were left behind: {', '.join(left)}"
    assert _open_sockets() - sockets == set(), "sockets were left open"
    assert complaints == [], "exceptions were heard by nobody"


async def until(what: Callable[[], bool], complaint: str) -> None:
    """Wait until something is so; fail with a complaint where it never is."""
    await _settle(what)
    assert what(), complaint


async def _settle(what: Callable[[], bool]) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not what():  # noqa: ASYNC110 - neither peers nor transports tell when they are done
                await asyncio.sleep(_GLANCE_S)
    except TimeoutError:
        return


def _other_tasks() -> set[asyncio.Task[object]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


def _open_sockets() -> frozenset[int]:
    """Return the inodes of this process's open sockets; nothing on systems that do not list them."""
    if not _DESCRIPTORS.is_dir():
        return frozenset()
    return frozenset(inode for path in _DESCRIPTORS.iterdir() for inode in _socket_inode(int(path.name)))


def _socket_inode(descriptor: int) -> Iterator[int]:
    try:
        found = os.fstat(descriptor)
    except OSError:
        return
    if stat.S_ISSOCK(found.st_mode):
        yield found.st_ino
