"""Thinknx servers with one wrong device or password, or none there at all: real HTTP, driver and engine.

What any server can do wrong is in ``test_table_of_faults.py``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from interlock.clock import WallClock
from interlock.history.journal import MemoryJournal
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Quality, Receipt, Value
from interlock.runtime.engine import Engine
from interlock.service.loading import load
from interlock_thinknx.simulator import ThinknxSimulator

SITE = """
site: {{name: Two servers, timezone: Europe/Rome}}
connections:
  house: {{driver: thinknx-local, host: 127.0.0.1, port: {house}, poll: 100ms, timeout: 500ms,
          auth: {auth}, username: me, password: !secret house, feedback_timeout: 500ms,
          stale_after: 1s, concurrency: 2}}
  shop: {{driver: thinknx-local, host: 127.0.0.1, port: {shop}, poll: 100ms, stale_after: 30s}}
devices:
  living: {{connection: house, type: thermostat, guid: LIVING, controllers: [actualtemp, setpoint]}}
  lamp: {{connection: house, type: light, guid: LAMP}}
  evening: {{connection: house, type: scene, guid: EVENING}}
  fridge: {{connection: shop, type: thermostat, guid: FRIDGE, controllers: [actualtemp]}}
watch: [living, lamp, fridge]
"""
TEMPERATURE, LAMP = Point("living.actualtemp"), Point("lamp.power")
SCENE, FRIDGE = Point("evening.scenelaunch"), Point("fridge.actualtemp")
PASSWORD = "never-to-be-seen"
PATIENCE_S = 30.0

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]


@dataclass
class Town:
    """Both servers and the engine at work on them."""

    house: ThinknxSimulator
    shop: ThinknxSimulator
    engine: Engine
    journal: MemoryJournal

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not what():  # noqa: ASYNC110 - a server tells nobody what arrives
                await asyncio.sleep(0.01)

    def quality(self, point: Point) -> Quality | None:
        reading = self.engine.state.reading(point)
        return reading.quality if reading else None

    def reason(self, point: Point) -> str:
        reading = self.engine.state.reading(point)
        return reading.reason if reading else ""

    async def settled(self) -> None:
        await self.until(lambda: {TEMPERATURE, LAMP, FRIDGE} <= self.engine.state.values.keys())

    async def send(self, point: Point, value: Value) -> Receipt:
        command = Command(
            id=self.engine.new_id(),
            point=point,
            value=value,
            origin=Origin(OriginKind.OPERATOR, "test"),
            created_at=WallClock().now(),
        )
        [receipt] = await asyncio.gather(*self.engine.submit([command]))
        return receipt

    def asked(self, endpoint: str) -> int:
        return sum(f"/{endpoint}?" in request.target for request in self.house.requests)


@asynccontextmanager
async def town(
    folder: Path, *, auth: str = "basic", password: str = PASSWORD, with_house: bool = True
) -> AsyncIterator[Town]:
    """Start both servers and the engine; end them when the block ends."""
    (folder / "secrets.yaml").write_text(f"house: {PASSWORD}\n", encoding="utf-8")
    (folder / "secrets.yaml").chmod(0o600)
    site_file = folder / "site.yaml"
    site_file.write_text(SITE.format(house=1, shop=1, auth=auth), encoding="utf-8")
    site = load(site_file).site
    simulators = {
        name: ThinknxSimulator(
            connection.settings, [t for t in site.targets.values() if t.device.connection == name]
        )
        for name, connection in site.connections.items()
    }
    urls = {name: await simulator.start("127.0.0.1", 0) for name, simulator in simulators.items()}
    if not with_house:
        await simulators["house"].stop()
    for simulator in simulators.values():
        simulator.pace.reaction_s = 0.0
    ports = {name: urlsplit(url).port for name, url in urls.items()}
    (folder / "secrets.yaml").write_text(f"house: {password}\n", encoding="utf-8")
    site_file.write_text(SITE.format(**ports, auth=auth), encoding="utf-8")
    loaded, journal, stop = load(site_file), MemoryJournal(), asyncio.Event()
    await journal.open()
    engine = Engine(loaded.site, loaded.rules, clock=WallClock(), journal=journal, seed=1)
    running = asyncio.create_task(engine.run(stop))
    try:
        yield Town(simulators["house"], simulators["shop"], engine, journal)
    finally:
        stop.set()
        await running
        for simulator in simulators.values():
            await simulator.stop()


async def test_an_unknown_guid_costs_its_device_alone_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with town(tmp_path) as site:
        await site.settled()
        site.house.add_fault("404@LIVING")
        await site.until(lambda: site.quality(TEMPERATURE) is Quality.FAULT)
        before = site.asked("powerstatus")
        await site.until(lambda: site.asked("powerstatus") > before + 5)
        assert site.quality(LAMP) is Quality.GOOD
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len([line for line in told if "living.actualtemp" in line]) == 1
    assert all("connection house: " in line and "living" in line for line in told)


@pytest.mark.parametrize("auth", ["basic", "digest"])
async def test_a_wrong_password_is_said_once_and_not_asked_again(
    tmp_path: Path, auth: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with town(tmp_path, auth=auth, password="wrong-but-secret") as site:
        await site.until(lambda: site.quality(TEMPERATURE) is Quality.FAULT)
        asked, polls = len(site.house.requests), len(site.shop.requests)
        await site.until(lambda: len(site.shop.requests) > polls + 10)
        assert len(site.house.requests) == asked <= 2
        assert (await site.send(LAMP, True)).outcome is Outcome.REFUSED
        assert len(site.house.requests) == asked
    lines = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len([line for line in lines if "not asked again until its settings change" in line]) == 1
    assert not any("wrong-but-secret" in record.getMessage() for record in caplog.records)


async def test_no_server_at_all_and_then_there_is_one(tmp_path: Path) -> None:
    async with town(tmp_path, with_house=False) as site:
        await site.until(lambda: site.quality(TEMPERATURE) is Quality.FAULT)
        assert "cannot be reached" in site.reason(TEMPERATURE)
        assert site.reason(TEMPERATURE).startswith("connection house: ")
        await site.until(lambda: site.quality(FRIDGE) is Quality.GOOD)
        port = site.engine.site.connections["house"].settings.port  # type: ignore[attr-defined]
        await site.house.start("127.0.0.1", port)
        await site.until(lambda: site.quality(TEMPERATURE) is Quality.GOOD)


async def test_a_dead_actuator_holds_up_no_neighbour(tmp_path: Path) -> None:
    async with town(tmp_path) as site:
        await site.settled()
        site.house.add_fault("dead:lamp")
        dead = asyncio.create_task(site.send(LAMP, True))
        await site.until(lambda: site.asked("power") == 1)
        assert (await site.send(SCENE, "launch")).outcome is Outcome.ACCEPTED
        assert not dead.done()
        assert (await dead).outcome is Outcome.UNCERTAIN


async def test_a_lamp_is_switched_again_after_a_doubt(tmp_path: Path) -> None:
    async with town(tmp_path) as site:
        await site.settled()
        site.house.add_fault("500@power")
        sending = asyncio.create_task(site.send(LAMP, True))
        await site.until(lambda: site.asked("power") == 1)
        site.house.clear_faults()
        receipt = await sending
        assert (receipt.outcome, receipt.attempts, site.house.value(LAMP)) == (Outcome.ACCEPTED, 2, True)
