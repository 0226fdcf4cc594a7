"""Dates and times on the command line, and spans that keep to the calendar."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interlock.rules.instants import later, other_coming, read_instant, read_past_instant, shown_locally

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


def past(text: str, now: str) -> str:
    """Return the instant that a text means at a time in Rome, in Rome's time with its offset."""
    wall = datetime.fromisoformat(now)
    present = (wall if wall.tzinfo else wall.replace(tzinfo=ROME)).astimezone(UTC)
    found = read_past_instant(text, ROME, present)
    assert found.tzinfo is UTC
    return found.astimezone(ROME).isoformat(sep=" ", timespec="seconds")


AFTERNOON = "2026-07-14T17:30"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17:29", "2026-07-14 17:29:00+02:00"),
        ("17:30", "2026-07-14 17:30:00+02:00"),
        (" 17:36 ", "2026-07-13 17:36:00+02:00"),
        ("7:05", "2026-07-14 07:05:00+02:00"),
        ("07:05:09", "2026-07-14 07:05:09+02:00"),
        ("yesterday", "2026-07-13 00:00:00+02:00"),
        ("Today", "2026-07-14 00:00:00+02:00"),
        ("yesterday 3:15", "2026-07-13 03:15:00+02:00"),
        ("today 23:00", "2026-07-14 23:00:00+02:00"),
        ("2h", "2026-07-14 15:30:00+02:00"),
        ("1h30m", "2026-07-14 16:00:00+02:00"),
        ("0s", "2026-07-14 17:30:00+02:00"),
        ("2026-07-13", "2026-07-13 00:00:00+02:00"),
        ("2026-07-13 03:00", "2026-07-13 03:00:00+02:00"),
        ("2026-07-13T03:00Z", "2026-07-13 05:00:00+02:00"),
        ("2026-07-13T03:00+00:00", "2026-07-13 05:00:00+02:00"),
    ],
)
def test_whoever_looks_back_names_times_as_people_do(text: str, expected: str) -> None:
    assert past(text, AFTERNOON) == expected


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        # On 29 March 2026 there is no 02:30 in Rome.
        ("02:30", "2026-03-29T12:00", "2026-03-28 02:30:00+01:00"),
        ("02:30", "2026-03-30T01:00", "2026-03-28 02:30:00+01:00"),
        ("02:30", "2026-03-30T12:00", "2026-03-30 02:30:00+02:00"),
        # On 25 October 2026 it comes twice.
        ("02:30", "2026-10-25T12:00", "2026-10-25 02:30:00+01:00"),
        ("02:30", "2026-10-25T02:40+02:00", "2026-10-25 02:30:00+02:00"),
        ("02:30", "2026-10-25T02:20+01:00", "2026-10-25 02:30:00+02:00"),
        ("02:30", "2026-10-25T02:30+01:00", "2026-10-25 02:30:00+01:00"),
        ("02:30", "2026-10-25T02:40+01:00", "2026-10-25 02:30:00+01:00"),
        ("02:30", "2026-10-25T02:20+02:00", "2026-10-24 02:30:00+02:00"),
        ("today 02:30", "2026-10-25T12:00", "2026-10-25 02:30:00+02:00"),
        ("yesterday 02:30", "2026-10-26T12:00", "2026-10-25 02:30:00+02:00"),
        ("12h", "2026-10-25T12:00", "2026-10-25 01:00:00+02:00"),
    ],
)
def test_a_time_of_day_on_the_nights_of_the_change(text: str, now: str, expected: str) -> None:
    assert past(text, now) == expected


@pytest.mark.parametrize(
    "text", ["", "half past five", "25:00", "17", "17:3", "tomorrow", "yesterday noon", "2026-13-01"]
)
def test_what_is_no_time_of_the_past_names_what_is(text: str) -> None:
    with pytest.raises(ValueError) as error:
        past(text, AFTERNOON)
    assert str(error.value) == (
        f"'{text}' is no time: write for example 17:36, yesterday, yesterday 17:36, 2026-07-13, "
        "2026-07-13T17:36, or 2h for two hours ago"
    )


@pytest.mark.parametrize(
    ("text", "now", "message"),
    [
        ("yesterday 02:30", "2026-03-30T12:00", "there is no 02:30 on 2026-03-29 in Europe/Rome"),
        ("9999999d", AFTERNOON, "'9999999d' is too long ago"),
        ("2200-01-01", AFTERNOON, "the year of '2200-01-01' must be from 1970 to 2199"),
    ],
)
def test_what_never_was_says_why(text: str, now: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        past(text, now)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "is_twice"),
    [
        ("02:30", True),
        ("2026-10-25T02:30", True),
        ("yesterday 02:30", True),
        ("2026-10-25T02:30+02:00", False),
        ("2026-10-25T00:30Z", False),
        ("2026-10-25T02:30+0200", False),
        ("23h30m", False),
    ],
)
def test_only_local_times_come_twice(text: str, is_twice: bool) -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert other_coming(text, first, ROME) == (second if is_twice else None)
    assert other_coming(text, second, ROME) == (first if is_twice else None)
    assert other_coming(text, first - timedelta(hours=1), ROME) is None
    assert other_coming(text, second + timedelta(hours=1), ROME) is None


@pytest.mark.parametrize("zone", ["America/Santiago", "Africa/Cairo"])
@pytest.mark.parametrize("form", ["day", "today", "yesterday"])
def test_a_day_without_midnight_begins_at_its_first_instant(zone: str, form: str) -> None:
    day = {"America/Santiago": "2026-09-06", "Africa/Cairo": "2026-04-24"}[zone]
    where = ZoneInfo(zone)
    now = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=where) + DAY * (form == "yesterday")
    text = day if form == "day" else form
    found = read_past_instant(text, where, now.astimezone(UTC))
    assert found.astimezone(where).isoformat()[:16] == f"{day}T01:00"
    with pytest.raises(ValueError, match="clocks jump past it"):
        read_past_instant(f"{day}T00:00", where, now.astimezone(UTC))


def test_a_day_that_a_zone_left_out_begins_never() -> None:
    with pytest.raises(ValueError, match="there is no 00:00 on 2011-12-30 in Pacific/Apia"):
        read_instant("2011-12-30", ZoneInfo("Pacific/Apia"))
