"""Reads points side by side, so that neither dead devices nor a silent server cost the living ones."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence

from interlock import (
    ConnectionSettings,
    Context,
    DriverError,
    HttpReply,
    Point,
    Target,
    TimedOut,
    Unreachable,
    Value,
)
from interlock_thinknx.batch import Batch, Question
from interlock_thinknx.client import ThinknxClient
from interlock_thinknx.memory import Memory, Standing
from interlock_thinknx.settings import ThinknxSettings
from interlock_thinknx.wire import Request, decode_status, format_exchange

_BRIEFLY_S = 0.5
"""How long each request may take once several in a row were silent, where its timeout is longer."""


class Reader:
    """Asks one server for values, each by its own request, within the connection's limits."""

    def __init__(self, client: ThinknxClient, settings: ThinknxSettings, context: Context) -> None:
        self._client = client
        self._settings = settings
        self._context = context
        self._memory = Memory()

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Return a value or an error for each target, in time also where not all had their turn."""
        batch = Batch(targets, self._memory)
        try:
            async with asyncio.timeout(read_limit_s(self._settings, len(targets))):
                await self._ask(batch)
        except TimeoutError:
            # What was answered is worth handing over; the batch excuses the others.
            pass
        return batch.finish(self._client.server)

    async def _ask(self, batch: Batch) -> None:
        if self._memory.standing is not Standing.UP:
            # One knocks first: wrong credentials are shown once, and an absent server is asked once.
            await self._ask_next(batch)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._settings.concurrency):
                tasks.create_task(self._ask_on(batch))
        if batch.witness is not None:
            await self._hear(batch.witness)

    async def _ask_on(self, batch: Batch) -> None:
        while batch.is_open:
            await self._ask_next(batch)

    async def _ask_next(self, batch: Batch) -> None:
        async with self._context.limits.slot():
            question = batch.take()
            if question is not None:
                await self._ask_one(question, batch)

    async def _ask_one(self, question: Question, batch: Batch) -> None:
        is_brief = batch.is_brief
        timeout_s = min(self._timeout_s, _BRIEFLY_S) if is_brief else self._timeout_s
        try:
            reply = await self._client.exchange(question.request, timeout_s)
        except Unreachable as error:
            # A short look may end before the connection stands: that is no news of the server.
            batch.fail(question, TimedOut(error.message) if is_brief else error)
            return
        except DriverError as error:
            batch.fail(question, error)
            return
        answers = {each.point: self._status(reply, question.request, each) for each in question.targets}
        batch.answer(question, answers)

    def _status(self, reply: HttpReply, request: Request, target: Target) -> Value | DriverError:
        try:
            return decode_status(reply, request, target, self._context.timezone)
        except DriverError as error:
            error.exchange = format_exchange(self._client.method, request, reply)
            return error

    async def _hear(self, witness: Request) -> None:
        """Ask what was answered last for the sake of an answer, whatever it is."""
        try:
            async with self._context.limits.slot():
                await self._client.exchange(witness, self._timeout_s)
        except DriverError:
            return
        self._memory.hear(witness)

    @property
    def _timeout_s(self) -> float:
        return self._settings.timeout.total_seconds()


def read_limit_s(settings: ConnectionSettings, count: int) -> float:
    """Return how long a read of so many points may take: as long as its requests in rounds, and one more.

    The engine allows more, and throws away what was answered by then.
    """
    rounds = math.ceil(count / settings.concurrency) + 1
    paced_s = settings.rate.time_for(count) if settings.rate else 0.0
    return rounds * settings.timeout.total_seconds() + paced_s
