"""One driver for each way to misbehave while the service runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import cast

from interlock import (
    Answer,
    Capability,
    ConnectionSettings,
    DeviceSettings,
    DeviceType,
    Driver,
    DriverError,
    Point,
    Target,
    Value,
    ValueType,
    Write,
)

_LEVEL = Capability(
    controller="level",
    type=ValueType.INTEGER,
    description="something",
    source="nowhere",
    readable=True,
    writable=True,
)


class _Rude(Driver):
    """Has one device type."""

    Settings = ConnectionSettings
    device_types = (
        DeviceType(name="thing", description="a thing", settings=DeviceSettings, controllers=(_LEVEL,)),
    )

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Take whatever comes."""
        return [Answer() for _ in writes]


class Raising(_Rude):
    """Raises what no driver should."""

    name = "rude-raising"
    description = "raises"

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Raise."""
        raise RuntimeError("no manners")


class Exiting(_Rude):
    """Wants to end the program."""

    name = "rude-exiting"
    description = "exits"

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Exit."""
        raise SystemExit(7)


class Hanging(_Rude):
    """Never comes back."""

    name = "rude-hanging"
    description = "hangs"

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Wait for ever."""
        await asyncio.Event().wait()
        return {}


class Lying(_Rude):
    """Answers rubbish."""

    name = "rude-lying"
    description = "answers rubbish"

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Answer with what is no mapping."""
        return cast("Mapping[Point, Value | DriverError]", "rubbish")


class Blocking(_Rude):
    """Stops the event loop for a while."""

    name = "rude-blocking"
    description = "blocks"

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Sleep without letting anybody else work."""
        time.sleep(3)  # noqa: ASYNC251 - that is what is rude
        return {target.point: 1 for target in targets}


class Refusing(_Rude):
    """Cannot be made."""

    name = "rude-refusing"
    description = "cannot be opened"

    async def open(self) -> None:
        """Fail."""
        raise ValueError("not today")

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Never come here."""
        return {}
