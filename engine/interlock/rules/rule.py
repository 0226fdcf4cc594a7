"""Rules as values: triggers, condition, actions, all checked and compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias

from interlock.config.nodes import Mark
from interlock.driver import Target
from interlock.expressions.expression import Expression, Template
from interlock.model import DEFAULT_PRIORITY, Point, Truth, Value
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
    """Crossed upwards: it was not above before."""
    below: float | None = None
    by: float | None = None
    """By at least so much since it last fired, or since the first known value."""


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
    """One value for one point. A constant has been checked already; an expression is checked when computed."""

    target: Target
    value: Value | None | Expression
    mark: Mark = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAction:
    """``set`` and the verbs (``launch``, ``press``, ``stop``, ``move``, ``step``): commands of one moment."""

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
        raise NotImplementedError


class Verdict(Enum):
    """What an evaluation came to."""

    FIRED = "fired"
    CONDITION_FALSE = "condition false"
    CONDITION_UNKNOWN = "condition unknown"


@dataclass(frozen=True, slots=True)
class Seen:
    """A point as a decision saw it."""

    point: Point
    value: Value | None
    """None where it was unknown."""
    note: str = ""
    """Why it was unknown, and since when; empty where it was known."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What made a rule look: a trigger, with what set it off."""

    trigger: str
    """The trigger's text, ``every 1m``."""
    trigger_id: str = ""
    point: Point | None = None
    value: Value | None = None
    was: Value | None = None


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

    @property
    def reason(self) -> str:
        """One line for a person: the cause, the condition, and the values it saw."""
        raise NotImplementedError
