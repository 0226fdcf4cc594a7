"""A request goes out once and as it is, over connections that are kept or fresh."""

from __future__ import annotations

import asyncio
import gzip
import traceback
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import httpcore
import pytest

from interlock.errors import ProtocolFault, TimedOut, Unreachable
from interlock.http_client import HttpReply, HttpRequest, ReplyTooLarge
from interlock.protocol_server import RawReply, Reply, Request
from support.http_service import ASK, BRIEF_S, ONCE, answering, failure, served

pytestmark = pytest.mark.slow


async def test_a_request_goes_out_as_it_is_and_the_reply_comes_back_whole() -> None:
    request = HttpRequest(
        method="POST", url="/api.cgi", what="x", body=b"a=1", headers={"Content-Type": "text/x"}
    )
    reply = Reply(body=b"{}", headers=(("Retry-After", "3"),))
    async with served(answering(reply), path="/KEY", headers={"Accept": "text/xml"}) as (client, server):
        came = await client.exchange(request, 5)
    (received,) = server.requests
    assert (received.method, received.target, received.body) == ("POST", "/KEY/api.cgi", b"a=1")
    headers = [received.header(name) for name in ("content-type", "accept", "accept-encoding")]
    assert headers == ["text/x", "text/xml", "identity"]
    assert came == HttpReply(
        status=200,
        body=b"{}",
        headers={"content-type": "application/json", "content-length": "2", "retry-after": "3"},
    )


async def test_a_query_is_not_encoded_again() -> None:
    async with served(answering(Reply())) as (client, server):
        await client.exchange(ASK, 5)
    assert server.requests[0].target == "/api?a=%2F&b"


async def test_requests_that_come_again_go_where_each_belongs() -> None:
    asked = ["/api?a=1", "/api?a=2", "/api?a=1", "/other?a=1", "/api?a=2"]
    async with served(answering(Reply()), path="/KEY") as (client, server):
        for url in asked:
            for is_idempotent in (True, False):
                request = HttpRequest(method="GET", url=url, what="x", is_idempotent=is_idempotent)
                await client.exchange(request, 5)
    assert [each.target for each in server.requests] == [f"/KEY{url}" for url in asked for _ in range(2)]


async def test_a_header_that_comes_twice_is_one_with_both_texts() -> None:
    reply = Reply(headers=(("X-Room", "a"), ("x-room", "b")))
    async with served(answering(reply)) as (client, _):
        assert (await client.exchange(ASK, 5)).headers["x-room"] == "a, b"


@pytest.mark.parametrize("status", [200, 302, 400, 404, 429, 500])
async def test_any_status_is_a_reply_and_no_redirect_is_followed(status: int) -> None:
    sent = Reply(status=status, body=b"x", headers=(("Location", "/elsewhere"),))
    async with served(answering(sent)) as (client, server):
        assert (await client.exchange(ASK, 5)).status == status
    assert len(server.requests) == 1


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each connection that was opened."""
    found: list[object] = []
    connect = httpcore.AnyIOBackend.connect_tcp

    async def count(*args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        found.append(args)
        return await connect(*args, **kwargs)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", count)
    return found


async def test_one_connection_serves_one_request_after_the_other(opened: list[object]) -> None:
    async with served(answering(Reply())) as (client, _):
        for _ in range(3):
            await client.exchange(ASK, 5)
    assert len(opened) == 1


async def test_what_must_not_be_repeated_takes_a_fresh_connection(opened: list[object]) -> None:
    async with served(answering(Reply())) as (client, _):
        for request in (ASK, ONCE, ASK, ONCE):
            await client.exchange(request, 5)
    assert len(opened) == 3


async def test_connections_are_kept_for_reads_and_as_many_commands(opened: list[object]) -> None:
    together = asyncio.Barrier(10)

    async def answer(_: Request) -> Reply:
        await together.wait()
        return Reply()

    async with served(answer) as (client, _):
        for _ in range(2):
            await asyncio.gather(*(client.exchange(ASK, 30) for _ in range(10)))
    assert len(opened) == 10 + 2


@pytest.mark.parametrize(("request_", "most"), [(ASK, 2 * 4 + 3), (ONCE, 3)])
async def test_connections_are_not_opened_without_end(
    request_: HttpRequest, most: int, opened: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.http_client.client._WAITING", 3)
    is_answered, are_all_there = asyncio.Event(), asyncio.Barrier(most + 1)

    async def answer(_: Request) -> Reply:
        await are_all_there.wait()
        await is_answered.wait()
        return Reply()

    async with served(answer) as (client, _), asyncio.TaskGroup() as tasks:
        for _ in range(most):
            tasks.create_task(client.exchange(request_, 30))
        await are_all_there.wait()
        with pytest.raises(Unreachable):
            await client.exchange(request_, BRIEF_S)
        is_answered.set()
    assert len(opened) == most


async def test_a_kept_connection_that_the_server_had_closed_costs_nothing(opened: list[object]) -> None:
    replies = [Reply(), RawReply(), Reply(body=b"again")]
    async with served(answering(*replies)) as (client, server):
        await client.exchange(ASK, 5)
        assert (await client.exchange(ASK, 5)).body == b"again"
    assert (len(opened), len(server.requests)) == (2, 3)


async def test_a_fresh_connection_that_the_server_closes_is_not_tried_again() -> None:
    async with served(answering(RawReply())) as (client, server):
        assert type(await failure(client)) is TimedOut
    assert len(server.requests) == 1


async def test_a_kept_connection_that_breaks_in_the_answer_is_not_tried_again() -> None:
    replies = [Reply(), Reply(body=b"{}" * 50, cut_after=5)]
    async with served(answering(*replies)) as (client, server):
        await client.exchange(ASK, 5)
        assert type(await failure(client)) is TimedOut
    assert len(server.requests) == 2


async def test_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with served(answering(Reply())) as (client, _):
        assert (await client.exchange(ASK, 5)).status == 200


async def test_cookies_are_neither_kept_nor_returned() -> None:
    async with served(answering(Reply(headers=(("Set-Cookie", "sid=abc; Path=/"),)))) as (client, server):
        for _ in range(2):
            await client.exchange(ASK, 5)
    assert [request.header("cookie") for request in server.requests] == [None, None]


async def test_a_reply_of_the_largest_size_is_read() -> None:
    async with served(answering(Reply(body=b"x" * 1024, repeat=1024))) as (client, _):
        assert len((await client.exchange(ASK, 5)).body) == 1024 * 1024


async def test_a_larger_reply_is_not_read_to_its_end() -> None:
    async with served(answering(Reply(body=b"x" * 64, repeat=10**9)), longest_reply=1000) as (client, _):
        error = await failure(client)
    assert (type(error), error.message) == (ReplyTooLarge, "asking the hall answers more than 1000 bytes")


async def test_a_packed_reply_is_unpacked_though_nobody_asked_for_it() -> None:
    packed = Reply(body=gzip.compress(b"{}" * 500), headers=(("Content-Encoding", "GZIP"),))
    async with served(answering(packed), longest_reply=1000) as (client, _):
        assert (await client.exchange(ASK, 5)).body == b"{}" * 500


async def test_of_a_reply_that_is_packed_a_thousandfold_no_more_is_unpacked_than_is_read() -> None:
    bomb = Reply(body=gzip.compress(bytes(20_000_000)), headers=(("Content-Encoding", "gzip"),))
    async with served(answering(bomb), longest_reply=1000) as (client, _):
        tracemalloc.start()
        error = await failure(client)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert type(error) is ReplyTooLarge
    assert most < 2_000_000


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("left_out", [1, 8, 20])
async def test_a_packed_reply_that_ends_too_early_is_a_connection_lost(
    pack: Callable[[bytes], bytes], left_out: int
) -> None:
    packed = Reply(body=pack(b"0123456789abcdef" * 9)[:-left_out], headers=(("Content-Encoding", "gzip"),))
    async with served(answering(packed)) as (client, _):
        error = await failure(client)
    assert type(error) is TimedOut
    assert error.message == (
        "asking the hall lost the connection before a whole answer: what is packed ends too early"
    )


async def test_an_empty_reply_that_is_called_packed_is_empty() -> None:
    async with served(answering(Reply(headers=(("Content-Encoding", "gzip"),)))) as (client, _):
        assert (await client.exchange(ASK, 5)).body == b""


async def test_what_cannot_be_unpacked_is_no_answer() -> None:
    packed = Reply(body=b"no gzip", headers=(("Content-Encoding", "gzip"),))
    async with served(answering(packed)) as (client, _):
        error = await failure(client)
    assert type(error) is ProtocolFault
    assert "breaks HTTP: the answer cannot be unpacked: " in error.message


async def test_an_error_holds_nothing_of_a_reply_that_was_too_large() -> None:
    async with served(answering(Reply(body=b"x" * 64, repeat=10**9)), longest_reply=1000) as (client, _):
        error = await failure(client)
    held = [each for frame, _ in traceback.walk_tb(error.__traceback__) for each in frame.f_locals.values()]
    assert not [each for each in held if isinstance(each, bytes | bytearray)]


async def test_a_fault_leaves_the_client_usable() -> None:
    replies = answering(RawReply(reset=True), Reply(delay_s=60), Reply())
    async with served(replies) as (client, _):
        await failure(client)
        await failure(client, 2)  # long enough that it surely arrives
        assert (await client.exchange(ASK, 5)).status == 200


async def test_a_server_that_closes_after_each_answer_costs_nothing() -> None:
    closing = RawReply(data=b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    async with served(answering(closing)) as (client, server):
        bodies = [(await client.exchange(ASK, 5)).body for _ in range(4)]
    assert bodies == [b"{}"] * 4
    assert len(server.requests) == 4


async def test_what_is_lost_on_a_kept_connection_is_sent_once_more_and_no_oftener() -> None:
    async with served(answering(Reply(), RawReply(reset=True))) as (client, server):
        await client.exchange(ASK, 5)
        assert type(await failure(client)) is TimedOut
    assert len(server.requests) == 3


async def test_what_must_not_be_repeated_is_sent_once_after_a_kept_connection_too() -> None:
    async with served(answering(Reply(), RawReply(reset=True))) as (client, server):
        await client.exchange(ASK, 5)
        with pytest.raises(TimedOut):
            await client.exchange(ONCE, 5)
    assert len(server.requests) == 2


async def test_requests_that_wait_for_devices_block_no_others() -> None:
    is_answered = asyncio.Event()

    async def hold(request: Request) -> Reply:
        if request.target != ONCE.url:
            await is_answered.wait()
        return Reply()

    async with served(hold) as (client, server), asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(client.exchange(ASK, 30))
        await client.exchange(ONCE, 5)
        is_answered.set()
    assert len(server.requests) == 21


async def test_a_cancelled_request_leaves_the_client_usable() -> None:
    is_asked = asyncio.Event()

    async def hold(request: Request) -> Reply:
        if request.target != ONCE.url:
            is_asked.set()
            await asyncio.Event().wait()
        return Reply()

    async with served(hold) as (client, _):
        task = asyncio.create_task(client.exchange(ASK, 30))
        await is_asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.exchange(ONCE, 5)).status == 200
