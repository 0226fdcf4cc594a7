"""Guards of points: what no command weaker than their priority gets past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The minimum times and limits of one point. What is not set guards nothing."""

    min_on: timedelta = timedelta()
    """How long it stays on at least. On is a switch that is on, a number that is not 0, no choice ``off``."""
    min_off: timedelta = timedelta()
    max_changes: int | None = None
    """So many changes at most in `changes_in`."""
    changes_in: timedelta = timedelta()
    max_step: float | None = None
    """The most that a number moves by one command, in the point's unit."""
    step_every: timedelta | None = None
    """How long each step takes, where larger moves are made step by step; None refuses them."""
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """How a device's points treat changes that somebody else made."""

    manual_hold: timedelta | None = None
    """How long they are left alone; zero takes them back at once. None: two hours, kept points only."""
    settle: timedelta | None = None
    """How long readings may show something else after a command. None: 30 s, or two polls if longer."""
