"""Colours, shapes and sizes of the charts. All colours stand out from white paper and from a dark screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from interlock.simulation.report.recording import Changing
from interlock.simulation.report.values import MarkKind

LINES = ("#2f7fc1", "#d9601a", "#12a279", "#c0619d", "#8a6ad1", "#b98a00", "#4aa5d8", "#a8644b")
"""In the order of a chart's series; told apart by colour-blind readers too. After Okabe and Ito."""


def line_colour(number: int) -> str:
    """Return the colour of a chart's series of numbers, counted from 0."""
    return LINES[number % len(LINES)]


STATES = ("#6aa7d8", "#e59a5c", "#6cc0a2", "#d595bd", "#b3a0e0", "#d6b656", "#8fc9e8", "#c99a88")
"""In the order in which words first appear in a page."""

UNKNOWN = "unknown"
"""What a reader sees where there is no value."""

FIXED_STATES: Mapping[str, str] = {
    UNKNOWN: "rgba(128,128,128,0.75)",
    "on": "#e3b341",
    "off": "rgba(128,128,128,0.28)",
    Changing.OFTEN.value: "rgba(128,128,128,0.75)",
}
"""The colours of states that look the same on every page."""

HATCH = "rgba(128,128,128,0.6)"
"""The lines across what is unknown."""

CLEAR = "rgba(0,0,0,0)"

INK = "#7a7f87"
"""Text and axes, until the page's style says otherwise."""
GRID = "rgba(128,128,128,0.22)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLook:
    """How marks of one kind are drawn and called."""

    symbol: str
    """As plotly calls it."""
    sign: str
    """The same shape as a character, for the legend."""
    colour: str
    plural: str


MARKS: Mapping[MarkKind, MarkLook] = {
    MarkKind.COMMAND: MarkLook(symbol="triangle-down", sign="▼", colour="#3a6fc4", plural="commands"),
    MarkKind.FIRING: MarkLook(symbol="circle", sign="●", colour="#12855f", plural="rules that fired"),
    MarkKind.FAULT: MarkLook(symbol="x", sign="✖", colour="#cc2936", plural="faults"),
    MarkKind.DIFFERENCE: MarkLook(symbol="diamond", sign="◆", colour="#9b2fae", plural="differences"),
}

PANEL_PX = 200
"""The height of the lines of one unit."""
LANE_PX = 50
"""The height of a lane of states or marks, with its name above it."""
STATE_TEXT_PX = 11
FEW_BANDS = 200
"""So many bands of a lane are drawn as they are, however narrow they get."""
GAP_PX = 30
TOP_PX = 26
BOTTOM_PX = 44
LEFT_PX = 46
RIGHT_PX = 14

BAND = 0.4
"""How much of a lane's height its band takes."""
BAND_MIDDLE = -0.28
"""How far the band's middle is above the lane's, in lanes: there are marks and a name over it."""
MARK_RISE = 0.31
"""How far marks at a lane stand above the band's middle, in lanes: they must not hide it."""
NAME_RISE = 0.42
"""How far the foot of a lane's name is above the band's middle, in lanes."""
