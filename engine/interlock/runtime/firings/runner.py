"""Begins, overlaps, suspends and ends the firings of rules, and writes down how each ended."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from interlock.clock import Clock
from interlock.durations import format_duration
from interlock.expressions.view import RuleFacts, with_names
from interlock.history.journal import Journal
from interlock.history.records import Firing, FiringEnd, Past, RuleSwitch, Unfinished
from interlock.model import Event, Origin, OriginKind, Point, Value
from interlock.rules.rule import Cause, Decision, Mode, Overlap, Rule, Verdict
from interlock.rules.state import State
from interlock.runtime.commands.arbiter import Arbiter
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.firings.brakes import REST, RUNAWAY, Brakes
from interlock.runtime.firings.circles import Circles
from interlock.runtime.firings.followed import fired, followed_rules
from interlock.runtime.firings.one_write import OneWrite, is_one_write
from interlock.runtime.firings.outside import Outside
from interlock.runtime.firings.overlap import crowded, has_undo
from interlock.runtime.firings.performer import Performer
from interlock.runtime.firings.progress import Progress
from interlock.runtime.firings.rule_status import RuleStatus
from interlock.runtime.firings.run import Ended, Part, Run, StepFailed, Suspended
from interlock.runtime.firings.stage import Stage, unfinished
from interlock.runtime.firings.waits import Waits
from interlock.runtime.firings.writer import refused
from interlock.runtime.supervision import Supervisor

log = logging.getLogger("interlock.rule")

_CLOSE_S = 15.0
"""How long a firing that is sending may still take when the service ends."""


class Runner:
    """The firings of a site's rules.

    Args:
        rules: The site's.
        dispatcher, arbiter, state, clock, journal, outside: What firings act on.
        raise_event: Takes what ``raise`` says.
        notice_switch: Learns that a rule was switched on or off.
        new_id: Gives ids for firings and commands.
        dice: Draws random delays.
        supervisor: Ends the run where firings cannot go on.
        dry_run: Nothing leaves the engine.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        dispatcher: Dispatcher,
        arbiter: Arbiter,
        state: State,
        clock: Clock,
        journal: Journal,
        outside: Outside,
        raise_event: Callable[[Event], None],
        notice_switch: Callable[[], None],
        new_id: Callable[[], str],
        dice: random.Random,
        supervisor: Supervisor,
        dry_run: bool = False,
    ) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._followed = followed_rules(self._rules.values())
        self._waits = Waits(clock)
        self._brakes = Brakes()
        self._circles = Circles(state, dispatcher.origin_of)
        self._notice_switch = notice_switch
        self._supervisor = supervisor
        self._stage = Stage(
            dispatcher=dispatcher,
            arbiter=arbiter,
            state=state,
            clock=clock,
            journal=journal,
            waits=self._waits,
            rules=self,
            outside=outside,
            targets=dispatcher.targets,
            saved={},
            raise_event=raise_event,
            notice_way=lambda run, path: self.notice_way(run, path),  # noqa: PLW0108 - it is set later
            new_id=new_id,
            dice=dice,
            dry_run=dry_run,
        )
        self._running: defaultdict[str, list[Run]] = defaultdict(list)
        self._queues: defaultdict[str, deque[Run]] = defaultdict(deque)
        self._tasks: dict[Run, asyncio.Future[None]] = {}
        """What is done when a run has ended, and ends it where it is cancelled: mostly no task."""
        self._switches: dict[str, RuleSwitch] = {}
        self._cancelled: dict[Run, str] = {}
        """Runs that are being cancelled, and what to say of them."""
        self._asleep: list[Run] = []
        """What goes on as soon as the points that it reads have been read."""
        self.notice_way: Callable[[Run, str], None] = lambda run, path: None
        """Is told which lists of actions firings begin: what measures coverage listens here."""

    def restore(self, past: Past) -> None:
        """Take over what the journal kept: firings that go on, saved values, switched rules.

        Where it comes late, what was saved and switched since counts.
        """
        for name, values in past.saved.items():
            self._stage.saved.setdefault(name, values)
        self._brakes.restore(past, self._stage.clock)
        self._switches = {**past.switches, **self._switches}
        known = {run.id for run in self._open()}
        unfinished = (kept for kept in past.unfinished if kept.firing not in known)
        self._asleep += [run for kept in unfinished if (run := self._kept(kept))]

    def change_rules(self, rules: Iterable[Rule]) -> None:
        """Go on with other rules; what a rule was doing that is not as it was ends, but for its undo."""
        before, self._rules = self._rules, {rule.id: rule for rule in rules}
        self._followed = followed_rules(self._rules.values())
        for rule in before.values():
            if why := self._why_not(rule.id, rule.digest):
                self._break_off(rule.id, why)
        for run in self._open():
            if not self._why_not(run.rule.id, run.rule.digest):
                run.rule = self._rules[run.rule.id]

    def take(self, decisions: Iterable[Decision]) -> None:
        """Do what the decisions of one moment come to: begin firings, or write down why there are none.

        All firings of a moment are written down before one of them starts.
        """
        begun: dict[str, Run] = {}
        for decision in decisions:
            if decision.rule.id in begun:
                # What a rule does already says what more it may do; all start, to keep their order.
                self._admit_all(begun)
            if run := self._begun(decision):
                begun[decision.rule.id] = run
        self._admit_all(begun)

    def _begun(self, decision: Decision) -> Run | None:
        """Write down a firing and return it, or write down why there is none."""
        rule = decision.rule
        part = Part.after(decision.verdict)
        if not self._is_let_act(decision):
            return None
        if part is None or not part.actions_of(rule):
            if decision.verdict is Verdict.LET_GO:
                self._write_down(decision, "lets go", "let go")
            elif decision.verdict is not Verdict.ENDED:
                self._note_miss(decision)
            return None
        if part is not Part.FINALLY and self._is_missed(decision, part):
            return None
        # The reason is put into words for the log alone.
        if log.isEnabledFor(logging.INFO):
            log.info("rule %s %s: %s", rule.id, part.verb, decision.reason)
        run = Run(self._stage.new_id(), rule, decision.names, part)
        self._write_firing(run, decision)
        return run

    def _admit_all(self, begun: dict[str, Run]) -> None:
        for run in begun.values():
            self._admit(run)
        begun.clear()

    def begins_to_keep(self, decision: Decision) -> bool:
        """Write down that a rule begins to keep; return whether it may, which one that runs away may not."""
        rule = decision.rule
        if rule.keep is None or not self._is_let_act(decision) or self._is_missed(decision, Part.ACTIONS):
            return False
        self._write_down(decision, "keeps", f"{rule.keep.text}, priority {rule.keep.priority}")
        return True

    def _write_down(self, decision: Decision, verb: str, outcome: str) -> None:
        """Write down a firing that is over at once, since the arbiter does what follows."""
        log.info("rule %s %s: %s", decision.rule.id, verb, decision.reason)
        firing = self._stage.new_id()
        self._stage.journal.record(Firing(firing, decision), FiringEnd(firing, decision.at, outcome))

    def notice(self, points: Iterable[Point]) -> None:
        """Wake firings that wait for one of these points, and those whose points have been read now."""
        self._waits.notice(points)
        if self._asleep:
            self.wake(lambda run: all(self._stage.state.reading(point) for point in run.rule.points))

    @property
    def awaited(self) -> Collection[Point]:
        """The points that firings wait for: each reading of one wakes them."""
        return self._waits.points

    def wake(self, is_ready: Callable[[Run], bool] = lambda run: True) -> None:
        """Let firings of the last run of the service go on."""
        ready = [run for run in self._asleep if is_ready(run)]
        self._asleep = [run for run in self._asleep if run not in ready]
        # What came while an undo ran waited for it.
        for run in sorted(ready, key=lambda run: run.part is not Part.FINALLY):
            if run.rule.overlap is Overlap.RESTART and self._has_newer(run):
                self._end(run, "restarted")
                continue
            log.info("rule %s goes on where it was", run.rule.id)
            self._stage.trace(run, "after a restart of the service", "it goes on where it was")
            self._admit(run)

    def _has_newer(self, run: Run) -> bool:
        """Whether its rule fired again before it went on, as where the journal came late."""
        return run.part is not Part.FINALLY and any(
            other.part is not Part.FINALLY for other in self._running[run.rule.id]
        )

    def switch(self, rule: str, *, is_on: bool, by: str) -> None:
        """Let a rule act or not, from now on and after a restart."""
        self._brakes.switch(rule, is_on=is_on)
        self._switches[rule] = RuleSwitch(rule, self._stage.clock.now(), is_on, by)
        self._stage.journal.record(self._switches[rule])
        log.info("rule %s is switched %s by %s", rule, "on" if is_on else "off", by)
        self._notice_switch()

    def is_on(self, rule: str) -> bool:
        """Whether a rule acts."""
        return self._brakes.is_on(self._rules[rule])

    @property
    def acting(self) -> Sequence[Rule]:
        """The rules that act, and so may claim something."""
        return [rule for rule in self._rules.values() if self.is_on(rule.id)]

    def is_stopped(self, rule: str) -> bool:
        """Whether a rule was stopped because it ran away, and does nothing for a while."""
        return bool(self._brakes.rests(self._rules[rule], self._stage.clock.monotonic()))

    def status(self, rule: str) -> RuleStatus:
        """Return what a rule is doing, and whether it may do anything."""
        waiting = len(self._queues[rule])
        return RuleStatus(
            rule=rule,
            is_on=self.is_on(rule),
            switch=self._switches.get(rule),
            running=sum(run.rule.id == rule for run in self._open()) - waiting,
            queued=waiting,
            held=self._held_by(rule),
            fired_at=self._brakes.fired_at(rule),
        )

    def _held_by(self, rule: str) -> int:
        arbiter, origin = self._stage.arbiter, Origin(OriginKind.RULE, rule)
        return sum(arbiter.holds(point, origin) for point in arbiter.points)

    def facts(self, rule: str) -> RuleFacts | None:
        """Return how a rule stands; None where there is none."""
        known = self._rules.get(rule)
        if known is None:
            return None
        state = self._stage.state
        today = state.now.astimezone(state.timezone).date()
        midnight = datetime.combine(today, time(), state.timezone).astimezone(UTC)
        return RuleFacts(
            last_fired=self._brakes.fired_at(rule),
            count_today=self._brakes.count_since(known, midnight),
            is_on=self._brakes.is_on(known),
            is_running=bool(self._running[rule]),
        )

    def cancel(self, rule: str, *, by: Run | str) -> int:
        """End what a rule is doing, but for its undo; return how many firings that were."""
        who = by if isinstance(by, str) else f"rule {by.rule.id}"
        return self._end_all(rule, f"cancelled by {who}", but=by)

    def _end_all(self, rule: str, why: str, *, but: Run | str = "") -> int:
        """End every firing of a rule but one, and but an undo that has begun; return how many that were."""
        asleep = [run for run in self._asleep if run.rule.id == rule and run.part is not Part.FINALLY]
        self._asleep = [run for run in self._asleep if run not in asleep]
        waiting, self._queues[rule] = [*self._queues[rule], *asleep], deque()
        for run in waiting:
            self._end(run, why)
        running = [run for run in self._running[rule] if run is not but and run.part is not Part.FINALLY]
        for run in running:
            self._stop(run, why)
        return len(waiting) + len(running)

    def _break_off(self, rule: str, why: str) -> None:
        if self._end_all(rule, f"broken off: the rule {why}"):
            log.info("rule %s %s: what it was doing ends", rule, why)

    def _why_not(self, rule: str, digest: str) -> str:
        """Return why what a rule was doing does not go on; empty where it does."""
        now = self._rules.get(rule)
        if now is None:
            return "was removed"
        return "" if now.digest == digest else "was changed"

    def run(self, rule: str, variables: Mapping[str, Value], *, by: Run | str, path: str = "") -> Run | None:
        """Begin a firing of a rule; None where its mode lets no further one begin.

        Where a run says so it gets a note of the firing's id at `path`, and the journal has both or neither.
        """
        who = by if isinstance(by, str) else f"rule {by.rule.id}"
        decision = Decision(
            rule=self._rules[rule],
            at=self._stage.clock.now(),
            cause=Cause(f"run by {who}"),
            verdict=Verdict.FIRED,
            condition="",
            truth=None,
            seen=(),
        )
        run = Run(self._stage.new_id(), decision.rule, decision.names, variables=dict(variables))
        run.progress.put("", is_called=True)
        log.info("rule %s %s: %s", rule, run.part.verb, decision.reason)
        if isinstance(by, str):
            self._write_firing(run, decision)
        else:
            by.progress.put(path, firing=run.id)
            self._write_firing(run, decision, unfinished(by, is_dry=self._stage.dry_run))
        self._admit(run)
        return None if run.is_over.is_set() else run

    def note_raised(self, event: str, *, by: Run) -> None:
        """Take in that a firing raises an event, which may set off others."""
        self._circles.note_raised(event, by.rule.id)

    def running(self, firing: str) -> Run | None:
        """Return a firing that has not ended."""
        return next((run for run in self._open() if run.id == firing), None)

    def _open(self) -> Iterable[Run]:
        """Return every firing that has not ended."""
        return (*self._tasks, *self._asleep, *(run for queue in self._queues.values() for run in queue))

    @property
    def under_way(self) -> int:
        """How many firings have not ended."""
        return sum(1 for _ in self._open())

    async def idle(self) -> bool:
        """Wait until every firing that is running now has ended; return whether there was one."""
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks)
        return bool(tasks)

    async def finish(self, rules: Collection[str]) -> None:
        """Wait until these rules have done what they do, as long as a service may take to end."""
        tasks = [task for run, task in self._tasks.items() if run.rule.id in rules]
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSE_S)

    async def close(self) -> None:
        """Suspend firings that wait or could go on; let those that are sending come to their end."""
        self._waits.close()
        for queue in self._queues.values():
            for run in queue:
                self._stage.keep(run)
            queue.clear()
        tasks = list(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _kept(self, kept: Unfinished) -> Run | None:
        why = self._why_not(kept.rule, kept.digest)
        if not why and kept.is_dry and not self._stage.dry_run:
            # Its second half would come to devices that the first has never reached.
            why = "began it in a dry run"
        if why:
            log.info("rule %s %s: what it was doing ends", kept.rule, why)
            end = FiringEnd(kept.firing, self._stage.clock.now(), f"broken off: the rule {why}")
            self._stage.journal.record(end)
            return None
        return Run(
            kept.firing,
            self._rules[kept.rule],
            kept.names,
            Part(kept.part),
            progress=Progress(kept.notes),
            variables=dict(kept.variables),
        )

    def _is_let_act(self, decision: Decision) -> bool:
        """Whether a rule acts at all; that one does not which is switched off is a near miss."""
        rule, switch = decision.rule, self._switches.get(decision.rule.id)
        if self._brakes.is_on(rule):
            return True
        if decision.verdict in _ACTING and switch is not None:
            since = f"{switch.at.astimezone(self._stage.state.timezone):%Y-%m-%d %H:%M:%S}"
            self._miss(decision, Verdict.SWITCHED_OFF, f"it is switched off by {switch.by} since {since}")
        return False

    def _is_missed(self, decision: Decision, part: Part) -> bool:
        """Whether nothing may begin now by a decision of a rule that acts; why not is written down."""
        rule, now = decision.rule, self._stage.clock.monotonic()
        if reason := self._held_back(rule, part, now):
            return self._miss(decision, Verdict.HELD_BACK, reason)
        if rule.keep is None and (reason := crowded(rule, self._others(rule), self._waiting(rule))):
            log.info("rule %s is skipped: %s", rule.id, reason)
            return self._miss(decision, Verdict.SKIPPED, reason)
        self._circles.note(decision)
        if self._brakes.runs_away(rule, now):
            reason = self._runaway(decision)
            log.error("rule %s is stopped for %s: %s", rule.id, format_duration(REST), reason)
            self._raise(rule, Event(kind="event", name="rule_stopped", data={"rule": rule.id}))
            return self._miss(decision, Verdict.HELD_BACK, reason)
        if part is Part.ACTIONS:
            self._brakes.note(rule, self._stage.clock.now(), now)
        return False

    def _miss(self, decision: Decision, verdict: Verdict, why: str) -> bool:
        self._note_miss(replace(decision, verdict=verdict, note=why))
        return True

    def _note_miss(self, decision: Decision) -> None:
        if log.isEnabledFor(logging.DEBUG):
            log.debug("rule %s does nothing: %s", decision.rule.id, decision.reason)
        self._stage.journal.record(decision)

    def _held_back(self, rule: Rule, part: Part, now: timedelta) -> str:
        """Return why a rule may not act now, and tell of it once; empty where it may."""
        holds_back = self._brakes.holds_back(rule, now) if part is Part.ACTIONS else ""
        reason = self._brakes.rests(rule, now) or holds_back
        if reason and self._brakes.is_news(rule):
            log.warning("rule %s is held back: %s", rule.id, reason)
            self._raise(rule, Event(kind="event", name="rule_held_back", data={"rule": rule.id}))
        return reason

    def _runaway(self, decision: Decision) -> str:
        point, circle = decision.cause.point, self._circles.around(decision.rule.id)
        origin = self._stage.dispatcher.origin_of(point) if point else None
        why = f"; {point} is written by {origin}" if origin else ""
        if circle:
            why = f"; rules set each other off in a circle: {' → '.join(circle)}"
        return f"it fired {RUNAWAY}{why}; where that is meant, give it a 'limit' of its own"

    def _write_firing(self, run: Run, decision: Decision, *also: Unfinished) -> None:
        """Write down a firing, so that from now on it is done whatever happens."""
        self._stage.journal.record(
            Firing(run.id, decision), unfinished(run, is_dry=self._stage.dry_run), *also
        )

    def _admit(self, run: Run) -> None:
        """Start a run, or let it wait or end, as the mode of its rule says; never beside an undo."""
        rule = run.rule
        others = self._others(rule)
        if run.part is Part.FINALLY:
            self._undo(run, others)
        elif why := crowded(rule, others, self._waiting(rule)):
            self._skip(run, why)
        elif rule.overlap is Overlap.RESTART:
            before = self._tasks_of(rule.id)
            self._end_all(rule.id, "restarted")
            if has_undo(others):
                self._queues[rule.id].append(run)
            else:
                self._start(run, before)
        elif others and (rule.overlap is Overlap.QUEUED or has_undo(others)):
            self._queues[rule.id].append(run)
        else:
            self._start(run, ())

    def _others(self, rule: Rule) -> Sequence[Run]:
        """Return what a rule is doing, its queue left aside."""
        running = self._running.get(rule.id, ())
        if not (running or self._asleep):
            return ()
        # What goes on only when its points were read is at work all the same.
        return [*running, *(run for run in self._asleep if run.rule.id == rule.id)]

    def _waiting(self, rule: Rule) -> int:
        return len(self._queues.get(rule.id, ()))

    def _undo(self, run: Run, others: Sequence[Run]) -> None:
        if any(other.part is Part.FINALLY for other in others):
            # Nothing can have begun since: it would have waited.
            self._end_all(run.rule.id, "ended by its finally")
            self._skip(run, "its finally is under way already")
            return
        before = self._tasks_of(run.rule.id)
        self._end_all(run.rule.id, "ended by its finally")
        self._start(run, before)

    def _tasks_of(self, rule: str) -> Sequence[asyncio.Future[None]]:
        return [self._tasks[run] for run in self._running[rule]]

    def _skip(self, run: Run, why: str) -> None:
        log.info("rule %s is skipped: %s", run.rule.id, why)
        self._end(run, f"skipped: {why}")

    def _start(self, run: Run, before: Sequence[asyncio.Future[None]]) -> None:
        self._running[run.rule.id].append(run)
        supervisor, name = self._supervisor, f"rule {run.rule.id}"
        if not before and is_one_write(run):
            wall, end = self._attempt, self._conclude
            written = OneWrite(run, self._stage, supervisor=supervisor, attempt=wall, conclude=end)
            self._tasks[run] = written.over
        else:
            self._tasks[run] = supervisor.begin(self._perform(run, before), name)
        self._tasks[run].add_done_callback(supervisor.guarded(lambda _: self._over(run), name))

    def _stop(self, run: Run, why: str) -> None:
        if not run.is_over.is_set():
            self._cancelled[run] = why
            self._tasks[run].cancel()

    async def _perform(self, run: Run, before: Sequence[asyncio.Future[None]]) -> None:
        try:
            if before:
                await asyncio.wait(before)
            await Performer(run, self._stage).perform(run.actions)
            await asyncio.gather(*run.receipts)
        except asyncio.CancelledError as cancelled:
            self._conclude(run, cancelled)
            raise
        except Exception as error:  # noqa: BLE001 - it is written down how the run ended
            self._conclude(run, error)
        else:
            self._conclude(run, None)

    def _attempt(self, run: Run, work: Callable[[], None]) -> bool:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - it is written down how the run ended
            self._conclude(run, error)
            return False
        return True

    def _conclude(self, run: Run, error: BaseException | None) -> None:
        """Take in that a run came to its end, or by what error, or that it goes on later."""
        match error:
            case None:
                bad = refused([receipt.result() for receipt in run.receipts])
                outcome = f"done, but {bad}" if bad else "done"
            case Suspended():
                self._stage.keep(run)
                return
            case asyncio.CancelledError():
                self._cut_off(run)
                return
            case Ended():
                outcome = f"stopped: {error}"
            case StepFailed():
                log.warning("rule %s: %s", run.rule.id, error)
                outcome = f"broken off: {error}"
            case _:
                log.error("rule %s: an action failed", run.rule.id, exc_info=error)
                outcome = f"broken off: {type(error).__name__}: {error}"
        self._end(run, outcome)
        if run.part is Part.ACTIONS and run.rule.id in self._followed:
            self._raise(run.rule, fired(run, outcome))

    def _raise(self, rule: Rule, event: Event) -> None:
        """Tell other rules what became of one; a shadow touches nobody."""
        if rule.mode is not Mode.SHADOW:
            self._stage.raise_event(event)

    def _cut_off(self, run: Run) -> None:
        """Write down a run that was cancelled: by a rule, or because it did not come to a stop in time."""
        why = self._cancelled.pop(run, "")
        if not why and run.has_more:
            self._stage.keep(run)
        else:
            self._end(run, why or "broken off: the service ended")

    def _end(self, run: Run, outcome: str) -> None:
        self._stage.journal.record(FiringEnd(run.id, self._stage.clock.now(), outcome))
        run.is_over.set()

    def _over(self, run: Run) -> None:
        if run in self._cancelled:  # Before its first step: nobody caught it.
            self._end(run, self._cancelled.pop(run))
        del self._tasks[run]
        self._running[run.rule.id].remove(run)
        queue, running = self._queues[run.rule.id], self._running[run.rule.id]
        while queue and (not running or run.rule.overlap is Overlap.PARALLEL):
            self._turn(queue.popleft())

    def _turn(self, run: Run) -> None:
        """Start a run that waited for its turn, if its condition still holds."""
        condition = run.rule.condition
        self._stage.state.look_at(self._stage.clock)
        if run.part is Part.ACTIONS and condition and not run.is_called:
            truth = condition.truth(with_names(self._stage.state, run.names))
            if truth is not True:
                word = "false" if truth is False else "unknown"
                self._skip(run, f"{condition.text} was {word} when its turn came")
                return
        self._start(run, ())


_ACTING = frozenset({Verdict.FIRED, Verdict.KEPT})
