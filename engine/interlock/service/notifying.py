"""Messages on their way to people: sent again where it may help, and never more than a limit allows."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from interlock.clock import Clock
from interlock.config.site import ConfiguredNotifier
from interlock.errors import DriverError, ProtocolFault, TemporaryError, TimedOut
from interlock.redaction import redact
from interlock.runtime.connections.health import Backoff
from interlock.runtime.firings.run import StepFailed
from interlock.strangers import StrangersFault, ask_to_come

log = logging.getLogger("interlock.notify")

PATIENCE_S = 5.0
"""A rule waits so long for its message; what becomes of it afterwards is told in the firing's trace."""
_ATTEMPTS = 6
_FIRST_PAUSE = timedelta(seconds=10)
"""With five pauses, each twice as long as the one before, a message is given up after five minutes."""
_LONGEST_ASKED = timedelta(minutes=10)
"""A service that asks for a longer pause gets no further attempt: an alarm that comes so late is none."""
_MARGIN_S = 5.0
"""A notifier keeps its own time limit; ours comes after it."""
_CLOSE_S = 10.0
"""How long the last attempts may take when the service ends."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What to say."""

    message: str
    title: str


class _Say(Protocol):
    def __call__(self, note: str, *, is_failure: bool = False) -> None: ...


def _say_nothing(note: str, *, is_failure: bool = False) -> None:
    """Leave it to the log, where nobody waits and no firing is to blame."""


class _Report:
    """Tells whoever waits what becomes of a letter first, and writes down what becomes of it later."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._first: asyncio.Future[str] | None = asyncio.get_running_loop().create_future()

    def say(self, note: str, *, is_failure: bool = False) -> None:
        first, self._first = self._first, None
        if first is None:
            self._write(note)
        elif is_failure:
            first.set_exception(StepFailed(note))
        else:
            first.set_result(note)

    async def first(self) -> str:
        """Return the first news, or after a time that there are none yet.

        Raises:
            StepFailed: the letter cannot be sent.
        """
        awaited = self._first
        assert awaited is not None
        try:
            await asyncio.wait([awaited], timeout=PATIENCE_S)
            return awaited.result() if awaited.done() else "on its way"
        finally:
            self._first = None


class Outbox:
    """Sends the messages of one notifier.

    Args:
        notifier: What carries them, as the site file says.
        clock: Wall or virtual time.
        dice: Draws the jitter of pauses.
    """

    def __init__(self, notifier: ConfiguredNotifier, *, clock: Clock, dice: random.Random) -> None:
        self.notifier = notifier
        self._clock = clock
        self._dice = dice
        self._limit = notifier.settings.limit
        self._turns: deque[timedelta] = deque()
        """When the latest letters were taken."""
        self._suppressed = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    async def post(self, letter: Letter, write: Callable[[str], None]) -> str:
        """Send a letter; return what became of it within some seconds.

        Args:
            letter: What to say.
            write: Is told what becomes of it later.

        Raises:
            StepFailed: it cannot be sent.
        """
        if not self._takes_another():
            return self._suppress()
        report = _Report(write)
        self._start(self._deliver(letter, report.say))
        return await report.first()

    async def close(self) -> None:
        """Make the last attempts at once, and give up what they do not bring away."""
        self._closing.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _takes_another(self) -> bool:
        now = self._clock.monotonic()
        while self._turns and now - self._turns[0] >= self._limit.period:
            self._turns.popleft()
        if len(self._turns) >= self._limit.count:
            return False
        self._turns.append(now)
        return True

    def _suppress(self) -> str:
        self._suppressed += 1
        if self._suppressed == 1:
            log.warning(
                "notifier %s: more messages than %s: they are suppressed", self.notifier.name, self._limit
            )
            self._start(self._sum_up())
        return f"not sent: more messages than {self._limit}"

    async def _sum_up(self) -> None:
        """Tell how many letters were suppressed, as soon as there is room for one."""
        while not self._closing.is_set() and not self._takes_another():
            await self._pause(self._turns[0] + self._limit.period - self._clock.monotonic())
        count, self._suppressed = self._suppressed, 0
        many = "1 further message was" if count == 1 else f"{count} further messages were"
        message = f"{many} suppressed: there were more than {self._limit}. The journal has them all."
        await self._deliver(Letter(message, ""), _say_nothing)

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work, name=f"message by {self.notifier.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, letter: Letter, say: _Say) -> None:
        backoff = Backoff(_FIRST_PAUSE, self._dice)
        for attempt in range(1, _ATTEMPTS + 1):
            is_last = attempt == _ATTEMPTS or self._closing.is_set()
            error = await attempt_once(self.notifier, letter)
            if error is None:
                self._rejoice(attempt)
                return say("sent" if attempt == 1 else f"sent by attempt {attempt}")
            asked = timedelta(seconds=error.retry_after_s or 0)
            if is_last or not isinstance(error, TemporaryError) or asked > _LONGEST_ASKED:
                log.error("notifier %s: a message is lost: %s", self.notifier.name, error)
                return say(f"not sent: {error}", is_failure=True)
            pause = backoff.fail(self._clock.now(), asked)
            if attempt == 1:
                log.warning("notifier %s: %s; it is tried again", self.notifier.name, error)
            say(f"not sent yet: {error}; sending it again in {pause.total_seconds():.0f} s")
            await self._pause(pause)
        return None

    def _rejoice(self, attempt: int) -> None:
        if attempt > 1:
            log.info("notifier %s: a message was sent by attempt %s", self.notifier.name, attempt)

    async def _pause(self, pause: timedelta) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(pause.total_seconds(), 0.0)):
                await self._closing.wait()


async def attempt_once(notifier: ConfiguredNotifier, letter: Letter) -> DriverError | None:
    """Send a letter once; return why it was not sent, None where it was. No plugin's fault gets further."""
    limit_s = notifier.settings.timeout.total_seconds() + _MARGIN_S
    try:
        async with asyncio.timeout(limit_s):
            await ask_to_come(
                lambda: notifier.notifier(notifier.settings).send(letter.message, letter.title),
                DriverError,
                TimeoutError,
            )
    except DriverError as error:
        error.args = (redact(error.message),)
        return error
    except TimeoutError:
        return TimedOut("the notifier did not come back in time")
    except StrangersFault as error:
        return ProtocolFault(redact(f"the notifier failed: {error}"))
    return None
