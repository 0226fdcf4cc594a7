"""Whether the polls of a connection are done before the next are due."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from interlock.clock import Clock
from interlock.durations import format_duration

log = logging.getLogger("interlock.poll")

_SAID_AGAIN = timedelta(minutes=10)
"""Polls that are late again and again are told of no more often."""
_TOLD_FROM = 3
"""So many polls in a row that were answered too late are worth a word; one says nothing."""


@dataclass(slots=True, eq=False)
class Round:
    """One poll that is under way."""

    began: timedelta
    """By the time that passes."""
    interval: timedelta
    """Until the next is due."""
    points: int
    is_late: bool = False


class Punctuality:
    """How long the polls of one connection take, and how often longer than until the next is due.

    Args:
        connection: Its name.
        clock: Measures.
    """

    def __init__(self, connection: str, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self.polls = 0
        """How many polls were done since the start."""
        self.overruns = 0
        """How many of them took longer than their interval, and those under way that already do."""
        self.last_took: timedelta | None = None
        """How long the last one took; None before the first was done."""
        self.took = timedelta()
        """How long all of them took together."""
        self._late: set[timedelta] = set()
        """The intervals whose last poll was late."""
        self._in_a_row = Counter[timedelta]()
        """How many polls that were answered were late, one after the other, by their interval."""
        self._said_at: timedelta | None = None
        self._is_said = False

    @property
    def is_late(self) -> bool:
        """Whether polls take longer than their intervals now."""
        return bool(self._late)

    def begin(self, interval: timedelta, points: int) -> Round:
        """Take note that a poll begins."""
        return Round(self._clock.monotonic(), interval, points)

    def look(self, under_way: Round) -> None:
        """Take note that another poll is due while one is under way."""
        self._judge(under_way, self._clock.monotonic() - under_way.began)

    def end(self, done: Round, *, is_answered: bool) -> None:
        """Take note that a poll is done.

        Args:
            done: The poll.
            is_answered: Whether any point answered: a server that is silent is no slow one, and is told
                of elsewhere.
        """
        took = self._clock.monotonic() - done.began
        self.polls += 1
        self.last_took = took
        self.took += took
        if took > done.interval or self._late:
            self._judge(done, took)
            if not done.is_late:
                self._forgive(done.interval)
        in_a_row = self._in_a_row[done.interval] + is_answered if done.is_late else 0
        self._in_a_row[done.interval] = in_a_row
        if in_a_row >= _TOLD_FROM:
            self._say(done)

    def forget(self, interval: timedelta) -> None:
        """Take note that nothing is polled at an interval any more."""
        if interval in self._late:
            self._forgive(interval)

    def _judge(self, poll: Round, took: timedelta) -> None:
        if poll.is_late or took <= poll.interval:
            return
        poll.is_late = True
        self.overruns += 1
        self._late.add(poll.interval)

    def _say(self, poll: Round) -> None:
        now = self._clock.monotonic()
        if not self._is_said and (self._said_at is None or now - self._said_at >= _SAID_AGAIN):
            self._is_said, self._said_at = True, now
            log.warning(
                "connection %s: reading %d point%s takes longer than the %s until the next poll is due: "
                "poll more rarely, or raise its rate or concurrency",
                *(self._connection, poll.points, "" if poll.points == 1 else "s"),
                format_duration(poll.interval),
            )

    def _forgive(self, interval: timedelta) -> None:
        self._late.discard(interval)
        if self._is_said and not self._late:
            self._is_said = False
            log.info("connection %s: its polls are done in time again", self._connection)
