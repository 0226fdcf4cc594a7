"""HTTP and HTTPS to a Thinknx server: the only importer of httpx here, where its exceptions end."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Literal, Protocol, Self, runtime_checkable

import httpx

from interlock import CannotExecute, DriverError, ProtocolFault, TimedOut, Unreachable, redact
from interlock_thinknx.digest import Challenge, Digest, parse_challenge
from interlock_thinknx.wire import Reply, Request, format_exchange

LONGEST_REPLY = 1024 * 1024
"""Bytes. The largest reply of the protocol has a few hundred."""

_WAITING = 200
"""How many connections there may be beyond those kept open, for commands that wait for their devices."""

_IDLE_S = 60.0
"""How long an unused connection is kept: longer than the usual poll, so that a poll opens none."""

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

FAULTS: Mapping[type[Exception], tuple[type[DriverError], str]] = {
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
"""What foreign exceptions mean; the nearest class of an exception's own line counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who we are, and how a server learns it."""

    scheme: Literal["none", "basic", "digest"] = "none"
    username: str = ""
    password: str = field(default="", repr=False)


class ThinknxClient:
    """Sends requests to one server over connections that stay open. Use it as a context manager.

    Args:
        base_url: What ``/api/v1`` is appended to. It is never shown beyond its host.
        method: GET or POST.
        credentials: Who we are.
        concurrency: Reads under way at once, and as many commands, apart from those that wait long.
        tls: Whose certificates are trusted, where the base URL is https.
    """

    def __init__(
        self,
        base_url: str,
        *,
        method: str,
        credentials: Credentials,
        concurrency: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.method = method
        self._credentials = credentials
        self._idle_digests: list[Digest] = []
        kept = 2 * concurrency
        self._http = _new_http(base_url, tls, kept=kept, most=kept + _WAITING)
        # A kept connection may be closed by the server at the moment of the next request: nobody can tell
        # then whether that was executed, so what must not be repeated takes a connection of its own.
        self._http_once = _new_http(base_url, tls, kept=0, most=_WAITING)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()
        await self._http_once.aclose()

    @property
    def server(self) -> str:
        """The server's host and port, for messages."""
        return self._http.base_url.netloc.decode()

    async def exchange(self, request: Request, timeout_s: float) -> Reply:
        """Return the reply to a request, sent once, whatever its status.

        Args:
            request: What to ask.
            timeout_s: Seconds for the whole exchange, to the last byte of the reply.

        Raises:
            Unreachable: nothing was sent.
            TimedOut: it was sent, and no whole reply came.
            ProtocolFault: the reply is too large, or no HTTP.
            NotSupported: the server asks who we are in a way that is not supported.
            CannotExecute: the server let its own challenge grow too old, twice.
        """
        try:
            return await self._exchange(request, timeout_s)
        except DriverError as error:
            if not isinstance(error, Unreachable):
                error.exchange = format_exchange(self.method, request, None)
            raise

    async def _exchange(self, request: Request, timeout_s: float) -> Reply:
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
        # Outside the handler: httpx's exception carries the request, whose URL may hold a key.
        raise fault(message)

    def _subject(self, fault: type[DriverError], request: Request) -> str:
        """Return what a message is about: the server where nothing was sent, else the request."""
        return self.server if fault is Unreachable else request.what

    async def _send(self, request: Request, progress: _Progress) -> Reply:
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

    async def _send_over(self, http: httpx.AsyncClient, request: Request, progress: _Progress) -> Reply:
        with self._authentication(request, progress) as authentication:
            exchange = http.stream(
                self.method,
                request.url(self.method),
                content=request.body(self.method),
                headers=_FORM if self.method == "POST" else {},
                auth=authentication,
                extensions={"trace": progress.trace},
            )
            async with exchange as response:
                body = await _read_body(response, request)
        return Reply(status=response.status_code, body=body, headers=_headers(response))

    @contextmanager
    def _authentication(self, request: Request, progress: _Progress) -> Iterator[httpx.Auth | None]:
        """Lend an authentication to one request at a time.

        Digest counts the uses of a server's nonce. Requests that run side by side could reach the server
        with their counts in the wrong order, and a strict one would refuse them.
        """
        who = self._credentials
        if who.scheme != "digest":
            yield httpx.BasicAuth(who.username, who.password) if who.scheme == "basic" else None
            return
        digest = self._idle_digests.pop() if self._idle_digests else Digest(who.username, who.password)
        try:
            yield _DigestAuth(digest, request, progress)
        finally:
            self._idle_digests.append(digest)


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


def _new_http(base_url: str, tls: ssl.SSLContext | None, *, kept: int, most: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url,
        verify=tls or True,
        headers=_HEADERS,
        timeout=None,
        limits=httpx.Limits(max_connections=most, max_keepalive_connections=kept, keepalive_expiry=_IDLE_S),
        # A server's cookies are none of its protocol: they are neither kept nor sent back.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        trust_env=False,
    )


class _DigestAuth(httpx.Auth):
    """Answers a challenge once a request, so that a wrong password is tried once."""

    def __init__(self, digest: Digest, request: Request, progress: _Progress) -> None:
        self._digest = digest
        self._what = request.what
        self._progress = progress

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self._sign(request)
        challenge = _challenge((yield request))
        if challenge is None:
            return
        self._progress.restart()
        self._digest.accept(challenge)
        self._sign(request)
        again = _challenge((yield request))
        if again is not None and again.is_stale:
            self._digest.accept(again)
            raise CannotExecute(f"{self._what} is not let in: the server's nonces are too old as they come")

    def _sign(self, request: httpx.Request) -> None:
        credentials = self._digest.credentials(request.method, request.url.raw_path.decode("ascii"))
        if credentials is not None:
            request.headers.encoding = "latin-1"
            request.headers["Authorization"] = credentials


def _challenge(response: httpx.Response) -> Challenge | None:
    if response.status_code != 401:
        return None
    return parse_challenge(
        value.decode("latin-1") for name, value in response.headers.raw if name.lower() == b"www-authenticate"
    )


@runtime_checkable
class _Stream(Protocol):
    async def aclose(self) -> None: ...


class _Progress:
    """Knows whether a request has begun to leave, from httpcore's trace of it."""

    def __init__(self) -> None:
        self._was_sent = False
        self._is_fresh = False
        self._is_answered = False
        self._bare: _Stream | None = None

    async def trace(self, event: str, info: Mapping[str, object]) -> None:
        if event.endswith("connect_tcp.started"):
            self._is_fresh = True
        elif event.endswith("receive_response_headers.complete"):
            self._is_answered = True
        elif event.endswith("connect_tcp.complete"):
            stream = info["return_value"]
            self._bare = stream if isinstance(stream, _Stream) else None
        elif event.endswith("send_request_headers.started"):
            self._was_sent = True
            self._bare = None

    async def close(self) -> None:
        """Close a connection that was given up before its TLS stood: httpcore has forgotten it."""
        if self._bare is not None:
            await self._bare.aclose()

    def restart(self) -> None:
        """Forget what was sent: the server refused it, and will have it again."""
        self._was_sent = False

    @property
    def was_kept_for_nothing(self) -> bool:
        """Whether the request went over a connection kept from earlier ones, and not a byte came back."""
        return not self._is_fresh and not self._is_answered

    @property
    def silence(self) -> tuple[type[DriverError], str]:
        """What it means that the time is over."""
        return (TimedOut, "gave no whole answer") if self._was_sent else (Unreachable, "cannot be reached")


async def _read_body(response: httpx.Response, request: Request) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LONGEST_REPLY:
            raise ProtocolFault(f"{request.what} answers more than {LONGEST_REPLY} bytes")
    return bytes(body)


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


_LOST = re.compile(r"server disconnected|peer closed connection", re.IGNORECASE)
"""How httpcore and h11 begin what they say of a connection that ended too early."""


def _meaning(error: Exception) -> tuple[type[DriverError], str]:
    is_lost = isinstance(error, httpx.RemoteProtocolError) and _LOST.match(str(error))
    kinds = httpx.NetworkError.__mro__ if is_lost else type(error).__mro__
    return next(FAULTS[kind] for kind in kinds if kind in FAULTS)


def _cause(error: BaseException) -> str:
    """Return what the operating system says behind an exception, or else what the exception says."""
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
        return f"its certificate is not trusted: {error.verify_message.rstrip('.')}"
    return f"no TLS connection: {(error.reason or str(error)).lower().replace('_', ' ')}"
