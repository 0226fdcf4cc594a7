"""``interlock explain``: why something happened, and why it did not."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.clock import WallClock
from interlock.history.records import Entry, Firing, FiringEnd, Reload, ServiceStart, Step
from interlock.history.sql_journal import SqlJournal
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Quality, Reading, Receipt
from interlock.rules.rule import Cause, Decision, Rule, Seen, Verdict
from interlock.service.loading import load
from support.command import Interlock
from support.flat import copy_flat

pytestmark = pytest.mark.slow

NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
"""In Rome."""
MODE = Point("living_ac.hvacmode")
TEMPERATURE = Point("living_thermostat.actualtemp")


class FixedClock(WallClock):
    """Shows noon all the time."""

    def now(self) -> datetime:
        return NOON


def decision(rule: Rule, verdict: Verdict, value: float, at: datetime) -> Decision:
    return Decision(
        rule=rule,
        at=at,
        cause=Cause("becomes living_thermostat.actualtemp > 26"),
        verdict=verdict,
        condition="hall_light.power" if verdict is Verdict.CONDITION_FALSE else "",
        truth=verdict is Verdict.FIRED,
        seen=(Seen(TEMPERATURE, value),),
    )


def history(rule: Rule) -> Sequence[Entry]:
    command = Command(
        id="1-2",
        point=MODE,
        value="cooling",
        origin=Origin(OriginKind.RULE, rule.id, "1-1"),
        created_at=NOON,
    )
    receipt = Receipt(
        command=command,
        outcome=Outcome.ACCEPTED,
        at=NOON,
        answer="cooling",
        exchange='GET /api/v1/hvacmode?cmd=0 -> 200 {"status": 0}',
    )
    later = NOON + timedelta(minutes=5)
    lost = Command(
        id="1-3", point=MODE, value="auto", origin=Origin(OriginKind.OPERATOR, "cli"), created_at=later
    )
    return (
        Reading(point=TEMPERATURE, value=26.4, observed_at=NOON),
        Reading(point=MODE, value="auto", observed_at=NOON),
        Firing("1-1", decision(rule, Verdict.FIRED, 26.4, NOON)),
        Step("1-1", NOON, "set living_ac.hvacmode: cooling", "living_ac.hvacmode = cooling"),
        command,
        receipt,
        FiringEnd("1-1", NOON, "done"),
        Reading(point=MODE, value=None, observed_at=later, quality=Quality.FAULT, reason="no answer"),
        decision(rule, Verdict.CONDITION_FALSE, 26.6, later),
        decision(rule, Verdict.CONDITION_FALSE, 26.7, later + timedelta(minutes=1)),
        lost,
    )


@pytest.fixture
async def lived_in(tmp_path: Path) -> Path:
    """A flat's site file, with a journal of one firing beside it."""
    site = copy_flat(tmp_path)
    loaded = load(site)
    rule = next(rule for rule in loaded.rules if rule.id == "cool-living-room")
    journal = SqlJournal(site.parent / "interlock.sqlite", FixedClock())
    await journal.open()
    journal.record(*history(rule))
    await journal.close()
    return site


def test_a_point_is_explained_by_its_commands_and_readings(
    interlock_in_thread: Interlock, lived_in: Path
) -> None:
    done = interlock_in_thread("explain", lived_in, MODE)
    assert (done.code, done.err) == (0, "")
    title, *rest = done.out.splitlines()
    assert title.startswith("point living_ac.hvacmode: ")
    assert rest == [
        "commanded:",
        "  2026-07-14 12:05:00  living_ac.hvacmode = auto: no receipt: it may have been executed, "
        "by operator cli",
        "  2026-07-14 12:00:00  living_ac.hvacmode = cooling: accepted, by rule cool-living-room",
        "    because becomes living_thermostat.actualtemp > 26 (living_thermostat.actualtemp = 26.4)",
        '      GET /api/v1/hvacmode?cmd=0 -> 200 {"status": 0}',
        "      a minute later it showed auto",
        "read:",
        "  2026-07-14 12:05:00  – (fault: no answer)",
        "  2026-07-14 12:00:00  auto",
    ]


async def obeyed_for_a_moment(site: Path, *, wanted_at: timedelta) -> None:
    """Let a journal hold a command that its point obeys, and is let go of within the minute."""
    journal = SqlJournal(site.parent / "interlock.sqlite", FixedClock())
    await journal.open()
    origin = Origin(OriginKind.OPERATOR, "cli")
    command = Command(id="1-2", point=MODE, value="cooling", origin=origin, created_at=NOON)
    journal.record(
        Reading(point=MODE, value="auto", observed_at=NOON - timedelta(seconds=1)),
        command,
        Receipt(command=command, outcome=Outcome.ACCEPTED, at=NOON),
        Reading(point=MODE, value="cooling", observed_at=NOON + wanted_at),
        Reading(point=MODE, value="auto", observed_at=NOON + wanted_at + timedelta(seconds=20)),
    )
    await journal.close()


@pytest.mark.parametrize(
    ("wanted_at", "told"),
    [
        (timedelta(0), "read back: cooling, since 2026-07-14 12:00:00"),
        (timedelta(seconds=5), "read back: cooling, since 2026-07-14 12:00:05"),
        (timedelta(seconds=70), "a minute later it showed auto"),
    ],
)
async def test_a_command_that_was_obeyed_and_let_go_within_the_minute_was_obeyed(
    interlock_in_thread: Interlock, tmp_path: Path, wanted_at: timedelta, told: str
) -> None:
    site = copy_flat(tmp_path)
    await obeyed_for_a_moment(site, wanted_at=wanted_at)
    done = await asyncio.to_thread(interlock_in_thread, "explain", site, MODE)
    assert f"      {told}" in done.out.splitlines()


def test_a_rule_is_explained_by_its_firings_and_near_misses(
    interlock_in_thread: Interlock, lived_in: Path
) -> None:
    done = interlock_in_thread("explain", lived_in, "cool-living-room")
    assert (done.code, done.err) == (0, "")
    title, *rest = done.out.splitlines()
    assert title.startswith("rule cool-living-room: when it gets too warm")
    assert rest == [
        "fired:",
        "  2026-07-14 12:00:00  becomes living_thermostat.actualtemp > 26",
        "    living_thermostat.actualtemp = 26.4 °C",
        "    set living_ac.hvacmode: cooling: living_ac.hvacmode = cooling",
        "    living_ac.hvacmode = cooling: accepted",
        '      GET /api/v1/hvacmode?cmd=0 -> 200 {"status": 0}',
        "      a minute later it showed auto",
        "    done",
        "looked and did not fire:",
        "  condition false, twice since 2026-07-14 12:05:00: becomes living_thermostat.actualtemp > 26",
        "    2026-07-14 12:06:00  hall_light.power is false",
        "      living_thermostat.actualtemp = 26.7 °C",
        "    2026-07-14 12:05:00  hall_light.power is false",
        "      living_thermostat.actualtemp = 26.6 °C",
        "at 2026-07-14 12:00:00, when the service was last seen:",
        "  becomes living_thermostat.actualtemp > 26 is true: "
        "it fires when this becomes true, and it is true already",
    ]


async def test_edits_of_a_rule_and_of_a_points_things_are_told(
    interlock_in_thread: Interlock, lived_in: Path
) -> None:
    journal = SqlJournal(lived_in.parent / "interlock.sqlite", FixedClock(), is_service=False)
    await journal.open()
    journal.record(
        Reload(NOON, ("rule cool-living-room was added", "rule cool-living-room-2 was changed")),
        Reload(NOON + timedelta(hours=1), ("connection house was changed", "device living_ac was changed")),
        Reload(
            NOON + timedelta(hours=2),
            ("device living_ac2 was changed", "guard of living_ac.hvacmode was added"),
        ),
        Reload(NOON + timedelta(hours=3), ("rule cool-living-room was changed",)),
    )
    await journal.close()
    rule = interlock_in_thread("explain", lived_in, "cool-living-room").out.splitlines()
    begin = rule.index("edited:")
    assert rule[begin + 1 : begin + 3] == [
        "  2026-07-14 15:00:00  rule cool-living-room was changed",
        "  2026-07-14 12:00:00  rule cool-living-room was added",
    ]
    assert rule[begin + 3] == "looked and did not fire:"
    point = interlock_in_thread("explain", lived_in, MODE, "--limit", "2", "--json").out
    assert json.loads(point)["edits"] == [
        {"at": "2026-07-14T12:00:00+00:00", "text": "guard of living_ac.hvacmode was added"},
        {"at": "2026-07-14T11:00:00+00:00", "text": "connection house was changed"},
    ]
    lines = interlock_in_thread("explain", lived_in, MODE).out.splitlines()
    assert lines[1:5] == [
        "edited:",
        "  2026-07-14 14:00:00  guard of living_ac.hvacmode was added",
        "  2026-07-14 13:00:00  connection house was changed",
        "  2026-07-14 13:00:00  device living_ac was changed",
    ]


def test_the_limit_counts_each_kind(interlock_in_thread: Interlock, lived_in: Path) -> None:
    done = interlock_in_thread("explain", lived_in, MODE, "--limit", "1")
    assert [line for line in done.out.splitlines() if line.startswith("  2026")] == [
        "  2026-07-14 12:05:00  living_ac.hvacmode = auto: no receipt: it may have been executed, "
        "by operator cli",
        "  2026-07-14 12:05:00  – (fault: no answer)",
    ]


def test_what_never_happened_is_said(interlock_in_thread: Interlock, lived_in: Path) -> None:
    rule = interlock_in_thread("explain", lived_in, "lamp-off-at-bedtime")
    assert rule.out.splitlines() == [
        "rule lamp-off-at-bedtime",
        "it has not fired",
        "at 2026-07-14 12:00:00, when the service was last seen:",
        "  at 01:00: it comes next at 2026-07-15 01:00:00",
        "  condition desk_lamp.power is unknown: desk_lamp.power was never read",
    ]
    point = interlock_in_thread("explain", lived_in, "desk_lamp.power")
    assert point.out.splitlines()[1:] == ["nobody commanded it", "it was not read"]


def test_a_point_that_cannot_be_read_has_no_readings(interlock_in_thread: Interlock, lived_in: Path) -> None:
    done = interlock_in_thread("explain", lived_in, "doorbell.trigger")
    assert done.out.splitlines()[1:] == ["nobody commanded it"]


def test_a_point_that_cannot_be_set_has_no_commands(interlock_in_thread: Interlock, lived_in: Path) -> None:
    done = interlock_in_thread("explain", lived_in, TEMPERATURE)
    assert done.out.splitlines()[1:] == ["read:", "  2026-07-14 12:00:00  26.4 °C"]


def test_json_of_a_point(interlock_in_thread: Interlock, lived_in: Path) -> None:
    document = json.loads(interlock_in_thread("explain", lived_in, MODE, "--json").out)
    lost, cooled = document["commands"]
    assert (document["point"], lost["firing"], lost["command"]["receipt"]) == (MODE, None, None)
    assert cooled["command"]["receipt"]["outcome"] == "accepted"
    assert cooled["command"]["origin"] == "rule cool-living-room"
    assert cooled["firing"] == {
        "id": "1-1",
        "rule": "cool-living-room",
        "at": "2026-07-14T10:00:00+00:00",
        "reason": "becomes living_thermostat.actualtemp > 26 (living_thermostat.actualtemp = 26.4)",
        "trigger": "becomes living_thermostat.actualtemp > 26",
        "also": [],
        "condition": "",
        "truth": "true",
        "seen": [{"point": TEMPERATURE, "value": 26.4, "note": "", "read_at": None, "age_s": None}],
        "outcome": "done",
        "ended_at": "2026-07-14T10:00:00+00:00",
    }
    assert document["readings"] == [
        {"at": "2026-07-14T10:05:00+00:00", "value": None, "quality": "fault", "reason": "no answer"},
        {"at": "2026-07-14T10:00:00+00:00", "value": "auto", "quality": "good", "reason": ""},
    ]


def test_json_of_a_rule(interlock_in_thread: Interlock, lived_in: Path) -> None:
    document = json.loads(interlock_in_thread("explain", lived_in, "cool-living-room", "--json").out)
    [firing], [miss] = document["firings"], document["near_misses"]
    assert (document["rule"], firing["outcome"]) == ("cool-living-room", "done")
    assert firing["steps"] == [
        {
            "at": "2026-07-14T10:00:00+00:00",
            "text": "set living_ac.hvacmode: cooling",
            "note": "living_ac.hvacmode = cooling",
        }
    ]
    assert [command["value"] for command in firing["commands"]] == ["cooling"]
    lately = miss.pop("lately")
    assert [(each["count"], each["first_at"], each["seen"][0]["value"]) for each in lately] == [
        (1, "2026-07-14T10:06:00+00:00", 26.7),
        (1, "2026-07-14T10:05:00+00:00", 26.6),
    ]
    assert miss == {
        "trigger": "becomes living_thermostat.actualtemp > 26",
        "verdict": "condition false",
        "first_at": "2026-07-14T10:05:00+00:00",
        "last_at": "2026-07-14T10:06:00+00:00",
        "count": 2,
        "reason": "becomes living_thermostat.actualtemp > 26: hall_light.power is false "
        "(living_thermostat.actualtemp = 26.7)",
    }


def test_what_keeps_a_rule_from_firing_is_said_with_values(
    interlock_in_thread: Interlock, lived_in: Path
) -> None:
    done = interlock_in_thread("explain", lived_in, "rest-when-cool")
    assert done.out.splitlines()[1:] == [
        "it has not fired",
        "at 2026-07-14 12:00:00, when the service was last seen:",
        "  becomes living_thermostat.actualtemp < 24, until living_thermostat.actualtemp > 25, for 10m "
        "is false: "
        "living_thermostat.actualtemp = 26.4 since 2026-07-14 12:00:00",
        "  condition living_ac.hvacpower and living_ac.hvacfan != 'minimum' is unknown",
        "    living_ac.hvacpower is unknown: living_ac.hvacpower was never read",
        "    living_ac.hvacfan != 'minimum' is unknown: living_ac.hvacfan was never read",
    ]


@pytest.mark.parametrize(
    ("enabled", "line"),
    [
        ("false", "it is off (enabled: false): nothing makes it look"),
        ("shadow", "it is in the shadow (enabled: shadow): it is evaluated, and nothing is sent"),
    ],
)
def test_a_rule_that_does_not_act_says_so(
    enabled: str, line: str, interlock_in_thread: Interlock, lived_in: Path
) -> None:
    rules = lived_in.parent / "rules" / "light.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(
        text.replace("- id: lamp-off-at-bedtime", f"- id: lamp-off-at-bedtime\n    enabled: {enabled}"),
        encoding="utf-8",
    )
    done = interlock_in_thread("explain", lived_in, "lamp-off-at-bedtime")
    assert done.out.splitlines()[1] == line
    assert ("when the service was last seen" in done.out) == (enabled == "shadow")
    document = json.loads(interlock_in_thread("explain", lived_in, "lamp-off-at-bedtime", "--json").out)
    assert document["enabled"] == (False if enabled == "false" else "shadow")


def test_json_says_what_keeps_a_rule_from_firing(interlock_in_thread: Interlock, lived_in: Path) -> None:
    document = json.loads(interlock_in_thread("explain", lived_in, "lamp-off-at-bedtime", "--json").out)
    assert (document["enabled"], document["now"]) == (
        True,
        {
            "at": "2026-07-14T10:00:00+00:00",
            "is_live": False,
            "is_dry_run": False,
            "parts": [
                {
                    "what": "at 01:00",
                    "truth": None,
                    "note": "it comes next at 2026-07-15 01:00:00",
                    "because": [],
                    "judged": None,
                },
                {
                    "what": "condition desk_lamp.power",
                    "truth": "unknown",
                    "note": "",
                    "because": [
                        {
                            "what": "",
                            "truth": "unknown",
                            "reason": "desk_lamp.power was never read",
                        }
                    ],
                    "judged": {
                        "text": "desk_lamp.power",
                        "value": None,
                        "reason": "desk_lamp.power was never read",
                        "since": None,
                        "read_at": None,
                        "parts": [],
                    },
                },
            ],
        },
    )


async def test_a_journal_without_any_service_says_so(interlock_in_thread: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    journal = SqlJournal(site.parent / "interlock.sqlite", FixedClock(), is_service=False)
    await journal.open()
    await journal.close()
    done = interlock_in_thread("explain", site, "lamp-off-at-bedtime")
    assert done.out.splitlines()[1:] == ["no service has run with this journal yet", "it has not fired"]


async def test_a_service_that_runs_dry_is_said_to(interlock_in_thread: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    journal = SqlJournal(site.parent / "interlock.sqlite", FixedClock())
    await journal.open()
    journal.record(ServiceStart(at=NOON, version="1", is_dry_run=True))
    await journal.close()
    done = interlock_in_thread("explain", site, "lamp-off-at-bedtime")
    assert done.out.splitlines()[1] == "the service runs dry (--dry-run): nothing is sent"


def test_an_unknown_name_is_wrong_usage(interlock_in_thread: Interlock, lived_in: Path) -> None:
    done = interlock_in_thread("explain", lived_in, "cool-livingroom")
    assert done.code == 2
    assert (
        "there is no point, rule or interlock 'cool-livingroom', nor a device, firing or command; "
        "did you mean 'cool-living-room'?"
    ) in done.err


def test_a_site_without_a_journal_says_so(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    done = interlock("explain", site, MODE)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"error: journal {site.parent / 'interlock.sqlite'} does not exist: "
        "no service wrote it yet, or it is elsewhere\n"
    )
