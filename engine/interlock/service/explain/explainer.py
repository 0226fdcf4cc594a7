"""Asks a journal why something happened, and why it did not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from interlock.capabilities import nearest
from interlock.config.site import Site
from interlock.errors import InterlockError
from interlock.history.past import PastFiring
from interlock.history.queries import JournalReader
from interlock.model import OriginKind, Point
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Mode, Rule
from interlock.service.explain.stories import (
    Edit,
    FiringStory,
    InterlockStory,
    PointStory,
    RuleStory,
    Story,
)
from interlock.service.standing import standing_of

_MOST_RELOADS = 1000
"""How many of the last ones are looked through."""


class UnknownSubject(InterlockError):
    """Nothing has the name that was asked about; the message says what comes nearest."""


class Explainer:
    """Answers why, about one site, from its journal.

    Args:
        journal: An open journal.
        site: Its points, devices and connections.
        rules, interlocks: Those of its files.
    """

    def __init__(
        self, journal: JournalReader, site: Site, rules: Iterable[Rule], interlocks: Iterable[Interlock] = ()
    ) -> None:
        self._journal = journal
        self._site = site
        self._rules = {rule.id: rule for rule in rules}
        self._interlocks = {each.id: each for each in interlocks}

    async def explain(self, subject: str, *, limit: int) -> Story:
        """Return what is known of a point, a rule or an interlock.

        Args:
            subject: Its name.
            limit: How many of each kind of things are told.

        Raises:
            UnknownSubject: nothing has this name.
            JournalError: the journal cannot be read.
        """
        if subject in self._site.targets:
            return await self._point(Point(subject), limit)
        if subject in self._rules:
            return await self._rule(self._rules[subject], limit)
        if subject in self._interlocks:
            return await self._interlock(self._interlocks[subject], limit)
        raise self._unknown(subject)

    def _unknown(self, subject: str) -> UnknownSubject:
        meant = nearest(subject, [*self._site.targets, *self._rules, *self._interlocks])
        hint = f"; did you mean '{meant}'?" if meant else ""
        return UnknownSubject(f"there is no point, rule or interlock '{subject}'{hint}")

    async def _interlock(self, interlock: Interlock, limit: int) -> InterlockStory:
        name = interlock.id
        return InterlockStory(
            interlock=name,
            description=interlock.description,
            never=interlock.never.text,
            turns=await self._journal.turns_of(name, limit=limit),
            claims=await self._journal.claims_of(OriginKind.INTERLOCK, name, limit=limit),
            refused=await self._journal.refused_by(name, limit=limit),
            edits=await self._edits([f"interlock {name}"], limit),
        )

    async def _rule(self, rule: Rule, limit: int) -> RuleStory:
        journal = self._journal
        firings = await journal.firings_of(rule.id, limit=limit)
        return RuleStory(
            rule=rule.id,
            description=rule.description,
            firings=tuple([await self.firing(each) for each in firings]),
            near_misses=await journal.near_misses_of(rule.id),
            claims=await journal.claims_of(OriginKind.RULE, rule.id, limit=limit),
            edits=await self._edits([f"rule {rule.id}"], limit),
            mode=rule.mode,
            standing=None if rule.mode is Mode.OFF else await standing_of(journal, rule, self._site),
            has_run=await journal.last_run() is not None,
        )

    async def firing(self, firing: PastFiring) -> FiringStory:
        """Return a firing with all that came of it.

        Raises:
            JournalError: the journal cannot be read.
        """
        steps, commands = await self._journal.steps_of(firing), await self._journal.commands_of(firing)
        return FiringStory(firing=firing, steps=steps, commands=commands)

    async def _point(self, point: Point, limit: int) -> PointStory:
        connection = self._site.targets[point].device.connection
        return PointStory(
            point=point,
            claims=await self._journal.claims_on(point, limit=limit),
            edits=await self._edits(_things_of(point, connection), limit),
            commands=await self._journal.commands_for(point, limit=limit),
            readings=await self._journal.last_readings(point, limit=limit),
        )

    async def _edits(self, things: Iterable[str], limit: int) -> tuple[Edit, ...]:
        """Return the last edits of things, newest first."""
        beginnings = tuple(f"{thing} was " for thing in things)
        reloads = await self._journal.reloads(limit=_MOST_RELOADS)
        lines = (Edit(each.at, line) for each in reloads for line in each.changes)
        return tuple(islice((each for each in lines if each.text.startswith(beginnings)), limit))


def _things_of(point: Point, connection: str) -> Sequence[str]:
    """Return what reloads call the things that a point hangs on."""
    device = point.device
    return (
        *(f"{kind} {device}" for kind in ("device", "schedule", "hold by hand of")),
        *(f"{kind} {point}" for kind in ("guard of", "default of")),
        f"connection {connection}",
    )
