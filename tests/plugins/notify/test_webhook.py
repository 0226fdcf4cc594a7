"""The notifier ``webhook`` and a real HTTP server."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import ValidationError

from interlock import (
    AuthenticationFailed,
    CannotExecute,
    DriverError,
    NotSupported,
    ProtocolServer,
    RateLimited,
    RawReply,
    RejectedValue,
    Reply,
    Request,
    ServerFault,
    TimedOut,
    Unreachable,
    issue_loopback_tls,
)
from interlock_notify.webhook import Webhook, WebhookSettings

pytestmark = pytest.mark.slow


def hook_at(url: str, **settings: object) -> Webhook:
    return Webhook(WebhookSettings.model_validate({"url": url, **settings}))


@asynccontextmanager
async def served(
    reply: Reply | RawReply, path: str = "/alarms?x=1", **settings: object
) -> AsyncIterator[tuple[Webhook, ProtocolServer]]:
    async def answer(_: Request) -> Reply | RawReply:
        return reply

    server = ProtocolServer(answer)
    url = await server.start("127.0.0.1", 0)
    try:
        yield hook_at(url + path, **settings), server
    finally:
        await server.stop()


async def failure(reply: Reply | RawReply, **settings: object) -> DriverError:
    async with served(reply, "/alarms?x=1", **settings) as (hook, _):
        with pytest.raises(DriverError) as caught:
            await hook.send("It is 31 °C", "Server room")
    return caught.value


async def test_title_and_message_are_posted_as_json() -> None:
    async with served(Reply(status=204), headers={"Authorization": "Bearer abc"}) as (hook, server):
        await hook.send("It is 31 °C\nfor long", "Server room")
    [request] = server.requests
    assert (request.method, request.target) == ("POST", "/alarms?x=1")
    assert (request.header("content-type"), request.header("authorization")) == (
        "application/json",
        "Bearer abc",
    )
    assert json.loads(request.body) == {"title": "Server room", "message": "It is 31 °C\nfor long"}
    assert request.header("x-interlock-signature") is None


async def test_an_address_without_a_path_is_the_root() -> None:
    async with served(Reply(), path="") as (hook, server):
        await hook.send("x", "")
    assert server.requests[0].target == "/"


async def test_a_payload_of_ones_own_is_filled_at_any_depth() -> None:
    payload = {"chat": 12, "text": "{title}: {message}", "blocks": [{"text": "{message}"}, True]}
    async with served(Reply(), payload=payload) as (hook, server):
        await hook.send("say {title}", "A")
    assert json.loads(server.requests[0].body) == {
        "chat": 12,
        "text": "A: say {title}",
        "blocks": [{"text": "say {title}"}, True],
    }


async def test_a_secret_signs_the_body() -> None:
    async with served(Reply(), secret="swordfish") as (hook, server):
        await hook.send("Grüße", "")
    [request] = server.requests
    digest = hmac.new(b"swordfish", request.body, hashlib.sha256).hexdigest()
    assert request.header("x-interlock-signature") == f"sha256={digest}"


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        (Reply(status=400, body=b'{"error": "no chat"}'), RejectedValue, '(HTTP 400: {"error": "no chat"})'),
        (Reply(status=405), RejectedValue, "refuses the message (HTTP 405: nothing)"),
        (Reply(status=401), AuthenticationFailed, "the credentials are refused by the server (HTTP 401)"),
        (Reply(status=408), CannotExecute, "asks for the message later (HTTP 408)"),
        (Reply(status=429), RateLimited, "the server asks for fewer requests (HTTP 429)"),
        (Reply(status=502), ServerFault, "failed in the server (HTTP 502)"),
        (
            Reply(status=302, headers=(("Location", "http://else/x"),)),
            NotSupported,
            "redirected to http://else",
        ),
        (RawReply(reset=True), TimedOut, "the message lost the connection"),
    ],
)
async def test_what_is_not_taken_says_why(
    reply: Reply | RawReply, kind: type[DriverError], message: str
) -> None:
    error = await failure(reply)
    assert type(error) is kind
    assert message in error.message


async def test_a_message_is_posted_once() -> None:
    async with served(RawReply(reset=True)) as (hook, server):
        with pytest.raises(TimedOut):
            await hook.send("x", "")
    assert len(server.requests) == 1


async def test_a_service_that_hangs_costs_its_timeout() -> None:
    assert "within 0.2 s" in (await failure(Reply(delay_s=60), timeout="200ms")).message


async def test_nobody_there_is_unreachable_and_the_address_is_not_shown() -> None:
    async with served(Reply()) as (hook, server):
        await server.stop()
        with pytest.raises(Unreachable) as caught:
            await hook.send("x", "")
    assert "/alarms" not in str(caught.value)


async def test_https_needs_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    server = ProtocolServer(lambda _: _taken())
    url = await server.start("127.0.0.1", 0, issue_loopback_tls(tmp_path / "ca.pem"))
    with pytest.raises(Unreachable, match="its certificate is not trusted"):
        await hook_at(url).send("x", "")
    await hook_at(url, ca=tmp_path / "ca.pem").send("x", "")
    await server.stop()
    assert len(server.requests) == 1


async def _taken() -> Reply:
    return Reply()


@pytest.mark.parametrize("url", ["", "ftp://x/y", "hooks.example.org", "https://me:pass@x/"])
def test_an_address_that_cannot_be_posted_to_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        hook_at(url)


def test_what_may_hold_a_credential_is_not_shown() -> None:
    settings = hook_at("https://x/TOKEN", headers={"Authorization": "Bearer WORD"}, secret="SIGN").settings
    for secret in ("TOKEN", "WORD", "SIGN"):
        assert secret not in repr(settings)
