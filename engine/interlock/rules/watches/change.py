"""Watches for changes of points, and for changes that last."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

from interlock.model import Point, Value
from interlock.rules.memory import Memories, TriggerMemory
from interlock.rules.rule import Cause, Rule
from interlock.rules.state import Change, State
from interlock.rules.triggers import ChangeTrigger
from interlock.rules.watches.stopwatch import Stopwatch, counted_in, length_of


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

    def lasts(self, value: Value, then: Value | None) -> bool:
        """Whether a value is still what was asked for; `then` it was this one."""
        trigger = self.trigger
        if trigger.above is not None or trigger.below is not None:
            return self._is_inside(value)
        return value in trigger.went_to if trigger.went_to else value == then

    def _is_inside(self, value: Value) -> bool:
        above, below, number = self.trigger.above, self.trigger.below, _number(value)
        return (above is None or number > above) and (below is None or number < below)


class LastingWatch:
    """A trigger on a change of one point that must last: ``for``."""

    __slots__ = (
        "_asked",
        "_change",
        "_hold",
        "_value",
        "_was",
        "due",
        "fell_after",
        "is_pending",
        "key",
        "order",
        "point",
        "rule",
        "trigger",
    )

    def __init__(
        self, change: ChangeWatch, point: Point, memory: TriggerMemory | None, down_since: datetime | None
    ) -> None:
        self.rule, self.trigger, self.order = change.rule, change.trigger, change.order
        self.key = self.key_of(change, point)
        self.point = point
        self.due: timedelta | None = None
        self.fell_after: timedelta | None = None
        """How long it had lasted, where that ended in the last look, too early; None where it did not."""
        self._change = change
        kept = memory if memory and memory.text == self.trigger.text else TriggerMemory()
        self.is_pending = kept.is_pending
        self._value, self._was = kept.value, kept.was
        self._hold = Stopwatch(counted_in(kept.held, kept.since, down_since))
        self._asked: timedelta | None = None

    @staticmethod
    def key_of(change: ChangeWatch, point: Point) -> str:
        """Return the key of its memory and of its timer."""
        return f"{change.key}/{point}/for"

    @property
    def is_running(self) -> bool:
        """Whether a time is counted."""
        return self._hold.since is not None

    def paused(self, uptime: timedelta) -> TriggerMemory:
        """Return what to remember of it, with the time that is running counted until now."""
        return replace(self.memory, held=self._hold.total(uptime), since=None)

    @property
    def past(self) -> tuple[object, ...]:
        """Whatever `memory` depends on."""
        return self.is_pending, self._hold.counted, self._hold.since, self._value, self._was

    @property
    def memory(self) -> TriggerMemory:
        """What it must remember across a restart."""
        return TriggerMemory(
            text=self.trigger.text,
            is_pending=self.is_pending,
            held=self._hold.counted,
            since=self._hold.since,
            value=self._value,
            was=self._was,
        )

    def due_at(self) -> timedelta | None:
        """Return at which uptime it has lasted if nothing changes; None where it does not count."""
        return self._hold.reaches(self._asked)

    @property
    def asked(self) -> timedelta | None:
        """How long it must last; None where that is unknown."""
        return self._asked

    def look(self, change: Change | None, view: State) -> Cause | None:
        """Take a change in, or that time went by; return what to say where the trigger comes by it."""
        self.fell_after = None
        if change is not None and change.point == self.point and change.value is not None:
            self._take(change, change.value, view)
        if not self.is_pending:
            return None
        if self.point not in view.values:
            self._hold.pause(view.uptime)
            return None
        return self._come(view)

    def _take(self, change: Change, value: Value, view: State) -> None:
        if self.is_pending and not self._change.lasts(value, self._value):
            self.fell_after = self._hold.total(view.uptime)
            self._reset()
        if self._change.is_met(change) and not self.is_pending:
            self.is_pending, self._value, self._was = True, value, change.was

    def _come(self, view: State) -> Cause | None:
        self._hold.run(view)
        self._asked = length_of(self.trigger.hold, view)
        if self._asked is None or self._hold.total(view.uptime) < self._asked:
            return None
        cause = Cause(self.trigger.text, self.trigger.id, self.point, view.values[self.point], self._was)
        self._reset()
        return cause

    def _reset(self) -> None:
        self.is_pending, self._value, self._was = False, None, None
        self._hold.reset()


def _number(value: Value) -> float:
    """Return a number's value; the grammar lets limits stand only on points that hold numbers."""
    return float(value) if isinstance(value, int | float) else math.nan
