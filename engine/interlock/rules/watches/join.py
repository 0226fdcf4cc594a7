"""Watches that join others: all of them within a time, or none of them for so long."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Cause, Rule
from interlock.rules.state import Change, State
from interlock.rules.triggers import JoinTrigger
from interlock.rules.watches.stopwatch import Stopwatch, counted_in


class JoinWatch:
    """A trigger that comes by its members: each tells it when it came."""

    __slots__ = ("_hold", "_kept", "_marks", "due", "is_pending", "key", "order", "rule", "trigger")

    def __init__(
        self,
        rule: Rule,
        trigger: JoinTrigger,
        order: tuple[int, int],
        key: str,
        *,
        memory: TriggerMemory | None,
        down_since: datetime | None,
    ) -> None:
        self.rule = rule
        self.trigger = trigger
        self.order = order
        self.key = key
        self.due: timedelta | None = None
        kept = memory if memory and memory.text == trigger.text else TriggerMemory(is_pending=True)
        self.is_pending = kept.is_pending
        """Of a watchdog: whether it has not barked since something came."""
        self._hold = Stopwatch(counted_in(kept.held, kept.since, down_since))
        self._marks: list[timedelta | None] = [None] * len(trigger.members)
        """The uptime at which each member came last."""
        self._kept: tuple[datetime | None, ...] = kept.marks

    @property
    def is_running(self) -> bool:
        """Whether a time is counted."""
        return self._hold.since is not None

    @property
    def past(self) -> tuple[object, ...]:
        """Whatever `memory` depends on."""
        return self.is_pending, self._hold.counted, self._hold.since, self._kept

    @property
    def memory(self) -> TriggerMemory:
        """What it must remember across a restart."""
        return TriggerMemory(
            text=self.trigger.text,
            is_pending=self.is_pending,
            held=self._hold.counted,
            since=self._hold.since,
            marks=self._kept,
        )

    def paused(self, uptime: timedelta) -> TriggerMemory:
        """Return what to remember of it, with the time that is running counted until now."""
        return replace(self.memory, held=self._hold.total(uptime), since=None)

    def due_at(self) -> timedelta | None:
        """Return at which uptime a watchdog barks if nothing comes; None for any other."""
        return self._hold.reaches(self.trigger.within) if self.trigger.is_watchdog else None

    def look(self, change: Change | None, view: State) -> Cause | None:
        """Take in that time went by; return what to say where a watchdog barks."""
        if not self.trigger.is_watchdog or not self.is_pending:
            return None
        self._hold.run(view)
        if self._hold.total(view.uptime) < self.trigger.within:
            return None
        self.is_pending = False
        self._hold.reset()
        return Cause(self.trigger.text, self.trigger.id)

    def hear(self, member: int, cause: Cause, view: State) -> Cause | None:
        """Take in that a member came; return what to say where that makes all of them."""
        if self.trigger.is_watchdog:
            self.is_pending = True
            self._hold.reset()
            self._hold.run(view)
            return None
        return self._mark(member, cause, view)

    def _mark(self, member: int, cause: Cause, view: State) -> Cause | None:
        self._restore(view)
        self._marks[member] = view.uptime
        marks = [mark for mark in self._marks if mark is not None]
        is_met = len(marks) == len(self._marks) and max(marks) - min(marks) <= self.trigger.within
        if is_met:
            self._marks = [None] * len(self._marks)
        self._kept = tuple(None if mark is None else view.now - (view.uptime - mark) for mark in self._marks)
        return replace(cause, trigger=self.trigger.text, trigger_id=self.trigger.id) if is_met else None

    def _restore(self, view: State) -> None:
        """Take over what was remembered, once: by how long ago it was."""
        for number, instant in enumerate(self._kept):
            if instant is not None and self._marks[number] is None:
                self._marks[number] = view.uptime - (view.now - instant)
