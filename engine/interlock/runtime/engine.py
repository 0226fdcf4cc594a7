"""One site at work: its parts put together, begun, given edits, and ended."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from interlock.clock import Clock
from interlock.config.site import Site
from interlock.expressions.compiler import longest
from interlock.history.journal import Journal
from interlock.history.records import Reload, ServiceStart
from interlock.model import Command, Event, Point, Reading, Receipt
from interlock.rules.availability import connection_point
from interlock.rules.evaluator import Evaluator, Outcome
from interlock.rules.interlocks import Interlock
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Mode, Rule
from interlock.rules.state import Changed
from interlock.rules.triggers import RAISED, SERVICE, hear_of
from interlock.runtime.changes import Changes, compare, redefined
from interlock.runtime.commands.arbiter import Arbiter
from interlock.runtime.commands.dispatcher import Dispatcher, failure
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.links import close_links, exchange_links, make_links
from interlock.runtime.connections.needs import Need, needs_of, urgencies_of
from interlock.runtime.connections.poll_plan import PollJob, is_told
from interlock.runtime.connections.subscription import News
from interlock.runtime.control_loop import ControlLoop
from interlock.runtime.firings.outside import NOWHERE, Outside
from interlock.runtime.firings.runner import Runner
from interlock.runtime.inbox import Errand, Turned
from interlock.runtime.late_past import await_past, before
from interlock.runtime.recalling import fetch_past, is_to_come, recall_points, remembered_since
from interlock.runtime.sources import Sources
from interlock.runtime.supervision import Supervisor
from interlock.runtime.surroundings import Surroundings
from interlock.runtime.timetable import ClockSet

_PATIENCE = timedelta(minutes=1)
"""Firings that go on after a restart wait so long at most for the points that they read."""


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
        interlocks: The site's compiled interlocks.
        is_staggered: Whether each poll has its own place in its interval, for the sake of who else asks.
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
        interlocks: Sequence[Interlock] = (),
        is_staggered: bool = False,
    ) -> None:
        self.site = site
        self.rules = rules
        self.interlocks = interlocks
        self._clock = clock
        self._journal = journal
        self._dry_run = dry_run
        self._version = version
        self._dice = random.Random(seed)
        self._supervisor = Supervisor()
        self._around = Surroundings(site)
        self._control = ControlLoop(
            site, self._around, clock=clock, journal=journal, supervisor=self._supervisor
        )
        self.state = self._control.state
        self.deliver, self.happen = self._control.deliver, self._control.happen
        """As the control loop takes things in."""
        self._needed: frozenset[Point] = frozenset()
        """The points whose values somebody needs now."""
        self.started_at = clock.now()
        self.has_begun = asyncio.Event()
        """Set once rules are looked at."""
        self._ids = itertools.count(1)
        self._links = make_links(site.connections, clock=clock, journal=journal, dice=self._dice)
        self._listen_to_links()
        self._dispatcher = self._make_dispatcher()
        self.arbiter = self._make_arbiter()
        """Says who claims which point, and takes and lets go of claims."""
        self.runner = self._make_runner(outside)
        self._control.attach(self._dispatcher, self.arbiter, self.runner)
        self._around.attach(self.state, self.runner.facts, self._dispatcher.settlements.made_of)
        self._sources = self._make_sources(is_staggered=is_staggered)

    def _make_dispatcher(self) -> Dispatcher:
        dispatcher = Dispatcher(
            self.site.targets,
            self._links,
            clock=self._clock,
            journal=self._journal,
            deliver=self.deliver,
            notice_failure=lambda receipt: self.happen(failure(receipt)),
            dice=self._dice,
            supervisor=self._supervisor,
            dry_run=self._dry_run,
            note=self._around.note,
            keep=self._control.virtual.write,
        )
        dispatcher.is_told = lambda point: is_told(self.site, point)
        return dispatcher

    def _make_arbiter(self) -> Arbiter:
        return Arbiter(
            self.site,
            self.interlocks,
            dispatcher=self._dispatcher,
            state=self.state,
            clock=self._clock,
            timetable=self._control.timetable,
            journal=self._journal,
            new_id=self.new_id,
            supervisor=self._supervisor,
            happen=self.happen,
            notice_points=self._need,
            dry_run=self._dry_run,
        )

    def _make_runner(self, outside: Outside) -> Runner:
        return Runner(
            self.rules,
            dispatcher=self._dispatcher,
            arbiter=self.arbiter,
            state=self.state,
            clock=self._clock,
            journal=self._journal,
            outside=outside,
            raise_event=self.happen,
            notice_switch=lambda: self._control.inbox.put(Errand(self._exchange_evaluator)),
            new_id=self.new_id,
            dice=self._dice,
            supervisor=self._supervisor,
            dry_run=self._dry_run,
        )

    def _make_sources(self, *, is_staggered: bool) -> Sources:
        return Sources(
            clock=self._clock,
            dice=self._dice,
            timetable=self._control.timetable,
            latest=self._control.latest,
            news=News(self._dispatcher, self._clock),
            deliver=self.deliver,
            happen=self.happen,
            remember=self._control.remember,
            supervisor=self._supervisor,
            is_staggered=is_staggered,
        )

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing is sent."""
        return self._dry_run

    @property
    def run_number(self) -> int:
        """Which run of its journal this is."""
        return self._journal.run_number

    @property
    def awaits_journal(self) -> bool:
        """Whether it began without what its journal holds, which has not come yet."""
        return self._journal.is_late

    @property
    def clock_set(self) -> ClockSet | None:
        """The last time that the clock was set by more than a minute; None for not yet."""
        return self._control.timetable.clock_set

    @property
    def waiting(self) -> int:
        """How much came in that nothing was decided on yet."""
        return len(self._control.inbox)

    @property
    def links(self) -> Mapping[str, Link]:
        """The connections at work, by name."""
        return self._links

    @property
    def needed(self) -> Collection[Point]:
        """The points whose values rules, claims or people need."""
        return self._needed

    @property
    def memory(self) -> Mapping[str, TriggerMemory]:
        """What triggers remember, as the journal has it."""
        return self._control.memory

    @property
    def polls(self) -> Sequence[PollJob]:
        """What is polled, and how often now."""
        return self._sources.jobs

    def needs(self) -> Iterable[Need]:
        """Return who needs which points now."""
        rules = [rule for rule in self.rules if self._is_in_use(rule)]
        return needs_of(self.site, rules, self.interlocks, self.arbiter.needed)

    def new_id(self) -> str:
        """Return an id that no other firing or command of this journal has: ``run-number``."""
        return f"{self._journal.run_number}-{next(self._ids)}"

    def submit(self, commands: Sequence[Command]) -> list[asyncio.Future[Receipt]]:
        """Take an operator's commands; return a receipt to come for each."""
        return self._dispatcher.submit(commands)

    def beat(self, every: timedelta, give: Callable[[], None]) -> None:
        """Call back again and again from the control loop itself: no more where it or the timetable hangs."""
        self._control.timetable.add_interval(every, lambda _: self._control.inbox.put(Errand(give)))

    async def idle(self) -> None:
        """Wait until everything that came in has been decided on and every firing has ended."""
        await self._control.inbox.emptied()
        while await self.runner.idle() or not self.arbiter.is_idle:
            await asyncio.sleep(0)
            await self._control.inbox.emptied()

    async def run(self, stop: asyncio.Event, prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        """Run until `stop` is set, then end what is half done and close every connection.

        Args:
            stop: Ends the run.
            prepare: Opens the journal, where it is not open yet. The first polls are on their way
                meanwhile; no rule is looked at before. What it raises ends the run.

        Raises:
            EngineFailed: a defect ended a part of it without which rules would wait for ever.
        """
        self._fit_sources()
        tasks = [self._supervisor.begin(self._control.timetable.run(), "timetable")]
        stopped = asyncio.create_task(stop.wait(), name="stop")
        try:
            if prepare:
                await prepare()
            await self._begin()
            self._control.inbox.open()
            if self._journal.is_late:
                waiting = await_past(self._journal, self._take_past_over, self._wait_no_more)
                tasks.append(self._supervisor.begin(waiting, "late journal"))
            await self._supervisor.until(stopped)
            await self._end()
        finally:
            stopped.cancel()
            await self._close(tasks)
        self._supervisor.check()

    def reload(self, site: Site, rules: Sequence[Rule], interlocks: Sequence[Interlock] = ()) -> Changes:
        """Go on with an edited site from this moment, and return what is other; only after `has_begun`.

        What came in before is decided on by the rules as they were. Rules that are as they were keep the
        past of their triggers and what they are doing, connections stay open, values stay known.
        """
        self._control.inbox.take_all()
        changes, others = compare(self.site, self.rules, site, rules), redefined(self.site, site)
        if site.timezone != self.site.timezone:
            self._control.appointments.cancel_schedules()
        self.site, self.rules, self.interlocks = site, rules, interlocks
        self.state.timezone = site.timezone
        self._around.change_site(site)
        self._change_connections(others)
        self.runner.change_rules(rules)
        self.arbiter.change(site, self.runner.acting, interlocks, others)
        self._exchange_evaluator()
        self._control.enter(self._control.virtual.fit(site.targets, site.timezone))
        self._journal.record(Reload(self.state.now, changes.lines))
        self.happen(Event(kind="service", name="reload"))
        return changes

    def _change_connections(self, others: Collection[Point]) -> None:
        """Connect to what the site has now; nothing is known of points that stand for something else."""
        retiring = exchange_links(
            self._links, self.site.connections, clock=self._clock, journal=self._journal, dice=self._dice
        )
        self._listen_to_links()
        for task in retiring:
            self._supervisor.finish(task)
        self._dispatcher.change_targets(self.site.targets)
        self.state.forget(others)
        self._control.latest.forget(others)
        self._dispatcher.settlements.forget(others)

    def _listen_to_links(self) -> None:
        for link in self._links.values():
            link.notice_turn = self._notice_turn

    async def _begin(self) -> None:
        now = self._clock.now()
        self._control.timetable.mind_start(self._journal.last_seen)
        await self._load_memory()
        await self._restore(now)
        changed = self._hold_again(await self._recall(now))
        # From here on nothing is awaited: what was missed is stored together with this, or looked at again.
        self._journal.record(ServiceStart(at=now, version=self._version, is_dry_run=self._dry_run))
        self._evaluate_from(self._journal.last_seen)
        outcome = self._control.evaluator.on_start(self.state)
        self._control.fit_appointments()
        self.arbiter.let_go_but(self.rules, outcome.keeps)
        self._control.act_on(outcome)
        self._control.act_on(self._control.evaluator.on_changes(changed, self.state))
        self.arbiter.begin()
        self.has_begun.set()

    async def _load_memory(self) -> None:
        """Take over what triggers remembered, but for those that have learned more since."""
        earlier = await self._journal.load_memory()
        self._sources.load_counts(
            {key: each for key, each in earlier.items() if key not in self._control.memory}
        )
        self._control.memory = {**earlier, **self._control.memory}

    async def _take_past_over(self) -> None:
        """Go on with what the journal holds; it may fail at each question, and is begun anew then."""
        await self._restore(self._clock.now())
        await self._load_memory()
        found = await self._recall(self._clock.now())
        # From here on nothing is awaited.
        self._control.inbox.take_all()
        self._hold_again(found)
        outcome = self._exchange_evaluator(self._journal.last_seen)
        self.arbiter.let_go_but(self.rules, outcome.keeps)

    def _wait_no_more(self) -> None:
        """Take what is true for known, since nobody tells whether it was."""
        self.state.look_at(self._clock)
        self._control.act_on(self._control.evaluator.wait_no_more(self.state))

    async def _restore(self, now: datetime) -> None:
        """Take over what the run before left: firings that go on, and claims that stand."""
        since = remembered_since(self.rules, now, self._journal.last_seen)
        earlier = before(await self._journal.load_past(since), self.run_number)
        switched = await self._journal.load_samples(self.arbiter.windows)
        self.runner.restore(earlier)
        self.arbiter.restore(earlier.claims, switched, self._journal.last_seen, self.runner.acting)
        self._fit_sources()

    async def _recall(self, now: datetime) -> Sequence[Reading]:
        """Take over what the run before knew of the points; return what virtual ones held."""
        targets, state, note = self.site.targets, self.state, self._around.note
        found = await recall_points(
            self._journal, targets, self._needed, state=state, dispatcher=self._dispatcher, note=note
        )
        if found.held:
            self.deliver(found.held)
        windows = self._windows()
        past = await self._journal.load_samples({point: now - window for point, window in windows.items()})
        self.state.keep_past(windows, past)
        self.state.fill_past(past)
        self.runner.notice(())
        self._control.timetable.add_once(_PATIENCE, lambda due: self.runner.wake())
        return found.virtual

    def _hold_again(self, held: Sequence[Reading]) -> Changed:
        """Let virtual points hold what they held; return what is other by that."""
        self.state.look_at(self._clock)
        virtual = self._control.virtual.restore(self.site.targets, self.site.timezone, held)
        if not self._journal.is_late:
            # What they begin with must not be taken for what they held.
            self._journal.record(*virtual)
        changed = self.state.apply(virtual, self.state.now)
        self.runner.notice(changed)
        return changed

    def _exchange_evaluator(self, down_since: datetime | None = None) -> Outcome:
        """Look at the rules that are in use now, with the past that their triggers have."""
        self._control.close_evaluator()
        self.arbiter.change_rules(self.runner.acting)
        self._fit_sources()
        self._lengthen(self.state.keep_past(self._windows(), {}))
        self._evaluate_from(down_since or self.state.now)
        outcome = self._control.evaluator.on_takeover(self.state)
        self._control.fit_appointments()
        self._control.act_on(outcome)
        return outcome

    def _lengthen(self, windows: Mapping[Point, timedelta]) -> None:
        """Fetch the past that rules look back on now and did not before."""
        if windows:
            fetching = fetch_past(self._journal, self._clock, self.state, windows)
            self._supervisor.finish(asyncio.create_task(fetching, name="past of points"))

    def _evaluate_from(self, down_since: datetime | None) -> None:
        self._control.evaluator = Evaluator(
            self.rules,
            self._control.memory,
            down_since=down_since,
            is_in_use=self._is_in_use,
            awaits_past=self._journal.is_late,
            is_to_come=partial(is_to_come, self.site.targets, self._dispatcher),
        )

    def _is_in_use(self, rule: Rule) -> bool:
        """Whether a rule is looked at: one that its file switches off may have been switched on since."""
        return rule.mode is not Mode.OFF or self.runner.is_on(rule.id)

    def _fit_sources(self) -> None:
        """Read and hear what is needed now."""
        rules = [rule for rule in self.rules if self._is_in_use(rule)]
        urgencies = urgencies_of(self.needs())
        self._needed = frozenset(urgencies)
        kinds = {*self.site.event_kinds, RAISED}
        with_events = any(hear_of(rule.triggers, kinds) for rule in rules)
        self._sources.fit(self.site, self._links, urgencies, with_events=with_events)
        for name, link in self._links.items():
            if link.is_there is not None:
                self._turn(name, link.is_there)

    def _windows(self) -> Mapping[Point, timedelta]:
        return longest(rule.windows for rule in self.rules if self._is_in_use(rule))

    def _need(self) -> None:
        """Take in that points are needed by the arbiter."""
        if self.has_begun.is_set() and not self.arbiter.needed <= self._needed:
            self._control.inbox.put(Errand(self._fit_sources))

    def _notice_turn(self, connection: str, is_there: bool) -> None:
        self.arbiter.turned(connection, is_there=is_there)
        self._turn(connection, is_there)

    def _turn(self, connection: str, is_there: bool) -> None:
        if connection_point(connection) in self._needed:
            self._control.inbox.put(Turned(connection, is_there))

    async def _end(self) -> None:
        """Let rules do what they do at the end, before anything is closed."""
        self.state.look_at(self._clock)
        outcome = self._control.evaluator.on_event(Event(kind=SERVICE, name="stop"), self.state)
        self._control.act_on(outcome)
        await self.runner.finish({each.rule.id for each in outcome.decisions})

    async def _close(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        self._control.inbox.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.runner.close()
        self.arbiter.close()
        await self._dispatcher.close()
        await self._sources.close()
        await self._supervisor.finished()
        await close_links(self._links)
        await self._journal.commit()
