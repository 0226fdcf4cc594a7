"""The timetable calls back when triggers say so, in virtual time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger

from interlock.durations import format_duration
from interlock.rules.local_time import SeriesTrigger
from interlock.rules.spread import Missed
from interlock.runtime.timetable import Timetable
from interlock.simulation.virtual_time import run_virtual
from support.settable_clock import SettableClock

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
HOUR_S = 3600


def run_table(prepare: Callable[[Timetable, SettableClock], None], seconds: float) -> None:
    async def main() -> None:
        clock = SettableClock(START)
        table = Timetable(clock)
        prepare(table, clock)
        running = asyncio.create_task(table.run())
        await asyncio.sleep(seconds)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run_virtual(main())


def loop_time() -> float:
    return asyncio.get_running_loop().time()


def test_an_interval_calls_at_once_and_then_on_its_beat() -> None:
    seen: list[datetime] = []
    run_table(lambda table, _: table.add_interval(timedelta(seconds=10), seen.append), 35)
    assert seconds_after(START, seen) == [0, 10, 20, 30]


def test_a_trigger_of_the_scheduler_library_is_asked_for_its_times() -> None:
    seen: list[datetime] = []
    run_table(lambda table, _: table.add(CronTrigger(minute="*/20", timezone=UTC), seen.append), HOUR_S - 1)
    assert seen == [START, START + timedelta(minutes=20), START + timedelta(minutes=40)]


def test_what_is_added_while_it_waits_is_not_missed() -> None:
    seen: list[str] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        table.add_once(timedelta(seconds=20), lambda _: seen.append("late"))
        table.add_once(
            timedelta(seconds=5),
            lambda _: table.add_once(timedelta(seconds=1), lambda _: seen.append("early")) and None,
        )

    run_table(prepare, 30)
    assert seen == ["early", "late"]


def test_a_cancelled_job_is_never_called() -> None:
    seen: list[datetime] = []
    run_table(lambda table, _: table.add_once(timedelta(seconds=5), seen.append).cancel(), 10)
    assert seen == []


def test_jobs_due_together_are_called_in_the_order_they_were_added() -> None:
    seen: list[int] = []

    def prepare(table: Timetable, _: SettableClock) -> None:
        for number in range(5):
            table.add_once(timedelta(), lambda _, number=number: seen.append(number))  # type: ignore[misc]

    run_table(prepare, 1)
    assert seen == [0, 1, 2, 3, 4]


def test_a_clock_set_forward_skips_what_was_missed_and_goes_on_in_step() -> None:
    seen: list[float] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        def note(due: datetime) -> None:
            seen.append((due - START).total_seconds())
            if len(seen) == 1:
                clock.shift = timedelta(hours=5)

        table.add(CronTrigger(minute="*/10", timezone=UTC), note)

    run_table(prepare, 700)
    assert seen == [0, 5 * HOUR_S, 5 * HOUR_S + 600]


@pytest.mark.parametrize(("late_s", "called"), [(60, 1), (61, 0)])
def test_what_is_missed_by_a_minute_is_called_and_by_more_is_not(late_s: int, called: int) -> None:
    seen: list[datetime] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        table.add(CronTrigger(minute=1, timezone=UTC), seen.append)
        clock.shift = timedelta(seconds=60 + late_s)

    run_table(prepare, 1)
    assert len(seen) == called


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_length_of_time_is_the_same_however_the_clock_is_set(hours: int) -> None:
    seen: list[float] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        table.add_once(timedelta(seconds=90), lambda _: seen.append(loop_time()))
        clock.shift = timedelta(hours=hours)

    run_table(prepare, 200)
    assert seen == [90]


@pytest.mark.parametrize("hours", [-5, 5])
def test_an_interval_keeps_its_pace_however_the_clock_is_set(hours: int) -> None:
    seen: list[float] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        table.add_interval(timedelta(seconds=60), lambda _: seen.append(loop_time()))
        table.add_once(timedelta(seconds=90), lambda _: setattr(clock, "shift", timedelta(hours=hours)))

    run_table(prepare, 200)
    assert seen == [0, 60, 120, 180]


def test_an_interval_that_is_late_skips_what_it_missed_and_keeps_its_beat() -> None:
    class Stalling(SettableClock):
        """Its machine stood still for a while, 15 seconds after the start."""

        def monotonic(self) -> timedelta:
            passed = super().monotonic()
            return passed + timedelta(seconds=37) if passed > timedelta(seconds=15) else passed

    seen: list[timedelta] = []

    async def main() -> None:
        clock = Stalling(START)
        table = Timetable(clock)
        table.add_interval(timedelta(seconds=10), lambda _: seen.append(clock.monotonic()))
        running = asyncio.create_task(table.run())
        await asyncio.sleep(28)
        running.cancel()

    run_virtual(main())
    assert [passed.total_seconds() for passed in seen] == [0, 10, 57, 60]


def test_lengths_of_time_are_counted_on_while_nothing_else_is_due() -> None:
    seen: list[float] = []
    run_table(
        lambda table, _: table.add_once(timedelta(hours=1), lambda _: seen.append(loop_time())) and None,
        HOUR_S + 1,
    )
    assert seen == [HOUR_S]


def set_back(table: Timetable, clock: SettableClock, by: timedelta) -> None:
    """Have the clock set back after two minutes and a half."""

    def act(_: datetime) -> None:
        clock.shift = -by

    table.add_once(timedelta(seconds=150), act)


def seconds_after(origin: datetime, seen: list[datetime]) -> list[float]:
    return [(due - origin).total_seconds() for due in seen]


def test_a_schedule_goes_on_when_the_clock_was_set_back_by_more_than_its_pace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[datetime] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        set_back(table, clock, timedelta(hours=1))
        table.add(CronTrigger(minute="*", timezone=UTC), seen.append)

    run_table(prepare, 200)
    assert seen == [*(START + timedelta(minutes=m) for m in (0, 1, 2)), START - timedelta(minutes=57)]
    assert [record.getMessage() for record in caplog.records] == ["the clock was set back by 1h"]


def test_a_time_of_day_does_not_come_twice_because_the_clock_was_set_back() -> None:
    seen: list[datetime] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        set_back(table, clock, timedelta(hours=1))
        table.add(CronTrigger(hour=12, minute=1, timezone=UTC), seen.append)

    run_table(prepare, 25 * HOUR_S + 120)
    assert seen == [START + timedelta(minutes=1), START + timedelta(days=1, minutes=1)]


def test_a_clock_set_back_by_a_minute_is_waited_for() -> None:
    seen: list[datetime] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        set_back(table, clock, timedelta(minutes=1))
        table.add(CronTrigger(minute="*", timezone=UTC), seen.append)

    run_table(prepare, 299)
    assert seconds_after(START, seen) == [0, 60, 120, 180]


def test_an_instant_comes_once_also_where_the_clock_jumps_far_beyond_it() -> None:
    seen: list[datetime] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        table.add_instant(START + timedelta(seconds=100), seen.append)
        table.add_instant(START + timedelta(hours=1), seen.append)
        table.add_instant(START + timedelta(hours=9), seen.append).cancel()
        set_back(table, clock, -timedelta(hours=30))

    run_table(prepare, 300)
    assert seen == [START + timedelta(seconds=100), START + timedelta(hours=1)]


@pytest.mark.parametrize(("by", "times"), [(timedelta(hours=1), 1), (timedelta(minutes=1), 0)])
def test_it_is_told_once_that_the_clock_was_set_back(by: timedelta, times: int) -> None:
    told: list[str] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        table.notice_set_back = lambda: told.append("set back")
        set_back(table, clock, by)

    run_table(prepare, 300)
    assert told == ["set back"] * times


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        (Missed.SKIP, [0, 60, 360, 420]),
        (Missed.ONCE, [0, 60, 300, 360, 420]),
        (Missed.ALL, [0, 60, 120, 180, 240, 300, 360, 420]),
    ],
)
def test_what_becomes_of_times_that_are_jumped_over(missed: Missed, expected: list[int]) -> None:
    seen: list[datetime] = []

    def jump(_: datetime) -> None:
        clocks[0].shift = timedelta(minutes=4)

    clocks: list[SettableClock] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        clocks.append(clock)
        table.add_once(timedelta(seconds=90), jump)
        table.add(CronTrigger(minute="*", timezone=UTC), seen.append, missed)

    run_table(prepare, 181)
    assert seconds_after(START, seen) == expected


def test_what_is_late_is_called_in_the_order_of_its_times_and_said_to_be_all() -> None:
    seen: list[datetime | str] = []

    async def main() -> None:
        clock = SettableClock(START)
        table = Timetable(clock, lambda: seen.append("all"))
        for minutes in ("1-5", "*/2"):
            table.add(CronTrigger(minute=minutes, timezone=UTC), seen.append, Missed.ALL)
        running = asyncio.create_task(table.run())
        await asyncio.sleep(1)
        clock.shift = timedelta(minutes=4)
        await asyncio.sleep(60)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run_virtual(main())
    times = [each for each in seen if isinstance(each, datetime)]
    assert seconds_after(START, times) == [0, 60, 120, 120, 180, 240, 240, 300]
    assert (seen[1], seen[-1]) == ("all", "all")


def test_what_an_earlier_one_cancels_is_not_called() -> None:
    seen: list[datetime] = []

    def prepare(table: Timetable, _: SettableClock) -> None:
        table.add(CronTrigger(minute="1", timezone=UTC), lambda due: second.cancel())
        second = table.add(CronTrigger(minute="1", timezone=UTC), seen.append)

    run_table(prepare, 90)
    assert seen == []


def test_an_instant_of_the_monotonic_time_can_be_named() -> None:
    seen: list[datetime] = []
    run_table(lambda table, clock: table.add_at(timedelta(seconds=7), seen.append) and None, 30)
    assert seconds_after(START, seen) == [7]


def test_what_a_short_stall_jumps_over_is_called_all_the_same() -> None:
    seen: list[datetime] = []

    async def main() -> None:
        clock = SettableClock(START)
        table = Timetable(clock)
        table.add(CronTrigger(second="*/10", timezone=UTC), seen.append)
        running = asyncio.create_task(table.run())
        await asyncio.sleep(5)
        clock.shift = timedelta(seconds=25)
        await asyncio.sleep(10)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run_virtual(main())
    assert seconds_after(START, seen) == [0, 10, 20, 30]


def set_after(seconds: float, by: timedelta, *others: tuple[str, Missed]) -> tuple[list[datetime], Timetable]:
    """Return what is called of schedules where the clock is set after some seconds, and the timetable."""
    seen: list[datetime] = []
    tables: list[Timetable] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        tables.append(table)
        table.add_once(timedelta(seconds=seconds), lambda _: setattr(clock, "shift", by))
        for minutes, missed in others:
            table.add(CronTrigger(minute=minutes, timezone=UTC), seen.append, missed)

    run_table(prepare, seconds + 200)
    return seen, tables[0]


@pytest.mark.parametrize("by", [timedelta(minutes=5), timedelta(days=1), timedelta(days=56 * 365)])
def test_a_clock_that_is_set_forward_is_said_once_with_how_many_schedules_leave_something_out(
    caplog: pytest.LogCaptureFixture, by: timedelta
) -> None:
    _, table = set_after(
        90, by, ("2", Missed.SKIP), ("3", Missed.SKIP), ("4", Missed.ONCE), ("50", Missed.SKIP)
    )
    [line] = [record.getMessage() for record in caplog.records]
    count = 2 if by < timedelta(hours=1) else 3
    assert line == (
        f"the clock went forward by {format_duration(by)}: it was set, or the machine slept; "
        f"{count} schedules leave out what came meanwhile, see missed"
    )
    assert table.clock_set is not None
    assert table.clock_set.by == by
    assert START + by < table.clock_set.at <= START + by + timedelta(seconds=121)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([("3", Missed.SKIP)], "; 1 schedule leaves out what came meanwhile, see missed"),
        ([("3", Missed.ALL)], ""),
        ([], ""),
    ],
)
def test_where_little_is_left_out_that_is_said(
    caplog: pytest.LogCaptureFixture, others: list[tuple[str, Missed]], said: str
) -> None:
    set_after(90, timedelta(minutes=5), *others)
    [line] = [record.getMessage() for record in caplog.records]
    assert line == f"the clock went forward by 5m: it was set, or the machine slept{said}"


def test_a_clock_that_goes_from_1970_to_now_stampedes_nothing() -> None:
    seen, _ = set_after(
        90, timedelta(days=56 * 365), ("*", Missed.SKIP), ("*", Missed.ONCE), ("*", Missed.ALL)
    )
    # Before: a run at the start and one a minute later, of each. Then one and a hundred are made up for.
    assert len(seen) == 6 + (1 + 100) + 3 * 3


@pytest.mark.parametrize("by_s", [-60, -30, 30, 60])
def test_a_clock_that_is_set_by_a_minute_is_not_worth_a_word(
    caplog: pytest.LogCaptureFixture, by_s: int
) -> None:
    _, table = set_after(90, timedelta(seconds=by_s), ("*", Missed.SKIP))
    assert (caplog.records, table.clock_set) == ([], None)


def test_that_the_clock_was_set_back_is_kept() -> None:
    _, table = set_after(90, -timedelta(hours=2))
    assert table.clock_set is not None
    assert table.clock_set.by == -timedelta(hours=2)


def each_minute(said: list[str], name: str = "asked") -> SeriesTrigger:
    """Return a trigger of each full minute that says when it is asked for the next one."""

    def following(after: datetime) -> datetime:
        said.append(name)
        return after.replace(second=0, microsecond=0) + timedelta(minutes=1)

    return SeriesTrigger(following)


def test_all_that_is_due_is_called_before_a_trigger_is_asked_for_its_next_time() -> None:
    said: list[str] = []

    def prepare(table: Timetable, _: SettableClock) -> None:
        for _number in range(3):
            table.add(each_minute(said), lambda _: said.append("called"))
        said.clear()

    run_table(prepare, 61)
    assert said == ["called"] * 3 + ["asked"] * 3 + ["called"] * 3 + ["asked"] * 3


def test_a_schedule_that_is_cancelled_by_its_call_is_not_asked_again() -> None:
    said: list[str] = []

    def prepare(table: Timetable, _: SettableClock) -> None:
        only = table.add(each_minute(said), lambda _: only.cancel())
        said.clear()

    run_table(prepare, 61)
    assert said == []


def test_the_event_loop_has_its_turns_while_many_schedules_are_appointed_again() -> None:
    said: list[str] = []

    def prepare(table: Timetable, _: SettableClock) -> None:
        def begin(_: datetime) -> None:
            loop = asyncio.get_running_loop()
            loop.call_soon(lambda: said.append("turn"))

        table.add_instant(START, begin)
        for _number in range(600):
            table.add(each_minute(said), lambda _: None)
        said.clear()

    run_table(prepare, 1)
    assert said.count("asked") == 600
    assert 0 < said.index("turn") < 600


def test_many_schedules_come_again_together_and_in_their_order() -> None:
    seen: list[tuple[datetime, int]] = []
    handed_over: list[int] = []

    async def main() -> None:
        clock = SettableClock(START)
        table = Timetable(clock, lambda: handed_over.append(len(seen)))
        for number in range(600):
            table.add(each_minute([]), lambda due, number=number: seen.append((due, number)))  # type: ignore[misc]
        running = asyncio.create_task(table.run())
        await asyncio.sleep(61)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run_virtual(main())
    instants = [START, START + timedelta(minutes=1)]
    assert seen == [(instant, number) for instant in instants for number in range(600)]
    assert sorted(set(handed_over)) == [600, 1200]


@pytest.mark.parametrize("jump", [timedelta(), timedelta(minutes=3)])
def test_schedules_keep_the_order_in_which_they_were_added_however_often_each_comes(
    jump: timedelta,
) -> None:
    seen: list[tuple[float, str]] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        for name, minutes in (("a", "*"), ("b", "*/2"), ("c", "*"), ("d", "*/2")):
            table.add(
                CronTrigger(minute=minutes, timezone=UTC),
                lambda due, name=name: seen.append(((due - START).total_seconds(), name)),  # type: ignore[misc]
            )
        table.add_once(timedelta(seconds=90), lambda _: setattr(clock, "shift", jump))

    run_table(prepare, 270)
    together = [[name for at, name in seen if at == instant] for instant in sorted({at for at, _ in seen})]
    assert ["a", "b", "c", "d"] in together[2:]
    assert all(names == sorted(names) for names in together)


def test_what_is_due_again_at_once_comes_with_what_waits_for_that_instant() -> None:
    """A stall has let several instants pass: each is one moment all the same."""
    seen: list[tuple[float, str]] = []

    async def main() -> None:
        clock = SettableClock(START)
        table = Timetable(clock)
        for name, seconds in (("often", "*/10"), ("seldom", "0,20,30")):
            table.add(
                CronTrigger(second=seconds, timezone=UTC),
                lambda due, name=name: seen.append(((due - START).total_seconds(), name)),  # type: ignore[misc]
            )
        running = asyncio.create_task(table.run())
        await asyncio.sleep(5)
        clock.shift = timedelta(seconds=25)
        await asyncio.sleep(6)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run_virtual(main())
    seconds = [at for at, _ in seen]
    assert seconds == sorted(seconds)
    assert sorted(seen) == [
        (0, "often"),
        (0, "seldom"),
        (10, "often"),
        (20, "often"),
        (20, "seldom"),
        (30, "often"),
        (30, "seldom"),
    ]


@pytest.mark.parametrize("by", [timedelta(hours=1), -timedelta(hours=1)])
def test_a_clock_that_is_set_while_schedules_are_called_loses_none_of_them(by: timedelta) -> None:
    """By then it is not known yet when they are due again."""
    seen: list[tuple[datetime, int]] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        table.add_instant(START, lambda _: setattr(clock, "shift", by))
        for number in range(600):
            table.add(each_minute([]), lambda due, number=number: seen.append((due, number)))  # type: ignore[misc]

    run_table(prepare, 61)
    first, then = seen[:600], [each for each in seen[600:] if each[0] == START + by + timedelta(minutes=1)]
    assert [number for _, number in first] == [number for _, number in then] == list(range(600))


def test_runs_that_a_sleep_jumps_over_right_after_a_call_are_made_up_for() -> None:
    """The machine slept before it was known when they are due again."""
    seen: list[datetime] = []

    def prepare(table: Timetable, clock: SettableClock) -> None:
        table.add_instant(START, lambda _: setattr(clock, "shift", timedelta(minutes=5)))
        for _number in range(300):
            table.add(each_minute([]), lambda _: None)
        table.add(each_minute([]), seen.append, Missed.ALL)

    run_table(prepare, 1)
    assert seconds_after(START, seen) == [0, 60, 120, 180, 240, 300]
