"""What is due at which instant, the first first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Generic, TypeVar

T = TypeVar("T")


class Calendar(Generic[T]):
    """Entries by the instant at which they are due.

    The heap holds instants, not entries: however many are due at one instant, it is taken out once.
    """

    def __init__(self) -> None:
        self._instants: list[datetime] = []
        self._entries: dict[datetime, list[tuple[int, T]]] = {}

    @property
    def first(self) -> datetime | None:
        """The first instant at which something is due; None for never."""
        return self._instants[0] if self._instants else None

    def put(self, at: datetime, order: int, entry: T) -> None:
        """Enter what is due at an instant, aware; of what is due together each has an order of its own."""
        if at not in self._entries:
            heapq.heappush(self._instants, at)
            self._entries[at] = []
        self._entries[at].append((order, entry))

    def take(self) -> tuple[datetime, Sequence[tuple[int, T]]]:
        """Return the first instant, with what is due at it and its order; it is not due any more."""
        at = heapq.heappop(self._instants)
        return at, sorted(self._entries.pop(at), key=itemgetter(0))

    def move(self, moved: Callable[[datetime, T], datetime]) -> None:
        """Let each entry be due at another instant."""
        before, self._entries, self._instants = self._entries, {}, []
        for at, entries in before.items():
            for order, entry in entries:
                self.put(moved(at, entry), order, entry)
