"""Firings that go on where they were, after the service was stopped or killed in the middle."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from interlock.history.journal import MemoryJournal
from interlock.history.records import Entry, Firing, FiringEnd, Unfinished
from interlock.model import Event, Point, Value
from support.engine_house import AC_POWER, LAMP, LEVEL, MODE, SCENE, START, TEMPERATURE, House, live
from support.fake_driver import FakeEquipment

DOORBELL = Point("doorbell.trigger")

RULE = '- {{id: a, triggers: [{{at: "14:00:05"}}], actions: [{actions}]}}'
VALUES: dict[Point, Value] = {LAMP: False, LEVEL: 0, TEMPERATURE: 20.0, MODE: "auto", AC_POWER: True}


class MortalJournal(MemoryJournal):
    """A journal whose service can be killed: nothing that is recorded later comes on it."""

    is_dead = False

    def record(self, *entries: Entry) -> None:
        if not self.is_dead:
            super().record(*entries)


class Building:
    """One building over several runs of the service; seconds count from the first start."""

    def __init__(self, values: dict[Point, Value] | None = None) -> None:
        self.equipment = FakeEquipment(values=VALUES | (values or {}))
        self.journal = MortalJournal()

    def run(
        self, rules: str, begin: float, end: float, *, kill: bool = False, dry_run: bool = False
    ) -> House:
        """Run the service from one moment to another; return what it did."""
        self.equipment.writes.clear()
        self.journal.is_dead = False
        count, values = 0, {}

        async def test(house: House) -> None:
            nonlocal count, values
            await house.at(end - begin)
            self.journal.is_dead = kill
            count, values = len(self.equipment.writes), dict(self.equipment.values)

        start = START + timedelta(seconds=begin)
        house = live(
            rules, test, equipment=self.equipment, journal=self.journal, start=start, dry_run=dry_run
        )
        if kill:
            # The dead do nothing more, and a test can only end them in good order.
            del self.equipment.writes[count:]
            self.equipment.values.clear()
            self.equipment.values.update(values)
        return house

    def goes_on(self, actions: str, *, cut_at: float, resumed_at: float, until: float) -> list[object]:
        """Run a rule, kill the service, start it again; return what the second run wrote."""
        rules = RULE.format(actions=actions)
        self.run(rules, 0, cut_at, kill=True)
        return list(self.run(rules, resumed_at, until).equipment.writes)


ON_THEN_OFF = "{set: {lamp.power: on}}, {delay: 1m}, {set: {lamp.power: off}}"


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_a_delay_ends_at_the_moment_at_which_it_would_have(kill: bool) -> None:
    building, rules = Building(), RULE.format(actions=ON_THEN_OFF)
    assert building.run(rules, 0, 20, kill=kill).equipment.writes == [(LAMP, True)]
    assert building.run(rules, 30, 64, kill=kill).equipment.writes == []
    assert building.run(rules, 64.2, 66).equipment.writes == [(LAMP, False)]


HELD = "{wait: lamp.power, for: 1m}, {set: {lamp.powerlevel: 9}}"


def test_a_wait_goes_on_with_the_time_that_its_condition_has_held() -> None:
    building, rules = Building({LAMP: True}), RULE.format(actions=HELD)
    building.run(rules, 0, 25)
    assert building.run(rules, 100, 139).equipment.writes == []
    assert building.run(rules, 300, 302).equipment.writes == [(LEVEL, 9)]


def test_a_killed_wait_counts_as_long_as_the_service_was_seen() -> None:
    building, rules = Building({LAMP: True}), RULE.format(actions=HELD)
    building.run(rules, 0, 25, kill=True)
    building.journal.last_seen = START + timedelta(seconds=15)
    assert building.run(rules, 100, 149).equipment.writes == []
    building.journal.last_seen = START + timedelta(seconds=149)
    assert building.run(rules, 200, 202).equipment.writes == [(LEVEL, 9)]


def test_a_wait_whose_condition_was_false_after_a_restart_begins_anew() -> None:
    building, rules = Building({LAMP: True}), RULE.format(actions=HELD)
    building.run(rules, 0, 25)
    building.equipment.values[LAMP] = False
    building.run(rules, 100, 110)
    building.equipment.values[LAMP] = True
    assert building.run(rules, 200, 258).equipment.writes == []


def test_a_delay_that_is_over_goes_on_at_once() -> None:
    assert Building().goes_on(ON_THEN_OFF, cut_at=20, resumed_at=4000, until=4002) == [(LAMP, False)]


def test_a_firing_that_went_on_ends_as_the_same_one() -> None:
    building = Building()
    building.goes_on(ON_THEN_OFF, cut_at=20, resumed_at=4000, until=4002)
    (firing,) = [entry for entry in building.journal.entries if isinstance(entry, Firing)]
    assert [e for e in building.journal.entries if isinstance(e, FiringEnd)][-1].firing == firing.id


def test_a_rule_that_was_changed_does_not_go_on() -> None:
    building = Building()
    building.run(RULE.format(actions=ON_THEN_OFF), 0, 20)
    house = building.run(RULE.format(actions=ON_THEN_OFF.replace("1m", "2m")), 30, 200)
    assert (house.equipment.writes, house.ends) == ([], ["broken off: the rule was changed"])


def test_a_rule_that_was_removed_does_not_go_on() -> None:
    building = Building()
    building.run(RULE.format(actions=ON_THEN_OFF), 0, 20)
    assert building.run("[]", 30, 200).ends == ["broken off: the rule was removed"]


def test_a_rule_beside_one_that_was_changed_goes_on() -> None:
    building, rule = Building(), RULE.format(actions=ON_THEN_OFF)
    other = '\n- {{id: b, triggers: [{{at: "{}"}}], actions: [{{press: doorbell}}]}}'
    building.run(rule + other.format("00:00"), 0, 20)
    assert building.run(rule + other.format("01:00"), 30, 70).equipment.writes == [(LAMP, False)]


def test_nothing_goes_on_before_its_points_were_read() -> None:
    actions = '{delay: 20s}, {set: {lamp.powerlevel: "{{ living_thermostat.actualtemp + 1 }}"}}'
    assert Building().goes_on(actions, cut_at=20, resumed_at=100, until=102) == [(LEVEL, 21)]


def test_what_waits_for_a_point_that_is_not_read_goes_on_after_a_minute() -> None:
    building, rules = Building(), RULE.format(actions=ON_THEN_OFF)
    building.run(rules, 0, 20)
    building.equipment.hanging.add(LAMP)
    house = building.run(rules, 30, 100)
    assert house.equipment.writes == [(LAMP, False)]


def test_a_branch_that_was_taken_is_not_chosen_again() -> None:
    building = Building()
    actions = """{if: living_thermostat.actualtemp < 25,
        then: [{delay: 1m}, {set: {lamp.powerlevel: 1}}], else: {set: {lamp.powerlevel: 2}}}"""
    rules = RULE.format(actions=actions)
    building.run(rules, 0, 20)
    building.equipment.values[TEMPERATURE] = 30.0
    assert building.run(rules, 30, 70).equipment.writes == [(LEVEL, 1)]


def test_a_loop_goes_on_in_the_round_that_it_was_in() -> None:
    actions = """{repeat: {for_each: [10, 20, 30],
        actions: [{set: {lamp.powerlevel: "{{ repeat.item }}"}}, {delay: 10s}]}}"""
    written = Building().goes_on(actions, cut_at=20, resumed_at=21, until=60)
    assert written == [(LEVEL, 30)]


def test_sides_of_parallel_actions_go_on_by_themselves() -> None:
    actions = """{parallel: [
        [{delay: 10s}, {set: {lamp.power: on}}], [{delay: 1m}, {set: {lamp.powerlevel: 9}}]]},
        {set: {living_ac.hvacmode: cooling}}"""
    assert Building().goes_on(actions, cut_at=30, resumed_at=31, until=70) == [(LEVEL, 9), (MODE, "cooling")]


def test_variables_are_known_afterwards_and_what_set_it_off() -> None:
    actions = """{variables: {level: "{{ living_thermostat.actualtemp * 2 }}"}}, {delay: 1m},
        {log: "{{ trigger.at }}"}, {set: {lamp.powerlevel: "{{ level }}"}}"""
    building = Building()
    building.goes_on(actions, cut_at=30, resumed_at=31, until=70)
    assert building.equipment.writes == [(LEVEL, 40)]


def test_a_wait_goes_on_waiting_until_its_time_is_out() -> None:
    actions = "{wait: lamp.power, timeout: 1m, on_timeout: continue}, {set: {lamp.powerlevel: 3}}"
    building, rules = Building(), RULE.format(actions=actions)
    building.run(rules, 0, 20, kill=True)
    assert building.run(rules, 30, 64).equipment.writes == []
    assert building.run(rules, 64.2, 66).equipment.writes == [(LEVEL, 3)]


def test_a_ramp_goes_on_where_the_time_has_brought_it() -> None:
    actions = "{ramp: {lamp.powerlevel: 100, over: 100s, every: 10s}}"
    written = Building().goes_on(actions, cut_at=26, resumed_at=54.6, until=76)
    assert written == [(LEVEL, 50), (LEVEL, 60), (LEVEL, 70)]


def test_a_pulse_ends_at_once_where_its_end_was_missed() -> None:
    written = Building().goes_on("{pulse: {lamp.power: on, for: 1m}}", cut_at=20, resumed_at=500, until=502)
    assert written == [(LAMP, False)]


def test_a_short_pulse_ends_before_the_service_does() -> None:
    building, rules = Building(), RULE.format(actions="{pulse: {lamp.power: on, for: 5s}}")
    assert building.run(rules, 0, 6).equipment.writes == [(LAMP, True), (LAMP, False)]


LONG_PULSE = "{pulse: {lamp.power: on, for: 1m}}, {set: {lamp.powerlevel: 9}}"
ON, OFF = (LAMP, True), (LAMP, False)


def test_what_a_pulse_switched_on_is_off_while_the_service_does_not_run() -> None:
    building, rules = Building(), RULE.format(actions=LONG_PULSE)
    assert building.run(rules, 0, 20).equipment.writes == [ON, OFF]
    assert building.run(rules, 30, 50).equipment.writes == [ON, OFF]
    assert building.run(rules, 50, 66).equipment.writes == [ON, OFF, (LEVEL, 9)]


def test_a_pulse_whose_time_passed_meanwhile_is_not_begun_anew() -> None:
    building, rules = Building(), RULE.format(actions=LONG_PULSE)
    building.run(rules, 0, 20)
    assert building.run(rules, 500, 502).equipment.writes == [OFF, (LEVEL, 9)]


def test_a_pulse_that_was_killed_stays_on_and_ends_at_its_moment() -> None:
    building, rules = Building(), RULE.format(actions=LONG_PULSE)
    building.run(rules, 0, 20, kill=True)
    assert building.run(rules, 30, 64, kill=True).equipment.writes == []
    assert building.run(rules, 64.2, 66).equipment.writes == [OFF, (LEVEL, 9)]


def test_a_pulse_that_was_killed_before_it_was_sent_is_begun() -> None:
    building, rules = Building(), RULE.format(actions=LONG_PULSE)
    building.equipment.hanging.add(LAMP)
    building.run(rules, 0, 5.2, kill=True)
    building.equipment.hanging.clear()
    assert building.run(rules, 30, 70).equipment.writes == [ON, OFF, (LEVEL, 9)]


@pytest.mark.parametrize(("share", "cut_at"), [(1, 20), (0.5, 10)])
def test_what_a_duty_switched_on_is_off_while_the_service_does_not_run(share: float, cut_at: float) -> None:
    building, rules = Building(), RULE.format(actions=f"{{duty: {{lamp.power: {share}, period: 1m}}}}")
    assert building.run(rules, 0, cut_at).equipment.writes == [ON, OFF]
    assert building.run(rules, cut_at + 5, cut_at + 6).equipment.writes == [ON, OFF]


def test_a_duty_that_is_off_when_the_service_ends_stays_so() -> None:
    building, rules = Building(), RULE.format(actions="{duty: {lamp.power: 0.25, period: 1m}}")
    assert building.run(rules, 0, 40).equipment.writes == [ON, OFF]
    assert building.run(rules, 45, 60).equipment.writes == []


def test_a_duty_goes_on_in_its_period() -> None:
    actions = "{duty: {lamp.power: 0.5, period: 40s}}"
    assert Building().goes_on(actions, cut_at=10, resumed_at=15, until=30) == [(LAMP, False)]


def test_what_must_not_come_twice_does_not() -> None:
    building = Building()
    actions = "{launch: evening}, {set: {lamp.power: on}}"
    building.equipment.hanging.add(SCENE)
    written = building.goes_on(actions, cut_at=5.2, resumed_at=30, until=40)
    assert written == [(LAMP, True)]


def test_a_state_that_was_perhaps_not_sent_is_sent_again() -> None:
    building = Building()
    building.equipment.hanging.add(LAMP)
    rules = RULE.format(actions="{set: {lamp.power: on}}, {set: {lamp.powerlevel: 5}}")
    building.run(rules, 0, 5.2, kill=True)
    building.equipment.hanging.clear()
    assert building.run(rules, 30, 40).equipment.writes == [(LAMP, True), (LEVEL, 5)]


def test_what_was_saved_before_is_restored_after() -> None:
    actions = "{save: lamp.powerlevel, as: x}, {set: {lamp.powerlevel: 50}}, {delay: 1m}, {restore: x}"
    building = Building({LEVEL: 20})
    assert building.goes_on(actions, cut_at=30, resumed_at=40, until=70) == [(LEVEL, 20)]


def test_a_queue_is_kept() -> None:
    rules = "- {id: a, triggers: [{every: 10s}], mode: queued, actions: [{press: doorbell}, {delay: 25s}]}"
    building = Building()
    building.run(rules, 0, 22)
    kept = [entry for entry in building.journal.entries if isinstance(entry, Unfinished)]
    assert len({entry.firing for entry in kept}) == 2
    house = building.run(rules.replace("10s", "10s"), 23, 36)
    assert len(house.equipment.writes) == 1


def test_a_queue_is_kept_when_the_service_is_killed() -> None:
    rules = "- {id: a, triggers: [{every: 10s}], mode: queued, actions: [{press: doorbell}, {delay: 25s}]}"
    building = Building()
    building.run(rules, 0, 22, kill=True)
    assert len(building.run(rules, 23, 36).equipment.writes) == 1


STILL = """- {{id: a, triggers: [{{telegram: 1/2/3}}], mode: {mode},
    actions: [{{set: {{lamp.power: on}}}}, {{delay: 30s}}, {{set: {{lamp.powerlevel: 1}}}}]}}"""


def interrupted(mode: str) -> House:
    """A firing at 5 s, a restart at 10 s, and another firing before the first one has gone on."""
    building = Building()

    async def first(house: House) -> None:
        await house.at(5)
        house.engine.happen(Event(kind="telegram", name="1/2/3"))
        await house.at(10)

    async def second(house: House) -> None:
        house.equipment.gates[LAMP] = gate = asyncio.Event()
        await house.at(5)
        house.engine.happen(Event(kind="telegram", name="1/2/3"))
        await house.at(8)
        gate.set()
        await house.at(80)

    rules = STILL.format(mode=mode)
    live(rules, first, equipment=building.equipment, journal=building.journal)
    return live(
        rules,
        second,
        equipment=building.equipment,
        journal=building.journal,
        start=START + timedelta(seconds=10),
    )


@pytest.mark.parametrize(
    ("mode", "ends"),
    [
        ("single", [("1", "done")]),
        ("restart", [("1", "restarted"), ("2", "done")]),
        ("queued", [("1", "done"), ("2", "done")]),
        ("parallel", [("1", "done"), ("2", "done")]),
    ],
)
def test_a_firing_that_has_not_gone_on_yet_overlaps_all_the_same(
    mode: str, ends: list[tuple[str, str]]
) -> None:
    """Each firing by the run of the service in which it began."""
    found = [(end.firing.partition("-")[0], end.outcome) for end in interrupted(mode).firing_ends]
    assert found == ends


def test_a_rule_that_was_run_is_done_though_the_service_was_killed_at_once() -> None:
    rules = """
    - {id: caller, triggers: [{at: "14:00:05"}], actions: [{run: called}, {set: {lamp.powerlevel: 5}}]}
    - {id: called, actions: [{set: {lamp.power: on}}]}
    """
    building = Building()
    building.equipment.hanging.add(LAMP)
    building.run(rules, 0, 5.2, kill=True)
    building.equipment.hanging.clear()
    assert building.run(rules, 30, 40).equipment.writes == [(LAMP, True), (LEVEL, 5)]


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_a_caller_goes_on_where_the_called_rule_has_ended(kill: bool) -> None:
    rules = """
    - {id: caller, triggers: [{at: "14:00:05"}], actions: [{run: called}, {set: {lamp.powerlevel: 5}}]}
    - {id: called, actions: [{delay: 1m}, {press: doorbell}]}
    """
    building = Building()
    building.run(rules, 0, 20, kill=kill)
    house = building.run(rules, 1000, 1002)
    assert house.equipment.writes == [(DOORBELL, None), (LEVEL, 5)]


def test_a_caller_whose_called_rule_was_changed_goes_on() -> None:
    rules = """
    - {id: caller, triggers: [{at: "14:00:05"}], actions: [{run: called}, {set: {lamp.powerlevel: 5}}]}
    - {id: called, actions: [{delay: 1m}, {press: doorbell}]}
    """
    building = Building()
    building.run(rules, 0, 20)
    assert building.run(rules.replace("1m", "2m"), 30, 32).equipment.writes == [(LEVEL, 5)]


def test_what_is_sent_last_is_not_sent_twice() -> None:
    building = Building()
    rules = RULE.format(actions="{delay: 5s}, {launch: evening}")
    building.equipment.hanging.add(SCENE)
    building.run(rules, 0, 11, kill=True)
    building.equipment.hanging.clear()
    assert building.run(rules, 30, 40).equipment.writes == []


BAD_CLOCKS = [
    pytest.param(datetime(1970, 1, 1, tzinfo=UTC), id="1970"),
    pytest.param(START - timedelta(hours=5), id="set back"),
]


@pytest.mark.parametrize("start", BAD_CLOCKS)
@pytest.mark.parametrize(
    ("actions", "writes"),
    [
        (ON_THEN_OFF, [(LAMP, False)]),
        ("{pulse: {lamp.power: on, for: 1m}}", [(LAMP, False)]),
        ("{duty: {lamp.power: 0.5, period: 2m, for: 2m}}", [(LAMP, False)]),
        ("{ramp: {lamp.powerlevel: 100, over: 1m, every: 1m}}", [(LEVEL, 0), (LEVEL, 100)]),
        (
            "{wait: lamp.powerlevel > 90, timeout: 1m, on_timeout: continue}, {press: doorbell}",
            [(DOORBELL, None)],
        ),
    ],
)
def test_what_waits_over_a_start_with_a_wrong_clock_waits_no_longer_than_anew(
    actions: str, writes: list[object], start: datetime
) -> None:
    building, rules = Building(), RULE.format(actions=actions)
    building.run(rules, 0, 20, kill=True)
    building.equipment.writes.clear()
    building.journal.is_dead = False

    async def test(house: House) -> None:
        await house.at(125)

    live(rules, test, equipment=building.equipment, journal=building.journal, start=start)
    assert building.equipment.writes == writes


@pytest.mark.parametrize("hours", [-5, 5])
@pytest.mark.parametrize(
    ("actions", "writes"),
    [
        (ON_THEN_OFF, [(LAMP, True, 5), (LAMP, False, 65)]),
        ("{pulse: {lamp.power: on, for: 1m}}", [(LAMP, True, 5), (LAMP, False, 65)]),
        (
            "{duty: {lamp.power: 0.5, period: 40s, for: 80s}}",
            [(LAMP, True, 5), (LAMP, False, 25), (LAMP, True, 45), (LAMP, False, 65)],
        ),
        (
            "{ramp: {lamp.powerlevel: 3, over: 1m, every: 20s}}",
            [(LEVEL, 1, 25), (LEVEL, 2, 45), (LEVEL, 3, 65)],
        ),
        (
            "{wait: lamp.power, timeout: 1m, on_timeout: continue}, {set: {lamp.power: on}}",
            [(LAMP, True, 65)],
        ),
    ],
)
def test_a_clock_that_is_set_meanwhile_changes_nothing(
    actions: str, writes: list[object], hours: int
) -> None:
    found: list[object] = []

    async def test(house: House) -> None:
        for second in range(1, 100):
            await house.at(second)
            found.extend((*write, second) for write in house.equipment.writes[len(found) :])
            if second == 10:
                house.clock.shift = timedelta(hours=hours)

    live(RULE.format(actions=actions), test, values=dict(VALUES))
    assert found == writes


def test_the_trace_says_where_a_firing_went_on() -> None:
    building, rules = Building(), RULE.format(actions=ON_THEN_OFF)
    building.run(rules, 0, 20, kill=True)
    assert building.run(rules, 30, 70).steps == [
        "set lamp.power: on: lamp.power = on",
        "delay 1m: waiting 1m",
        "after a restart of the service: it goes on where it was",
        "set lamp.power: off: lamp.power = off",
    ]


@pytest.mark.parametrize(
    ("first", "then", "outcome", "writes"),
    [
        (True, False, "broken off: the rule began it in a dry run", []),
        (True, True, "done", []),
        (False, False, "done", [(LAMP, True)]),
    ],
)
def test_what_a_dry_run_began_does_not_go_on_in_earnest(
    first: bool, then: bool, outcome: str, writes: list[object]
) -> None:
    building, rules = Building(), RULE.format(actions="{delay: 1m}, {set: {lamp.power: on}}")
    building.run(rules, 0, 30, kill=True, dry_run=first)
    building.run(rules, 40, 120, dry_run=then)
    assert building.equipment.writes == writes
    ends = [entry.outcome for entry in building.journal.entries if isinstance(entry, FiringEnd)]
    assert ends == [outcome]
