"""Getting and setting the thermostats of the simulated site, by the manual's own examples and beyond."""

from __future__ import annotations

import pytest

from interlock_founten.attributes import THERMOSTAT
from interlock_founten.simulator.attributes import RESERVED
from support.founten_house import founten_school, founten_targets

pytestmark = pytest.mark.slow

ALL = "Updated 3 thermostats."
ONE = "Updated 1 thermostats."
NONE_FOUND = ("0", "No thermostats found matching selection criteria.")
NOTHING_CHANGED = ("0", "No thermostat attributes where changed.")
WRONG_LIST = ("0", "Invalid Attribute list.")


async def test_the_manuals_example_is_answered_as_it_prints_it() -> None:
    async with founten_school(founten_targets("test", name="TestThermostat")) as school:
        response = await school.client.get(
            "/api.cgi?username=myname@gmail.com&password=mypassword&request=get&object=Thermostat"
            "&selection=name:TestThermostat;&value=heatSetting;coolSetting;temperature;"
        )
    assert (response.status_code, response.headers["content-type"]) == (200, "text/xml")
    assert response.text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<result>\n<Thermostat>\n<name>TestThermostat</name>\n'
        "<heatSetting>68</heatSetting>\n<coolSetting>72</coolSetting>\n<temperature>70</temperature>\n"
        "</Thermostat>\n<success>1</success>\n</result>\n"
    )


async def test_nothing_found_is_answered_as_the_manual_prints_it() -> None:
    async with founten_school() as school:
        response = await school.post(
            request="get", object="Thermostat", selection="name:Attic;", value="heatSetting;"
        )
    assert response.text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<result>\n<success>0</success>\n'
        "<message>No thermostats found matching selection criteria.</message>\n</result>\n"
    )


def test_every_attribute_of_the_manual_is_there_as_the_drivers_table_has_it() -> None:
    ours = [
        (row.name, row.is_settable, row.takes if isinstance(row.takes, tuple) else ())
        for row in RESERVED.values()
    ]
    theirs = [(row.name, row.settable, row.choices) for row in THERMOSTAT]
    open_ended = {"setBy", "runStatus"}
    assert [(name, is_settable) for name, is_settable, _ in ours] == [
        (name, settable) for name, settable, _ in theirs
    ]
    for (name, is_settable, takes), (_, _, choices) in zip(ours, theirs, strict=True):
        if is_settable and name not in open_ended:
            assert sorted(takes) == sorted(choices), name


def test_every_thermostat_starts_with_values_that_its_attributes_take() -> None:
    unfit = [row.name for row in RESERVED.values() if row.is_settable and not row.accepts(row.start)]
    assert unfit == []


@pytest.mark.parametrize("asked", ["", None])
async def test_without_a_value_everything_is_told(asked: str | None) -> None:
    async with founten_school() as school:
        given = {} if asked is None else {"value": asked}
        response = await school.post(request="get", object="Thermostat", selection="name:Gym", **given)
    for row in THERMOSTAT:
        assert f"<{row.name}>" in response.text


@pytest.mark.parametrize("selection", ["", None, "name", ";;"])
async def test_without_a_usable_selection_a_get_tells_of_every_thermostat(selection: str | None) -> None:
    async with founten_school() as school:
        given = {} if selection is None else {"selection": selection}
        response = await school.post(request="get", object="Thermostat", value="name", **given)
    assert response.text.count("<Thermostat>") == 3


async def test_names_go_in_any_case_and_come_back_as_the_manual_spells_them() -> None:
    async with founten_school() as school:
        root = await school.ask("get", "thermostat", "NAME:Lobby;", "runstatus;HEATSETTING;serialno")
        [told] = root.findall("Thermostat")
    assert [child.tag for child in told] == ["name", "runStatus", "heatSetting", "serialNo"]


async def test_values_of_a_selection_go_in_their_case_and_with_their_blanks() -> None:
    async with founten_school() as school:
        for selection in ("name:lobby", "name:Lobby ", "name: Lobby"):
            root = await school.ask("get", "Thermostat", selection, "name")
            assert root.findtext("success") == "0", selection


async def test_every_pair_of_a_selection_must_match() -> None:
    async with founten_school() as school:
        await school.set("name:Gym", "groupName:Sports")
        await school.set("name:Lobby", "groupName:Sports")
        both = await school.get("groupName:Sports", "name")
        one = await school.get("groupName:Sports;name:Gym;", "name")
    assert [each["name"] for each in both] == ["Lobby", "Gym"]
    assert [each["name"] for each in one] == ["Gym"]


async def test_a_serial_number_selects_too() -> None:
    async with founten_school() as school:
        assert await school.get("serialNo:8A3-U1UW", "serialNo") == [
            {"name": "office", "serialNo": "8A3-U1UW"}
        ]


async def test_an_attribute_asked_for_twice_is_told_once() -> None:
    async with founten_school() as school:
        root = await school.ask("get", "Thermostat", "name:Lobby", "fan;FAN;name")
    assert [child.tag for child in root[0]] == ["fan", "name"]


async def test_an_unknown_attribute_is_told_empty() -> None:
    async with founten_school() as school:
        assert await school.get("name:Lobby", "heatSeting") == [{"name": "Lobby", "heatSeting": ""}]


async def test_what_is_set_is_held_by_what_was_selected_alone() -> None:
    async with founten_school() as school:
        answer = await school.set("name:Lobby;", "heatSetting:65;coolSetting:78;fan:On;system:Cool")
        told = await school.get("", "heatSetting;coolSetting;fan;system;setBy")
    assert answer == ("1", ONE)
    assert [tuple(each.values())[1:] for each in told] == [
        ("65", "78", "On", "Cool", "Remote"),
        ("68", "72", "Auto", "Auto", "Station"),
        ("68", "72", "Auto", "Auto", "Station"),
    ]


async def test_a_typo_makes_an_attribute_in_silence() -> None:
    async with founten_school() as school:
        assert await school.set("name:Lobby", "heatSeting:99") == ("1", ONE)
        assert await school.value("heatSeting") == "99"
        assert await school.value("heatSetting") == "68"
        assert await school.value("setBy") == "Station"


async def test_an_attribute_of_ones_own_selects() -> None:
    async with founten_school() as school:
        await school.set("name:Gym", "managed:yes")
        assert await school.set("Managed:yes;", "heatSetting:60") == ("1", ONE)
        assert [await school.value("heatSetting", name) for name in ("Lobby", "Gym")] == ["68", "60"]


@pytest.mark.parametrize(
    "value",
    [
        "temperature:50",
        "name:Hall",
        "serialNo:X",
        "setBy:Station",
        "runStatus:Off",
        "auxStatus:On",
        "heatSetting:68.5",
        "heatSetting:warm",
        "heatSetting:",
        "system:heat",
        "system:Warm",
        "fan:off",
        "schedule:Yes",
        "cycleRate:1e3",
        "anticipationDegrees:0,5",
    ],
)
async def test_what_is_read_only_or_no_value_is_not_set(value: str) -> None:
    async with founten_school() as school:
        before = await school.get("", "")
        assert await school.set("name:Lobby", value) == NOTHING_CHANGED
        assert await school.get("", "") == before


async def test_what_can_be_set_is_set_beside_what_cannot() -> None:
    async with founten_school() as school:
        assert await school.set("name:Lobby", "temperature:50;heatSetting:60") == ("1", ONE)
        assert await school.get("name:Lobby", "heatSetting;temperature") == [
            {"name": "Lobby", "heatSetting": "60", "temperature": "70"}
        ]


@pytest.mark.parametrize("value", ["", "heatSetting", "heatSetting:60;fan"])
async def test_a_set_without_values_is_refused(value: str) -> None:
    async with founten_school() as school:
        assert await school.set("name:Lobby", value) == WRONG_LIST
        assert await school.value("heatSetting") == "68"


async def test_a_set_that_selects_nobody_says_so() -> None:
    async with founten_school() as school:
        assert await school.set("name:Attic", "heatSetting:60") == NONE_FOUND
        assert school.simulator.unselective_sets == 0


@pytest.mark.parametrize("selection", ["", ";", "name", "Lobby"])
async def test_a_set_without_a_usable_selection_changes_everything_and_is_counted(selection: str) -> None:
    async with founten_school() as school:
        assert await school.set(selection, "heatSetting:50") == ("1", ALL)
        assert [each["heatSetting"] for each in await school.get("", "heatSetting")] == ["50"] * 3
        assert school.simulator.unselective_sets == 1


async def test_a_refused_list_concerns_nobody_and_is_not_counted() -> None:
    async with founten_school() as school:
        await school.set("", "")
        assert school.simulator.unselective_sets == 0


@pytest.mark.parametrize(
    ("request_", "object_", "message"),
    [
        ("put", "Thermostat", "Invalid request 'put': use get or set."),
        ("", "", "Invalid request '': use get or set."),
        ("get", "SharedSchedule", "Unable to get object 'sharedschedule'."),
    ],
)
async def test_what_the_api_does_not_have_is_refused(request_: str, object_: str, message: str) -> None:
    async with founten_school() as school:
        root = await school.ask(request_, object_, "name:Lobby", "fan")
    assert (root.findtext("success"), root.findtext("message")) == ("0", message)


async def test_history_cannot_be_set() -> None:
    async with founten_school() as school:
        root = await school.ask("set", "ThermostatHistory", "name:Lobby", "fan:On")
    assert root.findtext("message") == "Unable to set object 'thermostathistory'."


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ("heatSetting:71", "Heat-Stage1"),
        ("heatSetting:71;system:Cool", "Off"),
        ("heatSetting:71;system:Off", "Off"),
        ("heatSetting:71;system:Heat", "Heat-Stage1"),
        ("heatSetting:73;heatStages:2", "Heat-Stage2"),
        ("heatSetting:72;heatStages:2", "Heat-Stage1"),
        ("heatSetting:80;heatStages:1", "Heat-Stage1"),
        ("coolSetting:69", "Cool-Stage1"),
        ("coolSetting:69;system:Heat", "Off"),
        ("coolSetting:67;coolStages:2", "Cool-Stage2"),
        ("coolSetting:70;heatSetting:70", "Off"),
        ("fan:On", "Fan"),
        ("fan:On;system:Off;heatSetting:90", "Fan"),
    ],
)
async def test_what_runs_follows_from_temperature_and_settings(settings: str, status: str) -> None:
    async with founten_school() as school:
        await school.set("name:Lobby", settings)
        assert await school.value("runStatus") == status


@pytest.mark.parametrize(("kind", "aux"), [("Heat Pump", "On"), ("Conventional", "Off")])
async def test_auxiliary_heat_is_a_heat_pumps_second_stage(kind: str, aux: str) -> None:
    async with founten_school() as school:
        await school.set("name:Lobby", f"systemType:{kind};heatStages:2;heatSetting:71")
        assert await school.value("auxStatus") == "Off"
        await school.set("name:Lobby", "heatSetting:80")
        assert await school.value("auxStatus") == aux


async def test_another_temperature_format_converts_what_is_held() -> None:
    async with founten_school() as school:
        names = "temperature;heatSetting;coolSetting;minHeatSetting;maxCoolSetting;weight"
        await school.set("name:Lobby", "temperatureFormat:Celsius")
        [celsius] = await school.get("name:Lobby", names)
        await school.set("name:Lobby", "temperatureFormat:Celsius")
        [again] = await school.get("name:Lobby", names)
        await school.set("name:Lobby", "temperatureFormat:Fahrenheit")
        [fahrenheit] = await school.get("name:Lobby", names)
    assert list(celsius.values()) == ["Lobby", "21.1", "20", "22", "7", "35", "1"]
    assert again == celsius
    assert list(fahrenheit.values()) == ["Lobby", "70.0", "68", "72", "45", "95", "1"]


async def test_names_with_what_xml_and_forms_escape_are_found() -> None:
    name = "Büro <3> & #1 + 50% 'x' \"y\""
    async with founten_school(founten_targets("office", name=name)) as school:
        assert await school.get(f"name:{name};", "name") == [{"name": name}]


async def test_a_node_name_selects_as_on_live_sites() -> None:
    async with founten_school() as school:
        told = await school.get("", "nodeName")
        assert len({each["nodeName"] for each in told}) == 3
        assert await school.set(f"nodeName:{told[1]['nodeName']};", "system:Cool;coolSetting:72") == (
            "1",
            ONE,
        )
        assert [await school.value("system", name) for name in ("Lobby", "Gym")] == ["Auto", "Cool"]


async def test_the_time_zone_of_the_site_is_told_as_on_live_sites() -> None:
    async with founten_school() as school:
        root = await school.ask("get", "Site", "", "timeZone;")
    assert (root.findtext("attribute/timeZone"), root.findtext("success")) == ("Europe/Rome", "1")
