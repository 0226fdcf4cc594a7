"""States as bands in lanes: one lane a series, one colour a state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from interlock.simulation.report import looks
from interlock.simulation.report.axis import Axis, Json, Trace, lasts, plain
from interlock.simulation.report.legend import state_group
from interlock.simulation.report.lines import hatched
from interlock.simulation.report.recording import Changing, Sample, Value

_ON_BAND = "<b>%{fullData.name}</b><br>%{customdata}<extra></extra>"


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time in one state."""

    state: str
    begins: datetime
    ends: datetime


class Colours:
    """The colours of a page's states: the same word has the same colour in every chart."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}

    def of(self, state: str) -> str:
        """Return a state's colour."""
        if state in looks.FIXED_STATES:
            return looks.FIXED_STATES[state]
        return self._words.setdefault(state, looks.STATES[len(self._words) % len(looks.STATES)])


def bands(samples: Sequence[Sample], ends: datetime) -> Iterator[Band]:
    """Yield the states of a series, each until the next begins and the last to the end."""
    starts = [next(same) for _, same in groupby(_states(samples), key=lambda each: each[1])]
    for (begins, state), (until, _) in pairwise([*starts, (ends, looks.UNKNOWN)]):
        if begins < min(until, ends):
            yield Band(state, begins, min(until, ends))


def band_traces(
    name: str, drawn: Sequence[Band], lane: float, axis: Axis, colours: Colours
) -> Iterator[Trace]:
    """Yield what draws a series of states: one trace for each state, at the height of the series' lane."""
    for state in dict.fromkeys(band.state for band in drawn):
        same = [band for band in drawn if band.state == state]
        yield {
            "type": "bar",
            "orientation": "h",
            "name": plain(f"{name}: {state}"),
            "legendgroup": state_group(state),
            "steps": axis.steps(band.begins for band in same),
            "lasts": lasts((band.begins, band.ends) for band in same),
            "y": [lane] * len(same),
            "width": looks.BAND,
            "text": plain(state),
            "textposition": "inside",
            "insidetextanchor": "start",
            "textangle": 0,
            "textfont": {"size": looks.STATE_TEXT_PX},
            "marker": _look(state, colours),
            "hovertemplate": _ON_BAND,
        }


def _look(state: str, colours: Colours) -> Json:
    return hatched() if state == looks.UNKNOWN else {"color": colours.of(state), "line": {"width": 0}}


def _states(samples: Sequence[Sample]) -> Iterator[tuple[datetime, str]]:
    for at, value in samples:
        yield at, _word(value)


def _word(value: Value) -> str:
    match value:
        case None:
            return looks.UNKNOWN
        case bool():
            return "on" if value else "off"
        case Changing():
            return value.value
        case _:
            return str(value)
