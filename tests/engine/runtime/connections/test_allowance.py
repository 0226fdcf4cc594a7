"""What a connection may be asked while its server refuses, and while a day's budget runs out."""

import logging
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.config.site import Connection
from interlock.runtime.connections.allowance import Allowance
from support.fake_driver import FakeDriver, FakeSettings

MIDNIGHT = datetime(2026, 7, 13, 22, tzinfo=UTC)
"""In Rome."""
TODAY = date(2026, 7, 14)
A_DAY = timedelta(days=1)


class Bench:
    def __init__(self, **settings: object) -> None:
        self.s = 0.0
        self.is_wrong_by = timedelta()
        self.sent = 0
        self.noticed = 0
        connection = Connection(
            name="shop",
            driver=FakeDriver,
            settings=FakeSettings.model_validate(settings),
            timezone=ZoneInfo("Europe/Rome"),
        )
        self.allowance = Allowance(connection, self, lambda: self.sent)
        self.allowance.notice = self.notice

    def now(self) -> datetime:
        return MIDNIGHT + self.monotonic() + self.is_wrong_by

    def monotonic(self) -> timedelta:
        return timedelta(seconds=self.s)

    def notice(self) -> None:
        self.noticed += 1

    def wait(self, **length: float) -> None:
        self.s += timedelta(**length).total_seconds()

    def plan(self, asked: float, wanted: float | None = None) -> None:
        self.allowance.asked, self.allowance.wanted = asked, asked if wanted is None else wanted

    def reviewed(self) -> float | None:
        self.allowance.review()
        return self.allowance.limit


def test_at_first_only_the_settings_count() -> None:
    bench = Bench()
    assert (bench.allowance.limit, bench.allowance.needs_review, bench.allowance.is_used_up) == (
        None,
        False,
        False,
    )
    assert bench.reviewed() is None


def test_a_server_that_refuses_is_asked_half_as_much_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.plan(2.0)
    bench.allowance.refuse()
    assert (bench.allowance.limit, bench.noticed, bench.allowance.needs_review) == (1.0, 1, True)
    assert caplog.messages == [
        "connection shop: its server refuses requests as too many: polls are slowed to 60 a minute"
    ]


def test_refusals_within_a_minute_of_being_slowed_count_once() -> None:
    bench = Bench()
    bench.plan(2.0)
    for after_s in (0, 30, 29):
        bench.wait(seconds=after_s)
        bench.allowance.refuse()
    assert (bench.allowance.limit, bench.noticed) == (1.0, 1)


def test_a_server_that_goes_on_refusing_is_asked_less_each_minute() -> None:
    bench = Bench()
    bench.plan(2.0)
    limits = []
    for _ in range(7):
        bench.allowance.refuse()
        limits.append(bench.allowance.limit)
        bench.plan(bench.allowance.limit or 2.0, 2.0)
        bench.wait(seconds=20)
    assert limits == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]


def test_a_server_that_refuses_everything_is_slowed_once_and_again_only_after_an_answer() -> None:
    bench = Bench()
    bench.plan(2.0)
    limits = []
    for has_answered in (False, False, False, True, False):
        bench.allowance.refuse(has_answered=has_answered)
        limits.append(bench.allowance.limit)
        bench.plan(bench.allowance.limit or 2.0, 2.0)
        bench.wait(minutes=2)
    assert limits == [1.0, 1.0, 1.0, 0.5, 0.5]


def test_a_server_that_refuses_everything_is_not_asked_more_meanwhile() -> None:
    bench = Bench()
    bench.plan(2.0)
    for _ in range(10):
        bench.allowance.refuse(has_answered=False)
        bench.wait(minutes=9)
        assert bench.reviewed() == 1.0


def test_it_is_known_whether_the_server_refused_lately() -> None:
    bench = Bench()
    bench.plan(2.0)
    known = [bench.allowance.is_refused]
    bench.allowance.refuse()
    known.append(bench.allowance.is_refused)
    for _ in range(4):
        bench.wait(minutes=10)
        bench.reviewed()
    assert [*known, bench.allowance.is_refused] == [False, True, False]


def test_what_is_not_polled_is_not_slowed() -> None:
    bench = Bench()
    bench.allowance.refuse()
    assert (bench.allowance.limit, bench.noticed) == (None, 0)


def test_after_ten_minutes_without_a_refusal_it_is_asked_more_and_more_until_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench()
    bench.plan(2.0)
    bench.allowance.refuse()
    bench.wait(minutes=9)
    assert bench.reviewed() == 1.0
    limits = []
    for _ in range(4):
        bench.wait(minutes=10)
        limits.append(bench.reviewed())
    assert limits == [1.25, 1.5625, 1.953125, None]
    assert caplog.messages[1:] == ["connection shop: polls are as frequent as planned again"]
    assert not bench.allowance.needs_review


def test_a_day_that_goes_evenly_slows_nothing() -> None:
    bench = Bench(daily=1000)
    for hour in range(24):
        bench.sent = round(900 * hour / 24)
        assert bench.reviewed() is None
        bench.wait(hours=1)


def test_a_day_that_began_in_haste_goes_on_slowly() -> None:
    bench = Bench(daily=1000)
    bench.wait(hours=12)
    bench.sent = 700
    assert bench.reviewed() == pytest.approx(200 / (12 * 3600))
    bench.wait(hours=12)
    assert (bench.allowance.used_today, bench.reviewed()) == (0, None)


def test_polls_stop_where_the_budget_is_used_up_and_a_tenth_is_left_to_commands() -> None:
    bench = Bench(daily=1000)
    bench.wait(hours=12)
    bench.sent = 899
    assert (bench.allowance.is_used_up, bench.reviewed()) == (False, pytest.approx(90 / 86400))
    bench.sent = 900
    assert bench.allowance.is_used_up
    bench.wait(hours=11, minutes=59)
    assert bench.allowance.is_used_up
    bench.wait(minutes=1)
    assert not bench.allowance.is_used_up


def test_a_restart_forgives_nothing() -> None:
    bench = Bench(daily=1000)
    bench.allowance.resume({TODAY: 890})
    bench.sent = 9
    assert (bench.allowance.used_today, bench.allowance.is_used_up) == (899, False)
    bench.sent = 10
    assert bench.allowance.is_used_up


def test_a_clock_that_is_set_back_over_midnight_grants_no_budget_twice() -> None:
    bench = Bench(daily=1000)
    bench.wait(hours=23, minutes=59)
    bench.sent = 900
    used = [bench.allowance.used_today]
    bench.wait(minutes=1)
    used.append(bench.allowance.used_today)
    bench.sent = 901
    bench.is_wrong_by = -timedelta(seconds=2)
    used.append(bench.allowance.used_today)
    bench.wait(seconds=3)
    used.append(bench.allowance.used_today)
    assert used == [900, 0, 900, 1]


def test_a_clock_that_was_years_ahead_returns_to_the_days_own_budget() -> None:
    bench = Bench(daily=1000)
    bench.sent = 500
    bench.is_wrong_by = 1000 * A_DAY
    assert bench.allowance.used_today == 0
    bench.sent = 503
    bench.is_wrong_by = timedelta()
    assert bench.allowance.used_today == 500


def test_a_restart_by_a_clock_that_is_a_day_behind_forgives_nothing_once_it_is_set() -> None:
    bench = Bench(daily=1000)
    bench.is_wrong_by = -A_DAY
    bench.allowance.resume({TODAY - A_DAY: 700, TODAY: 890})
    used = [bench.allowance.used_today]
    bench.is_wrong_by = timedelta()
    used.append(bench.allowance.used_today)
    assert used == [700, 890]


def test_a_few_days_are_known_those_last_that_counted_last() -> None:
    bench = Bench(daily=1000)
    for _ in range(6):
        bench.sent += 10
        bench.wait(days=1)
        bench.reviewed()
    used = bench.allowance.used_by_day
    assert list(used.items()) == [
        (TODAY + 3 * A_DAY, 10),
        (TODAY + 4 * A_DAY, 10),
        (TODAY + 5 * A_DAY, 10),
        (TODAY + 6 * A_DAY, 0),
    ]


def test_the_smaller_of_both_limits_counts() -> None:
    bench = Bench(daily=86400)
    bench.plan(0.9)
    bench.allowance.refuse()
    assert bench.reviewed() == pytest.approx(0.45)
    bench.wait(hours=12)
    bench.sent = 77000
    assert bench.reviewed() == pytest.approx(0.09)


@given(steps=st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=96))
def test_a_budget_is_never_overdrawn_by_polls_that_obey(steps: list[tuple[int, bool]]) -> None:
    bench = Bench(daily=1000)
    for wish, is_poll in steps:
        if is_poll:
            for _ in range(wish):
                bench.sent += not bench.allowance.is_used_up
        bench.wait(minutes=10)
        bench.allowance.review()
    assert bench.allowance.used_today <= 900
