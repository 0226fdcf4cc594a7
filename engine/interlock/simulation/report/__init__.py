"""A report for a person: plain values in, one self-contained HTML page out.

The page asks nothing of the network, so that it can be sent, printed and opened years later.
"""

from __future__ import annotations

from interlock.simulation.report.page import write_page
from interlock.simulation.report.recording import Changing, Recording, Sample, Value
from interlock.simulation.report.values import Chart, Mark, MarkKind, Page, Series, Table

__all__ = [
    "Changing",
    "Chart",
    "Mark",
    "MarkKind",
    "Page",
    "Recording",
    "Sample",
    "Series",
    "Table",
    "Value",
    "write_page",
]
