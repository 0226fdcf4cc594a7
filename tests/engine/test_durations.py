"""Durations and rates as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.driver import Rate, parse_rate
from interlock.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10s", timedelta(seconds=10)),
        ("500ms", timedelta(milliseconds=500)),
        ("5m", timedelta(minutes=5)),
        ("5min", timedelta(minutes=5)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1h 30m", timedelta(hours=1, minutes=30)),
        ("1.5h", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        (0, timedelta()),
        ("0", timedelta()),
        (timedelta(seconds=3), timedelta(seconds=3)),
    ],
)
def test_a_duration_is_read_with_its_units(text: object, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "s", "10", "10 x", "s10", "1h-5m", "-5s", "1h,5m", None, True])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["99999999999w", "9" * 400 + "d", "999999999d 1d"])
def test_a_duration_that_nothing_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=rf"'{text}' is too long a duration"):
        parse_duration(text)


def test_a_bare_number_is_told_to_name_its_unit() -> None:
    with pytest.raises(ValueError, match="write 30s or 30m"):
        parse_duration(30)


@given(st.integers(min_value=0, max_value=10**12))
def test_a_formatted_duration_reads_back_as_itself(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(), "0s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(days=1, milliseconds=5), "1d5ms"),
        (timedelta(seconds=-90), "-1m30s"),
    ],
)
def test_a_duration_is_written_largest_unit_first(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30/min", Rate(30, timedelta(minutes=1))),
        ("5/s", Rate(5, timedelta(seconds=1))),
        ("1000 / 2h", Rate(1000, timedelta(hours=2))),
        ("5000/d", Rate(5000, timedelta(days=1))),
    ],
)
def test_a_rate_is_a_count_in_a_period(text: str, expected: Rate) -> None:
    assert parse_rate(text) == expected


@pytest.mark.parametrize("text", ["30", "0/min", "x/min", "30/", "30/fortnight", "30/0s", 30])
def test_what_is_no_rate_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"is no rate: write for example 30/min"):
        parse_rate(text)
