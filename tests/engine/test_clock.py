"""The system's time."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from interlock.clock import ClockWatch, HastyClock, WallClock


def test_now_is_the_systems_time_in_utc() -> None:
    before = datetime.now(UTC)
    now = WallClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_monotonic_is_the_time_that_nobody_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 12.5)
    assert WallClock().monotonic() == timedelta(seconds=12.5)


class _TwoHands:
    """A clock whose two times a test sets."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 7, 14, 12, tzinfo=UTC)
        self.passed = timedelta(hours=5)

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> timedelta:
        return self.passed


@pytest.mark.parametrize(
    ("wall_s", "passed_s", "set_by_s"),
    [(60, 60, 0), (3600, 60, 3540), (-3600, 60, -3660), (65, 60, 0), (66, 60, 6), (55, 60, 0), (54, 60, -6)],
)
def test_a_clock_that_is_set_is_noticed_once(wall_s: float, passed_s: float, set_by_s: float) -> None:
    clock = _TwoHands()
    watch = ClockWatch(clock)
    clock.wall += timedelta(seconds=wall_s)
    clock.passed += timedelta(seconds=passed_s)
    assert [watch.set_by(), watch.set_by()] == [timedelta(seconds=set_by_s), timedelta()]


def test_a_hasty_clock_runs_so_many_times_faster_from_its_start_on() -> None:
    own = _TwoHands()
    hasty = HastyClock(own, 60, datetime(2026, 1, 1, tzinfo=UTC))
    own.passed += timedelta(seconds=30)
    assert (hasty.now(), hasty.monotonic()) == (
        datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
        timedelta(minutes=30),
    )


def test_a_hasty_clock_begins_with_the_time_and_is_not_set_with_it() -> None:
    own = _TwoHands()
    hasty = HastyClock(own, 2)
    own.wall += timedelta(hours=9)
    own.passed += timedelta(minutes=1)
    assert hasty.now() == datetime(2026, 7, 14, 12, 2, tzinfo=UTC)
