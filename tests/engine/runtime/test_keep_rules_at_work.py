"""Rules that keep, in a service at work: what is written down of them, switches, reloads, circles."""

from __future__ import annotations

import asyncio
from textwrap import dedent

from interlock.history.records import Firing
from interlock.model import Point, Reading, Value
from interlock.rules.rule import Decision, Verdict
from support.engine_house import AC_POWER, LAMP, TEMPERATURE, House, live
from support.fake_rules import rules_of

COOLED = """
- id: cooled
  while: living_thermostat.actualtemp > 26
  keep: {living_ac.hvacpower: on}
  priority: 12
"""
WARM: dict[Point, Value] = {TEMPERATURE: 27.0, AC_POWER: False, LAMP: False}


def firings(house: House) -> list[tuple[str, str]]:
    """The rule's firings: what each was, and how it ended."""
    begun = [entry for entry in house.found(Firing) if isinstance(entry, Firing)]
    ends = {end.firing: end.outcome for end in house.firing_ends}
    return [(each.decision.reason, ends.get(each.id, "")) for each in begun]


def test_what_begins_and_ends_is_written_down_with_its_reason() -> None:
    async def test(house: House) -> None:
        await house.at(15)
        house.equipment.values[TEMPERATURE] = 24.0
        await house.at(30)

    house = live(COOLED, test, values=dict(WARM))
    assert firings(house) == [
        (
            "while: living_thermostat.actualtemp > 26 is true (living_thermostat.actualtemp = 27)",
            "keep living_ac.hvacpower: on, priority 12",
        ),
        (
            "while: living_thermostat.actualtemp > 26 is false (living_thermostat.actualtemp = 24)",
            "let go",
        ),
    ]
    assert house.equipment.writes == [(AC_POWER, True)]


def test_finally_is_done_when_it_ends() -> None:
    async def test(house: House) -> None:
        await house.at(15)
        house.equipment.values[TEMPERATURE] = 24.0
        await house.at(30)

    house = live(COOLED + "  finally: [{set: {lamp.power: on}}]\n", test, values=dict(WARM))
    assert house.equipment.writes == [(AC_POWER, True), (LAMP, True)]
    assert [outcome for _, outcome in firings(house)] == ["keep living_ac.hvacpower: on, priority 12", "done"]


def test_a_rule_that_is_switched_off_lets_go_and_keeps_again_when_it_is_on() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.engine.runner.switch("cooled", is_on=False, by="cli")
        await house.at(6)
        assert house.engine.arbiter.array(AC_POWER) == ()
        house.engine.runner.switch("cooled", is_on=True, by="cli")
        await house.at(7)
        (claim,) = house.engine.arbiter.array(AC_POWER)
        assert (claim.value, claim.priority, claim.owner.name) == (True, 12, "cooled")

    live(COOLED, test, values=dict(WARM))


def test_what_would_be_kept_meanwhile_is_kept_when_the_rule_is_switched_on() -> None:
    async def test(house: House) -> None:
        house.engine.runner.switch("cooled", is_on=False, by="cli")
        await house.at(15)
        assert firings(house) == []
        house.engine.runner.switch("cooled", is_on=True, by="cli")
        await house.at(16)

    assert live(COOLED, test, values=dict(WARM)).equipment.writes == [(AC_POWER, True)]


def test_a_rule_that_its_file_switches_off_can_be_switched_on() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        assert house.engine.arbiter.array(AC_POWER) == ()
        house.engine.runner.switch("cooled", is_on=True, by="cli")
        await house.at(16)

    house = live(COOLED + "  enabled: false\n", test, values=dict(WARM))
    assert house.equipment.writes == [(AC_POWER, True)]


def test_what_is_kept_goes_on_over_a_reload_with_the_same_claim() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        (before,) = house.engine.arbiter.array(AC_POWER)
        edited = dedent(COOLED).replace("> 26", "> 25")
        house.engine.reload(house.engine.site, rules_of(house.engine.site, edited))
        await house.at(6)
        assert house.engine.arbiter.array(AC_POWER) == (before,)
        house.engine.reload(house.engine.site, ())
        await house.at(7)
        assert house.engine.arbiter.array(AC_POWER) == ()

    assert live(COOLED, test, values=dict(WARM)).equipment.writes == [(AC_POWER, True)]


def test_a_rule_that_begins_and_ends_again_and_again_is_stopped() -> None:
    async def test(house: House) -> None:
        await house.at(1)
        for number in range(700):
            reading = Reading(
                point=TEMPERATURE, value=20.0 + 10 * (number % 2), observed_at=house.clock.now()
            )
            house.engine.deliver([reading])
            await asyncio.sleep(0)
        await house.at(5)
        assert house.engine.arbiter.array(AC_POWER) == ()

    house = live(COOLED, test, values=dict(WARM))
    begun = [outcome for _, outcome in firings(house) if outcome.startswith("keep")]
    held_back = [
        each.note
        for each in house.found(Decision)
        if isinstance(each, Decision) and each.verdict is Verdict.HELD_BACK
    ]
    assert len(begun) == 300
    assert held_back[0].startswith("it fired 300 times in 1m")


def test_time_alone_begins_what_is_kept() -> None:
    async def test(house: House) -> None:
        await house.at(20)
        assert house.equipment.writes == []
        await house.at(62)

    rules = "- {id: late, while: now().minute >= 1, keep: {lamp.power: on}}"
    assert live(rules, test, values=dict(WARM)).equipment.writes == [(LAMP, True)]


def test_what_a_rule_reads_and_keeps_is_polled() -> None:
    async def test(house: House) -> None:
        await house.at(3)
        assert house.engine.state.values.keys() == {TEMPERATURE, AC_POWER}

    live(COOLED, test, values=dict(WARM))


def test_a_shadow_writes_nothing_and_says_what_it_would() -> None:
    async def test(house: House) -> None:
        await house.at(15)

    house = live(COOLED + "  enabled: shadow\n", test, values=dict(WARM))
    assert house.equipment.writes == []
    assert [(each.command.point, each.outcome.value) for each in house.receipts] == [(AC_POWER, "suppressed")]


def test_its_last_beginning_is_known_to_other_rules() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        facts = house.engine.runner.facts("cooled")
        assert facts is not None
        assert facts.count_today == 1

    live(COOLED, test, values=dict(WARM))
