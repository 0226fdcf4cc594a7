"""Triggers at work: each watch holds one trigger of a rule and the past that it compares with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from interlock.model import Event, Point, Truth, Value
from interlock.rules.memory import Memories, TriggerMemory
from interlock.rules.rule import (
    BecomesTrigger,
    Cause,
    ChangeTrigger,
    EventTrigger,
    Rule,
    TimeTrigger,
    Trigger,
)
from interlock.rules.state import Change, State


class Watch(Protocol):
    """What the evaluator needs of every watch."""

    rule: Rule
    order: tuple[int, int]
    """The rule's place among the rules, and the trigger's in the rule."""

    @property
    def trigger(self) -> Trigger:
        """The trigger that it watches for."""
        ...


class TimeWatch:
    """A trigger on the clock: it has no past."""

    __slots__ = ("order", "rule", "trigger")

    def __init__(self, rule: Rule, trigger: TimeTrigger, order: tuple[int, int]) -> None:
        self.rule = rule
        self.trigger = trigger
        self.order = order

    @property
    def cause(self) -> Cause:
        """What to say when it came."""
        return Cause(self.trigger.text, self.trigger.id)


class EventWatch:
    """A trigger on events: it has no past."""

    __slots__ = ("order", "rule", "trigger")

    def __init__(self, rule: Rule, trigger: EventTrigger, order: tuple[int, int]) -> None:
        self.rule = rule
        self.trigger = trigger
        self.order = order

    def cause(self, event: Event) -> Cause:
        """Return what to say when it came by this event."""
        trigger = self.trigger
        return Cause(trigger.text, trigger.id, point=event.point, value=event.value, event=event)


class ChangeWatch:
    """A trigger on changes of points."""

    __slots__ = ("_bases", "key", "order", "rule", "trigger")

    def __init__(
        self, rule: Rule, trigger: ChangeTrigger, order: tuple[int, int], key: str, memories: Memories
    ) -> None:
        self.rule = rule
        self.trigger = trigger
        self.order = order
        self.key = key
        self._bases: dict[Point, float] = {}
        for point in trigger.points:
            memory = memories.get(self._key(point))
            if memory and memory.text == trigger.text and memory.base is not None:
                self._bases[point] = memory.base

    def cause(self, change: Change) -> Cause:
        """Return what to say when it came by this change."""
        return Cause(self.trigger.text, self.trigger.id, change.point, change.value, change.was)

    def is_met(self, change: Change) -> bool:
        """Whether this change is one that the trigger asks for."""
        value, was, trigger = change.value, change.was, self.trigger
        if value is None or value == was or not self._is_far_enough(change.point, value, was):
            return False
        is_met = (
            (not trigger.came_from or was in trigger.came_from)
            and (not trigger.went_to or value in trigger.went_to)
            and self._crossed(was, value)
        )
        if is_met and trigger.by is not None:
            self._bases[change.point] = _number(value)
        return is_met

    def memory(self, point: Point) -> tuple[str, TriggerMemory] | None:
        """Return what to remember for a point; None where there is nothing."""
        base = self._bases.get(point)
        if base is None:
            return None
        return self._key(point), TriggerMemory(text=self.trigger.text, base=base)

    def _key(self, point: Point) -> str:
        return f"{self.key}/{point}"

    def _is_far_enough(self, point: Point, value: Value, was: Value | None) -> bool:
        by = self.trigger.by
        if by is None:
            return was is not None
        distance = abs(_number(value) - self._bases.setdefault(point, _number(value if was is None else was)))
        # 20.1 to 20.6 is by 0.5, whatever binary fractions make of it.
        return distance > by or math.isclose(distance, by)

    def _crossed(self, was: Value | None, value: Value) -> bool:
        if self.trigger.above is None and self.trigger.below is None:
            return True
        return was is not None and self._is_inside(value) and not self._is_inside(was)

    def _is_inside(self, value: Value) -> bool:
        above, below, number = self.trigger.above, self.trigger.below, _number(value)
        return (above is None or number > above) and (below is None or number < below)


class BecomesWatch:
    """A trigger on an expression's rise, with its hysteresis and its hold."""

    __slots__ = (
        "began",
        "due",
        "held",
        "is_active",
        "is_armed",
        "is_dark",
        "is_pending",
        "is_plain",
        "key",
        "order",
        "rule",
        "seen_in",
        "since",
        "trigger",
        "truth",
        "truth_of",
    )

    def __init__(
        self, rule: Rule, trigger: BecomesTrigger, order: tuple[int, int], key: str, memory: TriggerMemory
    ) -> None:
        self.rule = rule
        self.trigger = trigger
        self.order = order
        self.key = key
        self.truth_of = trigger.when.truth
        self.is_plain = trigger.until is None and not trigger.hold
        """Whether an unchanged truth means that nothing happens."""
        self.truth = memory.truth
        self.is_armed = memory.is_armed
        self.is_pending = memory.is_pending
        self.is_active = memory.is_active
        self.held = memory.held
        self.since = memory.since
        self.began: timedelta | None = None
        """The uptime at `since`, which is counted by: a clock that is set makes no hold longer or shorter."""
        self.due: timedelta | None = None
        """The uptime at which the hold ends, as the timer was last set."""
        self.seen_in = 0
        """The batch in which it was last looked at."""
        self.is_dark = True
        """Whether it was unknown when it was last looked at, or never was."""

    @property
    def points(self) -> Iterable[Point]:
        """The points whose changes it must see."""
        until = self.trigger.until
        return self.trigger.when.points | (until.points if until else frozenset())

    @property
    def reads_time(self) -> bool:
        """Whether it must be looked at as time goes by; so must one that no change would ever reach."""
        until = self.trigger.until
        return self.trigger.when.reads_time or bool(until and until.reads_time) or not self.points

    @property
    def cause(self) -> Cause:
        """What to say when it came."""
        return Cause(self.trigger.text, self.trigger.id)

    @property
    def memory(self) -> TriggerMemory:
        """What to remember of it."""
        return TriggerMemory(
            text=self.trigger.when.text,
            truth=self.truth,
            is_armed=self.is_armed,
            is_pending=self.is_pending,
            is_active=self.is_active,
            held=self.held,
            since=self.since,
        )

    def paused(self, uptime: timedelta) -> TriggerMemory:
        """Return what to remember of it, with the hold that is running counted until now."""
        ran = uptime - self.began if self.began is not None else timedelta()
        return replace(self.memory, held=self.held + ran, since=None)

    def ends(self, view: State) -> bool:
        """Whether what its rule fired by is over: `until` is true, or without one the expression is false."""
        if not self.is_active:
            return False
        until = self.trigger.until
        is_over = self.truth is False if until is None else until.truth(view) is True
        self.is_active = not is_over
        return is_over

    def take(self, truth: Truth, view: State) -> bool:
        """Take the present truth in; return whether the trigger comes by it."""
        released = self.trigger.until is not None and self.trigger.until.truth(view) is True
        self.is_armed = self.is_armed or released
        if truth is None:
            self._pause(view.uptime)
            return False
        rose = truth and not self.truth and not (self.truth is None and self.trigger.waits_at_first)
        self.truth = truth
        if not truth:
            self._reset()
        elif rose and self.is_armed:
            self.is_pending = True
        return self.is_pending and self._has_held(view, released)

    def due_at(self) -> timedelta | None:
        """Return at which uptime the hold ends if nothing changes; None where none is running."""
        return None if self.began is None else self.began + self.trigger.hold - self.held

    def _has_held(self, view: State, released: bool) -> bool:
        if self.began is None:
            self.since, self.began = view.now, view.uptime
        if self.held + (view.uptime - self.began) < self.trigger.hold:
            return False
        self._reset()
        self.is_armed = self.trigger.until is None or released
        return True

    def _pause(self, uptime: timedelta) -> None:
        if self.began is not None:
            self.held += uptime - self.began
        self.since = self.began = None

    def _reset(self) -> None:
        self.is_pending, self.held = False, timedelta()
        self.since = self.began = None


def restored(memory: TriggerMemory, trigger: BecomesTrigger, down_since: datetime | None) -> TriggerMemory:
    """Return what a trigger starts with: its memory, in which the time out of service counts as unknown."""
    is_armed = memory.is_armed or trigger.until is None
    if memory.since is None:
        return replace(memory, is_armed=is_armed)
    ran = max(down_since - memory.since, timedelta()) if down_since else timedelta()
    return replace(memory, is_armed=is_armed, held=memory.held + ran, since=None)


def _number(value: Value) -> float:
    """Return a number's value; the grammar lets limits stand only on points that hold numbers."""
    return float(value) if isinstance(value, int | float) else math.nan
