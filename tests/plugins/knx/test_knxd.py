"""The driver on a real bus: knxd's tunnelling server, and another station behind a tunnel of its own."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from interlock import Answer, Driver, Event, TimedOut, Unreachable, Write
from interlock_knx.driver import KnxRaw
from interlock_knx.knxip import bus, silence
from interlock_knx.settings import KnxSettings
from support.driver_context import context_of
from support.knx_groups import group
from support.knxd import MULTICAST, Knxd, Station
from support.recorded_feed import RecordedFeed

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]


@dataclass(frozen=True, slots=True)
class Line:
    knxd: Knxd
    station: Station


@pytest_asyncio.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    knxd = Knxd(tmp_path)
    async with knxd.running(), Station.at(knxd) as station:
        yield Line(knxd, station)


@asynccontextmanager
async def driver_at(gateway: str, **settings: object) -> AsyncIterator[Driver]:
    found = KnxSettings.model_validate({"gateway": gateway, "rate": "1000/s", **settings})
    driver = KnxRaw(found, context_of(found))
    await driver.open()
    try:
        yield driver
    finally:
        await driver.close()


LAMP = group("lamp", "1/0/1", "1.001", state_address="1/1/1")
ROOM = group("room", "2/0/1", "9.001")
SETPOINT = group("setpoint", "2/0/2", "9.001")
BLIND = group("blind", "3/0/1", "5.001")
DIM = group("dim", "3/0/2", "3.007")
METER = group("meter", "4/0/1", "14.056")


async def test_each_address_is_read_once_and_answers_for_all_of_its_points(line: Line) -> None:
    twin = group("twin", "2/0/1", "9")
    line.station.values = {"1/1/1": 1, "2/0/1": bytes.fromhex("0c1a"), "4/0/1": bytes.fromhex("43480000")}
    async with driver_at(line.knxd.gateway) as driver:
        answers = await driver.read([LAMP, ROOM, twin, METER])
    assert answers == {"lamp.value": True, "room.value": 21.0, "twin.value": 21.0, "meter.value": 200.0}
    assert sorted(line.station.heard) == [
        ("read", "1/1/1", None),
        ("read", "2/0/1", None),
        ("read", "4/0/1", None),
    ]


async def test_a_group_that_nobody_answers_for_times_out_alone(line: Line) -> None:
    line.station.values = {"2/0/1": bytes.fromhex("0c1a")}
    async with driver_at(line.knxd.gateway, timeout="1s") as driver:
        answers = await driver.read([ROOM, SETPOINT])
    assert answers[ROOM.point] == 21.0
    silence = answers[SETPOINT.point]
    assert isinstance(silence, TimedOut)
    assert silence.message == "nobody on the bus answers for 2/0/2"


async def test_a_write_reaches_the_other_station_and_is_no_telegram_of_somebody_else(line: Line) -> None:
    feed = RecordedFeed()
    async with driver_at(line.knxd.gateway) as driver:
        await driver.subscribe([LAMP, SETPOINT], feed)
        answers = await driver.write([Write(target=LAMP, value=True), Write(target=SETPOINT, value=21.37)])
        await line.station.until(lambda station: len(station.heard) == 2)
        await line.station.write("1/1/1", 1)
        await feed.until(lambda feed: bool(feed.events))
    assert line.station.heard == [("write", "1/0/1", 1), ("write", "2/0/2", bytes.fromhex("0c2c"))]
    assert answers == [
        Answer(exchange="GroupValueWrite 1/0/1 1"),
        Answer(value=21.36, exchange="GroupValueWrite 2/0/2 0c2c"),
    ]
    assert feed.told == [{"lamp.value": True}]
    assert [event.name for event in feed.events] == ["1/1/1"]


async def test_telegrams_arrive_as_readings_and_as_events(line: Line) -> None:
    feed = RecordedFeed()
    async with driver_at(line.knxd.gateway) as driver:
        await driver.subscribe([ROOM], feed)
        await driver.read([])
        await line.station.write("2/0/1", bytes.fromhex("0c1a"))
        await line.station.respond("2/0/1", bytes.fromhex("0c2c"))
        await line.station.ask("2/0/1")
        await line.station.write("7/7/7", b"\x12\x34\x56")
        await feed.until(lambda feed: len(feed.events) == 4)
    assert feed.told == [{"room.value": 21.0}, {"room.value": 21.36}]
    room = {"kind": "telegram", "name": "2/0/1", "point": ROOM.point}
    assert feed.events == [
        Event(**room, value=21.0, data={"source": "1.1.10", "kind": "write"}),
        Event(**room, value=21.36, data={"source": "1.1.10", "kind": "response"}),
        Event(**room, value=None, data={"source": "1.1.10", "kind": "read"}),
        Event(kind="telegram", name="7/7/7", value="123456", data={"source": "1.1.10", "kind": "write"}),
    ]


async def test_an_absent_gateway_is_unreachable_until_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "RECONNECT_S", 0.1)
    knxd, feed = Knxd(tmp_path), RecordedFeed()
    async with driver_at(knxd.gateway) as driver:
        with pytest.raises(Unreachable, match=f"KNXnet/IP gateway {knxd.gateway} cannot be reached"):
            await driver.read([ROOM])
        await driver.subscribe([ROOM], feed)
        assert [turn.partition(":")[0] for turn in feed.turns] == ["lost"]
        async with knxd.running():
            await feed.until(lambda feed: feed.turns[1:] == ["regained"])
            async with Station.at(knxd) as station:
                station.values = {"2/0/1": bytes.fromhex("0c1a")}
                assert await driver.read([ROOM]) == {ROOM.point: 21.0}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_gateway_that_went_away_and_came_back_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    monkeypatch.setattr(bus, "RECONNECT_S", 0.1)
    knxd, feed = Knxd(tmp_path), RecordedFeed()
    async with AsyncExitStack() as stack:
        async with knxd.running():
            driver = await stack.enter_async_context(driver_at(knxd.gateway))
            await driver.subscribe([ROOM], feed)
            await driver.write([Write(target=ROOM, value=20)])
            await knxd.stop(how)
            [lost] = await driver.write([Write(target=ROOM, value=20)])
            await feed.until(lambda feed: len(feed.turns) == 1)
        async with knxd.running():
            await feed.until(lambda feed: len(feed.turns) == 2)
            [answer] = await driver.write([Write(target=ROOM, value=20)])
    assert isinstance(lost, TimedOut | Unreachable)
    assert [turn.partition(":")[0] for turn in feed.turns] == ["lost", "regained"]
    assert isinstance(answer, Answer)


async def test_a_gateway_that_hangs_is_noticed_though_nothing_is_sent(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "RECONNECT_S", 0.1)
    monkeypatch.setattr(silence, "QUIET_S", 0.1)
    monkeypatch.setattr("xknx.io.self_description.DESCRIPTION_TIMEOUT", 0.3)
    feed = RecordedFeed()
    async with driver_at(line.knxd.gateway) as driver:
        await driver.subscribe([ROOM], feed)
        await line.station.write("2/0/1", bytes.fromhex("0c1a"))
        await feed.until(lambda feed: len(feed.told) == 1)
        line.knxd.give(signal.SIGSTOP)
        await feed.until(lambda feed: len(feed.turns) == 1)
        line.knxd.give(signal.SIGCONT)
        await feed.until(lambda feed: len(feed.turns) == 2)


async def test_routing_hears_asks_and_sends_by_multicast(tmp_path: Path) -> None:
    knxd, feed = Knxd(tmp_path, is_router=True), RecordedFeed()
    way = {"multicast": f"{MULTICAST}:{knxd.port}", "local_ip": "127.0.0.1"}
    async with knxd.running(), Station.at(knxd) as station, driver_at("routing", **way) as driver:
        station.values = {"2/0/1": bytes.fromhex("0c1a")}
        await driver.subscribe([ROOM], feed)
        assert await driver.read([ROOM]) == {ROOM.point: 21.0}
        await station.write("2/0/1", bytes.fromhex("0c2c"))
        await feed.until(lambda feed: bool(feed.events))
        await driver.write([Write(target=SETPOINT, value=21)])
        await station.until(lambda station: len(station.heard) == 2)
    assert feed.told == [{"room.value": 21.0}, {"room.value": 21.36}]
    assert [event.name for event in feed.events] == ["2/0/1"]
    assert station.heard == [("read", "2/0/1", None), ("write", "2/0/2", bytes.fromhex("0c1a"))]
