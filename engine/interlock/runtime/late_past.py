"""The past of a run that began without it, because its journal could not be reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from interlock.durations import format_duration
from interlock.errors import JournalError
from interlock.history.journal import Journal
from interlock.history.records import Past

log = logging.getLogger("interlock.engine")

PATIENCE = timedelta(minutes=15)
"""So long what is true at the start waits to be told whether it was true before: a database server that
recovers from a power cut takes minutes, and a scene that is launched a quarter of an hour late surprises."""
_AGAIN_S = 5.0


async def await_past(
    journal: Journal, take_over: Callable[[], Awaitable[None]], wait_no_more: Callable[[], None]
) -> None:
    """Take the past over as soon as the journal can be read.

    Args:
        journal: One that is late.
        take_over: Reads the past and goes on with it.
        wait_no_more: Is called where it did not come within `PATIENCE`.
    """
    log.warning("what is true already waits for the journal, %s at most", format_duration(PATIENCE))
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await journal.past()
    if journal.is_late:
        log.warning("the journal did not come: what is true already counts as known")
        wait_no_more()
    while True:
        await journal.past()
        try:
            # What was done since must stand in it before it is read: it counts more than what was before.
            # Where it cannot be written, the journal says so itself.
            if await journal.commit():
                await take_over()
                log.warning("the journal has come: what it holds is taken over where nothing newer stands")
                return
        except JournalError as error:
            log.warning("%s; it is tried again", error)
        await asyncio.sleep(_AGAIN_S)


def before(past: Past, run: int) -> Past:
    """Return what a past tells of earlier runs: a journal that is late has taken firings of this one too.

    Args:
        past: As the journal has it.
        run: The number with which ids of this run begin.
    """
    own = f"{run}-"
    return replace(
        past, unfinished=tuple(each for each in past.unfinished if not each.firing.startswith(own))
    )
