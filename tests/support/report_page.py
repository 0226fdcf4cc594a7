"""Reads a report as a browser does: its elements, its texts, and the values that its scripts draw."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from py_mini_racer import MiniRacer

from interlock.simulation.report import Chart, Page, Table

ROME = ZoneInfo("Europe/Rome")
BEGINS = datetime(2026, 7, 14, 10, tzinfo=UTC)
"""Noon in Rome."""


def minute(number: float) -> datetime:
    """Return an instant by the minutes since the pages of these tests begin."""
    return BEGINS + timedelta(minutes=number)


def page_of(*parts: Chart | Table, minutes: float = 60, **values: Any) -> Page:
    """Return a page that begins at noon in Rome."""
    return Page(
        **{"title": "Flat", "timezone": ROME, "begins": BEGINS, "ends": minute(minutes)} | values, parts=parts
    )


class ReadPage(HTMLParser):
    """A page's elements in order: tag, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[tuple[str, str]] = []
        self._is_open = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "input"}:
            self._texts.append((tag, ""))
            self._is_open = True

    def handle_endtag(self, tag: str) -> None:
        self._is_open = False

    def handle_data(self, data: str) -> None:
        if self._is_open:
            tag, text = self._texts[-1]
            self._texts[-1] = (tag, text + data)

    def texts(self, tag: str) -> list[str]:
        """Return the texts that stand at the beginning of each element of a kind."""
        return [text for each, text in self._texts if each == tag]

    @property
    def values(self) -> dict[str, Any]:
        """What the page's scripts draw."""
        [text] = [text for text in self.texts("script") if text.startswith("{")]
        values: dict[str, Any] = json.loads(text)
        return values

    def tracks(self, form: str, chart: int = 0) -> list[dict[str, Any]]:
        """Return a chart's tracks of one form."""
        return [track for track in self.values["charts"][chart]["tracks"] if track["form"] == form]


def run_script(function: str, *arguments: object) -> Any:
    """Return what a function of the page's own scripts answers, by way of JSON."""
    folder = files("interlock.simulation.report")
    code = [folder.joinpath(name).read_text(encoding="utf-8") for name in ("local_time.js", "view.js")]
    given = ", ".join(json.dumps(argument) for argument in arguments)
    # Closed at once: an engine that is left open keeps the interpreter from ending.
    with MiniRacer() as racer:
        return json.loads(str(racer.eval("\n".join([*code, f"JSON.stringify({function}({given}))"]))))


def seen(page: Mapping[str, Any], track: object, view: Sequence[float], width: int) -> list[dict[str, Any]]:
    """Return plotly's traces of a track in a view."""
    placed = run_script("placed", track)
    traces: list[dict[str, Any]] = run_script("seen", {**page, "charts": []}, placed, *view, width)
    return traces
