"""How old the values of a poll job may grow, while its server answers and while it is lost."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from interlock.errors import Unreachable
from interlock.history.journal import MemoryJournal
from interlock.model import Point
from interlock.runtime.connections.age_limit import AgeLimit
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.poll_plan import PollJob, plan_polls
from interlock.simulation.virtual_time import VirtualClock, run_virtual
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site

WANTED, SLOWED = timedelta(seconds=30), timedelta(minutes=10)


class Bench:
    """A job whose values may grow thirty seconds old, and one of the same points that is slowed."""

    def __init__(self) -> None:
        site = fake_site(FakeEquipment())
        self.clock = VirtualClock(datetime(2026, 7, 14, 12, tzinfo=UTC), asyncio.get_running_loop())
        journal, dice = MemoryJournal(), random.Random(0)
        self.link = Link(site.connections["house"], clock=self.clock, journal=journal, dice=dice)
        [self.job] = plan_polls(site, [Point("living_ac.hvacpower")])
        assert self.job.stale_after == WANTED
        self.slowed = replace(self.job, interval=SLOWED / 3, stale_after=SLOWED)

    def limit(self, job: PollJob) -> AgeLimit:
        return AgeLimit(job, self.link, self.clock)


def on_bench(test: Callable[[Bench], Awaitable[None]]) -> None:
    async def main() -> None:
        await test(Bench())

    run_virtual(main())


def test_nothing_is_older_than_it_may_be_for_as_long_as_that_after_all_was_heard_of() -> None:
    async def test(bench: Bench) -> None:
        limit = bench.limit(bench.job)
        limit.hear_all()
        await asyncio.sleep(30)
        assert limit.look() is None
        await asyncio.sleep(1)
        assert limit.look() == WANTED
        limit.hear_all()
        limit.change(bench.job)
        await asyncio.sleep(1)
        assert limit.look() == WANTED

    on_bench(test)


def test_what_is_read_more_rarely_may_grow_older() -> None:
    async def test(bench: Bench) -> None:
        limit = bench.limit(bench.job)
        limit.change(bench.slowed)
        await asyncio.sleep(1)
        assert limit.look() == SLOWED

    on_bench(test)


def test_what_is_read_more_rarely_since_it_was_lost_may_grow_no_older_than_before() -> None:
    async def test(bench: Bench) -> None:
        limit = bench.limit(bench.job)
        await asyncio.sleep(1)
        limit.look()
        bench.link.lose(Unreachable("away"))
        limit.change(bench.slowed)
        await asyncio.sleep(30)
        assert limit.look() == SLOWED
        await asyncio.sleep(1)
        assert limit.look() == WANTED
        bench.link.regain()
        assert limit.look() == SLOWED

    on_bench(test)


def test_what_was_read_rarely_before_it_was_lost_may_grow_as_old_as_then() -> None:
    async def test(bench: Bench) -> None:
        limit = bench.limit(bench.slowed)
        await asyncio.sleep(1)
        limit.look()
        bench.link.lose(Unreachable("away"))
        await asyncio.sleep(700)
        assert limit.look() == SLOWED

    on_bench(test)


def test_a_job_that_begins_while_its_server_is_lost_minds_what_the_site_wants() -> None:
    async def test(bench: Bench) -> None:
        bench.link.lose(Unreachable("away"))
        limit = bench.limit(bench.slowed)
        await asyncio.sleep(30)
        assert limit.look() == SLOWED
        await asyncio.sleep(1)
        assert limit.look() == WANTED

    on_bench(test)
