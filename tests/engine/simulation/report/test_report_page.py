"""A report is one page that needs nothing else, says what it was given, and is the same each time."""

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import plotly
import pytest

from interlock.errors import ReportFailed
from interlock.simulation.report import Chart, Mark, MarkKind, Page, Recording, Series, Table, write_page
from interlock.simulation.report.page import page_text
from support.report_page import BEGINS, ReadPage, minute, page_of

ROOM = Series(name="room.actualtemp", unit="°C", samples=[(minute(0), 21.0), (minute(30), 22.5)])
ROOM_CHART = Chart(title="Room", series=[ROOM])
NASTY = "</script><img src=x onerror=alert(1)> & \"quoted\" 'חלון'"


def read(page: Page) -> ReadPage:
    return ReadPage(page_text(page))


def own_scripts(page: ReadPage) -> list[str]:
    return [text for text in page.texts("script") if "plotly.js v" not in text[:200]]


def test_the_head_says_what_the_page_is() -> None:
    page = read(page_of(subtitle="as it was", facts=[("seed", "7")], notes=["Readings are as recorded."]))
    assert page.texts("title") == page.texts("h1") == ["Flat"]
    assert "as it was" in page.texts("p")
    assert page.texts("dt") == ["span", "seed"]
    assert page.texts("dd") == ["Tue 14 Jul 2026 12:00 – Tue 14 Jul 2026 13:00 (Europe/Rome)", "7"]
    assert page.texts("li") == ["Readings are as recorded."]


def test_nothing_is_written_for_what_is_not_given() -> None:
    page = read(page_of())
    assert {"ul", "p", "script", "nav", "section"}.isdisjoint(tag for tag, _ in page.elements)


def test_parts_stand_in_the_order_in_which_they_are_given() -> None:
    table = Table(title="Firings", header=["rule"], rows=[["a"]], explanation="By rule.")
    assert read(page_of(table, ROOM_CHART, table)).texts("h2") == ["Firings", "Room", "Firings"]
    assert read(page_of(table)).texts("p") == ["By rule."]


def test_a_table_sets_numbers_to_the_right_and_strikes_what_matters() -> None:
    rows = [["cool", "41", "2026-07-14"], ["frost", "–", "never"]]
    page = read(page_of(Table(title="Firings", header=["rule", "firings", "last"], rows=rows, emphasis={1})))
    assert page.texts("th") == ["rule", "firings", "last"]
    assert page.texts("td") == ["cool", "41", "2026-07-14", "frost", "–", "never"]
    assert [attributes.get("class") for tag, attributes in page.elements if tag == "td"] == [
        None,
        "number",
        None,
    ] * 2
    assert [attributes.get("class") for tag, attributes in page.elements if tag == "tr"] == [
        None,
        None,
        "striking",
    ]


@pytest.mark.parametrize(
    ("text", "is_number"),
    [
        ("41", True),
        ("-0.5 °C", True),
        ("1,204 kWh", True),
        ("", True),
        ("12:00", False),
        ("3 rules", False),
        ("a1", False),
    ],
)
def test_what_stands_to_the_right(text: str, is_number: bool) -> None:
    [cell] = [
        each
        for tag, each in read(page_of(Table(title="", header=["x"], rows=[[text]]))).elements
        if tag == "td"
    ]
    assert cell.get("class") == ("number" if is_number else None)


def test_an_empty_table_says_so() -> None:
    page = read(page_of(Table(title="Differences", header=["when"], rows=[], if_empty="no difference")))
    assert page.texts("p") == ["no difference"]
    assert page.texts("table") == []


def test_text_is_text_wherever_it_stands() -> None:
    series = Series(name=NASTY, unit=NASTY, samples=[(minute(0), NASTY), (minute(1), True)])
    chart = Chart(title=NASTY, series=[series], marks=[Mark(at=minute(1), kind=MarkKind.FAULT, text=NASTY)])
    table = Table(title=NASTY, header=[NASTY], rows=[[NASTY]], explanation=NASTY)
    page = read(page_of(chart, table, title=NASTY, subtitle=NASTY, facts=[(NASTY, NASTY)], notes=[NASTY]))
    for tag in ("title", "h1", "dd", "dt", "li", "th", "td", "h2"):
        assert page.texts(tag)[-1] == NASTY
    assert "img" not in {tag for tag, _ in page.elements}
    escaped = "\u2068&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; &amp; \"quoted\" 'חלון'\u2069"
    assert page.values["texts"] == [escaped]
    [lane] = page.tracks("lane")
    assert [look["text"] for look in lane["looks"]] == [escaped, "on"]


def test_the_page_asks_nothing_of_the_network() -> None:
    page = read(page_of(ROOM_CHART, minutes=60 * 24 * 40))
    loading = {"src", "href", "data", "srcset", "action", "poster", "background"}
    assert [(tag, name) for tag, attributes in page.elements for name in attributes if name in loading] == []
    assert {"link", "img", "iframe", "base", "object"}.isdisjoint(tag for tag, _ in page.elements)
    styles = [*page.texts("style"), *(attributes.get("style") or "" for _, attributes in page.elements)]
    assert [each for each in styles if "url(" in each or "@import" in each] == []
    assert [text for text in own_scripts(page) if re.search(r"https?:|fetch\(|import\(", text)] == []


def test_the_browser_is_told_to_ask_nothing_and_plotly_to_link_nowhere() -> None:
    page = read(page_of(ROOM_CHART))
    [policy] = [
        each["content"] for _, each in page.elements if each.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    assert policy.split("; ") == [
        "default-src 'none'", "script-src 'unsafe-inline'", "style-src 'unsafe-inline'", "img-src data: blob:"
    ]  # fmt: skip
    drawing = own_scripts(page)[-1]
    assert 'displaylogo: false, doubleClick: false, plotlyServerURL: "", topojsonURL: ""' in drawing


def test_the_same_values_give_the_same_bytes(tmp_path: Path) -> None:
    marks = [Mark(at=minute(3), kind=kind, text="x") for kind in MarkKind]
    chart = Chart(title="Room", series=[ROOM, Series(name="lamp", samples=[(minute(0), True)])], marks=marks)
    for name in ("one.html", "two.html"):
        write_page(page_of(chart), tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_the_values_of_the_charts_are_in_the_page() -> None:
    page = read(page_of(ROOM_CHART))
    [line] = page.tracks("line")
    assert (line["steps"], line["y"], line["unit"]) == ([0, 1800], [21, 22.5], " °C")
    assert (page.values["begins"], page.values["span"]) == (BEGINS.timestamp(), 3600)
    assert page.values["offsets"] == [[0, 7200, "CEST"]]
    assert page.texts("label") == [""]
    assert "room.actualtemp (°C)" in page.texts("span")


def test_a_night_on_which_clocks_change_is_told() -> None:
    begins = datetime(2026, 10, 24, 10, tzinfo=UTC)
    chart = Chart(title="Room", series=[Series(name="t", samples=[(begins, 1.0)])])
    page = read(page_of(chart, begins=begins, ends=begins + timedelta(days=1)))
    [note] = page.texts("li")
    assert note.startswith("On Sun 25 Oct 2026 at 03:00 the clocks go to 02:00")
    assert page.values["offsets"] == [[0, 7200, "CEST"], [15 * 3600, 3600, "CET"]]


def test_a_page_without_charts_says_nothing_of_axes() -> None:
    begins = datetime(2026, 10, 24, 10, tzinfo=UTC)
    assert read(page_of(begins=begins, ends=begins + timedelta(days=1))).texts("li") == []


def test_a_thinned_series_is_named() -> None:
    recording = Recording(BEGINS, minute(60))
    for n in range(20_000):
        recording.add(BEGINS + timedelta(seconds=n * 0.18), float(n % 97))
    page = read(page_of(Chart(title="Room", series=[Series(name="noise", samples=recording), ROOM])))
    [note] = page.texts("li")
    assert note.startswith("There are more values than can be drawn of noise. Of each stretch of 1s200ms")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, ["all", "‹", "›"]),
        (7, ["all", "day", "‹", "›"]),
        (28, ["all", "week", "day", "‹", "›"]),
        (365, ["all", "month", "week", "day", "‹", "›"]),
    ],
)
def test_the_buttons_show_less_than_all(days: int, expected: list[str]) -> None:
    assert read(page_of(ROOM_CHART, minutes=days * 1440)).texts("button") == expected


def test_an_older_report_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "out.html"
    path.write_text("old", encoding="utf-8")
    write_page(page_of(), path)
    assert path.read_text(encoding="utf-8") == page_text(page_of())
    assert [each.name for each in tmp_path.iterdir()] == ["out.html"]


def test_a_path_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        ReportFailed, match=r"^/.*/gone/out.html cannot be written: no such file or directory$"
    ):
        write_page(page_of(), tmp_path / "gone" / "out.html")


def test_what_is_not_a_file_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(ReportFailed, match=r"^/.* cannot be written: what is there is not a file$"):
        write_page(page_of(), tmp_path)


def test_a_write_that_fails_leaves_the_older_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.html"
    path.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ReportFailed, match="cannot be written: no space left on device"):
        write_page(page_of(), path)
    assert [(each.name, each.read_text(encoding="utf-8")) for each in tmp_path.iterdir()] == [
        ("out.html", "old")
    ]


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Asked for first: the package imports it when it is looked for, also to be deleted.
    monkeypatch.delattr(plotly, "offline", raising=False)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(
        ReportFailed, match=re.escape("a report needs the extra report: pip install 'interlock[report]'")
    ):
        write_page(page_of(ROOM_CHART), tmp_path / "out.html")
    assert list(tmp_path.iterdir()) == []


def test_a_page_without_charts_needs_no_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    write_page(page_of(Table(title="Firings", header=["rule"], rows=[["a"]])), tmp_path / "out.html")
    assert (tmp_path / "out.html").exists()
