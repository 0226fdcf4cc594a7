"""The sun as a schedule: shifted, kept within times of day, on some days, and at the poles."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.public_holidays import HolidayCalendar
from interlock.rules.days import ANY_DAY, DayChoice, HolidayChoice
from interlock.rules.sun_schedule import Sun
from interlock.sun import HORIZON, Direction, Passage, Place, Turn, next_passage

ROME, TROMSO, APIA = Place(41.9, 12.5), Place(69.65, 18.96), Place(-13.83, -171.76)
SUNRISE, SUNSET = Passage(HORIZON, Direction.RISING), Passage(HORIZON, Direction.SETTING)
ZONES = {
    "Europe/Rome": ROME,
    "Europe/Oslo": TROMSO,
    "Pacific/Apia": APIA,
    "Australia/Lord_Howe": Place(-31.55, 159.08),
    "Pacific/Kiritimati": Place(1.87, -157.4),
    "America/Adak": Place(51.88, -176.65),
    "UTC": Place(0, 180),
}


def runs(sun: Sun, zone: str, start: str, count: int) -> list[str]:
    """The first runs from a local time on, as the clock on the wall shows them."""
    trigger, found = sun.trigger(ZoneInfo(zone)), []
    due = trigger.get_next_fire_time(None, datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)))
    while due is not None and len(found) < count:
        found.append(f"{due.astimezone(ZoneInfo(zone)):%m-%d %H:%M}")
        due = trigger.get_next_fire_time(due, due)
    return found


@pytest.mark.parametrize(
    ("sun", "expected"),
    [
        (Sun(ROME, SUNSET), ["07-14 20:44", "07-15 20:44"]),
        (Sun(ROME, SUNSET, timedelta(minutes=-20)), ["07-14 20:24", "07-15 20:24"]),
        (Sun(ROME, SUNSET, timedelta(hours=4)), ["07-14 00:45", "07-15 00:44"]),
        (Sun(ROME, SUNSET, not_after=time(20, 30)), ["07-14 20:30", "07-15 20:30"]),
        (Sun(ROME, SUNSET, timedelta(hours=4), not_after=time(23)), ["07-14 23:00", "07-15 23:00"]),
        (Sun(ROME, SUNRISE, not_before=time(7)), ["07-14 07:00", "07-15 07:00"]),
        (Sun(ROME, SUNRISE, timedelta(hours=-6), not_before=time(0, 30)), ["07-14 00:30", "07-15 00:30"]),
        (Sun(ROME, SUNRISE, not_before=time(5), not_after=time(6)), ["07-14 05:46", "07-15 05:46"]),
        (Sun(ROME, Turn.NOON), ["07-14 13:16", "07-15 13:16"]),
        (Sun(ROME, SUNSET, days=DayChoice(frozenset({4}))), ["07-17 20:43", "07-24 20:38"]),
        (
            Sun(ROME, SUNSET, days=DayChoice(holidays=HolidayChoice(HolidayCalendar("IT"), True))),
            ["08-15 20:11", "10-04 18:45"],
        ),
    ],
)
def test_it_comes_by_the_sun(sun: Sun, expected: list[str]) -> None:
    found = runs(sun, "Europe/Rome", "2026-07-14T00:00", 2)
    assert [each[:-1] for each in found] == [each[:-1] for each in expected]


def test_holidays_can_be_left_out() -> None:
    days = DayChoice(holidays=HolidayChoice(HolidayCalendar("IT"), False))
    found = runs(Sun(ROME, SUNSET, days=days), "Europe/Rome", "2026-08-14T00:00", 2)
    assert [each[:5] for each in found] == ["08-14", "08-16"]


def test_where_the_sun_does_not_rise_nothing_comes_until_it_does() -> None:
    found = runs(Sun(TROMSO, SUNRISE, not_before=time(6)), "Europe/Oslo", "2026-11-25T00:00", 4)
    assert [each[:5] for each in found] == ["11-25", "11-26", "11-27", "01-15"]


def test_where_it_never_stands_so_it_never_comes() -> None:
    assert runs(Sun(ROME, Passage(80, Direction.RISING)), "Europe/Rome", "2026-01-01T00:00", 1) == []


def test_not_before_in_the_hour_that_is_left_out_is_right_after_it() -> None:
    sun = Sun(ROME, Turn.MIDNIGHT, not_before=time(2, 30))
    assert runs(sun, "Europe/Rome", "2026-03-29T00:00", 2) == ["03-29 03:00", "03-30 02:30"]


def test_not_before_in_the_repeated_hour_comes_once() -> None:
    sun = Sun(ROME, SUNRISE, timedelta(hours=-6), not_before=time(2, 30))
    assert runs(sun, "Europe/Rome", "2026-10-25T00:00", 2) == ["10-25 02:30", "10-26 02:30"]


MINUTES = st.integers(0, 15 * 365 * 1440)


@given(
    st.sampled_from(sorted(ZONES)),
    MINUTES,
    st.sampled_from([SUNRISE, SUNSET, Turn.NOON, Turn.MIDNIGHT]),
    st.integers(-300, 300),
    st.booleans(),
)
def test_each_event_of_the_sun_comes_once(
    name: str, minute: int, event: Passage | Turn, offset: int, is_kept: bool
) -> None:
    zone, shift = ZoneInfo(name), timedelta(minutes=offset)
    limits = (time(5, 10), time(20, 40)) if is_kept else (None, None)
    trigger = Sun(ZONES[name], event, shift, *limits, ANY_DAY).trigger(zone)
    start = datetime(2011, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    first = trigger.get_next_fire_time(None, start)
    second = trigger.get_next_fire_time(first, first)
    assert start <= first < second
    assert trigger.get_next_fire_time(None, first) == first
    if is_kept:
        # Apia left out a whole day, on which the sun rose as ever.
        assert all(time(5, 10) <= due.astimezone(zone).time() <= time(20, 40) for due in (first, second)) or (
            name == "Pacific/Apia"
        )
    elif isinstance(event, Passage):
        assert next_passage(ZONES[name], event, first - shift) == second - shift
