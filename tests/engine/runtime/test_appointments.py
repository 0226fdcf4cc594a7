"""What the clock is asked for on behalf of rules: schedules, holds and full seconds."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.model import Reading
from interlock.rules.due import Due
from interlock.rules.schedule import Every
from interlock.runtime.agenda import Agenda
from interlock.runtime.appointments import Appointments
from interlock.runtime.timetable import Timetable
from interlock.simulation.virtual_time import VirtualClock, run_virtual

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Rome")
TENTH, THIRD = Every(timedelta(seconds=10)), Every(timedelta(seconds=3))


def dues(act: Callable[[Appointments, float], None], seconds: int) -> list[tuple[float, Due]]:
    """Return what came and when, in seconds; `act` is called between them, with the seconds so far."""
    came: list[tuple[float, Due]] = []

    async def main() -> None:
        clock = VirtualClock(START, asyncio.get_running_loop())

        def hand_over(due: Due, readings: list[Reading]) -> None:
            came.append(((clock.now() - START).total_seconds(), due))

        agenda = Agenda(clock, hand_over)
        timetable = Timetable(clock, agenda.close)
        appointments = Appointments(timetable, agenda)
        running = asyncio.create_task(timetable.run())
        for second in range(seconds):
            act(appointments, second)
            await asyncio.sleep(1)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run_virtual(main())
    return came


def test_schedules_come_at_their_times_until_nobody_wants_them() -> None:
    def act(appointments: Appointments, second: float) -> None:
        if second == 0:
            appointments.fit([TENTH, THIRD], ZONE)
        if second == 14:
            appointments.fit([TENTH], ZONE)

    came = [(at, due.schedules) for at, due in dues(act, 31) if at > 0]
    thirds = [(at, (THIRD,)) for at in (3.0, 6.0, 9.0, 12.0)]
    tenths = [(at, (TENTH,)) for at in (10.0, 20.0, 30.0)]
    assert came == sorted([*thirds, *tenths], key=lambda each: each[0])


def test_a_schedule_that_stays_wanted_keeps_its_beat() -> None:
    def act(appointments: Appointments, second: float) -> None:
        appointments.fit([TENTH], ZONE)

    assert [at for at, _ in dues(act, 25) if at > 0] == [10, 20]


def test_schedules_of_another_zone_are_forgotten() -> None:
    def act(appointments: Appointments, second: float) -> None:
        if second == 0:
            appointments.fit([TENTH], ZONE)
        if second == 12:
            appointments.cancel_schedules()

    assert [at for at, _ in dues(act, 35) if at > 0] == [10]


def test_what_reads_the_time_is_called_once_at_each_instant_at_which_it_may_turn() -> None:
    def act(appointments: Appointments, second: float) -> None:
        if second in (0, 1, 2):
            appointments.set_turn(START + timedelta(seconds=4))
            appointments.set_turn(START + timedelta(seconds=second + 2))

    assert dues(act, 10) == [(at, Due(at=START + timedelta(seconds=at))) for at in (2.0, 3.0, 4.0)]


def test_an_instant_that_is_over_comes_at_once() -> None:
    def act(appointments: Appointments, second: float) -> None:
        if second == 1:
            appointments.set_turn(START - timedelta(hours=3))

    assert dues(act, 5) == [(1.0, Due(at=START - timedelta(hours=3)))]


def test_a_hold_ends_once_at_its_time_and_may_be_moved_or_taken_back() -> None:
    def act(appointments: Appointments, second: float) -> None:
        if second == 0:
            appointments.set_hold("moved", timedelta(seconds=2))
            appointments.set_hold("taken back", timedelta(seconds=4))
            appointments.set_hold("left", timedelta(seconds=5))
        if second == 1:
            appointments.set_hold("moved", timedelta(seconds=7))
            appointments.set_hold("taken back", None)

    assert [due.timers for _, due in dues(act, 12)] == [("left",), ("moved",)]


def test_all_holds_are_forgotten() -> None:
    def act(appointments: Appointments, second: float) -> None:
        if second == 0:
            appointments.set_hold("a", timedelta(seconds=4))
            appointments.set_hold("b", timedelta(seconds=5))
        if second == 3:
            appointments.cancel_holds()

    assert dues(act, 9) == []
