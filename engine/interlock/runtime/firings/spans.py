"""Lengths of time in a firing, which go on over a restart and do not mind a clock that is set.

While the service runs they are counted by the time that really passes. Over a restart only the wall's time
tells how much passed; where that is wrong (a machine without a clock starts in 1970) a length begins anew,
and none lasts longer than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.clock import Clock
from interlock.runtime.firings.progress import Progress

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time that has begun; `began` is by the clock's monotonic time."""

    began: timedelta
    lasts: timedelta

    def passed(self, clock: Clock) -> timedelta:
        """Return how much of it is over."""
        return min(clock.monotonic() - self.began, self.lasts)

    def rest(self, clock: Clock) -> timedelta:
        """Return how much of it is left; nothing where it is over."""
        return self.lasts - self.passed(clock)


class Spans:
    """The lengths of time that the actions of one run have begun."""

    def __init__(self, progress: Progress, clock: Clock) -> None:
        self._progress = progress
        self._clock = clock
        self._spans: dict[str, Span] = {}

    def begin(self, path: str, lasts: timedelta) -> Span:
        """Begin a length of time now, and note it for an action."""
        self._progress.put(path, began=self._clock.now(), lasts=lasts)
        self._spans[path] = Span(self._clock.monotonic(), lasts)
        return self._spans[path]

    def get(self, path: str) -> Span | None:
        """Return the length of time that an action began, perhaps before a restart; None for none."""
        began, lasts = self._progress.get(path, "began"), self._progress.get(path, "lasts")
        if not isinstance(began, datetime) or not isinstance(lasts, timedelta):
            return None
        if path not in self._spans:
            passed = min(max(self._clock.now() - began, _NONE), lasts)
            self._spans[path] = Span(self._clock.monotonic() - passed, lasts)
        return self._spans[path]
