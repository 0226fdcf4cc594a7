"""The driver ``knx-raw``: one device type, a group of the bus, and two ways to get there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from interlock import (
    Answer,
    Capability,
    ConnectionSettings,
    Context,
    DeviceSettings,
    DeviceType,
    Driver,
    DriverError,
    Feed,
    Found,
    InvalidValue,
    NotSupported,
    Point,
    Target,
    Value,
    ValueType,
    Write,
)
from interlock_knx.datapoints import SOURCE
from interlock_knx.settings import GroupSettings, KnxSettings
from interlock_knx.thinknx_door import CALLS, MOST_OF_SEND_KNX_4_BITS, ThinknxDoor
from interlock_knx.values import group_of

if TYPE_CHECKING:
    from interlock_knx.bus_door import BusDoor

GROUP = DeviceType(
    name="group",
    description="a group of a KNX bus",
    settings=GroupSettings,
    controllers=(
        Capability(
            controller="value",
            type=ValueType.TEXT,
            description="the group's value, as its DPT says",
            source=SOURCE,
            readable=True,
            writable=True,
        ),
    ),
)


class KnxRaw(Driver):
    """Telegrams to group addresses, by KNXnet/IP or through a Thinknx server."""

    name = "knx-raw"
    description = "a KNX bus, by KNXnet/IP or through a Thinknx server"
    Settings = KnxSettings
    device_types = (GROUP,)
    needs = tuple(dict.fromkeys(CALLS.values()))
    settings: KnxSettings

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        super().__init__(settings, context)
        self._bus: BusDoor | None = None
        self._door: ThinknxDoor | BusDoor
        if context.through is not None:
            self._door = ThinknxDoor(context.through)
        else:
            # Only here, so that telegrams through a Thinknx server do not need xknx.
            from interlock_knx.bus_door import BusDoor

            self._door = self._bus = BusDoor(self.settings, self.limits)

    @classmethod
    def pushes(cls, settings: ConnectionSettings) -> bool:
        """Whether telegrams are heard."""
        return isinstance(settings, KnxSettings) and settings.through is None

    @classmethod
    def requests_for(cls, targets: Sequence[Target], settings: ConnectionSettings) -> int:
        """Return one GroupValueRead for each address that is asked."""
        groups = map(group_of, targets)
        return len({group.listens_at for group in groups if group.is_asked})

    @classmethod
    def capabilities(
        cls, device_type: DeviceType, settings: DeviceSettings, connection: ConnectionSettings
    ) -> tuple[Capability, ...]:
        """Return the group's one controller: what its DPT says, and readable where telegrams are heard.

        Raises:
            InvalidValue: the connection cannot send this DPT.
        """
        assert isinstance(settings, GroupSettings)
        is_heard = cls.pushes(connection)
        if not is_heard and settings.datapoint.main not in CALLS:
            *some, last = CALLS
            raise InvalidValue(
                f"a Thinknx server cannot send DPT {settings.dpt}: "
                f"it has calls for DPT {', '.join(map(str, some))} and {last}"
            )
        capability = settings.datapoint.capability(is_readable=is_heard)
        if settings.dpt == "3" and not is_heard:
            capability = replace(capability, maximum=MOST_OF_SEND_KNX_4_BITS)
        return (capability,)

    async def open(self) -> None:
        """Connect to the bus, or begin to try."""
        if self._bus is not None:
            await self._bus.open()

    async def close(self) -> None:
        """Leave the bus."""
        if self._bus is not None:
            await self._bus.close()

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Ask each group address once for its value."""
        return await self._door.read(targets)

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Send each value as one telegram, in order."""
        return await self._door.write(writes)

    async def subscribe(self, targets: Sequence[Target], feed: Feed) -> None:
        """Put telegrams into `feed`, as readings of these targets and as events."""
        if self._bus is not None:
            await self._bus.subscribe(targets, feed)

    def discover(self) -> AsyncIterator[Found]:
        """Yield a group for each address that is heard, for ever."""
        if self._bus is None:
            raise NotSupported("a Thinknx server does not list KNX groups: take them from the ETS project")
        return self._bus.discover()
