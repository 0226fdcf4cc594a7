"""The client: a request goes out once, over a connection that is kept or a fresh one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from functools import lru_cache
from typing import Self

from interlock.errors import DriverError, Unreachable
from interlock.http_client.bodies import read_body
from interlock.http_client.challenges import Answering
from interlock.http_client.cookies import CookielessClient
from interlock.http_client.faults import FAULTS, cause_of, meaning_of
from interlock.http_client.lanes import Lanes
from interlock.http_client.library import httpx
from interlock.http_client.messages import Authentication, HttpReply, HttpRequest, ReplyTooLarge
from interlock.http_client.progress import Progress
from interlock.http_client.trust import default_trust

_MEGABYTE = 1024 * 1024
_WAITING = 200
"""How many connections there may be beyond those kept open, for commands that wait for their devices."""
_MOST_URLS = 4096
"""How many parsed URLs are kept, of about 1 kB each."""
_IDLE_S = 60.0
"""How long an unused connection is kept: longer than the usual poll, so that a poll opens none."""


class HttpClient:
    """Sends requests to one server over connections that stay open. Use it as a context manager.

    Args:
        base_url: What each request's URL is appended to. It is never shown beyond its host.
        concurrency: Reads under way at once, and as many commands, apart from those that wait long.
        headers: Sent with every request.
        longest_reply: Bytes that a reply's body may have.
        trust: Whose certificates are trusted, by `new_trust`; by default the public authorities'.
        authentication: Makes what answers the server's challenges; None where nothing does.
    """

    def __init__(
        self,
        base_url: str,
        *,
        concurrency: int,
        headers: Mapping[str, str] | None = None,
        longest_reply: int = _MEGABYTE,
        trust: ssl.SSLContext | None = None,
        authentication: Callable[[], Authentication] | None = None,
    ) -> None:
        self._longest_reply = longest_reply
        self._new_authentication = authentication
        self._idle: list[Authentication] = []
        tls = trust or default_trust(base_url)
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        kept = 2 * concurrency
        self._http = _new_http(base_url, sent, tls, kept=kept, most=kept + _WAITING)
        self._http_once = _new_http(base_url, sent, tls, kept=0, most=_WAITING)
        # What is polled is asked for again and again, and to parse a URL is a tenth of a poll.
        self._urls = lru_cache(maxsize=_MOST_URLS)(self._absolute)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()
        await self._http_once.aclose()

    @property
    def server(self) -> str:
        """The server's host and port, for messages."""
        return self._http.base_url.netloc.decode()

    async def exchange(self, request: HttpRequest, timeout_s: float) -> HttpReply:
        """Return the reply to a request, sent once, whatever its status.

        Args:
            request: What to send.
            timeout_s: Seconds for the whole exchange, to the last byte of the reply.

        Raises:
            Unreachable: nothing was sent.
            TimedOut: it was sent, and no whole reply came.
            ReplyTooLarge: the reply is larger than this client reads.
            ProtocolFault: the reply is no HTTP.
            CannotExecute: the server let its own challenge grow too old, twice.
        """
        progress = Progress()
        try:
            async with asyncio.timeout(timeout_s):
                return await self._send(request, progress)
        except TimeoutError:
            fault, meaning = progress.silence
            message = f"{self._subject(fault, request)} {meaning} within {timeout_s:g} s"
        except tuple(FAULTS) as error:
            fault, meaning = meaning_of(error)
            message = f"{self._subject(fault, request)} {meaning}: {cause_of(error)}"
        finally:
            await progress.close()
        # Outside the handler: httpx's exception carries the request, whose URL may hold a secret.
        raise fault(message)

    def _subject(self, fault: type[DriverError], request: HttpRequest) -> str:
        """Return what a message is about: the server where nothing was sent, else the request."""
        return self.server if fault is Unreachable else request.what

    async def _send(self, request: HttpRequest, progress: Progress) -> HttpReply:
        if not request.is_idempotent:
            return await self._send_over(self._http_once, request, progress)
        try:
            return await self._send_over(self._http, request, progress)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            # Servers close kept connections without saying so, and only the next request learns of it.
            if not progress.was_kept_for_nothing:
                raise
            progress.restart()
            return await self._send_over(self._http_once, request, progress)

    async def _send_over(
        self, http: httpx.AsyncClient, request: HttpRequest, progress: Progress
    ) -> HttpReply:
        with self._authentication(request, progress) as authentication:
            outgoing = http.build_request(
                request.method,
                self._urls(request.url),
                content=request.body,
                headers=dict(request.headers),
                extensions={"trace": progress.trace},
            )
            async with aclosing(await http.send(outgoing, auth=authentication, stream=True)) as response:
                body = await read_body(response, self._longest_reply)
        if body is None:
            raise ReplyTooLarge(f"{request.what} answers more than {self._longest_reply} bytes")
        return HttpReply(status=response.status_code, body=body, headers=dict(response.headers.items()))

    def _absolute(self, url: str) -> httpx.URL:
        return self._http.build_request("GET", url).url

    @contextmanager
    def _authentication(self, request: HttpRequest, progress: Progress) -> Iterator[httpx.Auth | None]:
        """Lend an authentication to one request at a time.

        Digest counts the uses of a server's nonce. Requests that run side by side could reach the server
        with their counts in the wrong order, and a strict one would refuse them.
        """
        if self._new_authentication is None:
            yield None
            return
        authentication = self._idle.pop() if self._idle else self._new_authentication()
        try:
            yield Answering(authentication, request, progress)
        finally:
            self._idle.append(authentication)


def _new_http(
    base_url: str, headers: Mapping[str, str], tls: ssl.SSLContext, *, kept: int, most: int
) -> httpx.AsyncClient:
    return CookielessClient(
        base_url=base_url,
        headers=dict(headers),
        transport=Lanes(tls, kept=kept, most=most, idle_s=_IDLE_S),
        timeout=None,
        trust_env=False,
    )
