"""Why something happened, and why it did not: what the journal knows of a rule or a point."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from interlock.config.site import Site
from interlock.history.claims import PastClaim
from interlock.history.past import NearMiss, PastCommand, PastFiring
from interlock.history.queries import JournalReader
from interlock.history.records import Step
from interlock.model import Point, Reading
from interlock.rules.rule import Mode, Rule
from interlock.service.standing import Standing, standing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringStory:
    """A firing with all that came of it."""

    firing: PastFiring
    steps: tuple[Step, ...]
    commands: tuple[PastCommand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStory:
    """What a rule did, and when it looked and did nothing. Newest first."""

    rule: str
    firings: tuple[FiringStory, ...]
    near_misses: tuple[NearMiss, ...]
    claims: tuple[PastClaim, ...]
    """What it kept or held, and how that ended."""
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
    commands: tuple[PastCommand, ...]
    readings: tuple[Reading, ...]


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
            claims=await journal.claims_of(rule.id, limit=limit),
            mode=rule.mode,
            standing=None if rule.mode is Mode.OFF else await standing_of(journal, rule, site),
            has_run=await journal.last_run() is not None,
        )


async def explain_point(journal_path: Path, point: Point, *, limit: int) -> PointStory:
    """Return a point's last claims, commands and readings.

    Raises:
        JournalError: there is no journal, or it cannot be read.
    """
    async with JournalReader(journal_path) as journal:
        return PointStory(
            point=point,
            claims=await journal.claims_on(point, limit=limit),
            commands=await journal.commands_for(point, limit=limit),
            readings=await journal.last_readings(point, limit=limit),
        )
