"""Jitter, and which missed runs are made up for."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.rules.schedule import At, Cron, Every
from interlock.rules.spread import Kept, Missed, Spread, Timed, missed_of, runs_to_make_up

ROME = ZoneInfo("Europe/Rome")
MORNING = At((time(7, 30),))
NOW = datetime(2026, 5, 5, 10, tzinfo=UTC)


def runs(schedule: Timed, count: int, zone: ZoneInfo = ROME, start: datetime = NOW) -> list[datetime]:
    trigger, found = schedule.trigger(zone), list[datetime]()
    due = trigger.get_next_fire_time(None, start)
    for _ in range(count):
        found.append(due)
        due = trigger.get_next_fire_time(due, due)
    return found


def test_jitter_puts_each_run_off_by_a_time_of_its_own() -> None:
    late = [
        run - base
        for run, base in zip(
            runs(Spread(MORNING, timedelta(hours=1), "a"), 50), runs(MORNING, 50), strict=True
        )
    ]
    assert all(timedelta() <= each < timedelta(hours=1) for each in late)
    assert len(set(late)) > 40
    assert max(late) - min(late) > timedelta(minutes=45)


def test_a_restart_draws_the_same_times() -> None:
    first, again = (runs(Spread(MORNING, timedelta(hours=1), "a"), 5) for _ in range(2))
    assert first == again


def test_others_draw_other_times() -> None:
    first, other = (runs(Spread(MORNING, timedelta(hours=1), salt), 5) for salt in "ab")
    assert first != other


@pytest.mark.parametrize("zone", ["Europe/Rome", "Africa/Cairo", "Australia/Lord_Howe", "America/Santiago"])
def test_jitter_never_leads_into_the_next_day(zone: str) -> None:
    late, site = At((time(23, 50),)), ZoneInfo(zone)
    days = [run.astimezone(site).date() for run in runs(Spread(late, timedelta(hours=3), "a"), 400, site)]
    assert days == [run.astimezone(site).date() for run in runs(late, 400, site)]


@given(st.integers(0, 86_400 * 30), st.integers(1, 7200))
def test_jitter_loses_and_doubles_no_run(seconds: int, jitter: int) -> None:
    spread = Spread(Cron("*/20 * * * *"), timedelta(seconds=jitter), "a")
    start = NOW + timedelta(seconds=seconds)
    found = runs(spread, 20, start=start)
    assert found == sorted(set(found))
    assert found[0] >= start
    assert runs(spread, 1, start=found[3] + timedelta(microseconds=1)) == [found[4]]


@pytest.mark.parametrize(
    ("schedule", "missed"), [(MORNING, Missed.SKIP), (Kept(MORNING, Missed.ALL), Missed.ALL)]
)
def test_a_schedule_says_what_becomes_of_missed_runs(schedule: Timed, missed: Missed) -> None:
    assert missed_of(schedule) is missed
    assert runs(schedule, 3) == runs(MORNING, 3)


def made_up(schedule: Timed, missed: Missed, down: timedelta) -> list[timedelta]:
    """How long ago the runs were that are made up for after a time out of service."""
    return [NOW - run for run in runs_to_make_up(schedule.trigger(ROME), missed, NOW - down, NOW)]


MINUTE = timedelta(minutes=1)
HOURLY = Every(60 * MINUTE, 30 * MINUTE)


@pytest.mark.parametrize(
    ("missed", "down", "expected"),
    [
        (Missed.SKIP, 29, []),
        (Missed.SKIP, 600, []),
        (Missed.ONCE, 29, []),
        (Missed.ONCE, 30, []),
        (Missed.ONCE, 31, [30]),
        (Missed.ONCE, 600, [30]),
        (Missed.ALL, 29, []),
        (Missed.ALL, 181, [150, 90, 30]),
    ],
)
def test_runs_that_were_missed(missed: Missed, down: int, expected: list[int]) -> None:
    assert made_up(HOURLY, missed, down * MINUTE) == [minutes * MINUTE for minutes in expected]


@pytest.mark.parametrize(("late", "expected"), [(60, [60]), (61, []), (1, [1]), (0, [0])])
def test_what_is_late_by_a_minute_is_not_missed(late: int, expected: list[int]) -> None:
    seconds = [timedelta(seconds=each) for each in expected]
    schedule = At(((NOW.astimezone(ROME) - timedelta(seconds=late)).time(),))
    found = made_up(schedule, Missed.SKIP, timedelta(hours=1))
    assert found == (seconds if late < 60 else [])


def test_no_more_than_a_hundred_are_made_up_for() -> None:
    found = made_up(Every(MINUTE), Missed.ALL, timedelta(days=400))
    assert found == [number * MINUTE for number in reversed(range(100))]


def test_the_last_one_is_found_however_long_ago() -> None:
    (found,) = made_up(Cron("0 12 1 1 *"), Missed.ONCE, timedelta(days=400))
    assert found == NOW - datetime(2026, 1, 1, 11, tzinfo=UTC)
