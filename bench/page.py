"""The page on performance, from the kept results: `.tox/bench/bin/python bench/page.py` renders it again."""

from __future__ import annotations

from pathlib import Path

from comparison import Results, read_results
from harness import EXPONENT, Better, Findings, Row
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from programs import command_of

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "explanation" / "performance.md"
_UNITS = {"ratio": "×"}
"""How units are written that are words elsewhere."""


def write_page(results: Results, page: Path = PAGE) -> None:
    """Write the page and its pictures."""
    # The drawing library is needed here alone, and not by whoever only reads results.
    from pictures import draw

    page.write_text(render(results), encoding="utf-8")
    draw(results, page.parent)


def render(results: Results) -> str:
    """Return the text of the page."""
    # Markdown, not HTML.
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    return environment.get_template("performance.md.jinja").render(
        python=results.python,
        cores=results.cores,
        load=results.load,
        values=results.benches,
        peers="peers" in results.benches,
        missed=[_missed(bench, each) for bench, each in rows_of(results) if each.is_met is False],
        tried=(HERE / "tried.md").read_text(encoding="utf-8").rstrip(),
        about=lambda bench, name: f"{results.benches[bench].about[name]:,}",
        say=lambda bench, name, unit=None: _say(_row(results.benches[bench], name), unit),
        table=lambda bench: f"{table(results.benches[bench])}\n\nMeasured by `{command_of(bench)}`.",
    )


def rows_of(results: Results) -> list[tuple[str, Row]]:
    """Return every row with the name of its benchmark."""
    return [(bench, each) for bench, findings in results.benches.items() for each in findings.rows]


def table(findings: Findings) -> str:
    """Return the rows of a benchmark as a table."""
    lines = ["| what | measured | rounds | limit |", "| --- | --- | --- | --- |"]
    for each in findings.rows:
        name = f"{each.name}, {each.note}" if each.note else each.name
        spread = f"{number(each.low)} … {number(each.high)}" if each.rounds > 1 else "one"
        lines.append(f"| {name} | {_say(each)} | {spread} | {_limit(each)} |")
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number with three digits that mean something."""
    shown = float(f"{value:.3g}")
    return f"{shown:,.0f}" if shown == int(shown) else f"{shown:,.10g}"


def _row(findings: Findings, name: str) -> Row:
    return next(each for each in findings.rows if each.name == name)


def _say(each: Row, unit: str | None = None) -> str:
    if each.unit == EXPONENT:
        return f"exponent {number(each.value)}"
    shown = _UNITS.get(each.unit, each.unit) if unit is None else unit
    return f"{number(each.value)} {shown}".rstrip()


def _limit(each: Row) -> str:
    if each.limit is None:
        return ""
    bound = "at least" if each.better is Better.HIGHER else "at most"
    return f"{bound} {number(each.limit)}, {'kept' if each.is_met else '**missed**'}"


def _missed(bench: str, each: Row) -> str:
    return f"{bench}, {each.name}: {_say(each)}; {_limit(each).partition(', ')[0]}"


if __name__ == "__main__":
    try:
        write_page(read_results())
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error}: after `make bench`, .tox/bench/bin/python has it") from None
