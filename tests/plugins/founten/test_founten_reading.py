"""What the driver asks to read points, and what it makes of the answers."""

from __future__ import annotations

import pytest

from interlock import (
    AuthenticationFailed,
    CannotExecute,
    NotSupported,
    ProtocolFault,
    RejectedValue,
    UnknownDevice,
)
from interlock_founten.driver import Founten
from support.founten_site import (
    NO_MATCH,
    Answer,
    Answering,
    Asked,
    Thermostats,
    founten,
    item,
    refusing,
    result,
    settings_of,
    targets_of,
)

pytestmark = pytest.mark.slow

LOBBY = targets_of("lobby", name="Lobby", attributes=["managed"])
HALL = targets_of("hall", serialNo="8A3-U1UW")
SALES = targets_of("sales", "group", groupName="Sales & Büro #1")
MANAGED = targets_of("managed", "group", where={"managed": "yes"})


def lobby(**values: object) -> dict[str, object]:
    basis = {
        "name": "Lobby",
        "serialNo": "8A3-U1UX",
        "groupName": "Sales & Büro #1",
        "system": "Auto",
        "heatSetting": "68",
        "coolSetting": "72",
        "temperature": "71.6",
        "temperatureFormat": "Fahrenheit",
    }
    return {**basis, **values}


def hall(**values: object) -> dict[str, object]:
    return lobby(name="Hall", serialNo="8A3-U1UW", **values)


def test_all_thermostats_cost_one_request_and_each_schedule_two_or_three() -> None:
    states = [LOBBY["temperature"], LOBBY["system"], HALL["temperature"]]
    named = targets_of("named", name="Lobby", read_schedule=True)["schedule_Monday"]
    numbered = targets_of("numbered", serialNo="8A3-U1UW", read_schedule=True)["schedule_Monday"]
    for targets, planned in (
        ([], 0),
        (states, 1),
        ([named], 2),
        ([numbered], 3),
        ([*states, named, numbered], 6),
    ):
        assert Founten.requests_for(targets, settings_of()) == planned


async def test_one_thermostat_is_selected_by_its_name() -> None:
    async with founten(Thermostats(lobby())) as site:
        answers = await site.read(LOBBY["temperature"], LOBBY["heatSetting"], LOBBY["system"])
    assert answers == {"lobby.temperature": 71.6, "lobby.heatSetting": 68, "lobby.system": "Auto"}
    assert site.calls == [("get", "name:Lobby;", "name;temperature;heatSetting;system;")]


async def test_one_thermostat_is_selected_by_its_serial_number() -> None:
    async with founten(Thermostats(hall())) as site:
        assert await site.read(HALL["coolSetting"]) == {"hall.coolSetting": 72}
    assert site.calls == [("get", "serialNo:8A3-U1UW;", "name;serialNo;coolSetting;")]


async def test_many_are_read_by_one_get_of_all_with_the_union_of_attributes() -> None:
    async with founten(Thermostats(hall(heatSetting="60"), lobby(managed="yes"))) as site:
        answers = await site.read(
            LOBBY["heatSetting"], HALL["heatSetting"], HALL["fan"], MANAGED["coolSetting"], LOBBY["managed"]
        )
    assert answers == {
        "lobby.heatSetting": 68,
        "hall.heatSetting": 60,
        "hall.fan": (ProtocolFault, "hall.fan has no value: thermostat 'Hall' leaves it empty"),
        "managed.coolSetting": 72,
        "lobby.managed": "yes",
    }
    assert site.calls == [("get", "", "name;serialNo;managed;heatSetting;fan;coolSetting;")]


async def test_500_thermostats_with_all_attributes_take_one_get() -> None:
    every = [targets_of(f"t{number}", name=f"Thermostat {number}") for number in range(500)]
    asked = [target for targets in every for target in targets.values() if target.capability.readable]
    values = {
        target.capability.controller: "7" if not target.capability.choices else "Off"
        for target in every[0].values()
    }
    reply = result(*(item({**values, "name": f"Thermostat {number}"}) for number in range(500)))
    async with founten(lambda _: reply) as site:
        answers = await site.read(*asked)
    assert len(site.asked) == 1
    assert len(answers) == 500 * 41
    assert answers["t499.name"] == "Thermostat 499"
    assert not [answer for answer in answers.values() if isinstance(answer, tuple)]


async def test_names_travel_and_are_found_letter_by_letter() -> None:
    odd = "Büro & Küche #2 +1 "
    target = targets_of("odd", name=odd)["heatSetting"]
    async with founten(Thermostats(lobby(name=odd))) as site:
        assert await site.read(target) == {"odd.heatSetting": 68}
    assert b"name%3AB%C3%BCro%20%26%20K%C3%BCche%20%232%20%2B1%20%3B" in site.asked[0].raw.body


@pytest.mark.parametrize("name", ["lobby", "Lobby ", " Lobby"])
async def test_a_name_with_other_letters_or_blanks_is_another_thermostat(name: str) -> None:
    target = targets_of("other", name=name)["heatSetting"]
    async with founten(lambda _: result(item(lobby()))) as site:
        answers = await site.read(target)
    assert answers == {
        "other.heatSetting": (UnknownDevice, f"device other (name '{name}') is unknown to the site")
    }


async def test_a_thermostat_that_is_missing_costs_its_own_points_only() -> None:
    async with founten(Thermostats(lobby())) as site:
        answers = await site.read(LOBBY["heatSetting"], HALL["heatSetting"])
    assert answers == {
        "lobby.heatSetting": 68,
        "hall.heatSetting": (UnknownDevice, "device hall (serialNo '8A3-U1UW') is unknown to the site"),
    }


async def test_one_that_nobody_finds_is_unknown() -> None:
    async with founten(Thermostats(lobby())) as site:
        answers = await site.read(HALL["heatSetting"])
    assert answers == {
        "hall.heatSetting": (
            UnknownDevice,
            f"get Thermostat of serialNo:8A3-U1UW; finds no such thermostat: {NO_MATCH}",
        )
    }
    assert len(site.asked) == 1


async def test_two_thermostats_of_one_name_are_told() -> None:
    async with founten(Thermostats(lobby(), lobby(), hall())) as site:
        answers = await site.read(LOBBY["heatSetting"], HALL["heatSetting"])
    assert answers == {
        "lobby.heatSetting": (
            UnknownDevice,
            "device lobby (name 'Lobby') stands for 2 thermostats: name it by its serialNo",
        ),
        "hall.heatSetting": 68,
    }


async def test_two_thermostats_of_one_serial_number_are_told() -> None:
    async with founten(Thermostats(lobby(), hall(), hall(heatSetting="50"))) as site:
        answers = await site.read(HALL["heatSetting"])
    why = "device hall (serialNo '8A3-U1UW') stands for 2 thermostats, and a serialNo belongs to one"
    assert answers == {"hall.heatSetting": (UnknownDevice, why)}


async def test_a_thermostat_that_nobody_asked_for_is_not_taken_for_another() -> None:
    async with founten(lambda _: result(item(lobby(heatSetting="50")), item(hall()))) as site:
        assert await site.read(HALL["heatSetting"]) == {"hall.heatSetting": 68}
    async with founten(lambda _: result(item(lobby()))) as site:
        why = "device hall (serialNo '8A3-U1UW') is unknown to the site"
        assert await site.read(HALL["heatSetting"]) == {"hall.heatSetting": (UnknownDevice, why)}
    async with founten(lambda _: result(item({"heatSetting": "68"}))) as site:
        assert await site.read(HALL["heatSetting"]) == {"hall.heatSetting": (UnknownDevice, why)}


async def test_a_group_answers_what_its_members_have_in_common() -> None:
    other = lobby(name="Store", groupName="Store", heatSetting="50")
    async with founten(Thermostats(lobby(), hall(), other)) as site:
        assert await site.read(SALES["heatSetting"]) == {"sales.heatSetting": 68}
    assert site.calls == [("get", "groupName:Sales & Büro #1;", "name;groupName;heatSetting;")]


async def test_a_group_whose_members_differ_says_who() -> None:
    async with founten(Thermostats(lobby(), hall(heatSetting="60"))) as site:
        answers = await site.read(SALES["heatSetting"])
    assert answers == {
        "sales.heatSetting": (
            ProtocolFault,
            "sales.heatSetting has no value in common: 'Lobby' has 68, 'Hall' has 60",
        )
    }


async def test_members_of_one_name_are_members_all_the_same() -> None:
    async with founten(Thermostats(lobby(), lobby(heatSetting="60"))) as site:
        answers = await site.read(SALES["heatSetting"])
    assert answers == {
        "sales.heatSetting": (
            ProtocolFault,
            "sales.heatSetting has no value in common: 'Lobby' has 68, 'Lobby' has 60",
        )
    }


@pytest.mark.parametrize("root", ["result", "response", "x:anything xmlns:x='y'"])
async def test_roots_tags_and_order_are_read_as_they_come(root: str) -> None:
    body = (
        f"<{root}><message>Retrieved 1 thermostats.</message><SUCCESS> 1 </SUCCESS><thermostat>"
        "<slaves><name>Sensor</name></slaves><COOLSETTING>\n72\n</COOLSETTING><extra/>"
        f"<Name>Lobby</Name><heatsetting>68</heatsetting></thermostat></{root.partition(' ')[0]}>"
    )
    async with founten(lambda _: body) as site:
        answers = await site.read(LOBBY["heatSetting"], LOBBY["coolSetting"])
    assert answers == {"lobby.heatSetting": 68, "lobby.coolSetting": 72}


@pytest.mark.parametrize("text", ["", " ", "--", "-"])
async def test_no_value_is_no_zero(text: str) -> None:
    async with founten(Thermostats(lobby(temperature=text))) as site:
        answers = await site.read(LOBBY["temperature"], LOBBY["heatSetting"])
    assert answers == {
        "lobby.temperature": (
            ProtocolFault,
            "lobby.temperature has no value: thermostat 'Lobby' leaves it empty",
        ),
        "lobby.heatSetting": 68,
    }


async def test_words_beyond_the_manual_are_kept() -> None:
    odd = lobby(runStatus="Cool-Stage1-Dehumidify", schedule="Weekdays shared", system=" Heat ")
    async with founten(Thermostats(odd)) as site:
        answers = await site.read(LOBBY["runStatus"], LOBBY["schedule"], LOBBY["system"])
    assert answers == {
        "lobby.runStatus": "Cool-Stage1-Dehumidify",
        "lobby.schedule": "Weekdays shared",
        "lobby.system": "Heat",
    }


async def test_a_number_that_is_none_is_a_fault_of_its_point() -> None:
    async with founten(Thermostats(lobby(heatSetting="warm"))) as site:
        answers = await site.read(LOBBY["heatSetting"], LOBBY["coolSetting"])
    assert answers == {
        "lobby.heatSetting": (
            ProtocolFault,
            "lobby.heatSetting of thermostat 'Lobby': heatSetting is 'warm' and no number",
        ),
        "lobby.coolSetting": 72,
    }


@pytest.mark.parametrize("spelling", ["calibrationOffet", "calibrationOffset"])
async def test_the_calibration_is_asked_for_as_the_site_spells_it(spelling: str) -> None:
    thermostats = Thermostats(lobby(**{spelling: "-1.5"}))
    async with founten(thermostats, calibration=spelling) as site:
        answers = await site.read(LOBBY["calibrationOffet"], LOBBY["calibrationOffset"])
    assert answers == {"lobby.calibrationOffet": -1.5, "lobby.calibrationOffset": -1.5}
    assert site.asked[0].value == f"name;{spelling};"


async def test_a_thermostat_out_of_reach_is_a_fault() -> None:
    thermostats = Thermostats(lobby(statusDisplay="Unreachable"), hall(statusDisplay="Cooling"))
    async with founten(thermostats, status_display=True) as site:
        answers = await site.read(LOBBY["temperature"], HALL["heatSetting"])
    assert answers == {
        "lobby.temperature": (
            ProtocolFault,
            "thermostat 'Lobby' is not reached by its site: its values are frozen",
        ),
        "hall.heatSetting": 68,
    }
    assert site.asked[0].attributes[-1] == "statusDisplay"


async def test_nothing_beyond_the_manual_is_asked_for_unbidden() -> None:
    async with founten(Thermostats(lobby(statusDisplay="Unreachable"))) as site:
        assert await site.read(LOBBY["heatSetting"]) == {"lobby.heatSetting": 68}


def without_everybody(thermostats: Thermostats, message: str = NO_MATCH) -> Answering:
    def answer(asked: Asked) -> Answer:
        return thermostats(asked) if asked.selection else refusing(message)

    return answer


@pytest.mark.parametrize("message", [NO_MATCH, "Missing selection."])
async def test_a_site_that_wants_a_selection_is_asked_for_each(message: str) -> None:
    answering = without_everybody(Thermostats(lobby(), hall(heatSetting="60")), message)
    async with founten(answering) as site:
        answers = await site.read(LOBBY["heatSetting"], HALL["heatSetting"], HALL["coolSetting"])
    assert answers == {"lobby.heatSetting": 68, "hall.heatSetting": 60, "hall.coolSetting": 72}
    assert sorted(each.selection for each in site.asked) == ["", "name:Lobby;", "serialNo:8A3-U1UW;"]


class Strict(Thermostats):
    """Refuses a get that asks for what a thermostat does not have."""

    def __call__(self, asked: Asked) -> Answer:
        if asked.request == "get" and not {*asked.attributes} <= self.all[0].keys():
            return refusing("Invalid Attribute list.")
        return super().__call__(asked)


async def test_an_attribute_that_the_site_refuses_costs_no_other() -> None:
    async with founten(Strict(lobby(), hall())) as site:
        wanted = [LOBBY[name] for name in ("heatSetting", "coolSetting", "system", "managed")]
        first = await site.read(*wanted, HALL["heatSetting"])
        needed = len(site.asked)
        assert await site.read(*wanted, HALL["heatSetting"]) == first
    assert first == {
        "lobby.heatSetting": 68,
        "lobby.coolSetting": 72,
        "lobby.system": "Auto",
        "lobby.managed": (
            RejectedValue,
            "get Thermostat of name:Lobby; is refused: Invalid Attribute list.",
        ),
        "hall.heatSetting": 68,
    }
    assert (needed, len(site.asked) - needed) == (5, 2)


async def test_an_attribute_that_was_refused_is_read_with_the_others_once_the_site_takes_it() -> None:
    thermostat = lobby()
    async with founten(Strict(thermostat)) as site:
        await site.read(LOBBY["heatSetting"], LOBBY["managed"])
        thermostat["managed"] = "yes"
        await site.read(LOBBY["heatSetting"], LOBBY["managed"])
        before = len(site.asked)
        assert await site.read(LOBBY["heatSetting"], LOBBY["managed"]) == {
            "lobby.heatSetting": 68,
            "lobby.managed": "yes",
        }
    assert len(site.asked) - before == 1


async def test_a_group_by_an_attribute_that_the_site_refuses_costs_no_other() -> None:
    async with founten(Strict(lobby(), hall())) as site:
        answers = await site.read(LOBBY["heatSetting"], MANAGED["heatSetting"])
    assert answers["lobby.heatSetting"] == 68
    assert answers["managed.heatSetting"] == (
        RejectedValue,
        "get Thermostat of managed:yes; is refused: Invalid Attribute list.",
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Invalid Authentication Credentials", AuthenticationFailed),
        ("Invalid Attribute list.", RejectedValue),
        ("Get Thermostat is currently unsupported.", NotSupported),
        ("Illegal value.", RejectedValue),
        ("The dog ate it.", CannotExecute),
        ("", CannotExecute),
    ],
)
async def test_a_refusal_is_what_its_message_says(message: str, expected: type) -> None:
    async with founten(lambda _: refusing(message)) as site:
        ((kind, text),) = (await site.read(LOBBY["heatSetting"])).values()
    assert kind is expected
    assert text.endswith(f": {message}" if message else " failed without a reason")
    assert len(site.asked) == 1


async def test_wrong_credentials_are_shown_once() -> None:
    days = targets_of("lobby", name="Lobby", read_schedule=True)
    async with founten(lambda _: refusing("Invalid Authentication Credentials")) as site:
        answers = await site.read(LOBBY["heatSetting"], days["schedule_Monday"], HALL["heatSetting"])
    assert {kind for kind, _ in answers.values()} == {AuthenticationFailed}
    assert len(site.asked) == 1


async def test_nothing_to_read_asks_nothing() -> None:
    async with founten(Thermostats(lobby())) as site:
        assert await site.read() == {}
    assert site.asked == []


async def test_get_is_sent_where_the_settings_say_so() -> None:
    async with founten(Thermostats(lobby()), method="get") as site:
        assert await site.read(LOBBY["heatSetting"]) == {"lobby.heatSetting": 68}
    (asked,) = site.asked
    assert (asked.raw.method, asked.raw.path, asked.raw.body) == ("GET", "/api.cgi", b"")


async def test_post_keeps_the_password_out_of_the_address() -> None:
    async with founten(Thermostats(lobby())) as site:
        await site.read(LOBBY["heatSetting"])
    raw = site.asked[0].raw
    headers = [raw.header(name) for name in ("content-type", "accept")]
    assert (raw.method, raw.target) == ("POST", "/api.cgi")
    assert headers == ["application/x-www-form-urlencoded", "text/xml, application/xml"]
    assert raw.body == (
        b"username=myname%40gmail.com&password=my%20pass%26w%C3%B6rd%2B&request=get&object=Thermostat"
        b"&selection=name%3ALobby%3B&value=name%3BheatSetting%3B"
    )


@pytest.mark.parametrize("text", ["", " "])
async def test_an_empty_text_is_a_value_and_an_unknown_attribute_none(text: str) -> None:
    async with founten(Thermostats(lobby(groupName=text, managed=text))) as site:
        answers = await site.read(LOBBY["groupName"], LOBBY["managed"])
    assert answers == {
        "lobby.groupName": "",
        "lobby.managed": (ProtocolFault, "lobby.managed has no value: thermostat 'Lobby' leaves it empty"),
    }


async def test_a_text_that_is_not_answered_is_no_value() -> None:
    async with founten(lambda _: result(item({"name": "Lobby"}))) as site:
        answers = await site.read(LOBBY["groupName"])
    assert answers["lobby.groupName"][0] is ProtocolFault


async def test_a_fraction_in_what_is_set_in_integers_is_read() -> None:
    async with founten(Thermostats(lobby(heatSetting="20.5"))) as site:
        answers = await site.read(LOBBY["heatSetting"])
    assert answers == {"lobby.heatSetting": 20.5}
    assert LOBBY["heatSetting"].capability.check_reading(20.5) == 20.5
