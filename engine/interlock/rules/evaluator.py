"""Decides which rules fire. It awaits nothing, reads no clock and does nothing: it returns values.

The index from points to the triggers that read them makes the cost of a change grow with the rules that name
the point, not with all rules. Every rule of a moment sees the same state; their decisions come in the order
of their ids, wherever they stand in the files.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from interlock.expressions.turning import earliest
from interlock.model import Event, Point, Reading, Truth
from interlock.rules.deciding import Decider
from interlock.rules.due import Due
from interlock.rules.index import Index
from interlock.rules.keeping import Keeps
from interlock.rules.memory import TriggerMemory
from interlock.rules.moment import Moment, Timer
from interlock.rules.reasons import darkened, ended, fallen
from interlock.rules.rule import Cause, Decision, Keeping, Mode, Rule, Verdict
from interlock.rules.schedule import Schedule
from interlock.rules.spread import missed_of, runs_to_make_up
from interlock.rules.state import Change, Changed, State
from interlock.rules.triggers import SERVICE
from interlock.rules.turns import Turns
from interlock.rules.watches.becomes import BecomesWatch
from interlock.rules.watches.change import ChangeWatch, LastingWatch
from interlock.rules.watches.join import JoinWatch
from interlock.rules.watches.plain import TimeWatch
from interlock.rules.watches.watch import Waiting, Watch

_PATIENCE = timedelta(minutes=1)
"""So long at most what comes at a start waits for the points that its rule reads."""
START = "start"
"""The key of the timer that ends this patience; those of triggers have a rule's id and ``/``."""
STARTED = Event(kind=SERVICE, name="start")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a moment came to."""

    decisions: tuple[Decision, ...] = ()
    timers: tuple[Timer, ...] = ()
    memory: tuple[tuple[str, TriggerMemory], ...] = ()
    """What is to be remembered across a restart, by key."""
    keeps: tuple[Keeping, ...] = ()
    """What rules keep otherwise than before."""
    has_other_schedules: bool = False
    """Whether `Evaluator.schedules` are others now, because a point holds another time."""


_NO_CHANGE: Changed = MappingProxyType({})
_NOTHING = Outcome()
"""What most moments come to; made once, because a moment of a large site costs less than making it."""


class Evaluator:
    """Holds the rules, indexed, with the past of their triggers.

    Args:
        rules: Those that are not in use are left out.
        memory: What the journal kept from the run before.
        down_since: When the service was last known to run; what came after counts as unknown.
        is_in_use: Whether a rule is looked at; by default every one that its file does not switch off.
        awaits_past: Whether `memory` is still to come, for another evaluator: what is true at the first look
            may have been true before, and nothing comes by it until `wait_no_more`.
        is_to_come: Whether what a point holds is still to come as well; what reads it waits with it.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        memory: Mapping[str, TriggerMemory] = MappingProxyType({}),
        *,
        down_since: datetime | None = None,
        is_in_use: Callable[[Rule], bool] = lambda rule: rule.mode is not Mode.OFF,
        awaits_past: bool = False,
        is_to_come: Callable[[Point], bool] = lambda point: False,
    ) -> None:
        self._awaits_past = awaits_past
        self._is_to_come = is_to_come
        self._index = index = Index(memory, down_since)
        self._down_since = down_since
        self._decider = Decider()
        self._starting: list[tuple[Watch, Cause]] = []
        """What came at the start, and waits until its rule's points have been read."""
        # By id, so that what a site does is not changed by moving a rule to another place or file.
        in_use = sorted(filter(is_in_use, rules), key=lambda rule: rule.id)
        for place, rule in enumerate(in_use):
            for number, trigger in enumerate(rule.triggers):
                index.add(rule, trigger, (place, number), f"{rule.id}/{trigger.id or number}")
        self._turns = Turns(index.timed)
        self._keeps = Keeps(in_use, memory, down_since, self._decider)
        index.restored |= self._keeps.forgotten
        self._matched = frozenset((*index.changes, *index.lasting, *index.following))
        """The points whose changes concern more than the expressions of triggers, which is rare."""

    @property
    def schedules(self) -> Mapping[Schedule, Sequence[str]]:
        """Every schedule of a rule that is in use, once, with the ids of its rules."""
        return {
            schedule: tuple(watch.rule.id for watch in watches)
            for schedule, watches in self._index.times.items()
        }

    def memory_at(self, view: State) -> Mapping[str, TriggerMemory]:
        """Return what an evaluator that takes over now must know besides what outcomes told.

        Holds that are running count until now; the successor lets them run on when it looks.
        """
        watches: Iterable[Waiting] = (*self._index.by_key.values(), *self._index.waiting.values())
        running = (watch for watch in watches if watch.is_running)
        counted = {watch.key: watch.paused(view.uptime) for watch in running}
        return self._index.restored | counted | self._keeps.running(view.uptime)

    def on_takeover(self, view: State) -> Outcome:
        """Decide what follows from what is known already: once, where another evaluator worked before.

        A trigger about points that were never read waits for their first readings, as after a start.
        """
        moment = self._begin()
        known = [
            watch
            for watch in self._index.by_key.values()
            if watch.truth is not None or all(view.reading(point) for point in watch.points)
        ]
        self._look(known, view, moment)
        self._set_going(view, moment)
        return self._finish(moment, view)

    def on_start(self, view: State) -> Outcome:
        """Decide what follows from the start of the service: ``start``, and runs that were missed.

        What comes by them waits until the points that its rule reads have been read, for a minute at most.
        """
        moment = self._begin()
        self._set_going(view, moment)
        self._starting = [
            (watch, watch.cause(STARTED)) for watch in self._index.events.get(_KEY_OF_START, ())
        ]
        for schedule, watches in self._index.times.items():
            self._make_up(schedule, watches, view, moment)
        if self._starting:
            moment.timers.append(Timer(START, view.uptime + _PATIENCE))
        self._release(view, moment)
        return self._finish(moment, view)

    def wait_no_more(self, view: State) -> Outcome:
        """Go on without the past: what is true, or unknown, counts as having been true before."""
        self._awaits_past = False
        moment = self._begin()
        for watch in self._index.by_key.values():
            if watch.truth is None:
                watch.truth = True
                moment.memory[watch.key] = watch.memory
        for waiting in self._index.waiting.values():
            self._wait(waiting, None, view, moment)
        self._look(self._index.by_key.values(), view, moment)
        return self._finish(moment, view)

    def on_changes(self, changed: Changed, view: State, readings: Sequence[Reading] = ()) -> Outcome:
        """Decide what follows from the changes of one moment, which `view` holds already.

        Args:
            changed: What is other than before.
            view: The state after them.
            readings: What came in, changed or not.
        """
        moment = self._begin()
        self._take_changes(changed, readings, view, moment)
        return self._finish(moment, view)

    def on_event(self, event: Event, view: State) -> Outcome:
        """Decide what follows from an event."""
        moment = self._begin()
        watches = self._index.events.get((event.kind, event.name), ())
        moment.came.extend((watch, watch.cause(event)) for watch in watches)
        return self._finish(moment, view)

    def on_due(
        self, due: Due, view: State, changed: Changed = _NO_CHANGE, readings: Sequence[Reading] = ()
    ) -> Outcome:
        """Decide what follows from an instant on the clock, as one moment.

        Args:
            due: What the clock brings.
            view: The state at that instant.
            changed, readings: As in `on_changes`: of virtual points that turn at that instant.
        """
        moment = self._begin()
        self._take_changes(changed, readings, view, moment)
        for schedule in due.schedules:
            for timed in self._index.times.get(schedule, ()):
                self._run(timed, due.at, moment)
        for key in due.timers:
            self._end_timer(key, view, moment)
        self._look(self._turns.pop(view.now), view, moment)
        self._keeps.look_again(view, moment)
        return self._finish(moment, view)

    @property
    def attended(self) -> Collection[Point]:
        """The points of which each reading counts, also one that says nothing new."""
        return self._index.updates.keys()

    @property
    def next_turn(self) -> datetime | None:
        """When time alone may make something true, so that `on_due` must be called; None for never."""
        return earliest(self._turns.next, self._keeps.next_turn)

    def mind_clock(self) -> None:
        """Look soon at all that reads the time: the clock was set, and what was foreseen holds no more."""
        self._turns.forget()
        self._keeps.mind_clock()

    def _begin(self) -> Moment:
        memory, self._index.restored = self._index.restored, {}
        return Moment([], [], memory, [], [])

    def _take_changes(
        self, changed: Changed, readings: Sequence[Reading], view: State, moment: Moment
    ) -> None:
        # Each once, also where it reads several points.
        if concerned := dict.fromkeys(self._concerned(changed, view)):
            self._look(concerned, view, moment)
        if self._matched:
            self._match(changed, view, moment)
        if self._index.updates:
            self._update(changed, readings, view, moment)
        if self._keeps:
            self._keeps.take(changed, view, moment)
        if self._starting:
            self._release(view, moment)

    def _concerned(self, changed: Changed, view: State) -> Iterator[BecomesWatch]:
        watching_of, value_of = self._index.becomes.get, view.values.get
        for point in changed:
            watching = watching_of(point)
            if watching is not None:
                # What waits for its past counts as never looked at.
                yield from watching.all if self._awaits_past else watching.concerned(value_of(point))

    def _end_timer(self, key: str, view: State, moment: Moment) -> None:
        if key == START:
            moment.came, self._starting = [*moment.came, *self._starting], []
        watch, waiting = self._index.by_key.get(key), self._index.waiting.get(key)
        if watch:
            watch.due = None
            self._look([watch], view, moment)
        elif waiting:
            waiting.due = None
            self._wait(waiting, None, view, moment)
        else:
            self._keeps.end_timer(key, view, moment)

    def _set_going(self, view: State, moment: Moment) -> None:
        """Follow the times that points hold, and let what waits for a time wait from now on."""
        for following in {
            id(each): each for group in self._index.following.values() for each in group
        }.values():
            self._index.follow(following, *following.follow(view))
        for waiting in () if self._awaits_past else self._index.waiting.values():
            self._wait(waiting, None, view, moment)
        self._keeps.begin(view, moment)

    def _make_up(self, schedule: Schedule, watches: Sequence[TimeWatch], view: State, moment: Moment) -> None:
        since, trigger = self._down_since, schedule.trigger(view.timezone)
        for watch in watches:
            if since is None or not watch.remembers:
                continue
            last = self._index.last_run(watch.key, watch.trigger.text)
            for run in runs_to_make_up(trigger, missed_of(schedule), max(since, last or since), view.now):
                self._starting.append((watch, watch.cause(run)))
                moment.memory[watch.key] = watch.memory(run)

    def _release(self, view: State, moment: Moment) -> None:
        """Let those come that waited, and whose rules' points have been read now."""
        ready = [each for each in self._starting if all(view.reading(point) for point in each[0].rule.points)]
        if ready:
            self._starting = [each for each in self._starting if each not in ready]
            moment.came.extend(ready)
            if not self._starting:
                moment.timers.append(Timer(START, None))

    def _run(self, watch: TimeWatch, due: datetime, moment: Moment) -> None:
        moment.came.append((watch, watch.cause(due)))
        if watch.remembers:
            moment.memory[watch.key] = watch.memory(due)

    def _look(self, watches: Collection[BecomesWatch], view: State, moment: Moment) -> None:
        for watch, truth in self._decider.moved(watches, view, moment.decisions):
            if self._awaits_past and watch.truth is None and self._has_to_wait(watch, truth):
                continue
            take = partial(self._take, watch, truth, view, moment)
            fault = self._decider.attempt(watch, partial(watch.cause, view), view, take)
            if fault:
                moment.decisions.append(fault)
        if self._turns:
            for watch in watches:
                if watch in self._turns:
                    self._turns.set(watch, watch.turns_at(view))

    def _has_to_wait(self, watch: BecomesWatch, truth: Truth) -> bool:
        return watch.asks_for_past(truth) or any(map(self._is_to_come, watch.points))

    def _take(self, watch: BecomesWatch, truth: Truth, view: State, moment: Moment) -> None:
        before = watch.past
        if truth is None and not watch.is_dark:
            moment.decisions.append(darkened(watch, view))
        watch.is_dark = truth is None
        comes = watch.take(truth, view)
        if watch.fell_after is not None:
            moment.decisions.append(fallen(watch, watch.fell_after, watch.cause(view), view))
        if comes:
            moment.came.append((watch, watch.cause(view)))
        elif truth is not None and watch.ends(view):
            moment.over.append(watch)
        _note(watch, before, moment)

    def _match(self, changed: Changed, view: State, moment: Moment) -> None:
        """Take changes in for triggers that are about the change itself, or about a time that points hold."""
        index = self._index
        for point in [point for point in changed if point in self._matched]:
            change = Change(point, changed[point], view.values.get(point))
            for matching in index.changes.get(point, ()):
                self._compare(matching, change, moment)
            for lasting in index.lasting.get(point, ()):
                self._wait(lasting, change, view, moment)
            for following in index.following.get(point, ()):
                over, begun = following.follow(view)
                index.follow(following, over, begun)
                moment.has_other_schedules |= bool(over or begun)

    def _compare(self, watch: ChangeWatch, change: Change, moment: Moment) -> None:
        before = watch.memory(change.point)
        if watch.is_met(change):
            moment.came.append((watch, watch.cause(change)))
        after = watch.memory(change.point)
        if after is not None and after != before:
            moment.memory[after[0]] = after[1]

    def _update(self, changed: Changed, readings: Sequence[Reading], view: State, moment: Moment) -> None:
        for reading in readings:
            updates = self._index.updates.get(reading.point, ())
            # One that came too late to count is not what the state holds.
            if updates and reading.is_usable and view.reading(reading.point) == reading:
                before = changed.get(reading.point, reading.value)
                moment.came.extend((watch, watch.cause(reading, before)) for watch in updates)

    def _wait(
        self, watch: LastingWatch | JoinWatch, change: Change | None, view: State, moment: Moment
    ) -> None:
        before, text = watch.past, watch.trigger.text
        cause = self._decider.attempt(watch, lambda: Cause(text), view, partial(watch.look, change, view))
        if isinstance(cause, Decision):
            moment.decisions.append(cause)
            return
        if isinstance(watch, LastingWatch) and watch.fell_after is not None:
            moment.decisions.append(fallen(watch, watch.fell_after, _ending(watch, view), view))
        if cause:
            moment.came.append((watch, cause))
        _note(watch, before, moment)

    def _finish(self, moment: Moment, view: State) -> Outcome:
        if not (
            moment.came
            or moment.timers
            or moment.memory
            or moment.decisions
            or moment.keeps
            or moment.over
            or moment.has_other_schedules
        ):
            return _NOTHING
        fired = self._concluded(moment, view) if moment.came else ()
        return Outcome(
            decisions=(*moment.decisions, *self._endings(moment, view), *fired),
            timers=tuple(moment.timers),
            memory=tuple(moment.memory.items()),
            keeps=tuple(moment.keeps),
            has_other_schedules=moment.has_other_schedules,
        )

    def _join(self, view: State, moment: Moment) -> None:
        """Let those that only tell a joint trigger tell it, and put it in their place where it comes."""
        came, moment.came = moment.came, []
        for watch, cause in came:
            joined = self._index.joined.get(watch)
            if joined is None:
                moment.came.append((watch, cause))
                continue
            joint, member = joined
            before = joint.past
            if joint_cause := joint.hear(member, cause, view):
                moment.came.append((joint, joint_cause))
            _note(joint, before, moment)

    def _concluded(self, moment: Moment, view: State) -> Sequence[Decision]:
        """Return what is decided on everything that came."""
        if self._index.joined:
            self._join(view, moment)
        moment.came.sort(key=lambda item: item[0].order)
        groups = itertools.groupby(moment.came, key=lambda item: item[0].order[0])
        parts = (came for _, group in groups for came in _by_instant(list(group)))
        return [decision for came in parts for decision in self._conclude(came, view, moment)]

    def _conclude(
        self, came: Sequence[tuple[Watch, Cause]], view: State, moment: Moment
    ) -> Sequence[Decision]:
        decisions = list(self._decider.decide(came, view))
        if came[0][0].rule.undo and decisions[-1].verdict is Verdict.FIRED:
            for watch, _ in came:
                if isinstance(watch, BecomesWatch):
                    watch.is_active = True
                    moment.memory[watch.key] = watch.memory
        return decisions

    def _endings(self, moment: Moment, view: State) -> Iterator[Decision]:
        """Tell of rules that had fired by something, where nothing of that holds any more.

        Before all that fires in the same moment: what one rule undoes must not undo what another does.
        """
        over = sorted(moment.over, key=lambda watch: watch.order)
        for _, group in itertools.groupby(over, key=lambda watch: watch.order[0]):
            first, *others = group
            if not any(watch.is_active for watch in self._index.undoing[first.rule.id]):
                yield ended(first, others, view)


def _ending(watch: LastingWatch, view: State) -> Cause:
    """Return the change that ended what had to last."""
    point = watch.point
    trigger = watch.trigger
    return Cause(trigger.text, trigger.id, point, view.values.get(point), view.previous(point))


def _note(watch: Waiting, before: tuple[object, ...], moment: Moment) -> None:
    """Note what a watch has to remember, and until when it waits, where that is other than before."""
    if watch.past != before:
        moment.memory[watch.key] = watch.memory
    due = watch.due_at()
    if due != watch.due:
        watch.due = due
        moment.timers.append(Timer(watch.key, due))


def _by_instant(came: Sequence[tuple[Watch, Cause]]) -> Iterator[Sequence[tuple[Watch, Cause]]]:
    """Part what came for one rule by when it was due: runs that are made up for together are several."""
    if len(came) == 1:
        yield came
        return
    dues = sorted({cause.due for _, cause in came if cause.due})
    if len(dues) < 2:
        yield came
        return
    for due in dues:
        # What was due at no time of its own, such as the start, comes with the last.
        yield [each for each in came if (each[1].due or dues[-1]) == due]


_KEY_OF_START = STARTED.kind, STARTED.name
