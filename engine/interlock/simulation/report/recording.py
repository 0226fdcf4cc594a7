"""Samples of one series, kept in bounded memory and thinned to what can be seen.

A year of minutes is half a million samples, and a screen has two thousand columns. Where there are more
samples than can be drawn, the span is divided into equal stretches. Of numbers, each stretch keeps the
first, the last, the lowest and the highest, and the first and the last gap; of states, the first, the last
and that it changed often in between. Where there are few samples, all are kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from interlock.durations import format_duration


class Changing(Enum):
    """What stands in place of states that followed each other too fast to be drawn one by one."""

    OFTEN = "changed often"


Value: TypeAlias = float | bool | str | Changing | None
"""A number, a state, or None where the value is unknown."""

Sample: TypeAlias = tuple[datetime, Value]
"""An instant and the value that was seen then."""

MOST_SAMPLES = 12_000
"""How many samples a series may have before it is thinned; with twenty series a page stays under 8 MB."""
STRETCHES = 3000
"""Into how many stretches the span of a thinned series is divided."""
_FEW_STATES = 3
"""A stretch with so many states is drawn as it is."""


class Recording:
    """Takes the samples of one series in order of time, and keeps what can be seen of them.

    Its memory does not grow with the number of samples.

    Args:
        begins: Where the page begins.
        ends: Where the page ends.
    """

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self._begins = begins
        self._width = max((ends - begins) / STRETCHES, timedelta(microseconds=1))
        self._kept: list[Sample] = []
        self.is_thinned = False
        """Whether there were more samples than can be drawn."""
        self.count = 0
        """How many samples were added."""

    def add(self, at: datetime, value: Value) -> None:
        """Add a sample that is not earlier than the one before; a number that is not finite is unknown."""
        self.count += 1
        known = None if isinstance(value, float) and not math.isfinite(value) else value
        if self._goes_on(known):
            self._kept[-1] = (at, known)
            return
        self._kept.append((at, known))
        if len(self._kept) > 2 * MOST_SAMPLES:
            self._thin()

    def samples(self) -> tuple[Sample, ...]:
        """Return what is left of the samples, in order of time.

        Of a value that stays the same, the first and the last sample are left.
        """
        if self.is_thinned or len(self._kept) > MOST_SAMPLES:
            self._thin()
        return tuple(self._kept)

    def _goes_on(self, value: Value) -> bool:
        """Whether the last two samples have this value already, so that the last can move on."""
        kept = self._kept
        return len(kept) > 1 and _is_same(value, kept[-1][1]) and _is_same(value, kept[-2][1])

    def _thin(self) -> None:
        thin = _thin_states if any(isinstance(value, _STATE) for _, value in self._kept) else _thin_numbers
        self._kept = [sample for stretch in self._stretches() for sample in thin(stretch)]
        self.is_thinned = True

    def _stretches(self) -> Iterator[list[Sample]]:
        for _, stretch in groupby(self._kept, key=self._stretch_of):
            yield list(stretch)

    def _stretch_of(self, sample: Sample) -> int:
        return (sample[0] - self._begins) // self._width


_STATE = (bool, str, Changing)


def told_of_stretches(begins: datetime, ends: datetime, names: Sequence[str]) -> str:
    """Return the sentence that says how series were thinned on a page with this span."""
    stretch = format_duration((ends - begins) / STRETCHES)
    return (
        f"There are more values than can be drawn of {', '.join(names)}."
        f" Of each stretch of {stretch},"
        " the charts show the first, the last, the lowest and the highest number as they were;"
        f" a state that changed more than twice within it is drawn as “{Changing.OFTEN.value}”."
    )


def is_states(samples: Sequence[Sample]) -> bool:
    """Whether a series tells states, in words or as on and off, and not numbers."""
    return any(isinstance(value, _STATE) for _, value in samples)


def record(samples: Iterable[Sample] | Recording, begins: datetime, ends: datetime) -> Recording:
    """Return samples as a recording; one that is a recording already is returned as it is."""
    if isinstance(samples, Recording):
        return samples
    recording = Recording(begins, ends)
    for at, value in samples:
        recording.add(at, value)
    return recording


def _is_same(one: Value, other: Value) -> bool:
    """Whether two values are the same to the eye; on and 1 are not."""
    return type(one) is type(other) and one == other


def _thin_numbers(stretch: Sequence[Sample]) -> list[Sample]:
    def number(position: int) -> float:
        value = stretch[position][1]
        assert isinstance(value, int | float)
        return value

    numbers = [i for i, (_, value) in enumerate(stretch) if value is not None]
    gaps = [i for i, (_, value) in enumerate(stretch) if value is None]
    kept = {0, len(stretch) - 1, *gaps[:1], *gaps[-1:]}
    if numbers:
        kept |= {min(numbers, key=number), max(numbers, key=number)}
    return [stretch[i] for i in sorted(kept)]


def _thin_states(stretch: Sequence[Sample]) -> list[Sample]:
    changes = [next(same) for _, same in groupby(stretch, key=itemgetter(1))]
    if len(changes) <= _FEW_STATES:
        return changes
    return [changes[0], (changes[1][0], Changing.OFTEN), stretch[-1]]
