"""A small site served over real HTTP on loopback, with an engine that does not run of itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import APIRouter

from interlock.config.service_section import Listen
from interlock.runtime.engine import Engine
from interlock.service.accounts.condition import ApiDoor, Condition
from interlock.service.api.app import make_app
from interlock.service.api.served import Served
from interlock.service.api.server import ApiServer
from interlock.service.control.protocol import Answer, Done, Question
from interlock.service.desk import Asker
from interlock.service.onlookers.onlookers import Onlookers
from interlock.service.tokens import Doorkeeper, Role, TokenFile
from support.engine_house import NOTHING
from support.fake_driver import FakeEquipment
from support.fake_rules import rules_of
from support.fake_site import fake_site
from support.journal_entries import START, HandClock
from support.measured_journal import MeasuredJournal


class ServedSite:
    """A site whose engine is looked at, while a test tells what happens."""

    def __init__(self, folder: Path, rules: str = "[]", site: Mapping[str, object] = NOTHING) -> None:
        self.clock = HandClock()
        self.journal = MeasuredJournal()
        made = fake_site(FakeEquipment(values={}), **site)  # type: ignore[arg-type]
        self.onlookers = Onlookers(self.journal, self.clock, lambda: self.engine)
        self.engine = Engine(made, rules_of(made, rules), clock=self.clock, journal=self.onlookers.journal)
        self.served = Served(
            engine=self.engine,
            desk=_done,
            clock=self.clock,
            journal=folder / "interlock.sqlite",
            onlookers=self.onlookers,
            condition=Condition(
                place=folder / "interlock.sqlite", journal=lambda: self.journal.health, api=ApiDoor()
            ),
        )
        self.tokens = TokenFile(folder / "tokens.yaml")

    def headers(self, role: Role = Role.READ) -> dict[str, str]:
        """Return the header of a new token."""
        secret = self.tokens.create(f"{role.value}-{len(self.tokens.read())}", role, START)
        return {"Authorization": f"Bearer {secret}"}

    @asynccontextmanager
    async def client(self, *routes: Callable[[Served], APIRouter]) -> AsyncIterator[httpx.AsyncClient]:
        """Serve some routes; give a client that bears no token."""
        app = make_app(Doorkeeper(self.tokens), [each(self.served) for each in routes], self.clock)
        server = ApiServer(app, Listen("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve())
        await server.is_open.wait()
        try:
            async with httpx.AsyncClient(base_url=server.address, trust_env=False, timeout=10) as client:
                yield client
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def _done(question: Question, who: Asker) -> Answer:
    return Done()


class Stream:
    """The blocks of a stream of events, one by one."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def block(self) -> dict[str, str]:
        """Return the fields of the next block; a comment has an empty name. Nothing at the end."""
        found: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                return found
            name, _, text = line.partition(":")
            found[name] = text.removeprefix(" ")
        return found

    async def event(self) -> tuple[str, str, object]:
        """Return the id, the kind and the data of the next event; blocks without data are passed over."""
        while True:
            block = await self.block()
            if "data" in block:
                return block.get("id", ""), block["event"], json.loads(block["data"])
