"""Which watches time alone can turn, and when each of them has to be looked at next."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Generic, TypeVar

W = TypeVar("W")

_SOON = datetime.min.replace(tzinfo=UTC)


class Turns(Generic[W]):
    """When watches have to be looked at, though nothing changes.

    Args:
        watches: Those that time alone can turn, in the order in which they are looked at.
    """

    def __init__(self, watches: Iterable[W]) -> None:
        self._places = {watch: place for place, watch in enumerate(watches)}
        self._at: dict[W, datetime] = {}
        self._groups: dict[datetime, set[W]] = {}
        """Of each instant those that were to be looked at then; some of them earlier since."""
        self._instants: list[datetime] = []
        """A heap."""
        self.forget()

    def __bool__(self) -> bool:
        """Whether there is any such watch."""
        return bool(self._places)

    def __contains__(self, watch: W) -> bool:
        return watch in self._places

    def __iter__(self) -> Iterator[W]:
        return iter(self._places)

    @property
    def next(self) -> datetime | None:
        """When the next of them has to be looked at, UTC: an instant long past for soon; None for never."""
        return self._instants[0] if self._instants else None

    def set(self, watch: W, at: datetime | None) -> None:
        """Let one be looked at by then; what was said before stands where it is earlier. None is never."""
        before = self._at.get(watch)
        if at is None or (before is not None and before <= at):
            return
        self._at[watch] = at
        if at not in self._groups:
            self._groups[at] = set()
            heapq.heappush(self._instants, at)
        self._groups[at].add(watch)

    def forget(self) -> None:
        """Let all be looked at soon: nothing is known of them, or the clock was set."""
        for watch in self._places:
            self.set(watch, _SOON)

    def pop(self, now: datetime) -> list[W]:
        """Return those that have to be looked at by now, in order; whoever does says when it is next."""
        found: list[W] = []
        while self._instants and self._instants[0] <= now:
            at = heapq.heappop(self._instants)
            found += (watch for watch in self._groups.pop(at) if self._at.get(watch) == at)
        for watch in found:
            del self._at[watch]
        return sorted(found, key=self._places.__getitem__)
