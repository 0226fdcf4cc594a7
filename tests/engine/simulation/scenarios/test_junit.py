"""Results as JUnit XML."""

from datetime import timedelta
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from interlock.errors import ReportFailed
from interlock.simulation.scenarios.junit import to_junit, write_junit
from interlock.simulation.scenarios.playing import play
from interlock.simulation.scenarios.suite import Timed
from support.scenario_site import ScenarioSite

PASSES = "name: it <passes> & more\nstart: 2026-07-14T12:00\nexpect: [{rule: cool, fires: 0}]"
FAILS = 'name: "it \\e fails"\nstart: 2026-07-14T12:00\nexpect: [{rule: cool, fires: 1}]'


def results(path: Path, *scenarios: str) -> list[Timed]:
    suite = ScenarioSite(path).suite(*scenarios)
    return [Timed(play(each, suite.loaded), timedelta(milliseconds=1500)) for each in suite.scenarios]


def test_each_scenario_is_a_case_with_its_place_and_time(tmp_path: Path) -> None:
    [whole] = fromstring(to_junit(results(tmp_path, PASSES, FAILS), "Flat"))
    assert whole.attrib == {
        "name": "Flat",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
        "time": "3.000",
    }
    passed, failed = whole
    assert passed.attrib == {
        "name": "it <passes> & more",
        "classname": str(tmp_path / "site.yaml"),
        "file": str(tmp_path / "site.yaml"),
        "line": str((tmp_path / "site.yaml").read_text().splitlines().index("scenarios:") + 2),
        "time": "1.500",
    }
    assert list(passed) == []
    [failure] = failed
    assert failed.attrib["name"] == "it \ufffd fails"
    assert failure.tag == "failure"
    assert failure.attrib["message"] == "a firing of rule cool was expected once, and it did not come"
    assert "rule cool:" in (failure.text or "")


def test_what_breaks_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr("interlock.rules.state.State.apply", fail)
    [whole] = fromstring(to_junit(results(tmp_path, PASSES), "Flat"))
    [error] = whole[0]
    assert (whole.attrib["errors"], whole.attrib["failures"]) == ("1", "0")
    assert (error.tag, error.attrib["message"]) == ("error", "ZeroDivisionError: nothing to divide by")


def test_a_file_is_written_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    path.write_text("old")
    write_junit(results(tmp_path, PASSES), "Flat", path)
    assert fromstring(path.read_bytes()).tag == "testsuites"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out.xml", "site.yaml"]


def test_where_it_cannot_be_written_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReportFailed, match="cannot be written: no such file or directory"):
        write_junit([], "Flat", tmp_path / "nowhere" / "out.xml")
