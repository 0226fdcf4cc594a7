"""Polls that take longer than until the next is due: counted, and said once."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from interlock.runtime.connections.punctuality import Punctuality

TEN, MINUTE = timedelta(seconds=10), timedelta(minutes=1)
SAID = (
    "connection house: reading 3 points takes longer than the 10s until the next poll is due: "
    "poll more rarely, or raise its rate or concurrency"
)
OVER = "connection house: its polls are done in time again"


class Watch:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 7, 14, tzinfo=UTC) + self.monotonic()

    def monotonic(self) -> timedelta:
        return timedelta(seconds=self.s)


class Bench:
    def __init__(self) -> None:
        self.watch = Watch()
        self.record = Punctuality("house", self.watch)

    def poll(self, takes_s: float, interval: timedelta = TEN, points: int = 3, answered: bool = True) -> None:
        poll = self.record.begin(interval, points)
        self.watch.s += takes_s
        self.record.end(poll, is_answered=answered)

    @property
    def told(self) -> tuple[int, int, float, bool]:
        record = self.record
        assert record.last_took is not None
        return record.polls, record.overruns, record.last_took.total_seconds(), record.is_late


@pytest.fixture
def bench(caplog: pytest.LogCaptureFixture) -> Bench:
    caplog.set_level(logging.INFO, logger="interlock.poll")
    return Bench()


def test_before_the_first_poll_nothing_is_known(bench: Bench) -> None:
    assert (bench.record.polls, bench.record.overruns, bench.record.last_took) == (0, 0, None)
    assert not bench.record.is_late


def test_polls_in_time_are_counted_and_not_told_of(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.poll(3)
    bench.poll(10)
    assert bench.told == (2, 0, 10, False)
    assert caplog.messages == []


def test_one_late_poll_is_counted_and_not_told_of(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    for takes_s in (12, 12, 3, 12, 12):
        bench.poll(takes_s)
    assert bench.told == (5, 4, 12, True)
    assert caplog.messages == []


def test_a_server_that_is_silent_is_no_slow_one(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(9):
        bench.poll(12, answered=False)
    assert bench.told == (9, 9, 12, True)
    assert caplog.messages == []


def test_polls_that_are_late_are_said_once_and_their_end_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        bench.poll(12)
    assert bench.told == (3, 3, 12, True)
    bench.poll(4)
    bench.poll(4)
    assert bench.told == (5, 3, 4, False)
    assert caplog.messages == [SAID, OVER]


def test_a_poll_under_way_is_late_as_soon_as_another_is_overdue_and_counts_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    poll = bench.record.begin(TEN, 3)
    bench.watch.s = 10
    bench.record.look(poll)
    assert (bench.record.overruns, caplog.messages) == (0, [])
    for now in (20, 30):
        bench.watch.s = now
        bench.record.look(poll)
    assert (bench.record.polls, bench.record.overruns, bench.record.is_late) == (0, 1, True)
    bench.record.end(poll, is_answered=True)
    assert bench.told == (1, 1, 30, True)
    assert caplog.messages == []


def test_another_interval_of_the_connection_does_not_end_it(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        bench.poll(12)
        bench.poll(12, MINUTE)
    assert bench.told == (6, 3, 12, True)
    assert caplog.messages == [SAID]


def test_what_is_late_again_and_again_is_told_of_each_ten_minutes_at_most(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    slow_then_quick = (12, 12, 12, 1)
    for takes_s in slow_then_quick * 2:
        bench.poll(takes_s)
    assert caplog.messages == [SAID, OVER]
    bench.watch.s = 36 + 600
    for takes_s in slow_then_quick:
        bench.poll(takes_s)
    assert caplog.messages == [SAID, OVER] * 2
    assert bench.record.overruns == 9


def test_what_is_not_polled_any_more_is_not_late(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        bench.poll(12)
    bench.record.forget(MINUTE)
    assert bench.record.is_late
    bench.record.forget(TEN)
    assert not bench.record.is_late
    assert caplog.messages == [SAID, OVER]


def test_one_point_is_one_point(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        bench.poll(12, points=1)
    assert "reading 1 point takes" in caplog.text


def test_it_is_known_how_long_all_polls_took() -> None:
    bench = Bench()
    for takes_s in (0.5, 12, 3):
        bench.poll(takes_s)
    assert (bench.record.polls, bench.record.took) == (3, timedelta(seconds=15.5))
