"""Where entries wait to be written. It is bounded: a full disk must not fill the memory too."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

from interlock.history.records import Entry

Group: TypeAlias = tuple[Entry, ...]
"""Entries that are stored together or not at all."""


class Buffer:
    """A queue of groups that lets go of the oldest when it holds more than `capacity` entries.

    Args:
        capacity: How many it holds.
        notice_loss: Is given what is let go of.
    """

    def __init__(self, capacity: int, notice_loss: Callable[[Group], None] = lambda group: None) -> None:
        self._capacity = capacity
        self._notice_loss = notice_loss
        self._groups: deque[Group] = deque()
        self._count = 0
        self.dropped = 0
        """How many entries were let go of."""

    def __len__(self) -> int:
        return self._count

    def put(self, group: Group) -> None:
        """Add a group at the end. One that is larger than the capacity stays whole, alone."""
        self._groups.append(group)
        self._count += len(group)
        self._trim()

    def take(self) -> Sequence[Group]:
        """Remove and return all groups, in order."""
        groups = tuple(self._groups)
        self._groups.clear()
        self._count = 0
        return groups

    def put_back(self, groups: Sequence[Group]) -> None:
        """Return groups that were taken and not written to their place before all others."""
        self._groups.extendleft(reversed(groups))
        self._count += sum(len(group) for group in groups)
        self._trim()

    def _trim(self) -> None:
        while self._count > self._capacity and len(self._groups) > 1:
            lost = self._groups.popleft()
            self._count -= len(lost)
            self.dropped += len(lost)
            self._notice_loss(lost)
