"""One port for KNXnet/IP over UDP and TCP, and for HTTP."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import httpx
import pytest
import pytest_asyncio

from interlock_knx.settings import KnxSettings
from interlock_knx.simulator import KnxSimulator
from interlock_knx.telegrams import Telegram, TelegramKind
from support.knx_groups import BY_GATEWAY, group
from support.knx_line import Line, simulated_line

pytestmark = pytest.mark.slow

ROOM = group("room", "2/0/1", "9.001")
HOST = "127.0.0.1"
BACK = "0802000000000000"
CONNECT = bytes.fromhex(f"06100205001a{BACK}{BACK}04040200")
CONNECTED = bytes.fromhex(f"0610020600140100{BACK}040411f1")
STATE = bytes.fromhex(f"0610020700100100{BACK}")
STATE_IS_GOOD = bytes.fromhex("0610020800080100")
_WITHIN_S = 20.0


@pytest_asyncio.fixture
async def line() -> AsyncIterator[Line]:
    async with simulated_line(ROOM) as found:
        yield found


@pytest.fixture
def taken_udp_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        # None of those that the system gives to clients: one of them might have it for TCP.
        for port in range(20_000 + os.getpid() % 10_000, 32_768):
            with suppress(OSError), socket.create_server((HOST, port)):
                taken.bind((HOST, port))
                break
        yield taken.getsockname()[1]


async def connected(line: Line) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = line.gateway.partition(":")
    return await asyncio.open_connection(host, int(port))


async def test_frames_come_in_any_pieces(line: Line) -> None:
    reader, writer = await connected(line)
    async with asyncio.timeout(_WITHIN_S):
        for byte in CONNECT[:-1]:
            writer.write(bytes([byte]))
            await writer.drain()
        writer.write(CONNECT[-1:] + STATE + STATE)
        assert await reader.readexactly(len(CONNECTED)) == CONNECTED
        assert await reader.readexactly(len(STATE_IS_GOOD) * 2) == STATE_IS_GOOD * 2
    writer.close()
    await writer.wait_closed()


async def test_the_tunnel_of_a_connection_ends_with_it(line: Line) -> None:
    reader, writer = await connected(line)
    writer.write(CONNECT)
    async with asyncio.timeout(_WITHIN_S):
        await reader.readexactly(len(CONNECTED))
        assert line.bus.tunnels == 1
        writer.close()
        await writer.wait_closed()
        while line.bus.tunnels:  # noqa: ASYNC110 - the gateway tells nobody
            await asyncio.sleep(0)


@pytest.mark.parametrize("after", [b"\x07\x10\x02\x05\x00\x1a", b"\x06\x10\x02\x05\x00\x05"])
async def test_a_connection_that_loses_its_frames_is_cut(line: Line, after: bytes) -> None:
    reader, writer = await connected(line)
    writer.write(CONNECT + after)
    async with asyncio.timeout(_WITHIN_S):
        assert await reader.readexactly(len(CONNECTED)) == CONNECTED
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await reader.readexactly(1)
    writer.close()


async def test_stopping_hangs_up_on_everybody() -> None:
    async with simulated_line(ROOM) as line:
        knx, silent = await connected(line), await connected(line)
        knx[1].write(CONNECT)
        async with asyncio.timeout(_WITHIN_S), httpx.AsyncClient() as client:
            await knx[0].readexactly(len(CONNECTED))
            await client.get(f"http://{line.gateway}/simulator/points")
    for reader, writer in (knx, silent):
        async with asyncio.timeout(_WITHIN_S):
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
                await reader.readexactly(100)
        writer.close()
    with pytest.raises(OSError, match="Connect call failed"):
        await connected(line)


async def test_a_port_that_is_taken_for_udp_alone_is_not_taken_for_tcp(taken_udp_port: int) -> None:
    bus = KnxSimulator(BY_GATEWAY, [ROOM])
    with pytest.raises(OSError, match="in use"):
        await bus.start(HOST, taken_udp_port)
    await bus.stop()
    server = await asyncio.start_server(lambda *_: None, HOST, taken_udp_port)
    server.close()


async def test_it_can_be_served_again_at_the_same_place() -> None:
    bus = KnxSimulator(BY_GATEWAY, [ROOM])
    host, _, port = (await bus.start(HOST, 0)).partition(":")
    await bus.stop()
    assert await bus.start(host, int(port)) == f"{host}:{port}"
    await bus.stop()


@pytest.mark.parametrize(
    ("settings", "is_served"),
    [
        ({"gateway": "192.168.1.10"}, True),
        ({"gateway": "192.168.1.10", "transport": "tcp"}, True),
        ({"gateway": "routing"}, False),
        ({"through": "house"}, False),
    ],
)
def test_it_serves_connections_with_a_gateway(settings: dict[str, str], is_served: bool) -> None:
    assert KnxSimulator.can_serve(KnxSettings.model_validate(settings)) is is_served


async def test_what_is_said_can_be_followed_in_the_log(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "interlock.simulator")
    line.bus.set_value(ROOM.point, 21)
    line.bus.send(Telegram(address="2/0/1", kind=TelegramKind.READ, source="1.1.9"))
    assert caplog.messages == [
        "1.1.2 sends write 2/0/1 0c1a",
        "1.1.9 sends read 2/0/1",
        "1.1.2 sends response 2/0/1 0c1a",
    ]


async def test_tls_is_nothing_that_it_speaks() -> None:
    bus = KnxSimulator(BY_GATEWAY, [ROOM])
    with pytest.raises(OSError, match="KNXnet/IP knows no TLS"):
        await bus.start(HOST, 0, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    await bus.stop()


async def test_a_silence_that_was_wanted_from_the_start_ends_in_its_time() -> None:
    bus = KnxSimulator(BY_GATEWAY, [ROOM])
    bus.add_fault("silent:50ms")
    await bus.start(HOST, 0)
    async with asyncio.timeout(_WITHIN_S):
        while bus.texts():  # noqa: ASYNC110 - the simulator tells nobody
            await asyncio.sleep(0.01)
    await bus.stop()
