"""One chart as plotly draws it: panels of lines, lanes of states and lanes of marks over one time axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from interlock.history.values import Json
from interlock.simulation.report import looks
from interlock.simulation.report.axis import Axis, Texts, Track, plain
from interlock.simulation.report.bands import Band, Colours, bands, lane_track, states_of
from interlock.simulation.report.legend import Entry, line_entries, mark_entries, state_entries
from interlock.simulation.report.lines import Line
from interlock.simulation.report.marks import Place, folded, mark_tracks
from interlock.simulation.report.panels import Panel, lane_height, layout_of, overlay, y_axis
from interlock.simulation.report.recording import is_states, record
from interlock.simulation.report.values import Chart, Mark


@dataclass(frozen=True, slots=True)
class Paper:
    """What the charts of a page share."""

    axis: Axis
    texts: Texts = field(default_factory=Texts)
    colours: Colours = field(default_factory=Colours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart, drawn."""

    tracks: Sequence[Track]
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
        """Return the panels; at least one, so that there is a time axis."""
        units = [Panel(unit=plain(unit)) for unit in self._units]
        lanes = [
            Panel(lanes=[plain(name) for name in names]) for names in (self._lanes, self._kinds) if names
        ]
        return units + lanes or [Panel()]

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
    recordings = [record(series.samples, paper.axis.begins, paper.axis.ends) for series in chart.series]
    recorded = [(series, each.samples()) for series, each in zip(chart.series, recordings, strict=True)]
    lines = [Line(series, samples) for series, samples in recorded if not is_states(samples)]
    lanes = {
        series.name: list(bands(samples, paper.axis.ends))
        for series, samples in recorded
        if is_states(samples)
    }
    marks = folded(chart.marks, paper.axis)
    panels = _Panels(lines, tuple(lanes), marks)
    tracks = [
        *_line_tracks(lines, panels, paper.axis),
        *_lane_tracks(lanes, panels, paper),
        *mark_tracks([(mark, panels.place_of(mark)) for mark in marks], paper.axis, paper.texts),
    ]
    return Figure(
        tracks=tracks,
        layout=layout_of(panels.listed(), paper.axis),
        legend=tuple(_legend(lines, lanes, marks, paper)),
        thinned=[
            series.name for series, each in zip(chart.series, recordings, strict=True) if each.is_thinned
        ],
    )


def _legend(
    lines: Sequence[Line], lanes: Mapping[str, Sequence[Band]], marks: Sequence[Mark], paper: Paper
) -> Iterator[Entry]:
    gaps = [looks.UNKNOWN] if any(line.gaps(paper.axis) for line in lines) else []
    states = dict.fromkeys([*(state for drawn in lanes.values() for state in states_of(drawn)), *gaps])
    yield from line_entries([line.series for line in lines])
    yield from state_entries((state, paper.colours.of(state)) for state in states)
    yield from mark_entries(mark.kind for mark in marks)


def _line_tracks(lines: Sequence[Line], panels: _Panels, axis: Axis) -> Iterator[Track]:
    for number, line in enumerate(lines):
        panel = panels.number_of(line)
        for track in line.tracks(axis, looks.line_colour(number)):
            yield track | {"yaxis": y_axis(panel)}
        if gaps := line.gaps(axis):
            yield gaps | {"yaxis": overlay(panel)}


def _lane_tracks(lanes: Mapping[str, Sequence[Band]], panels: _Panels, paper: Paper) -> Iterator[Track]:
    for name, drawn in lanes.items():
        place = panels.place_of_lane(name)
        track = lane_track(name, drawn, place.height, paper.axis, paper.colours)
        yield track | {"yaxis": place.y_axis}
