"""Requests byte for byte as the manual prints them, and what each kind of reply means."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
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
    Target,
    UnknownDevice,
    Value,
    retry_after,
)
from interlock.redaction import Redactor
from interlock_thinknx.controllers import CONTROLLERS
from interlock_thinknx.wire import (
    Request,
    decode_feedback,
    decode_reply,
    decode_status,
    format_exchange,
    set_request,
    status_request,
    telegram_request,
)
from support.thinknx_points import GUID, thinknx_target

G = "guid=1IzPszHWAUuvzxtXBMrkzWQ"

# Device type, controller, value, the request: the examples of the manual, in its order.
SETS: list[tuple[str, str, Value | None, str]] = [
    ("light", "power", True, f"/api/v1/power?{G}&cmd=1&fb"),
    ("dimmer", "power", False, f"/api/v1/power?{G}&cmd=0&fb"),
    ("dimmer", "powerlevel", 50, f"/api/v1/powerlevel?{G}&cmd=50&fb"),
    ("dimmer", "color", (255, 128, 0), "/api/v1/color?light=3&cmd=255,128,0"),
    ("dimmer", "colortemp", 4000, "/api/v1/colortemp?light=3&cmd=4000"),
    ("blind", "updown", "down", f"/api/v1/updown?{G}&cmd=1"),
    ("blind", "stop", None, f"/api/v1/stop?{G}&cmd=1"),
    ("blind", "heightlevel", 50, f"/api/v1/heightlevel?{G}&cmd=50&fb"),
    ("blind", "blindstep", "clockwise", f"/api/v1/blindstep?{G}&cmd=0"),
    ("blind", "blindangle", 50, f"/api/v1/blindangle?{G}&cmd=50&fb"),
    ("analog", "value", 85.325, f"/api/v1/setvalue?{G}&cmd=85.325&fb"),
    ("thermostat", "setpoint", 20.5, f"/api/v1/setpoint?{G}&cmd=20.5&fb"),
    ("thermostat", "tempmode", "comfort", f"/api/v1/tempmode?{G}&cmd=1&fb"),
    ("thermostat", "chronoen", True, f"/api/v1/chronoen?{G}&cmd=1&fb"),
    ("hvac", "hvacpower", True, f"/api/v1/hvacpower?{G}&cmd=1&fb"),
    ("hvac", "hvacsetpoint", 20.5, f"/api/v1/hvacsetpoint?{G}&cmd=20.5&fb"),
    ("hvac", "hvacmode", "dry", f"/api/v1/hvacmode?{G}&cmd=2&fb"),
    ("hvac", "hvacfan", "average", f"/api/v1/hvacfan?{G}&cmd=2&fb"),
    ("scene", "scenelaunch", "launch", f"/api/v1/scenelaunch?{G}&cmd=1"),
    ("button", "trigger", None, f"/api/v1/trigger?{G}&cmd=1"),
]

STATUS_REQUESTS = [
    ("light", "power", f"/api/v1/powerstatus?{G}"),
    ("dimmer", "power", f"/api/v1/powerstatus?{G}"),
    ("dimmer", "powerlevel", f"/api/v1/powerlevelstatus?{G}"),
    ("dimmer", "color", "/api/v1/color?light=3"),
    ("dimmer", "colortemp", "/api/v1/colortemp?light=3"),
    ("blind", "heightlevel", f"/api/v1/heightlevelstatus?{G}"),
    ("blind", "blindangle", f"/api/v1/blindanglestatus?{G}"),
    ("analog", "value", f"/api/v1/getvalue?{G}"),
    ("thermostat", "actualtemp", f"/api/v1/actualtemp?{G}"),
    ("thermostat", "setpoint", f"/api/v1/setpointstatus?{G}"),
    ("thermostat", "tempmode", f"/api/v1/tempmodestatus?{G}"),
    ("thermostat", "chronoen", f"/api/v1/chronoenstatus?{G}"),
    ("hvac", "hvacpower", f"/api/v1/hvacpowerstatus?{G}"),
    ("hvac", "hvacsetpoint", f"/api/v1/hvacsetpointstatus?{G}"),
    ("hvac", "hvacmode", f"/api/v1/hvacmodestatus?{G}"),
    ("hvac", "hvacfan", f"/api/v1/hvacfanstatus?{G}"),
    ("server", "version", "/api/v1/system/serverStatus"),
    ("server", "process_uptime", "/api/v1/system/serverStatus"),
    ("server", "server_uptime", "/api/v1/system/serverStatus"),
    ("server", "config_time", "/api/v1/system/serverStatus"),
    ("server", "connected_clients", "/api/v1/system/serverStatus"),
    ("server", "pbx_users", "/api/v1/system/serverStatus"),
]

# Controller, value, the request: the examples of the manual.
TELEGRAMS: list[tuple[str, Value, str]] = [
    ("sendKNXbit", False, "/api/v1/system/sendKNXbit?group=1/0/1&value=0"),
    ("sendKNX4bits", 30, "/api/v1/system/sendKNX4bits?group=1/0/1&value=30"),
    ("sendKNXbyte", 0, "/api/v1/system/sendKNXbyte?group=1/0/1&value=0"),
    ("sendKNXbyteun", 0, "/api/v1/system/sendKNXbyteun?group=1/0/1&value=0"),
    ("sendKNXfloat2bytes", 3.456, "/api/v1/system/sendKNXfloat2bytes?group=1/0/1&value=3.456"),
    ("sendKNXfloat4bytes", 3.456, "/api/v1/system/sendKNXfloat4bytes?group=1/0/1&value=3.456"),
]

THERMOSTAT = thinknx_target("hall.actualtemp", "thermostat")
LAMP = thinknx_target("lamp.power", "light")
VERSION = thinknx_target("box.version", "server")
UPTIME = thinknx_target("box.server_uptime", "server")


def target_of(device_type: str, controller: str) -> Target:
    extra = {"light": 3} if device_type == "dimmer" else {}
    return thinknx_target(f"thing.{controller}", device_type, **extra)


@pytest.mark.parametrize(("device_type", "controller", "value", "url"), SETS)
def test_a_command_is_sent_as_the_manual_prints_it(
    device_type: str, controller: str, value: Value | None, url: str
) -> None:
    target = target_of(device_type, controller)
    request = set_request(target, value, feedback=target.capability.feedback)
    assert request.url("GET") == url
    assert request.body("GET") == b""


@pytest.mark.parametrize(("device_type", "controller", "url"), STATUS_REQUESTS)
def test_a_status_is_asked_for_as_the_manual_prints_it(device_type: str, controller: str, url: str) -> None:
    request = status_request(target_of(device_type, controller))
    assert request.url("GET") == url
    assert request.body("GET") == b""


@pytest.mark.parametrize(("controller", "value", "url"), TELEGRAMS)
def test_a_telegram_is_sent_as_the_manual_prints_it(controller: str, value: Value, url: str) -> None:
    target = thinknx_target(f"box.{controller}", "server")
    request = telegram_request(target, {"group": "1/0/1", "value": value})
    assert (request.url("GET"), request.is_idempotent) == (url, target.capability.idempotent)
    assert request.what == f"system/{controller} of device box to group 1/0/1"


def test_fields_that_fit_no_telegram_make_no_request() -> None:
    with pytest.raises(RejectedValue, match=r"^box\.sendKNXbyte is not sent: value cannot be 256"):
        telegram_request(thinknx_target("box.sendKNXbyte", "server"), {"group": "1/0/1", "value": 256})


def test_the_examples_cover_the_whole_table() -> None:
    rows = [(kind, name, row) for kind, named in CONTROLLERS.items() for name, row in named.items()]
    assert [case[:2] for case in SETS] == [
        (kind, name) for kind, name, row in rows if row.set_endpoint and not row.capability.fields
    ]
    assert [case[0] for case in TELEGRAMS] == [name for _, name, row in rows if row.capability.fields]
    assert [case[:2] for case in STATUS_REQUESTS] == [
        (kind, name) for kind, name, row in rows if row.status_endpoint
    ]


def test_without_feedback_there_is_no_fb() -> None:
    request = set_request(LAMP, True, feedback=False)
    assert request.url("GET") == f"/api/v1/power?{G}&cmd=1"


def test_post_carries_the_same_parameters_in_its_body() -> None:
    request = set_request(LAMP, True, feedback=True)
    assert (request.url("POST"), request.body("POST")) == ("/api/v1/power", f"{G}&cmd=1&fb".encode())
    server = status_request(VERSION)
    assert (server.url("POST"), server.body("POST")) == ("/api/v1/system/serverStatus", b"")


def test_a_guid_is_percent_encoded() -> None:
    target = thinknx_target("lamp.power", "light", guid="a+b/c=d &Ёé?#%")
    assert status_request(target).parameters == "guid=a%2Bb%2Fc%3Dd%20%26%D0%81%C3%A9%3F%23%25"


def test_what_starts_something_is_not_idempotent() -> None:
    button, blind = thinknx_target("gate.trigger", "button"), thinknx_target("west.blindstep", "blind")
    assert not set_request(button, None, feedback=False).is_idempotent
    assert not set_request(blind, "clockwise", feedback=False).is_idempotent
    assert set_request(LAMP, True, feedback=False).is_idempotent
    assert status_request(LAMP).is_idempotent


def test_requests_say_endpoint_and_device() -> None:
    assert status_request(LAMP).what == f"powerstatus of device lamp (guid {GUID})"
    assert set_request(LAMP, True, feedback=True).what == f"power of device lamp (guid {GUID})"
    assert status_request(VERSION).what == "system/serverStatus of device box"


def test_all_fields_of_the_server_ask_the_same() -> None:
    assert status_request(VERSION) == status_request(UPTIME)


def test_two_devices_of_one_guid_ask_the_same() -> None:
    assert status_request(LAMP) == status_request(thinknx_target("twin.power", "light"))


def test_a_point_is_not_read_or_written_against_its_nature() -> None:
    with pytest.raises(NotSupported, match=r"hall\.actualtemp cannot be written: the protocol only reads it"):
        set_request(THERMOSTAT, 21.0, feedback=False)
    with pytest.raises(
        NotSupported, match=r"gate\.trigger cannot be read: the protocol has no status for it"
    ):
        status_request(thinknx_target("gate.trigger", "button"))


def test_a_value_that_does_not_fit_makes_no_request() -> None:
    level = thinknx_target("lamp.powerlevel", "dimmer")
    with pytest.raises(RejectedValue) as caught:
        set_request(level, 101, feedback=False)
    assert caught.value.message == (
        "lamp.powerlevel is not sent: powerlevel cannot be 101: it takes an integer from 0 to 100 %"
    )


def reply(body: object = "", status: int = 200, **headers: str) -> HttpReply:
    content = body if isinstance(body, bytes) else str(body).encode()
    return HttpReply(
        status=status,
        body=content,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def read(answer: HttpReply, target: Target = THERMOSTAT) -> Value:
    return decode_status(answer, status_request(target), target, ZoneInfo("Europe/Rome"))


def error_of(answer: HttpReply, target: Target = THERMOSTAT) -> DriverError:
    with pytest.raises(DriverError) as caught:
        read(answer, target)
    return caught.value


WHAT = f"actualtemp of device hall (guid {GUID})"


@pytest.mark.parametrize(
    "body",
    [
        f'{{"namespace": "actualtemp", "guid": "{GUID}", "status": 21.5, "comm_obj": 3}}',
        f'{{"guid": " {GUID} ", "status": 21.5}}',
        '{"guid": null, "status": 21.5}',
        '{"guid": "", "status": 21.5}',
        '{"light": 3, "status": 21.5}',
        '{"status": "21.5"}',
        b'\xef\xbb\xbf{"status": 21.5}',
        ' \r\n{"status":21.5}\r\n',
        '{"status": 20, "status": 21.5}',
        b'{"status": 21.5, "unit": "\xb0C"}',
        '{"status": 21.5, "error": null}',
        '{"status": 21.5, "error": false}',
        '{"status": 21.5, "error": " "}',
    ],
)
def test_the_status_of_a_reply_is_the_value(body: object) -> None:
    assert read(reply(body)) == 21.5


# HTTP status, body, error, message after endpoint and device.
REFUSALS: list[tuple[int, str, type[DriverError], str]] = [
    (
        404,
        '{"error": "device not found"}',
        UnknownDevice,
        " is unknown to the server or hidden from this user (HTTP 404: device not found)",
    ),
    (
        400,
        '{"error": "device not found"}',
        UnknownDevice,
        " is unknown to the server or hidden from this user (HTTP 400: device not found)",
    ),
    (
        200,
        '{"error": "Device not found", "status": 1}',
        UnknownDevice,
        " is unknown to the server or hidden from this user (HTTP 200: Device not found)",
    ),
    (
        400,
        '{"error": "params errors"}',
        RejectedValue,
        " does not take these parameters (HTTP 400: params errors)",
    ),
    (
        404,
        '{ "error" : "params error" }',
        RejectedValue,
        " does not take these parameters (HTTP 404: params error)",
    ),
    (
        400,
        '{"error": "impossible to execute"}',
        CannotExecute,
        " cannot be executed now (HTTP 400: impossible to execute)",
    ),
    (
        404,
        '{"error": "impossible to execute"}',
        CannotExecute,
        " cannot be executed now (HTTP 404: impossible to execute)",
    ),
    (
        404,
        "<h1>Not Found</h1>",
        UnknownDevice,
        " is unknown to the server, hidden from this user or key, or no function of it (HTTP 404)",
    ),
    (400, "", RejectedValue, " is refused as a wrong request (HTTP 400)"),
    (400, '{"error": "hm"}', RejectedValue, " is refused as a wrong request (HTTP 400: hm)"),
    (
        200,
        '{"error": true, "status": 1}',
        ProtocolFault,
        " answers what the protocol does not know (HTTP 200: True)",
    ),
    (408, "", CannotExecute, " did not reach the server in whole (HTTP 408)"),
    (418, "", ProtocolFault, " answers what the protocol does not know (HTTP 418)"),
    (500, '{"error": "params errors"}', ServerFault, " failed in the server (HTTP 500)"),
    (503, "", ServerFault, " failed in the server (HTTP 503)"),
    (
        405,
        "",
        NotSupported,
        " does not take this HTTP method: set method to the other one",
    ),
    (200, "<html>hello</html>", ProtocolFault, " answers no JSON object but <html>hello</html>"),
    (200, "", ProtocolFault, " answers no JSON object but nothing"),
    (204, "", ProtocolFault, " answers no JSON object but nothing"),
    (200, '{"status": 21.', ProtocolFault, ' answers no JSON object but {"status": 21.'),
    (200, "[21.5]", ProtocolFault, " answers no JSON object but [21.5]"),
    (200, '{"status": NaN}', ProtocolFault, " answers NaN, expected a number from -50 to 150 °C"),
    (200, '{"comm_obj": 3}', ProtocolFault, ' answers without status: {"comm_obj": 3}'),
    (200, '{"guid": "x", "status": 21.5}', ProtocolFault, " is answered for another device: guid x"),
    (200, '{"guid": 7, "status": 21.5}', ProtocolFault, " is answered for another device: guid 7"),
    (
        200,
        '{"status": null}',
        ProtocolFault,
        " answers null, expected a number from -50 to 150 °C",
    ),
    (
        200,
        '{"status": "21,5 °C"}',
        ProtocolFault,
        ' answers "21,5 °C", expected a number from -50 to 150 °C',
    ),
    (
        200,
        '{"status": 670760.96}',
        ProtocolFault,
        " answers 670760.96, expected a number from -50 to 150 °C",
    ),
]


def test_a_guid_may_be_answered_as_it_was_sent() -> None:
    target = thinknx_target("hall.actualtemp", "thermostat", guid="a+b/c=")
    for answered in ("a+b/c=", "a%2Bb%2Fc%3D"):
        assert read(reply(f'{{"guid": "{answered}", "status": 21.5}}'), target) == 21.5
    assert type(error_of(reply('{"guid": "a b/c=", "status": 21.5}'), target)) is ProtocolFault


def test_a_color_is_taken_from_the_light_that_was_asked_alone() -> None:
    target = target_of("dimmer", "color")
    assert read(reply('{"light": 3, "status": [1, 2, 3]}'), target) == (1, 2, 3)
    error = error_of(reply('{"light": 4, "status": [1, 2, 3]}'), target)
    assert (
        error.message
        == f"color of device {target.device.name} (guid {GUID}) is answered for another device: light 4"
    )


def test_a_server_is_one_and_need_not_say_which() -> None:
    assert read(reply('{"guid": "x", "version": "1.2.3.4"}'), VERSION) == "1.2.3.4"


@pytest.mark.parametrize(("status", "body", "kind", "message"), REFUSALS)
def test_what_is_no_value_is_an_error(status: int, body: str, kind: type[DriverError], message: str) -> None:
    error = error_of(reply(body, status))
    assert (type(error), error.message) == (kind, WHAT + message)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_stop_the_connection(status: int) -> None:
    error = error_of(reply('{"error": "device not found"}', status))
    assert type(error) is AuthenticationFailed
    assert error.message == f"the credentials are refused by the server (HTTP {status})"


def test_refused_credentials_name_what_the_server_wants() -> None:
    error = error_of(reply("", 401, www_authenticate='Digest realm="x", nonce="y"'))
    assert error.message == "the credentials are refused by the server, which wants auth: digest (HTTP 401)"


def test_an_unknown_authentication_is_not_advised() -> None:
    error = error_of(reply("", 401, www_authenticate="Negotiate"))
    assert error.message == "the credentials are refused by the server (HTTP 401)"


def test_a_rate_limit_says_how_long_to_wait() -> None:
    error = error_of(reply("", 429, retry_after="7"))
    assert (type(error), error.message, error.retry_after_s) == (
        RateLimited,
        "the server asks for fewer requests (HTTP 429)",
        7.0,
    )
    assert error_of(reply("", 503, retry_after="7")).retry_after_s == 7.0
    assert error_of(reply("", 429)).retry_after_s is None


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry_after": "0"}, 0),
        ({"retry_after": " 120 "}, 120),
        ({"retry_after": "86400"}, 86400),
        ({"retry_after": "86401"}, 86400),
        ({"retry_after": "9" * 400}, 86400),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "²"}, None),
        ({}, None),
        (
            {"retry_after": "Mon, 02 Mar 2026 10:00:30 GMT", "date": "Mon, 02 Mar 2026 10:00:00 GMT"},
            30,
        ),
        (
            {"retry_after": "Mon, 02 Mar 2026 09:00:00 GMT", "date": "Mon, 02 Mar 2026 10:00:00 GMT"},
            0,
        ),
        (
            {"retry_after": "Mon, 09 Mar 2026 09:00:00 GMT", "date": "Mon, 02 Mar 2026 10:00:00 GMT"},
            86400,
        ),
        (
            {"retry_after": "Mon, 02 Mar 2026 10:00:30 GMT", "date": "Mon, 02 Mar 2026 10:00:00 -0000"},
            30,
        ),
        ({"retry_after": "Mon, 02 Mar 2026 10:00:30 GMT"}, 60),
        ({"retry_after": "Mon, 02 Mar 2026 10:00:30 GMT", "date": "today"}, 60),
        ({"retry_after": f"Mon, 02 Mar {'9' * 30} 10:00:30 GMT"}, None),
        ({"retry_after": "soon", "date": "Mon, 02 Mar 2026 10:00:00 GMT"}, None),
    ],
)
def test_a_wait_is_seconds_or_a_date_by_the_servers_own_clock(
    headers: dict[str, str], wait_s: float | None
) -> None:
    assert retry_after(reply("", 429, **headers)) == wait_s


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://user:word@cloud.example/secret-key/api/v1/x", "https://cloud.example"),
        ("//cloud.example/secret", "http://cloud.example"),
        ("/elsewhere", "another place of the same server"),
        ("http://[broken", "another place of the same server"),
        ("", "another place of the same server"),
    ],
)
@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308, 399])
def test_a_redirect_is_named_without_its_secrets(status: int, location: str, named: str) -> None:
    error = error_of(reply('{"status": 21}', status, location=location))
    assert (type(error), error.message) == (
        NotSupported,
        f"{WHAT} is redirected to {named}, which is not followed: check the connection's address",
    )


SERVER_STATUS = {
    "namespace": "system/serverStatus",
    "version": "01.02.03.04",
    "process_uptime": "1 days 2 hours 3 min",
    "server_uptime": "4 days 5 hours 6 min",
    "config_time": "10:41:07 2026-03-02",
    "connected_clients": 2,
    "pbx_users": "",
}


def server_value(answer: HttpReply, field: str) -> Value:
    return read(answer, thinknx_target(f"box.{field}", "server"))


@pytest.mark.parametrize("comma", ["", ",", " ,"])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("uptime", ['"4 days 5 hours 6 min"', "75"])
def test_a_server_status_is_read_with_and_without_the_comma_that_the_manual_forgets(
    comma: str, indent: int | None, uptime: str
) -> None:
    text = json.dumps(SERVER_STATUS, indent=indent).replace('"4 days 5 hours 6 min",', uptime + comma)
    answer = reply(text)
    assert server_value(answer, "config_time") == datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC)
    assert server_value(answer, "connected_clients") == 2


def test_a_missing_comma_is_forgiven_nowhere_else() -> None:
    assert type(error_of(reply('{"server_uptime": "1 days" "status": 21}'))) is ProtocolFault
    text = '{"process_uptime": "1 days" "version": "1"}'
    assert type(error_of(reply(text), VERSION)) is ProtocolFault


def test_a_server_status_may_lack_fields() -> None:
    answer = reply('{"version": "01.02.03.04"}')
    assert read(answer, VERSION) == "01.02.03.04"
    assert error_of(answer, UPTIME).message == (
        'system/serverStatus of device box answers without server_uptime: {"version": "01.02.03.04"}'
    )


def written(answer: HttpReply, *, feedback: bool) -> Value | None:
    return decode_feedback(answer, set_request(LAMP, True, feedback=feedback), LAMP)


def test_feedback_is_the_devices_own_value() -> None:
    assert written(reply('{"namespace": "power", "status": 0}'), feedback=True) is False


def test_a_server_may_take_a_command_without_waiting_for_the_device() -> None:
    assert written(reply('{"namespace": "power", "comm_obj": 3}'), feedback=True) is None


@pytest.mark.parametrize("status", ["null", "NaN", "Infinity", "7", '"abc"', "[1]", '{"status": 1}'])
def test_a_feedback_that_makes_no_sense_is_no_feedback(status: str) -> None:
    assert written(reply(f'{{"namespace": "power", "status": {status}}}'), feedback=True) is None


def test_a_status_that_nobody_asked_for_is_no_feedback() -> None:
    assert written(reply('{"namespace": "power", "status": 0}'), feedback=False) is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply('{"error": "params errors"}', 400), RejectedValue),
        (reply('{"error": "impossible to execute"}'), CannotExecute),
        (reply("<html>"), ProtocolFault),
        (reply('{"status": 1}', 302), NotSupported),
        (reply('{"guid": "another", "status": 1}'), ProtocolFault),
    ],
)
def test_a_command_that_was_not_clearly_taken_is_an_error(answer: HttpReply, kind: type[DriverError]) -> None:
    with pytest.raises(DriverError) as caught:
        written(answer, feedback=True)
    assert type(caught.value) is kind


@given(st.binary(max_size=200), st.integers(100, 599))
def test_any_reply_is_a_document_or_a_driver_error(body: bytes, status: int) -> None:
    try:
        document = decode_reply(reply(body, status), status_request(VERSION))
    except DriverError as error:
        assert len(error.message) < 250
        assert error.message.isprintable()
    else:
        assert isinstance(document, dict)


def test_a_deeply_nested_reply_is_only_an_error() -> None:
    assert type(error_of(reply("[" * 500_000))) is ProtocolFault


def test_a_secret_that_a_reply_repeats_is_hidden_also_where_the_quote_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = Redactor()
    own.register("THE+KEY")
    monkeypatch.setattr("interlock.redaction.redactor", own)
    error = error_of(reply("x" * 75 + "/THE%2BKEY/api"))
    assert error.message == f"{WHAT} answers no JSON object but {'x' * 75}/***…"
    shown = format_exchange("GET", Request(endpoint="power"), reply(" " * 1195 + "/THE+KEY/api"))
    assert "THE" not in shown


def test_a_long_reply_is_quoted_in_part() -> None:
    error = error_of(reply("x" * 81))
    assert error.message == f"{WHAT} answers no JSON object but {'x' * 79}…"
    assert error_of(reply("x" * 80)).message.endswith(f" {'x' * 80}")


def test_an_exchange_is_shown_on_one_line() -> None:
    request = set_request(LAMP, True, feedback=True)
    answer = reply(b'\xef\xbb\xbf{"status":\r\n\t1}\x1b[2J\xff')
    shown = '200 {"status": 1} [2J\N{REPLACEMENT CHARACTER}'
    assert format_exchange("GET", request, answer) == f"GET /api/v1/power?{G}&cmd=1&fb -> {shown}"
    assert format_exchange("POST", request, answer) == f"POST /api/v1/power {G}&cmd=1&fb -> {shown}"


def test_an_exchange_without_parameters_has_no_trailing_blank() -> None:
    request = status_request(VERSION)
    assert format_exchange("POST", request, reply("x")) == "POST /api/v1/system/serverStatus -> 200 x"


def test_an_exchange_without_reply_shows_the_request() -> None:
    assert format_exchange("GET", Request(endpoint="power"), None) == "GET /api/v1/power -> no reply"


def test_an_exchange_is_cut_at_300_characters() -> None:
    request = Request(endpoint="power")
    head = "GET /api/v1/power -> 200 "
    exact = "x" * (300 - len(head))
    assert format_exchange("GET", request, reply(exact)) == head + exact
    assert format_exchange("GET", request, reply(exact + "y")) == head + exact[:-1] + "…"
