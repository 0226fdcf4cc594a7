"""A bus behind knxd, driver, engine and rules: telegrams fire, and a restarted gateway costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from xknx.io import data_connection
from xknx.io.request_response import connectionstate

from interlock.clock import WallClock
from interlock.history.journal import MemoryJournal
from interlock.model import Point, Quality
from interlock.runtime.engine import Engine
from interlock.service.loading import load
from interlock_knx.knxip import bus
from support.knxd import Knxd, Station

SITE = """
site: {{name: Villa, timezone: Europe/Rome}}
connections:
  bus: {{driver: knx-raw, gateway: "{gateway}", timeout: 2s, stale_after: 100ms, rate: 100/s}}
devices:
  room: {{connection: bus, type: group, address: 3/0/1, dpt: 9.001}}
  valve: {{connection: bus, type: group, address: 3/1/1, dpt: 5.001}}
  bell_lamp: {{connection: bus, type: group, address: 1/0/2, dpt: 1.001, state_address: 1/1/2}}
rules:
  - id: warm
    triggers:
      - becomes: room.value > 26
        until: room.value < 24
    actions:
      - set: {{valve.value: 100}}
  - id: bell
    triggers:
      - telegram: 7/0/1
    actions:
      - set: {{bell_lamp.value: on}}
"""
ROOM, VALVE = Point("room.value"), Point("valve.value")
PATIENCE_S = 30.0
COLD, WARM = bytes.fromhex("0c1a"), bytes.fromhex("0d46")
"""21.0 and 27.0 °C."""

pytestmark = pytest.mark.slow


@dataclass
class Villa:
    knxd: Knxd
    station: Station
    engine: Engine

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not what():  # noqa: ASYNC110 - the engine tells nobody what it has done
                await asyncio.sleep(0.01)

    def quality(self, point: Point) -> Quality | None:
        reading = self.engine.state.reading(point)
        return reading.quality if reading else None

    def writes(self, address: str) -> list[int | bytes | None]:
        return [payload for kind, at, payload in self.station.heard if (kind, at) == ("write", address)]


@asynccontextmanager
async def villa(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Villa]:
    monkeypatch.setattr(bus, "RECONNECT_S", 0.1)
    # Nothing is sent in between, so that only the heartbeat finds out that the gateway is gone.
    monkeypatch.setattr(data_connection, "HEARTBEAT_RATE", 0.2)
    monkeypatch.setattr(connectionstate, "CONNECTIONSTATE_REQUEST_TIMEOUT", 0.5)
    knxd = Knxd(folder)
    path = folder / "site.yaml"
    path.write_text(SITE.format(gateway=knxd.gateway), encoding="utf-8")
    loaded = load(path)
    async with knxd.running(), Station.at(knxd) as station:
        station.values = {"3/0/1": COLD, "3/1/1": b"\x00", "1/1/2": 0}
        journal, stop = MemoryJournal(), asyncio.Event()
        await journal.open()
        engine = Engine(loaded.site, loaded.rules, clock=WallClock(), journal=journal, seed=1)
        running = asyncio.create_task(engine.run(stop))
        try:
            yield Villa(knxd, station, engine)
        finally:
            stop.set()
            await running


async def test_a_telegram_fires_and_a_value_fires_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with villa(tmp_path, monkeypatch) as house:
        await house.until(lambda: house.quality(ROOM) is Quality.GOOD)
        assert house.engine.state.values[ROOM] == 21.0
        await house.station.write("7/0/1", 1)
        await house.until(lambda: house.writes("1/0/2") == [1])
        await house.station.write("3/0/1", WARM)
        await house.until(lambda: house.writes("3/1/1") == [b"\xff"])
        await house.until(lambda: house.engine.state.values[VALVE] == 100)


async def test_a_restarted_gateway_makes_points_stale_then_good_and_no_rule_forget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with villa(tmp_path, monkeypatch) as house:
        await house.until(lambda: house.quality(ROOM) is Quality.GOOD)
        await house.station.write("3/0/1", WARM)
        await house.until(lambda: house.writes("3/1/1") == [b"\xff"])
        await house.knxd.stop()
        await house.until(lambda: house.quality(ROOM) is Quality.STALE)
        await house.knxd.start()
        house.station.values = {"3/0/1": WARM, "3/1/1": b"\x00"}
        await house.station.rejoin()
        await house.until(lambda: house.quality(ROOM) is Quality.GOOD)
        # What was true before is no news: the rule fires again only after it was cold.
        await house.until(lambda: house.engine.state.values.get(VALVE) == 0)
        assert house.writes("3/1/1") == [b"\xff"]
        await house.station.write("3/0/1", COLD)
        await house.station.write("3/0/1", WARM)
        await house.until(lambda: house.writes("3/1/1") == [b"\xff", b"\xff"])
