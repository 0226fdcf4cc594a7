"""The driver ``founten``: thermostats of a site, by its api.cgi."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime

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
    Point,
    Recorded,
    Target,
    Value,
    Write,
    trust_for,
)
from interlock_founten.archive import Archive
from interlock_founten.client import Exchange, FountenClient
from interlock_founten.commanding import Commander
from interlock_founten.controllers import DEVICE_TYPES, capabilities_of
from interlock_founten.discovery import LIST, found_devices
from interlock_founten.reading import Reader, requests_for
from interlock_founten.schedule import check_fields
from interlock_founten.settings import FountenDeviceSettings, FountenSettings
from interlock_founten.wire import Call


class Founten(Driver):
    """Thermostats of a Founten site."""

    name = "founten"
    description = "the thermostats of a Founten site, by HTTPS"
    Settings = FountenSettings
    device_types = DEVICE_TYPES
    settings: FountenSettings
    _client: FountenClient
    _reader: Reader
    _commander: Commander
    _archive: Archive

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        super().__init__(settings, context)
        self._resources = AsyncExitStack()

    @classmethod
    def capabilities(
        cls, device_type: DeviceType, settings: DeviceSettings, connection: ConnectionSettings
    ) -> tuple[Capability, ...]:
        """Return what a device can do: in the site file's unit, with its user-defined attributes."""
        if isinstance(settings, FountenDeviceSettings) and isinstance(connection, FountenSettings):
            return capabilities_of(device_type, settings, connection.unit)
        return device_type.controllers

    @classmethod
    def check_call(cls, target: Target, fields: Mapping[str, Value]) -> None:
        """Check that the fields of a call of the schedule fit each other."""
        check_fields(target, fields)

    @classmethod
    def requests_for(cls, targets: Sequence[Target], settings: ConnectionSettings) -> int:
        """Return one for what all thermostats hold, and two or three for each schedule."""
        return requests_for(targets)

    async def open(self) -> None:
        """Make the client. Nothing is sent yet."""
        trust = await trust_for(self.settings.url, self.settings.ca)
        self._client = await self._resources.enter_async_context(FountenClient(self.settings, trust))
        self._reader = Reader(self._client, self.settings, self.limits)
        self._commander = Commander(self._client, self.settings, self.limits)
        self._archive = Archive(self._client, self.settings, self.limits, self.context.timezone)

    async def close(self) -> None:
        """Close the client's connections."""
        await self._resources.aclose()

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Read points: all thermostats by one get."""
        return await self._reader.read(targets) if targets else {}

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Look at the thermostats, set them by one request, and read back what they made of it."""
        return await self._commander.send(writes)

    async def discover(self) -> AsyncIterator[Found]:
        """Yield the site's thermostats and their groups."""
        exchange = await self._ask(LIST)
        for found in found_devices([item.values for item in exchange.document.items]):
            yield found

    def history(self, targets: Sequence[Target], start: datetime, end: datetime) -> AsyncIterator[Recorded]:
        """Yield what thermostats remember, by requests of at most 30 days, several at once.

        Raises:
            DriverError: a thermostat cannot be asked; after the others have told all that they know.
        """
        return self._archive.recorded(targets, start, end)

    async def _ask(self, call: Call) -> Exchange:
        async with self.limits.slot():
            return await self._client.ask(call)
