"""A connection is judged by everything on it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from interlock.driver import Write
from interlock.errors import DriverError, RateLimited, TimedOut, Unreachable
from interlock.history.journal import MemoryJournal
from interlock.model import Point
from interlock.runtime.connections.link import Link, PollOutcome
from interlock.simulation.virtual_time import VirtualClock, run_virtual
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
LAMP, MODE = Point("lamp.power"), Point("living_ac.hvacmode")
TEN_S = timedelta(seconds=10)


class Connected:
    """A link to a lamp and an air conditioner, whose answers time out after 5 s."""

    def __init__(self) -> None:
        self.equipment = FakeEquipment(values={LAMP: True, MODE: "auto"})
        self._targets = (site := fake_site(self.equipment)).targets
        self._clock = clock = VirtualClock(START, asyncio.get_running_loop())
        self.link = Link(
            site.connections["house"], clock=clock, journal=MemoryJournal(), dice=random.Random(1)
        )

    @property
    def may_ask(self) -> bool:
        return self.link.health.may_ask(self._clock.now())

    async def read(
        self, *points: Point, error: DriverError | None = None, interval: timedelta = TEN_S
    ) -> bool:
        """Read points, all of which meet the error; return whether the connection is lost."""
        self.equipment.errors = dict.fromkeys(points, error) if error else {}
        await self.link.read([self._targets[point] for point in points], interval)
        return self.link.health.is_lost

    async def write(self, error: DriverError) -> bool:
        self.equipment.errors = {LAMP: error}
        await self.link.write([Write(target=self._targets[LAMP], value=True)])
        return self.link.health.is_lost


def connected(test: Callable[[Connected], Awaitable[None]]) -> None:
    async def main() -> None:
        house = Connected()
        await test(house)
        await house.link.close()

    run_virtual(main())


REFUSED = Unreachable("refused")


def test_a_batch_alone_loses_a_connection_that_answers_nowhere() -> None:
    async def test(house: Connected) -> None:
        assert await house.read(LAMP, error=REFUSED)

    connected(test)


@pytest.mark.parametrize(
    ("interval", "after_s", "is_lost"), [(10, 15, False), (10, 15.1, True), (300, 65, False), (300, 66, True)]
)
def test_a_batch_loses_no_connection_on_which_another_point_still_answers(
    interval: int, after_s: float, is_lost: bool
) -> None:
    async def test(house: Connected) -> None:
        await house.read(MODE, interval=timedelta(seconds=interval))
        await asyncio.sleep(after_s)
        assert await house.read(LAMP, error=REFUSED) is is_lost

    connected(test)


def test_what_a_point_answered_before_is_no_excuse_for_its_own_batch() -> None:
    async def test(house: Connected) -> None:
        await house.read(LAMP)
        assert await house.read(LAMP, error=REFUSED)

    connected(test)


def test_a_point_that_fails_meanwhile_is_no_witness_any_more() -> None:
    async def test(house: Connected) -> None:
        await house.read(MODE)
        await house.read(MODE, error=TimedOut("slow"))
        assert await house.read(LAMP, error=REFUSED)

    connected(test)


def test_a_point_that_failed_once_and_answered_since_is_a_witness_again() -> None:
    async def test(house: Connected) -> None:
        await house.read(MODE)
        await house.read(MODE, error=TimedOut("slow"))
        await house.read(MODE)
        assert not await house.read(LAMP, error=REFUSED)

    connected(test)


def test_a_rare_batch_is_a_witness_beside_a_frequent_one() -> None:
    async def test(house: Connected) -> None:
        await house.read(MODE, interval=timedelta(minutes=5))
        for _ in range(3):
            await asyncio.sleep(15)
            await house.read(LAMP)
        assert not await house.read(LAMP, error=REFUSED)
        assert len(house.link._heard) <= 5

    connected(test)


@pytest.mark.parametrize("error", [TimedOut("slow"), Unreachable("slow")])
def test_no_answer_brings_no_lost_connection_back(error: DriverError) -> None:
    async def test(house: Connected) -> None:
        assert await house.read(LAMP, error=REFUSED)
        assert await house.read(LAMP, error=error)
        assert not await house.read(LAMP)

    connected(test)


def test_a_server_that_asks_for_a_pause_is_left_alone_whatever_else_answers() -> None:
    async def test(house: Connected) -> None:
        await house.read(MODE)
        assert await house.read(LAMP, error=RateLimited("too many", retry_after_s=60))

    connected(test)


def test_a_command_that_cannot_reach_the_server_loses_the_connection() -> None:
    async def test(house: Connected) -> None:
        await house.read(MODE)
        assert await house.write(REFUSED)

    connected(test)


def test_what_answered_before_the_loss_is_no_excuse_to_ask_a_lost_connection_at_once_again() -> None:
    async def test(house: Connected) -> None:
        await house.read(MODE, interval=timedelta(minutes=5))
        assert await house.write(REFUSED)
        await asyncio.sleep(10)
        assert house.may_ask
        assert await house.read(LAMP, error=REFUSED)
        assert not house.may_ask

    connected(test)


def test_half_of_the_places_may_ask_what_was_silent_and_one_at_least() -> None:
    async def probes(concurrency: int) -> int:
        site = fake_site(FakeEquipment(), concurrency=concurrency)
        clock = VirtualClock(START, asyncio.get_running_loop())
        link = Link(site.connections["house"], clock=clock, journal=MemoryJournal(), dice=random.Random(1))
        return link.probes

    assert [run_virtual(probes(number)) for number in (1, 2, 3, 4, 8)] == [1, 1, 1, 2, 4]


def test_whoever_listens_is_told_once_when_a_connection_is_lost_and_comes_back() -> None:
    told: list[tuple[str, bool]] = []

    async def test(house: Connected) -> None:
        house.link.notice_turn = lambda name, is_there: told.append((name, is_there))
        assert house.link.is_there is None
        await house.read(LAMP)
        await house.read(LAMP)
        await house.read(LAMP, MODE, error=REFUSED)
        await house.read(LAMP, MODE, error=REFUSED)
        assert house.link.is_there is False
        await house.read(LAMP)
        house.link.lose(REFUSED)
        house.link.regain()

    connected(test)
    assert told == [("house", is_there) for is_there in (True, False, True, False, True)]


def test_reads_are_counted_by_what_came_of_them() -> None:
    async def test(house: Connected) -> None:
        assert (house.link.polls, house.link.answered_at) == ({}, None)
        await house.read(LAMP, error=REFUSED)
        assert (house.link.polls, house.link.answered_at) == ({PollOutcome.FAILED: 1}, None)
        await house.read(LAMP, MODE)
        await asyncio.sleep(7)
        house.equipment.errors = {LAMP: TimedOut("silent")}
        await house.link.read([house._targets[LAMP], house._targets[MODE]], TEN_S)
        assert house.link.polls == dict.fromkeys(PollOutcome, 1)
        assert house.link.answered_at == START + timedelta(seconds=7)

    connected(test)


def test_writes_under_way_are_counted() -> None:
    async def test(house: Connected) -> None:
        house.equipment.delays = {LAMP: 3.0}
        write = Write(target=house._targets[LAMP], value=True)
        writing = asyncio.create_task(house.link.write([write]))
        await asyncio.sleep(1)
        assert house.link.writing == 1
        await writing
        assert house.link.writing == 0

    connected(test)
