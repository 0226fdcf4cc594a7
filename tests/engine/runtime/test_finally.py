"""The undo beside the do: when it is due, and that nothing cuts it off."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from textwrap import dedent

import pytest

from interlock.history.journal import MemoryJournal
from interlock.model import Event, Point, Value
from interlock.rules.rule import Verdict
from support.engine_house import AC_POWER, LAMP, LEVEL, START, House, live
from support.fake_rules import rules_of
from support.fake_site import DEVICES, fake_site

BELL = Point("doorbell.trigger")
RULE = """
- id: a
  mode: {mode}
  triggers: [{{becomes: living_ac.hvacpower}}, {{telegram: 1/2/3}}]
  actions: [{{set: {{lamp.power: on}}}}, {{delay: 1h}}]
  finally: [{{set: {{lamp.power: off}}}}, {{delay: 20s}}, {{set: {{lamp.powerlevel: 7}}}}]
- {{id: canceller, triggers: [{{event: cancel}}], actions: [{{cancel: a}}]}}
- {{id: teller, triggers: [{{at: "00:00"}}], actions: [{{raise: cancel}}]}}
"""
"""Its finally begins at 30 s where the air conditioning is switched off at 25, and lasts until 50."""
OFF, DIMMED = (LAMP, False), (LEVEL, 7)
ON = (LAMP, True)


def undoing(
    test: Callable[[House], Awaitable[None]], mode: str = "single", journal: MemoryJournal | None = None
) -> House:
    async def whole(house: House) -> None:
        await house.at(25)
        house.equipment.values[AC_POWER] = False
        await house.at(35)
        assert house.equipment.writes == [ON, OFF]
        await test(house)

    values: dict[Point, Value] = {AC_POWER: True, LAMP: False, LEVEL: 0}
    return live(RULE.format(mode=mode), whole, values=values, journal=journal)


def test_it_is_not_cancelled_by_a_rule() -> None:
    async def test(house: House) -> None:
        house.engine.happen(Event(kind="event", name="cancel"))
        await house.at(55)

    house = undoing(test)
    assert house.equipment.writes == [ON, OFF, DIMMED]
    assert "cancel a: 0 firings ended" in house.steps
    assert house.ends == ["ended by its finally", "done", "done"]


@pytest.mark.parametrize("mode", ["single", "restart", "queued", "parallel"])
def test_what_comes_meanwhile_waits_for_its_end(mode: str) -> None:
    async def test(house: House) -> None:
        house.engine.happen(Event(kind="telegram", name="1/2/3"))
        await house.at(49)
        assert house.equipment.writes == [ON, OFF]
        await house.at(55)

    house = undoing(test, mode)
    assert house.equipment.writes == [ON, OFF, DIMMED, ON]
    assert house.ends == ["ended by its finally", "done"]


@pytest.mark.parametrize(
    ("mode", "restarted", "skipped"),
    [
        ("single", [], ["a firing waits"] * 2),
        ("restart", ["restarted"] * 2, []),
        ("queued, max: 2", [], ["2 firings are running or waiting"] * 2),
        ("parallel, max: 2", [], ["2 firings are running or waiting"]),
    ],
)
def test_of_several_that_come_meanwhile_as_many_wait_as_the_mode_lets(
    mode: str, restarted: Sequence[str], skipped: Sequence[str]
) -> None:
    async def test(house: House) -> None:
        for _ in range(3):
            house.engine.happen(Event(kind="telegram", name="1/2/3"))
        await house.at(55)

    house = undoing(test, "\n  max: ".join(mode.split(", max: ")))
    assert house.ends == ["ended by its finally", *restarted, "done"]
    assert house.missed(Verdict.SKIPPED) == skipped


def test_parallel_firings_that_waited_for_it_begin_together() -> None:
    async def test(house: House) -> None:
        for _ in range(2):
            house.engine.happen(Event(kind="telegram", name="1/2/3"))
        await house.at(55)
        assert house.engine.runner.status("a").running == 2

    undoing(test, "parallel")


def test_it_is_not_begun_anew_while_it_is_under_way() -> None:
    async def test(house: House) -> None:
        house.equipment.values[AC_POWER] = True
        await house.at(41)
        house.equipment.values[AC_POWER] = False
        await house.at(70)

    house = undoing(test)
    assert house.equipment.writes == [ON, OFF, DIMMED]
    assert house.ends == [
        "ended by its finally",
        "ended by its finally",
        "skipped: its finally is under way already",
        "done",
    ]


@pytest.mark.parametrize(
    "edit", [("1h", "2h"), ("id: a\n", "id: b\n"), ("lamp.powerlevel: 7", "lamp.powerlevel: 8")]
)
def test_it_runs_to_its_end_though_its_rule_was_edited(edit: tuple[str, str]) -> None:
    async def test(house: House) -> None:
        text = RULE.format(mode="single").replace(*edit).replace("{cancel: a}", "{log: no}")
        house.engine.reload(house.engine.site, rules_of(house.engine.site, dedent(text)))
        await house.at(55)

    house = undoing(test)
    assert house.equipment.writes[:3] == [ON, OFF, DIMMED]
    assert house.ends[:2] == ["ended by its finally", "done"]


def test_it_breaks_off_where_its_device_is_gone() -> None:
    async def test(house: House) -> None:
        site = house.engine.site
        devices = {name: kind for name, kind in DEVICES.items() if name != "lamp"}
        without = fake_site(house.equipment, driver=site.connections["house"].driver, devices=devices)  # type: ignore[arg-type]
        house.engine.reload(without, ())
        await house.at(55)

    house = undoing(test)
    assert house.ends == ["ended by its finally", "broken off: lamp.powerlevel was removed from the site"]


def test_after_a_restart_it_goes_on_before_what_waited_for_it() -> None:
    async def test(house: House) -> None:
        house.engine.happen(Event(kind="telegram", name="1/2/3"))
        await house.at(36)

    first = undoing(test, "queued")

    async def later(house: House) -> None:
        await house.at(5)
        assert house.equipment.writes == []
        await house.at(30)

    second = live(
        RULE.format(mode="queued"),
        later,
        values={AC_POWER: False, LAMP: False, LEVEL: 0},
        journal=first.journal,
        start=START + timedelta(seconds=38),
    )
    assert second.equipment.writes == [DIMMED, ON]


TWO = """
- id: a
  mode: {mode}
  triggers: [{{becomes: living_ac.hvacpower}}, {{becomes: lamp.powerlevel > 50}}]
  actions: [{{set: {{lamp.power: on}}}}]
  finally: [{{set: {{lamp.power: off}}}}]
"""


def two(*changes: tuple[float, Point, Value], rules: str = TWO.format(mode="single")) -> House:
    async def test(house: House) -> None:
        await house.at(15)
        for seconds, point, value in changes:
            house.equipment.values[point] = value
            await house.at(seconds)

    return live(rules, test, values={AC_POWER: False, LAMP: False, LEVEL: 0})


def test_of_two_reasons_the_last_one_that_ends_brings_it() -> None:
    house = two((25, AC_POWER, True), (35, LEVEL, 60), (45, AC_POWER, False))
    assert house.equipment.writes == [ON]
    house = two((25, AC_POWER, True), (35, LEVEL, 60), (45, AC_POWER, False), (55, LEVEL, 0))
    assert house.equipment.writes == [ON, OFF]


def test_one_reason_may_take_the_place_of_another_in_one_moment() -> None:
    async def test(house: House) -> None:
        await house.at(15)
        house.equipment.values[AC_POWER] = True
        await house.at(25)
        house.equipment.values.update({AC_POWER: False, LEVEL: 60})
        await house.at(35)
        assert OFF not in house.equipment.writes
        house.equipment.values.update({LEVEL: 0})
        await house.at(45)

    house = live(TWO.format(mode="restart"), test, values={AC_POWER: False, LAMP: False, LEVEL: 0})
    assert house.equipment.writes == [ON, OFF]


def test_two_reasons_that_end_together_bring_it_once() -> None:
    async def test(house: House) -> None:
        await house.at(15)
        house.equipment.values.update({AC_POWER: False, LEVEL: 0})
        await house.at(35)

    rules = TWO.format(mode="queued").replace("{set: {lamp.power: off}}", "{press: doorbell}")
    house = live(rules, test, values={AC_POWER: True, LAMP: False, LEVEL: 60})
    assert house.equipment.writes == [ON, (BELL, None)]


def test_what_never_let_the_rule_fire_does_not_keep_it_from_its_end() -> None:
    rules = TWO.format(mode="single").replace("mode: single", "condition: lamp.powerlevel < 50")
    house = two((25, AC_POWER, True), (35, LEVEL, 60), (45, AC_POWER, False), rules=rules)
    assert house.equipment.writes == [ON, OFF]


def test_an_undo_of_one_rule_comes_before_what_another_does_in_the_same_moment() -> None:
    rules = [
        {"id": "a", "triggers": {"becomes": "not lamp.power"}, "actions": {"set": {"lamp.powerlevel": 50}}},
        {
            "id": "b",
            "condition": "lamp.power",
            "actions": {"set": {"lamp.powerlevel": 90}},
            "finally": {"set": {"lamp.powerlevel": 5}},
        },
    ]
    house = two((25, LAMP, True), (35, LAMP, False), rules=json.dumps(rules))
    assert house.equipment.values[LEVEL] == 50
