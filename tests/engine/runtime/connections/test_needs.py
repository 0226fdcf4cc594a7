"""Who needs which points, and how urgently."""

from interlock.config.guards import Guard
from interlock.model import Point
from interlock.runtime.connections.needs import Need, Urgency, needs_of, urgencies_of
from support.fake_driver import FakeEquipment
from support.fake_rules import interlocks_of, rules_of
from support.fake_site import fake_site

TEMPERATURE, POWER = Point("living_thermostat.actualtemp"), Point("living_ac.hvacpower")
MODE, LAMP, SETPOINT = Point("living_ac.hvacmode"), Point("lamp.power"), Point("living_thermostat.setpoint")

RULES = """
- id: cool
  triggers:
    - change: living_thermostat.actualtemp
  condition: living_thermostat.setpoint > 20 and living_thermostat.actualtemp > 22
  actions:
    - set: {living_ac.hvacpower: on}
- id: warm
  while: living_thermostat.actualtemp < 18
  keep: {living_ac.hvacmode: heating}
"""
"""What waits for the temperature, looks at the set point, and keeps the mode."""


def _needs(**site: object) -> set[tuple[Point, Urgency, str]]:
    made = fake_site(FakeEquipment(), **site)  # type: ignore[arg-type]
    locked = interlocks_of(made, "- {id: dark, never: lamp.power and living_ac.hvacpower}")
    needs = needs_of(made, rules_of(made, RULES), locked, claimed=[POWER])
    return {(need.point, need.urgency, need.who) for need in needs}


def test_rules_wait_for_some_points_look_at_others_and_keep_others() -> None:
    of_rules = {need for need in _needs() if need[2].startswith("rule")}
    assert of_rules == {
        (TEMPERATURE, Urgency.TRIGGER, "rule cool"),
        (SETPOINT, Urgency.CONDITION, "rule cool"),
        (POWER, Urgency.CONDITION, "rule cool"),
        (TEMPERATURE, Urgency.TRIGGER, "rule warm"),
        (MODE, Urgency.CLAIM, "rule warm"),
    }


def test_interlocks_guards_claims_and_people_need_points_too() -> None:
    others = {need for need in _needs(watch=(SETPOINT,), guards={LAMP: Guard()}) if "rule" not in need[2]}
    assert others == {
        (LAMP, Urgency.TRIGGER, "interlock dark"),
        (POWER, Urgency.TRIGGER, "interlock dark"),
        (LAMP, Urgency.TRIGGER, "guard"),
        (POWER, Urgency.CLAIM, "claims"),
        (SETPOINT, Urgency.WATCH, "watch"),
    }


def test_a_point_is_as_urgent_as_for_who_needs_it_most() -> None:
    needs = [
        Need(LAMP, Urgency.WATCH, "watch"),
        Need(LAMP, Urgency.CONDITION, "rule a"),
        Need(LAMP, Urgency.CLAIM, "claims"),
        Need(POWER, Urgency.WATCH, "watch"),
    ]
    assert urgencies_of(needs) == {LAMP: Urgency.CONDITION, POWER: Urgency.WATCH}


def test_urgencies_have_the_words_that_people_read() -> None:
    assert [each.word for each in Urgency] == ["trigger", "condition", "claim", "watch"]
