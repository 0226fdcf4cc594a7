"""What expressions ask an engine at work: the past of points over restarts, origins, how rules stand."""

from datetime import timedelta

import pytest

from interlock.history.journal import MemoryJournal
from interlock.model import Command, Origin, OriginKind, Point, Value
from support.engine_house import LAMP, SETPOINT, START, TEMPERATURE, House, live
from support.fake_driver import FakeEquipment

LOGS = '- {id: tell, triggers: [{change: lamp.power}], actions: [{log: "%s"}]}'


def told(house: House) -> list[str]:
    return [step.removeprefix("log ").partition(": ")[2] for step in house.steps if step.startswith("log ")]


def by_hand(house: House, point: Point, value: Value) -> None:
    command = Command(
        id=house.engine.new_id(),
        point=point,
        value=value,
        origin=Origin(OriginKind.OPERATOR, "tester"),
        created_at=house.clock.now(),
    )
    house.engine.submit([command])


MEAN = LOGS % "{{ mean_over('living_thermostat.actualtemp', '1m') }}"


def test_a_window_is_filled_as_readings_come() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[LAMP] = True
        await house.at(31)
        house.equipment.values[TEMPERATURE] = 30
        await house.at(61)
        house.equipment.values[LAMP] = False
        await house.at(71)

    house = live(MEAN, test, values={TEMPERATURE: 20, LAMP: False})
    first, second = told(house)
    assert first.startswith("unknown")
    # At 70 s it was 30 since 40 s, and 20 in the 30 s before.
    assert float(second) == 25


def test_a_window_is_filled_from_the_journal_after_a_restart() -> None:
    journal = MemoryJournal()
    equipment = FakeEquipment(values={TEMPERATURE: 20, LAMP: False})

    async def first(house: House) -> None:
        await house.at(50)

    async def second(house: House) -> None:
        house.equipment.values[LAMP] = True
        await house.at(15)

    live(MEAN, first, journal=journal, equipment=equipment)
    journal.last_seen = START + timedelta(seconds=50)
    again = START + timedelta(seconds=52)
    house = live(MEAN, second, journal=journal, equipment=equipment, start=again)
    assert [float(each) for each in told(house)] == [20]


def test_the_time_in_which_the_service_was_down_is_unknown() -> None:
    journal = MemoryJournal()
    equipment = FakeEquipment(values={TEMPERATURE: 20, LAMP: False})

    async def first(house: House) -> None:
        await house.at(50)

    async def second(house: House) -> None:
        house.equipment.values[LAMP] = True
        await house.at(15)

    live(MEAN, first, journal=journal, equipment=equipment)
    journal.last_seen = START + timedelta(seconds=50)
    house = live(MEAN, second, journal=journal, equipment=equipment, start=START + timedelta(seconds=100))
    assert told(house)[0].startswith("unknown")


def test_an_origin_tells_our_commands_from_other_hands() -> None:
    rules = (
        LOGS % "{{ origin('living_thermostat.setpoint') }}"
        + """
- {id: ours, triggers: [{becomes: living_thermostat.actualtemp > 25}],
   actions: [{set: {living_thermostat.setpoint: 19}}]}
"""
    )

    async def test(house: House) -> None:
        async def ask(seconds: float, *, is_on: bool) -> None:
            await house.at(seconds)
            house.equipment.values[LAMP] = is_on
            await house.at(seconds + 10)

        await ask(1, is_on=True)
        house.equipment.values[TEMPERATURE] = 26
        await house.at(22)
        await ask(25, is_on=False)
        house.equipment.values[SETPOINT] = 23
        await house.at(45)
        await ask(46, is_on=True)
        by_hand(house, SETPOINT, 22)
        await house.at(70)
        await ask(71, is_on=False)

    values: dict[Point, Value] = {TEMPERATURE: 20, SETPOINT: 21, LAMP: False}
    house = live(rules, test, values=values)
    assert told(house) == ["unknown", "rule", "device", "operator"]


ORIGIN = (
    LOGS % "{{ origin('living_thermostat.setpoint') }}"
    + """
- {id: ours, triggers: [{becomes: living_thermostat.actualtemp > 25}],
   actions: [{set: {living_thermostat.setpoint: 19}}]}
"""
)


async def asked(house: House) -> None:
    await house.at(5)
    house.equipment.values[LAMP] = not house.equipment.values[LAMP]
    await house.at(15)


@pytest.mark.parametrize(
    ("found", "expected"), [(19, "rule"), (23, "device"), (21, "device")], ids=["ours", "a hand's", "undone"]
)
def test_an_origin_is_known_after_a_restart(found: float, expected: str) -> None:
    journal = MemoryJournal()
    equipment = FakeEquipment(values={TEMPERATURE: 26, SETPOINT: 21, LAMP: False})
    assert told(live(ORIGIN, asked, journal=journal, equipment=equipment)) == ["rule"]
    equipment.values[SETPOINT] = found
    again = live(ORIGIN, asked, journal=journal, equipment=equipment, start=START + timedelta(minutes=5))
    assert told(again) == ["rule", expected]


def test_what_a_device_makes_of_our_number_is_ours() -> None:
    values: dict[Point, Value] = {TEMPERATURE: 26, SETPOINT: 21, LAMP: False}
    equipment = FakeEquipment(values=values, makes={SETPOINT: lambda value: 19.44})

    async def test(house: House) -> None:
        await house.at(15)
        house.equipment.values[LAMP] = True
        await house.at(25)

    assert told(live(ORIGIN, test, equipment=equipment)) == ["rule"]


def test_a_rule_can_be_asked_when_it_fired_and_whether_it_acts() -> None:
    text = (
        "{{ rule('tell').count_today }} {{ rule('tell').is_running }} {{ rule('other').is_on }} "
        "{{ rule('other').count_today }} {{ rule('other').last_fired }} "
        "{{ rule('tell').last_fired == now() }}"
    )
    rules = LOGS % text + "\n- {id: other, enabled: false, triggers: [{every: 1h}], actions: [{log: x}]}"

    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[LAMP] = True
        await house.at(25)
        house.equipment.values[LAMP] = False
        await house.at(45)

    house = live(rules, test, values={LAMP: False})
    assert told(house) == [f"{count} on off 0 unknown on" for count in (1, 2)]


def test_the_count_of_today_begins_at_local_midnight() -> None:
    rules = LOGS % "{{ rule('tell').count_today }}"

    async def test(house: House) -> None:
        await house.at(20)
        house.equipment.values[LAMP] = True
        await house.at(50)
        house.equipment.values[LAMP] = False
        await house.at(80)

    late = START.replace(hour=21, minute=59, second=20)
    house = live(rules, test, values={LAMP: False}, start=late)
    assert told(house) == ["1", "1"]
