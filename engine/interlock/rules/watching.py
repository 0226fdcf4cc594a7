"""Who watches a point, and which of them a change of it concerns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf
from typing import Generic, TypeVar

from interlock.model import Value

W = TypeVar("W")


class Watching(Generic[W]):
    """The watches of one point.

    Most rules compare a number with a limit that it seldom passes. So it is kept between which of all these
    limits the point was last: while it stays between them, nobody is asked who only compares it.
    """

    __slots__ = ("_high", "_low", "_others", "_thresholds", "all")

    def __init__(self) -> None:
        self.all: list[W] = []
        """In the order in which they were added."""
        self._others: list[W] = []
        """Those whom each change concerns."""
        self._thresholds: set[float] = set()
        self._low, self._high = inf, -inf
        """Between what it was last; between nothing where it was unknown, or just at a threshold."""

    def add(self, watch: W, thresholds: Collection[float]) -> None:
        """Add one.

        Args:
            watch: Whoever watches.
            thresholds: The numbers that the point has to pass so that it matters; none where it always does.
        """
        self.all.append(watch)
        self._thresholds.update(thresholds)
        if not thresholds:
            self._others.append(watch)

    def concerned(self, value: Value | None) -> Sequence[W]:
        """Return those whom it may concern that the point holds this value now, in their order."""
        if not self._thresholds:
            return self.all
        try:
            if self._low < value < self._high:  # type: ignore[operator]
                return self._others
        except TypeError:
            pass  # It is unknown, or no number.
        self._low, self._high = self._around(value)
        return self.all

    def _around(self, value: Value | None) -> tuple[float, float]:
        """Return the thresholds next to a value; in this order nothing is between them where it is none."""
        if not isinstance(value, int | float):
            return inf, -inf
        # By what they are not, so that nothing is between those around something that is no number.
        below = (each for each in self._thresholds if not each > value)
        above = (each for each in self._thresholds if not each < value)
        return max(below, default=-inf), min(above, default=inf)
