"""Firings as events: what triggers of the kind ``firing`` wait for."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.model import Event
from interlock.rules.rule import Rule
from interlock.rules.triggers import FIRING, EventTrigger, flattened
from interlock.runtime.firings.run import Run


def followed_rules(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the rules after which others fire."""
    triggers = (trigger for rule in rules for trigger in flattened(rule.triggers))
    followed = (each for each in triggers if isinstance(each, EventTrigger) and each.kind == FIRING)
    return frozenset(name for trigger in followed for name in trigger.names)


def fired(run: Run, outcome: str) -> Event:
    """Return the event that a rule has run, with what came of it."""
    told = {"rule": run.rule.id, "firing": run.id, "outcome": outcome}
    return Event(kind=FIRING, name=run.rule.id, data=told)
