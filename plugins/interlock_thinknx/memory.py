"""What the reads of one connection learn from each other: who answers, who is silent, who waits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum

from interlock_thinknx.wire import Request


class Standing(Enum):
    """What is known of the server."""

    NEW = "new"
    """Nothing yet."""
    UP = "up"
    """It answers."""
    LOST = "lost"
    """It did not let itself be asked the last time."""


class Memory:
    """One connection's memory. It knows requests, no values and no times."""

    def __init__(self) -> None:
        self.standing = Standing.NEW
        self.witness: Request | None = None
        """The request that was answered last: if it is silent too, so is the server."""
        self.answers = 0
        """How many replies came so far."""
        self._silent: dict[Request, None] = {}
        self._late: set[Request] = set()

    def is_silent(self, request: Request) -> bool:
        """Whether a request got no answer when it was asked last."""
        return request in self._silent

    def hear(self, request: Request) -> None:
        """Note that a request was answered, whatever the reply says."""
        self.answers += 1
        self.witness = request
        self._silent.pop(request, None)

    def miss(self, requests: Iterable[Request]) -> None:
        """Note requests that got no answer; their turn comes after that of all others."""
        for request in requests:
            self._silent.pop(request, None)
            self._silent[request] = None

    def put_off(self, asked: Collection[Request], late: Iterable[Request]) -> None:
        """Note what a read had to ask and did not come to: it is first the next time."""
        self._late.difference_update(asked)
        self._late.update(late)

    def in_turn(self, requests: Collection[Request]) -> list[Request]:
        """Return requests in the order to ask them: first what is late, last what is silent."""
        late = [request for request in requests if request in self._late]
        others = [request for request in requests if request not in self._late]
        trusted = [request for request in (*late, *others) if request not in self._silent]
        return [*trusted, *(request for request in self._silent if request in requests)]
