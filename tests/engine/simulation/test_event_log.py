"""The log of a simulation, line by line."""

import io
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interlock.history.records import (
    Claimed,
    ConnectionEvent,
    InterlockTurn,
    LetGo,
    Remembered,
    RuleSwitch,
    ServiceStart,
    Step,
)
from interlock.history.values import as_json
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Quality, Value
from interlock.redaction import redactor
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory
from interlock.simulation.event_log import EventLog
from interlock.simulation.faults import Fault, Kind, Turn
from interlock.simulation.faults.recurrence import Once
from interlock.simulation.results import Happening, Message, Request, ServiceEnd
from support.happenings import answered, ended, fired
from support.journal_entries import AC_MODE, START, command, minute, near_miss, reading, unfinished

ROME = ZoneInfo("Europe/Rome")
CLAIM = Claim(point=AC_MODE, value="cooling", priority=8, owner=Origin(OriginKind.RULE, "cool"), since=START)
FAULT = Fault(text="house offline 1h daily", kind=Kind.OFFLINE, what="house", when=Once())
COMMAND = {
    "command": "1-1.1",
    "origin": "operator cli",
    "point": "living_ac.hvacmode",
    "priority": 16,
    "value": "cooling",
}


def line(happening: Happening) -> dict[str, object]:
    """What is logged of a happening, without its time."""
    file = io.StringIO()
    EventLog(file, ROME).take(START, happening)
    found = json.loads(file.getvalue())
    assert found.pop("at") == "2026-07-14T14:00:00.000+02:00"
    return dict(found)


@pytest.mark.parametrize(
    ("happening", "expected"),
    [
        (
            reading(26.4),
            {"kind": "reading", "point": "living_thermostat.actualtemp", "quality": "good", "value": 26.4},
        ),
        (
            reading(None, quality=Quality.FAULT, reason="timed out"),
            {
                "kind": "reading",
                "point": "living_thermostat.actualtemp",
                "quality": "fault",
                "reason": "timed out",
                "value": None,
            },
        ),
        (command(), {"kind": "command", **COMMAND}),
        (
            command(firing="1-1"),
            {"kind": "command", **COMMAND, "origin": "rule cool-living-room", "firing": "1-1"},
        ),
        (
            answered(AC_MODE, "cooling", START, outcome=Outcome.REFUSED, reason="no"),
            {
                **COMMAND,
                "kind": "receipt",
                "command": "1-2",
                "firing": "1-1",
                "origin": "rule cool-living-room",
                "outcome": "refused",
                "reason": "no",
            },
        ),
        (
            fired(1),
            {
                "kind": "firing",
                "firing": "1-1",
                "rule": "cool-living-room",
                "verdict": "fired",
                "reason": "every 1m: living_thermostat.actualtemp > 26 is true",
            },
        ),
        (
            near_miss(),
            {
                "kind": "look",
                "rule": "cool-living-room",
                "verdict": "condition false",
                "reason": "every 1m: living_thermostat.actualtemp > 26 is false",
            },
        ),
        (
            Step("1-1", START, "log: hot", "hot"),
            {"kind": "step", "firing": "1-1", "text": "log: hot", "note": "hot"},
        ),
        (ended(1, START), {"kind": "firing end", "firing": "1-1", "outcome": "done"}),
        (
            RuleSwitch("cool", START, False, "rule b"),
            {"kind": "rule switch", "rule": "cool", "on": False, "by": "rule b"},
        ),
        (
            Claimed(CLAIM),
            {
                "kind": "claim",
                "point": "living_ac.hvacmode",
                "value": "cooling",
                "priority": 8,
                "owner": "rule cool",
            },
        ),
        (
            LetGo(CLAIM, START, "over"),
            {
                "kind": "let go",
                "point": "living_ac.hvacmode",
                "value": "cooling",
                "priority": 8,
                "owner": "rule cool",
                "why": "over",
            },
        ),
        (ServiceStart(at=START, version="1", is_dry_run=False), {"kind": "service start"}),
        (ServiceEnd(), {"kind": "service end"}),
        (
            ConnectionEvent(START, "house", "answers again"),
            {"kind": "connection", "connection": "house", "text": "answers again"},
        ),
        (
            InterlockTurn("both", START, True, "both open"),
            {"kind": "interlock", "interlock": "both", "broken": True, "reason": "both open"},
        ),
        (
            Message("mail", "Hot", "26 °C"),
            {"kind": "message", "via": "mail", "title": "Hot", "text": "26 °C"},
        ),
        (
            Request("GET", "http://example.com"),
            {"kind": "request", "method": "GET", "url": "http://example.com"},
        ),
        (
            Turn(at=START, fault=FAULT, is_begin=True),
            {
                "kind": "fault begin",
                "fault": "house offline 1h daily",
                "what": "house",
                "wrong": "offline",
            },
        ),
        (
            Turn(at=START, fault=FAULT, is_begin=False),
            {"kind": "fault end", "fault": "house offline 1h daily", "what": "house", "wrong": "offline"},
        ),
    ],
)
def test_each_kind_has_its_line(happening: Happening, expected: dict[str, object]) -> None:
    assert line(happening) == expected


def test_a_call_has_its_fields() -> None:
    origin = Origin(OriginKind.OPERATOR, "cli")
    call = Command(
        id="1-1",
        point=Point("hall.schedule_set"),
        value=None,
        origin=origin,
        created_at=START,
        fields={"clockTime": "06:30", "setTime": 1},
    )
    assert line(call)["fields"] == {"clockTime": "06:30", "setTime": 1}


@pytest.mark.parametrize("happening", [unfinished(), Remembered("a/0", TriggerMemory())])
def test_what_only_a_restart_needs_is_left_out(happening: Happening) -> None:
    file = io.StringIO()
    EventLog(file, ROME).take(START, happening)
    assert file.getvalue() == ""


def test_lines_have_their_keys_in_order_and_end() -> None:
    file = io.StringIO()
    log = EventLog(file, ROME)
    log.take(datetime(2026, 1, 14, 12, 0, 0, 250_000, tzinfo=UTC), Message("a", "", "è"))
    log.take(minute(1), ServiceEnd())
    assert file.getvalue() == (
        '{"at": "2026-01-14T13:00:00.250+01:00", "kind": "message", "text": "è", "title": "", "via": "a"}\n'
        '{"at": "2026-07-14T14:01:00.000+02:00", "kind": "service end"}\n'
    )


def test_no_secret_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redactor, "redact", lambda text: text.replace("hunter2", "***"))
    assert line(Request("GET", "http://x/?key=hunter2"))["url"] == "http://x/?key=***"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (START, "2026-07-14T12:00:00+00:00"),
        (timedelta(minutes=1), 60.0),
        ((1, 2, 3), [1, 2, 3]),
        (True, True),
        (None, None),
    ],
)
def test_values_are_json(value: Value | None, expected: object) -> None:
    assert as_json(value) == expected
