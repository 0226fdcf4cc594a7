"""The thermostats' schedules: what is sent to change them, and how days are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from interlock import (
    Answer,
    CannotExecute,
    InvalidValue,
    NotSupported,
    RejectedValue,
    Reply,
    Target,
    UnknownDevice,
    Value,
    Write,
)
from interlock_founten.driver import Founten
from support.founten_site import (
    Answer as Said,
)
from support.founten_site import (
    Asked,
    Site,
    Thermostats,
    founten,
    item,
    refusing,
    result,
    said,
    targets_of,
)

pytestmark = pytest.mark.slow

LOBBY = targets_of("lobby", name="Lobby", read_schedule=True)
UNTOLD = targets_of("lobby", name="Lobby")
HALL = targets_of("hall", serialNo="8A3-U1UW", read_schedule=True)
CELSIUS = targets_of("lobby", name="Lobby", unit="celsius", read_schedule=True)
ENTRY: Mapping[str, Value] = {
    "dayOfWeek": "Monday",
    "setTime": 1,
    "startTime": "06:30",
    "system": "Auto",
    "heatSetting": 68,
    "coolSetting": 74,
    "fan": "On",
    "keypad": "Off",
}


class Schedules(Thermostats):
    """Answers thermostats as they are, and takes down what is asked of their schedules."""

    def __init__(self, *entries: Mapping[str, object], format_: str = "Fahrenheit", **limits: object) -> None:
        lobby: dict[str, object] = {"name": "Lobby", "serialNo": "8A3-U1UX", "temperatureFormat": format_}
        lobby |= limits
        super().__init__(lobby, {**lobby, "name": "Hall", "serialNo": "8A3-U1UW"})
        self._entries = entries
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, asked: Asked) -> Said:
        if asked.object == "Thermostat":
            return super().__call__(asked)
        assert asked.object == "ThermostatSchedule"
        self.asked.append((asked.request, asked.selection, asked.value))
        return result(*(item(entry, "ThermostatSchedule") for entry in self._entries))


async def call(site: Site, targets: Mapping[str, Target], controller: str, **fields: Value) -> Any:
    write = Write(target=targets[controller], value=None, fields=fields)
    (answer,) = await site.driver.write([write])
    return said(answer)


CALLS = [
    (
        "schedule_set",
        ENTRY,
        "name:Lobby;dayOfWeek:Monday;setTime:1;",
        "startTime:06:30;system:Auto;heatSetting:68;coolSetting:74;fan:On;keypad:Off;",
    ),
    (
        "schedule_set",
        {"dayOfWeek": "vacation", "setTime": 0, "keypad": "on"},
        "name:Lobby;dayOfWeek:Vacation;setTime:0;",
        "keypad:On;",
    ),
    (
        "schedule_add",
        {"dayOfWeek": "Sunday", "setTime": 4, "startTime": "6:05", "heatSetting": 60, "coolSetting": 80},
        "name:Lobby;dayOfWeek:Sunday;setTime:4;",
        "startTime:06:05;heatSetting:60;coolSetting:80;",
    ),
    (
        "schedule_delete",
        {"dayOfWeek": "Friday", "setTime": 2},
        "name:Lobby;dayOfWeek:Friday;setTime:2;",
        "delete:None;",
    ),
    ("schedule_deleteAll", {"dayOfWeek": "Friday"}, "name:Lobby;dayOfWeek:Friday;", "deleteAll:None;"),
]


@pytest.mark.parametrize(("controller", "fields", "selection", "value"), CALLS)
async def test_keys_travel_in_the_selection_and_the_rest_in_the_value(
    controller: str, fields: Mapping[str, Value], selection: str, value: str
) -> None:
    schedules = Schedules()
    async with founten(schedules) as site:
        answer = await call(site, LOBBY, controller, **fields)
    assert isinstance(answer, Answer)
    assert answer.exchange.startswith(
        f"POST set ThermostatSchedule selection={selection} value={value} -> 200"
    )
    assert schedules.asked == [("set", selection, value)]
    assert len(site.asked) == 2


async def test_a_thermostat_by_its_serial_number_is_found_by_its_name() -> None:
    schedules = Schedules()
    async with founten(schedules) as site:
        await call(site, HALL, "schedule_deleteAll", dayOfWeek="Monday")
    assert [(each.object, each.selection) for each in site.asked] == [
        ("Thermostat", "serialNo:8A3-U1UW;"),
        ("Thermostat", "name:Hall;"),
        ("ThermostatSchedule", "name:Hall;dayOfWeek:Monday;"),
    ]


def namesakes(asked: Asked) -> Said:
    """Two thermostats that are both called Hall."""
    twin: dict[str, object] = {"name": "Hall", "serialNo": "8A3-U1UX", "temperatureFormat": "Fahrenheit"}
    return Thermostats(twin, {**twin, "serialNo": "8A3-U1UW"})(asked)


SHARED = (
    RejectedValue,
    "device hall (serialNo '8A3-U1UW') shares its name with another thermostat: "
    "schedules are known by the name alone, and it selects 2 of them",
)


async def test_the_schedule_of_a_name_that_two_thermostats_carry_is_not_touched() -> None:
    async with founten(namesakes) as site:
        assert await call(site, HALL, "schedule_deleteAll", dayOfWeek="Monday") == SHARED
    assert [each.request for each in site.asked] == ["get", "get"]


async def test_the_schedule_of_a_name_that_two_thermostats_carry_is_not_read() -> None:
    async with founten(namesakes) as site:
        assert await site.read(HALL["schedule_Monday"]) == {"hall.schedule_Monday": SHARED}


async def test_a_schedule_whose_name_cannot_be_looked_up_is_not_touched() -> None:
    def failing(asked: Asked) -> Said:
        return Reply(status=500) if asked.selection.startswith("name:") else namesakes(asked)

    async with founten(failing) as site:
        answer = await call(site, HALL, "schedule_deleteAll", dayOfWeek="Monday")
    failure = "get Thermostat of name:Hall; failed in the server (HTTP 500)"
    assert answer == (CannotExecute, f"nothing was set, because looking failed: {failure}")


async def test_a_thermostat_without_a_name_has_no_schedule_to_find() -> None:
    nameless = result(item({"name": " ", "serialNo": "8A3-U1UW"}))
    async with founten(lambda _: nameless) as site:
        answer = await call(site, HALL, "schedule_deleteAll", dayOfWeek="Monday")
    why = "device hall (serialNo '8A3-U1UW') has no name by which its schedule could be found"
    assert answer == (UnknownDevice, why)
    assert len(site.asked) == 1


REFUSED = [
    ("schedule_set", {"dayOfWeek": "Monday", "setTime": 1}, "schedule_set would change nothing: it needs"),
    ("schedule_set", {**ENTRY, "startTime": "24:00"}, "startTime cannot be '24:00': it takes a time of day"),
    ("schedule_set", {**ENTRY, "startTime": "06:60"}, "startTime cannot be '06:60': it takes a time of day"),
    ("schedule_set", {**ENTRY, "startTime": "6 am"}, "startTime cannot be '6 am': it takes a time of day"),
    ("schedule_add", {**ENTRY, "startTime": "06:30:00"}, "startTime cannot be '06:30:00': it takes"),
    ("schedule_set", {**ENTRY, "heatSetting": 75}, "heatSetting 75 must be below coolSetting 74"),
    ("schedule_add", {**ENTRY, "heatSetting": 74}, "heatSetting 74 must be below coolSetting 74"),
]


@pytest.mark.parametrize(("controller", "fields", "why"), REFUSED)
async def test_fields_that_do_not_fit_each_other_are_refused_at_load_and_before_sending(
    controller: str, fields: Mapping[str, Value], why: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        Founten.check_call(LOBBY[controller], fields)
    assert str(caught.value).startswith(why)
    schedules = Schedules()
    async with founten(schedules) as site:
        answer = await call(site, LOBBY, controller, **fields)
    assert answer == (RejectedValue, str(caught.value))
    assert schedules.asked == []


@pytest.mark.parametrize(("controller", "fields"), [(name, fields) for name, fields, _, _ in CALLS])
def test_fields_that_fit_are_taken(controller: str, fields: Mapping[str, Value]) -> None:
    Founten.check_call(LOBBY[controller], fields)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"dayOfWeek": "Mon", "setTime": 1}, "dayOfWeek cannot be 'Mon': it takes Sunday, Monday, "),
        ({"dayOfWeek": "Monday", "setTime": -1}, "setTime cannot be -1: it takes an integer of at least 0"),
        ({"dayOfWeek": "Monday", "setTime": 1.5}, "setTime cannot be 1.5: it takes an integer of at least 0"),
        ({"setTime": 1}, "schedule_delete needs 'dayOfWeek': the day of the week"),
    ],
)
async def test_a_field_that_cannot_be_is_not_sent(fields: Mapping[str, Value], why: str) -> None:
    schedules = Schedules()
    async with founten(schedules) as site:
        answer = await call(site, LOBBY, "schedule_delete", **fields)
    assert answer[0] is RejectedValue
    assert answer[1].startswith(why)
    assert schedules.asked == []


async def test_settings_are_converted_as_those_of_the_thermostat() -> None:
    schedules = Schedules()
    fields: Mapping[str, Value] = {**ENTRY, "heatSetting": 20.5, "coolSetting": 24}
    async with founten(schedules) as site:
        await call(site, CELSIUS, "schedule_set", **fields)
    assert "heatSetting:69;coolSetting:75;" in schedules.asked[0][2]


async def test_settings_that_rounding_makes_equal_are_not_sent() -> None:
    schedules = Schedules()
    fields: Mapping[str, Value] = {**ENTRY, "heatSetting": 21.5, "coolSetting": 21.6}
    async with founten(schedules) as site:
        answer = await call(site, CELSIUS, "schedule_set", **fields)
    why = "heatSetting must be below coolSetting, and they are 71 and 71 for thermostat 'Lobby'"
    assert answer == (RejectedValue, why)
    assert schedules.asked == []


LIMITS = {"minHeatSetting": 50, "maxHeatSetting": 72, "minCoolSetting": 65, "maxCoolSetting": 90}
MONDAYS = {"dayOfWeek": "Monday", "setTime": "1", "heatSetting": "60", "coolSetting": "70"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"heatSetting": 49}, "minHeatSetting must be not above heatSetting, and they are 50 and 49"),
        ({"heatSetting": 73}, "heatSetting must be not above maxHeatSetting, and they are 73 and 72"),
        ({"coolSetting": 64}, "minCoolSetting must be not above coolSetting, and they are 65 and 64"),
        ({"coolSetting": 91}, "coolSetting must be not above maxCoolSetting, and they are 91 and 90"),
        ({"heatSetting": 90}, "heatSetting must be below maxCoolSetting, and they are 90 and 90"),
        ({"coolSetting": 50}, "minHeatSetting must be below coolSetting, and they are 50 and 50"),
    ],
)
async def test_a_setting_beyond_the_thermostats_limits_is_not_sent(
    fields: Mapping[str, Value], why: str
) -> None:
    schedules = Schedules(**LIMITS)
    async with founten(schedules) as site:
        answer = await call(site, UNTOLD, "schedule_set", dayOfWeek="Monday", setTime=1, **fields)
    assert answer == (RejectedValue, f"{why} for thermostat 'Lobby'")
    assert schedules.asked == []


@pytest.mark.parametrize(
    "fields", [{"heatSetting": 50}, {"heatSetting": 72}, {"coolSetting": 65, "fan": "On"}]
)
async def test_a_setting_at_the_thermostats_limits_is_sent(fields: Mapping[str, Value]) -> None:
    schedules = Schedules(**LIMITS)
    async with founten(schedules) as site:
        await call(site, UNTOLD, "schedule_set", dayOfWeek="Monday", setTime=1, **fields)
    assert [asked for asked, _, _ in schedules.asked] == ["set"]
    limits = "minHeatSetting;maxHeatSetting;minCoolSetting;maxCoolSetting;"
    assert site.calls[0] == ("get", "name:Lobby;", f"name;serialNo;temperatureFormat;{limits}")


async def test_limits_that_a_site_does_not_tell_forbid_nothing() -> None:
    schedules = Schedules(minHeatSetting="--", maxHeatSetting="")
    async with founten(schedules) as site:
        await call(site, UNTOLD, "schedule_set", dayOfWeek="Monday", setTime=1, heatSetting=30)
    assert [asked for asked, _, _ in schedules.asked] == ["set"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"heatSetting": 70}, "heatSetting must be below coolSetting, and they are 70 and 70"),
        ({"heatSetting": 71}, "heatSetting must be below coolSetting, and they are 71 and 70"),
        ({"coolSetting": 60}, "heatSetting must be below coolSetting, and they are 60 and 60"),
    ],
)
async def test_one_setting_is_held_against_the_other_of_its_entry(
    fields: Mapping[str, Value], why: str
) -> None:
    tuesdays = {**MONDAYS, "dayOfWeek": "Tuesday", "coolSetting": "99"}
    strangers = {**MONDAYS, "name": "Hall", "coolSetting": "99"}
    schedules = Schedules(tuesdays, strangers, {**MONDAYS, "setTime": "2", "heatSetting": "20"}, MONDAYS)
    async with founten(schedules) as site:
        answer = await call(site, LOBBY, "schedule_set", dayOfWeek="monday", setTime=1, **fields)
    assert answer == (RejectedValue, f"{why} for thermostat 'Lobby'")
    assert [(asked, selection) for asked, selection, _ in schedules.asked] == [
        ("get", "name:Lobby;dayOfWeek:Monday;")
    ]


@pytest.mark.parametrize("fields", [{"heatSetting": 69}, {"coolSetting": 61, "fan": "On"}])
async def test_one_setting_that_fits_the_other_is_sent(fields: Mapping[str, Value]) -> None:
    schedules = Schedules(MONDAYS)
    async with founten(schedules) as site:
        await call(site, LOBBY, "schedule_set", dayOfWeek="Monday", setTime=1, **fields)
    assert [asked for asked, _, _ in schedules.asked] == ["get", "set"]


@pytest.mark.parametrize(
    "fields", [{"keypad": "On"}, {"heatSetting": 60, "coolSetting": 80}, {"startTime": "06:00"}]
)
async def test_an_entry_is_looked_at_only_where_it_matters(fields: Mapping[str, Value]) -> None:
    schedules = Schedules(MONDAYS)
    async with founten(schedules) as site:
        await call(site, LOBBY, "schedule_set", dayOfWeek="Monday", setTime=1, **fields)
    assert [asked for asked, _, _ in schedules.asked] == ["set"]


async def test_a_site_that_tells_no_schedule_is_asked_for_none_and_set_all_the_same() -> None:
    schedules = Schedules()

    def silent(asked: Asked) -> Said:
        answer = schedules(asked)
        is_look = (asked.request, asked.object) == ("get", "ThermostatSchedule")
        return refusing("Get Thermostat Schedule is currently unsupported.") if is_look else answer

    async with founten(silent) as site:
        answer = await call(site, LOBBY, "schedule_set", dayOfWeek="Monday", setTime=1, heatSetting=60)
    assert isinstance(answer, Answer)
    assert [asked for asked, _, _ in schedules.asked] == ["get", "set"]


async def test_an_entry_that_cannot_be_looked_at_now_is_not_set() -> None:
    schedules = Schedules()

    def failing(asked: Asked) -> Said:
        is_look = (asked.request, asked.object) == ("get", "ThermostatSchedule")
        return Reply(status=500) if is_look else schedules(asked)

    async with founten(failing) as site:
        answer = await call(site, LOBBY, "schedule_set", dayOfWeek="Monday", setTime=1, heatSetting=60)
    assert answer[0] is CannotExecute
    assert schedules.asked == []


async def test_a_site_that_refuses_says_so() -> None:
    schedules = Schedules()

    def refuse(asked: Asked) -> Said:
        return schedules(asked) if asked.object == "Thermostat" else refusing("Invalid set time.")

    async with founten(refuse) as site:
        answer = await call(site, LOBBY, "schedule_set", **ENTRY)
    assert answer == (
        RejectedValue,
        "set ThermostatSchedule of name:Lobby;dayOfWeek:Monday;setTime:1; is refused: Invalid set time.",
    )


async def test_calls_and_sets_of_one_moment_go_in_their_order() -> None:
    async with founten(Schedules()) as site:
        await site.driver.write(
            [
                Write(target=LOBBY["fan"], value="On"),
                Write(target=LOBBY["schedule_deleteAll"], value=None, fields={"dayOfWeek": "Monday"}),
                Write(target=LOBBY["schedule"], value="On"),
            ]
        )
    assert [(each.object, each.value) for each in site.asked if each.request == "set"] == [
        ("Thermostat", "fan:On;"),
        ("ThermostatSchedule", "deleteAll:None;"),
        ("Thermostat", "schedule:On;"),
    ]


MONDAY = [
    {"dayOfWeek": "Monday", "setTime": "10", "startTime": "22:00", "heatSetting": "60"},
    {
        "name": "Lobby",
        "dayOfWeek": "Monday",
        "setTime": "2",
        "startTime": "06:30",
        "system": "Auto",
        "heatSetting": "68",
        "coolSetting": "74",
        "fan": "",
        "keypad": "Off",
    },
    {"dayOfWeek": "Tuesday", "setTime": "1", "startTime": "07:00", "heatSetting": "50"},
    {"name": "Hall", "dayOfWeek": "Monday", "setTime": "1", "startTime": "07:00"},
]


async def test_a_day_is_read_as_its_entries_in_their_order() -> None:
    schedules = Schedules(*MONDAY)
    async with founten(schedules) as site:
        answers = await site.read(LOBBY["schedule_Monday"])
    assert answers == {
        "lobby.schedule_Monday": (
            "setTime:2 startTime:06:30 system:Auto heatSetting:68 coolSetting:74 keypad:Off",
            "setTime:10 startTime:22:00 heatSetting:60",
        )
    }
    assert schedules.asked == [
        (
            "get",
            "name:Lobby;dayOfWeek:Monday;",
            "name;dayOfWeek;setTime;startTime;system;heatSetting;coolSetting;fan;keypad;",
        )
    ]


async def test_entries_that_name_no_set_time_come_first() -> None:
    entries = [{"dayOfWeek": "Monday", "setTime": "1"}, {"dayOfWeek": "Monday", "startTime": "06:30"}]
    async with founten(Schedules(*entries)) as site:
        answers = await site.read(LOBBY["schedule_Monday"])
    assert answers == {"lobby.schedule_Monday": ("startTime:06:30", "setTime:1")}


async def test_entries_of_one_set_time_stand_in_the_order_of_their_times() -> None:
    times = ("22:00", "06:30")
    entries = [{"dayOfWeek": "Monday", "setTime": "1", "startTime": time} for time in times]
    async with founten(Schedules(*entries)) as site:
        answers = await site.read(LOBBY["schedule_Monday"])
    assert answers["lobby.schedule_Monday"] == ("setTime:1 startTime:06:30", "setTime:1 startTime:22:00")


async def test_several_days_are_read_by_one_get_of_the_week() -> None:
    schedules = Schedules(*MONDAY)
    async with founten(schedules) as site:
        answers = await site.read(HALL["schedule_Monday"], HALL["schedule_Sunday"])
    assert answers == {
        "hall.schedule_Monday": (
            "setTime:1 startTime:07:00",
            "setTime:10 startTime:22:00 heatSetting:60",
        ),
        "hall.schedule_Sunday": (),
    }
    assert [selection for _, selection, _ in schedules.asked] == ["name:Hall;"]


async def test_temperatures_of_a_day_are_in_the_site_files_unit() -> None:
    async with founten(Schedules(*MONDAY)) as site:
        answers = await site.read(CELSIUS["schedule_Tuesday"])
    assert answers == {"lobby.schedule_Tuesday": ("setTime:1 startTime:07:00 heatSetting:10",)}


async def test_an_entry_that_means_nothing_costs_its_own_day() -> None:
    odd = {"dayOfWeek": "Sunday", "setTime": "1", "heatSetting": "warm"}
    async with founten(Schedules(*MONDAY, odd)) as site:
        answers = await site.read(LOBBY["schedule_Tuesday"], LOBBY["schedule_Sunday"])
    assert answers["lobby.schedule_Tuesday"] == ("setTime:1 startTime:07:00 heatSetting:50",)
    assert answers["lobby.schedule_Sunday"][1] == "heatSetting is 'warm' and no number"


async def test_a_site_that_tells_no_schedules_costs_nothing_but_their_days() -> None:
    thermostats = Thermostats({"name": "Lobby", "fan": "On", "temperatureFormat": "Celsius", "serialNo": "1"})
    message = "Get Thermostat Schedule is currently unsupported."

    def answer(asked: Asked) -> Said:
        return thermostats(asked) if asked.object == "Thermostat" else refusing(message)

    async with founten(answer) as site:
        answers = await site.read(LOBBY["fan"], LOBBY["schedule_Monday"])
    assert answers == {
        "lobby.fan": "On",
        "lobby.schedule_Monday": (
            NotSupported,
            f"get ThermostatSchedule of name:Lobby;dayOfWeek:Monday; is not supported by the site: {message}",
        ),
    }


def test_days_are_read_only_where_the_device_asks_for_it() -> None:
    assert "schedule_Monday" not in targets_of("lobby", name="Lobby")
    assert [name for name in LOBBY if name.startswith("schedule_") and LOBBY[name].capability.readable] == [
        f"schedule_{day}"
        for day in ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Vacation")
    ]
