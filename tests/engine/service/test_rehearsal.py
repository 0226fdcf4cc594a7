"""What a dry run and shadow rules would have sent, out of a journal."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock import Point
from interlock.history.journal import MemoryJournal
from interlock.history.records import Entry
from interlock.history.sql_journal import SqlJournal
from interlock.model import Command, Origin, OriginKind, Outcome, Reading, Receipt, format_command
from interlock.service.loading import Loaded, load
from interlock.service.rehearsal import AROUND, Conflict, Count, Rehearsal, Unsent, last_dry_run, rehearsed
from interlock.simulation.house import House
from interlock.simulation.virtual_time import run_virtual
from support.journal_entries import HandClock

pytestmark = pytest.mark.slow

NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEMPERATURE, MODE, POWER = Point("thermostat.actualtemp"), Point("ac.hvacmode"), Point("ac.hvacpower")
HALL, DESK = Point("hall.power"), Point("desk.power")
SITE = """
site: {name: Flat, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 10s}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  ac: {connection: house, type: hvac, guid: 2KzQtaJXBVvwyuYCNlaXR, guard: {hvacpower: {min_off: 10m}}}
  hall: {connection: house, type: light, guid: 6OdUxeNBFZzacyCGRpeBV}
  desk: {connection: house, type: light, guid: 7OdUxeNBFZzacyCGRpeBV}
  evening: {connection: house, type: scene, guid: 8QfWzgPDHBbceaEITrgDX}
notifiers:
  hook: {via: webhook, url: "https://alarm.example.com/hook"}
rules:
"""


def played(
    path: Path, rules: str, story: Callable[[House], Awaitable[None]], *, dry_run: bool = False
) -> tuple[Path, Loaded]:
    """Play a story from noon on, and return its journal as a file."""
    (path / "site.yaml").write_text(SITE + rules)
    loaded = load(path, environ={})

    async def main() -> MemoryJournal:
        journal = MemoryJournal()
        house = House(loaded, NOON, tells=False, journal=journal, dry_run=dry_run)
        for point, value in {TEMPERATURE: 24.0, MODE: "auto", POWER: False, HALL: False, DESK: False}.items():
            house.equipment.set_value(point, value)
        await house.switch_on()
        await story(house)
        await house.switch_off()
        return journal

    return written(path / "journal.sqlite", run_virtual(main()).entries), loaded


def written(path: Path, entries: Sequence[Entry]) -> Path:
    """Write a journal's file."""

    async def write() -> None:
        clock = HandClock()
        clock.time = NOON
        journal = SqlJournal(path, clock)
        await journal.open()
        journal.record(*entries)
        assert await journal.commit()
        await journal.close()

    asyncio.run(write())
    return path


def told(
    path: Path,
    rules: str,
    story: Callable[[House], Awaitable[None]],
    *,
    since: datetime = NOON,
    until: datetime = NOON + 60 * MINUTE,
    dry_run: bool = False,
) -> Rehearsal:
    journal, loaded = played(path, rules, story, dry_run=dry_run)
    return asyncio.run(rehearsed(journal, since, until, loaded.site))


async def warm(house: House) -> None:
    """It is warm from the first minute on, for half an hour."""
    await house.wait_until(NOON + MINUTE)
    house.equipment.set_value(TEMPERATURE, 27.0)
    await house.wait_until(NOON + 31 * MINUTE)


async def nothing(house: House) -> None:
    """It stays cool."""


def lines(found: Rehearsal) -> list[str]:
    return [f"{_minutes(each)} {format_command(each.command)}" for each in found.commands]


def _minutes(unsent: Unsent) -> str:
    return f"{(unsent.command.created_at - NOON) / MINUTE:g}"


COOL = """\
  - id: cool
    triggers: [{becomes: "thermostat.actualtemp > 26"}]
    actions: [{set: {ac.hvacmode: cooling}}, {launch: evening}, {delay: 1m}, {launch: evening}]
"""


def test_a_dry_run_tells_its_commands_with_reasons_and_what_was_held(tmp_path: Path) -> None:
    found = told(tmp_path, COOL, warm, dry_run=True)
    assert lines(found) == [
        "1 ac.hvacmode = cooling",
        "1 evening.scenelaunch = launch",
        "2 evening.scenelaunch = launch",
    ]
    first, second, third = found.commands
    assert first.firing
    assert first.firing.reason == "becomes thermostat.actualtemp > 26 (thermostat.actualtemp = 27)"
    assert first.held
    assert (first.held.value, second.held) == ("auto", None)
    assert [each.is_again for each in (first, second, third)] == [False] * 3
    counted = Count(commands=3, again=0, conflicts=0, messages=0, first=NOON + MINUTE, last=NOON + 2 * MINUTE)
    assert found.by_owner() == {"rule cool": counted}
    assert {name: each.commands for name, each in found.by_point().items()} == {
        "ac.hvacmode": 1,
        "evening.scenelaunch": 2,
    }


def test_what_is_really_sent_is_not_told(tmp_path: Path) -> None:
    found = told(tmp_path, COOL, warm)
    assert (found.commands, found.messages, found.by_owner()) == ((), (), {})


def test_a_span_is_from_an_instant_until_before_another(tmp_path: Path) -> None:
    journal, loaded = played(tmp_path, COOL, warm, dry_run=True)

    def found(since: timedelta, until: timedelta) -> int:
        return len(asyncio.run(rehearsed(journal, NOON + since, NOON + until, loaded.site)).commands)

    assert found(MINUTE, 2 * MINUTE) == 2
    assert found(MINUTE + timedelta(milliseconds=1), 3 * MINUTE) == 1


def test_one_rule_or_one_point_may_be_told_alone(tmp_path: Path) -> None:
    more = """\
  - id: hall
    triggers: [{becomes: "thermostat.actualtemp > 26"}]
    actions: [{set: {hall.power: on}}, {notify: {via: hook, message: "it is {{ thermostat.actualtemp }}"}}]
"""
    found = told(tmp_path, COOL + more, warm, dry_run=True)
    assert lines(found.only(rule="hall")) == ["1 hall.power = on"]
    assert [each.content for each in found.only(rule="hall").messages] == ["it is 27"]
    assert found.only(rule="cool").messages == ()
    by_point = found.only(point="ac.hvacmode")
    assert (lines(by_point), by_point.messages) == (["1 ac.hvacmode = cooling"], ())


def test_messages_and_requests_are_told_with_what_they_say(tmp_path: Path) -> None:
    rules = """\
  - id: tell
    enabled: shadow
    triggers: [{becomes: "thermostat.actualtemp > 26"}]
    actions:
      - notify: {via: hook, title: Hall, message: "it is {{ thermostat.actualtemp }}"}
      - http: {url: "https://x.example.com/{{ thermostat.actualtemp }}", method: POST, body: hello}
"""
    found = told(tmp_path, rules, warm)
    assert [(each.at - NOON, each.action, each.content, each.firing.rule) for each in found.messages] == [
        (MINUTE, "notify via hook", "Hall it is 27", "tell"),
        (
            MINUTE,
            "http POST https://x.example.com/{{ thermostat.actualtemp }}",
            "https://x.example.com/27 hello",
            "tell",
        ),
    ]
    assert found.by_owner()["rule tell"].messages == 2


def test_what_is_wanted_again_of_a_point_that_did_not_move_is_marked(tmp_path: Path) -> None:
    rules = """\
  - id: often
    triggers: [{every: 5m}]
    actions: [{set: {hall.power: on}}]
"""

    async def story(house: House) -> None:
        await house.wait_until(NOON + 11 * MINUTE)
        house.equipment.set_value(HALL, True)
        await house.wait_until(NOON + 12 * MINUTE)
        house.equipment.set_value(HALL, False)
        await house.wait_until(NOON + 16 * MINUTE)

    found = told(tmp_path, rules, story, dry_run=True)
    assert [(_minutes(each), each.is_again) for each in found.commands] == [
        ("0", False),
        ("5", True),
        ("10", True),
        ("15", False),
    ]
    assert found.by_owner()["rule often"].again == 2


def test_what_a_rule_keeps_is_told_with_what_made_it(tmp_path: Path) -> None:
    rules = """\
  - {id: lit, enabled: shadow, while: thermostat.actualtemp > 26, keep: {hall.power: on}}
"""
    (one,) = told(tmp_path, rules, warm).commands
    assert one.firing
    assert (one.command.point, one.firing.rule, one.firing.at) == (HALL, "lit", NOON + MINUTE)


def test_a_shadow_that_a_guard_lets_wait_is_told(tmp_path: Path) -> None:
    rules = """\
  - id: on
    enabled: shadow
    triggers: [{becomes: "thermostat.actualtemp > 26"}]
    actions: [{set: {ac.hvacpower: on}}]
"""
    (one,) = told(tmp_path, rules, warm).commands
    assert one.past.receipt
    assert one.past.receipt.reason == "min_off 10m: it is not off for so long yet"


SHADE = """\
  - id: shade
    enabled: shadow
    triggers: [{becomes: "thermostat.actualtemp > 26"}]
    actions: [{set: {hall.power: on}}]
"""
OTHER = """\
  - id: other
    triggers: [{becomes: "thermostat.actualtemp > 26"}]
    actions: [{delay: %s}, {set: {hall.power: %s}, only_if_different: false}]
"""


@pytest.mark.parametrize(
    ("delay", "value", "conflict"),
    [
        ("4m", "off", Conflict(NOON + 5 * MINUTE, False, "rule other")),
        ("10m", "off", Conflict(NOON + 11 * MINUTE, False, "rule other")),
        ("601s", "off", None),
        ("4m", "on", None),
    ],
)
def test_another_rule_that_wants_something_else_is_a_conflict(
    tmp_path: Path, delay: str, value: str, conflict: Conflict | None
) -> None:
    found = told(tmp_path, SHADE + OTHER % (delay, value), warm)
    (one,) = found.commands
    assert one.conflict == conflict
    assert found.by_point()["hall.power"].conflicts == (conflict is not None)


def test_a_person_who_did_something_else_is_a_conflict(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.command({HALL: False})
        await warm(house)

    (one,) = told(tmp_path, SHADE, story).commands
    assert one.conflict == Conflict(NOON, False, "operator a hand")


def test_what_a_poll_shows_late_of_another_rule_is_that_rules(tmp_path: Path) -> None:
    _, loaded = played(tmp_path, SHADE, nothing)

    def command(name: str, value: bool, second: int, *, shadow: bool = False) -> tuple[Command, Receipt]:
        at, origin = NOON + timedelta(seconds=second), Origin(OriginKind.RULE, name)
        made = Command(id=f"1-{name}", point=HALL, value=value, origin=origin, created_at=at, shadow=shadow)
        outcome = Outcome.SUPPRESSED if shadow else Outcome.ACCEPTED
        return made, Receipt(command=made, outcome=outcome, at=at)

    late = Reading(point=HALL, value=False, observed_at=NOON + timedelta(seconds=12))
    entries = (*command("other", False, 2), *command("shade", True, 10, shadow=True), late)
    journal = written(tmp_path / "late.sqlite", entries)
    (one,) = asyncio.run(rehearsed(journal, NOON, NOON + MINUTE, loaded.site)).commands
    assert one.conflict == Conflict(NOON + timedelta(seconds=2), False, "rule other")


@pytest.mark.parametrize(("after", "is_conflict"), [(9 * MINUTE, True), (AROUND + MINUTE, False)])
def test_a_hand_at_the_device_is_a_conflict(tmp_path: Path, after: timedelta, is_conflict: bool) -> None:
    rules = """\
  - {id: watch, triggers: [{change: ac.hvacmode}], actions: [{log: x}]}
  - id: shade
    enabled: shadow
    triggers: [{becomes: "thermostat.actualtemp > 26"}]
    actions: [{set: {ac.hvacmode: cooling}}]
"""

    async def story(house: House) -> None:
        await house.wait_until(NOON + MINUTE)
        house.equipment.set_value(TEMPERATURE, 27.0)
        await house.wait_until(NOON + MINUTE + after)
        house.equipment.set_value(MODE, "heating")
        await house.wait_until(NOON + 31 * MINUTE)

    (one,) = told(tmp_path, rules, story).commands
    expected = Conflict(NOON + MINUTE + after, "heating", "somebody else")
    assert one.conflict == (expected if is_conflict else None)


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_last_run_is_known_where_it_was_dry(tmp_path: Path, dry_run: bool) -> None:
    journal, _ = played(tmp_path, COOL, warm, dry_run=dry_run)
    assert asyncio.run(last_dry_run(journal)) == (NOON if dry_run else None)
