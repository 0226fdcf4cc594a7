"""Keeps rules from firing too often, and what is switched off from firing at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from interlock.clock import Clock
from interlock.durations import format_duration
from interlock.history.records import Past
from interlock.rules.actions import (
    CancelAction,
    ChooseAction,
    DelayAction,
    EndAction,
    GuardedAction,
    LogAction,
    ParallelAction,
    RepeatAction,
    SaveAction,
    SequenceAction,
    VariablesAction,
    WaitAction,
    every_action,
)
from interlock.rules.rule import Limit, Mode, Rule

T = TypeVar("T")
RUNAWAY = Limit(count=300, period=timedelta(minutes=1))
"""No rule that acts on a building fires so often: two rules drive each other in a circle."""
_MOST = 1000
"""Firings that are remembered for each rule, where its own limit needs no more."""
REST = timedelta(minutes=15)
"""For how long a rule that ran away is stopped."""


class _Past:
    """When one rule fired and began to act, oldest first. Most have done so a few times only: lists are
    small then, and made at once."""

    __slots__ = ("begun", "fired", "spent")

    def __init__(self) -> None:
        self.fired: list[datetime] = []
        self.spent: list[timedelta] = []
        """When it fired, by the time that nobody sets: what cooldown and limit count by."""
        self.begun: list[timedelta] = []
        """When it began to act, by its actions or its ``else``."""


class Brakes:
    """When each rule fired, and whether it may fire again."""

    def __init__(self) -> None:
        self._pasts: defaultdict[str, _Past] = defaultdict(_Past)
        self._switches: dict[str, bool] = {}
        self._resting: dict[str, timedelta] = {}
        self._told: set[str] = set()
        """Rules of which it was said that they are held back, since they last fired."""

    def restore(self, kept: Past, clock: Clock) -> None:
        """Take over when rules fired before they did here, and which a hand or a rule had switched."""
        for rule, instants in kept.fired.items():
            past = self._pasts[rule]
            earlier = [at for at in instants if at not in past.fired]
            past.fired = [*earlier, *past.fired][-_MOST:]
            # What lies ahead of a clock that is wrong counts as just now: rather too seldom than too often.
            ages = (max(clock.now() - instant, timedelta()) for instant in earlier)
            past.spent = [*(clock.monotonic() - age for age in ages), *past.spent]
        switched = {rule: switch.is_on for rule, switch in kept.switches.items()}
        self._switches = switched | self._switches

    def is_on(self, rule: Rule) -> bool:
        """Whether a rule acts at all."""
        return self._switches.get(rule.id, rule.mode is not Mode.OFF)

    def count_since(self, rule: Rule, since: datetime) -> int:
        """Return how often a rule fired since an instant; at most as often as firings are remembered."""
        return sum(instant >= since for instant in self._pasts[rule.id].fired)

    def switch(self, rule: str, *, is_on: bool) -> None:
        """Let a rule act or not; one that rests may act again."""
        self._switches[rule] = is_on
        self._resting.pop(rule, None)

    def note(self, rule: Rule, at: datetime, now: timedelta) -> None:
        """Take in that a rule fires, with the instant by the wall and by the time that nobody sets."""
        past = self._pasts[rule.id]
        _append(past.fired, at, _MOST)
        _append(past.spent, now, max(_MOST, rule.limit.count) if rule.limit else _MOST)
        self._told.discard(rule.id)

    def fired_at(self, rule: str) -> datetime | None:
        """Return when a rule fired at last; None where that was never or long ago."""
        past = self._pasts.get(rule)
        return past.fired[-1] if past and past.fired else None

    def is_news(self, rule: Rule) -> bool:
        """Whether nobody was told yet that this rule is held back; asked once."""
        is_news = rule.id not in self._told
        self._told.add(rule.id)
        return is_news

    def rests(self, rule: Rule, now: timedelta) -> str:
        """Return why a rule may do nothing at all at present; empty where it may."""
        is_resting = now < self._resting.get(rule.id, now)
        return "it was stopped because it ran away" if is_resting else ""

    def holds_back(self, rule: Rule, now: timedelta) -> str:
        """Return why a rule may not fire now; empty where it may."""
        spent = self._pasts[rule.id].spent
        if spent and now - rule.cooldown < spent[-1]:
            return f"it cools down for {format_duration(rule.cooldown)}"
        if rule.limit and _is_reached(rule.limit, spent, now):
            return f"it fired {rule.limit} already"
        return ""

    def runs_away(self, rule: Rule, now: timedelta) -> bool:
        """Whether a rule that begins to act does so too often; it rests from then on.

        A rule that touches nothing is in no circle, and one with a limit of its own is held to that, unless
        no time passes at all: in virtual time that would never end.
        """
        begun = self._pasts[rule.id].begun
        is_often = not rule.limit and _is_reached(RUNAWAY, begun, now)
        is_endless = len(begun) >= RUNAWAY.count and begun[-RUNAWAY.count] == now
        if not (is_often or is_endless) or not _touches(rule):
            _append(begun, now, RUNAWAY.count)
            return False
        self._resting[rule.id] = now + REST
        begun.clear()
        return True


_HARMLESS = (
    LogAction,
    DelayAction,
    WaitAction,
    ChooseAction,
    RepeatAction,
    SequenceAction,
    ParallelAction,
    GuardedAction,
    EndAction,
    SaveAction,
    VariablesAction,
    CancelAction,
)
"""What alone can set off no rule: it sends nothing and tells nobody."""


def _touches(rule: Rule) -> bool:
    actions = every_action((*rule.actions, *rule.otherwise, *rule.undo))
    return rule.keep is not None or any(not isinstance(action, _HARMLESS) for action in actions)


def _append(instants: list[T], instant: T, most: int) -> None:
    """Remember an instant, and at least so many of the last ones."""
    instants.append(instant)
    if len(instants) > 2 * most:
        del instants[:-most]


def _is_reached(limit: Limit, instants: Sequence[timedelta], now: timedelta) -> bool:
    return len(instants) >= limit.count and instants[-limit.count] > now - limit.period
