"""Calls as bytes: what the manual's samples say, and what is never sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interlock import (
    AuthenticationFailed,
    CannotExecute,
    DriverError,
    HttpReply,
    NotSupported,
    ProtocolFault,
    RateLimited,
    RejectedValue,
    ServerFault,
    UnknownDevice,
)
from interlock_founten.attributes import RESERVED
from interlock_founten.replies import Document
from interlock_founten.wire import Call, Unchanged, format_exchange, format_pairs, judge

SAMPLE = Call(
    request="get",
    object="Thermostat",
    selection=(("name", "TestThermostat"),),
    attributes=("heatSetting", "coolSetting", "temperature"),
)
"""The manual's, in Constructing an API Request."""


def elements(call: Call) -> dict[str, str]:
    pairs = parse_qsl(
        call.form("myname@gmail.com", "mypassword"), keep_blank_values=True, strict_parsing=True
    )
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def setting(selection: Any, object: Any = "Thermostat", values: Any = (("fan", "On"),)) -> Call:
    return Call(request="set", object=object, selection=selection, values=values)


def test_the_manuals_sample() -> None:
    assert elements(SAMPLE) == {
        "username": "myname@gmail.com",
        "password": "mypassword",
        "request": "get",
        "object": "Thermostat",
        "selection": "name:TestThermostat;",
        "value": "heatSetting;coolSetting;temperature;",
    }


def test_the_six_elements_stand_in_the_manuals_order_even_where_they_are_empty() -> None:
    call = Call(request="get", object="Thermostat", attributes=("name",))
    assert call.form("u", "p") == (
        "username=u&password=p&request=get&object=Thermostat&selection=&value=name%3B"
    )


def test_everything_that_separates_is_encoded() -> None:
    call = setting((("name", "A&B=C #1 +ü%"),))
    assert call.form("me+you@x.example", "a b&c=d;e") == (
        "username=me%2Byou%40x.example&password=a%20b%26c%3Dd%3Be&request=set&object=Thermostat"
        "&selection=name%3AA%26B%3DC%20%231%20%2B%C3%BC%25%3B&value=fan%3AOn%3B"
    )


@pytest.mark.parametrize("name", ["startTime", "starttime", "startDateTime", "endDateTime"])
def test_times_may_hold_colons(name: str) -> None:
    call = Call(
        request="get",
        object="ThermostatHistory",
        selection=(("name", "A"), (name, "2026-01-01T00:00:00+01:00")),
    )
    assert "2026-01-01T00%3A00%3A00%2B01%3A00" in call.form("u", "p")


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        (("name", "a;b"), "name cannot be 'a;b': the protocol cannot carry ';'"),
        (("name", "a:b"), "name cannot be 'a:b': the protocol cannot carry ':'"),
        (("name", "a\nb"), "name cannot be 'a\nb': the protocol cannot carry '\\n'"),
        (("startTime", "06:30;"), "startTime cannot be '06:30;': the protocol cannot carry ';'"),
        (("a:b", "x"), "'a:b' cannot name an attribute: the protocol cannot carry it"),
        (("a;b", "x"), "'a;b' cannot name an attribute: the protocol cannot carry it"),
        ((" ", "x"), "' ' cannot name an attribute: the protocol cannot carry it"),
        (("a\t", "x"), "'a\t' cannot name an attribute: the protocol cannot carry it"),
    ],
)
def test_what_would_be_read_as_something_else_is_not_sent(pair: tuple[str, str], why: str) -> None:
    for call in (setting((pair, ("name", "A"))), setting((("name", "A"),), values=(pair,))):
        with pytest.raises(RejectedValue) as caught:
            call.form("u", "p")
        assert caught.value.message == why


def test_an_attribute_that_is_asked_for_is_checked_too() -> None:
    with pytest.raises(RejectedValue):
        Call(request="get", object="Thermostat", attributes=("a;b",)).form("u", "p")


@pytest.mark.parametrize(
    "call",
    [
        setting(()),
        setting((("name", ""),)),
        setting((("name", " "),)),
        setting((("name", "A"), ("groupName", ""))),
        setting((("system", "Heat"),)),
        setting((("SYSTEM", "Heat"), ("fan", "On"))),
        setting((("calibrationOffset", "1"),)),
        setting((), object="ThermostatSchedule"),
        setting((("dayOfWeek", "Monday"), ("setTime", "1")), object="ThermostatSchedule"),
        setting((("serialNo", "8A3"), ("dayOfWeek", "Monday")), object="ThermostatSchedule"),
        setting((("managed", "yes"),), object="ThermostatHistory"),
    ],
)
def test_a_set_that_nobody_aimed_is_not_sent(call: Call) -> None:
    with pytest.raises(RejectedValue, match="is not sent: it would change every thermostat of the site"):
        call.form("u", "p")


@pytest.mark.parametrize(
    "call",
    [
        setting((("name", "A"),)),
        setting((("NAME", "A"),)),
        setting((("serialNo", "8A3"),)),
        setting((("groupName", "Sales"),)),
        setting((("managed", "yes"),)),
        setting((("name", "A"), ("dayOfWeek", "Monday")), object="ThermostatSchedule"),
    ],
)
def test_a_set_that_was_aimed_is_sent(call: Call) -> None:
    assert elements(call)["selection"]


def test_a_set_of_nothing_is_not_sent() -> None:
    with pytest.raises(RejectedValue, match=r"of name:A; is not sent: it would change nothing"):
        setting((("name", "A"),), values=()).form("u", "p")


NAMES = st.one_of(st.sampled_from(["name", "serialNo", "groupName", "managed", *sorted(RESERVED)]), st.text())
PAIRS = st.lists(st.tuples(NAMES, st.one_of(st.text(), st.sampled_from(["", " ", "A", "yes"]))), max_size=3)


@given(selection=PAIRS, values=PAIRS, object_=st.sampled_from(["Thermostat", "ThermostatSchedule"]))
@example(selection=[], values=[("fan", "On")], object_="Thermostat")
@example(selection=[("name", "\u2028")], values=[("fan", "On")], object_="Thermostat")
def test_whatever_is_set_is_aimed_and_arrives_as_it_was_meant(
    selection: list[tuple[str, str]], values: list[tuple[str, str]], object_: str
) -> None:
    try:
        sent = elements(setting(tuple(selection), values=tuple(values), object=object_))
    except RejectedValue:
        return
    arrived = [tuple(pair.split(":", 1)) for pair in sent["selection"].split(";")[:-1]]
    assert arrived == selection
    assert [tuple(pair.split(":", 1)) for pair in sent["value"].split(";")[:-1]] == values
    assert values
    aims = [name for name, value in selection if value.strip() and name.lower() not in NO_AIMS[object_]]
    assert aims
    assert all(value.strip() for _, value in selection)


NO_AIMS = {
    "Thermostat": RESERVED - {"name", "serialno", "groupname"},
    "ThermostatSchedule": RESERVED - {"name"} | {"dayofweek", "settime"},
}


def reply(body: str, status: int = 200) -> HttpReply:
    return HttpReply(status=status, body=body.encode())


def test_a_success_is_a_document() -> None:
    found = judge(reply("<result><message>Updated 1.</message><success>1</success></result>"), SAMPLE)
    assert found == Document(success=1, message="Updated 1.", items=())


def failing(message: str) -> str:
    return f"<result><success>0</success><message>{message}</message></result>"


REFUSALS = [
    (
        "No thermostats found matching selection criteria.",
        UnknownDevice,
        "finds no such thermostat: No thermostats found matching selection criteria.",
    ),
    ("Invalid selection.", UnknownDevice, "finds no such thermostat: Invalid selection."),
    (
        "Invalid Authentication Credentials",
        AuthenticationFailed,
        "has wrong credentials: Invalid Authentication Credentials",
    ),
    ("Wrong Username", AuthenticationFailed, "has wrong credentials: Wrong Username"),
    ("Invalid password", AuthenticationFailed, "has wrong credentials: Invalid password"),
    ("Log in first", AuthenticationFailed, "has wrong credentials: Log in first"),
    (
        "Get Thermostat Schedule is currently unsupported.",
        NotSupported,
        "is not supported by the site: Get Thermostat Schedule is currently unsupported.",
    ),
    ("Not supported", NotSupported, "is not supported by the site: Not supported"),
    ("Not available", NotSupported, "is not supported by the site: Not available"),
    (
        "No thermostat attributes where changed.",
        Unchanged,
        "changed nothing: No thermostat attributes where changed.",
    ),
    (
        "No thermostat attributes were changed.",
        Unchanged,
        "changed nothing: No thermostat attributes were changed.",
    ),
    ("Invalid Attribute list.", RejectedValue, "is refused: Invalid Attribute list."),
    ("ILLEGAL", RejectedValue, "is refused: ILLEGAL"),
    ("value not allowed", RejectedValue, "is refused: value not allowed"),
    ("Bad day", CannotExecute, "failed: Bad day"),
    ("", CannotExecute, "failed without a reason"),
]


@pytest.mark.parametrize(("message", "expected", "said"), REFUSALS)
def test_a_failure_is_what_its_message_says(message: str, expected: type[DriverError], said: str) -> None:
    with pytest.raises(DriverError) as caught:
        judge(reply(failing(message)), SAMPLE)
    assert (type(caught.value), caught.value.message) == (
        expected,
        f"get Thermostat of name:TestThermostat; {said}",
    )


@pytest.mark.parametrize("success", ["0", "2", "-1", "10"])
def test_one_alone_is_success(success: str) -> None:
    with pytest.raises(CannotExecute):
        judge(reply(f"<result><success>{success}</success></result>"), SAMPLE)


@pytest.mark.parametrize(
    ("answer", "expected", "why"),
    [
        (reply("", 403), AuthenticationFailed, "the credentials are refused by the server (HTTP 403)"),
        (reply("", 401), AuthenticationFailed, "the credentials are refused by the server (HTTP 401)"),
        (reply("", 429), RateLimited, "the server asks for fewer requests (HTTP 429)"),
        (
            reply("", 502),
            ServerFault,
            "get Thermostat of name:TestThermostat; failed in the server (HTTP 502)",
        ),
        (
            reply("", 404),
            NotSupported,
            "there is no API at this address (HTTP 404): check the connection's url",
        ),
        (
            reply(failing("Illegal"), 400),
            RejectedValue,
            "get Thermostat of name:TestThermostat; is refused: Illegal",
        ),
        (
            reply("<result><success>1</success></result>", 400),
            CannotExecute,
            "get Thermostat of name:TestThermostat; failed without a reason",
        ),
        (
            reply("bad request", 400),
            RejectedValue,
            "the answer to get Thermostat of name:TestThermostat; (HTTP 400) is no XML: "
            "syntax error: line 1, column 0: bad request",
        ),
        (
            reply("<html><body>hello</body></html>"),
            ProtocolFault,
            "the answer to get Thermostat of name:TestThermostat; (HTTP 200) says nothing of success: "
            "<html><body>hello</body></html>",
        ),
        (
            reply(""),
            ProtocolFault,
            "the answer to get Thermostat of name:TestThermostat; (HTTP 200) is no XML: "
            "no element found: line 1, column 0: nothing",
        ),
    ],
)
def test_other_answers_are_told_apart(answer: HttpReply, expected: type[DriverError], why: str) -> None:
    with pytest.raises(DriverError) as caught:
        judge(answer, SAMPLE)
    assert (type(caught.value), caught.value.message) == (expected, why)


def test_an_exchange_stands_on_one_line() -> None:
    assert format_exchange("POST", SAMPLE, reply("<a>\n</a>")) == (
        "POST get Thermostat selection=name:TestThermostat; value=heatSetting;coolSetting;temperature; "
        "-> 200 <a> </a>"
    )
    assert format_exchange("GET", setting((("name", "A"),)), None) == (
        "GET set Thermostat selection=name:A; value=fan:On; -> no reply"
    )


def test_a_long_exchange_is_cut() -> None:
    assert len(format_exchange("POST", SAMPLE, reply("x" * 400))) == 300
    assert format_exchange("POST", SAMPLE, reply("x" * 400)).endswith("x…")


def test_pairs_are_written_as_the_manual_does() -> None:
    assert format_pairs((("managed", "yes"), ("name", "A B"))) == "managed:yes;name:A B;"
