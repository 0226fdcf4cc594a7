"""``interlock status``: a service that runs, in good and in bad times."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock.cli.status import status_rows
from interlock.service.control.protocol import ConnectionLine, Status
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
    }
    assert all(count > 0 for count in counted.values())
    assert lines[0].split() == ["site", "Flat", "in", "Milan"]
    assert lines[1].startswith("service           interlock 0.1.0 since 20")
    assert lines[2].startswith("connection house  thinknx-local: answers")
    assert lines[3:] == [
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
    assert "living_thermostat.actualtemp: " in out


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
