"""HTTP for drivers: a request goes out once, and a whole reply comes back, or an error that says what became
of it.

The wall where httpx and its exceptions end. Redirects are not followed, cookies are not kept, proxies of the
environment are not used, replies have a largest size, and a time limit covers the whole exchange. What a
status means in any protocol says `refuse_by_status`; a driver judges the rest.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, Self, runtime_checkable
from urllib.parse import urlsplit

import httpx

from interlock.errors import (
    AuthenticationFailed,
    DriverError,
    NotSupported,
    ProtocolFault,
    RateLimited,
    ServerFault,
    TimedOut,
    Unreachable,
)
from interlock.redaction import RedactingFilter, redact, redactor

# At INFO httpx logs each URL, whose query can hold a password.
logging.getLogger("httpx").addFilter(RedactingFilter(redactor))

_MEGABYTE = 1024 * 1024
_WAITING = 200
"""How many connections there may be beyond those kept open, for commands that wait for their devices."""
_IDLE_S = 60.0
"""How long an unused connection is kept: longer than the usual poll, so that a poll opens none."""
_LONGEST_WAIT_S = 86_400.0
"""A server that asks for more than a day does not mean it."""
_WAIT_FOR_AN_UNCLEAR_DATE_S = 60.0
_READ_FOR_AN_EXCERPT = 16 * 1024

FAULTS: Mapping[type[Exception], tuple[type[DriverError], str]] = MappingProxyType(
    {
        httpx.HTTPError: (ProtocolFault, "breaks HTTP"),
        httpx.InvalidURL: (Unreachable, "cannot be reached"),
        httpx.StreamError: (ProtocolFault, "breaks HTTP"),
        httpx.TimeoutException: (TimedOut, "gave no whole answer in time"),
        httpx.NetworkError: (TimedOut, "lost the connection before a whole answer"),
        httpx.RemoteProtocolError: (ProtocolFault, "breaks HTTP (is it the right port?)"),
        httpx.ConnectError: (Unreachable, "cannot be reached"),
        httpx.ConnectTimeout: (Unreachable, "cannot be reached"),
        httpx.PoolTimeout: (Unreachable, "cannot be reached"),
        httpx.ProxyError: (Unreachable, "cannot be reached"),
        httpx.UnsupportedProtocol: (Unreachable, "cannot be reached"),
    }
)
"""What foreign exceptions mean; the nearest class of an exception's own line counts."""


class ReplyTooLarge(ProtocolFault):
    """The reply has more bytes than its protocol needs; the rest was not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What to send."""

    method: str
    url: str
    """Path and query, appended to the client's base URL."""
    what: str
    """What it does, for messages: ``get of Thermostat``. It must hold no secret."""
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    is_idempotent: bool = True
    """Whether sending it twice does no more than once. It then goes over a kept connection, and once more
    over a fresh one where the server had closed that. Otherwise it takes a fresh connection at once: nobody
    could tell whether the request was executed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """What came back, whatever its status."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names in lower case."""


class HttpClient:
    """Sends requests to one server over connections that stay open. Use it as a context manager.

    Args:
        base_url: What each request's URL is appended to. It is never shown beyond its host.
        concurrency: Reads under way at once, and as many commands, apart from those that wait long.
        headers: Sent with every request.
        longest_reply: Bytes that a reply's body may have.
        ca: A PEM file of certificates to trust instead of the public authorities'.
    """

    def __init__(
        self,
        base_url: str,
        *,
        concurrency: int,
        headers: Mapping[str, str] | None = None,
        longest_reply: int = _MEGABYTE,
        ca: Path | None = None,
    ) -> None:
        self._longest_reply = longest_reply
        tls = ssl.create_default_context(cafile=ca) if ca else httpx.create_ssl_context(trust_env=False)
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        kept = 2 * concurrency
        self._http = _new_http(base_url, sent, tls, kept=kept, most=kept + _WAITING)
        self._http_once = _new_http(base_url, sent, tls, kept=0, most=_WAITING)

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
        """
        progress = _Progress()
        try:
            async with asyncio.timeout(timeout_s):
                return await self._send(request, progress)
        except TimeoutError:
            fault, meaning = progress.silence
            message = f"{self._subject(fault, request)} {meaning} within {timeout_s:g} s"
        except tuple(FAULTS) as error:
            fault, meaning = _meaning(error)
            message = f"{self._subject(fault, request)} {meaning}: {_cause(error)}"
        finally:
            await progress.close()
        # Outside the handler: httpx's exception carries the request, whose URL may hold a secret.
        raise fault(message)

    def _subject(self, fault: type[DriverError], request: HttpRequest) -> str:
        """Return what a message is about: the server where nothing was sent, else the request."""
        return self.server if fault is Unreachable else request.what

    async def _send(self, request: HttpRequest, progress: _Progress) -> HttpReply:
        if not request.is_idempotent:
            return await self._send_over(self._http_once, request, progress)
        try:
            return await self._send_over(self._http, request, progress)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            # Servers close kept connections without saying so, and only the next request learns of it.
            if not progress.was_kept_for_nothing:
                raise
            return await self._send_over(self._http_once, request, progress)

    async def _send_over(
        self, http: httpx.AsyncClient, request: HttpRequest, progress: _Progress
    ) -> HttpReply:
        exchange = http.stream(
            request.method,
            request.url,
            content=request.body,
            headers=dict(request.headers),
            extensions={"trace": progress.trace},
        )
        async with exchange as response:
            body = await self._read_body(response, request)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpReply(status=response.status_code, body=body, headers=headers)

    async def _read_body(self, response: httpx.Response, request: HttpRequest) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._longest_reply:
                raise ReplyTooLarge(f"{request.what} answers more than {self._longest_reply} bytes")
        return bytes(body)


def _new_http(
    base_url: str, headers: Mapping[str, str], tls: ssl.SSLContext, *, kept: int, most: int
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url,
        headers=dict(headers),
        verify=tls,
        timeout=None,
        limits=httpx.Limits(max_connections=most, max_keepalive_connections=kept, keepalive_expiry=_IDLE_S),
        # A server's cookies are none of its protocol: they are neither kept nor sent back.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        trust_env=False,
    )


@runtime_checkable
class _Stream(Protocol):
    async def aclose(self) -> None: ...


class _Progress:
    """Knows how far a request has come, from httpcore's trace of it."""

    def __init__(self) -> None:
        self._was_sent = False
        self._is_fresh = False
        self._is_answered = False
        self._bare: _Stream | None = None

    async def trace(self, event: str, info: Mapping[str, object]) -> None:
        if event.endswith("connect_tcp.started"):
            self._is_fresh = True
        elif event.endswith("connect_tcp.complete"):
            stream = info["return_value"]
            self._bare = stream if isinstance(stream, _Stream) else None
        elif event.endswith("send_request_headers.started"):
            self._was_sent = True
            self._bare = None
        elif event.endswith("receive_response_headers.complete"):
            self._is_answered = True

    async def close(self) -> None:
        """Close a connection that was given up before its TLS stood: httpcore has forgotten it."""
        if self._bare is not None:
            await self._bare.aclose()

    @property
    def was_kept_for_nothing(self) -> bool:
        """Whether the request went over a connection kept from earlier ones, and not a byte came back."""
        return not self._is_fresh and not self._is_answered

    @property
    def silence(self) -> tuple[type[DriverError], str]:
        """What it means that the time is over."""
        return (TimedOut, "gave no whole answer") if self._was_sent else (Unreachable, "cannot be reached")


_LOST = re.compile(r"server disconnected|peer closed connection", re.IGNORECASE)
"""How httpcore and h11 begin what they say of a connection that ended too early."""


def _meaning(error: Exception) -> tuple[type[DriverError], str]:
    is_lost = isinstance(error, httpx.RemoteProtocolError) and _LOST.match(str(error))
    kinds = httpx.NetworkError.__mro__ if is_lost else type(error).__mro__
    return next(FAULTS[kind] for kind in kinds if kind in FAULTS)


def _cause(error: BaseException) -> str:
    """Return what lies behind an exception: TLS, the operating system, or else the exception itself."""
    cause: BaseException | None = error
    found = ""
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message.lower()}"
        if isinstance(cause, ssl.SSLError):
            return f"tls: {(cause.reason or str(cause)).lower().replace('_', ' ')}"
        if isinstance(cause, OSError) and cause.errno is not None:
            found = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or ""
        cause = cause.__cause__ or cause.__context__
    # It may quote what the server sent; in lower case a secret would no longer be known.
    return (found or redact(str(error)) or type(error).__name__).lower()


def refuse_by_status(reply: HttpReply, what: str) -> None:
    """Raise what a status says by itself in every protocol, whatever stands in the body.

    Args:
        reply: The reply; statuses from 200 to 299, 400, 404 and other refusals are the driver's own to judge.
        what: What was asked, for the message.

    Raises:
        AuthenticationFailed: 401 or 403.
        NotSupported: 405, or a redirect, which is never followed.
        RateLimited: 429, with what ``Retry-After`` asks.
        ServerFault: 500 and above.
    """
    match reply.status:
        case 401 | 403:
            raise AuthenticationFailed(f"the credentials are refused by the server (HTTP {reply.status})")
        case 405:
            raise NotSupported(f"{what} does not take this HTTP method: set method to the other one")
        case 429:
            message = "the server asks for fewer requests (HTTP 429)"
            raise RateLimited(message, retry_after_s=retry_after(reply))
        case status if status >= 500:
            message = f"{what} failed in the server (HTTP {status})"
            raise ServerFault(message, retry_after_s=retry_after(reply))
        case status if 300 <= status < 400:
            raise NotSupported(
                f"{what} is redirected to {_destination(reply)}, which is not followed: "
                "check the connection's address"
            )


def _destination(reply: HttpReply) -> str:
    """Return scheme and host alone: a path or a user name in a location may hold a secret."""
    try:
        parts = urlsplit(reply.headers.get("location", ""))
        host = parts.hostname
    except ValueError:
        host = None
    return f"{parts.scheme or 'http'}://{host}" if host else "another place of the same server"


def retry_after(reply: HttpReply) -> float | None:
    """Return the seconds that a reply asks to wait, at most a day, or None where it names none.

    A date counts from the reply's own ``Date``: the server's clock may be wrong, its difference is not.
    """
    text = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(float(text), _LONGEST_WAIT_S)
    until = _instant(text)
    if until is None:
        return None
    now = _instant(reply.headers.get("date", ""))
    if now is None:
        # Our own clock is no measure for the server's, which may be years apart; and drivers read none.
        return _WAIT_FOR_AN_UNCLEAR_DATE_S
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_WAIT_S)


def _instant(text: str) -> datetime | None:
    """Return the instant that an HTTP date names, by UTC where it names no zone."""
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def excerpt(body: bytes, longest: int = 80) -> str:
    """Return the beginning of a body on one line for people: no secrets, nothing that a terminal obeys."""
    text = redact(body[:_READ_FOR_AN_EXCERPT].decode("utf-8", errors="replace").lstrip("\ufeff"))
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return (line if len(line) <= longest else line[: longest - 1] + "…") or "nothing"
