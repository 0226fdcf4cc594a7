"""The tables' version: new files, older ones, newer ones, and those of somebody else."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, create_engine, inspect, select, text, update

from interlock.errors import JournalError
from interlock.history.schema import check, current_version, prepare
from interlock.history.tables import METADATA, commands, meta, readings, runs
from support.older_journals import VERSION_1


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def set_version(connection: Connection, version: int) -> None:
    connection.execute(update(meta).values(version=version))


def version(connection: Connection) -> object:
    return connection.execute(select(meta.c.version)).scalar()


def test_a_new_file_gets_every_table_and_the_version(connection: Connection) -> None:
    prepare(connection)
    assert set(inspect(connection).get_table_names()) >= set(METADATA.tables)
    assert version(connection) == current_version()


def test_preparing_again_changes_nothing(connection: Connection) -> None:
    prepare(connection)
    prepare(connection)
    assert connection.execute(select(meta.c.version)).scalars().all() == [current_version()]


def test_an_older_file_is_upgraded_step_by_step_from_its_version(connection: Connection) -> None:
    prepare(connection)
    done: list[str] = []
    upgrades = [
        lambda _: done.append("1 to 2"),
        lambda _: done.append("2 to 3"),
        lambda _: done.append("3 to 4"),
    ]
    set_version(connection, 2)
    prepare(connection, upgrades)
    assert (done, version(connection)) == (["2 to 3", "3 to 4"], 4)


def test_a_new_file_needs_no_upgrades(connection: Connection) -> None:
    done: list[str] = []
    prepare(connection, [lambda _: done.append("1 to 2")])
    assert (done, version(connection)) == ([], 2)


def test_a_newer_file_is_refused_and_left_alone(connection: Connection) -> None:
    prepare(connection)
    set_version(connection, 99)
    with pytest.raises(
        JournalError,
        match=rf"^it has version 99, and this program knows versions up to {current_version()}: use a newer",
    ):
        prepare(connection)
    assert version(connection) == 99


@pytest.mark.parametrize("statement", ["CREATE TABLE songs (id INTEGER)", "CREATE TABLE meta (version TEXT)"])
def test_a_database_of_another_program_is_refused(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))
    with pytest.raises(JournalError, match=r"^it is a database of another program$"):
        prepare(connection)


def test_a_reader_takes_the_current_version(connection: Connection) -> None:
    prepare(connection)
    check(connection)


def test_a_reader_refuses_a_newer_file(connection: Connection) -> None:
    prepare(connection)
    set_version(connection, current_version() + 1)
    with pytest.raises(JournalError, match="use a newer interlock"):
        check(connection)


def test_a_reader_refuses_an_older_file(connection: Connection) -> None:
    prepare(connection)
    set_version(connection, 0)
    with pytest.raises(
        JournalError, match=rf"^it has version 0: start the service once, which makes it {current_version()}$"
    ):
        check(connection)


def test_a_reader_refuses_an_empty_file(connection: Connection) -> None:
    with pytest.raises(JournalError, match=r"^it is empty: no service has used it yet$"):
        check(connection)


def test_numbers_of_runs_are_never_used_again(connection: Connection) -> None:
    prepare(connection)
    connection.execute(text("INSERT INTO runs (opened_at, seen_at, is_service) VALUES ('', '', 1)"))
    connection.execute(text("DELETE FROM runs"))
    connection.execute(text("INSERT INTO runs (opened_at, seen_at, is_service) VALUES ('', '', 1)"))
    assert connection.execute(select(runs.c.number)).scalars().all() == [2]


def test_commands_of_version_1_have_no_fields(connection: Connection) -> None:
    for statement in filter(str.strip, VERSION_1.split(";")):
        connection.execute(text(statement))
    prepare(connection)
    assert version(connection) == current_version()
    assert connection.execute(select(commands.c.id, commands.c.fields)).all() == [("1-1", {})]


def test_version_1_gets_the_tables_that_a_new_file_has(connection: Connection) -> None:
    for statement in filter(str.strip, VERSION_1.split(";")):
        connection.execute(text(statement))
    prepare(connection)
    columns = {
        name: METADATA.tables[name].columns.keys()
        for name in ("claims", "interlock_turns", "reloads", "recorded")
    }
    found = {name: [each["name"] for each in inspect(connection).get_columns(name)] for name in columns}
    assert found == columns


def test_stale_readings_of_version_1_are_stale_since_the_time_that_they_have(connection: Connection) -> None:
    for statement in filter(str.strip, VERSION_1.split(";")):
        connection.execute(text(statement))
    prepare(connection)
    found = connection.execute(select(readings.c.quality, readings.c.since)).all()
    assert found == [("good", None), ("stale", datetime(2026, 7, 14, 12, 5, tzinfo=UTC))]
