"""What rules say to the outer world: messages to people, requests to other servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from interlock.runtime.firings.run import StepFailed


@dataclass(frozen=True, slots=True)
class Answered:
    """What another server answered."""

    status: int
    """Of HTTP."""
    body: str
    shown: str
    """The beginning of the body on one line, for people."""


class Outside(Protocol):
    """The outer world."""

    async def notify(self, via: str, message: str, title: str, tell: Callable[[str], None]) -> str:
        """Send a message by one of the site's notifiers; return in one line what became of it so far.

        Args:
            via: The notifier's name.
            message: What to say.
            title: What it is about; may be empty.
            tell: Is told what becomes of it later, one line each.

        Raises:
            StepFailed: it cannot be sent.
        """
        ...

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> Answered:
        """Make one HTTP request, and return what was answered, whatever its status.

        Raises:
            StepFailed: nothing came back.
        """
        ...


class Nowhere:
    """Nobody to send anything to."""

    async def notify(self, via: str, message: str, title: str, tell: Callable[[str], None]) -> str:
        """Fail: there are no notifiers."""
        raise StepFailed(f"there is no notifier '{via}'")

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> Answered:
        """Fail: requests cannot be made."""
        raise StepFailed("requests to other servers cannot be made here")


NOWHERE = Nowhere()
