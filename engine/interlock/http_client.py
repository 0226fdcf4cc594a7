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
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    CannotExecute,
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


class Authentication(Protocol):
    """Says who we are where the server sets the terms, as HTTP Digest does. Texts are Latin-1 on both ways.

    It serves one request at a time: a client makes as many as there are requests side by side.
    """

    def credentials(self, method: str, target: str) -> str | None:
        """Return the next ``Authorization`` header; None as long as the server's terms are not known.

        Args:
            method: The HTTP method.
            target: Path and query, exactly as the request line carries them.
        """
        ...

    def challenged(self, headers: Sequence[str], *, is_repeated: bool) -> bool:
        """Take a refusal (HTTP 401); return whether the request is worth sending again.

        Args:
            headers: Each ``WWW-Authenticate`` header.
            is_repeated: Whether the request was refused before. It is not sent a third time.

        Raises:
            DriverError: the server's terms cannot be met.
        """
        ...


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
        tls = trust or new_trust(None)
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
            CannotExecute: the server let its own challenge grow too old, twice.
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
            progress.restart()
            return await self._send_over(self._http_once, request, progress)

    async def _send_over(
        self, http: httpx.AsyncClient, request: HttpRequest, progress: _Progress
    ) -> HttpReply:
        with self._authentication(request, progress) as authentication:
            exchange = http.stream(
                request.method,
                request.url,
                content=request.body,
                headers=dict(request.headers),
                auth=authentication,
                extensions={"trace": progress.trace},
            )
            async with exchange as response:
                body = await self._read_body(response, request)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpReply(status=response.status_code, body=body, headers=headers)

    @contextmanager
    def _authentication(self, request: HttpRequest, progress: _Progress) -> Iterator[httpx.Auth | None]:
        """Lend an authentication to one request at a time.

        Digest counts the uses of a server's nonce. Requests that run side by side could reach the server
        with their counts in the wrong order, and a strict one would refuse them.
        """
        if self._new_authentication is None:
            yield None
            return
        authentication = self._idle.pop() if self._idle else self._new_authentication()
        try:
            yield _Answering(authentication, request, progress)
        finally:
            self._idle.append(authentication)

    async def _read_body(self, response: httpx.Response, request: HttpRequest) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._longest_reply:
                raise ReplyTooLarge(f"{request.what} answers more than {self._longest_reply} bytes")
        return bytes(body)


def new_trust(ca: Path | None) -> ssl.SSLContext:
    """Return what decides whether a server's certificate is trusted. It reads files, which takes a moment.

    Args:
        ca: A PEM file: what its authorities signed is trusted, and nothing else. None trusts the
            authorities that the system and Mozilla do.

    Raises:
        Unreachable: the file is missing, or holds no certificate.
    """
    if ca is None:
        trust = httpx.create_ssl_context(trust_env=False)
        trust.load_default_certs()
        return trust
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        reason = "it holds no certificate in PEM form"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    raise Unreachable(f"the certificate authority {ca} cannot be read: {reason}")


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


class _Answering(httpx.Auth):
    """Answers a challenge once a request, so that a wrong password is tried once."""

    def __init__(self, authentication: Authentication, request: HttpRequest, progress: _Progress) -> None:
        self._authentication = authentication
        self._what = request.what
        self._progress = progress

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self._sign(request)
        if not self._is_worth_repeating((yield request), is_repeated=False):
            return
        self._progress.restart()
        self._sign(request)
        if self._is_worth_repeating((yield request), is_repeated=True):
            raise CannotExecute(f"{self._what} is not let in: the server's nonces are too old as they come")

    def _sign(self, request: httpx.Request) -> None:
        target = request.url.raw_path.decode("ascii")
        credentials = self._authentication.credentials(request.method, target)
        if credentials is not None:
            request.headers.encoding = "latin-1"
            request.headers["Authorization"] = credentials

    def _is_worth_repeating(self, response: httpx.Response, *, is_repeated: bool) -> bool:
        if response.status_code != 401:
            return False
        raw = response.headers.raw
        headers = [value.decode("latin-1") for name, value in raw if name.lower() == b"www-authenticate"]
        return self._authentication.challenged(headers, is_repeated=is_repeated)


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

    def restart(self) -> None:
        """Forget what was sent: the server refused it or never saw it, and will have it again."""
        self._was_sent = False

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
        if isinstance(cause, ssl.SSLError):
            return _tls_cause(cause)
        if isinstance(cause, OSError) and cause.errno is not None:
            found = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or ""
        cause = cause.__cause__ or cause.__context__
    # It may quote what the server sent; in lower case a secret would no longer be known.
    return (found or redact(str(error)) or type(error).__name__).lower()


def _tls_cause(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message.rstrip('.').lower()}"
    return f"no TLS connection: {(error.reason or str(error)).lower().replace('_', ' ')}"


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
        # Its host will be in lower case, where a secret is no longer known.
        parts = urlsplit(redact(reply.headers.get("location", "")))
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
