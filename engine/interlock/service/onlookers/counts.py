"""How often what happened since a service began: plain numbers, which whoever measures it asks for."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from interlock.clock import Clock
from interlock.history.records import Entry, Firing, Reload
from interlock.model import Outcome, Point, Receipt
from interlock.rules.rule import Decision, Verdict

LAG_BOUNDS_S = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)
"""What a lag of the control loop is compared with: a healthy one is far under the first."""


class Lags:
    """How late something came, again and again.

    Args:
        bounds_s: What each lag is compared with, the smallest first.
    """

    def __init__(self, bounds_s: Sequence[float] = LAG_BOUNDS_S) -> None:
        self.bounds_s = tuple(bounds_s)
        self._found = [0] * (len(bounds_s) + 1)
        self.sum_s = 0.0
        """Of all lags."""

    @property
    def cumulated(self) -> Sequence[int]:
        """How many lags were no longer than each bound; the last number counts all of them."""
        return tuple(accumulate(self._found))

    def take(self, lag: timedelta) -> None:
        """Count a lag; one below 0 is none."""
        lag_s = max(lag.total_seconds(), 0.0)
        self._found[bisect_left(self.bounds_s, lag_s)] += 1
        self.sum_s += lag_s


class LoopLags(Lags):
    """How late the control loop gives its signs of life.

    Args:
        clock: Measures what passes.
        every: How often it is to give one.
    """

    def __init__(self, clock: Clock, every: timedelta) -> None:
        super().__init__()
        self._clock = clock
        self._every = every
        self._began = clock.monotonic()
        self._last: timedelta | None = None

    @property
    def silence(self) -> timedelta:
        """How long no sign of life has come."""
        return self._clock.monotonic() - (self._began if self._last is None else self._last)

    def beat(self) -> None:
        """Take a sign of life in."""
        now = self._clock.monotonic()
        if self._last is not None:
            self.take(now - self._last - self._every)
        self._last = now


class Counts:
    """Counts what the journal is given.

    Args:
        connection_of: Names the connection that a point is on.
    """

    def __init__(self, connection_of: Callable[[Point], str]) -> None:
        self._connection_of = connection_of
        self.commands: Counter[tuple[str, Outcome]] = Counter()
        """Receipts, by connection and outcome. A command that was deferred first has two."""
        self.firings: Counter[str] = Counter()
        """By rule."""
        self.near_misses: Counter[tuple[str, Verdict]] = Counter()
        """Decisions of rules that did not fire, by rule and verdict."""
        self.reloads = 0
        self.reloaded_at: datetime | None = None
        """When the site was last edited, UTC; None where it is as it was at the start."""

    def take(self, entry: Entry) -> None:
        """Count an entry."""
        match entry:
            case Receipt():
                self.commands[self._connection_of(entry.command.point), entry.outcome] += 1
            case Firing():
                self.firings[entry.decision.rule.id] += 1
            case Decision():
                self.near_misses[entry.rule.id, entry.verdict] += 1
            case Reload():
                self.reloads += 1
                self.reloaded_at = entry.at
