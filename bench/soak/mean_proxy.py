"""A door before a server that does to bytes what networks, middle boxes and dying servers do.

The protocol servers' own faults are answers of HTTP; these are below it, and work on TLS as well.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

_CHUNK = 65_536
_HEADER_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")
_RESET = struct.pack("ii", 1, 0)
_TRICKLE_S = 0.05

Deed = Callable[["MeanProxy", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Spoil = Callable[[bytes], bytes]


class MeanProxy:
    """Relays to a server, unless it is told to be mean."""

    def __init__(self) -> None:
        self.port = 0
        self.upstream = 0
        """The port of the server behind it."""
        self.mood = ""
        """Which of `MOODS` it is in; empty for a good one."""
        self.accepted = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen, on the same port as before where there was one; return it."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        """Close the port, and whatever is open."""
        if self._server:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def be(self, mood: str) -> None:
        """Change the mood: what is open is dropped, so that it is felt at once."""
        was, self.mood = self.mood, mood
        if mood == "closed" or was == "closed":
            await self.stop()
        for task in tuple(self._open):
            task.cancel()
        if mood != "closed" and was == "closed":
            await self.start()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                await MOODS.get(self.mood, _relay)(self, reader, writer)
        finally:
            writer.close()

    async def relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, spoil: Spoil, pause_s: float = 0.0
    ) -> None:
        """Relay both ways, spoiling what the server answers, a byte at a time where there is a pause."""
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            ways = (
                asyncio.create_task(_pour(reader, up_writer, lambda data: data, 0)),
                asyncio.create_task(_pour(up_reader, writer, spoil, pause_s)),
            )
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            up_writer.close()


async def _pour(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, spoil: Spoil, pause_s: float
) -> None:
    while data := await reader.read(_CHUNK):
        spoilt = spoil(data)
        size = 1 if pause_s else max(len(spoilt), 1)
        for start in range(0, len(spoilt), size):
            writer.write(spoilt[start : start + size])
            await writer.drain()
            await asyncio.sleep(pause_s)


def _spoiling(spoil: Spoil, pause_s: float = 0.0) -> Deed:
    async def deed(proxy: MeanProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await proxy.relay(reader, writer, spoil, pause_s)

    return deed


def _saying(answer: bytes, again: int = 1) -> Deed:
    """Answer bytes in place of the server, and hang up."""

    async def deed(proxy: MeanProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(_CHUNK)
        for _ in range(again):
            writer.write(answer)
            await writer.drain()

    return deed


_relay = _spoiling(lambda data: data)


async def _swallow(proxy: MeanProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(_CHUNK):
        pass


async def _leave_unread(proxy: MeanProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(600)


async def _reset(proxy: MeanProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    peer = writer.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


async def _half_close(proxy: MeanProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if writer.can_write_eof():
        writer.write_eof()
    await asyncio.sleep(30)


def _longer(data: bytes) -> bytes:
    return _LENGTH.sub(lambda found: b"Content-Length: %d" % (int(found[1]) + 100), data)


def _shorter(data: bytes) -> bytes:
    return _LENGTH.sub(lambda found: b"Content-Length: %d" % max(int(found[1]) - 3, 0), data)


def _garbled(data: bytes) -> bytes:
    places = {random.randrange(len(data)) for _ in range(max(len(data) // 40, 1))}
    return bytes(byte ^ 0x55 if place in places else byte for place, byte in enumerate(data))


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
MOODS: dict[str, Deed] = {
    "closed": _relay,
    "swallow": _swallow,
    "unread": _leave_unread,
    "reset": _reset,
    "half-close": _half_close,
    "slowloris": _spoiling(lambda data: data, _TRICKLE_S),
    "too-long": _spoiling(_longer),
    "too-short": _spoiling(_shorter),
    "garbled": _spoiling(_garbled),
    "half": _spoiling(lambda data: data[: len(data) // 2]),
    "twice": _spoiling(lambda data: data + data),
    "no-header": _saying(b"hello\n"),
    "nothing": _saying(b""),
    "zeros": _saying(bytes(4096)),
    "endless-header": _saying(_HEAD + b"X-A: " + b"a" * 60_000, 20),
    "many-headers": _saying(_HEAD, 5_000),
    "endless-body": _saying(_HEAD + _HEADER_END[2:] + b"{" * 60_000, 100),
    "bad-chunks": _saying(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    "continue": _saying(b"HTTP/1.1 100 Continue\r\n\r\n", 2_000),
    "two-lengths": _saying(_HEAD + b"Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}"),
    "http-2": _saying(b"HTTP/2 200\r\n\r\n"),
    "no-gzip": _saying(_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n" + b"\x1f\x8b\x08rubbi"),
    "teapot": _saying(b"HTTP/1.1 999 \xff\xfe\r\nContent-Length: 0\r\n\r\n"),
}
"""What it does in each mood; ``closed`` refuses connections."""
