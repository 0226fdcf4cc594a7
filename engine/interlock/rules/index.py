"""The index: which triggers read a point, wait for a schedule or an event, with the past of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from interlock.model import Point
from interlock.rules.actions import points_of_amount
from interlock.rules.memory import Memories, TriggerMemory
from interlock.rules.rule import Rule
from interlock.rules.schedule import Schedule
from interlock.rules.triggers import (
    BecomesTrigger,
    ChangeTrigger,
    EventTrigger,
    FollowTrigger,
    JoinTrigger,
    StatesTrigger,
    TimeTrigger,
    Trigger,
    UpdateTrigger,
)
from interlock.rules.watches.becomes import BecomesWatch, restored
from interlock.rules.watches.change import ChangeWatch, LastingWatch
from interlock.rules.watches.follow import FollowWatch
from interlock.rules.watches.join import JoinWatch
from interlock.rules.watches.plain import EventWatch, TimeWatch, UpdateWatch
from interlock.rules.watches.watch import Watch
from interlock.rules.watching import Watching


class Index:
    """The watches of the rules that are in use, by what they wait for.

    Args:
        memory: What the journal kept from the run before, or the evaluator before.
        down_since: When the service was last known to run.
    """

    def __init__(self, memory: Mapping[str, TriggerMemory], down_since: datetime | None) -> None:
        self._memory = Memories(memory)
        self._down_since = down_since
        self.becomes: defaultdict[Point, Watching[BecomesWatch]] = defaultdict(Watching)
        self.changes: defaultdict[Point, list[ChangeWatch]] = defaultdict(list)
        self.lasting: defaultdict[Point, list[LastingWatch]] = defaultdict(list)
        self.updates: defaultdict[Point, list[UpdateWatch]] = defaultdict(list)
        self.following: defaultdict[Point, list[FollowWatch]] = defaultdict(list)
        self.times: defaultdict[Schedule, list[TimeWatch]] = defaultdict(list)
        self.events: defaultdict[tuple[str, str], list[EventWatch]] = defaultdict(list)
        self.timed: list[BecomesWatch] = []
        """Those that must be looked at as time goes by."""
        self.by_key: dict[str, BecomesWatch] = {}
        self.undoing: defaultdict[str, list[BecomesWatch]] = defaultdict(list)
        """By the id of their rule those of rules that undo what they did."""
        self.waiting: dict[str, LastingWatch | JoinWatch] = {}
        """Further ones that set timers, by the key of their timers."""
        self.joined: dict[Watch, tuple[JoinWatch, int]] = {}
        """The watches that only tell a joint one, and as which of its members."""
        self.restored: dict[str, TriggerMemory] = {}
        """What is to be journalled of a start."""

    def add(self, rule: Rule, trigger: Trigger, order: tuple[int, int], key: str) -> Sequence[Watch]:
        """Take a trigger in; return the watches by which it comes."""
        match trigger:
            case TimeTrigger():
                return [self._add_time(rule, trigger, order, key)]
            case FollowTrigger():
                return [self._add_follow(rule, trigger, order, key)]
            case EventTrigger():
                return [self._add_event(rule, trigger, order)]
            case UpdateTrigger():
                return [self._add_update(rule, trigger, order)]
            case ChangeTrigger():
                return self._add_change(rule, trigger, order, key)
            case BecomesTrigger():
                return [self._add_becomes(rule, trigger, order, key)]
            case StatesTrigger():
                return [self._add_becomes(rule, case, order, f"{key}/{case.point}") for case in trigger.cases]
            case JoinTrigger():
                return [self._add_join(rule, trigger, order, key)]

    def last_run(self, key: str, text: str) -> datetime | None:
        """Return when a trigger on the clock was last taken in; None where that is not known."""
        memory = self._memory.get(key)
        return memory.last_run if memory and memory.text == text else None

    def follow(self, watch: FollowWatch, over: Iterable[Schedule], begun: Iterable[Schedule]) -> None:
        """Let a trigger come by other schedules than before."""
        for schedule in over:
            self.times[schedule].remove(watch.watch)
            if not self.times[schedule]:
                del self.times[schedule]
        for schedule in begun:
            self.times[schedule].append(watch.watch)

    def _add_time(self, rule: Rule, trigger: TimeTrigger, order: tuple[int, int], key: str) -> Watch:
        watch = TimeWatch(rule, trigger, order, key)
        self.times[trigger.schedule].append(watch)
        return watch

    def _add_follow(self, rule: Rule, trigger: FollowTrigger, order: tuple[int, int], key: str) -> Watch:
        watch = TimeWatch(rule, trigger, order, key)
        following = FollowWatch(watch, trigger)
        for point in trigger.points:
            self.following[point].append(following)
        return watch

    def _add_event(self, rule: Rule, trigger: EventTrigger, order: tuple[int, int]) -> Watch:
        watch = EventWatch(rule, trigger, order)
        for name in trigger.names:
            self.events[trigger.kind, name].append(watch)
        return watch

    def _add_update(self, rule: Rule, trigger: UpdateTrigger, order: tuple[int, int]) -> Watch:
        watch = UpdateWatch(rule, trigger, order)
        for point in trigger.points:
            self.updates[point].append(watch)
        return watch

    def _add_change(
        self, rule: Rule, trigger: ChangeTrigger, order: tuple[int, int], key: str
    ) -> Sequence[Watch]:
        watch = ChangeWatch(rule, trigger, order, key, self._memory)
        if trigger.hold:
            return [self._add_lasting(watch, point) for point in trigger.points]
        for point in trigger.points:
            self.changes[point].append(watch)
        return [watch]

    def _add_lasting(self, change: ChangeWatch, point: Point) -> Watch:
        key = LastingWatch.key_of(change, point)
        watch = LastingWatch(change, point, self._memory.get(key), self._down_since)
        self.waiting[key] = watch
        for each in points_of_amount(change.trigger.hold) | {point}:
            self.lasting[each].append(watch)
        return watch

    def _add_becomes(self, rule: Rule, trigger: BecomesTrigger, order: tuple[int, int], key: str) -> Watch:
        text = trigger.when.text
        memory = restored(self._memory.recall(rule.id, key, text), trigger, self._down_since)
        # A second restart must not count the time between the two as held, nor find it elsewhere.
        if memory not in (self._memory.get(key), TriggerMemory(text=text)):
            self.restored[key] = memory
        watch = BecomesWatch(rule, trigger, order, key, memory)
        self.by_key[key] = watch
        if rule.undo:
            self.undoing[rule.id].append(watch)
        for point in watch.points:
            self.becomes[point].add(watch, watch.thresholds)
        if watch.reads_time:
            self.timed.append(watch)
        return watch

    def _add_join(self, rule: Rule, trigger: JoinTrigger, order: tuple[int, int], key: str) -> Watch:
        watch = JoinWatch(
            rule, trigger, order, key, memory=self._memory.get(key), down_since=self._down_since
        )
        self.waiting[key] = watch
        for number, member in enumerate(trigger.members):
            for each in self.add(rule, member, order, f"{key}.{number}"):
                self.joined[each] = (watch, number)
        return watch
