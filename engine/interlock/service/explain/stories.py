"""What the journal tells of a rule, a point, an interlock, a device, a firing or a command, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from interlock.history.claims import PastClaim
from interlock.history.past import NearMiss, PastCommand, PastFiring
from interlock.history.records import InterlockTurn, Step
from interlock.model import Point, Reading
from interlock.rules.rule import Mode
from interlock.service.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringStory:
    """A firing with all that came of it."""

    firing: PastFiring
    steps: tuple[Step, ...]
    commands: tuple[PastCommand, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the site's files that a running service took over."""

    at: datetime
    text: str
    """Such as ``rule evening was changed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStory:
    """What a rule did, and when it looked and did nothing. Newest first."""

    rule: str
    description: str
    firings: tuple[FiringStory, ...]
    near_misses: tuple[NearMiss, ...]
    claims: tuple[PastClaim, ...]
    """What it kept or held, and how that ended."""
    edits: tuple[Edit, ...] = ()
    mode: Mode | None
    """None where the files have no such rule any more."""
    standing: Standing | None
    """What keeps it from firing now; None where no service has run, or the rule is off."""
    has_run: bool
    """Whether any service has run with this journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointStory:
    """What was claimed, commanded and read. Newest first."""

    point: Point
    claims: tuple[PastClaim, ...]
    edits: tuple[Edit, ...] = ()
    """Of its device, its connection and what else its site says of it."""
    commands: tuple[PastCommand, ...]
    readings: tuple[Reading, ...]


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
    refused: tuple[PastCommand, ...]
    edits: tuple[Edit, ...] = ()


Story: TypeAlias = RuleStory | PointStory | InterlockStory
