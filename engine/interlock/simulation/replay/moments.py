"""What happened in a span of the past, as values: the score that a replay plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from interlock.history.recording import RecordedCommand
from interlock.history.records import RuleSwitch
from interlock.model import Command, Reading
from interlock.rules.claims import Claim


@dataclass(frozen=True, slots=True)
class Begun:
    """The service began to run."""

    at: datetime
    shown: Sequence[Reading] = ()
    """What its first polls had brought before rules were looked at."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The service was gone."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """A connection was lost."""

    at: datetime
    connection: str
    why: str


@dataclass(frozen=True, slots=True)
class Regained:
    """A connection answered again."""

    at: datetime
    connection: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A point was read, or told of."""

    at: datetime
    reading: Reading
    is_echo: bool = False
    """Whether it is what came of a command that the service had sent."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A point that the site keeps by itself held something other than before."""

    at: datetime
    reading: Reading


@dataclass(frozen=True, slots=True)
class Wanted:
    """The service, or somebody through it, commanded a point."""

    at: datetime
    recorded: RecordedCommand


@dataclass(frozen=True, slots=True)
class ByHand:
    """An operator commanded a point, and holds nothing by it."""

    at: datetime
    command: Command


@dataclass(frozen=True, slots=True)
class Held:
    """An operator, or a hand at the device, claimed a point."""

    at: datetime
    claim: Claim


@dataclass(frozen=True, slots=True)
class Released:
    """Such a claim was released before its time."""

    at: datetime
    claim: Claim
    why: str


@dataclass(frozen=True, slots=True)
class Switched:
    """Somebody switched a rule on or off."""

    at: datetime
    switch: RuleSwitch


Moment: TypeAlias = (
    Begun | Ended | Lost | Regained | Shown | Kept | Wanted | ByHand | Held | Released | Switched
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What is known where a replay begins."""

    is_on: bool
    """Whether the service ran then."""
    is_first: bool
    """Whether no service had ever run before: then it begins as a very first start."""
    known: Sequence[Reading] = ()
    """The last usable reading of each point before."""
    shown: Sequence[Reading] = ()
    """What each point showed at that instant, usable or not."""
    away: Sequence[Lost] = ()
    """The connections that were lost then."""
    claims: Sequence[Claim] = ()
    """What stood then, oldest first."""
    switches: Sequence[RuleSwitch] = ()
    """Rules that had been switched."""
