import platform
from pathlib import Path

import pytest
from comparison import Results, Verdict, compare, judge, missed, read_results, results_of, write_results
from harness import Better, Findings, Row, row

KEPT = row("cost", [0.9, 1.0, 1.1], "ratio")


def results(*rows: Row) -> Results:
    return Results("3.11.7", 2, 0.5, {"rules": Findings(about={}, rows=rows)})


@pytest.mark.parametrize(
    ("rounds", "verdict"),
    [
        ([0.9, 1.0, 1.1], Verdict.SAME),
        ([1.2, 1.3, 1.4], Verdict.WORSE),
        ([1.1, 1.3, 1.4], Verdict.SAME),
        ([0.5, 0.6, 0.8], Verdict.BETTER),
        ([0.5, 0.6, 0.9], Verdict.SAME),
    ],
)
def test_a_change_is_one_whose_rounds_lie_wholly_beside_the_kept_ones(
    rounds: list[float], verdict: Verdict
) -> None:
    assert judge(KEPT, row("cost", rounds, "ratio")) is verdict


@pytest.mark.parametrize(("value", "verdict"), [(1.09, Verdict.SAME), (1.11, Verdict.WORSE)])
def test_less_than_a_tenth_is_no_change(value: float, verdict: Verdict) -> None:
    assert judge(row("cost", [1.0], "ratio"), row("cost", [value], "ratio")) is verdict


@pytest.mark.parametrize(("value", "verdict"), [(2.0, Verdict.BETTER), (0.5, Verdict.WORSE)])
def test_more_is_better_where_the_row_says_so(value: float, verdict: Verdict) -> None:
    kept, now = (row("share", [each], "ratio", better=Better.HIGHER) for each in (1.0, value))
    assert judge(kept, now) is verdict


@pytest.mark.parametrize(
    ("kept", "now", "verdict"),
    [(0.01, 0.09, Verdict.SAME), (0.01, 0.2, Verdict.WORSE), (0.7, 0.9, Verdict.WORSE)],
)
def test_an_exponent_changes_by_more_than_a_tenth_of_one(kept: float, now: float, verdict: Verdict) -> None:
    assert judge(row("slope", [kept], "exponent"), row("slope", [now], "exponent")) is verdict


def test_every_limit_that_is_missed_has_its_line() -> None:
    now = results(
        row("cost", [2.0], "ratio", limit=1),
        row("took", [9.0], "ms", limit=5),
        row("held", [9.0], "MB", limit=10),
        row("share", [0.1], "ratio", better=Better.HIGHER, limit=0.2),
    )
    assert [" ".join(line.split()) for line in missed(now)] == [
        "rules cost 2 ratio at most 1: MISSED",
        "rules took 9 ms at most 5: MISSED",
        "rules share 0.1 ratio at least 0.2: MISSED",
    ]


def test_what_was_not_kept_is_new() -> None:
    assert judge(None, KEPT) is Verdict.NEW


def test_only_ratios_and_exponents_are_compared_and_each_has_its_line() -> None:
    kept = results(KEPT, row("took", [1.0], "s"))
    now = results(
        row("cost", [2.0, 2.1, 2.2], "ratio", limit=3),
        row("took", [9.0], "s"),
        row("rest", [1.0], "exponent"),
    )

    assert [(verdict, " ".join(line.split())) for verdict, line in compare(kept, now)] == [
        (Verdict.WORSE, "rules cost 2.1 was 1 WORSE than noise at most 3: met"),
        (Verdict.NEW, "rules rest 1 new"),
    ]


def test_a_benchmark_that_was_not_kept_is_new() -> None:
    assert [verdict for verdict, _ in compare(Results("", 0, 0.0, {}), results(KEPT))] == [Verdict.NEW]


def test_results_come_back_from_their_file(tmp_path: Path) -> None:
    write_results(results(KEPT), tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == Results(
        "3.11.7", 2, 0.5, {"rules": Findings(about={}, rows=[KEPT], curves=[])}
    )


def test_without_a_file_nothing_was_kept(tmp_path: Path) -> None:
    assert read_results(tmp_path / "results.json") == Results("", 0, 0.0, {})


def test_results_say_on_which_python_they_were_measured() -> None:
    measured = results_of({}, 1.23)
    assert measured.python == platform.python_version()
    assert measured.cores >= 1
    assert measured.load == 1.2
