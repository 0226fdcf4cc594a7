"""What a report says, as plain values. All text is plain text: the page escapes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from interlock.simulation.report.recording import Recording, Sample


class MarkKind(Enum):
    """What happened where a mark is drawn; each has a shape and a colour of its own."""

    COMMAND = "command"
    """A command was sent, or would have been."""
    FIRING = "firing"
    """A rule fired."""
    FAULT = "fault"
    """Something failed: a point, a connection, a command."""
    DIFFERENCE = "difference"
    """Two runs differ here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """How one point went: a line where it has numbers, a band of states where it has words or on and off."""

    name: str
    samples: Sequence[Sample] | Recording
    """Instants and values in order of time; None where the value is unknown from then on.

    Give a `Recording` where there may be more samples than memory should hold.
    """
    unit: str = ""
    """Such as ``°C``; it is written at the axis, and series of one unit share an axis."""
    is_held: bool = False
    """Whether numbers hold until the next, as a setpoint does, and are drawn in steps; states always hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened at an instant, drawn at a series or, where it has none, under the chart."""

    at: datetime
    kind: MarkKind
    text: str
    """What a reader sees who points at it."""
    series: str = ""
    """The name of the series in the same chart that it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing of a few series that belong together, such as those of one room."""

    title: str
    series: Sequence[Series]
    marks: Sequence[Mark] = ()
    explanation: str = ""
    """A sentence or two under the title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts; a column in which all texts are numbers stands to the right."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    explanation: str = ""
    """A sentence or two under the title."""
    emphasis: Collection[int] = ()
    """The rows that should strike the eye, counted from 0."""
    if_empty: str = "none"
    """What is said where there are no rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole report."""

    title: str
    timezone: ZoneInfo
    """The site's zone, whose local time the page shows."""
    begins: datetime
    """Where the time axis of all charts begins; instants are aware."""
    ends: datetime
    subtitle: str = ""
    facts: Sequence[tuple[str, str]] = ()
    """Labels and values for the head of the page, such as ``("weather", "turin.epw")``."""
    notes: Sequence[str] = ()
    """Sentences that a reader must know, such as ``Readings are as recorded.``"""
    parts: Sequence[Chart | Table] = ()
    """In the order in which they are read."""
