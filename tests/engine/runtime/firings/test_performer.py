"""What actions do and when, on fake equipment in virtual time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from interlock.capabilities import ValueType
from interlock.driver import DeviceType
from interlock.durations import parse_duration
from interlock.errors import CannotExecute, RejectedValue
from interlock.history.records import Step
from interlock.model import Command, Point, Value
from interlock.simulation.virtual_time import run_virtual
from support.engine_house import AC_POWER, LAMP, LEVEL, MODE, SETPOINT, TEMPERATURE, House, live, live_house
from support.fake_driver import FakeDeviceSettings, FakeDriver, FakeEquipment, capability

RULE = "- {{id: a, triggers: [{{every: 1h}}, {{becomes: living_ac.hvacpower}}], actions: [{actions}]}}"
"""Its actions begin half a second after the start, where the air conditioning is on."""


Test = Callable[[House], Awaitable[None]]


def wait_until(seconds: float) -> Test:
    async def test(house: House) -> None:
        await house.at(seconds)

    return test


def done(actions: str, test: Test, **values: Value) -> House:
    known = {AC_POWER: True, LAMP: False, LEVEL: 0, TEMPERATURE: 20.0, SETPOINT: 20.0, MODE: "auto"}
    given = {Point(name.replace("__", ".")): value for name, value in values.items()}
    return live(RULE.format(actions=actions), test, values={**known, **given})


def notes(house: House) -> list[str]:
    return [step.note for step in house.found(Step) if isinstance(step, Step)]


@pytest.mark.parametrize(
    ("delay", "before", "after"),
    [
        ("30s", 29, 31),
        ("\"{{ '1m' }}\"", 59, 61),
        ("\"{{ living_thermostat.actualtemp | int ~ 's' }}\"", 19, 21),
        ("{random: [10s, 10s]}", 9, 11),
        ("{random: [\"{{ '5s' }}\", 5s]}", 4, 6),
    ],
)
def test_a_delay_lasts_as_long_as_it_says(delay: str, before: float, after: float) -> None:
    async def test(house: House) -> None:
        await house.at(before)
        assert house.equipment.writes == []
        await house.at(after)

    assert done(f"{{delay: {delay}}}, {{set: {{lamp.power: on}}}}", test).equipment.writes == [(LAMP, True)]


def test_a_random_delay_lies_between_its_limits() -> None:
    house = done("{delay: {random: [10s, 20s]}}", wait_until(30))
    (note,) = notes(house)
    assert timedelta(seconds=10) < parse_duration(note.removeprefix("waiting ")) < timedelta(seconds=20)
    assert house.ends == ["done"]


def test_a_duration_that_cannot_be_computed_breaks_the_firing_off() -> None:
    house = done("{delay: \"{{ lamp.power ~ '' }}\"}", wait_until(5))
    assert house.ends == ["broken off: 'off' is no duration: write for example 30s, 5m, 1h30m or 2d"]


def test_a_wait_ends_when_its_condition_holds() -> None:
    async def test(house: House) -> None:
        await house.at(35)
        house.equipment.values[TEMPERATURE] = 25.0
        await house.at(39)
        assert house.equipment.writes == []
        await house.at(45)

    house = done("{wait: living_thermostat.actualtemp > 24}, {set: {lamp.power: on}}", test)
    assert house.equipment.writes == [(LAMP, True)]


def test_a_wait_that_is_over_already_waits_for_nothing() -> None:
    house = done("{wait: living_ac.hvacpower}, {set: {lamp.power: on}}", wait_until(1))
    assert house.equipment.writes == [(LAMP, True)]


def test_a_wait_with_for_needs_the_condition_to_hold() -> None:
    async def test(house: House) -> None:
        house.equipment.values[TEMPERATURE] = 25.0
        await house.at(15)
        house.equipment.values[TEMPERATURE] = 20.0
        await house.at(25)
        house.equipment.values[TEMPERATURE] = 25.0
        await house.at(59)
        assert house.equipment.writes == []
        await house.at(61)

    house = done("{wait: living_thermostat.actualtemp > 24, for: 30s}, {set: {lamp.power: on}}", test)
    assert house.equipment.writes == [(LAMP, True)]


def test_an_unknown_pauses_what_a_wait_holds() -> None:
    async def test(house: House) -> None:
        house.equipment.values[TEMPERATURE] = 25.0
        await house.at(15)
        house.equipment.errors[TEMPERATURE] = RejectedValue("no such thing")
        await house.at(25)
        del house.equipment.errors[TEMPERATURE]
        await house.at(39)
        assert house.equipment.writes == []
        await house.at(42)

    house = done("{wait: living_thermostat.actualtemp > 24, for: 30s}, {set: {lamp.power: on}}", test)
    assert house.equipment.writes == [(LAMP, True)]


def test_a_wait_that_times_out_ends_the_firing() -> None:
    house = done("{wait: lamp.power, timeout: 1m}, {set: {lamp.powerlevel: 3}}", wait_until(70))
    assert (house.equipment.writes, house.ends) == ([], ["broken off: 'lamp.power' did not come in time"])


def test_a_wait_that_times_out_can_go_on_and_say_so() -> None:
    actions = """{wait: lamp.power, timeout: 1m, on_timeout: continue},
        {if: not wait.completed, then: {set: {lamp.powerlevel: 3}}}"""
    house = done(actions, wait_until(70))
    assert house.equipment.writes == [(LEVEL, 3)]


def test_a_wait_sees_the_time_pass() -> None:
    house = done("{wait: \"now() > today_at('14:02')\"}, {set: {lamp.power: on}}", wait_until(119))
    assert house.equipment.writes == []
    house = done("{wait: \"now() > today_at('14:02')\"}, {set: {lamp.power: on}}", wait_until(121))
    assert house.equipment.writes == [(LAMP, True)]


CHOOSE = """{choose: [
    {if: living_thermostat.actualtemp > 25, then: {set: {lamp.powerlevel: 1}}},
    {if: living_thermostat.actualtemp > 22, then: {set: {lamp.powerlevel: 2}}}],
    default: {set: {lamp.powerlevel: 3}}}"""


@pytest.mark.parametrize(("temperature", "level"), [(26.0, 1), (23.0, 2), (20.0, 3)])
def test_the_first_true_branch_is_taken_or_else_the_default(temperature: float, level: int) -> None:
    house = done(CHOOSE, wait_until(2), living_thermostat__actualtemp=temperature)
    assert house.equipment.writes == [(LEVEL, level)]


def test_an_unknown_branch_ends_the_search() -> None:
    async def test(house: House) -> None:
        await house.at(2)

    known: dict[Point, Value] = {AC_POWER: True, LEVEL: 0}
    house = live(RULE.format(actions=CHOOSE), test, values=known)
    assert house.equipment.writes == []
    assert notes(house)[0].startswith("unknown, no branch is taken: ")


def test_a_repetition_comes_round_as_often_as_it_says() -> None:
    actions = (
        '{repeat: {count: 3, actions: [{set: {lamp.powerlevel: "{{ repeat.index * 10 }}"}}, {delay: 1s}]}}'
    )
    house = done(actions, wait_until(5))
    assert house.equipment.writes == [(LEVEL, 10), (LEVEL, 20), (LEVEL, 30)]


def test_a_count_may_be_computed() -> None:
    actions = """{variables: {times: 2}},
        {repeat: {count: "{{ times }}", actions: {set: {lamp.powerlevel: "{{ repeat.index }}"}}}}"""
    assert done(actions, wait_until(2)).equipment.writes == [(LEVEL, 1), (LEVEL, 2)]


def test_a_repetition_goes_through_a_list() -> None:
    actions = '{repeat: {for_each: [5, 50], actions: {set: {lamp.powerlevel: "{{ repeat.item }}"}}}}'
    assert done(actions, wait_until(2)).equipment.writes == [(LEVEL, 5), (LEVEL, 50)]


def test_while_is_looked_at_before_each_round() -> None:
    actions = '{repeat: {while: repeat.index < 3, actions: {set: {lamp.powerlevel: "{{ repeat.index }}"}}}}'
    assert done(actions, wait_until(2)).equipment.writes == [(LEVEL, 1), (LEVEL, 2)]


def test_until_is_looked_at_after_each_round() -> None:
    actions = '{repeat: {until: repeat.index >= 2, actions: {set: {lamp.powerlevel: "{{ repeat.index }}"}}}}'
    assert done(actions, wait_until(2)).equipment.writes == [(LEVEL, 1), (LEVEL, 2)]


def test_a_loop_without_end_is_broken_off() -> None:
    house = done("{repeat: {while: living_ac.hvacpower, actions: {variables: {x: 1}}}}", wait_until(5))
    assert house.ends == ["broken off: the loop came round 10000 times without an end"]


def test_actions_side_by_side_do_not_wait_for_each_other() -> None:
    actions = """{parallel: [
        [{delay: 10s}, {set: {lamp.power: on}}],
        [{delay: 5s}, {set: {lamp.powerlevel: 7}}]]}, {set: {living_ac.hvacmode: cooling}}"""
    house = done(actions, wait_until(20))
    assert house.equipment.writes == [(LEVEL, 7), (LAMP, True), (MODE, "cooling")]


def test_a_failure_ends_what_runs_beside_it() -> None:
    actions = (
        "{parallel: [{fail: it burns}, [{delay: 5s}, {set: {lamp.power: on}}]]}, {set: {lamp.power: on}}"
    )
    house = done(actions, wait_until(20))
    assert (house.equipment.writes, house.ends) == ([], ["broken off: it burns"])


def test_a_sequence_is_done_in_its_order() -> None:
    actions = "{sequence: [{set: {lamp.power: on}}, {set: {lamp.power: off}}]}"
    assert done(actions, wait_until(3)).equipment.writes == [(LAMP, True), (LAMP, False)]


def test_stop_ends_the_firing_without_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "interlock.rule"):
        house = done('{stop: "warm at {{ living_thermostat.actualtemp }}"}, {press: doorbell}', wait_until(2))
    assert (house.ends, caplog.records) == (["stopped: warm at 20"], [])


def test_stop_alone_ends_the_firing_too() -> None:
    assert done("{stop: }, {press: doorbell}", wait_until(2)).ends == ["stopped: "]


def test_an_error_can_be_passed_over() -> None:
    async def test(house: House) -> None:
        house.equipment.errors[LAMP] = RejectedValue("no")
        await house.at(2)

    house = done("{set: {lamp.power: on}, on_error: continue}, {set: {lamp.powerlevel: 3}}", test)
    assert house.equipment.writes[-1] == (LEVEL, 3)
    assert "failed: lamp.power was refused" in notes(house)


def test_an_error_can_stop_the_firing() -> None:
    async def test(house: House) -> None:
        house.equipment.errors[LAMP] = RejectedValue("no")
        await house.at(2)

    house = done("{set: {lamp.power: on}, on_error: stop}, {set: {lamp.powerlevel: 3}}", test)
    assert (LEVEL, 3) not in house.equipment.writes
    assert house.ends == ["broken off: lamp.power was refused"]


def test_an_error_can_have_actions_of_its_own_which_know_it() -> None:
    actions = """{set: {lamp.powerlevel: "{{ living_thermostat.actualtemp * 20 }}"},
        on_error: [{log: "it says {{ error.message }}"}]}, {set: {lamp.power: on}}"""
    house = done(actions, wait_until(2))
    assert house.equipment.writes == [(LAMP, True)]
    assert notes(house)[1].startswith("it says lamp.powerlevel: powerlevel cannot be 400")


def test_what_goes_well_needs_no_error_actions() -> None:
    house = done(
        "{set: {lamp.power: on}, on_error: [{fail: no}]}, {set: {lamp.powerlevel: 2}}", wait_until(2)
    )
    assert (house.equipment.writes, house.ends) == ([(LAMP, True), (LEVEL, 2)], ["done"])


def test_a_command_that_was_carried_out_is_verified() -> None:
    actions = "{set: {lamp.power: on}}, {verify: {lamp.power: on, within: 30s}}, {set: {lamp.powerlevel: 2}}"
    house = done(actions, wait_until(40))
    assert house.equipment.writes == [(LAMP, True), (LEVEL, 2)]
    assert "it has come" in notes(house)


def test_a_command_that_had_no_effect_is_repeated_and_then_fails() -> None:
    async def test(house: House) -> None:
        house.equipment.deaf.add(LAMP)
        await house.at(100)

    actions = (
        "{set: {lamp.power: on}}, {verify: {lamp.power: on, within: 20s, retries: 2}}, {press: doorbell}"
    )
    house = done(actions, test)
    assert house.equipment.writes == [(LAMP, True)] * 3
    assert house.ends == ["broken off: lamp.power is off, not on"]


def test_a_verification_that_fails_can_have_actions_of_its_own() -> None:
    async def test(house: House) -> None:
        house.equipment.deaf.add(LAMP)
        await house.at(40)

    actions = """{set: {lamp.power: on}},
        {verify: {lamp.power: on, within: 20s, else: [{set: {lamp.powerlevel: 1}}]}},
        {set: {lamp.powerlevel: 2}}"""
    assert done(actions, test).equipment.writes[1:] == [(LEVEL, 1), (LEVEL, 2)]


def test_what_was_saved_is_restored() -> None:
    actions = """{save: [lamp.power, lamp.powerlevel], as: before},
        {set: {lamp.power: on, lamp.powerlevel: 100}}, {delay: 1m}, {restore: before}"""
    house = done(actions, wait_until(70), lamp__powerlevel=30)
    assert house.equipment.writes == [(LAMP, True), (LEVEL, 100), (LAMP, False), (LEVEL, 30)]


def test_nothing_is_restored_where_nothing_was_saved_yet() -> None:
    actions = "{restore: before}, {set: {lamp.power: on}}, {save: lamp.power, as: before}"
    house = done(actions, wait_until(2))
    assert (house.equipment.writes, notes(house)[0]) == ([(LAMP, True)], "nothing was saved")


def test_variables_are_computed_when_they_are_set() -> None:
    actions = """{variables: {warm: "{{ living_thermostat.actualtemp + 1 }}", mode: cooling}},
        {variables: {warm: "{{ warm * 2 }}"}},
        {set: {lamp.powerlevel: "{{ warm }}", living_ac.hvacmode: "{{ mode }}"}}"""
    assert done(actions, wait_until(2)).equipment.writes == [(LEVEL, 42), (MODE, "cooling")]


def test_a_variable_is_computed_from_those_before_it() -> None:
    actions = """{variables: {warm: "{{ living_thermostat.actualtemp + 1 }}", hot: "{{ warm * 2 }}"}},
        {set: {lamp.powerlevel: "{{ hot }}"}}"""
    assert done(actions, wait_until(2)).equipment.writes == [(LEVEL, 42)]


def test_a_ramp_goes_evenly_to_its_goal() -> None:
    house = done("{ramp: {lamp.powerlevel: 100, over: 10s, every: 2s}}", wait_until(12), lamp__powerlevel=50)
    assert house.equipment.writes == [(LEVEL, level) for level in (60, 70, 80, 90, 100)]


def test_a_ramp_sends_nothing_that_was_just_sent() -> None:
    house = done("{ramp: {lamp.powerlevel: 2, over: 10s}}", wait_until(12))
    assert house.equipment.writes == [(LEVEL, 1), (LEVEL, 2)]


def test_a_ramp_needs_to_know_where_it_begins() -> None:
    async def test(house: House) -> None:
        await house.at(5)

    actions = "{ramp: {lamp.powerlevel: 2, over: 10s}}"
    house = live(RULE.format(actions=actions), test, values={AC_POWER: True})
    assert house.ends == ["broken off: lamp.powerlevel is unknown: a ramp needs to know where it begins"]


def test_a_pulse_switches_on_and_off_again() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        assert house.equipment.writes == [(LAMP, True)]
        await house.at(3)

    assert done("{pulse: {lamp.power: on, for: 2s}}", test).equipment.writes == [(LAMP, True), (LAMP, False)]


def test_a_duty_is_on_for_its_share_of_each_period() -> None:
    switched: list[tuple[int, Value | None]] = []

    async def test(house: House) -> None:
        seen = 0
        for second in range(45):
            await house.at(second + 0.4)
            switched.extend((second, value) for _, value in house.equipment.writes[seen:])
            seen = len(house.equipment.writes)

    house = done("{duty: {lamp.power: 0.25, period: 20s, for: 40s}}", test)
    assert switched == [(0, True), (5, False), (20, True), (25, False)]
    assert house.ends == ["done"]


@pytest.mark.parametrize(("share", "writes"), [("0", []), ("1", [(LAMP, True)])])
def test_a_duty_of_all_or_nothing_does_not_switch_in_between(share: str, writes: list[object]) -> None:
    async def test(house: House) -> None:
        await house.at(65)
        assert house.equipment.writes == writes

    done(f"{{duty: {{lamp.power: {share}, period: 20s}}}}", test)


def test_an_error_of_one_rule_is_no_other_rules() -> None:
    rules = """
    - {id: a, condition: living_ac.hvacpower, actions: [{fail: no}]}
    - {id: b, condition: living_ac.hvacpower, actions: [{set: {lamp.power: on}}]}
    """

    async def test(house: House) -> None:
        await house.at(2)

    assert live(rules, test, values={AC_POWER: True, LAMP: False}).equipment.writes == [(LAMP, True)]


def test_a_device_that_cannot_now_is_no_end_of_the_firing() -> None:
    async def test(house: House) -> None:
        house.equipment.errors[LAMP] = CannotExecute("it is busy")
        await house.at(20)

    house = done("{set: {lamp.power: on}}, {set: {lamp.powerlevel: 3}}", test)
    assert (LEVEL, 3) in house.equipment.writes
    assert house.ends == ["done, but lamp.power was failed"]


@pytest.mark.parametrize("share", ['"{{ living_thermostat.setpoint }}"', "1"])
def test_a_duty_that_cannot_go_on_is_off(share: str) -> None:
    async def test(house: House) -> None:
        await house.at(15)
        house.equipment.errors[SETPOINT] = RejectedValue("gone")
        await house.at(70)

    period = "\"{{ living_thermostat.setpoint ~ 's' }}\""
    house = done(f"{{duty: {{lamp.power: {share}, period: {period}}}}}", test, living_thermostat__setpoint=10)
    assert house.equipment.writes[0] == (LAMP, True)
    assert house.equipment.writes[-1] == (LAMP, False)
    assert house.ends[0].startswith("broken off: ")


@pytest.mark.parametrize(
    "action", ["{pulse: {lamp.power: on, for: 1h}}", "{duty: {lamp.power: 0.5, period: 1h}}"]
)
def test_what_is_cancelled_while_it_switches_on_is_switched_off(action: str) -> None:
    async def test(house: House) -> None:
        house.equipment.delays[LAMP] = 20
        await house.at(0.8)
        house.engine.runner.cancel("a", by="a hand")
        await house.at(60)

    house = done(action, test)
    assert house.equipment.writes == [(LAMP, True), (LAMP, False)]
    assert house.ends == ["cancelled by a hand"]


def test_a_pulse_of_what_is_on_already_ends_with_off() -> None:
    house = done("{pulse: {lamp.power: on, for: 2s}}", wait_until(5), lamp__power=True)
    assert house.equipment.writes == [(LAMP, True), (LAMP, False)]


@pytest.mark.parametrize("share", ["-1", "0 - 1e9"])
def test_a_negative_share_is_never_on(share: str) -> None:
    actions = f'{{duty: {{lamp.power: "{{{{ {share} }}}}", period: 20s, for: 50s}}}}'
    assert done(actions, wait_until(60)).equipment.writes == []


def test_a_share_that_is_no_number_breaks_the_firing_off() -> None:
    actions = '{duty: {lamp.power: "{{ living_thermostat.setpoint * 1e308 }}", period: 20s}}'
    house = done(actions, wait_until(5))
    assert house.ends[0].startswith("broken off: the share is ")


def test_a_loop_that_waits_may_come_round_for_ever() -> None:
    actions = "{repeat: {while: not lamp.power, actions: {delay: 1s}}}"
    house = done(actions, wait_until(20_010))
    assert not [end for end in house.ends if end.startswith("broken")]


def test_a_loop_comes_round_as_often_as_is_allowed() -> None:
    house = done("{repeat: {count: 10000, actions: {variables: {x: 1}}}}", wait_until(5))
    assert house.ends == ["done"]
    house = done("{repeat: {count: 10001, actions: {variables: {x: 1}}}}", wait_until(5))
    assert house.ends == ["broken off: the loop came round 10000 times without an end"]


def test_a_ramp_goes_in_the_steps_of_its_controller() -> None:
    level = capability("level", ValueType.NUMBER, readable=True, writable=True, minimum=0, maximum=10, step=5)
    dimmer = DeviceType(name="dimmer", description="", settings=FakeDeviceSettings, controllers=(level,))
    point = Point("dimmer.level")
    equipment = FakeEquipment(values={point: 0.0, AC_POWER: True})
    driver = type(
        "Dimming", (FakeDriver,), {"shared": equipment, "device_types": (*FakeDriver.device_types, dimmer)}
    )
    rules = RULE.format(actions="{ramp: {dimmer.level: 10, over: 8s, every: 1s}}")

    async def test(house: House) -> None:
        await house.at(12)

    devices = {"dimmer": "dimmer", "living_ac": "hvac"}
    live(rules, test, equipment=equipment, site={"driver": driver, "devices": devices})
    assert equipment.writes == [(point, 5.0), (point, 10.0)]


def test_a_ramp_over_no_time_is_one_command() -> None:
    assert done("{ramp: {lamp.powerlevel: 60, over: 0s}}", wait_until(6)).equipment.writes == [(LEVEL, 60)]


def test_a_ramp_to_where_it_is_sends_nothing() -> None:
    house = done("{ramp: {lamp.powerlevel: 60, over: 10s}}", wait_until(16), lamp__powerlevel=60)
    assert house.equipment.writes == []


def test_a_ramp_begins_at_what_was_set_just_before() -> None:
    actions = "{set: {lamp.powerlevel: 60}}, {ramp: {lamp.powerlevel: 62, over: 2s}}"
    house = done(actions, wait_until(16), lamp__powerlevel=50)
    assert house.equipment.writes == [(LEVEL, level) for level in (60, 61, 62)]


def test_a_loop_goes_through_the_parts_of_a_colour() -> None:
    actions = """{variables: {c: "{{ strip.color }}"}},
        {repeat: {for_each: "{{ c }}", actions: {set: {lamp.powerlevel: "{{ repeat.item }}"}}}}"""

    async def test(house: House) -> None:
        await house.at(5)

    devices = {"strip": "strip", "lamp": "light", "living_ac": "hvac"}
    values: dict[Point, Value] = {Point("strip.color"): (10, 20, 30), AC_POWER: True, LEVEL: 0}
    house = live(RULE.format(actions=actions), test, values=values, site={"devices": devices})
    assert house.equipment.writes == [(LEVEL, 10), (LEVEL, 20), (LEVEL, 30)]


def test_an_assumed_value_is_verified_by_what_was_accepted() -> None:
    relay = Point("relay.value")
    house = done("{set: {relay.value: on}}, {verify: {relay.value: on, within: 10s}}", wait_until(20))
    assert (house.equipment.writes, house.ends) == ([(relay, True)], ["done"])


def test_no_task_is_left_behind() -> None:
    left: set[asyncio.Task[object]] = set()

    async def main() -> None:
        async def test(house: House) -> None:
            await house.at(20)

        actions = """{parallel: [{wait: lamp.power}, {delay: 1h},
            {duty: {living_ac.hvacpower: 1, period: 1h}},
            {ramp: {lamp.powerlevel: 90, over: 1h}}, {sequence: [{run: b}, {press: doorbell}]}]}"""
        rules = RULE.format(actions=actions) + "\n- {id: b, actions: [{delay: 1h}]}"
        before = asyncio.all_tasks()
        await live_house(rules, test, values={AC_POWER: True, LAMP: False, LEVEL: 0})
        left.update(asyncio.all_tasks() - before)

    run_virtual(main())
    assert left == set()


@pytest.mark.parametrize(
    ("options", "priority", "lasts"),
    [
        ("priority: 8", 8, None),
        ("for: 1h", 16, 3600),
        ("for: \"{{ '90s' }}\", priority: manual_operator", 8, 90),
    ],
)
def test_what_set_holds_is_a_claim_until_then(options: str, priority: int, lasts: int | None) -> None:
    house = done(
        f"{{set: {{lamp.power: on}}, {options}}}, {{delay: 1h}}, {{release: lamp.power}}", wait_until(5)
    )
    (command,) = (each for each in house.found(Command) if isinstance(each, Command))
    until = None if lasts is None else command.created_at + timedelta(seconds=lasts)
    assert (command.holds, command.priority, command.until) == (True, priority, until)


def test_a_claim_is_wanted_also_where_the_value_is_the_same() -> None:
    house = done("{set: {lamp.power: off}, for: 1h}", wait_until(5))
    assert [each.holds for each in house.found(Command) if isinstance(each, Command)] == [True]


def test_nothing_is_held_where_it_is_unknown_for_how_long() -> None:
    house = done("{set: {lamp.power: on}, for: \"{{ lamp.power ~ '' }}\"}", wait_until(5))
    assert house.found(Command) == []
    assert house.ends == ["broken off: 'off' is no duration: write for example 30s, 5m, 1h30m or 2d"]
