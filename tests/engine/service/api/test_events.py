"""The stream of events, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from interlock.history.records import ConnectionEvent, RuleSwitch
from interlock.service.api import events
from interlock.service.api.telling import Wanted
from interlock.service.onlookers.feed import EventFeed
from support.journal_entries import START, HandClock, command, firing, near_miss, reading, receipt
from support.served_site import ServedSite, Stream

pytestmark = pytest.mark.slow

LOST = ConnectionEvent(START, "house", "connection house: no answer within 5s; asking again in 10 s")
BACK = ConnectionEvent(START, "house", "connection house: answers again")
RULES = "[{id: cool-living-room, triggers: {every: 1m}, actions: {press: doorbell}}]"


@pytest.fixture
def site(tmp_path: Path) -> ServedSite:
    return ServedSite(tmp_path, RULES)


@asynccontextmanager
async def listening(
    site: ServedSite, client: httpx.AsyncClient, query: str = "", last: str = ""
) -> AsyncIterator[tuple[Stream, httpx.Response]]:
    """Listen; gives the stream after its opening."""
    headers = site.headers() | ({"Last-Event-ID": last} if last else {})
    async with client.stream("GET", f"/v1/events{query}", headers=headers) as response:
        stream = Stream(response)
        await stream.block()
        yield stream, response


def tell(site: ServedSite, *entries: object) -> None:
    for entry in entries:
        site.onlookers.feed.tell(entry)  # type: ignore[arg-type]


async def test_a_stream_says_what_it_is_and_where_it_begins(site: ServedSite) -> None:
    async with (
        site.client(events.routes) as client,
        client.stream("GET", "/v1/events", headers=site.headers()) as response,
    ):
        headers = response.headers
        assert (response.status_code, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        assert await Stream(response).block() == {"retry": "3000", "id": "0-0"}


async def test_what_happens_is_told(site: ServedSite) -> None:
    async with site.client(events.routes) as client, listening(site, client) as (stream, _):
        tell(site, LOST, RuleSwitch("cool-living-room", START, False, "hand"))
        assert [await stream.event() for _ in range(2)] == [
            (
                "0-1",
                "connection",
                {
                    "at": "2026-07-14T12:00:00Z",
                    "connection": "house",
                    "is_there": False,
                    "reason": "connection house: no answer within 5s; asking again in 10 s",
                },
            ),
            (
                "0-2",
                "switch",
                {"at": "2026-07-14T12:00:00Z", "rule": "cool-living-room", "is_on": False, "by": "hand"},
            ),
        ]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", ["1", "2", "3", "4", "5", "6"]),
        ("?kind=receipt&kind=connection", ["4", "6"]),
        ("?point=living_ac.hvacmode", ["2", "4"]),
        ("?point=living_*.*", ["1", "2", "4"]),
        ("?rule=cool-living-room", ["3", "5"]),
        ("?rule=c*&kind=firing&kind=receipt", ["3"]),
        ("?point=lamp.power&point=living_thermostat.actualtemp", ["1"]),
    ],
)
async def test_a_stream_can_be_narrowed(site: ServedSite, query: str, told: list[str]) -> None:
    async with (
        site.client(events.routes) as client,
        listening(site, client) as (whole, _),
        listening(site, client, query) as (stream, _),
    ):
        tell(site, reading(26.4), command(), firing(), receipt(command()), near_miss(), BACK)
        # Once all of it has come to somebody, it has come to everybody.
        while (await whole.event())[0] != "0-6":
            pass
        assert [(await stream.event())[0] for _ in told] == [f"0-{number}" for number in told]


async def test_more_than_one_write_takes_comes_whole(site: ServedSite) -> None:
    async with site.client(events.routes) as client, listening(site, client) as (stream, _):
        tell(site, *[LOST] * 450)
        assert [(await stream.event())[0] for _ in range(450)] == [f"0-{n}" for n in range(1, 451)]


async def test_a_client_that_comes_back_is_told_what_came_meanwhile(site: ServedSite) -> None:
    async with site.client(events.routes) as client:
        async with listening(site, client) as (stream, _):
            tell(site, LOST)
            last, *_ = await stream.event()
        tell(site, BACK)
        async with listening(site, client, last=last) as (stream, _):
            assert (await stream.event())[0] == "0-2"


@pytest.mark.parametrize("last", ["9-1", "0-x", "0-77", "nonsense"])
async def test_a_client_that_comes_back_from_elsewhere_may_have_lost_anything(
    site: ServedSite, last: str
) -> None:
    async with site.client(events.routes) as client, listening(site, client, last=last) as (stream, _):
        assert await stream.event() == ("", "lost", {"count": None})


async def test_who_was_too_slow_is_told_how_many_are_lost(
    site: ServedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = EventFeed(site.clock, last=lambda _: None, rule_of=lambda _: "", capacity=2)
    monkeypatch.setattr(site.onlookers, "feed", feed)
    async with site.client(events.routes) as client, listening(site, client) as (stream, _):
        tell(site, *[LOST] * 5)
        assert await stream.event() == ("", "lost", {"count": 3})
        assert (await stream.event())[0] == "0-4"


async def test_a_quiet_stream_says_that_it_is_there_and_where_it_is(site: ServedSite) -> None:
    routes = partial(events.routes, heartbeat_s=0.01)
    async with site.client(routes) as client, listening(site, client, "?kind=receipt") as (stream, _):
        assert await stream.block() == {"": "nothing new", "id": "0-0"}
        tell(site, LOST)
        while (block := await stream.block()) == {"": "nothing new", "id": "0-0"}:
            pass
        assert block == {"": "nothing new", "id": "0-1"}


async def test_streams_end_with_the_service(site: ServedSite) -> None:
    async with site.client(events.routes) as client, listening(site, client) as (stream, _):
        tell(site, LOST)
        site.onlookers.close()
        assert (await stream.event())[0] == "0-1"
        assert await stream.block() == {}


async def test_a_stream_ends_once_its_token_is_revoked(site: ServedSite) -> None:
    async with site.client(events.routes) as client, listening(site, client) as (stream, _):
        tell(site, LOST)
        assert (await stream.event())[0] == "0-1"
        site.tokens.revoke("read-0")
        tell(site, BACK)
        assert await stream.block() == {}


async def test_a_quiet_stream_ends_once_its_token_is_revoked(site: ServedSite) -> None:
    routes = partial(events.routes, heartbeat_s=0.01)
    async with site.client(routes) as client, listening(site, client) as (stream, _):
        site.tokens.revoke("read-0")
        while await stream.block():
            pass


async def test_a_client_that_goes_is_noticed(site: ServedSite) -> None:
    async with site.client(events.routes) as client:
        async with listening(site, client):
            assert site.onlookers.feed.listeners == 1
        while site.onlookers.feed.listeners:
            await client.get("/v1/openapi.json")


async def test_streams_are_bounded(site: ServedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 2)
    async with site.client(events.routes) as client, listening(site, client), listening(site, client):
        refused = await client.get("/v1/events", headers=site.headers())
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert refused.json()["detail"] == "2 streams are under way, and more are not served: end one of them"


async def test_strangers_are_told_nothing(site: ServedSite) -> None:
    async with site.client(events.routes) as client:
        assert (await client.get("/v1/events")).status_code == 401


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("?rule=cool-livingroom", "there is no rule 'cool-livingroom'; did you mean 'cool-living-room'?"),
        ("?point=lamp.powr", "there is no point 'lamp.powr'; did you mean 'lamp.power'?"),
        ("?point=xyz", "there is no point 'xyz'"),
    ],
)
async def test_a_name_that_nothing_has_is_refused(site: ServedSite, query: str, detail: str) -> None:
    async with site.client(events.routes) as client:
        refused = await client.get(f"/v1/events{query}", headers=site.headers())
        assert (refused.status_code, refused.json()["detail"]) == (422, detail)


async def test_a_kind_that_does_not_exist_is_refused(site: ServedSite) -> None:
    async with site.client(events.routes) as client:
        refused = await client.get("/v1/events?kind=telegram", headers=site.headers())
        assert (refused.status_code, "'reading'" in refused.json()["detail"]) == (422, True)


async def test_a_stream_that_wants_nothing_of_what_happened_lets_others_have_their_turn() -> None:
    feed = EventFeed(HandClock(), last=lambda _: None, rule_of=lambda _: "")
    with feed.listen(0) as listener:
        for value in range(1000):
            feed.tell(reading(value))
        wanted = Wanted(points=["nothing.*", "nobody.*"])
        stream = events._Stream(listener, wanted, 1, 15.0, lambda: True)
        told = asyncio.create_task(_all_of(stream._told(listener.take())))
        turns = 0
        while not told.done():
            await asyncio.sleep(0)
            turns += 1
    assert (told.result(), turns >= 1000 // events._AT_ONCE) == ([], True)


async def _all_of(parts: AsyncIterator[bytes]) -> list[bytes]:
    return [each async for each in parts]
