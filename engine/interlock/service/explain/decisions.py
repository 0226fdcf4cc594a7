"""Decisions taken apart again: each part of what they judged, with its value and how old that was."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.expressions.view import with_names
from interlock.history.past import PastFiring
from interlock.history.queries import JournalReader
from interlock.model import Point
from interlock.rules.grammar.context import Context
from interlock.rules.rule import Rule
from interlock.rules.triggers import BecomesTrigger
from interlock.service.explain.judging import Judged, judged
from interlock.service.explain.seeing import as_seen, state_at
from interlock.service.explain.standing import scope_of_rule


async def judged_of(
    journal: JournalReader, firing: PastFiring, rule: Rule | None, context: Context
) -> tuple[Judged, ...]:
    """Return what a firing's trigger and condition came to, part by part.

    What it noted of points counts, and for the rest what the journal holds of that moment. Where that does
    not come to what was decided, because the files were edited or old readings are gone, nothing is told.
    """
    run = await journal.run_before(firing.at)
    if run is None or rule is None:
        return ()
    points = frozenset[Point](each.point for each in firing.seen)
    state = await state_at(journal, run, firing.at, site=context.site, points=points, windows=rule.windows)
    view = with_names(as_seen(state, firing.seen), firing.cause.names(firing.at))
    scope = scope_of_rule(rule, context)
    found = ((judged(text, scope, view), truth) for text, truth in _judgements(firing, rule))
    return tuple(each for each, truth in found if each is not None and _truth(each) is truth)


def _judgements(firing: PastFiring, rule: Rule) -> Iterator[tuple[str, bool | None]]:
    """Yield the expressions that were judged, and what they came to."""
    for trigger in rule.triggers:
        if isinstance(trigger, BecomesTrigger) and trigger.text == firing.cause.trigger:
            yield trigger.when.text, True
    if firing.condition:
        yield firing.condition, firing.truth


def _truth(found: Judged) -> bool | None:
    return None if found.value is None else bool(found.value)
