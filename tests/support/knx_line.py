"""The simulated KNX bus, at work: its gateway on loopback, and our driver as its client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from interlock import Target
from interlock_knx.driver import KnxRaw
from interlock_knx.settings import KnxSettings
from interlock_knx.simulator import KnxSimulator
from support.driver_context import context_of
from support.knx_groups import BY_GATEWAY
from support.recorded_feed import RecordedFeed


@dataclass(frozen=True, slots=True)
class Line:
    """A bus and where its gateway is."""

    bus: KnxSimulator
    gateway: str


@asynccontextmanager
async def simulated_line(*targets: Target) -> AsyncIterator[Line]:
    """Serve the groups of these targets, on any free port."""
    bus = KnxSimulator(BY_GATEWAY, targets)
    try:
        yield Line(bus, await bus.start("127.0.0.1", 0))
    finally:
        await bus.stop()


@asynccontextmanager
async def driver_on(
    line: Line, *targets: Target, **settings: object
) -> AsyncIterator[tuple[KnxRaw, RecordedFeed]]:
    """Open a driver that is subscribed to these targets."""
    given = {"gateway": line.gateway, "rate": "1000/s", "timeout": "2s", **settings}
    found = KnxSettings.model_validate(given)
    driver, feed = KnxRaw(found, context_of(found)), RecordedFeed()
    await driver.open()
    try:
        await driver.subscribe(targets, feed)
        yield driver, feed
    finally:
        await driver.close()
