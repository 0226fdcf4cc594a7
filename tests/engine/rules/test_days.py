"""Which days count."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from interlock.public_holidays import HolidayCalendar
from interlock.rules.days import ANY_DAY, DayChoice, HolidayChoice
from interlock.rules.schedule import At, next_run, parse_time

ITALY = HolidayCalendar("IT")
SKIP, ONLY = HolidayChoice(ITALY, are_meant=False), HolidayChoice(ITALY, are_meant=True)
WORKING = frozenset(range(5))


@pytest.mark.parametrize(
    ("choice", "day", "expected"),
    [
        (ANY_DAY, date(2026, 12, 24), date(2026, 12, 24)),
        (ANY_DAY, date(2026, 12, 25), date(2026, 12, 25)),
        (DayChoice(WORKING), date(2026, 12, 26), date(2026, 12, 28)),
        (DayChoice(WORKING, SKIP), date(2026, 12, 24), date(2026, 12, 24)),
        (DayChoice(WORKING, SKIP), date(2026, 12, 25), date(2026, 12, 28)),
        (DayChoice(holidays=ONLY), date(2026, 12, 24), date(2026, 12, 25)),
        (DayChoice(holidays=ONLY), date(2026, 12, 27), date(2027, 1, 1)),
        (DayChoice(frozenset({2}), ONLY), date(2026, 12, 27), date(2027, 1, 6)),
        (DayChoice(frozenset()), date(2026, 12, 27), None),
    ],
)
def test_the_next_day_that_counts(choice: DayChoice, day: date, expected: date | None) -> None:
    assert choice.next_day(day) == expected
    assert choice.holds(day) is (expected == day)


@pytest.mark.parametrize(
    ("holidays", "expected"), [(None, "12-25 07:30"), (SKIP, "12-28 07:30"), (ONLY, "12-25 07:30")]
)
def test_times_of_day_come_on_the_days_that_count(holidays: HolidayChoice | None, expected: str) -> None:
    schedule = At((parse_time("07:30"),), WORKING, holidays)
    rome = ZoneInfo("Europe/Rome")
    found = next_run(schedule, rome, datetime(2026, 12, 24, 12, tzinfo=UTC))
    assert found is not None
    assert f"{found.astimezone(rome):%m-%d %H:%M}" == expected
