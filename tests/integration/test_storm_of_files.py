"""Processes that are killed while they make, change or tidy up a file: it is as before, or as it shall be."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, Table, create_engine, insert

from interlock.config.journal_section import JournalSettings
from interlock.history import tables, upkeep
from interlock.history.database import writing_store
from interlock.history.lock import Lock
from interlock.history.schema import current_version, prepare
from interlock.history.sql_journal import SqlJournal
from interlock.history.upkeep import Upkeep
from interlock.service.control import server
from interlock.service.control.answers import Done
from interlock.service.control.client import ask
from interlock.service.control.protocol import Answer, ListLogs, Question
from interlock.service.control.server import ControlServer
from interlock.service.host.unit_file import write_unit
from interlock.service.tokens import Role, TokenFile
from support.journal_entries import START, HandClock, reading
from support.mortal import Death, deaths, steps_of, survives
from support.older_journals import VERSION_1

pytestmark = [pytest.mark.lengthy, pytest.mark.slow]

MEMORY = Path("/dev/shm")
KILLS = 24
FEW = 6
LONGEST_S = 0.1
"""Half of the processes are killed by time, somewhere in what takes about this long."""
SEED = 20261122


def storm(work: Callable[[Path], object], places: Sequence[Path], measured: Path) -> int:
    """Let work at each of these places be killed; return how often that came before its end."""
    steps = steps_of(lambda: work(measured))
    pairs = zip(places, deaths(len(places), steps, LONGEST_S, SEED), strict=True)
    return sum(not survives(lambda place=place: work(place), death) for place, death in pairs)  # type: ignore[misc]


def folders(parent: Path, count: int = KILLS) -> list[Path]:
    """Return a new folder for each kill."""
    made = [parent / str(number) for number in range(count)]
    for folder in made:
        folder.mkdir()
    return made


def rows_of(path: Path, left_out: Sequence[str] = ()) -> Mapping[str, Sequence[tuple[object, ...]]]:
    """Return all that a journal's tables hold, once SQLite finds it whole."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return {
            name: database.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall()
            for (name,) in names.fetchall()
            if name not in left_out
        }


def run(work: Coroutine[object, object, object]) -> None:
    asyncio.run(work)


async def begin_and_end(path: Path) -> None:
    """Be a service on a journal, which nobody kills."""
    journal = SqlJournal(path, HandClock())
    await journal.open()
    await journal.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder in memory, where there is one: what is killed loses nothing that it has handed over."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(prefix="interlock-storm-", dir=MEMORY) as name:
        yield Path(name)


@pytest.fixture(scope="module", autouse=True)
def _warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let this process import what each of its children would import again."""
    run(begin_and_end(tmp_path_factory.mktemp("warm") / "interlock.sqlite"))


JOURNAL = "interlock.sqlite"
READINGS = 4


async def begin(folder: Path) -> None:
    """Make a journal, and note in a file beside it how many readings are safe."""
    journal = SqlJournal(folder / JOURNAL, HandClock())
    await journal.open()
    for number in range(READINGS):
        journal.record(reading(float(number)))
        assert await journal.commit()
        with (folder / "confirmed").open("ab") as confirmed:
            confirmed.write(b"x")
    await journal.close()


def test_a_journal_whose_first_creation_was_killed_can_be_used(folder: Path) -> None:
    measured, *places = folder / "measured", *folders(folder)
    measured.mkdir()
    assert storm(lambda place: run(begin(place)), places, measured) >= KILLS // 4
    for place in places:
        confirmed = place / "confirmed"
        safe = len(confirmed.read_bytes()) if confirmed.exists() else 0
        modes = {path.stat().st_mode & 0o077 for path in place.glob(f"{JOURNAL}*") if path.suffix != ".lock"}
        assert modes <= {0}
        run(begin_and_end(place / JOURNAL))
        found = [row[3] for row in rows_of(place / JOURNAL)["readings"]]
        assert found == [str(float(number)) for number in range(len(found))]
        assert safe <= len(found) <= READINGS
        assert {path.name for path in place.iterdir()} <= {JOURNAL, f"{JOURNAL}.lock", "confirmed"}


AS_THEY_WERE = [
    tables.firings,
    tables.near_misses,
    tables.steps,
    tables.receipts,
    tables.memory,
    tables.connection_events,
]
"""Which are today as they were in version 1."""


def write_old(path: Path) -> Path:
    """Make a journal of version 1 that holds enough for its way to today's to take a while."""
    reading_row = "INSERT INTO readings VALUES (?, 1, 'a.b', 'true', '2026-07-14', 'stale', 'silent')"
    engine = create_engine(f"sqlite:///{path}")
    tables.METADATA.create_all(engine, tables=AS_THEY_WERE)
    engine.dispose()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(VERSION_1)
        database.executemany(reading_row, [(number,) for number in range(3, 3000)])
        database.commit()
    return path


def test_a_journal_whose_migration_was_killed_is_of_the_one_version_or_the_other(folder: Path) -> None:
    places = [write_old(each / JOURNAL) for each in folders(folder)]
    whole = write_old(folder / "whole")
    assert storm(lambda path: run(begin_and_end(path)), places, whole) >= KILLS // 4
    expected = rows_of(whole, ["runs", "sqlite_sequence"])
    for path in places:
        # What was done is done as a whole: a step that is there twice would fail.
        assert rows_of(path)["meta"] in ([(1,)], [(current_version(),)])
        run(begin_and_end(path))
        assert rows_of(path, ["runs", "sqlite_sequence"]) == expected


DAYS = 100
KEEP = JournalSettings(keep=timedelta(days=30), max_size=None, heartbeat=None)
SMALL = JournalSettings(keep=None, max_size=400_000, heartbeat=None)
POINTS = ("hall.actualtemp", "lamp.power")


async def fill(path: Path) -> None:
    """Make a journal of a house in which each day the same happened."""
    store = await writing_store(path)
    days = [(number, START + timedelta(days=number)) for number in range(DAYS)]

    def live(connection: Connection) -> None:
        prepare(connection)
        last = days[-1][1]
        start = {"opened_at": START, "seen_at": last, "started_at": START, "is_service": True}
        connection.execute(insert(tables.runs).values(**start))
        for table, rows in _a_life(days):
            connection.execute(insert(table), [{"run": 1, **row} for row in rows])

    await store.transact(live)
    await store.close()


def _a_life(
    days: Sequence[tuple[int, datetime]],
) -> Iterator[tuple[Table, Sequence[Mapping[str, object]]]]:
    told = {"trigger": "t", "trigger_id": "", "also": (), "condition": "", "seen": (), "reason": ""}
    own = {"fields": {}, "origin_kind": "rule", "origin_name": "r", "priority": 8, "shadow": False}
    got = {"answer": None, "reason": "x" * 5000, "exchange": "", "attempts": 1, "outcome": "accepted"}
    good = {"quality": "good", "reason": ""}
    yield (
        tables.readings,
        [{"point": p, "value": n, "observed_at": at, **good} for n, at in days for p in POINTS],
    )
    yield (
        tables.firings,
        [{"id": f"f{n}", "rule": "r", "at": at, "truth": True, "ended_at": at, **told} for n, at in days],
    )
    yield tables.steps, [{"firing": f"f{n}", "at": at, "text": "set", "note": ""} for n, at in days]
    yield (
        tables.commands,
        [
            {"id": f"c{n}", "point": POINTS[1], "value": n, "firing": f"f{n}", "created_at": at, **own}
            for n, at in days
        ],
    )
    yield tables.receipts, [{"command": f"c{n}", "at": at, **got} for n, at in days]


async def tidy(path: Path, settings: JournalSettings) -> None:
    """Do all that the limits of a journal ask for."""
    clock = HandClock()
    clock.time = START + timedelta(days=DAYS)
    kept, store = Upkeep(path, clock, settings), await writing_store(path)
    kept.begin(clock.now())
    clock.advance(minutes=10)
    while kept.is_due():
        await kept.step(store, 1)
    await store.close()


@pytest.fixture
def _little_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let free pages be given back, also of a small file."""
    monkeypatch.setattr(upkeep, "_SPARE_PAGES", 4)
    monkeypatch.setattr(upkeep, "_PAGES_AT_ONCE", 8)


@pytest.mark.usefixtures("_little_spare")
def test_a_clean_up_that_was_killed_again_and_again_comes_to_the_same(folder: Path) -> None:
    often, once = folder / "often", folder / "once"
    run(fill(often))
    run(fill(once))
    before = rows_of(once)
    assert storm(lambda path: run(tidy(path, KEEP)), [often] * KILLS, once) >= KILLS // 4
    assert_sound(often)
    run(tidy(often, KEEP))
    assert rows_of(often) == rows_of(once) != before


@pytest.mark.usefixtures("_little_spare")
def test_a_journal_that_is_too_large_is_sound_whenever_the_clean_up_was_killed(folder: Path) -> None:
    measured, *places = folder / "measured", *(each / JOURNAL for each in folders(folder, FEW))
    for path in (measured, *places):
        run(fill(path))
    assert storm(lambda path: run(tidy(path, SMALL)), places, measured) >= FEW // 4
    for path in places:
        assert_sound(path)
        run(tidy(path, SMALL))
        assert_sound(path)


def assert_sound(path: Path) -> None:
    """The last of everything is there, and nothing without what it belongs to."""
    rows = rows_of(path)
    last = {row[2]: row[3] for row in rows["readings"]}
    assert last == dict.fromkeys(POINTS, str(DAYS - 1))
    with closing(sqlite3.connect(path)) as database:
        for lost in (
            "SELECT count(*) FROM receipts WHERE command NOT IN (SELECT id FROM commands)",
            "SELECT count(*) FROM commands WHERE id NOT IN (SELECT command FROM receipts)",
            "SELECT count(*) FROM commands WHERE firing NOT IN (SELECT id FROM firings)",
            "SELECT count(*) FROM readings WHERE run NOT IN (SELECT number FROM runs)",
        ):
            assert database.execute(lost).fetchall() == [(0,)], lost


def test_tokens_are_those_of_before_or_with_one_more_and_nothing_lies_about(folder: Path) -> None:
    file, measured = TokenFile(folder / "tokens.json"), folder / "measured.json"
    known = 0

    def create(path: Path) -> None:
        TokenFile(path).create(f"token{known}", Role.READ, START)

    steps = steps_of(lambda: create(measured))
    for death in deaths(KILLS, steps, 0.01, SEED):
        survives(lambda: create(file.path), death)
        names = [token.name for token in file.read()]
        assert names in ([f"token{each}" for each in range(known + more)] for more in (0, 1))
        known = len(names)
        assert not file.path.exists() or file.path.stat().st_mode & 0o777 == 0o600
    create(file.path)
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{path.name}{end}" for path in (file.path, measured) for end in ("", ".lock")}


def test_a_unit_is_the_old_one_or_the_new_one(folder: Path) -> None:
    units = folder / "system"
    units.mkdir()
    unit, texts = units / "interlock-flat.service", ("", "[Unit]\n" * 1000, "[Service]\n" * 1000)
    steps = steps_of(lambda: write_unit(folder / "measured", texts[1]))
    for number, death in enumerate(deaths(KILLS, steps, 0.01, SEED)):
        survives(lambda number=number: write_unit(unit, texts[1 + number % 2]), death)  # type: ignore[misc]
        assert not unit.exists() or unit.read_text(encoding="utf-8") in texts[1:]
        # systemd reads what ends so.
        assert set(units.glob("*.service")) <= {unit}
    write_unit(unit, texts[1])
    assert (unit.read_text(encoding="utf-8"), unit.stat().st_mode & 0o777) == (texts[1], 0o644)
    assert list(units.iterdir()) == [unit]


async def open_doors(journal: Path) -> None:
    """Be a service as far as its lock and its control socket go, and ask it once."""
    lock = Lock(journal)
    lock.acquire()

    async def answer(question: Question) -> Answer:
        return Done()

    server = ControlServer(journal.with_name(journal.name + ".socket"), answer)
    serving = asyncio.create_task(server.serve())
    await server.is_open.wait()
    assert await ask(journal, ListLogs(), Done) == Done()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    lock.release()


def test_what_a_killed_service_leaves_of_its_lock_and_its_socket_is_in_nobodys_way(folder: Path) -> None:
    journal = folder / JOURNAL
    assert storm(lambda path: run(open_doors(path)), [journal] * KILLS, folder / "measured") >= KILLS // 4
    run(open_doors(journal))
    names = {path.name for path in folder.iterdir() if not path.name.startswith("measured")}
    assert names == {f"{JOURNAL}.lock"}


def test_a_socket_that_is_not_in_its_place_yet_is_taken_away_by_the_next_service(folder: Path) -> None:
    def listen(name: str) -> None:
        server._listen(folder / name).close()

    for step in range(1, steps_of(lambda: listen("measured"))):
        survives(lambda: listen("socket"), Death(after_steps=step))
    listen("socket")
    assert {path.name for path in folder.iterdir()} == {"measured", "socket"}
