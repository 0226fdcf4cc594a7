"""What a running service says of now, and what of the past its journal lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeVar

from interlock.errors import JournalError
from interlock.history.claims import PastClaim
from interlock.history.records import RuleSwitch
from interlock.model import Point
from interlock.plurals import counted
from interlock.rules.rule import Mode
from interlock.service.control.answers import PointAccount, RuleStanding, Status
from interlock.service.control.protocol import (
    Answer,
    AskPoint,
    AskStanding,
    AskStatus,
    Question,
    UnknownName,
)
from interlock.service.explain.part_lines import told_part
from interlock.service.explain.standing import Standing
from interlock.service.explain.stories import Gap, PointNow, PointStory, RuleStory, Story

A = TypeVar("A", bound=Answer)


class Ask(Protocol):
    """Asks the service that runs: from outside at its control socket, or from within."""

    async def __call__(self, question: Question, answer: type[A]) -> A:
        """Return what it answers.

        Raises:
            UnknownName: it has nothing of this name.
            ControlError: it cannot say.
        """
        ...


class Present:
    """What a running service says of now.

    Args:
        ask: Asks it.
        status: How it is.
        can_say: Whether it can be asked about points and rules, which one of another version may not.
    """

    def __init__(self, ask: Ask, status: Status, *, can_say: bool = True) -> None:
        self._ask = ask
        self.status = status
        self.can_say = can_say

    def silent(self) -> Present:
        """Return the same of which the status alone is known."""
        return Present(self._ask, self.status, can_say=False)

    async def point(self, name: str) -> PointNow | None:
        """Return what a point is; None where the service has no such point.

        Raises:
            ControlError: it cannot say.
        """
        try:
            account = await self._ask(AskPoint(point=name), PointAccount)
        except UnknownName:
            return None
        return PointNow(self.status.now, account)

    async def rule(self, name: str) -> RuleStanding | None:
        """Return how a rule stands; None where the service has no such rule.

        Raises:
            ControlError: it cannot say.
        """
        try:
            return await self._ask(AskStanding(rule=name), RuleStanding)
        except UnknownName:
            return None

    async def story(self, subject: str, gap: Gap) -> PointStory | RuleStory | None:
        """Return what the service alone says of something; None where it has no such point or rule.

        Args:
            subject: What is asked about.
            gap: Says why nothing is told of the past.

        Raises:
            ControlError: it cannot say.
        """
        if point := await self.point(subject):
            return PointStory(
                point=Point(subject), now=point, claims=(), commands=(), readings=(), gaps=(gap,)
            )
        if rule := await self.rule(subject):
            return replace(self.as_now(_no_story(subject), rule), gaps=(gap,))
        return None

    def as_now(self, story: RuleStory, told: RuleStanding) -> RuleStory:
        """Return a rule's story with what the service says of it now, which counts more than its files."""
        line = told.line
        switch = (
            RuleSwitch(line.rule, line.switched_at, line.is_on, line.switched_by)
            if line.switched_at
            else None
        )
        parts = tuple(map(told_part, told.parts))
        standing = Standing(told.at, parts, self.status.is_dry_run, is_live=True) if line.is_on else None
        return replace(
            story,
            description=told.description,
            now=line,
            mode=Mode(line.mode),
            switch=switch,
            standing=standing,
            has_run=True,
        )

    async def standing_claims(self, claims: Sequence[PastClaim]) -> tuple[PastClaim, ...]:
        """Return claims without those that a journal takes to stand, and that stand no more.

        Raises:
            ControlError: it cannot say.
        """
        return tuple([each for each in claims if each.ended_at or await self._stands(each)])

    async def _stands(self, past: PastClaim) -> bool:
        now, claim = await self.point(past.claim.point), past.claim
        wanted = str(claim.owner), claim.priority
        return now is not None and wanted in [(each.owner, each.priority) for each in now.account.claims]

    @property
    def gap(self) -> Gap | None:
        """The time from which on the journal lacks everything; None where it lacks nothing to now."""
        journal = self.status.journal
        if journal is None or journal.is_written:
            return None
        return Gap(since=journal.written_at or self.status.started_at, reason=journal.fault)

    @property
    def gaps(self) -> Iterator[Gap]:
        """All that the journal is known to lack, the newest first."""
        journal = self.status.journal
        if gap := self.gap:
            yield gap
        if journal and journal.lost and journal.lost_from and journal.lost_until:
            reason = counted(journal.lost, "entry is lost", "entries are lost")
            yield Gap(since=journal.lost_from, until=journal.lost_until, reason=reason)


def _no_story(rule: str) -> RuleStory:
    return RuleStory(
        rule=rule,
        description="",
        firings=(),
        near_misses=(),
        claims=(),
        mode=None,
        standing=None,
        has_run=True,
    )


async def present_of(ask: Ask) -> Present:
    """Return what a running service says of now.

    Raises:
        NoService: none runs.
        ControlError: it does not answer.
    """
    return Present(ask, await ask(AskStatus(), Status))


async def present_alone(
    present: Present | None, subject: str, at: datetime | None, error: JournalError
) -> Story:
    """Return what a service alone tells, where its journal cannot be read.

    Raises:
        JournalError: the one given: no service runs, it knows nothing of that, or an instant was asked about.
        ControlError: the service cannot say.
    """
    gap = Gap(since=None, reason=str(error))
    story = await present.story(subject, gap) if present and present.can_say and at is None else None
    if story is None:
        raise error
    return story
