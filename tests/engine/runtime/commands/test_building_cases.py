"""Cases from buildings: chillers, frost, central off, load shedding, the operator at 03:00, power cuts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from interlock.config.guards import Guard, Hands
from interlock.history.journal import MemoryJournal
from interlock.model import Outcome, Point, Value
from interlock.rules.interlocks import Interlock
from support.engine_house import AC_POWER, LAMP, LEVEL, SETPOINT, TEMPERATURE
from support.fake_driver import FakeEquipment
from support.fake_rules import interlocks_of, rules_of
from support.kept_house import OPERATOR, KeptHouse, kept, later

MINUTE = timedelta(minutes=1)
OUTDOORS = TEMPERATURE
COOLED = """
- id: cooled
  while: living_thermostat.actualtemp > 26
  keep: {lamp.power: on}
  priority: 12
"""
CHILLER = {"guards": {LAMP: Guard(min_on=5 * MINUTE, min_off=5 * MINUTE)}, "defaults": {LAMP: False}}


def test_a_chiller_rests_between_two_demands() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(310)
        house.hand(TEMPERATURE, 27)
        await house.at(620)
        house.hand(TEMPERATURE, 25)
        await house.at(635)
        house.hand(TEMPERATURE, 27)
        await house.at(645)
        assert house.status(LAMP)[0].startswith("deferred: min_off 5m")
        await house.at(900)
        assert house.writes(LAMP) == [True, False]
        await house.at(960)

    values: dict[Point, Value] = {TEMPERATURE: 25, LAMP: False}
    assert kept(test, rules=COOLED, site=CHILLER, values=values).writes(LAMP) == [True, False, True]


def test_a_default_that_had_to_wait_outlasts_a_power_cut() -> None:
    journal, equipment = MemoryJournal(), FakeEquipment(values={TEMPERATURE: 25, LAMP: False})

    async def first(house: KeptHouse) -> None:
        await house.at(310)
        house.hand(TEMPERATURE, 27)
        await house.at(330)
        house.hand(TEMPERATURE, 25)
        await house.at(360)
        assert house.array(LAMP) == [("its default", False, 16)]

    kept(first, rules=COOLED, site=CHILLER, equipment=equipment, journal=journal)
    begun = later(journal, 360)

    async def second(house: KeptHouse) -> None:
        await house.at(400)
        assert house.array(LAMP) == []

    house = kept(second, rules=COOLED, site=CHILLER, equipment=equipment, journal=journal, start=begun)
    assert house.writes(LAMP) == [True, False]


def test_a_plain_command_takes_the_place_of_a_default_that_waits() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(310)
        house.hand(TEMPERATURE, 27)
        await house.at(330)
        house.hand(TEMPERATURE, 25)
        await house.at(345)
        assert (await house.set(LAMP, True)).outcome is Outcome.ACCEPTED
        await house.at(900)

    values: dict[Point, Value] = {TEMPERATURE: 25, LAMP: False}
    house = kept(test, rules=COOLED, site=CHILLER, values=values)
    assert house.writes(LAMP) == [True, True]


def test_frost_protection_stands_above_a_holiday_schedule() -> None:
    rules = """
    - id: holiday
      keep: {living_thermostat.setpoint: 12}
      priority: 14
    - id: frost
      while: living_thermostat.actualtemp < 4
      until: living_thermostat.actualtemp > 6
      keep: {living_thermostat.setpoint: 16}
      priority: 10
    """

    async def test(house: KeptHouse) -> None:
        await house.at(60)
        house.hand(OUTDOORS, 3)
        await house.at(120)
        house.hand(OUTDOORS, 5)
        await house.at(180)
        assert house.status(SETPOINT) == ["in effect", "waits behind rule frost"]
        house.hand(OUTDOORS, 7)
        await house.at(240)

    values: dict[Point, Value] = {SETPOINT: 20, OUTDOORS: 10}
    assert kept(test, rules=rules, values=values).writes(SETPOINT) == [12, 16, 12]


def test_central_off_waits_for_the_override_of_one_room() -> None:
    rules = """
    - id: central-off
      while: living_ac.hvacpower
      keep: {lamp.power: off, lamp.powerlevel: 0}
      priority: 9
    """

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        until = house.house.clock.now() + 10 * MINUTE
        await house.set(LAMP, True, priority=8, holds=True, until=until)
        house.hand(AC_POWER, True)
        await house.at(60)
        assert (house.equipment.values[LAMP], house.equipment.values[LEVEL]) == (True, 0)
        await house.at(640)
        assert house.equipment.values[LAMP] is False

    kept(test, rules=rules, values={LAMP: False, LEVEL: 50, AC_POWER: False})


def test_loads_are_shed_in_their_order_and_come_back_in_the_opposite_one() -> None:
    rules = "".join(
        f"""
    - id: shed-{point.device}
      while: living_thermostat.actualtemp > {above}
      until: living_thermostat.actualtemp < {below}
      keep: {{{point}: off}}
      priority: 7
    - id: want-{point.device}
      keep: {{{point}: on}}
    """
        for point, above, below in ((LAMP, 90, 80), (AC_POWER, 95, 85))
    )

    async def test(house: KeptHouse) -> None:
        on: list[tuple[Value, Value]] = []
        for number, power in enumerate((70, 92, 97, 87, 84, 79), 1):
            house.hand(TEMPERATURE, power)
            await house.at(number * 100)
            on.append((house.equipment.values[LAMP], house.equipment.values[AC_POWER]))
        assert on == [
            (True, True),
            (False, True),
            (False, False),
            (False, False),
            (False, True),
            (True, True),
        ]

    kept(test, rules=rules, values={LAMP: True, AC_POWER: True, TEMPERATURE: 70})


def test_the_operator_at_night_gets_past_rules_and_past_no_guard() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        receipt = await house.set(LAMP, False, priority=8, holds=True)
        assert receipt.outcome is Outcome.DEFERRED
        assert house.array(LAMP) == [("operator cli", False, 8), ("rule cooled", True, 12)]
        await house.at(320)
        house.engine.arbiter.let_go(OPERATOR, [LAMP], "released by operator cli")
        await house.at(330)
        assert house.status(LAMP)[0].startswith("deferred: min_off 5m")

    values: dict[Point, Value] = {TEMPERATURE: 27, LAMP: True}
    house = kept(test, rules=COOLED, site=CHILLER, values=values)
    assert house.writes(LAMP) == [False]


def test_a_rule_that_is_switched_off_lets_go_and_keeps_again_when_it_is_on() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        house.engine.runner.switch("cooled", is_on=False, by="a test")
        await house.at(30)
        assert house.equipment.values[LAMP] is False
        house.engine.runner.switch("cooled", is_on=True, by="a test")
        await house.at(45)
        assert house.array(LAMP) == [("rule cooled", True, 12)]

    values: dict[Point, Value] = {TEMPERATURE: 27, LAMP: False}
    house = kept(test, rules=COOLED, site={"defaults": {LAMP: False}}, values=values)
    assert house.writes(LAMP) == [True, False, True]


def test_an_edit_changes_what_is_kept_and_how_strongly() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        engine = house.engine
        other = COOLED.replace("priority: 12", "priority: 9").replace("lamp.power: on", "lamp.powerlevel: 80")
        engine.reload(engine.site, rules_of(engine.site, other))
        await house.at(60)
        assert (house.array(LAMP), house.array(LEVEL)) == ([], [("rule cooled", 80, 9)])
        engine.reload(engine.site, ())
        await house.at(90)
        assert (house.equipment.values[LEVEL], house.engine.arbiter.points) == (5, frozenset())

    values: dict[Point, Value] = {TEMPERATURE: 27, LAMP: False, LEVEL: 10}
    house = kept(test, rules=COOLED, site={"defaults": {LAMP: False, LEVEL: 5}}, values=values)
    assert (house.writes(LAMP), house.writes(LEVEL)) == ([True, False], [80, 5])


def test_an_edit_brings_guards_and_interlocks() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        engine = house.engine
        site = replace(engine.site, guards={LEVEL: Guard(maximum=50)})
        locks: Sequence[Interlock] = interlocks_of(
            site, "[{id: dark, never: lamp.power and living_ac.hvacpower, instead: {lamp.power: off}}]"
        )
        engine.reload(site, engine.rules, locks)
        await house.at(60)
        assert (await house.set(LEVEL, 60)).outcome is Outcome.REFUSED
        assert house.equipment.values[LAMP] is False
        engine.reload(replace(site, guards={}), engine.rules, ())
        await house.at(90)
        assert house.array(LAMP) == []
        assert (await house.set(LEVEL, 60)).outcome is Outcome.ACCEPTED

    kept(test, values={LAMP: True, AC_POWER: True, LEVEL: 10})


def test_values_that_are_computed_anew_begin_no_new_claim() -> None:
    rules = """
    - id: curve
      keep: {lamp.powerlevel: "{{ living_thermostat.actualtemp | round | int }}"}
    - id: flat
      while: living_ac.hvacpower
      keep: {lamp.powerlevel: 50}
      priority: 15
    """

    async def test(house: KeptHouse) -> None:
        await house.at(30)
        [before] = house.engine.arbiter.array(LEVEL)
        house.hand(TEMPERATURE, 30)
        await house.at(60)
        [after] = house.engine.arbiter.array(LEVEL)
        assert (before.value, after.value, before.since) == (20, 30, after.since)

    values: dict[Point, Value] = {TEMPERATURE: 20, LEVEL: 0, AC_POWER: False}
    assert kept(test, rules=rules, values=values).writes(LEVEL) == [20, 30]


def test_a_device_with_a_hold_of_its_own_is_watched_without_any_claim() -> None:
    hands = {"lamp": Hands(manual_hold=5 * MINUTE)}

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        await house.set(LAMP, True)
        await house.at(60)
        house.hand(LAMP, False)
        await house.at(75)
        assert house.array(LAMP) == [("a hand", False, 8)]
        assert (await house.set(LAMP, True)).outcome is Outcome.OUTRANKED
        await house.at(380)
        assert (await house.set(LAMP, True)).outcome is Outcome.ACCEPTED

    kept(test, values={LAMP: False}, site={"hands": hands, "watch": ("lamp.power",)})


def test_a_hand_is_taken_back_at_once_by_what_is_stronger() -> None:
    rules = COOLED.replace("priority: 12", "priority: 7")

    async def test(house: KeptHouse) -> None:
        await house.at(60)
        house.hand(LAMP, False)
        await house.at(75)
        assert house.array(LAMP) == [("rule cooled", True, 7), ("a hand", False, 8)]
        assert house.equipment.values[LAMP] is True
        house.hand(TEMPERATURE, 20)
        await house.at(100)
        assert house.equipment.values[LAMP] is False

    kept(test, rules=rules, values={TEMPERATURE: 27, LAMP: False})


def test_what_a_rule_holds_it_can_release_and_set_plainly() -> None:
    rules = """
    - id: boost
      triggers: [{change: living_thermostat.actualtemp}]
      actions:
        - choose:
            - {if: living_thermostat.actualtemp == 1, then: {set: {lamp.power: on}, for: 1h}}
            - {if: living_thermostat.actualtemp == 2, then: {release: lamp.power}}
            - {if: living_thermostat.actualtemp == 3, then: {set: {lamp.power: on}, priority: 9}}
            - {if: living_thermostat.actualtemp == 4, then: {set: {lamp.power: off}}}
    """

    async def test(house: KeptHouse) -> None:
        arrays = []
        await house.at(15)
        for number in (1, 2, 3, 4):
            house.hand(TEMPERATURE, number)
            await house.at(15 + 20 * number)
            arrays.append([(value, priority) for _, value, priority in house.array(LAMP)])
        assert arrays == [[(True, 16)], [], [(True, 9)], []]
        assert house.equipment.values[LAMP] is False

    kept(test, rules=rules, values={TEMPERATURE: 0, LAMP: False})


def test_a_shadow_rule_claims_nothing_and_shows_what_it_would_do() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(60)
        assert house.array(LAMP) == []

    values: dict[Point, Value] = {TEMPERATURE: 27, LAMP: False}
    house = kept(test, rules=COOLED + "  enabled: shadow\n", values=values)
    assert (house.outcomes(LAMP), house.writes(LAMP)) == ([Outcome.SUPPRESSED], [])


def test_what_ends_a_keep_rule_has_the_last_word_over_the_default() -> None:
    rules = COOLED + "  finally: [{set: {lamp.power: on}}]\n"

    async def test(house: KeptHouse) -> None:
        await house.at(15)
        house.hand(TEMPERATURE, 20)
        await house.at(60)
        assert (house.equipment.values[LAMP], house.array(LAMP)) == (True, [])

    values: dict[Point, Value] = {TEMPERATURE: 27, LAMP: False}
    kept(test, rules=rules, site={"defaults": {LAMP: False}}, values=values)


def test_two_rules_that_undo_each_other_are_slowed_down() -> None:
    rules = """
    - id: up
      while: not flip.value
      keep: {flop.value: on}
    - id: down
      while: flop.value
      keep: {flip.value: on}
    """
    defaults = {Point("flip.value"): False, Point("flop.value"): False}

    async def test(house: KeptHouse) -> None:
        await house.at(5)
        assert 20 < len(house.house.receipts) < 400

    kept(test, rules=rules, site={"flags": ("flip", "flop"), "defaults": defaults})
