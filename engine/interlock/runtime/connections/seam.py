"""The wall around a driver: whatever it does, the engine gets a value or an error for each point.

Its broad ``except`` is deliberate: a driver that raises, even what is no `Exception`, hangs, leaves points
out or answers what its capability does not allow costs only its own readings.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import compress, count
from operator import is_not
from typing import TypeVar

from interlock.config.site import Connection
from interlock.driver import (
    Answer,
    ConnectionSettings,
    Context,
    Driver,
    Feed,
    Found,
    Limits,
    Peer,
    Recorded,
    Target,
    Write,
)
from interlock.errors import DriverError, InvalidValue, ProtocolFault, TimedOut
from interlock.model import Point, Value
from interlock.plurals import counted
from interlock.redaction import redactor
from interlock.runtime.connections.answers import Answers
from interlock.strangers import described, ends_us

T = TypeVar("T")
log = logging.getLogger("interlock.connection")

_MARGIN_S = 5.0
"""A driver keeps its own time limits; the wall's come after them."""
_FEEDBACK_S = 120.0
"""Longest time that a driver may wait for a device's own feedback."""


@dataclass(slots=True)
class _Batch:
    """What a driver gave when the same was asked for the last time."""

    targets: Sequence[Target]
    points: list[Point]
    given: list[object]
    """The last value of each as the driver gave it; `_NEVER` where there was none yet."""
    checked: dict[Point, Value | DriverError]
    """The same values after the check."""


_NEVER = object()
_IMMUTABLE = (bool, int, float, str, datetime, timedelta, tuple)
_MOST_BATCHES = 32
"""Batches that are read again and again are few: one for each pace."""


class Seam:
    """One connection's driver, made safe. It is opened when it is first needed, and again if that failed."""

    def __init__(
        self,
        connection: Connection,
        through: Peer | None = None,
        after: asyncio.Future[None] | None = None,
    ) -> None:
        self._connection = connection
        self._after = after
        self._context = Context(
            limits=Limits(connection.settings), timezone=connection.timezone, through=through
        )
        self._driver: Driver | None = None
        self._batches: dict[int, _Batch] = {}
        """By the identity of what was asked for."""
        self._opening = asyncio.Lock()

    @property
    def _settings(self) -> ConnectionSettings:
        return self._connection.settings

    async def _open(self) -> Driver:
        if self._driver is not None:
            return self._driver
        async with self._opening:
            if self._after is not None:
                # Whoever is cancelled here must not cancel what others wait for.
                await asyncio.wait([self._after])
            if self._driver is None:
                driver = self._connection.driver(self._settings, self._context)
                try:
                    async with asyncio.timeout(self._settings.timeout.total_seconds() + _MARGIN_S):
                        await driver.open()
                except BaseException:
                    await self._release(driver)
                    raise
                self._driver = driver
        return self._driver

    async def close(self) -> None:
        """Close the driver, whatever it says."""
        driver, self._driver = self._driver, None
        if driver is not None:
            await self._release(driver)

    async def _release(self, driver: Driver) -> None:
        try:
            async with asyncio.timeout(_MARGIN_S):
                await driver.close()
        except BaseException as error:  # noqa: BLE001 - the seam
            log.warning("%s", self._fault(error).message)

    async def read(self, targets: Sequence[Target]) -> Answers:
        """Return a value or an error for each target."""
        try:
            driver = await self._open()
            async with asyncio.timeout(_read_limit_s(self._settings, len(targets))):
                answers = await driver.read(targets)
            return self._all_checked(targets, answers)
        except BaseException as error:  # noqa: BLE001 - the seam
            return self._none(targets, error)

    def read_at_once(self, targets: Sequence[Target]) -> Answers | None:
        """Return what `read` would, where the driver need not wait for it; None where it has to."""
        if self._driver is None:
            return None
        try:
            answers = self._driver.read_at_once(targets)
            return None if answers is None else self._all_checked(targets, answers)
        except BaseException as error:  # noqa: BLE001 - the seam
            return self._none(targets, error)

    def _none(self, targets: Sequence[Target], error: BaseException) -> Answers:
        """Return that nothing was read, because of an error."""
        errors = dict.fromkeys((target.point for target in targets), self._fault(error))
        return Answers(errors, errors)

    def _all_checked(
        self, targets: Sequence[Target], answers: Mapping[Point, Value | DriverError]
    ) -> Answers:
        """Return a value or an error for each target. What repeats itself was checked before."""
        batch = self._batches.get(id(targets))
        if batch is None or batch.targets is not targets:
            batch = self._batch(targets)
        # Mostly in the order in which it was asked; to look each point up takes five times as long.
        is_in_order = list(answers) == batch.points
        given = list(answers.values() if is_in_order else map(answers.get, batch.points))
        errors: dict[Point, DriverError] = {}
        changed: list[Point] = []
        found = Answers(batch.checked, errors, batch=batch, changed=changed)
        for place in compress(count(), map(is_not, given, batch.given)):
            answer, last, point = given[place], batch.given[place], batch.points[place]
            # True == 1 == 1.0 in Python, and they differ as values. Of tuples nobody knows without a look
            # at what is in them.
            if answer == last and type(answer) is type(last) and type(last) is not tuple:
                continue
            changed.append(point)
            found[point] = checked = self.checked(targets[place], answer)
            if isinstance(checked, DriverError):
                errors[point] = checked
            elif isinstance(answer, _IMMUTABLE):
                batch.given[place], batch.checked[point] = answer, checked
        return found

    def _batch(self, targets: Sequence[Target]) -> _Batch:
        """Return a memory for a batch, which lasts where the same batch is read again and again."""
        if len(self._batches) >= _MOST_BATCHES:
            self._batches.clear()
        points = [target.point for target in targets]
        batch = _Batch(targets, points, [_NEVER] * len(points), {})
        self._batches[id(targets)] = batch
        return batch

    async def discover(self) -> AsyncGenerator[Found, None]:
        """Yield the devices that the driver finds.

        Raises:
            DriverError: it cannot find any, or the peer does not answer.
        """
        async for found in self._each(lambda driver: driver.discover()):
            if not isinstance(found, Found):
                raise self.named(
                    ProtocolFault(f"the driver found {type(found).__name__}, which is no device")
                )
            yield found

    async def history(
        self, targets: Sequence[Target], start: datetime, end: datetime
    ) -> AsyncGenerator[Recorded, None]:
        """Yield what the devices remember of a time.

        Raises:
            DriverError: they keep none, or the peer does not answer.
        """
        asked = {target.point: target for target in targets}
        async for recorded in self._each(lambda driver: driver.history(targets, start, end)):
            target = asked.get(recorded.point) if isinstance(recorded, Recorded) else None
            value = None if target is None else self.checked(target, recorded.value)
            if value is None or isinstance(value, DriverError) or recorded.at.tzinfo is None:
                raise self.named(ProtocolFault(f"the driver remembers nonsense: {recorded}"))
            if start <= recorded.at < end:
                yield replace(recorded, value=value)

    async def _each(self, begin: Callable[[Driver], AsyncIterator[T]]) -> AsyncGenerator[T, None]:
        """Yield what a driver yields, which may take as long as it likes between two."""
        try:
            driver = await self._open()
            async with aclosing(_closable(begin(driver))) as items:
                async for item in items:
                    yield item
        except GeneratorExit:
            raise
        except BaseException as error:
            raise self._fault(error) from error

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Return an answer or an error for each write."""
        limit_s = len(writes) * (self._settings.timeout.total_seconds() + _FEEDBACK_S) + _MARGIN_S
        try:
            driver = await self._open()
            async with asyncio.timeout(limit_s):
                answers = list(await driver.write(writes))
            if len(answers) != len(writes):
                given, wanted = counted(len(answers), "answer"), counted(len(writes), "command")
                raise ProtocolFault(f"the driver gave {given} to {wanted}")
            return [self._answer(write, answer) for write, answer in zip(writes, answers, strict=True)]
        except BaseException as error:  # noqa: BLE001 - the seam
            return [self._fault(error)] * len(writes)

    @property
    def requests(self) -> int:
        """How many requests the driver has sent, to read and to command."""
        return self._context.limits.requests

    @property
    def name(self) -> str:
        """The connection's."""
        return self._connection.name

    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> DriverError | None:
        """Let the driver put what it is told into a feed; return why it cannot, None where it does."""
        try:
            driver = await self._open()
            async with asyncio.timeout(self._settings.timeout.total_seconds() + _MARGIN_S):
                await driver.subscribe(targets, feed)
        except BaseException as error:  # noqa: BLE001 - the seam
            return self._fault(error)
        return None

    def call_fault(self, target: Target, fields: Mapping[str, Value]) -> str:
        """Return why the driver does not take these fields together; empty where it does."""
        try:
            self._connection.driver.check_call(target, fields)
        except InvalidValue as error:
            return str(error)
        except BaseException as error:  # noqa: BLE001 - the seam
            return self._fault(error).message
        return ""

    def checked(self, target: Target, answer: object) -> Value | DriverError:
        """Return what a driver says of a point, or what is wrong with that."""
        if isinstance(answer, DriverError):
            return self.named(answer)
        try:
            value = None if answer is None else target.capability.check_reading(answer)
        except InvalidValue as error:
            return self.named(ProtocolFault(f"{target.device.name}: the device's {error}"))
        if value is None:
            return self.named(ProtocolFault(f"the driver gave no answer for {target.point}"))
        return value

    def _answer(self, write: Write, answer: object) -> Answer | DriverError:
        if isinstance(answer, DriverError):
            return self.named(answer)
        if not isinstance(answer, Answer):
            return self.named(ProtocolFault(f"the driver answered {type(answer).__name__} to a command"))
        if answer.value is None:
            return answer
        value = self.checked(write.target, answer.value)
        # The command was taken; a feedback that makes no sense is only no feedback.
        return Answer(value=None if isinstance(value, DriverError) else value, exchange=answer.exchange)

    def _fault(self, error: BaseException) -> DriverError:
        if ends_us(error):
            raise error
        if isinstance(error, DriverError):
            return self.named(error)
        if isinstance(error, TimeoutError):
            return self.named(TimedOut("the driver did not come back in time"))
        return self.named(ProtocolFault(f"the driver failed: {described(error)}"))

    def named(self, error: DriverError) -> DriverError:
        """Return an error that names the connection and holds no secret."""
        message = redactor.redact(error.message)
        if not message.startswith(self._prefix):
            message = self._prefix + message
        exchange = redactor.redact(error.exchange)
        # A driver's own subclass may be made from whatever it likes.
        named = type(error).__new__(type(error))
        DriverError.__init__(named, message, exchange=exchange, retry_after_s=error.retry_after_s)
        return named

    @property
    def _prefix(self) -> str:
        return f"connection {self._connection.name}: "


def _read_limit_s(settings: ConnectionSettings, count: int) -> float:
    # Two more than it needs: a driver may begin with one request alone, and its own limits come first.
    rounds = math.ceil(count / settings.concurrency) + 2
    paced_s = settings.rate.time_for(count) if settings.rate else 0.0
    return rounds * settings.timeout.total_seconds() + paced_s + _MARGIN_S


async def _closable(items: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """Yield the items of an iterator; a driver's may be no generator, and lack `aclose`."""
    try:
        async for item in items:
            yield item
    finally:
        if isinstance(items, AsyncGenerator):
            await items.aclose()
