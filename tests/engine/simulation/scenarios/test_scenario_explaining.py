"""Why something did not come, and what happened instead."""

from pathlib import Path

import pytest

from interlock.simulation.scenarios.telling import teller_of
from support.scenario_site import SITE, ScenarioSite

WARMER = 'timeline: {"12:10": {thermostat.actualtemp: 27}}'
GIVEN = "given: {thermostat.actualtemp: 24, ac.hvacmode: auto, lamp.power: on, window.power: off}"


@pytest.fixture
def site(tmp_path: Path) -> ScenarioSite:
    return ScenarioSite(tmp_path)


def trace(site: ScenarioSite, *lines: str, start: str = "2026-07-14T12:00") -> list[str]:
    [difference] = site.play(*lines, start=start).differences
    return list(difference.trace)


COOLED = 'expect: [{at: "12:10", set: {ac.hvacmode: cooling}, within: 5m}]'


def test_a_trigger_that_did_not_come_is_shown_as_it_stood(site: ScenarioSite) -> None:
    assert trace(site, GIVEN, COOLED) == [
        "rule cool:",
        "    12:15:00  becomes thermostat.actualtemp > 26 was false: "
        "thermostat.actualtemp = 24 since 2026-07-14 12:00:00",
        "    12:15:00  condition not window.power was true",
    ]


def test_a_condition_that_was_false_is_shown_with_what_it_saw(site: ScenarioSite) -> None:
    found = trace(
        site, GIVEN, 'timeline: {"12:05": {window.power: on}, "12:10": {thermostat.actualtemp: 27}}', COOLED
    )
    assert found[:2] == [
        "rule cool:",
        "    12:10:00  condition false: becomes thermostat.actualtemp > 26: not window.power is false "
        "(thermostat.actualtemp = 27, window.power = on)",
    ]


def test_an_unknown_is_shown_with_its_reason(site: ScenarioSite) -> None:
    found = trace(
        site,
        GIVEN.replace(", window.power: off", ""),
        'timeline: {"12:10": {thermostat.actualtemp: 27}}',
        COOLED,
    )
    assert "condition unknown" in found[1]
    assert "window.power was never given a value" in found[1]


def test_looks_of_one_kind_are_told_once(tmp_path: Path) -> None:
    rule = """\
  - id: often
    triggers: [{every: 1m}]
    condition: lamp.power
    actions: [{set: {dimmer.power: on}}]
"""
    site = ScenarioSite(tmp_path, SITE + rule)
    found = trace(
        site, "given: {lamp.power: off}", 'until: "12:05:30"', "expect: [{set: {dimmer.power: on}}]"
    )
    assert found[1].endswith("lamp.power is false (lamp.power = off), 6 times since 12:00:00")


def test_what_came_of_the_steps_is_told(tmp_path: Path) -> None:
    rule = """\
  - id: lit
    triggers: [{at: "12:05"}]
    actions: [{set: {lamp.power: on}}]
"""
    site = ScenarioSite(tmp_path, SITE + rule)
    found = trace(site, "given: {lamp.power: on}", 'expect: [{at: "12:05", set: {lamp.power: on}}]')
    begin = found.index("rule lit:")
    assert found[begin + 1] == "    12:05:00  fired: at 12:05"
    assert found[begin + 2].startswith("        set lamp.power: on: ")


def test_what_no_rule_sends_is_said(site: ScenarioSite) -> None:
    assert trace(site, GIVEN, "expect: [{set: {dimmer.powerlevel: 20}}]") == [
        "no rule sends dimmer.powerlevel = 20"
    ]


def test_only_rules_that_could_send_it_are_named(site: ScenarioSite) -> None:
    found = trace(site, GIVEN, "expect: [{set: {lamp.power: off}}]")
    assert [line for line in found if line.startswith("rule")] == ["rule empty:", "rule rings:"]
    assert trace(site, GIVEN, "expect: [{set: {lamp.power: on}}]")[0] == "rule rings:"


def test_commands_that_came_too_often_are_shown_with_their_reasons(site: ScenarioSite) -> None:
    found = trace(
        site,
        GIVEN,
        'timeline: {"12:10": {thermostat.actualtemp: 27}}',
        "expect: [{launch: evening, times: 0}]",
    )
    assert found == [
        "12:10:00  evening.scenelaunch = launch, by rule cool",
        "    because becomes thermostat.actualtemp > 26: not window.power is true "
        "(thermostat.actualtemp = 27, window.power = off)",
    ]


def test_commands_of_another_value_are_shown(site: ScenarioSite) -> None:
    found = trace(
        site, GIVEN, 'expect: [{at: "23:00", set: {thermostat.setpoint: 20}}]', start="2026-07-14T22:00"
    )
    assert found == [
        "22:00:00  thermostat.setpoint = 18, by rule warm",
        "no rule sends thermostat.setpoint = 20",
    ]


def test_where_the_service_was_off_that_is_said(site: ScenarioSite) -> None:
    found = trace(site, GIVEN, 'timeline: {"12:05": {service: off}}', COOLED)
    assert found == ["rule cool:", "    the service was off"]


def test_rules_that_are_off_or_in_the_shadow_are_told_of(tmp_path: Path) -> None:
    for word, said in (("false", "rule cool is off"), ("shadow", "rule cool is in the shadow")):
        changed = SITE.replace("    description: cools\n", f"    enabled: {word}\n")
        assert trace(ScenarioSite(tmp_path, changed), GIVEN, COOLED) == [said]


def test_the_names_of_rows_and_templates_are_known(tmp_path: Path) -> None:
    rule = """\
  - id: row
    for_each: [{light: lamp, least: 20}]
    triggers: [{becomes: thermostat.actualtemp > least}]
    condition: thermostat.actualtemp > least + 10 and window.power
    actions: [{set: {"{{ light }}.power": on}}]
"""
    site = ScenarioSite(tmp_path, SITE + rule)
    found = trace(site, GIVEN, 'expect: [{at: "12:10", set: {lamp.power: on}}]')
    assert "thermostat.actualtemp > least + 10" in " ".join(found)


def test_the_text_of_a_failure_has_the_line_and_what_happened(site: ScenarioSite) -> None:
    result = site.play(
        GIVEN, 'timeline: {"12:10": {thermostat.actualtemp: 27}}', "expect: [{set: {ac.hvacmode: heating}}]"
    )
    lines = teller_of(result).failure().splitlines()
    assert lines[0].endswith("error: ac.hvacmode = heating was expected at least once, and it did not come")
    assert lines[1].endswith("| " + "  expect: [{set: {ac.hvacmode: heating}}]")
    assert lines[2].strip().startswith("|") and "^~~" in lines[2]
    begin = lines.index("what happened:")
    assert lines[begin + 1 :] == [
        "  12:10:00  happens    thermostat.actualtemp: 27",
        "  12:10:00  rule       cool fires: becomes thermostat.actualtemp > 26: not window.power is true "
        "(thermostat.actualtemp = 27, window.power = off)",
        "  12:10:00  sent       ac.hvacmode = cooling, by rule cool",
        "  12:10:00  sent       evening.scenelaunch = launch, by rule cool",
    ]


def test_a_long_story_is_cut_and_said_to_be(tmp_path: Path) -> None:
    rule = """\
  - id: often
    triggers: [{every: 1m}]
    actions: [{log: again}]
"""
    result = ScenarioSite(tmp_path, SITE + rule).play("expect: [{set: {dimmer.power: on}}]")
    last = teller_of(result).failure().splitlines()[-1]
    assert last == "  and 92 lines more, which -v shows"
    assert len(teller_of(result).failure(is_whole=True).splitlines()) > 100
