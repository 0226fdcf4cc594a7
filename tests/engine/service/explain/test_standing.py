"""Why a rule does not fire, as the journal has it: what of it is not true, and since when."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock.history.queries import JournalReader
from interlock.history.records import Entry, Remembered
from interlock.history.sql_journal import SqlJournal
from interlock.model import Point, Quality, Reading, Value
from interlock.rules.memory import TriggerMemory
from interlock.service.explain.standing import Clause, Part, Standing, standing_of
from support.journal_entries import HandClock
from support.rule_texts import rule_of, rules_of, site_with

TEMPERATURE = "living_thermostat.actualtemp"
NEVER = "living_ac.hvacpower was never read"
NEVER_FIRES = "triggers: [{every: 1h}], actions: {press: bell}"
MINUTE = timedelta(minutes=1)
ROME = ZoneInfo("Europe/Rome")


class Past:
    """A journal that a service kept for ten minutes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sqlite"
        self.clock = HandClock()

    async def keep(self, *entries: Entry, is_service: bool = True) -> None:
        """Keep entries as one run, which was last seen ten minutes after they came."""
        journal = SqlJournal(self.path, self.clock, is_service=is_service)
        await journal.open()
        journal.record(*entries)
        self.clock.time += 10 * MINUTE
        await journal.close()

    def read(self, values: Mapping[str, Value | None]) -> Iterable[Reading]:
        """Readings of now; None is a fault."""
        now = self.clock.now()
        for point, value in values.items():
            quality, reason = (Quality.FAULT, "timed out") if value is None else (Quality.GOOD, "")
            yield Reading(point=Point(point), value=value, observed_at=now, quality=quality, reason=reason)

    async def standing(self, rule: str) -> Standing | None:
        """How a rule stands."""
        text = f"- {{id: r, {rule}, actions: {{press: bell}}}}"
        async with JournalReader(self.path) as journal:
            return await standing_of(journal, rule_of(text), site_with(text))

    async def parts(self, rule: str) -> tuple[Part, ...]:
        """How its triggers and its condition stand."""
        standing = await self.standing(rule)
        assert standing is not None
        return tuple(replace(part, judged=None) for part in standing.parts)


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path)


def since(past: Past) -> str:
    return f"{(past.clock.time - 10 * MINUTE).astimezone(ROME):%Y-%m-%d %H:%M:%S}"


async def test_the_constants_of_a_rule_are_known(past: Past) -> None:
    await past.keep(*past.read({TEMPERATURE: 24.5, "lamp.power": True}))
    [part] = await past.parts(f"variables: {{limit: 26}}, condition: {TEMPERATURE} > limit and lamp.power")
    assert part.clauses == (
        Clause(f"{TEMPERATURE} > limit", False, f"{TEMPERATURE} = 24.5 since {since(past)}"),
    )


async def test_the_operand_that_is_false_is_named_with_its_value_and_since_when(past: Past) -> None:
    await past.keep(*past.read({TEMPERATURE: 24.5, "lamp.power": True}))
    [part] = await past.parts(f"condition: {TEMPERATURE} > 26 and lamp.power")
    assert part == Part(
        what=f"becomes {TEMPERATURE} > 26 and lamp.power",
        truth=False,
        is_judged=True,
        clauses=(Clause(f"{TEMPERATURE} > 26", False, f"{TEMPERATURE} = 24.5 since {since(past)}"),),
    )


async def test_of_an_or_every_operand_is_named(past: Past) -> None:
    await past.keep(*past.read({TEMPERATURE: 24.5, "lamp.power": False}))
    [part] = await past.parts(f"condition: ({TEMPERATURE} > 26 or (lamp.power))")
    assert [(clause.text, clause.truth) for clause in part.clauses] == [
        (f"{TEMPERATURE} > 26", False),
        ("(lamp.power)", False),
    ]


async def test_the_operand_that_is_unknown_is_named_with_the_reason(past: Past) -> None:
    await past.keep(*past.read({TEMPERATURE: None, "lamp.power": True}))
    [part] = await past.parts(f"condition: lamp.power and {TEMPERATURE} > 26 and living_ac.hvacpower")
    assert (part.truth, part.clauses) == (
        None,
        (
            Clause(f"{TEMPERATURE} > 26", None, f"{TEMPERATURE} is unknown: timed out since {since(past)}"),
            Clause("living_ac.hvacpower", None, NEVER),
        ),
    )


async def test_what_is_true_already_is_said_to_be(past: Past) -> None:
    await past.keep(*past.read({"lamp.power": True}))
    [part] = await past.parts("condition: lamp.power")
    assert (part.truth, part.clauses, part.note) == (
        True,
        (),
        "it fires when this becomes true, and it is true already",
    )


async def test_a_hold_that_runs_is_said_to(past: Past) -> None:
    memory = TriggerMemory(text="lamp.power", truth=True, is_pending=True, since=past.clock.now())
    await past.keep(*past.read({"lamp.power": True}), Remembered("r/0", memory))
    [part] = await past.parts("triggers: {becomes: lamp.power, for: 15m}")
    assert part.note == f"it must stay so for 15m, which began at {since(past)}"


async def test_a_hold_that_pauses_has_no_beginning(past: Past) -> None:
    memory = TriggerMemory(text="lamp.power", truth=True, is_pending=True)
    await past.keep(*past.read({"lamp.power": True}), Remembered("r/x", memory))
    [part] = await past.parts("triggers: {becomes: lamp.power, for: 15m, id: x}")
    assert part.note == "it must stay so for 15m"


@pytest.mark.parametrize(
    ("is_armed", "note"),
    [
        (False, "it has fired, and waits until blind.heightlevel > 50"),
        (True, "it fires when this becomes true, and it is true already"),
    ],
)
async def test_an_until_that_is_awaited_is_named(past: Past, is_armed: bool, note: str) -> None:
    memory = TriggerMemory(text="lamp.power", truth=True, is_armed=is_armed)
    await past.keep(*past.read({"lamp.power": True}), Remembered("r/0", memory))
    [part] = await past.parts("triggers: {becomes: lamp.power, until: blind.heightlevel > 50}")
    assert part.note == note


async def test_the_memory_of_a_rule_with_a_longer_name_is_not_its_own(past: Past) -> None:
    memory = TriggerMemory(text="lamp.power", truth=True, is_pending=True)
    await past.keep(*past.read({"lamp.power": True}), Remembered("rx/0", memory))
    async with JournalReader(past.path) as journal:
        assert await journal.memory_of("r") == {}
        assert await journal.memory_of("rx") == {"rx/0": memory}


async def test_the_memory_of_another_version_is_no_memory(past: Past) -> None:
    memory = TriggerMemory(text="lamp.power", truth=True)
    await past.keep(Remembered("r/0", memory), Remembered("r/1", memory))
    with closing(sqlite3.connect(past.path)) as database:
        database.execute("UPDATE memory SET content = '{\"truth\": 3}' WHERE key = 'r/0'")
        database.commit()
    async with JournalReader(past.path) as journal:
        assert await journal.memory_of("r") == {"r/1": memory}


async def test_every_trigger_and_the_condition_stand_in_their_order(past: Past) -> None:
    await past.keep(*past.read({TEMPERATURE: 24.5, "lamp.power": True}))
    triggers = "[{cron: '0 7 * * *'}, {change: [lamp.power, blind.heightlevel]}]"
    clock, change, condition = await past.parts(f"triggers: {triggers}, condition: {TEMPERATURE} > 26")
    assert (clock.what, clock.is_judged) == ("cron 0 7 * * *", False)
    assert clock.note.startswith("it comes next at ") and clock.note.endswith(" 07:00:00")
    assert change == Part(
        what="change lamp.power, blind.heightlevel",
        note=f"lamp.power = on since {since(past)}; blind.heightlevel was never read",
    )
    assert (condition.what, condition.truth) == (f"condition {TEMPERATURE} > 26", False)


async def test_only_the_last_run_of_a_service_counts(past: Past) -> None:
    await past.keep(*past.read({"lamp.power": True}))
    await past.keep()
    await past.keep(*past.read({"lamp.power": True}), is_service=False)
    standing = await past.standing("condition: lamp.power")
    assert standing is not None
    [part] = standing.parts
    assert part.clauses == (Clause("", None, "lamp.power was never read"),)


async def test_without_any_run_of_a_service_there_is_nothing_to_tell(past: Past) -> None:
    await past.keep(is_service=False)
    assert await past.standing("condition: lamp.power") is None


async def test_the_time_is_that_of_the_last_sign_of_life(past: Past) -> None:
    await past.keep(*past.read({TEMPERATURE: 20.0}))
    rule = f"condition: changed_for('{TEMPERATURE}') > '{{}}m'"
    [young], [old] = await past.parts(rule.format(9)), await past.parts(rule.format(11))
    assert (young.truth, old.truth) == (True, False)


async def test_the_last_other_value_is_known_across_an_outage(past: Past) -> None:
    at = past.clock.now()
    readings = [
        Reading(
            point=Point(TEMPERATURE),
            value=value,
            observed_at=at + number * timedelta(seconds=1),
            quality=Quality.FAULT if value is None else Quality.GOOD,
        )
        for number, value in enumerate((20.0, 21.0, None, 21.0))
    ]
    await past.keep(*readings)
    [part] = await past.parts(f"condition: previous('{TEMPERATURE}') == 20")
    assert part.truth is True


async def test_a_condition_about_the_trigger_waits_for_one(past: Past) -> None:
    await past.keep(*past.read({"lamp.power": True}))
    _, condition = await past.parts("triggers: {change: lamp.power}, condition: trigger.value == 'on'")
    assert condition.clauses == (Clause("", None, "trigger.value has no value here"),)


OTHERS = [
    ("start", "it comes with the service"),
    ("{firing: b}", "it comes when that rule has run"),
    ("{failed: lamp.power}", "it comes when such a command has failed"),
    ("{event: rule_stopped}", "it comes when the event is raised"),
    ("{webhook: door}", "it comes with a request"),
    ("{update: lamp.power}", "lamp.power was never read"),
    ("{at: living_ac.hvacmode}", "living_ac.hvacmode was never read"),
    ("{unavailable: lamp.power}", "lamp.power was never read"),
    ("{all: [start, {update: lamp.power}], within: 1m}", "it comes when all of them came within 1m"),
    ("{none: [start], within: 1m}", "it comes when none of them came for 1m"),
    ("{date: '1999-01-01T00:00'}", "it never comes"),
]


@pytest.mark.parametrize(("trigger", "note"), OTHERS)
async def test_what_other_triggers_wait_for(past: Past, trigger: str, note: str) -> None:
    await past.keep()
    text = f"- {{id: r, triggers: [{trigger}], actions: {{press: bell}}}}\n- {{id: b, {NEVER_FIRES}}}"
    async with JournalReader(past.path) as journal:
        site = site_with(text)
        standing = await standing_of(journal, rules_of(text)[0], site)
    assert standing is not None
    assert [part.note for part in standing.parts] == [note]


@pytest.mark.parametrize(
    ("memory", "note"),
    [
        (TriggerMemory(is_pending=False), "it has come, and waits until one of them comes again"),
        (
            TriggerMemory(is_pending=True, since=HandClock().time),
            "it comes when none of them came for 1m, counted since "
            f"{HandClock().time.astimezone(ROME):%Y-%m-%d %H:%M:%S}",
        ),
    ],
)
async def test_a_watchdog_says_since_when_it_counts(past: Past, memory: TriggerMemory, note: str) -> None:
    await past.keep(Remembered("r/0", memory))
    (part,) = await past.parts("triggers: [{none: [start], within: 1m}]")
    assert part.note == note


async def test_a_hold_that_is_computed_is_shown_as_it_is_written(past: Past) -> None:
    memory = TriggerMemory(text="lamp.power", truth=True, is_pending=True)
    await past.keep(*past.read({"lamp.power": True}), Remembered("r/0", memory))
    (part,) = await past.parts("""triggers: [{becomes: lamp.power, for: "{{ lamp.powerlevel * '1m' }}"}]""")
    assert part.note == "it must stay so for lamp.powerlevel * '1m'"


KEEPS = "while: lamp.power, until: blind.heightlevel > 50, for: 15m, keep: {living_ac.hvacpower: on}"


async def kept_parts(past: Past, rule: str) -> tuple[Part, ...]:
    """How what a rule that keeps goes by stands."""
    text = f"- {{id: r, {rule}}}"
    async with JournalReader(past.path) as journal:
        standing = await standing_of(journal, rule_of(text), site_with(text))
    assert standing is not None
    return tuple(replace(part, judged=None) for part in standing.parts)


async def test_what_a_rule_that_keeps_goes_by_is_told(past: Past) -> None:
    await past.keep(*past.read({"lamp.power": False, "blind.heightlevel": 10}))
    clauses = (
        Clause("", False, f"lamp.power = off since {since(past)}"),
        Clause("", False, f"blind.heightlevel = 10 since {since(past)}"),
    )
    assert await kept_parts(past, KEEPS) == (
        Part(what="while lamp.power", truth=False, is_judged=True, clauses=(clauses[0],)),
        Part(what="until blind.heightlevel > 50", truth=False, is_judged=True, clauses=(clauses[1],)),
    )


@pytest.mark.parametrize(
    ("is_active", "is_counted", "note"),
    [
        (True, False, "it keeps"),
        (False, False, ""),
        (False, True, "it must stay so for 15m, which began at {since}"),
    ],
)
async def test_whether_a_rule_keeps_or_what_it_waits_for_is_told(
    past: Past, is_active: bool, is_counted: bool, note: str
) -> None:
    began = past.clock.now() if is_counted else None
    memory = TriggerMemory(text="while lamp.power", is_active=is_active, since=began)
    await past.keep(*past.read({"lamp.power": True}), Remembered("r/(keep)", memory))
    first, _ = await kept_parts(past, KEEPS)
    assert first.note == note.format(since=since(past))


async def test_what_is_kept_always_goes_by_nothing(past: Past) -> None:
    await past.keep(*past.read({}))
    assert await kept_parts(past, "keep: {lamp.power: on}") == (Part(what="always"),)
