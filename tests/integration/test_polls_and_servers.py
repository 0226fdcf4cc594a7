"""A Thinknx server that is away or refuses, and what polls do to it: real HTTP, driver and engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from interlock.clock import WallClock
from interlock.history.journal import MemoryJournal
from interlock.model import Point, Quality
from interlock.runtime.engine import Engine
from interlock.service.loading import load
from interlock_thinknx.simulator import ThinknxSimulator

COUNT = 12
SITE = """
site: {{name: Twelve lamps, timezone: Europe/Rome}}
connections:
  house: {{driver: thinknx-local, host: 127.0.0.1, port: {port}, poll: 500ms, timeout: 5s, stale_after: 60s}}
devices:
{lamps}
watch: [{names}]
rules:
  - id: first
    triggers: [{{change: lamp0.power}}]
    actions: [{{log: the first lamp}}]
"""
POINTS = [Point(f"lamp{number}.power") for number in range(COUNT)]
PATIENCE_S = 60.0

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]


@dataclass
class Work:
    """A server and an engine at work on it."""

    server: ThinknxSimulator
    engine: Engine

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not what():  # noqa: ASYNC110 - a server tells nobody what arrives
                await asyncio.sleep(0.01)

    @property
    def asked(self) -> list[str]:
        """The points that requests were about, oldest first."""
        return [request.target.rpartition("guid=")[2] for request in self.server.requests]

    def are_good(self) -> bool:
        readings = [self.engine.state.reading(point) for point in POINTS]
        return all(reading is not None and reading.quality is Quality.GOOD for reading in readings)

    async def settled(self) -> None:
        await self.until(self.are_good)


def _write(folder: Path, port: int) -> Path:
    names = [point.device for point in POINTS]
    lamps = "\n".join(f"  {name}: {{connection: house, type: light, guid: {name}}}" for name in names)
    path = folder / "site.yaml"
    path.write_text(SITE.format(port=port, lamps=lamps, names=", ".join(names)), encoding="utf-8")
    return path


@asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[Work]:
    """Start a server and an engine; end both when the block ends."""
    site = load(_write(folder, 1)).site
    server = ThinknxSimulator(site.connections["house"].settings, list(site.targets.values()))
    url = await server.start("127.0.0.1", 0)
    loaded, journal, stop = load(_write(folder, urlsplit(url).port or 0)), MemoryJournal(), asyncio.Event()
    await journal.open()
    engine = Engine(loaded.site, loaded.rules, clock=WallClock(), journal=journal, seed=1, is_staggered=True)
    running = asyncio.create_task(engine.run(stop))
    try:
        yield Work(server, engine)
    finally:
        stop.set()
        await running
        await server.stop()


async def test_a_server_that_comes_back_is_asked_for_little_before_it_answers(tmp_path: Path) -> None:
    async with at_work(tmp_path) as work:
        await work.settled()
        link = work.engine.links["house"]
        work.server.add_fault("reset")
        await work.until(lambda: link.is_there is False)
        lost_at = len(work.asked)
        # Between two knocks: what is under way when the server changes counts for neither.
        await work.until(lambda: len(work.asked) >= lost_at + 4 and not link.is_knocked_at)
        work.server.clear_faults()
        work.server.add_fault("latency:1s")
        knocked_at = len(work.asked)
        answered_at: list[int] = []
        tell = link.notice_turn

        def note(connection: str, is_there: bool) -> None:
            answered_at.append(len(work.asked))
            tell(connection, is_there)

        link.notice_turn = note
        await work.until(lambda: link.is_there is True)
        assert knocked_at < answered_at[0] <= knocked_at + link.probes
        work.server.clear_faults()
        returned_at = len(work.asked)
        await work.until(lambda: set(work.asked[returned_at:]) == {point.device for point in POINTS})
        assert work.are_good()


async def test_a_server_that_refuses_is_asked_less_and_nothing_is_unknown_for_it(tmp_path: Path) -> None:
    async with at_work(tmp_path) as work:
        await work.settled()
        link = work.engine.links["house"]
        before = link.allowance.asked
        work.server.add_fault("429:1")
        await work.until(lambda: link.allowance.limit is not None)
        work.server.clear_faults()
        await work.until(lambda: link.allowance.asked < before)
        assert link.allowance.asked <= before / 2
        paces = [(each.urgency.word, each.is_slowed) for each in work.engine.polls]
        assert paces == [("trigger", False), ("watch", True)]
        refused_at = len(work.asked)
        await work.until(lambda: len(work.asked) >= refused_at + 2 * COUNT)
        assert work.are_good()
