"""One value for a point, whoever asks: claims of rules, operators and hands, and what is written."""

from datetime import timedelta

import pytest

from interlock import Unreachable
from interlock.config.guards import Guard, Hands
from interlock.history.journal import MemoryJournal
from interlock.model import Outcome, Point, Value
from support.engine_house import AC_POWER, LAMP, LEVEL, SETPOINT, START, TEMPERATURE
from support.fake_driver import FakeEquipment
from support.fake_rules import rules_of
from support.kept_house import OPERATOR, KeptHouse, kept, later

COOLED = """
- id: cooled
  while: living_thermostat.actualtemp > 26
  until: living_thermostat.actualtemp < 24.5
  keep: {living_ac.hvacpower: on}
  priority: 12
"""
LIT = """
- id: lit
  while: living_ac.hvacpower
  keep: {lamp.power: on}
"""


def test_what_wins_is_written_and_what_is_let_go_goes_to_its_default() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        assert house.array(AC_POWER) == [("rule cooled", True, 12)]
        assert house.status(AC_POWER) == ["in effect"]
        house.hand(TEMPERATURE, 24)
        await house.at(35)
        assert house.array(AC_POWER) == []

    house = kept(
        test,
        rules=COOLED,
        values={TEMPERATURE: 27, AC_POWER: False},
        site={"defaults": {AC_POWER: False}},
    )
    assert house.writes(AC_POWER) == [True, False]
    origins = [str(each.command.origin) for each in house.house.receipts]
    assert origins == ["rule cooled", "its default"]


def test_without_a_default_nothing_is_written_when_a_claim_is_let_go() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        house.hand(TEMPERATURE, 24)
        await house.at(60)

    house = kept(test, rules=COOLED, values={TEMPERATURE: 27, AC_POWER: False})
    assert house.writes(AC_POWER) == [True]


def test_what_is_there_already_is_not_written() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(60)
        assert house.status(AC_POWER) == ["in effect"]

    assert kept(test, rules=COOLED, values={TEMPERATURE: 27, AC_POWER: True}).writes(AC_POWER) == []


def test_an_operator_outranks_a_rule_until_the_time_is_over() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        until = house.house.clock.now() + timedelta(minutes=5)
        receipt = await house.set(AC_POWER, False, priority=8, holds=True, until=until)
        assert receipt.outcome is Outcome.ACCEPTED
        await house.at(16)
        assert house.array(AC_POWER) == [("operator cli", False, 8), ("rule cooled", True, 12)]
        assert house.status(AC_POWER) == ["in effect", "waits behind operator cli"]
        await house.at(330)

    house = kept(test, rules=COOLED, values={TEMPERATURE: 27, AC_POWER: False})
    assert house.writes(AC_POWER) == [True, False, True]
    assert house.let_go == [(AC_POWER, "its time is over")]


def test_a_plain_command_yields_to_any_claim_of_its_priority() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        receipt = await house.set(AC_POWER, False)
        assert receipt.outcome is Outcome.OUTRANKED
        assert receipt.reason == "rule cooled keeps it at on, priority 12, since 14:00"

    house = kept(test, rules=COOLED, values={TEMPERATURE: 27, AC_POWER: False})
    assert house.writes(AC_POWER) == [True]


def test_a_weaker_claim_waits_and_comes_to_its_turn() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        receipt = await house.set(AC_POWER, False, priority=14, holds=True)
        assert receipt.outcome is Outcome.OUTRANKED
        assert receipt.reason == (
            "rule cooled keeps it at on, priority 12, since 14:00; it stands at priority 14 and waits"
        )
        house.hand(TEMPERATURE, 24)
        await house.at(35)

    house = kept(test, rules=COOLED, values={TEMPERATURE: 27, AC_POWER: False})
    assert house.writes(AC_POWER) == [True, False]


def test_a_lost_write_is_written_again() -> None:
    equipment = FakeEquipment(values={TEMPERATURE: 27, LAMP: False, AC_POWER: True}, deaf={LAMP})

    async def test(house: KeptHouse) -> None:
        await house.at(25)
        house.equipment.deaf.clear()
        await house.at(80)
        assert house.status(LAMP) == ["in effect"]

    house = kept(test, rules=LIT, equipment=equipment)
    assert house.writes(LAMP) == [True, True]
    assert house.array(LAMP) == [("rule lit", True, 16)]


def test_a_failed_write_is_repeated_more_and_more_rarely() -> None:
    from interlock.errors import ServerFault

    equipment = FakeEquipment(values={TEMPERATURE: 27, LAMP: False, AC_POWER: True})

    async def test(house: KeptHouse) -> None:
        house.equipment.errors[LAMP] = ServerFault("rubbish")
        await house.at(1000)
        del house.equipment.errors[LAMP]
        tries = len(house.writes(LAMP))
        assert 3 * 5 <= tries <= 3 * 9
        await house.at(1400)
        assert house.equipment.values[LAMP] is True

    house = kept(test, rules=LIT, equipment=equipment)
    assert house.outcomes(LAMP)[-1] is Outcome.ACCEPTED


def test_a_hand_is_left_alone_for_a_time() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(60)
        house.hand(LAMP, False)
        await house.at(75)
        assert house.array(LAMP) == [("a hand", False, 8), ("rule lit", True, 16)]
        assert house.status(LAMP) == ["in effect", "waits behind a hand"]
        await house.at(60 + 7180)
        assert house.writes(LAMP) == [True]
        await house.at(60 + 7240)

    house = kept(test, rules=LIT, values={AC_POWER: True, LAMP: False})
    assert house.writes(LAMP) == [True, True]


def test_a_hand_that_sets_it_back_is_forgotten() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(60)
        house.hand(LAMP, False)
        await house.at(75)
        house.hand(LAMP, True)
        await house.at(95)
        assert house.array(LAMP) == [("rule lit", True, 16)]

    house = kept(test, rules=LIT, values={AC_POWER: True, LAMP: False})
    assert house.writes(LAMP) == [True]
    assert house.let_go == [(LAMP, "it was set back")]


def test_a_hand_without_a_hold_is_taken_back_at_once() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(60)
        house.hand(LAMP, False)
        await house.at(75)

    hands = {"lamp": Hands(manual_hold=timedelta())}
    house = kept(test, rules=LIT, values={AC_POWER: True, LAMP: False}, site={"hands": hands})
    assert house.writes(LAMP) == [True, True]
    assert house.claims[1:] == []


def test_a_late_echo_is_no_hand() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(12)
        house.hand(LAMP, False)
        await house.at(22)
        house.hand(LAMP, True)
        await house.at(60)

    house = kept(test, rules=LIT, values={AC_POWER: True, LAMP: False})
    assert house.writes(LAMP) == [True]
    assert [str(each.owner) for each in house.claims] == ["rule lit"]


def test_what_a_device_rounds_is_no_hand() -> None:
    rules = """
    - id: warm
      keep: {living_thermostat.setpoint: 20.5}
    """
    for shown in (20, 20.56):
        equipment = FakeEquipment(values={SETPOINT: 18}, makes={SETPOINT: lambda value, shown=shown: shown})

        async def test(house: KeptHouse) -> None:
            await house.at(400)
            assert house.status(SETPOINT) == ["in effect"]

        house = kept(test, rules=rules, equipment=equipment)
        assert (house.writes(SETPOINT), len(house.claims)) == ([20.5], 1)


def test_a_server_that_comes_back_is_told_again_and_is_no_hand() -> None:
    from interlock.errors import Unreachable

    async def test(house: KeptHouse) -> None:
        await house.at(60)
        gone = Unreachable("gone")
        house.equipment.errors.update({LAMP: gone, AC_POWER: gone, LEVEL: gone})
        await house.at(100)
        house.hand(LAMP, False)
        house.equipment.errors.clear()
        await house.at(200)

    house = kept(test, rules=LIT, values={AC_POWER: True, LAMP: False})
    assert house.writes(LAMP) == [True, True]
    assert len(house.claims) == 1


def test_claims_and_their_times_outlast_a_restart() -> None:
    journal = MemoryJournal()
    equipment = FakeEquipment(values={AC_POWER: True, LAMP: True})

    async def first(house: KeptHouse) -> None:
        await house.at(15)
        until = house.house.clock.now() + timedelta(minutes=10)
        await house.set(LAMP, False, priority=8, holds=True, until=until)
        await house.at(60)

    kept(first, rules=LIT, equipment=equipment, journal=journal)
    begun = later(journal, 60)
    equipment.values[LAMP] = True

    async def second(house: KeptHouse) -> None:
        await house.at(15)
        assert house.array(LAMP) == [("operator cli", False, 8), ("rule lit", True, 16)]
        assert equipment.values[LAMP] is False
        await house.at(600)

    house = kept(second, rules=LIT, equipment=equipment, journal=journal, start=begun)
    assert house.writes(LAMP) == [False, False, True]
    assert equipment.values[LAMP] is True


def test_what_ran_out_while_the_service_was_away_is_let_go_at_the_start() -> None:
    journal = MemoryJournal()
    equipment = FakeEquipment(values={LAMP: False})

    async def first(house: KeptHouse) -> None:
        await house.at(15)
        until = house.house.clock.now() + timedelta(minutes=1)
        await house.set(LAMP, True, priority=8, holds=True, until=until)

    site = {"defaults": {LAMP: False}}
    kept(first, equipment=equipment, journal=journal, site=site)
    assert equipment.values[LAMP] is True
    later(journal, 30)

    async def second(house: KeptHouse) -> None:
        await house.at(30)
        assert house.array(LAMP) == []

    begun = START + timedelta(hours=1)
    house = kept(second, equipment=equipment, journal=journal, start=begun, site=site)
    assert house.writes(LAMP) == [True, False]


@pytest.mark.parametrize("lamp", [{}, {"lamp": "button"}], ids=["no such device", "a device of another type"])
def test_a_claim_on_a_point_that_was_removed_meanwhile_is_let_go_at_the_start(lamp: dict[str, str]) -> None:
    journal = MemoryJournal()
    equipment = FakeEquipment(values={AC_POWER: False, LAMP: False})

    async def first(house: KeptHouse) -> None:
        await house.at(15)
        await house.set(LAMP, True, priority=8, holds=True)

    site = {"defaults": {LAMP: False}}
    kept(first, equipment=equipment, journal=journal, site=site)
    begun = later(journal, 30)

    async def second(house: KeptHouse) -> None:
        await house.at(15)
        assert house.array(LAMP) == []
        receipt = await house.set(AC_POWER, True)
        assert receipt.outcome is Outcome.ACCEPTED

    devices = {"living_ac": "hvac", **lamp}
    house = kept(second, equipment=equipment, journal=journal, start=begun, site={"devices": devices})
    assert house.let_go == [(LAMP, "its point stands for nothing, or something else, now")]
    assert house.writes(LAMP) == [True]


def test_in_a_dry_run_what_wins_is_suppressed_once() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(600)
        assert house.status(LAMP) == ["not written: dry run"]

    house = kept(test, rules=LIT, values={AC_POWER: True, LAMP: False}, dry_run=True)
    assert house.outcomes(LAMP) == [Outcome.SUPPRESSED]
    assert house.writes(LAMP) == []


def test_virtual_points_are_claimed_too() -> None:
    flag = Point("away.value")
    rules = """
    - id: gone
      while: living_ac.hvacpower
      keep: {away.value: on}
    """

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        assert house.engine.state.values[flag] is True
        assert (await house.set(flag, False)).outcome is Outcome.OUTRANKED
        house.hand(AC_POWER, False)
        await house.at(30)
        assert house.engine.state.values[flag] is False

    kept(test, rules=rules, values={AC_POWER: True}, site={"flags": ("away",), "defaults": {flag: False}})


def test_a_hand_that_is_told_of_is_noticed_without_a_poll() -> None:
    def told(house: KeptHouse, value: bool) -> None:
        house.hand(LAMP, value)
        house.equipment.feeds[0].readings({LAMP: value})

    async def test(house: KeptHouse) -> None:
        await house.at(5)
        told(house, True)
        await house.at(6)
        told(house, False)
        await house.at(7)
        told(house, True)
        await house.at(50)
        assert house.status(LAMP) == ["in effect"]
        told(house, False)
        await house.at(51)
        assert house.array(LAMP) == [("a hand", False, 8), ("rule lit", True, 16)]

    house = kept(test, rules=LIT, values={AC_POWER: True, LAMP: False}, site={"pushes": True})
    assert house.writes(LAMP) == [True]


def test_what_was_told_and_stays_so_when_it_has_settled_is_a_hand() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(5)
        house.equipment.feeds[0].readings({LAMP: True})
        await house.at(15)
        house.hand(LAMP, False)
        house.equipment.feeds[0].readings({LAMP: False})
        await house.at(29)
        assert house.array(LAMP) == [("rule lit", True, 16)]
        await house.at(45)
        assert house.array(LAMP) == [("a hand", False, 8), ("rule lit", True, 16)]

    kept(test, rules=LIT, values={AC_POWER: True, LAMP: False}, site={"pushes": True})


def test_of_one_moment_also_what_seems_needless_is_heard() -> None:
    rules = """
    - id: a
      condition: living_ac.hvacpower
      actions: {set: {lamp.power: on}}
    - id: b
      condition: living_ac.hvacpower
      actions: {set: {lamp.power: off}}
    """

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        house.hand(AC_POWER, True)
        await house.at(30)

    house = kept(test, rules=rules, values={AC_POWER: False, LAMP: False})
    assert house.writes(LAMP) == [False]
    assert house.reasons(LAMP, Outcome.OUTRANKED) == ["rule b set it in the same moment"]


def test_a_rule_can_verify_what_somebody_keeps() -> None:
    rules = """
    - id: proven
      triggers: [{change: living_ac.hvacpower}]
      actions:
        - set: {lamp.power: on}
          for: 1h
        - verify: {lamp.power: on, within: 15s}
        - log: it is lit
    """

    async def test(house: KeptHouse) -> None:
        await house.at(12)
        house.hand(AC_POWER, True)
        await house.at(60)
        assert house.house.ends == ["done"]

    kept(test, rules=rules, values={AC_POWER: False, LAMP: False})


def test_what_waits_behind_a_slow_device_is_not_sent_for_a_claim_that_is_gone() -> None:
    async def test(house: KeptHouse) -> None:
        house.equipment.delays[LEVEL] = 30
        await house.at(15)
        house.submit(LEVEL, 50)
        await house.at(16)
        waiting = house.submit(LAMP, True, priority=8, holds=True)
        await house.at(20)
        house.engine.arbiter.let_go(OPERATOR, [LAMP], "released by operator cli")
        await house.at(100)
        receipt = await waiting[0]  # type: ignore[misc]
        assert (receipt.outcome, receipt.reason) == (Outcome.OUTRANKED, "operator cli keeps it no more")
        assert (await house.set(LAMP, True, priority=8, holds=True)).outcome is Outcome.ACCEPTED

    assert kept(test, values={LAMP: False, LEVEL: 0}).writes(LAMP) == [True]


def test_what_waits_behind_a_slow_device_gives_way_to_what_wins_meanwhile() -> None:
    async def test(house: KeptHouse) -> None:
        house.equipment.delays[LEVEL] = 30
        await house.at(15)
        house.submit(LEVEL, 50)
        await house.at(16)
        house.submit(LAMP, True, priority=9, holds=True)
        await house.at(20)
        house.submit(LAMP, False, priority=8, holds=True)
        await house.at(100)

    house = kept(test, values={LAMP: False, LEVEL: 0})
    assert house.writes(LAMP) == [False]
    assert [reason.partition(",")[0] for reason in house.reasons(LAMP, Outcome.OUTRANKED)] == [
        "operator cli keeps it at off"
    ]


def test_a_default_that_waits_behind_a_slow_device_gives_way_to_a_claim() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        house.equipment.delays[LEVEL] = 30
        house.submit(LEVEL, 50)
        await house.at(16)
        house.hand(TEMPERATURE, 24)
        await house.at(21)
        house.submit(LAMP, True, priority=8, holds=True)
        await house.at(100)

    rules = "- {id: warm, while: living_thermostat.actualtemp > 26, keep: {lamp.power: on}}"
    values: dict[Point, Value] = {TEMPERATURE: 27, LAMP: False, LEVEL: 0}
    house = kept(test, rules=rules, values=values, site={"defaults": {LAMP: False}})
    assert False not in house.writes(LAMP)


def test_a_write_that_failed_is_not_repeated_for_a_claim_that_is_gone() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        house.equipment.errors[LAMP] = Unreachable("gone")
        house.submit(LAMP, True, priority=8, holds=True)
        await house.at(15.1)
        house.engine.arbiter.let_go(OPERATOR, [LAMP], "released by operator cli")
        house.equipment.errors.clear()
        await house.at(60)

    house = kept(test, values={LAMP: False})
    assert (house.writes(LAMP), house.outcomes(LAMP)) == ([True], [Outcome.UNCERTAIN])


def test_a_rule_that_becomes_a_shadow_lets_go_and_keeps_again_when_it_is_none() -> None:
    async def test(house: KeptHouse) -> None:
        engine = house.engine
        await house.at(15)
        engine.reload(engine.site, rules_of(engine.site, COOLED + "  enabled: shadow\n"))
        await house.at(30)
        assert (house.array(AC_POWER), house.equipment.values[AC_POWER]) == ([], False)
        engine.reload(engine.site, rules_of(engine.site, COOLED))
        await house.at(45)
        assert house.array(AC_POWER) == [("rule cooled", True, 12)]

    values: dict[Point, Value] = {TEMPERATURE: 27, AC_POWER: False}
    house = kept(test, rules=COOLED, values=values, site={"defaults": {AC_POWER: False}})
    assert house.writes(AC_POWER) == [True, False, True]


def test_what_a_rule_held_before_it_was_made_a_shadow_does_not_outlast_a_restart() -> None:
    journal, equipment = MemoryJournal(), FakeEquipment(values={TEMPERATURE: 27, AC_POWER: False})

    async def wait(house: KeptHouse) -> None:
        await house.at(30)

    kept(wait, rules=COOLED, equipment=equipment, journal=journal)
    begun = later(journal, 60)
    shadow = COOLED + "  enabled: shadow\n"
    house = kept(wait, rules=shadow, equipment=equipment, journal=journal, start=begun)
    assert house.array(AC_POWER) == []


def test_a_hand_that_sets_back_what_the_device_had_made_of_it_is_forgotten() -> None:
    def fahrenheit(value: Value) -> Value:
        assert isinstance(value, int | float)
        return round((round(value * 9 / 5 + 32) - 32) * 5 / 9, 2)

    async def test(house: KeptHouse) -> None:
        await house.at(60)
        house.hand(SETPOINT, 22.22)
        await house.at(75)
        house.hand(SETPOINT, 23.33)
        await house.at(90)
        assert house.array(SETPOINT)[0] == ("a hand", 23.33, 8)
        house.hand(SETPOINT, 20.56)
        await house.at(105)
        assert house.array(SETPOINT) == [("rule mild", 20.5, 16)]
        await house.at(200)
        assert house.status(SETPOINT) == ["in effect"]
        house.hand(SETPOINT, 20.0)
        await house.at(215)
        assert house.array(SETPOINT)[0] == ("a hand", 20.0, 8)

    equipment = FakeEquipment(values={SETPOINT: 18.33}, makes={SETPOINT: fahrenheit})
    rules = "- {id: mild, keep: {living_thermostat.setpoint: 20.5}}"
    assert kept(test, rules=rules, equipment=equipment).writes(SETPOINT) == [20.5]


def test_a_plain_command_that_waits_behind_a_slow_device_gives_way_to_a_claim() -> None:
    async def test(house: KeptHouse) -> None:
        house.equipment.delays[LEVEL] = 30
        await house.at(15)
        house.submit(LEVEL, 50)
        await house.at(16)
        house.submit(LAMP, True)
        house.hand(TEMPERATURE, 27)
        await house.at(100)
        assert (house.writes(LAMP), house.status(LAMP)) == ([], ["in effect"])

    rules = "- {id: dark, while: living_thermostat.actualtemp > 26, keep: {lamp.power: off}}"
    guards = {LAMP: Guard(min_on=timedelta(minutes=5))}
    values: dict[Point, Value] = {LAMP: False, LEVEL: 0, TEMPERATURE: 20}
    house = kept(test, rules=rules, values=values, site={"guards": guards})
    assert house.reasons(LAMP, Outcome.OUTRANKED)[0].startswith("rule dark keeps it at off, priority 16")
