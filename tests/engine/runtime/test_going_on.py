"""Firings that go on where they were, after the service was stopped or killed in the middle."""

from datetime import timedelta

import pytest

from interlock.history.journal import MemoryJournal
from interlock.history.records import Entry, Firing, FiringEnd, Unfinished
from interlock.model import Point, Value
from support.engine_house import AC_POWER, LAMP, LEVEL, MODE, SCENE, START, TEMPERATURE, House, live
from support.fake_driver import FakeEquipment

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

    def run(self, rules: str, begin: float, end: float, *, kill: bool = False) -> House:
        """Run the service from one moment to another; return what it did."""
        self.equipment.writes.clear()
        self.journal.is_dead = False

        async def test(house: House) -> None:
            await house.at(end - begin)
            self.journal.is_dead = kill

        start = START + timedelta(seconds=begin)
        return live(rules, test, equipment=self.equipment, journal=self.journal, start=start)

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
