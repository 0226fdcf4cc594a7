"""The service's side of the control door."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from interlock.errors import ConfigurationError, InterlockError
from interlock.service.control.place import address_of
from interlock.service.control.protocol import (
    MOST_BYTES,
    Answer,
    Failure,
    Question,
    UnknownName,
    decode_question,
    encode_answer,
)
from interlock.service.requests import attempt

_PATIENCE_S = 30.0
"""How long a client may say nothing, or not take its answer."""
_MOST_CLIENTS = 16
_OWNER_ONLY = 0o600

Desk: TypeAlias = Callable[[Question], Awaitable[Answer]]


class ControlServer:
    """Answers at a socket, to this user alone, until it is closed.

    Args:
        path: The socket's. What an earlier service left there is replaced: the journal's lock says that no
            other one runs.
        desk: Answers a question; what it raises is told to who asked.
        patience_s: How long a client may say nothing.
    """

    def __init__(self, path: Path, desk: Desk, *, patience_s: float = _PATIENCE_S) -> None:
        self._path = path
        self._desk = desk
        self._patience_s = patience_s
        self.is_open = asyncio.Event()
        """Set once it can be asked."""
        self._clients: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Answer until cancelled.

        Raises:
            OSError: there can be no socket at this path.
        """
        listening = _listen(self._path)
        own = self._path.stat().st_ino
        server = await asyncio.start_unix_server(self._meet, sock=listening, limit=MOST_BYTES)
        self.is_open.set()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            # Waiting for the server to be closed would, from Python 3.12 on, be waiting for its clients.
            for client in self._clients:
                client.cancel()
            with suppress(OSError):
                if self._path.stat().st_ino == own:
                    self._path.unlink()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if len(self._clients) < _MOST_CLIENTS:
                task = asyncio.current_task()
                assert task
                self._clients.add(task)
                task.add_done_callback(self._clients.discard)
                await self._talk(reader, writer)
        except (OSError, TimeoutError, ValueError):
            pass  # It hangs, went away, or talks without end.
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(self._patience_s):
                line = await reader.readline()
            if not line.endswith(b"\n"):
                return
            writer.write(await self._answer(line))
            async with asyncio.timeout(self._patience_s):
                await writer.drain()

    async def _answer(self, line: bytes) -> bytes:
        try:
            answer = await attempt(
                lambda: self._desk(decode_question(line)), "a request at the control socket failed"
            )
        except ConfigurationError as error:
            return encode_answer(Failure(message=str(error), findings=tuple(error.diagnostics)))
        except InterlockError as error:
            return encode_answer(Failure(message=str(error), is_unknown=isinstance(error, UnknownName)))
        if isinstance(answer, Exception):
            return encode_answer(Failure(message=f"the service failed: {type(answer).__name__}"))
        return encode_answer(answer)


def _listen(path: Path) -> socket.socket:
    """Return a listening socket at a path, which nobody else could use even for a moment."""
    # One name: what a killed service leaves, the next one takes away.
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address_of(fresh) as address:
            listening.bind(address)
        fresh.chmod(_OWNER_ONLY)
        listening.listen()
        fresh.replace(path)
    except BaseException:
        listening.close()
        fresh.unlink(missing_ok=True)
        raise
    listening.setblocking(False)
    return listening
