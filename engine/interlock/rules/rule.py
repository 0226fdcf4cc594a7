"""Rules as values: triggers, condition, actions, all checked and compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from interlock.config.nodes import Mark
from interlock.durations import format_duration
from interlock.expressions.expression import Expression
from interlock.expressions.view import Names
from interlock.model import Event, Point, Truth, Value, format_event, format_value
from interlock.plurals import counted
from interlock.rules.actions import Action, points_of_actions
from interlock.rules.keep import Keep
from interlock.rules.triggers import Trigger, points_of_trigger
from interlock.rules.written import Written


class Mode(Enum):
    """Whether a rule acts."""

    ON = "true"
    OFF = "false"
    SHADOW = "shadow"
    """Evaluated and traced; its commands are suppressed."""


class Overlap(Enum):
    """What happens to a firing while an earlier one of the same rule is not over: ``mode``."""

    SINGLE = "single"
    """It is skipped."""
    RESTART = "restart"
    """The earlier one is cancelled."""
    QUEUED = "queued"
    """It waits for its turn, and looks at its condition again then."""
    PARALLEL = "parallel"
    """Both run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many firings in a time."""

    count: int
    period: timedelta

    def __str__(self) -> str:
        return f"{counted(self.count, 'time')} in {format_duration(self.period)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: reactive, by triggers and actions, or one that keeps points at values."""

    id: str
    description: str
    mode: Mode
    triggers: tuple[Trigger, ...]
    condition: Expression | None
    actions: tuple[Action, ...]
    otherwise: tuple[Action, ...] = ()
    """``else``: done where a trigger came and the condition is false."""
    undo: tuple[Action, ...] = ()
    """``finally``: done when what a ``becomes`` was about, or what it kept, has ended."""
    keep: Keep | None = None
    """What it keeps; then it has no triggers, condition and actions."""
    overlap: Overlap = Overlap.SINGLE
    most: int = 1
    """How many firings may be running or waiting at a time, where `overlap` lets several."""
    cooldown: timedelta = timedelta()
    """How long it must not fire again."""
    limit: Limit | None = None
    windows: Mapping[Point, timedelta] = field(default_factory=dict)
    """Points whose past it looks at, and how far back."""
    written: Written = field(repr=False)

    @property
    def mark(self) -> Mark:
        """Where it stands."""
        return self.written.mark

    @property
    def digest(self) -> str:
        """Of the rule's text: what survives a reload does so while this stays the same."""
        return self.written.digest

    @property
    def points(self) -> frozenset[Point]:
        """Every point whose value the rule reads anywhere: what must be polled for it."""
        condition = self.condition.points if self.condition else frozenset[Point]()
        acting = points_of_actions((*self.actions, *self.otherwise, *self.undo))
        kept = self.keep.points if self.keep else frozenset[Point]()
        return condition.union(acting, kept, *map(points_of_trigger, self.triggers))


class Verdict(Enum):
    """What an evaluation came to."""

    FIRED = "fired"
    CONDITION_FALSE = "condition false"
    CONDITION_UNKNOWN = "condition unknown"
    HELD_BACK = "held back"
    """The condition is true, and cooldown, limit or a runaway stop let it not fire."""
    SKIPPED = "skipped"
    """The condition is true, and as many firings as may are running or waiting."""
    SWITCHED_OFF = "switched off"
    """The condition is true, and a hand or another rule has switched the rule off."""
    HOLD_BROKEN = "hold broken"
    """What must last for a time has not lasted so long."""
    ENDED = "ended"
    """What a ``becomes`` was about is not true any more."""
    KEPT = "kept"
    """It began to keep its points at their values."""
    LET_GO = "let go"
    """It ceased to."""
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
    read_at: datetime | None = field(default=None, compare=False)
    """When it was last known to be good, UTC; None where that was never."""

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
    event: Event | None = None
    also: tuple[str, ...] = ()
    """Further triggers of the rule that came in the same moment."""
    due: datetime | None = None
    """When a schedule's time was, UTC; it may be made up for later."""
    origin: str = ""
    """Where a point's value comes from, ``ours`` or ``other``; empty where there is no point."""

    def names(self, at: datetime) -> Names:
        """Return what condition and actions may read of it; what there is none of is left out."""
        fields = {
            "id": self.trigger_id,
            "point": self.point,
            "device": self.point.device if self.point else None,
            "value": self.value,
            "was": self.was,
            "at": self.due or at,
            "origin": self.origin or None,
            "rule": self.event.data.get("rule") if self.event else None,
        }
        told = {f"data.{name}": value for name, value in self.event.data.items()} if self.event else {}
        return {"trigger": {name: value for name, value in (fields | told).items() if value is not None}}

    def __str__(self) -> str:
        return self._what + "".join(f", also {text}" for text in self.also)

    @property
    def _what(self) -> str:
        if self.event:
            return format_event(self.event)
        change = f" ({format_value(self.was)} to {format_value(self.value)})" if self.point else ""
        return self.trigger + change


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
    """What went wrong, where the evaluation failed, or what keeps the rule from firing; empty otherwise."""

    @property
    def names(self) -> Names:
        """What the actions may read of the cause: ``trigger.id``, ``trigger.point``, ``trigger.at``."""
        return self.cause.names(self.at)

    @property
    def reason(self) -> str:
        """One line for a person: the cause, the condition, and the values it saw."""
        seen = f" ({', '.join(map(str, self.seen))})" if self.seen else ""
        if self.verdict in _NOTED:
            return f"{self.cause}: {_NOTED[self.verdict]}{self.note}{seen}"
        condition = f": {self.condition} is {_TRUTHS[self.truth]}" if self.condition else ""
        return f"{self.cause}{condition}{seen}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What a rule keeps from now on, because it is other than before."""

    rule: Rule
    values: Mapping[Point, Value] | None
    """All that it keeps, by point: what is not there any more is let go; None lets go of everything."""
    decision: Decision | None = None
    """Where it begins or ends, why; None where only values are others, or it goes on after a start."""


_TRUTHS = {True: "true", False: "false", None: "unknown"}
_NOTED = {
    Verdict.BROKEN: "the evaluation failed: ",
    Verdict.HELD_BACK: "held back: ",
    Verdict.SKIPPED: "skipped: ",
    Verdict.SWITCHED_OFF: "",
    Verdict.HOLD_BROKEN: "",
}
"""What stands before the notes of decisions whose notes say it all."""
