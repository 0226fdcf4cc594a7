"""Whether points and connections are available, as an expression that a trigger can wait for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from interlock.expressions.expression import Evaluation
from interlock.expressions.view import View
from interlock.model import Point, Truth

_CONNECTION = "connection "


def connection_point(connection: str) -> Point:
    """Return the point that stands for a connection in the state: true while it answers.

    No point of a site can have its name, which is no word.
    """
    return Point(f"{_CONNECTION}{connection}")


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a point, or a connection, is available, or is not; unknown before anything is heard of it."""

    point: Point
    is_available: bool
    asked: Point | None = None
    """What must be read so that the connection is asked at all."""

    @property
    def text(self) -> str:
        """As it is shown: ``unavailable living_thermostat.actualtemp``."""
        return f"{'available' if self.is_available else 'unavailable'} {self.point}"

    @property
    def points(self) -> frozenset[Point]:
        """The points by which it is known."""
        return frozenset({self.point} | ({self.asked} if self.asked else set()))

    @property
    def reads_time(self) -> bool:
        """It changes with the points alone."""
        return False

    @property
    def thresholds(self) -> frozenset[float]:
        """It compares nothing with numbers."""
        return frozenset()

    def turns_at(self, view: View, /) -> datetime | None:
        """Return None: it changes with the points alone."""
        return None

    def truth(self, view: View, /) -> Truth:
        """Return whether it is so."""
        if self.point.startswith(_CONNECTION):
            answers = view.values.get(self.point)
            return None if answers is None else answers is self.is_available
        if view.reading(self.point) is None:
            return None
        return (self.point in view.values) is self.is_available

    def evaluate(self, view: View) -> Evaluation:
        """Return the same as a value."""
        truth = self.truth(view)
        return Evaluation(truth, "" if truth is not None else f"{self.point} was never read")
