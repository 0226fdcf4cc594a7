"""Reads the points of one poll job again and again and turns what comes back into readings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from interlock.clock import Clock
from interlock.durations import format_duration
from interlock.errors import AuthenticationFailed, DriverError, ProtocolFault, RejectedError
from interlock.model import Point, Quality, Reading, Value
from interlock.runtime.health import Backoff
from interlock.runtime.link import Link
from interlock.runtime.poll_plan import PollJob

log = logging.getLogger("interlock.poll")

_AT_ONCE = (RejectedError, AuthenticationFailed, ProtocolFault)
"""These say that the value is wrong to trust now; other failures leave the last reading good until stale."""


class WriteLog(Protocol):
    """Knows when points were last commanded."""

    def touched_since(self, point: Point, instant: datetime) -> bool:
        """Whether the point was commanded at or after the instant."""
        ...


class Poller:
    """One poll job at work. `tick` is called at each interval; it never waits."""

    def __init__(
        self,
        job: PollJob,
        link: Link,
        *,
        clock: Clock,
        backoff: Backoff,
        writes: WriteLog,
        deliver: Callable[[list[Reading]], None],
    ) -> None:
        self._job = job
        self._link = link
        self._clock = clock
        self._backoff = backoff
        self._writes = writes
        self._deliver = deliver
        self._last: dict[Point, Reading] = {}
        self._complained: set[Point] = set()
        """Points whose trouble was logged. A lost connection is logged once, not for each of its points."""
        self._failures: dict[Point, str] = {}
        """Why the last poll brought no value, by point."""
        self._all_fail = False
        """Whether it was said that every point fails."""
        self._under_way: asyncio.Task[None] | None = None

    def tick(self, due: datetime) -> None:
        """Mark what has grown stale, then ask, unless the last poll is still under way or it backs off."""
        now = self._clock.now()
        self._hand_over(self._stale(now))
        is_free = self._under_way is None or self._under_way.done()
        if is_free and self._link.health.may_ask(now) and self._backoff.is_over(now):
            self._under_way = asyncio.create_task(self._poll(), name=f"poll {self._job.connection}")

    async def close(self) -> None:
        """End a poll that is under way."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)

    async def _poll(self) -> None:
        asked_at = self._clock.now()
        answers = await self._link.seam.read(self._job.targets)
        now = self._clock.now()
        self._link.note(answers.values())
        self._note(answers.values(), now)
        fresh = {p: a for p, a in answers.items() if not self._writes.touched_since(p, asked_at)}
        self._hand_over(self._readings(fresh, now))

    def _note(self, answers: Collection[Value | DriverError], now: datetime) -> None:
        errors = [answer for answer in answers if isinstance(answer, DriverError)]
        if len(errors) < len(answers):
            self._backoff.succeed()
            self._say_that_all(None)
        else:
            asked_s = max((error.retry_after_s or 0 for error in errors), default=0)
            self._backoff.fail(now, timedelta(seconds=asked_s))
            self._say_that_all(errors[0] if len(errors) > 1 else None)

    def _say_that_all(self, error: DriverError | None) -> None:
        """Say once that every point fails, in place of a line for each, and once that this is over."""
        name, count = self._job.connection, len(self._job.targets)
        if error is not None and not self._all_fail and not self._link.health.is_lost:
            first = error.message.removeprefix(f"connection {name}: ")
            log.warning("connection %s: none of %d points can be read; first: %s", name, count, first)
        elif error is None and self._all_fail:
            log.info("connection %s: its points can be read again", name)
        self._all_fail = error is not None and (self._all_fail or not self._link.health.is_lost)

    def _readings(self, answers: Mapping[Point, Value | DriverError], now: datetime) -> Iterable[Reading]:
        for point, answer in answers.items():
            if not isinstance(answer, DriverError):
                self._failures.pop(point, None)
                yield Reading(point=point, value=answer, observed_at=now)
                continue
            self._failures[point] = answer.message
            if point not in self._last or isinstance(answer, _AT_ONCE):
                yield Reading(
                    point=point, value=None, observed_at=now, quality=Quality.FAULT, reason=answer.message
                )

    def _stale(self, now: datetime) -> Iterable[Reading]:
        for point, reading in self._last.items():
            # By the amount: after the clock was set back, an old reading must not seem to be new for ever.
            if reading.quality is Quality.GOOD and abs(now - reading.observed_at) > self._job.stale_after:
                age = format_duration(self._job.stale_after)
                silence = f"connection {self._job.connection}: the last poll is not answered yet"
                why = self._failures.get(point, silence)
                yield Reading(
                    point=point,
                    value=reading.value,
                    observed_at=now,
                    quality=Quality.STALE,
                    reason=f"no value for more than {age}: {why}",
                )

    def _hand_over(self, readings: Iterable[Reading]) -> None:
        batch = list(readings)
        for reading in batch:
            self._say(reading)
            self._last[reading.point] = reading
        if batch:
            self._deliver(batch)

    def _say(self, reading: Reading) -> None:
        point, before = reading.point, self._last.get(reading.point)
        if reading.quality is Quality.GOOD:
            if point in self._complained:
                self._complained.discard(point)
                log.info("%s is good again", point)
        elif self._all_fail or self._link.health.is_lost:
            log.debug("%s is %s: %s", point, reading.quality.value, reading.reason)
        elif before is None or (before.quality, before.reason) != (reading.quality, reading.reason):
            self._complained.add(point)
            log.warning("%s is %s: %s", point, reading.quality.value, reading.reason)
