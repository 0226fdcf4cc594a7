"""HTTP to a server that behaves, and to servers that do not, over real sockets."""

from __future__ import annotations

import asyncio
import inspect
import logging
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest

from interlock.errors import (
    AuthenticationFailed,
    CannotExecute,
    DriverError,
    NotSupported,
    ProtocolFault,
    RateLimited,
    ServerFault,
    TimedOut,
    Unreachable,
)
from interlock.http_client import (
    FAULTS,
    HttpClient,
    HttpReply,
    HttpRequest,
    ReplyTooLarge,
    excerpt,
    new_trust,
    refuse_by_status,
    retry_after,
)
from interlock.loopback_tls import issue_loopback_tls
from interlock.protocol_server import Handler, ProtocolServer, RawReply, Reply, Request
from interlock.redaction import Redactor, redactor

pytestmark = pytest.mark.slow

ASK = HttpRequest(method="GET", url="/api?a=%2F&b", what="asking the hall")
ONCE = HttpRequest(method="GET", url="/once", what="ringing", is_idempotent=False)
BRIEF_S = 0.2
"""A timeout for servers that never answer."""


def answering(*replies: Reply | RawReply) -> Handler:
    left = list(replies)

    async def answer(_: Request) -> Reply | RawReply:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


@asynccontextmanager
async def served(
    handler: Handler, *, path: str = "", tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[tuple[HttpClient, ProtocolServer]]:
    server = ProtocolServer(handler)
    url = await server.start("127.0.0.1", 0, tls)
    client = HttpClient(url + path, concurrency=4, **options)
    try:
        async with client:
            yield client, server
    finally:
        await server.stop()


async def failure(client: HttpClient, timeout_s: float = 5) -> DriverError:
    with pytest.raises(DriverError) as caught:
        await client.exchange(ASK, timeout_s)
    return caught.value


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
    monkeypatch.setattr("interlock.http_client._WAITING", 3)
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


async def test_a_private_authority_can_be_trusted(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    async with served(answering(Reply()), tls=issue_loopback_tls(ca), trust=new_trust(ca)) as (client, _):
        assert (await client.exchange(ASK, 5)).status == 200


async def test_an_unknown_authority_is_not_trusted_and_gets_no_request(tmp_path: Path) -> None:
    tls = issue_loopback_tls(tmp_path / "ca.pem")
    async with served(answering(Reply()), tls=tls) as (client, server):
        error = await failure(client)
    assert type(error) is Unreachable
    assert error.message.startswith(f"{client.server} cannot be reached: its certificate is not trusted: ")
    assert not server.requests


async def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    tls = issue_loopback_tls(ca, ["elsewhere.example"])
    async with served(answering(Reply()), tls=tls, trust=new_trust(ca)) as (client, _):
        assert "its certificate is not trusted: " in (await failure(client)).message


async def test_tls_to_a_server_without_it_says_so(tmp_path: Path) -> None:
    server = ProtocolServer(answering(Reply()))
    url = await server.start("127.0.0.1", 0)
    async with HttpClient(url.replace("http:", "https:"), concurrency=1) as client:
        error = await failure(client)
    await server.stop()
    assert type(error) is Unreachable
    assert " cannot be reached: no TLS connection: " in error.message


async def test_a_refused_connection_is_unreachable() -> None:
    async with served(answering(Reply())) as (client, server):
        await server.stop()
        error = await failure(client)
    assert (type(error), error.message) == (
        Unreachable,
        f"{client.server} cannot be reached: connection refused",
    )


async def test_a_server_that_says_nothing_has_timed_out() -> None:
    async with served(answering(Reply(delay_s=60))) as (client, _):
        error = await failure(client, BRIEF_S)
    assert (type(error), error.message) == (
        TimedOut,
        "asking the hall gave no whole answer within 0.2 s",
    )


async def test_the_timeout_is_for_the_whole_exchange() -> None:
    async with served(answering(Reply(body=b"{}" * 500, drip_s=0.01))) as (client, _):
        error = await failure(client, 0.2)
    assert type(error) is TimedOut


async def test_no_connection_in_time_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", never)
    async with served(answering(Reply())) as (client, _):
        error = await failure(client, BRIEF_S)
    assert (type(error), error.message) == (Unreachable, f"{client.server} cannot be reached within 0.2 s")


@pytest.mark.parametrize(
    "reply",
    [
        RawReply(reset=True),
        RawReply(),
        RawReply(data=b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"),
        RawReply(data=b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", reset=True),
        RawReply(data=b"SSH-2.0-OpenSSH_9.6\r\n"),
        Reply(body=b'{"status": 1}', cut_after=5),
    ],
)
async def test_a_connection_lost_on_the_way_leaves_it_open_what_happened(reply: Reply | RawReply) -> None:
    async with served(answering(reply)) as (client, _):
        error = await failure(client)
    assert type(error) is TimedOut
    assert error.message.startswith("asking the hall lost the connection before a whole answer: ")


@pytest.mark.parametrize(
    "data", [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"]
)
async def test_what_is_no_http_hints_at_the_port(data: bytes) -> None:
    async with served(answering(RawReply(data=data))) as (client, _):
        error = await failure(client)
    assert type(error) is ProtocolFault
    assert error.message.startswith("asking the hall breaks HTTP (is it the right port?): ")


async def test_a_reply_of_the_largest_size_is_read() -> None:
    async with served(answering(Reply(body=b"x" * 1024, repeat=1024))) as (client, _):
        assert len((await client.exchange(ASK, 5)).body) == 1024 * 1024


async def test_a_larger_reply_is_not_read_to_its_end() -> None:
    async with served(answering(Reply(body=b"x" * 64, repeat=10**9)), longest_reply=1000) as (client, _):
        error = await failure(client)
    assert (type(error), error.message) == (ReplyTooLarge, "asking the hall answers more than 1000 bytes")


async def test_a_fault_leaves_the_client_usable() -> None:
    replies = answering(RawReply(reset=True), Reply(delay_s=60), Reply())
    async with served(replies) as (client, _):
        await failure(client)
        await failure(client, 2)  # long enough that it surely arrives
        assert (await client.exchange(ASK, 5)).status == 200


async def test_errors_hold_nothing_of_the_url() -> None:
    async with served(answering(RawReply(reset=True)), path="/SECRET-KEY") as (client, _):
        error = await failure(client)
    assert "SECRET-KEY" not in f"{error} {error.exchange}"
    assert error.__context__ is None
    assert error.__cause__ is None


async def test_a_secret_in_an_address_is_hidden_in_the_librarys_own_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="httpx")
    caplog.set_level(logging.DEBUG, logger="httpcore")
    redactor.register("very-secret")
    request = HttpRequest(method="GET", url="/api.cgi?password=very-secret", what="asking")
    async with served(answering(Reply())) as (client, _):
        await client.exchange(request, 5)
    assert "/api.cgi?password=********" in caplog.text
    assert "very-secret" not in caplog.text


def test_a_body_that_may_hold_a_password_is_not_shown() -> None:
    assert "secret" not in repr(HttpRequest(method="POST", url="/", what="x", body=b"password=secret"))


async def test_a_secret_that_a_server_repeats_is_hidden() -> None:
    redactor.register("VerySecret")
    async with served(answering(RawReply(data=b"HTTP/1.1 VerySecret\r\n\r\n"))) as (client, _):
        error = await failure(client)
    assert "verysecret" not in error.message.lower()


def test_every_exception_of_httpx_is_mapped() -> None:
    classes = [kind for _, kind in inspect.getmembers(httpx, inspect.isclass) if issubclass(kind, Exception)]
    for kind in set(classes) - {httpx.CookieConflict}:
        assert any(parent in FAULTS for parent in kind.__mro__), kind


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (httpx.ConnectError("x"), Unreachable),
        (httpx.ConnectTimeout("x"), Unreachable),
        (httpx.PoolTimeout("x"), Unreachable),
        (httpx.ProxyError("x"), Unreachable),
        (httpx.UnsupportedProtocol("x"), Unreachable),
        (httpx.InvalidURL("x"), Unreachable),
        (httpx.ReadTimeout("x"), TimedOut),
        (httpx.WriteTimeout("x"), TimedOut),
        (httpx.ReadError("x"), TimedOut),
        (httpx.WriteError("x"), TimedOut),
        (httpx.CloseError("x"), TimedOut),
        (httpx.RemoteProtocolError("x"), ProtocolFault),
        (httpx.RemoteProtocolError("x: peer closed connection"), ProtocolFault),
        (httpx.RemoteProtocolError("Server disconnected without a word"), TimedOut),
        (httpx.RemoteProtocolError("peer closed connection without more"), TimedOut),
        (httpx.LocalProtocolError("x"), ProtocolFault),
        (httpx.DecodingError("x"), ProtocolFault),
        (httpx.TooManyRedirects("x"), ProtocolFault),
        (httpx.StreamClosed(), ProtocolFault),
    ],
)
async def test_foreign_exceptions_end_at_the_wall(
    raised: Exception, expected: type[DriverError], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", fail)
    async with served(answering(Reply())) as (client, _):
        assert type(await failure(client)) is expected


async def test_an_exception_without_text_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise httpx.ReadError("")

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", fail)
    async with served(answering(Reply())) as (client, _):
        error = await failure(client)
    assert error.message == "asking the hall lost the connection before a whole answer: readerror"


@pytest.mark.parametrize(
    ("status", "headers", "expected", "message"),
    [
        (401, {}, AuthenticationFailed, "the credentials are refused by the server (HTTP 401)"),
        (403, {}, AuthenticationFailed, "the credentials are refused by the server (HTTP 403)"),
        (405, {}, NotSupported, "asking does not take this HTTP method: set method to the other one"),
        (429, {}, RateLimited, "the server asks for fewer requests (HTTP 429)"),
        (500, {}, ServerFault, "asking failed in the server (HTTP 500)"),
        (503, {}, ServerFault, "asking failed in the server (HTTP 503)"),
        (
            302,
            {"location": "https://user:pw@evil.example/KEY"},
            NotSupported,
            "asking is redirected to https://evil.example, which is not followed: "
            "check the connection's address",
        ),
        (
            304,
            {"location": "http://["},
            NotSupported,
            "asking is redirected to another place of the same server, which is not followed: "
            "check the connection's address",
        ),
    ],
)
def test_some_statuses_mean_the_same_in_every_protocol(
    status: int, headers: dict[str, str], expected: type[DriverError], message: str
) -> None:
    with pytest.raises(DriverError) as caught:
        refuse_by_status(HttpReply(status=status, headers=headers), "asking")
    assert (type(caught.value), caught.value.message) == (expected, message)


@pytest.mark.parametrize("status", [200, 204, 299, 400, 404, 499])
def test_the_others_are_the_drivers_to_judge(status: int) -> None:
    refuse_by_status(HttpReply(status=status), "asking")


@pytest.mark.parametrize("status", [429, 500])
def test_the_pause_that_a_server_asks_for_is_passed_on(status: int) -> None:
    with pytest.raises(DriverError) as caught:
        refuse_by_status(HttpReply(status=status, headers={"retry-after": "7"}), "asking")
    assert caught.value.retry_after_s == 7


NOON = "Sat, 14 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "date", "expected"),
    [
        ("120", "", 120.0),
        (" 0 ", "", 0.0),
        ("99999999", "", 86_400.0),
        ("-5", "", None),
        ("1.5", "", None),
        ("soon", "", None),
        ("", "", None),
        ("Sat, 14 Nov 2026 12:00:30 GMT", NOON, 30.0),
        ("Sat, 14 Nov 2026 11:00:00 GMT", NOON, 0.0),
        ("Mon, 16 Nov 2026 12:00:00 GMT", NOON, 86_400.0),
        ("Sat, 14 Nov 2026 12:00:30 -0000", NOON, 30.0),
        ("Sat, 14 Nov 2026 12:00:30 GMT", "", 60.0),
        ("Sat, 99 Nov 2026 12:00:30 GMT", NOON, None),
    ],
)
def test_retry_after_is_read_in_both_forms(asked: str, date: str, expected: float | None) -> None:
    assert retry_after(HttpReply(status=429, headers={"retry-after": asked, "date": date})) == expected


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", "nothing"),
        (b" \n ", "nothing"),
        (b"\xef\xbb\xbf<a>\r\n\t<b/></a>", "<a> <b/></a>"),
        (b"\x1b[31mred\x00\xff", "[31mred \ufffd"),
        (b"x" * 80, "x" * 80),
        (b"x" * 81, "x" * 79 + "…"),
    ],
)
def test_an_excerpt_stands_on_one_line(body: bytes, shown: str) -> None:
    assert excerpt(body) == shown


def test_an_excerpt_hides_secrets_before_it_is_cut() -> None:
    redactor.register("opensesame")
    assert excerpt(b"x" * 75 + b"opensesame") == "x" * 75 + "****…"


async def test_a_connection_whose_tls_never_stands_is_hung_up() -> None:
    is_hung_up = asyncio.Event()

    async def sulk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        is_hung_up.set()

    listener = await asyncio.start_server(sulk, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with HttpClient(f"https://127.0.0.1:{port}", concurrency=1) as client:
        with pytest.raises(Unreachable):
            await client.exchange(ASK, BRIEF_S)
        await is_hung_up.wait()
    listener.close()
    await listener.wait_closed()


async def test_a_secret_in_what_is_no_http_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Redactor()
    own.register("TopSecret")
    monkeypatch.setattr("interlock.redaction.redactor", own)
    async with served(answering(RawReply(data=b"no http TopSecret\r\n\r\n"))) as (client, _):
        with pytest.raises(ProtocolFault) as caught:
            await client.exchange(ASK, 5)
    assert "secret" not in caught.value.message.lower()


class Password:
    """Says a word once it is asked for one, and takes a second refusal for final unless it is to blame."""

    def __init__(self, *, insists: bool = False) -> None:
        self.heard: list[tuple[Sequence[str], bool]] = []
        self._word: str | None = None
        self._insists = insists

    def credentials(self, method: str, target: str) -> str | None:
        return self._word and f"{self._word} for {method} {target}"

    def challenged(self, headers: Sequence[str], *, is_repeated: bool) -> bool:
        self.heard.append((headers, is_repeated))
        self._word = "Swordfish"
        return self._insists or not is_repeated


REFUSAL = Reply(status=401, headers=(("WWW-Authenticate", "Password"), ("WWW-Authenticate", "Basic")))


async def test_a_challenge_is_answered_and_its_answer_kept_for_the_next_request() -> None:
    made: list[Password] = []

    def new_password() -> Password:
        made.append(Password())
        return made[-1]

    async with served(answering(REFUSAL, Reply()), authentication=new_password) as (client, server):
        assert [(await client.exchange(ASK, 5)).status for _ in range(2)] == [200, 200]
    [password] = made
    assert password.heard == [(["Password", "Basic"], False)]
    word = "Swordfish for GET /api?a=%2F&b"
    assert [request.header("authorization") for request in server.requests] == [None, word, word]


async def test_a_second_refusal_is_the_reply() -> None:
    async with served(answering(REFUSAL), authentication=Password) as (client, server):
        assert (await client.exchange(ASK, 5)).status == 401
    assert len(server.requests) == 2


async def test_nothing_is_sent_a_third_time() -> None:
    insistent = partial(Password, insists=True)
    async with served(answering(REFUSAL), authentication=insistent) as (client, server):
        error = await failure(client)
    assert (type(error), error.message) == (
        CannotExecute,
        "asking the hall is not let in: the server's nonces are too old as they come",
    )
    assert len(server.requests) == 2
