"""The whole way of a value, from poll to command, in virtual time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from interlock.errors import JournalError, ProtocolFault, TimedOut, Unreachable
from interlock.history.journal import MemoryJournal
from interlock.history.records import Firing, ServiceStart, Unfinished
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Reading, Value
from interlock.rules.rule import Decision, Verdict
from interlock.runtime.engine import Engine
from interlock.simulation.virtual_time import VirtualClock, run_virtual
from support.engine_house import (
    AC_POWER,
    LAMP,
    LEVEL,
    MODE,
    SCENE,
    SETPOINT,
    START,
    TEMPERATURE,
    House,
    live,
    live_house,
)
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_site import fake_site

COOLING = """
- id: cool-living-room
  triggers:
    - every: 1m
  condition: living_thermostat.actualtemp > 26
  actions:
    - set: {living_ac.hvacmode: cooling}
    - launch: evening
"""


def test_the_main_job_is_done_with_its_reason_in_the_journal() -> None:
    async def test(house: House) -> None:
        await house.at(70)
        house.equipment.values[TEMPERATURE] = 26.4
        await house.at(125)

    house = live(COOLING, test, values={TEMPERATURE: 24.0, MODE: "auto", AC_POWER: True})
    assert house.equipment.writes == [(MODE, "cooling"), (SCENE, "launch")]
    decisions = house.found(Decision)
    assert [decision.verdict for decision in decisions] == [Verdict.CONDITION_FALSE]  # type: ignore[attr-defined]
    [firing] = house.found(Firing)
    assert isinstance(firing, Firing)
    assert firing.decision.reason == (
        "every 1m: living_thermostat.actualtemp > 26 is true (living_thermostat.actualtemp = 26.4)"
    )
    assert house.steps == [
        "set living_ac.hvacmode: cooling: living_ac.hvacmode = cooling",
        "launch evening: evening.scenelaunch = launch",
    ]
    assert house.ends == ["done"]
    assert [(r.command.point, r.outcome, r.answer) for r in house.receipts] == [
        (MODE, Outcome.ACCEPTED, "cooling"),
        (SCENE, Outcome.ACCEPTED, None),
    ]
    assert [r.command.origin for r in house.receipts] == [
        Origin(OriginKind.RULE, "cool-living-room", firing.id)
    ] * 2


def test_only_what_the_rules_read_is_polled() -> None:
    async def test(house: House) -> None:
        await house.at(5)

    house = live(COOLING, test, values={TEMPERATURE: 24.0, MODE: "auto"})
    assert house.equipment.reads == [(TEMPERATURE, MODE)]


def test_a_rule_that_is_off_is_not_polled_for() -> None:
    async def test(house: House) -> None:
        await house.at(65)

    house = live(COOLING + "  enabled: false\n", test, values={TEMPERATURE: 30.0})
    assert (house.equipment.reads, house.equipment.writes) == ([], [])


def test_what_is_so_already_is_not_set_again_but_the_scene_is_launched() -> None:
    async def test(house: House) -> None:
        await house.at(65)

    house = live(COOLING, test, values={TEMPERATURE: 30.0, MODE: "cooling"})
    assert house.equipment.writes == [(SCENE, "launch")]
    assert house.steps[0] == "set living_ac.hvacmode: cooling: living_ac.hvacmode is cooling already"


def test_a_dead_sensor_fires_nothing_and_the_trace_says_why() -> None:
    async def test(house: House) -> None:
        await house.at(65)

    house = live(COOLING, test, values={MODE: "auto"})
    assert house.equipment.writes == []
    [decision] = house.found(Decision)
    assert isinstance(decision, Decision)
    assert decision.verdict is Verdict.CONDITION_UNKNOWN
    assert "living_thermostat.actualtemp is not in the equipment" in decision.reason


def test_nothing_fires_because_a_server_came_back() -> None:
    rules = """
    - id: once
      condition: living_thermostat.actualtemp > 26
      actions: [{launch: evening}]
    """

    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.errors[TEMPERATURE] = Unreachable("refused")
        await house.at(100)
        assert house.engine.state.values.get(TEMPERATURE) is None
        house.equipment.errors.clear()
        await house.at(400)
        assert house.engine.state.values.get(TEMPERATURE) == 30.0

    house = live(rules, test, values={TEMPERATURE: 30.0})
    assert house.equipment.writes == [(SCENE, "launch")]


def test_what_was_true_before_a_restart_does_not_fire_after_it() -> None:
    rules = """
    - id: once
      condition: living_thermostat.actualtemp > 26
      actions: [{launch: evening}]
    """
    journal, equipment = MemoryJournal(), FakeEquipment(values={TEMPERATURE: 30.0})

    async def test(house: House) -> None:
        await house.at(15)

    for _ in range(2):
        journal.last_seen = START
        live(rules, test, journal=journal, equipment=equipment)
    assert equipment.writes == [(SCENE, "launch")]
    assert journal.run_number == 2


@pytest.mark.parametrize(("after", "launches"), [(True, 0), (False, 1)])
def test_a_change_while_the_service_was_down_fires_once_it_is_seen(after: bool, launches: int) -> None:
    rules = "[{id: x, triggers: [{change: lamp.power}], actions: [{launch: evening}]}]"
    journal, equipment = MemoryJournal(), FakeEquipment(values={LAMP: True})

    async def test(house: House) -> None:
        await house.at(35)

    live(rules, test, journal=journal, equipment=equipment)
    journal.last_seen = START
    equipment.values[LAMP] = after
    live(rules, test, journal=journal, equipment=equipment)
    assert equipment.writes == [(SCENE, "launch")] * launches


def test_the_age_of_a_point_goes_on_over_a_restart() -> None:
    rules = """
    - id: x
      triggers: [{every: 1m}]
      condition: age('lamp.power') > '30m'
      actions: [{launch: evening}]
    """
    journal, equipment = MemoryJournal(), FakeEquipment(values={LAMP: True})

    async def test(house: House) -> None:
        await house.at(65)

    live(rules, test, journal=journal, equipment=equipment)
    known = Reading(point=LAMP, value=True, observed_at=START - timedelta(hours=1))
    journal.entries[:] = [known]
    equipment.errors[LAMP] = TimedOut("slow")
    house = live(rules, test, journal=journal, equipment=equipment)
    assert at_times(house) == ["12:01:00"]


def test_a_hold_fires_after_its_time_and_not_if_it_breaks() -> None:
    rules = """
    - id: held
      triggers:
        - becomes: living_thermostat.actualtemp > 26
          for: 5m
      actions: [{launch: evening}]
    """

    async def test(house: House) -> None:
        await house.at(65)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(300)
        house.equipment.values[TEMPERATURE] = 25.0
        await house.at(330)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(635)
        assert house.equipment.writes == []
        await house.at(645)
        assert house.equipment.writes == [(SCENE, "launch")]

    live(rules, test, values={TEMPERATURE: 25.0})


def test_a_delay_waits_and_a_second_firing_meanwhile_is_skipped() -> None:
    rules = """
    - id: slow
      triggers: [{every: 1m}]
      actions:
        - set: {lamp.power: on}
        - delay: 90s
        - set: {lamp.power: off}
    """

    async def test(house: House) -> None:
        await house.at(61)
        assert house.equipment.writes == [(LAMP, True)]
        await house.at(149)
        assert house.equipment.writes == [(LAMP, True)]
        await house.at(151)

    house = live(rules, test, values={LAMP: False})
    assert house.equipment.writes == [(LAMP, True), (LAMP, False)]
    assert house.ends == ["done"]
    assert house.missed(Verdict.SKIPPED) == ["the rule is still running"]


def test_a_value_that_was_just_commanded_but_not_yet_read_is_commanded_back() -> None:
    rules = """
    - id: blink
      triggers: [{every: 1m}]
      actions:
        - set: {lamp.power: on}
        - delay: 1s
        - set: {lamp.power: off}
    """

    async def test(house: House) -> None:
        await house.at(65)

    house = live(rules, test, values={LAMP: False})
    assert house.equipment.writes == [(LAMP, True), (LAMP, False)]


@pytest.mark.parametrize(
    ("temperature", "writes", "step"),
    [
        (27.0, [(LEVEL, 80)], "if living_thermostat.actualtemp > 26: true"),
        (25.0, [(LEVEL, 20)], "if living_thermostat.actualtemp > 26: false"),
        (None, [], "if living_thermostat.actualtemp > 26: unknown, neither branch: "),
    ],
)
def test_a_branch_is_taken_only_where_its_condition_is_known(
    temperature: float | None, writes: list[tuple[Point, Value]], step: str
) -> None:
    rules = """
    - id: branch
      triggers: [{every: 1m}]
      actions:
        - if: living_thermostat.actualtemp > 26
          then: [{set: {lamp.powerlevel: 80}}]
          else: [{set: {lamp.powerlevel: 20}}]
    """

    async def test(house: House) -> None:
        await house.at(65)

    values: dict[Point, Value] = {LEVEL: 50}
    if temperature is not None:
        values[TEMPERATURE] = temperature
    house = live(rules, test, values=values)
    assert house.equipment.writes == writes
    assert house.steps[0].startswith(step)


def test_a_computed_value_is_computed_when_it_is_sent() -> None:
    rules = """
    - id: follow
      triggers: [{every: 1m}]
      actions:
        - set: {living_thermostat.setpoint: "{{ living_thermostat.actualtemp - 2 }}"}
    """

    async def test(house: House) -> None:
        await house.at(65)

    house = live(rules, test, values={TEMPERATURE: 24.5, SETPOINT: 20.0})
    assert house.equipment.writes == [(SETPOINT, 22.5)]


@pytest.mark.parametrize(
    ("temperature", "reason"),
    [
        (90.0, "setpoint cannot be 88.0: it takes a number from 5 to 35 °C"),
        (None, "living_thermostat.setpoint: the value is unknown"),
    ],
)
def test_a_computed_value_that_cannot_be_breaks_the_firing_off(
    temperature: float | None, reason: str
) -> None:
    rules = """
    - id: follow
      triggers: [{every: 1m}]
      actions:
        - set: {living_thermostat.setpoint: "{{ living_thermostat.actualtemp - 2 }}"}
        - launch: evening
    """

    async def test(house: House) -> None:
        await house.at(65)

    values: dict[Point, Value] = {SETPOINT: 20.0}
    if temperature is not None:
        values[TEMPERATURE] = temperature
    house = live(rules, test, values=values)
    assert house.equipment.writes == []
    assert house.ends[0].startswith("broken off: ")
    assert reason in house.ends[0]


def test_a_dry_run_decides_all_and_sends_nothing() -> None:
    async def test(house: House) -> None:
        await house.at(65)

    house = live(COOLING, test, values={TEMPERATURE: 30.0, MODE: "auto"}, dry_run=True)
    assert house.equipment.writes == []
    assert [(r.command.point, r.outcome) for r in house.receipts] == [
        (MODE, Outcome.SUPPRESSED),
        (SCENE, Outcome.SUPPRESSED),
    ]
    assert house.ends == ["done"]


def test_a_shadow_rule_sends_nothing_and_its_neighbour_does() -> None:
    rules = (
        COOLING
        + """
  enabled: shadow
- id: lamp
  triggers: [{every: 1m}]
  actions: [{set: {lamp.power: on}}]
"""
    )

    async def test(house: House) -> None:
        await house.at(65)

    house = live(rules, test, values={TEMPERATURE: 30.0, MODE: "auto", LAMP: False})
    assert house.equipment.writes == [(LAMP, True)]
    assert Outcome.SUPPRESSED in {r.outcome for r in house.receipts}


def test_a_failed_command_is_said_at_the_end_of_the_firing() -> None:
    async def test(house: House) -> None:
        house.equipment.errors[MODE] = Unreachable("refused")
        await house.at(70)

    house = live(COOLING, test, values={TEMPERATURE: 30.0})
    assert house.ends == ["done, but living_ac.hvacmode was failed"]
    assert (SCENE, "launch") in house.equipment.writes


def test_a_rule_sees_what_a_command_answered_without_waiting_for_a_poll() -> None:
    rules = """
    - id: first
      triggers: [{every: 1m}]
      actions: [{set: {living_ac.hvacmode: cooling}}]
    - id: second
      triggers: [{change: living_ac.hvacmode, to: cooling}]
      actions: [{launch: evening}]
    """

    async def test(house: House) -> None:
        await house.at(60.5)

    house = live(rules, test, values={MODE: "auto"})
    assert house.equipment.writes == [(MODE, "cooling"), (SCENE, "launch")]


def test_a_stop_in_a_delay_ends_nothing_for_good() -> None:
    rules = """
    - id: slow
      triggers: [{every: 1m}]
      actions: [{set: {lamp.power: on}}, {delay: 1h}, {set: {lamp.power: off}}]
    """

    async def test(house: House) -> None:
        await house.at(70)

    house = live(rules, test, values={LAMP: False})
    assert house.equipment.writes == [(LAMP, True)]
    assert house.ends == []
    assert house.equipment.closed_times == 1


def test_an_operators_command_goes_the_same_way() -> None:
    async def test(house: House) -> None:
        command = Command(
            id=house.engine.new_id(),
            point=LAMP,
            value=True,
            origin=Origin(OriginKind.OPERATOR, "cli"),
            created_at=START,
        )
        [receipt] = await asyncio.gather(*house.engine.submit([command]))
        assert receipt.outcome is Outcome.ACCEPTED

    house = live("[]", test)
    assert house.equipment.writes == [(LAMP, True)]


def test_ids_are_unique_across_runs_and_the_start_is_journalled() -> None:
    journal, equipment = MemoryJournal(), FakeEquipment(values={TEMPERATURE: 30.0, MODE: "auto"})

    async def test(house: House) -> None:
        await house.at(65)

    for _ in range(2):
        equipment.values[MODE] = "auto"
        live(COOLING, test, journal=journal, equipment=equipment, version="1.2.3")
    ids = [entry.id for entry in journal.entries if isinstance(entry, Firing | Command)]
    assert len(ids) == len(set(ids)) == 6
    starts = [entry for entry in journal.entries if isinstance(entry, ServiceStart)]
    assert [(s.at, s.version, s.is_dry_run) for s in starts] == [(START, "1.2.3", False)] * 2


def test_the_same_seed_gives_the_same_journal() -> None:
    async def test(house: House) -> None:
        house.equipment.errors[TEMPERATURE] = Unreachable("refused")
        await house.at(600)

    first, second = (live(COOLING, test, values={TEMPERATURE: 30.0, MODE: "auto"}) for _ in range(2))
    assert [str(e) for e in first.found(Reading)] == [str(e) for e in second.found(Reading)]
    assert first.equipment.reads == second.equipment.reads


@pytest.mark.slow
def test_no_poll_of_six_hours_is_left_out() -> None:
    async def test(house: House) -> None:
        await house.at(timedelta(hours=6).total_seconds())

    house = live(COOLING, test, values={TEMPERATURE: 20.0, MODE: "auto"})
    assert len(house.equipment.reads) == 6 * 360 + 1


def test_a_poll_that_hangs_does_not_hold_up_the_end() -> None:
    async def test(house: House) -> None:
        house.equipment.hanging.add(TEMPERATURE)
        await house.at(1)

    async def main() -> None:
        house = await live_house(COOLING, test, equipment=FakeEquipment())
        assert asyncio.get_running_loop().time() == pytest.approx(1, abs=0.1)
        assert (house.equipment.closed_times, len(asyncio.all_tasks())) == (1, 1)

    run_virtual(main())


def test_drivers_that_hang_in_closing_are_left_all_at_once() -> None:
    class Hanging(FakeDriver):
        async def close(self) -> None:
            await asyncio.Event().wait()

    async def main() -> None:
        site = fake_site(FakeEquipment(), driver=Hanging, watch=(TEMPERATURE,))
        house = site.connections["house"]
        many = {name: replace(house, name=name) for name in ("house", "shop", "barn")}
        targets = {
            point: replace(target, device=replace(target.device, connection=name))
            for name, (point, target) in zip(many, site.targets.items(), strict=False)
        }
        everywhere = replace(site, connections=many, targets=targets, watch=tuple(targets))
        clock = VirtualClock(START, asyncio.get_running_loop())
        engine, stop = Engine(everywhere, (), clock=clock, journal=MemoryJournal()), asyncio.Event()
        running = asyncio.create_task(engine.run(stop))
        await asyncio.sleep(1)
        stop.set()
        await running
        assert asyncio.get_running_loop().time() == pytest.approx(6)

    run_virtual(main())


def test_an_engine_whose_control_loop_fails_closes_everything_and_says_why() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        house.engine.deliver([object()])  # type: ignore[list-item]
        await house.at(2)

    equipment = FakeEquipment(values={TEMPERATURE: 20.0, MODE: "auto"})
    with pytest.raises(AttributeError, match="'object' object has no attribute 'point'"):
        live(COOLING, test, equipment=equipment)
    assert equipment.closed_times == 1


def test_the_polls_and_the_rules_go_on_when_the_clock_was_set_back() -> None:
    async def test(house: House) -> None:
        await house.at(70)
        house.clock.shift = timedelta(hours=-3)
        await house.at(130)
        house.equipment.values[TEMPERATURE] = 26.4
        await house.at(190)

    house = live(COOLING, test, values={TEMPERATURE: 24.0, MODE: "auto"})
    assert house.equipment.writes == [(MODE, "cooling"), (SCENE, "launch")]


def test_what_reads_the_time_follows_a_clock_that_was_set_back() -> None:
    async def test(house: House) -> None:
        await house.at(70)
        house.clock.shift = timedelta(hours=-1)
        await house.at(133)

    house = live("[{id: x, condition: \"between('13:00', '13:30')\", actions: [{launch: evening}]}]", test)
    assert house.equipment.writes == [(SCENE, "launch")]


def test_points_that_are_only_watched_are_polled() -> None:
    async def main() -> tuple[tuple[Point, ...], ...]:
        equipment, stop = FakeEquipment(values={LAMP: True}), asyncio.Event()
        site = fake_site(equipment, watch=(LAMP,))
        clock = VirtualClock(START, asyncio.get_running_loop())
        running = asyncio.create_task(Engine(site, (), clock=clock, journal=MemoryJournal()).run(stop))
        await asyncio.sleep(15)
        stop.set()
        await running
        return tuple(equipment.reads)

    assert run_virtual(main()) == ((LAMP,), (LAMP,))


def at_times(house: House) -> list[str]:
    return [f"{entry.decision.at:%H:%M:%S}" for entry in house.found(Firing)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("condition", "at"),
    [
        ("now() >= today_at('14:05')", "12:05:00"),
        ("now() >= today_at('14:05:07')", "12:05:07"),
        ("between('14:02:30', '15:00')", "12:02:30"),
        ("changed_for('lamp.power') > '90s'", "12:01:31"),
    ],
)
def test_what_becomes_true_by_time_alone_fires_to_the_second(condition: str, at: str) -> None:
    async def test(house: House) -> None:
        await house.at(330)

    rules = f'[{{id: x, condition: "{condition}", actions: [{{launch: evening}}]}}]'
    house = live(rules, test, values={LAMP: True})
    assert at_times(house) == [at]


def test_a_dead_point_grows_older_through_stale_and_fault() -> None:
    async def test(house: House) -> None:
        await house.at(15)
        house.equipment.errors[LAMP] = TimedOut("slow")
        await house.at(70)
        house.equipment.errors[LAMP] = ProtocolFault("html")
        await house.at(300)

    rules = """
    - id: x
      condition: age('lamp.power') > '3m'
      actions: [{launch: evening}]
    """
    assert at_times(live(rules, test, values={LAMP: True})) == ["12:03:11"]


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_hold_counts_the_time_that_passed_however_the_clock_is_set(hours: int) -> None:
    async def test(house: House) -> None:
        await house.at(60)
        house.clock.shift = timedelta(hours=hours)
        await house.at(299)
        assert house.equipment.writes == []
        await house.at(301)
        assert house.equipment.writes == [(SCENE, "launch")]

    rules = "[{id: x, triggers: [{becomes: lamp.power, for: 5m}], actions: [{launch: evening}]}]"
    live(rules, test, values={LAMP: True})


def test_a_condition_reads_the_time_at_which_its_trigger_came() -> None:
    rules = """
    - id: x
      triggers: [{every: 1m}]
      condition: now() >= today_at('14:02') and now() < today_at('14:03')
      actions: [{launch: evening}]
    """

    async def test(house: House) -> None:
        await house.at(300)

    assert at_times(live(rules, test)) == ["12:02:00"]


def test_all_that_was_recorded_is_safe_when_the_engine_has_ended() -> None:
    class Counting(MemoryJournal):
        safe = 0

        async def commit(self) -> bool:
            self.safe = len(self.entries)
            return await super().commit()

    async def test(house: House) -> None:
        await house.at(70)

    rules = "[{id: slow, triggers: [{every: 1m}], actions: [{delay: 1h}]}]"
    journal = Counting()
    live(rules, test, journal=journal)
    assert any(isinstance(entry, Unfinished) for entry in journal.entries)
    assert journal.safe == len(journal.entries)


def test_what_is_read_is_journalled_where_it_is_new() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[TEMPERATURE] = 21.0
        await house.at(11)

    house = live(COOLING, test, values={TEMPERATURE: 20.0, MODE: "auto"})
    assert house.found(Reading) == [
        Reading(point=TEMPERATURE, value=20.0, observed_at=START),
        Reading(point=MODE, value="auto", observed_at=START),
        Reading(point=TEMPERATURE, value=21.0, observed_at=START + timedelta(seconds=10)),
    ]


def test_the_first_poll_goes_out_while_the_journal_opens_and_no_rule_acts_before() -> None:
    equipment = FakeEquipment(values={TEMPERATURE: 30.0, MODE: "auto"})
    rules = """
    - id: once
      condition: living_thermostat.actualtemp > 26
      actions: [{launch: evening}]
    """

    async def main() -> None:
        house, stop = House(rules, equipment, MemoryJournal()), asyncio.Event()

        async def prepare() -> None:
            await asyncio.sleep(5)
            assert (len(equipment.reads), equipment.writes) == (1, [])
            await house.journal.open()

        running = asyncio.create_task(house.engine.run(stop, prepare))
        await house.at(6)
        assert equipment.writes == [(SCENE, "launch")]
        stop.set()
        await running

    run_virtual(main())


def test_a_journal_that_cannot_be_opened_ends_the_run_and_closes_the_connections() -> None:
    equipment = FakeEquipment(values={TEMPERATURE: 30.0, MODE: "auto"})

    async def main() -> None:
        house = House(COOLING, equipment, MemoryJournal())

        async def prepare() -> None:
            await asyncio.sleep(5)
            raise JournalError("another running service uses it")

        with pytest.raises(JournalError, match="another running service"):
            await house.engine.run(asyncio.Event(), prepare)

    run_virtual(main())
    assert (len(equipment.reads), equipment.writes, equipment.is_open) == (1, [], False)
