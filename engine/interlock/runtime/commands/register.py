"""Who claims what, at work: each claim is journalled, watched, and what follows from it looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from interlock.clock import Clock
from interlock.config.site import Site
from interlock.durations import format_duration
from interlock.history.journal import Journal
from interlock.history.records import Claimed, LetGo
from interlock.model import Origin, OriginKind, Point, Value, format_value
from interlock.rules.claims import MANUAL_PRIORITY, Claim, Claims
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Mode, Rule
from interlock.runtime.commands.upkeep import Upkeep
from interlock.runtime.commands.wishes import DEFAULT_OWNER, NEWER, default_claim

log = logging.getLogger("interlock.claims")

BY_PEOPLE = frozenset({OriginKind.OPERATOR, OriginKind.HAND})
"""Whose claims a person lets go by hand."""
_HAND = Origin(OriginKind.HAND, "hand")
_NOT_MEANT = frozenset({OriginKind.HAND, OriginKind.DEFAULT})
"""Claims that nobody compares a hand with."""


class Register(Claims):
    """The claims on a site's points, which outlast the service.

    Args:
        site: Whose points they are.
        upkeep: Watches the points that are claimed.
        journal: Takes what is claimed and let go.
        clock: Wall or virtual time.
        notice: Learns of each claim that is put.
        look_at: Has a point looked at, because somebody else may win there now.
    """

    def __init__(
        self,
        site: Site,
        upkeep: Upkeep,
        journal: Journal,
        *,
        clock: Clock,
        notice: Callable[[Claim], None],
        look_at: Callable[[Point], None],
    ) -> None:
        super().__init__()
        self.site = site
        self._upkeep = upkeep
        self._journal = journal
        self._clock = clock
        self._notice = notice
        self._look_at = look_at
        self._released: dict[Point, str] = {}
        """Why a point was released in this run, by point."""

    def restore(self, claims: Iterable[Claim]) -> None:
        """Let stand again what stood when the service ended.

        Where the journal comes late, what its owner has claimed anew since counts, and that it was released.
        """
        now = self._clock.now()
        for claim in [each for each in claims if self.get(each.point, each.owner) is None]:
            if claim.point in self._released and claim.owner.kind in BY_PEOPLE:
                self._journal.record(LetGo(claim, now, self._released[claim.point]))
                continue
            self.put(claim)
            if claim.point in self.site.targets:
                self._upkeep.begin(claim.point, now)

    def release(self, point: Point, why: str) -> int:
        """Let go of what hands and operators claim of a point; return how many claims that were."""
        self._released[point] = why
        claims = [each for each in self.array(point) if each.owner.kind in BY_PEOPLE]
        for claim in claims:
            self.let_go(claim, why)
        return len(claims)

    @property
    def all(self) -> Sequence[Claim]:
        """Every claim, by the names of the points, the strongest of each first."""
        return [claim for point in sorted(self.points) for claim in self.array(point)]

    def claim(self, claim: Claim) -> None:
        """Let somebody claim a point."""
        point = claim.point
        default = self.get(point, DEFAULT_OWNER)
        if default is not None and claim.owner.kind is not OriginKind.DEFAULT:
            self.let_go(default, NEWER)
        self.put(claim)
        self._journal.record(Claimed(claim))
        self._upkeep.place(point).is_kept = True
        self._notice(claim)
        self._look_at(point)

    def let_go(self, claim: Claim, why: str, *, with_default: bool = True) -> None:
        """Let a claim go, and where it was the last one the point to its default."""
        point, now = claim.point, self._clock.now()
        self.drop(claim)
        self._journal.record(LetGo(claim, now, why))
        if self.winner(point) is None:
            self._upkeep.forget_decision(point)
            default = self.site.defaults.get(point)
            if with_default and default is not None and claim.owner.kind is not OriginKind.DEFAULT:
                self.claim(default_claim(point, default, now))
        self._look_at(point)

    def shift(self, by: timedelta) -> None:
        """Take in that the clock was set: what is claimed for a time is claimed for as long as was said.

        What began after the time that it was before comes from a run with another clock, and stays.
        """
        now = self._clock.now()
        for claim in self.all:
            if claim.since <= now - by:
                until = None if claim.until is None else claim.until + by
                moved = replace(claim, since=claim.since + by, until=until)
                self.put(moved)
                self._journal.record(LetGo(claim, now, "the clock was set"), Claimed(moved))

    def expire(self, point: Point) -> None:
        """Let go of what is claimed of a point until now."""
        now = self._clock.now()
        for claim in self.array(point):
            if claim.until is not None and claim.until <= now:
                self.let_go(claim, "its time is over")

    def let_go_pointless(self, others: Collection[Point] = ()) -> None:
        """Let go of what is claimed of points that the site does not have.

        Args:
            others: Points that stand for something else now: what a hand did there, it did to something else.
        """
        for claim in self.all:
            is_strange = claim.point in others and claim.owner.kind is OriginKind.HAND
            if claim.point not in self.site.targets or is_strange:
                why = "its point stands for nothing, or something else, now"
                self.let_go(claim, why, with_default=False)

    def let_go_ownerless(self, rules: Iterable[Rule], interlocks: Mapping[str, Interlock]) -> None:
        """Let go of what no rule and no interlock of these may claim."""
        known = {rule.id: rule for rule in rules}
        for claim in self.all:
            kind, name = claim.owner.kind, claim.owner.name
            if kind is OriginKind.RULE and not _may_hold(known.get(name), claim.point):
                self.let_go(claim, f"{claim.owner} is not there any more, or is switched off")
            elif kind is OriginKind.INTERLOCK:
                interlock = interlocks.get(name)
                if interlock is None or interlock.instead.get(claim.point) != claim.value:
                    self.let_go(claim, f"{claim.owner} is another now")

    def take_hand(self, point: Point, value: Value) -> None:
        """Take in that somebody set a point to a value by hand."""
        now, hand = self._clock.now(), self.get(point, _HAND)
        others = [each for each in self.array(point) if each.owner.kind not in _NOT_MEANT]
        if others and self._upkeep.is_meant(point, others[0].value, value):
            self._upkeep.adopt(point, others[0].value)
            if hand is not None:
                self.let_go(hand, "it was set back")
            return
        hold = self._upkeep.hold_of(point)
        if not hold and others:
            log.info("%s was set to %s by a hand; it is taken back", point, format_value(value))
            self._upkeep.forget_decision(point)
            return
        if not hold:
            self._upkeep.adopt(point, value)
            return
        rest = format_duration(hold)
        log.info("%s was set to %s by a hand; it is left alone for %s", point, format_value(value), rest)
        self._upkeep.adopt(point, value)
        until, owner = now + hold, _HAND
        self.claim(
            Claim(point=point, value=value, priority=MANUAL_PRIORITY, owner=owner, since=now, until=until)
        )


def _may_hold(rule: Rule | None, point: Point) -> bool:
    """Whether a rule may claim a point: what its actions hold is not looked into."""
    if rule is None or rule.mode is Mode.SHADOW:
        return False
    return rule.keep is None or point in rule.keep.kept
