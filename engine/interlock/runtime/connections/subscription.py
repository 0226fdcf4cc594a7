"""A connection whose driver is told of changes: subscribed to, read once, and again after each loss."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from interlock.clock import Clock
from interlock.driver import Target
from interlock.durations import format_duration
from interlock.errors import DriverError, RejectedError
from interlock.model import Event, Point, Quality, Reading, Value
from interlock.runtime.connections.health import Backoff
from interlock.runtime.connections.inlet import Inlet
from interlock.runtime.connections.latest import Latest
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.poll_plan import PushJob
from interlock.runtime.connections.poller import RETURN, WriteLog
from interlock.runtime.supervision import Supervisor

log = logging.getLogger("interlock.poll")


class News:
    """Knows when points were last commanded, or last told of: an older poll says nothing about them."""

    def __init__(self, writes: WriteLog, clock: Clock) -> None:
        self._writes = writes
        self._clock = clock
        self._told: dict[Point, datetime] = {}
        self._last_told: datetime | None = None

    def tell(self, points: Iterable[Point]) -> None:
        """Take note that a driver told of these points now."""
        self._last_told = self._clock.now()
        self._told.update(dict.fromkeys(points, self._last_told))

    def touched_since(self, point: Point, instant: datetime) -> bool:
        """Whether the point was commanded or told of at or after the instant."""
        told = self._told.get(point)
        is_told = told is not None and instant <= told <= self._clock.now()
        return is_told or self._writes.touched_since(point, instant)

    def is_idle_since(self, instant: datetime) -> bool:
        """Whether no point at all was commanded or told of at or after the instant."""
        is_quiet = self._last_told is None or self._last_told < instant
        return is_quiet and self._writes.is_idle_since(instant)


class Subscription:
    """One connection's driver as a source of news.

    Args:
        job: What it is told to listen for, and which points are read once.
        link: The connection.
        clock: Wall or virtual time.
        dice: Of the pauses between attempts.
        latest: What was last heard of each point.
        news: Learns what is told.
        deliver: Takes the readings of one moment.
        happen: Takes an event, in order with the readings.
        supervisor: Ends the run where a defect keeps it from hearing anything.
    """

    def __init__(
        self,
        job: PushJob,
        link: Link,
        *,
        clock: Clock,
        dice: random.Random,
        latest: Latest,
        news: News,
        deliver: Callable[[list[Reading]], None],
        happen: Callable[[Event], None],
        supervisor: Supervisor,
    ) -> None:
        self._supervisor = supervisor
        self._job = job
        self._link = link
        self._clock = clock
        self._dice = dice
        self._latest = latest
        self._news = news
        self._deliver = deliver
        self._happen = happen
        self._inlet = Inlet(link.seam, job.wanted, clock=clock, listener=self)
        self._unanswered: set[Point] = set()
        self._round = 0
        """Counts how often everything was to be read: an answer from before the last time does not count."""
        self._has_complained = False
        self._wake = asyncio.Event()
        self._is_lost = False
        self._tasks: list[asyncio.Task[None]] = []
        self._staling: asyncio.Task[None] | None = None
        self._returning: asyncio.TimerHandle | None = None
        """When all is read, after the connection returned."""

    def start(self) -> None:
        """Begin to subscribe; what is read once is read as soon as that worked, or failed."""
        name = f"subscription {self._job.connection}"
        self._tasks = [self._supervisor.begin(work, name) for work in (self._subscribe(), self._read())]

    def change(self, job: PushJob) -> None:
        """Go on with another job of the same connection; what is new in it is read once."""
        before, self._job = self._job, job
        self._inlet.listen_to(job.wanted)
        new = {target.point for target in job.once if target not in before.once}
        self._unanswered = {target.point for target in job.once if target.point in self._unanswered | new}
        if new:
            self._wake.set()
        if job.targets != before.targets and self._tasks[0].done():
            name = f"subscription {job.connection}"
            self._tasks[0] = self._supervisor.begin(self._subscribe_again(), name)

    def stop(self) -> None:
        """Take nothing any more."""
        self._wait_no_more()
        self._inlet.close()
        for task in self._all_tasks():
            task.cancel()

    async def close(self) -> None:
        """Take nothing any more, and end what is under way."""
        self.stop()
        await asyncio.gather(*self._all_tasks(), return_exceptions=True)

    def _all_tasks(self) -> Sequence[asyncio.Task[None]]:
        return [*self._tasks, *([self._staling] if self._staling else [])]

    def heard(self, readings: Sequence[Reading]) -> None:
        """Take what the driver was told about points."""
        self._news.tell(reading.point for reading in readings)
        self._unanswered.difference_update(reading.point for reading in readings if reading.is_usable)
        self._deliver(list(readings))

    def happened(self, event: Event) -> None:
        """Take what the driver was told of."""
        self._happen(event)

    def lost(self, error: DriverError) -> None:
        """Let the points grow stale, unless it comes back in time."""
        self._wait_no_more()
        if not self._is_lost:
            self._is_lost = True
            self._link.lose(error)
            self._staling = self._supervisor.begin(self._grow_stale(error), f"staling {self._job.connection}")

    def regained(self) -> None:
        """Read every point once: changes were missed. Not at once, as others return to it too."""
        if self._is_lost:
            self._is_lost = False
            if self._staling:
                self._staling.cancel()
            self._link.regain()
        self._read_soon()

    async def _subscribe_again(self) -> None:
        """Listen to other targets; what was listened to already misses nothing where that works at once."""
        if await self._tell_driver():
            await self._subscribe()

    async def _tell_driver(self) -> DriverError | None:
        """Tell the driver what to listen to; again, where that became something else meanwhile."""
        while True:
            targets = self._job.targets
            error = await self._link.seam.subscribe(targets, self._inlet)
            if error or targets == self._job.targets:
                return error

    async def _subscribe(self) -> None:
        backoff = Backoff(self._job.interval, self._dice)
        while error := await self._tell_driver():
            self.lost(error)
            if backoff.failures == 0:
                self._read_again()
            if self._link.health.stopped:
                return
            await asyncio.sleep(backoff.fail(self._clock.now()).total_seconds())
        if backoff.failures:
            self.regained()
        else:
            self._read_again()

    async def _grow_stale(self, error: DriverError) -> None:
        await asyncio.sleep(self._job.stale_after.total_seconds())
        now, age = self._clock.now(), format_duration(self._job.stale_after)
        reason = f"nothing was heard for more than {age}: {error.message}"
        known = [self._latest.reading(target.point) for target in self._job.once]
        stale = [
            replace(reading, quality=Quality.STALE, reason=reason, since=now)
            for reading in known
            if reading and reading.quality is Quality.GOOD
        ]
        if stale:
            self._deliver(stale)

    def _read_soon(self) -> None:
        self._wait_no_more()
        wait_s = min(self._job.interval, RETURN).total_seconds() * self._dice.random()
        self._returning = asyncio.get_running_loop().call_later(
            wait_s, self._supervisor.guarded(self._read_again, f"subscription {self._job.connection}")
        )

    def _wait_no_more(self) -> None:
        if self._returning is not None:
            self._returning.cancel()
            self._returning = None

    def _read_again(self) -> None:
        self._unanswered = {target.point for target in self._job.once}
        self._round += 1
        self._wake.set()

    async def _read(self) -> None:
        """Read what is to be read once, and what does not answer again, more and more rarely."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            backoff = Backoff(self._job.interval, self._dice)
            while targets := [each for each in self._job.once if each.point in self._unanswered]:
                await self._ask(targets)
                if await self._is_woken_within(backoff.fail(self._clock.now()).total_seconds()):
                    break

    async def _is_woken_within(self, delay_s: float) -> bool:
        """Wait, no longer than until there is something else to read, or nothing more."""
        if self._unanswered:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._wake.wait()
        return self._wake.is_set()

    async def _ask(self, targets: Sequence[Target]) -> None:
        asked_at, asked_round = self._clock.now(), self._round
        answers = await self._answers(targets)
        targets = [target for target in targets if target in self._job.once]
        if asked_round == self._round:
            self._unanswered -= {each.point for each in targets if not _is_open(answers[each.point])}
            self._complain([answers[target.point] for target in targets])
        fresh = [target.point for target in targets if not self._news.touched_since(target.point, asked_at)]
        readings = [each for point in fresh if (each := self._reading(point, answers[point]))]
        if readings:
            self._deliver(readings)

    async def _answers(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        if refused := self._link.health.stopped:
            return {target.point: refused for target in targets}
        return await self._link.read(targets, self._job.interval)

    def _reading(self, point: Point, answer: Value | DriverError) -> Reading | None:
        """Return what an answer tells; None where it is a failure and an earlier value is known."""
        now, last = self._clock.now(), self._latest.reading(point)
        if not isinstance(answer, DriverError):
            return Reading(point=point, value=answer, observed_at=now)
        if last is not None and last.quality is not Quality.FAULT:
            return None
        since = last.at if last else None
        fault, reason = Quality.FAULT, answer.message
        return Reading(point=point, value=None, observed_at=now, quality=fault, reason=reason, since=since)

    def _complain(self, answers: Collection[Value | DriverError]) -> None:
        """Say once that points do not answer; a lost connection is said elsewhere."""
        errors = [answer for answer in answers if isinstance(answer, DriverError) and _is_open(answer)]
        if errors and not self._has_complained and not self._link.health.is_lost:
            self._has_complained = True
            first, count = errors[0].message, f"{len(errors)} of {len(self._job.once)}"
            log.warning(
                "connection %s: %s points do not answer yet; first: %s", self._job.connection, count, first
            )


def _is_open(answer: Value | DriverError) -> bool:
    """Whether a point is worth asking again: a refusal is an answer too."""
    return isinstance(answer, DriverError) and not isinstance(answer, RejectedError)
