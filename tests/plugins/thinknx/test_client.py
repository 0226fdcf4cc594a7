"""HTTP to a server that behaves, and to servers that do not, over real sockets."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias

import httpcore
import pytest

from interlock import (
    CannotExecute,
    DriverError,
    HttpReply,
    NotSupported,
    ProtocolFault,
    ReplyTooLarge,
    TimedOut,
    Unreachable,
)
from interlock.protocol_server import Handler, ProtocolServer, RawReply
from interlock.protocol_server import Reply as Sent
from interlock.protocol_server import Request as Received
from interlock_thinknx.client import LONGEST_REPLY, Credentials, ThinknxClient
from interlock_thinknx.wire import Request

pytestmark = pytest.mark.slow

POWER = Request(
    endpoint="power", parameters="guid=a%2Fb%3D&cmd=1", feedback=True, what="power of device lamp"
)
PASSWORD = "pass:wörd"
Scheme: TypeAlias = Literal["none", "basic", "digest"]
TRIGGER = Request(endpoint="trigger", is_idempotent=False)
BRIEF_S = 0.2
"""A timeout for servers that never answer."""


def answering(*replies: Sent | RawReply) -> Handler:
    left = list(replies)

    async def answer(_: Received) -> Sent | RawReply:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


@asynccontextmanager
async def served(
    handler: Handler,
    *,
    method: str = "GET",
    auth: Scheme = "none",
    username: str = "integrator",
    path: str = "",
) -> AsyncIterator[tuple[ThinknxClient, ProtocolServer]]:
    server = ProtocolServer(handler)
    url = await server.start("127.0.0.1", 0)
    credentials = Credentials(scheme=auth, username=username, password=PASSWORD)
    client = ThinknxClient(url + path, method=method, credentials=credentials, concurrency=4)
    try:
        async with client:
            yield client, server
    finally:
        await server.stop()


async def failure(client: ThinknxClient, timeout_s: float = 5) -> DriverError:
    with pytest.raises(DriverError) as caught:
        await client.exchange(POWER, timeout_s)
    return caught.value


async def test_get_sends_the_request_as_it_is() -> None:
    async with served(answering(Sent(body=b'{"status": 1}', headers=(("Retry-After", "3"),)))) as (
        client,
        server,
    ):
        reply = await client.exchange(POWER, 5)
    (received,) = server.requests
    assert (received.method, received.target, received.body) == (
        "GET",
        "/api/v1/power?guid=a%2Fb%3D&cmd=1&fb",
        b"",
    )
    assert received.header("content-type") is None
    assert received.header("accept") == "application/json"
    assert received.header("accept-encoding") == "identity"
    assert reply == HttpReply(
        status=200,
        body=b'{"status": 1}',
        headers={"content-type": "application/json", "content-length": "13", "retry-after": "3"},
    )


async def test_post_sends_a_form() -> None:
    async with served(answering(Sent(body=b"{}")), method="POST") as (client, server):
        await client.exchange(POWER, 5)
    (received,) = server.requests
    assert (received.method, received.target, received.body, received.header("content-type")) == (
        "POST",
        "/api/v1/power",
        b"guid=a%2Fb%3D&cmd=1&fb",
        "application/x-www-form-urlencoded",
    )


async def test_a_post_without_parameters_is_a_form_too() -> None:
    async with served(answering(Sent(body=b"{}")), method="POST") as (client, server):
        await client.exchange(Request(endpoint="system/serverStatus"), 5)
    (received,) = server.requests
    assert (received.body, received.header("content-type")) == (b"", "application/x-www-form-urlencoded")


async def test_the_base_url_may_have_a_path() -> None:
    async with served(answering(Sent(body=b"{}")), path="/KEY") as (client, server):
        await client.exchange(POWER, 5)
    assert server.requests[0].target == "/KEY/api/v1/power?guid=a%2Fb%3D&cmd=1&fb"


@pytest.mark.parametrize("status", [200, 302, 400, 404, 429, 500])
async def test_any_status_is_a_reply_and_no_redirect_is_followed(status: int) -> None:
    sent = Sent(status=status, body=b"x", headers=(("Location", "/elsewhere"),))
    async with served(answering(sent)) as (client, server):
        assert (await client.exchange(POWER, 5)).status == status
    assert len(server.requests) == 1


async def test_a_kept_connection_that_the_server_closed_costs_a_read_nothing() -> None:
    closing = RawReply(data=b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    async with served(answering(closing)) as (client, server):
        bodies = [(await client.exchange(POWER, 5)).body for _ in range(4)]
    assert bodies == [b"{}"] * 4
    assert len(server.requests) == 4


async def test_what_is_lost_on_a_kept_connection_is_sent_once_more_and_no_oftener() -> None:
    async with served(answering(Sent(body=b"{}"), RawReply(reset=True))) as (client, server):
        await client.exchange(POWER, 5)
        error = await failure(client)
    assert isinstance(error, TimedOut)
    assert len(server.requests) == 3


async def test_an_answer_that_breaks_off_on_a_kept_connection_is_not_asked_for_again() -> None:
    async with served(answering(Sent(body=b"{}"), Sent(body=b"{}", cut_after=1))) as (client, server):
        await client.exchange(POWER, 5)
        await failure(client)
    assert len(server.requests) == 2


async def test_what_must_not_be_repeated_is_sent_once_after_a_kept_connection_too() -> None:
    async with served(answering(Sent(body=b"{}"), RawReply(reset=True))) as (client, server):
        await client.exchange(POWER, 5)
        with pytest.raises(TimedOut):
            await client.exchange(TRIGGER, 5)
    assert len(server.requests) == 2


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
    async with served(answering(Sent(body=b"{}"))) as (client, _):
        for _ in range(3):
            await client.exchange(POWER, 5)
    assert len(opened) == 1


async def test_what_must_not_be_repeated_takes_a_fresh_connection(opened: list[object]) -> None:
    async with served(answering(Sent(body=b"{}"))) as (client, _):
        for request in (POWER, TRIGGER, POWER, TRIGGER):
            await client.exchange(request, 5)
    assert len(opened) == 3


async def test_a_fresh_connection_needs_no_fresh_nonce(opened: list[object]) -> None:
    digest = StrictDigest()
    async with served(digest.answer, auth="digest") as (client, _):
        for request in (POWER, TRIGGER, TRIGGER):
            assert (await client.exchange(request, 5)).status == 200
    assert (digest.challenges, len(opened)) == (1, 3)


async def test_connections_are_kept_for_reads_and_as_many_commands(opened: list[object]) -> None:
    together = asyncio.Barrier(10)

    async def answer(_: Received) -> Sent:
        await together.wait()
        return Sent(body=b"{}")

    async with served(answer) as (client, _):
        for _ in range(2):
            await asyncio.gather(*(client.exchange(POWER, 30) for _ in range(10)))
    assert len(opened) == 10 + 2


@pytest.mark.parametrize(("request_", "most"), [(POWER, 2 * 4 + 3), (TRIGGER, 3)])
async def test_connections_are_not_opened_without_end(
    request_: Request, most: int, opened: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.http_client._WAITING", 3)
    is_answered, are_all_there = asyncio.Event(), asyncio.Barrier(most + 1)

    async def answer(_: Received) -> Sent:
        await are_all_there.wait()
        await is_answered.wait()
        return Sent(body=b"{}")

    async with served(answer) as (client, _), asyncio.TaskGroup() as tasks:
        for _ in range(most):
            tasks.create_task(client.exchange(request_, 30))
        await are_all_there.wait()
        with pytest.raises(Unreachable):
            await client.exchange(request_, BRIEF_S)
        is_answered.set()
    assert len(opened) == most


async def test_requests_that_wait_for_devices_block_no_others() -> None:
    is_answered = asyncio.Event()

    async def hold_feedback(request: Received) -> Sent:
        if "fb" in request.target:
            await is_answered.wait()
        return Sent(body=b"{}")

    async with served(hold_feedback) as (client, server), asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(client.exchange(POWER, 30))
        await client.exchange(Request(endpoint="powerstatus"), 5)
        is_answered.set()
    assert len(server.requests) == 21


async def test_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with served(answering(Sent(body=b"{}"))) as (client, _):
        assert (await client.exchange(POWER, 5)).status == 200


async def test_basic_credentials_go_with_the_first_request() -> None:
    async with served(answering(Sent(body=b"{}")), auth="basic") as (client, server):
        await client.exchange(POWER, 5)
    # base64 of "integrator:pass:wörd" in UTF-8.
    assert [request.header("authorization") for request in server.requests] == [
        "Basic aW50ZWdyYXRvcjpwYXNzOnfDtnJk"
    ]


CHALLENGE = 'Digest realm="thinknx", nonce="{nonce}", qop="auth", algorithm=MD5'


class StrictDigest:
    """Challenges with a new nonce each time, and insists that a nonce's counts arrive in their order."""

    def __init__(self, life: int = 1_000_000) -> None:
        self.challenges = 0
        self._life = life
        self._counts: dict[str, int] = {}

    async def answer(self, request: Received) -> Sent:
        header = request.header("authorization") or ""
        nonce = re.search(r'nonce="(\w+)"', header)
        count = re.search(r"nc=([0-9a-f]{8})", header)
        if nonce and count and self._counts.get(nonce[1]) == int(count[1], 16) - 1 < self._life:
            self._counts[nonce[1]] += 1
            return Sent(body=b"{}")
        self.challenges += 1
        fresh = f"n{self.challenges}"
        self._counts[fresh] = 0
        return Sent(status=401, headers=(("WWW-Authenticate", CHALLENGE.format(nonce=fresh)),))


async def test_digest_is_challenged_once_and_keeps_its_nonce() -> None:
    digest = StrictDigest()
    async with served(digest.answer, auth="digest") as (client, server):
        replies = [await client.exchange(POWER, 5) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert (digest.challenges, len(server.requests)) == (1, 4)
    assert 'uri="/api/v1/power?guid=a%2Fb%3D&cmd=1&fb"' in (server.requests[1].header("authorization") or "")


async def test_digest_requests_side_by_side_never_mix_their_counts() -> None:
    digest = StrictDigest(life=3)
    async with served(digest.answer, auth="digest") as (client, _):
        for _ in range(5):
            replies = await asyncio.gather(*(client.exchange(POWER, 5) for _ in range(8)))
            assert {reply.status for reply in replies} == {200}


async def test_a_post_answers_a_digest_challenge_with_its_form_again() -> None:
    async with served(StrictDigest().answer, auth="digest", method="POST") as (client, server):
        assert (await client.exchange(POWER, 5)).status == 200
    assert [request.body for request in server.requests] == [b"guid=a%2Fb%3D&cmd=1&fb"] * 2


async def test_wrong_digest_credentials_end_after_one_answer() -> None:
    refusal = Sent(status=401, headers=(("WWW-Authenticate", CHALLENGE.format(nonce="n")),))
    async with served(answering(refusal), auth="digest") as (client, server):
        assert (await client.exchange(POWER, 5)).status == 401
    assert len(server.requests) == 2


async def test_a_nonce_that_grew_too_old_is_renewed_once() -> None:
    async with served(StrictDigest(life=1).answer, auth="digest") as (client, server):
        assert [(await client.exchange(POWER, 5)).status for _ in range(2)] == [200, 200]
    assert len(server.requests) == 4


def challenged(fields: str) -> Sent:
    return Sent(status=401, headers=(("WWW-Authenticate", f"Digest {fields}"),))


async def test_a_renewed_nonce_that_is_too_old_again_is_not_the_passwords_fault() -> None:
    replies = [challenged(f'realm="x", nonce="n{number}", STALE="True"') for number in range(2)]
    async with served(answering(*replies, Sent(body=b"{}")), auth="digest") as (client, server):
        error = await failure(client)
        assert len(server.requests) == 2
        assert (await client.exchange(POWER, 5)).status == 200
    assert (type(error), error.message) == (
        CannotExecute,
        "power of device lamp is not let in: the server's nonces are too old as they come",
    )
    assert not error.may_have_acted
    assert 'nonce="n1"' in (server.requests[2].header("authorization") or "")


async def test_a_challenge_that_cannot_be_met_is_not_supported() -> None:
    async with served(answering(challenged('realm="x", nonce="n", qop="auth-int"')), auth="digest") as (
        client,
        server,
    ):
        error = await failure(client)
    assert (type(error), error.message) == (
        NotSupported,
        "the server asks for a kind of Digest authentication that is not supported: qop 'auth-int'",
    )
    assert len(server.requests) == 1


async def test_a_server_that_asks_for_no_digest_is_asked_once() -> None:
    basic = Sent(status=401, headers=(("WWW-Authenticate", 'Basic realm="x"'),))
    async with served(answering(basic), auth="digest") as (client, server):
        assert (await client.exchange(POWER, 5)).status == 401
    assert len(server.requests) == 1


async def test_quotes_and_foreign_letters_travel_byte_by_byte() -> None:
    challenge = r'Digest realm="Thinknx, \"KNX\" Büro", nonce="a\\b"'
    head = f"HTTP/1.1 401 x\r\nContent-Length: 0\r\nWWW-Authenticate: {challenge}\r\n\r\n"
    reply = RawReply(data=head.encode("latin-1"))
    async with served(answering(reply, Sent()), auth="digest", username=r'in"t\ü') as (client, server):
        await client.exchange(POWER, 5)
    header = server.requests[1].header("authorization") or ""
    assert header.startswith(
        r'Digest username="in\"t\\Ã¼", realm="Thinknx, \"KNX\" Büro", nonce="a\\b", uri='
    )


async def test_an_unauthenticated_request_that_was_refused_has_done_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server goes away after its challenge, so that the request proper never leaves."""
    reply = RawReply(
        data=b"HTTP/1.1 401 x\r\nConnection: close\r\nContent-Length: 0\r\n"
        b'WWW-Authenticate: Digest realm="x", nonce="n"\r\n\r\n'
    )
    connect = httpcore.AnyIOBackend.connect_tcp
    attempts: list[object] = []

    async def connect_once(*args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        attempts.append(args)
        if len(attempts) > 1:
            await asyncio.Event().wait()
        return await connect(*args, **kwargs)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_once)
    async with served(answering(reply), auth="digest") as (client, _):
        error = await failure(client, BRIEF_S)
    assert (type(error), len(attempts)) == (Unreachable, 2)


@pytest.mark.parametrize("auth", ["none", "digest"])
async def test_cookies_are_neither_kept_nor_returned(auth: Scheme) -> None:
    headers = (("Set-Cookie", "sid=abc; Path=/"), ("WWW-Authenticate", 'Digest realm="x", nonce="n"'))
    replies = [Sent(status=status, headers=headers) for status in (401, 200, 200)]
    async with served(answering(*replies), auth=auth) as (client, server):
        for _ in range(2):
            await client.exchange(POWER, 5)
    assert [request.header("cookie") for request in server.requests] == [None] * len(server.requests)


def test_credentials_never_show_the_password() -> None:
    assert PASSWORD not in repr(Credentials(scheme="basic", username="me", password=PASSWORD))


async def test_a_refused_connection_is_unreachable() -> None:
    async with served(answering(Sent())) as (client, server):
        await server.stop()
        error = await failure(client)
    assert (type(error), error.message) == (
        Unreachable,
        f"{client.server} cannot be reached: connection refused",
    )


async def test_a_server_that_says_nothing_has_timed_out() -> None:
    async with served(answering(Sent(delay_s=60))) as (client, _):
        error = await failure(client, BRIEF_S)
    assert (type(error), error.message) == (
        TimedOut,
        "power of device lamp gave no whole answer within 0.2 s",
    )


async def test_the_timeout_is_for_the_whole_exchange() -> None:
    async with served(answering(Sent(body=b"{}" * 500, drip_s=0.01))) as (client, _):
        error = await failure(client, 0.2)
    assert type(error) is TimedOut


async def test_no_connection_in_time_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", never)
    async with served(answering(Sent())) as (client, _):
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
        Sent(body=b'{"status": 1}', cut_after=5),
    ],
)
async def test_a_connection_lost_on_the_way_leaves_it_open_what_happened(reply: Sent | RawReply) -> None:
    async with served(answering(reply)) as (client, _):
        error = await failure(client)
    assert type(error) is TimedOut
    assert error.message.startswith("power of device lamp lost the connection before a whole answer: ")


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    ],
)
async def test_what_is_no_http_hints_at_the_port(data: bytes) -> None:
    async with served(answering(RawReply(data=data))) as (client, _):
        error = await failure(client)
    assert type(error) is ProtocolFault
    assert error.message.startswith("power of device lamp breaks HTTP (is it the right port?): ")


async def test_a_reply_of_a_mebibyte_is_read() -> None:
    async with served(answering(Sent(body=b"x" * 1024, repeat=1024))) as (client, _):
        assert len((await client.exchange(POWER, 5)).body) == LONGEST_REPLY == 1024 * 1024


async def test_a_larger_reply_is_not_read_to_its_end() -> None:
    async with served(answering(Sent(body=b"x" * 65536, repeat=100_000))) as (client, _):
        error = await failure(client)
    assert (type(error), error.message) == (
        ReplyTooLarge,
        "power of device lamp answers more than 1048576 bytes",
    )


async def test_a_fault_leaves_the_client_usable() -> None:
    replies = answering(RawReply(reset=True), Sent(delay_s=60), Sent(body=b"{}"))
    async with served(replies) as (client, _):
        await failure(client)
        await failure(client, 2)  # long enough that it surely arrives
        assert (await client.exchange(POWER, 5)).status == 200


async def test_errors_hold_nothing_of_the_url() -> None:
    async with served(answering(RawReply(reset=True)), path="/SECRET-KEY") as (client, _):
        error = await failure(client)
    assert "SECRET-KEY" not in f"{error} {error.exchange}"
    assert error.__context__ is None
    assert error.__cause__ is None


@pytest.mark.parametrize("auth", ["basic", "digest"])
async def test_no_log_line_holds_the_password(auth: Scheme, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with served(StrictDigest().answer, auth=auth) as (client, _):
        await client.exchange(POWER, 5)
    text = caplog.text
    assert "httpcore" in text
    assert "httpx" in text
    for form in (PASSWORD, "pass%3Aw%C3%B6rd", "aW50ZWdyYXRvcjpwYXNzOnfDtnJk", "wörd"):
        assert form not in text


async def test_a_cancelled_request_leaves_the_client_usable() -> None:
    is_asked = asyncio.Event()

    async def hold_feedback(request: Received) -> Sent:
        if "fb" in request.target:
            is_asked.set()
            await asyncio.Event().wait()
        return Sent(body=b"{}")

    async with served(hold_feedback, auth="basic") as (client, _):
        task = asyncio.create_task(client.exchange(POWER, 30))
        await is_asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.exchange(Request(endpoint="powerstatus"), 5)).status == 200
