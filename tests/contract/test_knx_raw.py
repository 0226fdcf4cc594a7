"""The driver ``knx-raw`` keeps the contract: on a bus behind knxd, and through a Thinknx server's calls."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import pytest
from xknx.io import data_connection
from xknx.io.request_response import connectionstate

from interlock import Answer, Point, RejectedValue, Target, TimedOut, Value
from interlock.testing import DriverContract, Rig, make_targets, rig_of_simulator
from interlock_knx.driver import KnxRaw
from interlock_knx.knxip import bus, decode, encode, silence, zero
from interlock_knx.settings import KnxSettings
from interlock_knx.simulator import KnxSimulator
from interlock_knx.telegrams import Telegram, TelegramKind
from interlock_knx.values import group_of
from support.knx_groups import BY_GATEWAY, BY_THINKNX
from support.knx_line import Line, simulated_line
from support.knxd import Knxd, Station

pytestmark = pytest.mark.slow

DEVICES = {
    "lamp": {"type": "group", "address": "1/0/1", "dpt": "1.001", "state_address": "1/1/1"},
    "forced": {"type": "group", "address": "1/0/2", "dpt": "2.001"},
    "dim": {"type": "group", "address": "1/0/3", "dpt": "3.007", "read": True},
    "level": {"type": "group", "address": "2/0/1", "dpt": "5.001"},
    "angle": {"type": "group", "address": "2/0/2", "dpt": "5.003"},
    "offset": {"type": "group", "address": "2/0/3", "dpt": "6.010"},
    "room": {"type": "group", "address": "3/0/1", "dpt": "9.001"},
    "power": {"type": "group", "address": "3/0/2", "dpt": "14.056"},
    "mode": {"type": "group", "address": "3/0/3", "dpt": "20.102"},
}
ON_A_BUS = DEVICES | {
    "meter": {"type": "group", "address": "4/0/1", "dpt": "13.013"},
    "wakeup": {"type": "group", "address": "4/0/2", "dpt": "10.001"},
    "sign": {"type": "group", "address": "4/0/3", "dpt": "16.001"},
    "strip": {"type": "group", "address": "4/0/4", "dpt": "232.600"},
}
"""What a Thinknx server has no call for, too."""
SAMPLES = {
    "angle.value": (0, 360),
    "power.value": (-1.5, 3.4028234663852886e38, 0.0),
}
SAMPLES_ON_A_BUS = SAMPLES | {
    "wakeup.value": ("07:30", "23:59:59"),
    "sign.value": ("Küche 21,5 °C!", ""),
}


class TestOnABus(DriverContract):
    driver = KnxRaw
    # A gateway that went away must be tried again, and no engine can know when.
    may_wait: ClassVar[frozenset[str]] = frozenset({"asyncio.sleep"})

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Rig]:
        with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(bus, "RECONNECT_S", 0.05)
            # Whoever only listens learns of a loss by xknx's heartbeat alone, after 70 s and four times 10 s.
            patch.setattr(data_connection, "HEARTBEAT_RATE", 0.2)
            patch.setattr(connectionstate, "CONNECTIONSTATE_REQUEST_TIMEOUT", 0.5)
            knxd = Knxd(Path(folder))
            async with knxd.running(), Station.at(knxd) as station:
                talking = asyncio.create_task(chatter(station))
                try:
                    yield bus_rig(knxd, station)
                finally:
                    talking.cancel()
                    await asyncio.gather(talking, return_exceptions=True)


def bus_rig(knxd: Knxd, station: Station) -> Rig:
    """Return the rig of a station that has every group."""
    settings = KnxSettings.model_validate({"gateway": knxd.gateway, "timeout": "2s", "rate": "1000/s"})
    targets = make_targets(KnxRaw, settings, ON_A_BUS)
    groups = {target.point: group_of(target) for target in targets}
    station.states = {"1/0/1": "1/1/1"}
    station.values = {group.listens_at: zero(group.datapoint) for group in groups.values()}

    def value(point: Point) -> Value:
        return decode(groups[point].datapoint, station.values[groups[point].listens_at])

    def change(point: Point, value: Value) -> None:
        group = groups[point]
        station.values[group.listens_at] = encode(group.datapoint, value)
        station.send(group.listens_at, station.values[group.listens_at])

    def taken(point: Point) -> Sequence[Value | None]:
        group = groups[point]
        payloads = [
            payload for kind, address, payload in station.heard if (kind, address) == ("write", group.address)
        ]
        return [decode(group.datapoint, payload) for payload in payloads if payload is not None]

    async def lose() -> None:
        await knxd.stop()

    async def regain() -> None:
        await knxd.start()
        await station.rejoin()

    async def hang() -> None:
        knxd.give(signal.SIGSTOP)

    [ghost] = make_targets(KnxRaw, settings, {"ghost": {"type": "group", "address": "9/0/9", "dpt": "1"}})
    return Rig(
        settings=settings,
        targets=targets,
        samples={Point(name): values for name, values in SAMPLES_ON_A_BUS.items()},
        unknown=ghost,
        unknown_error=TimedOut,
        commands=lambda: sum(kind == "write" for kind, _, _ in station.heard),
        value=value,
        change=change,
        taken=taken,
        lose=lose,
        regain=regain,
        hang=hang,
    )


class OnASimulatedBus(DriverContract):
    """The simulated gateway; the ways to reach it are below."""

    driver = KnxRaw
    may_wait: ClassVar[frozenset[str]] = frozenset({"asyncio.sleep"})
    transport: ClassVar[str]

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Rig]:
        targets = make_targets(KnxRaw, BY_GATEWAY, ON_A_BUS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bus, "RECONNECT_S", 0.05)
            patch.setattr(silence, "QUIET_S", 0.2)
            patch.setattr("xknx.io.self_description.DESCRIPTION_TIMEOUT", 0.2)
            async with simulated_line(*targets) as line:
                talking = asyncio.create_task(small_talk(line.bus))
                try:
                    yield simulated_rig(line, targets, self.transport)
                finally:
                    talking.cancel()
                    await asyncio.gather(talking, return_exceptions=True)


class TestOnASimulatedBusOverUdp(OnASimulatedBus):
    transport = "udp"


class TestOnASimulatedBusOverTcp(OnASimulatedBus):
    transport = "tcp"


def simulated_rig(line: Line, targets: Sequence[Target], transport: str) -> Rig:
    """Return the rig of the simulated gateway."""
    settings = KnxSettings.model_validate(
        {"gateway": line.gateway, "transport": transport, "timeout": "2s", "rate": "1000/s"}
    )
    [ghost] = make_targets(KnxRaw, settings, {"ghost": {"type": "group", "address": "9/0/9", "dpt": "1"}})

    return replace(
        rig_of_simulator(
            line.bus,
            f"knx://{line.gateway}",
            settings,
            targets,
            refuse="negative",
            hang="silent",
            drop="drop",
        ),
        # The gateway counts what reaches the bus, and nothing does while it is silent.
        requests=None,
        samples={Point(name): values for name, values in SAMPLES_ON_A_BUS.items()},
        unknown=ghost,
        unknown_error=TimedOut,
    )


async def small_talk(simulator: KnxSimulator) -> None:
    """Say something on groups that nobody knows, for who listens for devices."""
    while True:
        for address, payload in (("7/0/1", 1), ("7/0/2", b"\x0c\x1a")):
            simulator.send(
                Telegram(address=address, kind=TelegramKind.WRITE, source="1.1.9", payload=payload)
            )
        await asyncio.sleep(0.2)


async def chatter(station: Station) -> None:
    """Say something on groups that nobody knows, for who listens for devices."""
    while True:
        if station.is_connected:
            station.send("7/0/1", 1)
            station.send("7/0/2", b"\x0c\x1a")
        await asyncio.sleep(0.2)


class TestThroughAThinknxServer(DriverContract):
    driver = KnxRaw
    may_wait: ClassVar[frozenset[str]] = frozenset({"asyncio.sleep"})

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Rig]:
        server = Server()
        yield Rig(
            settings=BY_THINKNX,
            targets=make_targets(KnxRaw, BY_THINKNX, DEVICES),
            samples={Point(name): values for name, values in SAMPLES.items()},
            through=server,
            requests=lambda: server.requests,
            refuse=server.refuse,
            hang=server.hang,
            # The other connection keeps the time limit: its driver's silence arrives as an error.
            hang_commands=server.drop,
            drop=server.drop,
        )


class Server:
    """Takes the calls of a Thinknx server."""

    def __init__(self) -> None:
        self.requests = 0
        self._trouble: RejectedValue | TimedOut | None = None
        self._hangs = False

    async def call(self, controller: str, fields: Mapping[str, Value]) -> Answer:
        self.requests += 1
        if self._hangs:
            await asyncio.Event().wait()
        if self._trouble:
            raise self._trouble
        return Answer(exchange=f"{controller} {fields['group']}")

    async def refuse(self) -> None:
        self._trouble = RejectedValue("params errors")

    async def hang(self) -> None:
        self._hangs = True

    async def drop(self) -> None:
        self._trouble = TimedOut("no answer")


def test_the_devices_of_both_ways_are_the_same_but_for_reading() -> None:
    for settings, is_readable in ((BY_GATEWAY, True), (BY_THINKNX, False)):
        targets = make_targets(KnxRaw, settings, DEVICES)
        assert [target.capability.readable for target in targets] == [is_readable] * 9
