"""Claims while no service runs: shown and released by the journal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.history.queries import JournalReader
from interlock.history.records import Claimed, Entry
from interlock.history.sql_journal import SqlJournal
from interlock.model import Origin, OriginKind, Point
from interlock.rules.claims import Claim
from interlock.service.by_hand.claims_at_rest import lines_at_rest, release_at_rest
from support.journal_entries import HandClock

pytestmark = pytest.mark.slow

CLI = Origin(OriginKind.OPERATOR, "cli")
HAND = Origin(OriginKind.HAND, "hand")
RULE = Origin(OriginKind.RULE, "living-cooled")
AC, LAMP = Point("living_ac.hvacpower"), Point("lamp.power")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def claim(point: Point, owner: Origin, *, priority: int = 8, until: datetime | None = None) -> Claim:
    return Claim(point=point, value=True, priority=priority, owner=owner, since=LONG_AGO, until=until)


async def left(path: Path, *entries: Entry) -> Path:
    journal = SqlJournal(path, HandClock())
    await journal.open()
    journal.record(*entries)
    await journal.close()
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def test_without_a_journal_nobody_claims_anything(path: Path) -> None:
    assert await lines_at_rest(path) == []
    assert await release_at_rest(AC, path) == 0
    assert await lines_at_rest(path) == []  # Nor has it made one, which would be empty and an error.


async def test_claims_stand_by_points_the_strongest_first(path: Path) -> None:
    claims = claim(LAMP, RULE, priority=12), claim(LAMP, CLI), claim(AC, RULE, priority=16)
    await left(path, *map(Claimed, claims))
    lines = await lines_at_rest(path)
    assert [(line.point, line.priority, line.owner, line.status) for line in lines] == [
        ("lamp.power", 8, "operator cli", "no service runs"),
        ("lamp.power", 12, "rule living-cooled", "no service runs"),
        ("living_ac.hvacpower", 16, "rule living-cooled", "no service runs"),
    ]


async def test_a_claim_whose_time_is_over_does_not_stand(path: Path) -> None:
    over = claim(AC, CLI, until=LONG_AGO + timedelta(hours=2))
    await left(path, Claimed(over))
    assert await lines_at_rest(path) == []


async def test_what_hands_and_operators_claim_of_a_point_is_released(path: Path) -> None:
    claims = claim(AC, RULE, priority=12), claim(AC, CLI), claim(AC, HAND), claim(LAMP, CLI)
    await left(path, *map(Claimed, claims))
    assert await release_at_rest(AC, path) == 2
    assert [(line.point, line.owner) for line in await lines_at_rest(path)] == [
        ("lamp.power", "operator cli"),
        ("living_ac.hvacpower", "rule living-cooled"),
    ]
    async with JournalReader(path) as reader:
        ended = [each for each in await reader.claims_on(AC, limit=9) if each.ended_at]
    assert {each.why for each in ended} == {"released by operator cli"}
    assert await release_at_rest(AC, path) == 0
