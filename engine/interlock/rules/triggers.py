"""Triggers as values: what makes a rule look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TypeAlias

from interlock.expressions.expression import Expression
from interlock.model import Point, Value
from interlock.rules.actions import Amount, points_of_amount
from interlock.rules.days import EVERY_DAY, HolidayChoice
from interlock.rules.schedule import Schedule
from interlock.rules.spread import Missed

FOR_EVER = timedelta.max

SERVICE, FIRING, FAILED, RAISED, WEBHOOK = "service", "firing", "failed", "event", "webhook"
"""The kinds of events that the engine itself tells of: ``start``, ``stop`` and ``reload`` of the service, a
firing that ended, a command that failed, what ``raise`` said, and what came in over HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTrigger:
    """Fires on the clock: ``every``, ``cron``, ``at``, ``date``, ``sun``, ``elevation``."""

    id: str
    text: str
    """As written, for traces: ``every 1m``."""
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTrigger:
    """Fires at the times that points hold: ``at: wakeup.value``. The last known time counts."""

    id: str
    text: str
    points: tuple[Point, ...]
    times: tuple[time, ...] = ()
    """Further times, which stand in the file."""
    days: frozenset[int] = EVERY_DAY
    holidays: HolidayChoice | None = None
    jitter: timedelta = timedelta()
    salt: str = ""
    missed: Missed | None = None
    """None where the rule does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTrigger:
    """Fires at each good reading of a point, whether or not the value is another one."""

    id: str
    text: str
    points: tuple[Point, ...]


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
    hold: Amount = timedelta()
    """How long what was asked for must stay so: the limits, the value, or else that nothing changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BecomesTrigger:
    """Fires when an expression goes from known not true to true, and held for `hold`."""

    id: str
    text: str
    when: Expression
    until: Expression | None = None
    """Re-arms only after this was true; None re-arms as soon as `when` is known false."""
    hold: Amount = timedelta()
    dip: timedelta = timedelta()
    """How long it may cease to be true without its hold beginning anew; such dips do not count."""
    waits_at_first: bool = False
    """``initial: wait``: at the very first start, what is already true is no rise."""
    point: Point | None = None
    """What it is about, where that is one point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatesTrigger:
    """Fires when one of several things becomes true, each for itself: ``unavailable``, computed limits."""

    id: str
    text: str
    cases: tuple[BecomesTrigger, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTrigger:
    """Fires when an event happens: a telegram, the start of the service, a command that failed."""

    id: str
    text: str
    kind: str
    names: tuple[str, ...]
    """As the kind spells them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinTrigger:
    """Fires when all of several triggers came within a time, or when none of them did for so long."""

    id: str
    text: str
    members: tuple[Trigger, ...]
    within: timedelta
    is_watchdog: bool
    """``none``; otherwise ``all``."""


Trigger: TypeAlias = (
    TimeTrigger
    | FollowTrigger
    | UpdateTrigger
    | ChangeTrigger
    | BecomesTrigger
    | StatesTrigger
    | EventTrigger
    | JoinTrigger
)


def flattened(triggers: Iterable[Trigger]) -> Iterator[Trigger]:
    """Yield triggers with those that they join."""
    for trigger in triggers:
        yield trigger
        if isinstance(trigger, JoinTrigger):
            yield from flattened(trigger.members)


def hear_of(triggers: Iterable[Trigger], kinds: Collection[str]) -> bool:
    """Whether any of some triggers waits for events of one of these kinds."""
    return any(isinstance(each, EventTrigger) and each.kind in kinds for each in flattened(triggers))


def points_of_trigger(trigger: Trigger) -> frozenset[Point]:
    """Return the points that a trigger watches."""
    match trigger:
        case TimeTrigger() | EventTrigger():
            return frozenset()
        case ChangeTrigger():
            return frozenset(trigger.points) | points_of_amount(trigger.hold)
        case UpdateTrigger() | FollowTrigger():
            return frozenset(trigger.points)
        case BecomesTrigger():
            until = trigger.until.points if trigger.until else frozenset[Point]()
            return trigger.when.points | until | points_of_amount(trigger.hold)
        case StatesTrigger():
            return frozenset[Point]().union(*map(points_of_trigger, trigger.cases))
        case JoinTrigger():
            return frozenset[Point]().union(*map(points_of_trigger, trigger.members))
