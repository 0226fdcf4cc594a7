"""What the control loop takes in, in the order in which it came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

from interlock.model import Event, Reading
from interlock.runtime.connections.answers import NOTHING, Confirmed


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read, or told, in one moment."""

    readings: Sequence[Reading]
    """What is new."""
    confirmed: Confirmed = NOTHING
    """What is as it was."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that rules can be triggered by."""

    event: Event


@dataclass(frozen=True, slots=True)
class Turned:
    """A connection was lost, or answers."""

    connection: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class Switched:
    """A rule was switched on or off."""


@dataclass(frozen=True, slots=True)
class Needed:
    """Other points have to be read."""


@dataclass(frozen=True, slots=True)
class Beat:
    """Somebody wants a sign of life."""

    give: Callable[[], None]


def shift(waiting: asyncio.Queue[Item], by: timedelta) -> None:
    """Move the instants of readings that wait, because the clock was set by so much since they were made."""
    for _ in range(waiting.qsize()):
        item = waiting.get_nowait()
        waiting.put_nowait(_moved(item, by) if isinstance(item, Readings) else item)
        waiting.task_done()


def _moved(item: Readings, by: timedelta) -> Readings:
    confirmed = item.confirmed
    if confirmed is not NOTHING:
        doubtful = [reading.moved(by) for reading in confirmed.doubtful]
        confirmed = replace(confirmed, at=confirmed.at + by, doubtful=doubtful)
    return Readings([reading.moved(by) for reading in item.readings], confirmed)


Moment: TypeAlias = Readings | Happened | Turned
"""What rules are looked at for."""
Item: TypeAlias = Moment | Switched | Needed | Beat
