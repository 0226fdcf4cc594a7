"""Gathers what falls due at one instant, so that rules see one moment and one state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from interlock.clock import Clock
from interlock.model import Reading
from interlock.rules.due import Due
from interlock.rules.schedule import Schedule


class Agenda:
    """What falls due, until it is handed over.

    Schedules of different instants, of which a late wake-up brings several, are never one moment.

    Args:
        clock: Says what time it is where no schedule does.
        hand_over: Takes an instant, with the readings of virtual points that turned at it.
    """

    def __init__(self, clock: Clock, hand_over: Callable[[Due, list[Reading]], None]) -> None:
        self._clock = clock
        self._hand_over = hand_over
        self._at: datetime | None = None
        self._schedules: list[Schedule] = []
        self._timers: list[str] = []
        self._readings: list[Reading] = []
        self._is_turn = False
        """Whether something that reads the time may turn."""

    def add_schedule(self, schedule: Schedule, due: datetime) -> None:
        """Take in that a schedule was due."""
        self._turn_to(due)
        self._schedules.append(schedule)

    def add_turn(self, due: datetime) -> None:
        """Take in that something that reads the time may turn."""
        self._turn_to(due)
        self._is_turn = True

    def add_timer(self, key: str) -> None:
        """Take in that a hold ends."""
        self._timers.append(key)

    def add_readings(self, readings: Iterable[Reading], due: datetime | None = None) -> None:
        """Take in what virtual points hold since a schedule was due, or since one of them ran out."""
        if due is not None:
            self._turn_to(due)
        self._readings.extend(readings)

    def close(self) -> None:
        """Hand over what was gathered."""
        if not (self._schedules or self._timers or self._readings or self._is_turn):
            return
        due = Due(
            at=self._at or self._clock.now(),
            schedules=tuple(self._schedules),
            timers=tuple(self._timers),
        )
        readings = self._readings
        self._at, self._schedules, self._timers, self._readings = None, [], [], []
        self._is_turn = False
        self._hand_over(due, readings)

    def _turn_to(self, due: datetime) -> None:
        if self._at is not None and self._at != due:
            self.close()
        self._at = due
