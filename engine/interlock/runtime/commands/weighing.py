"""Weighs what commands want at once against what claims want to stay: one wish for each point at most."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence

from interlock.clock import Clock
from interlock.model import Command, OriginKind, Outcome, Point, format_value
from interlock.rules.claims import Claim
from interlock.rules.state import State
from interlock.runtime.commands.asked import Asked
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

log = logging.getLogger("interlock.command")


class Weighing:
    """Finds out what is wanted of points.

    Args:
        claims: Who wants what to stay.
        gate, passage: What may be sent, and what waits for that.
        upkeep: How the points that are claimed are.
        dispatcher: Answers commands that are not sent.
        state: Has the site's time zone.
        clock: Of the engine.
    """

    def __init__(
        self,
        claims: Register,
        *,
        gate: Gate,
        passage: Passage,
        upkeep: Upkeep,
        dispatcher: Dispatcher,
        state: State,
        clock: Clock,
    ) -> None:
        self._claims = claims
        self._gate = gate
        self._passage = passage
        self._upkeep = upkeep
        self._dispatcher = dispatcher
        self._state = state
        self._clock = clock
        self._asked = Asked(dispatcher)

    def hear(self, orders: Sequence[Order]) -> tuple[list[Wish], set[Point]]:
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
        if rival := self.rival(command):
            self._dispatcher.answer(order, Outcome.OUTRANKED, standing(rival, self._state.timezone))
            return ()
        if default := self._claims.get(point, DEFAULT_OWNER):
            self._claims.let_go(default, NEWER)
        self._passage.supersede(point, NEWER)
        return (Wish(order),)

    def rival(self, command: Command) -> Claim | None:
        """Return the claim that is as strong as a command that holds nothing, or stronger."""
        winner = self._claims.winner(command.point)
        if winner is None or winner.owner.kind is OriginKind.DEFAULT:
            return None
        return winner if winner.priority <= command.priority else None

    def _judge_shadow(self, order: Order) -> None:
        """Say what would have become of a command that is never sent."""
        rival = self.rival(order.command) if is_state(order) else None
        if rival is not None and not order.command.holds:
            self._dispatcher.answer(order, Outcome.OUTRANKED, standing(rival, self._state.timezone))
            return
        verdict = self._gate.judge(order.command, self._clock.now())
        if verdict.outcome is None:
            self._dispatcher.send([order])
        else:
            self._dispatcher.answer(order, verdict.outcome, verdict.reason)

    def wanted(self, point: Point) -> Sequence[Wish]:
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
        if winner is not None and log.isEnabledFor(logging.DEBUG):
            what = "it is so, or is on its way" if wish is None else "it has to be sent"
            log.debug("%s: %s: %s", point, standing(winner, self._state.timezone), what)
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
                reason = f"{standing(winner, self._state.timezone)}; {stands}"
            self._dispatcher.answer(order, Outcome.OUTRANKED, reason)
