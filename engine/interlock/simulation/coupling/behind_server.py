"""A building behind a protocol server, by the wall clock or a faster one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from interlock.clock import Clock
from interlock.config.site import Site
from interlock.driver import Simulator
from interlock.simulation.coupling.coupling import Coupling
from interlock.simulation.coupling.plan import Plan
from interlock.simulation.coupling.planning import plan_of
from interlock.simulation.plant.outdoors import Weather


def couple_server(
    simulator: Simulator,
    site: Site,
    connection: str,
    clock: Clock,
    *,
    plan: Plan | None = None,
    weather: Weather | None = None,
    seed: int = 0,
) -> Coupling:
    """Put the building of a site behind the devices that a server has; whoever calls it keeps it alive.

    Args:
        simulator: It listens already, and its devices live by the same clock.
        site: Has the plan.
        connection: The one that is served: the building has its points alone.
        clock: What the building lives by.
        plan: In place of the site's.
        weather: In place of the plan's.
        seed: Of everything that is random in the building.

    Raises:
        ConfigurationError: the section ``plant`` has errors.
        WeatherError: the weather's file cannot be used, or does not know the clock's present.
    """
    served = replace(site, connections={connection: site.connections[connection]})
    points = {point for point, each in site.targets.items() if each.device.connection == connection}
    own = (plan or plan_of(site)).within(points)
    return Coupling(own, served, simulator, clock.now, weather=weather, seed=seed)


async def keep_alive(coupling: Coupling, tick_s: float, observe: Callable[[], None] | None = None) -> None:
    """Let a building live behind a server until it is cancelled.

    Args:
        coupling: The building.
        tick_s: Seconds of the event loop between two looks at what devices were told.
        observe: Is called after each.

    Raises:
        WeatherError: the weather does not know what time it has become.
    """
    while True:
        await asyncio.sleep(tick_s)
        coupling.attend()
        if observe:
            observe()
