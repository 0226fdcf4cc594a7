"""What polls do to servers that are slow, refuse, were away, or count requests by the day."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from interlock.errors import RateLimited, Unreachable
from interlock.model import Point, Quality
from support.engine_house import LAMP, LEVEL, MODE, SCENE, SETPOINT, START, TEMPERATURE, House, live
from support.fake_driver import FakeDriver, FakeEquipment

ALL = (TEMPERATURE, SETPOINT, MODE, LAMP, LEVEL)
VALUES = {TEMPERATURE: 20.0, SETPOINT: 21.0, MODE: "auto", LAMP: True, LEVEL: 40}
WAITS = """
- id: cool
  triggers: [{change: living_thermostat.actualtemp}]
  actions: [{log: it is warm}]
"""


class Server(FakeEquipment):
    """Equipment behind a server that can be slow and away; it notes when which points are asked."""

    def __init__(self) -> None:
        super().__init__(values=dict(VALUES))
        self.times: list[tuple[float, tuple[Point, ...]]] = []
        self.requests: list[float] = []
        self.takes_s = 0.0

    def since(self, begin_s: float) -> list[tuple[float, tuple[Point, ...]]]:
        return [(at, points) for at, points in self.times if at >= begin_s]


class CountingDriver(FakeDriver):
    """Asks each point by a request within its limits."""

    async def read(self, targets):  # type: ignore[no-untyped-def]
        assert isinstance(self.equipment, Server)
        self.equipment.times.append(
            (asyncio.get_running_loop().time(), tuple(target.point for target in targets))
        )
        for _ in targets:
            await self.limits.pace_read()
            self.equipment.requests.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.equipment.takes_s)
        return await super().read(targets)


def at_work(
    test: Callable[[House, Server], Awaitable[None]],
    *,
    rules: str = WAITS,
    polls: dict[str, object] | None = None,
    **settings: object,
) -> tuple[House, Server]:
    server = Server()
    driver = type("Counting", (CountingDriver,), {"shared": server})
    site = {"driver": driver, "watch": ALL, "polls": polls, **settings}
    house = live(rules, lambda house: test(house, server), equipment=server, site=site)
    return house, server


def test_a_poll_that_takes_longer_than_its_interval_is_counted_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="interlock.poll")

    async def test(house: House, server: Server) -> None:
        server.takes_s = 14.0
        await house.at(50)
        record = house.engine.links["house"].punctuality
        assert (record.is_late, record.overruns, record.polls) == (True, 2, 2)
        assert record.last_took is not None
        assert record.last_took.total_seconds() == pytest.approx(14)
        server.takes_s = 1.0
        await house.at(95)
        assert (record.is_late, record.overruns) == (False, 3)

    at_work(test)
    assert [line for line in caplog.messages if "poll" in line] == [
        "connection house: reading 5 points takes longer than the 10s until the next poll is due: "
        "poll more rarely, or raise its rate or concurrency",
        "connection house: its polls are done in time again",
    ]


def test_a_server_that_was_away_is_asked_little_until_it_answers_and_then_for_everything() -> None:
    async def test(house: House, server: Server) -> None:
        await house.at(15)
        server.errors.update(dict.fromkeys(ALL, Unreachable("the server is away")))
        await house.at(200)
        server.errors.clear()
        await house.at(600)
        assert {house.engine.state.reading(point).quality for point in ALL} == {Quality.GOOD}  # type: ignore[union-attr]

    _, server = at_work(test, concurrency=4)
    away = [points for at, points in server.times if 21 <= at < 200]
    assert away
    assert max(map(len, away)) == 2
    assert {point for points in away for point in points} == set(ALL)
    first, second, *_ = server.since(200)
    assert len(first[1]) == 2
    assert second[1] == ALL
    assert 0 < second[0] - first[0] <= 10


def test_jobs_of_a_connection_that_returned_are_asked_one_after_the_other() -> None:
    async def test(house: House, server: Server) -> None:
        server.errors.update(dict.fromkeys(ALL, Unreachable("the server is away")))
        await house.at(430)
        server.errors.clear()
        await house.at(1000)

    polls = {"lamp": timedelta(minutes=1), "living_ac": timedelta(minutes=5)}
    _, server = at_work(test, polls=polls)
    knock, *after = server.since(430)
    assert len(knock[1]) <= 2
    whole: dict[tuple[Point, ...], float] = {}
    for at, points in after:
        whole.setdefault(points, at - knock[0])
    assert set(whole) == {(TEMPERATURE, SETPOINT), (LAMP, LEVEL), (MODE,)}
    assert min(whole.values()) > 0
    assert max(whole.values()) <= 30
    assert len(set(whole.values())) == 3


def test_a_server_that_refuses_is_asked_half_as_often_the_least_urgent_first() -> None:
    async def test(house: House, server: Server) -> None:
        await house.at(15)
        server.errors.update(dict.fromkeys(ALL, RateLimited("too many", retry_after_s=60)))
        await house.at(25)
        server.errors.clear()
        await house.at(60)
        link = house.engine.links["house"]
        assert link.allowance.limit == 0.25
        assert [(len(each.targets), each.interval.total_seconds()) for each in house.engine.polls] == [
            (1, 10),
            (4, 27),
        ]
        await house.at(600)
        assert {house.engine.state.reading(point).quality for point in ALL} == {Quality.GOOD}  # type: ignore[union-attr]
        await house.at(4000)
        assert link.allowance.limit is None
        assert [(len(each.targets), each.interval.total_seconds()) for each in house.engine.polls] == [
            (5, 10)
        ]

    _, server = at_work(test)
    assert [at for at, _ in server.times if 20.1 < at < 80] == []


class SparingDriver(FakeDriver):
    """Its server takes one read in a while, and refuses those that come sooner after the last it took."""

    gap_s = 0.0
    asked: list[tuple[float, bool]]
    """When it was asked, and whether that was taken."""

    async def read(self, targets):  # type: ignore[no-untyped-def]
        now = asyncio.get_running_loop().time()
        last = next((at for at, is_taken in reversed(self.asked) if is_taken), -self.gap_s)
        self.asked.append((now, now - last >= self.gap_s))
        if self.asked[-1][1]:
            return await super().read(targets)
        return {target.point: RateLimited("too many") for target in targets}


@pytest.mark.parametrize("gap_s", [15, 25, 35, 55])
def test_a_server_is_asked_about_as_often_as_it_bears(gap_s: float) -> None:
    settles_s, ends_s = 3600, 5 * 3600

    async def test(house: House) -> None:
        await house.at(ends_s)

    equipment = FakeEquipment(values=dict(VALUES))
    asked: list[tuple[float, bool]] = []
    driver = type("Sparing", (SparingDriver,), {"shared": equipment, "gap_s": gap_s, "asked": asked})
    live("[]", test, equipment=equipment, site={"driver": driver, "watch": (TEMPERATURE,)})
    settled = [is_taken for at, is_taken in asked if at >= settles_s]
    assert settled.count(False) < len(settled) / 5
    assert settled.count(True) >= (ends_s - settles_s) / gap_s / 2


def test_what_is_slowed_stays_known() -> None:
    async def test(house: House, server: Server) -> None:
        for minute in range(1, 30):
            await house.at(60 * minute)
            assert {house.engine.state.reading(point).quality for point in ALL} == {Quality.GOOD}  # type: ignore[union-attr]

    _, server = at_work(test, rate="9/min", stale_after="20s")
    begun = server.requests
    assert all(later - earlier >= 59.999 for earlier, later in zip(begun, begun[8:], strict=False))
    urgent = [at for at, points in server.since(60) if points == (TEMPERATURE,)]
    assert {round(later - earlier) for earlier, later in pairwise(urgent)} == {11}


COMMANDS = """
- id: again-and-again
  triggers: [{every: 3m}]
  actions: [{launch: evening}]
- id: cool
  triggers: [{change: living_thermostat.actualtemp}]
  actions: [{log: it is warm}]
"""


@pytest.mark.parametrize("retry_after_s", [None, 30, 120])
@pytest.mark.parametrize("polls", [None, {"living_thermostat": timedelta(minutes=2)}])
def test_a_server_that_refuses_everything_for_hours_leaves_nothing_good_however_it_is_commanded(
    retry_after_s: float | None, polls: dict[str, object] | None
) -> None:
    unknown_from: dict[Point, float] = {}

    async def test(house: House, server: Server) -> None:
        await house.at(1000)
        server.errors.update(
            dict.fromkeys((*ALL, SCENE), RateLimited("too many", retry_after_s=retry_after_s))
        )
        for at in range(1010, 8 * 3600, 10):
            await house.at(at)
            for point in ALL:
                reading = house.engine.state.reading(point)
                assert reading is not None
                if reading.quality is Quality.STALE:
                    unknown_from.setdefault(point, at - 1000)
        # Commands that were refused alone must not have slowed its polls, once it takes them again.
        server.errors.clear()
        returned = 8 * 3600
        await house.at(returned + 30 * 60)
        assert {house.engine.state.reading(point).quality for point in ALL} == {Quality.GOOD}  # type: ignore[union-attr]

    at_work(test, rules=COMMANDS, polls=polls)
    assert set(unknown_from) == set(ALL)
    wanted_s = {point: 120 if polls and point in (TEMPERATURE, SETPOINT) else 10 for point in ALL}
    assert {point: at for point, at in unknown_from.items() if at > 5 * wanted_s[point]} == {}


def test_a_day_has_no_more_requests_than_its_budget() -> None:
    async def test(house: House, server: Server) -> None:
        await house.at(36 * 3600)
        assert house.engine.links["house"].requests == sum(len(points) for _, points in server.times)

    _, server = at_work(test, daily=2000)
    # The connection's midnight comes twelve hours after the start.
    days = [(0, 12 * 3600), (12 * 3600, 36 * 3600)]
    used = [sum(len(points) for at, points in server.times if begin <= at < end) for begin, end in days]
    assert used[0] <= 1800 * 12 / 24 + 20
    assert 1600 <= used[1] <= 1800


def test_where_a_day_is_used_up_nothing_is_polled_until_the_next() -> None:
    async def test(house: House, server: Server) -> None:
        house.engine.links["house"].allowance.resume({START.date(): 1795})
        await house.at(9 * 3600)
        reading = house.engine.state.reading(LAMP)
        assert reading is not None
        assert reading.quality is Quality.STALE
        assert "connection house: the day's budget of 2000 requests is used up" in reading.reason
        await house.at(14 * 3600)

    _, server = at_work(test, daily=2000)
    before = [points for at, points in server.times if at < 12 * 3600 - 1]
    assert sum(map(len, before)) == 5
    assert [at for at, _ in server.times if 12 * 3600 <= at < 13 * 3600]


def test_the_same_seed_gives_the_same_polls() -> None:
    async def test(house: House, server: Server) -> None:
        await house.at(15)
        server.errors.update(dict.fromkeys(ALL, Unreachable("the server is away")))
        await house.at(200)
        server.errors.clear()
        await house.at(400)

    assert at_work(test)[1].times == at_work(test)[1].times
