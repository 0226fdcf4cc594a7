"""What goes wrong on the way is told in the words of drivers, and nothing of it holds a secret."""

from __future__ import annotations

import asyncio
import inspect
import logging

import httpx
import pytest

from interlock.errors import DriverError, ProtocolFault, TimedOut, Unreachable
from interlock.http_client import FAULTS, HttpRequest
from interlock.protocol_server import RawReply, Reply
from interlock.redaction import Redactor, redactor
from support.http_service import ASK, BRIEF_S, answering, failure, served

pytestmark = pytest.mark.slow


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


async def test_a_secret_in_what_is_no_http_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Redactor()
    own.register("TopSecret")
    monkeypatch.setattr("interlock.redaction.redactor", own)
    async with served(answering(RawReply(data=b"no http TopSecret\r\n\r\n"))) as (client, _):
        with pytest.raises(ProtocolFault) as caught:
            await client.exchange(ASK, 5)
    assert "secret" not in caught.value.message.lower()


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
