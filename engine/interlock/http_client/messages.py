"""What goes out, what comes back, and who answers a server's challenge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from interlock.errors import ProtocolFault


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
