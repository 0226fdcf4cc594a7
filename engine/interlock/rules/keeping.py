"""What rules keep: which of them look at a change, and what follows from it."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

from interlock.model import Point, Truth
from interlock.rules.deciding import Decider
from interlock.rules.keep import KEY
from interlock.rules.memory import TriggerMemory
from interlock.rules.moment import Moment, Timer
from interlock.rules.reasons import broken_hold, seen
from interlock.rules.rule import Cause, Decision, Keeping, Rule, Verdict
from interlock.rules.state import Changed, State
from interlock.rules.turns import Turns
from interlock.rules.watches.keep import KeepWatch, key_of

log = logging.getLogger("interlock.rule")


class Keeps:
    """The rules that keep and are in use, indexed by the points that they read.

    Args:
        rules: Those in use; what keeps nothing is left out.
        memory: What the journal kept, or the evaluator before.
        down_since: When the service was last known to run.
        decider: Tells of expressions that fail.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        memory: Mapping[str, TriggerMemory],
        down_since: datetime | None,
        decider: Decider,
    ) -> None:
        self._decider = decider
        self._watches: dict[str, KeepWatch] = {}
        """By the key of their timers and their past."""
        self._by_point: defaultdict[Point, list[KeepWatch]] = defaultdict(list)
        for rule in rules:
            if rule.keep:
                self._add(KeepWatch(rule, rule.keep, memory.get(key_of(rule)), down_since))
        self._turns = Turns(watch for watch in self._watches.values() if watch.reads_time)
        self.forgotten = {
            key: TriggerMemory()
            for key, each in memory.items()
            if key.endswith(KEY) and key not in self._watches and each != TriggerMemory()
        }
        """The past of rules that keep nothing any more: when they do again, they begin anew."""

    def __bool__(self) -> bool:
        return bool(self._watches)

    def _add(self, watch: KeepWatch) -> None:
        self._watches[watch.key] = watch
        for point in watch.points:
            self._by_point[point].append(watch)

    @property
    def next_turn(self) -> datetime | None:
        """When time alone may change what is kept; None for never."""
        return self._turns.next

    def mind_clock(self) -> None:
        """Look soon at those that read the time."""
        self._turns.forget()

    def begin(self, view: State, moment: Moment) -> None:
        """Look at all of them: at a start, and where another evaluator worked before."""
        self._look(self._watches.values(), view, moment)

    def look_again(self, view: State, moment: Moment) -> None:
        """Look at those that time alone may have changed by now."""
        self._look(self._turns.pop(view.now), view, moment)

    def end_timer(self, key: str, view: State, moment: Moment) -> None:
        """Take in that the time of one is over, if the key is one's."""
        watch = self._watches.get(key)
        if watch:
            watch.due = None
            self._look([watch], view, moment)

    def take(self, changed: Changed, view: State, moment: Moment) -> None:
        """Look at what changes of one moment concern, each rule once."""
        concerned = self._by_point.get
        watches = [watch for point in changed for watch in concerned(point, ())]
        if watches:
            # Each once, also where it reads several points.
            self._look(dict.fromkeys(watches), view, moment)

    def running(self, uptime: timedelta) -> dict[str, TriggerMemory]:
        """Return the past of those that count a time, with what was counted until now."""
        return {key: each.paused(uptime) for key, each in self._watches.items() if each.is_running}

    def _look(self, watches: Collection[KeepWatch], view: State, moment: Moment) -> None:
        for watch in self._decider.stirred(watches, view):
            cause, take = partial(Cause, watch.keep.text), partial(self._take, watch, view, moment)
            fault = self._decider.attempt(watch, cause, view, take)
            if fault:
                moment.decisions.append(fault)
        if self._turns:
            for watch in watches:
                if watch in self._turns:
                    self._turns.set(watch, watch.turns_at(view))

    def _take(self, watch: KeepWatch, view: State, moment: Moment) -> None:
        before = watch.past
        try:
            is_turned = watch.look(view)
            _note_dark(watch, view, moment)
            if watch.fell_after is not None:
                moment.decisions.append(_fallen(watch, watch.fell_after, view))
            self._tell(watch, view, moment, is_turned=is_turned)
        finally:
            _note(watch, before, view, moment)

    def _tell(self, watch: KeepWatch, view: State, moment: Moment, *, is_turned: bool) -> None:
        """Note what is kept, where that is other than what was told."""
        known = tuple(watch.faults)
        values = watch.values(view) if watch.is_kept else None
        if is_turned or values != watch.told:
            decision = _turned(watch, view) if is_turned else None
            moment.keeps.append(Keeping(rule=watch.rule, values=values, decision=decision))
        watch.told = values
        for point, fault in watch.faults.items():
            if point not in known:
                log.warning("rule %s: %s; it stays as it was", watch.rule.id, fault)
                moment.decisions.append(_unfit(watch, view, fault))


def _note(watch: KeepWatch, before: tuple[object, ...], view: State, moment: Moment) -> None:
    due = watch.due_at(view.uptime)
    if watch.past != before:
        moment.memory[watch.key] = watch.memory
    if due != watch.due:
        watch.due = due
        moment.timers.append(Timer(watch.key, due))


def _note_dark(watch: KeepWatch, view: State, moment: Moment) -> None:
    """Note a near miss where it went unknown whether something is to be kept."""
    if watch.truth is None and not watch.is_dark:
        text = watch.keep.text_of_condition
        unknown = _decision(watch, view, Cause("while"), Verdict.CONDITION_UNKNOWN, condition=text)
        moment.decisions.append(unknown)
    watch.is_dark = watch.truth is None


def _turned(watch: KeepWatch, view: State) -> Decision:
    """Return why a rule begins or ends to keep."""
    keep, cause, text = watch.keep, Cause("while"), watch.keep.text_of_condition
    if watch.is_kept:
        cause = cause if keep.condition else Cause("always")
        return _decision(watch, view, cause, Verdict.KEPT, condition=text, truth=True)
    if keep.until is not None and keep.until.truth(view):
        return _decision(watch, view, Cause("until"), Verdict.LET_GO, condition=keep.until.text, truth=True)
    return _decision(watch, view, cause, Verdict.LET_GO, condition=text, truth=watch.truth)


def _fallen(watch: KeepWatch, held: timedelta, view: State) -> Decision:
    note = broken_hold(held, watch.asked)
    text = watch.keep.text_of_condition
    return _decision(watch, view, Cause("while"), Verdict.HOLD_BROKEN, condition=text, truth=False, note=note)


def _unfit(watch: KeepWatch, view: State, fault: str) -> Decision:
    return _decision(watch, view, Cause(watch.keep.text), Verdict.BROKEN, note=fault)


def _decision(
    watch: KeepWatch,
    view: State,
    cause: Cause,
    verdict: Verdict,
    *,
    condition: str = "",
    truth: Truth = None,
    note: str = "",
) -> Decision:
    return Decision(
        rule=watch.rule,
        at=view.now,
        cause=cause,
        verdict=verdict,
        condition=condition,
        truth=truth,
        seen=seen(watch.points, view),
        note=note,
    )
