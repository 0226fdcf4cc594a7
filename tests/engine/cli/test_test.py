"""``interlock test``: what it prints, its exit codes and its files."""

import json
import re
import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pexpect
import pytest

from support.command import Interlock
from support.scenario_site import ScenarioSite

PASSES = "name: it stays cool\nstart: 2026-07-14T12:00\nexpect: [{rule: cool, fires: 0}]"
FAILS = """\
name: it gets warm
start: 2026-07-14T12:00
given: {thermostat.actualtemp: 24, window.power: off}
timeline:
  "12:10": {thermostat.actualtemp: 27}
expect:
  - {at: "12:10", set: {ac.hvacmode: heating}}"""


@pytest.fixture(autouse=True)
def _hook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", "https://example.com/hook-of-the-house")


@pytest.fixture
def site(tmp_path: Path) -> ScenarioSite:
    return ScenarioSite(tmp_path)


def test_a_line_for_each_scenario_and_a_summary(site: ScenarioSite, interlock: Interlock) -> None:
    done = interlock("test", site.write(PASSES))
    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert lines[0] == "Flat: 1 scenario"
    assert lines[1].startswith(f"passed  {site.path / 'site.yaml'}:")
    assert "  it stays cool  0." in lines[1]
    assert lines[-2].startswith("coverage 0 %: 0 of ")
    assert lines[-1].startswith("1 passed in 0.")


def test_what_failed_is_shown_with_its_line_and_what_happened(
    site: ScenarioSite, interlock: Interlock
) -> None:
    done = interlock("test", site.write(PASSES, FAILS))
    assert done.code == 1
    assert "FAILED  " in done.out
    assert (
        "error: ac.hvacmode = heating was expected from 12:10:00 to 12:10:01, and it did not come" in done.out
    )
    assert re.search(r"heating\}\}\n +\| +\^~~", done.out)
    assert "  12:10:00  sent       ac.hvacmode = cooling, by rule cool" in done.out
    assert done.out.splitlines()[-1].startswith("1 failed, 1 passed in 0.")


@pytest.mark.parametrize(("words", "played"), [("WARM", 1), ("gets warm", 1), ("it", 2), ("site.yaml", 2)])
def test_words_choose(words: str, played: int, site: ScenarioSite, interlock: Interlock) -> None:
    assert interlock("test", site.write(PASSES, FAILS), "-k", words).out.startswith(
        f"Flat: {played} scenario"
    )


def test_words_that_nothing_has_are_an_error(site: ScenarioSite, interlock: Interlock) -> None:
    done = interlock("test", site.write(PASSES), "-k", "cold")
    assert (done.code, done.out) == (1, "")
    assert done.err == "no scenario has 'cold' in its name or file: there are it stays cool\n"


def test_a_site_without_scenarios_is_an_error_that_says_where_to_write_one(
    site: ScenarioSite, interlock: Interlock
) -> None:
    done = interlock("test", site.write())
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"{site.path / 'site.yaml'} has no scenarios: "
        "write some under 'scenarios' there, or in a file that it includes\n"
    )


def test_errors_are_reported_as_check_does(site: ScenarioSite, interlock: Interlock) -> None:
    path = site.write(PASSES.replace("cool,", "cooll,"))
    tested, checked = interlock("test", path), interlock("check", path)
    assert (tested.code, checked.code) == (1, 1)
    assert tested.err == checked.out
    assert "error: there is no rule 'cooll'" in tested.err


def test_check_finds_nothing_in_sound_scenarios(site: ScenarioSite, interlock: Interlock) -> None:
    assert interlock("check", site.write(PASSES)).code == 0


def test_the_first_failure_can_be_the_last(site: ScenarioSite, interlock: Interlock) -> None:
    done = interlock("test", site.write(FAILS, PASSES), "-x")
    assert done.out.splitlines()[-1].startswith("1 failed, 1 left out in 0.")


def test_scenarios_are_listed(site: ScenarioSite, interlock: Interlock) -> None:
    path = site.write(PASSES, FAILS)
    done = interlock("test", path, "--list")
    assert [line.split("  ")[1] for line in done.out.splitlines()] == ["it stays cool", "it gets warm"]
    names = [each["name"] for each in json.loads(interlock("test", path, "--list", "--json").out)]
    assert names == ["it stays cool", "it gets warm"]


def test_verbose_tells_the_whole_story(site: ScenarioSite, interlock: Interlock) -> None:
    path = site.write(FAILS.replace("heating", "cooling"))
    story = "    12:10:00  sent       ac.hvacmode = cooling, by rule cool"
    assert story not in interlock("test", path).out
    assert story in interlock("test", path, "-v").out


def test_json_is_for_programs(site: ScenarioSite, interlock: Interlock) -> None:
    document = json.loads(interlock("test", site.write(PASSES, FAILS), "--json").out)
    assert [each["passed"] for each in document["scenarios"]] == [True, False]
    [difference] = document["scenarios"][1]["differences"]
    assert difference["message"].startswith("ac.hvacmode = heating was expected")
    assert document["coverage"]["count"] > document["coverage"]["covered"] > 0


def test_coverage_is_shown_rule_by_rule(site: ScenarioSite, interlock: Interlock) -> None:
    done = interlock("test", site.write(FAILS), "--coverage")
    assert " 66 %  2/3  cool\n" in done.out
    assert "never: condition is false\n" in done.out
    assert "never: condition is unknown (does not count)\n" in done.out
    assert "  0 %  0/1  interlock no-cooling-outside\n" in done.out


@pytest.mark.parametrize(("least", "code"), [("0", 0), ("90", 1)])
def test_too_little_coverage_fails(least: str, code: int, site: ScenarioSite, interlock: Interlock) -> None:
    done = interlock("test", site.write(PASSES), "--fail-under", least)
    assert done.code == code
    said = f"error: the scenarios exercise 0 % of the rules, less than {least} %\n"
    assert done.err == (said if code else "")


def test_a_percentage_is_checked(site: ScenarioSite, interlock: Interlock) -> None:
    done = interlock("test", site.write(PASSES), "--fail-under", "101")
    assert done.code == 2
    assert "'101' must be a whole number from 0 to 100" in done.err


def test_junit_is_written_beside(site: ScenarioSite, interlock: Interlock, tmp_path: Path) -> None:
    out = tmp_path / "out.xml"
    assert interlock("test", site.write(PASSES, FAILS), "--junit", out).code == 1
    assert fromstring(out.read_bytes())[0].attrib["failures"] == "1"


def test_junit_that_cannot_be_written_is_told_before_anything_is_played(
    site: ScenarioSite, interlock: Interlock
) -> None:
    path = site.write(PASSES)
    done = interlock("test", path, "--junit", path)
    assert (done.code, done.out) == (2, "")
    assert "belongs to the site, and is not written over" in " ".join(done.err.replace("│", " ").split())


def test_what_the_engine_logs_is_told_once_and_without_the_time_of_day(
    tmp_path: Path, interlock: Interlock
) -> None:
    circle = "".join(
        f"  - {{id: {name}, mode: restart, triggers: [{{change: away.value, to: {to}}}], "
        f"actions: [{{set: {{away.value: {then}}}}}]}}\n"
        for name, to, then in (("there", "on", "off"), ("back", "off", "on"))
    )
    site = ScenarioSite(
        tmp_path,
        f"site: {{name: Circle, timezone: UTC}}\ndevices: {{away: {{type: flag}}}}\nrules:\n{circle}",
    )
    done = interlock(
        "test",
        site.write("""\
        name: circle
        start: 2026-07-14T12:00
        timeline: {"12:05": {away.value: on}}
        expect: [{rule: there, fires: at least 1}]
    """),
    )
    assert (done.code, done.err) == (1, "")
    assert "error: rule there is stopped for 15m" in done.out


@pytest.mark.slow
def test_on_a_terminal_it_is_colored(site: ScenarioSite) -> None:
    path = site.write(PASSES, FAILS)
    child = pexpect.spawn(
        sys.executable,
        ["-c", "from interlock.cli import main; main()", "test", str(path)],
        env={"HOOK": "https://example.com/hook-of-the-house", "TERM": "xterm-256color", "PATH": "/usr/bin"},
        encoding="utf-8",
        timeout=60,
    )
    child.expect("\x1b\\[32mpassed\x1b\\[0m")
    child.expect("\x1b\\[1;31mFAILED\x1b\\[0m")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
