"""Calls back when a time has come, on whichever clock the engine runs.

Live and virtual time share this code: the due times of schedules come from APScheduler's trigger objects,
waiting is asyncio's. Schedules follow the wall's time, wherever it is set to. What is a length of time (the
pace of a poll, the rest of a hold) is counted by the time that really passed.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, repeat

from apscheduler.triggers.base import BaseTrigger

from interlock.clock import Clock, ClockWatch
from interlock.durations import format_duration
from interlock.rules.local_time import TICK, SeriesTrigger
from interlock.rules.spread import GRACE, Missed, runs_to_make_up
from interlock.runtime.calendar import Calendar

log = logging.getLogger("interlock.timetable")

_LONGEST_SLEEP_S = 60.0
"""Wake this often though nothing is due, so that a clock that was set is noticed. What is polled each minute
wakes it as often."""
_AT_A_TIME = 250
"""So many schedules are appointed again in one turn of the event loop: some milliseconds."""

Callback = Callable[[datetime], None]
"""Is given the instant that was due, UTC; what counts a length of time is given the present."""


@dataclass(slots=True, eq=False)
class Job:
    """Whom to call after a length of time, and again after each further `interval`."""

    callback: Callback
    interval: timedelta | None = None
    is_cancelled: bool = field(default=False, init=False)

    def cancel(self) -> None:
        """Never call again."""
        self.is_cancelled = True


@dataclass(slots=True, eq=False)
class Appointment:
    """Whom to call each time a trigger fires."""

    trigger: BaseTrigger
    callback: Callback
    missed: Missed = Missed.SKIP
    is_cancelled: bool = field(default=False, init=False)

    def cancel(self) -> None:
        """Never call again."""
        self.is_cancelled = True


@dataclass(frozen=True, slots=True)
class ClockSet:
    """That the clock was set, or the machine slept, which looks like being set forward."""

    by: timedelta
    """Less than 0 for back."""
    at: datetime
    """When it was noticed, by the new time."""


class Timetable:
    """Due times, apart for each kind of time. `run` must be running for anything to be called.

    First all that is due at an instant is called. When it is due the next time is computed after that, some
    of it in each turn of the event loop, and all of it before anything else is called.

    Args:
        clock: Wall or virtual time.
        notice: Is called after whatever is due at present has been called back.
    """

    def __init__(self, clock: Clock, notice: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._notice = notice
        self._schedules = Calendar[Appointment]()
        self._called: deque[tuple[datetime, datetime, tuple[int, Appointment]]] = deque()
        """What is to be appointed again: when it was due, and when it was called. Plain, since thousands are
        noted before the first is called."""
        self._jobs: list[tuple[timedelta, int, Job]] = []
        self._order = count()
        self._woken: asyncio.Future[None] | None = None
        """Is done when there is something to look at before the next is due."""
        self._watch = ClockWatch(clock)
        self.clock_set: ClockSet | None = None
        """The last time that the clock was set by more than a minute."""
        self.notice_set_back: Callable[[], None] = lambda: None
        """Is told when the clock was set back."""

    def add(self, trigger: BaseTrigger, callback: Callback, missed: Missed = Missed.SKIP) -> Appointment:
        """Call back each time the trigger fires; return what cancels it.

        `missed` says what becomes of times that a suspended machine or a clock set forward jumps over.
        """
        schedule = Appointment(trigger, callback, missed)
        self._enter(schedule, _next(trigger, None, self._clock.now()))
        return schedule

    def add_instant(self, at: datetime, callback: Callback) -> Appointment:
        """Call back once, when the clock shows an instant or has been set beyond; return what cancels it."""
        schedule = Appointment(SeriesTrigger(lambda after: at if after < at else None), callback, Missed.ONCE)
        self._enter(schedule, at)
        return schedule

    def add_interval(self, interval: timedelta, callback: Callback) -> Job:
        """Call back at once, and after each further interval of real time; return what cancels it."""
        job = Job(callback, interval)
        self._push_job(job, self._clock.monotonic())
        return job

    def add_once(self, delay: timedelta, callback: Callback) -> Job:
        """Call back once, after so much real time; return what cancels it."""
        return self.add_at(self._clock.monotonic() + delay, callback)

    def add_at(self, due: timedelta, callback: Callback) -> Job:
        """Call back once, at an instant of the clock's monotonic time; return what cancels it."""
        job = Job(callback)
        self._push_job(job, due)
        return job

    def mind_start(self, last_seen: datetime | None) -> None:
        """Note that the clock is behind when a service was last alive: it is going to be set."""
        now = self._clock.now()
        if last_seen is not None and last_seen - now > GRACE:
            self.clock_set = ClockSet(timedelta(seconds=round((now - last_seen).total_seconds())), now)
            log.warning(
                "the clock shows %s, and a service ran here at %s already: "
                "times of day are wrong until it is set",
                f"{now:%Y-%m-%d %H:%M} UTC",
                f"{last_seen:%Y-%m-%d %H:%M} UTC",
            )

    async def run(self) -> None:
        """Call back what falls due, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._call_jobs()
            self._call_schedules()
            self._notice()
            self._appoint_again(_AT_A_TIME)
            # What these added is waited for already; only what comes from now on must wake this.
            self._woken = loop.create_future()
            alarm = loop.call_later(self._wait_s(), self._wake)
            try:
                await self._woken
            finally:
                alarm.cancel()

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def _enter(self, schedule: Appointment, due: datetime | None) -> None:
        if due is not None:
            self._schedules.put(due, next(self._order), schedule)
            self._wake()

    def _push_job(self, job: Job, due: timedelta) -> None:
        heapq.heappush(self._jobs, (due, next(self._order), job))
        self._wake()

    def _wait_s(self) -> float:
        wait_s = 0.0 if self._called else _LONGEST_SLEEP_S
        if (first := self._schedules.first) is not None:
            wait_s = min(wait_s, (first - self._clock.now()).total_seconds())
        if self._jobs:
            wait_s = min(wait_s, (self._jobs[0][0] - self._clock.monotonic()).total_seconds())
        return max(wait_s, 0.0)

    def _call_jobs(self) -> None:
        now = self._clock.monotonic()
        while self._jobs and self._jobs[0][0] <= now:
            due, _, job = heapq.heappop(self._jobs)
            if job.is_cancelled:
                continue
            if job.interval is not None:
                self._push_job(job, due + ((now - due) // job.interval + 1) * job.interval)
            job.callback(self._clock.now())

    def _call_schedules(self) -> None:
        now = self._clock.now()
        set_by = self._mind_clock(now)
        is_missed = self._are_due(now) and self._is_due(now - GRACE - TICK)
        if is_missed or set_by > GRACE:
            self._make_up(now, set_by)
        while self._are_due(now):
            self._call_first(now)

    def _are_due(self, at: datetime) -> bool:
        """Whether schedules are due by an instant, also such as were called and are due again."""
        is_due = self._is_due(at)
        if is_due and self._called:
            self._appoint_again(len(self._called))
        return is_due

    def _is_due(self, at: datetime) -> bool:
        first = self._schedules.first
        return first is not None and first <= at

    def _call_first(self, now: datetime) -> None:
        due, entries = self._schedules.take()
        self._called.extend(zip(repeat(due), repeat(now), entries))
        for _, schedule in entries:
            # An earlier one may have cancelled it.
            if not schedule.is_cancelled:
                schedule.callback(due)

    def _appoint_again(self, most: int) -> None:
        """Enter when schedules that were called are due the next time, of so many of them at most."""
        for _ in range(min(most, len(self._called))):
            due, at, (order, schedule) = self._called.popleft()
            if schedule.is_cancelled:
                continue
            following = _next(schedule.trigger, due, at)
            if following is not None:
                self._schedules.put(following, order, schedule)

    def _make_up(self, now: datetime, set_by: timedelta) -> None:
        """Call what is due, of which some is missed: as each schedule says itself, in the order of time."""
        self._appoint_again(len(self._called))
        called: list[tuple[datetime, int, Appointment]] = []
        left_out = 0
        while (first := self._schedules.first) is not None and first <= now:
            due, entries = self._schedules.take()
            for order, schedule in entries:
                if schedule.is_cancelled:
                    continue
                following = _next(schedule.trigger, due, now)
                if following is not None:
                    self._schedules.put(following, order, schedule)
                until = now if following is None else min(now, following - TICK)
                runs = _runs(schedule, due, until, now)
                left_out += not runs
                called += ((run, order, schedule) for run in runs)
        if set_by > GRACE:
            _tell_set_forward(set_by, left_out)
        for run, _, schedule in sorted(called, key=lambda each: each[:2]):
            if not schedule.is_cancelled:
                schedule.callback(run)

    def _mind_clock(self, now: datetime) -> timedelta:
        """Return how far the clock was set, which is noted if it was by more than a minute."""
        by = self._watch.set_by()
        if not by:
            return by
        by = timedelta(seconds=round(by.total_seconds()))
        if abs(by) > GRACE:
            self.clock_set = ClockSet(by, now)
        if by < -GRACE:
            log.warning("the clock was set back by %s", format_duration(-by))
            self._move_back(now, -by)
        return by

    def _move_back(self, now: datetime, back: timedelta) -> None:
        """Move what is due to the new time, or nothing would be called until the old one came again."""
        self._appoint_again(len(self._called))
        self._schedules.move(lambda due, schedule: _moved(schedule.trigger, due, now, back))
        self.notice_set_back()


def _tell_set_forward(by: timedelta, left_out: int) -> None:
    schedules = "1 schedule leaves" if left_out == 1 else f"{left_out} schedules leave"
    missed = f"; {schedules} out what came meanwhile, see missed" if left_out else ""
    log.warning(
        "the clock went forward by %s: it was set, or the machine slept%s", format_duration(by), missed
    )


def _moved(trigger: BaseTrigger, due: datetime, now: datetime, back: timedelta) -> datetime:
    """Return when a schedule is due after the clock was set back.

    What comes at least as often as the time that is lived through again goes on at its pace. A rarer one,
    such as a time of day, keeps its time, so that it does not come twice.
    """
    first = _next(trigger, None, now)
    second = _next(trigger, first, first) if first else None
    return first if first and second and second - first <= back else due


def _runs(schedule: Appointment, due: datetime, until: datetime, now: datetime) -> Sequence[datetime]:
    """Return the times to call back for, of a schedule that was due then; those after `until` are to come."""
    if now - due <= GRACE:
        return (due,)
    if schedule.missed is Missed.SKIP:
        return ()
    return runs_to_make_up(schedule.trigger, schedule.missed, due - TICK, until)


def _next(trigger: BaseTrigger, previous: datetime | None, now: datetime) -> datetime | None:
    due = trigger.get_next_fire_time(previous, now)
    if due is not None and previous is not None and due < now - GRACE:
        due = trigger.get_next_fire_time(None, now)
    return None if due is None else due.astimezone(UTC)
