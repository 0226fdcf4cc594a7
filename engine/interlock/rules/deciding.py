"""Decides on triggers that came: whether their rule fires, and what it saw.

The wall around each rule: whatever its evaluation raises ends here, as a decision, and stops no other rule.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from interlock.expressions.view import with_names
from interlock.model import Truth
from interlock.rules.reasons import seen
from interlock.rules.rule import Cause, Decision, Rule, Verdict
from interlock.rules.state import State
from interlock.rules.triggers import points_of_trigger
from interlock.rules.watches.becomes import BecomesWatch
from interlock.rules.watches.keep import KeepWatch
from interlock.rules.watches.watch import Watch

R = TypeVar("R")
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

    def attempt(
        self, watch: _OfRule, cause: Callable[[], Cause], view: State, action: Callable[[], R]
    ) -> R | Decision:
        """Return what evaluating something of a rule gives, or what is said where that raised.

        Args:
            watch: Whose rule it is.
            cause: Returns what had come.
            view: What it sees.
            action: Evaluates it.
        """
        try:
            return action()
        except Exception as error:  # noqa: BLE001 - one rule's fault must not stop the others
            return self._broken(watch, cause(), error, view)

    def stirred(self, watches: Iterable[KeepWatch], view: State) -> Iterator[KeepWatch]:
        """Yield the watches from which something may follow, as it does from few of what rules keep.

        As short as `moved`, for the same reason.
        """
        for watch in watches:
            try:
                if watch.is_unmoved(view):
                    continue
            except Exception:  # noqa: BLE001 - the closer look raises it again, and there it is told
                pass
            yield watch

    def moved(
        self, watches: Iterable[BecomesWatch], view: State, broken: list[Decision]
    ) -> Iterator[tuple[BecomesWatch, Truth]]:
        """Yield the watches to which something may have happened, with their truths.

        This is the way of nearly every look; it must stay as short as it is, and so it has a wall of its own.

        Args:
            watches: Those to be looked at.
            view: What they see.
            broken: Takes what is said where an expression raised.
        """
        for watch in watches:
            try:
                truth = watch.truth_of(view)
            except Exception as error:  # noqa: BLE001 - one rule's fault must not stop the others
                broken.append(self._broken(watch, watch.cause(view), error, view))
                continue
            if truth is not watch.truth or watch.is_dark or not watch.is_plain:
                yield watch, truth

    def _decision(self, watch: Watch, cause: Cause, view: State) -> Decision:
        if cause.point is not None:
            cause = replace(cause, origin=view.around.origin(cause.point) or "")
        return self.attempt(watch, lambda: cause, view, lambda: _judged(watch, cause, view))

    def _broken(self, watch: _OfRule, cause: Cause, error: Exception, view: State) -> Decision:
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


def _judged(watch: Watch, cause: Cause, view: State) -> Decision:
    condition = watch.rule.condition
    truth = condition.truth(with_names(view, cause.names(view.now))) if condition else True
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


_VERDICTS = {True: Verdict.FIRED, False: Verdict.CONDITION_FALSE, None: Verdict.CONDITION_UNKNOWN}
