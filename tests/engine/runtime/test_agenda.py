"""What falls due at one instant is handed over as one."""

from datetime import UTC, datetime, timedelta

from interlock.model import Point, Reading
from interlock.rules.due import Due
from interlock.rules.schedule import Cron, Every
from interlock.runtime.agenda import Agenda
from support.journal_entries import HandClock

NOW = datetime(2026, 7, 14, 14, 30, 1, tzinfo=UTC)
DUE = NOW - timedelta(seconds=1)
MINUTE, HOUR = Every(timedelta(minutes=1)), Cron("30 * * * *")
OPEN = Reading(point=Point("office.value"), value=True, observed_at=DUE)


class Handed:
    """An agenda, and what it handed over."""

    def __init__(self) -> None:
        self.over: list[tuple[Due, list[Reading]]] = []
        clock = HandClock()
        clock.time = NOW
        self.agenda = Agenda(clock, lambda due, readings: self.over.append((due, readings)))


def test_everything_of_an_instant_is_handed_over_together() -> None:
    handed = Handed()
    handed.agenda.add_timer("a/0")
    handed.agenda.add_schedule(MINUTE, DUE)
    handed.agenda.add_readings([OPEN], DUE)
    handed.agenda.add_schedule(HOUR, DUE)
    handed.agenda.add_turn(DUE)
    assert handed.over == []
    handed.agenda.close()
    together = Due(at=DUE, schedules=(MINUTE, HOUR), timers=("a/0",))
    assert handed.over == [(together, [OPEN])]


def test_another_instant_is_another_moment() -> None:
    handed = Handed()
    handed.agenda.add_schedule(MINUTE, DUE)
    handed.agenda.add_readings([OPEN], NOW)
    handed.agenda.add_turn(NOW)
    handed.agenda.close()
    first, second = Due(at=DUE, schedules=(MINUTE,)), Due(at=NOW)
    assert handed.over == [(first, []), (second, [OPEN])]


def test_what_no_schedule_brings_is_of_now() -> None:
    handed = Handed()
    handed.agenda.add_readings([OPEN])
    handed.agenda.close()
    handed.agenda.add_timer("a/0")
    handed.agenda.close()
    assert handed.over == [(Due(at=NOW), [OPEN]), (Due(at=NOW, timers=("a/0",)), [])]


def test_where_nothing_falls_due_nothing_is_handed_over() -> None:
    handed = Handed()
    handed.agenda.close()
    handed.agenda.add_timer("a/0")
    handed.agenda.close()
    handed.agenda.close()
    assert handed.over == [(Due(at=NOW, timers=("a/0",)), [])]
