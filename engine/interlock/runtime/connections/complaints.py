"""What is said of single points of a poll job that have no value: once for each, in one line for a moment."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Sequence

from interlock.model import Point, Quality, Reading
from interlock.runtime.connections.latest import Latest

log = logging.getLogger("interlock.poll")

_MOST = 20
"""Names in one line; a whole campus of empty attributes is not a line that anybody reads."""


class Complaints:
    """The points whose trouble was said."""

    def __init__(self, connection: str, latest: Latest) -> None:
        self._connection = connection
        self._latest = latest
        self._points: set[Point] = set()

    def keep(self, points: Container[Point]) -> None:
        """Forget all but these points."""
        self._points = {point for point in self._points if point in points}

    def say(self, readings: Iterable[Reading], *, is_said_of_all: bool) -> None:
        """Log what is new in the readings of one moment, before they replace the latest.

        Args:
            readings: The readings.
            is_said_of_all: Whether the trouble was said of the whole connection, or of all its points.
        """
        bad: list[Reading] = []
        good: list[Reading] = []
        for reading in readings:
            if reading.quality is Quality.GOOD:
                if reading.point in self._points:
                    good.append(reading)
            elif is_said_of_all:
                log.debug("%s", _line(reading))
            elif self._is_news(reading):
                bad.append(reading)
        if not (bad or good):
            return
        self._points.difference_update(reading.point for reading in good)
        self._points.update(reading.point for reading in bad)
        self._say_bad(bad)
        self._say_good(good)

    def _is_news(self, reading: Reading) -> bool:
        before = self._latest.reading(reading.point)
        return before is None or reading.point not in self._points or before.reason != reading.reason

    def _say_bad(self, readings: Sequence[Reading]) -> None:
        if len(readings) == 1:
            log.warning("%s", _line(readings[0]))
        elif readings:
            first = readings[0].reason.removeprefix(f"connection {self._connection}: ")
            log.warning(
                "connection %s: %d points have no value: %s; first: %s",
                *(self._connection, len(readings), _names(readings), first),
            )
            for reading in readings:
                log.debug("%s", _line(reading))

    def _say_good(self, readings: Sequence[Reading]) -> None:
        if len(readings) == 1:
            log.info("%s is good again", readings[0].point)
        elif readings:
            count, names = len(readings), _names(readings)
            log.info("connection %s: %d points are good again: %s", self._connection, count, names)


def _line(reading: Reading) -> str:
    return f"{reading.point} is {reading.quality.value}: {reading.reason}"


def _names(readings: Sequence[Reading]) -> str:
    names = ", ".join(reading.point for reading in readings[:_MOST])
    others = len(readings) - _MOST
    return f"{names} and {others} other{'s' if others > 1 else ''}" if others > 0 else names
