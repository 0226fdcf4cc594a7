"""What a driver can say without waiting is read without a task, and comes in as any other poll."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import DriverError, ProtocolFault, UnknownDevice
from interlock.history.journal import MemoryJournal
from interlock.model import Point, Reading, Value
from interlock.runtime.connections.answers import NOTHING, Confirmed
from interlock.runtime.connections.latest import Latest
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.poll_plan import plan_polls
from interlock.runtime.connections.poller import Poller
from interlock.runtime.connections.seam import Seam
from interlock.runtime.supervision import Supervisor
from interlock.simulation.virtual_time import run_virtual
from support.confirmations import Confirmations
from support.engine_house import START
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_site import fake_site
from support.settable_clock import SettableClock

POWER, TEMPERATURE = Point("living_ac.hvacpower"), Point("living_thermostat.actualtemp")


class Knowing(FakeDriver):
    """A driver that says at once what it knows, unless somebody is at a gate."""

    def read_at_once(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError] | None:
        held = self.equipment
        if held.gates:
            return None
        if TEMPERATURE in held.errors:
            raise held.errors[TEMPERATURE]
        return {target.point: held.values[target.point] for target in targets}


def site_of(equipment: FakeEquipment, driver: type[FakeDriver]) -> Site:
    return fake_site(equipment, driver=type("Driver", (driver,), {"shared": equipment}))


class Polled:
    """A poller of both points; commands that went out meanwhile stand in `touched`."""

    def __init__(self, driver: type[FakeDriver]) -> None:
        self.equipment = FakeEquipment(values={TEMPERATURE: 21.5, POWER: False})
        self.clock = SettableClock(START)
        self.readings: list[Reading] = []
        self.touched: set[Point] = set()
        self.latest = Latest(self.clock)
        self.confirmations = Confirmations()
        site = site_of(self.equipment, driver)
        dice = random.Random(1)
        self.link = Link(site.connections["house"], clock=self.clock, journal=MemoryJournal(), dice=dice)
        [self.job] = plan_polls(site, (TEMPERATURE, POWER))
        self.poller = Poller(
            self.job,
            self.link,
            clock=self.clock,
            dice=dice,
            writes=self,
            latest=self.latest,
            deliver=self.take,
            supervisor=Supervisor(),
        )

    def take(self, readings: list[Reading], confirmed: Confirmed = NOTHING) -> None:
        seen = map(self.latest.reading, self.confirmations.hear(confirmed))
        self.readings += [*readings, *(each for each in seen if each is not None)]

    def touched_since(self, point: Point, instant: object) -> bool:
        return point in self.touched

    def is_idle_since(self, instant: object) -> bool:
        return not self.touched

    def tick(self) -> None:
        self.readings.clear()
        self.poller.tick(self.clock.now())

    @property
    def values(self) -> dict[Point, Value | None]:
        return {each.point: each.value for each in self.readings}


def polled(test: Callable[[Polled], Awaitable[None]], driver: type[FakeDriver] = Knowing) -> None:
    """Play a test after a first poll, which opens the driver and so has to wait."""

    async def main() -> None:
        house = Polled(driver)
        house.tick()
        await asyncio.sleep(10)
        assert house.equipment.reads == [(TEMPERATURE, POWER)]
        await test(house)
        await house.poller.close()
        await house.link.close()

    run_virtual(main())


def test_a_driver_that_knows_is_not_waited_for() -> None:
    async def test(house: Polled) -> None:
        house.equipment.values[POWER] = True
        tasks = asyncio.all_tasks()
        house.tick()
        assert (house.values, asyncio.all_tasks()) == ({}, tasks)
        await asyncio.sleep(0)
        assert house.values == {POWER: True, TEMPERATURE: 21.5}
        assert len(house.equipment.reads) == 1

    polled(test)


def test_a_driver_that_has_to_wait_is_waited_for() -> None:
    async def test(house: Polled) -> None:
        house.equipment.gates[POWER] = asyncio.Event()
        house.equipment.gates[POWER].set()
        house.tick()
        await asyncio.sleep(1)
        assert house.values == {POWER: False, TEMPERATURE: 21.5}
        assert len(house.equipment.reads) == 2

    polled(test)


def test_a_driver_says_by_itself_whether_it_knows() -> None:
    async def test(house: Polled) -> None:
        house.tick()
        await asyncio.sleep(1)
        assert house.equipment.reads == [(TEMPERATURE, POWER)] * 2

    polled(test, FakeDriver)


def test_what_is_commanded_at_that_instant_is_newer() -> None:
    async def test(house: Polled) -> None:
        house.tick()
        house.touched = {POWER}
        await asyncio.sleep(1)
        assert house.values == {TEMPERATURE: 21.5}

    polled(test)


def test_what_a_reload_takes_away_meanwhile_is_not_handed_over() -> None:
    async def test(house: Polled) -> None:
        house.tick()
        house.poller.change(replace(house.job, targets=house.job.targets[:1]))
        await asyncio.sleep(1)
        assert house.values.keys() == {house.job.targets[0].point}

    polled(test)


def test_what_is_stopped_hands_nothing_over() -> None:
    async def test(house: Polled) -> None:
        house.tick()
        house.poller.stop()
        await asyncio.sleep(1)
        assert house.values == {}

    polled(test)


def test_a_link_learns_from_it_how_the_connection_is() -> None:
    async def test(house: Polled) -> None:
        house.equipment.errors[TEMPERATURE] = ProtocolFault("rubbish")
        house.tick()
        await asyncio.sleep(30)
        assert house.values == {TEMPERATURE: None, POWER: None}
        house.link.is_there = None
        del house.equipment.errors[TEMPERATURE]
        house.tick()
        assert house.link.is_there is True

    polled(test)


@pytest.mark.parametrize("error", [UnknownDevice("gone"), ZeroDivisionError("oops")])
def test_what_a_driver_raises_is_a_fault_of_the_batch(error: Exception) -> None:
    async def main() -> None:
        equipment = FakeEquipment(values={TEMPERATURE: 21.5, POWER: False})
        site = site_of(equipment, Knowing)
        seam, targets = Seam(site.connections["house"]), [site.targets[TEMPERATURE], site.targets[POWER]]
        assert seam.read_at_once(targets) is None
        await seam.read(targets)
        equipment.errors[TEMPERATURE] = error
        found = seam.read_at_once(targets)
        assert found is not None
        assert found.keys() == found.errors.keys() == {TEMPERATURE, POWER}
        assert str(error) in found.errors[POWER].message
        await seam.close()

    run_virtual(main())
