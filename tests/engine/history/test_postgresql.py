"""A journal on a PostgreSQL server: what goes wrong with servers, and that control never waits for one."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from interlock.config.journal_place import Database
from interlock.errors import JournalError, NoJournalYet
from interlock.history import postgresql, sql_journal
from interlock.history.database import describe, reading_store
from interlock.history.lock import TAKEN
from interlock.history.postgresql import ServiceLock
from interlock.history.queries import JournalReader
from interlock.history.recording import Recording
from interlock.history.records import Claimed, Past, Remembered, RuleSwitch, ServiceStart, Step
from interlock.history.schema import current_version
from interlock.history.sql_journal import SqlJournal
from interlock.model import Origin, OriginKind
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory
from support.journal_entries import START, TEMPERATURE, HandClock, reading
from support.postgres_server import PASSWORD, PostgresServer, running_server

pytestmark = pytest.mark.slow


@pytest.fixture
def place(postgres: PostgresServer, tmp_path: Path) -> Database:
    return postgres.new_place(tmp_path)


@pytest.fixture(scope="module")
def shared_weak_server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def weak_server(shared_weak_server: PostgresServer) -> Iterator[PostgresServer]:
    """A server that a test may stop; it runs before and after."""
    yield shared_weak_server
    shared_weak_server.kill()
    shared_weak_server.start()


@pytest.fixture
def weak_place(weak_server: PostgresServer, tmp_path: Path) -> Database:
    return weak_server.new_place(tmp_path)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_journal, "_RETRY_S", 0.01)


@asynccontextmanager
async def opened(place: Database, clock: HandClock, *, is_service: bool = True) -> AsyncIterator[SqlJournal]:
    journal = SqlJournal(place, clock, is_service=is_service)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


async def temperatures(place: Database) -> list[object]:
    async with JournalReader(place) as reader:
        return [found.value for found in reversed(await reader.last_readings(TEMPERATURE, limit=100))]


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.005)


def texts(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "interlock.journal"]


def elsewhere(place: Database, folder: Path) -> Database:
    """The same database, as a service of another folder or on another machine has it."""
    folder.mkdir()
    return replace(place, beside=folder / "interlock.sqlite")


@pytest.mark.usefixtures("impatient")
async def test_a_killed_server_costs_nothing_but_the_time(
    weak_place: Database,
    weak_server: PostgresServer,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened(weak_place, clock) as journal:
        journal.record(reading(20.0))
        assert await journal.commit() is True
        weak_server.kill()
        for value in (21.0, 22.0):
            journal.record(reading(value))
            assert await journal.commit() is False
        await asyncio.to_thread(weak_server.start)
        await eventually(journal.commit)
        journal.record(reading(23.0))
        assert await journal.commit() is True
        assert journal.run_number == 1
    assert await temperatures(weak_place) == [20.0, 21.0, 22.0, 23.0]
    [lost, regained] = texts(caplog)
    # By how far the killing has come, the server's own words arrive or none at all.
    assert lost in {
        f"journal {weak_place} cannot be written: {why}; control goes on"
        for why in ("the connection to the server is lost", "the server is not ready, or was stopped")
    }
    assert regained == f"journal {weak_place} is written again; nothing was lost"


async def test_a_server_that_hangs_holds_a_command_up_once_and_is_given_up(
    weak_place: Database,
    weak_server: PostgresServer,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sql_journal, "_RETRY_S", 0.01)
    async with opened(weak_place, clock) as journal:
        monkeypatch.setattr(sql_journal, "_PATIENCE_S", 0.05)
        monkeypatch.setattr(postgresql, "_LIMIT_S", 0.2)
        weak_server.hold_up()
        journal.record(reading(20.0))
        assert await journal.commit() is False
        monkeypatch.setattr(sql_journal, "_PATIENCE_S", 3600.0)
        assert await journal.commit() is False
        monkeypatch.setattr(postgresql, "_LIMIT_S", 30.0)
        weak_server.let_go_on()
        await eventually(journal.commit)
    assert await temperatures(weak_place) == [20.0]
    assert texts(caplog)[0] == (
        f"journal {weak_place} cannot be written: the server does not answer; control goes on"
    )


async def test_a_journal_whose_server_hangs_can_be_closed(
    weak_place: Database,
    weak_server: PostgresServer,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(postgresql._USUAL, "connect_timeout", "2")  # type: ignore[arg-type]
    journal = SqlJournal(weak_place, clock)
    await journal.open()
    monkeypatch.setattr(postgresql, "_LIMIT_S", 0.1)
    weak_server.hold_up()
    journal.record(reading(20.0))
    await journal.close()
    weak_server.let_go_on()
    assert texts(caplog)[-1] == f"journal {weak_place}: the last 1 entry is lost"


async def test_a_question_to_a_server_that_hangs_is_broken_off(
    weak_place: Database, weak_server: PostgresServer, clock: HandClock
) -> None:
    async with opened(weak_place, clock), JournalReader(weak_place) as reader:
        weak_server.hold_up()
        reader._limit_s = 0.1
        with pytest.raises(JournalError) as caught:
            await reader.firings_of("cool", limit=1)
        weak_server.let_go_on()
    assert str(caught.value) == f"journal {weak_place} cannot be read: it did not answer within 0.1 s"


async def test_control_begins_where_the_server_is_away_and_history_when_it_is_back(
    weak_place: Database,
    weak_server: PostgresServer,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sql_journal, "_RETRY_S", 0.01)
    monkeypatch.setattr(sql_journal, "_LATE_S", 0.05)
    weak_server.kill()
    async with opened(weak_place, clock) as journal:
        assert journal.run_number == int(START.timestamp())
        journal.record(reading(20.0))
        assert await journal.commit() is False
        await asyncio.to_thread(weak_server.start)
        await eventually(journal.commit)
    assert await temperatures(weak_place) == [20.0]
    waits, begins, again = texts(caplog)
    refused = "it cannot be connected to: connection refused"
    assert waits == f"journal {weak_place}: {refused}; rules wait for it, 0.05 s at most"
    assert begins == (
        f"journal {weak_place} cannot be written: {refused}; "
        "this run begins without what it holds; control goes on"
    )
    assert again == f"journal {weak_place} is written again; nothing was lost"


async def test_what_a_late_journal_holds_can_be_read_once_it_has_come(
    weak_place: Database,
    weak_server: PostgresServer,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sql_journal, "_RETRY_S", 0.01)
    monkeypatch.setattr(sql_journal, "_LATE_S", 0.05)
    owner = Origin(OriginKind.OPERATOR, "cli")
    claim = Claim(point=TEMPERATURE, value=20.0, priority=8, owner=owner, since=START)
    switch = RuleSwitch("cool", START, False, "hand")
    async with opened(weak_place, clock) as journal:
        journal.record(ServiceStart(at=START, version="1", is_dry_run=False))
        journal.record(Claimed(claim), Remembered("a/0", TriggerMemory(truth=True)), reading(20.0), switch)
    weak_server.kill()
    async with opened(weak_place, clock) as journal:
        assert (await journal.load_memory(), await journal.load_past(START)) == ({}, Past())
        assert (await journal.load_known([TEMPERATURE]), journal.last_seen) == ((), None)
        assert await journal.load_samples({TEMPERATURE: START}) == {TEMPERATURE: ()}
        assert journal.is_late
        await asyncio.to_thread(weak_server.start)
        await journal.past()
        assert not journal.is_late
        assert await journal.load_memory() == {"a/0": TriggerMemory(truth=True)}
        found = await journal.load_past(START)
        assert (found.claims, found.switches) == ((claim,), {"cool": switch})
        assert [each.value for each in await journal.load_known([TEMPERATURE])] == [20.0]
        assert journal.last_seen == START


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_comes_while_a_service_waits_for_it_is_as_if_it_had_been_there(
    weak_place: Database,
    weak_server: PostgresServer,
    clock: HandClock,
) -> None:
    async with opened(weak_place, clock) as journal:
        journal.record(reading(20.0))
    weak_server.kill()
    journal = SqlJournal(weak_place, clock)
    opening = asyncio.create_task(journal.open())
    await asyncio.to_thread(weak_server.start)
    await opening
    assert 1 < journal.run_number < START.timestamp()
    assert [each.value for each in await journal.load_known([TEMPERATURE])] == [20.0]
    await journal.close()


async def test_whoever_commands_by_hand_does_not_wait_for_a_server(
    weak_place: Database, weak_server: PostgresServer, clock: HandClock
) -> None:
    weak_server.kill()
    with pytest.raises(JournalError) as caught:
        await SqlJournal(weak_place, clock, is_service=False).open()
    assert str(caught.value) == (
        f"journal {weak_place} cannot be used: it cannot be connected to: connection refused"
    )


@pytest.mark.usefixtures("impatient")
async def test_a_disk_that_is_full_on_the_server_is_told_and_nothing_is_lost(
    place: Database,
    postgres: PostgresServer,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    schema = postgres.schema_of(place)
    async with opened(place, clock) as journal:
        postgres.run(
            f"CREATE FUNCTION {schema}.no_room() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE 'no space left on device' USING ERRCODE = '53100'; END $$"
        )
        postgres.run(
            f"CREATE TRIGGER no_room BEFORE INSERT ON {schema}.readings EXECUTE FUNCTION {schema}.no_room()"
        )
        journal.record(reading(20.0))
        assert await journal.commit() is False
        postgres.run(f"DROP TRIGGER no_room ON {schema}.readings")
        await eventually(journal.commit)
    assert await temperatures(place) == [20.0]
    assert texts(caplog)[0] == (
        f"journal {place} cannot be written: the server's disk is full; control goes on"
    )


@pytest.mark.usefixtures("impatient")
async def test_tables_that_were_dropped_are_made_again_and_the_run_begins_anew(
    place: Database,
    postgres: PostgresServer,
    clock: HandClock,
) -> None:
    schema = postgres.schema_of(place)
    async with opened(place, clock) as journal:
        journal.record(reading(20.0))
        await journal.commit()
        postgres.run(f"DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}")
        journal.record(reading(21.0))
        assert await journal.commit() is False
        await eventually(journal.commit)
    assert await temperatures(place) == [21.0]


@pytest.mark.usefixtures("impatient")
async def test_a_version_that_became_newer_is_left_alone_until_it_is_as_it_was(
    place: Database,
    postgres: PostgresServer,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    schema = postgres.schema_of(place)
    async with opened(place, clock) as journal:
        postgres.run(f"ALTER TABLE {schema}.readings RENAME TO newer; UPDATE {schema}.meta SET version = 99")
        journal.record(reading(20.0))
        assert await journal.commit() is False
        postgres.run(
            f"ALTER TABLE {schema}.newer RENAME TO readings; "
            f"UPDATE {schema}.meta SET version = {current_version()}"
        )
        await eventually(journal.commit)
    assert await temperatures(place) == [20.0]
    assert texts(caplog)[0] == (
        f"journal {place} cannot be written: its tables are not those of a journal; control goes on"
    )


async def test_a_second_service_is_refused_wherever_it_runs(
    place: Database, clock: HandClock, tmp_path: Path
) -> None:
    other = elsewhere(place, tmp_path / "other")
    async with opened(place, clock) as journal:
        for second in (place, other):
            with pytest.raises(JournalError) as caught:
                await SqlJournal(second, clock).open()
            assert str(caught.value) == f"journal {place} cannot be used: another running service uses it"
        assert await journal.commit() is True
    async with opened(other, clock) as journal:
        assert journal.run_number == 2


async def test_sites_share_a_database_in_schemas_of_their_own(
    postgres: PostgresServer, place: Database, clock: HandClock, tmp_path: Path
) -> None:
    other = elsewhere(postgres.new_place(tmp_path), tmp_path / "other")
    async with opened(place, clock) as one, opened(other, clock) as two:
        one.record(reading(20.0))
        two.record(reading(25.0))
        assert (await one.commit(), await two.commit()) == (True, True)
    assert (await temperatures(place), await temperatures(other)) == ([20.0], [25.0])


async def test_a_service_takes_the_lock_back_that_its_own_lost_connection_still_has(
    place: Database, tmp_path: Path
) -> None:
    file = tmp_path / "lock"
    file.touch()
    lost, own = ServiceLock(place, file), ServiceLock(place, file)
    await lost.hold()
    await own.hold()
    lost.suspect()
    with pytest.raises(DBAPIError):
        await lost.hold()
    await own.release()


async def test_a_service_that_lost_its_place_to_another_says_so_and_writes_no_more(
    place: Database,
    postgres: PostgresServer,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql, "_LOCK_CHECK_S", 0.0)
    monkeypatch.setattr(sql_journal, "_RETRY_S", 0.01)
    second = SqlJournal(elsewhere(place, place.beside.parent / "other"), clock)
    async with opened(place, clock) as first:
        # As a network does that is gone for longer than the server waits.
        postgres.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name LIKE 'interlock service %'"
        )
        await eventually(lambda: _can_open(second))
        first.record(reading(20.0))
        assert await first.commit() is False
        await eventually(lambda: _is_told(caplog, f"journal {place} cannot be written: {TAKEN}"))
        assert await temperatures(place) == []
        await second.close()
        await eventually(first.commit)
    assert await temperatures(place) == [20.0]


async def _is_told(caplog: pytest.LogCaptureFixture, text: str) -> bool:
    return f"{text}; control goes on" in texts(caplog)


async def _can_open(journal: SqlJournal) -> bool:
    try:
        await journal.open()
    except JournalError:
        return False
    return True


async def test_a_wrong_password_is_told_and_not_shown(
    postgres: PostgresServer, clock: HandClock, tmp_path: Path
) -> None:
    place = postgres.place(tmp_path, password="wrong-password-of-mine")
    with pytest.raises(JournalError) as caught:
        await SqlJournal(place, clock, is_service=False).open()
    assert str(caught.value) == (
        f"journal postgresql://interlock@127.0.0.1:{postgres.port}/postgres cannot be used: "
        "the server refuses the user or its password"
    )
    assert "wrong-password" not in repr(place)
    assert PASSWORD not in str(place)


async def test_a_database_that_the_server_does_not_have_is_told(
    postgres: PostgresServer, clock: HandClock, tmp_path: Path
) -> None:
    place = replace(postgres.place(tmp_path), url=type(postgres.place(tmp_path).url)(postgres.url("nowhere")))
    with pytest.raises(JournalError, match=r"cannot be used: the server has no such database$"):
        await SqlJournal(place, clock, is_service=False).open()


async def test_a_schema_that_the_database_does_not_have_is_told(
    postgres: PostgresServer, clock: HandClock, tmp_path: Path
) -> None:
    place = postgres.place(tmp_path, "?options=-csearch_path%3Dnowhere")
    with pytest.raises(JournalError, match=r"cannot be used: its schema does not exist$"):
        await SqlJournal(place, clock).open()


async def test_an_option_that_postgresql_does_not_know_is_told(
    postgres: PostgresServer, clock: HandClock, tmp_path: Path
) -> None:
    with pytest.raises(JournalError) as caught:
        await SqlJournal(postgres.place(tmp_path, "?sslmod=require"), clock).open()
    assert str(caught.value).endswith(
        "cannot be used: its URL is not what PostgreSQL takes: invalid URI query parameter: 'sslmod'"
    )


async def test_tables_of_another_program_are_left_alone(
    place: Database, postgres: PostgresServer, clock: HandClock
) -> None:
    postgres.run(f"CREATE TABLE {postgres.schema_of(place)}.songs (id integer)")
    with pytest.raises(JournalError, match=r"cannot be used: it is a database of another program$"):
        await SqlJournal(place, clock).open()


async def test_an_encoding_that_cannot_hold_every_text_is_refused(
    postgres: PostgresServer, clock: HandClock, tmp_path: Path
) -> None:
    postgres.run("CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    place = replace(postgres.place(tmp_path), url=type(postgres.place(tmp_path).url)(postgres.url("old")))
    with pytest.raises(JournalError, match=r"its encoding is LATIN1: make the database with"):
        await SqlJournal(place, clock).open()


async def test_a_journal_that_no_service_wrote_yet_is_none_to_readers(place: Database) -> None:
    with pytest.raises(NoJournalYet, match=r"cannot be read: it is empty: no service has used it yet$"):
        async with JournalReader(place):
            pass
    with pytest.raises(NoJournalYet), Recording(place):
        pass


async def test_a_reader_cannot_write(place: Database) -> None:
    store = await reading_store(place)
    with pytest.raises(DBAPIError) as caught:
        await store.transact(lambda connection: connection.execute(text("CREATE TABLE mine (id integer)")))
    await store.close()
    assert describe(caught.value) == "the database may only be read"


async def test_a_text_that_the_server_cannot_hold_blocks_nothing(place: Database, clock: HandClock) -> None:
    async with opened(place, clock) as journal:
        journal.record(Step("1-1", START, "a\0b", "\ud800"), reading("c\0d"))
        assert await journal.commit() is True
    assert await temperatures(place) == ["c\0d"]


def test_without_the_extra_it_is_said_what_to_install(
    place: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "interlock.history.postgresql")
    monkeypatch.delattr("interlock.history.postgresql")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(JournalError) as caught:
        asyncio.run(SqlJournal(place, clock).open())
    assert str(caught.value) == (
        f"journal {place} cannot be used: "
        "a journal in PostgreSQL needs the extra postgres: pip install 'interlock[postgres]'"
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (psycopg.errors.DiskFull(), "the server's disk is full"),
        (psycopg.errors.OutOfMemory("out of memory"), "OutOfMemory: out of memory"),
        (psycopg.errors.TooManyConnections(), "the server takes no more connections"),
        (psycopg.errors.LockNotAvailable(), "another program holds it locked"),
        (psycopg.errors.AdminShutdown(), "the server is not ready, or was stopped"),
        (psycopg.errors.CannotConnectNow(), "the server is not ready, or was stopped"),
        (psycopg.errors.DatabaseDropped(), "the database was dropped"),
        (psycopg.errors.ReadOnlySqlTransaction(), "the database may only be read"),
        (
            psycopg.errors.InsufficientPrivilege(),
            "its user lacks a right: it must be able to create tables in its schema",
        ),
        (psycopg.errors.UndefinedTable(), "its tables are not those of a journal"),
        (psycopg.OperationalError("server closed the connection"), "the connection to the server is lost"),
    ],
)
def test_the_servers_errors_are_told_in_a_sentence(error: psycopg.Error, sentence: str) -> None:
    assert describe(DBAPIError("SELECT 1", None, error)) == sentence


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            'connection failed: connection to server at "::1", port 5 failed: Connection refused\n\tIs it?',
            "it cannot be connected to: connection refused",
        ),
        ("connection timeout expired", "the server does not answer"),
        (
            'connection failed: FATAL:  password authentication failed for user "x"',
            "the server refuses the user or its password",
        ),
        (
            "connection failed: fe_sendauth: no password supplied",
            "the server refuses the user or its password",
        ),
        ('connection failed: FATAL:  database "x" does not exist', "the server has no such database"),
    ],
)
def test_what_keeps_from_connecting_is_told_in_a_sentence(message: str, sentence: str) -> None:
    error = DBAPIError(None, None, psycopg.OperationalError(message))
    assert describe(error) == sentence
