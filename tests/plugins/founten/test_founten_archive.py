"""How the history of many thermostats is fetched: several at once, and all of it where one fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from interlock import (
    AuthenticationFailed,
    DriverError,
    ProtocolServer,
    RateLimited,
    RawReply,
    Recorded,
    Reply,
    Request,
    ServerFault,
    Target,
    UnknownDevice,
)
from interlock_founten.driver import Founten
from support.driver_context import context_of
from support.founten_site import Asked, item, refusing, result, settings_of, targets_of

pytestmark = pytest.mark.slow

START = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
ROOMS = [f"R{number}" for number in range(6)]
POINTS = [targets_of(room.lower(), name=room)["fan"] for room in ROOMS]


def ghost(name: str) -> Target:
    return targets_of(name.lower(), name=name)["fan"]


class Campus:
    """A site with some thermostats, whose history is one record a request; it notes how busy it was."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.most_under_way = 0
        self.under_way = 0
        self.answers: dict[str, Reply] = {}
        """What is answered about a thermostat's history instead."""
        self.wants_selection = False
        self.refusal = ""

    async def __call__(self, request: Request) -> Reply | RawReply:
        asked = Asked.of(request)
        self.asked.append(asked)
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        try:
            await asyncio.sleep(0.01)
            return self._answer(asked)
        finally:
            self.under_way -= 1

    def _answer(self, asked: Asked) -> Reply:
        name = asked.selection.partition(";")[0].removeprefix("name:")
        if asked.object == "Thermostat":
            return said(self._thermostats(name))
        if name in self.answers:
            return self.answers[name]
        at = asked.selection.partition("startDateTime:")[2][:16]
        return said(result(item({"name": name, "fan": "On", "timestamp": at}, "ThermostatHistory")))

    def _thermostats(self, name: str) -> str:
        if self.refusal or (not name and self.wants_selection):
            return refusing(self.refusal or "Invalid selection.")
        found = [room for room in ROOMS if name in ("", room)]
        return result(
            *(item({"name": room, "serialNo": room, "temperatureFormat": "Celsius"}) for room in found)
        )

    def requests_of(self, object_: str) -> int:
        return sum(each.object == object_ for each in self.asked)


def said(text: str) -> Reply:
    return Reply(body=text.encode(), content_type="text/xml")


@asynccontextmanager
async def serving(campus: Campus, **given: object) -> AsyncIterator[Founten]:
    server = ProtocolServer(campus)
    settings = settings_of(url=await server.start("127.0.0.1", 0), **given)
    driver = Founten(settings, context_of(settings, "UTC"))
    try:
        await driver.open()
        yield driver
    finally:
        await driver.close()
        await server.stop()


async def fetch(
    driver: Founten, targets: Sequence[Target] = POINTS, months: int = 1
) -> tuple[list[Recorded], DriverError | None]:
    found: list[Recorded] = []
    try:
        async for each in driver.history(targets, START, START + months * MONTH):
            found.append(each)
    except DriverError as error:
        return found, error
    return found, None


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_as_many_thermostats_are_asked_at_once_as_the_settings_allow(concurrency: int) -> None:
    campus = Campus()
    async with serving(campus, concurrency=concurrency) as driver:
        found, error = await fetch(driver, months=4)
    assert (len(found), error) == (24, None)
    assert campus.most_under_way == concurrency


async def test_the_records_of_a_point_come_in_their_order() -> None:
    async with serving(Campus(), concurrency=5) as driver:
        found, _ = await fetch(driver, months=4)
    assert [(each.point, each.at) for each in found] == sorted(
        ((each.point, each.at) for each in found), key=lambda pair: (str(pair[0]), pair[1])
    )


async def test_all_thermostats_are_looked_up_by_one_get() -> None:
    campus = Campus()
    async with serving(campus) as driver:
        await fetch(driver)
    assert (campus.requests_of("Thermostat"), campus.requests_of("ThermostatHistory")) == (1, 6)


async def test_where_a_site_wants_a_selection_each_is_looked_up() -> None:
    campus = Campus()
    campus.wants_selection = True
    async with serving(campus) as driver:
        found, error = await fetch(driver)
    assert (len(found), error) == (6, None)
    assert campus.requests_of("Thermostat") == 7


async def test_each_thermostat_that_is_unknown_is_named_and_the_others_tell() -> None:
    async with serving(Campus()) as driver:
        found, error = await fetch(driver, [ghost("G1"), *POINTS, ghost("G2")])
    assert [each.point for each in found] == [target.point for target in POINTS]
    assert (type(error), str(error)) == (
        UnknownDevice,
        "device g1 (name 'G1') is unknown to the site; device g2 (name 'G2') is unknown to the site",
    )


@pytest.mark.parametrize(
    ("count", "end"), [(5, "device g4 (name 'G4') is unknown to the site"), (7, "; and 2 more")]
)
async def test_more_than_five_failures_are_counted(count: int, end: str) -> None:
    async with serving(Campus()) as driver:
        _, error = await fetch(driver, [ghost(f"G{number}") for number in range(count)])
    assert str(error).endswith(end)
    assert str(error).count("is unknown") == 5


async def test_a_thermostat_that_fails_is_not_asked_on_and_the_others_tell() -> None:
    campus = Campus()
    campus.answers["R1"] = Reply(status=500)
    async with serving(campus, concurrency=1) as driver:
        found, error = await fetch(driver, [*POINTS, ghost("G1")], months=3)
    assert len(found) == 15
    assert sum("name:R1;" in each.selection for each in campus.asked) == 1
    # It may pass, whatever else is wrong.
    assert type(error) is ServerFault
    assert str(error).endswith("; device g1 (name 'G1') is unknown to the site")


@pytest.mark.parametrize(
    ("answer", "kind"), [(Reply(status=403), AuthenticationFailed), (Reply(status=429), RateLimited)]
)
async def test_what_concerns_the_whole_connection_ends_the_fetching(
    answer: Reply, kind: type[DriverError]
) -> None:
    campus = Campus()
    campus.answers["R1"] = answer
    async with serving(campus, concurrency=1) as driver:
        found, error = await fetch(driver, [ghost("G1"), *POINTS])
    assert [each.point for each in found] == [POINTS[0].point]
    assert type(error) is kind
    assert campus.requests_of("ThermostatHistory") == 2


async def test_a_site_that_does_not_let_us_in_is_asked_once() -> None:
    campus = Campus()
    campus.refusal = "Invalid Authentication Credentials"
    async with serving(campus) as driver:
        found, error = await fetch(driver)
    assert (found, type(error), len(campus.asked)) == ([], AuthenticationFailed, 1)


async def test_who_has_seen_enough_leaves_nothing_under_way() -> None:
    campus = Campus()
    before = asyncio.all_tasks()
    async with serving(campus, concurrency=2) as driver:
        async with aclosing(driver.history(POINTS, START, START + 4 * MONTH)) as past:  # type: ignore[type-var]
            await anext(past)
        assert not [task for task in asyncio.all_tasks() - before if "_within" in repr(task)]
    assert campus.requests_of("ThermostatHistory") <= 4
