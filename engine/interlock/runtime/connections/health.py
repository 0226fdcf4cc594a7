"""Whether a connection may be asked now: backoff after failures, full stop after wrong credentials."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.errors import AuthenticationFailed, DriverError

ANSWERS_AGAIN = "answers again"
"""How what is said of a connection that recovered ends, also in the journal."""
_LONGEST = timedelta(minutes=5)
_SHORTEST = timedelta(seconds=1)
_JITTER = 0.2
"""Delays vary by this share, so that many gateways do not return to one server together."""


class Backoff:
    """Doubles the time to the next attempt with each failure in a row, up to the longest."""

    def __init__(self, base: timedelta, dice: random.Random, longest: timedelta = _LONGEST) -> None:
        self._base = max(base, _SHORTEST)
        self._longest = longest
        self._dice = dice
        self.failures = 0
        """In a row."""
        self._pause: tuple[datetime, datetime] | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether the next attempt may be made, also because the clock was set back to before the pause."""
        return self._pause is None or not self._pause[0] <= now < self._pause[1]

    def fail(self, now: datetime, asked: timedelta = timedelta()) -> timedelta:
        """Take note of a failure; return the delay, which is at least what the peer asked for."""
        doubled: timedelta = min(self._base * 2 ** min(self.failures, 16), self._longest)
        delay = max(doubled * (1 + _JITTER * (2 * self._dice.random() - 1)), asked)
        self.failures += 1
        self._pause = now, now + delay
        return delay

    def prolong(self, now: datetime, asked: timedelta) -> timedelta:
        """Let the running pause last at least so long from now, counting no failure; return what is left."""
        began, ends = self._pause or (now, now)
        self._pause = began, max(ends, now + asked)
        return self._pause[1] - now

    def succeed(self) -> bool:
        """Start afresh; return whether there had been failures."""
        had_failed = self.failures > 0
        self.failures, self._pause = 0, None
        return had_failed


@dataclass(frozen=True, slots=True)
class Turn:
    """A connection that just failed, or just recovered: worth one line in the log."""

    is_failure: bool
    text: str


class Health:
    """One connection's failures, and what follows from them for everything on it."""

    def __init__(self, base: timedelta, dice: random.Random) -> None:
        self._dice = dice
        self._backoff = Backoff(base, dice)
        self._said: type[DriverError] | None = None
        self._asked_until: datetime | None = None
        self.stopped: AuthenticationFailed | None = None
        """Set once the credentials were refused: nothing is asked any more."""

    def may_ask(self, now: datetime) -> bool:
        """Whether a poll may go out."""
        return self.stopped is None and self._backoff.is_over(now)

    def asked_pause_s(self, now: datetime) -> float:
        """Return for how long yet the server itself asked to be left alone, in seconds; 0 for not at all."""
        if self._asked_until is None or self._backoff.is_over(now):
            return 0.0
        return max((self._asked_until - now).total_seconds(), 0.0)

    @property
    def is_lost(self) -> bool:
        """Whether the last that was heard of the connection is a failure of the whole of it."""
        return self.stopped is not None or self._backoff.failures > 0

    def note_success(self) -> Turn | None:
        """Take note of an answer."""
        self._said = self._asked_until = None
        return Turn(False, ANSWERS_AGAIN) if self._backoff.succeed() else None

    def note_failure(self, error: DriverError, now: datetime) -> Turn | None:
        """Take note of a failure of the whole connection; the same one again is silent.

        What fails during a pause (commands are sent all the same) does not make the pause longer, unless
        the server asks for it.
        """
        if isinstance(error, AuthenticationFailed):
            return self._stop(error)
        asked = timedelta(seconds=error.retry_after_s or 0)
        if asked:
            self._asked_until = now + asked
            # Whoever else was told the same returns at that time too.
            asked *= 1 + _JITTER * self._dice.random()
        is_over = self._backoff.is_over(now)
        delay = self._backoff.fail(now, asked) if is_over else self._backoff.prolong(now, asked)
        if self._said is type(error):
            return None
        self._said = type(error)
        return Turn(True, f"{error.message}; asking again in {delay.total_seconds():.0f} s, then more rarely")

    def _stop(self, error: AuthenticationFailed) -> Turn | None:
        if self.stopped:
            return None
        self.stopped = error
        return Turn(True, f"{error.message}; it is not asked again until its settings change")
