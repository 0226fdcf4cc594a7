"""The wall around each call of a plugin's code but a driver's: whatever it raises, one exception comes out.

Drivers have a wall of their own, the seam, which also limits their time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

R = TypeVar("R")


class StrangersFault(Exception):
    """A stranger's code failed; the message names what it raised, on one line."""


def ask(action: Callable[[], R], *expected: type[Exception]) -> R:
    """Return what a stranger's code gives.

    Args:
        action: Calls it.
        expected: What it may raise, and what comes out as it is.

    Raises:
        StrangersFault: it raised anything else, be it `SystemExit`.
    """
    try:
        return action()
    except expected:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise StrangersFault(described(error)) from error


async def ask_to_come(action: Callable[[], Awaitable[R]], *expected: type[Exception]) -> R:
    """Return what a stranger's code gives in time; as `ask`."""
    try:
        return await action()
    except expected:
        raise
    except BaseException as error:
        if ends_us(error):
            raise
        raise StrangersFault(described(error)) from error


def ends_us(error: BaseException) -> bool:
    """Whether an exception is meant for the engine; strangers may raise the same ones on their own."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt)


def described(error: BaseException) -> str:
    """Return what was raised, on one line: its kind, and what it says where it says something.

    Of several that were raised side by side it is the first.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
