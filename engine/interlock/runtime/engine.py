"""The control loop: one queue in, one direction, one writer of the state."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from interlock.clock import Clock
from interlock.config.site import Site
from interlock.expressions.compiler import longest
from interlock.expressions.turning import earliest, next_second
from interlock.history.journal import Journal
from interlock.history.records import Reload, Remembered, ServiceStart
from interlock.model import Command, Event, Origin, OriginKind, Point, Reading, Receipt
from interlock.rules.availability import connection_point
from interlock.rules.due import Due
from interlock.rules.evaluator import START, Evaluator, Outcome
from interlock.rules.interlocks import Interlock
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Keeping, Mode, Rule
from interlock.rules.state import Changed, State
from interlock.rules.triggers import RAISED, SERVICE, hear_of
from interlock.runtime.agenda import Agenda
from interlock.runtime.appointments import Appointments
from interlock.runtime.changes import Changes, compare, redefined
from interlock.runtime.commands.arbiter import Arbiter
from interlock.runtime.commands.dispatcher import Dispatcher, failure
from interlock.runtime.connections.answers import NOTHING, Confirmed
from interlock.runtime.connections.latest import Latest
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.links import close_links, exchange_links, make_links
from interlock.runtime.connections.needs import Need, needs_of, urgencies_of
from interlock.runtime.connections.poll_plan import PollJob, is_told
from interlock.runtime.connections.subscription import News
from interlock.runtime.firings.outside import NOWHERE, Outside
from interlock.runtime.firings.runner import Runner
from interlock.runtime.inbox import Beat, Happened, Inbox, Item, Moment, Needed, Readings, Switched, Turned
from interlock.runtime.late_past import await_past, before
from interlock.runtime.recalling import fetch_past, is_to_come, recall_points, remembered_since
from interlock.runtime.sources import Sources
from interlock.runtime.supervision import Supervisor
from interlock.runtime.surroundings import Surroundings
from interlock.runtime.timetable import ClockSet, Timetable
from interlock.runtime.virtual_points import VirtualPoints

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
        self._around = Surroundings(site)
        self.state = State(site.timezone, clock.now(), self._around)
        self._clock = clock
        self._journal = journal
        self._dry_run = dry_run
        self._version = version
        self._dice = random.Random(seed)
        self._supervisor = Supervisor()
        self._inbox = Inbox(self._take, self._supervisor)
        self.state.look_at(clock)
        self.state.notice_set = self._inbox.shift
        self._agenda = Agenda(clock, self._come)
        self._timetable = Timetable(clock, self._agenda.close)
        self._timetable.notice_set_back = self._mind_clock
        self._virtual = VirtualPoints(clock, self._timetable, self._agenda, self._enter)
        self._latest = Latest(clock)
        self._needed: frozenset[Point] = frozenset()
        """The points whose values somebody needs now."""
        self._appointments = Appointments(self._timetable, self._agenda)
        self._foreseen: datetime | None = None
        """When something that reads the time may turn next, as it was last said."""
        self.memory: dict[str, TriggerMemory] = {}
        """What triggers remember, as the journal has it."""
        self._evaluator = Evaluator(())
        self.started_at = clock.now()
        self.has_begun = asyncio.Event()
        """Set once rules are looked at."""
        self._ids = itertools.count(1)
        self._links = make_links(site.connections, clock=clock, journal=journal, dice=self._dice)
        self._listen_to_links()
        self._dispatcher = Dispatcher(
            site.targets,
            self._links,
            clock=clock,
            journal=journal,
            deliver=self.deliver,
            notice_failure=self._failed,
            dice=self._dice,
            supervisor=self._supervisor,
            dry_run=dry_run,
            note=self._around.note,
            keep=self._virtual.write,
        )
        self._dispatcher.is_told = lambda point: is_told(self.site, point)
        self.arbiter = Arbiter(
            site,
            interlocks,
            dispatcher=self._dispatcher,
            state=self.state,
            clock=clock,
            timetable=self._timetable,
            journal=journal,
            new_id=self.new_id,
            supervisor=self._supervisor,
            happen=self.happen,
            notice_points=self._need,
            dry_run=dry_run,
        )
        """Says who claims which point, and takes and lets go of claims."""
        self.runner = Runner(
            rules,
            dispatcher=self._dispatcher,
            arbiter=self.arbiter,
            state=self.state,
            clock=clock,
            journal=journal,
            outside=outside,
            raise_event=self.happen,
            notice_switch=lambda: self._inbox.put(Switched()),
            new_id=self.new_id,
            dice=self._dice,
            supervisor=self._supervisor,
            dry_run=dry_run,
        )
        self._around.attach(self.state, self.runner.facts, self._dispatcher.settlements.made_of)
        self._sources = Sources(
            clock=clock,
            dice=self._dice,
            timetable=self._timetable,
            latest=self._latest,
            news=News(self._dispatcher, clock),
            deliver=self.deliver,
            happen=self.happen,
            remember=self._remember,
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
    def clock_set(self) -> ClockSet | None:
        """The last time that the clock was set by more than a minute; None for not yet."""
        return self._timetable.clock_set

    @property
    def waiting(self) -> int:
        """How much came in that nothing was decided on yet."""
        return len(self._inbox)

    @property
    def links(self) -> Mapping[str, Link]:
        """The connections at work, by name."""
        return self._links

    @property
    def needed(self) -> Collection[Point]:
        """The points whose values rules, claims or people need."""
        return self._needed

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
        self._timetable.add_interval(every, lambda _: self._inbox.put(Beat(give)))

    async def idle(self) -> None:
        """Wait until everything that came in has been decided on and every firing has ended."""
        await self._inbox.emptied()
        while await self.runner.idle() or not self.arbiter.is_idle:
            await asyncio.sleep(0)
            await self._inbox.emptied()

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
        tasks = [self._supervisor.begin(self._timetable.run(), "timetable")]
        stopped = asyncio.create_task(stop.wait(), name="stop")
        try:
            if prepare:
                await prepare()
            await self._begin()
            self._inbox.open()
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
        self._inbox.take_all()
        changes, others = compare(self.site, self.rules, site, rules), redefined(self.site, site)
        if site.timezone != self.site.timezone:
            self._appointments.cancel_schedules()
        self.site, self.rules, self.interlocks = site, rules, interlocks
        self.state.timezone = site.timezone
        self._around.change_site(site)
        self._change_connections(others)
        self.runner.change_rules(rules)
        self.arbiter.change(site, self.runner.acting, interlocks, others)
        self._exchange_evaluator()
        self._enter(self._virtual.fit(site.targets, site.timezone))
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
        self._latest.forget(others)
        self._dispatcher.settlements.forget(others)

    def _listen_to_links(self) -> None:
        for link in self._links.values():
            link.notice_turn = self._notice_turn

    async def _begin(self) -> None:
        now = self._clock.now()
        self._timetable.mind_start(self._journal.last_seen)
        await self._load_memory()
        await self._restore(now)
        changed = self._hold_again(await self._recall(now))
        # From here on nothing is awaited: what was missed is stored together with this, or looked at again.
        self._journal.record(ServiceStart(at=now, version=self._version, is_dry_run=self._dry_run))
        self._evaluate_from(self._journal.last_seen)
        outcome = self._evaluator.on_start(self.state)
        self._fit_appointments()
        self.arbiter.let_go_but(self.rules, outcome.keeps)
        self._act_on(outcome)
        self._act_on(self._evaluator.on_changes(changed, self.state))
        self.arbiter.begin()
        self.has_begun.set()

    async def _load_memory(self) -> None:
        """Take over what triggers remembered, but for those that have learned more since."""
        earlier = await self._journal.load_memory()
        self._sources.load_counts({key: each for key, each in earlier.items() if key not in self.memory})
        self.memory = {**earlier, **self.memory}

    async def _take_past_over(self) -> None:
        """Go on with what the journal holds; it may fail at each question, and is begun anew then."""
        await self._restore(self._clock.now())
        await self._load_memory()
        found = await self._recall(self._clock.now())
        # From here on nothing is awaited.
        self._inbox.take_all()
        self._hold_again(found)
        outcome = self._exchange_evaluator(self._journal.last_seen)
        self.arbiter.let_go_but(self.rules, outcome.keeps)

    def _wait_no_more(self) -> None:
        """Take what is true for known, since nobody tells whether it was."""
        self.state.look_at(self._clock)
        self._act_on(self._evaluator.wait_no_more(self.state))

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
        self._timetable.add_once(_PATIENCE, lambda due: self.runner.wake())
        return found.virtual

    def _hold_again(self, held: Sequence[Reading]) -> Changed:
        """Let virtual points hold what they held; return what is other by that."""
        self.state.look_at(self._clock)
        virtual = self._virtual.restore(self.site.targets, self.site.timezone, held)
        if not self._journal.is_late:
            # What they begin with must not be taken for what they held.
            self._journal.record(*virtual)
        changed = self.state.apply(virtual, self.state.now)
        self.runner.notice(changed)
        return changed

    def _exchange_evaluator(self, down_since: datetime | None = None) -> Outcome:
        """Look at the rules that are in use now, with the past that their triggers have."""
        self.state.look_at(self._clock)
        self._act_on(self._evaluator.on_due(Due(at=self.state.now, timers=[START]), self.state))
        self._remember(self._evaluator.memory_at(self.state))
        self._appointments.cancel_holds()
        self.arbiter.change_rules(self.runner.acting)
        self._fit_sources()
        self._lengthen(self.state.keep_past(self._windows(), {}))
        self._evaluate_from(down_since or self.state.now)
        outcome = self._evaluator.on_takeover(self.state)
        self._fit_appointments()
        self._act_on(outcome)
        return outcome

    def _lengthen(self, windows: Mapping[Point, timedelta]) -> None:
        """Fetch the past that rules look back on now and did not before."""
        if windows:
            fetching = fetch_past(self._journal, self._clock, self.state, windows)
            self._supervisor.finish(asyncio.create_task(fetching, name="past of points"))

    def _evaluate_from(self, down_since: datetime | None) -> None:
        self._evaluator = Evaluator(
            self.rules,
            self.memory,
            down_since=down_since,
            is_in_use=self._is_in_use,
            awaits_past=self._journal.is_late,
            is_to_come=partial(is_to_come, self.site.targets, self._dispatcher),
        )

    def _fit_appointments(self) -> None:
        """Be called at the times at which something comes now."""
        self._appointments.fit(self._evaluator.schedules, self.site.timezone)
        self._fit_turn()

    def _fit_turn(self) -> None:
        """Be called when something that reads the time may turn."""
        at = earliest(self._evaluator.next_turn, self.arbiter.next_turn)
        if at is not None and at != self._foreseen:
            self._appointments.set_turn(max(at, next_second(self.state)))
        self._foreseen = at

    def _mind_clock(self) -> None:
        """Take in that the clock was set back."""
        self.state.look_at(self._clock)
        self._evaluator.mind_clock()
        self._appointments.set_turn(next_second(self.state))

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

    def deliver(self, readings: list[Reading], confirmed: Confirmed = NOTHING) -> None:
        """Take readings in, as one moment: what a poll brought, a driver was told, a command answered.

        Args:
            readings: What is new, or may be.
            confirmed: What was read again and is as it was, in this same moment.
        """
        self._latest.hear(readings)
        self._inbox.put(Readings(readings, confirmed))

    def _enter(self, readings: list[Reading]) -> None:
        """Take readings of virtual points in, in this very moment."""
        if readings:
            self._latest.hear(readings)
            self._act_on(self._decide(Readings(readings)))

    def happen(self, event: Event) -> None:
        """Take an event in, after what was delivered before it."""
        self._inbox.put(Happened(event))

    def _need(self) -> None:
        """Take in that points are needed by the arbiter."""
        if self.has_begun.is_set() and not self.arbiter.needed <= self._needed:
            self._inbox.put(Needed())

    def _notice_turn(self, connection: str, is_there: bool) -> None:
        self.arbiter.turned(connection, is_there=is_there)
        self._turn(connection, is_there)

    def _turn(self, connection: str, is_there: bool) -> None:
        if connection_point(connection) in self._needed:
            self._inbox.put(Turned(connection, is_there))

    def _failed(self, receipt: Receipt) -> None:
        """Take in that a command failed for good."""
        self.happen(failure(receipt))

    def _take(self, item: Item) -> None:
        if isinstance(item, Switched):
            self._exchange_evaluator()
        elif isinstance(item, Needed):
            self._fit_sources()
        elif isinstance(item, Beat):
            item.give()
        else:
            self._act_on(self._decide(item))

    def _decide(self, item: Moment) -> Outcome:
        self.state.look_at(self._clock)
        evaluator = self._evaluator
        match item:
            case Readings(news, confirmed):
                others, seen = self._confirm(confirmed)
                changed = self._take_in([*news, *others], seen)
                if others:
                    self.state.confirm(confirmed.by, confirmed.at, joined=[each.point for each in others])
                return evaluator.on_changes(changed, self.state, [*news, *others, *seen])
            case Happened(event):
                return evaluator.on_event(event, self.state)
            case Turned(connection, is_there):
                point, now = connection_point(connection), self.state.now
                turned = Reading(point=point, value=is_there, observed_at=now)
                return evaluator.on_changes(self.state.apply([turned], now), self.state)

    def _come(self, due: Due, readings: list[Reading]) -> None:
        """Decide on what the clock brings at one instant, after what came in before it."""
        self._inbox.take_all()
        self._latest.hear(readings)
        self.state.look_at(self._clock)
        changed = self._take_in(readings)
        self.arbiter.on_time()
        self._act_on(self._evaluator.on_due(due, self.state, changed, readings))

    def _confirm(self, confirmed: Confirmed) -> tuple[Sequence[Reading], Sequence[Reading]]:
        """Take in what is as it was; return what is not, and what somebody has to see all the same."""
        state, at = self.state, confirmed.at
        others = [replace(each, observed_at=at) for each in state.other_than(confirmed.doubtful)]
        doubted = {each.point for each in others}
        joined = [point for point in confirmed.joined if point not in doubted]
        state.confirm(confirmed.by, at, left=confirmed.left, joined=joined)
        return others, state.confirmed(confirmed.by, sorted(self._attended()))

    def _attended(self) -> Collection[Point]:
        """Return the points of which each reading counts: somebody waits for it, or compares it."""
        return {
            *self._evaluator.attended,
            *self.runner.awaited,
            *self.arbiter.attended,
            *self._dispatcher.settlements.unjudged,
        }

    def _take_in(self, readings: Sequence[Reading], seen: Sequence[Reading] = ()) -> Changed:
        """Take readings in, and show those of `seen` too, which the state has already."""
        everything = [*readings, *seen]
        self._journal.record(*everything)
        self._dispatcher.settlements.see(everything)
        changed = self.state.apply(readings, self.state.now)
        self.runner.notice(reading.point for reading in everything)
        self.arbiter.see(everything, changed)
        return changed

    def _act_on(self, outcome: Outcome) -> None:
        # What is let go is journalled before the rule's memory of it, what is kept after it: a power cut
        # in between leaves a rule that keeps and has no claim, which the next start makes good.
        for keeping in outcome.keeps:
            self._let_go(keeping)
        if outcome.memory:
            self._remember(dict(outcome.memory))
        for timer in outcome.timers:
            self._appointments.set_hold(timer.key, timer.at)
        for keeping in outcome.keeps:
            self._keep(keeping)
        for decision in outcome.decisions:
            self.runner.take(decision)
        if outcome.has_other_schedules:
            self._fit_appointments()
        self._fit_turn()

    def _let_go(self, keeping: Keeping) -> None:
        if keeping.values is None:
            why = keeping.decision.reason if keeping.decision else "it keeps nothing any more"
            self.arbiter.let_go(Origin(OriginKind.RULE, keeping.rule.id), why=why)

    def _keep(self, keeping: Keeping) -> None:
        decision = keeping.decision
        if keeping.values is None:
            if decision is not None:
                self.runner.take(decision)
        elif self.runner.begins_to_keep(decision) if decision else self.runner.is_on(keeping.rule.id):
            self.arbiter.keep(keeping.rule, keeping.values)

    async def _end(self) -> None:
        """Let rules do what they do at the end, before anything is closed."""
        self.state.look_at(self._clock)
        outcome = self._evaluator.on_event(Event(kind=SERVICE, name="stop"), self.state)
        self._act_on(outcome)
        await self.runner.finish({each.rule.id for each in outcome.decisions})

    def _remember(self, memory: Mapping[str, TriggerMemory]) -> None:
        self.memory.update(memory)
        self._journal.record(*(Remembered(key, each) for key, each in memory.items()))

    async def _close(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        self._inbox.close()
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
