"""How far a request has come: what it means that it came no farther."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from interlock.errors import DriverError, TimedOut, Unreachable


@runtime_checkable
class _Stream(Protocol):
    async def aclose(self) -> None: ...


class Progress:
    """Knows how far a request has come, from httpcore's trace of it."""

    def __init__(self) -> None:
        self._was_sent = False
        self._is_fresh = False
        self._is_answered = False
        self._bare: _Stream | None = None

    async def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Take note of an event that httpcore traces."""
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
