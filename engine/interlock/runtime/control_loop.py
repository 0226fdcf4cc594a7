"""The control loop: one queue in, one direction, one writer of the state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from interlock.clock import Clock
from interlock.config.site import Site
from interlock.expressions.turning import earliest, next_second
from interlock.history.journal import Journal
from interlock.history.records import Remembered
from interlock.model import Event, Origin, OriginKind, Point, Reading
from interlock.rules.availability import connection_point
from interlock.rules.due import Due
from interlock.rules.evaluator import START, Evaluator, Outcome
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Keeping
from interlock.rules.state import Changed, Confirmation, State
from interlock.runtime.agenda import Agenda
from interlock.runtime.appointments import Appointments
from interlock.runtime.commands.arbiter import Arbiter
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.connections.answers import NOTHING, Confirmed
from interlock.runtime.connections.latest import Latest
from interlock.runtime.firings.runner import Runner
from interlock.runtime.inbox import Errand, Happened, Inbox, Item, Moment, Readings, Turned
from interlock.runtime.supervision import Supervisor
from interlock.runtime.surroundings import Surroundings
from interlock.runtime.timetable import Timetable
from interlock.runtime.virtual_points import VirtualPoints


class ControlLoop:
    """Takes in what comes, one after the other, decides on it, and lets it be done.

    Args:
        site: The loaded site.
        around: What expressions may ask besides the points.
        clock: Wall or virtual time.
        journal: Is told what is taken in, and what triggers remember.
        supervisor: Ends the run where a turn fails.
    """

    _arbiter: Arbiter
    _dispatcher: Dispatcher
    _runner: Runner

    def __init__(
        self, site: Site, around: Surroundings, *, clock: Clock, journal: Journal, supervisor: Supervisor
    ) -> None:
        self._clock = clock
        self._journal = journal
        self.state = State(site.timezone, clock.now(), around)
        self.state.look_at(clock)
        self.inbox = Inbox(self._take, supervisor)
        self.state.notice_set = self.inbox.shift
        agenda = Agenda(clock, self._come)
        self.timetable = Timetable(clock, agenda.close)
        self.timetable.notice_set_back = self._mind_clock
        self.appointments = Appointments(self.timetable, agenda)
        self.virtual = VirtualPoints(clock, self.timetable, agenda, self.enter)
        self.latest = Latest(clock)
        self.memory: dict[str, TriggerMemory] = {}
        """What triggers remember, as the journal has it."""
        self.evaluator = Evaluator(())
        """Looks at the rules of now; who exchanges it fits the appointments."""
        self._foreseen: datetime | None = None
        """When something that reads the time may turn next, as it was last said."""

    def attach(self, dispatcher: Dispatcher, arbiter: Arbiter, runner: Runner) -> None:
        """Let those do what is decided who bring in what comes of it; before anything is taken in."""
        self._dispatcher, self._arbiter, self._runner = dispatcher, arbiter, runner

    def deliver(self, readings: list[Reading], confirmed: Confirmed = NOTHING) -> None:
        """Take readings in, as one moment: what a poll brought, a driver was told, a command answered.

        Args:
            readings: What is new, or may be.
            confirmed: What was read again and is as it was, in this same moment.
        """
        self.latest.hear(readings)
        self.inbox.put(Readings(readings, confirmed))

    def happen(self, event: Event) -> None:
        """Take an event in, after what was delivered before it."""
        self.inbox.put(Happened(event))

    def enter(self, readings: list[Reading]) -> None:
        """Take readings of virtual points in, in this very moment."""
        if readings:
            self.latest.hear(readings)
            self.act_on(self._decide(Readings(readings)))

    def _take(self, item: Item) -> None:
        if isinstance(item, Errand):
            item.do()
        else:
            self.act_on(self._decide(item))

    def _decide(self, item: Moment) -> Outcome:
        self.state.look_at(self._clock)
        evaluator = self.evaluator
        match item:
            case Readings(news, confirmed):
                others = self._confirm(confirmed)
                fresh = [*news, *others]
                seen = self._seen(confirmed, fresh)
                changed = self._take_in(fresh, seen, confirmed.by)
                if others:
                    self.state.confirm(confirmed.by, confirmed.at, joined=[each.point for each in others])
                return evaluator.on_changes(changed, self.state, [*fresh, *seen])
            case Happened(event):
                return evaluator.on_event(event, self.state)
            case Turned(connection, is_there):
                point, now = connection_point(connection), self.state.now
                turned = Reading(point=point, value=is_there, observed_at=now)
                return evaluator.on_changes(self.state.apply([turned], now), self.state)

    def _come(self, due: Due, readings: list[Reading]) -> None:
        """Decide on what the clock brings at one instant, after what came in before it."""
        self.inbox.take_all()
        self.latest.hear(readings)
        self.state.look_at(self._clock)
        changed = self._take_in(readings)
        self._arbiter.on_time()
        self.act_on(self.evaluator.on_due(due, self.state, changed, readings))

    def _confirm(self, confirmed: Confirmed) -> Sequence[Reading]:
        """Take in what is as it was; return what is not."""
        if confirmed is NOTHING:
            return ()
        at, joined = confirmed.at, confirmed.joined
        others: list[Reading] = []
        if confirmed.doubtful:
            others += (replace(each, observed_at=at) for each in self.state.other_than(confirmed.doubtful))
            doubted = {each.point for each in others}
            joined = [point for point in joined if point not in doubted]
        self.state.confirm(confirmed.by, at, left=confirmed.left, joined=joined)
        return others

    def _seen(self, confirmed: Confirmed, fresh: Sequence[Reading]) -> Sequence[Reading]:
        """Return what is as it was, and somebody has to see all the same."""
        # Before anything is gathered: each command and each reading that is told comes by here.
        if confirmed is NOTHING or not (attended := self.attended()):
            return ()
        return self.state.confirmed(confirmed.by, {*attended}.difference(each.point for each in fresh))

    def attended(self) -> Collection[Point]:
        """Return the points of which each reading counts: somebody waits for it, or compares it."""
        return {
            *self.evaluator.attended,
            *self._runner.awaited,
            *self._arbiter.attended,
            *self._dispatcher.settlements.unjudged,
        }

    def _take_in(
        self, readings: Sequence[Reading], seen: Sequence[Reading] = (), by: Confirmation | None = None
    ) -> Changed:
        """Take readings in, and show those of `seen` too, which the state has already."""
        everything = [*readings, *seen]
        self._journal.record(*everything)
        self._dispatcher.settlements.see(everything)
        changed = self.state.apply(readings, self.state.now, by=by)
        self._runner.notice(reading.point for reading in everything)
        self._arbiter.see(everything, changed)
        return changed

    def act_on(self, outcome: Outcome) -> None:
        """Let be done what was decided."""
        # What is let go is journalled before the rule's memory of it, what is kept after it: a power cut
        # in between leaves a rule that keeps and has no claim, which the next start makes good.
        for keeping in outcome.keeps:
            self._let_go(keeping)
        if outcome.memory:
            self.remember(dict(outcome.memory))
        for timer in outcome.timers:
            self.appointments.set_hold(timer.key, timer.at)
        for keeping in outcome.keeps:
            self._keep(keeping)
        self._runner.take(outcome.decisions)
        if outcome.has_other_schedules:
            self.fit_appointments()
        self._fit_turn()

    def _let_go(self, keeping: Keeping) -> None:
        if keeping.values is None:
            why = keeping.decision.reason if keeping.decision else "it keeps nothing any more"
            self._arbiter.let_go(Origin(OriginKind.RULE, keeping.rule.id), why=why)

    def _keep(self, keeping: Keeping) -> None:
        decision = keeping.decision
        if keeping.values is None:
            if decision is not None:
                self._runner.take([decision])
        elif self._runner.begins_to_keep(decision) if decision else self._runner.is_on(keeping.rule.id):
            self._arbiter.keep(keeping.rule, keeping.values)

    def remember(self, memory: Mapping[str, TriggerMemory]) -> None:
        """Take in what triggers remember now."""
        self.memory.update(memory)
        self._journal.record(*(Remembered(key, each) for key, each in memory.items()))

    def fit_appointments(self) -> None:
        """Be called at the times at which something comes now."""
        self.appointments.fit(self.evaluator.schedules, self.state.timezone)
        self._fit_turn()

    def _fit_turn(self) -> None:
        """Be called when something that reads the time may turn."""
        at = earliest(self.evaluator.next_turn, self._arbiter.next_turn)
        if at is not None and at != self._foreseen:
            self.appointments.set_turn(max(at, next_second(self.state)))
        self._foreseen = at

    def _mind_clock(self) -> None:
        """Take in that the clock was set back."""
        self.state.look_at(self._clock)
        self.evaluator.mind_clock()
        self.appointments.set_turn(next_second(self.state))

    def close_evaluator(self) -> None:
        """Let the evaluator of now say its last, before another one takes its place."""
        self.state.look_at(self._clock)
        self.act_on(self.evaluator.on_due(Due(at=self.state.now, timers=[START]), self.state))
        self.remember(self.evaluator.memory_at(self.state))
        self.appointments.cancel_holds()
