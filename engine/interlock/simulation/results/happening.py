"""What happens in a simulation, besides what goes into the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from interlock.history.records import Entry
from interlock.simulation.faults.fault import Turn


@dataclass(frozen=True, slots=True)
class Message:
    """A message that would have been sent."""

    via: str
    """The notifier."""
    title: str
    """Empty where it has none."""
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request to another server that would have been made."""

    method: str
    url: str


@dataclass(frozen=True, slots=True)
class ServiceEnd:
    """The service went off."""

    is_last: bool = False
    """Whether that is the end of the simulation, and no fault."""


Happening: TypeAlias = Entry | Message | Request | Turn | ServiceEnd
"""Whatever results, logs and reports are shown, each with the instant when it happened."""
