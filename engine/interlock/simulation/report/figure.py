"""One chart as plotly draws it: panels of lines, lanes of states and lanes of marks over one time axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from interlock.simulation.report import looks
from interlock.simulation.report.axis import Axis, Json, Texts, Trace, plain
from interlock.simulation.report.bands import Band, Colours, band_traces, bands
from interlock.simulation.report.legend import Entry, line_entries, mark_entries, state_entries
from interlock.simulation.report.lines import Line
from interlock.simulation.report.marks import Place, folded, mark_traces
from interlock.simulation.report.panels import Panel, lane_height, layout_of, overlay, y_axis
from interlock.simulation.report.recording import Recording, is_states, record
from interlock.simulation.report.values import Chart, Mark, Series


@dataclass(frozen=True, slots=True)
class Paper:
    """What the charts of a page share."""

    axis: Axis
    texts: Texts = field(default_factory=Texts)
    colours: Colours = field(default_factory=Colours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart, drawn."""

    data: Sequence[Trace]
    layout: Mapping[str, Json]
    legend: Sequence[Entry]
    thinned: Sequence[str]
    """The names of the series of which not all samples are drawn."""


class _Panels:
    """Which series and which marks stand in which panel of a chart, from top to bottom."""

    def __init__(self, lines: Sequence[Line], lanes: Sequence[str], marks: Sequence[Mark]) -> None:
        self._units = tuple(dict.fromkeys(line.series.unit for line in lines))
        self._lines = {line.series.name: line for line in lines}
        self._lanes = tuple(lanes)
        homeless = [mark for mark in marks if self._home(mark) is None]
        self._kinds = tuple(dict.fromkeys(looks.MARKS[mark.kind].plural for mark in homeless))

    def listed(self) -> list[Panel]:
        """Return the panels, without those that would be empty."""
        units = [Panel(unit=plain(unit)) for unit in self._units]
        lanes = [
            Panel(lanes=[plain(name) for name in names]) for names in (self._lanes, self._kinds) if names
        ]
        return units + lanes

    def number_of(self, line: Line) -> int:
        """Return the panel of a line."""
        return self._units.index(line.series.unit)

    def place_of_lane(self, name: str) -> Place:
        """Return the place of a series of states."""
        return Place(y_axis(len(self._units)), lane_height(self._lanes.index(name)))

    def place_of(self, mark: Mark) -> Place:
        """Return the place of a mark: at its series, or else in the lane of its kind."""
        return self._home(mark) or self._place_of_kind(looks.MARKS[mark.kind].plural)

    def _home(self, mark: Mark) -> Place | None:
        if mark.series in self._lanes:
            lane = self.place_of_lane(mark.series)
            return Place(lane.y_axis, lane.height + looks.MARK_RISE)
        line = self._lines.get(mark.series)
        height = line.height_at(mark.at) if line else None
        return Place(y_axis(self.number_of(line)), height) if line and height is not None else None

    def _place_of_kind(self, plural: str) -> Place:
        return Place(y_axis(len(self._units) + bool(self._lanes)), lane_height(self._kinds.index(plural)))


def figure_of(chart: Chart, paper: Paper) -> Figure:
    """Return a chart as plotly draws it."""
    tracks = [(series, _recorded(series, paper.axis)) for series in chart.series]
    lines = [Line(series, each.samples()) for series, each in tracks if not is_states(each.samples())]
    lanes = {
        series.name: list(bands(each.samples(), paper.axis.ends))
        for series, each in tracks
        if is_states(each.samples())
    }
    marks = folded(chart.marks, paper.axis)
    panels = _Panels(lines, tuple(lanes), marks)
    data = [
        *_line_traces(lines, panels, paper.axis),
        *_band_traces(lanes, panels, paper),
        *mark_traces([(mark, panels.place_of(mark)) for mark in marks], paper.axis, paper.texts),
    ]
    return Figure(
        data=data,
        layout=layout_of(panels.listed(), paper.axis),
        legend=tuple(_legend(lines, lanes, marks, paper)),
        thinned=[series.name for series, each in tracks if each.stretch],
    )


def _recorded(series: Series, axis: Axis) -> Recording:
    return record(series.samples, axis.begins, axis.ends)


def _legend(
    lines: Sequence[Line], lanes: Mapping[str, Sequence[Band]], marks: Sequence[Mark], paper: Paper
) -> Iterator[Entry]:
    states = dict.fromkeys(band.state for drawn in lanes.values() for band in drawn)
    gaps = [looks.UNKNOWN] if any(line.gaps(paper.axis) for line in lines) else []
    yield from line_entries([line.series for line in lines])
    yield from state_entries((state, paper.colours.of(state)) for state in dict.fromkeys([*states, *gaps]))
    yield from mark_entries(mark.kind for mark in marks)


def _line_traces(lines: Sequence[Line], panels: _Panels, axis: Axis) -> Iterator[Trace]:
    for number, line in enumerate(lines):
        panel = panels.number_of(line)
        for trace in line.traces(axis, looks.line_colour(number)):
            yield trace | {"yaxis": y_axis(panel)}
        if gaps := line.gaps(axis):
            yield gaps | {"yaxis": overlay(panel)}


def _band_traces(lanes: Mapping[str, Sequence[Band]], panels: _Panels, paper: Paper) -> Iterator[Trace]:
    for name, drawn in lanes.items():
        place = panels.place_of_lane(name)
        for trace in band_traces(name, drawn, place.height, paper.axis, paper.colours):
            yield trace | {"yaxis": place.y_axis}
