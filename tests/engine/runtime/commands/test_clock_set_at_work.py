"""Claims, guards, hands and lost writes when the clock is set under a service at work."""

from datetime import timedelta

import pytest

from interlock.config.guards import Guard, Hands
from interlock.history.journal import MemoryJournal
from interlock.model import Outcome
from support.engine_house import LAMP, LEVEL, START
from support.fake_driver import FakeEquipment
from support.kept_house import KeptHouse, kept, later

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OFF_ELSE = "- {id: off-else, keep: {lamp.power: off}}"
BOTH_WAYS = pytest.mark.parametrize("by", [-HOUR, HOUR])
REST = {"guards": {LAMP: Guard(min_on=5 * MINUTE, min_off=5 * MINUTE)}}


@BOTH_WAYS
def test_an_override_lasts_as_long_as_was_said(by: timedelta) -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(60)
        until = house.house.clock.now() + 30 * MINUTE
        await house.set(LAMP, True, priority=8, holds=True, until=until)
        await house.at(120)
        house.house.clock.shift += by
        await house.at(31 * 60 - 10)
        assert house.equipment.values[LAMP] is True
        await house.at(31 * 60 + 10)
        assert house.equipment.values[LAMP] is False

    house = kept(test, rules=OFF_ELSE, values={LAMP: False})
    assert (LAMP, "the clock was set") in house.let_go


@BOTH_WAYS
def test_a_compressor_rests_for_its_minimum_time(by: timedelta) -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(310)
        await house.set(LAMP, True, priority=5)
        await house.set(LAMP, False, priority=5)
        await house.at(320)
        house.house.clock.shift += by
        await house.at(330)
        assert (await house.set(LAMP, True)).outcome is Outcome.DEFERRED
        await house.at(605)
        assert house.writes(LAMP) == [True, False]
        await house.at(615)

    assert kept(test, site=REST, values={LAMP: False}).writes(LAMP) == [True, False, True]


@BOTH_WAYS
def test_what_waits_for_its_time_already_goes_on_waiting_as_long(by: timedelta) -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(30)
        assert (await house.set(LAMP, True)).outcome is Outcome.DEFERRED
        house.house.clock.shift += by
        await house.at(295)
        assert house.writes(LAMP) == []
        await house.at(305)

    assert kept(test, site=REST, values={LAMP: False}).writes(LAMP) == [True]


@BOTH_WAYS
def test_changes_are_counted_over_the_time_that_passed(by: timedelta) -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(15)
        await house.set(LAMP, True)
        house.house.clock.shift += by
        await house.at(30)
        assert (await house.set(LAMP, False)).outcome is Outcome.DEFERRED
        await house.at(620)

    guards = {LAMP: Guard(max_changes=1, changes_in=10 * MINUTE)}
    assert kept(test, site={"guards": guards}, values={LAMP: False}).writes(LAMP) == [True, False]


@BOTH_WAYS
def test_a_hand_is_noticed_and_left_alone_for_its_time(by: timedelta) -> None:
    hands = {"lamp": Hands(manual_hold=10 * MINUTE)}

    async def test(house: KeptHouse) -> None:
        await house.at(60)
        house.house.clock.shift += by
        await house.at(120)
        house.hand(LAMP, False)
        await house.at(135)
        assert house.array(LAMP) == [("a hand", False, 8), ("rule k", True, 16)]
        house.house.clock.shift -= by
        await house.at(700)
        assert house.array(LAMP) == [("a hand", False, 8), ("rule k", True, 16)]
        await house.at(740)
        assert house.array(LAMP) == [("rule k", True, 16)]

    kept(test, rules="- {id: k, keep: {lamp.power: on}}", site={"hands": hands}, values={LAMP: False})


@BOTH_WAYS
def test_a_lost_write_is_written_again(by: timedelta) -> None:
    async def test(house: KeptHouse) -> None:
        house.equipment.deaf.add(LAMP)
        await house.at(16)
        house.house.clock.shift += by
        await house.at(20)
        house.equipment.deaf.clear()
        await house.at(90)

    house = kept(test, rules="- {id: k, keep: {lamp.power: on}}", values={LAMP: False})
    assert (house.writes(LAMP), house.array(LAMP)) == ([True, True], [("rule k", True, 16)])


def test_a_reading_from_before_the_clock_was_set_back_is_no_hand() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(18)
        await house.set(LAMP, True, priority=9, holds=True)
        house.house.clock.shift -= HOUR
        await house.at(19)
        assert house.array(LAMP) == [("operator cli", True, 9)]
        await house.at(60)

    assert kept(test, values={LAMP: False}).writes(LAMP) == [True]


def test_who_began_last_still_wins() -> None:
    async def test(house: KeptHouse) -> None:
        await house.at(60)
        await house.set(LEVEL, 10, holds=True)
        house.house.clock.shift -= HOUR
        house.hand(LAMP, True)
        await house.at(90)
        assert [owner for owner, _, _ in house.array(LEVEL)] == ["rule late", "operator cli"]

    late = "- {id: late, while: lamp.power, keep: {lamp.powerlevel: 20}}"
    kept(test, rules=late, values={LAMP: False, LEVEL: 0})


def test_a_machine_that_starts_without_the_time_learns_it_later() -> None:
    journal, equipment = MemoryJournal(), FakeEquipment(values={LAMP: False})

    async def first(house: KeptHouse) -> None:
        await house.at(310)
        until = house.house.clock.now() + 30 * MINUTE
        await house.set(LAMP, True, priority=8, holds=True, until=until)

    kept(first, rules=OFF_ELSE, site=REST, equipment=equipment, journal=journal)
    begun = later(journal, 400)

    async def second(house: KeptHouse) -> None:
        await house.at(20)
        house.house.clock.shift = begun - START + 56 * 365 * 24 * HOUR
        await house.at(40)
        assert house.array(LAMP)[0] == ("operator cli", True, 8)
        await house.at(35 * 60)
        assert house.equipment.values[LAMP] is False

    start = START - 56 * 365 * 24 * HOUR
    house = kept(second, rules=OFF_ELSE, site=REST, equipment=equipment, journal=journal, start=start)
    assert house.writes(LAMP) == [True, False]


def test_a_compressor_starts_though_the_clock_is_behind_the_journal() -> None:
    journal, equipment = MemoryJournal(), FakeEquipment(values={LAMP: True})

    async def first(house: KeptHouse) -> None:
        await house.at(310)
        await house.set(LAMP, False)
        await house.at(330)

    kept(first, site=REST, equipment=equipment, journal=journal)
    later(journal, 400)

    async def second(house: KeptHouse) -> None:
        await house.at(15)
        assert (await house.set(LAMP, True)).outcome is Outcome.DEFERRED
        await house.at(320)

    start = START - 56 * 365 * 24 * HOUR
    house = kept(second, site=REST, equipment=equipment, journal=journal, start=start)
    assert house.writes(LAMP) == [False, True]
