"""What differs between two behaviours: commands matched by point and value, in time."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from math import isclose

from interlock.model import Point
from interlock.simulation.replay.sendings import Sending

MOST_MOVED = timedelta(hours=6)
"""A command that comes farther off than this is another one, and has not moved."""
_NEIGHBOURS = 4
"""How many commands before and after are looked at as those that one may have become."""


class Kind(Enum):
    """What became of a command."""

    SAME = "same"
    """It comes at the same time, within the tolerance."""
    MOVED = "moved"
    """It comes earlier or later."""
    OTHER_VALUE = "other value"
    """Another value is sent at the same time."""
    MISSING = "missing"
    """It does not come any more."""
    NEW = "new"
    """It did not come before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A command of one behaviour, or of both, that is not the same in them."""

    kind: Kind
    before: Sending | None
    """What was sent; None where nothing was."""
    after: Sending | None
    """What would be sent; None where nothing would be."""

    @property
    def at(self) -> datetime:
        """When it first shows."""
        return min(each.at for each in (self.before, self.after) if each)

    @property
    def shown(self) -> Sending:
        """The command to be shown where one stands for both: what would be sent, or was."""
        shown = self.after or self.before
        assert shown
        return shown

    @property
    def point(self) -> Point:
        """What it is about."""
        return self.shown.point

    @property
    def who(self) -> str:
        """Whose behaviour it is: who sent it before, or else who would now."""
        first = self.before or self.after
        assert first
        return first.who

    @property
    def shift(self) -> timedelta:
        """How much later it comes; less than 0 for earlier."""
        return self.after.at - self.before.at if self.before and self.after else timedelta()


@dataclass(slots=True)
class Tally:
    """How the commands of one rule, or another who sends some, compare."""

    before: int = 0
    after: int = 0
    same: int = 0
    moved: int = 0
    other_value: int = 0
    missing: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two behaviours compare."""

    differences: Sequence[Difference]
    """In the order of time."""
    tallies: dict[str, Tally]
    """By who sends, in alphabetical order."""

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def compare(
    before: Iterable[Sending],
    after: Iterable[Sending],
    tolerance: timedelta,
    start: datetime,
    end: datetime,
) -> Comparison:
    """Compare what was sent with what would be sent.

    Args:
        before: In the order of time; what is up to a tolerance outside of the span is of use.
        after: As `before`.
        tolerance: How far off in time a command is still the same.
        start: Only what shows from here on counts.
        end: Only what shows before counts.
    """
    by_point = _by_point(before), _by_point(after)
    points = sorted({*by_point[0], *by_point[1]})
    pairs = [
        each
        for point in points
        for each in _matched(by_point[0].get(point, []), by_point[1].get(point, []), tolerance)
    ]
    counted = [each for each in pairs if _is_within(each, start, end)]
    differences = [each for each in counted if each.kind is not Kind.SAME]
    return Comparison(
        differences=sorted(differences, key=lambda each: (each.at, each.point, str(each.shown))),
        tallies=_tallies(counted),
    )


def _by_point(sendings: Iterable[Sending]) -> dict[Point, list[Sending]]:
    found: defaultdict[Point, list[Sending]] = defaultdict(list)
    for each in sendings:
        found[each.point].append(each)
    return {point: sorted(group, key=_at) for point, group in found.items()}


def _at(sending: Sending) -> datetime:
    return sending.at


def _is_within(pair: Difference, start: datetime, end: datetime) -> bool:
    return any(start <= each.at < end for each in (pair.before, pair.after) if each)


def _matched(before: list[Sending], after: list[Sending], tolerance: timedelta) -> Iterator[Difference]:
    """Yield what became of each command of one point."""
    yield from _paired(before, after, tolerance, Kind.SAME)
    yield from _paired(before, after, tolerance, Kind.OTHER_VALUE)
    yield from _paired(before, after, MOST_MOVED, Kind.MOVED)
    yield from (Difference(kind=Kind.MISSING, before=each, after=None) for each in before)
    yield from (Difference(kind=Kind.NEW, before=None, after=each) for each in after)


def _paired(
    before: list[Sending], after: list[Sending], reach: timedelta, kind: Kind
) -> Iterator[Difference]:
    """Take those out of both lists that belong together, the nearest first.

    Only so many neighbours are looked at in one go; more than that at one instant take several.
    """
    while pairs := _nearest(before, after, reach, same_value=kind is not Kind.OTHER_VALUE):
        yield from (Difference(kind=kind, before=before[i], after=after[k]) for i, k in pairs.items())
        taken = set(pairs.values())
        before[:] = [each for i, each in enumerate(before) if i not in pairs]
        after[:] = [each for k, each in enumerate(after) if k not in taken]


def _nearest(
    before: list[Sending], after: list[Sending], reach: timedelta, *, same_value: bool
) -> dict[int, int]:
    """Return which of those after belongs to which before: the nearest first, each once."""
    candidates = sorted(
        (abs(two.at - one.at), i, k)
        for i, one in enumerate(before)
        for k, two in _near(one, after, reach, same_value=same_value)
    )
    pairs, taken = dict[int, int](), set[int]()
    for _, i, k in candidates:
        if i not in pairs and k not in taken:
            pairs[i] = k
            taken.add(k)
    return pairs


def _near(
    one: Sending, others: Sequence[Sending], reach: timedelta, *, same_value: bool
) -> Iterator[tuple[int, Sending]]:
    """Yield the next few commands before and after one that it may have become."""
    place = bisect_left(others, one.at, key=_at)
    for steps in (range(place, len(others)), range(place - 1, -1, -1)):
        found = 0
        for k in steps:
            if abs(others[k].at - one.at) > reach or found == _NEIGHBOURS:
                break
            if not same_value or _is_same(one, others[k]):
                found += 1
                yield k, others[k]


def _is_same(one: Sending, other: Sending) -> bool:
    """Whether two commands for a point ask for the same."""
    mine, theirs = one.value, other.value
    if isinstance(mine, float) and isinstance(theirs, float):
        return isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-9)
    is_equal = mine == theirs and isinstance(mine, bool) is isinstance(theirs, bool)
    return is_equal and dict(one.command.fields) == dict(other.command.fields)


def _tallies(pairs: Iterable[Difference]) -> dict[str, Tally]:
    found: defaultdict[str, Tally] = defaultdict(Tally)
    for pair in pairs:
        tally, count = found[pair.who], pair.kind.name.lower()
        setattr(tally, count, getattr(tally, count) + 1)
        tally.before += pair.before is not None
        tally.after += pair.after is not None
    return dict(sorted(found.items()))
