"""A challenge is answered once, and nothing is sent a third time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

import httpcore
import pytest

from interlock.errors import CannotExecute, Unreachable
from interlock.protocol_server import RawReply, Reply
from support.http_service import ASK, BRIEF_S, answering, failure, served

pytestmark = pytest.mark.slow


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


async def test_what_was_refused_before_it_was_let_in_has_done_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server goes away after its challenge, so that the request proper never leaves."""
    leaving = RawReply(
        data=b"HTTP/1.1 401 x\r\nConnection: close\r\nContent-Length: 0\r\nWWW-Authenticate: Password\r\n\r\n"
    )
    connect = httpcore.AnyIOBackend.connect_tcp
    attempts: list[object] = []

    async def connect_once(*args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        attempts.append(args)
        if len(attempts) > 1:
            await asyncio.Event().wait()
        return await connect(*args, **kwargs)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_once)
    async with served(answering(leaving), authentication=Password) as (client, _):
        error = await failure(client, BRIEF_S)
    assert (type(error), len(attempts)) == (Unreachable, 2)


async def test_cookies_are_not_kept_from_a_challenge_either() -> None:
    cookie = ("Set-Cookie", "sid=abc; Path=/")
    replies = [Reply(status=401, headers=(cookie, *REFUSAL.headers)), *[Reply(headers=(cookie,))] * 2]
    async with served(answering(*replies), authentication=Password) as (client, server):
        for _ in range(2):
            await client.exchange(ASK, 5)
    assert [request.header("cookie") for request in server.requests] == [None] * 3
