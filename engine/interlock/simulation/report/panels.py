"""The layout of a chart: panels one under the other over a single time axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from interlock.history.values import Json
from interlock.simulation.report import looks
from interlock.simulation.report.axis import Axis, Track

_FIRST_OVERLAY = 101
"""Far above the number of panels that a chart may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of a chart with a vertical axis of its own: lines of one unit, or named lanes."""

    unit: str = ""
    lanes: Sequence[str] = ()

    @property
    def height_px(self) -> int:
        """How high it is."""
        return len(self.lanes) * looks.LANE_PX or looks.PANEL_PX


def y_axis(panel: int) -> str:
    """Return the vertical axis of a panel, counted from 0 at the top, as traces name it."""
    return "y" if panel == 0 else f"y{panel + 1}"


def overlay(panel: int) -> str:
    """Return the axis from 0 at the bottom of a panel of lines to 1 at its top."""
    return f"y{_FIRST_OVERLAY + panel}"


def lane_height(lane: int) -> float:
    """Return where the middle of a lane's band is on its panel's axis; lanes count from 0 at the top."""
    return looks.BAND_MIDDLE - lane


def layout_of(panels: Sequence[Panel], axis: Axis) -> Mapping[str, Json]:
    """Return the layout of a chart with these panels, from top to bottom."""
    height = sum(panel.height_px + looks.GAP_PX for panel in panels) - looks.GAP_PX
    layout: Track = {
        "height": height + looks.TOP_PX + looks.BOTTOM_PX,
        "xaxis": _time_axis(axis, y_axis(len(panels) - 1)),
        "annotations": [note for number, panel in enumerate(panels) for note in _notes(number, panel)],
    }
    for number, (panel, domain) in enumerate(zip(panels, _domains(panels, height), strict=True)):
        layout |= _y_axes(number, panel, domain)
    return _COMMON | layout


_COMMON: Track = {
    "autosize": True,
    "margin": {"l": looks.LEFT_PX, "r": looks.RIGHT_PX, "t": looks.TOP_PX, "b": looks.BOTTOM_PX},
    "paper_bgcolor": looks.CLEAR,
    "plot_bgcolor": looks.CLEAR,
    "font": {"family": "system-ui, sans-serif", "size": 12, "color": looks.INK},
    "showlegend": False,
    "hovermode": "closest",
    "barmode": "overlay",
}


def _domains(panels: Sequence[Panel], height: int) -> Iterator[list[Json]]:
    """Yield where each panel begins and ends, as shares of the height, which count from below."""
    tops = accumulate((panel.height_px + looks.GAP_PX for panel in panels), initial=0)
    for panel, top in zip(panels, tops, strict=False):
        yield [1 - (top + panel.height_px) / height, 1 - top / height]


def _time_axis(axis: Axis, anchor: str) -> Json:
    span = (axis.ends - axis.begins).total_seconds()
    return {
        "type": "linear",
        "range": [0, span],
        "anchor": anchor,
        "tickmode": "array",
        "gridcolor": looks.GRID,
        "zeroline": False,
    }


def _y_axes(number: int, panel: Panel, domain: Sequence[Json]) -> Track:
    name = y_axis(number).replace("y", "yaxis")
    if panel.lanes:
        return {
            name: _FIXED | {"domain": domain, "range": [0.5 - len(panel.lanes), 0.5], "showticklabels": False}
        }
    hidden: Track = {"overlaying": y_axis(number), "range": [0, 1], "visible": False}
    return {
        name: _FIXED | {"domain": domain, "gridcolor": looks.GRID, "automargin": False},
        overlay(number).replace("y", "yaxis"): _FIXED | hidden,
    }


_FIXED: Track = {"fixedrange": True, "zeroline": False, "showgrid": True}


def _notes(number: int, panel: Panel) -> Iterator[Json]:
    if panel.unit:
        yield _note(panel.unit) | {
            "yref": f"{y_axis(number)} domain",
            "y": 1,
            "x": 0,
            "xshift": -looks.LEFT_PX + 6,
        }
    for lane, name in enumerate(panel.lanes):
        yield _note(name) | {"yref": y_axis(number), "y": lane_height(lane) + looks.NAME_RISE, "x": 0}


def _note(text: str) -> Track:
    return {
        "text": text,
        "xref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12},
    }
