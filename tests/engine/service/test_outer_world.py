"""The outer world of a service: messages by its notifiers, and requests to real servers."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock import ProtocolServer, RawReply, Reply, Request
from interlock.clock import WallClock
from interlock.config.site import ConfiguredNotifier
from interlock.runtime.firings.outside import Answered
from interlock.runtime.firings.run import StepFailed
from interlock.service.outer_world import OuterWorld
from support.fake_notifier import Belfry, bells_of, configured_bell

pytestmark = pytest.mark.slow

TIMEOUT = timedelta(seconds=5)


def world(notifiers: Mapping[str, ConfiguredNotifier] | None = None) -> OuterWorld:
    return OuterWorld(lambda: notifiers or {}, clock=WallClock(), dice=random.Random(1))


@asynccontextmanager
async def served(reply: Reply | RawReply) -> AsyncIterator[tuple[str, ProtocolServer]]:
    async def answer(_: Request) -> Reply | RawReply:
        return reply

    server = ProtocolServer(answer)
    url = await server.start("127.0.0.1", 0)
    try:
        yield url, server
    finally:
        await server.stop()


def ignore(note: str) -> None: ...


async def test_a_message_goes_by_the_notifier_that_is_named() -> None:
    mail, phone = Belfry(), Belfry()
    there = world(bells_of(configured_bell(mail, "mail"), configured_bell(phone, "phone")))
    assert await there.notify("phone", "hello", "T", ignore) == "sent"
    assert (mail.sent, phone.sent) == ([], [("hello", "T")])
    await there.close()


async def test_a_notifier_that_an_edit_removed_is_missed() -> None:
    with pytest.raises(StepFailed, match="there is no notifier 'mail'"):
        await world().notify("mail", "hello", "", ignore)


async def test_the_limit_is_kept_over_edits_that_leave_the_notifier_as_it_is() -> None:
    belfry = Belfry()
    bell = configured_bell(belfry, limit="1/1h")
    notifiers = {"mail": bell}
    there = OuterWorld(lambda: dict(notifiers), clock=WallClock(), dice=random.Random(1))
    assert await there.notify("mail", "a", "", ignore) == "sent"
    notifiers["mail"] = ConfiguredNotifier("mail", bell.notifier, bell.settings.model_copy())
    assert await there.notify("mail", "b", "", ignore) == "not sent: more messages than 1/1h"
    notifiers["mail"] = configured_bell(belfry, limit="2/1h")
    assert await there.notify("mail", "c", "", ignore) == "sent"
    await there.close()
    assert [message for message, _ in belfry.sent[:2]] == ["a", "c"]
    assert "1 further message was suppressed" in belfry.sent[2][0]


async def test_a_request_goes_out_as_it_is_and_its_answer_comes_back() -> None:
    async with served(Reply(body="Grüße\n".encode(), status=201)) as (url, server):
        answer = await world().request("PUT", f"{url}/a/b?c=d%20e#f", {"X-Key": "k"}, "ä", TIMEOUT)
    assert answer == Answered(201, "Grüße\n", "Grüße")
    [request] = server.requests
    assert (request.method, request.target, request.body) == ("PUT", "/a/b?c=d%20e", "ä".encode())
    assert request.header("x-key") == "k"


@pytest.mark.parametrize("status", [200, 302, 404, 500])
async def test_every_status_is_an_answer_and_no_redirect_is_followed(status: int) -> None:
    async with served(Reply(status=status, headers=(("Location", "/else"),))) as (url, server):
        answer = await world().request("GET", url, {"Authorization": "Bearer x"}, None, TIMEOUT)
    assert answer.status == status
    assert [request.target for request in server.requests] == ["/"]


async def test_what_is_lost_is_not_sent_again() -> None:
    async with served(RawReply(reset=True)) as (url, server):
        with pytest.raises(StepFailed, match=r"POST to 127\.0\.0\.1:\d+ lost the connection"):
            await world().request("POST", url, {}, None, TIMEOUT)
    assert len(server.requests) == 1


async def test_a_server_that_hangs_costs_the_timeout_and_its_address_is_not_shown() -> None:
    async with served(Reply(delay_s=60)) as (url, _):
        with pytest.raises(StepFailed) as caught:
            await world().request("GET", f"{url}/?token=abc", {}, None, timedelta(seconds=0.2))
    assert "gave no whole answer within 0.2 s" in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "begins with https:// or http://"),
        ("example.org/x", "begins with https:// or http://"),
        ("ftp://example.org/x", "begins with https:// or http://"),
        ("http://", "begins with https:// or http://"),
        ("http://[::1", "the address is none"),
        ("http://x:99999/", "the address is none"),
        ("http://me:pass@example.org/", "stand in 'headers'"),
    ],
)
async def test_what_is_no_address_is_refused(url: str, reason: str) -> None:
    with pytest.raises(StepFailed, match=reason):
        await world().request("GET", url, {}, None, TIMEOUT)


@pytest.mark.parametrize("headers", [{"X": "ä"}, {"ä": "x"}])
async def test_a_header_that_http_cannot_carry_is_refused(headers: Mapping[str, str]) -> None:
    with pytest.raises(StepFailed, match="has letters that HTTP cannot carry"):
        await world().request("GET", "http://127.0.0.1:9/", headers, None, TIMEOUT)


async def test_a_header_cannot_begin_another_one() -> None:
    async with served(Reply()) as (url, server):
        with pytest.raises(StepFailed):
            await world().request("GET", url, {"X": "a\r\nEvil: b"}, None, TIMEOUT)
    assert not server.requests


THERE = world()


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=20))
async def test_no_address_does_more_than_fail(rest: str) -> None:
    for url in (rest, f"http://127.0.0.1:1/{rest}", f"http://127.0.0.1:1?{rest}"):
        with pytest.raises(StepFailed):
            await THERE.request("GET", url, {}, None, TIMEOUT)
