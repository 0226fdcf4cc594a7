"""KNX groups through a Thinknx server: real HTTP, both drivers and the engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from interlock.clock import WallClock
from interlock.history.journal import MemoryJournal
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Quality, Value
from interlock.runtime.engine import Engine
from interlock.service.loading import load
from interlock_thinknx.simulator import ThinknxSimulator

SITE = """
site: {{name: Villa, timezone: Europe/Rome}}
connections:
  house: {{driver: thinknx-local, host: 127.0.0.1, port: {port}}}
  bus: {{driver: knx-raw, through: house}}
devices:
  server: {{connection: house, type: server}}
  boiler: {{connection: bus, type: group, address: 1/515, dpt: 1.001}}
  blind: {{connection: bus, type: group, address: 1/2/4, dpt: 5.001}}
  offset: {{connection: bus, type: group, address: 1/2/5, dpt: 6.010}}
  room: {{connection: bus, type: group, address: 1/2/6, dpt: 9.001}}
"""

VALUES: dict[str, Value] = {
    "boiler.value": True,
    "blind.value": 50,
    "offset.value": -5,
    "room.value": 21.5,
}

pytestmark = pytest.mark.slow


async def test_commands_become_calls_and_assumed_readings(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(port=1), encoding="utf-8")
    site = load(path).site
    targets = [target for target in site.targets.values() if target.device.connection == "house"]
    simulator = ThinknxSimulator(site.connections["house"].settings, targets)
    url = await simulator.start("127.0.0.1", 0)
    path.write_text(SITE.format(port=urlsplit(url).port), encoding="utf-8")
    loaded, journal, stop = load(path), MemoryJournal(), asyncio.Event()
    await journal.open()
    engine = Engine(loaded.site, loaded.rules, clock=WallClock(), journal=journal, seed=1)
    running = asyncio.create_task(engine.run(stop))
    try:
        receipts = [await _send(engine, Point(point), value) for point, value in VALUES.items()]
        readings = {point: engine.state.reading(Point(point)) for point in VALUES}
    finally:
        stop.set()
        await running
        await simulator.stop()
    assert receipts == [Outcome.ACCEPTED] * 4
    assert [request.target for request in simulator.requests if "sendKNX" in request.target] == [
        "/api/v1/system/sendKNXbit?group=1/2/3&value=1",
        "/api/v1/system/sendKNXbyte?group=1/2/4&value=128",
        "/api/v1/system/sendKNXbyteun?group=1/2/5&value=-5",
        "/api/v1/system/sendKNXfloat2bytes?group=1/2/6&value=21.5",
    ]
    assert {point: (reading.value, reading.quality) for point, reading in readings.items() if reading} == {
        point: (value, Quality.ASSUMED) for point, value in VALUES.items()
    }


async def _send(engine: Engine, point: Point, value: Value) -> Outcome:
    command = Command(
        id=engine.new_id(),
        point=point,
        value=value,
        origin=Origin(OriginKind.OPERATOR, "test"),
        created_at=WallClock().now(),
    )
    [receipt] = await asyncio.gather(*engine.submit([command]))
    return receipt.outcome
