"""A small HTTP/1.1 server for protocol simulators: real sockets, and replies that go wrong on demand.

It knows no protocol: a handler turns each `Request` into a `Reply`. A reply can be slow, dripped, cut
short or huge, and a `RawReply` is whatever bytes one likes, because that is what drivers meet in the field.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import parse_qsl

import h11

log = logging.getLogger("interlock.simulator")

_FORM = "application/x-www-form-urlencoded"
_READ_SIZE = 65536
# On, with no time to linger: closing then sends RST instead of FIN.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent."""

    method: str
    target: str
    """Path and query as they came, not decoded."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in the order of arrival."""
    body: bytes
    peer: str
    """The client's IP address."""

    @property
    def path(self) -> str:
        """The target without its query, not decoded."""
        return self.target.partition("?")[0]

    @property
    def is_local(self) -> bool:
        """Whether the client runs on this machine: its address is a loopback address."""
        address = ip_address(self.peer.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return bool((mapped or address).is_loopback)

    def header(self, name: str) -> str | None:
        """Return the first header of this lower-case name, or None."""
        return next((value for key, value in self.headers if key == name), None)

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters of the query, then those of a form body, decoded, with duplicates."""
        texts = [self.target.partition("?")[2]]
        if (self.header("content-type") or "").partition(";")[0].strip().lower() == _FORM:
            texts.append(self.body.decode("latin-1"))
        return tuple(pair for text in texts for pair in parse_qsl(text, keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP reply. The connection stays open after it, unless it is cut or the client wants otherwise."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers; Content-Type and Content-Length are sent anyway."""
    delay_s: float = 0.0
    """Seconds until the first byte."""
    drip_s: float = 0.0
    """Seconds between the bytes of the body; 0 sends it at once."""
    repeat: int = 1
    """How many times over the body is sent: a huge reply without its memory."""
    cut_after: int | None = None
    """Close the connection after so many bytes of the body; None sends it whole."""

    @property
    def length(self) -> int:
        """The length of the whole body in bytes, as its header says."""
        return len(self.body) * self.repeat

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it goes out: single bytes where it drips, up to the cut where there is one."""
        left = self.length if self.cut_after is None else min(self.cut_after, self.length)
        size = 1 if self.drip_s else max(len(self.body), 1)
        start = 0
        while left > 0:
            piece = self.body[start : start + min(size, left)]
            yield piece
            left -= len(piece)
            start = (start + len(piece)) % len(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """Bytes instead of an HTTP reply; the connection is closed after them, by RST where `reset` is on."""

    data: bytes = b""
    reset: bool = False


Handler: TypeAlias = Callable[[Request], Awaitable[Reply | RawReply]]
"""Answers a request. It may take its time: other requests go on meanwhile."""


class ProtocolServer:
    """Serves a handler over HTTP/1.1 with keep-alive.

    Args:
        handler: Answers each request.
        max_body: Bytes that a request's body may have; a larger one is read, thrown away and answered 413.
        log_size: How many of the last requests `requests` remembers.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        max_body: int = 1_048_576,
        log_size: int = 10_000,
    ) -> None:
        self._handler = handler
        self._max_body = max_body
        self._listener: asyncio.Server | None = None
        self._tls: ssl.SSLContext | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.requests: deque[Request] = deque(maxlen=log_size)
        """What arrived, in order, each before it is answered."""

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> str:
        """Listen, port 0 for any free one; return the base URL without a slash at its end.

        With a TLS context, which holds the server's certificate and key, it speaks https.

        Raises:
            OSError: the address is taken, or not this machine's.
        """
        self._listener = await asyncio.start_server(self.accept, host, port, ssl=tls)
        self._tls = tls
        bound = self._listener.sockets[0].getsockname()[1]
        scheme = "https" if tls else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{bound}"

    @property
    def is_listening(self) -> bool:
        """Whether clients can connect."""
        return self._listener is not None and self._listener.is_serving()

    async def refuse(self, until: Callable[[], Awaitable[object]]) -> None:
        """Refuse new connections until something is done, like a server that is off; open ones stay.

        Args:
            until: What is awaited before it listens again.

        Raises:
            OSError: somebody else has taken the address meanwhile.
        """
        if self._listener is None:
            return
        host, port = self._listener.sockets[0].getsockname()[:2]
        self._listener.close()
        await until()
        await self.start(host, port, self._tls)

    async def stop(self) -> None:
        """Stop listening and drop every connection, also those whose reply is under way."""
        if self._listener is not None:
            self._listener.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._listener is not None:
            await self._listener.wait_closed()
            self._listener = None

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection, also one that somebody else has listened for."""
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(_Connection(reader, writer, self._max_body))
            writer.close()
            await writer.wait_closed()
        except OSError:
            # The client left in the middle: there is nobody to tell.
            return
        finally:
            writer.transport.abort()

    async def _converse(self, connection: _Connection) -> None:
        try:
            while request := await connection.receive():
                self.requests.append(request)
                log.debug("%s asks %s %s", request.peer, request.method, request.target)
                await connection.send(request, await self._handler(request))
        except h11.RemoteProtocolError as error:
            await connection.refuse(error.error_status_hint)


class _Connection:
    """One client's connection: requests in, replies out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, max_body: int) -> None:
        self._reader = reader
        self._writer = writer
        self._max_body = max_body
        self._http = h11.Connection(h11.SERVER)

    async def receive(self) -> Request | None:
        """Return the next whole request; None where no other can come on this connection."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        if self._http.our_state is not h11.IDLE:
            return None
        head = await self._event()
        if not isinstance(head, h11.Request):
            return None
        return Request(
            method=head.method.decode("ascii"),
            target=head.target.decode("ascii"),
            headers=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers),
            body=await self._body(),
            peer=self._writer.get_extra_info("peername")[0],
        )

    async def send(self, request: Request, reply: Reply | RawReply) -> None:
        """Send a reply as it says, with its faults."""
        if isinstance(reply, RawReply):
            await self._send_raw(reply)
        else:
            await asyncio.sleep(reply.delay_s)
            await self._send_reply(reply, has_body=request.method != "HEAD")

    async def refuse(self, status: int) -> None:
        """Answer a request that is not HTTP, or too large, where an answer is still possible."""
        if self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            await self._send_reply(Reply(status=status, headers=(("connection", "close"),)))

    async def _event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                self._write(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(await self._reader.read(_READ_SIZE))
        return event

    async def _body(self) -> bytes:
        body, length = bytearray(), 0
        while isinstance(event := await self._event(), h11.Data):
            length += len(event.data)
            if length <= self._max_body:
                body += event.data
        if length > self._max_body:
            # Said only now: a client that is still sending would meet a reset before it reads the answer.
            raise h11.RemoteProtocolError("the body is too large", error_status_hint=413)
        return bytes(body)

    async def _send_reply(self, reply: Reply, *, has_body: bool = True) -> None:
        own = [("content-type", reply.content_type), ("content-length", str(reply.length))]
        self._write(h11.Response(status_code=reply.status, headers=[*own, *reply.headers]))
        if has_body:
            await self._send_body(reply)
        if reply.cut_after is None:
            self._write(h11.EndOfMessage())
        await self._writer.drain()

    async def _send_body(self, reply: Reply) -> None:
        for piece in reply.pieces():
            self._write(h11.Data(data=piece))
            await self._writer.drain()
            if reply.drip_s:
                await asyncio.sleep(reply.drip_s)

    async def _send_raw(self, reply: RawReply) -> None:
        self._writer.write(reply.data)
        await self._writer.drain()
        self._http.send_failed()
        if reply.reset:
            peer: socket.socket = self._writer.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._writer.transport.abort()

    def _write(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")
