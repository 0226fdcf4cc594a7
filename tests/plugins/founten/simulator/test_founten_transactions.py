"""How clients may write to the simulated site, and in which form they are answered."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock_founten.simulator.calls import Calls
from interlock_founten.simulator.replies import Answer, as_json, as_xml
from interlock_founten.simulator.thermostat import Site, Thermostat
from interlock_founten.simulator.transactions import Pair, Transaction, read_pairs
from support.founten_house import MONDAY, PASSWORD, ROME, USERNAME, School, founten_school

pytestmark = pytest.mark.slow

JSON = {"accept": "application/json"}
GET = "username=myname%40gmail.com&password=mypassword&request=get&object=Thermostat"


async def url(school: School, query: str, **headers: str) -> str:
    response = await school.client.get(f"/api.cgi?{query}", headers=headers)
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize(
    "query",
    [
        f"{GET}&selection=name:Lobby;&value=fan;",
        f"{GET}&selection=name%3ALobby%3B&value=fan",
        f"{GET}&selection=name:Lobby&&value=fan",
        f"{GET}&selection=name:Lobby&value=;fan;;",
        f"{GET.replace('request', 'REQUEST')}&Selection=name:Lobby&VALUE=fan",
        f"{GET.replace('=get', '=GET')}&selection=name:Lobby&value= fan",
    ],
)
async def test_queries_are_read_as_public_clients_write_them(query: str) -> None:
    async with founten_school() as school:
        assert "<name>Lobby</name>\n<fan>Auto</fan>" in await url(school, query)


async def test_a_form_may_be_mixed_with_a_query() -> None:
    async with founten_school() as school:
        response = await school.client.post(
            f"/api.cgi?{GET}", data={"selection": "name:Lobby", "value": "fan"}
        )
        assert "<fan>Auto</fan>" in response.text


async def test_plus_and_percent_are_blanks_and_umlauts() -> None:
    async with founten_school() as school:
        await school.set("name:Lobby", "groupName:Süd flügel")
        assert "<name>Lobby</name>" in await url(
            school, f"{GET}&selection=groupName:S%C3%BCd+fl%C3%BCgel&value=fan"
        )


async def test_json_is_answered_where_it_is_accepted() -> None:
    async with founten_school() as school:
        one = await school.client.get(
            f"/api.cgi?{GET}&selection=name:Lobby&value=heatSetting;fan", headers=JSON
        )
        several = await school.client.get(f"/api.cgi?{GET}&value=fan", headers=JSON)
        nobody = await school.client.get(f"/api.cgi?{GET}&selection=name:Attic&value=fan", headers=JSON)
    assert one.headers["content-type"] == "application/json"
    assert one.json() == {
        "result": {"Thermostat": {"name": "Lobby", "heatSetting": "68", "fan": "Auto"}, "success": 1}
    }
    assert several.json() == {
        "result": {
            "Thermostat": [{"name": name, "fan": "Auto"} for name in ("Lobby", "Gym", "office")],
            "success": 1,
        }
    }
    assert nobody.json() == {
        "result": {"success": 0, "message": "No thermostats found matching selection criteria."}
    }


async def test_transactions_are_answered_in_their_order() -> None:
    async with founten_school() as school:
        response = await school.batch(
            {
                "request": "set",
                "object": "Thermostat",
                "selection": {"name": "Lobby"},
                "value": {"heatSetting": 66},
            },
            {"request": "get", "object": "thermostat", "selection": {}, "value": {"heatSetting": ""}},
            {
                "request": "get",
                "object": "Thermostat",
                "selection": {"ThermostatSerialNo": ["8A3-U1UW", "other"]},
                "value": ["serialNo"],
            },
            {"request": "get", "object": "Thermostat", "selection": "name:Gym", "value": "fan"},
        )
    assert response.json() == {
        "result": [
            {"success": 1, "message": "Updated 1 thermostats."},
            {
                "Thermostat": [
                    {"name": "Lobby", "heatSetting": "66"},
                    {"name": "Gym", "heatSetting": "68"},
                    {"name": "office", "heatSetting": "68"},
                ],
                "success": 1,
            },
            {"Thermostat": {"name": "office", "serialNo": "8A3-U1UW"}, "success": 1},
            {"Thermostat": {"name": "Gym", "fan": "Auto"}, "success": 1},
        ]
    }


async def test_a_history_in_json_has_a_list_of_records() -> None:
    async with founten_school() as school:
        school.clock.turn(minutes=10)
        response = await school.batch(
            {
                "request": "get",
                "object": "ThermostatHistory",
                "selection": {"name": "Lobby", "startDateTime": "2026-01-12", "endDateTime": "2026-01-13"},
                "value": {"timestamp": "", "name": "", "heatSetting": ""},
            }
        )
    [result] = response.json()["result"]
    assert result["message"] == "Retrieved history for 1 thermostats."
    assert result["ThermostatHistory"]["History"] == [
        {"timestamp": "2026-01-12T09:05", "heatSetting": "68"},
        {"timestamp": "2026-01-12T09:15", "heatSetting": "68"},
    ]


async def test_a_schedule_in_json_is_put_and_deleted() -> None:
    async with founten_school() as school:
        change = {"request": "set", "object": "ThermostatSchedule"}
        key = {"name": "Lobby", "dayOfWeek": "Monday", "setTime": 1}
        value = {"startTime": "10:00", "heatSetting": 66}
        get = {"request": "get", "object": "ThermostatSchedule", "selection": {"name": "Lobby"}}
        response = await school.batch(
            {**change, "selection": key, "value": value},
            get,
            {**change, "selection": key, "value": {"delete": None}},
            get,
        )
    told = response.json()["result"]
    assert told[1]["ThermostatSchedule"]["startTime"] == "10:00"
    assert told[3] == {"success": 1}


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '"text"',
        "{}",
        '{"transactions": {}}',
        '{"transactions": ["get"]}',
        '{"transactions": [{"request": {}}]}',
        '{"transactions": [{"selection": 5}]}',
        '{"transactions": [{"value": {"fan": {}}}]}',
        '{"username": [], "transactions": []}',
        '{"username": "\\ud800", "transactions": []}',
        "[" * 100_000,
    ],
)
async def test_json_that_is_no_list_of_transactions_is_not_readable(body: str) -> None:
    async with founten_school() as school:
        response = await school.client.post(
            "/api.cgi", content=body, headers={"content-type": "application/json; charset=utf-8"}
        )
    assert (response.status_code, response.text) == (400, "the request is not readable")


async def test_no_transactions_have_no_answers() -> None:
    async with founten_school() as school:
        assert (await school.batch()).json() == {"result": []}


@pytest.mark.parametrize("wrong", [{"password": "x"}, {"username": "x"}, {"password": ""}, {"username": ""}])
async def test_wrong_credentials_are_forbidden(wrong: dict[str, str]) -> None:
    async with founten_school() as school:
        response = await school.post(
            request="set", object="Thermostat", selection="name:Lobby", value="fan:On", **wrong
        )
        assert (response.status_code, response.text) == (403, "Invalid Authentication Credentials")
        assert await school.value("fan") == "Auto"


async def test_wrong_credentials_can_be_answered_by_success_0() -> None:
    async with founten_school() as school:
        school.simulator.add_fault("success-0")
        response = await school.post(request="get", object="Thermostat", password="x")
    told = ET.fromstring(response.text)
    assert [(each.tag, each.text) for each in told] == [
        ("success", "0"),
        ("message", "Invalid Authentication Credentials"),
    ]


async def test_wrong_credentials_are_told_in_json_to_who_wants_that() -> None:
    async with founten_school() as school:
        response = await school.client.get(
            "/api.cgi", params={"username": USERNAME, "password": "x"}, headers=JSON
        )
    assert (response.status_code, response.json()) == (
        403,
        {"result": {"success": 0, "message": "Invalid Authentication Credentials"}},
    )


async def test_credentials_in_json_count_as_much() -> None:
    async with founten_school() as school:
        response = await school.client.post(
            "/api.cgi", json={"username": USERNAME, "password": PASSWORD + "x", "transactions": []}
        )
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("given_", "pairs"),
    [
        ("a:1;b:2", (Pair("a", ("1",)), Pair("b", ("2",)))),
        ("a;b", (Pair("a"), Pair("b"))),
        ("startTime:06:30", (Pair("startTime", ("06:30",)),)),
        (" a : 1 ;", (Pair("a", (" 1 ",)),)),
        (":1;;", ()),
        ("a:", (Pair("a", ("",)),)),
        (None, ()),
        ({"a": 1, "b": ["x", "y"], "c": None}, (Pair("a", ("1",)), Pair("b", ("x", "y")), Pair("c", ("",)))),
        (["a", "b"], (Pair("a"), Pair("b"))),
    ],
)
def test_pairs_are_split_at_the_first_colon(given_: object, pairs: tuple[Pair, ...]) -> None:
    assert read_pairs(given_) == pairs


ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
UNFIT = "\ufffe\uffff"


@settings(deadline=None)
@given(name=ANY, value=ANY)
def test_whatever_an_attribute_is_called_and_holds_the_reply_is_xml(name: str, value: str) -> None:
    reply = as_xml(Answer([("Thermostat", [(name, value)])]), "result")
    told = ET.fromstring(reply.body)
    kept = [char for char in value if char >= " " or char in "\t\n\r"]
    assert (told[0][0].text or "") == "".join(char for char in kept if char not in UNFIT)


@settings(deadline=None)
@given(name=ANY, value=ANY)
def test_whatever_an_attribute_is_called_and_holds_the_reply_is_json(name: str, value: str) -> None:
    reply = as_json([Answer([("Thermostat", [(name, value)])])], is_batch=False)
    assert json.loads(reply.body) == {"result": {"Thermostat": {name: value}, "success": 1}}


@pytest.mark.parametrize(
    ("name", "tag"), [("my attr", "my_attr"), ("2nd", "_2nd"), ("a<b", "a_b"), ("é", "_")]
)
def test_a_name_that_xml_does_not_have_is_mended(name: str, tag: str) -> None:
    assert ET.fromstring(as_xml(Answer([(name, "x")]), "result").body)[0].tag == tag


PIECES = st.sampled_from(
    [
        *("name", "serialNo", "dayOfWeek", "setTime", "startTime", "startDateTime", "endDateTime"),
        *(
            "heatSetting",
            "temperatureFormat",
            "heatStages",
            "scheduleSetTimes",
            "delete",
            "deleteAll",
            "system",
        ),
        *(
            "Lobby",
            "Monday",
            "Vacation",
            "1",
            "06:30",
            "Celsius",
            "Off",
            "0001-01-01",
            "9999-12-31T23:59+01:00",
        ),
        *("68", "-999999", "9" * 5000, "", ":", ";"),
    ]
)
LISTS = st.lists(PIECES | ANY, max_size=12).map(":".join) | st.lists(PIECES | ANY, max_size=12).map(
    lambda words: ";".join(f"{name}:{value}" for name, value in zip(words[::2], words[1::2], strict=False))
)


@settings(deadline=None)
@given(
    request=st.sampled_from(["get", "set"]),
    object_=st.sampled_from(["thermostat", "thermostatschedule", "thermostathistory"]),
    lists=st.tuples(LISTS, LISTS),
)
def test_whatever_is_asked_is_answered(request: str, object_: str, lists: tuple[str, str]) -> None:
    site = Site(ROME, MONDAY)
    site.thermostats.append(Thermostat("Lobby", "8A3-U1UW", MONDAY))
    selection, value = map(read_pairs, lists)
    asked = Transaction(request=request, object=object_, selection=selection, value=value)
    answer = Calls(site).answer(asked, MONDAY)
    site.advance(MONDAY + timedelta(days=1))
    assert ET.fromstring(as_xml(answer, "result").body).findtext("success") in {"0", "1"}
