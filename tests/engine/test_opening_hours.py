"""When windows open and close, in ordinary weeks and in the nights on which clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.opening_hours import OpeningHours, Window, Windows, first_instant
from interlock.public_holidays import parse_calendar

ROME = ZoneInfo("Europe/Rome")
OFFICE = (Window(time(7, 30), time(18)),)


def daily(*windows: tuple[str, str]) -> OpeningHours:
    made = tuple(Window(time.fromisoformat(start), time.fromisoformat(end)) for start, end in windows)
    return OpeningHours(days=(made,) * 7)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def edges(hours: OpeningHours, after: datetime, count: int) -> list[str]:
    """The next edges in local time, with whether it is open from then on."""
    found = []
    for _ in range(count):
        edge = hours.next_edge(after, ROME)
        if edge is None:
            return [*found, "never"]
        word = "open" if hours.is_open(edge, ROME) else "shut"
        found.append(f"{edge.astimezone(ROME):%d %H:%M %z} {word}")
        after = edge
    return found


def test_it_opens_and_closes_on_the_days_that_have_windows() -> None:
    hours = OpeningHours(days=(OFFICE, (), (), (), OFFICE, (), ()))
    assert edges(hours, utc("2026-07-13T00:00"), 5) == [
        "13 07:30 +0200 open",
        "13 18:00 +0200 shut",
        "17 07:30 +0200 open",
        "17 18:00 +0200 shut",
        "20 07:30 +0200 open",
    ]


def test_the_start_belongs_to_a_window_and_the_end_does_not() -> None:
    hours = daily(("07:30", "18:00"))
    times = ["05:29:59", "05:30", "15:59:59", "16:00"]
    assert [hours.is_open(utc(f"2026-07-13T{each}"), ROME) for each in times] == [False, True, True, False]


def test_a_window_across_midnight_ends_on_the_next_day() -> None:
    hours = OpeningHours(days=((Window(time(22), time(6)),), (), (), (), (), (), ()))
    assert edges(hours, utc("2026-07-13T00:00"), 2) == ["13 22:00 +0200 open", "14 06:00 +0200 shut"]
    assert hours.is_open(utc("2026-07-14T01:00"), ROME)


def test_windows_that_touch_or_overlap_are_one() -> None:
    hours = daily(("08:00", "12:00"), ("12:00", "14:00"), ("13:00", "15:00"))
    assert edges(hours, utc("2026-07-13T00:00"), 2) == ["13 08:00 +0200 open", "13 15:00 +0200 shut"]


def test_the_whole_of_every_day_never_ends() -> None:
    hours = daily(("00:00", "00:00"))
    assert hours.is_open(utc("2026-07-13T12:00"), ROME)
    assert edges(hours, utc("2026-07-13T00:00"), 1) == ["never"]


def test_without_windows_it_never_opens() -> None:
    assert edges(daily(), utc("2026-07-13T00:00"), 1) == ["never"]


@pytest.mark.parametrize(
    ("holidays", "expected"),
    [(None, "25 07:30 +0100 open"), ((), "28 07:30 +0100 open"), (OFFICE[:1], "25 07:30 +0100 open")],
)
def test_public_holidays_have_windows_of_their_own(holidays: Windows | None, expected: str) -> None:
    weekdays = (OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, (), ())
    hours = OpeningHours(days=weekdays, holidays=holidays, calendar=parse_calendar("IT"))
    assert edges(hours, utc("2026-12-24T18:00"), 1) == [expected]


def test_an_exception_stands_above_weekday_and_holiday() -> None:
    short = (Window(time(8), time(12)),)
    hours = OpeningHours(
        days=(OFFICE,) * 7,
        holidays=(),
        exceptions={date(2026, 12, 24): short, date(2026, 12, 25): short},
        calendar=parse_calendar("IT"),
    )
    assert edges(hours, utc("2026-12-24T00:00"), 5) == [
        "24 08:00 +0100 open",
        "24 12:00 +0100 shut",
        "25 08:00 +0100 open",
        "25 12:00 +0100 shut",
        "27 07:30 +0100 open",
    ]


SPRING, AUTUMN = utc("2026-03-28T22:00"), utc("2026-10-24T21:00")


@pytest.mark.parametrize(
    ("window", "night", "expected"),
    [
        (("01:00", "02:30"), SPRING, ["29 01:00 +0100 open", "29 03:00 +0200 shut"]),
        (("02:30", "03:30"), SPRING, ["29 03:00 +0200 open", "29 03:30 +0200 shut"]),
        (("02:15", "02:45"), SPRING, ["30 02:15 +0200 open", "30 02:45 +0200 shut"]),
        (("23:30", "04:00"), SPRING, ["28 23:30 +0100 open", "29 04:00 +0200 shut"]),
        (("02:15", "02:45"), AUTUMN, ["25 02:15 +0200 open", "25 02:45 +0200 shut", "26 02:15 +0100 open"]),
        (("02:30", "03:30"), AUTUMN, ["25 02:30 +0200 open", "25 03:30 +0100 shut"]),
        (("01:00", "02:30"), AUTUMN, ["25 01:00 +0200 open", "25 02:30 +0200 shut"]),
    ],
)
def test_each_window_opens_and_closes_once_when_clocks_are_changed(
    window: tuple[str, str], night: datetime, expected: list[str]
) -> None:
    assert edges(daily(window), night, len(expected)) == expected


def test_a_wall_time_that_is_left_out_is_the_instant_of_the_jump() -> None:
    for wall in ("2026-03-29T02:00", "2026-03-29T02:00:01", "2026-03-29T02:59:59"):
        assert first_instant(datetime.fromisoformat(wall), ROME) == utc("2026-03-29T01:00")


half_hours = st.integers(0, 47).map(lambda number: time(number // 2, number % 2 * 30))


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(half_hours, half_hours), max_size=3),
    st.integers(0, 365 * 24 * 2).map(lambda number: utc("2026-01-01T00:00") + number * timedelta(minutes=30)),
)
def test_it_changes_at_its_edges_and_nowhere_else(found: list[tuple[time, time]], after: datetime) -> None:
    hours = OpeningHours(days=(tuple(Window(*each) for each in found),) * 7)
    edge = hours.next_edge(after, ROME)
    if edge is None:
        edge = after + timedelta(days=2)
    else:
        assert hours.is_open(edge, ROME) is not hours.is_open(after, ROME)
    moments = [
        after + number * timedelta(minutes=15)
        for number in range(int((edge - after) / timedelta(minutes=15)))
    ]
    assert {hours.is_open(each, ROME) for each in moments} <= {hours.is_open(after, ROME)}
