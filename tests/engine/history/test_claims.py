"""Claims on points: they stand over restarts until they are let go."""

from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.history.claims import PastClaim
from interlock.history.journal import MemoryJournal
from interlock.history.queries import JournalReader
from interlock.history.records import Claimed, LetGo
from interlock.history.sql_journal import SqlJournal
from interlock.model import Origin, OriginKind, Point, Value
from interlock.rules.claims import Claim
from support.journal_entries import AC_MODE, START, HandClock, minute

pytestmark = [pytest.mark.slow, pytest.mark.each_database]

RULE = Origin(OriginKind.RULE, "living-cooled", "1-7")
CLI = Origin(OriginKind.OPERATOR, "cli")
LAMP = Point("lamp.power")

Open = Callable[[], MemoryJournal | SqlJournal]


def claim(
    value: Value = "cooling",
    *,
    point: Point = AC_MODE,
    owner: Origin = RULE,
    at: int = 0,
    until: int | None = None,
) -> Claim:
    return Claim(
        point=point,
        value=value,
        priority=12,
        owner=owner,
        since=minute(at),
        until=None if until is None else minute(until),
    )


@pytest.fixture(params=["memory", "sqlite"])
def journals(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    memory = MemoryJournal()
    path = tmp_path / "journal.db"
    return lambda: SqlJournal(path, HandClock()) if request.param == "sqlite" else memory


async def standing_after(journals: Open, *transactions: tuple[Claimed | LetGo, ...]) -> tuple[Claim, ...]:
    first = journals()
    await first.open()
    for entries in transactions:
        first.record(*entries)
        await first.commit()
    await first.close()
    second = journals()
    await second.open()
    try:
        return (await second.load_past(START)).claims
    finally:
        await second.close()


async def test_a_claim_stands_over_a_restart(journals: Open) -> None:
    made = claim(until=90)
    assert await standing_after(journals, (Claimed(made),)) == (made,)


@pytest.mark.parametrize("value", [True, 0, 1, 20.5, "off", (255, 0, 10)])
async def test_what_is_claimed_keeps_its_type(journals: Open, value: Value) -> None:
    [found] = await standing_after(journals, (Claimed(claim(value)),))
    assert (found.value, type(found.value)) == (value, type(value))


async def test_what_was_let_go_does_not_stand(journals: Open) -> None:
    gone, left = claim(), claim("auto", owner=CLI)
    over = LetGo(gone, minute(5), "its condition is false")
    assert await standing_after(journals, (Claimed(gone), Claimed(left)), (over,)) == (left,)


async def test_a_claim_takes_the_place_of_its_owners_earlier_one(journals: Open) -> None:
    later = claim("auto", at=3)
    assert await standing_after(journals, (Claimed(claim()), Claimed(later))) == (later,)


async def test_an_owner_claims_each_point_by_itself(journals: Open) -> None:
    mode, lamp = claim(), claim(True, point=LAMP)
    assert await standing_after(journals, (Claimed(mode), Claimed(lamp))) == (mode, lamp)


async def test_a_claim_that_was_let_go_in_the_same_moment_is_over(journals: Open) -> None:
    made = claim()
    assert await standing_after(journals, (Claimed(made), LetGo(made, minute(0), "released"))) == ()


async def test_a_claim_may_be_made_again(journals: Open) -> None:
    made, again = claim(), claim(at=9)
    entries = Claimed(made), LetGo(made, minute(5), "released"), Claimed(again)
    assert await standing_after(journals, entries) == (again,)


async def test_the_journal_tells_how_claims_ended(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = SqlJournal(path, HandClock())
    await journal.open()
    made, other, lamp = claim(), claim("auto", owner=CLI, at=2), claim(True, point=LAMP)
    journal.record(Claimed(made), Claimed(lamp), Claimed(other))
    journal.record(LetGo(made, minute(5), "its condition is false"))
    await journal.close()
    stands = PastClaim(claim=other, ended_at=None, why="")
    over = PastClaim(claim=made, ended_at=minute(5), why="its condition is false")
    async with JournalReader(path) as reader:
        assert await reader.claims_on(AC_MODE, limit=5) == (stands, over)
        assert await reader.claims_on(AC_MODE, limit=1) == (stands,)
        assert [each.claim for each in await reader.standing_claims()] == [other, lamp]
