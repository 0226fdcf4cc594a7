"""When the clock has to be heard: schedules of triggers, holds that end, and each second where one counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from interlock.rules.schedule import Every, Schedule
from interlock.rules.spread import missed_of
from interlock.runtime.agenda import Agenda
from interlock.runtime.timetable import Appointment, Job, Timetable

_EACH_SECOND = Every(timedelta(seconds=1))
"""How often expressions that read the time are looked at."""


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
        self._seconds: Appointment | None = None
        self._holds: dict[str, Job] = {}

    def fit(self, schedules: Iterable[Schedule], zone: ZoneInfo, *, each_second: bool) -> None:
        """Be called at these times from now on, and at no others.

        Args:
            schedules: Those by which triggers come.
            zone: The site's.
            each_second: Whether something reads the time.
        """
        wanted = dict.fromkeys(schedules)
        for schedule in self._schedules.keys() - wanted.keys():
            self._schedules.pop(schedule).cancel()
        for schedule in wanted:
            if schedule not in self._schedules:
                self._schedules[schedule] = self._appoint(schedule, zone)
        self._fit_seconds(zone, is_wanted=each_second)

    def _fit_seconds(self, zone: ZoneInfo, *, is_wanted: bool) -> None:
        if is_wanted and self._seconds is None:
            self._seconds = self._timetable.add(_EACH_SECOND.trigger(zone), self._agenda.add_second)
        elif self._seconds is not None and not is_wanted:
            self._seconds.cancel()
            self._seconds = None

    def _appoint(self, schedule: Schedule, zone: ZoneInfo) -> Appointment:
        trigger = schedule.trigger(zone)
        return self._timetable.add(
            trigger, lambda due: self._agenda.add_schedule(schedule, due), missed_of(schedule)
        )

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
