"""The driver ``founten``: thermostats of a site, by its api.cgi."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from interlock import (
    Answer,
    Capability,
    ConnectionSettings,
    Context,
    Device,
    DeviceSettings,
    DeviceType,
    Driver,
    DriverError,
    Found,
    NotSupported,
    Point,
    Recorded,
    RejectedError,
    ReplyTooLarge,
    Target,
    UnknownDevice,
    Value,
    Write,
    new_trust,
)
from interlock_founten.client import Exchange, FountenClient
from interlock_founten.commanding import Commander
from interlock_founten.controllers import DEVICE_TYPES, capabilities_of
from interlock_founten.discovery import LIST, found_devices
from interlock_founten.history import Inquiry, Span, is_remembered, spans
from interlock_founten.reading import Reader
from interlock_founten.schedule import check_fields
from interlock_founten.settings import FountenDeviceSettings, FountenSettings
from interlock_founten.thermostats import Census, look_call
from interlock_founten.wire import Call

_SHORTEST_SPAN = timedelta(hours=1)
"""A span that is still too large for a reply is not cut below this: no thermostat remembers so much."""


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

    async def open(self) -> None:
        """Make the client. Nothing is sent yet."""
        trust = await asyncio.to_thread(new_trust, self.settings.ca)
        self._client = await self._resources.enter_async_context(FountenClient(self.settings, trust))
        self._reader = Reader(self._client, self.settings, self.limits)
        self._commander = Commander(self._client, self.settings, self.limits)

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

    async def history(
        self, targets: Sequence[Target], start: datetime, end: datetime
    ) -> AsyncIterator[Recorded]:
        """Yield what thermostats remember, by requests of at most 30 days.

        Raises:
            RejectedError: a thermostat cannot be asked; after the others have told all that they know.
        """
        remembered = [target for target in targets if is_remembered(target)]
        if not remembered:
            raise NotSupported("the site remembers nothing of these points")
        devices = {target.device.name: target.device for target in remembered}
        refusals: list[RejectedError] = []
        for name, device in devices.items():
            of_device = [target for target in remembered if target.device.name == name]
            try:
                async for recorded in self._history_of(device, of_device, start, end):
                    yield recorded
            except RejectedError as error:
                refusals.append(error)
        if refusals:
            raise refusals[0]

    async def _history_of(
        self, device: Device, targets: Sequence[Target], start: datetime, end: datetime
    ) -> AsyncIterator[Recorded]:
        look = await self._ask(look_call(device, (), self.settings))
        member = Census(look.document.items).members(device)[0]
        zone = self.context.timezone
        inquiry = Inquiry(targets=targets, member=member, zone=zone, settings=self.settings)
        for span in spans(start, end, zone):
            async for recorded in self._history_within(inquiry, span):
                yield recorded

    async def _history_within(self, inquiry: Inquiry, span: Span) -> AsyncIterator[Recorded]:
        """Yield the records of a span, by halves where there are too many for one reply."""
        try:
            exchange = await self._ask(inquiry.call(span))
        except UnknownDevice:
            return  # The thermostat is known: it is the records that there are none of.
        except ReplyTooLarge:
            if span[1] - span[0] < _SHORTEST_SPAN:
                raise
            middle = span[0] + (span[1] - span[0]) / 2
            for half in ((span[0], middle), (middle, span[1])):
                async for recorded in self._history_within(inquiry, half):
                    yield recorded
            return
        for recorded in inquiry.read(exchange.document.items, span):
            yield recorded

    async def _ask(self, call: Call) -> Exchange:
        async with self.limits.slot():
            return await self._client.ask(call)
