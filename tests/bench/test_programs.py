"""Every benchmark still runs, and says what the harness understands; how long it takes decides nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness import from_json

BENCH = Path(__file__).parents[2] / "bench"
SMALLEST = {
    "conditions": ("--rules", "20", "--points", "20", "--batches", "2"),
    "founten": ("--thermostats", "5"),
    "growth": ("--most", "10000", "--days", "2"),
    "idle": ("--points", "20", "--every", "1"),
    "loading": ("--rules", "20"),
    "plant": ("--zones", "2", "--days", "1"),
    "polling": ("--polls", "100", "--concurrency", "8"),
    "rules": ("--rules", "20", "--points", "20", "--batches", "2", "--single", "5"),
    "schedules": ("--rules", "20"),
    "simulate": ("--rooms", "2", "--days", "1"),
    "start": (),
}


def run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, BENCH / f"{program}.py", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))


@pytest.mark.lengthy
@pytest.mark.parametrize("program", SMALLEST)
def test_a_benchmark_runs_alone_and_writes_what_it_found(program: str, tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    ended = run(program, *SMALLEST[program], "--rounds", "1", "--json", str(found))
    assert ended.returncode == 0, ended.stderr[-4000:]
    findings = from_json(json.loads(found.read_text(encoding="utf-8")))
    names = [each.name for each in findings.rows]
    assert len(names) == len(set(names)) > 1


def test_every_benchmark_is_run_here() -> None:
    programs = {path.stem for path in BENCH.glob("*.py") if "parser_for(__doc__" in path.read_text("utf-8")}
    assert programs - {"peers"} == SMALLEST.keys()


@pytest.mark.slow
def test_a_benchmark_that_is_none_is_refused() -> None:
    ended = run("all", "polls")
    assert ended.returncode == 2
    assert "no such benchmark: polls" in ended.stderr
