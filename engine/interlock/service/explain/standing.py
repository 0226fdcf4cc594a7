"""How a rule stands: what of its triggers and its condition keeps it from firing, as the journal has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.config.nodes import MapNode, ScalarNode
from interlock.config.site import Site
from interlock.durations import format_duration
from interlock.expressions import Compiled, Scope, clauses, why_unknown
from interlock.expressions.expression import Expression
from interlock.history.queries import JournalReader, PastRun
from interlock.model import Point, Truth, format_value
from interlock.rules.actions import Amount
from interlock.rules.grammar.amounts import constants_of
from interlock.rules.grammar.context import Context
from interlock.rules.keep import Keep
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Rule
from interlock.rules.schedule import next_run
from interlock.rules.state import State
from interlock.rules.triggers import (
    FAILED,
    FIRING,
    RAISED,
    SERVICE,
    WEBHOOK,
    BecomesTrigger,
    ChangeTrigger,
    EventTrigger,
    FollowTrigger,
    JoinTrigger,
    StatesTrigger,
    TimeTrigger,
    Trigger,
    UpdateTrigger,
    points_of_trigger,
)
from interlock.rules.watches.keep import key_of
from interlock.service.explain.judging import Judged, judged
from interlock.service.explain.seeing import state_at


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of an expression that matters for its truth now."""

    text: str
    """As written; empty where it is the whole expression."""
    truth: Truth
    reason: str
    """The values that it sees and since when; or why it is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A trigger or the condition."""

    what: str
    """As written: ``every 1m``, ``condition living_ac.hvacpower``."""
    truth: Truth = None
    is_judged: bool = False
    """Whether it has a truth; a trigger on the clock has none."""
    note: str = ""
    """What it waits for; empty where its clauses say it."""
    clauses: tuple[Clause, ...] = ()
    """What keeps it from being true."""
    judged: Judged | None = None
    """The whole of its expression; None where it has none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule at one instant: of old, at the last sign of life of its service, or now."""

    at: datetime
    parts: tuple[Part, ...]
    is_dry_run: bool
    is_live: bool = False
    """Whether the service that runs says so, of now."""


async def standing_of(
    journal: JournalReader, rule: Rule, site: Site, *, run: PastRun | None = None, at: datetime | None = None
) -> Standing | None:
    """Return how a rule stands, or stood at an instant; None where no service has run with this journal.

    Args:
        journal: What tells of it.
        rule: As its files have it now.
        site: The same.
        run: The run of the service that is meant; the last one where none is named.
        at: When; the last sign of life of the run where nothing is said.
    """
    run = run or await journal.last_run()
    if run is None:
        return None
    then = run.seen_at if at is None else at
    view = await state_at(journal, run, then, site=site, points=points_judged(rule), windows=rule.windows)
    # What triggers remember is known of the present alone.
    memory = await journal.memory_of(rule.id) if at is None else None
    return Standing(then, parts_of(rule, view, Context(site), memory), run.is_dry_run)


def parts_of(
    rule: Rule, view: State, context: Context, memory: Mapping[str, TriggerMemory] | None
) -> tuple[Part, ...]:
    """Return how the triggers and the condition of a rule stand in one state, or what it keeps by.

    Args:
        rule: The rule.
        view: What is known of the points.
        context: Of the site; says what names in expressions mean.
        memory: What triggers remember, by their keys; None where that is not known.
    """
    judge = _Judge(view, scope_of_rule(rule, context), knows_memory=memory is not None)
    known = memory or {}
    triggers = [
        judge.trigger(trigger, _own(rule, number, known)) for number, trigger in enumerate(rule.triggers)
    ]
    condition = [judge.part(f"condition {rule.condition.text}", rule.condition)] if rule.condition else []
    kept = judge.keep(rule.keep, known.get(key_of(rule))) if rule.keep else ()
    return (*triggers, *condition, *kept)


def scope_of_rule(rule: Rule, context: Context) -> Scope:
    """Return what the names in a rule's expressions mean; a row or a template gives it some of its own."""
    for node in context.site.rules:
        found = node.entries.get("id") if isinstance(node, MapNode) else None
        if isinstance(node, MapNode) and isinstance(found, ScalarNode) and found.text == rule.id:
            return context.with_constants(constants_of(node.entries.get("variables"))).scope_with_trigger
    return context.scope_with_trigger


def points_judged(rule: Rule) -> frozenset[Point]:
    """Return the points by which a rule decides."""
    condition = rule.condition.points if rule.condition else frozenset[Point]()
    judged = rule.keep.judged if rule.keep else frozenset[Point]()
    return condition.union(judged, *map(points_of_trigger, rule.triggers))


def _own(rule: Rule, number: int, memory: Mapping[str, TriggerMemory]) -> TriggerMemory | None:
    return memory.get(f"{rule.id}/{rule.triggers[number].id or number}")


class _Judge:
    """Says of triggers and conditions how they stand in one state."""

    def __init__(self, view: State, scope: Scope, *, knows_memory: bool) -> None:
        self._view = view
        self._scope = scope
        self._knows_memory = knows_memory

    def trigger(self, trigger: Trigger, memory: TriggerMemory | None) -> Part:
        """Return how a trigger stands."""
        match trigger:
            case BecomesTrigger():
                return self._becomes(trigger, memory)
            case TimeTrigger():
                due = next_run(trigger.schedule, self._view.timezone, self._view.now)
                return Part(
                    what=trigger.text,
                    note=f"it comes next at {self._local(due)}" if due else "it never comes",
                )
            case FollowTrigger():
                return Part(what=trigger.text, note="; ".join(map(self._value, trigger.points)))
            case EventTrigger():
                return Part(
                    what=trigger.text, note=_EVENTS.get(trigger.kind, "it comes when a driver tells of it")
                )
            case ChangeTrigger() | UpdateTrigger():
                return Part(what=trigger.text, note="; ".join(map(self._value, trigger.points)))
            case StatesTrigger():
                points = sorted(points_of_trigger(trigger))
                return Part(what=trigger.text, note="; ".join(map(self._value, points)))
            case JoinTrigger():
                return Part(what=trigger.text, note=self._joined(trigger, memory))

    def keep(self, keep: Keep, memory: TriggerMemory | None) -> Iterator[Part]:
        """Yield what a rule that keeps goes by, and how that stands."""
        is_kept = memory is not None and memory.is_active
        if keep.condition is None:
            yield Part(what="always")
            return
        is_true = self._knows_memory and keep.condition.truth(self._view)
        note = "it keeps" if is_kept else self._holds_for(keep, memory) if is_true else ""
        yield self.part(f"while {keep.condition.text}", keep.condition, note)
        if keep.until is not None:
            yield self.part(f"until {keep.until.text}", keep.until)

    def _holds_for(self, keep: Keep, memory: TriggerMemory | None) -> str:
        if keep.hold == timedelta() or memory is None or memory.since is None:
            return ""
        return f"it must stay so for {_shown(keep.hold)}, which began at {self._local(memory.since)}"

    def part(self, what: str, expression: Expression, note: str = "") -> Part:
        """Return how an expression stands."""
        truth = expression.truth(self._view)
        found = () if truth else tuple(self._blame(expression.text))
        whole = judged(expression.text, self._scope, self._view)
        return Part(what=what, truth=truth, is_judged=True, note=note, clauses=found, judged=whole)

    def _becomes(self, trigger: BecomesTrigger, memory: TriggerMemory | None) -> Part:
        is_waiting = self._knows_memory and trigger.when.truth(self._view)
        note = self._waits_for(trigger, memory) if is_waiting else ""
        return self.part(trigger.text, trigger.when, note)

    def _joined(self, trigger: JoinTrigger, memory: TriggerMemory | None) -> str:
        if not trigger.is_watchdog:
            return f"it comes when all of them came within {format_duration(trigger.within)}"
        if memory is not None and not memory.is_pending:
            return "it has come, and waits until one of them comes again"
        since = f", counted since {self._local(memory.since)}" if memory and memory.since else ""
        return f"it comes when none of them came for {format_duration(trigger.within)}{since}"

    def _waits_for(self, trigger: BecomesTrigger, memory: TriggerMemory | None) -> str:
        if memory is not None and memory.is_pending:
            since = f", which began at {self._local(memory.since)}" if memory.since else ""
            return f"it must stay so for {_shown(trigger.hold)}{since}"
        if trigger.until is not None and memory is not None and not memory.is_armed:
            return f"it has fired, and waits until {trigger.until.text}"
        return "it fires when this becomes true, and it is true already"

    def _blame(self, text: str) -> Iterable[Clause]:
        """Yield the operands that are not true."""
        found = clauses(text, self._scope)
        for clause in found:
            truth = clause.truth(self._view)
            if not truth:
                yield Clause(clause.text if len(found) > 1 else "", truth, self._reason(clause, truth))

    def _reason(self, clause: Compiled, truth: Truth) -> str:
        if truth is None:
            return clause.evaluate(self._view).reason
        return ", ".join(self._value(point) for point in sorted(clause.points))

    def _value(self, point: Point) -> str:
        value, since = self._view.values.get(point), self._view.changed_at(point)
        if value is None or since is None:
            return why_unknown(point, self._view)
        return f"{point} = {format_value(value)} since {self._local(since)}"

    def _local(self, instant: datetime) -> str:
        return f"{instant.astimezone(self._view.timezone):%Y-%m-%d %H:%M:%S}"


def _shown(amount: Amount) -> str:
    return amount.text if isinstance(amount, Expression) else format_duration(amount)


_EVENTS = {
    SERVICE: "it comes with the service",
    FIRING: "it comes when that rule has run",
    FAILED: "it comes when such a command has failed",
    RAISED: "it comes when the event is raised",
    WEBHOOK: "it comes with a request",
}
