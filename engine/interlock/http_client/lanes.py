"""Many connections to one server at a cost that does not grow with their number."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from interlock.http_client.library import httpx


@dataclass(slots=True)
class _Lane:
    """A connection that serves one request after the other."""

    transport: httpx.AsyncHTTPTransport
    free_since: float = 0.0


class Lanes(httpx.AsyncBaseTransport):
    """Gives each request under way a connection pool of its own, with one connection in it.

    httpcore walks over all connections of a pool at each request: of thirty-two at work that is most of what
    a request costs.

    Args:
        trust: Whose certificates are trusted.
        kept: How many connections stay open while they are not needed.
        most: How many there may be at once; further requests wait.
        idle_s: How long one stays open so, in seconds.
    """

    def __init__(self, trust: ssl.SSLContext, *, kept: int, most: int, idle_s: float) -> None:
        self._trust = trust
        self._kept = kept
        self._idle_s = idle_s
        self._places = asyncio.Semaphore(most)
        self._free: deque[_Lane] = deque()
        """The one that was used last stands last, and is taken first."""
        self._lanes: list[_Lane] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over a free connection, or a new one where none is free."""
        await self._places.acquire()
        lane = self._free.pop() if self._free else self._new_lane()
        try:
            response = await lane.transport.handle_async_request(request)
        except BaseException:
            await self._take_back(lane)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Lent(response.stream, lambda: self._take_back(lane))
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        for lane in self._lanes:
            await lane.transport.aclose()

    def _new_lane(self) -> _Lane:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=self._idle_s)
        lane = _Lane(httpx.AsyncHTTPTransport(verify=self._trust, limits=limits, trust_env=False))
        self._lanes.append(lane)
        return lane

    async def _take_back(self, lane: _Lane) -> None:
        """Have a lane ready for the next request, and close those that are not needed."""
        self._places.release()
        lane.free_since = now = asyncio.get_running_loop().time()
        self._free.append(lane)
        while len(self._free) > self._kept or (self._free and now - self._free[0].free_since > self._idle_s):
            unused = self._free.popleft()
            self._lanes.remove(unused)
            await unused.transport.aclose()


class _Lent(httpx.AsyncByteStream):
    """The body of a response, whose connection is taken back when it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, give_back: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._give_back = give_back

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        """Close it: a connection whose response was not read to its end is closed with it."""
        try:
            await self._stream.aclose()
        finally:
            await self._give_back()
