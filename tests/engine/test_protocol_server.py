"""The HTTP server under protocol simulators, over real loopback sockets."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import ProtocolServer, RawReply, Reply, Request, issue_loopback_tls

pytestmark = pytest.mark.slow

Replying = Callable[[Request], Awaitable[Reply | RawReply]]


def always(reply: Reply | RawReply) -> Replying:
    async def handler(request: Request) -> Reply | RawReply:
        return reply

    return handler


async def echo(request: Request) -> Reply:
    return Reply(body=request.body)


@asynccontextmanager
async def serving(
    handler: Replying, *, max_body: int = 1000, log_size: int = 10
) -> AsyncIterator[tuple[ProtocolServer, httpx.AsyncClient]]:
    server = ProtocolServer(handler, max_body=max_body, log_size=log_size)
    url = await server.start("127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield server, client
    finally:
        await server.stop()


async def exchange(url: str, data: bytes) -> bytes:
    """Send bytes on a fresh connection and return everything that comes back until it is closed."""
    port = int(url.rpartition(":")[2].strip("/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received


async def test_a_reply_carries_status_type_length_headers_and_body() -> None:
    reply = Reply(status=418, body=b"<tea/>", content_type="text/xml", headers=(("Retry-After", "7"),))
    async with serving(always(reply)) as (_, client):
        response = await client.get("/pot")
    assert (response.status_code, response.content) == (418, b"<tea/>")
    assert dict(response.headers) == {"content-type": "text/xml", "content-length": "6", "retry-after": "7"}


async def test_the_log_keeps_requests_as_they_came_in_order() -> None:
    async with serving(always(Reply())) as (server, client):
        await client.get("/a%2Fb?x=%20&fb", headers={"X-Word": "Ja"})
        await client.post("/c", content=b"\x00body")
    first, second = server.requests
    assert (first.method, first.target, first.header("x-word")) == ("GET", "/a%2Fb?x=%20&fb", "Ja")
    assert (second.method, second.target, second.body) == ("POST", "/c", b"\x00body")
    assert (first.path, first.peer) == ("/a%2Fb", "127.0.0.1")


async def test_the_log_forgets_the_oldest() -> None:
    async with serving(always(Reply()), log_size=2) as (server, client):
        for path in ("/1", "/2", "/3"):
            await client.get(path)
    assert [request.target for request in server.requests] == ["/2", "/3"]


async def test_a_request_is_logged_before_it_is_answered() -> None:
    arrived, release = asyncio.Event(), asyncio.Event()

    async def wait(request: Request) -> Reply:
        arrived.set()
        await release.wait()
        return Reply()

    async with serving(wait) as (server, client):
        asking = asyncio.create_task(client.get("/slow"))
        await arrived.wait()
        assert [request.target for request in server.requests] == ["/slow"]
        release.set()
        assert (await asking).status_code == 200


async def test_one_connection_serves_many_requests() -> None:
    async with serving(always(Reply(body=b"x"))) as (_, client):
        head = b"GET / HTTP/1.1\r\nHost: x\r\n"
        received = await exchange(str(client.base_url), head + b"\r\n" + head + b"Connection: close\r\n\r\n")
    assert received.count(b"HTTP/1.1 200") == 2


async def test_slow_requests_do_not_hold_up_others() -> None:
    release = asyncio.Event()

    async def handler(request: Request) -> Reply:
        if request.path == "/slow":
            await release.wait()
        return Reply(body=request.path.encode())

    async with serving(handler) as (_, client):
        slow = asyncio.create_task(client.get("/slow"))
        assert (await client.get("/quick")).text == "/quick"
        release.set()
        assert (await slow).text == "/slow"


async def test_a_head_request_gets_the_length_but_no_body() -> None:
    async with serving(always(Reply(body=b"12345"))) as (_, client):
        response = await client.head("/")
        again = await client.get("/")
    assert (response.headers["content-length"], response.content) == ("5", b"")
    assert again.content == b"12345"


async def test_a_client_that_asks_to_continue_is_told_to() -> None:
    async with serving(echo) as (_, client):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 \r\n\r\n"
        writer.write(b"ok")
        assert (await reader.readuntil(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 413), (3_000_000, 413)])
async def test_a_body_may_have_so_many_bytes_and_no_more(size: int, status: int) -> None:
    async with serving(echo) as (server, client):
        response = await client.post("/", content=b"x" * size)
    assert response.status_code == status
    assert len(server.requests) == (status == 200)


async def test_what_is_not_http_is_answered_400_and_closed() -> None:
    async with serving(echo) as (server, client):
        received = await exchange(str(client.base_url), b"hello\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 400")
    assert not server.requests


async def test_endless_headers_are_answered_431() -> None:
    async with serving(echo) as (_, client):
        received = await exchange(str(client.base_url), b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000)
    assert received.startswith(b"HTTP/1.1 431")


async def test_a_client_that_leaves_in_the_middle_harms_nobody() -> None:
    async with serving(echo) as (_, client):
        port = client.base_url.port
        assert port
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        writer.close()
        await writer.wait_closed()
        assert (await client.post("/", content=b"whole")).content == b"whole"


async def test_a_delayed_reply_outlasts_an_impatient_client() -> None:
    async with serving(always(Reply(delay_s=60))) as (_, client):
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/", timeout=httpx.Timeout(None, read=0.01))


async def test_a_short_delay_ends() -> None:
    async with serving(always(Reply(delay_s=0.001, body=b"late"))) as (_, client):
        assert (await client.get("/")).content == b"late"


async def test_a_dripped_body_arrives_byte_by_byte_and_whole() -> None:
    async with serving(always(Reply(body=b"drop", drip_s=0.0001))) as (_, client):
        assert (await client.get("/")).content == b"drop"


async def test_a_repeated_body_is_sent_over_and_over() -> None:
    async with serving(always(Reply(body=b"ab", repeat=3))) as (_, client):
        response = await client.get("/")
    assert (response.content, response.headers["content-length"]) == (b"ababab", "6")


async def test_a_client_may_leave_a_huge_reply() -> None:
    async with serving(always(Reply(body=b" " * 65536, repeat=1_000_000))) as (_, client):
        async with client.stream("GET", "/") as response:
            async for chunk in response.aiter_raw():
                assert chunk.strip() == b""
                break
        assert response.headers["content-length"] == "65536000000"


async def test_a_cut_reply_ends_before_its_length() -> None:
    async with serving(always(Reply(body=b"whole", cut_after=2))) as (_, client):
        received = await exchange(str(client.base_url), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/")
    assert received.endswith(b"content-length: 5\r\n\r\nwh")


async def test_a_raw_reply_is_nothing_but_its_bytes() -> None:
    async with serving(always(RawReply(data=b"SSH-2.0-x\r\n"))) as (_, client):
        received = await exchange(str(client.base_url), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert received == b"SSH-2.0-x\r\n"


async def test_a_reset_reaches_the_client_as_a_reset() -> None:
    async with serving(always(RawReply(reset=True))) as (_, client):
        with pytest.raises(ConnectionResetError):
            await exchange(str(client.base_url), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


async def test_stopping_drops_connections_whose_reply_is_under_way() -> None:
    arrived = asyncio.Event()

    async def never(request: Request) -> Reply:
        arrived.set()
        await asyncio.Event().wait()
        return Reply()

    async with serving(never) as (server, client):
        asking = asyncio.create_task(client.get("/", timeout=None))
        await arrived.wait()
        await server.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            await asking
        with pytest.raises(httpx.ConnectError):
            await client.get("/")


async def test_a_server_that_never_started_can_be_stopped() -> None:
    await ProtocolServer(echo).stop()


async def test_a_taken_port_is_refused() -> None:
    async with serving(echo) as (_, client):
        port = client.base_url.port
        assert port
        with pytest.raises(OSError, match="address already in use"):
            await ProtocolServer(echo).start("127.0.0.1", port)


async def test_ipv6_stands_in_brackets_in_the_url() -> None:
    server = ProtocolServer(echo)
    url = await server.start("::1", 0)
    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.post(url, content=b"six")
    await server.stop()
    assert url.startswith("http://[::1]:")
    assert response.content == b"six"
    assert server.requests[0].is_local


async def test_each_request_is_logged_as_it_comes_without_its_body(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "interlock")
    server = ProtocolServer(always(Reply(status=404)))
    url = await server.start("127.0.0.1", 0)
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(f"{url}/power?cmd=1", content=b"never shown")
    await server.stop()
    lines = [(record.name, record.levelname, record.getMessage()) for record in caplog.records]
    assert lines == [("interlock.simulator", "DEBUG", "127.0.0.1 asks POST /power?cmd=1")]


async def test_tls_is_served_where_a_certificate_is_given(tmp_path: Path) -> None:
    server = ProtocolServer(always(Reply(body=b"safe")))
    url = await server.start("127.0.0.1", 0, issue_loopback_tls(tmp_path / "ca.pem"))
    trust = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
        response = await client.get(url)
    await server.stop()
    assert url.startswith("https://127.0.0.1:")
    assert response.content == b"safe"


def request(
    target: str = "/", *, peer: str = "127.0.0.1", content_type: str = "", body: bytes = b""
) -> Request:
    headers = (("content-type", content_type),) if content_type else ()
    return Request(method="POST", target=target, headers=headers, body=body, peer=peer)


@pytest.mark.parametrize(
    ("peer", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("192.168.1.20", False),
        ("fe80::1%eth0", False),
    ],
)
def test_only_loopback_clients_are_local(peer: str, local: bool) -> None:
    assert request(peer=peer).is_local is local


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        (request("/x"), ()),
        (request("/x?guid=a%2Bb&cmd=1&fb"), (("guid", "a+b"), ("cmd", "1"), ("fb", ""))),
        (request("/x?a=1&a=2&b="), (("a", "1"), ("a", "2"), ("b", ""))),
        (request("/x?a=b+c"), (("a", "b c"),)),
        (request("/x", content_type="text/plain", body=b"a=1"), ()),
        (
            request(
                "/x?a=1", content_type="Application/X-WWW-Form-URLencoded; charset=utf-8", body=b"b=%C3%A9"
            ),
            (("a", "1"), ("b", "é")),
        ),
    ],
)
def test_parameters_come_from_the_query_and_a_form(sent: Request, parameters: tuple[object, ...]) -> None:
    assert sent.parameters() == parameters


def test_the_first_of_equal_headers_counts() -> None:
    sent = Request(method="GET", target="/", headers=(("a", "1"), ("a", "2")), body=b"", peer="::1")
    assert (sent.header("a"), sent.header("b")) == ("1", None)


@given(
    body=st.binary(max_size=20),
    repeat=st.integers(0, 4),
    cut_after=st.none() | st.integers(0, 90),
    drip_s=st.sampled_from([0.0, 0.1]),
)
def test_pieces_add_up_to_the_body_until_its_cut(
    body: bytes, repeat: int, cut_after: int | None, drip_s: float
) -> None:
    reply = Reply(body=body, repeat=repeat, cut_after=cut_after, drip_s=drip_s)
    pieces = list(reply.pieces())
    assert b"".join(pieces) == (body * repeat)[:cut_after]
    assert not drip_s or all(len(piece) == 1 for piece in pieces)


async def test_connections_are_refused_until_something_is_done_and_open_ones_stay() -> None:
    server, done = ProtocolServer(always(Reply(body=b"here"))), asyncio.Event()
    url = await server.start("127.0.0.1", 0)
    async with httpx.AsyncClient(trust_env=False) as early, httpx.AsyncClient(trust_env=False) as late:
        await early.get(url)
        refusing = asyncio.create_task(server.refuse(done.wait))
        await asyncio.sleep(0)
        assert not server.is_listening
        with pytest.raises(httpx.ConnectError):
            await late.get(url)
        assert (await early.get(url)).content == b"here"
        done.set()
        await refusing
        assert server.is_listening
        assert (await late.get(url)).content == b"here"
    await server.stop()
    assert not server.is_listening


async def test_a_server_that_never_listened_has_nobody_to_refuse() -> None:
    server = ProtocolServer(always(Reply()))
    await server.refuse(asyncio.Event().wait)
    assert not server.is_listening


async def test_it_serves_connections_that_somebody_else_listened_for_and_drops_them_at_its_end() -> None:
    server = ProtocolServer(echo)
    listener = await asyncio.start_server(server.accept, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        assert (await client.post("/", content=b"hello")).content == b"hello"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await server.stop()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    listener.close()
    await listener.wait_closed()
