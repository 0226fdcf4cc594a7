"""Keeps rules from firing too often, and what is switched off from firing at all."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta

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

RUNAWAY = Limit(count=300, period=timedelta(minutes=1))
"""No rule that acts on a building fires so often: two rules drive each other in a circle."""
_MOST = 1000
"""Firings that are remembered for each rule, where its own limit needs no more."""
REST = timedelta(minutes=15)
"""For how long a rule that ran away is stopped."""


class Brakes:
    """When each rule fired, and whether it may fire again."""

    def __init__(self) -> None:
        self._fired: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=_MOST))
        self._switches: dict[str, bool] = {}
        self._spent: defaultdict[str, deque[timedelta]] = defaultdict(deque)
        """When each rule fired, by the time that nobody sets: what cooldown and limit count by."""
        self._begun: defaultdict[str, deque[timedelta]] = defaultdict(lambda: deque(maxlen=RUNAWAY.count))
        """When each rule began to act, by its actions or its ``else``."""
        self._resting: dict[str, timedelta] = {}
        self._told: set[str] = set()
        """Rules of which it was said that they are held back, since they last fired."""

    def restore(self, past: Past, clock: Clock) -> None:
        """Take over when rules fired before they did here, and which a hand or a rule had switched."""
        for rule, instants in past.fired.items():
            fired, spent = [*self._fired[rule]], [*self._spent[rule]]
            earlier = [at for at in instants if at not in fired]
            self._fired[rule] = deque((*earlier, *fired), maxlen=_MOST)
            # What lies ahead of a clock that is wrong counts as just now: rather too seldom than too often.
            ages = (max(clock.now() - instant, timedelta()) for instant in earlier)
            self._spent[rule] = deque((*(clock.monotonic() - age for age in ages), *spent))
        switched = {rule: switch.is_on for rule, switch in past.switches.items()}
        self._switches = switched | self._switches

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

    def note(self, rule: Rule, at: datetime, now: timedelta) -> None:
        """Take in that a rule fires, with the instant by the wall and by the time that nobody sets."""
        self._fired[rule.id].append(at)
        spent = self._spent[rule.id]
        spent.append(now)
        if len(spent) > max(_MOST, rule.limit.count if rule.limit else 0):
            spent.popleft()
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

    def rests(self, rule: Rule, now: timedelta) -> str:
        """Return why a rule may do nothing at all at present; empty where it may."""
        is_resting = now < self._resting.get(rule.id, now)
        return "it was stopped because it ran away" if is_resting else ""

    def holds_back(self, rule: Rule, now: timedelta) -> str:
        """Return why a rule may not fire now; empty where it may."""
        spent = self._spent[rule.id]
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
        begun = self._begun[rule.id]
        is_often = not rule.limit and _is_reached(RUNAWAY, begun, now)
        is_endless = len(begun) == RUNAWAY.count and begun[0] == now
        if not (is_often or is_endless) or not _touches(rule):
            begun.append(now)
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


def _is_reached(limit: Limit, instants: Sequence[timedelta], now: timedelta) -> bool:
    return len(instants) >= limit.count and instants[-limit.count] > now - limit.period
