"""Counts how long something has been so: by the uptime, and across restarts."""

from __future__ import annotations

from datetime import datetime, timedelta

from interlock.durations import parse_duration
from interlock.rules.actions import Amount
from interlock.rules.state import State


class Stopwatch:
    """A length of time that is counted while it runs.

    Args:
        counted: What was counted before.
    """

    __slots__ = ("began", "counted", "since")

    def __init__(self, counted: timedelta = timedelta()) -> None:
        self.counted = counted
        """What was counted before it was started last."""
        self.since: datetime | None = None
        """Since when it has been running, UTC; None where it is not."""
        self.began: timedelta | None = None
        """The uptime then, which is counted by: a clock that is set makes no time longer or shorter."""

    def run(self, view: State) -> None:
        """Start it, unless it is running."""
        if self.began is None:
            self.since, self.began = view.now, view.uptime

    def pause(self, uptime: timedelta) -> None:
        """Stop it, and keep what was counted."""
        self.counted = self.total(uptime)
        self.since = self.began = None

    def reset(self) -> None:
        """Stop it at nought."""
        self.counted = timedelta()
        self.since = self.began = None

    def total(self, uptime: timedelta) -> timedelta:
        """Return what has been counted so far."""
        return self.counted if self.began is None else self.counted + (uptime - self.began)

    def reaches(self, amount: timedelta | None) -> timedelta | None:
        """Return at which uptime so much will have been counted; None where it is not running."""
        return None if self.began is None or amount is None else self.began + amount - self.counted


def counted_in(held: timedelta, since: datetime | None, down_since: datetime | None) -> timedelta:
    """Return what a stopwatch had counted when the service ended: the time out of service does not count."""
    if since is None or down_since is None:
        return held
    return held + max(down_since - since, timedelta())


def length_of(amount: Amount, view: State) -> timedelta | None:
    """Return a duration: as it is given, or computed; None where it is unknown, or no duration."""
    if isinstance(amount, timedelta):
        return amount
    value = amount.evaluate(view).value
    try:
        return None if value is None else parse_duration(value)
    except ValueError:
        return None
