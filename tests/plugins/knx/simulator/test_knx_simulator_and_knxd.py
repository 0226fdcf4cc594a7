"""The simulated gateway and a client that is not ours: knxd's tunnelling client and its tools."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from support.knx_groups import group
from support.knx_line import Line, simulated_line

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

LAMP = group("lamp", "1/0/1", "1.001", state_address="1/1/1")
ROOM = group("room", "2/0/1", "9.001")

_WITHIN_S = 20.0
_CONFIGURATION = """
[main]
addr = 1.2.1
client-addrs = 1.2.10:8
connections = tools,bus

[tools]
server = knxd_unix
path = {socket}

[bus]
driver = ipt
ip-address = {host}
dest-port = {port}
"""


@dataclass(frozen=True, slots=True)
class Tools:
    """knxd as a client of the gateway, and its tools, which speak with it."""

    line: Line
    socket: Path

    async def run(self, name: str, *arguments: str) -> str:
        """Run a tool of knxd and return what it prints."""
        call = ("knxtool", name, f"local:{self.socket}", *arguments)
        running = await asyncio.create_subprocess_exec(
            *call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        async with asyncio.timeout(_WITHIN_S):
            out, _ = await running.communicate()
        return out.decode()

    async def until(self, telegrams: int) -> None:
        """Wait until so much was said on the bus."""
        async with asyncio.timeout(_WITHIN_S):
            while len(self.line.bus.telegrams) < telegrams:  # noqa: ASYNC110 - knxd tells nobody
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def tools(tmp_path: Path) -> AsyncIterator[Tools]:
    if shutil.which("knxd") is None or shutil.which("knxtool") is None:
        pytest.fail("knxd or its tools are missing: apt-get install knxd knxd-tools")
    async with simulated_line(LAMP, ROOM) as line:
        host, _, port = line.gateway.partition(":")
        found = Tools(line, tmp_path / "tools")
        file = tmp_path / "knxd.ini"
        file.write_text(_CONFIGURATION.format(socket=found.socket, host=host, port=port), encoding="utf-8")
        knxd = await asyncio.create_subprocess_exec("knxd", str(file), stderr=subprocess.DEVNULL)
        try:
            async with asyncio.timeout(_WITHIN_S):
                while not (line.bus.tunnels and found.socket.exists()):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            yield found
        finally:
            knxd.terminate()
            await knxd.wait()


async def test_a_stranger_switches_reads_and_hears(tools: Tools) -> None:
    tools.line.bus.set_value(ROOM.point, 21)
    await tools.run("groupswrite", "1/0/1", "1")
    assert "Response from 1.1.3: 0C 1A" in await tools.run("groupreadresponse", "2/0/1")
    await tools.run("groupwrite", "2/0/1", "0c", "2c")
    await tools.until(6)
    assert (tools.line.bus.value(LAMP.point), tools.line.bus.value(ROOM.point)) == (True, 21.36)
    assert [(each.address, each.kind.value, each.payload) for each in tools.line.bus.telegrams] == [
        ("2/0/1", "write", b"\x0c\x1a"),
        ("1/0/1", "write", 1),
        ("1/1/1", "write", 1),
        ("2/0/1", "read", None),
        ("2/0/1", "response", b"\x0c\x1a"),
        ("2/0/1", "write", b"\x0c\x2c"),
    ]
