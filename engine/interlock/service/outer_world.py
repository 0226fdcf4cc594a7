"""The outer world of a running service: its notifiers, and other servers."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from interlock.clock import Clock
from interlock.config.site import ConfiguredNotifier
from interlock.errors import DriverError
from interlock.http_client import HttpClient, HttpRequest, excerpt, trust_for
from interlock.runtime.firings.outside import Answered
from interlock.runtime.firings.run import StepFailed
from interlock.service.notifying import Letter, Outbox

_HARMLESS = frozenset({"GET", "PUT", "DELETE"})
"""Methods that may be sent twice. Source: RFC 9110, section 9.2.2."""


class OuterWorld:
    """Sends messages and requests.

    Args:
        notifiers: Returns the site's, which an edit may change.
        clock: Wall or virtual time.
        dice: Draws the jitter of pauses.
    """

    def __init__(
        self, notifiers: Callable[[], Mapping[str, ConfiguredNotifier]], *, clock: Clock, dice: random.Random
    ) -> None:
        self._notifiers = notifiers
        self._clock = clock
        self._dice = dice
        self._outboxes: dict[str, Outbox] = {}
        self._retired: list[Outbox] = []
        """Of notifiers that were changed; they may have letters on their way."""
        self._trust: ssl.SSLContext | None = None

    async def notify(self, via: str, message: str, title: str, tell: Callable[[str], None]) -> str:
        """Send a message by one of the site's notifiers; return what became of it within some seconds.

        Raises:
            StepFailed: it cannot be sent, or there is no such notifier any more.
        """
        notifier = self._notifiers().get(via)
        if notifier is None:
            raise StepFailed(f"there is no notifier '{via}'")
        return await self._outbox(notifier).post(Letter(message, title), tell)

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> Answered:
        """Make one HTTP request. No redirect is followed, so that no header goes where it was not meant to.

        Raises:
            StepFailed: nothing came back, or the address is none.
        """
        origin, target = _split(url)
        _check(headers)
        request = HttpRequest(
            method=method,
            url=target,
            what=f"{method} to {urlsplit(origin).netloc}",
            body=(body or "").encode("utf-8", errors="replace"),
            headers=headers,
            is_idempotent=method in _HARMLESS,
        )
        self._trust = self._trust or await trust_for(origin, None)
        try:
            async with HttpClient(origin, concurrency=1, trust=self._trust) as client:
                reply = await client.exchange(request, timeout.total_seconds())
        except DriverError as error:
            raise StepFailed(error.message) from None
        return Answered(reply.status, reply.body.decode("utf-8", errors="replace"), excerpt(reply.body))

    async def close(self) -> None:
        """Make the last attempts to send what is on its way."""
        boxes = (*self._outboxes.values(), *self._retired)
        await asyncio.gather(*(box.close() for box in boxes))

    def _outbox(self, notifier: ConfiguredNotifier) -> Outbox:
        known = self._outboxes.get(notifier.name)
        if known is not None and known.notifier == notifier:
            return known
        if known is not None:
            self._retired.append(known)
        made = self._outboxes[notifier.name] = Outbox(notifier, clock=self._clock, dice=self._dice)
        return made


def _check(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not (name.isascii() and value.isascii()):
            raise StepFailed(f"the header '{name}' has letters that HTTP cannot carry")


def _split(url: str) -> tuple[str, str]:
    """Return the server of an address, and what it is asked for."""
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise StepFailed("the address is none") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StepFailed("the address is none: it begins with https:// or http:// and a server's name")
    if parts.username or parts.password:
        raise StepFailed("a username and password stand in 'headers', not in the address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{port}", f"{parts.path or '/'}{query}"
