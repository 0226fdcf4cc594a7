"""Servers that answer what a test says, and clients of them, over real sockets."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from interlock.errors import DriverError
from interlock.http_client import HttpClient, HttpRequest
from interlock.protocol_server import Handler, ProtocolServer, RawReply, Reply, Request

ASK = HttpRequest(method="GET", url="/api?a=%2F&b", what="asking the hall")
ONCE = HttpRequest(method="GET", url="/once", what="ringing", is_idempotent=False)
"""What must not be sent twice."""
BRIEF_S = 0.2
"""A timeout for servers that never answer."""


def answering(*replies: Reply | RawReply) -> Handler:
    """Return what answers these one after the other, the last for ever."""
    left = list(replies)

    async def answer(_: Request) -> Reply | RawReply:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


@asynccontextmanager
async def served(
    handler: Handler, *, path: str = "", tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[tuple[HttpClient, ProtocolServer]]:
    """Serve a handler, and give a client with options, until the block ends."""
    server = ProtocolServer(handler)
    url = await server.start("127.0.0.1", 0, tls)
    client = HttpClient(url + path, concurrency=4, **options)
    try:
        async with client:
            yield client, server
    finally:
        await server.stop()


async def failure(client: HttpClient, timeout_s: float = 5) -> DriverError:
    """Return how asking fails."""
    with pytest.raises(DriverError) as caught:
        await client.exchange(ASK, timeout_s)
    return caught.value
