"""What the triggers of the language become, and what is found in faulty ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from interlock.errors import Severity
from interlock.model import Point
from interlock.public_holidays import HolidayCalendar
from interlock.rules.availability import Availability, connection_point
from interlock.rules.dates import Once
from interlock.rules.days import DayChoice, HolidayChoice
from interlock.rules.grammar import load_rules
from interlock.rules.rule import Rule
from interlock.rules.schedule import At, Cron, Every, Schedule
from interlock.rules.spread import Kept, Missed, Spread
from interlock.rules.sun_schedule import Sun
from interlock.rules.triggers import (
    FOR_EVER,
    BecomesTrigger,
    ChangeTrigger,
    EventTrigger,
    FollowTrigger,
    JoinTrigger,
    StatesTrigger,
    TimeTrigger,
    Trigger,
    UpdateTrigger,
)
from interlock.sun import HORIZON, Direction, Passage, Place, Turn
from support.fake_driver import FakeEquipment
from support.fake_rules import rules_of as house_rules
from support.fake_site import fake_site
from support.rule_texts import site_with

ROME = Place(41.9, 12.5)
ITALY = HolidayCalendar("IT")
TEMPERATURE, SETPOINT = Point("living_thermostat.actualtemp"), Point("living_thermostat.setpoint")
MODE, POWER, LEVEL = Point("living_ac.hvacmode"), Point("lamp.power"), Point("lamp.powerlevel")
NOW = datetime(2026, 5, 5, tzinfo=UTC)
FURTHER = "- {id: b, triggers: [start], actions: [{raise: leak}]}"


def loaded(
    trigger: str, *, further: str = FURTHER, **site: object
) -> tuple[tuple[Rule, ...], list[tuple[Severity, str]]]:
    given: Mapping[str, object] = {"location": ROME, "holidays": ITALY} | site
    text = f"- {{id: a, triggers: [{trigger}], actions: [{{press: bell}}]}}\n{further}"
    rules, problems = load_rules(replace(site_with(text), **given), NOW)  # type: ignore[arg-type]
    return rules, [
        (each.severity, f"{each.column}+{each.length}: {each.message} [{each.hint}]") for each in problems
    ]


def trigger_of(trigger: str) -> Trigger:
    rules, problems = loaded(trigger)
    assert problems == []
    (found,) = rules[0].triggers
    return found


def errors(trigger: str, **site: object) -> list[str]:
    rules, problems = loaded(trigger, **site)
    assert [rule.id for rule in rules] == ["b"]
    assert {severity for severity, _ in problems} == {Severity.ERROR}
    return [text for _, text in problems]


HALF_PAST = time(7, 30)
SUNSET = Passage(HORIZON, Direction.SETTING)


@pytest.mark.parametrize(
    ("trigger", "schedule"),
    [
        ("{date: '2026-12-24T18:00'}", Once((datetime(2026, 12, 24, 18),))),  # noqa: DTZ001
        ("{at: '07:30', holidays: skip}", At((HALF_PAST,), holidays=HolidayChoice(ITALY, False))),
        ("{at: '07:30', holidays: only, days: sat}",
         At((HALF_PAST,), frozenset({5}), HolidayChoice(ITALY, True))),
        ("{at: '07:30', missed: once}", Kept(At((HALF_PAST,)), Missed.ONCE)),
        ("{cron: '0 7 * * 1', missed: all}", Kept(Cron("0 7 * * 1"), Missed.ALL)),
        ("{every: 1h, jitter: 5m}", Spread(Every(timedelta(hours=1)), timedelta(minutes=5),
                                          "Test/a/every 1h, jitter 5m")),
        ("{sun: sunset}", Sun(ROME, SUNSET)),
        ("{sun: noon, offset: -20m}", Sun(ROME, Turn.NOON, timedelta(minutes=-20))),
        ("{sun: midnight, offset: 1h30m}", Sun(ROME, Turn.MIDNIGHT, timedelta(minutes=90))),
        ("{sun: dawn, not_before: '06:00', not_after: '07:30'}",
         Sun(ROME, Passage(-6, Direction.RISING), not_before=time(6), not_after=HALF_PAST)),
        ("{sun: astronomical_dusk, days: sun, holidays: skip}",
         Sun(ROME, Passage(-18, Direction.SETTING),
             days=DayChoice(frozenset({6}), HolidayChoice(ITALY, False)))),
        ("{elevation: 4, direction: rising}", Sun(ROME, Passage(4, Direction.RISING, is_refracted=True))),
    ],
)  # fmt: skip
def test_triggers_on_the_clock_and_the_sun(trigger: str, schedule: Schedule) -> None:
    found = trigger_of(trigger)
    assert isinstance(found, TimeTrigger)
    assert found.schedule == schedule


def test_a_point_that_holds_a_time() -> None:
    assert trigger_of("{at: [living_ac.hvacmode, '07:30'], days: mon, missed: once, jitter: 1m, id: x}") == (
        FollowTrigger(
            id="x",
            text="at living_ac.hvacmode, 07:30, days mon, missed once, jitter 1m",
            points=(MODE,),
            times=(HALF_PAST,),
            days=frozenset({0}),
            jitter=timedelta(minutes=1),
            salt="Test/a/at living_ac.hvacmode, 07:30, days mon, missed once, jitter 1m",
            missed=Missed.ONCE,
        )
    )


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("{update: [lamp.power, lamp.power, lamp.powerlevel]}",
         UpdateTrigger(id="", text="update lamp.power, lamp.power, lamp.powerlevel", points=(POWER, LEVEL))),
        ("{change: lamp.power, to: on, for: 1m}",
         ChangeTrigger(id="", text="change lamp.power, to on, for 1m", points=(POWER,), went_to=(True,),
                       hold=MINUTE)),
        ("start", EventTrigger(id="", text="start", kind="service", names=("start",))),
        ("{stop: , id: x}", EventTrigger(id="x", text="stop", kind="service", names=("stop",))),
        ("{reload: true}", EventTrigger(id="", text="reload", kind="service", names=("reload",))),
        ("{event: leak}", EventTrigger(id="", text="event leak", kind="event", names=("leak",))),
        ("{event: [leak, rule_stopped]}",
         EventTrigger(id="", text="event leak, rule_stopped", kind="event", names=("leak", "rule_stopped"))),
        ("{webhook: door}", EventTrigger(id="", text="webhook door", kind="webhook", names=("door",))),
        ("{firing: [b, b]}", EventTrigger(id="", text="firing b, b", kind="firing", names=("b",))),
        ("{failed: lamp.power}",
         EventTrigger(id="", text="failed lamp.power", kind="failed", names=("lamp.power",))),
        ("{failed: ['*.power*', bell.trigger]}",
         EventTrigger(id="", text="failed *.power*, bell.trigger", kind="failed",
                      names=("lamp.power", "lamp.powerlevel", "bell.trigger"))),
        ("{all: [start, {update: lamp.power}], within: 1m, id: x}",
         JoinTrigger(id="x", text="all of start; update lamp.power", within=MINUTE, is_watchdog=False,
                     members=(EventTrigger(id="", text="start", kind="service", names=("start",)),
                              UpdateTrigger(id="", text="update lamp.power", points=(POWER,))))),
        ("{none: {update: lamp.power}, within: 1m}",
         JoinTrigger(id="", text="none of update lamp.power", within=MINUTE, is_watchdog=True,
                     members=(UpdateTrigger(id="", text="update lamp.power", points=(POWER,)),))),
    ],
)  # fmt: skip
def test_other_triggers(trigger: str, expected: Trigger) -> None:
    assert trigger_of(trigger) == expected


@pytest.mark.parametrize(("kind", "waits"), [("available", True), ("unavailable", False)])
def test_availability_is_watched_for_each_point(kind: str, waits: bool) -> None:
    found = trigger_of(f"{{{kind}: [lamp.power, lamp.powerlevel], for: 1m, id: x}}")
    assert isinstance(found, StatesTrigger)
    assert [(each.when, each.hold, each.waits_at_first, each.point, each.id) for each in found.cases] == [
        (Availability(point, is_available=kind == "available"), MINUTE, waits, point, "x")
        for point in (POWER, LEVEL)
    ]


def test_a_connection_can_be_unavailable() -> None:
    site = fake_site(FakeEquipment())
    (rule,) = house_rules(site, "- {id: a, triggers: [{unavailable: house}], actions: [{press: doorbell}]}")
    (found,) = rule.triggers
    assert isinstance(found, StatesTrigger)
    # One of its points is read, or nobody would ask the connection.
    assert [each.when for each in found.cases] == [
        Availability(connection_point("house"), is_available=False, asked=TEMPERATURE)
    ]
    assert rule.points == {connection_point("house"), TEMPERATURE}


def test_a_connection_that_is_meant_is_named() -> None:
    text = "- {id: a, triggers: [{available: hous}], actions: [{press: doorbell}]}"
    site = replace(fake_site(FakeEquipment()), rules=site_with(text).rules)
    assert [each.hint for each in load_rules(site)[1]] == ["did you mean 'house'?"]


@pytest.mark.parametrize(
    ("hold", "expected"),
    [
        ("1m", (MINUTE, timedelta())),
        ("{accumulate: 1m, reset: 3m}", (MINUTE, 3 * MINUTE)),
        ("{accumulate: 1m}", (MINUTE, FOR_EVER)),
    ],
)
def test_how_long_it_must_last(hold: str, expected: tuple[timedelta, timedelta]) -> None:
    found = trigger_of(f"{{becomes: lamp.power, for: {hold}}}")
    assert isinstance(found, BecomesTrigger)
    assert (found.hold, found.dip) == expected


def test_how_long_may_be_computed() -> None:
    (rule, _), problems = loaded("""{becomes: lamp.power, for: "{{ lamp.powerlevel * '1m' }}"}""")
    assert problems == []
    assert rule.points == {POWER, LEVEL}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("above: living_thermostat.setpoint", f"{TEMPERATURE} > (living_thermostat.setpoint)"),
        ("below: '{{ living_thermostat.setpoint - 2 }}'",
         f"{TEMPERATURE} < (living_thermostat.setpoint - 2)"),
        ("above: living_thermostat.setpoint, below: 30",
         f"{TEMPERATURE} > (living_thermostat.setpoint) and {TEMPERATURE} < (30)"),
    ],
)  # fmt: skip
def test_a_limit_may_be_a_point(limits: str, expected: str) -> None:
    found = trigger_of(f"{{change: living_thermostat.actualtemp, {limits}}}")
    assert isinstance(found, StatesTrigger)
    (case,) = found.cases
    assert (case.when.text, case.point, case.waits_at_first) == (expected, TEMPERATURE, True)
    assert case.when.points == {TEMPERATURE, SETPOINT}


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("{date: 2026-12-24}", ["29+10: '2026-12-24' is no local date and time "
                                "[write for example 2026-12-24T18:00]"]),
        ("{date: []}", ["29+2: this list is empty: the trigger would never come []"]),
        ("{every: 5m, jitter: 5m}", ["42+2: a jitter is shorter than the interval, which is 5m []"]),
        ("{at: '07:30', missed: twice}", ["44+5: 'missed' must be skip, once or all []"]),
        ("{at: lamp.power}", ["27+10: lamp.power takes on or off, and no time of day []"]),
        ("{at: lamp.pow}",
         ["27+8: device 'lamp' (light) has no controller 'pow' [did you mean 'power'?]"]),
        ("{sun: sunst}", ["28+5: the sun has no 'sunst' [did you mean 'sunset'?]"]),
        ("{sun: sunset, not_before: '8'}",
         ["48+3: 'not_before': '8' is no time of day: write for example 07:30 or 07:30:15 []"]),
        ("{sun: sunset, not_before: '18:00', not_after: '17:00'}",
         ["68+7: this is before 'not_before' []"]),
        ("{elevation: 80, direction: rising}",
         ["34+2: it never comes: the sun does not stand so at the place of this site []"]),
        ("{elevation: 4}", ["22+14: 'direction' is missing [write rising or setting]"]),
        ("{update: evening.scenelaunch}",
         ["31+19: evening.scenelaunch can only be written, it has no value to read []"]),
        ("{update: []}", ["31+2: this list is empty: the trigger would never come []"]),
        ("{unavailable: hous}", ["36+4: there is no connection 'hous' [name a point or a connection]"]),
        ("{unavailable: lamp}", [
            "36+4: 'lamp' is a device: name one of its points [it has lamp.power, lamp.powerlevel]"]),
        ("{unavailable: lamp.power, for: x}",
         ["53+1: 'x' is no duration [write for example 30s, 5m, 1h30m or 2d]"]),
        ("{becomes: lamp.power, for: {reset: 1m}}",
         ["49+11: 'accumulate' is missing [for how long it must be true, all in all]"]),
        ("{change: lamp.power, for: {accumulate: 1m}}",
         ["48+16: a change cannot add up what it lasts [write 'becomes' with the value]"]),
        ("{change: lamp.power, above: lamp.powerlevel}",
         ["31+10: lamp.power takes on or off: limits are for numbers []"]),
        ("{change: lamp.powerlevel, above: living_ac.hvacmode}",
         ["55+18: a number is expected here, and this is a word []"]),
        ("{change: lamp.powerlevel, above: living_thermostat.setpoint, by: 1}",
         ["87+1: 'by' does not go with a limit that is computed []"]),
        ("{schedule: office}",
         ["33+6: there is no schedule 'office' [write it under 'schedules' in the site file]"]),
        ("{start: x}", ["30+1: 'start' takes nothing [write '- start']"]),
        ("{start: , to: on}", ["32+2: unknown key 'to' [known here: start, id]"]),
        ("{firing: c}", ["31+1: there is no rule 'c' []"]),
        ("{firing: a}", ["31+1: a rule that fires after itself would never end []"]),
        ("{firing: []}", ["31+2: this list is empty: the trigger would never come []"]),
        ("{failed: living_thermostat.actualtemp}",
         ["31+28: living_thermostat.actualtemp can only be read: no command to it can fail []"]),
        ("{failed: 'boiler.*'}", ["31+10: no point that takes commands is called like 'boiler.*' []"]),
        ("{failed: []}", ["31+2: this list is empty: the trigger would never come []"]),
        ("{event: a b}", ["30+3: 'a b' is no name [use letters, digits, '_', '-' and '.']"]),
        ("{webhook: 1x}", ["32+2: '1x' is no name [use letters, digits, '_', '-' and '.']"]),
        ("{all: [start], within: 1m}", ["28+7: one trigger alone needs no 'all' []"]),
        ("{all: [start, stop]}", ["22+20: 'within' is missing [in which time they must all come]"]),
        ("{none: [], within: 1m}", ["29+2: this list is empty: the trigger would never come []"]),
        ("{none: [{all: [start, stop], within: 1s}], within: 1m}",
         ["36+13: triggers that join others cannot be joined themselves []"]),
        ("{none: [{update: lamp.power, id: x}], within: 1m}",
         ["55+1: give the id to the trigger that joins this one []"]),
        ("{none: [{updat: lamp.power}], within: 1m}",
         ["31+5: there is no trigger 'updat' [did you mean 'update'?]"]),
    ],
)  # fmt: skip
def test_a_faulty_trigger_is_reported_at_its_place(trigger: str, expected: list[str]) -> None:
    assert errors(trigger) == expected


def test_the_sun_needs_a_place() -> None:
    assert errors("{sun: sunset}", location=None) == [
        "28+6: the site does not say where it stands "
        "[write 'location: {latitude: …, longitude: …}' under 'site']"
    ]


def test_holidays_need_a_country() -> None:
    assert errors("{at: '07:30', holidays: skip}", holidays=None) == [
        "46+4: the site does not say whose holidays count [write for example 'holidays: IT' under 'site']"
    ]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("{date: ['2026-05-04T18:00', '2026-06-04T18:00']}",
         "30+18: 2026-05-04T18:00 is past: the trigger does not come any more []"),
        ("{event: leek}",
         "30+4: no rule raises 'leek': the trigger comes only if a plugin does [did you mean 'leak'?]"),
    ],
)  # fmt: skip
def test_what_may_never_come_is_a_warning(trigger: str, expected: str) -> None:
    rules, problems = loaded(trigger)
    assert [rule.id for rule in rules] == ["a", "b"]
    assert problems == [(Severity.WARNING, expected)]


def test_without_a_present_no_date_is_past() -> None:
    site = site_with("- {id: a, triggers: [{date: '1999-01-01T00:00'}], actions: [{press: bell}]}")
    assert load_rules(site)[1] == []


@pytest.mark.parametrize(("initial", "waits"), [("", True), (", initial: fire", False)])
def test_a_site_says_what_counts_at_first_for_rules_that_do_not(initial: str, waits: bool) -> None:
    text = f"- {{id: a, triggers: [{{becomes: lamp.power}}]{initial}, actions: [{{press: bell}}]}}"
    rules, _ = load_rules(replace(site_with(text), waits_at_first=True))
    (found,) = rules[0].triggers
    assert isinstance(found, BecomesTrigger)
    assert found.waits_at_first is waits


@pytest.mark.parametrize(
    ("trigger", "fields"),
    [
        ("start", ""),
        ("{sun: noon}", ""),
        ("{update: lamp.power}", "point value was origin"),
        ("{available: lamp.power}", "point value was origin"),
        ("{firing: b}", "data.outcome rule"),
        ("{event: leak}", "data.room"),
        ("{webhook: door}", "data.room"),
        ("{failed: lamp.power}", "point value origin rule data.reason"),
        ("{all: [{event: leak}, {update: lamp.power}], within: 1m}", "point value was origin data.x"),
        ("{none: [{event: leak}], within: 1m}", ""),
    ],
)
def test_a_trigger_brings_what_it_has(trigger: str, fields: str) -> None:
    every = "point value was origin rule data.x"
    names = {each.partition(".")[0] for each in fields.split()}
    for field in every.split():
        text = (
            f"- {{id: a, triggers: [{trigger}], actions: [{{log: '{{{{ trigger.{field} }}}}'}}]}}\n{FURTHER}"
        )
        site = replace(site_with(text), location=ROME)
        problems = [each.message for each in load_rules(site)[1]]
        is_brought = field.partition(".")[0] in names
        assert problems == ([] if is_brought else [f"'trigger' has no '{field.partition('.')[0]}'"]), field
