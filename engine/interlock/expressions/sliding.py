"""A window as it slides on: what comes in at its end, and what leaves it at its start.

Until another value comes to the start, what a window sums up moves evenly, so that one can say when it passes
something. Later on it moves no faster than the extremes of the window let it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple

from interlock.expressions.past import NEEDED_SHARE, trail_of
from interlock.expressions.trail import Summary
from interlock.expressions.turning import full_second, next_second
from interlock.expressions.view import View
from interlock.model import Point, Value

_MICROSECOND = timedelta.resolution
_HOUR = timedelta(hours=1) // _MICROSECOND
_ROUNDED = 1e-9
"""By so much of its parts a sum in floating point may be off."""
_SLACK = timedelta(milliseconds=1)
"""So much earlier is looked: when something passes may be off by that at most."""


class Height(NamedTuple):
    """How far something is above what it may pass, and how that moves with each microsecond."""

    above: float
    slope: float
    """Until another value comes to the start of the window."""
    least: float = -inf
    """The slope from then on, at least; by itself it may jump."""
    most: float = inf
    error: float = 0.0
    """By how much it may be off."""

    def lasts(self, even: float) -> float:
        """Return for how many microseconds it certainly passes nothing.

        Args:
            even: For how many the slope stays as it is.
        """
        gap = abs(self.above) - self.error
        if gap <= 0:
            return 0.0 if self.slope or self.error else even
        is_above = self.above > 0
        closing, closing_later = (-self.slope, -self.least) if is_above else (self.slope, self.most)
        if gap <= closing * even:
            return gap / closing
        return even + (gap - closing * even) / closing_later if closing_later > 0 else inf


_STEPS = Height(1, 0)
"""Of what becomes another only when another value comes to the start of the window."""
_MOVES = Height(0, 1)
"""Of what may become another at any time."""


@dataclass(frozen=True, slots=True)
class Slide:
    """What a point was over a time, and is at its ends."""

    found: Summary
    needed: int
    """For how many microseconds it must be known."""
    coming: Value | None
    """What it is now."""
    leaving: Value | None
    """What it was at the start."""

    @property
    def opening(self) -> int:
        """How the time for which it is known moves."""
        return (self.coming is not None) - (self.leaving is not None)

    def known(self) -> Height:
        """Return how much more is known than is needed."""
        return self._sum(self.found.known - self.needed, lambda value: value is not None)

    def on(self, compared: timedelta) -> Height:
        """Return how much longer than so long it was on."""
        return self._sum(self.found.on - compared / _MICROSECOND, lambda value: value is True)

    def mean(self, compared: float) -> Height:
        """Return how far the mean is above a number, times what is known: so it moves evenly."""
        low, high, known = self.found.low or 0.0, self.found.high or 0.0, self.found.known
        height = self._sum(
            self.found.area - compared * known,
            lambda value: value - compared if isinstance(value, int | float) else 0.0,
            min(low - compared, 0.0),
            max(high - compared, 0.0),
        )
        return height._replace(error=_ROUNDED * known * max(abs(low), abs(high), abs(compared)))

    def rate(self, compared: float) -> Height:
        """Return how far the rise in an hour is above a number, times the time between first and last."""
        assert self.found.first
        assert self.found.last
        (first, start), (last, end) = self.found.first, self.found.last
        assert isinstance(first, int | float)
        assert isinstance(last, int | float)
        risen, expected = (last - first) * _HOUR, compared * ((end - start) // _MICROSECOND)
        error = _ROUNDED * max(abs(risen), abs(expected))
        return Height(risen - expected, -compared * self.opening, error=error)

    def _sum(
        self,
        above: float,
        weight: Callable[[Value | None], float],
        lightest: float = 0.0,
        heaviest: float = 1.0,
    ) -> Height:
        """Return the height of what sums up how much each value weighs."""
        comes = weight(self.coming)
        return Height(above, comes - weight(self.leaving), comes - heaviest, comes - lightest)


def _slides(
    view: View, point: Point, window: timedelta, height: Callable[[Slide], Height]
) -> datetime | None:
    """Return when something that is said of a window can turn: by its height, or by what is known."""
    trail, start = trail_of(view, point), view.now - window
    arrives = next((each.at for each in trail.since(start) if each.at > start), None)
    if arrives is None or trail.last is None:
        # It was the same all the time.
        return None
    if trail.last.at >= view.now:
        # What it became just now has not held for any time yet.
        return next_second(view)
    needed = window * NEEDED_SHARE // _MICROSECOND
    slide = Slide(trail.between(start, view.now), needed, trail.at(view.now), trail.at(start))
    even = (arrives - start) / _MICROSECOND
    lasts = slide.known().lasts(even)
    if slide.found.known >= needed:
        lasts = min(lasts, height(slide).lasts(even))
    if lasts == inf:
        return None
    return max(full_second(view.now + timedelta(microseconds=lasts) - _SLACK), next_second(view))


def steps(view: View, point: Point, window: timedelta) -> datetime | None:
    """Return when that can turn which goes by the values of a window and not by how long each held."""
    return _slides(view, point, window, lambda slide: _STEPS)


def mean_turns(view: View, point: Point, window: timedelta) -> datetime | None:
    """Return when the mean over a window can turn."""
    return _slides(view, point, window, lambda slide: _MOVES)


def mean_passes(view: View, compared: float, point: Point, window: timedelta) -> datetime | None:
    """Return until when the mean over a window certainly does not pass a number."""
    return _slides(view, point, window, lambda slide: slide.mean(compared))


def on_time_turns(view: View, point: Point, window: timedelta) -> datetime | None:
    """Return when the time for which a point was on can turn."""
    return _slides(view, point, window, lambda slide: Height(0, slide.on(timedelta()).slope))


def on_time_passes(view: View, compared: timedelta, point: Point, window: timedelta) -> datetime | None:
    """Return until when the time for which a point was on certainly does not pass another."""
    return _slides(view, point, window, lambda slide: slide.on(compared))


def rate_turns(view: View, point: Point, window: timedelta) -> datetime | None:
    """Return when the rise over a window can turn: when the time between its ends does."""
    return _slides(view, point, window, lambda slide: Height(0, slide.opening))


def rate_passes(view: View, compared: float, point: Point, window: timedelta) -> datetime | None:
    """Return until when the rise over a window certainly does not pass a number."""
    return _slides(view, point, window, lambda slide: slide.rate(compared))
