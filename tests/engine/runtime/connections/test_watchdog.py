"""Drivers that block the event loop are named. The clock lets a standstill go on: no time decides here."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from interlock.config.site import Connection, Site
from interlock.driver import Target
from interlock.errors import DriverError
from interlock.model import Point, Value
from interlock.runtime.connections.seam import Seam
from interlock.runtime.connections.watchdog import Watchdog
from support.fake_driver import FakeDriver, FakeEquipment, FakeSettings
from support.fake_site import fake_site

PATIENCE_S = 30.0


class Listening(logging.Handler):
    """Opens a gate with the first line, and keeps the lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.heard = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.heard.set()


@pytest.fixture
def lines() -> Listening:
    return Listening()


class Steps:
    """A clock that tells each time that it is asked, to whoever waits for it."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = list(seconds)
        self.asked = threading.Semaphore(0)

    def now(self) -> datetime:
        return datetime(2026, 7, 14, tzinfo=UTC)

    def monotonic(self) -> timedelta:
        self.asked.release()
        return timedelta(seconds=self._seconds.pop(0) if len(self._seconds) > 1 else self._seconds[0])


def block_until(event: threading.Event) -> None:
    assert event.wait(PATIENCE_S)


def site_of(driver: type[FakeDriver], *names: str) -> Site:
    site = fake_site(FakeEquipment(), driver=driver)
    for name in names:
        site.connections[name] = Connection(name=name, driver=driver, settings=FakeSettings())  # type: ignore[index]
    return site


def watch(
    site: Site,
    work: Callable[[], Awaitable[object]],
    lines: Listening,
    clock: Steps,
    patience_s: float = 0.01,
) -> Sequence[str]:
    """Watch a loop while it does something, until a line was logged."""

    async def main() -> None:
        with Watchdog(lambda: site.connections, clock=clock, limit_s=0.01, patience_s=patience_s):
            await work()
            await asyncio.to_thread(block_until, lines.heard)

    logger = logging.getLogger("interlock.connection")
    logger.addHandler(lines)
    try:
        asyncio.run(main())
    finally:
        logger.removeHandler(lines)
    return lines.lines


def blocking(until: threading.Event) -> type[FakeDriver]:
    class Blocking(FakeDriver):
        async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
            block_until(until)
            return await super().read(targets)

    return Blocking


def test_a_driver_that_blocks_is_named_with_its_connection_while_it_does(lines: Listening) -> None:
    site = site_of(blocking(lines.heard), "other")
    seam = Seam(site.connections["house"])
    told = watch(site, lambda: seam.read([]), lines, Steps(0))
    assert told[0] == ("connection house: its driver fake blocks the event loop for more than 0.01 s already")


def test_it_is_said_once_in_a_minute(lines: Listening) -> None:
    site = site_of(blocking(lines.heard))
    seam = Seam(site.connections["house"])

    async def twice() -> None:
        await seam.read([])
        await seam.read([])

    assert len(watch(site, twice, lines, Steps(0))) == 1


def test_a_task_of_the_drivers_own_is_known_by_its_package(lines: Listening) -> None:
    site = site_of(FakeDriver, "other")

    async def work() -> None:
        asyncio.get_running_loop().call_soon(lines_waits, lines.heard)
        await asyncio.sleep(0)

    lines_waits = FakeDriver.block
    told = watch(site, work, lines, Steps(0))
    assert told[0].startswith("connection house or other: its driver fake blocks the event loop")


def test_how_long_it_took_is_said_when_it_is_over(lines: Listening) -> None:
    clock = Steps(0, 3.2)
    over = threading.Event()
    site = site_of(blocking(over))
    seam = Seam(site.connections["house"])

    async def work() -> None:
        await seam.read([])

    def let_go() -> None:
        # The watchdog looked at the stack, and waits for the end: it does so for longer than this test.
        assert seen.wait(PATIENCE_S)
        over.set()

    seen = threading.Event()
    found = Watchdog._culprit

    def culprit(self: Watchdog, thread: int) -> str:
        name = found(self, thread)
        seen.set()
        return name

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Watchdog, "_culprit", culprit)
        threading.Thread(target=let_go, daemon=True).start()
        told = watch(site, work, lines, clock, patience_s=PATIENCE_S)
    assert told == [
        "connection house: its driver fake blocked the event loop for 3.2 s, in which nothing else was done"
    ]


def test_what_is_no_drivers_fault_is_not_told(lines: Listening) -> None:
    site = site_of(FakeDriver)
    own = threading.Event()

    async def main() -> None:
        with Watchdog(lambda: site.connections, clock=clock, limit_s=0.01, patience_s=0.01):
            # It asks for the time when it asks for a sign of life, and again before it would say a line.
            for _ in range(2):
                assert clock.asked.acquire(timeout=PATIENCE_S)
            own.set()

    clock = Steps(0)
    logger = logging.getLogger("interlock.connection")
    logger.addHandler(lines)
    try:
        asyncio.run(main())
    finally:
        logger.removeHandler(lines)
    assert (lines.lines, own.is_set()) == ([], True)
