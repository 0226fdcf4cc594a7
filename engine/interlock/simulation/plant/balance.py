"""The heat balance of one capacity in closed form: exact for constant inputs, stable for every step.

``C·dT/dt = gain - loss·T``: `gain` in watts holds everything that does not depend on the temperature, also
what comes in from a colder or warmer side (its conductance times its temperature); `loss` in W/K is the sum
of the conductances. The same equation holds for carbon dioxide and moisture in a volume of air.
"""

from __future__ import annotations

import math
from typing import NamedTuple

_SERIES_BELOW = 1e-4
"""Where the closed form would lose digits in differences, three terms of its series are exact to 1e-13."""
NEVER = math.inf


class Course(NamedTuple):
    """How a quantity goes on from a value: it starts with a slope, and the slope decays at a rate."""

    start: float
    slope: float
    """Per second, at the start."""
    rate: float
    """1/s; its inverse is the time constant. 0 is a straight line."""

    def at(self, seconds: float) -> float:
        """Return the value after so many seconds."""
        return self.start + self.slope * seconds * progress(self.rate * seconds)

    def over(self, seconds: float) -> tuple[float, float]:
        """Return the value after so many seconds, and the mean until then."""
        x, straight = self.rate * seconds, self.slope * seconds
        if x > _SERIES_BELOW:
            done = -math.expm1(-x) / x
            return self.start + straight * done, self.start + straight * (1 - done) / x
        return self.start + straight * (1 - x / 2 + x * x / 6), self.start + straight * (
            0.5 - x / 6 + x * x / 24
        )

    def reaches(self, value: float) -> float:
        """Return after how many seconds it has the value; infinity where it never will."""
        if not self.slope:
            return NEVER
        straight_s = (value - self.start) / self.slope
        if straight_s < 0:
            return NEVER
        if not self.rate:
            return straight_s
        share = self.rate * straight_s
        return -math.log1p(-share) / self.rate if share < 1 else NEVER


def course(start: float, gain: float, loss: float, capacity: float) -> Course:
    """Return how a capacity goes on from a value with constant gain and loss; see the module for units."""
    return Course(start, (gain - loss * start) / capacity, loss / capacity)


def progress(x: float) -> float:
    """Return ``(1 - exp(-x)) / x``: how much of the straight way is gone after x time constants."""
    return -math.expm1(-x) / x if x > _SERIES_BELOW else 1 - x / 2 + x * x / 6
