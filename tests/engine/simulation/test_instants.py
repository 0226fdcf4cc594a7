"""Dates and times on the command line, and spans that keep to the calendar."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interlock.simulation.instants import later, read_instant, shown_locally

ROME = ZoneInfo("Europe/Rome")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-13", "2026-07-12 22:00"),
        (" 2026-07-13T06:00 ", "2026-07-13 04:00"),
        ("2026-07-13 06:00", "2026-07-13 04:00"),
        ("2026-07-13T06:00Z", "2026-07-13 06:00"),
        ("2026-03-29T02:30+01:00", "2026-03-29 01:30"),
        ("2026-10-25T02:30", "2026-10-25 00:30"),
        ("1970-01-02", "1970-01-01 23:00"),
    ],
)
def test_dates_are_of_the_sites_zone(text: str, expected: str) -> None:
    assert f"{read_instant(text, ROME):%Y-%m-%d %H:%M}" == expected
    assert read_instant(text, ROME).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no date: write for example 2026-07-13 or 2026-07-13T06:00"),
        ("13.7.2026", "'13.7.2026' is no date: write for example 2026-07-13 or 2026-07-13T06:00"),
        ("1969-12-31", "the year of '1969-12-31' must be from 1970 to 2199"),
        ("2200-01-01", "the year of '2200-01-01' must be from 1970 to 2199"),
        (
            "2026-03-29T02:30",
            "there is no 02:30 on 2026-03-29 in Europe/Rome: clocks jump past it",
        ),
    ],
)
def test_what_is_no_instant_says_why(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        read_instant(text, ROME)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("2026-03-28", 2 * DAY, "2026-03-30 00:00"),
        ("2026-03-28", timedelta(hours=36), "2026-03-29 13:00"),
        ("2026-03-28T12:00", DAY + timedelta(hours=1), "2026-03-29 13:00"),
        ("2026-10-25", DAY, "2026-10-26 00:00"),
        ("2026-10-25", timedelta(hours=23), "2026-10-25 22:00"),
        ("2026-03-28T02:30", DAY, "2026-03-29 03:00"),
        ("2026-10-24T02:30", DAY, "2026-10-25 02:30"),
    ],
)
def test_whole_days_are_days_of_the_calendar(start: str, length: timedelta, expected: str) -> None:
    found = later(read_instant(start, ROME), length, ROME)
    assert f"{found.astimezone(ROME):%Y-%m-%d %H:%M}" == expected


def test_less_than_a_day_is_real_time_also_in_the_repeated_hour() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert later(second, timedelta(minutes=10), ROME) == second + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-10-24 23:59", "01:59"),
        ("2026-10-25 00:30", "02:30+02:00"),
        ("2026-10-25 01:30", "02:30+01:00"),
        ("2026-10-25 02:00", "03:00"),
        ("2026-03-29 01:00", "03:00"),
    ],
)
def test_a_time_that_comes_twice_is_shown_with_its_offset(instant: str, expected: str) -> None:
    assert shown_locally(datetime.fromisoformat(f"{instant}+00:00"), ROME, "%H:%M") == expected
