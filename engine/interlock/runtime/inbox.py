"""What the control loop takes in, in the order in which it came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


Moment: TypeAlias = Readings | Happened | Turned
"""What rules are looked at for."""
Item: TypeAlias = Moment | Switched | Needed | Beat
