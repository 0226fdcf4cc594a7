"""The drivers `thinknx-local` and `thinknx-cloud`: one client of the API, two doors to it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
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
    Found,
    HttpReply,
    NotSupported,
    Point,
    Target,
    Value,
    Write,
    new_trust,
)
from interlock_thinknx.client import Credentials, ThinknxClient
from interlock_thinknx.controllers import DEVICE_TYPES, capabilities_of
from interlock_thinknx.reading import Reader
from interlock_thinknx.settings import (
    ThinknxCloudSettings,
    ThinknxDeviceSettings,
    ThinknxLocalSettings,
    ThinknxSettings,
)
from interlock_thinknx.telegrams import check_group, telegram_note
from interlock_thinknx.wire import (
    Request,
    decode_feedback,
    decode_reply,
    format_exchange,
    set_request,
    status_request,
    telegram_request,
)


class ThinknxDriver(Driver):
    """Speaks the Thinknx Integration Kit's API; a subclass says where and as whom."""

    device_types = DEVICE_TYPES
    settings: ThinknxSettings
    _client: ThinknxClient
    _reader: Reader

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        super().__init__(settings, context)
        self._resources = AsyncExitStack()

    @abstractmethod
    async def new_client(self) -> ThinknxClient:
        """Return a client for the server that the settings name.

        Raises:
            Unreachable: a file that the settings name cannot be used.
        """

    @classmethod
    def capabilities(
        cls, device_type: DeviceType, settings: DeviceSettings, connection: ConnectionSettings
    ) -> tuple[Capability, ...]:
        """Return what a device can do: with its limits and unit, and with color only where it asks for it."""
        return capabilities_of(device_type, settings)

    @classmethod
    def check_call(cls, target: Target, fields: Mapping[str, Value]) -> None:
        """Check the group address of a telegram; its value fits already.

        Raises:
            InvalidValue: it is no group address of three levels.
        """
        check_group(str(fields["group"]))

    @classmethod
    def requests_for(cls, targets: Sequence[Target], settings: ConnectionSettings) -> int:
        """Return one for each point, and one for all that a server says of itself."""
        return len({status_request(each) for each in targets if each.capability.readable})

    async def open(self) -> None:
        """Make the client. Nothing is sent yet."""
        self._client = await self._resources.enter_async_context(await self.new_client())
        self._reader = Reader(self._client, self.settings, self.context)

    async def close(self) -> None:
        """Close the client's connections."""
        await self._resources.aclose()

    def discover(self) -> AsyncIterator[Found]:
        """Refuse: the API lists no devices.

        Raises:
            NotSupported: always; it says where their identifiers stand.
        """
        raise NotSupported(
            f"{self.name} cannot list its devices, since the protocol does not: read their guids in the "
            "Thinknx Configurator, or on the server's web page Server, Integration Kit"
        )

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Read points side by side, each by its own request, within the connection's limits."""
        return await self._reader.read(targets)

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

    async def _write_one(self, write: Write) -> Answer | DriverError:
        wait = self._feedback_timeout(write.target)
        timeout = self.settings.timeout if wait is None else wait
        try:
            request = self._request(write, feedback=wait is not None)
            await self.limits.pace()
            reply = await self._client.exchange(request, timeout.total_seconds())
        except DriverError as error:
            return error
        return self._answer(reply, request, write)

    def _request(self, write: Write, *, feedback: bool) -> Request:
        if write.target.capability.fields:
            return telegram_request(write.target, write.fields)
        return set_request(write.target, write.value, feedback=feedback)

    def _answer(self, reply: HttpReply, request: Request, write: Write) -> Answer | DriverError:
        exchange = format_exchange(self._client.method, request, reply)
        try:
            if write.target.capability.fields:
                note = telegram_note(write.target, write.fields, decode_reply(reply, request))
                return Answer(exchange=f"{exchange} ({note})" if note else exchange)
            return Answer(value=decode_feedback(reply, request, write.target), exchange=exchange)
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

    async def new_client(self) -> ThinknxClient:
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


class ThinknxCloud(ThinknxDriver):
    """A Thinknx server through the vendor's cloud or one on premise, by HTTPS and the server's key."""

    name = "thinknx-cloud"
    description = "a Thinknx server through the vendor's cloud or one on premise, by HTTPS"
    Settings = ThinknxCloudSettings
    settings: ThinknxCloudSettings

    async def new_client(self) -> ThinknxClient:
        """Return a client whose every path begins with the key, to a server whose certificate is trusted."""
        settings = self.settings
        return ThinknxClient(
            settings.keyed_url,
            method=settings.method,
            credentials=Credentials(),
            concurrency=settings.concurrency,
            trust=await asyncio.to_thread(new_trust, settings.ca),
        )
