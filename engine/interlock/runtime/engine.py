"""The control loop: one queue in, one direction, one writer of the state."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.clock import Clock
from interlock.config.site import Site
from interlock.history.journal import Journal
from interlock.history.records import Remembered, ServiceStart
from interlock.model import Command, Event, Point, Reading, Receipt
from interlock.rules.evaluator import Evaluator, Outcome
from interlock.rules.rule import EventTrigger, Mode, Rule
from interlock.rules.schedule import Every, Schedule
from interlock.rules.state import State
from interlock.runtime.dispatcher import Dispatcher, assumed
from interlock.runtime.latest import Latest
from interlock.runtime.links import close_links, make_links
from interlock.runtime.outside import NOWHERE, Outside
from interlock.runtime.poll_plan import plan_polls, plan_pushes
from interlock.runtime.poller import Poller
from interlock.runtime.runner import Runner
from interlock.runtime.subscription import News, Subscription
from interlock.runtime.timetable import Job, Timetable

_EACH_SECOND = Every(timedelta(seconds=1))
_REMEMBERED = timedelta(days=1)
"""Firings of so long ago are known at a start, besides the last one of each rule."""
_PATIENCE = timedelta(minutes=1)
"""Firings that go on after a restart wait so long at most for the points that they read."""
"""How often expressions that read the time are looked at."""


@dataclass(frozen=True, slots=True)
class _Readings:
    readings: Sequence[Reading]


@dataclass(frozen=True, slots=True)
class _Happened:
    event: Event


@dataclass(frozen=True, slots=True)
class _Scheduled:
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class _HoldEnded:
    key: str


@dataclass(frozen=True, slots=True)
class _Second:
    pass


class Engine:
    """Runs one site: polls, decides, acts, until it is told to stop.

    Args:
        site: The loaded site.
        rules: Its compiled rules.
        clock: Wall or virtual time.
        journal: The engine writes it and does not close it.
        dry_run: Everything but sending: commands become suppressed receipts.
        version: The product's, for the journal.
        seed: Of the jitter in delays; None draws one.
        outside: Sends messages and requests; by default there is nobody to send them to.
    """

    def __init__(
        self,
        site: Site,
        rules: Sequence[Rule],
        *,
        clock: Clock,
        journal: Journal,
        dry_run: bool = False,
        version: str = "",
        seed: int | None = None,
        outside: Outside = NOWHERE,
    ) -> None:
        self.site = site
        self.rules = rules
        self.state = State(site.timezone, clock.now())
        self._clock = clock
        self._journal = journal
        self._dry_run = dry_run
        self._version = version
        self._dice = random.Random(seed)
        self._inbox: asyncio.Queue[_Readings | _Happened | _Scheduled | _HoldEnded | _Second] = (
            asyncio.Queue()
        )
        self._timetable = Timetable(clock)
        self._latest = Latest(clock)
        self._needed = frozenset(_needed(site, rules))
        self._holds: dict[str, Job] = {}
        self._ids = itertools.count(1)
        self._links = make_links(site.connections, clock=clock, journal=journal, dice=self._dice)
        self._dispatcher = Dispatcher(
            site.targets,
            self._links,
            clock=clock,
            journal=journal,
            deliver=self.deliver,
            dice=self._dice,
            dry_run=dry_run,
        )
        self.runner = Runner(
            rules,
            dispatcher=self._dispatcher,
            state=self.state,
            clock=clock,
            journal=journal,
            outside=outside,
            raise_event=self.happen,
            new_id=self.new_id,
            dice=self._dice,
            dry_run=dry_run,
        )
        self._news = News(self._dispatcher, clock)
        self._pollers: list[Poller] = []
        self._subscriptions: list[Subscription] = []

    def new_id(self) -> str:
        """Return an id that no other firing or command of this journal has: ``run-number``."""
        return f"{self._journal.run_number}-{next(self._ids)}"

    def submit(self, commands: Sequence[Command]) -> list[asyncio.Future[Receipt]]:
        """Take an operator's commands; return a receipt to come for each."""
        return self._dispatcher.submit(commands)

    async def idle(self) -> None:
        """Wait until everything that came in has been decided on and every firing has ended."""
        await self._inbox.join()
        while await self.runner.idle():
            await self._inbox.join()

    async def run(self, stop: asyncio.Event, prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        """Run until `stop` is set, then end what is half done and close every connection.

        Args:
            stop: Ends the run.
            prepare: Opens the journal, where it is not open yet. The first polls are on their way
                meanwhile; no rule is looked at before. What it raises ends the run.
        """
        self._schedule_polls()
        self._subscribe()
        tasks = [asyncio.create_task(self._timetable.run(), name="timetable")]
        stopped = asyncio.create_task(stop.wait(), name="stop")
        try:
            if prepare:
                await prepare()
            evaluator = await self._begin()
            tasks.append(asyncio.create_task(self._control(evaluator), name="control loop"))
            await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            await self._close(tasks)
        for task in tasks:
            if not task.cancelled() and (error := task.exception()):
                raise error

    async def _begin(self) -> Evaluator:
        now = self._clock.now()
        self._journal.record(ServiceStart(at=now, version=self._version, is_dry_run=self._dry_run))
        memory = await self._journal.load_memory()
        held = {point for point, target in self.site.targets.items() if target.capability.is_assumed}
        known = await self._journal.load_known(held.union(self._needed))
        self.state.remember(known)
        if restored := [
            assumed(each.point, each.value, each.observed_at) for each in known if each.point in held
        ]:
            self.deliver(restored)
        self.runner.restore(await self._journal.load_past(now - _REMEMBERED))
        self.runner.notice(())
        self._timetable.add_once(_PATIENCE, lambda due: self.runner.wake())
        evaluator = Evaluator(self.rules, memory, down_since=self._journal.last_seen)
        for schedule in evaluator.schedules:
            self._timetable.add(schedule.trigger(self.site.timezone), self._putter(_Scheduled(schedule)))
        if evaluator.reads_time:
            self._timetable.add(_EACH_SECOND.trigger(self.site.timezone), self._putter(_Second()))
        return evaluator

    def _schedule_polls(self) -> None:
        for job in plan_polls(self.site, self._needed):
            poller = Poller(
                job,
                self._links[job.connection],
                clock=self._clock,
                dice=self._dice,
                writes=self._news,
                latest=self._latest,
                deliver=self.deliver,
            )
            self._pollers.append(poller)
            self._timetable.add_interval(job.interval, poller.tick)

    def _subscribe(self) -> None:
        triggers = [each for rule in self.rules if rule.mode is not Mode.OFF for each in rule.triggers]
        with_events = any(isinstance(trigger, EventTrigger) for trigger in triggers)
        for job in plan_pushes(self.site, self._needed, with_events=with_events):
            subscription = Subscription(
                job,
                self._links[job.connection],
                clock=self._clock,
                dice=self._dice,
                latest=self._latest,
                news=self._news,
                deliver=self.deliver,
                happen=self.happen,
            )
            self._subscriptions.append(subscription)
            subscription.start()

    def _putter(self, item: _Scheduled | _HoldEnded | _Second) -> Callable[[datetime], None]:
        return lambda due: self._inbox.put_nowait(item)

    def deliver(self, readings: list[Reading]) -> None:
        """Take readings in, as one moment: what a poll brought, a driver was told, a command answered."""
        self._latest.hear(readings)
        self._inbox.put_nowait(_Readings(readings))

    def happen(self, event: Event) -> None:
        """Take an event in, after what was delivered before it."""
        self._inbox.put_nowait(_Happened(event))

    async def _control(self, evaluator: Evaluator) -> None:
        while True:
            item = await self._inbox.get()
            self._act_on(self._decide(evaluator, item))
            self._inbox.task_done()

    def _decide(
        self, evaluator: Evaluator, item: _Readings | _Happened | _Scheduled | _HoldEnded | _Second
    ) -> Outcome:
        self.state.look_at(self._clock)
        match item:
            case _Readings(readings):
                self._journal.record(*readings)
                changes = self.state.apply(readings, self.state.now)
                self.runner.notice(reading.point for reading in readings)
                return evaluator.on_changes(changes, self.state)
            case _Happened(event):
                return evaluator.on_event(event, self.state)
            case _Scheduled(schedule):
                return evaluator.on_schedule(schedule, self.state)
            case _HoldEnded(key):
                return evaluator.on_timer(key, self.state)
            case _Second():
                return evaluator.on_time(self.state)

    def _act_on(self, outcome: Outcome) -> None:
        self._journal.record(*(Remembered(key, memory) for key, memory in outcome.memory))
        for timer in outcome.timers:
            self._set_hold(timer.key, timer.at)
        for decision in outcome.decisions:
            self.runner.take(decision)

    def _set_hold(self, key: str, due: timedelta | None) -> None:
        held = self._holds.pop(key, None)
        if held:
            held.cancel()
        if due is not None:
            self._holds[key] = self._timetable.add_once(
                due - self.state.uptime, self._putter(_HoldEnded(key))
            )

    async def _close(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.runner.close()
        await self._dispatcher.close()
        await asyncio.gather(*(poller.close() for poller in self._pollers))
        await asyncio.gather(*(subscription.close() for subscription in self._subscriptions))
        await close_links(self._links)
        await self._journal.commit()


def _needed(site: Site, rules: Sequence[Rule]) -> Iterable[Point]:
    yield from site.watch
    for rule in rules:
        if rule.mode is not Mode.OFF:
            yield from rule.points
