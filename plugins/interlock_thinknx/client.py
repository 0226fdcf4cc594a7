"""HTTP and HTTPS to a Thinknx server: its API's requests, and who asks them."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Self

from interlock import DriverError, HttpClient, HttpReply, HttpRequest, Unreachable
from interlock_thinknx.digest import Digest
from interlock_thinknx.wire import Request, format_exchange

LONGEST_REPLY = 1024 * 1024
"""Bytes. The largest reply of the protocol has a few hundred."""

_FORM = MappingProxyType({"Content-Type": "application/x-www-form-urlencoded"})
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who we are, and how a server learns it."""

    scheme: Literal["none", "basic", "digest"] = "none"
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        """What goes with every request."""
        if self.scheme != "basic":
            return _NONE
        pair = b64encode(f"{self.username}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def new_digest(self) -> Digest:
        """Return what answers a server's challenges."""
        return Digest(self.username, self.password)


class ThinknxClient:
    """Sends requests to one server over connections that stay open. Use it as a context manager.

    Args:
        base_url: What ``/api/v1`` is appended to. It is never shown beyond its host.
        method: GET or POST.
        credentials: Who we are.
        concurrency: Reads under way at once, and as many commands, apart from those that wait long.
        trust: Whose certificates are trusted, where the base URL is https.
    """

    def __init__(
        self,
        base_url: str,
        *,
        method: str,
        credentials: Credentials,
        concurrency: int,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.method = method
        self._http = HttpClient(
            base_url,
            concurrency=concurrency,
            headers={"Accept": "application/json", **credentials.headers},
            longest_reply=LONGEST_REPLY,
            trust=trust,
            authentication=credentials.new_digest if credentials.scheme == "digest" else None,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.__aexit__()

    @property
    def server(self) -> str:
        """The server's host and port, for messages."""
        return self._http.server

    async def exchange(self, request: Request, timeout_s: float) -> HttpReply:
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
            return await self._http.exchange(self._sent(request), timeout_s)
        except DriverError as error:
            if not isinstance(error, Unreachable):
                error.exchange = format_exchange(self.method, request, None)
            raise

    def _sent(self, request: Request) -> HttpRequest:
        return HttpRequest(
            method=self.method,
            url=request.url(self.method),
            what=request.what,
            body=request.body(self.method),
            headers=_FORM if self.method == "POST" else _NONE,
            is_idempotent=request.is_idempotent,
        )
