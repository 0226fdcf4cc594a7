"""What the log says at level debug, area by area, and that it says nothing of it otherwise."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import pytest

from interlock.errors import Unreachable
from interlock.runtime.connections import debug_lines
from support.engine_house import AC_POWER, LAMP, TEMPERATURE, House, live

RULES = """
- {id: cool, triggers: {change: living_thermostat.actualtemp}, condition: lamp.power,
   actions: {set: {living_ac.hvacpower: off}}}
- {id: dark, while: lamp.power, keep: {living_ac.hvacpower: on}, priority: 3}
"""


async def day(house: House) -> None:
    await house.at(5)
    house.equipment.values[TEMPERATURE] = 27.0
    await house.at(15)
    house.equipment.values |= {LAMP: True}
    await house.at(25)
    house.equipment.values[TEMPERATURE] = 28.0
    await house.at(35)
    house.equipment.errors = {LAMP: Unreachable("no answer within 5s")}
    await house.at(45)


def told(caplog: pytest.LogCaptureFixture, area: str, level: int = logging.DEBUG) -> Sequence[str]:
    """Return what an area says in such a day from a level on."""
    caplog.set_level(logging.INFO, "interlock")
    caplog.set_level(level, f"interlock.{area}")
    live(RULES, day, values={TEMPERATURE: 24.0, LAMP: False, AC_POWER: False})
    return [
        re.sub(r"\d+ ms", "9 ms", record.getMessage())
        for record in caplog.records
        if record.levelno == logging.DEBUG
    ]


def test_each_poll_is_told_with_what_came_back(caplog: pytest.LogCaptureFixture) -> None:
    first, *_, command, _, last = told(caplog, "poll")
    assert (first, command, last) == (
        "connection house: 3 of 3 points answered in 9 ms: "
        "living_thermostat.actualtemp = 24, living_ac.hvacpower = off, lamp.power = off",
        "connection house: 1 command was answered in 9 ms: living_ac.hvacpower",
        "connection house: 2 of 3 points answered in 9 ms: living_thermostat.actualtemp = 28, "
        "living_ac.hvacpower = on, lamp.power: connection house: no answer within 5s",
    )


def test_a_rule_says_why_it_does_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert told(caplog, "rule") == [
        "rule cool does nothing: change living_thermostat.actualtemp (24 to 27): "
        "lamp.power is false (lamp.power = off, living_thermostat.actualtemp = 27)"
    ]


def test_commands_say_who_wins(caplog: pytest.LogCaptureFixture) -> None:
    keeps = "living_ac.hvacpower: rule dark keeps it at on, priority 3, since 14:00"
    assert told(caplog, "command") == [
        f"{keeps}: it has to be sent",
        "living_ac.hvacpower = on (rule dark) may pass",
        f"{keeps}: it is so, or is on its way",
    ]


def test_a_rule_that_is_held_back_says_why_each_time(caplog: pytest.LogCaptureFixture) -> None:
    async def test(house: House) -> None:
        await house.at(25)

    caplog.set_level(logging.DEBUG, "interlock.rule")
    live("- {id: ring, triggers: {every: 10s}, cooldown: 1h, actions: {press: doorbell}}", test)
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    assert lines == ["rule ring does nothing: every 10s: held back: it cools down for 1h"]


@pytest.mark.parametrize("area", ["poll", "rule", "command"])
def test_without_it_nothing_of_that_is_told(caplog: pytest.LogCaptureFixture, area: str) -> None:
    assert told(caplog, area, logging.INFO) == []


def test_of_many_points_some_are_told_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debug_lines, "_MOST", 2)
    assert debug_lines._listed(["a", "b"]) == "a, b"
    assert debug_lines._listed(["a", "b", "c", "d"]) == "a, b, and 2 more"
