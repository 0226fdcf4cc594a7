"""Lets what is wanted past the gate, and keeps what has to wait."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.clock import Clock
from interlock.model import Command, OriginKind, Outcome, Point, Value, format_command
from interlock.rules.claims import Claim
from interlock.rules.state import State
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.commands.gate import Gate, Verdict
from interlock.runtime.commands.orders import Order
from interlock.runtime.commands.upkeep import Upkeep
from interlock.runtime.commands.wishes import NEWER, Wish, is_state, standing
from interlock.virtual import is_virtual

log = logging.getLogger("interlock.command")


class Passage:
    """What stands before the gate of a site.

    Args:
        gate: Judges.
        upkeep: Learns what is sent to the points that are kept.
        dispatcher: Sends.
        clock: Wall or virtual time.
        state: Has the site's time zone.
        new_id: Gives ids for commands.
    """

    def __init__(
        self,
        gate: Gate,
        upkeep: Upkeep,
        dispatcher: Dispatcher,
        *,
        clock: Clock,
        state: State,
        new_id: Callable[[], str],
    ) -> None:
        self._gate = gate
        self._upkeep = upkeep
        self._dispatcher = dispatcher
        self._clock = clock
        self._new_id = new_id
        self._state = state
        self._waiting: dict[Point, Wish] = {}
        """What may not be sent yet, or not at all as long as things are as they are."""

    @property
    def points(self) -> Iterable[Point]:
        """The points for which something waits."""
        return self._waiting.keys()

    @property
    def locked(self) -> Sequence[Point]:
        """Those of them for which an interlock does not let it pass."""
        return [point for point, wish in self._waiting.items() if _is_locked(wish)]

    def waiting(self, point: Point) -> Wish | None:
        """Return what waits for a point."""
        return self._waiting.get(point)

    def wakes_at(self, point: Point) -> Iterable[datetime | None]:
        """Return when what waits for a point is to be judged again."""
        wish = self._waiting.get(point)
        if wish is None or wish.verdict is None:
            return ()
        return wish.verdict.until, wish.gives_up_at

    def status(self, claim: Claim) -> str:
        """Return why a claim has to wait, in words; empty where it need not."""
        wish = self._waiting.get(claim.point)
        if wish is None or wish.verdict is None or not wish.is_for(claim):
            return ""
        word = "blocked" if wish.verdict.outcome is Outcome.REFUSED else "deferred"
        return f"{word}: {_reason(wish.verdict, self._state.timezone)}"

    def shift(self, by: timedelta) -> None:
        """Take in that the clock was set."""
        for wish in self._waiting.values():
            if wish.gives_up_at is not None:
                wish.gives_up_at += by
            if wish.verdict is not None and wish.verdict.until is not None:
                wish.verdict = replace(wish.verdict, until=wish.verdict.until + by)

    def supersede(self, point: Point, why: str) -> None:
        """Give up what waits for a point."""
        wish = self._waiting.pop(point, None)
        if wish is not None and wish.is_deferred:
            self._dispatcher.answer(wish.order, Outcome.OUTRANKED, why)

    def give_way(self, claim: Claim) -> None:
        """Take in that somebody claims a point: what is as weak and waits there waits in vain."""
        waiting = self._waiting.get(claim.point)
        if waiting is not None and waiting.claim is None and claim.priority <= waiting.command.priority:
            self.supersede(claim.point, standing(claim, self._state.timezone))

    def close(self) -> None:
        """Answer what waited in vain: the service ends."""
        for wish in self._waiting.values():
            if wish.is_deferred:
                self._dispatcher.answer(wish.order, Outcome.FAILED, "the service ended before it was sent")
        self._waiting.clear()

    def order_for(self, claim: Claim) -> Order:
        """Return a command for what a claim wants."""
        command = Command(
            id=self._new_id(),
            point=claim.point,
            value=claim.value,
            origin=claim.owner,
            created_at=self._clock.now(),
            priority=claim.priority,
            holds=claim.owner.kind is not OriginKind.DEFAULT,
            until=claim.until,
        )
        return self._dispatcher.order(command)

    def let_pass(self, wishes: Iterable[Wish]) -> None:
        """Send what passes the gate; what makes things safer goes first, and makes room for others."""
        held, sending = sorted(wishes, key=self._urgency), list[Order]()
        while held:
            still = [wish for wish in held if not self._try(wish, sending)]
            is_stuck = len(still) == len(held) or not any(_is_locked(wish) for wish in still)
            held = still
            if is_stuck:
                break
        for wish in held:
            self._hold_back(wish)
        if sending:
            self._dispatcher.send(sending)

    def _urgency(self, wish: Wish) -> tuple[bool, int, str]:
        command, interlocks = wish.command, self._gate.interlocks
        is_safe = (
            command.value is not None
            and interlocks.concerns(command.point)
            and interlocks.is_safe(command.point, command.value)
        )
        return not is_safe, command.priority, command.origin.name

    def _try(self, wish: Wish, sending: list[Order]) -> bool:
        """Let a wish pass, if the gate lets it; return whether it did."""
        # A claim may be older than the site's last edit.
        fault = "" if wish.claim is None else self._dispatcher.fault(wish.order)
        refusal = Verdict(outcome=Outcome.REFUSED, reason=fault)
        wish.verdict = refusal if fault else self._gate.judge(wish.command, self._clock.now())
        if wish.verdict.outcome is not None:
            return False
        if wish.is_answered and wish.claim is not None:
            wish.order = self.order_for(wish.claim)
        if self._waiting.get(wish.command.point) is wish:
            del self._waiting[wish.command.point]
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s (%s) may pass", format_command(wish.command), wish.command.origin)
        self._send(wish.order, wish.claim, sending)
        return True

    def _send(self, order: Order, claim: Claim | None, sending: list[Order]) -> None:
        if is_state(order):
            self._upkeep.sent(order.command, claim)
        if is_virtual(order.target):
            self._gate.guards.sent(order.command, self._clock.now())
            self._dispatcher.send([order])
            return
        self._gate.sent(order.command, self._clock.now())
        sending.append(order)

    def _hold_back(self, wish: Wish) -> None:
        """Keep what may not be sent now, as far as it may be later, and say so once."""
        verdict, point, now = wish.verdict, wish.command.point, self._clock.now()
        assert verdict is not None and verdict.outcome is not None
        if verdict.interlock and verdict.until is not None:
            wish.gives_up_at = wish.gives_up_at or verdict.until
            if now >= wish.gives_up_at:
                verdict = replace(verdict, outcome=Outcome.REFUSED, until=None)
                wish.verdict = verdict
        is_over = wish.claim is None and verdict.outcome is Outcome.REFUSED
        if self._waiting.get(point) is not wish:
            self.supersede(point, NEWER)
        if is_over:
            self._waiting.pop(point, None)
        else:
            self._waiting[point] = wish
        self._tell(wish, verdict)
        if verdict.step is not None:
            self._take_step(wish, verdict.step)

    def _tell(self, wish: Wish, verdict: Verdict) -> None:
        """Give a receipt that says why something is not sent, unless the last one said so."""
        assert verdict.outcome is not None
        if wish.told is verdict.outcome:
            return
        if wish.is_answered and wish.claim is not None:
            wish.order = self.order_for(wish.claim)
        wish.told = verdict.outcome
        wish.is_answered = verdict.outcome is Outcome.REFUSED
        reason = _reason(verdict, self._state.timezone)
        if wish.is_answered and wish.command.holds:
            reason += f"; it stands at priority {wish.command.priority}, and is tried again"
        self._dispatcher.answer(wish.order, verdict.outcome, reason)

    def _take_step(self, wish: Wish, value: Value) -> None:
        """Go a part of the way."""
        command = replace(wish.command, id=self._new_id(), value=value, holds=False)
        sending = list[Order]()
        self._send(self._dispatcher.order(command), None, sending)
        if sending:
            self._dispatcher.send(sending)


def _is_locked(wish: Wish) -> bool:
    return wish.verdict is not None and bool(wish.verdict.interlock)


def _reason(verdict: Verdict, zone: ZoneInfo) -> str:
    if verdict.until is None:
        return verdict.reason
    return f"{verdict.reason}; it waits until {verdict.until.astimezone(zone):%H:%M:%S}"
