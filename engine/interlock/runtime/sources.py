"""What brings readings and events in: the pollers and the subscriptions of a site, also while it changes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from interlock.clock import Clock
from interlock.config.site import Site
from interlock.model import Event, Point, Reading
from interlock.rules.memory import TriggerMemory
from interlock.runtime.connections.allowance import REVIEW
from interlock.runtime.connections.answers import NOTHING, Confirmed
from interlock.runtime.connections.day_counts import DayCounts
from interlock.runtime.connections.latest import Latest
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.needs import Urgency
from interlock.runtime.connections.poll_plan import PollJob, PushJob, plan_polls, plan_pushes
from interlock.runtime.connections.poller import Poller
from interlock.runtime.connections.stagger import Ticks, offset_of
from interlock.runtime.connections.subscription import News, Subscription
from interlock.runtime.supervision import Supervisor
from interlock.runtime.timetable import Job, Timetable

_Key: TypeAlias = tuple[Link, timedelta, Urgency | None, tuple[int, int]]
"""What a poll job is known by while its pace and its points change."""


@dataclass(slots=True)
class _Polling:
    poller: Poller
    ticks: Ticks
    looks: Job | None = None
    """Where it is asked more rarely than the site wants, it is looked as often all the same."""

    def fit_looks(self, timetable: Timetable, job: PollJob) -> None:
        """Look whether anything has grown stale, as often as the site wants it to be read."""
        if job.is_slowed and self.looks is None:
            self.looks = timetable.add_interval(job.wanted, self.poller.look)
        elif not job.is_slowed:
            self.end_looks()

    def end_looks(self) -> None:
        """Look no more by itself."""
        if self.looks is not None:
            self.looks.cancel()
            self.looks = None


class Sources:
    """The pollers and subscriptions of a site.

    Args:
        clock: Wall or virtual time.
        dice: Of the pauses between attempts.
        timetable: Calls the pollers.
        latest: What was last heard of each point.
        news: Knows what was commanded or told while a poll was under way.
        deliver: Takes the readings of one moment.
        happen: Takes an event, in order with the readings.
        remember: Stores what a restart is to know.
        supervisor: Ends the run where something here fails.
        is_staggered: Whether each poll has its own place in its interval; otherwise all count from their
            first, as virtual time has it, where nobody else is on the network.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        dice: random.Random,
        timetable: Timetable,
        latest: Latest,
        news: News,
        deliver: Callable[[list[Reading], Confirmed], None],
        happen: Callable[[Event], None],
        remember: Callable[[Mapping[str, TriggerMemory]], None],
        supervisor: Supervisor,
        is_staggered: bool = False,
    ) -> None:
        self._is_staggered = is_staggered
        self._day_counts = DayCounts(remember)
        self._supervisor = supervisor
        self._clock = clock
        self._dice = dice
        self._timetable = timetable
        self._latest = latest
        self._news = news
        self._deliver = deliver
        self._happen = happen
        self.jobs: tuple[PollJob, ...] = ()
        """What is polled, as it is planned now."""
        self._links: Mapping[str, Link] = {}
        self._needed: Mapping[Point, Urgency] = {}
        self._limits: Mapping[str, float] = {}
        """Requests a second that connections may be asked, where that is less than their settings say."""
        self._reviews: Job | None = None
        self._is_closed = False
        self._polling: dict[_Key, _Polling] = {}
        self._subscriptions: dict[Link, Subscription] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def fit(
        self, site: Site, links: Mapping[str, Link], needed: Mapping[Point, Urgency], *, with_events: bool
    ) -> None:
        """Poll and hear what is needed now, and nothing else. What stays as it is goes on undisturbed.

        Args:
            site: As it is now.
            links: Its connections.
            needed: How urgently points are needed.
            with_events: Whether somebody waits for events.
        """
        self._day_counts.keep()
        self._site, self._links, self._needed = site, links, needed
        self._day_counts.resume(links.values())
        for link in links.values():
            link.allowance.notice = self._replan
            link.notice_return = partial(self._resume, link)
        self._fit_polls()
        pushes = {links[job.connection]: job for job in plan_pushes(site, needed, with_events=with_events)}
        for link in self._subscriptions.keys() - pushes.keys():
            self._end_subscription(link)
        for link, push in pushes.items():
            self._subscribe(link, push)

    def _fit_polls(self) -> None:
        """Poll what is needed now, as often as its connection may be asked now."""
        self._limits = _limits(self._links)
        self.jobs = plan_polls(self._site, self._needed, self._needed, self._limits)
        wanted = plan_polls(self._site, self._needed, self._needed) if self._limits else self.jobs
        for name, link in self._links.items():
            link.allowance.asked, link.allowance.wanted = (_load(each, name) for each in (self.jobs, wanted))
        polls = {_key(self._links, job): job for job in self.jobs}
        for key in self._polling.keys() - polls.keys():
            self._end_polling(key)
        for key, poll in polls.items():
            self._poll(key, poll, self._offset(poll))
        if not self._reviews and any(link.allowance.needs_review for link in self._links.values()):
            self._reviews = self._timetable.add_interval(REVIEW, self._review)

    def _offset(self, job: PollJob) -> timedelta | None:
        if self._is_staggered:
            return offset_of(self._site, job)
        piece, pieces = job.piece
        return job.interval * piece / pieces if pieces > 1 else None

    def _replan(self) -> None:
        """Ask less as soon as what asks now has learned what it was answered."""
        asyncio.get_running_loop().call_soon(self._supervisor.guarded(self._plan_again, "the poll plan"))

    def _plan_again(self) -> None:
        if not self._is_closed:
            self._fit_polls()

    def _review(self, due: datetime) -> None:
        """Look whether connections may be asked more or less than a while ago."""
        self._day_counts.keep()
        for link in self._links.values():
            link.allowance.review()
        if _limits(self._links) != self._limits:
            self._fit_polls()

    def _resume(self, link: Link) -> None:
        """Poll everything of a connection that returned."""
        for (other, *_), polling in self._polling.items():
            if other is link and not self._is_closed:
                polling.poller.resume()

    def load_counts(self, memory: Mapping[str, TriggerMemory]) -> None:
        """Take over what an earlier run used up of daily budgets."""
        self._day_counts.load(memory, self._links.values())

    async def close(self) -> None:
        """End everything that is under way."""
        self._is_closed = True
        self._day_counts.keep()
        await asyncio.gather(
            *(polling.poller.close() for polling in self._polling.values()),
            *(subscription.close() for subscription in self._subscriptions.values()),
            *self._closing,
        )

    def _poll(self, key: _Key, job: PollJob, offset: timedelta | None) -> None:
        if key in self._polling:
            polling = self._polling[key]
            polling.poller.change(job)
            if polling.ticks.interval != job.interval:
                polling.ticks.change(job.interval, offset)
            polling.fit_looks(self._timetable, job)
            return
        poller = Poller(
            job,
            key[0],
            clock=self._clock,
            dice=self._dice,
            writes=self._news,
            latest=self._latest,
            deliver=self._deliver,
            supervisor=self._supervisor,
        )
        ticks = Ticks(self._timetable, self._clock, poller.tick, job.interval, offset)
        self._polling[key] = polling = _Polling(poller, ticks)
        polling.fit_looks(self._timetable, job)

    def _subscribe(self, link: Link, job: PushJob) -> None:
        if link in self._subscriptions:
            self._subscriptions[link].change(job)
            return
        subscription = Subscription(
            job,
            link,
            clock=self._clock,
            dice=self._dice,
            latest=self._latest,
            news=self._news,
            deliver=lambda readings: self._deliver(readings, NOTHING),
            happen=self._happen,
            supervisor=self._supervisor,
        )
        self._subscriptions[link] = subscription
        subscription.start()

    def _end_polling(self, key: _Key) -> None:
        polling = self._polling.pop(key)
        polling.ticks.cancel()
        polling.end_looks()
        polling.poller.stop()
        self._await(polling.poller.close())

    def _end_subscription(self, link: Link) -> None:
        subscription = self._subscriptions.pop(link)
        subscription.stop()
        self._await(subscription.close())

    def _await(self, closing: Coroutine[object, object, None]) -> None:
        task = self._supervisor.begin(closing, "closing a source")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _limits(links: Mapping[str, Link]) -> Mapping[str, float]:
    """Return what connections may be asked, roughly: small steps are not worth another plan."""
    limits = {name: link.allowance.limit for name, link in links.items()}
    return {name: float(f"{limit:.2g}") for name, limit in limits.items() if limit is not None}


def _load(jobs: Iterable[PollJob], connection: str) -> float:
    return sum(job.per_second for job in jobs if job.connection == connection)


def _key(links: Mapping[str, Link], job: PollJob) -> _Key:
    return links[job.connection], job.wanted, job.urgency if job.is_part else None, job.piece
