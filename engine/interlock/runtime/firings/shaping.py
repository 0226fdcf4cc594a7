"""Actions that shape a value over time: ramps, pulses, duty cycles; and the check that a value has come."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from interlock.capabilities import Capability, ValueType
from interlock.durations import format_duration
from interlock.model import DEFAULT_PRIORITY, Value, format_value
from interlock.rules.actions import Assignment, DutyAction, PulseAction, RampAction, VerifyAction
from interlock.runtime.firings.computing import duration_of, number_of, point_value
from interlock.runtime.firings.run import Place, Run, StepFailed, Suspended
from interlock.runtime.firings.spans import Span, Spans
from interlock.runtime.firings.stage import Stage
from interlock.runtime.firings.waits import Fact
from interlock.runtime.firings.writer import Writer, fitting

_SECOND = timedelta(seconds=1)
_STEPS = 100
_SHORT = timedelta(seconds=10)
"""A pulse that ends so soon is finished before the service ends."""


@dataclass(frozen=True, slots=True)
class _Ramp:
    span: Span
    every: timedelta
    starts: Sequence[float]
    goals: Sequence[float]

    def values(self, share: float) -> Sequence[float]:
        return [start + (goal - start) * share for start, goal in zip(self.starts, self.goals, strict=True)]


class Shaping:
    """Shapes what one firing writes."""

    def __init__(self, run: Run, stage: Stage) -> None:
        self._run = run
        self._stage = stage
        self._spans = Spans(run.progress, stage.clock)
        self._writer = Writer(run, stage)

    async def ramp(self, action: RampAction, place: Place) -> None:
        """Move points to their values in even steps, as the time since the beginning says."""
        ramp = self._known_ramp(place)
        sent: list[Value | None] = [None] * len(action.assignments)
        if ramp is None:
            # Where a ramp begins the points are already; where it goes on, who knows.
            ramp = self._begin_ramp(action, place)
            sent = self._steps(action, ramp.starts)
        while True:
            span, clock = ramp.span, self._stage.clock
            share = span.passed(clock) / span.lasts if span.lasts else 1.0
            sent = self._ramp_step(action, ramp.values(share), sent, place)
            if share >= 1:
                return
            await self._stage.waits.sleep(min(ramp.every, span.rest(clock)))

    def _known_ramp(self, place: Place) -> _Ramp | None:
        progress = self._run.progress
        span = self._spans.get(place.path)
        match [span, *(progress.get(place.path, key) for key in ("every", "starts", "goals"))]:
            case [Span(), timedelta() as every, tuple(starts), tuple(goals)] if span:
                return _Ramp(span, every, _floats(starts), _floats(goals))
            case _:
                return None

    def _begin_ramp(self, action: RampAction, place: Place) -> _Ramp:
        view, progress = self._stage.view(self._run, place.names), self._run.progress
        over = duration_of(action.over, view)
        every = over / _STEPS if action.every is None else duration_of(action.every, view)
        every = max(every, _SECOND)
        starts = tuple(self._present(each) for each in action.assignments)
        goals = tuple(_number(point_value(each, view), each) for each in action.assignments)
        ramp = _Ramp(self._spans.begin(place.path, over), every, starts, goals)
        progress.put(place.path, every=every, starts=starts, goals=goals)
        self._trace(action.text, f"over {format_duration(over)}")
        self._stage.keep(self._run)
        return ramp

    def _present(self, assignment: Assignment) -> float:
        point, state = assignment.target.point, self._stage.state
        reading, value = state.reading(point), state.values.get(point)
        sent = None if reading is None else self._stage.dispatcher.sent_since(reading)
        # What was sent just now is where the point is going, whatever the last poll has shown.
        value = value if sent is None else sent
        if value is None:
            raise StepFailed(f"{point} is unknown: a ramp needs to know where it begins")
        return _number(value, assignment)

    def _ramp_step(
        self, action: RampAction, values: Sequence[float], sent: Sequence[Value | None], place: Place
    ) -> list[Value | None]:
        wanted = self._steps(action, values)
        commands = [
            self._writer.command(each, value, {}, DEFAULT_PRIORITY)
            for each, value, before in zip(action.assignments, wanted, sent, strict=True)
            if value != before
        ]
        self._writer.submit(commands, action.text, place)
        return wanted

    def _steps(self, action: RampAction, values: Sequence[float]) -> list[Value | None]:
        return [
            fitting(each, _rounded(value, each.target.capability))
            for each, value in zip(action.assignments, values, strict=True)
        ]

    async def pulse(self, action: PulseAction, place: Place) -> None:
        """Write values, and after a time other ones; also where the firing is cancelled meanwhile.

        While the service does not run they are the other ones; afterwards the pulse has what is left of it.
        """
        span = self._spans.get(place.path)
        try:
            if span is None:
                hold = duration_of(action.hold, self._stage.view(self._run, place.names))
                span = self._spans.begin(place.path, hold)
                self._stage.keep(self._run)
                await self._switch_on(action, place)
            elif span.rest(self._stage.clock) and self._may_switch_on(action, place):
                await self._switch_on(action, place)
            await self._stay(span)
        except Suspended:
            await self._writer.write(action.then, place)
            self._run.progress.put(place.path, is_on=False)
            raise
        except asyncio.CancelledError:
            self._writer.send(action.then, place)
            raise
        await self._writer.write(action.then, place)

    async def _switch_on(self, action: PulseAction, place: Place) -> None:
        await self._writer.write(action.first, place)
        self._run.progress.put(place.path, is_on=True)
        self._stage.keep(self._run)

    def _may_switch_on(self, action: PulseAction, place: Place) -> bool:
        """Whether a pulse that is half over is off, and what switches it on may come twice."""
        is_on = self._run.progress.get(place.path, "is_on") is True
        return not is_on and all(_is_repeatable(each.target.capability) for each in action.first.assignments)

    async def _stay(self, span: Span) -> None:
        try:
            await self._stage.waits.sleep(span.rest(self._stage.clock))
        except Suspended:
            rest = span.rest(self._stage.clock)
            if rest > _SHORT:
                raise
            await asyncio.sleep(rest.total_seconds())

    async def duty(self, action: DutyAction, place: Place) -> None:
        """Switch on for a share of each period; off in the end, however that came, or the service ends."""
        try:
            while self._duty_left(action, place):
                await self._period(action, place)
        except Suspended:
            await self._writer.write(action.off, place)
            raise
        except (StepFailed, asyncio.CancelledError):
            self._writer.send(action.off, place)
            raise
        await self._writer.write(action.off, place)

    async def _period(self, action: DutyAction, place: Place) -> None:
        """Do one period, or the rest of it."""
        clock = self._stage.clock
        span = self._spans.get(place.path)
        if span is None or not span.rest(clock):
            view = self._stage.view(self._run, place.names)
            span = self._spans.begin(place.path, max(duration_of(action.period, view), _SECOND))
            self._stage.keep(self._run)
        on_for = span.lasts * min(max(self._share(action, place), 0.0), 1.0)
        for until, write in ((on_for, action.on), (span.lasts, action.off)):
            if until > span.passed(clock):
                await self._writer.write(write, place)
                rest = until - span.passed(clock)
                await self._stage.waits.sleep(min(rest, self._duty_left(action, place)))

    def _duty_left(self, action: DutyAction, place: Place) -> timedelta:
        """Return how long a duty may last from now on."""
        if action.hold is None:
            return timedelta.max
        clock, path = self._stage.clock, f"{place.path}/for"
        span = self._spans.get(path)
        if span is None:
            view = self._stage.view(self._run, place.names)
            span = self._spans.begin(path, duration_of(action.hold, view))
        return span.rest(clock)

    def _share(self, action: DutyAction, place: Place) -> float:
        return number_of(action.share, self._stage.view(self._run, place.names), "the share")

    async def verify(self, action: VerifyAction, place: Place) -> str:
        """Wait for points to have their values; return what is missing in the end, empty where nothing is."""
        attempt = self._run.progress.get(place.path, "attempt")
        view = self._stage.view(self._run, place.names)
        within, missing = duration_of(action.within, view), ""
        for number in range(attempt if isinstance(attempt, int) else 0, action.retries + 1):
            self._run.progress.put(place.path, attempt=number)
            self._stage.keep(self._run)
            if number:
                await self._again(action, place)
            missing = await self._come(action, within, place)
            if not missing:
                self._trace(action.text, "it has come")
                return ""
            self._trace(action.text, missing)
        return missing

    async def _again(self, action: VerifyAction, place: Place) -> None:
        """Send once more what may be repeated and is not there."""
        able = [each for each in action.assignments if _is_repeatable(each.target.capability)]
        view = self._stage.view(self._run, place.names)
        commands = [
            self._writer.command(each, point_value(each, view), {}, DEFAULT_PRIORITY)
            for each in able
            if self._missing(each, place)
        ]
        await self._writer.wait(self._writer.submit(commands, action.text, place))

    async def _come(self, action: VerifyAction, within: timedelta, place: Place) -> str:
        """Return which points have not come to their values in time."""
        points = frozenset(each.target.point for each in action.assignments)

        def missing() -> str:
            return ", ".join(filter(None, (self._missing(each, place) for each in action.assignments)))

        await self._stage.waits.until(Fact(lambda: not missing(), points), within)
        return missing()

    def _missing(self, assignment: Assignment, place: Place) -> str:
        """Return how a point differs from its value; empty where it does not."""
        target, state, dispatcher = assignment.target, self._stage.state, self._stage.dispatcher
        wanted = point_value(assignment, self._stage.view(self._run, place.names))
        value, reading = state.values.get(target.point), state.reading(target.point)
        if value is None or reading is None:
            return f"{target.point} is unknown"
        if not dispatcher.is_settled(reading):
            return f"{target.point} was not read since"
        if _is_equal(value, wanted, target.capability) or (
            wanted is not None and dispatcher.settlements.is_rounding(target.point, wanted, value)
        ):
            return ""
        return f"{target.point} is {format_value(value)}, not {format_value(wanted)}"

    def _trace(self, text: str, note: str) -> None:
        self._stage.trace(self._run, text, note)


def _is_repeatable(capability: Capability) -> bool:
    return capability.writable and capability.idempotent and not capability.is_trigger


def _is_equal(value: Value, wanted: Value | None, capability: Capability) -> bool:
    """Whether a device has what it was told; numbers may be rounded on the way, as DPT 9 does."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return math.isclose(value, wanted, rel_tol=1e-3, abs_tol=(capability.step or 0.02) / 2)
    return value == wanted


def _number(value: Value | None, assignment: Assignment) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StepFailed(f"{assignment.target.point} holds no number")
    return float(value)


def _floats(values: Sequence[object]) -> Sequence[float]:
    return [float(each) for each in values if isinstance(each, int | float)]


def _rounded(value: float, capability: Capability) -> float:
    step = capability.step or (1.0 if capability.type is ValueType.INTEGER else 0.01)
    origin = capability.minimum or 0.0
    return round(origin + round((value - origin) / step) * step, 6)
