"""Watches without a past: for schedules, events and readings."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from interlock.model import Event, Reading, Value
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Cause, Rule
from interlock.rules.schedule import Every
from interlock.rules.triggers import EventTrigger, FollowTrigger, TimeTrigger, UpdateTrigger

_SOON = timedelta(minutes=5)
"""What comes at least so often makes up for a lost run by itself."""


class TimeWatch:
    """A trigger on the clock."""

    __slots__ = ("key", "order", "remembers", "rule", "trigger")

    def __init__(
        self, rule: Rule, trigger: TimeTrigger | FollowTrigger, order: tuple[int, int], key: str
    ) -> None:
        self.rule = rule
        self.trigger = trigger
        self.order = order
        self.key = key
        self.remembers = _is_rare(trigger)
        """Whether it is kept when it came last, so that no run is lost or doubled by a restart."""

    def memory(self, run: datetime) -> TriggerMemory:
        """Return what to remember of a run."""
        return _memory(self.trigger.text, run)

    def cause(self, due: datetime | None) -> Cause:
        """Return what to say when its time came, which was then."""
        return Cause(self.trigger.text, self.trigger.id, due=due)


class EventWatch:
    """A trigger on events."""

    __slots__ = ("order", "rule", "trigger")

    def __init__(self, rule: Rule, trigger: EventTrigger, order: tuple[int, int]) -> None:
        self.rule = rule
        self.trigger = trigger
        self.order = order

    def cause(self, event: Event) -> Cause:
        """Return what to say when it came by this event."""
        trigger = self.trigger
        return Cause(trigger.text, trigger.id, point=event.point, value=event.value, event=event)


class UpdateWatch:
    """A trigger on readings."""

    __slots__ = ("order", "rule", "trigger")

    def __init__(self, rule: Rule, trigger: UpdateTrigger, order: tuple[int, int]) -> None:
        self.rule = rule
        self.trigger = trigger
        self.order = order

    def cause(self, reading: Reading, was: Value | None) -> Cause:
        """Return what to say when it came by this reading."""
        return Cause(self.trigger.text, self.trigger.id, reading.point, reading.value, was)


@lru_cache(maxsize=16)
def _memory(text: str, run: datetime) -> TriggerMemory:
    """Return what all triggers that are written alike have to remember of a run."""
    return TriggerMemory(text=text, last_run=run)


def _is_rare(trigger: TimeTrigger | FollowTrigger) -> bool:
    """Whether each run counts: what comes again soon, and says nothing of missed runs, just goes on."""
    if isinstance(trigger, FollowTrigger) or not isinstance(trigger.schedule, Every):
        return True
    return trigger.schedule.interval >= _SOON
