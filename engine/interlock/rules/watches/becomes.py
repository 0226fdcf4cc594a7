"""Watches for what becomes true: expressions' rises, with hysteresis and holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from interlock.expressions.turning import earliest
from interlock.model import Point, Truth
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Cause, Rule
from interlock.rules.state import State
from interlock.rules.triggers import BecomesTrigger, points_of_trigger
from interlock.rules.watches.stopwatch import Stopwatch, counted_in, length_of


class BecomesWatch:
    """A trigger on an expression's rise, with its hysteresis and its hold."""

    __slots__ = (
        "_asked",
        "_dip",
        "_hold",
        "due",
        "fell_after",
        "is_active",
        "is_armed",
        "is_dark",
        "is_pending",
        "is_plain",
        "key",
        "order",
        "rule",
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
        self.is_plain = trigger.until is None and trigger.hold == timedelta()
        """Whether an unchanged truth means that nothing happens."""
        self.truth = memory.truth
        self.is_armed = memory.is_armed
        self.is_pending = memory.is_pending
        self.is_active = memory.is_active
        self._hold = Stopwatch(memory.held)
        self._dip = Stopwatch(memory.dip)
        self._asked = trigger.hold if isinstance(trigger.hold, timedelta) else None
        self.due: timedelta | None = None
        """The uptime at which the hold ends, as the timer was last set."""
        self.fell_after: timedelta | None = None
        """How long it had been true, where that ended in the last look, too early; None where it did not."""
        self.is_dark = True
        """Whether it was unknown when it was last looked at, or never was."""

    @property
    def points(self) -> frozenset[Point]:
        """The points whose changes it must see."""
        return points_of_trigger(self.trigger)

    @property
    def reads_time(self) -> bool:
        """Whether it must be looked at as time goes by; so must one that no change would ever reach."""
        when, until, hold = self.trigger.when, self.trigger.until, self.trigger.hold
        if when.reads_time or (until is not None and until.reads_time) or not self.points:
            return True
        return not isinstance(hold, timedelta) and hold.reads_time

    @property
    def thresholds(self) -> frozenset[float]:
        """The numbers that its one point has to pass before anything can happen; empty for none."""
        return self.trigger.when.thresholds if self.is_plain else frozenset()

    def turns_at(self, view: State) -> datetime | None:
        """Return when time alone may turn it next, UTC; None for never."""
        when, until, hold = self.trigger.when, self.trigger.until, self.trigger.hold
        return earliest(
            when.turns_at(view),
            None if until is None else until.turns_at(view),
            None if isinstance(hold, timedelta) else hold.turns_at(view),
        )

    def cause(self, view: State) -> Cause:
        """Return what to say when it came."""
        point = self.trigger.point
        if point is None:
            return Cause(self.trigger.text, self.trigger.id)
        value = view.values.get(point)
        was = view.last_known(point) if value is None else view.previous(point)
        return Cause(self.trigger.text, self.trigger.id, point, value, was)

    @property
    def asked(self) -> timedelta | None:
        """How long it must be true; None where that is unknown."""
        return self._asked

    @property
    def is_running(self) -> bool:
        """Whether a time is counted."""
        return self._hold.since is not None or self._dip.since is not None

    @property
    def past(self) -> tuple[object, ...]:
        """Whatever `memory` depends on."""
        hold, dip = self._hold, self._dip
        return (
            self.truth,
            self.is_armed,
            self.is_pending,
            self.is_active,
            hold.counted,
            hold.since,
            dip.counted,
            dip.since,
        )

    @property
    def memory(self) -> TriggerMemory:
        """What to remember of it."""
        return TriggerMemory(
            text=self.trigger.when.text,
            truth=self.truth,
            is_armed=self.is_armed,
            is_pending=self.is_pending,
            is_active=self.is_active,
            held=self._hold.counted,
            since=self._hold.since,
            dip=self._dip.counted,
            dip_since=self._dip.since,
        )

    def paused(self, uptime: timedelta) -> TriggerMemory:
        """Return what to remember of it, with the times that are running counted until now."""
        held, dip = self._hold.total(uptime), self._dip.total(uptime)
        return replace(self.memory, held=held, since=None, dip=dip, dip_since=None)

    def asks_for_past(self, truth: Truth) -> bool:
        """Whether a first truth says nothing yet: it may be an old one, or the end of something."""
        return truth is True or self.trigger.until is not None or bool(self.rule.undo)

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
        self.fell_after = None
        released = self.trigger.until is not None and self.trigger.until.truth(view) is True
        self.is_armed = self.is_armed or released
        if truth is None:
            self._hold.pause(view.uptime)
            self._dip.pause(view.uptime)
            return False
        rose = truth and not self.truth and not (self.truth is None and self.trigger.waits_at_first)
        self.truth = truth
        if not truth:
            self._fall(view)
            return False
        self._end_dip(view)
        if rose and self.is_armed:
            self.is_pending = True
        return self.is_pending and self._has_held(view, released)

    def due_at(self) -> timedelta | None:
        """Return at which uptime the hold ends if nothing changes; None where none is running."""
        return self._hold.reaches(self._asked)

    def _has_held(self, view: State, released: bool) -> bool:
        self._hold.run(view)
        self._asked = length_of(self.trigger.hold, view)
        if self._asked is None or self._hold.total(view.uptime) < self._asked:
            return False
        self._reset()
        self.is_armed = self.trigger.until is None or released
        return True

    def _fall(self, view: State) -> None:
        if not self.is_pending or not self.trigger.dip:
            self._break(view)
            return
        self._hold.pause(view.uptime)
        self._dip.run(view)

    def _end_dip(self, view: State) -> None:
        if self.is_pending and self.trigger.dip and self._dip.total(view.uptime) >= self.trigger.dip:
            self._break(view)
        self._dip.reset()

    def _break(self, view: State) -> None:
        if self.is_pending:
            self.fell_after = self._hold.total(view.uptime)
        self._reset()

    def _reset(self) -> None:
        self.is_pending = False
        self._hold.reset()
        self._dip.reset()


def restored(memory: TriggerMemory, trigger: BecomesTrigger, down_since: datetime | None) -> TriggerMemory:
    """Return what a trigger starts with: its memory, in which the time out of service counts as unknown."""
    return replace(
        memory,
        is_armed=memory.is_armed or trigger.until is None,
        held=counted_in(memory.held, memory.since, down_since),
        since=None,
        dip=counted_in(memory.dip, memory.dip_since, down_since),
        dip_since=None,
    )
