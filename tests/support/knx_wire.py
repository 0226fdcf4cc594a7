"""A network in memory between xknx and the simulated gateway, so that they can meet in virtual time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from xknx.io import self_description, tunnel
from xknx.io.transport import UDPTransport
from xknx.knxip import HPAI, KNXIPFrame

from interlock_knx.simulator.gateway import Gateway

GATEWAY = "192.0.2.1"
_CLIENT = "192.0.2.2"
_ports = itertools.count(40_000)


class Wire:
    """Carries datagrams to a gateway and back, each in the next turn of the loop, unless it is cut."""

    def __init__(self) -> None:
        self.gateway: Gateway | None = None
        self.is_cut = False
        self.arrived_at: list[float] = []
        """When each datagram of a client arrived."""

    def to_gateway(self, frame: bytes, origin: _Origin) -> None:
        if not self.is_cut:
            asyncio.get_running_loop().call_soon(self._deliver, frame, origin)

    def _deliver(self, frame: bytes, origin: _Origin) -> None:
        assert self.gateway
        self.arrived_at.append(asyncio.get_running_loop().time())
        self.gateway.take(frame, origin)


class _Origin:
    is_stream = False
    own = HPAI(GATEWAY, 3671)

    def __init__(self, wire: Wire, client: _Transport) -> None:
        self._wire = wire
        self._client = client

    def send(self, frame: bytes, endpoint: HPAI) -> None:
        if not self._wire.is_cut:
            asyncio.get_running_loop().call_soon(self._client.receive, frame)

    def close(self) -> None:
        return


class _Transport(UDPTransport):
    """xknx's end."""

    wire: Wire

    async def connect(self) -> None:
        self.local_addr_assigned = (_CLIENT, next(_ports))
        self.is_open = True

    def getsockname(self) -> tuple[str, int]:
        assert self.local_addr_assigned
        return self.local_addr_assigned

    def send(self, knxipframe: KNXIPFrame, addr: tuple[str, int] | None = None) -> None:
        self.wire.to_gateway(knxipframe.to_knx(), _Origin(self.wire, self))

    def receive(self, frame: bytes) -> None:
        if self.is_open:
            self.data_received_callback(frame, (GATEWAY, 3671))

    def stop(self) -> None:
        self.is_open = False


@contextmanager
def in_memory() -> Iterator[Wire]:
    """Let xknx send over a wire instead of UDP."""
    wire = Wire()

    class Transport(_Transport):
        pass

    Transport.wire = wire
    with pytest.MonkeyPatch.context() as patch:
        for module in (tunnel, self_description):
            patch.setattr(module, "UDPTransport", Transport)
        yield wire
