"""Histories of the simulated site: what is recorded, and how it is told."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from support.founten_house import School, founten_school, texts

pytestmark = pytest.mark.slow

OBJECT = "ThermostatHistory"
TODAY = "startDateTime:2026-01-12T00:00;endDateTime:2026-01-12T23:59;"


async def history(school: School, selection: str, value: str = "") -> ET.Element:
    return await school.ask("get", OBJECT, selection, value)


async def records(school: School, span: str = TODAY, value: str = "timestamp;heatSetting") -> list[str]:
    root = await history(school, f"name:Lobby;{span}", value)
    assert root.findtext("success") == "1", root.findtext("message")
    return [" ".join(texts(record).values()) for record in root.findall(f"{OBJECT}/History")]


async def test_a_record_is_made_at_the_start_each_quarter_and_at_each_change() -> None:
    async with founten_school() as school:
        school.clock.turn(minutes=12)
        await school.set("name:Lobby", "heatSetting:66")
        await school.set("name:Lobby", "heatSetting:66")
        await school.set("name:Lobby", "heatSetting:67")
        school.clock.turn(minutes=30)
        assert await records(school) == [
            "2026-01-12T09:05 68",
            "2026-01-12T09:15 68",
            "2026-01-12T09:17 66",
            "2026-01-12T09:17 67",
            "2026-01-12T09:30 67",
            "2026-01-12T09:45 67",
        ]


async def test_a_set_time_is_recorded_when_it_passed_although_nobody_asked_then() -> None:
    async with founten_school() as school:
        await school.set(
            "name:Lobby;dayOfWeek:Monday;setTime:1", "startTime:10:10;heatSetting:60", "ThermostatSchedule"
        )
        school.clock.turn(hours=2)
        told = await records(school, "startDateTime:2026-01-12T10:00;endDateTime:2026-01-12T10:20")
    assert told == ["2026-01-12T10:00 68", "2026-01-12T10:10 60", "2026-01-12T10:15 60"]


async def test_what_does_not_belong_to_the_history_makes_no_record() -> None:
    async with founten_school() as school:
        await school.set("name:Lobby", "cycleRate:6;note:x")
        assert len(await records(school)) == 1


async def test_it_has_the_shape_of_live_sites() -> None:
    async with founten_school() as school:
        response = await school.post(
            request="get",
            object=OBJECT,
            selection=f"name:Gym;{TODAY}",
            value="timestamp;temperature;humidity;minHeatSetting",
        )
        serial = await school.value("serialNo", "Gym")
    assert response.text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<result>\n<ThermostatHistory>\n<name>Gym</name>\n'
        f"<groupName></groupName>\n<serialNo>{serial}</serialNo>\n<History>\n"
        "<timestamp>2026-01-12T09:05</timestamp>\n<temperature>70</temperature>\n<humidity>45</humidity>\n"
        "<minHeatSetting></minHeatSetting>\n</History>\n</ThermostatHistory>\n<success>1</success>\n"
        "<message>Retrieved history for 1 thermostats.</message>\n</result>\n"
    )


async def test_without_a_value_a_record_tells_everything_that_it_has() -> None:
    async with founten_school() as school:
        root = await history(school, f"name:Lobby;{TODAY}")
    record = root.find(f"{OBJECT}/History")
    assert record is not None
    assert texts(record) == {
        "timestamp": "2026-01-12T09:05",
        "system": "Auto",
        "heatSetting": "68",
        "coolSetting": "72",
        "fan": "Auto",
        "status": "Occupied",
        "temperature": "70",
        "setBy": "Station",
        "frontKeypad": "On",
        "runStatus": "Off",
        "auxStatus": "Off",
    }


async def test_the_flat_shape_has_an_element_for_each_record() -> None:
    async with founten_school() as school:
        school.simulator.add_fault("flat-history")
        school.clock.turn(minutes=10)
        root = await history(school, f"name:Lobby;{TODAY}", "name;heatSetting;timestamp")
        told = [texts(each) for each in root.findall(OBJECT)]
        serial = await school.value("serialNo")
    assert told == [
        {
            "name": "Lobby",
            "groupName": "",
            "serialNo": serial,
            "timestamp": f"2026-01-12T09:{minute}",
            "heatSetting": "68",
        }
        for minute in ("05", "15")
    ]


async def test_every_thermostat_is_told_where_none_is_selected() -> None:
    async with founten_school() as school:
        root = await history(school, TODAY, "temperature")
    assert [each.findtext("name") for each in root.findall(OBJECT)] == ["Lobby", "Gym", "office"]
    assert root.findtext("message") == "Retrieved history for 3 thermostats."


async def test_a_time_without_records_is_told_without_history() -> None:
    async with founten_school() as school:
        root = await history(school, "name:Lobby;startDateTime:2025-06-01;endDateTime:2025-06-02")
    [told] = root.findall(OBJECT)
    assert (told.findtext("name"), told.findall("History")) == ("Lobby", [])
    assert root.findtext("success") == "1"


@pytest.mark.parametrize(
    "span",
    [
        "",
        "startDateTime:2026-01-12T09:05:00;",
        "endDateTime:2026-01-12T09:05;",
        "startDateTime:2026-01-12T08:05:00+00:00;endDateTime:2026-01-12T08:06:00Z",
        "startDateTime:2026-01-12;endDateTime:2026-01-13",
        "startDateTime:2026-01-12 09:00;endDateTime:2026-01-12 09:30",
        "STARTDATETIME:2026-01-12T00:00:00.000;EndDateTime:2026-01-12T23:59:59.999",
    ],
)
async def test_times_are_read_as_iso_8601_in_the_sites_wall_time(span: str) -> None:
    async with founten_school() as school:
        assert await records(school, span) == ["2026-01-12T09:05 68"]


@pytest.mark.parametrize("span", ["startDateTime:2026-01-12T09:06", "endDateTime:2026-01-12T09:04"])
async def test_what_is_outside_of_the_time_is_not_told(span: str) -> None:
    async with founten_school() as school:
        school.clock.turn(minutes=2)
        assert await records(school, span) == []


@pytest.mark.parametrize(
    ("span", "complaint"),
    [
        (
            "startDateTime:2026-01-01T00:00:00;endDateTime:2026-01-31T00:00:01",
            "A maximum of 30 days of history can be retrieved in a single request.",
        ),
        (
            "startDateTime:2026-01-02T00:00;endDateTime:2026-01-01T00:00",
            "The endDateTime is before the startDateTime.",
        ),
        ("startDateTime:yesterday", "'yesterday' is no ISO 8601 date and time."),
        ("endDateTime:2026-02-30", "'2026-02-30' is no ISO 8601 date and time."),
    ],
)
async def test_a_time_that_cannot_be_told_is_refused(span: str, complaint: str) -> None:
    async with founten_school() as school:
        root = await history(school, f"name:Lobby;{span}")
    assert (root.findtext("success"), root.findtext("message")) == ("0", complaint)


async def test_thirty_days_are_told() -> None:
    async with founten_school() as school:
        assert await records(school, "startDateTime:2026-01-01T00:00;endDateTime:2026-01-31T00:00")


async def test_an_unknown_thermostat_has_no_history() -> None:
    async with founten_school() as school:
        root = await history(school, f"name:Attic;{TODAY}")
    assert root.findtext("message") == "No thermostats found matching selection criteria."


async def test_the_repeated_hour_is_told_twice_without_zone() -> None:
    async with founten_school() as school:
        school.clock.turn_to(datetime(2026, 10, 25, 2, 0, tzinfo=UTC))
        told = await records(school, "startDateTime:2026-10-25T02:00;endDateTime:2026-10-25T02:15")
    assert told == [f"2026-10-25T02:{minute} 68" for minute in ("00", "15", "00", "15")]


async def test_a_clock_that_goes_back_makes_no_records() -> None:
    async with founten_school() as school:
        school.clock.turn(minutes=10)
        await records(school)
        school.clock.turn(minutes=-10)
        assert len(await records(school)) == 2


async def test_a_long_sleep_is_caught_up_as_far_as_clients_can_ask() -> None:
    async with founten_school() as school:
        school.clock.turn(days=400)
        span = "startDateTime:2027-01-20T00:00;endDateTime:2027-01-20T23:59"
        assert len(await records(school, span)) == 4 * 24


@pytest.mark.parametrize("span", ["", "endDateTime:2026-01-14T09:05"])
async def test_without_a_start_a_day_is_told(span: str) -> None:
    async with founten_school() as school:
        school.clock.turn(days=2)
        told = await records(school, span)
    assert (told[0], len(told)) == ("2026-01-13T09:15 68", 4 * 24)
