"""Beginning in the middle: what rules take for known where a replay does not begin with the first start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from interlock.expressions.compiler import longest
from interlock.history.records import Claimed, Entry, Remembered
from interlock.model import OriginKind, Point
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Rule
from interlock.rules.triggers import BecomesTrigger, JoinTrigger, StatesTrigger, Trigger
from interlock.rules.watches.keep import key_of
from interlock.service.loading import Loaded
from interlock.simulation.replay.moments import Beginning

_GUARDED = timedelta(days=1)
"""How far back the past of guarded points is known after a restart."""
_KEPT = TriggerMemory(is_active=True)


def windows_of(loaded: Loaded) -> Mapping[Point, timedelta]:
    """Return the points whose past is asked for at a start, and how far back."""
    guarded = dict.fromkeys(loaded.site.guards, _GUARDED)
    return longest([guarded, *(rule.windows for rule in loaded.rules)])


def without_first_rises(loaded: Loaded) -> Loaded:
    """Return a site for whose rules nothing rises by being true where they begin to look.

    It was true before: that it fired then is of the past.
    """
    rules = tuple(replace(rule, triggers=tuple(map(_waiting, rule.triggers))) for rule in loaded.rules)
    return replace(loaded, rules=rules)


def _waiting(trigger: Trigger) -> Trigger:
    match trigger:
        case BecomesTrigger():
            return replace(trigger, waits_at_first=True)
        case StatesTrigger():
            cases = tuple(replace(each, waits_at_first=True) for each in trigger.cases)
            return replace(trigger, cases=cases)
        case JoinTrigger():
            return replace(trigger, members=tuple(map(_waiting, trigger.members)))
        case _:
            return trigger


def entries_of(beginning: Beginning, loaded: Loaded) -> Iterator[Entry]:
    """Yield what a journal must hold so that a service that starts with it goes on from a beginning."""
    rules = {rule.id: rule for rule in loaded.rules}
    claims = [each for each in beginning.claims if _may_stand(each, rules)]
    yield from (each for each in beginning.known if each.point in loaded.site.targets)
    yield from map(Claimed, claims)
    yield from (Remembered(key_of(rule), _KEPT) for rule in _keeping(claims, rules))
    yield from (each for each in beginning.switches if each.rule in rules)


def _may_stand(claim: Claim, rules: Mapping[str, Rule]) -> bool:
    return claim.owner.kind is not OriginKind.RULE or claim.owner.name in rules


def _keeping(claims: Iterable[Claim], rules: Mapping[str, Rule]) -> Iterator[Rule]:
    """Yield the rules that were keeping something, which between their bounds go on keeping it."""
    for name in sorted({each.owner.name for each in claims if each.owner.kind is OriginKind.RULE}):
        if rules[name].keep is not None:
            yield rules[name]
