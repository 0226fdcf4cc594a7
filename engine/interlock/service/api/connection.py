"""One HTTP connection whose client cannot keep it for nothing."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.datastructures import State
from uvicorn.protocols.http.h11_impl import H11Protocol

from interlock.service.api.problems import Problem, answer

_HEAD_S = 10.0
"""How long the head of a request may take, from its first byte, or from the connection on."""
_STALL_S = 30.0
"""How long a client may take nothing of what it is sent."""
_LINGER_S = 1.0
"""How long a refused client may go on sending: who is cut off in the middle never reads why."""
_PART_BYTES = 4 * 1024
"""Parsed at a time: a head is found too large before all of it is parsed."""
_CONNECTION = "connection"
"""What a request's state calls the connection over which it came."""


def welcome(state: State) -> None:
    """Take in that whoever made a request, whose state this is, showed a token that is one."""
    connection = getattr(state, _CONNECTION, None)
    if isinstance(connection, PatientProtocol):
        connection.is_known = True


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, with an end to its patience: a connection that is used for nothing is cut.

    uvicorn ends one that is idle between requests. It waits without end for the rest of a request's head, and
    for a client that does not read. A body in chunks is refused: parsing a chunk for each of its bytes
    would cost the control loop seconds.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.is_closed = asyncio.Event()
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._unparsed = bytearray()
        self._is_refused = False
        self.is_known = False
        """Whether somebody showed a token over it that is one."""
        self._idle_since = self.loop.time()
        self.app_state = {_CONNECTION: self}

    @property
    def idle_since(self) -> float | None:
        """Since when it is kept and nothing is done for it, by the loop's time; None while something is.

        A stranger whose request is not there as a whole, or who does not read, keeps it for nothing.
        """
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering and (self.is_known or not (self.cycle.more_body or self._stall)):
            return None
        return self._idle_since

    def cut(self) -> None:
        """End it at once."""
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._head_came()
        self.resume_writing()
        self.is_closed.set()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request."""
        if not self._is_refused:
            self._unparsed += data
            self._parse()

    def on_response_complete(self) -> None:
        """Go on with the next request."""
        self._idle_since = self.loop.time()
        super().on_response_complete()
        if not self.transport.is_closing():
            self._parse()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the shape of all other errors."""
        self._refuse(400, msg.rstrip(".").lower())

    def handle_websocket_upgrade(self, event: object) -> None:
        """Refuse a body without a length: see `_should_upgrade`."""
        self._refuse(411, "the body comes in chunks: send it whole, with a Content-Length")

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._stall = self.loop.call_later(_STALL_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        if self._stall:
            self._stall.cancel()
            self._stall = None

    def timeout_keep_alive_handler(self) -> None:
        """Close what is idle; at once where the client has not even taken its last answer."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    @property
    def _is_answering(self) -> bool:
        """Whether a whole request is there, and its answer is not."""
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete

    def _parse(self) -> None:
        while self._unparsed and not self._is_refused and not self._is_answering:
            part = bytes(self._unparsed[:_PART_BYTES])
            del self._unparsed[:_PART_BYTES]
            super().data_received(part)
            if self.cycle is None or self.cycle.response_complete:
                self._wait_for_head()
            else:
                self._head_came()
        if self._unparsed:
            self.flow.pause_reading()

    def _should_upgrade(self) -> bool:
        # uvicorn asks this once the head is there, and leaves what follows to `handle_websocket_upgrade`.
        return any(name == b"transfer-encoding" for name, _ in self.headers)

    def _refuse(self, status: int, detail: str) -> None:
        """Answer, and look at nothing more that comes."""
        answered = answer(Problem(status, detail, headers={"Connection": "close"}))
        first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
        lines = [first, *(b": ".join(each) for each in answered.raw_headers)]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answered.body)]))
        self._is_refused = True
        self._unparsed.clear()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_S, self.transport.close)

    def _wait_for_head(self) -> None:
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(_HEAD_S, self.transport.abort)

    def _head_came(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
