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
