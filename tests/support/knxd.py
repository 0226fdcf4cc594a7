"""A real KNXnet/IP server, knxd, on loopback, and a second station on its bus."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from xknx import XKNX
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.io import ConnectionConfig, ConnectionType
from xknx.telegram import GroupAddress, Telegram
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

HOST = "127.0.0.1"
MULTICAST = "224.0.23.199"
"""Not the one of KNX: a test must not speak to a building."""

_DESCRIPTION_REQUEST = bytes.fromhex("06 10 02 03 00 0e 08 01 00 00 00 00 00 00")
_WITHIN_S = 20.0
"""When a wait gives up; nothing is decided by how long it took."""

_CONFIGURATION = """
[main]
addr = 1.1.1
client-addrs = 1.1.10:20
connections = server,bus

[server]
server = ets_router
tunnel = tunnel
{router}
discover = true
port = {port}
multicast-address = {multicast}
interface = lo

[tunnel]

[router]

[bus]
driver = dummy
"""


def free_port() -> int:
    """Return a UDP port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Knxd:
    """One knxd with a tunnelling server; with `is_router`, also routing by multicast."""

    def __init__(self, folder: Path, *, is_router: bool = False) -> None:
        if shutil.which("knxd") is None:
            pytest.fail("knxd is missing: apt-get install knxd")
        self.port = free_port()
        self._file = folder / "knxd.ini"
        router = "router = router" if is_router else ""
        text = _CONFIGURATION.format(port=self.port, multicast=MULTICAST, router=router)
        self._file.write_text(text, encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def gateway(self) -> str:
        """What the setting ``gateway`` says."""
        return f"{HOST}:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start it now and end it behind the block, unless that happened inside."""
        self._start()
        try:
            await self._until_it_answers()
            yield
        finally:
            await self.stop()

    def give(self, what: signal.Signals) -> None:
        """Send it a signal, such as SIGSTOP, after which it is there and says nothing."""
        assert self._process is not None
        self._process.send_signal(what)

    async def start(self) -> None:
        """Start it again, at the same address."""
        self._start()
        await self._until_it_answers()

    def _start(self) -> None:
        self._process = subprocess.Popen(["knxd", str(self._file)], stderr=subprocess.DEVNULL)

    async def _until_it_answers(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.setblocking(False)
            probe.connect((HOST, self.port))
            async with asyncio.timeout(_WITHIN_S):
                while not await self._answers(probe):
                    pass

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it; SIGKILL leaves its clients without a word."""
        if self._process is not None:
            process, self._process = self._process, None
            process.send_signal(how)
            process.send_signal(signal.SIGCONT)
            await asyncio.to_thread(process.wait, _WITHIN_S)

    async def _answers(self, probe: socket.socket) -> bool:
        loop = asyncio.get_running_loop()
        try:
            probe.send(_DESCRIPTION_REQUEST)
            async with asyncio.timeout(0.1):
                return bool(await loop.sock_recv(probe, 512))
        except TimeoutError:
            return False
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
            return False


class Station:
    """Another participant: it answers for the groups in `values`, sends, and remembers what it heard."""

    def __init__(self, config: ConnectionConfig) -> None:
        self.values: dict[str, int | bytes] = {}
        self.states: dict[str, str] = {}
        """On which address the state is kept of what is written to another."""
        self.heard: list[tuple[str, str, int | bytes | None]] = []
        """Kind, address and payload of every telegram."""
        self._news = asyncio.Event()
        self._config = config
        self._xknx = self._new_xknx()

    def _new_xknx(self) -> XKNX:
        return XKNX(connection_config=self._config, telegram_received_cb=self._take)

    @classmethod
    def at(cls, knxd: Knxd) -> Station:
        """Return a station behind a tunnel of its own."""
        return cls(
            ConnectionConfig(
                connection_type=ConnectionType.TUNNELING,
                gateway_ip=HOST,
                gateway_port=knxd.port,
                auto_reconnect=False,
            )
        )

    @property
    def is_connected(self) -> bool:
        """Whether its own tunnel stands."""
        return self._xknx.connection_manager.connected.is_set()

    async def rejoin(self) -> None:
        """Come back to the bus after its gateway was away."""
        await self.__aexit__()
        self._xknx = self._new_xknx()
        await self._xknx.start()

    def send(self, address: str, payload: int | bytes) -> None:
        """Have a GroupValueWrite sent as soon as it can be."""
        self._xknx.telegrams.put_nowait(
            Telegram(GroupAddress(address), payload=GroupValueWrite(_dpt(payload)))
        )

    async def __aenter__(self) -> Station:
        await self._xknx.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        # Not `XKNX.stop`: that waits until everything is sent, and without a gateway nothing is.
        consumer = self._xknx.telegram_queue._consumer_task
        assert isinstance(consumer, asyncio.Future)
        consumer.cancel()
        await asyncio.gather(consumer, return_exceptions=True)
        await self._xknx.knxip_interface.stop()
        self._xknx.started.clear()

    async def write(self, address: str, payload: int | bytes) -> None:
        """Send a GroupValueWrite."""
        await self._send(address, GroupValueWrite(_dpt(payload)))

    async def respond(self, address: str, payload: int | bytes) -> None:
        """Send a GroupValueResponse that perhaps nobody asked for."""
        await self._send(address, GroupValueResponse(_dpt(payload)))

    async def ask(self, address: str) -> None:
        """Send a GroupValueRead."""
        await self._send(address, GroupValueRead())

    async def until(self, is_enough: Callable[[Station], bool]) -> None:
        """Wait until what was heard is enough."""
        async with asyncio.timeout(_WITHIN_S):
            while not is_enough(self):
                self._news.clear()
                await self._news.wait()

    async def _send(
        self, address: str, payload: GroupValueRead | GroupValueWrite | GroupValueResponse
    ) -> None:
        await self._xknx.cemi_handler.send_telegram(Telegram(GroupAddress(address), payload=payload))

    def _take(self, telegram: Telegram) -> None:
        address = str(telegram.destination_address)
        match telegram.payload:
            case GroupValueRead():
                self.heard.append(("read", address, None))
                if address in self.values:
                    answer = GroupValueResponse(_dpt(self.values[address]))
                    self._xknx.telegrams.put_nowait(Telegram(GroupAddress(address), payload=answer))
            case GroupValueWrite(value=value) | GroupValueResponse(value=value):
                kind = "write" if isinstance(telegram.payload, GroupValueWrite) else "response"
                payload = value.value if isinstance(value, DPTBinary) else bytes(value.value)
                self.heard.append((kind, address, payload))
                self.values[self.states.get(address, address)] = payload
        self._news.set()


def _dpt(payload: int | bytes) -> DPTBinary | DPTArray:
    return DPTBinary(payload) if isinstance(payload, int) else DPTArray(payload)
