"""What the journal tells of a rule, a point, an interlock, a device, a firing or a command, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from interlock.history.claims import PastClaim
from interlock.history.past import NearMiss, PastCommand, PastFiring, Spell
from interlock.history.records import InterlockTurn, RuleSwitch, Step
from interlock.model import Point, Reading, Receipt
from interlock.rules.rule import Mode
from interlock.service.control.answers import PointAccount, RuleLine
from interlock.service.explain.judging import Judged
from interlock.service.explain.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Time that the journal lacks, while a service ran."""

    since: datetime | None
    """None where nothing of it can be read."""
    until: datetime | None = None
    """None where it lacks everything from then on."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStory:
    """A command, and everything that became of it."""

    past: PastCommand
    receipts: tuple[Receipt, ...]
    """In their order: where a guard let it wait, that is the first."""
    shown: Reading | None = None
    """What its point showed within a minute, where it was carried out or may have been: what was wanted, if
    it showed that, or else what it came to."""
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringStory:
    """A firing with all that came of it."""

    firing: PastFiring
    judged: tuple[Judged, ...] = ()
    """Its trigger's expression and its condition, as it saw them, as far as the files still have them."""
    steps: tuple[Step, ...]
    commands: tuple[CommandStory, ...]
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the site's files that a running service took over."""

    at: datetime
    text: str
    """Such as ``rule evening was changed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """The instant that is asked about."""

    at: datetime
    is_alive: bool
    """Whether a service ran at it."""
    note: str
    """What is to be said of it: that no service ran, or the journal does not reach so far; mostly empty."""
    is_recorded: bool = True
    """Whether the journal reaches back so far; what it does not hold of earlier times may have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One way in which a rule looked and did not fire: how often in all, and the last times."""

    total: NearMiss
    lately: tuple[Spell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStory:
    """What a rule did, and when it looked and did nothing. Newest first."""

    rule: str
    description: str
    then: Then | None = None
    """Where an instant is asked about: all of this is until it."""
    now: RuleLine | None = None
    """How it is now, as the service that runs says; None where none does, or an instant is asked about."""
    firings: tuple[FiringStory, ...]
    next_firing: PastFiring | None = None
    """The first one after the instant."""
    near_misses: tuple[Missed, ...]
    claims: tuple[PastClaim, ...]
    """What it kept or held, and how that ended."""
    edits: tuple[Edit, ...] = ()
    mode: Mode | None
    """None where the files have no such rule any more."""
    switch: RuleSwitch | None = None
    """How it was switched last by a hand or a rule."""
    standing: Standing | None
    """What keeps it from firing now, or at the instant; None where no service ran, or the rule is off."""
    has_run: bool
    """Whether any service has run with this journal."""
    is_loaded: bool = True
    """Whether the service that runs has it; true where none runs."""
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class PointNow:
    """What a point is now, as the service that runs says."""

    at: datetime
    account: PointAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class PointStory:
    """What was claimed, commanded and read. Newest first."""

    point: Point
    then: Then | None = None
    """Where an instant is asked about: all of this is until it, and claims are those that stood."""
    now: PointNow | None = None
    """What it is now, as the service that runs says; None where none does, or an instant is asked about."""
    claims: tuple[PastClaim, ...]
    edits: tuple[Edit, ...] = ()
    """Of its device, its connection and what else its site says of it."""
    commands: tuple[CommandStory, ...]
    next_command: PastCommand | None = None
    """The first one after the instant."""
    readings: tuple[Reading, ...]
    is_loaded: bool = True
    """Whether the service that runs has it; true where none runs."""
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStory:
    """What the points of a device were last, and who commanded them last."""

    device: str
    points: tuple[PointStory, ...]
    """In the site's order, each with the last of everything."""
    edits: tuple[Edit, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InterlockStory:
    """What an interlock refused, and when the world broke it. Newest first."""

    interlock: str
    description: str
    never: str
    """What must never be, as written."""
    turns: tuple[InterlockTurn, ...]
    claims: tuple[PastClaim, ...]
    """What was kept instead."""
    refused: tuple[CommandStory, ...]
    edits: tuple[Edit, ...] = ()
    gaps: tuple[Gap, ...] = ()


Story: TypeAlias = RuleStory | PointStory | InterlockStory | DeviceStory | FiringStory | CommandStory
