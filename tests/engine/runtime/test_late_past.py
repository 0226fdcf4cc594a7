"""A journal that comes after the run has begun: nothing is sent twice for want of it, and little is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from interlock.errors import JournalError
from interlock.expressions.view import Sample
from interlock.history.journal import MemoryJournal
from interlock.history.records import Past
from interlock.model import Command, Event, Origin, OriginKind, Point, Reading, Value
from interlock.rules.memory import TriggerMemory
from support.engine_house import AC_POWER, LAMP, SCENE, START, TEMPERATURE, House, live

CUT = START + timedelta(minutes=1)
"""When the power is cut."""
OPERATOR = Origin(OriginKind.OPERATOR, "cli")
HOT = """
- {id: hot, condition: living_thermostat.actualtemp > 26, actions: [{set: {evening.scenelaunch: launch}}]}
"""


class TardyJournal(MemoryJournal):
    """A journal that can be late."""

    faults = 0
    faults_of_known = 0
    faults_of_memory = 0
    faults_of_commit = 0

    def lag(self) -> None:
        """Let the run to come begin without it."""
        self.is_late = True
        self.last_seen = None
        self._has_come = asyncio.Event()

    def come(self, faults: int = 0) -> None:
        """Let it be read, after some attempts that fail."""
        self.is_late, self.faults, self.last_seen = False, faults, CUT
        self._has_come.set()

    async def past(self) -> None:
        if self.is_late:
            await self._has_come.wait()

    async def commit(self) -> bool:
        if not self.is_late and self.faults_of_commit:
            self.faults_of_commit -= 1
            return False
        return not self.is_late

    async def load_memory(self) -> Mapping[str, TriggerMemory]:
        if not self.is_late and self.faults_of_memory:
            self.faults_of_memory -= 1
            raise JournalError("the server has gone away again")
        return {} if self.is_late else await super().load_memory()

    async def load_known(self, points: Collection[Point]) -> Sequence[Reading]:
        if not self.is_late and self.faults_of_known:
            self.faults_of_known -= 1
            raise JournalError("the server has gone away again")
        return () if self.is_late else await super().load_known(points)

    async def load_commands(self, points: Collection[Point]) -> Sequence[Command]:
        return () if self.is_late else await super().load_commands(points)

    async def load_samples(self, since: Mapping[Point, datetime]) -> Mapping[Point, Sequence[Sample]]:
        return dict.fromkeys(since, ()) if self.is_late else await super().load_samples(since)

    async def load_past(self, since: datetime) -> Past:
        if not self.is_late and self.faults:
            self.faults -= 1
            raise JournalError("the server has gone away again")
        return Past() if self.is_late else await super().load_past(since)


class Nights:
    """Two runs on one building, a power cut between them; the second begins without its journal."""

    def __init__(self, rules: str, **site: object) -> None:
        self.rules = rules
        self.site = site
        self.journal = TardyJournal()

    def first(
        self, values: dict[Point, Value], test: Callable[[House], Awaitable[None]] | None = None
    ) -> House:
        async def wait(house: House) -> None:
            await house.at(60)

        return live(self.rules, test or wait, values=values, journal=self.journal, site=self.site)

    def second(self, values: dict[Point, Value], test: Callable[[House], Awaitable[None]]) -> House:
        self.journal.lag()
        start = CUT + timedelta(hours=1)
        return live(self.rules, test, values=values, journal=self.journal, site=self.site, start=start)


def launches(house: House) -> int:
    return [point for point, _ in house.equipment.writes].count(SCENE)


def test_what_was_true_before_and_is_true_again_sends_nothing_twice() -> None:
    nights, seen = Nights(HOT), list[int]()
    assert launches(nights.first({TEMPERATURE: 27.0})) == 1

    async def night(house: House) -> None:
        await house.at(60)
        nights.journal.come()
        await house.at(120)
        seen.append(launches(house))
        house.equipment.values[TEMPERATURE] = 24.0
        await house.at(240)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(360)
        seen.append(launches(house))

    nights.second({TEMPERATURE: 27.0}, night)
    assert seen == [0, 1]


def test_what_became_true_while_nobody_looked_comes_when_the_journal_does() -> None:
    nights, seen = Nights(HOT), list[int]()
    assert launches(nights.first({TEMPERATURE: 24.0})) == 0

    async def night(house: House) -> None:
        await house.at(60)
        seen.append(launches(house))
        nights.journal.come()
        await house.at(120)
        seen.append(launches(house))

    nights.second({TEMPERATURE: 27.0}, night)
    assert seen == [0, 1]


def test_what_is_seen_to_become_true_waits_for_nobody() -> None:
    nights, seen = Nights(HOT), list[int]()
    nights.first({TEMPERATURE: 27.0})

    async def night(house: House) -> None:
        await house.at(60)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(180)
        seen.append(launches(house))
        nights.journal.come()
        await house.at(300)
        seen.append(launches(house))

    nights.second({TEMPERATURE: 24.0}, night)
    assert seen == [1, 1]


def test_after_a_quarter_of_an_hour_what_is_true_counts_as_known(caplog: pytest.LogCaptureFixture) -> None:
    nights, seen = Nights(HOT), list[int]()
    nights.first({TEMPERATURE: 24.0})

    async def night(house: House) -> None:
        await house.at(1000)
        seen.append(launches(house))
        house.equipment.values[TEMPERATURE] = 24.0
        await house.at(1200)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(1400)
        seen.append(launches(house))
        nights.journal.come()
        await house.at(1500)
        seen.append(launches(house))

    nights.second({TEMPERATURE: 27.0}, night)
    assert seen == [0, 1, 1]
    assert [each for each in caplog.messages if "journal" in each] == [
        "what is true already waits for the journal, 15m at most",
        "the journal did not come: what is true already counts as known",
        "the journal has come: what it holds is taken over where nothing newer stands",
    ]


def test_a_hysteresis_that_had_not_ended_comes_no_second_time() -> None:
    rule = (
        "[{id: hot, triggers: [{becomes: living_thermostat.actualtemp > 26, "
        "until: living_thermostat.actualtemp < 24}], actions: [{set: {evening.scenelaunch: launch}}]}]"
    )
    nights, seen = Nights(rule), list[int]()
    assert launches(nights.first({TEMPERATURE: 27.0})) == 1

    async def night(house: House) -> None:
        await house.at(60)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(180)
        nights.journal.come()
        await house.at(300)
        seen.append(launches(house))

    nights.second({TEMPERATURE: 25.0}, night)
    assert seen == [0]


def test_what_a_rule_had_done_is_undone_when_the_journal_tells_of_it() -> None:
    rule = (
        "[{id: hot, condition: living_thermostat.actualtemp > 26, actions: [{set: {lamp.power: true}}], "
        "finally: [{set: {lamp.power: false}}]}]"
    )
    nights, seen = Nights(rule), list[list[Value | None]]()
    nights.first({TEMPERATURE: 27.0, LAMP: False})

    async def night(house: House) -> None:
        for step in (60, 120):
            await house.at(step)
            seen.append([value for point, value in house.equipment.writes if point == LAMP])
            nights.journal.come()

    nights.second({TEMPERATURE: 24.0, LAMP: True}, night)
    assert seen == [[], [False]]


def test_events_clocks_and_what_is_kept_wait_for_no_journal() -> None:
    rules = """
- {id: often, triggers: [{every: 1m}], actions: [{set: {evening.scenelaunch: launch}}]}
- {id: cool, while: living_thermostat.actualtemp > 26, keep: {living_ac.hvacpower: true}}
"""
    nights = Nights(rules)

    async def night(house: House) -> None:
        await house.at(90)
        assert launches(house) == 1
        assert house.equipment.values[AC_POWER] is True
        nights.journal.come()
        await house.at(100)

    nights.second({TEMPERATURE: 27.0, AC_POWER: False}, night)


async def _claim(house: House, point: Point, value: Value) -> None:
    [receipt] = house.engine.submit(
        [
            Command(
                id=house.engine.new_id(),
                point=point,
                value=value,
                origin=OPERATOR,
                created_at=house.clock.now(),
                priority=8,
                holds=True,
            )
        ]
    )
    await receipt


def test_claims_stand_again_where_their_owner_has_put_no_newer_one() -> None:
    nights = Nights("[]")

    async def evening(house: House) -> None:
        await house.at(10)
        await _claim(house, LAMP, True)
        await _claim(house, AC_POWER, True)

    async def night(house: House) -> None:
        await house.at(10)
        await _claim(house, LAMP, False)
        nights.journal.come()
        await house.at(60)
        array = house.engine.arbiter.array
        assert [each.value for point in (LAMP, AC_POWER) for each in array(point)] == [False, True]
        assert house.equipment.values[AC_POWER] is True
        assert house.equipment.values[LAMP] is False

    values: dict[Point, Value] = {LAMP: False, AC_POWER: False}
    nights.first(dict(values), evening)
    nights.second(dict(values), night)


def test_what_a_rule_kept_that_keeps_nothing_now_is_let_go() -> None:
    nights = Nights(
        "[{id: cool, while: living_thermostat.actualtemp > 26, keep: {living_ac.hvacpower: true}}]"
    )
    nights.first({TEMPERATURE: 27.0, AC_POWER: False})

    async def night(house: House) -> None:
        await house.at(60)
        nights.journal.come()
        await house.at(120)
        assert list(house.engine.arbiter.array(AC_POWER)) == []

    nights.second({TEMPERATURE: 24.0, AC_POWER: True}, night)


def test_a_delay_goes_on_and_ends_once() -> None:
    launch = "{set: {evening.scenelaunch: launch}}"
    nights = Nights(f'[{{id: a, triggers: [{{at: "14:00:05"}}], actions: [{{delay: 10m}}, {launch}]}}]')
    nights.first({})

    async def night(house: House) -> None:
        await house.at(60)
        nights.journal.come()
        await house.at(3000)
        assert launches(house) == 1

    nights.second({}, night)


def test_a_switch_of_before_counts_unless_the_rule_was_switched_since() -> None:
    rules = """
- {id: one, triggers: [{every: 1m}], actions: [{log: one}]}
- {id: two, triggers: [{every: 1m}], actions: [{log: two}]}
"""
    nights = Nights(rules)

    async def evening(house: House) -> None:
        await house.at(10)
        for rule in ("one", "two"):
            house.engine.runner.switch(rule, is_on=False, by="hand")

    async def night(house: House) -> None:
        await house.at(10)
        house.engine.runner.switch("two", is_on=True, by="hand")
        nights.journal.come()
        await house.at(20)
        assert [house.engine.runner.is_on(rule) for rule in ("one", "two")] == [False, True]
        assert [house.engine.runner.status(rule).is_on for rule in ("one", "two")] == [False, True]

    nights.first({}, evening)
    nights.second({}, night)


def test_a_flag_holds_what_it_held_unless_it_was_set_since() -> None:
    nights = Nights("[]", flags=("away", "guests"))
    flags = Point("away.value"), Point("guests.value")

    async def evening(house: House) -> None:
        await house.at(10)
        for flag in flags:
            await _set(house, flag, True)

    async def night(house: House) -> None:
        await house.at(10)
        await _set(house, flags[1], False)
        nights.journal.come()
        await house.at(60)
        assert [house.engine.state.values[flag] for flag in flags] == [True, False]

    nights.first({}, evening)
    nights.second({}, night)


async def _set(house: House, point: Point, value: Value) -> None:
    [receipt] = house.engine.submit(
        [
            Command(
                id=house.engine.new_id(),
                point=point,
                value=value,
                origin=OPERATOR,
                created_at=house.clock.now(),
            )
        ]
    )
    await receipt


def test_a_journal_that_goes_away_again_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    nights, seen = Nights(HOT), list[int]()
    nights.first({TEMPERATURE: 24.0})

    async def night(house: House) -> None:
        await house.at(60)
        nights.journal.come(faults=2)
        await house.at(120)
        seen.append(launches(house))

    nights.second({TEMPERATURE: 27.0}, night)
    assert seen == [1]
    assert caplog.messages.count("the server has gone away again; it is tried again") == 2


@pytest.mark.parametrize("question", ["faults_of_known", "faults_of_memory"])
@pytest.mark.parametrize("mode", ["single", "parallel", "queued", "restart"])
def test_a_journal_that_goes_away_between_two_questions_lets_no_delay_end_twice(
    mode: str, question: str
) -> None:
    launch = "{set: {evening.scenelaunch: launch}}"
    nights = Nights(
        f'[{{id: a, mode: {mode}, triggers: [{{at: "14:00:05"}}], actions: [{{delay: 10m}}, {launch}]}}]'
    )
    nights.first({})

    async def night(house: House) -> None:
        await house.at(60)
        setattr(nights.journal, question, 1)
        nights.journal.come()
        await house.at(3000)
        assert launches(house) == 1

    house = nights.second({}, night)
    assert house.ends[-1] == "done"


@pytest.mark.parametrize(
    "trigger",
    [
        "condition: away.value",
        "triggers: [{becomes: away.value}]",
        "triggers: [{becomes: away.value, for: 20s}]",
        "triggers: [{becomes: not away.value}]",
        "triggers: [{change: away.value}]",
        "triggers: [{change: away.value, to: true, for: 20s}]",
    ],
)
def test_a_flag_that_holds_what_it_held_fires_nothing(trigger: str) -> None:
    rule = f"[{{id: a, {trigger}, actions: [{{set: {{evening.scenelaunch: launch}}}}]}}]"
    nights, seen = Nights(rule, flags=("away",)), list[int]()

    async def evening(house: House) -> None:
        await house.at(10)
        await _set(house, Point("away.value"), True)
        await house.at(60)

    async def night(house: House) -> None:
        await house.at(60)
        seen.append(launches(house))
        nights.journal.come()
        await house.at(600)
        seen.append(launches(house))
        await _set(house, Point("away.value"), False)
        await _set(house, Point("away.value"), True)
        await house.at(700)
        seen.append(launches(house))

    nights.first({}, evening)
    nights.second({}, night)
    assert seen == [0, 0, 1]


def test_what_goes_on_restarts_nothing_that_began_later() -> None:
    rule = """
- id: stairs
  mode: restart
  triggers: [{event: go}]
  actions: [{set: {lamp.power: true}}, {delay: 30m}, {set: {lamp.power: false}}]
- {id: ring, triggers: [{at: "23:59"}], actions: [{raise: go}]}
"""
    nights, seen = Nights(rule), list[Value]()

    async def evening(house: House) -> None:
        await house.at(30)
        house.engine.happen(Event(kind="event", name="go"))
        await house.at(60)

    async def night(house: House) -> None:
        await house.at(10)
        house.engine.happen(Event(kind="event", name="go"))
        await house.at(60)
        nights.journal.come()
        for second in (120, 1700, 1900):
            await house.at(second)
            seen.append(house.equipment.values[LAMP])

    nights.first({LAMP: False}, evening)
    nights.second({LAMP: False}, night)
    assert seen == [True, True, False]


@pytest.mark.parametrize("faults", [0, 1])
def test_what_was_released_meanwhile_stands_no_more(faults: int) -> None:
    nights = Nights("[]")

    async def evening(house: House) -> None:
        await house.at(10)
        await _claim(house, LAMP, True)

    async def night(house: House) -> None:
        await house.at(10)
        assert house.engine.arbiter.release(LAMP, "released") == 0
        nights.journal.faults_of_commit = faults
        nights.journal.come()
        await house.at(60)
        assert list(house.engine.arbiter.array(LAMP)) == []
        assert (await nights.journal.load_past(START)).claims == ()
        await _claim(house, LAMP, True)
        assert house.engine.arbiter.release(LAMP, "released") == 1

    nights.first({LAMP: False}, evening)
    nights.second({LAMP: False}, night)


def test_nothing_is_read_before_what_was_done_meanwhile_stands_in_the_journal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    nights = Nights("[]")
    nights.first({})

    async def night(house: House) -> None:
        await house.at(10)
        nights.journal.faults_of_commit = 2
        nights.journal.come()
        await house.at(19)
        assert not any("has come" in each for each in caplog.messages)
        await house.at(60)
        assert any("has come" in each for each in caplog.messages)

    nights.second({}, night)
    assert not any("tried again" in each for each in caplog.messages)
