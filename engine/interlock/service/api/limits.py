"""What a request may take: bytes of its body, and time until they are there."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES = 64 * 1024
_BODY_S = 20.0
"""How long a whole body may take."""


class BodyLimit:
    """Refuses bodies that are too large (413) or too slow (408), for everything behind it.

    Args:
        app: What is behind it.
        most: The bytes of a body.
    """

    def __init__(self, app: ASGIApp, most: int = MOST_BODY_BYTES) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            body = _Body(receive, send, self._most)
            receive, send = body.receive, body.send
        await self._app(scope, receive, send)


class _Body:
    """The body of one request on its way in; nothing is refused any more once an answer has begun."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive = receive
        self._send = send
        self._is_answered = False
        self._left = most
        self._most = most
        self._deadline = asyncio.get_running_loop().time() + _BODY_S
        self._is_whole = False

    async def receive(self) -> Message:
        """Return the next part of it; after the last one, what else comes."""
        if self._is_whole or self._is_answered:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            if self._is_answered:
                return await self._receive()
            close = {"Connection": "close"}
            raise HTTPException(408, f"the body did not come within {_BODY_S:g} s", close) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0 and not self._is_answered:
            raise HTTPException(413, f"the body is larger than {self._most} bytes")
        self._is_whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        self._is_answered = True
        await self._send(message)
