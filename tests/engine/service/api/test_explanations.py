"""``/v1/explanations``: what is so now, by the service itself, whatever its journal lacks."""

from dataclasses import replace
from pathlib import Path

import pytest

from interlock.history.sql_journal import SqlJournal
from interlock.service.api import firings
from interlock.service.api.archive import Archive
from interlock.service.api.served import Served
from interlock.service.control.protocol import Answer, Question
from interlock.service.desk import Asker
from support.canned_service import FULL, WRITTEN, Canned, account, standing
from support.journal_entries import HandClock
from support.served_site import ServedSite

pytestmark = pytest.mark.slow

POINTS = {"lamp.power": account("lamp.power", True)}
PATH = "/v1/explanations/lamp.power"


def routes(served: Served):  # type: ignore[no-untyped-def]
    return firings.routes(served, Archive(served.journal, served.onlookers.journal.commit))


def house(folder: Path, canned: Canned) -> ServedSite:
    """Return a site whose desk answers what it is told to."""

    async def desk(question: Question, who: Asker) -> Answer:
        return await canned.answer(question)

    made = ServedSite(folder)
    made.served = replace(made.served, desk=desk)
    return made


async def written(folder: Path) -> None:
    journal = SqlJournal(folder / "interlock.sqlite", HandClock())
    await journal.open()
    await journal.close()


async def test_a_point_is_told_as_it_is_now(tmp_path: Path) -> None:
    await written(tmp_path)
    served = house(tmp_path, Canned(POINTS))
    async with served.client(routes) as client:
        told = (await client.get(PATH, headers=served.headers())).json()
    assert (told["now"]["value"], told["gaps"], told["is_loaded"]) == (True, [], True)


async def test_what_a_full_disk_keeps_from_the_journal_is_said(tmp_path: Path) -> None:
    await written(tmp_path)
    served = house(tmp_path, Canned(POINTS, journal=FULL))
    async with served.client(routes) as client:
        told = (await client.get(PATH, headers=served.headers())).json()
    assert [(each["reason"], each["until"]) for each in told["gaps"]] == [("the disk is full", None)]


@pytest.mark.parametrize(("subject", "kind"), [("lamp.power", "point"), ("cool", "rule")])
async def test_without_a_journal_now_is_told_all_the_same(tmp_path: Path, subject: str, kind: str) -> None:
    served = house(tmp_path, Canned(POINTS, {"cool": standing("cool")}, WRITTEN))
    async with served.client(routes) as client:
        answer = await client.get(f"/v1/explanations/{subject}", headers=served.headers())
    told = answer.json()
    assert (answer.status_code, told["kind"]) == (200, kind)
    [gap] = told["gaps"]
    assert (gap["since"], gap["until"]) == (None, None)
    assert "does not exist" in gap["reason"]


@pytest.mark.parametrize("asked", ["lamp.power?at=2026-07-14T12:00:00Z", "1-1"])
async def test_without_a_journal_nothing_is_told_of_the_past(tmp_path: Path, asked: str) -> None:
    served = house(tmp_path, Canned(POINTS))
    async with served.client(routes) as client:
        answer = await client.get(f"/v1/explanations/{asked}", headers=served.headers())
    assert answer.status_code == 503
