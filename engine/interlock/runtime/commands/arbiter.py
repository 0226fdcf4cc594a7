"""Decides on one value for each point among all who want one, and sees to it that it stays there.

What comes in one turn of the event loop is one round: all of it is heard before anything is sent, so that
the outcome does not depend on who came first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from interlock.clock import Clock, ClockWatch
from interlock.config.site import Site
from interlock.expressions.view import Sample
from interlock.history.journal import Journal
from interlock.model import (
    Command,
    Event,
    Origin,
    OriginKind,
    Point,
    Reading,
    Receipt,
    Value,
)
from interlock.rules.claims import Claim, named
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Keeping, Mode, Rule
from interlock.rules.state import Changed, State
from interlock.runtime.commands.alarms import Alarms
from interlock.runtime.commands.attention import Attention
from interlock.runtime.commands.defence import Defence
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.commands.gate import Gate
from interlock.runtime.commands.objections import Objections
from interlock.runtime.commands.orders import Order
from interlock.runtime.commands.passage import Passage
from interlock.runtime.commands.register import Register
from interlock.runtime.commands.rounds import Rounds
from interlock.runtime.commands.upkeep import Upkeep
from interlock.runtime.commands.weighing import Weighing
from interlock.runtime.supervision import Supervisor
from interlock.runtime.timetable import Timetable
from interlock.virtual import is_virtual


class Arbiter:
    """The priority arrays of a site's points at work.

    Args:
        site: Whose points they are.
        interlocks: Its compiled interlocks.
        dispatcher: Sends what is decided on.
        state: What is known.
        clock, timetable: Of the engine.
        journal: Takes what is claimed and let go.
        new_id: Gives ids for commands.
        happen: Takes the event that an interlock was broken.
        notice_points: Learns that other points have to be read.
        supervisor: Ends the run where arbitration fails.
        dry_run: Nothing leaves the engine.
    """

    def __init__(
        self,
        site: Site,
        interlocks: Sequence[Interlock],
        *,
        dispatcher: Dispatcher,
        state: State,
        clock: Clock,
        timetable: Timetable,
        journal: Journal,
        new_id: Callable[[], str],
        supervisor: Supervisor,
        happen: Callable[[Event], None] = lambda event: None,
        notice_points: Callable[[], None] = lambda: None,
        dry_run: bool = False,
    ) -> None:
        self._site = site
        self._dispatcher = dispatcher
        self._state = state
        self._clock = clock
        self._clock_watch = ClockWatch(clock)
        self._new_id = new_id
        self._dry_run = dry_run
        self._rounds = Rounds(self._decide, supervisor)
        self._upkeep = Upkeep(site, state, dispatcher, clock, dry_run=dry_run)
        self._gate = Gate(state, self._upkeep.settle_of)
        self._gate.change(site.guards, interlocks, clock.now())
        self._passage = Passage(self._gate, self._upkeep, dispatcher, clock=clock, state=state, new_id=new_id)
        self._claims = Register(
            site, self._upkeep, journal, clock=clock, notice=self._passage.give_way, look_at=self._look_at
        )
        self._defence = Defence(
            self._gate.interlocks, self._claims, state=state, clock=clock, journal=journal, happen=happen
        )
        self._weighing = Weighing(
            self._claims,
            gate=self._gate,
            passage=self._passage,
            upkeep=self._upkeep,
            dispatcher=dispatcher,
            state=state,
            clock=clock,
        )
        self._objections = Objections(self._claims, self._gate, self._weighing, state)
        self._attention = Attention(self._gate, self._upkeep, self._claims, self._passage, notice_points)
        self._lost: set[str] = set()
        """The connections that are lost."""
        self._alarms = Alarms(clock, timetable, self._look_at)
        dispatcher.arbitrate = self.take
        dispatcher.notice_receipt = self._received
        dispatcher.objection = self._objections.object_to
        dispatcher.withdrawal = self._objections.withdraw
        dispatcher.is_waiting = self._is_waiting

    @property
    def points(self) -> frozenset[Point]:
        """The points that somebody claims."""
        return self._claims.points

    @property
    def needed(self) -> frozenset[Point]:
        """Every point that must be read for what is claimed, guarded and locked."""
        return self._attention.needed

    @property
    def attended(self) -> Collection[Point]:
        """The points of which each reading says something here, also where it shows what the last one did."""
        return self._attention.attended

    @property
    def next_turn(self) -> datetime | None:
        """When time alone may break or mend an interlock, and `on_time` must be called; None for never."""
        return self._gate.interlocks.next_turn

    @property
    def broken(self) -> Mapping[str, bool]:
        """Every interlock by its id, and whether the world has broken it."""
        return {name: self._gate.interlocks.is_broken(name) for name in self._gate.interlocks.all}

    def array(self, point: Point) -> Sequence[Claim]:
        """Return who wants what of a point, the strongest first."""
        return self._claims.array(point)

    def holds(self, point: Point, owner: Origin) -> bool:
        """Whether somebody claims a point."""
        return self._claims.get(point, owner) is not None

    def status(self, claim: Claim) -> str:
        """Return whether a claim is carried out, and why it is not, in words."""
        winner = self._claims.winner(claim.point)
        if winner is None or named(winner.owner) != named(claim.owner):
            return "ended" if winner is None else f"waits behind {winner.owner}"
        if waits := self._passage.status(claim):
            return waits
        if self._upkeep.is_seen(claim):
            return "in effect"
        return "not written: dry run" if self._dry_run else "being written"

    def restore(
        self,
        claims: Iterable[Claim],
        past: Mapping[Point, Sequence[Sample]],
        seen_at: datetime | None,
        rules: Iterable[Rule],
    ) -> None:
        """Take over what stood when the service ended; what is over, or nobody's any more, is let go.

        Args:
            claims: The journal's, oldest first.
            past: What the points of `windows` were.
            seen_at: When the service was last alive; None where that is not known.
            rules: Those that are in use.
        """
        self._gate.guards.restore(past, seen_at)
        self._claims.restore(claims)
        self._claims.let_go_pointless()
        broken = {each.owner.name for each in self._claims.all if each.owner.kind is OriginKind.INTERLOCK}
        self._gate.interlocks.restore(broken)
        self._claims.let_go_ownerless(rules, self._gate.interlocks.all)
        self._attention.watch()
        self._rounds.look_at(self._claims.points)

    def begin(self) -> None:
        """Carry out what stands and what came in, from now on."""
        self._defence.look(self._gate.interlocks.all.values())
        self._rounds.begin()

    @property
    def windows(self) -> Mapping[Point, datetime]:
        """Since when the past of each guarded point has to be known at a start."""
        now = self._clock.now()
        return {point: now - window for point, window in self._gate.guards.windows.items()}

    def change(
        self,
        site: Site,
        rules: Iterable[Rule],
        interlocks: Sequence[Interlock],
        others: Collection[Point] = (),
    ) -> None:
        """Go on with an edited site and the rules of it that are in use.

        Args:
            others: Points that are gone, or stand for something else now.
        """
        now = self._clock.now()
        self._claims.site = site
        self._claims.let_go_pointless(others)
        for point in [point for point in self._passage.points if point not in site.targets]:
            self._passage.supersede(point, "its point was removed")
        self._upkeep.change(site, others, now)
        self._gate.change(site.guards, interlocks, now)
        self._gate.guards.forget(others, now)
        self._claims.let_go_ownerless(rules, self._gate.interlocks.all)
        self._attention.watch()
        self._defence.look(self._gate.interlocks.all.values())
        self._attention.unsettle()
        for point in {*self._claims.points, *self._passage.points}:
            self._look_at(point)

    def change_rules(self, rules: Iterable[Rule]) -> None:
        """Let go of what rules claim that are not among these, which are in use."""
        self._claims.let_go_ownerless(rules, self._gate.interlocks.all)

    def keep(self, rule: Rule, values: Mapping[Point, Value]) -> None:
        """Let a rule claim these points from now on, and none but these."""
        assert rule.keep is not None
        self._mind_clock()
        owner, now = Origin(OriginKind.RULE, rule.id), self._clock.now()
        if rule.mode is Mode.SHADOW:
            self._suppress(rule, values)
            return
        for claim in self._claims.held_by(owner):
            if claim.point not in values:
                self._claims.let_go(claim, f"{owner} keeps it no more")
        for point, value in values.items():
            before, priority = self._claims.get(point, owner), rule.keep.priority
            if before is not None and before.value == value and before.priority == priority:
                continue
            is_same = before is not None and before.priority == priority
            since = before.since if before is not None and is_same else now
            self._claims.claim(Claim(point=point, value=value, priority=priority, owner=owner, since=since))

    def let_go(self, owner: Origin, points: Iterable[Point] | None = None, why: str = "") -> None:
        """Let go of what somebody claims: of these points, or of all."""
        wanted = None if points is None else set(points)
        for claim in self._claims.held_by(owner):
            if wanted is None or claim.point in wanted:
                self._claims.let_go(claim, why or f"{owner} let it go")

    def release(self, point: Point, why: str) -> int:
        """Let go of what hands and operators claim of a point; return how many claims that were."""
        return self._claims.release(point, why)

    def let_go_but(self, rules: Iterable[Rule], keeps: Iterable[Keeping]) -> None:
        """Let go of what rules kept that keep nothing now, where a power cut came between the two."""
        keeping = {each.rule.id for each in keeps if each.values is not None}
        for rule in rules:
            if rule.keep is not None and rule.id not in keeping:
                self.let_go(Origin(OriginKind.RULE, rule.id), why="it keeps nothing any more")

    def take(self, orders: Sequence[Order]) -> None:
        """Take commands: what they want is weighed with all else that comes in this turn of the loop.

        Those for virtual points are carried out at once, so that conditions that follow see what they did.
        """
        for order in orders:
            if is_virtual(order.target):
                self._mind_clock()
                self._state.look_at(self._clock)
                self._arbitrate([order], ())
            else:
                self._rounds.take(order)

    def see(self, readings: Iterable[Reading], changed: Changed) -> None:
        """Take in what points show; the state has it already."""
        watched = self._attention.watched
        if not watched:
            return
        seen = [reading for reading in readings if reading.point in watched]
        locked = [point for point in changed if self._gate.interlocks.concerns(point)]
        if not (seen or locked):
            return
        self._mind_clock()
        for reading in seen:
            self._see(reading)
        if locked:
            self._defence.look(self._gate.interlocks.of(locked))
            self._reconsider()

    def on_time(self) -> None:
        """Look at what time alone can change."""
        timed = self._gate.interlocks.timed
        if timed:
            self._defence.look(timed)
            self._reconsider()

    def turned(self, connection: str, *, is_there: bool) -> None:
        """Take in that a connection was lost, or answers: what happened meanwhile is not known."""
        if not is_there:
            self._lost.add(connection)
        elif connection in self._lost:
            self._lost.discard(connection)
            points = self._upkeep.of_connection(connection)
            self._upkeep.doubt(points, self._clock.now())
            for point in points:
                self._look_at(point)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to be decided in this moment."""
        return self._rounds.is_idle

    def close(self) -> None:
        """Decide on what is left, and answer what waited in vain."""
        self._rounds.close()
        self._passage.close()

    def _look_at(self, point: Point) -> None:
        self._rounds.look_at((point,))

    def _mind_clock(self) -> None:
        """Let lengths of time go on where the clock was set."""
        if by := self._clock_watch.set_by():
            for each in (self._gate, self._upkeep, self._passage, self._claims, self._alarms):
                each.shift(by)

    def _decide(self, orders: Sequence[Order], points: Iterable[Point]) -> None:
        self._mind_clock()
        self._state.look_at(self._clock)
        self._arbitrate(orders, points)

    def _arbitrate(self, orders: Sequence[Order], points: Iterable[Point]) -> None:
        wishes, heard = self._weighing.hear(orders)
        looked_at = sorted({*points, *heard})
        for point in looked_at:
            wishes.extend(self._weighing.wanted(point))
        self._passage.let_pass(wishes)
        concerned = {*looked_at, *(wish.command.point for wish in wishes)}
        for point in concerned:
            self._set_alarm(point)
        self._attention.watch_new()
        self._attention.attend(concerned)

    def _suppress(self, rule: Rule, values: Mapping[Point, Value]) -> None:
        """Let the commands of a shadow rule be seen in the trace."""
        assert rule.keep is not None
        commands = [
            Command(
                id=self._new_id(),
                point=point,
                value=value,
                origin=Origin(OriginKind.RULE, rule.id),
                created_at=self._clock.now(),
                priority=rule.keep.priority,
                holds=True,
                shadow=True,
            )
            for point, value in values.items()
        ]
        self._dispatcher.submit(commands)

    def _see(self, reading: Reading) -> None:
        point = reading.point
        if self._state.reading(point) != reading:
            return
        self._upkeep.see(reading)
        if self._upkeep.watches(point):
            self._look_at(point)
        if reading.is_usable and self._dispatcher.is_read_since(reading) and self._gate.see(reading):
            self._reconsider()
        if not self._upkeep.watches(point):
            self._attention.attend([point])

    def _received(self, receipt: Receipt) -> None:
        command = receipt.command
        self._mind_clock()
        if self._gate.received(receipt):
            self._reconsider()
        was_stopped = self._objections.pop(command.id)
        if self._upkeep.received(receipt):
            if was_stopped:
                self._upkeep.forget_decision(command.point)
            self._look_at(command.point)

    def _is_waiting(self, point: Point) -> bool:
        """Whether something else is wanted of a point than what was sent to it last."""
        if point in self._rounds.commanded or self._passage.waiting(point) is not None:
            return True
        winner = self._claims.winner(point)
        return winner is not None and not self._upkeep.is_decided(winner)

    def _reconsider(self) -> None:
        """Judge again what an interlock stops."""
        for point in self._passage.locked:
            self._look_at(point)

    def _set_alarm(self, point: Point) -> None:
        """Look at a point again when time may have changed something."""
        ends = (claim.until for claim in self._claims.array(point))
        self._alarms.set(point, (self._upkeep.wakes_at(point), *self._passage.wakes_at(point), *ends))
