"""Why something did not come: what the rules did that could have brought it, and how they stood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from interlock.expressions.expression import Expression
from interlock.history.records import FiringEnd, Remembered
from interlock.model import Outcome, Point, Receipt, format_command, format_value
from interlock.rules.actions import (
    Action,
    Assignment,
    HttpAction,
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
from interlock.rules.grammar.context import Context
from interlock.rules.rule import Decision, Mode, Rule, Verdict
from interlock.rules.state import State
from interlock.service.explain.standing import parts_of
from interlock.service.loading import Loaded
from interlock.simulation.scenarios.judging import coming
from interlock.simulation.scenarios.orders import ordered
from interlock.simulation.scenarios.record import Record
from interlock.simulation.scenarios.scenario import (
    Counted,
    ExpectCommand,
    ExpectFiring,
    ExpectMessage,
    Saying,
    Wanted,
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
    notes: tuple[str, ...] = ()
    """What came of its steps, where that is not plain."""

    @property
    def text(self) -> str:
        decision = self.decision
        verdict = "fired" if decision.verdict is Verdict.FIRED else decision.verdict.value
        came = f", {self.outcome}" if self.outcome else ""
        return "\n".join((f"{verdict}: {decision.reason}{came}", *self.notes))


class Explainer:
    """Says why something that is expected has not come up to now.

    Args:
        loaded: The site.
        clockwork: Shows times.
    """

    def __init__(self, loaded: Loaded, clockwork: Clockwork) -> None:
        self._loaded = loaded
        self._context = Context(loaded.site)
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
                return [rule for rule in rules if can_bring(rule, wanted, rules)]

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
            first, *notes = line.split("\n")
            yield f"    {self._shown(instants[-1])}  {first}{since}"
            yield from (f"        {note}" for note in notes)
        if not any(look.decision.verdict in (Verdict.FIRED, Verdict.KEPT) for look in looks):
            yield from self._standing(rule, record, state)

    def _looks(self, rule: Rule, record: Record) -> Iterator[_Look]:
        """Yield the decisions on a rule in their order, with how the firing ended that came of each."""
        ends = record.ends()
        fired = (
            _Look(each.decision, _outcome(ends.get(each.id)), tuple(_notes(each.id, record)))
            for each in record.firings()
            if each.decision.rule.id == rule.id
        )
        missed = (_Look(each) for each in record.near_misses())
        own = (each for each in (*fired, *missed) if each.decision.rule.id == rule.id)
        yield from sorted(own, key=lambda look: look.decision.at)

    def _standing(self, rule: Rule, record: Record, state: State | None) -> Iterator[str]:
        if state is None:
            yield "    the service was off"
            return
        kept = (each for each in record.entries if isinstance(each, Remembered))
        memory = {each.key: each.memory for each in kept}
        for part in parts_of(rule, state, self._context, memory):
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


def _notes(firing: str, record: Record) -> Iterator[str]:
    return (f"{each.text}: {each.note}" for each in record.steps() if each.firing == firing and each.note)


def _outcome(end: FiringEnd | None) -> str:
    return "" if end is None or end.outcome == "done" else end.outcome


def can_bring(rule: Rule, wanted: Wanted, rules: Sequence[Rule]) -> bool:
    """Whether a rule sends or keeps what is wanted, as far as that is written, also by rules that it runs."""
    known = {each.id: each for each in rules}
    if any(wanted.point in points for points in _restored(rule, rules)):
        return True
    return any(_can_be(each, wanted) for each in _assignments(rule, known, frozenset()))


def _restored(rule: Rule, rules: Sequence[Rule]) -> Iterator[Sequence[Point]]:
    """Yield the points that a rule restores, whoever saved them."""
    names = {each.name for each in _actions(rule) if isinstance(each, RestoreAction)}
    saving = (each for other in rules for each in _actions(other) if isinstance(each, SaveAction))
    yield from (each.points for each in saving if each.name in names)


def _actions(rule: Rule) -> Iterator[Action]:
    return every_action((*rule.actions, *rule.otherwise, *rule.undo))


def _can_be(assignment: Assignment, wanted: Wanted) -> bool:
    values = (assignment.value, *assignment.fields.values())
    if assignment.target.point != wanted.point or any(isinstance(each, Expression) for each in values):
        return assignment.target.point == wanted.point
    given = ordered(assignment)
    return wanted.fits(given.point, given.value, given.fields)


def _assignments(rule: Rule, rules: Mapping[str, Rule], seen: frozenset[str]) -> Iterator[Assignment]:
    yield from rule.keep.assignments if rule.keep else ()
    for action in _actions(rule):
        match action:
            case RunAction(rule=other) if other in rules and other not in seen:
                yield from _assignments(rules[other], rules, seen | {rule.id})
            case WriteAction() | VerifyAction() | RampAction():
                yield from action.assignments


def _says(rule: Rule, saying: Saying) -> bool:
    kinds = {Saying.LOG: LogAction, Saying.NOTIFY: NotifyAction}
    return any(isinstance(each, kinds.get(saying, HttpAction)) for each in _actions(rule))


def _nobody(expectation: Counted) -> str:
    match expectation:
        case ExpectCommand(wanted=wanted):
            value = "" if wanted.is_any else f" = {format_value(wanted.value)}"
            return f"no rule sends {wanted.point}{value}"
        case ExpectMessage(saying=saying):
            return f"no rule has the action {saying.value}"
        case ExpectFiring(rule=rule):
            return f"there is no rule {rule}"
