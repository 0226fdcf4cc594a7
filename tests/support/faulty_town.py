"""Two servers of one vendor and an engine at work on both: one misbehaves, and the other does not.

Nothing here knows a protocol: a `Vendor` says what the site file needs of one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext
from typing import Protocol

from interlock import Simulator, issue_loopback_tls
from interlock.clock import Clock, WallClock
from interlock.config.site import Site
from interlock.history.journal import MemoryJournal
from interlock.model import Command, Origin, OriginKind, Point, Quality, Receipt, Value
from interlock.runtime.engine import Engine
from interlock.service.loading import load

PATIENCE_S = 30.0

_SITE = """
site: {{name: Two servers, timezone: Europe/Rome}}
connections:
  house: {{{house}, poll: 100ms, timeout: 500ms, stale_after: 1s, concurrency: 2}}
  shop: {{{shop}, poll: 100ms, stale_after: 30s}}
devices:
{devices}
watch: [{watch}]
"""


class _Mendable(Protocol):
    def clear_faults(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A driver, as far as two servers and their faults are concerned."""

    simulator: type[Simulator]
    connection: Callable[[str, Path], str]
    """The settings of a connection in YAML, by its server's URL and the authority that it is to trust."""
    devices: str
    """The devices of ``house`` and ``shop`` in YAML, two blanks before each line."""
    reading: Point
    """A point of ``house`` that is read."""
    neighbour: Point
    """A point of ``shop`` that is read."""
    others: tuple[str, ...] = ()
    """Further devices of ``house`` that are read."""
    secrets: str = "none: none\n"
    """What secrets.yaml holds."""
    has_tls: bool = False


@dataclass
class Town:
    """Both servers and the engine at work on them."""

    vendor: Vendor
    house: Simulator
    shop: Simulator
    engine: Engine
    journal: MemoryJournal
    house_url: str
    tls: SSLContext | None
    """What both servers speak https with, where they do."""

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE_S):
            while not what():  # noqa: ASYNC110 - a server tells nobody what arrives
                await asyncio.sleep(0.01)

    async def settled(self) -> None:
        """Wait until both servers were read."""
        both = {self.vendor.reading, self.vendor.neighbour}
        await self.until(lambda: both <= self.engine.state.values.keys())

    async def while_the_neighbour_is_polled(self, times: int) -> None:
        """Wait as long as it takes until the other server was asked so often."""
        asked = len(self.shop.requests)
        await self.until(lambda: len(self.shop.requests) >= asked + times)

    async def healed(self) -> None:
        """Switch the faults off, and wait until the server is read again."""
        house: _Mendable = self.house  # type: ignore[assignment]
        house.clear_faults()
        await self.until(lambda: self.quality is Quality.GOOD)

    @property
    def quality(self) -> Quality | None:
        """How good the reading of the faulty server is."""
        reading = self.engine.state.reading(self.vendor.reading)
        return reading.quality if reading else None

    @property
    def reason(self) -> str:
        """Why the reading of the faulty server is not good."""
        reading = self.engine.state.reading(self.vendor.reading)
        return reading.reason if reading else ""

    async def send(self, point: Point, value: Value | None) -> Receipt:
        """Command a point; return the receipt."""
        command = Command(
            id=self.engine.new_id(),
            point=point,
            value=value,
            origin=Origin(OriginKind.OPERATOR, "test"),
            created_at=WallClock().now(),
        )
        [receipt] = await asyncio.gather(*self.engine.submit([command]))
        return receipt


@asynccontextmanager
async def faulty_town(vendor: Vendor, folder: Path, clock: Clock | None = None) -> AsyncIterator[Town]:
    """Start both servers and the engine; end them when the block ends."""
    tls = issue_loopback_tls(folder / "ca.pem") if vendor.has_tls else None
    site = _load(vendor, folder, house="https://127.0.0.1:1", shop="https://127.0.0.1:1")
    house, shop = (_simulator(vendor, site, name) for name in ("house", "shop"))
    urls = {"house": await _started(house, tls), "shop": await _started(shop, tls)}
    journal, stop = MemoryJournal(), asyncio.Event()
    await journal.open()
    engine = Engine(_load(vendor, folder, **urls), (), clock=clock or WallClock(), journal=journal, seed=1)
    running = asyncio.create_task(engine.run(stop))
    try:
        yield Town(vendor, house, shop, engine, journal, urls["house"], tls)
    finally:
        stop.set()
        await running
        await house.stop()
        await shop.stop()


def _load(vendor: Vendor, folder: Path, *, house: str, shop: str) -> Site:
    (folder / "secrets.yaml").touch(mode=0o600)
    (folder / "secrets.yaml").write_text(vendor.secrets, encoding="utf-8")
    text = _SITE.format(
        house=vendor.connection(house, folder / "ca.pem"),
        shop=vendor.connection(shop, folder / "ca.pem"),
        devices=vendor.devices,
        watch=", ".join([vendor.reading.device, vendor.neighbour.device, *vendor.others]),
    )
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    return load(folder / "site.yaml").site


def _simulator(vendor: Vendor, site: Site, name: str) -> Simulator:
    targets = [target for target in site.targets.values() if target.device.connection == name]
    return vendor.simulator(site.connections[name].settings, targets)


async def _started(simulator: Simulator, tls: SSLContext | None) -> str:
    return await simulator.start("127.0.0.1", 0, tls)
