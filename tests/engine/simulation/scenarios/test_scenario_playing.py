"""Scenarios at work: what passes, what does not, and what is said of it."""

from pathlib import Path

import pytest

from interlock.history.records import Firing
from interlock.simulation.scenarios.telling import teller_of
from support.scenario_site import SITE, ScenarioSite

GIVEN = """\
given: {thermostat.actualtemp: 24, ac.hvacmode: auto, ac.hvacpower: off, lamp.power: on, window.power: off}"""


@pytest.fixture
def site(tmp_path: Path) -> ScenarioSite:
    return ScenarioSite(tmp_path)


def test_what_comes_as_expected_passes(site: ScenarioSite) -> None:
    result = site.play(
        GIVEN,
        """\
timeline:
  "12:10": {thermostat.actualtemp: 26.4}
  "12:20": {thermostat: unavailable}
  "12:30": {thermostat: available, thermostat.actualtemp: 26.8}
expect:
  - {at: "12:10", set: {ac.hvacmode: cooling}}
  - {launch: evening, times: 1}
  - {rule: cool, fires: 1}
  - {never: ac.hvacmode == 'heating', after: 30s}
  - {always: thermostat.actualtemp < 27}
  - {at: "12:11", is: ac.hvacmode == 'cooling'}
  - {at: "12:40", is: {thermostat.actualtemp: 27}, tolerance: 0.3}
  - {nothing_else: true}""",
    )
    assert (result.differences, result.faults, result.has_passed) == ((), (), True)


@pytest.mark.parametrize("also", ["", '  - {at: "12:12", is: {away.value: off}}'])
def test_what_is_due_at_the_very_end_comes_whatever_else_is_expected(site: ScenarioSite, also: str) -> None:
    differences = site.differences(
        "given: {away.value: off}",
        'timeline: {"12:10": {telegram 7/0/1: on}}',
        'until: "12:12"',
        f"expect:\n  - {{set: {{lamp.power: off}}, times: 1}}\n{also}",
    )
    assert differences == []


def test_equal_scenarios_give_equal_results(site: ScenarioSite) -> None:
    lines = (
        GIVEN,
        'timeline: {"12:10": {thermostat.actualtemp: 26.4, away.value: on}}',
        "expect: [{launch: evening, times: 2}]",
    )
    first, second = site.play(*lines), site.play(*lines)
    assert teller_of(first).failure(is_whole=True) == teller_of(second).failure(is_whole=True)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ('{at: "12:11", set: {ac.hvacmode: cooling}}',
            "ac.hvacmode = cooling was expected from 12:11:00 to 12:11:01, "
            "and it did not come then, but at 12:10:00"),
        ("{set: {ac.hvacmode: heating}}",
            "ac.hvacmode = heating was expected at least once, and it did not come"),
        ("{set: ac.hvacmode, times: 2}", "a command for ac.hvacmode was expected 2 times, and it came once"),
        ("{launch: evening, times: 0}", "evening.scenelaunch = launch was not to come, and it came once"),
        ('{launch: evening, times: 0, between: ["12:00", "12:20"]}',
            "evening.scenelaunch = launch was not to come from 12:00:00 to 12:20:00, and it came once"),
        ("{launch: evening, times: at least 2}",
            "evening.scenelaunch = launch was expected at least 2 times, and it came once"),
        ("{set: {lamp.power: on, dimmer.powerlevel: 20}}",
            "lamp.power = on, dimmer.powerlevel = 20 was expected at least once, and it did not come"),
        ("{set: {dimmer.powerlevel: 20}, tolerance: 5}",
            "dimmer.powerlevel = 20 ± 5 was expected at least once, and it did not come"),
        ("{refused: {ac.hvacpower: on}}",
            "the refusal of ac.hvacpower = on was expected at least once, and it did not come"),
        ("{rule: cool, fires: 2}", "a firing of rule cool was expected 2 times, and it came once"),
        ("{notify: nobody, via: phone, times: 1}",
            "notify via phone 'nobody' was expected once, and it did not come"),
        ("{log: somebody, times: 1}", "log 'somebody' was expected once, and it did not come"),
        ("{never: ac.hvacmode == 'cooling'}",
            "ac.hvacmode == 'cooling' was true at 12:10:00 (ac.hvacmode = cooling)"),
        ("{never: ac.hvacmode == 'cooling', after: 5m}",
            "ac.hvacmode == 'cooling' was true for 5m at 12:15:00 (ac.hvacmode = cooling)"),
        ("{always: ac.hvacmode == 'auto'}",
            "ac.hvacmode == 'auto' was false at 12:10:00 (ac.hvacmode = cooling)"),
        ('{at: "12:11", is: ac.hvacmode == \'auto\'}',
            "ac.hvacmode == 'auto' was false (ac.hvacmode = cooling)"),
        ('{at: "12:11", is: dimmer.power}', "dimmer.power was unknown: dimmer.power is unknown: "
            "connection house: dimmer.power was never given a value"),
        ('{at: "12:11", is: {ac.hvacmode: auto, lamp.power: on}}',
            "ac.hvacmode was cooling; expected ac.hvacmode = auto, lamp.power = on"),
        ('{at: "12:11", is: {thermostat.actualtemp: 26}, tolerance: 0.3}',
            "thermostat.actualtemp was 26.4; expected thermostat.actualtemp = 26"),
        ("{nothing_else: true}", "2 other things came"),
        ("{never: dimmer.power}", "it was never known: give dimmer.power a value that can be read"),
        ("{always: dimmer.power or ac.hvacmode == 'heating'}",
            "it was never known: give ac.hvacmode and dimmer.power a value that can be read"),
    ],
)  # fmt: skip
def test_what_differs_is_said(expected: str, message: str, site: ScenarioSite) -> None:
    timeline = 'timeline: {"12:10": {thermostat.actualtemp: 26.4}}'
    found = site.differences(GIVEN, timeline, f"expect:\n  - {expected}")
    assert [each.partition(" since ")[0] for each in found] == [message]


@pytest.mark.parametrize(("tolerance", "passes"), [("0.4", True), ("0.3", False)])
def test_numbers_may_be_a_little_off(tolerance: str, passes: bool, site: ScenarioSite) -> None:
    result = site.play(
        "given: {thermostat.actualtemp: 21.4}",
        f'expect: [{{at: "12:01", is: {{thermostat.actualtemp: 21}}, tolerance: {tolerance}}}]',
    )
    assert result.has_passed is passes


def test_a_moment_passes_unseen_within_what_is_tolerated(site: ScenarioSite) -> None:
    lines = (
        GIVEN,
        'timeline: {"12:10": {window.power: on}, "12:10:20": {window.power: off}}',
        "expect: [{never: window.power, after: 30s}]",
    )
    assert site.differences(*lines) == []


def test_what_is_known_for_a_while_is_checked(site: ScenarioSite) -> None:
    lines = (
        "given: {thermostat.actualtemp: 21.4}",
        'timeline: {"12:10": {dimmer.power: off}, "12:20": {dimmer: unavailable}}',
        "expect: [{never: dimmer.power}, {always: thermostat.actualtemp < 26 or dimmer.power}]",
    )
    assert site.differences(*lines) == []


def test_a_server_that_is_away_takes_nothing(site: ScenarioSite) -> None:
    assert (
        site.differences(
            GIVEN,
            'timeline: {"12:05": {house: away}, "12:10": {away.value: on}, "12:20": {house: back}}',
            """\
expect:
  - {set: lamp.power, times: 0, between: ["12:00", "12:19"]}
  - {notify: nobody is in, times: 1}""",
        )
        == []
    )


def test_a_deaf_device_takes_what_it_does_not_do(site: ScenarioSite) -> None:
    assert (
        site.differences(
            GIVEN,
            'timeline: {"12:05": {lamp: deaf}, "12:10": {away.value: on}}',
            'expect: [{at: "12:10", set: {lamp.power: off}}, {at: "12:15", is: lamp.power}]',
        )
        == []
    )


def test_a_power_cut_loses_nothing_that_lasts(site: ScenarioSite) -> None:
    assert (
        site.differences(
            GIVEN.replace("lamp.power: on", "lamp.power: off"),
            """\
timeline:
  "12:10": {telegram 7/0/1: on}
  "12:11": {service: power_cut}
  "12:11:30": {service: on}""",
            'expect: [{at: "12:10", set: {lamp.power: on}}, {at: "12:12", set: {lamp.power: off}}]',
        )
        == []
    )


def test_a_telegram_for_a_device_changes_it_as_well(site: ScenarioSite) -> None:
    assert (
        site.differences(
            "given: {bell.value: off, lamp.power: off}",
            'timeline: {"12:10": {telegram 1/0/1: on}}',
            'expect: [{at: "12:11", is: bell.value}, {at: "12:10", set: {lamp.power: on}}]',
        )
        == []
    )


def test_events_and_webhooks_come_to_the_rules(site: ScenarioSite) -> None:
    assert (
        site.differences(
            GIVEN,
            'timeline: {"12:10": {event left: {}}, "12:20": {webhook door: {who: me}}}',
            "expect: [{log: somebody is in, times: 2}, {rule: empty, fires: 2}, {nothing_else: true}]",
        )
        == []
    )


def test_a_webhook_brings_names_inside_names(site: ScenarioSite) -> None:
    rule = (
        "  - {id: order, triggers: {webhook: order}, condition: \"trigger.data.lines[1].name == 'bulb'\",\n"
        "     actions: {log: 'it is {{ trigger.data.lines[1].count }}'}}\n"
    )
    ordering = ScenarioSite(site.path, site.site + rule)
    lines = "[{name: lamp, count: 1}, {name: bulb, count: 2}]"
    assert (
        ordering.differences(
            "given: {lamp.power: off}",
            f'timeline: {{"12:10": {{webhook order: {{lines: {lines}}}}}}}',
            "expect: [{log: it is 2, times: 1}, {nothing_else: true}]",
        )
        == []
    )


def test_a_hand_overrides_until_it_releases(site: ScenarioSite) -> None:
    assert (
        site.differences(
            "given: {thermostat.setpoint: 18}",
            """\
timeline:
  "23:00": {override: {thermostat.setpoint: 22, for: 30m}}
  "23:50": {override: {thermostat.setpoint: 23}}
  2026-07-15T00:10: {release: thermostat.setpoint}
expect:
  - {at: "23:01", is: {thermostat.setpoint: 22}}
  - {at: "23:30", set: {thermostat.setpoint: 18}}
  - {at: "23:51", is: {thermostat.setpoint: 23}}
  - {at: "2026-07-15T00:10", set: {thermostat.setpoint: 18}}
  - {nothing_else: true}""",
            start="2026-07-14T22:30",
        )
        == []
    )


def test_what_a_person_sends_is_judged_by_interlocks_and_is_nobody_elses(site: ScenarioSite) -> None:
    assert (
        site.differences(
            GIVEN.replace("window.power: off", "window.power: on"),
            """\
timeline:
  "12:05": {set: {ac.hvacpower: on}}
  "12:06": {launch: evening}
  "12:07": {start: eggs}
expect:
  - {refused: {ac.hvacpower: on}, times: 1}
  - {launch: evening, times: 0}
  - {at: "12:08", is: eggs.running}
  - {nothing_else: true}""",
        )
        == []
    )


def test_rules_are_run_and_switched_by_hand(site: ScenarioSite) -> None:
    assert (
        site.differences(
            GIVEN,
            """\
timeline:
  "12:05": {run: rings}
  "12:06": {cancel: rings}
  "12:08": {disable: cool}
  "12:10": {thermostat.actualtemp: 27}
expect:
  - {at: "12:05", set: {lamp.power: on}}
  - {set: {lamp.power: off}, times: 0}
  - {rule: cool, fires: 0}""".replace('  - {at: "12:05", set: {lamp.power: on}}\n', ""),
        )
        == []
    )


def test_the_files_are_read_anew(tmp_path: Path) -> None:
    rule = """\
  - id: told
    triggers: [reload]
    actions: [{log: read anew}]
"""
    site = ScenarioSite(tmp_path, SITE + rule)
    assert (
        site.differences('timeline: {"12:05": {service: reload}}', 'expect: [{at: "12:05", log: read anew}]')
        == []
    )


def test_seeds_draw_what_is_random(tmp_path: Path) -> None:
    rule = """\
  - id: dice
    triggers: [{at: "12:05"}]
    actions: [{delay: {random: [1m, 50m]}}, {log: now}]
"""
    site = ScenarioSite(tmp_path, SITE + rule)
    lines = ('until: "13:10"', "expect: [{log: now, times: 1}]")
    times = [[said.at for said in site.play(f"seed: {seed}", *lines).record.said()] for seed in (1, 1, 2)]
    assert times[0] == times[1] != times[2]


def test_the_hour_that_comes_twice_is_named_by_its_offset(site: ScenarioSite) -> None:
    result = site.play(
        "given: {lamp.power: off}",
        """\
timeline:
  "02:30": {telegram 7/0/1: on}
  2026-10-25T02:30+01:00: {telegram 7/0/1: on}
expect:
  - {at: "02:30", set: {lamp.power: on}}
  - {at: "2026-10-25T02:30+01:00", set: {lamp.power: on}}
  - {set: {lamp.power: on}, times: 1, between: ["02:00", "02:59"]}""",
        start="2026-10-25T01:00",
    )
    assert result.has_passed
    story = "\n".join(teller_of(result).story())
    assert "02:30:00+02:00  sent       lamp.power = on" in story
    assert "02:30:00+01:00  sent       lamp.power = on" in story


def test_a_rule_that_runs_away_fails_the_scenario_by_name(tmp_path: Path) -> None:
    rules = """\
  - id: there
    mode: restart
    triggers: [{change: away.value, to: on}]
    actions: [{set: {away.value: off}}]
  - id: back
    mode: restart
    triggers: [{change: away.value, to: off}]
    actions: [{set: {away.value: on}}]
"""
    result = ScenarioSite(tmp_path, SITE + rules).play(
        'timeline: {"12:05": {away.value: on}}', "expect: [{rule: cool, fires: 0}]"
    )
    assert (result.has_passed, result.differences) == (False, ())
    assert any("there → back → there" in each or "back → there → back" in each for each in result.faults)


def test_an_engine_that_fails_fails_the_scenario(site: ScenarioSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr("interlock.rules.state.State.apply", fail)
    result = site.play(GIVEN, "expect: [{rule: cool, fires: 0}]")
    assert result.faults == ("ZeroDivisionError: nothing to divide by",)


def test_the_rules_that_watch_are_no_rules_of_the_site(site: ScenarioSite) -> None:
    result = site.play(GIVEN, "expect: [{never: lamp.power}]")
    assert [each.decision.rule.id for each in result.record.firings()] == []
    assert len([each for each in result.record.entries if isinstance(each, Firing)]) == 2


@pytest.mark.parametrize(
    ("expected", "passes"),
    [
        ("{notify: nobody is in}", False),
        ("{notify: nobody is in}, {set: {lamp.power: off}, times: 0}", True),
    ],
)
def test_a_command_that_failed_is_something_else_unless_it_is_named(
    expected: str, passes: bool, site: ScenarioSite
) -> None:
    result = site.play(
        GIVEN,
        'timeline: {"12:05": {house: away}, "12:10": {away.value: on}}',
        f"expect: [{expected}, {{nothing_else: true}}]",
    )
    assert result.has_passed is passes
    if not passes:
        [difference] = result.differences
        [line] = difference.trace
        assert "lamp.power = off, by rule empty: it failed: " in line
