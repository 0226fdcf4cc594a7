"""Which row of a journal cannot be understood."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from interlock.history.database import writing_store
from interlock.history.odd_rows import find_odd_row, mend_odd_rows
from interlock.history.records import Claimed, Firing, Reload, Saved
from interlock.history.sql_journal import SqlJournal
from interlock.model import Origin, OriginKind, Point, Value
from interlock.rules.claims import Claim
from support.journal_entries import START, HandClock, command, decision, reading, receipt
from support.postgres_server import PostgresServer

pytestmark = pytest.mark.slow

VALUES: tuple[Value | None, ...] = (None, 21.5, float("inf"), True, "on", ("a", 1), START)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A journal with a row in most tables."""
    path = tmp_path / "journal.sqlite"
    journal, wanted = SqlJournal(path, HandClock()), command("1-1.1")
    owner = Origin(OriginKind.OPERATOR, "cli")
    claim = Claim(point=Point("lamp.power"), value=True, priority=8, owner=owner, since=START)
    await journal.open()
    journal.record(*(reading(value) for value in VALUES), Firing("1-1", decision()), wanted, receipt(wanted))
    journal.record(Claimed(claim), Reload(START, ("all",)), Saved("evening", {"level": 3}))
    await journal.close()
    return path


@pytest.fixture
def connection(path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_what_a_journal_writes_is_not_odd(connection: Connection) -> None:
    assert find_odd_row(connection) == ""


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("UPDATE readings SET value = '{' WHERE seq = 3", "table readings, seq 3, value"),
        ("UPDATE readings SET quality = 'fine' WHERE seq = 2", "table readings, seq 2, quality"),
        ("UPDATE readings SET observed_at = 'today' WHERE seq = 4", "table readings, seq 4, observed_at"),
        ("UPDATE claims SET owner_kind = 'robot'", "table claims, seq 1, owner_kind"),
        ("UPDATE claims SET until = '2026-01-01'", "table claims, seq 1, until"),
        ("UPDATE commands SET fields = 'no'", "table commands, seq 1, fields"),
        ("UPDATE receipts SET outcome = ''", "table receipts, seq 1, outcome"),
        ("UPDATE firings SET seen = '['", "table firings, seq 1, seen"),
        ("UPDATE reloads SET changes = ''", "table reloads, seq 1, changes"),
        ("UPDATE runs SET seen_at = ''", "table runs, number 1, seen_at"),
    ],
)
def test_a_row_is_found_by_what_its_column_cannot_hold(
    connection: Connection, change: str, where: str
) -> None:
    connection.execute(text(change))
    assert find_odd_row(connection) == where


async def test_a_server_names_its_rows_too(postgres: PostgresServer, tmp_path: Path) -> None:
    place = postgres.new_place(tmp_path)
    journal = SqlJournal(place, HandClock())
    await journal.open()
    journal.record(reading(), reading(21.0))
    await journal.close()
    store = await writing_store(place)
    assert await store.transact(find_odd_row) == ""
    await store.transact(lambda connection: connection.execute(text("UPDATE readings SET quality = 'fine'")))
    assert await store.transact(find_odd_row) == "table readings, seq 1, quality"
    assert await store.transact(mend_odd_rows, START) == [
        f"table readings, seq {seq}, quality: 'fine' cannot be understood; the point is unknown then"
        for seq in (1, 2)
    ]
    assert await store.transact(find_odd_row) == ""
    await store.close()
