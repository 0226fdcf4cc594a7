"""Rules that would have acted, and why they did not: what a service at work writes down of them."""

from datetime import timedelta

from interlock.history.records import Firing
from interlock.rules.rule import Decision, Verdict
from support.engine_house import AC_POWER, LAMP, TEMPERATURE, House, live

EACH = "- {id: a, triggers: [{every: 10s}], condition: living_ac.hvacpower, actions: [{press: doorbell}]}"


def test_a_rule_that_is_switched_off_says_by_whom_and_since_when() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.engine.runner.switch("a", is_on=False, by="hand")
        await house.at(25)

    house = live(EACH, test, values={AC_POWER: True})
    assert house.found(Firing) == []
    assert house.missed(Verdict.SWITCHED_OFF) == ["it is switched off by hand since 2026-07-14 14:00:05"] * 2


def test_what_would_not_have_fired_anyway_is_no_near_miss_of_the_switch() -> None:
    async def test(house: House) -> None:
        house.engine.runner.switch("a", is_on=False, by="hand")
        await house.at(25)

    assert live(EACH, test, values={AC_POWER: False}).found(Decision) == []


def test_a_rule_that_keeps_and_is_switched_off_says_so_once() -> None:
    rules = "- {id: a, while: living_thermostat.actualtemp > 26, keep: {living_ac.hvacpower: on}}"

    async def test(house: House) -> None:
        house.engine.runner.switch("a", is_on=False, by="rule b")
        await house.at(5)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(45)

    house = live(rules, test, values={TEMPERATURE: 20.0, AC_POWER: False})
    assert house.missed(Verdict.SWITCHED_OFF) == ["it is switched off by rule b since 2026-07-14 14:00:00"]


def test_a_near_miss_tells_how_old_the_readings_were() -> None:
    async def test(house: House) -> None:
        await house.at(25)

    house = live(EACH, test, values={AC_POWER: False})
    [first, *_] = house.found(Decision)
    assert isinstance(first, Decision)
    [seen] = first.seen
    assert seen.read_at is not None
    assert timedelta() <= first.at - seen.read_at <= timedelta(seconds=10)


def test_a_rule_that_cools_down_is_held_back() -> None:
    rules = "- {id: a, triggers: [{every: 10s}], cooldown: 1m, actions: [{set: {lamp.power: on}}]}"

    async def test(house: House) -> None:
        await house.at(35)

    house = live(rules, test, values={LAMP: False})
    assert house.missed(Verdict.HELD_BACK) == ["it cools down for 1m"] * 2
