import re
from pathlib import Path

import pytest
from comparison import Results, digest, read_results
from harness import Better, Findings, row
from page import PAGE, number, render, table
from programs import QUICK, SLOW, command_of

BENCH = Path(__file__).parents[2] / "bench"
AGAIN = "run `.tox/bench/bin/python bench/page.py`"
PICTURE = re.compile(r"!\[[^\]]+\]\((performance-\w+\.svg)\)")


def test_the_page_says_what_is_kept() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(read_results()), AGAIN


@pytest.mark.parametrize("name", PICTURE.findall(PAGE.read_text(encoding="utf-8")))
def test_the_pictures_are_drawn_from_what_is_kept(name: str) -> None:
    drawn = PAGE.with_name(name).read_text(encoding="utf-8")
    assert f"drawn from {digest(read_results())}" in drawn, AGAIN


def test_no_picture_is_left_over() -> None:
    shown = set(PICTURE.findall(PAGE.read_text(encoding="utf-8")))
    assert {path.name for path in PAGE.parent.glob("performance-*.svg")} == shown


def test_every_missed_limit_is_told_at_the_top() -> None:
    missed = [
        f"- {bench}, {each.name}: "
        for bench, findings in read_results().benches.items()
        for each in findings.rows
        if each.is_met is False
    ]
    text = PAGE.read_text(encoding="utf-8")
    assert [each for each in missed if each not in text] == []


def test_every_row_that_is_kept_stands_in_a_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    names = [each.name for findings in read_results().benches.values() for each in findings.rows]
    assert [name for name in names if f"| {name}" not in text] == []


def test_a_table_has_a_line_for_each_row() -> None:
    findings = Findings(
        about={},
        rows=[
            row("cost", [1.0, 2.0, 3.0], "ms", limit=2, note="beside nothing"),
            row("share", [0.1], "ratio", better=Better.HIGHER, limit=0.2),
            row("rest", [12_345.0], "%"),
        ],
    )
    assert table(findings).splitlines()[2:] == [
        "| cost, beside nothing | 2 ms | 1 … 3 | at most 2, kept |",
        "| share | 0.1 × | one | at least 0.2, **missed** |",
        "| rest | 12,300 % | one |  |",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.001234, "0.00123"), (1.5, "1.5"), (123.4, "123"), (98_765, "98,800"), (2.0, "2")],
)
def test_a_number_has_three_digits_that_mean_something(value: float, shown: str) -> None:
    assert number(value) == shown


def test_another_number_is_another_digest() -> None:
    one, other = (Findings(about={}, rows=[row("a", [value], "s")]) for value in (1.0, 2.0))
    assert digest(Results("", 0, 0.0, {"x": one})) != digest(Results("", 0, 0.0, {"x": other}))
    assert digest(Results("", 0, 0.0, {"x": one})) == digest(Results("3.13", 8, 1.0, {"x": one}))


def test_every_benchmark_can_be_run_by_name() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in BENCH.glob("*.py")}
    programs = {name for name, text in texts.items() if "parser_for(__doc__" in text}
    assert programs == {program for program, *_ in {**QUICK, **SLOW}.values()}


def test_each_table_says_the_command_that_measures_it() -> None:
    text = PAGE.read_text(encoding="utf-8")
    tables = re.findall(r"(?:^\|.*\n)+\n(.*)", text, re.MULTILINE)
    assert sorted(tables) == sorted(f"Measured by `{command_of(name)}`." for name in read_results().benches)


def test_the_command_of_a_benchmark_has_its_options() -> None:
    assert command_of("year") == "python bench/simulate.py --year"
