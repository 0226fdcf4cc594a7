"""`verify` where drivers tell of changes, and where devices round what they are asked for."""

import pytest

from interlock.model import Value
from support.engine_house import AC_POWER, LAMP, LEVEL, SETPOINT, House, live
from support.fake_driver import FakeEquipment

RULE = "- {{id: a, triggers: [{{becomes: living_ac.hvacpower}}], actions: [{actions}]}}"


def told(actions: str, *, heard_after: float | None, level: Value = 40, seconds: float = 60) -> House:
    """A rule on a connection that tells of changes; its write takes 2 s, and the level is heard of or not."""
    equipment = FakeEquipment(values={AC_POWER: True, LEVEL: 0, LAMP: True, SETPOINT: 20.0})
    equipment.delays[LEVEL] = 2

    async def test(house: House) -> None:
        if heard_after is not None:
            await house.at(heard_after)
            equipment.feeds[-1].readings({LEVEL: level})
        await house.at(seconds)

    return live(RULE.format(actions=actions), test, equipment=equipment, site={"pushes": True})


VERIFIED = "{set: {lamp.powerlevel: 40}}, {verify: {lamp.powerlevel: 40, within: 10s}}"


@pytest.mark.parametrize("heard_after", [1.0, 3.0])
def test_what_is_told_during_the_command_or_after_it_is_verified(heard_after: float) -> None:
    house = told(VERIFIED, heard_after=heard_after)
    assert house.ends == ["done"]


def test_what_is_told_during_the_command_may_be_rounded() -> None:
    assert told(VERIFIED, heard_after=1, level=41).ends == ["done"]


def test_what_is_not_told_of_has_not_come() -> None:
    house = told(VERIFIED, heard_after=None)
    assert house.ends == ["broken off: lamp.powerlevel was not read since"]


def test_where_the_value_was_right_already_no_news_is_awaited() -> None:
    actions = "{set: {lamp.power: on}, only_if_different: false}, {verify: {lamp.power: on, within: 10s}}"
    house = told(actions, heard_after=None, seconds=2)
    assert (house.equipment.writes, house.ends) == ([(LAMP, True)], ["done"])


def test_what_was_set_and_told_is_not_sent_again() -> None:
    actions = "{set: {lamp.powerlevel: 40}}, {delay: 5s}, {set: {lamp.powerlevel: 40}}"
    house = told(actions, heard_after=1)
    assert house.equipment.writes == [(LEVEL, 40)]


def in_fahrenheit(value: Value) -> Value:
    assert isinstance(value, float | int)
    return round((round(value * 9 / 5 + 32) - 32) * 5 / 9, 2)


def test_what_a_device_makes_of_a_number_is_verified() -> None:
    equipment = FakeEquipment(values={AC_POWER: True, SETPOINT: 20.0}, makes={SETPOINT: in_fahrenheit})

    async def test(house: House) -> None:
        await house.at(60)

    setpoint = "{living_thermostat.setpoint: 21.5}"
    actions = f"{{set: {setpoint}}}, {{verify: {setpoint[:-1]}, within: 30s, retries: 2}}}}"
    house = live(RULE.format(actions=actions), test, equipment=equipment)
    assert (house.equipment.writes, house.ends) == ([(SETPOINT, 21.5)], ["done"])


def test_a_limit_is_no_rounding() -> None:
    equipment = FakeEquipment(values={AC_POWER: True, SETPOINT: 20.0}, makes={SETPOINT: lambda _: 25.0})

    async def test(house: House) -> None:
        await house.at(60)

    actions = (
        "{set: {living_thermostat.setpoint: 30}}, {verify: {living_thermostat.setpoint: 30, within: 30s}}"
    )
    house = live(RULE.format(actions=actions), test, equipment=equipment)
    assert house.ends == ["broken off: living_thermostat.setpoint is 25, not 30"]


@pytest.mark.parametrize(
    ("options", "why"), [("enabled: shadow, ", "shadow rule"), ("", "dry run")], ids=["shadow", "dry run"]
)
def test_what_was_not_sent_is_not_missed(options: str, why: str) -> None:
    actions = (
        "{set: {lamp.powerlevel: 40}}, "
        "{verify: {lamp.powerlevel: 40, within: 10s, retries: 2, else: [{log: lost}]}}, {log: further}"
    )
    rule = f"- {{id: a, {options}triggers: [{{becomes: living_ac.hvacpower}}], actions: [{actions}]}}"

    async def test(house: House) -> None:
        await house.at(60)

    house = live(rule, test, values={AC_POWER: True, LEVEL: 0}, dry_run=not options)
    verified = f"verify lamp.powerlevel: 40: not verified: {why}"
    assert house.steps == ["set lamp.powerlevel: 40: lamp.powerlevel = 40", verified, "log further: further"]
    assert house.ends == ["done"]
