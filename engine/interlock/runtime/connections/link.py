"""A connection at work: its driver behind the seam, its health, its limits."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from interlock.clock import Clock
from interlock.config.site import Connection
from interlock.driver import Answer, Peer, Target, Write
from interlock.errors import DriverError, RateLimited, TimedOut, Unreachable
from interlock.history.journal import Journal
from interlock.history.records import ConnectionEvent
from interlock.model import Point
from interlock.runtime.connections.allowance import Allowance
from interlock.runtime.connections.answers import Answers
from interlock.runtime.connections.debug_lines import tell_read, tell_write
from interlock.runtime.connections.health import Health, Turn
from interlock.runtime.connections.place import Place
from interlock.runtime.connections.punctuality import Punctuality
from interlock.runtime.connections.seam import Seam

log = logging.getLogger("interlock.connection")
polls = logging.getLogger("interlock.poll")

_LAST_S = 15.0
"""How long a command on the wire may still take when the connection's settings change."""

_WITNESS = timedelta(minutes=1)
"""What answered longer ago, because it is read so rarely, says nothing of the connection now."""


class PollOutcome(StrEnum):
    """What came of the read of a batch of points."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    """Some points gave an error."""
    FAILED = "failed"
    """All of them did."""


class Link:
    """One connection at work.

    Args:
        connection: Its driver and its settings.
        clock: Wall or virtual time.
        journal: Takes what happens to it.
        dice: Vary its pauses.
        through: What it speaks through, where it does.
        after: What has to end before it is opened, such as the same connection with its old settings.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Clock,
        journal: Journal,
        dice: random.Random,
        through: Peer | None = None,
        after: asyncio.Future[None] | None = None,
    ) -> None:
        self.connection = connection
        self.health = Health(connection.settings.poll, dice)
        self.probes = max(1, connection.settings.concurrency // 2)
        """How many silent points may be asked at once: the other places belong to what answers."""
        self.probing = asyncio.Semaphore(self.probes)
        self._clock = clock
        self._journal = journal
        self._places = asyncio.Semaphore(connection.settings.concurrency)
        self._heard: deque[tuple[timedelta, Answers]] = deque()
        """What came back lately, and until when (monotonic) that says that the connection is there."""
        self._writing = 0
        """How many writes are under way or wait for a place."""
        self._quiet = asyncio.Event()
        self.notice_turn: Callable[[str, bool], None] = lambda connection, is_there: None
        """Is told when the connection answers or is lost, at first and whenever that changes."""
        self.is_there: bool | None = None
        """Whether it answers; None before anything was heard of it."""
        self.lost_at: timedelta | None = None
        """Since when nothing answers, by the time that passes; None while something does."""
        self.trouble: ConnectionEvent | None = None
        """What is wrong with it now, and since when; None where nothing is."""
        self.notice_return: Callable[[], None] = lambda: None
        """Is told when it answers after having been lost."""
        self.is_knocked_at = False
        """Whether somebody asks a few points, to see whether it answers again."""
        self.punctuality = Punctuality(connection.name, clock)
        """How long its polls take, and whether that is too long."""
        self.polls: Counter[PollOutcome] = Counter()
        """Reads of batches since the start, by what came of them."""
        self.answered_at: datetime | None = None
        """When a read last brought a value, UTC; None where none did yet."""
        self.seam = Seam(connection, through, after)
        self.allowance = Allowance(connection, clock, lambda: self.requests)
        """How much it may be asked beside what its settings say."""

    @property
    def requests(self) -> int:
        """How many requests were sent to it since the start, to read and to command."""
        return self.seam.requests

    @property
    def silence(self) -> str:
        """Why nothing is heard of points that gave no error."""
        if self.allowance.is_used_up:
            return f"the day's budget of {self.connection.settings.daily} requests is used up"
        return "the last poll is not answered yet" if self.lost_at is None else "it is lost"

    def may_poll(self, now: datetime) -> bool:
        """Whether a poll may go out."""
        return self.health.may_ask(now) and not self.allowance.is_used_up

    async def read(self, targets: Sequence[Target], interval: timedelta) -> Answers:
        """Read a batch that is read each `interval`, and learn from it how the connection is."""
        asked_at = self._clock.monotonic()
        answers = await self.seam.read(targets)
        self._learn(answers, interval)
        if polls.isEnabledFor(logging.DEBUG):
            tell_read(polls, self.connection.name, answers, self._clock.monotonic() - asked_at)
        return answers

    def read_at_once(self, targets: Sequence[Target], interval: timedelta) -> Answers | None:
        """Do as `read`, where the driver need not wait for it; return None where it has to."""
        answers = self.seam.read_at_once(targets)
        if answers is not None:
            self._learn(answers, interval)
            if polls.isEnabledFor(logging.DEBUG):
                tell_read(polls, self.connection.name, answers, timedelta())
        return answers

    @property
    def writing(self) -> int:
        """How many writes are under way or wait for a place."""
        return self._writing

    def _learn(self, answers: Answers, interval: timedelta) -> None:
        self._count(answers)
        self._hear(answers, min(interval, _WITNESS) + self.connection.settings.timeout)
        if answers.errors:
            self.note(answers.values(), is_there=self._others_answer(answers))
        elif answers:
            self._note_success()

    def _count(self, answers: Answers) -> None:
        failed = len(answers.errors)
        outcome = PollOutcome.COMPLETE
        if failed:
            outcome = PollOutcome.PARTIAL if failed < len(answers) else PollOutcome.FAILED
        self.polls[outcome] += 1
        if failed < len(answers):
            self.answered_at = self._clock.now()

    def _hear(self, answers: Answers, lasts: timedelta) -> None:
        now = self._clock.monotonic()
        while self._heard and self._heard[0][0] < now:
            self._heard.popleft()
        self._heard.append((now + lasts, answers))

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Send one device's commands of one moment, within the connection's concurrency."""
        if self.health.stopped:
            return [self.health.stopped] * len(writes)
        pause_s = self.health.asked_pause_s(self._clock.now())
        if pause_s:
            return [self._asked_to_wait(pause_s)] * len(writes)
        self._writing += 1
        began_at = self._clock.monotonic()
        try:
            answers = await self._send(writes)
        finally:
            self._writing -= 1
            if not self._writing:
                self._quiet.set()
        self.note(answers)
        if polls.isEnabledFor(logging.DEBUG):
            tell_write(polls, self.connection.name, writes, answers, self._clock.monotonic() - began_at)
        return answers

    async def _send(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        async with Place(self._places):
            # Here, in no task of its own, which would be three more turns of the event loop.
            return await self.seam.write(writes)

    def lose(self, error: DriverError) -> None:
        """Learn from the driver that the connection is lost; say so once."""
        turn = self.health.note_failure(error, self._clock.now())
        if turn and not self.health.stopped:
            turn = Turn(True, error.message)
        self._tell(turn)
        self._turn(is_there=False)

    def regain(self) -> None:
        """Learn from the driver that the connection is back; say so once."""
        self._note_success()

    async def close(self) -> None:
        """Close the driver."""
        await self.seam.close()

    async def retire(self) -> None:
        """Let commands that are on the wire come to their end, and close the driver."""
        if self._writing:
            self._quiet.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST_S):
                    await self._quiet.wait()
        await self.close()

    def note(self, answers: Collection[object], *, is_there: bool = False) -> None:
        """Learn from a batch of answers how the connection is; say so once when that changes.

        Args:
            answers: Values, errors, or answers to commands.
            is_there: Whether the connection answers elsewhere, so that this batch alone cannot lose it.
        """
        errors = [answer for answer in answers if isinstance(answer, DriverError)]
        grave = next((error for error in errors if error.whole_connection), None)
        # Whoever answered for one point can be reached, whatever became of the others.
        is_reached = isinstance(grave, Unreachable) and (is_there or len(errors) < len(answers))
        if grave is not None and not is_reached:
            has_answered = not self.health.is_lost or len(errors) < len(answers)
            self._tell(self.health.note_failure(grave, self._clock.now()))
            self._turn(is_there=False)
            if isinstance(grave, RateLimited):
                self.allowance.refuse(has_answered=has_answered)
        elif not all(isinstance(answer, TimedOut | Unreachable) for answer in answers):
            self._note_success()

    def _note_success(self) -> None:
        turn = self.health.note_success()
        self._tell(turn)
        self._turn(is_there=True)
        if turn is not None:
            self.notice_return()

    def _turn(self, *, is_there: bool) -> None:
        if is_there is not self.is_there:
            self.is_there = is_there
            self.lost_at = None if is_there else self._clock.monotonic()
            if not is_there:
                # What answered before says nothing of whether it can be reached after that.
                self._heard.clear()
            self.notice_turn(self.connection.name, is_there)

    def _others_answer(self, points: Collection[Point]) -> bool:
        """Whether another point answered lately, and gave no error since."""
        now, seen = self._clock.monotonic(), set(points)
        for until, answers in reversed(self._heard):
            others = answers.keys() - seen
            if until >= now and not others <= answers.errors.keys():
                return True
            seen |= others
        return False

    def _asked_to_wait(self, pause_s: float) -> RateLimited:
        message = f"connection {self.connection.name}: the server asked for a pause of {pause_s:.0f} s more"
        return RateLimited(message, retry_after_s=pause_s)

    def _tell(self, turn: Turn | None) -> None:
        if turn is None:
            return
        prefix = f"connection {self.connection.name}: "
        text = prefix + turn.text.removeprefix(prefix)
        log.log(logging.WARNING if turn.is_failure else logging.INFO, "%s", text)
        event = ConnectionEvent(self._clock.now(), self.connection.name, text)
        self.trouble = event if turn.is_failure else None
        self._journal.record(event)
