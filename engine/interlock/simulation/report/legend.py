"""The legend of a chart: what stands for what. An entry hides and shows the traces of its group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from interlock.simulation.report import looks
from interlock.simulation.report.values import MarkKind, Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A sign and what it stands for."""

    group: str
    sign: str
    colour: str
    label: str


def line_group(name: str) -> str:
    """Return the group of what draws a series of numbers."""
    return f"line {name}"


def state_group(state: str) -> str:
    """Return the group of all bands of one state."""
    return f"state {state}"


def mark_group(kind: MarkKind) -> str:
    """Return the group of all marks of one kind."""
    return f"mark {kind.value}"


def line_entries(series: Sequence[Series]) -> Iterator[Entry]:
    """Yield the entries of series of numbers, in their order."""
    for number, each in enumerate(series):
        label = f"{each.name} ({each.unit})" if each.unit else each.name
        yield Entry(group=line_group(each.name), sign="━", colour=looks.line_colour(number), label=label)


def state_entries(colours: Iterable[tuple[str, str]]) -> Iterator[Entry]:
    """Yield the entries of states with their colours."""
    for state, colour in colours:
        sign = "▨" if state == looks.UNKNOWN else "■"
        yield Entry(group=state_group(state), sign=sign, colour=colour, label=state)


def mark_entries(kinds: Iterable[MarkKind]) -> Iterator[Entry]:
    """Yield the entries of the kinds of marks, each once."""
    for kind in dict.fromkeys(kinds):
        look = looks.MARKS[kind]
        yield Entry(group=mark_group(kind), sign=look.sign, colour=look.colour, label=look.plural)
