"""The API's requests over real HTTP, and who asks them; what every driver shares stands with HttpClient."""

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


async def test_a_failure_shows_what_was_asked_unless_nothing_was_sent() -> None:
    async with served(answering(RawReply(reset=True))) as (client, server):
        lost = await failure(client)
        await server.stop()
        away = await failure(client)
    assert (type(lost), lost.exchange) == (
        TimedOut,
        "GET /api/v1/power?guid=a%2Fb%3D&cmd=1&fb -> no reply",
    )
    assert (type(away), away.exchange) == (Unreachable, "")


async def test_a_trigger_is_never_sent_again() -> None:
    async with served(answering(Sent(body=b"{}"), RawReply(reset=True))) as (client, server):
        await client.exchange(POWER, 5)
        with pytest.raises(TimedOut):
            await client.exchange(TRIGGER, 5)
    assert len(server.requests) == 2


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


async def test_a_fresh_connection_needs_no_fresh_nonce(opened: list[object]) -> None:
    digest = StrictDigest()
    async with served(digest.answer, auth="digest") as (client, _):
        for request in (POWER, TRIGGER, TRIGGER):
            assert (await client.exchange(request, 5)).status == 200
    assert (digest.challenges, len(opened)) == (1, 3)


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


def test_credentials_never_show_the_password() -> None:
    assert PASSWORD not in repr(Credentials(scheme="basic", username="me", password=PASSWORD))


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
