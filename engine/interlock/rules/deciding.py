"""Decides on triggers that came: whether their rule fires, and what it saw."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from interlock.expressions.view import with_names
from interlock.rules.reasons import seen
from interlock.rules.rule import Cause, Decision, Rule, Verdict
from interlock.rules.state import State
from interlock.rules.triggers import points_of_trigger
from interlock.rules.watches.watch import Watch

log = logging.getLogger("interlock.rule")


class _OfRule(Protocol):
    rule: Rule


class Decider:
    """Makes decisions; it remembers of which rules it was said that their evaluation failed."""

    def __init__(self) -> None:
        self._reported: set[str] = set()

    def decide(self, came: Sequence[tuple[Watch, Cause]], view: State) -> Iterable[Decision]:
        """Decide on the triggers of one rule in their order; the first that lets it fire ends the matter."""
        for number, (watch, cause) in enumerate(came, start=1):
            decision = self._decision(watch, cause, view)
            if decision.verdict is Verdict.FIRED:
                also = tuple(str(other) for _, other in came[number:])
                yield replace(decision, cause=replace(decision.cause, also=also)) if also else decision
                return
            yield decision

    def _decision(self, watch: Watch, cause: Cause, view: State) -> Decision:
        condition = watch.rule.condition
        if cause.point is not None:
            cause = replace(cause, origin=view.around.origin(cause.point) or "")
        try:
            truth = condition.truth(with_names(view, cause.names(view.now))) if condition else True
        except Exception as error:  # noqa: BLE001 - one rule's fault must not stop the others
            return self.broken(watch, cause, error, view)
        points = points_of_trigger(watch.trigger) | (condition.points if condition else frozenset())
        return Decision(
            rule=watch.rule,
            at=view.now,
            cause=cause,
            verdict=_VERDICTS[truth],
            condition=condition.text if condition else "",
            truth=truth,
            seen=seen(points, view),
        )

    def broken(self, watch: _OfRule, cause: Cause, error: Exception, view: State) -> Decision:
        """Return what is said where an expression raised; it is logged once for each rule."""
        rule = watch.rule
        if rule.id not in self._reported:
            self._reported.add(rule.id)
            log.error("rule %s: the evaluation failed", rule.id, exc_info=error)
        return Decision(
            rule=rule,
            at=view.now,
            cause=cause,
            verdict=Verdict.BROKEN,
            condition=rule.condition.text if rule.condition else "",
            truth=None,
            seen=(),
            note=f"{type(error).__name__}: {error}",
        )


_VERDICTS = {True: Verdict.FIRED, False: Verdict.CONDITION_FALSE, None: Verdict.CONDITION_UNKNOWN}
