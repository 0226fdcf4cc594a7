"""All benchmarks by one command: what one that fails costs, and which of them run."""

import json
import re
import sys
from pathlib import Path

import all as all_benches
import pytest
from comparison import read_results
from environments import PEERS
from harness import Findings, row, to_json

FINDINGS = Findings(about={"rules": 1}, rows=[row("cost", [1.0], "ratio")], curves=[])
WORKS = f"import sys, pathlib\npathlib.Path(sys.argv[-1]).write_text({json.dumps(to_json(FINDINGS))!r})\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of benchmarks, of which `good` and `fine` work, and a place for results."""
    programs = {
        "good": WORKS,
        "bad": "import sys\nsys.exit('on the way\\nno such library')\n",
        "mute": "raise SystemExit(3)\n",
        "empty": "",
        "odd": "import sys, pathlib\npathlib.Path(sys.argv[-1]).write_text('{}')\n",
        "fine": WORKS,
    }
    for name, text in programs.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(all_benches, "FOLDER", tmp_path)
    monkeypatch.setattr(all_benches, "QUICK", {name: (f"{name}.py",) for name in programs})
    kept = tmp_path / "results.json"
    monkeypatch.setattr(all_benches, "read_results", lambda: read_results(kept))
    monkeypatch.setattr(all_benches, "write_results", lambda found: _write(found, kept))
    monkeypatch.setattr("page.write_page", lambda results: None)
    return tmp_path


def _write(found: object, kept: Path) -> None:
    from comparison import write_results

    write_results(found, kept)  # type: ignore[arg-type]


def main(monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    monkeypatch.setattr(sys, "argv", ["all.py", *options])
    all_benches.main()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("bad", "bench/bad.py ended with 1: no such library"),
        ("mute", "bench/mute.py ended with 3: it said nothing"),
        ("empty", r"bench/empty.py wrote no results: .*No such file.*"),
        ("odd", "bench/odd.py wrote no results: 'about'"),
    ],
)
def test_one_that_fails_costs_its_own_numbers_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(monkeypatch, "good", name, "fine", "--keep")
    told, reason = str(ended.value).splitlines()
    assert told == "1 failed, and the kept numbers stay:"
    assert re.fullmatch(why, reason)
    assert read_results(folder / "results.json").benches == {"good": FINDINGS, "fine": FINDINGS}


@pytest.mark.slow
def test_what_failed_now_keeps_the_numbers_it_had(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main(monkeypatch, "good", "--keep")
    (folder / "good.py").write_text("raise SystemExit('no')\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(monkeypatch, "good", "fine", "--keep")
    assert read_results(folder / "results.json").benches == {"good": FINDINGS, "fine": FINDINGS}


@pytest.mark.slow
def test_where_all_fail_nothing_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="2 failed"):
        main(monkeypatch, "bad", "mute", "--keep")
    assert not (folder / "results.json").exists()


@pytest.mark.slow
def test_an_interruption_costs_what_was_not_measured_yet(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_run = all_benches.run

    def run(name: str) -> Findings:
        if name == "mute":
            raise KeyboardInterrupt
        return really_run(name)

    monkeypatch.setattr(all_benches, "run", run)
    with pytest.raises(SystemExit) as ended:
        main(monkeypatch, "good", "mute", "fine", "--keep")
    assert str(ended.value).splitlines() == [
        "2 failed, and the kept numbers stay:",
        "mute was not measured: interrupted",
        "fine was not measured: interrupted",
    ]
    assert read_results(folder / "results.json").benches == {"good": FINDINGS}


@pytest.mark.slow
def test_results_are_kept_before_the_next_benchmark_begins(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = "import pathlib, sys\nassert pathlib.Path(__file__).with_name('results.json').exists()\n"
    (folder / "fine.py").write_text(looks + WORKS, encoding="utf-8")
    main(monkeypatch, "good", "fine", "--keep")


def test_one_that_cannot_be_run_costs_its_own_numbers_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(folder / "gone"))
    with pytest.raises(SystemExit, match=r"2 failed.*\nbench/good.py cannot be run: .*gone.*\nbench/fine.py"):
        main(monkeypatch, "good", "fine")


@pytest.mark.slow
def test_where_all_work_the_end_is_good(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main(monkeypatch, "good", "fine")
    assert not (folder / "results.json").exists()


@pytest.mark.slow
def test_numbers_are_kept_where_their_page_cannot_be_drawn(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "page", None)
    with pytest.raises(ImportError):
        main(monkeypatch, "good", "--keep")
    assert read_results(folder / "results.json").benches == {"good": FINDINGS}


def test_other_engines_are_measured_where_one_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for peer in PEERS:
        monkeypatch.delenv(peer.variable, raising=False)
    assert "peers" not in all_benches.names_of([], keeps=True)
    monkeypatch.setenv(PEERS[-1].variable, "/somewhere/bin/python")
    assert all_benches.names_of([], keeps=False)[-1] == "peers"
    assert all_benches.names_of(["idle"], keeps=False) == ["idle"]


def test_a_year_is_simulated_where_results_are_kept() -> None:
    assert "year" not in all_benches.names_of([], keeps=False)
    assert "year" in all_benches.names_of([], keeps=True)
    assert all_benches.names_of(["idle"], keeps=True) == ["idle"]
