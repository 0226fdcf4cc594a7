"""The outer world in virtual time: it takes every message, and answers every request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from interlock.runtime.firings.outside import Answered


class QuietWorld:
    """Sends nothing to anybody; what rules said stands in the journal."""

    async def notify(self, via: str, message: str, title: str, tell: Callable[[str], None]) -> str:
        """Take a message."""
        return f"would tell {via}"

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> Answered:
        """Answer a request with 200 and nothing."""
        return Answered(200, "", "")
