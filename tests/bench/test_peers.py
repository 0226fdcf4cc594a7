"""Other engines beside ours: those that are there are measured, and the others left out with a sentence."""

import sys
from argparse import Namespace
from pathlib import Path

import peers
import pytest
from environments import Peer
from peers import Taken, found, measure

PROGRAM = """
import json, sys
rules, points, batches = map(int, sys.argv[1:])
print("a line of somebody else's")
print(json.dumps({"limit_s": 1.0, "seconds": 4.0, "load_s": rules / 10, "sent": 0, "mb": 50.0}))
"""


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program of an engine named Other, which is there; another one is not."""
    program = tmp_path / "peer_other.py"
    program.write_text(PROGRAM, encoding="utf-8")
    here = Peer("Other", "OTHER_ENGINE", str(program))
    monkeypatch.setattr(peers, "PEERS", (here, Peer("Nobody", "NO_ENGINE", "peer_nobody.py")))
    monkeypatch.setenv("OTHER_ENGINE", sys.executable)
    monkeypatch.delenv("NO_ENGINE", raising=False)
    return program


def small() -> Namespace:
    return Namespace(rules=[10, 20], points=10, batches=2, rounds=1)


@pytest.mark.slow
def test_an_engine_that_is_there_is_measured_for_each_number_of_rules(
    other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = measure(small())
    rows = {each.name: each.value for each in findings.rows}
    assert rows["10 rules, Other: load"] == 1.0
    assert rows["20 rules, Other: load"] == 2.0
    assert rows["20 rules, Interlock: changes"] > 0
    assert len(rows) == 2 * (1 + 3 + 4)
    assert capsys.readouterr().out == "Nobody is left out: NO_ENGINE names no interpreter that has it\n"


@pytest.mark.slow
def test_an_engine_that_fails_says_why(other: Path) -> None:
    other.write_text("raise SystemExit('no Java here')\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="Other ended with 1: no Java here"):
        measure(small())


@pytest.mark.slow
def test_an_interpreter_that_is_none_is_named(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_ENGINE", "/nowhere/python")
    with pytest.raises(SystemExit, match=r"OTHER_ENGINE names no interpreter: .*No such file"):
        measure(small())


def test_shares_are_of_what_lambdas_do_in_the_same_python() -> None:
    took = {
        "Interlock": [Taken(limit_s=1, seconds=5, load_s=2), Taken(limit_s=1, seconds=4, load_s=3)],
        "Other": [
            Taken(limit_s=2, seconds=50, load_s=9, mb=70),
            Taken(limit_s=2, seconds=40, load_s=8, mb=90),
        ],
    }
    rows = {each.name: (each.value, each.low, each.high, each.unit) for each in found(1000, 100, took)}
    assert rows == {
        "1,000 rules: Interlock's share of the limit to Other's": (5.0, 5.0, 5.0, "ratio"),
        "1,000 rules, Interlock: share of the limit": (0.225, 0.2, 0.25, "ratio"),
        "1,000 rules, Interlock: changes": (22.5, 20.0, 25.0, "/s"),
        "1,000 rules, Interlock: load": (2.5, 2.0, 3.0, "s"),
        "1,000 rules, Other: share of the limit": (0.045, 0.04, 0.05, "ratio"),
        "1,000 rules, Other: changes": (2.25, 2.0, 2.5, "/s"),
        "1,000 rules, Other: load": (8.5, 8.0, 9.0, "s"),
        "1,000 rules, Other: memory of the process": (80.0, 70.0, 90.0, "MB"),
    }


def test_without_any_engine_the_program_says_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for peer in peers.PEERS:
        monkeypatch.delenv(peer.variable, raising=False)
    monkeypatch.setattr(sys, "argv", ["peers.py"])
    with pytest.raises(SystemExit, match="2"):
        peers.main()
    assert "HOME_ASSISTANT and ANSIBLE_RULEBOOK name no interpreter" in capsys.readouterr().err
