"""Keeps rules from firing too often, and what is switched off from firing at all."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta

from interlock.durations import format_duration
from interlock.history.records import Past
from interlock.rules.rule import Limit, Mode, Rule

RUNAWAY = Limit(count=300, period=timedelta(minutes=1))
"""No rule for a building fires so often: two rules drive each other in a circle."""
_MOST = 1000
"""Firings that are remembered for each rule."""
REST = timedelta(minutes=15)
"""For how long a rule that ran away is stopped."""


class Brakes:
    """When each rule fired, and whether it may fire again."""

    def __init__(self) -> None:
        self._fired: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=_MOST))
        self._switches: dict[str, bool] = {}
        self._resting: dict[str, datetime] = {}
        self._told: set[str] = set()
        """Rules of which it was said that they are held back, since they last fired."""

    def restore(self, past: Past) -> None:
        """Take over when rules fired, and which were switched by a hand or a rule."""
        for rule, instants in past.fired.items():
            self._fired[rule].extend(instants)
        self._switches.update((rule, switch.is_on) for rule, switch in past.switches.items())

    def is_on(self, rule: Rule) -> bool:
        """Whether a rule acts at all."""
        return self._switches.get(rule.id, rule.mode is not Mode.OFF)

    def count_since(self, rule: Rule, since: datetime) -> int:
        """Return how often a rule fired since an instant; at most as often as firings are remembered."""
        return sum(instant >= since for instant in self._fired[rule.id])

    def switch(self, rule: str, *, is_on: bool) -> None:
        """Let a rule act or not; one that rests may act again."""
        self._switches[rule] = is_on
        self._resting.pop(rule, None)

    def note(self, rule: Rule, now: datetime) -> None:
        """Take in that a rule fires."""
        self._fired[rule.id].append(now)
        self._told.discard(rule.id)

    def fired_at(self, rule: str) -> datetime | None:
        """Return when a rule fired at last; None where that was never or long ago."""
        fired = self._fired.get(rule)
        return fired[-1] if fired else None

    def is_news(self, rule: Rule) -> bool:
        """Whether nobody was told yet that this rule is held back; asked once."""
        is_news = rule.id not in self._told
        self._told.add(rule.id)
        return is_news

    def holds_back(self, rule: Rule, now: datetime) -> str:
        """Return why a rule may not fire now; empty where it may."""
        rests_until = self._resting.get(rule.id)
        if rests_until is not None and now < rests_until:
            return "it was stopped because it ran away"
        fired = self._fired[rule.id]
        if fired and now - rule.cooldown < fired[-1] <= now:
            return f"it cools down for {format_duration(rule.cooldown)}"
        if rule.limit and self._count(rule, rule.limit, now) >= rule.limit.count:
            return f"it fired {rule.limit} already"
        return ""

    def runs_away(self, rule: Rule, now: datetime) -> bool:
        """Whether a rule fires as no rule should; it rests from then on."""
        if self._count(rule, RUNAWAY, now) < RUNAWAY.count:
            return False
        self._resting[rule.id] = now + REST
        self._fired[rule.id].clear()
        return True

    def _count(self, rule: Rule, limit: Limit, now: datetime) -> int:
        return sum(now - limit.period < instant <= now for instant in self._fired[rule.id])
