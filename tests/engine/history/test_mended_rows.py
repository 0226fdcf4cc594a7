"""A service starts with rows that it cannot understand, on the safe side, and says so once."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.errors import JournalError
from interlock.history.records import Claimed, Firing, Past, RuleSwitch, Saved
from interlock.history.sql_journal import SqlJournal
from interlock.model import Origin, OriginKind, Point, Quality
from interlock.rules.claims import Claim
from support.journal_entries import (
    AC_MODE,
    START,
    TEMPERATURE,
    HandClock,
    command,
    decision,
    minute,
    reading,
    receipt,
    unfinished,
)

pytestmark = pytest.mark.slow

OWNER = Origin(OriginKind.OPERATOR, "cli")
CLAIM = Claim(point=AC_MODE, value="off", priority=8, owner=OWNER, since=minute(5), until=minute(60))
NEVER_SEEN = Point("pump.power")


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A journal of what a start reads."""
    path = tmp_path / "journal.sqlite"
    clock, wanted = HandClock(), command("1-1.1")
    journal = SqlJournal(path, clock)
    await journal.open()
    journal.record(reading(20.0), reading(21.0, at=minute(2)), Firing("1-1", decision(at=minute(1))))
    journal.record(wanted, receipt(wanted), Claimed(CLAIM), unfinished("1-1"))
    journal.record(Saved("evening", {"level": 3}), RuleSwitch("frost", minute(3), is_on=True, by="cli"))
    clock.advance(minutes=10)
    await journal.close()
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


async def start(path: Path, *, is_service: bool = True) -> tuple[Past, SqlJournal]:
    """Read what a service reads at its start, ten minutes after the one before ended."""
    clock = HandClock()
    clock.advance(minutes=20)
    journal = SqlJournal(path, clock, is_service=is_service)
    await journal.open()
    try:
        past = await journal.load_past(START)
        await journal.load_known([TEMPERATURE])
        await journal.load_samples({TEMPERATURE: START})
        await journal.load_commands([AC_MODE])
    finally:
        await journal.close()
    return past, journal


def told(caplog: pytest.LogCaptureFixture, path: Path) -> list[str]:
    lines = [f"{record.levelname} {record.getMessage()}" for record in caplog.records]
    return [line.removeprefix(f"ERROR journal {path}: table ") for line in lines]


async def test_what_is_whole_is_left_alone(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    past, _ = await start(path)
    assert past.claims == (CLAIM,)
    assert told(caplog, path) == []


@pytest.mark.parametrize(
    ("statement", "expected", "said"),
    [
        (
            "owner_kind = 'robot'",
            Claim(point=AC_MODE, value="off", priority=8, owner=OWNER, since=minute(5)),
            "owner_kind: 'robot' cannot be understood; it is an operator's, and stands until it is released",
        ),
        (
            "until = 'tomorrow'",
            Claim(point=AC_MODE, value="off", priority=8, owner=OWNER, since=minute(5)),
            "until: 'tomorrow' cannot be understood; it stands until it is released",
        ),
        (
            "since = ''",
            Claim(point=AC_MODE, value="off", priority=8, owner=OWNER, since=START, until=minute(60)),
            "since: '' cannot be understood; it counts from the beginning of its run",
        ),
        (
            "value = '{'",
            Claim(point=AC_MODE, value="cooling", priority=8, owner=OWNER, since=minute(5), until=minute(60)),
            "value: '{' cannot be understood; what was sent or read last is claimed",
        ),
    ],
)
async def test_a_claim_stands(
    path: Path, caplog: pytest.LogCaptureFixture, statement: str, expected: Claim, said: str
) -> None:
    change(path, f"UPDATE claims SET {statement}")
    past, _ = await start(path)
    assert past.claims == (expected,)
    assert told(caplog, path) == [f"claims, seq 1, {said}"]
    caplog.clear()
    assert (await start(path))[0].claims == (expected,)
    assert told(caplog, path) == []


async def test_a_claim_of_what_was_never_sent_is_that_of_what_was_read_last(path: Path) -> None:
    change(path, f"UPDATE claims SET value = '', point = '{TEMPERATURE}'")
    [claim] = (await start(path))[0].claims
    assert claim.value == 21.0


async def test_a_claim_of_nobody_knows_what_ends_the_start(path: Path) -> None:
    change(path, f"UPDATE claims SET value = '', point = '{NEVER_SEEN}'")
    with pytest.raises(JournalError) as found:
        await start(path)
    assert str(found.value) == (
        f"journal {path} cannot be used: it holds what cannot be understood: "
        "Expecting value: line 1 column 1 (char 0) (table claims, seq 1, value); "
        "put a copy back, mend or delete that row, or move the journal away to begin a new one"
    )


async def test_who_commands_by_hand_mends_nothing(path: Path) -> None:
    change(path, "UPDATE claims SET owner_kind = 'robot'")
    for _ in range(2):
        with pytest.raises(JournalError, match=r"\(table claims, seq 1, owner_kind\)"):
            await start(path, is_service=False)


@pytest.mark.parametrize(
    "statement", ["value = 'x'", "quality = 'fine'", "observed_at = 'noon', value = '['"]
)
async def test_a_reading_is_unknown_and_the_one_before_it_is_as_old_as_it_is(
    path: Path, caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    change(path, f"UPDATE readings SET {statement} WHERE seq = 2")
    await start(path)
    assert told(caplog, path)[0].endswith("cannot be understood; the point is unknown then")
    clock = HandClock()
    journal = SqlJournal(path, clock)
    await journal.open()
    [known] = await journal.load_known([TEMPERATURE])
    samples = await journal.load_samples({TEMPERATURE: minute(-1)})
    await journal.close()
    assert (known.value, known.quality) == (20.0, Quality.GOOD)
    assert known.observed_at - START <= timedelta(minutes=2)
    assert [each.value for each in samples[TEMPERATURE]] == [20.0, None]


@pytest.mark.parametrize(
    "statement",
    [
        "commands SET value = '{'",
        "commands SET fields = '{'",
        "commands SET origin_kind = 'robot'",
        "commands SET created_at = 'noon'",
        "firings SET at = 'noon'",
        "readings SET since = 'noon'",
    ],
)
async def test_what_only_tells_of_the_past_does_not_keep_a_service_from_starting(
    path: Path, caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    change(path, f"UPDATE {statement}")
    past, _ = await start(path)
    assert past.claims == (CLAIM,)
    assert set(past.fired) == {"cool-living-room"}
    assert all("cannot be understood; it " in line for line in told(caplog, path))
    assert told(caplog, path)


async def test_a_run_of_which_nobody_knows_how_long_it_was_ended_at_its_beginning(path: Path) -> None:
    change(path, "UPDATE runs SET seen_at = 'noon', started_at = opened_at")
    _, journal = await start(path)
    assert journal.last_seen == START


async def test_a_switched_rule_is_off_and_what_goes_on_does_not(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change(path, "UPDATE kept SET content = '{\"is_on'")
    past, _ = await start(path)
    off = RuleSwitch("frost", minute(20), is_on=False, by="the journal, which could not be read")
    assert (past.switches, past.unfinished, past.saved) == ({"frost": off}, (), {})
    assert sorted(told(caplog, path)) == [
        "kept, firing 1-1: '{\"is_on' cannot be understood; it is left out",
        "kept, saved evening: '{\"is_on' cannot be understood; it is left out",
        "kept, switch frost: '{\"is_on' cannot be understood; the rule is off until somebody switches it on",
    ]
