"""Performs the actions of one firing, step by step, and can go on where an earlier performer was suspended.

Each action notes in the run's `Progress` what it must still know: which step is next, which branch was
taken, when a delay is due. A performer that is given such notes walks down to the same place.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from interlock.durations import format_duration
from interlock.expressions.expression import Expression
from interlock.model import Scalar, Truth, Value, format_value
from interlock.rules.actions import (
    Action,
    ChooseAction,
    DelayAction,
    DutyAction,
    GuardedAction,
    HttpAction,
    Loop,
    NotifyAction,
    ParallelAction,
    PulseAction,
    RampAction,
    RepeatAction,
    SequenceAction,
    VerifyAction,
    WaitAction,
    WriteAction,
)
from interlock.runtime.firings.computing import duration_of, value_of
from interlock.runtime.firings.effects import Effects
from interlock.runtime.firings.run import Place, Run, StepFailed, Suspended
from interlock.runtime.firings.shaping import Shaping
from interlock.runtime.firings.spans import Spans
from interlock.runtime.firings.stage import Stage
from interlock.runtime.firings.waits import Hold
from interlock.runtime.firings.writer import may_repeat, refused

COME, LATE = "come", "late"
"""How the paths end by which it is told that what was waited for came, or not in time."""
_MOST_ROUNDS = 10_000
"""A loop that has come round so often, faster than once a second, is a mistake; it is broken off."""


class Performer:
    """Performs one run."""

    def __init__(self, run: Run, stage: Stage) -> None:
        self._run = run
        self._stage = stage
        self._spans = Spans(run.progress, stage.clock)
        self._effects = Effects(run, stage)
        self._shaping = Shaping(run, stage)

    async def perform(self, actions: Sequence[Action]) -> None:
        """Perform actions from where the run's progress is.

        Raises:
            Suspended: the service ends; the progress says where to go on.
            Ended: ``stop`` was reached.
            StepFailed: a step could not be done, or ``fail`` was reached.
        """
        await self._all(actions, Place(self._run.receipts))

    async def _all(self, actions: Sequence[Action], place: Place) -> None:
        progress = self._run.progress
        self._stage.notice_way(self._run, place.path)
        for number in range(_count(progress.get(place.path, "next")), len(actions)):
            self._stage.waits.check()
            action = actions[number]
            progress.put(place.path, next=number if _may_repeat(action) else number + 1)
            await self._secure(action)
            await self._do(action, place.step(number))
            progress.drop(f"{place.path}/{number}")
            progress.put(place.path, next=number + 1)

    async def _secure(self, action: Action) -> None:
        """Let the journal know where the run is before something is done that others notice."""
        if isinstance(action, WriteAction) or Effects.is_once_only(action):
            self._stage.keep(self._run)
        if isinstance(action, NotifyAction | HttpAction):
            # A dispatcher waits for the journal by itself; these leave the house without one.
            await self._stage.journal.commit()

    async def _do(self, action: Action, place: Place) -> None:
        match action:
            case DelayAction():
                await self._delay(action, place)
            case WaitAction():
                await self._wait(action, place)
            case ChooseAction():
                await self._choose(action, place)
            case RepeatAction():
                await self._repeat(action, place)
            case SequenceAction():
                await self._all(action.actions, place)
            case ParallelAction():
                await self._parallel(action, place)
            case GuardedAction():
                await self._guarded(action, place)
            case VerifyAction():
                await self._verify(action, place)
            case RampAction():
                await self._shaping.ramp(action, place)
            case PulseAction():
                await self._shaping.pulse(action, place)
            case DutyAction():
                await self._shaping.duty(action, place)
            case _:
                await self._effects.do(action, place)

    async def _delay(self, action: DelayAction, place: Place) -> None:
        clock = self._stage.clock
        span = self._spans.get(place.path)
        if span is None:
            duration = self._drawn(action, place)
            span = self._spans.begin(place.path, duration)
            self._trace(action, f"waiting {format_duration(duration)}")
            self._stage.keep(self._run)
        await self._stage.waits.sleep(span.rest(clock))

    def _drawn(self, action: DelayAction, place: Place) -> timedelta:
        view = self._stage.view(self._run, place.names)
        least = duration_of(action.duration, view)
        if action.most is None:
            return least
        return least + (duration_of(action.most, view) - least) * self._stage.dice.random()

    async def _wait(self, action: WaitAction, place: Place) -> None:
        hold = self._hold(action, place)
        try:
            is_met = await self._stage.waits.until(hold, self._time_left(action, place))
        except Suspended:
            hold.stop(self._stage.clock.monotonic())
            raise
        self._trace(action, "it holds" if is_met else "it did not come in time")
        self._run.note("wait", completed=is_met)
        self._stage.notice_way(self._run, f"{place.path}/{COME if is_met else LATE}")
        if not is_met and not action.goes_on:
            raise StepFailed(f"'{action.condition.text}' did not come in time")

    def _hold(self, action: WaitAction, place: Place) -> Hold:
        """Return what is waited for; the time for which it held before a restart counts."""
        stage, progress = self._stage, self._run.progress
        duration = duration_of(action.hold, stage.view(self._run, place.names))

        def note(rest: timedelta, is_counting: bool) -> None:
            if duration:
                progress.put(place.path, rest=rest, since=stage.clock.now() if is_counting else False)
                stage.keep(self._run)

        rest = self._rest_of_hold(duration, place)
        return Hold(
            action.condition, lambda: stage.view(self._run, place.names), duration, rest=rest, note=note
        )

    def _rest_of_hold(self, duration: timedelta, place: Place) -> timedelta:
        """Return how much longer something has to hold; the time without a service counts for nothing."""
        progress, last_seen = self._run.progress, self._stage.journal.last_seen
        rest, since = progress.get(place.path, "rest"), progress.get(place.path, "since")
        if not isinstance(rest, timedelta):
            return duration
        if isinstance(since, datetime) and last_seen is not None:
            rest -= max(last_seen - since, timedelta())
        return min(rest, duration)

    def _time_left(self, action: WaitAction, place: Place) -> timedelta | None:
        """Return how long a wait may last from now on; None without end. Where it begins, this says so."""
        clock = self._stage.clock
        span = self._spans.get(place.path)
        if span is None:
            if action.timeout is not None:
                timeout = duration_of(action.timeout, self._stage.view(self._run, place.names))
                span = self._spans.begin(place.path, timeout)
            self._trace(action, "waiting")
            self._stage.keep(self._run)
        return span.rest(clock) if span else None

    async def _choose(self, action: ChooseAction, place: Place) -> None:
        chosen = self._run.progress.get(place.path, "branch")
        if chosen is None:
            chosen = self._choice(action, place)
            if chosen is None:
                return
            self._run.progress.put(place.path, branch=chosen)
        number = _count(chosen)
        actions = action.branches[number].actions if number < len(action.branches) else action.otherwise
        await self._all(actions, place.step(number))

    def _choice(self, action: ChooseAction, place: Place) -> int | None:
        """Return the number of the branch to take, one more than there are for the default; None for none."""
        view = self._stage.view(self._run, place.names)
        for number, branch in enumerate(action.branches):
            truth = branch.condition.truth(view)
            if truth is None:
                reason = branch.condition.evaluate(view).reason
                none = "neither branch" if len(action.branches) == 1 else "no branch is taken"
                self._trace(action, f"unknown, {none}: {reason}")
                return None
            if truth:
                self._trace(
                    action, "true" if len(action.branches) == 1 else f"{branch.condition.text} is true"
                )
                return number
        self._trace(action, "false" if len(action.branches) == 1 else "no branch is true")
        return len(action.branches)

    async def _repeat(self, action: RepeatAction, place: Place) -> None:
        items, progress = self._items(action, place), self._run.progress
        begun = _count(progress.get(place.path, "round"))
        since = self._stage.clock.monotonic()
        for number in itertools.count(begun):
            self._stage.waits.check()
            item = {"item": items[number]} if items and number < len(items) else {}
            inside = place.step(number, {"repeat": {"index": number + 1, **item}})
            if not self._goes_round(action, number, items, inside):
                return
            if (number - begun) % _MOST_ROUNDS == 0:
                since = self._checked_pace(number - begun, since)
            progress.put(place.path, round=number)
            await self._all(action.actions, inside)
            if action.loop is Loop.UNTIL and self._truth(action.by, inside) is not False:
                return
            # In one go: what runs beside this may be about to write down where the run is.
            progress.put(place.path, round=number + 1)
            progress.drop(inside.path)
            await asyncio.sleep(0)

    def _checked_pace(self, rounds: int, since: timedelta) -> timedelta:
        """Return the present, from which the next rounds are counted."""
        now = self._stage.clock.monotonic()
        if rounds and (now - since).total_seconds() < _MOST_ROUNDS:
            raise StepFailed(f"the loop came round {_MOST_ROUNDS} times without an end")
        return now

    def _goes_round(
        self, action: RepeatAction, number: int, items: Sequence[Value] | None, inside: Place
    ) -> bool:
        if action.loop is Loop.WHILE:
            return bool(self._truth(action.by, inside))
        return items is None or number < len(items)

    def _items(self, action: RepeatAction, place: Place) -> Sequence[Scalar] | None:
        """Return what a loop goes through, computed once at its beginning; None where a condition ends it."""
        if action.loop not in (Loop.COUNT, Loop.EACH):
            return None
        value = self._run.progress.get(place.path, "by")
        if value is None:
            value = value_of(action.by, self._stage.view(self._run, place.names), f"'{action.loop.value}'")
            self._run.progress.put(place.path, by=value)
        return _counted(value) if action.loop is Loop.COUNT else _listed(value)

    def _truth(self, condition: Value | Expression, place: Place) -> Truth:
        view = self._stage.view(self._run, place.names)
        return condition.truth(view) if isinstance(condition, Expression) else None

    async def _parallel(self, action: ParallelAction, place: Place) -> None:
        tasks = [
            asyncio.create_task(self._side(each, place.step(number)))
            for number, each in enumerate(action.actions)
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            errors = [error for task in tasks if task.done() and (error := task.exception())]
            if errors and all(isinstance(error, Suspended) for error in errors):
                # Nobody is cut off in the middle: the others stop at their own next step.
                await asyncio.wait(tasks)
            if errors:
                raise errors[0]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _side(self, action: Action, place: Place) -> None:
        if self._run.progress.get(place.path, "is_done"):
            return
        await self._all((action,), place)
        self._run.progress.drop(place.path)
        self._run.progress.put(place.path, is_done=True)

    async def _guarded(self, action: GuardedAction, place: Place) -> None:
        watched = place.watched()
        failure = self._run.progress.get(place.path, "failure")
        if failure is None:
            failure = await self._failure_of(action, watched)
            self._run.receipts.extend(watched.receipts)
        if not failure:
            return
        self._run.progress.put(place.path, failure=failure)
        if action.stops:
            raise StepFailed(str(failure))
        self._trace(action.action, f"failed: {failure}")
        self._run.note("error", message=str(failure))
        await self._all(action.actions, place.step("error"))

    async def _failure_of(self, action: GuardedAction, place: Place) -> str:
        """Perform an action and wait for its receipts; return what went wrong, empty where nothing did."""
        try:
            await self._all((action.action,), place.step("try"))
        except StepFailed as error:
            return str(error)
        return refused(await asyncio.gather(*place.receipts))

    async def _verify(self, action: VerifyAction, place: Place) -> None:
        if why := self._stage.why_unsent(self._run):
            # What was not sent cannot come; what its absence leads to would not happen in earnest.
            self._trace(action, f"not verified: {why}")
            return
        if self._run.progress.get(place.path, "failure") is None:
            missing = await self._shaping.verify(action, place)
            if not missing:
                return
            self._run.progress.put(place.path, failure=missing)
        if action.otherwise is None:
            raise StepFailed(str(self._run.progress.get(place.path, "failure")))
        await self._all(action.otherwise, place.step("else"))

    def _trace(self, action: Action, note: str) -> None:
        self._stage.trace(self._run, action.text, note)


def _may_repeat(action: Action) -> bool:
    """Whether an action that may have been done already is done again after a restart."""
    return may_repeat(action) if isinstance(action, WriteAction) else not Effects.is_once_only(action)


def _count(value: Value | None) -> int:
    return value if isinstance(value, int) else 0


def _counted(value: Value) -> Sequence[int]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, int | float) or not is_number or value < 0 or value % 1:
        raise StepFailed(f"'count' is no whole number from 0 on, but {format_value(value)}")
    return range(1, int(value) + 1)


def _listed(value: Value) -> tuple[Scalar, ...]:
    if not isinstance(value, tuple):
        raise StepFailed(f"'for_each' is no list but '{value}'")
    return value
