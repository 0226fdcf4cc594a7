"""``interlock would-send``: what a dry run and shadow rules would have sent."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.clock import WallClock
from interlock.history.records import Entry, Firing, ServiceStart, Step
from interlock.history.sql_journal import SqlJournal
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Reading, Receipt, Value
from interlock.rules.rule import Cause, Decision, Rule, Seen, Verdict
from interlock.service.loading import load
from support.command import Interlock
from support.flat import copy_flat

pytestmark = pytest.mark.slow

URL = "https://meter.example.com/read"
NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
"""In Rome."""
MODE, TEMPERATURE = Point("living_ac.hvacmode"), Point("living_thermostat.actualtemp")


class FixedClock(WallClock):
    """Shows noon all the time."""

    def now(self) -> datetime:
        return NOON


def entries(rule: Rule) -> tuple[Entry, ...]:
    def command(number: int, value: Value, minute: int, *, dry: bool = True) -> tuple[Command, Receipt]:
        rule_did, somebody = Origin(OriginKind.RULE, rule.id, "1-1"), Origin(OriginKind.OPERATOR, "cli")
        at = NOON + timedelta(minutes=minute)
        made = Command(
            id=f"1-{number}", point=MODE, value=value, origin=rule_did if dry else somebody, created_at=at
        )
        outcome = Outcome.SUPPRESSED if dry else Outcome.ACCEPTED
        return made, Receipt(command=made, outcome=outcome, at=at, reason="dry run" if dry else "")

    decision = Decision(
        rule=rule,
        at=NOON,
        cause=Cause("becomes living_thermostat.actualtemp > 26"),
        verdict=Verdict.FIRED,
        condition="",
        truth=True,
        seen=(Seen(TEMPERATURE, 26.4),),
    )
    return (
        ServiceStart(at=NOON, version="1", is_dry_run=True),
        Reading(point=MODE, value="auto", observed_at=NOON),
        Firing("1-1", decision),
        *command(2, "cooling", 0),
        Step("1-1", NOON + timedelta(seconds=30), "notify via mail", "It is warm: not sent: dry run"),
        Step("1-1", NOON + timedelta(seconds=40), f"http GET {URL}", f"{URL}: not sent: dry run"),
        *command(3, "cooling", 1),
        *command(4, "heating", 5, dry=False),
    )


@pytest.fixture
async def rehearsed(tmp_path: Path) -> Path:
    """A flat's site file, with the journal of a dry run beside it."""
    site = copy_flat(tmp_path)
    rule = next(rule for rule in load(site).rules if rule.id == "cool-living-room")
    journal = SqlJournal(site.parent / "interlock.sqlite", FixedClock())
    await journal.open()
    journal.record(*entries(rule))
    await journal.close()
    return site


def test_each_command_and_message_is_told_with_its_reason_and_all_are_counted(
    interlock_in_thread: Interlock, rehearsed: Path
) -> None:
    done = interlock_in_thread(
        "would-send", rehearsed, "--since", "2026-07-14", "--until", "2026-07-14T12:30"
    )
    assert (done.code, done.err) == (0, "")
    because = "    because becomes living_thermostat.actualtemp > 26 (living_thermostat.actualtemp = 26.4)"
    conflict = "    in conflict: operator cli made it heating at 2026-07-14 12:05:00+02:00"
    span = "first 2026-07-14 12:00:00+02:00, last 2026-07-14 12:01:00+02:00"
    assert done.out.splitlines() == [
        "2026-07-14 12:00:00+02:00  living_ac.hvacmode = cooling, by rule cool-living-room",
        because,
        "    it held auto",
        conflict,
        "2026-07-14 12:00:30+02:00  notify via mail: It is warm, by rule cool-living-room",
        because,
        f"2026-07-14 12:00:40+02:00  http GET {URL}, by rule cool-living-room",
        because,
        "2026-07-14 12:01:00+02:00  living_ac.hvacmode = cooling, by rule cool-living-room",
        because,
        "    it held auto, as when the same would have been sent before",
        conflict,
        "from 2026-07-14 00:00:00+02:00 until 2026-07-14 12:30:00+02:00: "
        "2 commands and 2 messages and requests would have been sent",
        "by rule or person:",
        f"  rule cool-living-room  2 commands  {span}  1 again, 2 conflicts, 2 messages",
        "by point:",
        f"  living_ac.hvacmode  2 commands  {span}  1 again, 2 conflicts",
    ]


def test_programs_get_json(interlock_in_thread: Interlock, rehearsed: Path) -> None:
    done = interlock_in_thread("would-send", rehearsed, "--since", "2026-07-14", "--json")
    document = json.loads(done.out)
    first, second = document["commands"]
    firing = {
        "id": "1-1",
        "rule": "cool-living-room",
        "at": "2026-07-14T10:00:00+00:00",
        "trigger": "becomes living_thermostat.actualtemp > 26",
        "condition": "",
        "seen": {"living_thermostat.actualtemp": 26.4},
        "reason": "becomes living_thermostat.actualtemp > 26 (living_thermostat.actualtemp = 26.4)",
    }
    assert first == {
        "id": "1-2",
        "at": "2026-07-14T10:00:00+00:00",
        "point": "living_ac.hvacmode",
        "value": "cooling",
        "fields": {},
        "priority": 16,
        "by": "rule cool-living-room",
        "why": "dry run",
        "is_shadow": False,
        "outcome": "suppressed",
        "firing": firing,
        "held": {"value": "auto", "quality": "good", "at": "2026-07-14T10:00:00+00:00"},
        "again": False,
        "conflict": {"at": "2026-07-14T10:05:00+00:00", "value": "heating", "by": "operator cli"},
    }
    assert second["again"] is True
    assert document["messages"] == [
        {
            "at": "2026-07-14T10:00:30+00:00",
            "action": "notify via mail",
            "content": "It is warm",
            "firing": firing,
        },
        {
            "at": "2026-07-14T10:00:40+00:00",
            "action": f"http GET {URL}",
            "content": URL,
            "firing": firing,
        },
    ]
    assert document["by_owner"] == {
        "rule cool-living-room": {
            "commands": 2,
            "again": 1,
            "conflicts": 2,
            "messages": 2,
            "first": "2026-07-14T10:00:00+00:00",
            "last": "2026-07-14T10:01:00+00:00",
        }
    }
    assert document["by_point"]["living_ac.hvacmode"]["messages"] == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--rule", "rest-when-cool"),
        ("--point", "hall_light.power"),
        ("--until", "2026-07-14T12:00"),
        ("--since", "1m"),
    ],
)
def test_what_is_not_asked_for_is_left_out(
    interlock_in_thread: Interlock, rehearsed: Path, options: tuple[str, str]
) -> None:
    done = interlock_in_thread("would-send", rehearsed, "--since", "2026-07-14", *options)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1].endswith(": nothing would have been sent")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--rule", "rest-when-col"), "did you mean 'rest-when-cool'"),
        (("--point", "hall_light.powr"), "did you mean 'hall_light.power'"),
        (("--since", "7x"), "--since: '7x' is no duration"),
        (("--since", "2026-13-01"), "--since: '2026-13-01' is no time"),
        (("--until", "2026-03-29T02:30"), "there is no 02:30 on 2026-03-29 in Europe/Rome"),
        (("--until", "2d"), "--since 1d is not before the end"),
    ],
)
def test_what_cannot_be_asked_is_an_error(
    interlock_in_thread: Interlock, rehearsed: Path, options: tuple[str, str], error: str
) -> None:
    done = interlock_in_thread("would-send", rehearsed, *options)
    assert done.code == 2
    assert error in " ".join(done.err.split())


def test_without_a_journal_it_says_so(interlock_in_thread: Interlock, tmp_path: Path) -> None:
    done = interlock_in_thread("would-send", copy_flat(tmp_path))
    assert done.code != 0
    assert "does not exist: no service wrote it yet" in done.err
