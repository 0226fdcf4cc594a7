"""Schedules: what is read, what is refused, and both nights on which clocks are changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from hypothesis import given
from hypothesis import strategies as st

from interlock.durations import parse_duration
from interlock.rules.schedule import At, Cron, Every, Schedule, parse_days, parse_time

ROME, NEW_YORK, LORD_HOWE = "Europe/Rome", "America/New_York", "Australia/Lord_Howe"
SANTIAGO, CAIRO, KOLKATA = "America/Santiago", "Africa/Cairo", "Asia/Kolkata"
ZONES = (ROME, NEW_YORK, LORD_HOWE, SANTIAGO, CAIRO, KOLKATA, "UTC", "Asia/Kathmandu", "Pacific/Apia")


def every(interval: str, offset: str = "0") -> Every:
    return Every(parse_duration(interval), parse_duration(offset))


def at(*times: str, days: Iterable[int] = range(7)) -> At:
    return At(tuple(map(parse_time, times)), frozenset(days))


def fire_times(schedule: Schedule, zone: str, start: datetime, count: int) -> list[datetime]:
    trigger, times, previous = schedule.trigger(ZoneInfo(zone)), list[datetime](), None
    for _ in range(count):
        previous = trigger.get_next_fire_time(previous, start)
        times.append(previous)
    return times


def local_times(schedule: Schedule, zone: str, start: str, count: int) -> str:
    """The fire times from a local time on, as the clock on the wall and its offset show them."""
    begin = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    times = (due.astimezone(ZoneInfo(zone)) for due in fire_times(schedule, zone, begin, count))
    return " ".join(f"{due:%H:%M}{due.isoformat()[-6:].removesuffix(':00')}" for due in times)


NIGHTS = [
    # Rome: 02:00 to 03:00 is left out on 29 March 2026, and comes twice on 25 October.
    (every("15m"), ROME, "2026-03-29T01:30", "01:30+01 01:45+01 03:00+02 03:15+02"),
    (every("30m"), ROME, "2026-10-25T02:00", "02:00+02 02:30+02 02:00+01 02:30+01 03:00+01"),
    (every("30m", "10m"), ROME, "2026-10-25T02:00", "02:10+02 02:40+02 02:10+01 02:40+01 03:10+01"),
    (every("45m"), ROME, "2026-10-25T01:30", "01:30+02 02:15+02 02:15+01 03:00+01"),
    (every("45m"), ROME, "2026-03-29T01:30", "01:30+01 03:00+02 03:45+02"),
    (every("1h"), ROME, "2026-03-29T01:00", "01:00+01 03:00+02 04:00+02"),
    (every("1h"), ROME, "2026-10-25T01:00", "01:00+02 02:00+02 02:00+01 03:00+01"),
    (every("2h"), ROME, "2026-03-29T00:00", "00:00+01 03:00+02 04:00+02"),
    (every("2h"), ROME, "2026-10-25T00:00", "00:00+02 02:00+02 04:00+01"),
    (every("6h"), ROME, "2026-10-25T00:00", "00:00+02 06:00+01 12:00+01 18:00+01 00:00+01"),
    (every("7h"), ROME, "2026-10-24T20:00", "22:00+02 04:00+01 11:00+01"),
    (every("1d", "2h30m"), ROME, "2026-03-28T00:00", "02:30+01 03:00+02 02:30+02"),
    (Cron("30 2 * * *"), ROME, "2026-03-28T00:00", "02:30+01 03:00+02 02:30+02"),
    (Cron("30 2 * * *"), ROME, "2026-10-24T00:00", "02:30+02 02:30+02 02:30+01"),
    (Cron("0,30 1-3 * * *"), ROME, "2026-03-29T01:30", "01:30+01 03:00+02 03:30+02 01:00+02"),
    (Cron("*/30 * * * *"), ROME, "2026-03-29T01:30", "01:30+01 03:00+02 03:30+02"),
    (Cron("*/30 * * * *"), ROME, "2026-10-25T02:00", "02:00+02 02:30+02 02:00+01 02:30+01 03:00+01"),
    (Cron("30 * * * *"), ROME, "2026-10-25T01:30", "01:30+02 02:30+02 02:30+01 03:30+01"),
    (Cron("*/30 2 25 10 *"), ROME, "2026-10-25T02:00", "02:00+02 02:30+02 02:00+01 02:30+01 02:00+02"),
    (at("02:30"), ROME, "2026-03-28T00:00", "02:30+01 03:00+02 02:30+02"),
    (at("02:30"), ROME, "2026-10-24T00:00", "02:30+02 02:30+02 02:30+01"),
    (at("02:10", "02:50", "03:00"), ROME, "2026-03-29T00:00", "03:00+02 02:10+02"),
    # New York: 02:00 to 03:00 is left out on 8 March 2026; 01:00 to 02:00 comes twice on 1 November.
    (every("20m"), NEW_YORK, "2026-11-01T01:20", "01:20-04 01:40-04 01:00-05 01:20-05 01:40-05 02:00-05"),
    (every("3h", "1h"), NEW_YORK, "2026-11-01T01:00", "01:00-04 04:00-05"),
    (Cron("15 1 * * *"), NEW_YORK, "2026-11-01T00:00", "01:15-04 01:15-05"),
    (Cron("15 2 * * *"), NEW_YORK, "2026-03-08T00:00", "03:00-04 02:15-04"),
    (at("01:15"), NEW_YORK, "2026-11-01T00:00", "01:15-04 01:15-05"),
    (at("02:15"), NEW_YORK, "2026-03-08T00:00", "03:00-04 02:15-04"),
    # Apia left out the whole of 30 December 2011.
    (at("12:00"), "Pacific/Apia", "2011-12-29T00:00", "12:00-10 00:00+14 12:00+14 12:00+14"),
    (Cron("0 12 * * *"), "Pacific/Apia", "2011-12-29T00:00", "12:00-10 00:00+14 12:00+14 12:00+14"),
    (every("6h"), "Pacific/Apia", "2011-12-29T18:00", "18:00-10 00:00+14 06:00+14"),
    # Lord Howe shifts by 30 minutes: 02:00 to 02:30 left out on 4 October, 01:30 to 02:00 twice on 5 April.
    (every("15m"), LORD_HOWE, "2026-04-05T01:45", "01:45+11 01:30+10:30 01:45+10:30 02:00+10:30"),
    (every("20m"), LORD_HOWE, "2026-04-05T01:40", "01:40+11 01:40+10:30 02:00+10:30"),
    (every("1h"), LORD_HOWE, "2026-10-04T01:00", "01:00+10:30 02:30+11 03:00+11"),
    (every("1h", "45m"), LORD_HOWE, "2026-04-05T00:45", "00:45+11 01:45+11 02:45+10:30"),
    (Cron("45 1 * * *"), LORD_HOWE, "2026-04-05T00:00", "01:45+11 01:45+10:30"),
    (Cron("*/15 1 * * *"), LORD_HOWE, "2026-04-05T01:45", "01:45+11 01:30+10:30 01:45+10:30 01:00+10:30"),
    (Cron("10 2 * * *"), LORD_HOWE, "2026-10-04T00:00", "02:30+11 02:10+11"),
    (at("01:45"), LORD_HOWE, "2026-04-05T00:00", "01:45+11 01:45+10:30"),
    (at("02:10"), LORD_HOWE, "2026-10-04T00:00", "02:30+11 02:10+11"),
    # Midnight itself is left out in Cairo on 24 April 2026 and in Santiago on 6 September;
    # the hour before it comes twice in Cairo on 29 October and in Santiago on 4 April.
    (every("1d"), CAIRO, "2026-04-23T00:00", "00:00+02 01:00+03 00:00+03"),
    (every("1h"), CAIRO, "2026-04-23T23:00", "23:00+02 01:00+03 02:00+03"),
    (every("1h"), CAIRO, "2026-10-29T23:00", "23:00+03 23:00+02 00:00+02"),
    (every("30m"), SANTIAGO, "2026-04-04T23:30", "23:30-03 23:00-04 23:30-04 00:00-04"),
    (every("6h"), SANTIAGO, "2026-09-05T18:00", "18:00-04 01:00-03 06:00-03"),
    (Cron("0 0 * * *"), SANTIAGO, "2026-09-05T00:00", "00:00-04 01:00-03 00:00-03"),
    (Cron("0 0 6 9 *"), SANTIAGO, "2026-09-05T00:00", "01:00-03 00:00-03"),
    (Cron("30 23 * * *"), CAIRO, "2026-10-29T00:00", "23:30+03 23:30+02"),
    (at("00:00"), CAIRO, "2026-04-23T12:00", "01:00+03 00:00+03"),
    (at("00:00"), SANTIAGO, "2026-09-05T12:00", "01:00-03 00:00-03"),
    (at("23:30"), SANTIAGO, "2026-04-04T12:00", "23:30-03 23:30-04"),
]


@pytest.mark.parametrize(("schedule", "zone", "start", "expected"), NIGHTS)
def test_clock_changes(schedule: Schedule, zone: str, start: str, expected: str) -> None:
    assert local_times(schedule, zone, start, len(expected.split())) == expected


@pytest.mark.parametrize("moment", ["02:00", "02:00:01", "02:17:31", "02:59:58", "02:59:59"])
def test_what_falls_into_the_missing_hour_comes_to_the_second_when_that_is_over(moment: str) -> None:
    start = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert fire_times(at(moment), ROME, start, 1) == [datetime(2026, 3, 29, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("schedule", "start", "expected"),
    [
        (every("15m"), "2026-05-05T10:07", "10:15+02 10:30+02"),
        (every("1h", "20m"), "2026-05-05T10:07", "10:20+02 11:20+02"),
        (every("90m"), "2026-05-05T02:00", "03:00+02 04:30+02"),
        (every("1d", "7h"), "2026-05-05T08:00", "07:00+02 07:00+02"),
        (at("07:30", "06:15"), "2026-05-05T07:00", "07:30+02 06:15+02 07:30+02"),
    ],
)
def test_ordinary_days(schedule: Schedule, start: str, expected: str) -> None:
    assert local_times(schedule, ROME, start, len(expected.split())) == expected


def test_hours_are_aligned_to_the_local_clock_where_the_offset_is_half_an_hour() -> None:
    assert local_times(every("1h"), KOLKATA, "2026-05-05T10:07", 2) == "11:00+05:30 12:00+05:30"


def local_dates(schedule: Schedule, start: str, count: int) -> list[str]:
    begin = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(ROME))
    return [
        f"{due.astimezone(ZoneInfo(ROME)):%a %d %b %H:%M}" for due in fire_times(schedule, ROME, begin, count)
    ]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Cron("0 7 * * 1"), ["Mon 11 May 07:00", "Mon 18 May 07:00"]),
        (Cron("0 7 * * 0"), ["Sun 10 May 07:00", "Sun 17 May 07:00"]),
        (Cron("0 7 * * 7"), ["Sun 10 May 07:00", "Sun 17 May 07:00"]),
        (Cron("0 7 * * sat,SUN"), ["Sat 09 May 07:00", "Sun 10 May 07:00"]),
        (Cron("0 7 13 * fri"), ["Fri 08 May 07:00", "Wed 13 May 07:00", "Fri 15 May 07:00"]),
        (Cron("0 7 29 feb *"), ["Tue 29 Feb 07:00"]),
        (at("07:00", days={0, 6}), ["Sun 10 May 07:00", "Mon 11 May 07:00"]),
        (every("1w"), ["Mon 11 May 00:00", "Mon 18 May 00:00"]),
        (every("2d"), ["Wed 06 May 00:00", "Fri 08 May 00:00"]),
    ],
)
def test_days(schedule: Schedule, expected: list[str]) -> None:
    assert local_dates(schedule, "2026-05-05T12:00", len(expected)) == expected


def test_a_time_that_is_now_is_due_now_and_only_once() -> None:
    now = datetime(2026, 5, 5, 10, tzinfo=UTC)
    trigger = every("1h").trigger(ZoneInfo(ROME))
    assert trigger.get_next_fire_time(None, now) == now
    assert trigger.get_next_fire_time(now, now) == now + timedelta(hours=1)


def test_fire_times_are_in_utc() -> None:
    due = at("07:30").trigger(ZoneInfo(ROME)).get_next_fire_time(None, datetime(2026, 5, 5, tzinfo=UTC))
    assert (due, due.tzinfo) == (datetime(2026, 5, 5, 5, 30, tzinfo=UTC), UTC)


@pytest.mark.parametrize("schedule", [every("20m"), every("2h"), Cron("*/7 * * * *"), at("02:30", "03:10")])
@pytest.mark.parametrize("zone", ZONES)
def test_asking_out_of_order_gives_the_same_times(schedule: Schedule, zone: str) -> None:
    trigger = schedule.trigger(ZoneInfo(zone))
    start = datetime(2026, 10, 24, 20, tzinfo=UTC)
    times = fire_times(schedule, zone, start, 30)
    again = [trigger.get_next_fire_time(before, start) for before in reversed([None, *times[:-1]])]
    direct = [trigger.get_next_fire_time(None, before + timedelta(seconds=1)) for before in times[:-1]]
    assert (again[::-1], direct) == (times, times[1:])


instants = st.datetimes(
    datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip
intervals = st.sampled_from(["1s", "20s", "1m", "4m", "15m", "20m", "45m", "1h", "90m", "2h", "8h", "1d"])
zones = st.sampled_from(ZONES)


@given(intervals.map(every), zones, instants)
def test_intervals_are_never_doubled_nor_skipped(schedule: Every, zone: str, start: datetime) -> None:
    first, second, third = fire_times(schedule, zone, start, 3)
    shift = timedelta(hours=1)
    assert start <= first <= start + schedule.interval + shift
    for gap in (second - first, third - second):
        assert gap == schedule.interval or timedelta() < gap <= schedule.interval + shift
        assert zone not in {"UTC", KOLKATA} or gap == schedule.interval


@given(st.sampled_from(["1s", "1m", "5m", "15m"]), zones, instants)
def test_short_intervals_are_evenly_spaced_in_every_zone(interval: str, zone: str, start: datetime) -> None:
    first, second, third = fire_times(every(interval), zone, start, 3)
    assert second - first == third - second == parse_duration(interval)


@given(st.times(), zones, instants)
def test_a_time_of_day_comes_once_on_each_date(moment: time, zone: str, start: datetime) -> None:
    times = fire_times(At((moment.replace(microsecond=0, fold=0),)), zone, start, 4)
    dates: list[date] = [due.astimezone(ZoneInfo(zone)).date() for due in times]
    assert [later - earlier for earlier, later in itertools.pairwise(dates)] == [timedelta(days=1)] * 3


@given(st.integers(0, 59), st.integers(0, 23), zones, instants)
def test_a_fixed_cron_is_a_time_of_day(minute: int, hour: int, zone: str, start: datetime) -> None:
    cron, moment = Cron(f"{minute} {hour} * * *"), At((time(hour, minute),))
    assert fire_times(cron, zone, start, 3) == fire_times(moment, zone, start, 3)


@given(st.sampled_from(["15m", "20m", "1h"]), zones, instants)
def test_an_interval_comes_on_its_grid_or_where_the_clock_jumps(
    interval: str, zone: str, start: datetime
) -> None:
    length = parse_duration(interval)
    due = fire_times(every(interval), zone, start, 1)[0]
    shown = due.astimezone(ZoneInfo(zone))
    before = (due - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
    is_on_grid = (shown.hour * 60 + shown.minute) * timedelta(minutes=1) % length == timedelta()
    jumped = shown.utcoffset() != before.utcoffset()
    assert is_on_grid or jumped


async def test_the_triggers_run_in_apscheduler() -> None:
    scheduler = AsyncIOScheduler(timezone=ROME)
    scheduler.start(paused=True)
    jobs = [scheduler.add_job(print, s.trigger(ZoneInfo(ROME))) for s in (every("1h"), at("07:30"))]
    due = [job.next_run_time.astimezone(ZoneInfo(ROME)) for job in jobs]
    scheduler.shutdown()
    assert (due[0].minute, due[1].time()) == (0, time(7, 30))


@pytest.mark.parametrize(
    ("interval", "offset", "message"),
    [
        ("500ms", "0", "an interval is in whole seconds and at least 1s, not 500ms"),
        ("1500ms", "0", "an interval is in whole seconds and at least 1s, not 1s500ms"),
        ("0", "0", "an interval is in whole seconds and at least 1s, not 0s"),
        ("15m", "15m", "an offset is in whole seconds and shorter than every 15m, not 15m"),
        ("15m", "10ms", "an offset is in whole seconds and shorter than every 15m, not 10ms"),
    ],
)
def test_bad_intervals(interval: str, offset: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        every(interval, offset)


def test_an_offset_before_the_clock_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not -5m$"):
        Every(timedelta(minutes=15), -timedelta(minutes=5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 7 * *", "has not the five fields of cron: minute hour day month weekday"),
        ("0 0 7 * * *", "has not the five fields of cron: minute hour day month weekday"),
        ("60 7 * * *", "is no cron expression: the field minute is wrong or never comes"),
        ("0 7 * * funday", "is no cron expression: the field day-of-week is wrong or never comes"),
        ("0 7 31 2 *", "is no cron expression: the field day-of-month is wrong or never comes"),
        ("0 7 * 2,4 *#5", "is no cron expression: the field day-of-week is wrong or never comes"),
    ],
)
def test_bad_crons(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        Cron(text)
    assert str(error.value) == f"'{text}' {message}"


def test_a_cron_without_any_day_in_fifty_years_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(self: object) -> datetime:
        raise StopIteration

    monkeypatch.setattr("interlock.rules.schedule.CronSim.__next__", ends)
    with pytest.raises(ValueError, match="never comes: no such day in 50 years"):
        Cron("0 7 * * *")


@given(st.text(alphabet="0123456789*/,-#LW SUNMOfeb", max_size=24))
def test_no_cron_text_does_worse_than_being_refused(text: str) -> None:
    try:
        cron = Cron(text)
    except ValueError:
        return
    fire_times(cron, ROME, datetime(2026, 5, 5, tzinfo=UTC), 1)


@pytest.mark.parametrize(("times", "days"), [((), {0}), ((time(7),), ())])
def test_an_empty_list_of_times_or_days_is_refused(times: tuple[time, ...], days: Iterable[int]) -> None:
    with pytest.raises(ValueError, match="never comes"):
        At(times, frozenset(days))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("07:30", time(7, 30)), ("7:05", time(7, 5)), (" 07:30:15 ", time(7, 30, 15)), ("00:00", time())],
)
def test_times_of_day(text: str, expected: time) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize("text", ["24:00", "7", "07:60", "07:30:60", "7.30", "noon", "07:3", "107:30", ""])
def test_bad_times_of_day(text: str) -> None:
    with pytest.raises(
        ValueError, match=f"^'{text}' is no time of day: write for example 07:30 or 07:30:15$"
    ):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("sat", {5}), ("mon-fri", {0, 1, 2, 3, 4}), ("Fri - Mon", {4, 5, 6, 0}), ("sun-sun", {6})],
)
def test_days_of_the_week(text: str, expected: set[int]) -> None:
    assert parse_days(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("thr", "'thr' is no day of the week; did you mean 'thu'?"),
        ("mon-fry", "'fry' is no day of the week; did you mean 'fri'?"),
        ("xyz", "'xyz' is no day of the week; they are mon, tue, wed, thu, fri, sat, sun"),
    ],
)
def test_bad_days_of_the_week(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_days(text)
    assert str(error.value) == message


def test_equal_schedules_are_one_key() -> None:
    assert (
        len({every("60s"), every("1m"), Cron("0 7 * * 1"), Cron("0 7 * * 1"), at("7:30"), at("07:30")}) == 3
    )
