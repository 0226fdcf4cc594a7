"""Why something happened, and why it did not: what the journal knows of a rule, a point, an interlock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from interlock.config.site import Site
from interlock.history.claims import PastClaim
from interlock.history.past import NearMiss, PastCommand, PastFiring
from interlock.history.queries import JournalReader
from interlock.history.records import InterlockTurn, Step
from interlock.model import OriginKind, Point, Reading
from interlock.rules.rule import Mode, Rule
from interlock.service.standing import Standing, standing_of

_MOST_RELOADS = 1000
"""How many of the last ones are looked through."""


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
    firings: tuple[FiringStory, ...]
    near_misses: tuple[NearMiss, ...]
    claims: tuple[PastClaim, ...]
    """What it kept or held, and how that ended."""
    edits: tuple[Edit, ...] = ()
    mode: Mode
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
    turns: tuple[InterlockTurn, ...]
    claims: tuple[PastClaim, ...]
    """What was kept instead."""
    refused: tuple[PastCommand, ...]
    edits: tuple[Edit, ...] = ()


async def explain_interlock(journal_path: Path, interlock: str, *, limit: int) -> InterlockStory:
    """Return what an interlock did lately.

    Raises:
        JournalError: there is no journal, or it cannot be read.
    """
    async with JournalReader(journal_path) as journal:
        return InterlockStory(
            interlock=interlock,
            turns=await journal.turns_of(interlock, limit=limit),
            claims=await journal.claims_of(OriginKind.INTERLOCK, interlock, limit=limit),
            refused=await journal.refused_by(interlock, limit=limit),
            edits=await _edits(journal, [f"interlock {interlock}"], limit=limit),
        )


async def explain_rule(journal_path: Path, rule: Rule, site: Site, *, limit: int) -> RuleStory:
    """Return a rule's last firings and near misses, and how it stands now.

    Raises:
        JournalError: there is no journal, or it cannot be read.
    """
    async with JournalReader(journal_path) as journal:
        firings = [
            FiringStory(
                firing=firing,
                steps=await journal.steps_of(firing),
                commands=await journal.commands_of(firing),
            )
            for firing in await journal.firings_of(rule.id, limit=limit)
        ]
        return RuleStory(
            rule=rule.id,
            firings=tuple(firings),
            near_misses=await journal.near_misses_of(rule.id),
            claims=await journal.claims_of(OriginKind.RULE, rule.id, limit=limit),
            edits=await _edits(journal, [f"rule {rule.id}"], limit=limit),
            mode=rule.mode,
            standing=None if rule.mode is Mode.OFF else await standing_of(journal, rule, site),
            has_run=await journal.last_run() is not None,
        )


async def explain_point(journal_path: Path, point: Point, *, limit: int, connection: str = "") -> PointStory:
    """Return a point's last claims, edits, commands and readings.

    Args:
        journal_path: The journal.
        point: The point.
        limit: How many of each.
        connection: What the point is on, whose edits count too.

    Raises:
        JournalError: there is no journal, or it cannot be read.
    """
    async with JournalReader(journal_path) as journal:
        return PointStory(
            point=point,
            claims=await journal.claims_on(point, limit=limit),
            edits=await _edits(journal, _things_of(point, connection), limit=limit),
            commands=await journal.commands_for(point, limit=limit),
            readings=await journal.last_readings(point, limit=limit),
        )


def _things_of(point: Point, connection: str) -> Iterable[str]:
    """Yield what reloads call the things that a point hangs on."""
    device = point.device
    yield from (f"{kind} {device}" for kind in ("device", "schedule", "hold by hand of"))
    yield from (f"{kind} {point}" for kind in ("guard of", "default of"))
    yield f"connection {connection}"


async def _edits(journal: JournalReader, things: Iterable[str], *, limit: int) -> tuple[Edit, ...]:
    """Return the last edits of things, newest first."""
    beginnings = tuple(f"{thing} was " for thing in things)
    reloads = await journal.reloads(limit=_MOST_RELOADS)
    found = (Edit(each.at, line) for each in reloads for line in each.changes if line.startswith(beginnings))
    return tuple(islice(found, limit))
