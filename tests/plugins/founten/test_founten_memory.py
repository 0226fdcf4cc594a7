"""What thermostats remember: spans, both shapes of replies, and the nights in which clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import NotSupported, ProtocolFault, Recorded, Target, UnknownDevice
from interlock.protocol_server import Reply
from interlock_founten import client
from interlock_founten.history import LONGEST_SPAN, place_in_time, spans, wall_times
from support.founten_site import (
    NO_MATCH,
    Answer,
    Asked,
    Site,
    founten,
    item,
    pairs,
    refusing,
    result,
    targets_of,
)

ROME = ZoneInfo("Europe/Rome")
LOBBY = targets_of("lobby", name="Lobby")
HALL = targets_of("hall", serialNo="8A3-U1UW")
DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


START, END = utc("2026-01-10T00:00+01:00"), utc("2026-01-11T00:00+01:00")


def flat(*records: dict[str, Any]) -> str:
    return result(*(item({"name": "Lobby", **record}, "ThermostatHistory") for record in records))


def nested(*records: dict[str, Any]) -> str:
    inner = "".join(item(record, "History") for record in records)
    thermostat = (
        f"<ThermostatHistory><name>Lobby</name><groupName>Sales</groupName>{inner}</ThermostatHistory>"
    )
    return result(thermostat, message="Retrieved history for 1 thermostats.")


class Memory:
    """Answers thermostats as they are, and their history as it is told."""

    def __init__(self, *replies: Answer, format_: str = "Fahrenheit") -> None:
        self._replies = list(replies)
        self._format = format_
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Answer:
        if asked.object == "Thermostat":
            values = {"name": "Lobby", "serialNo": "8A3-U1UW", "temperatureFormat": self._format}
            return result(item(values))
        self.asked.append(asked)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]


async def remembered(site: Site, *targets: Target, start: datetime = START, end: datetime = END) -> list[Any]:
    return [
        (recorded.point, recorded.value, recorded.at.astimezone(ROME).isoformat(timespec="minutes")[5:16])
        async for recorded in site.driver.history(targets, start, end)
    ]


RECORDS = (
    {"temperature": "70.5", "heatSetting": "68", "timestamp": "2026-01-10T08:00"},
    {"temperature": "71", "heatSetting": "68", "timestamp": "2026-01-10T08:07"},
    {"temperature": "--", "heatSetting": "", "timestamp": "2026-01-10T08:30:30"},
)
EXPECTED = [
    ("lobby.temperature", 70.5, "01-10T08:00"),
    ("lobby.heatSetting", 68, "01-10T08:00"),
    ("lobby.temperature", 71, "01-10T08:07"),
    ("lobby.heatSetting", 68, "01-10T08:07"),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "reply",
    [
        flat(*RECORDS),
        nested(*RECORDS),
        nested(*RECORDS, {}),
        nested(*reversed(RECORDS)),
        result(
            item({"name": "Hall", "temperature": "1", "timestamp": "2026-01-10T08:00"}, "ThermostatHistory"),
            *(item({"NAME": "Lobby", **record}, "thermostathistory") for record in RECORDS),
        ),
    ],
)
async def test_both_shapes_of_replies_are_read(reply: str) -> None:
    memory = Memory(reply)
    async with founten(memory) as site:
        assert await remembered(site, LOBBY["temperature"], LOBBY["heatSetting"]) == EXPECTED
    (asked,) = memory.asked
    assert (asked.request, asked.selection, asked.value) == (
        "get",
        "name:Lobby;startDateTime:2026-01-10T00:00:00;endDateTime:2026-01-11T00:00:00;",
        "name;serialNo;temperature;heatSetting;timestamp;",
    )


@pytest.mark.slow
@pytest.mark.parametrize("reply", [nested(), result(), refusing(NO_MATCH)])
async def test_no_records_are_nothing(reply: str) -> None:
    async with founten(Memory(reply)) as site:
        assert await remembered(site, LOBBY["temperature"]) == []


@pytest.mark.slow
async def test_times_with_an_offset_are_asked_for_where_the_settings_say_so() -> None:
    memory = Memory(flat({"temperature": "70", "timestamp": "2026-01-10T07:00:00Z"}))
    async with founten(memory, history_times="offset") as site:
        assert await remembered(site, HALL["temperature"]) == [("hall.temperature", 70, "01-10T08:00")]
    (asked,) = memory.asked
    assert asked.selection == (
        "serialNo:8A3-U1UW;startDateTime:2026-01-10T00:00:00+01:00;endDateTime:2026-01-11T00:00:00+01:00;"
    )
    assert b"2026-01-10T00%3A00%3A00%2B01%3A00" in asked.raw.body


@pytest.mark.slow
async def test_what_lies_at_a_seam_or_beside_the_span_comes_once_or_not_at_all() -> None:
    start, seam = START, START + 30 * DAY
    times = [start - DAY, start, seam - timedelta(minutes=1), seam, seam, seam + DAY, seam + 2 * DAY]
    records = [
        {"temperature": number, "timestamp": time.astimezone(ROME).strftime("%Y-%m-%dT%H:%M")}
        for number, time in enumerate(times)
    ]
    memory = Memory(nested(*records))
    async with founten(memory) as site:
        found = await remembered(site, LOBBY["temperature"], start=start, end=seam + 2 * DAY)
    assert [value for _, value, _ in found] == [1, 2, 3, 4, 5]
    assert len(memory.asked) == 2


@pytest.mark.slow
async def test_each_thermostat_is_asked_for_its_own() -> None:
    memory = Memory(result())
    async with founten(memory) as site:
        await remembered(site, LOBBY["temperature"], HALL["fan"], LOBBY["fan"])
    assert {(each.selection.partition(";")[0], each.value) for each in memory.asked} == {
        ("name:Lobby", "name;serialNo;temperature;fan;timestamp;"),
        ("serialNo:8A3-U1UW", "name;serialNo;fan;timestamp;"),
    }


@pytest.mark.slow
async def test_an_unknown_thermostat_does_not_keep_the_others_from_telling() -> None:
    ghost = targets_of("ghost", name="Ghost")
    found: list[Recorded] = []
    async with founten(Memory(nested(RECORDS[0]))) as site:
        with pytest.raises(UnknownDevice, match="device ghost \\(name 'Ghost'\\) is unknown to the site"):
            async for recorded in site.driver.history(
                [ghost["temperature"], LOBBY["temperature"]], START, END
            ):
                found.append(recorded)
    assert [(recorded.point, recorded.value) for recorded in found] == [(LOBBY["temperature"].point, 70.5)]


@pytest.mark.slow
async def test_temperatures_are_converted_by_the_format_that_the_thermostat_has_now() -> None:
    celsius = targets_of("lobby", name="Lobby", unit="celsius")["temperature"]
    async with founten(Memory(nested(*RECORDS))) as site:
        found = await remembered(site, celsius)
    assert [value for _, value, _ in found] == [21.39, 21.67]


@pytest.mark.slow
async def test_a_record_without_a_readable_time_is_reported() -> None:
    async with founten(Memory(nested({"temperature": "70", "timestamp": "yesterday"}))) as site:
        with pytest.raises(ProtocolFault) as caught:
            await remembered(site, LOBBY["temperature"])
    assert caught.value.message == (
        "a record of device lobby (name 'Lobby') has the timestamp 'yesterday', no ISO 8601 time"
    )


@pytest.mark.slow
async def test_points_without_history_are_left_out() -> None:
    group = targets_of("sales", "group", groupName="Sales")["fan"]
    async with founten(Memory(flat({"fan": "On", "timestamp": "2026-01-10T08:00"}))) as site:
        assert await remembered(site, LOBBY["cycleRate"], group, LOBBY["fan"]) == [
            ("lobby.fan", "On", "01-10T08:00")
        ]
        with pytest.raises(NotSupported, match="the site remembers nothing of these points"):
            await remembered(site, LOBBY["cycleRate"], group)


@pytest.mark.slow
async def test_an_unknown_thermostat_has_no_history() -> None:
    async with founten(lambda _: result()) as site:
        with pytest.raises(UnknownDevice, match=r"device lobby \(name 'Lobby'\) is unknown to the site"):
            await remembered(site, LOBBY["temperature"])


@pytest.mark.slow
async def test_what_is_too_much_for_one_reply_is_asked_for_by_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LONGEST_REPLY", 1000)
    large = Reply(body=b" " * 1001)
    first = flat({"fan": "On", "timestamp": "2026-01-10T08:00"})
    second = flat({"fan": "Auto", "timestamp": "2026-01-10T20:00"})
    memory = Memory(large, first, second)
    async with founten(memory) as site:
        assert await remembered(site, LOBBY["fan"]) == [
            ("lobby.fan", "On", "01-10T08:00"),
            ("lobby.fan", "Auto", "01-10T20:00"),
        ]
    assert [dict(pairs(each.selection))["startDateTime"] for each in memory.asked] == [
        "2026-01-10T00:00:00",
        "2026-01-10T00:00:00",
        "2026-01-10T12:00:00",
    ]


@pytest.mark.slow
async def test_halving_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LONGEST_REPLY", 1000)
    memory = Memory(Reply(body=b" " * 1001))
    async with founten(memory) as site:
        with pytest.raises(ProtocolFault, match="answers more than 1000 bytes"):
            await remembered(site, LOBBY["fan"])
    assert len(memory.asked) == 6


@pytest.mark.slow
async def test_the_hour_that_comes_twice_is_told_apart_by_the_jump_back() -> None:
    """Rome, 2026-10-25: 03:00 summer time is 02:00 winter time."""
    walls = ["01:50", "02:10", "02:50", "02:10", "02:50", "03:10"]
    records = [{"temperature": at, "timestamp": f"2026-10-25T{wall}"} for at, wall in enumerate(walls)]
    memory = Memory(nested(*records))
    start, end = utc("2026-10-25T00:00+02:00"), utc("2026-10-26T00:00+01:00")
    async with founten(memory) as site:
        found = [
            (recorded.value, recorded.at)
            async for recorded in site.driver.history([LOBBY["temperature"]], start, end)
        ]
    times = ["23:50", "00:10", "00:50", "01:10", "01:50", "02:10"]
    assert [(value, at.strftime("%H:%M")) for value, at in found] == list(enumerate(times))


FOLD = "2026-10-25T"


@pytest.mark.parametrize(
    ("start", "end", "walls"),
    [
        ("2026-10-24T12:00+02:00", "2026-10-26T12:00+01:00", ("24T12:00", "26T12:00")),
        # Across the jump: the wall shows all from 02:00 to 03:00, twice.
        (f"{FOLD}02:30+02:00", f"{FOLD}02:10+01:00", ("25T01:30", "25T03:10")),
        (f"{FOLD}02:30+02:00", f"{FOLD}02:50+02:00", ("25T01:30", "25T02:50")),
        (f"{FOLD}02:30+01:00", f"{FOLD}04:00+01:00", ("25T02:30", "25T05:00")),
        (f"{FOLD}08:00+01:00", f"{FOLD}09:00+01:00", ("25T08:00", "25T09:00")),
    ],
)
def test_a_span_of_the_night_of_the_jump_back_covers_what_the_wall_shows(
    start: str, end: str, walls: tuple[str, str]
) -> None:
    first, last = wall_times(utc(start), utc(end), ROME)
    assert (first.strftime("%dT%H:%M"), last.strftime("%dT%H:%M")) == walls


MINUTES = st.integers(0, 500 * 24 * 60)
INSTANTS = MINUTES.map(lambda minutes: START + timedelta(minutes=minutes))


@given(start=INSTANTS, end=INSTANTS)
def test_spans_fill_the_whole_without_gap_or_overlap_and_none_is_too_long(
    start: datetime, end: datetime
) -> None:
    found = list(spans(start, end, ROME))
    if start >= end:
        assert found == []
        return
    assert [found[0][0], found[-1][1]] == [start, end]
    assert all(one[1] == other[0] for one, other in pairwise(found))
    for first, last in found:
        wall_first, wall_last = wall_times(first, last, ROME)
        assert first < last <= first + LONGEST_SPAN
        assert wall_last - wall_first <= LONGEST_SPAN


@given(start=INSTANTS, minutes=st.lists(st.integers(0, 30 * 24 * 60), max_size=5))
def test_every_instant_of_a_span_is_within_what_is_asked_for(start: datetime, minutes: list[int]) -> None:
    end = start + timedelta(days=29)
    first, last = wall_times(start, end, ROME)
    for instant in (start + timedelta(minutes=each) for each in minutes):
        if instant <= end:
            assert first <= instant.astimezone(ROME).replace(tzinfo=None) <= last


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [("2026-01-01", "2026-01-31", 1), ("2026-01-01", "2026-02-01", 2), ("2026-01-01", "2026-12-26", 12)],
)
def test_thirty_days_take_one_request(start: str, end: str, count: int) -> None:
    first, last = (datetime.fromisoformat(day).replace(tzinfo=ROME) for day in (start, end))
    assert len(list(spans(first, last, ROME))) == count


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        (["2026-07-01T08:00"], ["07-01T06:00"]),
        (["2026-07-01 08:00:30"], ["07-01T06:00"]),
        (["2026-07-01T08:00:00Z", "2026-07-01T08:00+02:00"], ["07-01T08:00", "07-01T06:00"]),
        # Twice in a minute is no jump.
        (["2026-10-25T02:10", "2026-10-25T02:10"], ["10-25T00:10", "10-25T00:10"]),
        (["2026-10-25T02:50", "2026-10-25T02:10"][::-1], ["10-25T00:10", "10-25T00:50"]),
        (
            ["2026-10-25T01:00", "2026-10-25T02:50", "2026-10-25T02:10", "2026-10-25T04:00"],
            ["10-24T23:00", "10-25T00:50", "10-25T01:10", "10-25T03:00"],
        ),
        (
            ["2026-10-25T04:00", "2026-10-25T02:10", "2026-10-25T02:50", "2026-10-25T01:00"],
            ["10-25T03:00", "10-25T01:10", "10-25T00:50", "10-24T23:00"],
        ),
        (["2026-03-29T01:59", "2026-03-29T03:00"], ["03-29T00:59", "03-29T01:00"]),
    ],
)
def test_local_times_become_instants(texts: list[str], expected: list[str]) -> None:
    assert [at.strftime("%m-%dT%H:%M") for at in place_in_time(texts, ROME, "it")] == expected


def test_a_recorded_value_is_an_instant_of_utc() -> None:
    (at,) = place_in_time(["2026-07-01T08:00"], ROME, "it")
    assert Recorded(point=LOBBY["fan"].point, value="On", at=at).at.utcoffset() == timedelta()
