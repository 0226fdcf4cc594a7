"""Liveness and readiness, refusals in the log, and the journal's readers."""

import asyncio
import logging
from pathlib import Path

import pytest

from interlock.errors import JournalError
from interlock.history.journal import MemoryJournal
from interlock.history.sql_journal import SqlJournal
from interlock.service.api import health, site
from interlock.service.api.archive import Archive
from interlock.service.api.problems import Problem
from interlock.service.api.refusals import Refusals
from interlock.service.tokens import Role
from support.journal_entries import HandClock, command
from support.served_site import ServedSite

pytestmark = pytest.mark.slow


async def test_the_service_lives_as_long_as_its_control_loop_beats(tmp_path: Path) -> None:
    house = ServedSite(tmp_path)
    async with house.client(health.routes) as client:
        house.clock.advance(seconds=20)
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        house.clock.advance(seconds=1)
        dead = await client.get("/healthz")
        assert (dead.status_code, dead.json()["detail"]) == (
            503,
            "the control loop gave no sign of life for 21 s",
        )
        house.onlookers.lags.beat()
        assert (await client.get("/healthz")).status_code == 200


async def test_it_is_ready_once_rules_are_at_work_and_every_connection_is_known(tmp_path: Path) -> None:
    house = ServedSite(tmp_path)
    async with house.client(health.routes) as client:
        starting = await client.get("/readyz")
        assert (starting.status_code, starting.json()["detail"]) == (503, "the service is starting")
        house.engine.has_begun.set()
        unknown = await client.get("/readyz")
        assert (unknown.status_code, unknown.json()["detail"]) == (
            503,
            "nothing is known yet of 1 of 1 connections",
        )
        [link] = house.engine.links.values()
        for is_there in (False, True):
            link.is_there = is_there
            assert (await client.get("/readyz")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("shown", "status", "challenge"),
    [
        ({}, 401, 'Bearer realm="interlock"'),
        ({"Authorization": "Basic YTpi"}, 401, 'Bearer realm="interlock"'),
        ({"Authorization": "Bearer nobody"}, 401, 'Bearer realm="interlock", error="invalid_token"'),
    ],
)
async def test_who_is_not_known_is_told_what_is_needed(
    tmp_path: Path, shown: dict[str, str], status: int, challenge: str
) -> None:
    async with ServedSite(tmp_path).client(site.routes) as client:
        found = await client.get("/v1/site", headers=shown)
    assert (found.status_code, found.headers["www-authenticate"]) == (status, challenge)


async def test_a_token_that_nobody_made_is_in_the_log_once_and_never_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with ServedSite(tmp_path).client(site.routes) as client:
        for _ in range(3):
            await client.get("/v1/site", headers={"Authorization": "Bearer interlock_wrong"})
    told = [each for each in caplog.messages if "token" in each]
    assert told == ["127.0.0.1 showed a token at the HTTP API that nobody made; further ones are counted"]
    assert "interlock_wrong" not in caplog.text


async def test_a_revoked_token_counts_no_more(tmp_path: Path) -> None:
    house = ServedSite(tmp_path)
    bearing = house.headers(Role.OPERATE)
    async with house.client(site.routes) as client:
        assert (await client.post("/v1/nothing", headers=bearing)).status_code == 404
        house.tokens.revoke("operate-0")
        assert (await client.post("/v1/reload", headers=bearing)).status_code == 401


def test_each_client_is_told_of_at_once_and_counted_after_that(caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock()
    refusals = Refusals(clock)
    with caplog.at_level(logging.WARNING):
        for client in ("a", "b", "a", "a"):
            refusals.note(client)
        clock.advance(minutes=10)
        refusals.note("a")
    assert [message.partition(" at the")[0] for message in caplog.messages] == [
        "a showed a token",
        "b showed a token",
        "a showed 3 tokens",
    ]


def test_a_million_clients_are_not_remembered(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals(HandClock())
    for number in range(257):
        refusals.note(str(number))
    caplog.clear()
    refusals.note("1")
    assert caplog.messages == []
    refusals.note("0")
    assert len(caplog.messages) == 1


async def test_who_waits_too_long_for_the_journal_is_told_to_come_back(tmp_path: Path) -> None:
    clock = HandClock()
    journal = SqlJournal(tmp_path / "interlock.sqlite", clock)
    await journal.open()
    archive = Archive(tmp_path / "interlock.sqlite", journal.commit, patience_s=0.5)

    reading, stop = asyncio.Semaphore(0), asyncio.Event()
    patient = Archive(tmp_path / "interlock.sqlite", journal.commit)
    archive._turns = patient._turns
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(_hold(patient, reading, stop))
        for _ in range(4):
            await reading.acquire()
        with pytest.raises(Problem, match=r"^the journal is busy: ask again later$") as found:
            async with archive.open():
                pass
        stop.set()
    assert (found.value.status, found.value.headers) == (503, {"Retry-After": "10"})
    async with archive.open() as reader:
        assert await reader.firing("1-1") is None
    await journal.close()


async def _hold(archive: Archive, begun: asyncio.Semaphore, stop: asyncio.Event) -> None:
    async with archive.open():
        begun.release()
        await stop.wait()


async def test_what_was_recorded_just_now_is_read(tmp_path: Path) -> None:
    journal = SqlJournal(tmp_path / "interlock.sqlite", HandClock())
    await journal.open()
    journal.record(command("1-1"))
    async with Archive(tmp_path / "interlock.sqlite", journal.commit).open() as reader:
        found = await reader.command("1-1")
    assert found is not None
    await journal.close()


async def test_what_a_failing_journal_holds_is_read_all_the_same(tmp_path: Path) -> None:
    journal = SqlJournal(tmp_path / "interlock.sqlite", HandClock())
    await journal.open()
    async with Archive(tmp_path / "interlock.sqlite", _never).open() as reader:
        assert await reader.command("1-1") is None
    await journal.close()


async def _never() -> bool:
    return False


async def test_a_journal_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError):
        async with Archive(tmp_path / "none.sqlite", MemoryJournal().commit).open():
            pass
