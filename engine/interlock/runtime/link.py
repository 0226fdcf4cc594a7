"""A connection at work: its driver behind the seam, its health, its limits."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Collection, Sequence

from interlock.clock import Clock
from interlock.config.site import Connection
from interlock.driver import Answer, Write
from interlock.errors import DriverError, RateLimited, TimedOut, Unreachable
from interlock.history.journal import Journal
from interlock.history.records import ConnectionEvent
from interlock.runtime.health import Health, Turn
from interlock.runtime.seam import Seam

log = logging.getLogger("interlock.connection")

PATIENCE_S = 1.0
"""A command that takes longer waits for its device, not for the server: it no longer counts against the
connection's concurrency, and its rule's next action goes on. So one dead actuator that holds a feedback
reply back holds up nobody else."""


class Link:
    """One connection at work."""

    def __init__(
        self, connection: Connection, *, clock: Clock, journal: Journal, dice: random.Random
    ) -> None:
        self.connection = connection
        self.health = Health(connection.settings.poll, dice)
        self._clock = clock
        self._journal = journal
        self._places = asyncio.Semaphore(connection.settings.concurrency)
        self.seam = Seam(connection)

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Send one device's commands of one moment, within the connection's concurrency."""
        if self.health.stopped:
            return [self.health.stopped] * len(writes)
        pause_s = self.health.asked_pause_s(self._clock.now())
        if pause_s:
            return [self._asked_to_wait(pause_s)] * len(writes)
        async with self._places:
            task = asyncio.ensure_future(self.seam.write(writes))
            await asyncio.wait({task}, timeout=PATIENCE_S)
        answers = await task
        self.note(answers)
        return answers

    def note(self, answers: Collection[object]) -> None:
        """Learn from a batch of answers how the connection is; say so once when that changes."""
        errors = [answer for answer in answers if isinstance(answer, DriverError)]
        grave = next((error for error in errors if error.whole_connection), None)
        # Whoever answered for one point can be reached, whatever became of the others.
        is_reached = len(errors) < len(answers) and isinstance(grave, Unreachable)
        if grave is not None and not is_reached:
            self._tell(self.health.note_failure(grave, self._clock.now()))
        elif not all(isinstance(answer, TimedOut) for answer in answers):
            self._tell(self.health.note_success())

    def _asked_to_wait(self, pause_s: float) -> RateLimited:
        message = f"connection {self.connection.name}: the server asked for a pause of {pause_s:.0f} s more"
        return RateLimited(message, retry_after_s=pause_s)

    def _tell(self, turn: Turn | None) -> None:
        if turn is None:
            return
        prefix = f"connection {self.connection.name}: "
        text = prefix + turn.text.removeprefix(prefix)
        log.log(logging.WARNING if turn.is_failure else logging.INFO, "%s", text)
        self._journal.record(ConnectionEvent(self._clock.now(), self.connection.name, text))
