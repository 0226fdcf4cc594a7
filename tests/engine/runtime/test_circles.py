"""Rules that set each other off in a circle, in no time."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.history.journal import MemoryJournal
from interlock.model import Point
from interlock.rules.rule import Decision, Verdict
from interlock.service.loading import load
from interlock.simulation.house import House
from interlock.simulation.virtual_time import run_virtual

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
SITE = """
site: {name: House, timezone: Europe/Rome}
devices:
  x: {type: number, initial: 0}
  y: {type: number, initial: 0}
  z: {type: number, initial: 0}
  lamp: {type: flag}
  window: {type: flag}
rules:
- {id: other, condition: x.value > 0, actions: [{delay: 1s}, {set: {window.value: on}}]}
"""
CIRCLES = {
    "of virtual points": """
- {id: a, mode: queued, triggers: [{change: x.value}], actions: [{set: {y.value: "{{ x.value + 1 }}"}}]}
- {id: b, mode: queued, condition: y.value > z.value, actions: [{set: {z.value: "{{ y.value }}"}}]}
- {id: c, mode: queued, triggers: [{change: z.value}], actions: [{set: {x.value: "{{ z.value }}"}}]}
""",
    "of events": """
- {id: a, triggers: [{change: x.value}, {event: third}], actions: [{raise: first}]}
- {id: b, triggers: [{event: first}], actions: [{raise: second}]}
- {id: c, triggers: [{event: second}], actions: [{raise: third}]}
""",
    "within limits of their own": """
- {id: a, triggers: [{change: x.value}, {event: third}], actions: [{raise: first}], limit: 9999 per 1h}
- {id: b, triggers: [{event: first}], actions: [{raise: second}], limit: 9999 per 1h}
- {id: c, triggers: [{event: second}], actions: [{raise: third}], limit: 9999 per 1h}
""",
    "of a rule that does something else": """
- id: a
  triggers: [{change: x.value}, {event: third}]
  condition: lamp.value
  actions: [{log: "on"}]
  else: [{raise: first}]
- {id: b, triggers: [{event: first}], actions: [{raise: second}]}
- {id: c, triggers: [{event: second}], actions: [{raise: third}]}
""",
}
ALONE = """
- {id: a, mode: queued, triggers: [{change: x.value}], actions: [{set: {x.value: "{{ x.value + 1 }}"}}]}
"""
DRIVEN = """
- {id: a, triggers: [{change: x.value}, {event: back}], actions: [{raise: there}]}
- {id: b, triggers: [{event: there}], actions: [{raise: back}]}
- {id: bell, triggers: [{event: there}], actions: [{set: {lamp.value: "{{ not lamp.value }}"}}]}
"""
PASSED_ON = """
- {id: a, triggers: [{event: go}], actions: [{raise: first}]}
- {id: b, triggers: [{event: first}], actions: [{set: {y.value: 1}}]}
"""


def play(path: Path, rules: str) -> list[str]:
    """Set x at an instant; return what held rules back, all of it at this instant."""
    file = path / "site.yaml"
    file.write_text(SITE + rules, encoding="utf-8")

    async def main() -> House:
        house = House(load(file), START, tells=True)
        await house.switch_on()
        await house.happen({Point("x.value"): 1})
        await asyncio.sleep(60)
        assert house.engine.state.values[Point("window.value")] is True
        await house.switch_off()
        return house

    house = run_virtual(main())
    assert isinstance(house.journal, MemoryJournal)
    decisions = [each for each in house.journal.entries if isinstance(each, Decision)]
    held_back = [each for each in decisions if each.verdict is Verdict.HELD_BACK]
    assert all(each.at == START for each in held_back)
    return [each.note for each in held_back]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


def stopped(rule: str, circle: str) -> str:
    return (
        f"rule {rule} is stopped for 15m: it fired 300 times in 1m; rules set each other off in a circle: "
        f"{circle}; where that is meant, give it a 'limit' of its own"
    )


@pytest.mark.parametrize("circle", CIRCLES)
def test_a_circle_ends_with_its_rules_named_and_the_others_go_on(
    circle: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    held_back = play(tmp_path, CIRCLES[circle])
    assert errors(caplog) == [stopped("a", "a → b → c → a")]
    assert "in a circle: a → b → c → a;" in held_back[0]


def test_a_rule_that_sets_itself_off_is_a_circle_of_its_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    play(tmp_path, ALONE)
    assert errors(caplog) == [stopped("a", "a → a")]


def test_a_rule_that_a_circle_drives_names_the_circle(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    play(tmp_path, DRIVEN)
    assert errors(caplog)[0] == stopped("a", "a → b → a")


def test_an_event_from_outside_ends_what_is_known_of_a_circle(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    held_back = play(tmp_path, PASSED_ON)
    assert (errors(caplog), held_back) == ([], [])
