"""The driver `thinknx-local` over real HTTP: what it sends, what it answers, when it stops asking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

import interlock_thinknx
from interlock import (
    Answer,
    AuthenticationFailed,
    CannotExecute,
    ConnectionSettings,
    DriverError,
    InvalidValue,
    Limits,
    NotSupported,
    ProtocolFault,
    RateLimited,
    RejectedValue,
    Target,
    TimedOut,
    UnknownDevice,
    Unreachable,
    Value,
    Write,
)
from interlock.protocol_server import ProtocolServer, RawReply
from interlock.protocol_server import Reply as Sent
from interlock.protocol_server import Request as Received
from interlock_thinknx.driver import ThinknxCloud, ThinknxLocal
from interlock_thinknx.reading import read_limit_s
from support.driver_context import context_of
from support.thinknx_points import GUID, thinknx_target

pytestmark = pytest.mark.slow

Answering = Callable[[Received], Sent | RawReply]


def always(reply: Sent | RawReply) -> Answering:
    return lambda _: reply


def status(value: str) -> Sent:
    return Sent(body=f'{{"namespace": "x", "status": {value}, "comm_obj": 1}}'.encode())


class Crowd:
    """Answers the first request at once, the others when enough of them wait together."""

    def __init__(self, enough: int) -> None:
        self.waiting: list[int] = []
        """How many were waiting at each arrival, itself counted."""
        self._enough = enough
        self._now = 0
        self._is_full = asyncio.Event()

    async def answer(self, _: Received) -> Sent:
        self._now += 1
        self.waiting.append(self._now)
        if self._now >= self._enough:
            self._is_full.set()
        if len(self.waiting) > 1:
            await self._is_full.wait()
        self._now -= 1
        return status("1")


@asynccontextmanager
async def connected(
    answering: Answering | Crowd, **settings: object
) -> AsyncIterator[tuple[ThinknxLocal, ProtocolServer]]:
    async def answer(request: Received) -> Sent | RawReply:
        return await answering.answer(request) if isinstance(answering, Crowd) else answering(request)

    server = ProtocolServer(answer)
    url = urlsplit(await server.start("127.0.0.1", 0))
    parsed = ThinknxLocal.Settings.model_validate({"host": url.hostname, "port": url.port, **settings})
    driver = ThinknxLocal(parsed, context_of(parsed))
    try:
        await driver.open()
        yield driver, server
    finally:
        await driver.close()
        await server.stop()


def targets_sent(server: ProtocolServer) -> list[str]:
    return [request.target for request in server.requests]


HALL = thinknx_target("hall.actualtemp", "thermostat")
LAMPS = [thinknx_target(f"lamp{number}.power", "light", guid=f"g{number}") for number in range(12)]
LAMP = LAMPS[0]


def outcomes(answers: object) -> list[object]:
    """Return errors as their classes, the rest as it is."""
    assert isinstance(answers, list | dict)
    every = answers.values() if isinstance(answers, dict) else answers
    return [type(answer) if isinstance(answer, DriverError) else answer for answer in every]


def test_the_plugin_offers_the_driver() -> None:
    assert interlock_thinknx.interlock_drivers() == (ThinknxLocal, ThinknxCloud)
    assert ThinknxLocal.name == "thinknx-local"


def test_the_plugin_offers_its_simulator() -> None:
    (simulator,) = interlock_thinknx.interlock_simulators()
    assert simulator.drivers[0] == ThinknxLocal.name


def test_an_analog_device_refines_its_capability() -> None:
    lux = thinknx_target("sensor.value", "analog", max=2000, unit="lx")
    device_type = next(kind for kind in ThinknxLocal.device_types if kind.name == "analog")
    settings = ThinknxLocal.Settings(host="127.0.0.1")
    assert ThinknxLocal.capabilities(device_type, lux.device.settings, settings) == (lux.capability,)
    assert (lux.capability.maximum, lux.capability.unit) == (2000, "lx")


async def test_points_are_read_each_by_its_request() -> None:
    def answer(request: Received) -> Sent:
        return status("21.5" if "actualtemp" in request.target else "1")

    async with connected(answer) as (driver, server):
        assert await driver.read([HALL, LAMP]) == {"hall.actualtemp": 21.5, "lamp0.power": True}
    assert targets_sent(server) == [f"/api/v1/actualtemp?guid={GUID}", "/api/v1/powerstatus?guid=g0"]


async def test_post_is_used_where_the_settings_say_so() -> None:
    async with connected(always(status("1")), method="post") as (driver, server):
        assert await driver.read([LAMP]) == {"lamp0.power": True}
        await driver.write([Write(target=LAMP, value=False)])
    assert [(request.method, request.target, request.body) for request in server.requests] == [
        ("POST", "/api/v1/powerstatus", b"guid=g0"),
        ("POST", "/api/v1/power", b"guid=g0&cmd=0&fb"),
    ]


async def test_the_server_is_asked_once_for_all_its_fields() -> None:
    body = b'{"version": "1.2.3.4", "server_uptime": "1 days 0 hours 0 min" "connected_clients": 3}'
    fields = [
        thinknx_target(f"box.{name}", "server") for name in ("version", "connected_clients", "config_time")
    ]
    async with connected(always(Sent(body=body))) as (driver, server):
        answers = await driver.read(fields)
    assert targets_sent(server) == ["/api/v1/system/serverStatus"]
    assert (answers[fields[0].point], answers[fields[1].point]) == ("1.2.3.4", 3)
    assert isinstance(answers[fields[2].point], ProtocolFault)


async def test_one_points_error_fails_no_other() -> None:
    def answer(request: Received) -> Sent:
        if "g1" in request.target:
            return Sent(status=404, body=b'{"error": "device not found"}')
        return Sent(body=b"<html>") if "g2" in request.target else status("1")

    async with connected(answer) as (driver, _):
        answers = await driver.read(LAMPS[:4])
    assert outcomes(dict(sorted(answers.items()))) == [True, UnknownDevice, ProtocolFault, True]


async def test_an_error_names_endpoint_and_device_and_shows_the_exchange() -> None:
    refusal = Sent(status=404, body=b'{"error": "device not found"}')
    async with connected(always(refusal)) as (driver, _):
        error = (await driver.read([LAMP]))[LAMP.point]
    assert isinstance(error, UnknownDevice)
    assert error.message == (
        "powerstatus of device lamp0 (guid g0) is unknown to the server or hidden from this user "
        "(HTTP 404: device not found)"
    )
    assert error.exchange == 'GET /api/v1/powerstatus?guid=g0 -> 404 {"error": "device not found"}'


async def test_a_point_without_status_is_not_supported() -> None:
    gate = thinknx_target("gate.trigger", "button")
    async with connected(always(status("1"))) as (driver, server):
        assert outcomes(await driver.read([gate])) == [NotSupported]
    assert not server.requests


async def test_nothing_to_read_asks_nothing() -> None:
    async with connected(always(status("1"))) as (driver, server):
        assert await driver.read([]) == {}
    assert not server.requests


async def test_the_first_request_goes_alone_and_the_next_side_by_side_up_to_the_limit() -> None:
    crowd = Crowd(3)
    async with connected(crowd, concurrency=3) as (driver, server):
        await driver.read(LAMPS)
    assert crowd.waiting[:4] == [1, 1, 2, 3]
    assert max(crowd.waiting) == 3
    assert len(server.requests) == len(LAMPS)


async def test_a_connection_that_works_needs_no_knocking() -> None:
    crowd = Crowd(2)
    async with connected(crowd, concurrency=2) as (driver, _):
        await driver.read(LAMPS[:1])
        answers = await driver.read(LAMPS[1:3])
    assert outcomes(dict(answers)) == [True, True]
    assert crowd.waiting == [1, 1, 2]


@pytest.mark.parametrize("code", [401, 403])
async def test_after_refused_credentials_nothing_more_is_asked(code: int) -> None:
    async with connected(always(Sent(status=code))) as (driver, server):
        answers = await driver.read(LAMPS)
    assert outcomes(dict(answers)) == [AuthenticationFailed] * len(LAMPS)
    assert len(server.requests) == 1


async def test_a_rate_limit_stops_the_batch_and_tells_the_wait() -> None:
    limit = Sent(status=429, headers=(("Retry-After", "30"),))
    async with connected(always(limit)) as (driver, server):
        answers = await driver.read(LAMPS)
    assert outcomes(dict(answers)) == [RateLimited] * len(LAMPS)
    assert {answer.retry_after_s for answer in answers.values() if isinstance(answer, DriverError)} == {30}
    assert len(server.requests) == 1


async def test_a_connection_that_was_refused_knocks_alone_again() -> None:
    async with connected(always(Sent(status=429))) as (driver, server):
        await driver.read(LAMPS)
        await driver.read(LAMPS)
    assert len(server.requests) == 2


async def test_an_absent_server_is_unreachable_for_every_point() -> None:
    async with connected(always(status("1"))) as (driver, server):
        await server.stop()
        answers = await driver.read(LAMPS)
    assert outcomes(dict(answers)) == [Unreachable] * len(LAMPS)


def silent(*guids: str) -> Answering:
    """Answer for every device but these."""
    return lambda request: Sent(delay_s=60) if request.target.endswith(guids) else status("1")


async def test_a_silent_server_is_looked_at_once_and_then_given_up_after_three_requests() -> None:
    async with connected(always(Sent(delay_s=60)), timeout="250ms", concurrency=1) as (driver, server):
        answers = [await driver.read(LAMPS)]
        looked = len(server.requests)
        answers.append(await driver.read(LAMPS))
    assert [outcomes(dict(each)) for each in answers] == [[Unreachable] * len(LAMPS)] * 2
    assert (looked, len(server.requests)) == (len(LAMPS), looked + 3)


async def test_many_dead_devices_hide_no_living_one_not_even_the_first_time() -> None:
    crowd = [thinknx_target(f"dead{n}.power", "light", guid=f"d{n}") for n in range(16)]

    def answer(request: Received) -> Sent:
        return Sent(delay_s=60) if "=d" in request.target else status("1")

    async with connected(answer, timeout="500ms") as (driver, server):
        reads, sent = [], list[int]()
        for _ in range(3):
            reads.append(await driver.read([*crowd, LAMP]))
            sent.append(len(server.requests))
    assert [answers[LAMP.point] for answers in reads] == [True] * 3
    for answers in reads:
        assert outcomes([answers[dead.point] for dead in crowd]) == [TimedOut] * 16
    # Once they are known, the living one is asked in the first round, and of the others no more than a round.
    at_once = driver.settings.concurrency
    asked = targets_sent(server)[sent[0] : sent[1]]
    assert any(target.endswith("=g0") for target in asked[:at_once])
    assert sent[2] <= 17 + 2 * (1 + at_once)


async def test_a_look_after_much_silence_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock_thinknx.reading._BRIEFLY_S", 0.125)
    async with connected(silent("g0", "g1", "g2", "g3"), timeout="400ms", concurrency=1) as (driver, _):
        answers = await driver.read(LAMPS[:6])
    waits = [str(answers[lamp.point]).rpartition("within ")[2] for lamp in LAMPS[:4]]
    assert waits == ["0.4 s"] * 3 + ["0.125 s"]


async def test_a_short_look_that_finds_no_connection_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock_thinknx.reading._BRIEFLY_S", 0.0)
    async with connected(silent("g0", "g1", "g2"), timeout="250ms", concurrency=1) as (driver, _):
        await driver.read(LAMPS[6:7])
        answers = await driver.read(LAMPS[:5])
        again = await driver.read(LAMPS[6:7])
    assert outcomes(dict(answers)) == [TimedOut] * 5
    assert again == {"lamp6.power": True}


async def test_dead_devices_alone_do_not_lose_a_server_that_answers_others() -> None:
    async with connected(silent("g0", "g1", "g2", "g3"), timeout="250ms") as (driver, server):
        await driver.read(LAMPS[4:5])
        answers = await driver.read(LAMPS[:4])
        again = await driver.read(LAMPS[4:5])
    assert outcomes(dict(answers)) == [TimedOut] * 4
    assert again == {"lamp4.power": True}
    # The one that answered last was asked once more, as a witness.
    assert targets_sent(server).count("/api/v1/powerstatus?guid=g4") == 3


async def test_a_server_that_falls_silent_is_lost_once_its_witness_is_silent_too() -> None:
    dead: list[str] = []

    def answer(request: Received) -> Sent:
        return Sent(delay_s=60) if request.target.endswith(tuple(dead)) else status("1")

    async with connected(answer, timeout="250ms") as (driver, _):
        await driver.read(LAMPS[4:5])
        dead[:] = ["g0", "g1", "g2", "g3", "g4"]
        answers = await driver.read(LAMPS[:4])
        dead[:] = []
        again = await driver.read(LAMPS[:5])
    assert outcomes(dict(answers)) == [Unreachable] * 4
    assert outcomes(dict(again)) == [True] * 5


class Miser(Limits):
    """Lets three requests pass, and no other."""

    _left = 3

    async def pace_read(self) -> None:
        if not self._left:
            await asyncio.Event().wait()
        self._left -= 1


async def test_a_read_hands_over_what_it_has_before_its_time_is_over() -> None:
    async with connected(always(status("1")), timeout="100ms") as (driver, _):
        miserly = ThinknxLocal(driver.settings, replace(driver.context, limits=Miser(driver.settings)))
        await miserly.open()
        answers = await miserly.read(LAMPS[:8])
        await miserly.close()
    assert [outcomes(dict(answers)).count(kind) for kind in (True, TimedOut)] == [3, 5]


@pytest.mark.parametrize(
    ("settings", "count", "limit_s"),
    [({}, 1, 10.0), ({}, 41, 60.0), ({"concurrency": 1}, 3, 20.0), ({"rate": "30/min"}, 54, 195.0)],
)
def test_a_read_may_take_a_round_more_than_its_requests_at_their_rate(
    settings: dict[str, object], count: int, limit_s: float
) -> None:
    parsed = ThinknxLocal.Settings.model_validate({"host": "127.0.0.1", **settings})
    assert read_limit_s(parsed, count) == limit_s


class Pacer(Limits):
    """Notes how many requests a server had seen each time that a driver asked for leave."""

    def __init__(self, settings: ConnectionSettings, server: ProtocolServer) -> None:
        super().__init__(settings)
        self.seen: list[int] = []
        self._server = server

    async def pace(self) -> None:
        self.seen.append(len(self._server.requests))

    async def pace_read(self) -> None:
        await self.pace()


async def test_each_request_asks_for_leave_first() -> None:
    async with connected(always(status("1")), concurrency=1) as (driver, server):
        pacer = Pacer(driver.settings, server)
        paced = ThinknxLocal(driver.settings, replace(driver.context, limits=pacer))
        await paced.open()
        await paced.read(LAMPS[:3])
        await paced.write([Write(target=LAMP, value=True)] * 2)
        await paced.close()
    assert pacer.seen == [0, 1, 2, 3, 4]


AC = {
    name: thinknx_target(f"ac.{name}", "hvac", guid="a") for name in ("hvacpower", "hvacmode", "hvacsetpoint")
}
COMMANDS = [
    Write(target=AC["hvacpower"], value=True),
    Write(target=AC["hvacmode"], value="cooling"),
    Write(target=AC["hvacsetpoint"], value=22.0),
]


async def test_commands_go_once_each_in_their_order_and_bring_the_devices_values() -> None:
    values = {"hvacpower": "1", "hvacmode": "1", "hvacsetpoint": '"22.5"'}

    def answer(request: Received) -> Sent:
        return status(values[request.target.partition("?")[0].rpartition("/")[2]])

    async with connected(answer) as (driver, server):
        answers = await driver.write(COMMANDS)
    assert targets_sent(server) == [
        "/api/v1/hvacpower?guid=a&cmd=1&fb",
        "/api/v1/hvacmode?guid=a&cmd=0&fb",
        "/api/v1/hvacsetpoint?guid=a&cmd=22&fb",
    ]
    assert [answer.value if isinstance(answer, Answer) else answer for answer in answers] == [
        True,
        "heating",
        22.5,
    ]


async def test_an_answer_shows_the_exchange() -> None:
    async with connected(always(status("0"))) as (driver, _):
        answers = await driver.write([Write(target=AC["hvacmode"], value="cooling")])
    assert answers == [
        Answer(
            value="cooling",
            exchange="GET /api/v1/hvacmode?guid=a&cmd=0&fb -> 200 "
            '{"namespace": "x", "status": 0, "comm_obj": 1}',
        )
    ]


async def test_a_refused_command_leaves_the_next_ones_their_turn() -> None:
    def answer(request: Received) -> Sent:
        if "hvacpower" in request.target:
            return Sent(status=400, body=b'{"error": "impossible to execute"}')
        return Sent(body=b'{"namespace": "x", "comm_obj": 1}')

    async with connected(answer) as (driver, server):
        answers = list(await driver.write(COMMANDS))
    assert [type(answer) for answer in answers] == [CannotExecute, Answer, Answer]
    assert len(server.requests) == 3
    assert isinstance(answers[0], CannotExecute)
    assert answers[0].exchange == (
        'GET /api/v1/hvacpower?guid=a&cmd=1&fb -> 400 {"error": "impossible to execute"}'
    )


async def test_refused_credentials_end_the_commands() -> None:
    async with connected(always(Sent(status=403))) as (driver, server):
        answers = list(await driver.write(COMMANDS))
    assert outcomes(answers) == [AuthenticationFailed] * 3
    assert len(server.requests) == 1


async def test_a_lost_command_is_not_sent_again() -> None:
    async with connected(always(RawReply(reset=True))) as (driver, server):
        answers = list(await driver.write(COMMANDS[:1]))
    assert outcomes(answers) == [TimedOut]
    assert len(server.requests) == 1
    assert isinstance(answers[0], TimedOut)
    assert answers[0].exchange == "GET /api/v1/hvacpower?guid=a&cmd=1&fb -> no reply"


async def test_a_command_that_never_left_shows_no_exchange() -> None:
    async with connected(always(status("1"))) as (driver, server):
        await server.stop()
        (answer,) = await driver.write(COMMANDS[:1])
    assert isinstance(answer, Unreachable)
    assert answer.exchange == ""


async def test_a_read_without_reply_shows_its_request() -> None:
    async with connected(always(RawReply(reset=True))) as (driver, _):
        answer = (await driver.read([LAMP]))[LAMP.point]
    assert isinstance(answer, TimedOut)
    assert answer.exchange == "GET /api/v1/powerstatus?guid=g0 -> no reply"


async def test_a_value_out_of_range_is_refused_without_a_request() -> None:
    command = Write(target=AC["hvacsetpoint"], value=float("nan"))
    async with connected(always(status("1"))) as (driver, server):
        assert outcomes(list(await driver.write([command]))) == [RejectedValue]
    assert not server.requests


async def test_what_holds_no_state_is_sent_without_feedback() -> None:
    evening = thinknx_target("evening.scenelaunch", "scene", guid="s")
    accepted = Sent(body=b'{"namespace": "scenelaunch", "guid": "s", "comm_obj": 4}')
    async with connected(always(accepted)) as (driver, server):
        (answer,) = await driver.write([Write(target=evening, value="launch")])
    assert targets_sent(server) == ["/api/v1/scenelaunch?guid=s&cmd=1"]
    assert isinstance(answer, Answer)
    assert answer.value is None


@pytest.mark.parametrize(
    ("connection", "device", "has_feedback"),
    [
        ({}, {}, True),
        ({"feedback": False}, {}, False),
        ({"feedback": False}, {"feedback": True}, True),
        ({"feedback": True}, {"feedback": False}, False),
    ],
)
async def test_feedback_is_asked_for_as_device_or_connection_say(
    connection: dict[str, object], device: dict[str, object], has_feedback: bool
) -> None:
    lamp = thinknx_target("lamp.power", "light", guid="g", **device)
    async with connected(always(status("1")), **connection) as (driver, server):
        (answer,) = await driver.write([Write(target=lamp, value=True)])
    assert targets_sent(server) == ["/api/v1/power?guid=g&cmd=1" + ("&fb" if has_feedback else "")]
    assert isinstance(answer, Answer)
    assert answer.value is (True if has_feedback else None)


@pytest.mark.parametrize(
    ("connection", "device", "timeout"),
    [
        ({"timeout": "30s", "feedback_timeout": "200ms"}, {}, "0.2"),
        ({"timeout": "30s"}, {"feedback_timeout": "210ms"}, "0.21"),
        ({"timeout": "220ms", "feedback": False}, {}, "0.22"),
    ],
)
async def test_a_command_waits_as_long_as_its_feedback_may_take(
    connection: dict[str, object], device: dict[str, object], timeout: str
) -> None:
    lamp = thinknx_target("lamp.power", "light", guid="g", **device)
    async with connected(always(Sent(delay_s=60)), **connection) as (driver, _):
        (answer,) = await driver.write([Write(target=lamp, value=True)])
    assert isinstance(answer, TimedOut)
    assert answer.message == f"power of device lamp (guid g) gave no whole answer within {timeout} s"


async def test_a_read_waits_for_the_connections_timeout() -> None:
    async with connected(always(Sent(delay_s=60)), timeout="200ms", feedback_timeout="30s") as (driver, _):
        answer = (await driver.read([LAMP]))[LAMP.point]
    assert isinstance(answer, TimedOut)
    assert answer.message.endswith("within 0.2 s")


async def test_credentials_go_as_the_settings_say() -> None:
    settings = {"auth": "basic", "username": "integrator", "password": "secret"}
    async with connected(always(status("1")), **settings) as (driver, server):
        await driver.read([LAMP])
    # base64 of "integrator:secret".
    assert server.requests[0].header("authorization") == "Basic aW50ZWdyYXRvcjpzZWNyZXQ="


@pytest.mark.parametrize(("raw", "value"), [('"21.5"', 21.5), ("21", 21.0)])
async def test_a_value_may_come_as_text(raw: str, value: Value) -> None:
    async with connected(always(status(raw))) as (driver, _):
        assert await driver.read([HALL]) == {"hall.actualtemp": value}


async def test_opening_needs_no_server_and_closing_no_opening() -> None:
    settings = ThinknxLocal.Settings(host="127.0.0.1", port=9)
    driver = ThinknxLocal(settings, context_of(settings))
    await driver.close()
    await driver.open()
    await driver.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("auth", ["none", "basic", "digest"])
async def test_it_works_with_the_bundled_server(auth: str, method: str) -> None:
    credentials = {} if auth == "none" else {"username": "integrator", "password": "pa:ss wörd"}
    settings = {"host": "127.0.0.1", "auth": auth, "method": method, **credentials}
    lux = thinknx_target("sensor.value", "analog", guid="sensor")
    (simulator_type,) = interlock_thinknx.interlock_simulators()
    simulator = simulator_type(ThinknxLocal.Settings.model_validate(settings), [HALL, *LAMPS, lux])
    try:
        url = urlsplit(await simulator.start("127.0.0.1", 0))
        parsed = ThinknxLocal.Settings.model_validate({**settings, "port": url.port})
        driver = ThinknxLocal(parsed, context_of(parsed))
        await driver.open()
        simulator.set_value(HALL.point, 22.5)
        first = await driver.read([HALL, *LAMPS])
        answers = await driver.write([Write(target=LAMP, value=True), Write(target=lux, value=85.325)])
        second = await driver.read([LAMP, lux])
        await driver.close()
    finally:
        await simulator.stop()
    assert first[HALL.point] == 22.5
    assert all(isinstance(first[lamp.point], bool) for lamp in LAMPS)
    assert [answer.value if isinstance(answer, Answer) else answer for answer in answers] == [True, 85.325]
    assert second == {"lamp0.power": True, "sensor.value": 85.325}


async def test_the_bundled_server_refuses_a_wrong_password() -> None:
    settings = {"host": "127.0.0.1", "auth": "digest", "username": "integrator"}
    (simulator_type,) = interlock_thinknx.interlock_simulators()
    right = ThinknxLocal.Settings.model_validate({**settings, "password": "right"})
    simulator = simulator_type(right, LAMPS)
    try:
        url = urlsplit(await simulator.start("127.0.0.1", 0))
        wrong = ThinknxLocal.Settings.model_validate({**settings, "password": "wrong", "port": url.port})
        driver = ThinknxLocal(wrong, context_of(wrong))
        await driver.open()
        answers = await driver.read(LAMPS)
        await driver.close()
    finally:
        await simulator.stop()
    assert outcomes(dict(answers)) == [AuthenticationFailed] * len(LAMPS)


BIT = thinknx_target("box.sendKNXbit", "server")
FLOAT = thinknx_target("box.sendKNXfloat2bytes", "server")


def telegram(target: Target, **fields: Value) -> Write:
    return Write(target=target, value=None, fields=fields)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_telegram_goes_out_once_with_its_group_and_value(method: str) -> None:
    sent = Sent(body=b'{"namespace": "system/sendKNXbit", "group": "1/0/1", "value": 1}')
    async with connected(always(sent), method=method) as (driver, server):
        answers = await driver.write([telegram(BIT, group="1/0/1", value=True)])
    (request,) = server.requests
    assert request.parameters() == (("group", "1/0/1"), ("value", "1"))
    assert request.path == "/api/v1/system/sendKNXbit"
    assert [answer.value if isinstance(answer, Answer) else answer for answer in answers] == [None]


async def test_a_value_that_the_server_sent_otherwise_is_noted() -> None:
    sent = Sent(body=b'{"group": "1/0/1", "value": 3.5}')
    async with connected(always(sent)) as (driver, _):
        (answer,) = await driver.write([telegram(FLOAT, group="1/0/1", value=3.456)])
    assert isinstance(answer, Answer)
    assert answer.exchange == (
        "GET /api/v1/system/sendKNXfloat2bytes?group=1/0/1&value=3.456 -> 200 "
        '{"group": "1/0/1", "value": 3.5} (the server says that it sent 3.5)'
    )


async def test_a_telegram_that_fits_no_bus_is_refused_without_a_request() -> None:
    async with connected(always(status("1"))) as (driver, server):
        answers = list(
            await driver.write([telegram(BIT, group="0/0/0", value=True), telegram(BIT, group="1/0/1")])
        )
    assert outcomes(answers) == [RejectedValue, RejectedValue]
    assert not server.requests


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Sent(status=404, body=b'{"error": "device not found"}'), UnknownDevice),
        (Sent(status=400, body=b'{"error": "params errors"}'), RejectedValue),
        (Sent(status=400, body=b'{"error": "impossible to execute"}'), CannotExecute),
        (Sent(body=b"<html>"), ProtocolFault),
    ],
)
async def test_what_became_of_a_telegram_is_told(reply: Sent, kind: type[DriverError]) -> None:
    async with connected(always(reply)) as (driver, server):
        (answer,) = await driver.write([telegram(BIT, group="1/0/1", value=False)])
    assert type(answer) is kind
    assert answer.exchange.startswith("GET /api/v1/system/sendKNXbit?group=1/0/1&value=0 -> ")
    assert len(server.requests) == 1


def test_the_group_of_a_telegram_is_checked_before_it_is_sent() -> None:
    ThinknxLocal.check_call(BIT, {"group": "1/0/1", "value": True})
    with pytest.raises(InvalidValue, match=r"^group cannot be '1/8/1'"):
        ThinknxLocal.check_call(BIT, {"group": "1/8/1", "value": True})


@pytest.mark.parametrize("driver_type", [ThinknxLocal, ThinknxCloud])
def test_devices_cannot_be_listed_and_it_says_where_their_guids_stand(
    driver_type: type[ThinknxLocal | ThinknxCloud],
) -> None:
    settings = driver_type.Settings.model_construct(concurrency=1, rate=None)
    with pytest.raises(NotSupported) as caught:
        driver_type(settings, context_of(settings)).discover()
    assert caught.value.message == (
        f"{driver_type.name} cannot list its devices, since the protocol does not: read their guids in the "
        "Thinknx Configurator, or on the server's web page Server, Integration Kit"
    )
