"""Scenarios as tests of pytest, in a pytest of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.scenario_site import ScenarioSite

pytestmark = pytest.mark.slow

PASSES = "name: it passes\nstart: 2026-07-14T12:00\nexpect: [{rule: cool, fires: 0}]"
FAILS = "name: it fails\nstart: 2026-07-14T12:00\nexpect: [{rule: cool, fires: 1}]"


def run_pytest(path: Path, *scenarios: str) -> tuple[int, str]:
    ScenarioSite(path).write(*scenarios)
    (path / "conftest.py").write_text('pytest_plugins = ["interlock.testing.scenarios"]\n')
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--rootdir", str(path)]
    done = subprocess.run(
        [sys.executable, *arguments, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=path,
        env={"HOOK": "https://example.com/hook-of-the-house", "PATH": "/usr/bin"},
    )
    return done.returncode, done.stdout


def test_each_scenario_is_a_test_with_its_own_text(tmp_path: Path) -> None:
    code, out = run_pytest(tmp_path, PASSES, FAILS)
    assert code == 1
    assert "1 failed, 1 passed" in out
    assert "a firing of rule cool was expected once, and it did not come" in out
    assert "FAILED site.yaml::it fails" in out
    assert "Traceback" not in out


def test_a_site_with_errors_is_one_error_with_their_places(tmp_path: Path) -> None:
    code, out = run_pytest(tmp_path, PASSES.replace("cool", "cooll"))
    assert code == 2
    assert "error: there is no rule 'cooll'" in out
    assert "did you mean 'cool'?" in out


def test_a_site_without_scenarios_has_no_tests(tmp_path: Path) -> None:
    code, out = run_pytest(tmp_path)
    assert (code, "no tests ran" in out) == (5, True)
