"""The wall around what somebody asks of a running service: a defect in it ends nothing else."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from interlock.errors import InterlockError

R = TypeVar("R")
log = logging.getLogger("interlock.service")


async def attempt(work: Callable[[], Awaitable[R]], failure: str) -> R | Exception:
    """Return what some work comes to, or what it raised where that is a defect; this is logged.

    Args:
        work: Does what was asked.
        failure: What the log says of a defect.

    Raises:
        InterlockError: what was asked cannot be done.
    """
    try:
        return await work()
    except InterlockError:
        raise
    except Exception as error:
        log.error(failure, exc_info=error)
        return error


async def keep_open(door: str, serve: Callable[[], Awaitable[None]]) -> None:
    """Serve at one of a service's doors; an error that closes it is logged, and closes no other.

    Args:
        door: What the log calls it.
        serve: Takes what is asked there, until it is cancelled.
    """
    closed = (
        f"{door}: closed by an error; the service goes on without, and start it again once that is mended"
    )
    try:
        await attempt(serve, closed)
    except InterlockError as error:
        log.error("%s: %s", closed, error)
