"""Dead devices beside living ones, however many: what is alive stays fresh, in virtual time."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from interlock.driver import Target
from interlock.errors import DriverError, TimedOut, Unreachable
from interlock.history.journal import MemoryJournal
from interlock.history.records import ConnectionEvent
from interlock.model import Point, Quality, Reading, Value
from interlock.runtime.engine import Engine
from interlock.simulation.virtual_time import VirtualClock, run_virtual
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_site import fake_site

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
LIVING = Point("living.power")


class PatientDriver(FakeDriver):
    """Reads points side by side, as its connection allows, and gives each silent one its time."""

    dead: set[Point]
    verdict_after: int
    """So many silent points in a batch without any answer are taken for a dead server; 0 for never."""
    asked: list[tuple[float, Point]]

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        self.equipment.reads.append(tuple(target.point for target in targets))
        answered = await asyncio.gather(*map(self._ask, targets))
        answers = {target.point: answer for target, answer in zip(targets, answered, strict=True)}
        silences = sum(isinstance(answer, TimedOut) for answer in answers.values())
        if self.verdict_after and silences >= self.verdict_after and silences == len(targets):
            raise Unreachable("the server is silent")
        return answers

    async def _ask(self, target: Target) -> Value | DriverError:
        async with self.limits.slot():
            self.asked.append((asyncio.get_running_loop().time(), target.point))
            if target.point in self.dead:
                await asyncio.sleep(self.settings.timeout.total_seconds())
                return TimedOut("silent")
            return await self._read(target.point)


class Site:
    """An engine on lamps, some of which are dead."""

    def __init__(
        self,
        dead: int,
        *,
        living: int = 1,
        driver: type[PatientDriver] = PatientDriver,
        polls: Mapping[str, timedelta] | None = None,
        verdict_after: int = 0,
        **settings: object,
    ) -> None:
        names = ["living", *(f"living{n}" for n in range(1, living)), *(f"dead{n}" for n in range(dead))]
        points = [Point.of(name, "power") for name in names]
        self.equipment = FakeEquipment(values=dict.fromkeys(points, True))
        self.dead = {point for point in points if point.startswith("dead")}
        self.asked: list[tuple[float, Point]] = []
        body = {
            "shared": self.equipment,
            "dead": self.dead,
            "asked": self.asked,
            "verdict_after": verdict_after,
        }
        site = fake_site(
            self.equipment,
            driver=type("Equipped", (driver,), body),
            devices=dict.fromkeys(names, "light"),
            polls=polls,
            watch=tuple(points),
            **settings,
        )
        self.journal = MemoryJournal()
        clock = VirtualClock(START, asyncio.get_running_loop())
        self.engine = Engine(site, (), clock=clock, journal=self.journal, seed=1)

    async def at(self, seconds: float) -> None:
        await asyncio.sleep(seconds - asyncio.get_running_loop().time() + 0.001)

    def times_asked(self, *points: Point) -> list[float]:
        return [at for at, point in self.asked if point in points]

    def qualities(self, point: Point) -> list[Quality]:
        """What the journal kept of a point, after its first reading."""
        found = [entry for entry in self.journal.entries if isinstance(entry, Reading)]
        return [reading.quality for reading in found if reading.point == point]

    @property
    def events(self) -> list[str]:
        return [entry.text for entry in self.journal.entries if isinstance(entry, ConnectionEvent)]


def live(test: Callable[[Site], Awaitable[None]], dead: int, **options: object) -> Site:
    async def main() -> Site:
        site = Site(dead, **options)  # type: ignore[arg-type]
        stop = asyncio.Event()
        running = asyncio.create_task(site.engine.run(stop))
        await test(site)
        stop.set()
        await running
        return site

    return run_virtual(main())


def gaps(times: Sequence[float]) -> list[float]:
    return [after - before for before, after in itertools.pairwise(times)]


async def ten_minutes(site: Site) -> None:
    await site.at(600)


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("dead", [1, 12, 40])
def test_a_living_device_is_read_as_before_beside_dead_ones(dead: int, concurrency: int) -> None:
    site = live(ten_minutes, dead, concurrency=concurrency)
    assert site.qualities(LIVING) == [Quality.GOOD]
    # Beyond the first batch, which asks everything, a poll waits for one silent request at most.
    assert max(gaps(site.times_asked(LIVING)[1:])) <= 15
    assert site.events == []


def test_dead_devices_of_a_job_of_their_own_cost_the_connection_nothing() -> None:
    polls = {f"dead{n}": timedelta(seconds=7) for n in range(12)}
    site = live(ten_minutes, 12, polls=polls, verdict_after=3)
    assert max(gaps(site.times_asked(LIVING))) <= 15
    assert site.qualities(LIVING) == [Quality.GOOD]
    assert site.events == []


def test_a_server_that_is_silent_for_every_job_is_lost() -> None:
    async def test(site: Site) -> None:
        await site.at(60)
        site.dead.add(LIVING)
        await site.at(200)
        assert len(site.events) == 1
        site.dead.clear()
        await site.at(600)

    polls = {f"dead{n}": timedelta(seconds=7) for n in range(12)}
    site = live(test, 12, polls=polls, verdict_after=1)
    assert [text.split(";")[0] for text in site.events] == [
        "connection house: the server is silent",
        "connection house: answers again",
    ]
    assert site.qualities(LIVING) == [Quality.GOOD, Quality.STALE, Quality.GOOD]
    assert site.qualities(Point("dead11.power"))[-1] is Quality.GOOD


def test_a_dead_device_is_asked_more_and_more_rarely_up_to_a_minute() -> None:
    site = live(ten_minutes, 1)
    # After each silence of 5 s a pause of 10, 20, 40 s and so on, and the next tick.
    assert gaps(site.times_asked(Point("dead0.power")))[:4] == pytest.approx([20, 30, 50, 70], rel=0.25)
    assert max(gaps(site.times_asked(Point("dead0.power")))) <= 60 * 1.2 + 10 + 5


def test_a_rarely_polled_device_that_is_dead_is_asked_at_its_own_pace() -> None:
    async def test(site: Site) -> None:
        await site.at(1500)

    site = live(test, 1, polls={"dead0": timedelta(minutes=5)})
    assert min(gaps(site.times_asked(Point("dead0.power")))) >= 300 * 0.8


def test_no_more_than_half_of_the_connection_asks_silent_devices() -> None:
    class Counting(PatientDriver):
        waiting = 0
        most = 0

        async def _ask(self, target: Target) -> Value | DriverError:
            is_later = asyncio.get_running_loop().time() > 30
            Counting.waiting += target.point in self.dead
            Counting.most = max(Counting.most, Counting.waiting if is_later else 0)
            try:
                return await super()._ask(target)
            finally:
                Counting.waiting -= target.point in self.dead

    live(ten_minutes, 20, driver=Counting, concurrency=4)
    assert Counting.most == 2


def test_devices_that_come_back_together_are_all_read_within_two_minutes() -> None:
    async def test(site: Site) -> None:
        await site.at(300)
        site.dead.clear()
        await site.at(420)

    site = live(test, 40)
    assert {site.qualities(Point(f"dead{n}.power"))[-1] for n in range(40)} == {Quality.GOOD}
    assert set(site.equipment.reads[-1]) == set(site.equipment.values)


def test_a_driver_that_hangs_on_one_device_has_the_others_back_soon() -> None:
    class Hanging(PatientDriver):
        async def _ask(self, target: Target) -> Value | DriverError:
            if target.point in self.dead:
                await asyncio.Event().wait()
            return await super()._ask(target)

    async def test(site: Site) -> None:
        await site.at(150)
        assert site.engine.state.values.keys() == site.equipment.values.keys() - site.dead
        await site.at(600)

    site = live(test, 1, living=20, driver=Hanging)
    assert site.qualities(LIVING) == [Quality.FAULT, Quality.GOOD]
    assert max(gaps(site.times_asked(LIVING)[1:])) <= 25


def test_the_neighbours_of_a_device_that_falls_silent_miss_no_poll_afterwards() -> None:
    async def test(site: Site) -> None:
        await site.at(20.5)
        site.dead.add(Point("living1.power"))
        await site.at(60)

    site = live(test, 0, living=3, poll="1s", timeout="5s", stale_after="10s")
    assert site.qualities(LIVING) == [Quality.GOOD]
    assert site.qualities(Point("living1.power")) == [Quality.GOOD, Quality.STALE]
    assert site.times_asked(LIVING) == [*range(22), *range(27, 61)]


def test_points_that_never_fell_silent_are_read_together() -> None:
    site = live(ten_minutes, 0, living=2)
    assert site.equipment.reads == [(LIVING, Point("living1.power"))] * 61
