"""Looking at every point of a site, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from interlock.clock import WallClock
from interlock.config.site import Site
from interlock.rules.state import State
from interlock.runtime.engine import Engine
from interlock.service.observing import NoJournal
from interlock.service.signals import StopSignals


async def watch_points(site: Site, show: Callable[[State], None], *, every_s: float) -> None:
    """Poll every readable point, as a service without rules does, until SIGINT or SIGTERM.

    Args:
        site: Has the points; its rules are not run.
        show: Is called at once and then again and again with what is known.
        every_s: Seconds between the calls.

    Raises:
        EndedAtOnce: there was a second signal.
    """
    watched = tuple(point for point, target in site.targets.items() if target.capability.has_reading)
    engine = Engine(replace(site, watch=watched), (), clock=WallClock(), journal=NoJournal())
    with StopSignals() as signals:
        showing = asyncio.create_task(_show_again_and_again(engine, show, every_s), name="showing")
        try:
            await signals.finish(engine.run(signals.stop))
        finally:
            showing.cancel()


async def _show_again_and_again(engine: Engine, show: Callable[[State], None], every_s: float) -> None:
    while True:
        show(engine.state)
        await asyncio.sleep(every_s)
