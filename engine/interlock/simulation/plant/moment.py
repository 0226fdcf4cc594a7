"""The instant a building is at, shared by its parts."""

from __future__ import annotations

import math


class Moment:
    """Seconds since 1970 (UTC) that a building has come to, and when something in it is due next."""

    __slots__ = ("due_s", "now_s")

    def __init__(self) -> None:
        self.now_s = 0.0
        self.due_s = math.inf

    def wake(self, at_s: float) -> None:
        """Have the building look at its parts at an instant, unless it does so before."""
        self.due_s = min(self.due_s, at_s)
