"""Looking at every point of a site, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from interlock.clock import WallClock
from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.rules.state import State
from interlock.runtime.engine import Engine
from interlock.service.accounts.point_lines import known_of
from interlock.service.control.protocol import PointLine
from interlock.service.host.signals import StopSignals
from interlock.service.onlookers.observing import NoJournal

Show: TypeAlias = Callable[[State, Mapping[str, PointLine]], None]
"""Is given what was polled here, and what is known elsewhere, which goes before it."""


async def watch_points(site: Site, show: Show, *, journal: JournalPlace, every_s: float) -> None:
    """Look at every readable point until SIGINT or SIGTERM.

    What the service that runs with the journal knows is asked of it; the rest is polled here, as a service
    without rules does.

    Args:
        site: Has the points; its rules are not run.
        show: Is called at once and then again and again with what is known.
        journal: Of the service.
        every_s: Seconds between the calls.

    Raises:
        EndedAtOnce: there was a second signal.
        ControlError: the service does not answer.
    """
    known = await known_of(site, journal)
    watched = tuple(
        point
        for point, target in site.targets.items()
        if target.capability.has_reading and point not in known
    )
    engine = Engine(replace(site, watch=watched), (), clock=WallClock(), journal=NoJournal())
    with StopSignals() as signals:
        looking = asyncio.create_task(_look(engine, known, show, journal, every_s), name="looking")
        # Where the service can no longer be asked, there is nothing left to be shown.
        looking.add_done_callback(lambda _: signals.stop.set())
        try:
            await signals.finish(engine.run(signals.stop), engine.has_begun)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        if not looking.cancelled():
            looking.result()


async def _look(
    engine: Engine, known: Mapping[str, PointLine], show: Show, journal: JournalPlace, every_s: float
) -> None:
    while True:
        show(engine.state, known)
        await asyncio.sleep(every_s)
        known = await known_of(engine.site, journal)
