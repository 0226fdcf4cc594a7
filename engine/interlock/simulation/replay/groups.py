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
    """Differences of one kind and command, of the same who; or one alone."""

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
    groups: dict[object, list[Difference]] = {}
    for number, each in enumerate(differences):
        is_alone = each.kind in (Kind.MISSING, Kind.NEW)
        key = (each.kind, each.who, each.point, str(each.shown)) if is_alone else number
        groups.setdefault(key, []).append(each)
    return [Group(tuple(group)) for group in groups.values()]


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
