import json
import sys
from pathlib import Path

import pytest
from harness import (
    Better,
    Curve,
    Findings,
    Row,
    at_least,
    from_json,
    in_turn,
    line_of,
    parser_for,
    percentile,
    ratio,
    row,
    tell,
    to_json,
)

MET = Row(name="cost", value=2.0, low=1.5, high=2.5, rounds=3, unit="ratio", limit=3, note="beside nothing")
CURVE = Curve(plot="growth", name="plain", x=[1, 10], y=[2.0, 20.0])
FINDINGS = Findings(about={"rules": 10_000}, rows=[MET], curves=[CURVE])


@pytest.fixture(autouse=True)
def _hook_for_one_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)


def test_a_row_is_the_median_of_its_rounds_with_their_spread() -> None:
    assert row("cost", [3.0, 1.0, 2.0], "ms", limit=2) == Row(
        name="cost", value=2.0, low=1.0, high=3.0, rounds=3, unit="ms", limit=2
    )


def test_numbers_have_as_many_digits_as_mean_something() -> None:
    assert row("cost", [1234.567], "ms").value == 1235
    assert row("cost", [0.000123456], "ms").value == 0.0001235


def test_a_ratio_is_taken_within_each_round() -> None:
    assert ratio("cost", [2.0, 30.0, 5.0], [1.0, 10.0, 1.0]) == Row(
        name="cost", value=3.0, low=2.0, high=5.0, rounds=3, unit="ratio"
    )


def test_a_ratio_of_unpaired_rounds_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio("cost", [1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("better", "value", "is_met"),
    [
        (Better.LOWER, 2.0, True),
        (Better.LOWER, 2.1, False),
        (Better.HIGHER, 2.0, True),
        (Better.HIGHER, 1.9, False),
    ],
)
def test_a_limit_may_be_reached_and_not_be_passed(better: Better, value: float, is_met: bool) -> None:
    assert row("cost", [value], "ms", better=better, limit=2).is_met is is_met


def test_nothing_is_met_where_there_is_no_limit() -> None:
    assert row("cost", [1.0], "ms").is_met is None


def test_ways_are_measured_in_one_order_and_then_in_the_other() -> None:
    asked: list[str] = []

    def way(name: str) -> float:
        asked.append(name)
        return float(len(asked))

    measured = in_turn(3, bare=lambda: way("bare"), whole=lambda: way("whole"))

    assert asked == ["bare", "whole", "whole", "bare", "bare", "whole"]
    assert measured == {"bare": [1, 4, 5], "whole": [2, 3, 6]}


@pytest.mark.parametrize(("part", "value"), [(0, 1), (0.5, 51), (0.99, 100), (1, 100)])
def test_a_percentile_is_one_of_the_values(part: float, value: float) -> None:
    assert percentile([float(each) for each in range(100, 0, -1)], part) == value


def test_a_line_says_value_spread_limit_and_note() -> None:
    assert " ".join(line_of(MET).split()) == "cost 2 ratio (1.5 … 2.5) at most 3: met beside nothing"


def test_a_line_of_one_round_has_no_spread() -> None:
    assert line_of(row("cost", [2.0], "ms")).split() == ["cost", "2", "ms"]


def test_a_missed_limit_stands_out() -> None:
    missed = row("share", [0.1], "ratio", better=Better.HIGHER, limit=0.2)
    assert line_of(missed).endswith("at least 0.2: MISSED")


def test_what_was_found_comes_back_from_json() -> None:
    assert from_json(json.loads(json.dumps(to_json(FINDINGS)))) == FINDINGS


def test_json_says_whether_a_limit_is_met() -> None:
    rows = to_json(FINDINGS)["rows"]
    assert isinstance(rows, list)
    assert [each["is_met"] for each in rows] == [True]


def test_what_was_found_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell(FINDINGS, tmp_path / "found.json")

    assert capsys.readouterr().out.splitlines() == [
        "rules 10,000",
        line_of(MET),
        "growth, plain: 1 → 2, 10 → 20",
    ]
    assert from_json(json.loads((tmp_path / "found.json").read_text())) == FINDINGS


def test_nothing_is_written_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tell(FINDINGS, None)
    assert list(tmp_path.iterdir()) == []


def test_every_benchmark_takes_rounds_and_a_file() -> None:
    parser = parser_for("What it is.\n\nMore.", rounds=5)

    assert parser.description == "What it is."
    assert vars(parser.parse_args([])) == {"rounds": 5, "json": None}
    assert vars(parser.parse_args(["--rounds", "2", "--json", "x.json"])) == {
        "rounds": 2,
        "json": Path("x.json"),
    }


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["--rounds", "0"], "argument --rounds: 0 is too few: 1 is the least"),
        (["--rounds", "many"], "argument --rounds: invalid number value: 'many'"),
        (["--json", "/nowhere/found.json"], "argument --json: there is no folder /nowhere"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(
    given: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser_for("Measure.", rounds=3).parse_args(given)
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(("least", "given", "read"), [(1, "7", 7), (0.1, "0.5", 0.5)])
def test_a_number_is_read_as_its_least_is_one(least: float, given: str, read: float) -> None:
    assert at_least(least)(given) == read


def test_an_interruption_is_one_word(capsys: pytest.CaptureFixture[str]) -> None:
    parser_for("Measure.", rounds=3)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    sys.excepthook(ValueError, ValueError("something else"), None)
    assert capsys.readouterr().err.splitlines() == ["stopped", "ValueError: something else"]
