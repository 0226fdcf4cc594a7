"""One HTTP connection whose client cannot keep it for nothing."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from interlock.service.api.problems import Problem, answer

_HEAD_S = 10.0
"""How long the head of a request may take, from its first byte, or from the connection on."""
_STALL_S = 30.0
"""How long a client may take nothing of what it is sent."""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, with an end to its patience: a connection that is used for nothing is cut.

    uvicorn ends one that is idle between requests. It waits without end for the rest of a request's head, and
    for a client that does not read.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.is_closed = asyncio.Event()
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

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
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait_for_head()
        else:
            self._head_came()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the shape of all other errors."""
        answered = answer(Problem(400, msg.rstrip(".").lower(), headers={"Connection": "close"}))
        lines = [b"HTTP/1.1 400 Bad Request", *(b": ".join(each) for each in answered.raw_headers)]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answered.body)]))
        self.transport.close()

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

    def _wait_for_head(self) -> None:
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(_HEAD_S, self.transport.abort)

    def _head_came(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
