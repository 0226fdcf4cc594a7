"""Connections side by side: each serves one request at a time, and those that are not needed are closed."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from interlock.http_client.lanes import Lanes

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Doorman:
    """A server that counts who is there, and answers when as many have asked as it waits for."""

    def __init__(self) -> None:
        self.there = 0
        self.came = 0
        self.together = asyncio.Barrier(1)
        self.gone = asyncio.Condition()

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.there += 1
        self.came += 1
        while await reader.readline():
            while await reader.readline() not in {b"\r\n", b""}:
                pass
            await self.together.wait()
            writer.write(ANSWER)
        writer.close()
        await writer.wait_closed()
        async with self.gone:
            self.there -= 1
            self.gone.notify_all()

    async def see_off(self) -> None:
        """Wait until nobody is there any more."""
        async with asyncio.timeout(10), self.gone:
            await self.gone.wait_for(lambda: not self.there)


@asynccontextmanager
async def through(*, kept: int, idle_s: float) -> AsyncIterator[tuple[httpx.AsyncClient, Doorman]]:
    doorman = Doorman()
    server = await asyncio.start_server(doorman.meet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    lanes = Lanes(ssl.create_default_context(), kept=kept, most=9, idle_s=idle_s)
    url = f"http://127.0.0.1:{port}"
    async with server, httpx.AsyncClient(transport=lanes, base_url=url, timeout=None) as client:
        yield client, doorman
        await client.aclose()
        await doorman.see_off()


async def ask_at_once(client: httpx.AsyncClient, doorman: Doorman, count: int) -> None:
    doorman.together = asyncio.Barrier(count)
    replies = await asyncio.gather(*(client.get("/") for _ in range(count)))
    assert [reply.text for reply in replies] == ["ok"] * count


async def test_connections_are_used_again() -> None:
    async with through(kept=3, idle_s=60) as (client, doorman):
        for count in (3, 1, 2, 3):
            await ask_at_once(client, doorman, count)
        assert (doorman.came, doorman.there) == (3, 3)


async def test_a_connection_that_was_not_needed_for_long_is_closed_by_the_next_request() -> None:
    async with through(kept=3, idle_s=0) as (client, doorman):
        await ask_at_once(client, doorman, 2)
        await ask_at_once(client, doorman, 1)
        await doorman.see_off()


@pytest.mark.parametrize("idle_s", [0, 60])
async def test_what_is_under_way_is_never_closed(idle_s: float) -> None:
    async with through(kept=0, idle_s=idle_s) as (client, doorman):
        for _ in range(3):
            await ask_at_once(client, doorman, 4)
        assert doorman.came == 12


async def test_all_are_closed_in_the_end() -> None:
    async with through(kept=3, idle_s=60) as (client, doorman):
        await ask_at_once(client, doorman, 3)
        assert doorman.there == 3
        await client.aclose()
        await doorman.see_off()
