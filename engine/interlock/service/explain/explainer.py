"""Asks a journal why something happened, and why it did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from interlock.capabilities import nearest
from interlock.config.site import Site
from interlock.errors import InterlockError
from interlock.history.claims import PastClaim
from interlock.history.journal import ACTED
from interlock.history.past import PastCommand, PastFiring
from interlock.history.queries import JournalReader, PastRun
from interlock.history.records import RuleSwitch
from interlock.model import OriginKind, Point, Reading, Receipt
from interlock.rules.grammar.context import Context
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Mode, Rule
from interlock.service.explain.decisions import judged_of
from interlock.service.explain.instants import then_of
from interlock.service.explain.present import Present
from interlock.service.explain.standing import Standing, standing_of
from interlock.service.explain.stories import (
    CommandStory,
    DeviceStory,
    Edit,
    FiringStory,
    Gap,
    InterlockStory,
    Missed,
    PointStory,
    RuleStory,
    Story,
    Then,
)

_MOST_RELOADS = 1000
"""How many of the last ones are looked through."""
_A_WHILE = timedelta(minutes=1)
"""Time enough for nearly every device to show what it was told."""
_EVER = datetime.max.replace(tzinfo=UTC)


class UnknownSubject(InterlockError):
    """Nothing has the name that was asked about; the message says what comes nearest."""


class Explainer:
    """Answers why, about one site, from its journal.

    Args:
        journal: An open journal.
        site: Its points, devices and connections.
        rules, interlocks: Those of its files.
        present: What the service that runs says of now; None where none does.
    """

    def __init__(
        self,
        journal: JournalReader,
        site: Site,
        rules: Iterable[Rule],
        interlocks: Iterable[Interlock] = (),
        present: Present | None = None,
    ) -> None:
        self._journal = journal
        self._present = present
        self._site = site
        self._context = Context(site)
        self._rules = {rule.id: rule for rule in rules}
        self._interlocks = {each.id: each for each in interlocks}

    async def explain(self, subject: str, *, limit: int, at: datetime | None = None) -> Story:
        """Return what is known of something.

        Args:
            subject: A point, a device, or the id of a rule, an interlock, a firing or a command. A rule that
                the files have no more is known as long as the journal holds something of it.
            limit: How many of each kind of things are told.
            at: What was at this instant, and until it, is told; what is now where it is not given. It says
                nothing about a firing or a command, which has an instant of its own.

        Raises:
            UnknownSubject: nothing has this name.
            JournalError: the journal cannot be read.
            ControlError: the service that runs cannot say what is now.
        """
        return replace(await self._story(subject, limit, at), gaps=self._gaps(at))

    def _asked(self, at: datetime | None) -> Present | None:
        """Return the service that says what is now, where that is asked about and it can."""
        return self._present if self._present and self._present.can_say and not at else None

    def _gaps(self, at: datetime | None) -> tuple[Gap, ...]:
        """Return what the journal lacks of the time until an instant, or now."""
        gaps = self._present.gaps if self._present else ()
        return tuple(each for each in gaps if at is None or (each.since and each.since < at))

    async def _story(self, subject: str, limit: int, at: datetime | None) -> Story:
        if subject in self._site.targets:
            return await self._point(Point(subject), limit, at)
        if subject in self._rules:
            return await self._rule(self._rules[subject], limit, at)
        if subject in self._interlocks:
            return await self._interlock(self._interlocks[subject], limit)
        if points := [each for each in self._site.targets if each.device == subject]:
            return await self._device(subject, points, at)
        return await self._journalled(subject, limit, at)

    async def firing(self, firing: PastFiring) -> FiringStory:
        """Return a firing with all that came of it.

        Raises:
            JournalError: the journal cannot be read.
        """
        commands = await self._journal.commands_of(firing)
        return FiringStory(
            firing=firing,
            judged=await judged_of(self._journal, firing, self._rules.get(firing.rule), self._context),
            steps=await self._journal.steps_of(firing),
            commands=await self._commands(commands),
        )

    async def _journalled(self, subject: str, limit: int, at: datetime | None) -> Story:
        """Return what the journal alone knows: a firing, a command, a rule that was removed."""
        if firing := await self._journal.firing(subject):
            return await self.firing(firing)
        if command := await self._journal.command(subject):
            return await self._command(command)
        removed = await self._removed(subject, limit, at)
        if removed.now or removed.firings or removed.near_misses or removed.claims or removed.edits:
            return removed
        if (asked := self._asked(at)) and (now := await asked.point(subject)):
            return PointStory(point=Point(subject), now=now, claims=(), commands=(), readings=())
        raise self._unknown(subject)

    def _unknown(self, subject: str) -> UnknownSubject:
        devices = dict.fromkeys(point.device for point in self._site.targets)
        meant = nearest(subject, [*self._site.targets, *self._rules, *self._interlocks, *devices])
        hint = f"; did you mean '{meant}'?" if meant else ""
        return UnknownSubject(
            f"there is no point, rule or interlock '{subject}', nor a device, firing or command{hint}"
        )

    async def _interlock(self, interlock: Interlock, limit: int) -> InterlockStory:
        name = interlock.id
        return InterlockStory(
            interlock=name,
            description=interlock.description,
            never=interlock.never.text,
            turns=await self._journal.turns_of(name, limit=limit),
            claims=await self._journal.claims_of(OriginKind.INTERLOCK, name, limit=limit),
            refused=await self._commands(await self._journal.refused_by(name, limit=limit)),
            edits=await self._edits([f"interlock {name}"], limit),
        )

    async def _rule(self, rule: Rule, limit: int, at: datetime | None) -> RuleStory:
        return await self._rule_story(rule.id, rule, limit, at)

    async def _removed(self, rule: str, limit: int, at: datetime | None) -> RuleStory:
        return await self._rule_story(rule, None, limit, at)

    async def _rule_story(self, name: str, rule: Rule | None, limit: int, at: datetime | None) -> RuleStory:
        journal = self._journal
        then, run = await self._then(at)
        asked = self._asked(at)
        told = await asked.rule(name) if asked else None
        firings = await journal.firings_of(name, limit=1 if at else limit, until=at)
        claims = await journal.claims_of(OriginKind.RULE, name, limit=limit, at=at)
        story = RuleStory(
            rule=name,
            description=rule.description if rule else "",
            then=then,
            firings=tuple([await self.firing(each) for each in firings]),
            next_firing=await journal.firing_after(name, at) if at else None,
            near_misses=await self._missed(name, at),
            claims=await self._standing_claims(claims, at),
            edits=await self._edits([f"rule {name}"], limit),
            mode=rule.mode if rule else None,
            switch=await self._switch(name, at),
            standing=await self._standing(rule, then, run) if rule and not asked else None,
            has_run=await journal.last_run() is not None,
            is_loaded=not asked or told is not None,
        )
        return asked.as_now(story, told) if asked and told else story

    async def _standing_claims(
        self, claims: tuple[PastClaim, ...], at: datetime | None
    ) -> tuple[PastClaim, ...]:
        asked = self._asked(at)
        return await asked.standing_claims(claims) if asked else claims

    async def _switch(self, rule: str, at: datetime | None) -> RuleSwitch | None:
        """Return how a rule was switched last; None where that was later than is asked about."""
        found = (await self._journal.past(_EVER)).switches.get(rule)
        return None if found is None or (at is not None and found.at > at) else found

    async def _then(self, at: datetime | None) -> tuple[Then | None, PastRun | None]:
        return (
            (None, None)
            if at is None
            else await then_of(self._journal, at, self._site.timezone, self._present)
        )

    async def _standing(self, rule: Rule, then: Then | None, run: PastRun | None) -> Standing | None:
        if rule.mode is Mode.OFF or (then is not None and not then.is_alive):
            return None
        at = then.at if then else None
        return await standing_of(self._journal, rule, self._site, run=run, at=at)

    async def _missed(self, rule: str, at: datetime | None) -> tuple[Missed, ...]:
        spells = [each for each in await self._journal.spells_of(rule) if at is None or each.first_at <= at]
        return tuple(
            Missed(
                total=total,
                lately=tuple(
                    each for each in spells if (each.trigger, each.verdict) == (total.trigger, total.verdict)
                ),
            )
            for total in await self._journal.near_misses_of(rule)
            if at is None or total.first_at <= at
        )

    async def _commands(self, commands: Iterable[PastCommand]) -> tuple[CommandStory, ...]:
        return tuple([await self._command(each) for each in commands])

    async def _command(self, past: PastCommand) -> CommandStory:
        receipts = await self._journal.receipts_of(past)
        return CommandStory(past=past, receipts=receipts, shown=await self._shown(past.receipt))

    async def _shown(self, receipt: Receipt | None) -> Reading | None:
        if receipt is None or receipt.outcome not in ACTED or receipt.command.value is None:
            return None
        journal, later = self._journal, receipt.at + _A_WHILE
        run, point = await journal.run_before(later), receipt.command.point
        if run is None:
            return None
        # What was obeyed and let go within the minute has done its work all the same.
        for each in await journal.readings_until(point, receipt.at, later):
            if each.is_usable and each.value == receipt.command.value and each.at >= run.opened_at:
                return each
        return next(iter(await journal.readings_in(run, point, limit=1, until=later)), None)

    async def _point(self, point: Point, limit: int, at: datetime | None) -> PointStory:
        journal, connection = self._journal, self._site.targets[point].device.connection
        then, run = await self._then(at)
        if run is None:
            readings = () if then else await journal.last_readings(point, limit=limit)
        else:
            readings = await journal.readings_in(run, point, limit=limit, until=at)
        claims = await journal.claims_on(point, limit=limit, at=at)
        asked = self._asked(at)
        now = await asked.point(point) if asked else None
        return PointStory(
            point=point,
            then=then,
            now=now,
            is_loaded=not asked or now is not None,
            claims=await self._standing_claims(claims, at),
            edits=await self._edits(_things_of(point, connection), limit),
            commands=await self._commands(await journal.commands_for(point, limit=limit, until=at)),
            next_command=await journal.command_after(point, at) if at else None,
            readings=readings,
        )

    async def _device(self, device: str, points: Sequence[Point], at: datetime | None) -> DeviceStory:
        return DeviceStory(
            device=device,
            points=tuple([await self._point(each, 1, at) for each in points]),
            edits=await self._edits([f"device {device}"], 1),
        )

    async def _edits(self, things: Iterable[str], limit: int) -> tuple[Edit, ...]:
        """Return the last edits of things, newest first."""
        beginnings = tuple(f"{thing} was " for thing in things)
        reloads = await self._journal.reloads(limit=_MOST_RELOADS)
        lines = (Edit(each.at, line) for each in reloads for line in each.changes)
        return tuple(islice((each for each in lines if each.text.startswith(beginnings)), limit))


def _things_of(point: Point, connection: str) -> Iterator[str]:
    """Yield what reloads call the things that a point hangs on."""
    device = point.device
    yield from (f"{kind} {device}" for kind in ("device", "schedule", "hold by hand of"))
    yield from (f"{kind} {point}" for kind in ("guard of", "default of"))
    yield f"connection {connection}"
