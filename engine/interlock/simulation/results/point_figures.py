"""What the points of a site were, and for how long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeGuard

from interlock.config.site import Site
from interlock.history.records import ServiceStart
from interlock.model import Point, Reading, Value, format_value
from interlock.simulation.results.happening import Happening, ServiceEnd

_MOST_STATES = 20
"""Texts may differ without end: what comes later is counted together."""
OTHERS = "others"
_NONE = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class PointFigures:
    """What one point was, as the service knew it."""

    point: Point
    unit: str = ""
    states: Mapping[str, timedelta]
    """How long it was what, as people write it, the longest first; empty where it has numbers."""
    lowest: float | None = None
    """Of a number; None where it has none or was never known."""
    mean: float | None = None
    """Over the time that it was known."""
    highest: float | None = None
    changes: int = 0
    """How often its value became another one."""
    known: timedelta
    unknown: timedelta
    """How long the service ran and did not know it."""
    longest_unknown: timedelta

    @property
    def in_words(self) -> str:
        """What became of it, after its name: ``was 21.4 to 26.1 °C``, ``stayed off``."""
        if not self.known:
            return "was never known"
        if self.lowest is not None and self.highest is not None:
            low, high = format_value(self.lowest), format_value(self.highest)
            return f"was {low} to {high} {self.unit}".rstrip() if low != high else f"stayed {low}"
        names = list(self.states)
        return f"stayed {names[0]}" if len(names) == 1 else f"was {', '.join(sorted(names))}"


@dataclass(slots=True)
class _Course:
    """One point from the start until now."""

    value: Value | None = None
    since: datetime | None = None
    """Since when it has been so; None while no service runs."""
    states: dict[str, timedelta] = field(default_factory=dict)
    lowest: float | None = None
    highest: float | None = None
    integral: float = 0.0
    """Of a number over its seconds."""
    changes: int = 0
    last_known: Value | None = None
    known: timedelta = _NONE
    unknown: timedelta = _NONE
    gap: timedelta = _NONE
    """How long it has been unknown at a stretch."""
    longest_gap: timedelta = _NONE

    def become(self, value: Value | None, at: datetime | None, now: datetime) -> None:
        """Go on with a value from an instant on; None for the instant where no service knows."""
        if self.since is not None:
            self._close(now - self.since)
        if value is not None:
            self.gap = _NONE
            self.changes += self.last_known is not None and value != self.last_known
            self.last_known = value
            if _is_number(value):
                self.lowest = value if self.lowest is None else min(self.lowest, value)
                self.highest = value if self.highest is None else max(self.highest, value)
        self.value, self.since = value, at

    def _close(self, length: timedelta) -> None:
        if self.value is None:
            self.unknown += length
            self.gap += length
            self.longest_gap = max(self.longest_gap, self.gap)
            return
        self.known += length
        if _is_number(self.value):
            self.integral += self.value * length.total_seconds()
        elif length:
            self._add(format_value(self.value), length)

    def _add(self, state: str, length: timedelta) -> None:
        name = state if state in self.states or len(self.states) < _MOST_STATES else OTHERS
        self.states[name] = self.states.get(name, _NONE) + length


class PointTally:
    """Measures how long points were what.

    Args:
        site: Whose points.
        expected: Points that a service always wants to know: they are unknown until they are read.
    """

    def __init__(self, site: Site, expected: Collection[Point]) -> None:
        self._site = site
        # Rules read connections too, which are no points of a device.
        targets = {point: site.targets[point] for point in expected if point in site.targets}
        self._expected = [point for point, each in targets.items() if each.capability.has_reading]
        self._courses: defaultdict[Point, _Course] = defaultdict(_Course)

    def take(self, at: datetime, happening: Happening) -> None:
        """Measure what happened."""
        match happening:
            case Reading(point=point, value=value):
                self._courses[point].become(value if happening.is_usable else None, at, at)
            case ServiceStart():
                # It knows nothing yet, but what it keeps itself, which may have come in already.
                for point in self._expected:
                    if self._courses[point].since is None:
                        self._courses[point].become(None, at, at)
            case ServiceEnd():
                for course in self._courses.values():
                    course.become(None, None, at)

    def figures(self) -> Sequence[PointFigures]:
        """Return what each point was until the service ended, by their names."""
        return [self._figures(point, course) for point, course in sorted(self._courses.items())]

    def _figures(self, point: Point, course: _Course) -> PointFigures:
        target = self._site.targets.get(point)
        seconds = course.known.total_seconds()
        has_mean = course.lowest is not None and seconds > 0
        return PointFigures(
            point=point,
            unit=target.capability.unit if target else "",
            states=dict(sorted(course.states.items(), key=lambda each: (-each[1], each[0]))),
            lowest=course.lowest,
            mean=course.integral / seconds if has_mean else None,
            highest=course.highest,
            changes=course.changes,
            known=course.known,
            unknown=course.unknown,
            longest_unknown=course.longest_gap,
        )


def _is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
