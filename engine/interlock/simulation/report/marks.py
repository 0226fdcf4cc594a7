"""Marks at their series or in lanes of their own, folded where there are too many to be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from interlock.simulation.report import looks
from interlock.simulation.report.axis import Axis, Texts, Track, plain
from interlock.simulation.report.legend import mark_group
from interlock.simulation.report.values import Mark, MarkKind

MOST_MARKS = 10_000
"""How many marks of one kind at one series the page holds one by one."""

_ON_MARK = "<b>%{fullData.name}</b><br>%{text}<extra></extra>"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mark stands: the panel's axis, as plotly calls it, and the height in it."""

    y_axis: str
    height: float


def folded(marks: Sequence[Mark], axis: Axis) -> tuple[Mark, ...]:
    """Return marks in order of time; where there are too many, one for all of a kind that stand close.

    Such a mark stands at the first of them, and says how many they are.
    """
    groups: dict[tuple[MarkKind, str], list[Mark]] = {}
    for mark in sorted(marks, key=lambda mark: mark.at):
        groups.setdefault((mark.kind, mark.series), []).append(mark)
    return tuple(mark for group in groups.values() for mark in _few(group, axis))


def mark_tracks(placed: Iterable[tuple[Mark, Place]], axis: Axis, texts: Texts) -> Iterator[Track]:
    """Yield what draws marks in order of time: one track for each kind and series."""
    groups: dict[tuple[MarkKind, str, str], list[tuple[Mark, Place]]] = {}
    for mark, place in placed:
        groups.setdefault((mark.kind, mark.series, place.y_axis), []).append((mark, place))
    for (kind, _, y_axis), group in groups.items():
        yield {
            "form": "marks",
            "trace": _trace(kind),
            "yaxis": y_axis,
            "steps": axis.steps(mark.at for mark, _ in group),
            "said": [texts.number(_said(mark)) for mark, _ in group],
            "y": [place.height for _, place in group],
        }


def _few(group: Sequence[Mark], axis: Axis) -> Iterable[Mark]:
    return group if len(group) <= MOST_MARKS else _one_a_stretch(group, axis)


def _one_a_stretch(group: Iterable[Mark], axis: Axis) -> Iterator[Mark]:
    width = (axis.ends - axis.begins) / MOST_MARKS
    stretches: dict[int, list[Mark]] = {}
    for mark in group:
        stretches.setdefault((mark.at - axis.begins) // width, []).append(mark)
    for first, *others in stretches.values():
        yield replace(first, text=f"{first.text} (and {len(others)} more soon after)") if others else first


def _trace(kind: MarkKind) -> Track:
    look = looks.MARKS[kind]
    outline: Track = {"width": 1, "color": "rgba(255,255,255,0.8)"}
    return {
        "type": "scatter",
        "mode": "markers",
        "cliponaxis": False,
        "name": kind.value,
        "legendgroup": mark_group(kind),
        "marker": {"symbol": look.symbol, "size": 9, "color": look.colour, "line": outline},
        "hovertemplate": _ON_MARK,
    }


def _said(mark: Mark) -> str:
    return plain(mark.text) if not mark.series else f"{plain(mark.series)}: {plain(mark.text)}"
