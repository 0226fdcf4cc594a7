"""Decides on one value for each point among all who want one, and sees to it that it stays there.

What comes in one turn of the event loop is one round: all of it is heard before anything is sent, so that
the outcome does not depend on who came first.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from interlock.clock import Clock, ClockWatch
from interlock.config.site import Site
from interlock.expressions.view import Sample
from interlock.history.journal import Journal
from interlock.model import (
    Command,
    Event,
    Origin,
    OriginKind,
    Outcome,
    Point,
    Reading,
    Receipt,
    Value,
    format_value,
)
from interlock.rules.claims import Claim, named
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Mode, Rule
from interlock.rules.state import Changed, State
from interlock.runtime.commands.alarms import Alarms
from interlock.runtime.commands.asked import Asked
from interlock.runtime.commands.defence import Defence
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.commands.gate import Gate
from interlock.runtime.commands.orders import Order
from interlock.runtime.commands.passage import Passage
from interlock.runtime.commands.register import Register
from interlock.runtime.commands.upkeep import Upkeep
from interlock.runtime.commands.wishes import (
    DEFAULT_OWNER,
    NEWER,
    Wish,
    claim_of,
    is_state,
    precedence,
    standing,
)
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
        self._notice_points = notice_points
        self._dry_run = dry_run
        self._upkeep = Upkeep(site, state, dispatcher, clock, dry_run=dry_run)
        self._claims = Register(
            site, self._upkeep, journal, clock=clock, notice=self._claimed, look_at=self._look_at
        )
        self._gate = Gate(state, self._upkeep.settle_of)
        self._gate.change(site.guards, interlocks, clock.now())
        self._passage = Passage(self._gate, self._upkeep, dispatcher, clock=clock, state=state, new_id=new_id)
        self._defence = Defence(
            self._gate.interlocks, self._claims, state=state, clock=clock, journal=journal, happen=happen
        )
        self._watched: frozenset[Point] = self._gate.points
        """The points whose readings say something here."""
        self._count = 0
        """How many points were kept when that was found out."""
        self.attended: frozenset[Point] = self._watched
        """Those of them of which each reading says something, also where it shows what the last one did."""
        self._settled: set[Point] = set()
        """The others: they are as they are to be, and whatever is done about one takes it out of here."""
        self._lost: set[str] = set()
        """The connections that are lost."""
        self._asked = Asked(dispatcher)
        self._gathered: list[Order] = []
        self._commanded: set[Point] = set()
        """The points of what is gathered."""
        self._touched: set[Point] = set()
        """The points to be looked at in the round that is called."""
        self._is_called = True
        """Whether a round is to come; at first none, until the service has begun."""
        self._objected: set[str] = set()
        """The ids of commands that had passed and were stopped on their way."""
        self._alarms = Alarms(clock, timetable, self._look_at)
        dispatcher.arbitrate = self.take
        dispatcher.notice_receipt = self._received
        dispatcher.objection = self._object
        dispatcher.withdrawal = self._withdraw
        dispatcher.is_waiting = self._is_waiting

    @property
    def points(self) -> frozenset[Point]:
        """The points that somebody claims."""
        return self._claims.points

    @property
    def needed(self) -> frozenset[Point]:
        """Every point that must be read for what is claimed, guarded and locked."""
        return self._gate.points | self._upkeep.points | self._claims.points

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
        broken = {each.owner.name for each in self._claims.all if each.owner.kind is OriginKind.INTERLOCK}
        self._gate.interlocks.restore(broken)
        self._claims.let_go_ownerless(rules, self._gate.interlocks.all)
        self._watch()

    def begin(self) -> None:
        """Carry out what stands and what came in, from now on."""
        self._touched.update(self._claims.points)
        self._defence.look(self._gate.interlocks.all.values())
        self._is_called = False
        self._call()

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
        for claim in self._claims.all:
            is_strange = claim.point in others and claim.owner.kind is OriginKind.HAND
            if claim.point not in site.targets or is_strange:
                self._claims.let_go(
                    claim, "its point stands for nothing, or something else, now", with_default=False
                )
        for point in [point for point in self._passage.points if point not in site.targets]:
            self._passage.supersede(point, "its point was removed")
        self._upkeep.change(site, others, now)
        self._gate.change(site.guards, interlocks, now)
        self._gate.guards.forget(others, now)
        self._claims.let_go_ownerless(rules, self._gate.interlocks.all)
        self._watch()
        self._defence.look(self._gate.interlocks.all.values())
        self._settled.clear()
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
                self._gathered.append(order)
                self._commanded.add(order.command.point)
        if self._gathered:
            self._call()

    def see(self, readings: Iterable[Reading], changed: Changed) -> None:
        """Take in what points show; the state has it already."""
        watched = self._watched
        if not watched:
            return
        self._mind_clock()
        for reading in readings:
            if reading.point in watched:
                self._see(reading)
        locked = [point for point in changed if self._gate.interlocks.concerns(point)]
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
        return not self._is_called

    def close(self) -> None:
        """Decide on what is left, and answer what waited in vain."""
        if self._is_called:
            self._round()
        self._passage.close()

    def _look_at(self, point: Point) -> None:
        self._touched.add(point)
        self._call()

    def _mind_clock(self) -> None:
        """Let lengths of time go on where the clock was set."""
        if by := self._clock_watch.set_by():
            for each in (self._gate, self._upkeep, self._passage, self._claims, self._alarms):
                each.shift(by)

    def _call(self) -> None:
        """Let a round begin as soon as all that this turn of the loop has begun was heard."""
        if not self._is_called:
            self._is_called = True
            loop = asyncio.get_running_loop()
            # One turn later: what fires now submits its commands in the next one.
            loop.call_soon(loop.call_soon, self._round)

    def _round(self) -> None:
        if not self._is_called:
            return
        self._is_called = False
        orders, self._gathered = self._gathered, []
        self._commanded.clear()
        touched, self._touched = self._touched, set()
        self._mind_clock()
        self._state.look_at(self._clock)
        self._arbitrate(orders, touched)

    def _arbitrate(self, orders: Sequence[Order], points: Iterable[Point]) -> None:
        wishes, heard = self._hear(orders)
        looked_at = sorted({*points, *heard})
        for point in looked_at:
            wishes.extend(self._wanted(point))
        self._passage.let_pass(wishes)
        concerned = {*looked_at, *(wish.command.point for wish in wishes)}
        for point in concerned:
            self._set_alarm(point)
        self._watch_new()
        self._attend(concerned)

    def _attend(self, points: Iterable[Point]) -> None:
        """Find out whether further readings of these points say anything, as long as they show the same."""
        for point in points:
            winner, waits = self._claims.winner(point), self._passage.waiting(point) is not None
            if waits or not self._gate.is_settled(point) or not self._upkeep.is_settled(point, winner):
                self._settled.discard(point)
            else:
                self._settled.add(point)
        self.attended = self._watched - self._settled

    def _hear(self, orders: Sequence[Order]) -> tuple[list[Wish], set[Point]]:
        """Return what commands want at once, and the points of which they claim something."""
        wishes, groups = list[Wish](), defaultdict[Point, list[Order]](list)
        for order in orders:
            if order.command.shadow:
                self._judge_shadow(order)
            elif is_state(order):
                groups[order.command.point].append(order)
            else:
                wishes.append(Wish(order))
        held = {point for point, group in groups.items() if self._hold(group)}
        for group in groups.values():
            if plain := [order for order in group if not order.command.holds]:
                wishes.extend(self._resolve(plain))
        return wishes, held

    def _hold(self, orders: Sequence[Order]) -> bool:
        """Let commands that hold become claims; return whether there was one."""
        found = [order for order in orders if order.command.holds and not self._refuse(order)]
        for order in found:
            self._asked.add(order)
            self._claims.claim(claim_of(order.command, self._clock.now()))
        return bool(found)

    def _refuse(self, order: Order) -> bool:
        """Refuse what no guard will ever let pass: it would only keep others from the point."""
        if reason := self._gate.prohibition(order.command):
            self._dispatcher.answer(order, Outcome.REFUSED, reason)
        return bool(reason)

    def _resolve(self, orders: Sequence[Order]) -> Iterable[Wish]:
        """Return the one of a moment's plain commands for a point that may be sent, if one may."""
        # Rules that fire together submit in the order of their ids, wherever they stand in the files.
        best = max(reversed(orders), key=lambda order: precedence(order.command))
        for order in orders:
            if order is not best:
                reason = f"{best.command.origin} set it in the same moment"
                self._dispatcher.answer(order, Outcome.OUTRANKED, reason)
        return self._heard(best)

    def _heard(self, order: Order) -> Iterable[Wish]:
        command, point = order.command, order.command.point
        own = self._claims.get(point, command.origin)
        if own is not None and own.owner.kind is OriginKind.RULE:
            self._claims.let_go(own, f"{own.owner} set it without holding it", with_default=False)
        if rival := self._rival(command):
            self._dispatcher.answer(order, Outcome.OUTRANKED, standing(rival, self._zone))
            return ()
        if default := self._claims.get(point, DEFAULT_OWNER):
            self._claims.let_go(default, NEWER)
        self._passage.supersede(point, NEWER)
        return (Wish(order),)

    def _rival(self, command: Command) -> Claim | None:
        """Return the claim that is as strong as a command that holds nothing, or stronger."""
        winner = self._claims.winner(command.point)
        if winner is None or winner.owner.kind is OriginKind.DEFAULT:
            return None
        return winner if winner.priority <= command.priority else None

    def _judge_shadow(self, order: Order) -> None:
        """Say what would have become of a command that is never sent."""
        rival = self._rival(order.command) if is_state(order) else None
        if rival is not None and not order.command.holds:
            self._dispatcher.answer(order, Outcome.OUTRANKED, standing(rival, self._zone))
            return
        verdict = self._gate.judge(order.command, self._clock.now())
        if verdict.outcome is None:
            self._dispatcher.send([order])
        else:
            self._dispatcher.answer(order, verdict.outcome, verdict.reason)

    def _wanted(self, point: Point) -> Sequence[Wish]:
        """Return what is wanted of a point that is to be looked at."""
        self._claims.expire(point)
        hand = self._upkeep.read_back(point)
        if hand is not None:
            self._claims.take_hand(point, hand)
        waiting, winner = self._passage.waiting(point), self._claims.winner(point)
        wish = waiting
        if waiting is None or waiting.claim is not None:
            wish = self._wish_for(winner) if winner is not None else None
            if waiting is not None and waiting is not wish:
                self._passage.supersede(point, NEWER)
        self._answer_asked(point)
        return () if wish is None else (wish,)

    def _wish_for(self, winner: Claim) -> Wish | None:
        """Return what has to be sent so that a point is as its winner wants it; None where it is."""
        point, waiting = winner.point, self._passage.waiting(winner.point)
        asked = self._asked.pop_for(winner)
        is_due = self._upkeep.is_due(winner)
        if not is_due and self._upkeep.is_seen(winner):
            if asked is not None:
                reason = f"it is {format_value(winner.value)} already"
                self._dispatcher.answer(asked, Outcome.ACCEPTED, reason)
            if winner.owner.kind is OriginKind.DEFAULT:
                self._claims.let_go(winner, "it is there")
            return None
        if asked is not None:
            return Wish(asked, claim=winner)
        if not is_due or self._upkeep.is_hasty(point):
            return None
        if waiting is not None and waiting.is_for(winner):
            return waiting
        return Wish(self._passage.order_for(winner), claim=winner)

    def _answer_asked(self, point: Point) -> None:
        """Tell those who claim a point in vain for now."""
        winner = self._claims.winner(point)
        for order in self._asked.pop_all(point):
            reason = NEWER
            if winner is not None:
                stands = f"it stands at priority {order.command.priority} and waits"
                reason = f"{standing(winner, self._zone)}; {stands}"
            self._dispatcher.answer(order, Outcome.OUTRANKED, reason)

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
        if self._state.reading(point) is not reading:
            return
        self._upkeep.see(reading)
        if self._upkeep.watches(point):
            self._look_at(point)
        if reading.is_usable and self._dispatcher.is_read_since(reading) and self._gate.see(reading):
            self._reconsider()
        if not self._upkeep.watches(point):
            self._attend([point])

    def _received(self, receipt: Receipt) -> None:
        command = receipt.command
        self._mind_clock()
        if self._gate.received(receipt):
            self._reconsider()
        is_ours = self._upkeep.received(receipt)
        if command.id in self._objected:
            self._objected.discard(command.id)
            if is_ours:
                self._upkeep.forget_decision(command.point)
        if is_ours:
            self._look_at(command.point)

    def _object(self, order: Order) -> str:
        """Return why a command that passed must not be sent any more."""
        objection = self._gate.objection(order.command)
        if objection:
            self._objected.add(order.command.id)
        return objection

    def _withdraw(self, order: Order) -> str:
        """Return why a command that waits for its device is not wanted any more."""
        command, winner = order.command, self._claims.winner(order.command.point)
        is_for_claim = command.holds or command.origin.kind is OriginKind.DEFAULT
        if not is_state(order) or (winner and winner.value == command.value):
            return ""
        if not is_for_claim:
            rival = self._rival(command)
            # A step on the way to what wins is not in its way.
            is_other = rival is not None and named(rival.owner) != named(command.origin)
            return standing(rival, self._zone) if rival and is_other else ""
        self._objected.add(command.id)
        return standing(winner, self._zone) if winner else f"{command.origin} keeps it no more"

    def _is_waiting(self, point: Point) -> bool:
        """Whether something else is wanted of a point than what was sent to it last."""
        if point in self._commanded or self._passage.waiting(point) is not None:
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

    def _watch(self) -> None:
        self._watched, self._count = self.needed, self._upkeep.count
        self.attended = self._watched - self._settled
        self._notice_points()

    def _watch_new(self) -> None:
        """Have points read that are watched since this round."""
        if self._upkeep.count != self._count:
            self._watch()

    def _claimed(self, claim: Claim) -> None:
        """Take in that somebody claims a point: what is as weak and waits there waits in vain."""
        waiting = self._passage.waiting(claim.point)
        if waiting is not None and waiting.claim is None and claim.priority <= waiting.command.priority:
            self._passage.supersede(claim.point, standing(claim, self._zone))

    @property
    def _zone(self) -> ZoneInfo:
        return self._state.timezone
