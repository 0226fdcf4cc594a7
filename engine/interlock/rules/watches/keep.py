"""Watches for what is kept: when a rule begins and ends to keep its points, and at which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from interlock.errors import InvalidValue
from interlock.expressions.expression import CONSTANTS
from interlock.expressions.turning import earliest
from interlock.model import Point, Truth, Value
from interlock.rules.actions import Assignment
from interlock.rules.keep import KEY, Keep
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Rule
from interlock.rules.state import State
from interlock.rules.watches.stopwatch import Stopwatch, counted_in, length_of

_PATIENCE = timedelta(minutes=1)
"""So long at most nothing is judged at a start, until every point that it goes by has been read."""


class KeepWatch:
    """What a rule keeps, as a level: it goes by what is true, and not by what becomes so.

    Args:
        rule: The rule.
        keep: What it keeps.
        memory: The past that it has; None for none.
        down_since: When the service was last known to run; what came after does not count for `for`.
    """

    __slots__ = (
        "_asked",
        "_computed",
        "_constant",
        "_deadline",
        "_dip",
        "_hold",
        "_is_plain",
        "_is_ready",
        "_truth_of",
        "due",
        "faults",
        "fell_after",
        "is_dark",
        "is_kept",
        "keep",
        "key",
        "rule",
        "told",
        "truth",
    )

    def __init__(
        self, rule: Rule, keep: Keep, memory: TriggerMemory | None, down_since: datetime | None
    ) -> None:
        kept = memory or TriggerMemory()
        # What is kept goes on across an edit, because `look` ends it where it must not.
        counts = kept if kept.text == _text(keep) else TriggerMemory()
        self.rule = rule
        self.keep = keep
        self.key = key_of(rule)
        self.is_kept = kept.is_active
        self.truth: Truth = None
        """Whether `while` was true when it was last looked at."""
        self.is_dark = True
        """Whether it was unknown then, or never looked at."""
        self.told: Mapping[Point, Value] | None = None
        """What is said to be kept; None where nothing is."""
        self.faults: dict[Point, str] = {}
        """Why the points do not take what was computed for them last."""
        self.fell_after: timedelta | None = None
        """How long `while` had been true, where that ended in the last look, too early; None for no end."""
        self.due: timedelta | None = None
        """The uptime at which the hold ends, as the timer was last set."""
        self._is_ready = False
        """Whether it is judged: its points have been read, or the patience with them is over."""
        self._deadline: timedelta | None = None
        self._is_plain = keep.hold == timedelta() and not keep.is_computed
        self._truth_of = keep.condition.truth if keep.condition else lambda view: True
        self._hold = Stopwatch(counted_in(counts.held, counts.since, down_since))
        self._dip = Stopwatch(counted_in(counts.dip, counts.dip_since, down_since))
        self._asked = keep.hold if isinstance(keep.hold, timedelta) else None
        self._constant = _constants(keep)
        """What is kept, where nothing of it is computed."""
        self._computed: dict[Point, Value] = _fitting(keep, kept.values) if self.is_kept else {}
        """The last values of what is computed, which stay while others are unknown."""

    @property
    def points(self) -> frozenset[Point]:
        """The points whose changes it must see."""
        return self.keep.judged | self.keep.computed

    @property
    def reads_time(self) -> bool:
        """Whether it must be looked at as time goes by; so must one that no change would ever reach."""
        return self.keep.reads_time or (self.keep.condition is not None and not self.keep.judged)

    def turns_at(self, view: State) -> datetime | None:
        """Return when time alone may change what is kept, UTC; None for never."""
        return earliest(*(each.turns_at(view) for each in self.keep.expressions))

    @property
    def is_running(self) -> bool:
        """Whether a time is counted."""
        return self._hold.since is not None or self._dip.since is not None

    @property
    def past(self) -> tuple[object, ...]:
        """Whatever `memory` depends on: to compare it, where most looks change nothing, costs less."""
        hold, dip = self._hold, self._dip
        return (self.is_kept, hold.counted, hold.since, dip.counted, dip.since, tuple(self._computed.items()))

    @property
    def memory(self) -> TriggerMemory:
        """What to remember of it."""
        return TriggerMemory(
            text=_text(self.keep),
            is_active=self.is_kept,
            held=self._hold.counted,
            since=self._hold.since,
            dip=self._dip.counted,
            dip_since=self._dip.since,
            values={str(point): value for point, value in self._computed.items()},
        )

    def paused(self, uptime: timedelta) -> TriggerMemory:
        """Return what to remember of it, with the times that are running counted until now."""
        held, dip = self._hold.total(uptime), self._dip.total(uptime)
        return replace(self.memory, held=held, since=None, dip=dip, dip_since=None)

    def due_at(self, uptime: timedelta) -> timedelta | None:
        """Return at which uptime the hold or the patience ends if nothing changes; None for neither."""
        due = self._hold.reaches(self._asked) if self._is_ready else self._deadline
        return due if due is not None and due > uptime else None

    def is_unmoved(self, view: State) -> bool:
        """Whether nothing can follow, because `while` is as it was, and `until` does not end it.

        This is the way of nearly every look; it must stay as short as it is.
        """
        if not self._is_plain or self.is_dark or self._truth_of(view) is not self.truth:
            return False
        if self.keep.until is None:
            return True
        return not self._is_ended(view) if self.is_kept else self.truth is False

    @property
    def asked(self) -> timedelta | None:
        """How long `while` must be true; None where that is unknown."""
        return self._asked

    def look(self, view: State) -> bool:
        """Take the present in; return whether it began or ended to be kept."""
        self.fell_after = None
        if not self._is_ready and not self._becomes_ready(view):
            return False
        truth = self.truth = self._truth_of(view)
        if self.is_kept:
            is_over = self._is_over(truth, view)
            self.is_kept = not is_over
            if is_over:
                self._computed.clear()
            return is_over
        self.is_kept = self._has_held(truth, view) and not self._is_ended(view)
        if self.is_kept:
            self._reset()
        return self.is_kept

    def values(self, view: State) -> Mapping[Point, Value]:
        """Return what is kept now. What is unknown, or does not fit its point, stays as it was."""
        if self._constant is not None:
            return self._constant
        return {
            each.target.point: value
            for each in self.keep.assignments
            if (value := self._value(each, view)) is not None
        }

    def _value(self, assignment: Assignment, view: State) -> Value | None:
        point, given = assignment.target.point, assignment.value
        if isinstance(given, CONSTANTS):
            return given
        found = given.evaluate(view).value
        if found is not None:
            try:
                checked = assignment.target.capability.check(found)
            except InvalidValue as error:
                self.faults[point] = f"{point}: {error}"
            else:
                self.faults.pop(point, None)
                if checked is not None:
                    self._computed[point] = checked
        return self._computed.get(point)

    def _becomes_ready(self, view: State) -> bool:
        """Whether it is judged from now on: what a start has not read yet must not count as unavailable."""
        if self._deadline is None:
            self._deadline = view.uptime + _PATIENCE
        is_late = view.uptime >= self._deadline
        self._is_ready = is_late or all(map(view.reading, self.keep.judged))
        return self._is_ready

    def _is_over(self, truth: Truth, view: State) -> bool:
        if truth is None and self.keep.releases_unknown:
            return True
        return truth is False if self.keep.until is None else self._is_ended(view)

    def _is_ended(self, view: State) -> bool:
        until = self.keep.until
        return until is not None and until.truth(view) is True

    def _has_held(self, truth: Truth, view: State) -> bool:
        if truth is None:
            self._hold.pause(view.uptime)
            self._dip.pause(view.uptime)
            return False
        if not truth:
            self._fall(view)
            return False
        if self.keep.dip and self._dip.total(view.uptime) >= self.keep.dip:
            self._break(view)
        self._dip.reset()
        self._hold.run(view)
        self._asked = length_of(self.keep.hold, view)
        return self._asked is not None and self._hold.total(view.uptime) >= self._asked

    def _fall(self, view: State) -> None:
        if self.keep.dip and self._hold.total(view.uptime):
            self._hold.pause(view.uptime)
            self._dip.run(view)
        else:
            self._break(view)
            self._reset()

    def _break(self, view: State) -> None:
        held = self._hold.total(view.uptime)
        if held and (self._asked is None or held < self._asked):
            self.fell_after = held
        self._hold.reset()

    def _reset(self) -> None:
        self._hold.reset()
        self._dip.reset()


def key_of(rule: Rule) -> str:
    """Return the key under which the past of what a rule keeps stands."""
    return f"{rule.id}/{KEY}"


def _text(keep: Keep) -> str:
    """Return what a hold is about: it is no trigger's expression."""
    return f"while {keep.text_of_condition}"


def _constants(keep: Keep) -> Mapping[Point, Value] | None:
    """Return the values of a rule that computes none of them; None of one that does."""
    given = {each.target.point: each.value for each in keep.assignments if each.value is not None}
    constants = {point: value for point, value in given.items() if isinstance(value, CONSTANTS)}
    return constants if len(constants) == len(given) else None


def _fitting(keep: Keep, values: Mapping[str, Value]) -> dict[Point, Value]:
    """Return the values that a run before computed, as far as the points take them."""
    found = {}
    for each in keep.assignments:
        point = each.target.point
        try:
            checked = each.target.capability.check(values.get(point))
        except InvalidValue:
            continue
        if not isinstance(each.value, CONSTANTS) and checked is not None:
            found[point] = checked
    return found
