"""Why something did not come: what the rules did that could have brought it, and how they stood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from interlock.history.records import FiringEnd, Remembered
from interlock.model import Outcome, Point, Receipt, format_command
from interlock.rules.actions import (
    Action,
    LogAction,
    NotifyAction,
    RampAction,
    RestoreAction,
    RunAction,
    SaveAction,
    VerifyAction,
    WriteAction,
    every_action,
)
from interlock.rules.rule import Decision, Mode, Rule, Verdict
from interlock.rules.state import State
from interlock.service.loading import Loaded
from interlock.service.standing import parts_of
from interlock.simulation.scenarios.judging import coming
from interlock.simulation.scenarios.record import Record
from interlock.simulation.scenarios.scenario import (
    Counted,
    ExpectCommand,
    ExpectFiring,
    ExpectMessage,
    Saying,
)
from interlock.simulation.scenarios.times import Clockwork

_MOST = 3
"""How many of a rule's last looks are shown, and how many commands."""
_TRUTHS = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True)
class _Look:
    """A decision on a rule."""

    decision: Decision
    outcome: str = ""
    """How the firing ended that came of it; empty where it ended well."""

    @property
    def text(self) -> str:
        decision = self.decision
        verdict = "fired" if decision.verdict is Verdict.FIRED else decision.verdict.value
        return f"{verdict}: {decision.reason}{f', {self.outcome}' if self.outcome else ''}"


class Explainer:
    """Says why something that is expected has not come up to now.

    Args:
        loaded: The site.
        clockwork: Shows times.
    """

    def __init__(self, loaded: Loaded, clockwork: Clockwork) -> None:
        self._loaded = loaded
        self._shown = clockwork.shown

    def lines(self, expectation: Counted, record: Record, state: State | None) -> tuple[str, ...]:
        """Return what happened instead, a line each.

        Args:
            expectation: What came too seldom, or too often.
            record: What came up to now.
            state: What the service knows now; None where it is off.
        """
        if len(list(coming(expectation, record))) > expectation.times.least:
            return tuple(self._came(expectation, record))
        rules = self._rules(expectation)
        found = [*self._commands(expectation, record)]
        for rule in rules:
            found += self._of_rule(rule, record, state)
        if not rules:
            found.append(_nobody(expectation))
        return tuple(found)

    def _rules(self, expectation: Counted) -> Sequence[Rule]:
        """Return the rules that could have brought it."""
        rules = self._loaded.rules
        match expectation:
            case ExpectFiring(rule=rule_id):
                return [rule for rule in rules if rule.id == rule_id]
            case ExpectMessage(saying=saying):
                return [rule for rule in rules if _says(rule, saying)]
            case ExpectCommand(wanted=wanted):
                return [rule for rule in rules if wanted.point in commanded_by(rule, self._loaded.rules)]

    def _came(self, expectation: Counted, record: Record) -> Iterator[str]:
        """Yield what came too often, and why."""
        match expectation:
            case ExpectCommand(wanted=wanted):
                for receipt in record.sent():
                    command = receipt.command
                    if wanted.fits(command.point, command.value, command.fields):
                        yield self._command(receipt)
                        yield from self._reason(receipt, record)
            case ExpectFiring(rule=rule):
                for firing in record.firings():
                    if firing.decision.rule.id == rule:
                        yield f"{self._shown(firing.decision.at)}  {firing.decision.reason}"
            case ExpectMessage():
                yield from (f"{self._shown(each.at)}  {each}" for each in record.said())

    def _reason(self, receipt: Receipt, record: Record) -> Iterator[str]:
        origin = receipt.command.origin
        decisions = {each.id: each.decision for each in record.firings()}
        last = [each for each in decisions.values() if each.rule.id == origin.name and each.at <= receipt.at]
        decision = decisions.get(origin.firing) or (last[-1] if last else None)
        if decision:
            yield f"    because {decision.reason}"

    def _commands(self, expectation: Counted, record: Record) -> Iterator[str]:
        """Yield the last commands for the point that is expected to be commanded."""
        if isinstance(expectation, ExpectCommand):
            point = expectation.wanted.point
            found = [each for each in record.receipts() if each.command.point == point]
            yield from map(self._command, found[-_MOST:])

    def _command(self, receipt: Receipt) -> str:
        command, is_done = receipt.command, receipt.outcome is Outcome.ACCEPTED
        came = "" if is_done else f": {receipt.outcome.value}: {receipt.reason}"
        return f"{self._shown(receipt.at)}  {format_command(command)}, by {command.origin}{came}"

    def _of_rule(self, rule: Rule, record: Record, state: State | None) -> Iterator[str]:
        """Yield what a rule did, or how it stands where it did nothing."""
        if rule.mode is not Mode.ON:
            yield f"rule {rule.id} is off" if rule.mode is Mode.OFF else f"rule {rule.id} is in the shadow"
            return
        yield f"rule {rule.id}:"
        looks = list(self._looks(rule, record))
        for line, instants in list(_joined(looks).items())[-_MOST:]:
            since = f", {len(instants)} times since {self._shown(instants[0])}" if len(instants) > 1 else ""
            yield f"    {self._shown(instants[-1])}  {line}{since}"
        if not any(look.decision.verdict in (Verdict.FIRED, Verdict.KEPT) for look in looks):
            yield from self._standing(rule, record, state)

    def _looks(self, rule: Rule, record: Record) -> Iterator[_Look]:
        """Yield the decisions on a rule in their order, with how the firing ended that came of each."""
        ends = record.ends()
        fired = (_Look(each.decision, _outcome(ends.get(each.id))) for each in record.firings())
        missed = (_Look(each) for each in record.near_misses())
        own = (each for each in (*fired, *missed) if each.decision.rule.id == rule.id)
        yield from sorted(own, key=lambda look: look.decision.at)

    def _standing(self, rule: Rule, record: Record, state: State | None) -> Iterator[str]:
        if state is None:
            yield "    the service was off"
            return
        kept = (each for each in record.entries if isinstance(each, Remembered))
        memory = {each.key: each.memory for each in kept}
        for part in parts_of(rule, state, self._loaded.site, memory):
            head = f"{part.what} was {_TRUTHS[part.truth]}" if part.is_judged else part.what
            why = "; ".join(f"{f'{each.text}: ' if each.text else ''}{each.reason}" for each in part.clauses)
            yield f"    {self._shown(state.now.replace(microsecond=0))}  " + ": ".join(
                filter(None, (head, part.note, why))
            )


def _joined(looks: Sequence[_Look]) -> dict[str, list[datetime]]:
    """Return what looks came to, and when, those of one kind together."""
    found: dict[str, list[datetime]] = {}
    for look in looks:
        found.setdefault(look.text, []).append(look.decision.at)
    return found


def _outcome(end: FiringEnd | None) -> str:
    return "" if end is None or end.outcome == "done" else end.outcome


def commanded_by(rule: Rule, rules: Sequence[Rule]) -> frozenset[Point]:
    """Return the points that a rule commands or keeps, also by the rules that it runs."""
    return frozenset(_commanded(rule, {each.id: each for each in rules}, frozenset()))


def _commanded(rule: Rule, rules: dict[str, Rule], seen: frozenset[str]) -> Iterator[Point]:
    yield from rule.keep.kept if rule.keep else ()
    saved = {
        each.name: each.points
        for other in rules.values()
        for each in every_action(other.actions)
        if isinstance(each, SaveAction)
    }
    for action in every_action((*rule.actions, *rule.otherwise, *rule.undo)):
        if isinstance(action, RestoreAction):
            yield from saved.get(action.name, ())
        elif isinstance(action, RunAction) and action.rule in rules and action.rule not in seen:
            yield from _commanded(rules[action.rule], rules, seen | {rule.id})
        else:
            yield from _written(action)


def _written(action: Action) -> Iterator[Point]:
    if isinstance(action, WriteAction | VerifyAction | RampAction):
        yield from (each.target.point for each in action.assignments)


def _says(rule: Rule, saying: Saying) -> bool:
    kinds = {Saying.LOG: LogAction, Saying.NOTIFY: NotifyAction}
    actions = every_action((*rule.actions, *rule.otherwise, *rule.undo))
    return any(isinstance(each, kinds.get(saying, ())) for each in actions)


def _nobody(expectation: Counted) -> str:
    match expectation:
        case ExpectCommand(wanted=wanted):
            return f"no rule commands {wanted.point}"
        case ExpectMessage(saying=saying):
            return f"no rule has the action {saying.value}"
        case ExpectFiring(rule=rule):
            return f"there is no rule {rule}"
