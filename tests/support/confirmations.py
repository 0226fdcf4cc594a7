"""Follows which points are confirmed, of which only what is new of that is ever told."""

from collections import defaultdict

from interlock.model import Point
from interlock.rules.state import Confirmation
from interlock.runtime.connections.answers import Confirmed


class Confirmations:
    """The points that share each confirmation, in the order in which they joined."""

    def __init__(self) -> None:
        self._points: defaultdict[Confirmation, dict[Point, None]] = defaultdict(dict)

    def hear(self, confirmed: Confirmed) -> list[Point]:
        """Return the points that are confirmed now, with those of them that are new in the same moment."""
        points = self._points[confirmed.by]
        for point in confirmed.left:
            del points[point]
        points.update(dict.fromkeys(confirmed.joined))
        assert len(points) == confirmed.count
        return list(points)
