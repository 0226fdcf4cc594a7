"""Calls back when an APScheduler trigger says so, on whichever clock the engine runs.

Live and virtual time share this code: due times come from the trigger objects, waiting is asyncio's.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from interlock.clock import Clock
from interlock.durations import format_duration

log = logging.getLogger("interlock.timetable")

_GRACE = timedelta(minutes=1)
"""A fire time missed by more than this (suspended machine, clock set forward) is skipped; a clock set back
by no more than this is waited for."""
_LONGEST_SLEEP_S = 30.0
"""Wake this often though nothing is due, so that a clock that was set is noticed."""
_LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
"""Intervals count from here, so that they still have a next time when the clock was set back to before they
began."""

Callback = Callable[[datetime], None]


@dataclass(slots=True, eq=False)
class Job:
    """A trigger and whom it calls, with the instant that was due."""

    trigger: BaseTrigger
    callback: Callback
    skips_missed: bool = True
    is_cancelled: bool = field(default=False, init=False)

    def cancel(self) -> None:
        """Never call again."""
        self.is_cancelled = True


class Timetable:
    """A heap of due times. `run` must be running for anything to be called."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Job]] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()
        self._looked_at = clock.now()

    def add(self, trigger: BaseTrigger, callback: Callback) -> None:
        """Call back each time the trigger fires."""
        self._add(Job(trigger, callback))

    def add_interval(self, interval: timedelta, first: datetime, callback: Callback) -> None:
        """Call back at `first` and after each further interval of real time."""
        start = first - (first - _LONG_AGO) // interval * interval
        trigger = IntervalTrigger(seconds=interval.total_seconds(), start_date=start, timezone=UTC)
        # The trigger itself would skip a first time that has passed by a microsecond.
        self._push(Job(trigger, callback), first)

    def add_once(self, due: datetime, callback: Callback) -> Job:
        """Call back once, however late; return what cancels it."""
        job = Job(DateTrigger(due, timezone=UTC), callback, skips_missed=False)
        self._add(job)
        return job

    async def run(self) -> None:
        """Call back what falls due, until cancelled."""
        while True:
            self._changed.clear()
            self._call_due()
            try:
                async with asyncio.timeout(self._wait_s()):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _add(self, job: Job) -> None:
        self._push(job, _next(job.trigger, None, self._clock.now()))

    def _push(self, job: Job, due: datetime | None) -> None:
        if due is not None:
            heapq.heappush(self._heap, (due, next(self._order), job))
            self._changed.set()

    def _wait_s(self) -> float:
        if not self._heap:
            return _LONGEST_SLEEP_S
        return min(max((self._heap[0][0] - self._clock.now()).total_seconds(), 0), _LONGEST_SLEEP_S)

    def _call_due(self) -> None:
        now = self._clock.now()
        self._notice_set_back(now)
        while self._heap and self._heap[0][0] <= now:
            due, _, job = heapq.heappop(self._heap)
            if job.is_cancelled:
                continue
            self._push(job, _next(job.trigger, due, now))
            if now - due <= _GRACE or not job.skips_missed:
                job.callback(due)

    def _notice_set_back(self, now: datetime) -> None:
        """Move what is due to the new time, or nothing would be called until the old one came again."""
        back, self._looked_at = self._looked_at - now, now
        if back > _GRACE:
            log.warning("the clock was set back by %s", format_duration(back))
            self._heap = [(_moved(job, due, now, back), order, job) for due, order, job in self._heap]
            heapq.heapify(self._heap)


def _moved(job: Job, due: datetime, now: datetime, back: timedelta) -> datetime:
    """Return when a job is due after the clock was set back.

    What comes at least as often as the time that is lived through again goes on at its pace. A rarer one,
    such as a time of day, keeps its time, so that it does not come twice.
    """
    if not job.skips_missed:
        return due - back
    first = _next(job.trigger, None, now)
    second = _next(job.trigger, first, first) if first else None
    return first if first and second and second - first <= back else due


def _next(trigger: BaseTrigger, previous: datetime | None, now: datetime) -> datetime | None:
    due = trigger.get_next_fire_time(previous, now)
    if due is not None and previous is not None and due < now - _GRACE:
        due = trigger.get_next_fire_time(None, now)
    return None if due is None else due.astimezone(UTC)
