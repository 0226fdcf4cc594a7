"""``interlock status``: a service that runs, in good and in bad times."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock.cli.status import status_rows
from interlock.service.control.protocol import (
    ApiLine,
    ConnectionLine,
    JournalLine,
    RefusedEdit,
    Status,
    UnknownPoints,
)
from support.command import Interlock
from support.flat import FlatServer
from support.live_service import Service, live_service

pytestmark = pytest.mark.slow

RULES = """
rules:
  - {id: cool, condition: living_thermostat.actualtemp > 26, actions: [{set: {living_ac.hvacmode: cooling}}]}
  - {id: looked-at, enabled: shadow, condition: hall_light.power, actions: [{log: light}]}
  - {id: off, enabled: false, condition: hall_light.power, actions: [{log: light}]}
"""


def asked(interlock: Interlock, service: Service) -> dict[str, object]:
    done = interlock("status", service.flat.site, "--json")
    assert (done.code, done.err) == (0, "")
    told: dict[str, object] = json.loads(done.out)
    return told


def until(interlock: Interlock, service: Service, known: int) -> dict[str, object]:
    """Ask until so many points are known."""
    while (told := asked(interlock, service))["known"] != known:
        assert service.process.poll() is None
    return told


def test_a_service_that_is_well(interlock: Interlock, flat: FlatServer) -> None:
    with live_service(flat, RULES) as service:
        told = until(interlock, service, 4)
        lines = interlock("status", flat.site).out.splitlines()
    assert {
        key: told[key] for key in ("site", "run", "is_dry_run", "unknown", "acting", "shadow", "off")
    } == {
        "site": "Flat in Milan",
        "run": 1,
        "is_dry_run": False,
        "unknown": [],
        "acting": 2,
        "shadow": 1,
        "off": 1,
    }
    [connection] = told["connections"]  # type: ignore[misc]
    counted = {key: connection.pop(key) for key in ("requests", "last_poll_s", "asked_per_minute")}  # type: ignore[attr-defined]
    # Whether ten polls a second are done in time is the machine's affair.
    timely = {key: value for key, value in connection.items() if key not in {"overruns", "is_late"}}  # type: ignore[attr-defined]
    assert timely == {
        "connection": "house",
        "driver": "thinknx-local",
        "is_there": True,
        "trouble": "",
        "trouble_since": None,
        "slowed": 0,
        "used_today": None,
        "daily": None,
        "needed": 4,
        "unknown": 0,
    }
    assert all(count > 0 for count in counted.values())
    assert lines[0].split() == ["site", "Flat", "in", "Milan"]
    assert lines[1].startswith("service           interlock 0.1.0 since 20")
    assert lines[2] == f"journal           {flat.journal}"
    assert lines[3].startswith("connection house  thinknx-local: answers")
    assert lines[4:] == [
        "points            4 known, 0 unknown",
        "rules             2 act (1 of them in shadow), 1 off; 0 firings under way",
        "claims            0",
    ]


def test_a_server_that_is_away_is_named_with_its_points(interlock: Interlock, flat: FlatServer) -> None:
    flat.add_fault("reset")
    with live_service(flat, RULES) as service:
        service.until("connection house")
        told = until(interlock, service, 0)
        out = interlock("status", flat.site).out
    [connection] = told["connections"]  # type: ignore[misc]
    assert connection["is_there"] is False  # type: ignore[index]
    assert connection["trouble"]  # type: ignore[index]
    assert told["unknown_count"] == 4
    assert ["living_thermostat.actualtemp" in line for line in out.splitlines()].count(True) == 1


def test_claims_are_counted(interlock: Interlock, flat: FlatServer) -> None:
    with live_service(flat, RULES) as service:
        until(interlock, service, 4)
        assert interlock("override", flat.site, "living_ac.hvacpower", "on").code == 0
        assert asked(interlock, service)["claims"] == 1


def test_without_a_service_there_is_nothing_to_show(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("status", flat.site)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"error: no service runs with journal {Path(flat.journal)}\n"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "answers"),
        ({"overruns": 7, "last_poll_s": 4.0}, "answers"),
        (
            {"is_late": True, "last_poll_s": 23.456},
            "answers; polls take longer than until the next is due, the last one 23.5 s",
        ),
        (
            {"slowed": 1},
            "answers; 1 point read more rarely than the site says: interlock poll-plan --live shows which",
        ),
        (
            {"slowed": 12, "daily": 5000, "used_today": 0},
            "answers; 12 points read more rarely than the site says: "
            "interlock poll-plan --live shows which; 0 of 5000 requests of today",
        ),
    ],
)
def test_polls_that_are_late_or_slowed_are_told_of(changes: dict[str, object], said: str) -> None:
    line = ConnectionLine.model_validate(
        {"connection": "house", "driver": "fake", "is_there": True, **changes}
    )
    told = told_of(connections=(line,))
    rows = dict(status_rows(told, ZoneInfo("Europe/Rome")))
    assert rows["connection house"] == f"fake: {said}"


def told_of(**changes: object) -> Status:
    at = datetime(2026, 7, 14, 10, tzinfo=UTC)
    basis: dict[str, object] = {
        "site": "Flat",
        "version": "1",
        "started_at": at,
        "now": at,
        "run": 1,
        "is_dry_run": False,
        "connections": (),
        "known": 0,
        "unknown": (),
        "unknown_count": 0,
        "acting": 0,
        "shadow": 0,
        "off": 0,
        "running": 0,
        "claims": 0,
    }
    return Status.model_validate({**basis, **changes})


AT = datetime(2026, 7, 14, 10, tzinfo=UTC)


def rows_of(**changes: object) -> list[tuple[str, str]]:
    """Return what is told beside the site, the service, points, rules and claims."""
    usual = {"site", "service", "rules", "claims"}
    found = status_rows(told_of(**changes), ZoneInfo("Europe/Rome"))
    return [row for row in found if row[0] not in usual and row != ("points", "0 known, 0 unknown")]


def test_a_connection_that_answers_and_gives_no_value_is_told_truly() -> None:
    line = ConnectionLine(connection="house", driver="fake", is_there=True, needed=12, unknown=12)
    reasons = [
        UnknownPoints(
            connection=connection, reason=reason, since=AT, count=count, points=("lamp.power", "lamp.level")
        )
        for connection, reason, count in [
            ("house", "no such device", 9),
            ("other", "no answer", 1),
            ("house", "not allowed", 2),
            ("house", "out of range", 1),
        ]
    ]
    rows = rows_of(connections=(line,), unknown_by=tuple(reasons), unknown_count=15)
    assert rows == [
        ("connection house", "fake: answers, but all 12 points are unknown: no such device; not allowed"),
        ("points", "0 known, 15 unknown"),
        ("", "house: no such device since 2026-07-14 12:00:00: lamp.power, lamp.level and 7 more"),
        ("", "other: no answer since 2026-07-14 12:00:00: lamp.power, lamp.level"),
        ("", "house: not allowed since 2026-07-14 12:00:00: lamp.power, lamp.level"),
        ("", "house: out of range since 2026-07-14 12:00:00: lamp.power, lamp.level"),
        ("", "and 2 more: interlock points shows all"),
    ]


@pytest.mark.parametrize(
    ("needed", "unknown", "said"),
    [(2, 1, "answers"), (0, 0, "answers"), (1, 1, "answers, but its only point is unknown: no such device")],
)
def test_some_unknown_points_are_told_with_the_points(needed: int, unknown: int, said: str) -> None:
    line = ConnectionLine(connection="house", driver="fake", is_there=True, needed=needed, unknown=unknown)
    reason = UnknownPoints(
        connection="house", reason="no such device", since=None, count=1, points=("lamp.power",)
    )
    rows = dict(rows_of(connections=(line,), unknown_by=(reason,), unknown_count=1))
    assert rows["connection house"] == f"fake: {said}"
    assert rows[""] == "house: no such device: lamp.power"


def test_a_journal_that_is_not_written_is_told_of_with_since_when_and_why() -> None:
    journal = JournalLine(
        place="/house/interlock.sqlite",
        is_written=False,
        fault="the disk is full",
        failing_since=AT,
        waiting=7,
    )
    assert rows_of(journal=journal) == [
        ("journal", "cannot be written since 2026-07-14 12:00:00: the disk is full"),
        ("", "/house/interlock.sqlite; 7 entries wait"),
    ]


def test_entries_that_are_lost_are_told_of() -> None:
    journal = JournalLine(
        place="/house/interlock.sqlite",
        is_written=True,
        lost=3,
        lost_from=AT,
        lost_until=AT + timedelta(hours=1),
    )
    assert rows_of(journal=journal) == [
        ("journal", "/house/interlock.sqlite"),
        ("", "3 entries of this run are lost between 2026-07-14 12:00:00 and 2026-07-14 13:00:00"),
    ]


def test_an_edit_that_was_refused_is_told_of_with_its_first_error() -> None:
    refused = RefusedEdit(since=AT, errors=2, first="rules/own.yaml:3: there is no point 'lamp'")
    assert rows_of(refused_edit=refused) == [
        ("files", "refused since 2026-07-14 12:00:00: 2 errors, and what was loaded before goes on to run"),
        ("", "rules/own.yaml:3: there is no point 'lamp'"),
    ]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("", "127.0.0.1:8088"),
        ("address already in use", "cannot be asked at 127.0.0.1:8088: address already in use"),
    ],
)
def test_the_api_is_told_of(trouble: str, said: str) -> None:
    assert rows_of(api=ApiLine(listen="127.0.0.1:8088", trouble=trouble)) == [("http api", said)]


def test_a_service_with_a_refused_edit_says_so(interlock: Interlock, flat: FlatServer) -> None:
    with live_service(flat, RULES) as service:
        service.write("rules: [\n")
        service.until("the edited site is refused")
        out = interlock("status", flat.site).out
        service.write(RULES)
        service.until("the site was read again")
        mended = interlock("status", flat.site).out
    assert "1 error, and what was loaded before goes on to run" in out
    assert "own.yaml:" in out
    assert "what was loaded before" not in mended


@pytest.mark.parametrize(("by_s", "which"), [(3600.0, "forward by 1h"), (-86400.0, "back by 1d")])
def test_a_clock_that_was_set_is_a_line(by_s: float, which: str) -> None:
    at = datetime(2026, 7, 14, 10, tzinfo=UTC)
    told = Status.model_construct(
        site="Flat",
        version="1",
        started_at=at,
        now=at,
        run=1,
        is_dry_run=False,
        clock_set_at=at,
        clock_set_s=by_s,
        connections=(),
        known=0,
        unknown=(),
        unknown_count=0,
        acting=0,
        shadow=0,
        off=0,
        running=0,
        claims=0,
    )
    rows = dict(status_rows(told, ZoneInfo("Europe/Rome")))
    assert rows["clock"] == f"went {which} at 2026-07-14 12:00:00"


def test_a_mistake_in_the_files_hides_no_service(interlock: Interlock, flat: FlatServer) -> None:
    with live_service(flat, RULES) as service:
        until(interlock, service, 4)
        with flat.site.open("a", encoding="utf-8") as file:
            file.write("connections: [\n")
        told = [interlock(command, flat.site) for command in ("status", "log")]
    assert [(done.code, done.err) for done in told] == [(0, "")] * 2


@pytest.mark.parametrize(
    ("run", "said"), [(3, "0s; run 3"), (1_795_366_650, "0s; a run that began without its journal")]
)
def test_a_run_is_named_for_people(run: int, said: str) -> None:
    rows = dict(status_rows(told_of(run=run), ZoneInfo("Europe/Rome")))
    assert rows["service"] == f"interlock 1 since 2026-07-14 12:00:00, {said}"
