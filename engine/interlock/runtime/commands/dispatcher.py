"""Takes commands to their devices: gate, journal, wire, receipt; in order for each device."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.capabilities import Capability
from interlock.clock import Clock
from interlock.driver import Answer, Target, Write
from interlock.errors import (
    AuthenticationFailed,
    DriverError,
    InvalidValue,
    RejectedError,
    TemporaryError,
    UnknownDevice,
)
from interlock.history.journal import Journal
from interlock.history.records import DRY_RUN, SHADOW_RULE
from interlock.model import (
    Command,
    Event,
    Origin,
    OriginKind,
    Outcome,
    Point,
    Quality,
    Reading,
    Receipt,
    Value,
    format_command,
)
from interlock.rules.triggers import FAILED
from interlock.runtime.commands.orders import Order
from interlock.runtime.commands.settlements import Settlements
from interlock.runtime.connections.health import Backoff
from interlock.runtime.connections.link import Link
from interlock.runtime.supervision import Supervisor
from interlock.virtual import is_virtual

log = logging.getLogger("interlock.command")
repeats = logging.getLogger("interlock.command.repeat")
"""Apart, so that whoever waits at a command line is told why."""

_ATTEMPTS = 3
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_ASKED_S = 30.0
"""A peer that asks for a longer pause gets no repetition: a command that comes so late surprises people."""
_CLOSE_S = 15.0
"""How long a command on the wire may still take when the service ends."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """What went to a point last, and when that began."""

    at: datetime
    value: Value | None


class Dispatcher:
    """Sends commands and tells what became of them.

    `note` is told of each that is sent. `keep` takes those for virtual points and returns whether it could;
    without it they become readings, which the service that runs next finds in the journal.
    """

    def __init__(
        self,
        targets: Mapping[Point, Target],
        links: Mapping[str, Link],
        *,
        clock: Clock,
        journal: Journal,
        deliver: Callable[[list[Reading]], None],
        notice_failure: Callable[[Receipt], None] = lambda receipt: None,
        dice: random.Random,
        supervisor: Supervisor,
        dry_run: bool = False,
        note: Callable[[Command], None] = lambda command: None,
        keep: Callable[[Command], bool] | None = None,
    ) -> None:
        self._note = note
        self._keep = keep
        self._supervisor = supervisor
        self.targets = dict(targets)
        self._links = links
        self._clock = clock
        self._journal = journal
        self._deliver = deliver
        self._notice_failure = notice_failure
        self._dice = dice
        self._dry_run = dry_run
        self._queues: defaultdict[str, deque[list[Order]]] = defaultdict(deque)
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._touched: dict[Point, datetime] = {}
        self._last_touched: datetime | None = None
        self._sent: dict[Point, _Sent] = {}
        self._told: dict[Point, datetime] = {}
        """Of which instant the reading is that the last command for a point itself has brought."""
        self._origins: dict[Point, Origin] = {}
        """Who commanded each point last."""
        self._open: defaultdict[Point, set[str]] = defaultdict(set)
        """The ids of commands that wait or are on the wire."""
        self.settlements = Settlements(targets.values())
        self.arbitrate: Callable[[Sequence[Order]], None] = self.send
        """Takes what is to be sent, and sends it when it may be; where nobody arbitrates that is at once."""
        self.notice_receipt: Callable[[Receipt], None] = lambda receipt: None
        """Is told of every receipt."""
        self.objection: Callable[[Order], str] = lambda order: ""
        """Why a command that passed must not be sent any more, or again; empty where it may."""
        self.withdrawal: Callable[[Order], str] = lambda order: ""
        """Why nobody wants it sent any more; empty where somebody does."""
        self.is_waiting: Callable[[Point], bool] = lambda point: False
        """Whether something for a point was taken and is not sent yet."""
        self.is_told: Callable[[Point], bool] = lambda point: False
        """Whether a point is not polled, because its driver tells of its changes."""
        self._is_closing = False

    def change_targets(self, targets: Mapping[Point, Target]) -> None:
        """Send to these from now on, also what is waiting or is to be repeated."""
        self.targets.clear()
        self.targets.update(targets)
        self.settlements.change_targets(targets.values())

    def submit(self, commands: Sequence[Command]) -> list[asyncio.Future[Receipt]]:
        """Take the commands of one moment; return a receipt to come for each.

        Commands for one device are sent in the order they were submitted, those of one moment together.
        """
        orders = [self.order(command) for command in commands]
        self.arbitrate([order for order in orders if self.is_sound(order)])
        return [order.receipt for order in orders]

    def order(self, command: Command) -> Order:
        """Return a command with what it is for and a receipt to come."""
        return Order(command, self.targets[command.point], asyncio.get_running_loop().create_future())

    def is_sound(self, order: Order) -> bool:
        """Whether a command is such as its point takes; what is not has its receipt at once."""
        if fault := self.fault(order):
            self.answer(order, Outcome.REFUSED, fault)
        return not fault

    def answer(self, order: Order, outcome: Outcome, reason: str) -> None:
        """Give the receipt of a command that is not sent now."""
        self._write_down(order)
        self._conclude(order, self._receipt(order, outcome, reason=reason))

    def send(self, orders: Sequence[Order]) -> None:
        """Send the commands of one moment."""
        passed = [order for order in orders if self._passes(order)]
        for order in passed:
            if is_virtual(order.target):
                self._take_virtual(order)
        sendable = [order for order in passed if not is_virtual(order.target)]
        by_device: dict[str, list[Order]] = {}
        for order in sendable:
            by_device.setdefault(order.target.device.name, []).append(order)
        for device, group in by_device.items():
            for order in group:
                self._open[order.command.point].add(order.command.id)
                self._origins[order.command.point] = order.command.origin
                self._note(order.command)
            self._queues[device].append(group)
            self._wake(device)

    def _take_virtual(self, order: Order) -> None:
        """Carry out a command for a virtual point at once: conditions that come after it see what it did."""
        command = order.command
        self._write_down(order)
        self._origins[command.point] = command.origin
        self._note(command)
        if self._keep(command) if self._keep else self._leave(order):
            self._finish(order, Outcome.ACCEPTED)
        else:
            self._finish(order, Outcome.FAILED, reason="the service keeps it, and it does not run here")

    def _leave(self, order: Order) -> bool:
        """Leave a value to the service that runs next; return whether there is one to leave."""
        value, at = order.command.value, self._clock.now()
        if value is None or order.target.capability.controller == "running":
            return False
        self._deliver([Reading(point=order.command.point, value=value, observed_at=at)])
        return True

    def origin_of(self, point: Point) -> Origin | None:
        """Return who commanded a point last; None where nobody did since the start."""
        return self._origins.get(point)

    def touched_since(self, point: Point, instant: datetime) -> bool:
        """Whether the point was on the wire at or after the instant, so that an older poll says nothing.

        What was so in the future was it before the clock was set back.
        """
        touched = self._touched.get(point)
        return touched is not None and instant <= touched <= self._clock.now()

    def is_idle_since(self, instant: datetime) -> bool:
        """Whether no point at all was on the wire at or after the instant."""
        return self._last_touched is None or self._last_touched < instant

    def is_settled(self, reading: Reading) -> bool:
        """Whether a reading shows what all commands for its point so far have led to."""
        return not self.is_waiting(reading.point) and self.is_read_since(reading)

    def is_read_since(self, reading: Reading) -> bool:
        """Whether a reading says something about everything that was sent, whatever may be waiting."""
        point = reading.point
        is_open = bool(self._open.get(point))
        return not is_open and (self._is_newer(reading) or (self.is_told(point) and self._is_news(reading)))

    def _is_newer(self, reading: Reading) -> bool:
        at = reading.observed_at
        return self._told.get(reading.point) == at or not self.touched_since(reading.point, at)

    def _is_news(self, reading: Reading) -> bool:
        """Whether what a driver told says something about the last command.

        It may have come before the command was answered. Where the command changed nothing, none will come.
        """
        sent = self._sent.get(reading.point)
        return sent is not None and (reading.observed_at > sent.at or reading.value == sent.value)

    def sent_since(self, reading: Reading) -> Value | None:
        """Return what was sent to a point and is not seen in a reading yet; None where nothing was."""
        sent = self._sent.get(reading.point)
        return None if sent is None or self.is_settled(reading) else sent.value

    def is_on_its_way(self, point: Point) -> bool:
        """Whether a command for a point waits for its device or is on the wire."""
        return bool(self._open.get(point))

    async def close(self) -> None:
        """Let what is on the wire come to its end, and refuse what is still waiting."""
        self._is_closing = True
        for queue in self._queues.values():
            while queue:
                self._refuse_all(queue.popleft())
        workers = [task for task in self._workers.values() if not task.done()]
        if workers:
            _, late = await asyncio.wait(workers, timeout=_CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _refuse_all(self, orders: Sequence[Order]) -> None:
        self._write_down(*orders)
        for order in orders:
            self._finish(order, Outcome.FAILED, reason="the service ended before it was sent")

    def _passes(self, order: Order) -> bool:
        """Decide what may be sent at all; what may not has its receipt at once."""
        if self._is_closing:
            self.answer(order, Outcome.FAILED, "the service ended before it was sent")
        elif order.command.shadow:
            self.answer(order, Outcome.SUPPRESSED, DRY_RUN if self._dry_run else SHADOW_RULE)
        elif self._dry_run and not is_virtual(order.target):
            # What is virtual is no device's: without it, rules that speak through a flag would fall silent.
            self.answer(order, Outcome.SUPPRESSED, DRY_RUN)
        else:
            return True
        return False

    def _write_down(self, *orders: Order) -> None:
        """Journal commands; one that was deferred is in there already."""
        new = [order for order in orders if not order.is_journalled]
        for order in new:
            order.is_journalled = True
        self._journal.record(*(order.command for order in new))

    def fault(self, order: Order) -> str:
        """Return what is wrong with a command itself; empty where nothing is."""
        command, target = order.command, order.target
        try:
            target.capability.check(command.value)
            fields = target.capability.check_fields(command.fields)
        except InvalidValue as error:
            return str(error)
        if not target.capability.fields:
            return ""
        return self._links[target.device.connection].seam.call_fault(target, fields)

    def _wake(self, device: str) -> None:
        worker = self._workers.get(device)
        if worker is None or worker.done():
            self._workers[device] = self._supervisor.begin(self._work(device), f"commands for {device}")

    async def _work(self, device: str) -> None:
        queue = self._queues[device]
        while queue:
            orders = queue.popleft()
            try:
                await self._send(orders)
            except asyncio.CancelledError:
                self._give_up(orders)
                raise

    def _give_up(self, orders: Sequence[Order]) -> None:
        for order in orders:
            if order.command.id in self._open[order.command.point]:
                self._finish(order, Outcome.UNCERTAIN, reason="the service ended before it was answered")

    async def _send(self, orders: Sequence[Order]) -> None:
        self._write_down(*orders)
        await self._journal.commit()
        pending, backoff = list(orders), Backoff(_FIRST_PAUSE, self._dice)
        for attempt in range(1, _ATTEMPTS + 1):
            pending = [order for order in pending if self._is_right(order, attempt)]
            if not pending:
                return
            answers = await self._attempt(pending)
            open_orders = [
                (order, answer)
                for order, answer in zip(pending, answers, strict=True)
                if not self._settle(order, answer, attempt)
            ]
            pending = [order for order, _ in open_orders]
            if not pending:
                return
            asked_s = max(
                error.retry_after_s or 0 for _, error in open_orders if isinstance(error, DriverError)
            )
            pause = backoff.fail(self._clock.now(), timedelta(seconds=asked_s))
            for order, error in open_orders:
                repeats.info("%s: %s; sending it again in %s", order.command.point, error, _rounded(pause))
            await asyncio.sleep(pause.total_seconds())

    def _is_right(self, order: Order, attempt: int) -> bool:
        """Whether a command may still be sent: much may have happened while it waited for its turn."""
        withdrawal = self.withdrawal(order)
        reason = withdrawal or self.objection(order)
        if reason:
            outcome = Outcome.OUTRANKED if withdrawal else Outcome.REFUSED
            # What was tried before may have been executed.
            outcome = outcome if attempt == 1 else Outcome.UNCERTAIN
            self._finish(order, outcome, reason=reason, attempts=max(attempt - 1, 1))
        return not reason

    async def _attempt(self, orders: Sequence[Order]) -> Sequence[Answer | DriverError]:
        # The site may be another than the one for which they were taken.
        found = [(order.command, self.targets.get(order.command.point)) for order in orders]
        writes = [
            Write(target=target, value=command.value, fields=command.fields)
            for command, target in found
            if target is not None
        ]
        if len(writes) < len(orders):
            return [UnknownDevice("it was removed from the site")] * len(orders)
        begun = self._clock.now()
        for write in writes:
            self._sent[write.target.point] = _Sent(begun, write.value)
            self.settlements.send(write.target.point)
        try:
            return await self._links[writes[0].target.device.connection].write(writes)
        finally:
            now = self._clock.now()
            for order in orders:
                self._touched[order.command.point] = self._last_touched = now
                self._told.pop(order.command.point, None)

    def _settle(self, order: Order, answer: Answer | DriverError, attempt: int) -> bool:
        """Give the receipt, unless the command is worth another attempt; return whether it was given."""
        if isinstance(answer, Answer):
            self._finish(order, Outcome.ACCEPTED, answer=answer, attempts=attempt)
            return True
        if attempt < _ATTEMPTS and self._may_repeat(order, answer):
            return False
        reason = answer.message
        if self._is_superseded(order):
            reason += "; not repeated, because a newer command for it is waiting"
        self._finish(order, _outcome(answer), reason=reason, exchange=answer.exchange, attempts=attempt)
        return True

    def _may_repeat(self, order: Order, error: DriverError) -> bool:
        return (
            isinstance(error, TemporaryError)
            and order.target.capability.idempotent
            and (error.retry_after_s or 0) <= _LONGEST_ASKED_S
            and not self._is_superseded(order)
            and not self._is_closing
        )

    def _is_superseded(self, order: Order) -> bool:
        waiting = self._queues[order.target.device.name]
        return any(other.command.point == order.command.point for batch in waiting for other in batch)

    def _finish(
        self,
        order: Order,
        outcome: Outcome,
        *,
        answer: Answer | None = None,
        reason: str = "",
        exchange: str = "",
        attempts: int = 1,
    ) -> None:
        receipt = self._receipt(
            order,
            outcome,
            answer=answer.value if answer else None,
            reason=reason,
            exchange=answer.exchange if answer else exchange,
            attempts=attempts,
        )
        self._open[order.command.point].discard(order.command.id)
        self.settlements.note(receipt)
        self._conclude(order, receipt)
        if reading := _told_by(receipt, order.target.capability):
            self._told[reading.point] = reading.observed_at
            self._deliver([reading])

    def _receipt(
        self,
        order: Order,
        outcome: Outcome,
        *,
        answer: Value | None = None,
        reason: str = "",
        exchange: str = "",
        attempts: int = 1,
    ) -> Receipt:
        return Receipt(
            command=order.command,
            outcome=outcome,
            at=self._clock.now(),
            answer=answer,
            reason=reason,
            exchange=exchange,
            attempts=attempts,
        )

    def _conclude(self, order: Order, receipt: Receipt) -> None:
        self._journal.record(receipt)
        _say(receipt)
        if not order.receipt.done():
            order.receipt.set_result(receipt)
        self.notice_receipt(receipt)
        # Rules that act do not hear of one that only seems to.
        if receipt.outcome in _FAILURES and not self._is_closing and not receipt.command.shadow:
            self._notice_failure(receipt)


_FAILURES = frozenset({Outcome.REFUSED, Outcome.FAILED, Outcome.UNCERTAIN})


def failure(receipt: Receipt) -> Event:
    """Return the event that a command failed for good: what ``failed`` triggers wait for."""
    command = receipt.command
    told = {"outcome": receipt.outcome.value, "reason": receipt.reason}
    if command.origin.kind is OriginKind.RULE:
        told["rule"] = command.origin.name
    return Event(kind=FAILED, name=command.point, value=command.value, point=command.point, data=told)


def assumed(point: Point, value: Value | None, at: datetime) -> Reading:
    """Return the reading of a point that can be set and not read: what it took last."""
    reason = "it cannot be read; this is what it took last"
    return Reading(point=point, value=value, observed_at=at, quality=Quality.ASSUMED, reason=reason)


def _told_by(receipt: Receipt, capability: Capability) -> Reading | None:
    """Return what is known of the point by a receipt; None where that is nothing."""
    point, at = receipt.command.point, receipt.at
    if receipt.answer is not None:
        return Reading(point=point, value=receipt.answer, observed_at=at)
    if receipt.outcome is Outcome.ACCEPTED and capability.is_assumed:
        return assumed(point, receipt.command.value, at)
    return None


def _rounded(pause: timedelta) -> str:
    return f"{pause.total_seconds():.0f} s"


def _outcome(error: DriverError) -> Outcome:
    if isinstance(error, RejectedError | AuthenticationFailed):
        return Outcome.REFUSED
    return Outcome.UNCERTAIN if error.may_have_acted else Outcome.FAILED


def _say(receipt: Receipt) -> None:
    level = logging.WARNING if receipt.outcome in _FAILURES else logging.INFO
    if not log.isEnabledFor(level):
        return
    command = receipt.command
    what = f"{format_command(command)} ({command.origin})"
    why = f": {receipt.reason}" if receipt.reason else ""
    log.log(level, "%s: %s%s", what, receipt.outcome.value, why)
