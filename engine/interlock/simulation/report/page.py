"""A report's page as text, and writing it to a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element

from interlock.simulation.report.axis import Axis
from interlock.simulation.report.figure import Figure, Paper, figure_of
from interlock.simulation.report.legend import Entry
from interlock.simulation.report.local_time import changes_of_clocks, written
from interlock.simulation.report.markup import as_document, element, named, table_of
from interlock.simulation.report.recording import told_of_stretches
from interlock.simulation.report.scripts import drawing, style, values
from interlock.simulation.report.values import Chart, Page, Table
from interlock.whole_file import replaced

_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
"""Whatever a script in the page may try, the browser asks nothing of any network."""

_UNITS = (("month", "0", "1"), ("week", "7", "0"), ("day", "1", "0"))
"""What the page can show at once, besides all: its name, its days and its months."""


def write_page(page: Page, path: Path) -> None:
    """Write a report as one HTML file that needs nothing else; an older file is replaced as a whole.

    The same values give the same bytes.

    Args:
        page: What the report says.
        path: Where to write it.

    Raises:
        ReportFailed: the file cannot be written, or the extra `report` is not installed.
    """
    text = page_text(page)
    with replaced(path) as file:
        file.write(text.encode())


def page_text(page: Page) -> str:
    """Return a report as the text of an HTML page.

    Raises:
        ReportFailed: the extra `report` is not installed, and the page has charts.
    """
    paper = Paper(Axis(page.begins, page.ends))
    figures = [figure_of(part, paper) for part in page.parts if isinstance(part, Chart)]
    body = element("body", *_head(page), *_notes(page, figures), *_parts(page, figures))
    if figures:
        body.extend([values(page, figures, paper), *drawing()])
    return as_document(element("html", _header(page), body, lang="en"))


def _header(page: Page) -> Element:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", page.title),
        style(),
    )


def _head(page: Page) -> Iterator[Element]:
    yield named("h1", page.title)
    if page.subtitle:
        yield named("p", page.subtitle, class_="subtitle")
    span = f"{written(page.begins, page.timezone)} – {written(page.ends, page.timezone)}"
    facts = [("span", f"{span} ({page.timezone.key})"), *page.facts]
    yield element("dl", *(element("div", named("dt", label), named("dd", fact)) for label, fact in facts))


def _notes(page: Page, figures: Sequence[Figure]) -> Iterator[Element]:
    notes = [*page.notes, *(_notes_of_charts(page, figures) if figures else ())]
    if notes:
        yield element("ul", *(named("li", note) for note in notes), class_="notes")


def _notes_of_charts(page: Page, figures: Sequence[Figure]) -> Iterator[str]:
    yield from changes_of_clocks(page.timezone, page.begins, page.ends)
    if thinned := dict.fromkeys(name for figure in figures for name in figure.thinned):
        yield told_of_stretches(page.begins, page.ends, list(thinned))


def _parts(page: Page, figures: Sequence[Figure]) -> Iterator[Element]:
    if figures:
        yield element("noscript", element("p", "The charts need JavaScript, which is switched off here."))
        yield _range_buttons(page)
    numbered = iter(enumerate(figures))
    for part in page.parts:
        yield _table(part) if isinstance(part, Table) else _chart(part, *next(numbered))


def _range_buttons(page: Page) -> Element:
    days = (page.ends - page.begins).days
    units = [
        element("button", name, data_days=of_days, data_months=of_months)
        for name, of_days, of_months in _UNITS
        if days > int(of_days) + 28 * int(of_months)
    ]
    ends = [_move("earlier", "‹"), _move("later", "›")]
    return element(
        "nav",
        element("button", "all", data_show="all"),
        *units,
        *ends,
        element("span", id="shown"),
        id="range",
    )


def _move(where: str, sign: str) -> Element:
    return element("button", sign, data_show=where, title=where, aria_label=where)


def _table(table: Table) -> Element:
    return element("section", *_titled(table), table_of(table))


def _chart(chart: Chart, number: int, figure: Figure) -> Element:
    legend = element("div", *map(_entry, figure.legend), class_="legend", id=f"legend-{number}")
    plot = element("div", class_="plot", id=f"chart-{number}", style=f"height: {figure.layout['height']}px")
    return element("section", *_titled(chart), legend, plot, class_="chart")


def _titled(part: Chart | Table) -> Iterator[Element]:
    yield named("h2", part.title)
    if part.explanation:
        yield named("p", part.explanation)


def _entry(entry: Entry) -> Element:
    box = element("input", type="checkbox", checked="checked", value=entry.group)
    sign = element("span", entry.sign, class_="sign", style=f"color: {entry.colour}")
    return element("label", box, sign, " ", named("span", entry.label))
