"""Numbers as lines: straight between samples or in steps, interrupted where the value is unknown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from interlock.simulation.report import looks
from interlock.simulation.report.axis import Axis, Track, lasts, plain, rounded
from interlock.simulation.report.legend import line_group, state_group
from interlock.simulation.report.recording import Sample
from interlock.simulation.report.values import Series

_Point = tuple[datetime, float | None]

_ON_SAMPLE = "<b>%{fullData.name}</b><br>%{text}<extra></extra>"
_ON_GAP = "<b>%{fullData.name}</b><br>%{customdata}<extra></extra>"


class Line:
    """A series of numbers and the samples of it that are drawn."""

    def __init__(self, series: Series, samples: Sequence[Sample]) -> None:
        self.series = series
        self._points = [_point(sample) for sample in samples]
        self._known = [(at, value) for at, value in self._points if value is not None]

    def tracks(self, axis: Axis, colour: str) -> Iterator[Track]:
        """Yield what draws the line, and dots where one sample stands alone."""
        points = list(_steps(self._points, axis.ends)) if self.series.is_held else self._points
        shape = "hv" if self.series.is_held else "linear"
        line: Track = {"mode": "lines", "line": {"color": colour, "width": 1.6, "shape": shape}}
        yield self._track(points, line, axis)
        if alone := list(_alone(points)):
            yield self._track(alone, {"mode": "markers", "marker": {"color": colour, "size": 4}}, axis)

    def gaps(self, axis: Axis) -> Track | None:
        """Return what hatches the panel where the series is unknown, or None where it never is."""
        gaps = list(_gaps(self._points, axis.ends))
        return _gap_track(self.series.name, gaps, axis) if gaps else None

    def height_at(self, at: datetime) -> float | None:
        """Return how high the line is at an instant; where it is unknown, how high it was last.

        It is None before the first number.
        """
        after = bisect_right(self._known, at, key=_when)
        if not after:
            return None
        (began, low), (ended, high) = self._known[after - 1], self._known[min(after, len(self._known) - 1)]
        if self.series.is_held or ended <= began or self._is_gap_at(at):
            return low
        return rounded(low + (high - low) * ((at - began) / (ended - began)))

    def _is_gap_at(self, at: datetime) -> bool:
        """Whether no line is drawn at an instant: the samples before and after it are not both known."""
        after = bisect_right(self._points, at, key=_when)
        return any(value is None for _, value in self._points[max(after - 1, 0) : after + 1])

    def _track(self, points: Sequence[_Point], look: Track, axis: Axis) -> Track:
        name, group = plain(self.series.name), line_group(self.series.name)
        common: Track = {"type": "scatter", "name": name, "legendgroup": group, "hovertemplate": _ON_SAMPLE}
        return {
            "form": "line",
            "trace": common | look,
            "unit": plain(f" {self.series.unit}" if self.series.unit else ""),
            "steps": axis.steps(at for at, _ in points),
            "y": [value for _, value in points],
        }


def _point(sample: Sample) -> _Point:
    at, value = sample
    return at, rounded(value) if isinstance(value, int | float) else None


def _when(point: tuple[datetime, float | None]) -> datetime:
    return point[0]


def _gap_track(name: str, gaps: Sequence[tuple[datetime, datetime]], axis: Axis) -> Track:
    trace: Track = {
        "type": "bar",
        "orientation": "h",
        "name": plain(f"{name}: {looks.UNKNOWN}"),
        "legendgroup": state_group(looks.UNKNOWN),
        "width": 1,
        "marker": hatched(),
        "hovertemplate": _ON_GAP,
    }
    steps = axis.steps(begins for begins, _ in gaps)
    return {"form": "gaps", "trace": trace, "steps": steps, "lasts": lasts(gaps)}


def hatched() -> Track:
    """Return the look of what is unknown."""
    pattern: Track = {
        "shape": "/",
        "size": 5,
        "solidity": 0.2,
        "fgcolor": looks.HATCH,
        "bgcolor": looks.CLEAR,
    }
    return {"color": looks.CLEAR, "pattern": pattern, "line": {"width": 0}}


def _steps(points: Sequence[_Point], ends: datetime) -> Iterator[_Point]:
    """Yield the points of a held series: each value lasts until the next, until a gap, or to the end."""
    for (at, value), (until, following) in pairwise([*points, (ends, None)]):
        yield at, value
        if value is not None and following is None and until > at:
            yield until, value


def _alone(points: Sequence[_Point]) -> Iterator[_Point]:
    values = [None, *(value for _, value in points), None]
    for point, before, after in zip(points, values, values[2:], strict=False):
        if point[1] is not None and before is None and after is None:
            yield point


def _gaps(points: Sequence[_Point], ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    began: datetime | None = None
    for at, value in points:
        if value is None:
            began = began or at
        elif began:
            yield began, at
            began = None
    if began and began < ends:
        yield began, ends
