"""Marks of a report in bounded memory: where there are too many, those of one stretch become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.simulation.faults.recurrence import Stretch
from interlock.simulation.report import Mark, MarkKind

MOST = 4000
"""So many marks a page bears."""
_STRETCHES = 2000


@dataclass(slots=True)
class _Heap:
    """Marks of one kind at one series that stand for one."""

    at: datetime
    kind: MarkKind
    text: str
    series: str
    count: int = 1


class Marking:
    """Takes marks in order of time.

    Args:
        within: The time that the page shows.
    """

    def __init__(self, within: Stretch) -> None:
        self._begins = within.begins
        self._span = within.ends - within.begins
        self._width = timedelta()
        """Of a stretch; zero while every mark stands for itself."""
        self._heaps: list[_Heap] = []

    def add(self, at: datetime, kind: MarkKind, text: str, series: str) -> None:
        """Add a mark; an empty series is none."""
        self._heaps.append(_Heap(at, kind, text, series))
        if len(self._heaps) > 2 * MOST:
            self._fold()

    def marks(self) -> Sequence[Mark]:
        """Return what is left of the marks, in order of time."""
        while len(self._heaps) > MOST and self._width < self._span:
            self._fold()
        return [
            Mark(at=each.at, kind=each.kind, text=_text(each), series=each.series) for each in self._heaps
        ]

    def _fold(self) -> None:
        """Let marks of one stretch, kind and series be one, in stretches twice as wide as before."""
        self._width = max(self._span / _STRETCHES, 2 * self._width, timedelta(microseconds=1))
        found: dict[tuple[int, MarkKind, str], _Heap] = {}
        for each in self._heaps:
            key = (each.at - self._begins) // self._width, each.kind, each.series
            if first := found.get(key):
                first.count += each.count
            else:
                found[key] = each
        self._heaps = list(found.values())


def _text(heap: _Heap) -> str:
    return heap.text if heap.count == 1 else f"{heap.text}, and {heap.count - 1} more"
