"""From what a command awaits to its result."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


def finish(work: Coroutine[object, object, T]) -> T:
    """Return what some work comes to, in an event loop of its own."""
    # Imported here, because the help waits for nothing and the import takes as long as all else of it.
    import asyncio

    return asyncio.run(work)
