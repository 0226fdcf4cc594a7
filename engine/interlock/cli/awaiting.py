"""From what a command awaits to its result."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

T = TypeVar("T")


def finish(work: Coroutine[object, object, T], new_loop: Callable[[], AbstractEventLoop] | None = None) -> T:
    """Return what some work comes to, in an event loop of its own: asyncio's, or such as is given."""
    # Imported here, because the help waits for nothing and the import takes as long as all else of it.
    import asyncio

    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(work)
