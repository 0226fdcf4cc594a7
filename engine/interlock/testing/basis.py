"""What every clause of the contract stands on: a driver at its peer, and calls that are judged alike."""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

import pytest

from interlock.driver import Answer, ConnectionSettings, Context, Driver, Limits, Rate, Target, Write
from interlock.errors import DriverError
from interlock.model import Point, Value
from interlock.testing.loops import PATIENCE_S, until
from interlock.testing.rig import Rig
from interlock.testing.samples import is_same

T = TypeVar("T")

_MARGIN_S = 5.0
"""As the engine's: a driver's own time limits come first, and the engine's this much later."""
ONE_AN_HOUR = Rate(1, timedelta(hours=1))
"""A rate at which the second request comes after every test."""
_ZONE = ZoneInfo("Europe/Rome")


class Basis(ABC):
    """A driver and its peer."""

    driver: ClassVar[type[Driver]]
    """The driver that the contract is tested on."""

    @abstractmethod
    def peer(self) -> AbstractAsyncContextManager[Rig]:
        """Return a fresh peer for one test: an async context manager around its rig."""

    def make(self, rig: Rig, settings: ConnectionSettings | None = None) -> Driver:
        """Return a driver as the engine would make it; it is not open."""
        chosen = settings or rig.settings
        context = Context(limits=Limits(chosen), timezone=_ZONE, through=rig.through)
        # Held on to, so that what it leaves open is found and not swept up.
        self._made = self.driver(chosen, context)
        return self._made

    @asynccontextmanager
    async def opened(self, rig: Rig, settings: ConnectionSettings | None = None) -> AsyncIterator[Driver]:
        """Open a driver, with the rig's settings or others; close it when the block ends."""
        driver = self.make(rig, settings)
        try:
            await driver.open()
            yield driver
        finally:
            await driver.close()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[Rig, Driver]]:
        """Open a driver at a fresh peer, with the rig's time limits; close it when the block ends."""
        async with self.peer() as rig, self.opened(rig) as driver:
            yield rig, driver

    @asynccontextmanager
    async def at_ease(self) -> AsyncIterator[tuple[Rig, Driver]]:
        """Open a driver at a peer that will answer everything: on a busy machine it may take its time."""
        async with self.peer() as rig, self.opened(rig, patient(rig)) as driver:
            yield rig, driver


def patient(rig: Rig, **changes: object) -> ConnectionSettings:
    """Return the rig's settings with time for everything, and with other changes."""
    return rig.settings.model_copy(update={"timeout": timedelta(seconds=PATIENCE_S), **changes})


def need(given: T | None, name: str) -> T:
    """Return what a rig gives; skip the test where it does not."""
    if given is None:
        pytest.skip(f"the rig gives no '{name}'")
    return given


def readable(rig: Rig) -> Sequence[Target]:
    """Return the rig's targets that can be read."""
    found = [target for target in rig.targets if target.capability.readable]
    if not found:
        pytest.skip("the rig has no target that can be read")
    return found


async def read(driver: Driver, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
    """Read as the engine does: an error that is raised is everybody's, and there is an end to waiting."""
    settings = driver.settings
    rounds = math.ceil(len(targets) / settings.concurrency) + 2
    try:
        async with asyncio.timeout(rounds * settings.timeout.total_seconds() + _MARGIN_S):
            return await driver.read(targets)
    except TimeoutError:
        pytest.fail("read did not come back by itself: give every request the setting 'timeout'")
    except DriverError as error:
        return {target.point: error for target in targets}


async def write(driver: Driver, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
    """Write as the engine does; there is an end to waiting."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await driver.write(writes)
    except TimeoutError:
        pytest.fail("write did not come back by itself: give every request a time limit")
    except DriverError as error:
        return [error] * len(writes)


async def until_held(rig: Rig, target: Target, value: Value) -> None:
    """Wait until a device holds a value, as far as the rig can tell."""
    held, point = rig.value, target.point
    if held is not None:
        await until(lambda: is_same(held(point), value), f"{point} was never {value} at the device")


def problems(answers: Mapping[Point, Value | DriverError]) -> dict[str, str]:
    """Return what went wrong, by point."""
    return {
        point: f"{type(answer).__name__}: {answer}"
        for point, answer in answers.items()
        if isinstance(answer, DriverError)
    }
