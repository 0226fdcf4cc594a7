"""The pictures of the page on performance: the only importer of matplotlib.

Each says from what it was drawn, so that a test can tell a picture that is older than its numbers, without
drawing it and whatever version of the library drew it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from comparison import Results, digest
from harness import Better, Curve
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

INK = "#37474f"
LEAST = 0.01
"""A bar that takes less of its limit is not seen: the number beside it is."""
FINE = (1, 2, 5)
"""What stands beside a short logarithmic axis, in each power of ten."""
COLORS = ("#1565c0", "#c62828", "#2e7d32", "#ef6c00")
STYLE = Path(__file__).with_name("performance.mplstyle")
WIDTH = 7.6
"""Inches, about as wide as a page's text."""


def draw(results: Results, folder: Path) -> None:
    """Draw every picture into a folder."""
    for name, picture in PICTURES.items():
        with mpl.rc_context(fname=STYLE):
            drawn = picture(results)
            drawn.savefig(
                folder / f"performance-{name}.svg",
                bbox_inches="tight",
                metadata={"Date": None, "Description": f"drawn from {digest(results)}"},
            )


def _limits(results: Results) -> Figure:
    """Draw how much of its limit each row takes."""
    bars = [
        (
            ", ".join(filter(None, (f"{bench}: {each.name}", each.note))),
            _part(each.value, each.limit, each.better),
        )
        for bench, findings in sorted(results.benches.items(), reverse=True)
        for each in reversed(findings.rows)
        if each.limit is not None
    ]
    figure = Figure(figsize=(WIDTH, 0.28 * len(bars) + 0.8))
    axes = figure.subplots()
    colors = [COLORS[0] if part <= 1 else COLORS[1] for _, part in bars]
    lengths = [max(part, LEAST) for _, part in bars]
    axes.barh([name for name, _ in bars], lengths, color=colors, height=0.62)
    for place, (_, part) in enumerate(bars):
        axes.text(1.02, place, f"{part:.2g}", transform=axes.get_yaxis_transform(), va="center", fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(left=LEAST)
    axes.axvline(1, color=INK, linewidth=1.2)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("part of the limit that is taken; 1 is the limit")
    axes.xaxis.set_major_formatter(_plain())
    return figure


def _part(value: float, limit: float, better: Better) -> float:
    return limit / value if better is Better.HIGHER else value / limit


def _conditions(results: Results) -> Figure:
    """Draw what a reading costs, by what its rule looks at."""
    prefix = "a reading, "
    rows = [each for each in results.benches["conditions"].rows if each.name.startswith(prefix)]
    figure = Figure(figsize=(WIDTH, 0.32 * len(rows) + 0.8))
    axes = figure.subplots()
    names = [each.name.removeprefix(prefix) for each in reversed(rows)]
    values = [each.value for each in reversed(rows)]
    spread = [
        [each.value - each.low for each in reversed(rows)],
        [each.high - each.value for each in reversed(rows)],
    ]
    axes.barh(names, values, xerr=spread, color=COLORS[0], ecolor=INK, height=0.62, capsize=2)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("µs for a reading")
    return figure


def _growth(results: Results) -> Figure:
    """Draw what changes cost, by what is installed and by what happens."""
    figure = Figure(figsize=(WIDTH, 3.4))
    left, right = figure.subplots(1, 2)
    _lines(left, results, "growth", "installed", x="rules installed", y="µs for a change")
    _lines(right, results, "growth", "happening", x="rules touched, readings at once", y="µs")
    left.set_ylim(bottom=1)
    right.set_ylim(bottom=1)
    figure.tight_layout()
    return figure


def _month(results: Results) -> Figure:
    """Draw processor time and memory over the days."""
    figure = Figure(figsize=(WIDTH, 3.2))
    left, right = figure.subplots(1, 2)
    _lines(left, results, "growth", "lasting", x="days simulated", y="processor seconds", steps=FINE)
    memory = _curves(results, "growth", "memory")[0]
    right.plot(memory.x, memory.y, color=COLORS[0])
    right.set_ylim(0, max(memory.y) * 1.2)
    right.set_xlabel("days simulated")
    right.set_ylabel("MB")
    figure.tight_layout()
    return figure


def _lines(
    axes: Axes, results: Results, bench: str, plot: str, *, x: str, y: str, steps: Sequence[int] = (1,)
) -> None:
    """Draw the curves of a plot on logarithmic axes, beside a line that is linear."""
    curves = _curves(results, bench, plot)
    for curve, color in zip(curves, COLORS, strict=False):
        axes.plot(curve.x, curve.y, color=color, marker="o", markersize=3.5, label=curve.name)
    xs = curves[0].x
    low = min(min(curve.y) for curve in curves)
    axes.plot(
        [xs[0], xs[-1]], [low, low * xs[-1] / xs[0]], color=INK, linestyle="--", linewidth=0.8, label="linear"
    )
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=steps))
        axis.set_major_formatter(_plain())
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    # Below the axes, where it covers nothing.
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(-0.05, -0.2))


def _curves(results: Results, bench: str, plot: str) -> list[Curve]:
    return [each for each in results.benches[bench].curves if each.plot == plot]


def _plain() -> FuncFormatter:
    """Return what writes 10,000 in place of a power of ten."""
    return FuncFormatter(lambda value, _: f"{value:,.10g}")


PICTURES: Mapping[str, Callable[[Results], Figure]] = {
    "limits": _limits,
    "conditions": _conditions,
    "growth": _growth,
    "month": _month,
}
"""By the end of their files' names."""
