"""How the soak judges a journal's rows: by what was recorded while it is kept, and what stays of the rest."""

import asyncio
import copy
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from soak.rows import GRACE, Limits, Tally
from sqlalchemy import create_engine

from interlock.history.records import (
    Claimed,
    ConnectionEvent,
    Entry,
    Firing,
    FiringEnd,
    InterlockTurn,
    LetGo,
    Reload,
    Remembered,
    Step,
)
from interlock.history.retention import CleanUp, Cut
from interlock.history.sql_journal import SqlJournal
from interlock.model import Origin, OriginKind, Point, Reading
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory
from support.journal_entries import START, HandClock, command, decision, near_miss, reading, receipt

pytestmark = pytest.mark.slow

DAYS, EVERY = 60, timedelta(hours=6)
NOW = START + timedelta(days=DAYS)
KEEP = timedelta(days=30)
LIMITS = Limits(KEEP, 1_000)
"""So small that the journal is never called full."""
ROOMY = Limits(KEEP, 100_000_000)
COUNTED = {
    "readings",
    "commands",
    "receipts",
    "firings",
    "steps",
    "claims",
    "connection_events",
    "interlock_turns",
    "reloads",
}
WITH_THEIR_COMMANDS = {"receipts", "firings", "steps"}
"""What stays as long as the commands do to which it belongs."""
ADDED_UP = {"near_misses", "near_miss_spells"}


def happenings(number: int, at: datetime) -> Iterable[Entry]:
    """Return one entry of each kind, all of one moment."""
    fired = Firing(f"1-{number}", replace(decision(), at=at))
    wanted = replace(command(f"1-{number}.1", firing=fired.id), created_at=at)
    owner = Origin(OriginKind.OPERATOR, "cli")
    claim = Claim(point=Point("lamp.power"), value=True, priority=8, owner=owner, since=at)
    return (
        reading(20.0 + number % 2, at=at),
        fired,
        Step(fired.id, at, "set"),
        FiringEnd(fired.id, at, "done"),
        wanted,
        replace(receipt(wanted), at=at),
        Claimed(claim),
        LetGo(claim, at, "released"),
        ConnectionEvent(at, "east", "answers again"),
        InterlockTurn("never-both", at, True, ""),
        Reload(at, ()),
        Remembered("cool-living-room", TriggerMemory()),
    )


async def live(path: Path) -> Tally:
    """Fill a journal that nobody tidies up; return what was counted beside it."""
    clock, tally = HandClock(), Tally()
    journal = SqlJournal(path, clock)
    await journal.open()
    tally.begin_run(0, None)
    for number in range(DAYS * 24 // 6):
        clock.time = START + number * EVERY
        # Some near misses end before what is kept begins, each of another kind.
        miss = (
            near_miss(at=clock.time, trigger=f"every {number}m") if number < 40 else near_miss(at=clock.time)
        )
        for entries in (happenings(number, clock.time), (miss,)):
            journal.record(*entries)
            tally.see(entries)
        if number % 100 == 0:
            await journal.commit()
    await journal.close()
    return tally


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tally]:
    path = tmp_path_factory.mktemp("soak") / "journal.sqlite"
    return path, asyncio.run(live(path))


@pytest.fixture
def journal(lived: tuple[Path, Tally], tmp_path: Path) -> tuple[Path, Tally]:
    """A journal of sixty days of which nothing was deleted, and what was counted beside it."""
    path = tmp_path / "journal.sqlite"
    shutil.copy(lived[0], path)
    return path, copy.deepcopy(lived[1])


def tidy_up(path: Path, keep: timedelta) -> None:
    """Delete what is older, as the journal does."""
    engine = create_engine(f"sqlite:///{path}")
    clean_up, goes_on = CleanUp(Cut(before=NOW - keep, now=NOW, run=1)), True
    while goes_on:
        with engine.begin() as connection:
            goes_on = clean_up.step(connection)
    engine.dispose()


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


def tables(complaints: Iterable[str]) -> set[str]:
    return {each.partition(" ")[0] for each in complaints}


@pytest.mark.parametrize("keep", [KEEP, KEEP + GRACE], ids=["at once", "a little late"])
def test_what_retention_leaves_is_all_that_was_recorded(journal: tuple[Path, Tally], keep: timedelta) -> None:
    path, tally = journal
    tidy_up(path, keep)
    assert tally.judge(path, NOW, ROOMY) == []


def test_a_journal_that_nobody_tidies_up_is_complained_of(journal: tuple[Path, Tally]) -> None:
    path, tally = journal
    assert tables(tally.judge(path, NOW, ROOMY)) == COUNTED - WITH_THEIR_COMMANDS | ADDED_UP


def test_what_is_kept_for_too_long_is_complained_of(journal: tuple[Path, Tally]) -> None:
    path, tally = journal
    tidy_up(path, KEEP + GRACE + timedelta(days=2))
    found = tables(tally.judge(path, NOW, ROOMY))
    assert found == COUNTED - WITH_THEIR_COMMANDS


def test_what_goes_too_early_is_complained_of(journal: tuple[Path, Tally]) -> None:
    path, tally = journal
    tidy_up(path, KEEP - timedelta(days=1))
    assert tables(tally.judge(path, NOW, ROOMY)) == COUNTED


def test_a_full_journal_may_let_go_early(journal: tuple[Path, Tally]) -> None:
    path, tally = journal
    tidy_up(path, KEEP - timedelta(days=1))
    assert tally.judge(path, NOW, LIMITS) == []


def test_what_is_not_written_yet_may_be_missing(journal: tuple[Path, Tally]) -> None:
    path, tally = journal
    tidy_up(path, KEEP)
    tally.see(happenings(998, NOW))
    assert tables(tally.judge(path, NOW, ROOMY)) == COUNTED
    assert tally.judge(path, NOW, ROOMY, is_written=False) == []


def test_an_earlier_run_may_have_lost_what_it_recorded_last(journal: tuple[Path, Tally]) -> None:
    path, tally = journal
    tidy_up(path, KEEP)
    tally.see(happenings(998, NOW))
    tally.begin_run(0, NOW)
    assert tally.judge(path, NOW, ROOMY) == []


@pytest.mark.parametrize("table", sorted(COUNTED))
def test_a_row_that_nobody_recorded_is_complained_of(journal: tuple[Path, Tally], table: str) -> None:
    path, tally = journal
    tidy_up(path, KEEP)
    with closing(sqlite3.connect(path)) as database:
        columns = [name for _, name, *_ in database.execute(f"PRAGMA table_info({table})") if name != "seq"]
    names, last = ", ".join(columns), f"(SELECT max(seq) FROM {table})"
    execute(path, f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE seq = {last}")
    assert tables(tally.judge(path, NOW, ROOMY)) == {table}


def test_what_a_trigger_remembers_that_never_said_so_is_complained_of(journal: tuple[Path, Tally]) -> None:
    path, tally = journal
    tidy_up(path, KEEP)
    execute(path, "INSERT INTO memory (key, content) VALUES ('other', '{}')")
    assert tally.judge(path, NOW, ROOMY) == ["memory has 2 rows, and may have 1"]


def test_a_near_miss_of_which_nobody_spoke_is_complained_of(journal: tuple[Path, Tally]) -> None:
    path, tally = journal
    columns = "rule, trigger, verdict, first_at, last_at, count, reason"
    execute(path, f"INSERT INTO near_misses ({columns}) VALUES ('other', '', '', 'z', 'z', 1, '')")
    assert "near_misses has 41 rows, and may have 40" in tally.judge(path, NOW, ROOMY)


@pytest.mark.parametrize("table", ["receipts", "steps"])
def test_what_is_left_without_what_it_belongs_to_is_complained_of(
    journal: tuple[Path, Tally], table: str
) -> None:
    path, tally = journal
    tidy_up(path, KEEP)
    old = (START + timedelta(days=1)).isoformat(timespec="microseconds")
    of = "command" if table == "receipts" else "firing"
    execute(
        path, f"UPDATE {table} SET at = '{old}', {of} = 'gone' WHERE seq = (SELECT max(seq) FROM {table})"
    )
    assert f"{table} has 1 rows from before" in " ".join(tally.judge(path, NOW, LIMITS))


def test_receipts_that_a_journal_gives_at_a_start_are_counted_with_the_run_before(
    journal: tuple[Path, Tally],
) -> None:
    path, tally = journal
    tidy_up(path, KEEP)
    at = NOW.isoformat(timespec="microseconds")
    names = "run, outcome, answer, reason, exchange, attempts"
    execute(
        path,
        f"INSERT INTO receipts ({names}, at, command) SELECT {names}, '{at}', command FROM receipts"
        " WHERE seq = (SELECT max(seq) FROM receipts)",
    )
    tally.begin_run(1, NOW)
    assert tally.judge(path, NOW, ROOMY) == []


def beats(*hours: float) -> Iterable[Reading]:
    return [reading(21.0, at=NOW + timedelta(hours=each)) for each in hours]


@pytest.mark.parametrize(
    ("given", "counted"), [((0, 1, 5), 1), ((0, 6), 2), ((0, 6, 7, 12), 3)], ids=["none", "one", "two"]
)
def test_a_reading_that_says_the_same_is_stored_with_a_heartbeat(
    given: tuple[float, ...], counted: int, tmp_path: Path
) -> None:
    tally = Tally()
    for each in beats(*given):
        tally.see([each])
        tally.repeat([each], timedelta(hours=6))
    path = tmp_path / "journal.sqlite"

    async def store() -> None:
        clock = HandClock()
        journal = SqlJournal(path, clock)
        await journal.open()
        for each in beats(*given):
            journal.record(each)
            journal.repeat([each], timedelta(hours=6))
        await journal.close()

    asyncio.run(store())
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM readings").fetchone() == (counted,)
    assert tally.judge(path, NOW + timedelta(days=1), ROOMY) == []
