"""Runs the scripts of a report's page in a browser with no more than they use, and notes what is drawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from py_mini_racer import MiniRacer

from interlock.simulation.report import Page
from interlock.simulation.report.page import page_text
from support.report_page import ReadPage

_BROWSER = """
const drawn = [], window_ = {}, isTouched = GIVEN.touched;
const element = (more) => {
  const heard = {};
  const hear = (name, act) => { heard[name] = act; };
  return { heard, addEventListener: hear, on: hear, ...more };
};
const buttons = GIVEN.buttons.map((dataset) => element({ dataset }));
const texts = GIVEN.scales.map((scale) => ({ style: {}, getAttribute: () => scale && `scale(${scale})` }));
const plots = GIVEN.values.charts.map((_, number) => element({ number, clientWidth: GIVEN.width,
  querySelectorAll: (asked) => ({ ".bartext": texts })[asked] }));
const boxes = GIVEN.boxes.map((of_chart) => of_chart.map((value) => element({ value, checked: true })));
const byId = { values: { textContent: JSON.stringify(GIVEN.values) }, shown: {} };
plots.forEach((plot, i) => {
  byId[`chart-${i}`] = plot;
  byId[`legend-${i}`] = { querySelectorAll: (asked) => ({ input: boxes[i] })[asked] };
});
const document = { getElementById: (id) => byId[id],
  querySelectorAll: (asked) => ({ "#range button": buttons })[asked] };
const addEventListener = (name, act) => { window_[name] = act; };
const matchMedia = () => ({ matches: isTouched });
const Plotly = { react: (plot, traces, layout, config) => drawn.push({ chart: plot.number,
  range: layout.xaxis.range, width: layout.width, dragmode: layout.dragmode,
  hidden: [...new Set(traces.filter((each) => !each.visible).map((each) => each.legendgroup))] }) };
const press = (name) => buttons.find((each) => Object.values(each.dataset).includes(name)).heard.click();
const zoom = (from, to, chart = 0) =>
  plots[chart].heard.plotly_relayout({ "xaxis.range[0]": from, "xaxis.range[1]": to });
const doubleClick = (chart = 0) => plots[chart].heard.plotly_doubleclick();
const tick = (number, checked, chart = 0) => {
  boxes[chart][number].checked = checked;
  boxes[chart][number].heard.change();
};
"""


@dataclass(frozen=True, slots=True)
class Browsed:
    """What a page showed."""

    drawn: list[dict[str, Any]]
    """Each time that a chart was drawn: which one, with what on its axis, how wide, and what was hidden."""
    shown: str
    """What it says that it shows, at the end."""
    texts: list[str]
    """Whether each text in a band is hidden, at the end."""


def browse(
    page: Page,
    *acts: str,
    width: int = 800,
    touched: bool = False,
    scales: Sequence[float | None] = (),
) -> Browsed:
    """Open a page, and do to it what a reader does.

    Args:
        page: The page.
        acts: ``press('all')``, ``zoom(60, 120)``, ``doubleClick()``, ``tick(0, false)``, or
            ``window_.resize()``.
        width: Of each chart, in pixels.
        touched: Whether it is used by a finger.
        scales: How far plotly shrank each text in a band; None where it did not.
    """
    read = ReadPage(page_text(page))
    own = [
        text for text in read.texts("script") if "plotly.js v" not in text[:200] and not text.startswith("{")
    ]
    given = {
        "values": read.values,
        "buttons": [_dataset(attributes) for tag, attributes in read.elements if tag == "button"],
        "boxes": _boxes(read),
        "width": width,
        "touched": touched,
        "scales": list(scales),
    }
    told = "JSON.stringify([drawn, byId.shown.textContent, texts.map((each) => each.style.visibility)])"
    code = [f"const GIVEN = {json.dumps(given)};", _BROWSER, *own, *(f"{act};" for act in acts), told]
    with MiniRacer() as racer:
        return Browsed(*json.loads(str(racer.eval("\n".join(code)))))


def _dataset(attributes: dict[str, str | None]) -> dict[str, str | None]:
    return {
        name.removeprefix("data-"): value for name, value in attributes.items() if name.startswith("data-")
    }


def _boxes(read: ReadPage) -> list[list[str | None]]:
    """Return what the boxes of each legend are about."""
    found: list[list[str | None]] = []
    for tag, attributes in read.elements:
        if str(attributes.get("id")).startswith("legend-"):
            found.append([])
        elif tag == "input":
            found[-1].append(attributes.get("value"))
    return found
