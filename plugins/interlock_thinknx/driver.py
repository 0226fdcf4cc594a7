"""The driver ``thinknx-local``, and what it shares with every other way to a Thinknx server."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

from interlock import (
    Answer,
    Capability,
    ConnectionSettings,
    Context,
    DeviceSettings,
    DeviceType,
    Driver,
    DriverError,
    Point,
    Target,
    Unreachable,
    Value,
    Write,
)
from interlock_thinknx.batch import Batch, Question
from interlock_thinknx.client import Credentials, ThinknxClient
from interlock_thinknx.controllers import DEVICE_TYPES, capabilities_of
from interlock_thinknx.settings import ThinknxDeviceSettings, ThinknxLocalSettings, ThinknxSettings
from interlock_thinknx.wire import (
    Reply,
    Request,
    decode_feedback,
    decode_status,
    format_exchange,
    set_request,
)


class ThinknxDriver(Driver):
    """Speaks the Thinknx Integration Kit's API; a subclass says where and as whom."""

    device_types = DEVICE_TYPES
    settings: ThinknxSettings
    _client: ThinknxClient

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        super().__init__(settings, context)
        self._resources = AsyncExitStack()
        self._is_up = False
        self._silent: Sequence[Request] = ()

    @abstractmethod
    def new_client(self) -> ThinknxClient:
        """Return a client for the server that the settings name."""

    @classmethod
    def capabilities(
        cls, device_type: DeviceType, settings: DeviceSettings, connection: ConnectionSettings
    ) -> tuple[Capability, ...]:
        """Return what a device can do: with its limits and unit, and with color only where it asks for it."""
        return capabilities_of(device_type, settings)

    async def open(self) -> None:
        """Make the client. Nothing is sent yet."""
        self._client = await self._resources.enter_async_context(self.new_client())

    async def close(self) -> None:
        """Close the client's connections."""
        await self._resources.aclose()

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Read points side by side, each by its own request, within the connection's limits."""
        batch = Batch(targets, self._silent)
        if not self._is_up:
            # One knocks first: wrong credentials are shown once, and an absent server is asked once.
            await self._read_next(batch)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(self.settings.concurrency, len(targets))):
                tasks.create_task(self._read_on(batch))
        self._is_up = batch.verdict is None
        self._silent = batch.silent
        return batch.finish()

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Send commands one after the other, each once, until an error concerns the whole connection."""
        answers: list[Answer | DriverError] = []
        verdict: DriverError | None = None
        for write in writes:
            answer = verdict or await self._write_one(write)
            if isinstance(answer, DriverError) and answer.whole_connection:
                verdict = answer
            answers.append(answer)
        return answers

    async def _read_on(self, batch: Batch) -> None:
        while batch.is_open:
            await self._read_next(batch)

    async def _read_next(self, batch: Batch) -> None:
        async with self.limits.slot():
            question = batch.take()
            if question is not None:
                await self._read_one(question, batch)

    async def _read_one(self, question: Question, batch: Batch) -> None:
        try:
            reply = await self._exchange(question.request, self.settings.timeout)
        except DriverError as error:
            batch.fail(question, error, self._client.server)
            return
        for target in question.targets:
            batch.answer(target, self._status(reply, question.request, target))

    async def _exchange(self, request: Request, timeout: timedelta) -> Reply:
        try:
            return await self._client.exchange(request, timeout.total_seconds())
        except DriverError as error:
            if not isinstance(error, Unreachable):
                error.exchange = format_exchange(self._client.method, request, None)
            raise

    def _status(self, reply: Reply, request: Request, target: Target) -> Value | DriverError:
        try:
            return decode_status(reply, request, target)
        except DriverError as error:
            error.exchange = format_exchange(self._client.method, request, reply)
            return error

    async def _write_one(self, write: Write) -> Answer | DriverError:
        wait = self._feedback_timeout(write.target)
        timeout = self.settings.timeout if wait is None else wait
        try:
            request = set_request(write.target, write.value, feedback=wait is not None)
            await self.limits.pace()
            reply = await self._exchange(request, timeout)
        except DriverError as error:
            return error
        return self._answer(reply, request, write.target)

    def _answer(self, reply: Reply, request: Request, target: Target) -> Answer | DriverError:
        exchange = format_exchange(self._client.method, request, reply)
        try:
            return Answer(value=decode_feedback(reply, request, target), exchange=exchange)
        except DriverError as error:
            error.exchange = exchange
            return error

    def _feedback_timeout(self, target: Target) -> timedelta | None:
        """Return how long to wait for the device's own answer, or None where it is not asked for."""
        device = target.device.settings
        if not target.capability.feedback or not isinstance(device, ThinknxDeviceSettings):
            return None
        is_wanted = self.settings.feedback if device.feedback is None else device.feedback
        return (device.feedback_timeout or self.settings.feedback_timeout) if is_wanted else None


class ThinknxLocal(ThinknxDriver):
    """A Thinknx server in the same network, by plain HTTP."""

    name = "thinknx-local"
    description = "a Thinknx server in the same network, by plain HTTP"
    Settings = ThinknxLocalSettings
    settings: ThinknxLocalSettings

    def new_client(self) -> ThinknxClient:
        """Return a client that identifies itself as the settings say."""
        settings = self.settings
        return ThinknxClient(
            settings.base_url,
            method=settings.method,
            credentials=Credentials(
                scheme=settings.auth,
                username=settings.username,
                password=settings.password.get_secret_value(),
            ),
            concurrency=settings.concurrency,
        )
