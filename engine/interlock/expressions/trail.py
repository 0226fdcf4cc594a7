"""What one point was, in blocks whose sums are known, so that a long window costs little to look at.

A window of a week over a point that changes every ten seconds holds sixty thousand values, and expressions
over it are looked at whenever it changes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import dropwhile, islice, pairwise
from operator import attrgetter

from interlock.expressions.view import Sample
from interlock.model import Value

_BLOCK = 64
"""Samples in a block."""
_MOST_BLOCKS = 1600
"""About a hundred thousand samples, some ten megabytes: of a point that changes faster, the oldest go."""
_MICROSECOND = timedelta.resolution
_at = attrgetter("at")


@dataclass(slots=True)
class Summary:
    """What is to be said of a point over a time; what it was unknown in is left out."""

    known: int = 0
    """For how long it was known, in microseconds."""
    area: float = 0.0
    """Its numbers, each times the microseconds for which it held."""
    on: int = 0
    """For how long it was on, in microseconds."""
    low: float | None = None
    high: float | None = None
    changes: int = 0
    """How often its known value became another."""
    first: tuple[Value, datetime] | None = None
    """Its first known value, and from when."""
    last: tuple[Value, datetime] | None = None
    """Its last known value, and until when."""

    def add(self, start: datetime, end: datetime, value: Value | None) -> None:
        """Take in a stretch of time in which the point had one value.

        In one piece, and not by `join`: a window is the sum of many of them.
        """
        if value is None:
            return
        lasts = (end - start) // _MICROSECOND
        self.known += lasts
        if isinstance(value, bool):
            self.on += lasts if value else 0
        elif isinstance(value, int | float):
            number = float(value)
            self.area += number * lasts
            self.low = number if self.low is None or number < self.low else self.low
            self.high = number if self.high is None or number > self.high else self.high
        if self.last is not None and self.last[0] != value:
            self.changes += 1
        self.first, self.last = self.first or (value, start), (value, end)

    def join(self, later: Summary) -> None:
        """Take in the time that follows."""
        if later.first is None or later.last is None:
            return
        is_other = self.last is not None and self.last[0] != later.first[0]
        self.changes += later.changes + is_other
        self.known += later.known
        self.area += later.area
        self.on += later.on
        self.low = _least(self.low, later.low)
        self.high = _most(self.high, later.high)
        self.first, self.last = self.first or later.first, later.last


@dataclass(slots=True)
class _Block:
    """Samples, oldest first, and what they come to once the next block has begun."""

    samples: list[Sample] = field(default_factory=list)
    summary: Summary | None = None

    @property
    def begins(self) -> datetime:
        return self.samples[0].at

    def between(self, start: datetime, end: datetime) -> Summary:
        """Return what its samples come to within a time, where the last one holds to its end."""
        found = Summary()
        first = max(bisect_right(self.samples, start, key=_at) - 1, 0)
        samples = self.samples[first : bisect_left(self.samples, end, key=_at)]
        instants = [*map(_at, samples), end]
        # Only the first can have begun before.
        instants[0] = max(instants[0], start)
        for sample, (begin, until) in zip(samples, pairwise(instants), strict=True):
            found.add(begin, until, sample.value)
        return found


class Trail:
    """The samples of one point, oldest first.

    Args:
        samples: What is known already, in order.
    """

    def __init__(self, samples: Iterable[Sample] = ()) -> None:
        self._blocks: list[_Block] = []
        for sample in samples:
            self.append(sample)

    def __iter__(self) -> Iterator[Sample]:
        """Yield the samples."""
        return (sample for block in self._blocks for sample in block.samples)

    def __reversed__(self) -> Iterator[Sample]:
        """Yield the samples, the latest first."""
        return (sample for block in reversed(self._blocks) for sample in reversed(block.samples))

    def __len__(self) -> int:
        return sum(len(block.samples) for block in self._blocks)

    @property
    def last(self) -> Sample | None:
        """The latest sample; None where there is none."""
        return self._blocks[-1].samples[-1] if self._blocks else None

    def append(self, sample: Sample) -> None:
        """Take in what the point became; what it is said to have become later is forgotten."""
        blocks = self._blocks
        while blocks and blocks[-1].samples[-1].at >= sample.at:
            blocks[-1].samples.pop()
            if not blocks[-1].samples:
                blocks.pop()
        if blocks:
            blocks[-1].summary = None
        if not blocks or len(blocks[-1].samples) >= _BLOCK:
            blocks.append(_Block())
        blocks[-1].samples.append(sample)
        del blocks[: len(blocks) - _MOST_BLOCKS]

    def forget_before(self, instant: datetime) -> None:
        """Forget what says nothing about the time from an instant on, as far as whole blocks do not."""
        gone = bisect_right(self._blocks, instant, key=lambda block: block.begins) - 1
        del self._blocks[: max(gone, 0)]

    def at(self, instant: datetime) -> Value | None:
        """Return what the point was at an instant; None where it was unknown."""
        number = bisect_right(self._blocks, instant, key=lambda block: block.begins) - 1
        if number < 0:
            return None
        samples = self._blocks[number].samples
        return samples[bisect_right(samples, instant, key=_at) - 1].value

    def since(self, instant: datetime) -> Iterator[Sample]:
        """Yield the samples from an instant on, oldest first."""
        first = max(bisect_right(self._blocks, instant, key=lambda block: block.begins) - 1, 0)
        samples = (sample for block in islice(self._blocks, first, None) for sample in block.samples)
        return dropwhile(lambda sample: sample.at < instant, samples)

    def between(self, start: datetime, end: datetime) -> Summary:
        """Return what the samples come to from one instant to another; the last one holds on."""
        found, blocks = Summary(), self._blocks
        first = max(bisect_right(blocks, start, key=lambda block: block.begins) - 1, 0)
        for number in range(first, len(blocks)):
            block = blocks[number]
            ends = blocks[number + 1].begins if number + 1 < len(blocks) else None
            if ends is not None and start <= block.begins and ends <= end:
                block.summary = block.summary or block.between(block.begins, ends)
                found.join(block.summary)
            else:
                found.join(block.between(start, end if ends is None else min(ends, end)))
        return found


def _least(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, other)


def _most(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else max(one, other)
