"""Points that can be set and not read hold what they took last."""

from interlock.errors import RejectedValue
from interlock.history.journal import MemoryJournal
from interlock.model import Command, Origin, OriginKind, Point, Quality, Reading
from interlock.runtime.commands.dispatcher import assumed
from support.engine_house import START, House, live
from support.fake_driver import FakeEquipment

RELAY, LAMP = Point("relay.value"), Point("lamp.power")
RULES = """
- {id: switch, triggers: [{every: 1m}], actions: [{set: {relay.value: on}}]}
- {id: change, triggers: [{change: relay.value}], actions: [{press: doorbell}]}
- {id: follow, triggers: [{becomes: relay.value}], actions: [{set: {lamp.power: on}}]}
"""
REASON = "it cannot be read; this is what it took last"


def readings_of(house: House, point: Point) -> list[Reading]:
    return [each for each in house.journal.entries if isinstance(each, Reading) and each.point == point]


async def a_minute(house: House) -> None:
    await house.at(65)


def test_what_was_accepted_is_the_reading_and_rules_go_by_it() -> None:
    house = live(RULES, a_minute, values={LAMP: False})
    assert house.equipment.writes == [(RELAY, True), (LAMP, True)]
    [reading] = readings_of(house, RELAY)
    assert (reading.value, reading.quality, reading.reason) == (True, Quality.ASSUMED, REASON)
    assert reading.observed_at == house.receipts[0].at


def test_what_was_refused_is_not_assumed() -> None:
    equipment = FakeEquipment(errors={RELAY: RejectedValue("no")})
    house = live(RULES, a_minute, equipment=equipment)
    assert (readings_of(house, RELAY), house.engine.state.reading(RELAY)) == ([], None)


def test_a_dry_run_assumes_nothing() -> None:
    house = live(RULES, a_minute, dry_run=True)
    assert readings_of(house, RELAY) == []


def test_it_is_never_polled() -> None:
    house = live(RULES, a_minute, values={LAMP: False})
    assert {point for points in house.equipment.reads for point in points} == {LAMP}


def test_it_is_sent_again_although_it_is_assumed_to_be_so() -> None:
    async def test(house: House) -> None:
        await house.at(70)
        house.engine.deliver([assumed(RELAY, True, house.clock.now())])
        await house.at(125)

    house = live(RULES, test, values={LAMP: False})
    assert house.equipment.writes.count((RELAY, True)) == 2


def test_a_restart_restores_it_and_is_no_change() -> None:
    journal = MemoryJournal()
    live(RULES, a_minute, values={LAMP: False}, journal=journal)

    async def test(house: House) -> None:
        await house.at(5)
        reading = house.engine.state.reading(RELAY)
        assert reading is not None
        assert (reading.value, reading.quality, reading.reason) == (True, Quality.ASSUMED, REASON)

    again = live(RULES, test, values={LAMP: False}, journal=journal)
    assert again.equipment.writes == []


def test_what_is_turned_off_triggers_a_change() -> None:
    async def test(house: House) -> None:
        await house.at(65)
        house.engine.submit(
            [
                Command(
                    id="x",
                    point=RELAY,
                    value=False,
                    origin=Origin(OriginKind.OPERATOR, "test"),
                    created_at=START,
                )
            ]
        )
        await house.at(66)

    house = live(RULES, test, values={LAMP: False})
    assert house.equipment.writes[-1] == (Point("doorbell.trigger"), None)
