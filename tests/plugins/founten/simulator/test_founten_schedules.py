"""Schedules of the simulated site: how clients change them, and what they do when their times pass."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock_founten.simulator.schedule import Schedule, SetTime, day_in_use, read_start_time
from support.founten_house import ROME, School, founten_school

pytestmark = pytest.mark.slow

OBJECT = "ThermostatSchedule"
DONE = ("1", "Updated 1 thermostats.")
WRONG_LIST = ("0", "Invalid Attribute list.")
NOTHING_CHANGED = ("0", "No thermostat attributes where changed.")
MORNING = "startTime:10:00;system:Heat;heatSetting:71;coolSetting:80;fan:On;keypad:Off"


async def put(school: School, selection: str, value: str) -> tuple[str, str]:
    return await school.set(f"name:Lobby;{selection}", value, OBJECT)


async def active(school: School) -> list[str]:
    names = "system;heatSetting;coolSetting;fan;frontKeypad;setBy"
    [told] = await school.get("name:Lobby", names)
    return list(told.values())[1:]


async def entries(school: School, selection: str = "name:Lobby", value: str = "") -> list[dict[str, str]]:
    return await school.get(selection, value, OBJECT)


async def test_an_entry_is_told_as_it_was_put() -> None:
    async with founten_school() as school:
        assert await put(school, "dayOfWeek:Monday;setTime:1", MORNING) == DONE
        assert await entries(school) == [
            {
                "name": "Lobby",
                "dayOfWeek": "Monday",
                "setTime": "1",
                "startTime": "10:00",
                "system": "Heat",
                "heatSetting": "71",
                "coolSetting": "80",
                "fan": "On",
                "keypad": "Off",
            }
        ]


async def test_what_tells_the_entry_may_stand_in_the_value() -> None:
    async with founten_school() as school:
        value = "name:Gym;dayOfWeek:Sunday;setTime:0;startTime:6:30;heatSetting:70"
        assert await school.set("", value, OBJECT) == DONE
        assert school.simulator.unselective_sets == 0
        [told] = await entries(school, "name:Gym")
    assert (told["dayOfWeek"], told["setTime"], told["startTime"], told["system"]) == (
        "Sunday",
        "0",
        "06:30",
        "",
    )


async def test_a_change_keeps_what_it_does_not_name() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", MORNING)
        assert await put(school, "dayOfWeek:Monday;setTime:1", "heatSetting:66") == DONE
        [told] = await entries(school)
    assert (told["startTime"], told["heatSetting"], told["coolSetting"]) == ("10:00", "66", "80")


async def test_values_that_an_entry_cannot_have_are_left_out() -> None:
    async with founten_school() as school:
        value = "startTime:06:00:00;fan:Off;heatSetting:70;scheduleRepeat:Weekly;system:warm"
        assert await put(school, "dayOfWeek:Monday;setTime:1", value) == DONE
        [told] = await entries(school)
    assert (told["startTime"], told["fan"], told["system"], told["heatSetting"]) == ("06:00", "", "", "70")


@pytest.mark.parametrize(
    ("selection", "value", "answer"),
    [
        ("setTime:1", MORNING, WRONG_LIST),
        ("dayOfWeek:Monday", MORNING, WRONG_LIST),
        ("dayOfWeek:monday;setTime:1", MORNING, WRONG_LIST),
        ("dayOfWeek:Mon;setTime:1", MORNING, WRONG_LIST),
        ("dayOfWeek:Monday;setTime:-1", MORNING, WRONG_LIST),
        ("dayOfWeek:Monday;setTime:one", MORNING, WRONG_LIST),
        ("dayOfWeek:Monday;setTime:1", "", WRONG_LIST),
        ("dayOfWeek:Monday;setTime:1", "heatSetting:70", NOTHING_CHANGED),
        ("dayOfWeek:Monday;setTime:1", "startTime:24:00", NOTHING_CHANGED),
        ("dayOfWeek:Monday;setTime:1", "startTime:10:60", NOTHING_CHANGED),
        ("dayOfWeek:Monday;setTime:1", "startTime:10", NOTHING_CHANGED),
    ],
)
async def test_an_entry_that_cannot_be_is_refused(
    selection: str, value: str, answer: tuple[str, str]
) -> None:
    async with founten_school() as school:
        assert await put(school, selection, value) == answer
        assert await entries(school) == []


async def test_there_are_no_more_set_times_than_the_thermostat_says() -> None:
    async with founten_school() as school:
        await school.set("name:Lobby", "scheduleSetTimes:2")
        assert await put(school, "dayOfWeek:Monday;setTime:2", MORNING) == DONE
        assert await put(school, "dayOfWeek:Monday;setTime:3", MORNING) == NOTHING_CHANGED
        await school.set("name:Lobby", "scheduleSetTimes:Variable")
        assert await put(school, "dayOfWeek:Monday;setTime:3", MORNING) == DONE


@pytest.mark.parametrize("value", ["delete", "delete:None", "DELETE:None;startTime:10:00"])
async def test_an_entry_is_deleted(value: str) -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", MORNING)
        await put(school, "dayOfWeek:Monday;setTime:2", MORNING)
        assert await put(school, "dayOfWeek:Monday;setTime:1", value) == DONE
        assert [entry["setTime"] for entry in await entries(school)] == ["2"]
        assert await put(school, "dayOfWeek:Monday;setTime:1", value) == DONE


@pytest.mark.parametrize("value", ["deleteAll", "deleteall:None"])
async def test_a_day_is_deleted_alone(value: str) -> None:
    async with founten_school() as school:
        for day in ("Monday", "Tuesday"):
            for index in (1, 2):
                await put(school, f"dayOfWeek:{day};setTime:{index}", MORNING)
        assert await put(school, "dayOfWeek:Monday", value) == DONE
        assert [entry["dayOfWeek"] for entry in await entries(school)] == ["Tuesday", "Tuesday"]


async def test_entries_are_told_by_days_and_set_times_as_they_are_asked_for() -> None:
    async with founten_school() as school:
        for selection in ("Tuesday;setTime:1", "Monday;setTime:10", "Monday;setTime:2", "Vacation;setTime:1"):
            await put(school, f"dayOfWeek:{selection}", MORNING)
        everything = await entries(school)
        monday = await entries(school, "name:Lobby;dayOfWeek:Monday", "startTime;settime")
        one = await entries(school, "name:Lobby;dayOfWeek:Monday;setTime:2", "setTime")
        nobody = await entries(school, "name:Gym")
    assert [entry["dayOfWeek"] + entry["setTime"] for entry in everything] == [
        "Monday2",
        "Monday10",
        "Tuesday1",
        "Vacation1",
    ]
    assert monday == [
        {"name": "Lobby", "startTime": "10:00", "setTime": "2"},
        {"name": "Lobby", "startTime": "10:00", "setTime": "10"},
    ]
    assert one == [{"name": "Lobby", "setTime": "2"}]
    assert nobody == []


async def test_an_entry_tells_its_thermostats_attributes_where_they_are_asked_for() -> None:
    async with founten_school() as school:
        await school.set("serialNo:8A3-U1UW;dayOfWeek:Monday;setTime:1", MORNING, OBJECT)
        assert await entries(school, "", "name;serialno;system;status") == [
            {"name": "office", "serialNo": "8A3-U1UW", "system": "Heat", "status": "Occupied"}
        ]


async def test_a_schedule_of_an_unknown_thermostat_is_refused() -> None:
    async with founten_school() as school:
        root = await school.ask("get", OBJECT, "name:Attic")
        assert root.findtext("message") == "No thermostats found matching selection criteria."
        assert await school.set("name:Attic;dayOfWeek:Monday;setTime:1", MORNING, OBJECT) == (
            "0",
            "No thermostats found matching selection criteria.",
        )


async def test_a_schedule_set_without_a_thermostat_changes_all_and_is_counted() -> None:
    async with founten_school() as school:
        answer = await school.set("dayOfWeek:Monday;setTime:1", MORNING, OBJECT)
        assert answer == ("1", "Updated 3 thermostats.")
        assert school.simulator.unselective_sets == 1
        assert len(await entries(school, "")) == 3


async def test_a_set_time_that_passes_changes_the_settings() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", MORNING)
        school.clock.turn(minutes=54)
        before = await active(school)
        school.clock.turn(minutes=1)
        assert before == ["Auto", "68", "72", "Auto", "On", "Station"]
        assert await active(school) == ["Heat", "71", "80", "On", "Off", "Schedule"]
        assert await school.value("runStatus") == "Heat-Stage1"


async def test_what_an_entry_does_not_name_stays() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", "startTime:10:00;heatSetting:60")
        school.clock.turn(hours=1)
        assert await active(school) == ["Auto", "60", "72", "Auto", "On", "Schedule"]


async def test_the_last_of_the_set_times_that_passed_counts() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", "startTime:12:00;heatSetting:60")
        await put(school, "dayOfWeek:Monday;setTime:2", "startTime:11:00;heatSetting:65")
        school.clock.turn(hours=8)
        assert await school.value("heatSetting") == "60"


async def test_a_client_overrides_until_the_next_set_time() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", "startTime:10:00;heatSetting:60")
        await put(school, "dayOfWeek:Monday;setTime:2", "startTime:12:00;heatSetting:64")
        school.clock.turn(hours=1)
        await school.set("name:Lobby", "heatSetting:70")
        assert (await active(school))[1:6:4] == ["70", "Remote"]
        school.clock.turn(hours=2)
        assert (await active(school))[1:6:4] == ["64", "Schedule"]


async def test_a_schedule_that_is_off_keeps_its_entries_and_does_nothing() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", MORNING)
        await school.set("name:Lobby", "schedule:Off")
        school.clock.turn(hours=2)
        assert await school.value("heatSetting") == "68"
        assert len(await entries(school)) == 1
        await school.set("name:Lobby", "schedule:On")
        assert await school.value("heatSetting") == "68"
        school.clock.turn(days=7)
        assert await school.value("heatSetting") == "71"


async def test_a_vacant_thermostat_follows_the_vacation() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", MORNING)
        await put(school, "dayOfWeek:Vacation;setTime:1", "startTime:11:00;heatSetting:50")
        await school.set("name:Lobby", "status:Vacant")
        school.clock.turn(minutes=60)
        assert await school.value("heatSetting") == "68"
        school.clock.turn(minutes=60)
        assert await school.value("heatSetting") == "50"


async def test_one_system_for_all_set_times_stands_in_for_theirs() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", MORNING)
        await school.set("name:Lobby", "scheduleMultipleSystem:No;scheduleSystem:Cool;scheduleFrontKeypad:On")
        school.clock.turn(hours=1)
        assert await active(school) == ["Cool", "71", "80", "On", "On", "Schedule"]


async def test_one_fan_mode_for_all_set_times_stands_in_for_theirs() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", MORNING)
        await school.set("name:Lobby", "scheduleMultipleFan:No;scheduleFan:Auto")
        school.clock.turn(hours=1)
        assert await active(school) == ["Heat", "71", "80", "Auto", "Off", "Schedule"]


@pytest.mark.parametrize(
    ("day", "repeat", "used"),
    [
        (date(2026, 1, 12), "Weekly", "Monday"),
        (date(2026, 1, 14), "Weekly", "Wednesday"),
        (date(2026, 1, 18), "Weekly", "Sunday"),
        (date(2026, 1, 12), "Weekday", "Monday"),
        (date(2026, 1, 16), "Weekday", "Monday"),
        (date(2026, 1, 17), "Weekday", "Sunday"),
        (date(2026, 1, 18), "Weekday", "Sunday"),
    ],
)
def test_a_date_follows_the_set_times_of_one_day(day: date, repeat: str, used: str) -> None:
    assert day_in_use(day, repeat=repeat, is_vacant=False) == used
    assert day_in_use(day, repeat=repeat, is_vacant=True) == "Vacation"


async def test_weekday_repeats_monday_over_the_week() -> None:
    async with founten_school() as school:
        await put(school, "dayOfWeek:Monday;setTime:1", "startTime:10:00;heatSetting:66")
        await put(school, "dayOfWeek:Sunday;setTime:1", "startTime:10:00;heatSetting:55")
        await school.set("name:Lobby", "scheduleRepeat:Weekday")
        found = []
        for _ in range(7):
            school.clock.turn(hours=2)
            found.append(await school.value("heatSetting"))
            school.clock.turn(hours=22)
    assert found == ["66"] * 5 + ["55"] * 2


def once(start: str, day: str) -> Schedule:
    """Return a schedule with one entry."""
    schedule, at = Schedule(), read_start_time(start)
    assert at
    schedule.put(SetTime(day=day, index=1, start=at, settings={}))
    return schedule


def passed(schedule: Schedule, since: datetime, until: datetime) -> list[datetime]:
    return [at for at, _ in schedule.passed(since, until, ROME, repeat="Weekly", is_vacant=False)]


def test_a_time_in_the_missing_hour_passes_right_after_it() -> None:
    since = datetime(2026, 3, 28, 12, tzinfo=UTC)
    found = passed(once("02:30", "Sunday"), since, since + timedelta(days=1))
    assert found == [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]


def test_a_time_in_the_repeated_hour_passes_once() -> None:
    since = datetime(2026, 10, 24, 12, tzinfo=UTC)
    found = passed(once("02:30", "Sunday"), since, since + timedelta(days=1))
    assert found == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_a_set_time_at_the_start_has_passed_before_and_at_the_end_passes() -> None:
    at = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
    schedule = once("10:00", "Monday")
    assert passed(schedule, at, at + timedelta(hours=1)) == []
    assert passed(schedule, at - timedelta(hours=1), at) == [at]


def test_set_times_pass_in_their_order_and_those_of_one_minute_by_their_index() -> None:
    schedule = Schedule()
    for index, at in ((1, "12:00"), (2, "11:00"), (3, "12:00")):
        start = read_start_time(at)
        assert start
        schedule.put(SetTime(day="Monday", index=index, start=start, settings={}))
    since = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)
    found = schedule.passed(since, since + timedelta(hours=8), ROME, repeat="Weekly", is_vacant=False)
    assert [entry.index for _, entry in found] == [2, 1, 3]


@settings(deadline=None)
@given(
    start_s=st.integers(0, 365 * 86_400),
    cuts=st.lists(st.integers(1, 100_000), min_size=1, max_size=6),
    minute=st.integers(0, 1439),
)
def test_however_time_is_cut_the_same_set_times_pass(start_s: int, cuts: list[int], minute: int) -> None:
    schedule = Schedule()
    for day in ("Monday", "Thursday", "Sunday"):
        at = read_start_time(f"{minute // 60:02}:{minute % 60:02}")
        assert at
        schedule.put(SetTime(day=day, index=1, start=at, settings={}))
    first = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=start_s)
    instants = [first]
    for seconds in cuts:
        instants.append(instants[-1] + timedelta(seconds=seconds))
    pieces = [at for since, until in pairwise(instants) for at in passed(schedule, since, until)]
    assert pieces == passed(schedule, first, instants[-1])


async def test_a_refusal_to_tell_schedules_can_be_switched_on() -> None:
    async with founten_school() as school:
        school.simulator.add_fault("no-schedule-get")
        root = await school.ask("get", OBJECT, "name:Lobby")
        assert root.findtext("message") == "Get Thermostat Schedule is currently unsupported."
        assert await put(school, "dayOfWeek:Monday;setTime:1", MORNING) == DONE
