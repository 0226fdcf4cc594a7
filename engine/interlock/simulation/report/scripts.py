"""What a page carries besides text: its style, the values of its charts, and the code that draws them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from xml.etree.ElementTree import Element

from interlock.history.values import Json
from interlock.simulation.report.figure import Figure, Paper
from interlock.simulation.report.library import drawing_code
from interlock.simulation.report.local_time import Offset, offsets
from interlock.simulation.report.markup import element
from interlock.simulation.report.values import Page

_OURS = ("local_time.js", "view.js", "drawing.js")


def style() -> Element:
    """Return the style of a page."""
    return element("style", _text_of("report.css"))


def drawing() -> Iterator[Element]:
    """Yield the scripts that draw the charts when the page is opened.

    Raises:
        ReportFailed: the extra `report` is not installed.
    """
    for code in (drawing_code(), *map(_text_of, _OURS)):
        yield element("script", code)


def values(page: Page, figures: Sequence[Figure], paper: Paper) -> Element:
    """Return the values of a page's charts, as `view.js` takes them."""
    return element("script", _as_json(_values(page, figures, paper)), type="application/json", id="values")


def _values(page: Page, figures: Sequence[Figure], paper: Paper) -> Json:
    return {
        "begins": page.begins.timestamp(),
        "span": (page.ends - page.begins).total_seconds(),
        "offsets": [_offset(each, page) for each in offsets(page.timezone, page.begins, page.ends)],
        "texts": paper.texts.listed(),
        "charts": [{"tracks": figure.tracks, "layout": figure.layout} for figure in figures],
    }


def _offset(offset: Offset, page: Page) -> Json:
    since = (offset.since - page.begins).total_seconds()
    return [since, offset.utc_offset.total_seconds(), offset.abbreviation]


def _as_json(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Within a script, only "<" can end it or begin a comment.
    return text.replace("<", "\\u003c")


def _text_of(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
