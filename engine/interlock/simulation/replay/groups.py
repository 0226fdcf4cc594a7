"""Differences put together for people: one line for what happens again and again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from interlock.durations import format_duration
from interlock.simulation.replay.comparison import Difference, Kind

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Group:
    """Differences of one kind and command that follow each other at their point."""

    members: Sequence[Difference]

    @property
    def first(self) -> Difference:
        """The earliest."""
        return self.members[0]

    @property
    def last(self) -> Difference:
        """The latest."""
        return self.members[-1]


def grouped(differences: Iterable[Difference]) -> Sequence[Group]:
    """Return differences, those together that are missing or new again and again, in the order of time."""
    groups: list[list[Difference]] = []
    open_at: dict[str, list[Difference]] = {}
    for each in differences:
        group = open_at.get(each.point)
        if group is None or not _goes_on(group[-1], each):
            group = open_at[each.point] = []
            groups.append(group)
        group.append(each)
    return [Group(tuple(group)) for group in groups]


def _goes_on(before: Difference, each: Difference) -> bool:
    is_alone = each.kind in (Kind.MISSING, Kind.NEW)
    is_same = str(each.shown) == str(before.shown) and each.who == before.who
    return is_alone and each.kind is before.kind and is_same


def what_differs(difference: Difference) -> str:
    """Return what is other, in a few words: ``40m earlier``, ``was 21``."""
    match difference:
        case Difference(kind=Kind.MOVED, shift=shift):
            rounded = timedelta(seconds=round(abs(shift) / _SECOND))
            return f"{format_duration(rounded)} {'earlier' if shift < timedelta() else 'later'}"
        case Difference(kind=Kind.OTHER_VALUE, before=before) if before is not None:
            return f"instead of {before}"
        case _:
            return difference.kind.value
