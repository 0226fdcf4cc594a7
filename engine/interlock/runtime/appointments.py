"""When the clock has to be heard: schedules of triggers, holds that end, and what reads the time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from interlock.rules.schedule import Schedule
from interlock.rules.spread import missed_of
from interlock.runtime.agenda import Agenda
from interlock.runtime.timetable import Appointment, Job, Timetable


class Appointments:
    """What the rules of now want to be called for.

    Args:
        timetable: Calls when a time has come.
        agenda: Gathers what falls due at one instant.
    """

    def __init__(self, timetable: Timetable, agenda: Agenda) -> None:
        self._timetable = timetable
        self._agenda = agenda
        self._schedules: dict[Schedule, Appointment] = {}
        self._turns: set[datetime] = set()
        self._holds: dict[str, Job] = {}

    def fit(self, schedules: Iterable[Schedule], zone: ZoneInfo) -> None:
        """Be called at these times from now on, and at no others.

        Args:
            schedules: Those by which triggers come.
            zone: The site's.
        """
        wanted = dict.fromkeys(schedules)
        for schedule in self._schedules.keys() - wanted.keys():
            self._schedules.pop(schedule).cancel()
        for schedule in wanted:
            if schedule not in self._schedules:
                self._schedules[schedule] = self._appoint(schedule, zone)

    def set_turn(self, at: datetime) -> None:
        """Be called at an instant at which something that reads the time may turn, UTC."""
        if at not in self._turns:
            self._turns.add(at)
            self._timetable.add_instant(at, self._turn)

    def _turn(self, due: datetime) -> None:
        self._turns.discard(due)
        self._agenda.add_turn(due)

    def _appoint(self, schedule: Schedule, zone: ZoneInfo) -> Appointment:
        come = partial(self._agenda.add_schedule, schedule)
        return self._timetable.add(schedule.trigger(zone), come, missed_of(schedule))

    def cancel_schedules(self) -> None:
        """Forget every schedule, because they are of another zone now."""
        while self._schedules:
            self._schedules.popitem()[1].cancel()

    def set_hold(self, key: str, at: timedelta | None) -> None:
        """Be called when a hold ends, at an instant of the uptime; None for not any more."""
        if held := self._holds.pop(key, None):
            held.cancel()
        if at is not None:
            self._holds[key] = self._timetable.add_at(at, lambda _: self._agenda.add_timer(key))

    def cancel_holds(self) -> None:
        """Forget every hold."""
        for key in tuple(self._holds):
            self.set_hold(key, None)
