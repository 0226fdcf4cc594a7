"""States as bands in lanes: one lane a series, one colour a state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from interlock.history.values import Json
from interlock.simulation.report import looks
from interlock.simulation.report.axis import Axis, Track, plain
from interlock.simulation.report.legend import state_group
from interlock.simulation.report.lines import hatched
from interlock.simulation.report.recording import Changing, Sample, Value


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


def lane_track(name: str, drawn: Sequence[Band], lane: float, axis: Axis, colours: Colours) -> Track:
    """Return what draws a series of states, at the height of its lane."""
    states = states_of(drawn)
    return {
        "form": "lane",
        "trace": _TRACE,
        "steps": axis.steps(band.begins for band in drawn),
        "until": axis.length,
        "states": [states.index(band.state) for band in drawn],
        "looks": [_look(name, state, colours) for state in states],
        "often": states.index(_OFTEN) if _OFTEN in states else None,
        "y": lane,
    }


def states_of(drawn: Sequence[Band]) -> list[str]:
    """Return the states that a lane shows.

    Where it has many bands, those that are too narrow to be seen are drawn as one that changed often.
    """
    often = [_OFTEN] if len(drawn) > looks.FEW_BANDS else []
    return list(dict.fromkeys([*(band.state for band in drawn), *often]))


_OFTEN = Changing.OFTEN.value

_TRACE: Track = {
    "type": "bar",
    "orientation": "h",
    "width": looks.BAND,
    "textposition": "inside",
    "insidetextanchor": "start",
    "textangle": 0,
    "textfont": {"size": looks.STATE_TEXT_PX},
    "hovertemplate": "<b>%{fullData.name}</b><br>%{customdata}<extra></extra>",
}


def _look(name: str, state: str, colours: Colours) -> Json:
    return {
        "name": plain(f"{name}: {state}"),
        "legendgroup": state_group(state),
        "text": plain(state),
        "marker": _marker(state, colours),
    }


def _marker(state: str, colours: Colours) -> Json:
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
