"""A site's api.cgi: calls go out with the credentials, documents come back."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from interlock import DriverError, HttpClient, HttpReply, HttpRequest, Unreachable
from interlock_founten.replies import Document
from interlock_founten.settings import FountenSettings
from interlock_founten.wire import Call, format_exchange, judge

LONGEST_REPLY = 8 * 1024 * 1024
"""Bytes. 500 thermostats with all their attributes take about 1.5 million."""
_LARGE = 64 * 1024
"""Bytes from which a body is parsed in a thread: it would hold up everything else for too long."""
_FORM = MappingProxyType({"Content-Type": "application/x-www-form-urlencoded"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call that succeeded, and how that looked."""

    document: Document
    text: str
    """For people; without the credentials."""


class FountenClient:
    """Sends calls to one site. Use it as a context manager.

    Args:
        settings: Where it is, and who we are.
        trust: Whose certificates are trusted; None for plain HTTP.
    """

    def __init__(self, settings: FountenSettings, trust: ssl.SSLContext | None) -> None:
        self._settings = settings
        base, _, self._page = settings.url.rpartition("/")
        self._http = HttpClient(
            base,
            concurrency=settings.concurrency,
            headers={"Accept": "text/xml, application/xml"},
            longest_reply=LONGEST_REPLY,
            trust=trust,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.__aexit__()

    async def ask(self, call: Call) -> Exchange:
        """Return what a call brought, sent once.

        Raises:
            DriverError: it brought nothing, with what the engine does next.
        """
        reply: HttpReply | None = None
        request = self._request(call)
        try:
            reply = await self._http.exchange(request, self._settings.timeout.total_seconds())
            document = await self._judge(reply, call)
        except DriverError as error:
            if not isinstance(error, Unreachable):
                error.exchange = format_exchange(self._settings.method, call, reply)
            raise
        return Exchange(document, format_exchange(self._settings.method, call, reply))

    async def _judge(self, reply: HttpReply, call: Call) -> Document:
        if len(reply.body) < _LARGE:
            return judge(reply, call)
        return await asyncio.to_thread(judge, reply, call)

    def _request(self, call: Call) -> HttpRequest:
        settings = self._settings
        form = call.form(settings.username, settings.password.get_secret_value())
        # A set goes out once by all means: over a fresh connection, which no server has closed meanwhile.
        is_get = call.request == "get"
        if settings.method == "GET":
            return HttpRequest(
                method="GET", url=f"/{self._page}?{form}", what=call.what, is_idempotent=is_get
            )
        return HttpRequest(
            method="POST",
            url=f"/{self._page}",
            what=call.what,
            body=form.encode(),
            headers=_FORM,
            is_idempotent=is_get,
        )
