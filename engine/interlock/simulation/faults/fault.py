"""A fault as a value, and the order in which faults begin and end."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from interlock.durations import format_duration
from interlock.model import Point, Value, format_value
from interlock.simulation.faults.recurrence import Recurrence, Stretch

SERVICE = "service"
"""What is down in a power cut."""


class Kind(Enum):
    """What is wrong."""

    OFFLINE = "offline"
    """A connection's server is away."""
    SLOW = "slow"
    """A connection's server takes so long for each answer."""
    UNAVAILABLE = "unavailable"
    """A device, or one of its points, answers with an error."""
    DEAF = "deaf"
    """A device, or one of its points, accepts commands and does not obey."""
    STUCK = "stuck"
    """A point shows one value, whatever it holds."""
    OFFSET = "offset"
    """A point shows so much more than it holds."""
    DOWN = "down"
    """The service itself is off, as in a power cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong, and when."""

    text: str
    """As it was written."""
    kind: Kind
    what: str
    """The name of the connection, the device or the point, or ``service``."""
    points: tuple[Point, ...] = ()
    """Which are concerned, where they are points."""
    lateness: timedelta = timedelta()
    """Of a slow server."""
    value: Value | None = None
    """What a stuck point shows; None for what it held when the fault began."""
    offset: float = 0.0
    when: Recurrence

    def __str__(self) -> str:
        return f"{self.what} {self.kind.value}{self._much}"

    @property
    def _much(self) -> str:
        match self.kind:
            case Kind.SLOW:
                return f" {format_duration(self.lateness)}"
            case Kind.OFFSET:
                return f" {self.offset:+g}"
            case Kind.STUCK if self.value is not None:
                return f" at {format_value(self.value)}"
            case _:
                return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A fault begins or ends."""

    at: datetime
    fault: Fault
    is_begin: bool


def turns(faults: Iterable[Fault], within: Stretch, seed: int) -> Iterator[Turn]:
    """Yield when faults begin and end in the time that is simulated, in order; what ends later is left out.

    The draws of each fault follow from the seed, its text and its place among the faults.
    """
    each = (
        _turns_of(fault, within, random.Random(f"{seed} fault {number} {fault.text}"))
        for number, fault in enumerate(faults)
    )
    # Where one ends and another begins at an instant, the end comes first.
    order: Callable[[Turn], tuple[datetime, bool]] = lambda turn: (turn.at, turn.is_begin)  # noqa: E731
    return heapq.merge(*each, key=order)


def _turns_of(fault: Fault, within: Stretch, dice: random.Random) -> Iterator[Turn]:
    for begins, ends in fault.when.spans(within, dice):
        yield Turn(at=begins, fault=fault, is_begin=True)
        if ends < within.ends:
            yield Turn(at=ends, fault=fault, is_begin=False)
