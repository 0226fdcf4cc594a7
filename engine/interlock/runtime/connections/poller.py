"""Reads the points of one poll job again and again and turns what comes back into readings."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from interlock.clock import Clock
from interlock.driver import Target
from interlock.durations import format_duration
from interlock.errors import (
    AuthenticationFailed,
    DriverError,
    ProtocolFault,
    RejectedError,
    TimedOut,
    Unreachable,
)
from interlock.model import Point, Quality, Reading, Value
from interlock.runtime.connections.age_limit import AgeLimit
from interlock.runtime.connections.answers import NOTHING, Answers, Confirmed
from interlock.runtime.connections.complaints import Complaints
from interlock.runtime.connections.health import Backoff
from interlock.runtime.connections.latest import Latest
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.poll_plan import PollJob
from interlock.runtime.connections.punctuality import Round
from interlock.runtime.connections.silence import Silence
from interlock.runtime.supervision import Supervisor

log = logging.getLogger("interlock.poll")

RETURN = timedelta(seconds=30)
"""All points of a connection are read again within this time of its return, or within an interval."""

_AT_ONCE = (RejectedError, AuthenticationFailed, ProtocolFault)
"""These say that the value is wrong to trust now; other failures leave the last reading good until stale."""


class WriteLog(Protocol):
    """Knows when points were last commanded."""

    def touched_since(self, point: Point, instant: datetime) -> bool:
        """Whether the point was commanded at or after the instant."""
        ...

    def is_idle_since(self, instant: datetime) -> bool:
        """Whether no point at all was commanded at or after the instant."""
        ...


class Poller:
    """One poll job at work. `tick` is called at each interval; it never waits.

    Points that do not answer in time are asked apart from the others, a few at a time and more and more
    rarely, so that dead devices cost the living ones nothing.
    """

    def __init__(
        self,
        job: PollJob,
        link: Link,
        *,
        clock: Clock,
        dice: random.Random,
        writes: WriteLog,
        latest: Latest,
        deliver: Callable[[list[Reading], Confirmed], None],
        supervisor: Supervisor,
    ) -> None:
        self._supervisor = supervisor
        self._job = job
        self._link = link
        self._targets = {target.point: target for target in job.targets}
        self._clock = clock
        self._dice = dice
        self._backoff = Backoff(job.interval, dice)
        self._silence = Silence(job.interval, dice)
        self._writes = writes
        self._latest = latest
        self._deliver = deliver
        self._learn_guarded = supervisor.guarded(self._learn, f"poll {job.connection}")
        self._complaints = Complaints(job.connection, latest)
        self._failures: dict[Point, str] = {}
        """Why a point brought no value the last time, by point."""
        self._all_fail = False
        """Whether it was said that every point fails."""
        self._age_limit = AgeLimit(job, link, clock)
        self._under_way: list[Collection[Point]] = []
        """The points of each batch that is being asked."""
        self._polls: set[asyncio.Task[object]] = set()
        self._coming: asyncio.Handle | None = None
        """What came back at once, and is about to be taken in."""
        self._probes: set[asyncio.Task[object]] = set()
        self._rounds: list[Round] = []
        """The polls under way, with when they began."""
        self._knocks = 0
        """How often a few points were asked whether the connection is there again."""
        self._resuming: asyncio.TimerHandle | None = None
        """The poll that comes soon, because the connection is there again."""

    def tick(self, due: datetime) -> None:
        """Mark what has grown stale, then ask what is not being asked, unless that has to wait."""
        now = self._clock.now()
        self.look(now)
        for poll in self._rounds:
            self._link.punctuality.look(poll)
        if not self._link.may_poll(now):
            return
        self._wait_no_more()
        targets = self._free()
        if self._link.health.is_lost and targets:
            # Silent points wait meanwhile: one knock at a time is all that a lost server is asked.
            self._knock(targets)
            return
        if targets and self._backoff.is_over(now):
            self._poll(targets, now)
        if self._silence:
            for _ in range(self._link.probes - len(self._probes)):
                self._start(self._probe(), self._probes)

    def look(self, due: datetime) -> None:
        """Mark what has grown stale, also where it is asked more rarely than the site wants."""
        limit = self._age_limit.look()
        if limit is not None:
            self._hand_over(list(self._stale(limit, self._clock.now())))

    def change(self, job: PollJob) -> None:
        """Go on with another job of the same connection and interval; what is new in it is asked at once."""
        before, self._job = self._targets, job
        self._age_limit.change(job)
        self._targets = {target.point: target for target in job.targets}
        self._silence.keep(job.targets)
        self._complaints.keep(self._targets)
        self._failures = {point: why for point, why in self._failures.items() if point in self._targets}
        new = [target for point, target in self._targets.items() if before.get(point) != target]
        now = self._clock.now()
        is_there = self._link.may_poll(now) and not self._link.health.is_lost
        if new and is_there and self._backoff.is_over(now):
            self._start(self._ask(new), self._polls)

    def resume(self) -> None:
        """Poll soon, because the connection is there again: not at once, as others return to it too.

        Where its server refused requests as too many, what is due next is soon enough.
        """
        self._wait_no_more()
        if self._link.allowance.is_refused:
            return
        wait_s = min(self._job.interval, RETURN).total_seconds() * self._dice.random()
        self._resuming = asyncio.get_running_loop().call_later(
            wait_s, self._supervisor.guarded(self._return, f"poll {self._job.connection}")
        )

    def _return(self) -> None:
        self._resuming = None
        self.tick(self._clock.now())

    def _wait_no_more(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None

    def stop(self) -> None:
        """End what is under way; nothing of it is handed over any more."""
        self._wait_no_more()
        if self._coming is not None:
            self._coming.cancel()
        for task in (*self._polls, *self._probes):
            task.cancel()

    async def close(self) -> None:
        """End what is under way, and wait for its end."""
        self.stop()
        await asyncio.gather(*self._polls, *self._probes, return_exceptions=True)

    def _free(self) -> Sequence[Target]:
        """Return what is not being asked, and is not silent: mostly everything."""
        if not (self._under_way or self._silence):
            return self._job.targets
        asked = self._asked()
        return [
            target
            for target in self._job.targets
            if target.point not in asked and target.point not in self._silence
        ]

    def _asked(self) -> Collection[Point]:
        return frozenset().union(*self._under_way)

    def _start(
        self, work: Coroutine[object, object, object], tasks: set[asyncio.Task[object]]
    ) -> asyncio.Task[object]:
        task = self._supervisor.begin(work, f"poll {self._job.connection}")
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    async def _probe(self) -> None:
        """Ask silent points until none is due: twice as many after an answer, singly after a silence."""
        count = 1
        while True:
            async with self._link.probing:
                targets = self._silence.due(self._clock.now(), count, self._asked())
                if not targets or not self._link.health.may_ask(self._clock.now()):
                    return
                began = self._clock.monotonic()
                count = 2 * count if await self._ask(targets) else 1
            # As long again belongs to what answers, also where one request at a time is all there is.
            await asyncio.sleep((self._clock.monotonic() - began).total_seconds())

    def _poll(self, targets: Sequence[Target], now: datetime) -> None:
        """Read points, in a task only where the driver has to wait: a task costs more than all the rest."""
        answers = self._link.read_at_once(targets, self._job.interval)
        if answers is None:
            self._start(self._ask_in_time(targets), self._polls)
            return
        # After all else that is due at this instant, as what had to be waited for.
        loop = asyncio.get_running_loop()
        self._coming = loop.call_soon(self._learn_guarded, self._job, targets, answers, now)

    async def _ask_in_time(self, targets: Sequence[Target]) -> None:
        """Read points, and take note whether that is done before the next poll is due."""
        poll = self._link.punctuality.begin(self._job.interval, len(targets))
        self._rounds.append(poll)
        try:
            is_answered = await self._ask(targets)
            self._link.punctuality.end(poll, is_answered=is_answered)
        finally:
            self._rounds.remove(poll)

    def _knock(self, targets: Sequence[Target]) -> None:
        """Ask a few points of a lost connection, others each time; one job at a time does that for all."""
        if not self._link.is_knocked_at:
            begin = self._knocks * self._link.probes % len(targets)
            self._knocks += 1
            # Neither of these in the task: others have their turn before it begins, and it may never begin.
            self._link.is_knocked_at = True
            task = self._start(self._ask(targets[begin : begin + self._link.probes]), self._polls)
            task.add_done_callback(self._end_knock)

    def _end_knock(self, _: object) -> None:
        self._link.is_knocked_at = False

    async def _ask(self, targets: Sequence[Target]) -> bool:
        """Read points; return whether any of them answered in time."""
        job, points = self._job, self._points_of(targets)
        asked_at = self._clock.now()
        self._under_way.append(points)
        try:
            answers = await self._link.read(targets, self._job.interval)
        finally:
            self._under_way.remove(points)
        return self._learn(job, targets, answers, asked_at)

    def _learn(self, job: PollJob, targets: Sequence[Target], answers: Answers, asked_at: datetime) -> bool:
        """Take in what was asked for a job then; return whether any of the points answered in time."""
        if job is not self._job:
            targets = [each for each in targets if self._targets.get(each.point) == each]
            answers = self._among(answers, {target.point for target in targets})
        self._take(targets, answers)
        fresh = answers
        if not self._writes.is_idle_since(asked_at):
            untouched = {point for point in answers if not self._writes.touched_since(point, asked_at)}
            fresh = self._among(answers, untouched)
        self._tell(fresh)
        return len(answers.errors) < len(answers) or not all(map(self._is_silent, answers.values()))

    def _among(self, answers: Answers, points: Collection[Point]) -> Answers:
        """Return the answers for these points alone; what the others told is forgotten."""
        found = {point: answer for point, answer in answers.items() if point in points}
        if len(found) == len(answers):
            return answers
        self._latest.miss(answers, answers.keys() - found.keys())
        return Answers(found, {point: error for point, error in answers.errors.items() if point in found})

    def _points_of(self, targets: Sequence[Target]) -> Collection[Point]:
        return self._targets.keys() if targets is self._job.targets else [each.point for each in targets]

    def _tell(self, answers: Answers) -> None:
        """Hand over what answers say, as one moment."""
        now = self._clock.now()
        news, confirmed = self._latest.take(answers, now)
        if len(answers) == len(self._job.targets) and not answers.errors:
            self._age_limit.hear_all()
        faults = self._faults(answers.errors, now) if answers.errors else ()
        self._hand_over([*faults, *news], confirmed)

    def _take(self, targets: Sequence[Target], answers: Answers) -> None:
        errors = answers.errors
        if not (errors or self._failures or self._silence):
            return
        now = self._clock.now()
        for point in answers.keys() - errors.keys():
            self._failures.pop(point, None)
        self._failures.update((point, error.message) for point, error in errors.items())
        self._note_silence(targets, answers, now)
        self._note_failures(list(errors.values()), now)

    def _note_silence(self, targets: Sequence[Target], answers: Answers, now: datetime) -> None:
        silent = [target for target in targets if self._is_silent(answers[target.point])]
        # Where nothing at all came back, one device may have held up the others: each is asked by itself.
        is_clear = len(silent) < len(targets) or len(targets) == 1
        for target in silent:
            self._silence.begin(target)
            if is_clear:
                self._silence.go_on(target.device, now)
        for target in targets:
            answer = answers[target.point]
            if not (isinstance(answer, DriverError) and (answer.whole_connection or self._is_silent(answer))):
                self._silence.end(target)

    def _is_silent(self, answer: Value | DriverError) -> bool:
        """Whether this is no answer at all. A lost connection says nothing of its single points."""
        if isinstance(answer, Unreachable):
            return not self._link.health.is_lost
        return isinstance(answer, TimedOut)

    def _note_failures(self, errors: Sequence[DriverError], now: datetime) -> None:
        if len(self._failures) < len(self._job.targets):
            self._backoff.succeed()
            self._say_that_all(None)
            return
        if not all(self._is_silent(error) for error in errors):
            asked_s = max(error.retry_after_s or 0 for error in errors)
            self._backoff.fail(now, timedelta(seconds=asked_s))
        self._say_that_all(errors[0] if len(self._failures) > 1 else None)

    def _say_that_all(self, error: DriverError | None) -> None:
        """Say once that every point fails, in place of a line for each, and once that this is over."""
        name, count = self._job.connection, len(self._job.targets)
        if error is not None and not self._all_fail and not self._link.health.is_lost:
            first = error.message.removeprefix(f"connection {name}: ")
            log.warning("connection %s: none of %d points can be read; first: %s", name, count, first)
        elif error is None and self._all_fail:
            log.info("connection %s: its points can be read again", name)
        self._all_fail = error is not None and (self._all_fail or not self._link.health.is_lost)

    def _faults(self, errors: Mapping[Point, DriverError], now: datetime) -> Iterable[Reading]:
        for point, error in errors.items():
            last = self._latest.reading(point)
            was_fault = last is not None and last.quality is Quality.FAULT
            if last is None or was_fault or isinstance(error, _AT_ONCE):
                yield Reading(
                    point=point,
                    value=None,
                    observed_at=now,
                    quality=Quality.FAULT,
                    reason=error.message,
                    since=last.at if last and was_fault else None,
                )

    def _stale(self, limit: timedelta, now: datetime) -> Iterable[Reading]:
        silence = f"connection {self._job.connection}: {self._link.silence}"
        for last in self._latest.older_than(limit, self._targets):
            reason = (
                f"no value for more than {format_duration(limit)}: {self._failures.get(last.point, silence)}"
            )
            yield replace(last, quality=Quality.STALE, reason=reason, since=now)

    def _hand_over(self, readings: list[Reading], confirmed: Confirmed = NOTHING) -> None:
        if readings:
            self._complaints.say(readings, is_said_of_all=self._all_fail or self._link.health.is_lost)
        if readings or confirmed:
            self._deliver(readings, confirmed)
