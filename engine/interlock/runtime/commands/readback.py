"""Compares what points show with what was sent to them, and tells hands from echoes, roundings and losses.

A hand is somebody at the device itself, or in the vendor's app: a value that came after ours was there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from interlock.model import Value

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)
"""Between attempts to write a value that does not come: it doubles."""
_MANY = 6
"""Losses after which the pause is the longest."""
_ROUNDING = 0.05
"""Of a number: so far a device may be off that stores 20.5 as 20, or counts in whole degrees Fahrenheit."""


class Finding(Enum):
    """What a reading says about what was sent."""

    THERE = "there"
    """It is what was sent, or what the device made of it."""
    TOO_EARLY = "too early"
    """The device may not have got round to it, or an older answer came late."""
    LOST = "lost"
    """What was sent has not come, or may have gone since: it is to be written again."""
    HAND = "hand"
    """Somebody else set it."""


class Phase(Enum):
    """How far what was sent is known to be there."""

    UNSURE = "unsure"
    """The service started, the point was away, or writing failed: the next reading tells."""
    SENT = "sent"
    SEEN = "seen"


@dataclass(slots=True, kw_only=True)
class ReadBack:
    """What was sent to one point last, and what became of it."""

    settle: timedelta
    """How long readings may show something else after a command."""
    value: Value | None = None
    """What was sent last; None where nothing was."""
    before: Value | None = None
    """What the point showed when it was sent; None where that was unknown."""
    made: Value | None = None
    """What the device made of it, where that is something else."""
    rounded: tuple[Value | None, Value] | None = None
    """The last value of which the device made something else, and what that was."""
    at: datetime | None = None
    """When it was sent, or taken; None where it was not."""
    phase: Phase = Phase.UNSURE
    since: datetime | None = None
    """Since when nothing is known, where it is unsure: what was read before does not count."""
    losses: int = 0
    """How often what was sent was not there, one after the other."""
    is_missing: bool = False
    """Whether a reading has shown that it is not there."""

    @property
    def settles_at(self) -> datetime | None:
        """When readings show what became of the last command; None where nothing was sent."""
        return None if self.at is None else self.at + self.settle

    @property
    def again_at(self) -> datetime | None:
        """The earliest instant to write again what is not there; None for at once."""
        if self.at is None or not self.losses:
            return None
        # Somebody else may write a point for weeks: not each loss can double what is a time.
        return self.at + min(FIRST_PAUSE * (1 << (min(self.losses, _MANY) - 1)), LONGEST_PAUSE)

    def shift(self, by: timedelta) -> None:
        """Take in that the clock was set."""
        self.at = None if self.at is None else self.at + by
        self.since = None if self.since is None else self.since + by

    def sent(self, value: Value, before: Value | None, at: datetime) -> None:
        """Take in that a value is on its way."""
        if value != self.value:
            self.losses = 0
            self._keep_made()
        self.value, self.before, self.at = value, before, at
        self.phase, self.is_missing = Phase.SENT, False

    def taken(self, at: datetime, *, is_readable: bool) -> None:
        """Take in that the device or its server took it: all there is to know where it cannot be read."""
        self.at = at
        if not is_readable:
            self._settle()

    @property
    def is_there(self) -> bool:
        """Whether it was seen, and nothing speaks against its being there still."""
        return self.phase is Phase.SEEN

    def failed(self, at: datetime, *, is_final: bool) -> None:
        """Take in that it may not have been executed; `is_final` where it will hardly be at the next time."""
        self.losses = _MANY if is_final else self.losses + 1
        self.at = at
        self.doubt(at)

    def doubt(self, since: datetime) -> None:
        """Take in that nothing is known of the point since an instant."""
        self.phase, self.since = Phase.UNSURE, since

    def adopt(self, value: Value) -> None:
        """Take a value that the point shows for what was sent: it need not be, and there is no echo of it."""
        if value != self.value:
            self._keep_made()
            self.made = self.made_of(value)
        self.value, self.at = value, None
        self._settle()

    def _keep_made(self) -> None:
        if self.made is not None:
            self.rounded = (self.value, self.made)
        self.made = None

    def made_of(self, value: Value) -> Value | None:
        """Return what the device made of a value the last time; None where that is not known."""
        return self.rounded[1] if self.rounded is not None and self.rounded[0] == value else None

    def look(self, shown: Value, observed_at: datetime, now: datetime) -> Finding:
        """Return what a good reading, from after everything that was sent, says about it.

        Args:
            shown: Its value.
            observed_at: When it was read, or told.
            now: Until when it is known to be so.
        """
        if self.value is None or (self.phase is Phase.UNSURE and self.since and observed_at < self.since):
            return Finding.TOO_EARLY
        finding = self._finding(shown, now)
        if finding is Finding.THERE:
            self._settle(shown)
        elif finding is Finding.LOST:
            self.is_missing = True
            if self.phase is Phase.SENT:
                self.losses += 1
                self.doubt(now)
        return finding

    def _settle(self, shown: Value | None = None) -> None:
        ours, made = _number(self.value), _number(self.made)
        if shown == self.value and ours is not None and made is not None and not _is_near(made, ours):
            # It was on its way, not rounded.
            self.made = None
        self.phase, self.losses, self.is_missing = Phase.SEEN, 0, False

    def shows(self, shown: Value, wanted: Value) -> bool:
        """Whether a point shows a value, or what its device made of it."""
        return shown == wanted or (wanted == self.value and shown == self.made)

    def _finding(self, shown: Value, now: datetime) -> Finding:
        assert self.value is not None
        if self.shows(shown, self.value) or self._is_made(shown, now):
            return Finding.THERE
        if self.phase is Phase.UNSURE:
            return Finding.LOST
        if self.settles_at is not None and now < self.settles_at:
            return Finding.TOO_EARLY
        was_unmoved = self.before is None or shown == self.before
        return Finding.LOST if self.phase is Phase.SENT and was_unmoved else Finding.HAND

    def _is_made(self, shown: Value, now: datetime) -> bool:
        """Whether a number is what the device made of ours; then it is noted."""
        ours, shown_number = _number(self.value), _number(shown)
        if ours is None or shown_number is None:
            return False
        if self._was_rounded(ours, shown_number, now):
            self.made = shown
            return True
        return False

    def _was_rounded(self, ours: float, shown: float, now: datetime) -> bool:
        off = abs(shown - ours)
        is_settling = self.settles_at is not None and now <= self.settles_at
        made, before = _number(self.made), _number(self.before)
        if made is not None and off < abs(made - ours):
            return True
        is_small = _is_near(shown, ours)
        if self.phase is Phase.SEEN:
            return is_settling and is_small
        if before is not None and shown != before:
            return off < abs(before - ours)
        # What has not moved at all may have been lost; if it does not move the next time either, it has not.
        return is_small and (before is None or self.losses > 0)


def _is_near(shown: float, ours: float) -> bool:
    return abs(shown - ours) <= _ROUNDING * abs(ours)


def _number(value: Value | None) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
