"""Rules as values: triggers, condition, actions, all checked and compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias

from interlock.config.nodes import Mark
from interlock.driver import Target
from interlock.expressions.expression import Expression, Template
from interlock.expressions.view import Names
from interlock.model import DEFAULT_PRIORITY, Point, Truth, Value, format_value
from interlock.rules.schedule import Schedule


class Mode(Enum):
    """Whether a rule acts."""

    ON = "true"
    OFF = "false"
    SHADOW = "shadow"
    """Evaluated and traced; its commands are suppressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTrigger:
    """Fires on the clock: ``every``, ``cron``, ``at``."""

    id: str
    text: str
    """As written, for traces: ``every 1m``."""
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTrigger:
    """Fires when a point's known value becomes another one. Limits that are None are not asked for."""

    id: str
    text: str
    points: tuple[Point, ...]
    came_from: tuple[Value, ...] = ()
    went_to: tuple[Value, ...] = ()
    above: float | None = None
    """It is above now and was not before; with `below` too, it came in between them."""
    below: float | None = None
    by: float | None = None
    """By at least so much since this trigger last came, or since the first known value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BecomesTrigger:
    """Fires when an expression goes from known not true to true, and held for `hold`."""

    id: str
    text: str
    when: Expression
    until: Expression | None = None
    """Re-arms only after this was true; None re-arms as soon as `when` is known false."""
    hold: timedelta = timedelta()
    waits_at_first: bool = False
    """``initial: wait``: at the very first start, what is already true is no rise."""


Trigger: TypeAlias = TimeTrigger | ChangeTrigger | BecomesTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One value for one point. A constant is checked already; an expression is checked when computed."""

    target: Target
    value: Value | Expression | None
    fields: Mapping[str, Value | Expression] = field(default_factory=dict)
    """What ``call`` gives, by field; empty for every other action."""
    mark: Mark = field(compare=False, repr=False)

    @property
    def points(self) -> frozenset[Point]:
        """The points that what it gives is computed from."""
        given = (self.value, *self.fields.values())
        return frozenset().union(*(each.points for each in given if isinstance(each, Expression)))


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAction:
    """Commands of one moment: ``set``, ``call``, and the verbs such as ``launch`` and ``press``."""

    text: str
    """As written, for traces: ``set living_ac.hvacmode: cooling``."""
    assignments: tuple[Assignment, ...]
    only_if_different: bool
    priority: int = DEFAULT_PRIORITY


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAction:
    """``log``: a line in the service's log and in the trace."""

    text: str
    message: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayAction:
    """``delay``: wait before the next action."""

    text: str
    duration: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class IfAction:
    """``if / then / else``: `otherwise` runs where the condition is false, neither where it is unknown."""

    text: str
    condition: Expression
    then: Sequence[Action]
    otherwise: Sequence[Action] = ()


Action: TypeAlias = WriteAction | LogAction | DelayAction | IfAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One reactive rule."""

    id: str
    description: str
    mode: Mode
    triggers: tuple[Trigger, ...]
    condition: Expression | None
    actions: tuple[Action, ...]
    mark: Mark = field(compare=False, repr=False)
    digest: str = ""
    """Of the rule's text: what survives a reload does so while this stays the same."""

    @property
    def points(self) -> frozenset[Point]:
        """Every point whose value the rule reads anywhere: what must be polled for it."""
        condition = self.condition.points if self.condition else frozenset[Point]()
        return condition.union(*map(points_of_trigger, self.triggers), *map(points_of_action, self.actions))


def points_of_trigger(trigger: Trigger) -> frozenset[Point]:
    """Return the points that a trigger watches."""
    match trigger:
        case TimeTrigger():
            return frozenset()
        case ChangeTrigger():
            return frozenset(trigger.points)
        case BecomesTrigger():
            return trigger.when.points | (trigger.until.points if trigger.until else frozenset())


def points_of_action(action: Action) -> frozenset[Point]:
    """Return the points whose values an action reads, in its branches too."""
    match action:
        case WriteAction():
            return frozenset().union(*(_points_of(action, each) for each in action.assignments))
        case LogAction():
            return action.message.points
        case DelayAction():
            return frozenset()
        case IfAction():
            branches = map(points_of_action, (*action.then, *action.otherwise))
            return action.condition.points.union(*branches)


def _points_of(action: WriteAction, assignment: Assignment) -> frozenset[Point]:
    computed, capability = assignment.points, assignment.target.capability
    if action.only_if_different and capability.readable and not capability.is_trigger:
        return computed | {assignment.target.point}
    return computed


class Verdict(Enum):
    """What an evaluation came to."""

    FIRED = "fired"
    CONDITION_FALSE = "condition false"
    CONDITION_UNKNOWN = "condition unknown"
    BROKEN = "evaluation failed"
    """An expression raised, which is a fault of ours or of a plugin."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A point as a decision saw it."""

    point: Point
    value: Value | None
    """None where it was unknown."""
    note: str = ""
    """Why it was unknown, and since when; empty where it was known."""

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.point} unknown: {self.note}"
        return f"{self.point} = {format_value(self.value)}"


@dataclass(frozen=True, slots=True)
class Cause:
    """What made a rule look: a trigger, with what set it off."""

    trigger: str
    """The trigger's text, ``every 1m``."""
    trigger_id: str = ""
    point: Point | None = None
    value: Value | None = None
    was: Value | None = None
    also: tuple[str, ...] = ()
    """Further triggers of the rule that came in the same moment."""

    def names(self, at: datetime) -> Names:
        """Return what condition and actions may read of it; what there is none of is left out."""
        fields = {
            "id": self.trigger_id or None,
            "point": self.point,
            "value": self.value,
            "was": self.was,
            "at": at,
        }
        return {"trigger": {name: value for name, value in fields.items() if value is not None}}

    def __str__(self) -> str:
        change = f" ({format_value(self.was)} to {format_value(self.value)})" if self.point else ""
        return self.trigger + change + "".join(f", also {text}" for text in self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One evaluation of a rule whose trigger came: what it came to, and why."""

    rule: Rule
    at: datetime
    cause: Cause
    verdict: Verdict
    condition: str
    """As written; empty where the rule has none."""
    truth: Truth
    seen: tuple[Seen, ...]
    note: str = ""
    """What went wrong, where the evaluation failed; empty otherwise."""

    @property
    def names(self) -> Names:
        """What the actions may read of the cause: ``trigger.id``, ``trigger.point``, ``trigger.at``."""
        return self.cause.names(self.at)

    @property
    def reason(self) -> str:
        """One line for a person: the cause, the condition, and the values it saw."""
        seen = f" ({', '.join(map(str, self.seen))})" if self.seen else ""
        if self.verdict is Verdict.BROKEN:
            return f"{self.cause}: the evaluation failed: {self.note}{seen}"
        condition = f": {self.condition} is {_TRUTHS[self.truth]}" if self.condition else ""
        return f"{self.cause}{condition}{seen}"


_TRUTHS = {True: "true", False: "false", None: "unknown"}
