"""What rules say to the outer world: messages to people, requests to other servers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from interlock.runtime.run import StepFailed


class Outside(Protocol):
    """The outer world. What it answers, or why it does not, is one line for the trace."""

    async def notify(self, via: str, message: str, title: str) -> str:
        """Send a message by one of the site's notifiers.

        Raises:
            StepFailed: it could not be sent.
        """
        ...

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> str:
        """Make one HTTP request.

        Raises:
            StepFailed: nothing came back, or an error.
        """
        ...


class Nowhere:
    """Nobody to send anything to."""

    async def notify(self, via: str, message: str, title: str) -> str:
        """Fail: there are no notifiers."""
        raise StepFailed(f"there is no notifier '{via}'")

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> str:
        """Fail: requests cannot be made."""
        raise StepFailed("requests to other servers cannot be made here")


NOWHERE = Nowhere()
