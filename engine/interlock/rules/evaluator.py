"""Decides which rules fire. It awaits nothing, reads no clock and does nothing: it returns values.

The index from points to the triggers that read them makes the cost of a change grow with the rules that name
the point, not with all rules. Every rule of a moment sees the same state.
"""

from __future__ import annotations

import itertools
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from interlock.expressions.view import with_names
from interlock.model import Event, Point, Truth
from interlock.rules.memory import Memories, TriggerMemory
from interlock.rules.rule import (
    BecomesTrigger,
    Cause,
    ChangeTrigger,
    Decision,
    EventTrigger,
    Mode,
    Rule,
    Seen,
    TimeTrigger,
    Trigger,
    Verdict,
    points_of_trigger,
)
from interlock.rules.schedule import Schedule
from interlock.rules.state import Change, State
from interlock.rules.watches import BecomesWatch, ChangeWatch, EventWatch, TimeWatch, Watch, restored

log = logging.getLogger("interlock.rule")


@dataclass(frozen=True, slots=True)
class Timer:
    """A hold that ends at an instant of the state's uptime; None cancels the one that was set before."""

    key: str
    at: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a moment came to."""

    decisions: tuple[Decision, ...] = ()
    timers: tuple[Timer, ...] = ()
    memory: tuple[tuple[str, TriggerMemory], ...] = ()
    """What is to be remembered across a restart, by key."""


_NOTHING = Outcome()
"""What most moments come to; made once, because a moment of a large site costs less than making it."""


@dataclass(slots=True)
class _Moment:
    """What is gathered while the watches are looked at."""

    came: list[tuple[Watch, Cause]]
    timers: list[Timer]
    memory: dict[str, TriggerMemory]
    decisions: list[Decision]


class Evaluator:
    """Holds the rules, indexed, with the past of their triggers.

    Args:
        rules: Those that are not in use are left out.
        memory: What the journal kept from the run before.
        down_since: When the service was last known to run; what came after counts as unknown.
        is_in_use: Whether a rule is looked at; by default every one that its file does not switch off.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        memory: Mapping[str, TriggerMemory] = MappingProxyType({}),
        *,
        down_since: datetime | None = None,
        is_in_use: Callable[[Rule], bool] = lambda rule: rule.mode is not Mode.OFF,
    ) -> None:
        self._memory = Memories(memory)
        self._down_since = down_since
        self._becomes: defaultdict[Point, list[BecomesWatch]] = defaultdict(list)
        self._changes: defaultdict[Point, list[ChangeWatch]] = defaultdict(list)
        self._times: defaultdict[Schedule, list[TimeWatch]] = defaultdict(list)
        self._events: defaultdict[tuple[str, str], list[EventWatch]] = defaultdict(list)
        self._timed: list[BecomesWatch] = []
        self._by_key: dict[str, BecomesWatch] = {}
        self._batches = itertools.count(1)
        self._restored: dict[str, TriggerMemory] = {}
        self._reported: set[str] = set()
        for place, rule in enumerate(rules):
            if is_in_use(rule):
                for number, trigger in enumerate(rule.triggers):
                    self._add(rule, trigger, (place, number))

    @property
    def schedules(self) -> Mapping[Schedule, Sequence[str]]:
        """Every schedule of a rule that is in use, once, with the ids of its rules."""
        return {
            schedule: tuple(watch.rule.id for watch in watches) for schedule, watches in self._times.items()
        }

    def memory_at(self, view: State) -> Mapping[str, TriggerMemory]:
        """Return what an evaluator that takes over now must know besides what outcomes told.

        Holds that are running count until now; the successor lets them run on when it looks.
        """
        running = (watch for watch in self._by_key.values() if watch.began is not None)
        return self._restored | {watch.key: watch.paused(view.uptime) for watch in running}

    def on_takeover(self, view: State) -> Outcome:
        """Decide what follows from what is known already: once, where another evaluator worked before.

        A trigger about points that were never read waits for their first readings, as after a start.
        """
        moment = self._begin()
        for watch in self._by_key.values():
            if watch.truth is not None or all(view.reading(point) for point in watch.points):
                self._look(watch, view, moment)
        return self._finish(moment, view)

    def on_changes(self, changes: Sequence[Change], view: State) -> Outcome:
        """Decide what follows from the changes of one moment, which `view` holds already."""
        moment, batch = self._begin(), next(self._batches)
        becomes, matches = self._becomes.get, self._changes.get
        for change in changes:
            for watch in becomes(change.point, ()):
                if watch.seen_in != batch:
                    watch.seen_in = batch
                    self._look(watch, view, moment)
            for other in matches(change.point, ()):
                self._match(other, change, moment)
        return self._finish(moment, view)

    def on_event(self, event: Event, view: State) -> Outcome:
        """Decide what follows from an event."""
        moment = self._begin()
        watches = self._events.get((event.kind, event.name), ())
        moment.came.extend((watch, watch.cause(event)) for watch in watches)
        return self._finish(moment, view)

    def on_schedule(self, schedule: Schedule, view: State) -> Outcome:
        """Decide what follows from a schedule's time having come."""
        moment = self._begin()
        moment.came.extend((watch, watch.cause) for watch in self._times.get(schedule, ()))
        return self._finish(moment, view)

    def on_timer(self, key: str, view: State) -> Outcome:
        """Decide what follows from a timer's time having come."""
        moment = self._begin()
        watch = self._by_key.get(key)
        if watch:
            watch.due = None
            self._look(watch, view, moment)
        return self._finish(moment, view)

    @property
    def reads_time(self) -> bool:
        """Whether time alone can make something true, so that `on_time` must be called as it goes by."""
        return bool(self._timed)

    def on_time(self, view: State) -> Outcome:
        """Decide what follows from time alone: for expressions that read the time."""
        moment = self._begin()
        for watch in self._timed:
            self._look(watch, view, moment)
        return self._finish(moment, view)

    def _add(self, rule: Rule, trigger: Trigger, order: tuple[int, int]) -> None:
        key = f"{rule.id}/{trigger.id or order[1]}"
        match trigger:
            case TimeTrigger():
                self._times[trigger.schedule].append(TimeWatch(rule, trigger, order))
            case EventTrigger():
                for name in trigger.names:
                    self._events[trigger.kind, name].append(EventWatch(rule, trigger, order))
            case ChangeTrigger():
                watch = ChangeWatch(rule, trigger, order, key, self._memory)
                for point in trigger.points:
                    self._changes[point].append(watch)
            case BecomesTrigger():
                self._add_becomes(rule, trigger, order, key)

    def _add_becomes(self, rule: Rule, trigger: BecomesTrigger, order: tuple[int, int], key: str) -> None:
        text = trigger.when.text
        memory = restored(self._memory.recall(rule.id, key, text), trigger, self._down_since)
        # A second restart must not count the time between the two as held, nor find it elsewhere.
        if memory not in (self._memory.get(key), TriggerMemory(text=text)):
            self._restored[key] = memory
        watch = BecomesWatch(rule, trigger, order, key, memory)
        self._by_key[key] = watch
        for point in watch.points:
            self._becomes[point].append(watch)
        if watch.reads_time:
            self._timed.append(watch)

    def _begin(self) -> _Moment:
        memory, self._restored = self._restored, {}
        return _Moment([], [], memory, [])

    def _look(self, watch: BecomesWatch, view: State, moment: _Moment) -> None:
        try:
            truth = watch.truth_of(view)
            # This is the way of nearly every look; it must stay as short as it is.
            if truth is not watch.truth or watch.is_dark or not watch.is_plain:
                self._take(watch, truth, view, moment)
        except Exception as error:  # noqa: BLE001 - one rule's fault must not stop the others
            moment.decisions.append(self._broken(watch, watch.cause, error, view))

    def _take(self, watch: BecomesWatch, truth: Truth, view: State, moment: _Moment) -> None:
        before = watch.memory
        if truth is None and not watch.is_dark:
            moment.decisions.append(_darkened(watch, view))
        watch.is_dark = truth is None
        if watch.take(truth, view):
            moment.came.append((watch, watch.cause))
        elif truth is not None and watch.ends(view):
            moment.decisions.append(_ended(watch, view))
        after, due = watch.memory, watch.due_at()
        if after != before:
            moment.memory[watch.key] = after
        if due != watch.due:
            watch.due = due
            moment.timers.append(Timer(watch.key, due))

    def _match(self, watch: ChangeWatch, change: Change, moment: _Moment) -> None:
        before = watch.memory(change.point)
        if watch.is_met(change):
            moment.came.append((watch, watch.cause(change)))
        after = watch.memory(change.point)
        if after is not None and after != before:
            moment.memory[after[0]] = after[1]

    def _finish(self, moment: _Moment, view: State) -> Outcome:
        if not (moment.came or moment.timers or moment.memory or moment.decisions):
            return _NOTHING
        if moment.came:
            moment.came.sort(key=lambda item: item[0].order)
            for _, group in itertools.groupby(moment.came, key=lambda item: item[0].order[0]):
                self._conclude(list(group), view, moment)
        return Outcome(
            decisions=tuple(moment.decisions),
            timers=tuple(moment.timers),
            memory=tuple(moment.memory.items()),
        )

    def _conclude(self, came: Sequence[tuple[Watch, Cause]], view: State, moment: _Moment) -> None:
        decisions = list(self._decide(came, view))
        moment.decisions.extend(decisions)
        if not came[0][0].rule.undo or decisions[-1].verdict is not Verdict.FIRED:
            return
        for watch, _ in came:
            if isinstance(watch, BecomesWatch):
                watch.is_active = True
                moment.memory[watch.key] = watch.memory

    def _decide(self, came: Sequence[tuple[Watch, Cause]], view: State) -> Iterable[Decision]:
        """Decide on the triggers of one rule in their order; the first that lets it fire ends the matter."""
        for number, (watch, cause) in enumerate(came, start=1):
            decision = self._decision(watch, cause, view)
            if decision.verdict is Verdict.FIRED:
                also = tuple(str(other) for _, other in came[number:])
                yield replace(decision, cause=replace(cause, also=also))
                return
            yield decision

    def _decision(self, watch: Watch, cause: Cause, view: State) -> Decision:
        condition = watch.rule.condition
        try:
            truth = condition.truth(with_names(view, cause.names(view.now))) if condition else True
        except Exception as error:  # noqa: BLE001 - one rule's fault must not stop the others
            return self._broken(watch, cause, error, view)
        points = points_of_trigger(watch.trigger) | (condition.points if condition else frozenset())
        return Decision(
            rule=watch.rule,
            at=view.now,
            cause=cause,
            verdict=_VERDICTS[truth],
            condition=condition.text if condition else "",
            truth=truth,
            seen=tuple(_seen(point, view) for point in sorted(points)),
        )

    def _broken(self, watch: Watch, cause: Cause, error: Exception, view: State) -> Decision:
        rule = watch.rule
        if rule.id not in self._reported:
            self._reported.add(rule.id)
            log.error("rule %s: the evaluation failed", rule.id, exc_info=error)
        return Decision(
            rule=rule,
            at=view.now,
            cause=cause,
            verdict=Verdict.BROKEN,
            condition=rule.condition.text if rule.condition else "",
            truth=None,
            seen=(),
            note=f"{type(error).__name__}: {error}",
        )


_VERDICTS = {True: Verdict.FIRED, False: Verdict.CONDITION_FALSE, None: Verdict.CONDITION_UNKNOWN}


def _darkened(watch: BecomesWatch, view: State) -> Decision:
    """Return the near miss of a trigger that cannot come any more, because what it needs went unknown."""
    return Decision(
        rule=watch.rule,
        at=view.now,
        cause=watch.cause,
        verdict=Verdict.CONDITION_UNKNOWN,
        condition="",
        truth=None,
        seen=tuple(_seen(point, view) for point in sorted(watch.trigger.when.points)),
    )


def _ended(watch: BecomesWatch, view: State) -> Decision:
    """Return what is said when that is over by which a rule had fired."""
    return Decision(
        rule=watch.rule,
        at=view.now,
        cause=watch.cause,
        verdict=Verdict.ENDED,
        condition="",
        truth=False,
        seen=tuple(_seen(point, view) for point in sorted(watch.points)),
    )


def _seen(point: Point, view: State) -> Seen:
    value = view.values.get(point)
    return Seen(point, value) if value is not None else Seen(point, None, _why_unknown(point, view))


def _why_unknown(point: Point, view: State) -> str:
    reading, since = view.reading(point), view.unknown_since(point)
    if reading is None or since is None:
        return "never read"
    local = since.astimezone(view.timezone)
    return f"{reading.reason or reading.quality.value}, since {local:%Y-%m-%d %H:%M:%S}"
