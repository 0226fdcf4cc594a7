"""``interlock check``: every finding, for people and for programs."""

import json
from pathlib import Path

import pytest

from support.command import Interlock
from support.flat import copy_flat


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A flat with an error in its site, one in its rules, and a warning."""
    site = copy_flat(tmp_path, **{"type: scene": "type: scenes", "watch:": "wach:"})
    rules = site.parent / "rules" / "cooling.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(
        text.replace("living_ac.hvacmode: cooling", "living_ac.hvacmod: cooling"), encoding="utf-8"
    )
    monkeypatch.chdir(site.parent)
    return Path("site.yaml")


def test_a_sound_site_has_no_findings(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    done = interlock("check", site)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{site}: 1 connection, 8 devices, 7 rules: no findings\n"


def test_a_directory_stands_for_its_site_file(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path)
    assert interlock("check", site.parent) == interlock("check", site)


def test_errors_of_the_site_and_of_its_rules_come_together(interlock: Interlock, broken: Path) -> None:
    done = interlock("check", broken)
    assert (done.code, done.err) == (1, "")
    assert "rules/cooling.yaml:6:40: error: device 'living_ac' (hvac) has no controller 'hvacmod'" in done.out
    assert "error: unknown key 'wach'" in done.out
    assert "did you mean 'scene'?" in done.out
    assert done.out.endswith("3 errors\n")


def test_warnings_alone_are_shown_and_refuse_nothing(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path, **{"!secret house_password": "hunter2-in-the-open"})
    done = interlock("check", site)
    assert done.code == 0
    assert done.out.endswith(f"1 warning\n{site}: 1 connection, 8 devices, 7 rules: 1 warning\n")
    assert "hunter2-in-the-open" not in done.out


def test_json_is_a_list_of_findings(interlock: Interlock, broken: Path) -> None:
    done = interlock("check", broken, "--format", "json")
    found = json.loads(done.out)
    assert (done.code, done.err, len(found)) == (1, "", 3)
    assert {each["severity"] for each in found} == {"error"}


def test_json_of_a_sound_site_is_an_empty_list(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("check", copy_flat(tmp_path), "--format", "json")
    assert (done.code, done.out) == (0, "[]\n")


def test_github_gets_annotations(interlock: Interlock, broken: Path) -> None:
    done = interlock("check", broken, "--format", "github")
    assert done.code == 1
    assert [line.partition(" ")[0] for line in done.out.splitlines()] == ["::error"] * 3


def test_a_site_that_is_not_there_is_a_finding(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("check", tmp_path / "nowhere.yaml")
    assert done.code == 1
    assert "nowhere.yaml" in done.out


def test_an_unknown_format_is_wrong_usage(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("check", copy_flat(tmp_path), "--format", "xml")
    assert done.code == 2
    assert done.err.endswith(
        "Error: Invalid value for '--format': there is no format 'xml': write one of text, json, github\n"
    )
