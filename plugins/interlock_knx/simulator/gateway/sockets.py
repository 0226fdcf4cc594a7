"""The gateway's sockets: UDP and TCP on one port, and HTTP on that TCP port too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from xknx.knxip import HPAI, HostProtocol

from interlock_knx.simulator.gateway.gateway import Gateway

_HEADER = 6
_FIRST_BYTE = b"\x06"
"""The length of every KNXnet/IP header, and no letter of an HTTP method."""
_PORTS_TO_TRY = 20


class Sockets:
    """Listens, over UDP and TCP.

    Args:
        gateway: Takes the frames.
        others: Makes a protocol for a TCP connection that does not begin as KNXnet/IP does.
    """

    def __init__(self, gateway: Gateway, others: Callable[[], asyncio.Protocol]) -> None:
        self._gateway = gateway
        self._others = others
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._connections: set[asyncio.Transport] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen, port 0 for any that is free for both; return the port.

        Raises:
            OSError: the address is taken, or not this machine's.
        """
        for attempts_left in reversed(range(_PORTS_TO_TRY)):
            try:
                return await self._bind(host, port)
            except OSError:
                if port or not attempts_left:
                    raise
        raise AssertionError

    def stop(self) -> None:
        """Stop listening and hang up."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        for connection in list(self._connections):
            connection.abort()

    async def _bind(self, host: str, port: int) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._new_connection, host, port)
        bound = int(server.sockets[0].getsockname()[1])
        try:
            self._udp, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self._gateway), local_addr=(host, bound)
            )
        except OSError:
            server.close()
            raise
        self._tcp = server
        return bound

    def _new_connection(self) -> _FirstBytes:
        return _FirstBytes(self._connections, lambda: _Stream(self._gateway, self._connections), self._others)


class _Datagrams(asyncio.DatagramProtocol):
    """KNXnet/IP over UDP."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None:
            self._gateway.take(data, _Sender(self._transport, addr))

    def error_received(self, exc: Exception) -> None:
        # Somebody who was sent to is gone: what is not acknowledged ends the tunnel.
        return


class _Sender:
    """A client over UDP."""

    is_stream = False

    def __init__(self, transport: asyncio.DatagramTransport, address: tuple[str, int]) -> None:
        self._transport = transport
        self._address = address
        self.own = HPAI(*transport.get_extra_info("sockname")[:2])

    def send(self, frame: bytes, endpoint: HPAI) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(frame, self._address if endpoint.route_back else endpoint.addr_tuple)

    def close(self) -> None:
        return


class _FirstBytes(asyncio.Protocol):
    """A TCP connection until it is clear what it speaks."""

    def __init__(
        self,
        connections: set[asyncio.Transport],
        knx: Callable[[], asyncio.Protocol],
        others: Callable[[], asyncio.Protocol],
    ) -> None:
        self._connections = connections
        self._knx = knx
        self._others = others
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self._transport)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._connections.discard(self._transport)
        protocol = self._knx() if data.startswith(_FIRST_BYTE) else self._others()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._connections.discard(self._transport)


class _Stream(asyncio.Protocol):
    """KNXnet/IP over TCP, one client."""

    is_stream = True
    own = HPAI(protocol=HostProtocol.IPV4_TCP)

    def __init__(self, gateway: Gateway, connections: set[asyncio.Transport]) -> None:
        self._gateway = gateway
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (length := self._length()) and len(self._buffer) >= length:
            frame, self._buffer = self._buffer[:length], self._buffer[length:]
            self._gateway.take(frame, self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._connections.discard(self._transport)
        self._gateway.hung_up(self)

    def send(self, frame: bytes, endpoint: HPAI) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _length(self) -> int:
        """Return the length of the next frame; 0 where it is not known yet, or never will be."""
        if len(self._buffer) < _HEADER:
            return 0
        length = int.from_bytes(self._buffer[4:6], "big")
        if not self._buffer.startswith(_FIRST_BYTE) or length < _HEADER:
            self.close()
            return 0
        return length
